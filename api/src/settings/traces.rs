use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{BadSettings, invalid};

/// 分布式追踪 by OTLP over HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traces {
    /// Where spans are sent, as `http://127.0.0.1:4318/v1/traces`; empty for nowhere.
    pub otlp: String,
    /// Which part of all traces is kept, from 0 to 1.
    pub share: f64,
}

impl Default for Traces {
    fn default() -> Self {
        Self { otlp: String::new(), share: 1.0 }
    }
}

impl Traces {
    pub(super) fn checked(&self) -> Result<(), BadSettings> {
        let is_http = |url: Url| matches!(url.scheme(), "http" | "https");
        if !self.otlp.is_empty() && !Url::parse(&self.otlp).is_ok_and(is_http) {
            return invalid("traces.otlp", "应为 http 或 https 地址（an address）");
        }
        if !(0.0..=1.0).contains(&self.share) {
            return invalid("traces.share", "应在0与1之间（from 0 to 1）");
        }
        Ok(())
    }
}
