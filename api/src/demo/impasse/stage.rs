use chrono::{Datelike, Days, NaiveDate};
use kernel::{Instant, Role};
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    super::{
        Player,
        client::{Answer, Client, Request, Trouble},
        hall::Hall,
        table::{caller, padded},
        wire::Page,
    },
    wire::{Calculated, Reading},
};
use crate::console::say;

/// 演练: a sandbox, its clock, and who plays.
#[derive(Debug)]
pub struct Stage<'a> {
    pub client: &'a Client,
    pub hall: &'a Hall,
    pub manager: Player,
    pub reform: Player,
    pub supervisor: Player,
    pub auditor: Player,
    admin: Player,
    /// The first day of the play: nothing that is counted was registered before.
    pub first_day: NaiveDate,
    today: NaiveDate,
}

/// What has a version and an address of its own.
#[derive(Clone, Debug, Deserialize)]
struct Anything {}

impl<'a> Stage<'a> {
    /// On the eve of the first Monday of the next month, so that a month lies ahead.
    pub async fn set(client: &'a Client, hall: &'a Hall) -> Result<Self, String> {
        let clock = client.send::<Reading>(Request::get("/v1/sandbox/clock")).await;
        let clock = clock.map_err(|trouble| format!("无法读取服务的时钟（{trouble}）"))?.value;
        if !clock.sandbox {
            return Err(
                "不是演练服务，时钟不能拨动；请在新的数据目录上以 serve --sandbox 启动（not a sandbox）".to_owned()
            );
        }
        let official = |role: Role| Player::new(role, role.to_string());
        let first_day = next_first_monday(clock.now.day());
        Ok(Self {
            client,
            hall,
            manager: official(Role::Manager),
            reform: official(Role::ReformOfficer),
            supervisor: official(Role::Supervisor),
            auditor: official(Role::AuditAdmin),
            admin: official(Role::SystemAdmin),
            first_day,
            today: first_day.pred_opt().unwrap_or(first_day),
        })
    }

    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// `2026-12`
    pub fn month(&self) -> String {
        self.today.format("%Y-%m").to_string()
    }

    /// The morning of the next working day.
    pub async fn next_morning(&mut self) -> Result<(), Trouble> {
        self.today = self.following().await?;
        self.wait_until(nine_on(self.today)).await
    }

    /// The next working day.
    pub async fn following(&self) -> Result<NaiveDate, Trouble> {
        let query = format!("/v1/calendar/deadline?start={}&working_days=1", self.today);
        Ok(self.client.send::<Calculated>(Request::get(query)).await?.value.due)
    }

    /// The first working morning for which this holds.
    pub async fn first_morning(&mut self, holds: impl Fn(NaiveDate) -> bool) -> Result<(), Trouble> {
        loop {
            self.next_morning().await?;
            if holds(self.today) {
                return Ok(());
            }
        }
    }

    /// A minute of the sandbox goes by.
    pub async fn a_minute_passes(&self) -> Result<(), Trouble> {
        let now = self.now().await?;
        self.wait_until(now.plus(chrono::Duration::minutes(1))).await
    }

    pub async fn now(&self) -> Result<Instant, Trouble> {
        Ok(self.client.send::<Reading>(Request::get("/v1/sandbox/clock")).await?.value.now)
    }

    async fn wait_until(&self, to: Instant) -> Result<(), Trouble> {
        let to = json!({ "to": to });
        self.client.send::<Reading>(Request::post("/v1/sandbox/clock").by(&self.admin).json(&to)).await?;
        Ok(())
    }

    pub async fn get<T: DeserializeOwned>(&self, by: &Player, path: &str) -> Result<T, Trouble> {
        Ok(self.client.send(Request::get(path).by(by)).await?.value)
    }

    /// A whole list, page by page. `path` ends in the query.
    pub async fn list<T: DeserializeOwned>(&self, by: &Player, path: &str) -> Result<Vec<T>, Trouble> {
        let (mut found, mut address) = (Vec::new(), format!("{path}&limit=200"));
        loop {
            let page: Page<T> = self.get(by, &address).await?;
            found.extend(page.data);
            match page.page.next_cursor {
                Some(cursor) => address = format!("{path}&limit=200&cursor={cursor}"),
                None => return Ok(found),
            }
        }
    }

    pub async fn post<T: DeserializeOwned>(&self, by: &Player, path: &str, body: Value) -> Result<T, Trouble> {
        Ok(self.send(by, Method::POST, path, None, Some(body)).await?.value)
    }

    /// One act on what has a version: looked at first, so that the act is on what is there.
    pub async fn act<T: DeserializeOwned>(
        &self,
        by: &Player,
        at: &str,
        what: &str,
        body: impl Into<Option<Value>>,
    ) -> Result<T, Trouble> {
        let seen = self.client.send::<Anything>(Request::get(at).by(by)).await?;
        let etag = seen.etag.ok_or_else(|| Trouble::NotUnderstood("没有 ETag".to_owned()))?;
        Ok(self.send(by, Method::POST, &format!("{at}{what}"), Some(&etag), body.into()).await?.value)
    }

    pub async fn send<T: DeserializeOwned>(
        &self,
        by: &Player,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer<T>, Trouble> {
        let request = if method == Method::PUT { Request::put(path) } else { Request::post(path) };
        let request = body.map_or(request.clone(), |body| request.json(&body)).by(by);
        let request = match etag {
            Some(etag) => request.seen(etag),
            None => request,
        };
        self.client.send(request).await
    }

    /// 审批人员 of a department: who does what it is ordered to do.
    pub fn reviewer(&self, department: &str) -> Result<Player, Trouble> {
        Ok(self.hall.reviewers_of(department)?.swap_remove(0))
    }

    pub fn head(&self) {
        row(["事项", "渠道", "等级", "步骤", "日期", "经办"], "情况");
    }

    /// One line of the table.
    pub fn tell(&self, affair: (&str, &str, &str), step: &str, by: &Player, what: &str) {
        let (name, channel, level) = affair;
        row([name, channel, level, step, &self.today.to_string(), &caller(Some(by))], what);
    }
}

fn row(columns: [&str; 6], last: &str) {
    const WIDTHS: [usize; 6] = [25, 9, 16, 18, 10, 50];
    let columns = columns.into_iter().zip(WIDTHS).map(|(text, width)| padded(text, width));
    let line = columns.chain([last.to_owned()]).collect::<Vec<_>>().join("  ");
    say(line.trim_end());
}

fn next_first_monday(day: NaiveDate) -> NaiveDate {
    let month = day.with_day(1).unwrap_or(day) + chrono::Months::new(1);
    let days_to_monday = (7 - month.weekday().num_days_from_monday()) % 7;
    month + Days::new(u64::from(days_to_monday))
}

/// Nine in the morning.
pub fn nine_on(day: NaiveDate) -> Instant {
    Instant::midnight(day).plus(chrono::Duration::hours(9))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::Weekday;

    use super::*;

    #[test]
    fn a_month_begins_with_a_whole_week() {
        for day in NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().iter_days().take(1500) {
            let monday = next_first_monday(day);
            assert!(monday > day && monday.day() <= 7 && monday.weekday() == Weekday::Mon, "{day}: {monday}");
        }
    }
}
