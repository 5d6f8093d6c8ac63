use std::{collections::HashMap, fmt::Display, ops::RangeInclusive, time::Duration};

use chrono::{Datelike, NaiveDate, Weekday};
use kernel::{Instant, Role};
use serde_json::json;

use super::{
    super::{
        Player,
        client::{Client, Request, Trouble},
        hall::Hall,
    },
    matter::Matter,
    wire::{Calculated, Imported, Reading, Recomputation},
};
use crate::console::say;

/// A sandbox, its clock, and how the rule that is being shown fares.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    pub client: &'a Client,
    pub hall: &'a Hall,
    today: NaiveDate,
    admin: Player,
    /// The working day after each day, as the calendar says.
    following: HashMap<NaiveDate, NaiveDate>,
    holds: bool,
    checks: usize,
}

impl<'a> Rehearsal<'a> {
    /// Early in December, so that limits reach into a year whose holidays are not published yet.
    pub async fn begin(client: &'a Client, hall: &'a Hall) -> Result<Self, String> {
        let admin = Player::new(Role::SystemAdmin, "system_admin");
        let clock = client.send::<Reading>(Request::get("/v1/sandbox/clock")).await;
        let clock = clock.map_err(|trouble| format!("无法读取服务的时钟（{trouble}）"))?.value;
        if !clock.sandbox {
            return Err(
                "不是演练服务，时钟不能拨动；请在新的数据目录上以 serve --sandbox 启动（not a sandbox）".to_owned()
            );
        }
        let (following, today) = (HashMap::new(), clock.now.day());
        let mut rehearsal = Self { client, hall, today, admin, following, holds: true, checks: 0 };
        let eve = rehearsal.eve(clock.now).await.map_err(|trouble| format!("无法准备演练（{trouble}）"))?;
        rehearsal.today = eve;
        Ok(rehearsal)
    }

    /// The day before the first morning: the end of November of the last year with a notice, or of the first one that
    /// lies ahead, with notices made up for the years until then.
    async fn eve(&mut self, now: Instant) -> Result<NaiveDate, Trouble> {
        let mut year = self.calculate(now.day(), 0).await?.published_through.year();
        loop {
            let eve = day(year, 11, 30)?;
            if at_nine(self.next_working_day(eve).await?) > now {
                return Ok(eve);
            }
            year += 1;
            if self.calculate(now.day(), 0).await?.published_through.year() < year {
                self.publish(year).await?;
            }
        }
    }

    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// Lets time pass until nine in the morning of a day.
    pub async fn wait_until(&mut self, day: NaiveDate) -> Result<(), Trouble> {
        let to = json!({ "to": at_nine(day) });
        self.client.send::<Reading>(Request::post("/v1/sandbox/clock").by(&self.admin).json(&to)).await?;
        self.today = day;
        Ok(())
    }

    pub async fn next_morning(&mut self) -> Result<(), Trouble> {
        let next = self.next_working_day(self.today).await?;
        self.wait_until(next).await
    }

    /// The morning after a day: what was due on it is overdue.
    pub async fn wait_past(&mut self, due: NaiveDate) -> Result<(), Trouble> {
        self.wait_until(due.succ_opt().unwrap_or(due)).await
    }

    pub async fn calculate(&self, start: NaiveDate, working_days: u16) -> Result<Calculated, Trouble> {
        let query = format!("/v1/calendar/deadline?start={start}&working_days={working_days}");
        Ok(self.client.send(Request::get(query)).await?.value)
    }

    pub async fn next_working_day(&mut self, day: NaiveDate) -> Result<NaiveDate, Trouble> {
        if let Some(next) = self.following.get(&day) {
            return Ok(*next);
        }
        let next = self.calculate(day, 1).await?.due;
        self.following.insert(day, next);
        Ok(next)
    }

    /// The last day of so many working days from today.
    pub async fn in_days(&mut self, days: u16) -> Result<NaiveDate, Trouble> {
        self.count(self.today, days, &[]).await
    }

    /// The last day of so many working days, counted one by one, leaving out what lies in these intervals.
    pub async fn count(
        &mut self,
        start: NaiveDate,
        days: u16,
        left_out: &[RangeInclusive<NaiveDate>],
    ) -> Result<NaiveDate, Trouble> {
        let (mut day, mut counted) = (start, 0);
        while counted < days {
            day = self.next_working_day(day).await?;
            if !left_out.iter().any(|interval| interval.contains(&day)) {
                counted += 1;
            }
        }
        Ok(day)
    }

    /// Brings a notice for a year that has none, and waits for what it moves. The identifier of the recomputation.
    pub async fn publish(&mut self, year: i32) -> Result<(String, Recomputation), Trouble> {
        let notice = json!({ "csv": made_up_notice(year)? });
        let request = Request::put("/v1/calendar").by(&self.admin).json(&notice);
        let id = self.client.send::<Imported>(request).await?.value.recomputation;
        let id = id.ok_or_else(|| Trouble::Amiss(format!("{year}年的放假安排没有引起期限重算")))?;
        self.following.clear();
        for _ in 0..300 {
            let path = format!("/v1/calendar/recomputations/{id}");
            let recomputation = self.client.send::<Recomputation>(Request::get(path).by(&self.admin)).await?.value;
            if recomputation.finished_at.is_some() {
                return Ok((id, recomputation));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Trouble::Amiss("期限重算没有完成".to_owned()))
    }

    pub fn admin(&self) -> &Player {
        &self.admin
    }

    /// One thing that the rule asks for, and how the server answered.
    pub fn check(&mut self, matter: &Matter, holds: bool, words: impl Display) {
        self.check_number(&matter.case.number, holds, words);
    }

    pub fn check_number(&mut self, number: &str, holds: bool, words: impl Display) {
        self.holds &= holds;
        self.checks += 1;
        let mark = if holds { "成立  " } else { "不成立" };
        say(format_args!("     {mark}  {number:20}  {}  {words}", self.today));
    }

    /// A date as answered, and as counted here.
    pub fn date(&mut self, matter: &Matter, what: &str, answered: Option<NaiveDate>, counted: NaiveDate) {
        match answered {
            Some(answered) if answered == counted => self.check(matter, true, format_args!("{what}{counted}")),
            Some(answered) => self.check(matter, false, format_args!("{what}{answered}，应为{counted}")),
            None => self.check(matter, false, format_args!("{what}（没有），应为{counted}")),
        }
    }

    /// Something that the law forbids, and with what code it has to be refused.
    pub fn refused(&mut self, matter: &Matter, what: &str, code: &str, outcome: Result<(), Trouble>) {
        match outcome {
            Ok(()) => self.check(matter, false, format_args!("{what}：未被拒绝，应为{code}")),
            Err(Trouble::Refused { problem, .. }) => {
                let words = format!("{what}：{} {}", problem.code, problem.detail);
                self.check(matter, problem.code == code, words);
            }
            Err(trouble) => self.check(matter, false, format_args!("{what}：{trouble}")),
        }
    }

    /// Whether the rule held in everything that was to be seen of it; the next one begins anew.
    pub fn is_shown(&mut self, outcome: Result<(), Trouble>) -> bool {
        if let Err(trouble) = outcome {
            self.check_number("—", false, trouble);
        }
        let shown = self.holds && self.checks > 0;
        (self.holds, self.checks) = (true, 0);
        shown
    }
}

/// 放假安排（演练）: New Year from 1 to 5 January, made up for on the Saturday after it.
pub fn made_up_notice(year: i32) -> Result<String, Trouble> {
    let mut csv = "date,kind,name\n".to_owned();
    for at in 1..=5 {
        csv += &format!("{},holiday,元旦（演练）\n", day(year, 1, at)?);
    }
    csv += &format!("{},workday,元旦（演练）\n", make_up_saturday(year)?);
    Ok(csv)
}

/// The Saturday that [`made_up_notice`] makes a working day.
pub fn make_up_saturday(year: i32) -> Result<NaiveDate, Trouble> {
    let saturday = day(year, 1, 6)?.iter_days().find(|day| day.weekday() == Weekday::Sat);
    saturday.ok_or_else(|| Trouble::Amiss(format!("{year}年没有星期六")))
}

pub fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, Trouble> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| Trouble::Amiss(format!("{year}-{month}-{day}不是日期")))
}

fn at_nine(day: NaiveDate) -> Instant {
    const NINE: chrono::Duration = chrono::Duration::hours(9);
    Instant::midnight(day).plus(NINE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kernel::Calendar;

    use super::*;

    #[test]
    fn every_made_up_notice_is_one() {
        for year in 2026..=2040 {
            let calendar = Calendar::parse(&made_up_notice(year).unwrap()).unwrap();
            assert_eq!(calendar.published_through(), day(year, 12, 31).unwrap());
            assert!(!calendar.is_working(day(year, 1, 1).unwrap()));
            assert!(calendar.is_working(make_up_saturday(year).unwrap()));
        }
    }
}
