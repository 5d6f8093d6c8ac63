use kernel::access::{Reach, Scopes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 授权范围, as tokens and the register name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// 查看办件
    #[serde(rename = "cases:read")]
    ReadCases,
    /// 办理办件
    #[serde(rename = "cases:write")]
    WriteCases,
    /// 查看办不成事
    #[serde(rename = "impasses:read")]
    ReadImpasses,
    /// 登记、办理办不成事
    #[serde(rename = "impasses:write")]
    WriteImpasses,
    /// 读取事件流
    #[serde(rename = "events:read")]
    ReadEvents,
    /// 代申请人办理
    #[serde(rename = "applicants:vouch")]
    Vouch,
}

impl Scope {
    pub const ALL: [Self; 6] =
        [Self::ReadCases, Self::WriteCases, Self::ReadImpasses, Self::WriteImpasses, Self::ReadEvents, Self::Vouch];

    pub fn name(self) -> &'static str {
        match self {
            Self::ReadCases => "cases:read",
            Self::WriteCases => "cases:write",
            Self::ReadImpasses => "impasses:read",
            Self::WriteImpasses => "impasses:write",
            Self::ReadEvents => "events:read",
            Self::Vouch => "applicants:vouch",
        }
    }

    /// As in a token: the names with blanks between them.
    pub fn joined(scopes: impl IntoIterator<Item = Self>) -> String {
        scopes.into_iter().map(Self::name).collect::<Vec<_>>().join(" ")
    }

    pub fn is_in(self, granted: &str) -> bool {
        granted.split(' ').any(|name| name == self.name())
    }

    /// What a token allows whose scope this is.
    pub fn read(granted: &str) -> Scopes {
        let has = |scope: Self| scope.is_in(granted);
        Scopes {
            cases: Reach { read: has(Self::ReadCases), write: has(Self::WriteCases) },
            impasses: Reach { read: has(Self::ReadImpasses), write: has(Self::WriteImpasses) },
            events: has(Self::ReadEvents),
            vouch: has(Self::Vouch),
        }
    }
}
