use escalation::hotline::HotlineTerms;
use kernel::{StaffCode, WorkingDays};
use serde::{Deserialize, Serialize};

use super::{BadSettings, Hidden, invalid, is_safe_url};
use crate::outbox::SigningKey;

/// 12345热线: one of those whose work orders are taken in (clause D2-2), and where it is called back (clause G3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// The `client_id` of its token.
    pub code: StaffCode,
    /// 回调地址; empty for none.
    #[serde(default)]
    pub callback_url: String,
    /// 签名密钥, two while they are changed.
    #[serde(default)]
    pub secrets: Vec<Hidden>,
    /// 办理时限: working days from dispatch.
    #[serde(default = "usual::handling")]
    pub handling_days: u16,
    /// 延期: working days.
    #[serde(default = "usual::extension")]
    pub extension_days: u16,
    /// 提级处置时限: working days of the supervision section, for an order that has no impasse.
    #[serde(default = "usual::escalation")]
    pub escalation_days: u16,
    /// 退单时限: hours from dispatch.
    #[serde(default = "usual::return_hours")]
    pub return_hours: u16,
    /// 退单次数
    #[serde(default = "usual::returns")]
    pub returns: u32,
}

mod usual {
    use escalation::hotline::HotlineTerms;

    pub(super) fn handling() -> u16 {
        HotlineTerms::default().handling.0
    }

    pub(super) fn extension() -> u16 {
        HotlineTerms::default().extension.0
    }

    pub(super) fn escalation() -> u16 {
        HotlineTerms::default().escalation.0
    }

    pub(super) fn return_hours() -> u16 {
        HotlineTerms::default().return_hours
    }

    pub(super) fn returns() -> u32 {
        HotlineTerms::default().returns
    }
}

impl Hotline {
    /// With the usual limits and nobody to call back.
    pub fn new(code: StaffCode) -> Self {
        let HotlineTerms { handling, extension, escalation, return_hours, returns } = HotlineTerms::default();
        Self {
            code,
            callback_url: String::new(),
            secrets: Vec::new(),
            handling_days: handling.0,
            extension_days: extension.0,
            escalation_days: escalation.0,
            return_hours,
            returns,
        }
    }

    /// 演练热线 of a sandbox that names no other: called back on this machine, where the demonstration listens.
    /// Everybody knows its secret, so that nothing but a sandbox has it.
    pub fn of_the_sandbox() -> Self {
        let code = "demo-12345".parse().unwrap_or_else(|_| unreachable!("a code"));
        Self {
            callback_url: "http://127.0.0.1:9345/callbacks".to_owned(),
            secrets: vec![Hidden("whsec_eWljaHVhbmctc2FuZGJveC1ob3RsaW5lLTEyMzQ1".to_owned())],
            ..Self::new(code)
        }
    }

    /// What the domain is told of it.
    pub fn terms(&self) -> HotlineTerms {
        HotlineTerms {
            handling: WorkingDays(self.handling_days),
            extension: WorkingDays(self.extension_days),
            escalation: WorkingDays(self.escalation_days),
            return_hours: self.return_hours,
            returns: self.returns,
        }
    }
}

/// # Errors
/// Names the first setting of a hotline that makes no sense.
pub(super) fn checked(hotlines: &[Hotline]) -> Result<(), BadSettings> {
    for (at, hotline) in hotlines.iter().enumerate() {
        if hotlines.iter().take(at).any(|other| other.code == hotline.code) {
            return invalid("hotlines.code", "热线重复（listed twice）");
        }
        if !hotline.callback_url.is_empty() && !is_safe_url(&hotline.callback_url) {
            return invalid(
                "hotlines.callback_url",
                "应为 https 地址，仅回环地址可用 http（https, or http on loopback）",
            );
        }
        if hotline.callback_url.is_empty() != hotline.secrets.is_empty() || hotline.secrets.len() > 2 {
            return invalid(
                "hotlines.secrets",
                "有回调地址的须有一至两个签名密钥（one or two, where there is a callback_url）",
            );
        }
        if hotline.secrets.iter().any(|secret| SigningKey::parse(&secret.0).is_none()) {
            return invalid(
                "hotlines.secrets",
                "应为 whsec_ 加 24 至 64 字节的 base64（whsec_ and 24 to 64 bytes in base64）",
            );
        }
        let days = [hotline.handling_days, hotline.extension_days, hotline.escalation_days];
        if days.contains(&0) || hotline.return_hours == 0 {
            return invalid("hotlines", "期限应大于0（must be greater than 0）");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{
        super::{Overrides, Settings},
        *,
    };

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn told(change: impl FnOnce(&mut Hotline)) -> Option<String> {
        let mut hotline = Hotline::new("taizhou-12345".parse().unwrap());
        hotline.callback_url = "https://12345.example.gov.cn/callbacks".to_owned();
        hotline.secrets = vec![Hidden(SECRET.to_owned())];
        change(&mut hotline);
        checked(&[hotline]).err().map(|error| error.to_string())
    }

    #[test]
    fn a_sandbox_has_a_hotline_and_nothing_else_has() {
        let of = |sandbox| Settings::default().with(Overrides { sandbox, ..Overrides::default() });
        assert_eq!(of(true).checked().unwrap().hotlines, [Hotline::of_the_sandbox()]);
        assert!(of(false).hotlines.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(told(|_| ()), None);
        let named = |complaint: Option<String>, key: &str| assert!(complaint.unwrap().contains(key));
        named(told(|it| it.callback_url = "http://12345.example.gov.cn/".to_owned()), "hotlines.callback_url");
        named(told(|it| it.secrets.clear()), "hotlines.secrets");
        named(told(|it| it.secrets = vec![Hidden("whsec_c2hvcnQ=".to_owned())]), "hotlines.secrets");
        named(told(|it| it.return_hours = 0), "hotlines");
        named(told(|it| it.escalation_days = 0), "hotlines");
        let twice = [Hotline::new("a".parse().unwrap()), Hotline::new("a".parse().unwrap())];
        named(checked(&twice).err().map(|error| error.to_string()), "hotlines.code");
    }
}
