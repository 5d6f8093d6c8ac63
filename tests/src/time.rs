//! 演练时钟: a hall's clock moves forward, and whatever falls due on the way has happened when it stands still again.

use std::sync::atomic::Ordering;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, Utc};
use kernel::{Calendar, Instant, WorkingDays};
use serde_json::{Value, json};

use crate::{Answer, Case, Hall};

impl Hall {
    /// This moment by the hall's clock, as requests write it.
    pub fn now(&self) -> String {
        self.clock().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// The date in Wenling by the hall's clock.
    pub fn today(&self) -> NaiveDate {
        Instant::new(self.clock()).day()
    }

    fn clock(&self) -> DateTime<Utc> {
        Utc::now() + Duration::microseconds(self.0.ahead.load(Ordering::Relaxed))
    }

    /// 拨动时钟, and what the server says to it. The time is RFC 3339.
    pub async fn moves_clock_to(&self, time: &str) -> Answer {
        let answer = self.system_admin().post("/v1/sandbox/clock").json(&json!({ "to": time })).await;
        if let Some(now) = answer["now"].as_str() {
            let ahead = now.parse::<DateTime<Utc>>().unwrap() - Utc::now();
            self.0.ahead.store(ahead.num_microseconds().unwrap(), Ordering::Relaxed);
        }
        answer
    }

    /// Until this moment, in RFC 3339; everything that falls due until then has happened afterwards.
    pub async fn time_passes_to(&self, time: &str) {
        self.moves_clock_to(time).await.ok();
    }

    /// Until this time of this day in Wenling.
    pub async fn time_passes_to_day(&self, day: NaiveDate, hour: u32, minute: u32) {
        let offset = FixedOffset::east_opt(8 * 3600).unwrap();
        let time = day.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap()).and_local_timezone(offset).unwrap();
        self.time_passes_to(&time.to_rfc3339()).await;
    }

    /// Until 09:00 of the next working day, so that a test does not depend on the hour at which it is run. The new date.
    pub async fn a_new_morning(&self) -> NaiveDate {
        self.working_days(1).await
    }

    /// Until 09:00 of the n-th working day from today. The new date.
    pub async fn working_days(&self, days: u16) -> NaiveDate {
        let day = self.after(self.today(), days);
        self.time_passes_to_day(day, 9, 0).await;
        day
    }

    /// Until 09:00 of the calendar day after this one.
    pub async fn the_day_after(&self, day: NaiveDate) -> NaiveDate {
        let next = day.succ_opt().unwrap();
        self.time_passes_to_day(next, 9, 0).await;
        next
    }

    /// The n-th working day after `start`, by the calendar that every hall begins with.
    pub fn after(&self, start: NaiveDate, days: u16) -> NaiveDate {
        Calendar::first_edition().after(start, WorkingDays(days)).date
    }
}

/// The limit of this kind in a view of a case or of its deadlines; null where there is none.
pub fn limit(view: &Value, kind: &str) -> Value {
    let clocks = view["clocks"].as_array().cloned().unwrap_or_default();
    clocks.into_iter().find(|clock| clock["kind"] == kind).unwrap_or_default()
}

impl Case {
    /// The last day of the limit of this kind, as the case was last seen.
    #[track_caller]
    pub fn due(&self, kind: &str) -> NaiveDate {
        let limit = limit(&self.view(), kind);
        let due = limit["due"].as_str().and_then(|due| due.parse().ok());
        due.unwrap_or_else(|| panic!("no {kind} limit: {}", self.at("/clocks")))
    }
}
