//! National codes: of a public body (GB 32100-2015) and of a service item (GB/T 39554.1-2020).

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use kernel::identity::{Document, DocumentKind};
use serde::{Deserialize, Deserializer, Serialize, de};

/// Why a text is not an item's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadItemCode {
    #[error("基本编码应为12位数字（区划2位、事项类型2位、主项5位、子项3位）")]
    Base,
    #[error("实施编码应为31位（统一社会信用代码18位、行使层级1位、基本编码12位）")]
    Length,
    #[error("实施编码前18位不是有效的统一社会信用代码")]
    Uscc,
    #[error("实施编码第19位行使层级应为1至7")]
    Level,
}

/// Why a text is not a public body's credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("不是有效的统一社会信用代码（18位大写，含校验位）")]
pub struct BadUscc;

/// 统一社会信用代码 of a public body: published with every item, unlike an applicant's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Uscc(Box<str>);

impl Uscc {
    const LENGTH: usize = 18;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uscc {
    type Err = BadUscc;
    fn from_str(text: &str) -> Result<Self, BadUscc> {
        // Applicants' input is normalised; a catalogue has one spelling only, since item codes contain it.
        let one_spelling = text.len() == Self::LENGTH && !text.bytes().any(|b| b.is_ascii_lowercase());
        // A credit code carries no date of birth, so the day does not matter.
        let any_day = NaiveDate::default();
        match Document::parse(DocumentKind::UnifiedSocialCreditCode, text, any_day) {
            Ok(_) if one_spelling => Ok(Self(text.into())),
            _ => Err(BadUscc),
        }
    }
}

/// 基本编码: 12 digits: 2 of the region, 2 of the kind of matter, 5 of the item, 3 of the sub-item.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct BaseCode(Box<str>);

impl BaseCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 事项类型 (GB/T 39046-2020 A.1): `01` 行政许可, `05` 行政给付, `20` 公共服务 …
    pub fn matter(&self) -> &str {
        &self.0[2..4]
    }
}

impl FromStr for BaseCode {
    type Err = BadItemCode;
    fn from_str(text: &str) -> Result<Self, BadItemCode> {
        let fits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(text.into())) } else { Err(BadItemCode::Base) }
    }
}

/// 实施编码: the implementing body's 统一社会信用代码 (18), the level of government (1) and the [`BaseCode`] (12).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImplementationCode(Box<str>);

impl ImplementationCode {
    const USCC: usize = Uscc::LENGTH;
    const LENGTH: usize = 31;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The implementing body.
    pub fn uscc(&self) -> &str {
        &self.0[..Self::USCC]
    }

    /// 行使层级 (GB/T 39046-2020 A.2): `4` is a county.
    pub fn level(&self) -> &str {
        &self.0[Self::USCC..=Self::USCC]
    }

    pub fn base(&self) -> &str {
        &self.0[Self::USCC + 1..]
    }
}

impl FromStr for ImplementationCode {
    type Err = BadItemCode;
    fn from_str(text: &str) -> Result<Self, BadItemCode> {
        if text.len() != Self::LENGTH || !text.is_ascii() {
            return Err(BadItemCode::Length);
        }
        let (uscc, rest) = text.split_at(Self::USCC);
        let (level, base) = rest.split_at(1);
        uscc.parse::<Uscc>().map_err(|_| BadItemCode::Uscc)?;
        if !matches!(level, "1" | "2" | "3" | "4" | "5" | "6" | "7") {
            return Err(BadItemCode::Level);
        }
        base.parse::<BaseCode>()?;
        Ok(Self(text.into()))
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(Uscc BaseCode ImplementationCode);
