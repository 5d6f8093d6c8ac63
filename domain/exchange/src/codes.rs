use std::collections::BTreeMap;

use kernel::identity::DocumentKind;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 代码集: what a code is one of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum List {
    /// 申请人类型: `person`, `enterprise`.
    ApplicantKinds,
    /// 申报来源
    Channels,
    /// 证件类型
    DocumentKinds,
    /// 办件类型
    ItemKinds,
    /// 特别程序种类: the eight grounds, and `extension`.
    Procedures,
    /// 决定结果: `grant`, `refuse`.
    Outcomes,
    /// 不经决定的办结: the stage in which the case ended, or `deemed_withdrawn`.
    Endings,
    /// 业务动作: `pass`, `return`, `other`.
    Actions,
    /// 收取方式: `paper`, `electronic`.
    Collected,
}

/// 代码对照 of one receiver: the national codes, and where it has codes of its own, those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(BTreeMap<(List, String), String>);

impl Codes {
    /// The receiver calls it so.
    pub fn set(&mut self, list: List, ours: &str, theirs: &str) {
        self.0.insert((list, ours.to_owned()), theirs.to_owned());
    }

    /// What the receiver calls one of our codes.
    pub fn code(&self, list: List, ours: &str) -> String {
        let own = self.0.get(&(list, ours.to_owned())).cloned();
        own.unwrap_or_else(|| national(list, ours).to_owned())
    }
}

/// GB/T 39046-2020 A.4 to A.7, GA/T 2000.156, and the 办结结果 of the exchange tables, whose variants differ: a receiver
/// with another one has a map of its own.
fn national(list: List, ours: &str) -> &'static str {
    match (list, ours) {
        (List::ApplicantKinds, "person") => "1",
        (List::ApplicantKinds, _) => "2",
        (List::Channels, "counter") => "1",
        (List::Channels, "web") => "2",
        (List::Channels, "mobile") => "3",
        (List::Channels, _) => "9",
        (List::DocumentKinds, kind) => kind.parse().map_or("990", DocumentKind::code),
        (List::ItemKinds, "on_the_spot") => "1",
        (List::ItemKinds, "promised_time") => "2",
        (List::ItemKinds, _) => "9",
        (List::Procedures, "extension") => "1",
        (List::Procedures, _) => "2",
        (List::Outcomes, "grant") => "0",
        (List::Outcomes, _) => "7",
        (List::Endings, "deemed_withdrawn") => "5",
        (List::Endings, "rejected" | "not_required") => "1",
        (List::Endings, _) => "2",
        (List::Actions, "pass") => "1",
        (List::Actions, "return") => "2",
        (List::Actions, _) => "9",
        (List::Collected, "paper") => "1",
        (List::Collected, _) => "2",
    }
}
