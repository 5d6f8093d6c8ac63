use casework::Channel;
use kernel::{Instant, Role};

use super::{Player, client::Trouble, hall::Hall, script, wire::Clock};

const NUMBER: usize = 20;
const STEP: usize = 16;
const DAY: usize = 10;
const GAP: &str = "  ";

/// The table of the steps: one line a step, columns as wide as they need to be.
#[derive(Debug)]
pub struct Table {
    item: usize,
    caller: usize,
}

/// One step of one case.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub number: &'a str,
    pub item: &'a str,
    pub step: &'a str,
    /// None for the public.
    pub player: Option<&'a Player>,
    pub at: Option<Instant>,
}

impl Table {
    pub fn wide_enough_for(hall: &Hall) -> Self {
        let systems = script::CHANNELS.map(script::system_of);
        let players = hall.players().chain(systems).map(|player| width(&caller(Some(&player))));
        Self {
            item: hall.items().iter().map(|item| width(&item.content.name)).max().unwrap_or_default(),
            caller: players.max().unwrap_or_default(),
        }
    }

    pub fn head(&self) -> String {
        self.line(["办件编号", "事项", "步骤", "经办", "日期"], "期限")
    }

    /// A step that was taken, and the limit that runs then.
    pub fn done(&self, row: Row<'_>, due: Option<&Clock>) -> String {
        let due = due.map(|clock| format!("{}{}", clock.due, if clock.provisional { "（暂定）" } else { "" }));
        self.row(row, &due.unwrap_or_default())
    }

    /// A step that could not be taken, and why.
    pub fn failed(&self, row: Row<'_>, trouble: &Trouble) -> String {
        self.row(row, &format!("失败 {trouble}"))
    }

    fn row(&self, row: Row<'_>, last: &str) -> String {
        let day = row.at.map(|at| at.day().to_string()).unwrap_or_default();
        self.line([row.number, row.item, row.step, &caller(row.player), &day], last)
    }

    fn line(&self, columns: [&str; 5], last: &str) -> String {
        let widths = [NUMBER, self.item, STEP, self.caller, DAY];
        let columns = columns.into_iter().zip(widths).map(|(text, width)| padded(text, width));
        let line = columns.chain([last.to_owned()]).collect::<Vec<_>>().join(GAP);
        line.trim_end().to_owned()
    }
}

/// 经办: role and code. Of an applicant's long code, the end tells them apart.
pub fn caller(player: Option<&Player>) -> String {
    match player {
        None => "公众".to_owned(),
        Some(Player { role: Role::Applicant, code }) => {
            let tail = code.get(code.len().saturating_sub(12)..).unwrap_or(code);
            format!("{}·…{tail}", Role::Applicant.label())
        }
        Some(Player { role, code }) => format!("{}·{code}", role.label()),
    }
}

pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Counter => "窗口",
        Channel::Web => "电脑端",
        Channel::Mobile => "移动端",
        Channel::Kiosk => "自助终端",
    }
}

/// Filled up with blanks to so many columns of a terminal.
pub fn padded(text: &str, to: usize) -> String {
    let missing = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Columns on a terminal: Chinese characters and punctuation take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// The blocks of Unicode TR 11 that matter here: wide and full-width.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{303E}' | '\u{3041}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF01}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}'
        | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("abc·…"), 5);
        assert_eq!(width("受理"), 4);
        assert_eq!(width("（暂定）"), 8);
        assert_eq!(width("“法治体检”"), 10, "quotation marks are ambiguous and narrow");
        assert_eq!(width("𠮷"), 2);
        assert_eq!(padded("受理", 6), "受理  ");
        assert_eq!(padded("受理通知", 6), "受理通知", "nothing is cut off");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let table = Table { item: 12, caller: 24 };
        let clerk = Player::new(Role::Clerk, "clerk-project");
        let row =
            Row { number: "33108120261123000001", item: "备案", step: "受理", player: Some(&clerk), at: None };
        let before = |line: String, mark: &str| line.find(mark).map(|at| width(&line[..at]));
        assert_eq!(before(table.head(), "经办"), before(table.done(row, None), "综合受理员"));
    }
}
