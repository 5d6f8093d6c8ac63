//! 逐日说明: why each day of a limit counts or does not.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Ledger, Suspension};
use crate::calendar::Calendar;

const START_NOT_COUNTED: &str = "《民法典》第二百零一条";
const WORKING_DAYS: &str = "《行政许可法》第八十二条";
const SPECIAL_PROCEDURE: &str = "《行政许可法》第四十五条";
const EXTENSION: &str = "《行政许可法》第四十二条";

/// One day of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayLine {
    pub date: NaiveDate,
    pub counted: bool,
    /// 第几个工作日, of the days that count.
    pub ordinal: Option<u32>,
    /// In Chinese.
    pub reason: String,
    /// The article that says so, in Chinese.
    pub article: &'static str,
    /// 暂定: the notice for the day's year is not in the calendar.
    pub provisional: bool,
}

pub(super) fn explain(ledger: &Ledger, calendar: &Calendar, today: NaiveDate) -> Vec<DayLine> {
    let due = ledger.due(calendar, today).date;
    let mut counted = 0;
    ledger
        .starts_on(calendar)
        .iter_days()
        .take_while(|day| *day <= due)
        .map(|day| line(ledger, calendar, today, day, &mut counted))
        .collect()
}

fn line(ledger: &Ledger, calendar: &Calendar, today: NaiveDate, date: NaiveDate, counted: &mut u32) -> DayLine {
    let kind = calendar.kind(date);
    let not_counted = if date <= ledger.before_first(calendar) {
        Some((format!("{}起算当日，不计入", out_of_hours(ledger, calendar, date)), START_NOT_COUNTED))
    } else if let Some(suspension) = ledger.suspension_on(date, today) {
        Some((format!("{}，不计入", interval(ledger, suspension)), SPECIAL_PROCEDURE))
    } else if kind.is_working() {
        None
    } else {
        Some((format!("{kind}，不计入"), WORKING_DAYS))
    };
    let provisional = calendar.is_provisional(date, date);
    if let Some((reason, article)) = not_counted {
        return DayLine { date, counted: false, ordinal: None, reason, article, provisional };
    }
    *counted += 1;
    let (reason, article) = if *counted > u32::from(ledger.budget.0) {
        (format!("{kind}（延长期限内）"), EXTENSION)
    } else {
        (format!("{}{kind}", out_of_hours(ledger, calendar, date)), WORKING_DAYS)
    };
    DayLine { date, counted: true, ordinal: Some(*counted), reason, article, provisional }
}

/// Why the first line is not the day on which it came; empty of every other line.
fn out_of_hours(ledger: &Ledger, calendar: &Calendar, date: NaiveDate) -> String {
    let came = ledger.came.filter(|_| date == ledger.starts_on(calendar));
    came.map(|came| format!("{came}工作时间外收到，自下一工作日起算；")).unwrap_or_default()
}

/// Which interval: an open one reaches to the day on which the clock was stopped, or as far as today.
fn interval(ledger: &Ledger, suspension: &Suspension) -> String {
    let Suspension { from, until, ground } = suspension;
    let until = until.or(ledger.stopped).map_or_else(|| "今".to_owned(), |until| until.to_string());
    format!("{}期间（{from}至{until}）", ground.label())
}
