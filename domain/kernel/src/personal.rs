//! 个人信息. Two types that cannot be confused: [`Personal`] holds the value and is never printed or serialised;
//! [`Masked`] can be shown and cannot be turned back.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::identity::{Document, DocumentKind, Phone};

/// 未脱敏的个人信息. Prints as `***` and has no `Serialize`, so that it reaches neither a log nor an answer unless
/// someone writes [`expose`](Self::expose).
///
/// ```compile_fail,E0277
/// serde_json::to_string(&kernel::Personal::new("张三".to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every use is a place to justify.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, by value.
    pub fn into_exposed(self) -> T {
        self.0
    }

    /// Another personal value made from this one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Personal<U> {
        Personal(f(self.0))
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// 脱敏后的个人信息. Made only by the functions here, and by nothing that reads input.
///
/// ```compile_fail,E0277
/// fn unmask(masked: kernel::Masked) -> kernel::Personal<String> {
///     masked.into()
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Masked(String);

impl Masked {
    /// 自然人姓名: the first character stays (张*, 欧**). At most two stars, so that a long name does not tell its length.
    pub fn person_name<T: fmt::Display>(name: &Personal<T>) -> Self {
        let name = name.expose().to_string();
        let length = name.chars().count();
        let kept = usize::from(length > 1);
        Self(mask(&name, kept, 0, (length - kept).clamp(1, 2)))
    }

    /// 组织名称: public, shown whole.
    pub fn organisation_name<T: fmt::Display>(name: &Personal<T>) -> Self {
        Self(name.expose().to_string())
    }

    /// 证件号码: 331081********0012. Shorter numbers keep a quarter at each end; an organisation's code is public.
    pub fn document(document: &Document) -> Self {
        let number = document.number().expose();
        let length = number.chars().count();
        if document.kind() == DocumentKind::UnifiedSocialCreditCode {
            return Self(number.clone());
        }
        let (head, tail) = if length == 18 { (6, 4) } else { (length / 4, length / 4) };
        Self(mask(number, head, tail, length - head - tail))
    }

    /// 电话: 138****0000; of a landline the area code and the last four digits stay.
    pub fn phone(phone: &Phone) -> Self {
        let number = phone.number().expose();
        let head = number.find('-').map_or(3, |hyphen| hyphen + 1);
        let tail = 4;
        Self(mask(number, head, tail, number.len().saturating_sub(head + tail)))
    }

    /// 地址: the first six characters stay, of a short address the first half.
    pub fn address<T: fmt::Display>(address: &Personal<T>) -> Self {
        let address = address.expose().to_string();
        Self(mask(&address, (address.chars().count() / 2).min(6), 0, 3))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn mask(text: &str, head: usize, tail: usize, stars: usize) -> String {
    let length = text.chars().count();
    let first = text.chars().take(head);
    let last = text.chars().skip(length.saturating_sub(tail).max(head));
    first.chain(std::iter::repeat_n('*', stars)).chain(last).collect()
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn name(text: &str) -> String {
        Masked::person_name(&Personal::new(text.to_owned())).to_string()
    }

    fn address(text: &str) -> String {
        Masked::address(&Personal::new(text)).to_string()
    }

    fn document(kind: DocumentKind, text: &str) -> String {
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        Masked::document(&Document::parse(kind, text, today).unwrap()).to_string()
    }

    fn phone(text: &str) -> String {
        Masked::phone(&Phone::parse(text).unwrap()).to_string()
    }

    #[test]
    fn an_unmasked_value_never_prints() {
        let name = Personal::new("张三".to_owned());
        assert_eq!(format!("{name} {name:?} {:?}", Some(&name)), "*** *** Some(***)");
        assert_eq!(name.map(|name| name.chars().count()).expose(), &2);
    }

    #[test]
    fn a_document_and_a_phone_never_print() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let document = Document::parse(DocumentKind::ResidentId, "331081190001010012", today).unwrap();
        let phone = Phone::parse("13800000000").unwrap();
        let printed = format!("{document:?} {phone:?}");
        assert!(!printed.contains("3310") && !printed.contains("138"), "{printed}");
    }

    #[test]
    fn a_name_keeps_its_first_character() {
        assert_eq!(name("张三"), "张*");
        assert_eq!(name("欧阳锋"), "欧**");
        assert_eq!(name("阿卜杜拉·买买提"), "阿**");
        assert_eq!(name("张"), "*");
        assert_eq!(name(""), "*");
    }

    #[test]
    fn an_organisation_is_public() {
        let name = Personal::new("温岭市某泵业有限公司");
        assert_eq!(Masked::organisation_name(&name).as_str(), "温岭市某泵业有限公司");
        let code = "91331081MA2ABC1X9F";
        assert_eq!(document(DocumentKind::UnifiedSocialCreditCode, code), code);
    }

    #[test]
    fn a_document_keeps_six_and_four() {
        assert_eq!(document(DocumentKind::ResidentId, "331081190001010012"), "331081********0012");
        assert_eq!(document(DocumentKind::TaiwanTravelPermit, "12345678"), "12****78");
        assert_eq!(document(DocumentKind::ForeignPermanentResident, "USA330000000001"), "USA*********001");
    }

    #[test]
    fn a_phone_keeps_three_and_four() {
        assert_eq!(phone("13800000000"), "138****0000");
        assert_eq!(phone("0576-86000001"), "0576-****0001");
    }

    #[test]
    fn an_address_keeps_six_characters_at_most() {
        assert_eq!(address("浙江省温岭市城东街道某路1号"), "浙江省温岭市***");
        assert_eq!(address("某路1号"), "某路***");
    }

    #[test]
    fn masked_is_what_is_sent() {
        let masked = Masked::person_name(&Personal::new("张三"));
        assert_eq!(serde_json::to_string(&masked).unwrap(), "\"张*\"");
    }
}
