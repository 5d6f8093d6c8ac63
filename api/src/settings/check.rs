//! What makes no sense in a configuration is refused before anything is served.

use chrono::Weekday;

use super::{BadSettings, Settings, hotlines, invalid};

impl Settings {
    /// # Errors
    /// Names the first setting that makes no sense.
    pub fn checked(self) -> Result<Self, BadSettings> {
        if self.management_address().is_err() {
            return invalid("management", "应为本机回环地址加端口，或空（a loopback address with a port, or empty）");
        }
        if self.tokens.issuer.is_empty() || self.tokens.audience.is_empty() {
            return invalid("tokens", "issuer 与 audience 不能为空（must not be empty）");
        }
        let mut issuers = vec![self.tokens.issuer.as_str()];
        for trusted in &self.tokens.trusted {
            if issuers.contains(&trusted.issuer.as_str()) {
                return invalid("tokens.trusted.issuer", "签发者重复（listed twice）");
            }
            issuers.push(&trusted.issuer);
            if !is_safe_url(&trusted.jwks_url) {
                return invalid(
                    "tokens.trusted.jwks_url",
                    "应为 https 地址，仅回环地址可用 http（https, or http on loopback）",
                );
            }
            if trusted.centres.is_empty() {
                return invalid("tokens.trusted.centres", "至少一个中心（at least one）");
            }
        }
        let http = &self.http;
        if http.cors_origins.iter().any(|origin| !is_origin(origin)) {
            return invalid(
                "http.cors_origins",
                "应为来源，如 https://app.example.gov.cn（a scheme, a host and perhaps a port, nothing else）",
            );
        }
        let none_is_zero = [http.head_seconds, http.body_seconds, http.keep_alive_seconds, http.shutdown_seconds];
        let nothing_fits = [http.in_flight, http.connections, http.body_bytes].contains(&0) || http.backlog == 0;
        if none_is_zero.contains(&0) || nothing_fits {
            return invalid("http", "期限与上限应大于0（limits must be greater than 0）");
        }
        let files = &self.files;
        if files.max_bytes == 0 || files.min_rate == 0 || files.uploads == 0 {
            return invalid("files", "上限应大于0（limits must be greater than 0）");
        }
        if self.progress.per_minute == 0 || self.progress.per_minute_and_number == 0 {
            return invalid("progress", "应大于0（must be greater than 0）");
        }
        let limits = &self.limits;
        if limits.opens >= limits.closes {
            return invalid("limits.closes", "应晚于 opens（must be later than opens）");
        }
        if limits.weekend_opening.iter().any(|day| !matches!(day, Weekday::Sat | Weekday::Sun)) {
            return invalid("limits.weekend_opening", "应为 Sat、Sun（Sat or Sun）");
        }
        let none_is_zero = [limits.longest_correction_days, limits.hand_over_days, limits.review_days];
        if none_is_zero.contains(&0) || limits.unclaimed_days == 0 {
            return invalid("limits", "期限应大于0（must be greater than 0）");
        }
        if self.webhooks.disable_after_hours == 0 || self.webhooks.keep_days == 0 {
            return invalid("webhooks", "应大于0（must be greater than 0）");
        }
        if self.drafts.keep_days == 0 {
            return invalid("drafts.keep_days", "应大于0（must be greater than 0）");
        }
        self.traces.checked()?;
        hotlines::checked(&self.hotlines)?;
        if crate::telemetry::filter(&self.log).is_err() {
            return invalid("log", "不是日志过滤表达式（not a log filter）");
        }
        Ok(self)
    }
}

/// As browsers send it (RFC 6454 §6.2): no path, no wildcard, no `null`.
pub(super) fn is_origin(text: &str) -> bool {
    let parsed = reqwest::Url::parse(text);
    parsed.is_ok_and(|url| is_safe_url(text) && url.origin().is_tuple() && url.origin().ascii_serialization() == text)
}

/// https, or http to the machine itself; no user information.
pub fn is_safe_url(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|ip| ip.is_loopback());
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback))
}
