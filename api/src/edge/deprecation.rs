use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, HttpDate, InvalidHeaderValue, LINK};
use chrono::{Months, NaiveDate};
use kernel::Instant;
use serde::Deserialize;
use utoipa::openapi::path::Operation;

/// 弃用: since which day an operation should no longer be used, and from which day on it can be gone. An operation says so in
/// the member `x-deprecation` of the contract, e.g.
/// `extensions(("x-deprecation" = json!({ "since": "2027-01-01", "sunset": "2029-01-01", "link": "https://…" })))`.
#[derive(Debug)]
pub struct Deprecation {
    headers: [(HeaderName, HeaderValue); 4],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    since: NaiveDate,
    sunset: NaiveDate,
    /// Where it says what to use instead.
    link: String,
}

/// Why an operation's deprecation cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum BadDeprecation {
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    #[error("{0}")]
    Link(#[from] InvalidHeaderValue),
    #[error("the sunset is earlier than two years after the deprecation")]
    TooSoon,
}

/// As the guides promise.
const NOTICE: Months = Months::new(24);

impl Deprecation {
    pub const MEMBER: &str = "x-deprecation";
    pub(super) const SINCE: HeaderName = HeaderName::from_static("deprecation");
    pub(super) const SUNSET: HeaderName = HeaderName::from_static("sunset");

    /// What an operation of the contract says of itself, if it does.
    ///
    /// # Errors
    /// When it is not said as it must be, which is a defect.
    pub fn of(operation: &Operation) -> Result<Option<Self>, BadDeprecation> {
        let said = operation.extensions.as_ref().and_then(|members| members.get(Self::MEMBER));
        said.map(|said| Said::deserialize(said)?.headers()).transpose()
    }

    /// `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and what to read about both.
    pub fn dress(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
    }
}

impl Said {
    fn headers(self) -> Result<Deprecation, BadDeprecation> {
        let Self { since, sunset, link } = self;
        if since.checked_add_months(NOTICE).is_none_or(|earliest| sunset < earliest) {
            return Err(BadDeprecation::TooSoon);
        }
        let (since, _) = Instant::midnight(since).unix();
        let (sunset, _) = Instant::midnight(sunset).unix();
        let sunset = HttpDate::from(UNIX_EPOCH + Duration::from_secs(sunset));
        let value = |text: String| HeaderValue::from_str(&text);
        let headers = [
            (Deprecation::SINCE, value(format!("@{since}"))?),
            (Deprecation::SUNSET, value(sunset.to_string())?),
            (LINK, value(format!("<{link}>; rel=\"deprecation\""))?),
            (LINK, value(format!("<{link}>; rel=\"sunset\""))?),
        ];
        Ok(Deprecation { headers })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Clause G1: whoever uses an operation has two years from the day on which it is called deprecated.
    #[test]
    fn two_years_are_between_the_deprecation_and_the_sunset() {
        let is_told = |since: &str, sunset: &str| {
            let said = json!({ "since": since, "sunset": sunset, "link": "https://yichuang.example/next" });
            Said::deserialize(said).map_err(BadDeprecation::from).and_then(Said::headers).is_ok()
        };
        assert!(is_told("2027-01-01", "2029-01-01") && is_told("2028-02-29", "2030-02-28"));
        for sunset in ["2028-12-31", "2027-06-01", "2026-12-31"] {
            assert!(!is_told("2027-01-01", sunset), "{sunset}");
        }
    }
}
