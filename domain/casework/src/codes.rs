//! 代码对照: what another system calls our codes. Data, because every system has its own (GB/T 39046-2020 and the
//! variants of the exchange tables).

use std::collections::BTreeMap;

use approval::Outcome;
use catalog::{DeliveryMethod, ItemKind};
use kernel::{DepartmentCode, ItemCode, identity::DocumentKind, ledger::Ground};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{case::Channel, stage::Stage};

/// 对照主题: of which of our codes a map is.
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
pub enum Subject {
    /// 办件状态
    Stages,
    /// 事项
    Items,
    /// 承办部门
    Departments,
    /// 申报来源
    Channels,
    /// 证件类型
    DocumentKinds,
    /// 办件类型
    ItemKinds,
    /// 决定结果
    Outcomes,
    /// 送达方式
    DeliveryMethods,
    /// 特别程序种类, and `extension`, which the exchange tables list with them.
    Procedures,
    /// 申请人类型: `person`, `enterprise`.
    ApplicantKinds,
    /// 不经决定的办结: the stage in which a case ended, or `deemed_withdrawn`.
    Endings,
    /// 业务动作 of a step: `pass`, `return`, `other`.
    Actions,
    /// 材料收取方式: `paper`, `electronic`.
    Collected,
}

impl Subject {
    /// Whether a text is one of our codes of this subject.
    pub fn knows(self, ours: &str) -> bool {
        match self {
            Self::Stages => ours.parse::<Stage>().is_ok(),
            Self::Items => ours.parse::<ItemCode>().is_ok(),
            Self::Departments => ours.parse::<DepartmentCode>().is_ok(),
            Self::Channels => ours.parse::<Channel>().is_ok(),
            Self::DocumentKinds => ours.parse::<DocumentKind>().is_ok(),
            Self::ItemKinds => ours.parse::<ItemKind>().is_ok(),
            Self::Outcomes => ours.parse::<Outcome>().is_ok(),
            Self::DeliveryMethods => ours.parse::<DeliveryMethod>().is_ok(),
            Self::Procedures => ours == "extension" || ours.parse::<Ground>().is_ok(),
            Self::ApplicantKinds => ["person", "enterprise"].contains(&ours),
            Self::Endings => ours == "deemed_withdrawn" || ours.parse().is_ok_and(Stage::is_final),
            Self::Actions => ["pass", "return", "other"].contains(&ours),
            Self::Collected => ["paper", "electronic"].contains(&ours),
        }
    }
}

/// 对照项
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePair {
    pub ours: String,
    pub theirs: String,
}

/// 代码对照 of one subject. Several of ours may share one of theirs, and the other way round: in each direction the first
/// that is listed counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodePairs(pub Vec<CodePair>);

impl CodePairs {
    pub fn to_theirs(&self, ours: &str) -> Option<&str> {
        self.0.iter().find(|pair| pair.ours == ours).map(|pair| pair.theirs.as_str())
    }

    pub fn to_ours(&self, theirs: &str) -> Option<&str> {
        self.0.iter().find(|pair| pair.theirs == theirs).map(|pair| pair.ours.as_str())
    }
}

/// Every map that one system has. Without one for a subject it has no codes of its own there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(pub BTreeMap<Subject, CodePairs>);

impl Codes {
    /// Their code for ours; None where nothing is mapped.
    pub fn to_theirs(&self, subject: Subject, ours: &str) -> Option<&str> {
        self.0.get(&subject)?.to_theirs(ours)
    }

    /// Our code for theirs; None where nothing is mapped.
    pub fn to_ours(&self, subject: Subject, theirs: &str) -> Option<&str> {
        self.0.get(&subject)?.to_ours(theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(ours: &str, theirs: &str) -> CodePair {
        CodePair { ours: ours.to_owned(), theirs: theirs.to_owned() }
    }

    #[test]
    fn the_first_that_is_listed_counts_in_each_direction() {
        let stages = CodePairs(vec![pair("in_review", "08"), pair("decided", "08"), pair("closed", "10")]);
        let codes = Codes([(Subject::Stages, stages)].into());
        assert_eq!(codes.to_theirs(Subject::Stages, "decided"), Some("08"));
        assert_eq!(codes.to_ours(Subject::Stages, "08"), Some("in_review"));
        assert_eq!(codes.to_ours(Subject::Stages, "99"), None);
        assert_eq!(codes.to_theirs(Subject::Channels, "web"), None);
    }

    #[test]
    fn a_subject_knows_its_codes_and_no_others() {
        let of_cases =
            ["in_review", "law-legal-aid", "justice", "web", "resident_id", "on_the_spot", "grant", "courier"];
        let of_exchanges = ["extension", "enterprise", "rejected", "return", "electronic"];
        assert_eq!(Subject::VARIANTS.len(), of_cases.len() + of_exchanges.len());
        for (subject, ours) in Subject::VARIANTS.iter().zip(of_cases.into_iter().chain(of_exchanges)) {
            assert!(subject.knows(ours), "{subject} {ours}");
            assert!(!subject.knows("No Such Code"), "{subject}");
        }
    }
}
