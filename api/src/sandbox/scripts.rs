//! 演练申请人: applicants of fixed numbers, whose applications and impasses the sandbox itself takes to a fixed outcome. Their
//! numbers are well formed, of a division that there is not (990000). `docs/sandbox.md` has the table.

use kernel::identity::{Document, DocumentKind};
use strum::VariantArray;

use crate::{auth::Secret, codes};

/// 演练结局
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Script {
    /// 受理、准予
    Granted,
    /// 一次性告知，补正后准予；不补正的，期满视为撤回
    Corrected,
    /// 窗口无人处理，期满视为受理
    Deemed,
    /// 不予许可
    Refused,
    /// 特别程序
    Procedure,
    /// 部门无人处理，逾期
    Overdue,
    /// 邮寄退回
    Returned,
    /// 办不成事：满意
    Satisfied,
    /// 办不成事：两次不满意
    Dissatisfied,
    /// 办不成事：无法联系
    Unreachable,
}

impl Script {
    /// Of what kinds the numbers are.
    pub const KINDS: [DocumentKind; 2] = [DocumentKind::ResidentId, DocumentKind::UnifiedSocialCreditCode];

    /// The identity number of a person and the credit code of an enterprise.
    pub fn numbers(self) -> (&'static str, &'static str) {
        match self {
            Self::Granted => ("990000199001010017", "91990000MA0000015Q"),
            Self::Corrected => ("990000199001020020", "91990000MA0000023K"),
            Self::Deemed => ("990000199001030034", "91990000MA0000031E"),
            Self::Refused => ("990000199001040048", "91990000MA000004X6"),
            Self::Procedure => ("990000199001050051", "91990000MA00000586"),
            Self::Overdue => ("990000199001060065", "91990000MA00000661"),
            Self::Returned => ("990000199001070079", "91990000MA0000074U"),
            Self::Satisfied => ("990000199001080082", "91990000MA0000082N"),
            Self::Dissatisfied => ("990000199001090096", "91990000MA0000090H"),
            Self::Unreachable => ("990000199001100100", "91990000MA00001037"),
        }
    }

    /// By which the parties of each script are found.
    pub fn digests(secret: &Secret, today: chrono::NaiveDate) -> Vec<(String, Self)> {
        let digest = |kind, number| {
            Document::parse(kind, number, today).ok().map(|document| codes::document_digest(secret, &document))
        };
        let of = |script: &Self| {
            let (person, enterprise) = script.numbers();
            let digests = Self::KINDS.into_iter().zip([person, enterprise]);
            digests.filter_map(|(kind, number)| Some((digest(kind, number)?, *script))).collect::<Vec<_>>()
        };
        Self::VARIANTS.iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_number_is_well_formed_and_of_nowhere() {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        for script in Script::VARIANTS {
            let (person, enterprise) = script.numbers();
            Document::parse(DocumentKind::ResidentId, person, today).unwrap();
            Document::parse(DocumentKind::UnifiedSocialCreditCode, enterprise, today).unwrap();
            assert!(person.starts_with("990000") && enterprise.starts_with("91990000"));
        }
    }
}
