//! The written form of a calendar: `date,kind,name`.

use std::{collections::HashMap, fmt};

use chrono::{Datelike, NaiveDate};

use super::{Arrangement, Calendar, Override};
use crate::text::Text;

const HEADING: &str = "date,kind,name";
/// Three hundred years of generous notices.
const MOST_ROWS: usize = 20_000;
const LONGEST_NAME: usize = 20;

/// 日历错误: what is wrong with one line of an imported calendar.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CalendarFault {
    /// Counted from 1, the heading included.
    pub line: usize,
    /// In Chinese.
    pub reason: String,
}

impl fmt::Display for CalendarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第{}行：{}", self.line, self.reason)
    }
}

impl std::error::Error for CalendarFault {}

pub(super) fn read(csv: &str) -> Result<Vec<Override>, Vec<CalendarFault>> {
    let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
    let mut lines = csv.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
    if lines.next().is_none_or(|(_, heading)| heading != HEADING) {
        return Err(vec![CalendarFault { line: 1, reason: format!("首行应为 {HEADING}") }]);
    }
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    let mut lines_by_date = HashMap::new();
    for (line, text) in lines.filter(|(_, text)| !text.is_empty()) {
        if rows.len() + faults.len() == MOST_ROWS {
            faults.push(CalendarFault { line, reason: format!("超过{MOST_ROWS}行") });
            break;
        }
        match read_row(text) {
            Err(reason) => faults.push(CalendarFault { line, reason }),
            Ok(row) => match lines_by_date.insert(row.date, line) {
                Some(earlier) => {
                    faults.push(CalendarFault { line, reason: format!("日期{}与第{earlier}行重复", row.date) });
                }
                None => rows.push(row),
            },
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(CalendarFault { line: 1, reason: "没有任何日期".to_owned() });
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn read_row(text: &str) -> Result<Override, String> {
    let columns: Vec<&str> = text.split(',').map(str::trim).collect();
    let [date, kind, name] = columns[..] else {
        return Err(format!("应有3列，实为{}列", columns.len()));
    };
    let kind = match kind {
        "holiday" => Arrangement::Holiday,
        "workday" => Arrangement::Workday,
        _ => return Err("类型应为 holiday 或 workday".to_owned()),
    };
    let name = Text::<LONGEST_NAME>::new(name).map_err(|bad| format!("名称{bad}"))?;
    Ok(Override { date: read_date(date)?, kind, name: name.as_str().into() })
}

fn read_date(text: &str) -> Result<NaiveDate, String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.to_string() == text);
    let date = date.ok_or_else(|| "日期应为 YYYY-MM-DD 且确有其日".to_owned())?;
    if (Calendar::FIRST..=Calendar::LAST).contains(&date) {
        Ok(date)
    } else {
        Err(format!("年份应在{}至{}之间", Calendar::FIRST.year(), Calendar::LAST.year()))
    }
}
