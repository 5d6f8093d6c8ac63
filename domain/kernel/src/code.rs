//! Short codes that people read and that name things for good: centres, departments, windows, items, staff.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("应为1至{max}位小写字母、数字、下划线或连字符，且以字母或数字开头")]
pub struct BadCode {
    max: usize,
}

fn check(text: &str, max: usize) -> Result<(), BadCode> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let starts_well = text.as_bytes().first().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if starts_well && text.len() <= max && text.bytes().all(allowed) { Ok(()) } else { Err(BadCode { max }) }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident, $max:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            pub const MAX: usize = $max;

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadCode;
            fn from_str(text: &str) -> Result<Self, BadCode> {
                check(text, Self::MAX)?;
                Ok(Self(text.into()))
            }
        }

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

codes! {
    /// 板块: one of the eight sectors.
    SectorCode, 40
    /// 部门.
    DepartmentCode, 40
    /// 窗口.
    WindowCode, 40
    /// 区: one of the hall's four zones.
    ZoneCode, 40
    /// 工号: a member of staff, as the identity provider names them.
    StaffCode, 64
    /// 事项: a service item, whatever its version.
    ItemCode, 64
    /// 材料: a material within an item's list.
    MaterialCode, 40
    /// 服务套餐 (clause C1-1).
    PackageCode, 64
}

/// 中心: a service centre, named by its administrative division code (温岭 331081).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Centre([u8; 6]);

impl Centre {
    pub const WENLING: Self = Self(*b"331081");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_else(|_| unreachable!("only digits are admitted"))
    }
}

/// Why a text is not a division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("行政区划代码应为6位数字")]
pub struct BadCentre;

impl FromStr for Centre {
    type Err = BadCentre;
    fn from_str(text: &str) -> Result<Self, BadCentre> {
        let digits: [u8; 6] = text.as_bytes().try_into().map_err(|_| BadCentre)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(BadCentre) }
    }
}

impl fmt::Display for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Centre {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Centre {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
