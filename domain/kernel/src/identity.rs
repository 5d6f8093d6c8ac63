//! 证件与电话. Numbers that identify people and organisations: their form, and what is wrong with a bad one. A check
//! digit proves only that a number was typed right, never that the document exists.

mod checks;
mod phone;

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::personal::Personal;
pub use phone::{BadPhone, Phone};

/// 证件类型.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DocumentKind {
    /// 统一社会信用代码, GB 32100-2015.
    UnifiedSocialCreditCode,
    /// 居民身份证, GB 11643-1999. The division code is not checked: divisions come and go, numbers stay.
    ResidentId,
    /// 港澳台居民居住证.
    HkMacaoTaiwanResident,
    /// 外国人永久居留身份证: 18 digits, or of the old card three letters and twelve digits (form only).
    ForeignPermanentResident,
    /// 普通护照 of any state, form only.
    Passport,
    /// 港澳居民来往内地通行证 (回乡证), form only.
    HkMacaoTravelPermit,
    /// 台湾居民来往大陆通行证 (台胞证), form only.
    TaiwanTravelPermit,
}

impl DocumentKind {
    /// The code of GA/T 2000.156 (001 by the exchange's practice). The list is older than the residence permit for
    /// people from Hong Kong, Macao and Taiwan, which goes under 其他.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnifiedSocialCreditCode => "001",
            Self::ResidentId => "111",
            Self::HkMacaoTaiwanResident => "990",
            Self::ForeignPermanentResident => "553",
            Self::Passport => "414",
            Self::HkMacaoTravelPermit => "516",
            Self::TaiwanTravelPermit => "511",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::UnifiedSocialCreditCode => "统一社会信用代码",
            Self::ResidentId => "居民身份证",
            Self::HkMacaoTaiwanResident => "港澳台居民居住证",
            Self::ForeignPermanentResident => "外国人永久居留身份证",
            Self::Passport => "普通护照",
            Self::HkMacaoTravelPermit => "港澳居民来往内地通行证",
            Self::TaiwanTravelPermit => "台湾居民来往大陆通行证",
        }
    }

    /// Whether it names an organisation, whose code is public.
    pub fn is_organisation(self) -> bool {
        self == Self::UnifiedSocialCreditCode
    }
}

/// 身份核验等级: how sure whoever vouches for the applicant is (clause B5-4).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Assurance {
    /// 实名: name and number belong together.
    RealName,
    /// 实人: the person behind the account was recognised.
    RealPerson,
    /// 当面核验: the document was shown at the window.
    InPerson,
}

/// Why a text is not a number of the document it claims to be. Never repeats the text: it is personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDocument {
    #[error("{}号码应为{expected}", kind.label())]
    Length { kind: DocumentKind, expected: &'static str },
    /// The position counts from 1.
    #[error("{}号码第{position}位的字符不符合规则", kind.label())]
    Character { kind: DocumentKind, position: usize },
    #[error("{}号码的校验码不正确", .0.label())]
    CheckDigit(DocumentKind),
    #[error("{}号码中的出生日期不存在", .0.label())]
    BirthDate(DocumentKind),
    #[error("{}号码中的出生日期晚于今天", .0.label())]
    BirthInFuture(DocumentKind),
}

impl BadDocument {
    /// Stable `snake_case` code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "document_length",
            Self::Character { .. } => "document_character",
            Self::CheckDigit(_) => "document_check_digit",
            Self::BirthDate(_) => "document_birth_date",
            Self::BirthInFuture(_) => "document_birth_in_future",
        }
    }
}

/// 证件: a kind and a number of the right form, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Document {
    kind: DocumentKind,
    number: Personal<String>,
}

impl Document {
    /// Reads a number as typed: surrounding space goes, letters become capitals. A birth date in it may not be later
    /// than `today`.
    pub fn parse(kind: DocumentKind, text: &str, today: NaiveDate) -> Result<Self, BadDocument> {
        let number = text.trim().to_ascii_uppercase();
        checks::check(kind, &number, today)?;
        Ok(Self { kind, number: Personal::new(number) })
    }

    /// Reads the number of a person's document whose kind was not kept. One of the form of GB 11643 says itself what it is,
    /// by how it begins; None of any other, which can be of several kinds.
    pub fn recognise(text: &str, today: NaiveDate) -> Option<Self> {
        // The narrow ones first: the division of a resident's number is not checked.
        const KINDS: [DocumentKind; 3] =
            [DocumentKind::HkMacaoTaiwanResident, DocumentKind::ForeignPermanentResident, DocumentKind::ResidentId];
        let mut all = KINDS.into_iter().filter_map(|kind| Self::parse(kind, text, today).ok());
        all.find(|document| document.number.expose().len() == 18)
    }

    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    pub fn number(&self) -> &Personal<String> {
        &self.number
    }

    /// 提示: what a person should look at although the number is admitted. Of 统一社会信用代码 the check digit of the
    /// organisation code inside (GB 11714), which real codes fail now and then.
    pub fn caution(&self) -> Option<Caution> {
        let differs = self.kind == DocumentKind::UnifiedSocialCreditCode
            && !checks::inner_code_agrees(self.number.expose().as_bytes());
        differs.then_some(Caution::InnerCode)
    }
}

/// 提示.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    InnerCode,
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InnerCode => f.write_str("统一社会信用代码第9至17位的组织机构代码校验码不符，请核对"),
        }
    }
}

#[cfg(test)]
mod tests;
