use kernel::{CaseId, FileId, Instant, Refusal, StaffCode, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 受理范围核验, clause B2-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCheck {
    pub finding: ScopeFinding,
    pub note: Option<Text<500>>,
    pub by: StaffCode,
    pub at: Instant,
}

/// What the scope check found, after 行政许可法 art. 32(1)(1), (2) and (5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ScopeFinding {
    /// 属于受理范围
    Within,
    /// 不属于本机关职权范围
    OutsidePower,
    /// 依法不需要取得许可
    NoLicenceNeeded,
}

/// One material as handed in: its files, and the window's latest finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    pub files: Vec<AttachedFile>,
    pub check: Option<MaterialCheck>,
}

/// 材料附件: where the bytes lie is the store's business, what they are is the case's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    pub id: FileId,
    /// SHA-256, lower-case hexadecimal.
    pub digest: String,
    pub media_type: String,
    pub bytes: u64,
    pub at: Instant,
    /// The earlier case of the same applicant it was taken over from (rule L11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_case: Option<CaseId>,
    /// Put there by the window: what it adds by itself makes no defect new (rule L6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_window: bool,
}

/// How a material was shown at the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Presented {
    /// 原件
    Original,
    /// 复印件
    Copy,
    /// 电子材料
    Electronic,
}

/// 复印件与原件核对, clause B2-3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CopyCheck {
    /// 与原件一致
    Matches,
    /// 与原件不一致
    Differs,
    /// 未出示原件
    OriginalNotShown,
}

/// 材料核验, clauses B2-2 and B2-3: present, complete, in legal form, copy against original; by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialCheck {
    pub present: bool,
    pub complete: bool,
    pub legal_form: bool,
    /// None where nothing was shown.
    pub presented: Option<Presented>,
    /// Needed for a copy on paper, meaningless otherwise.
    pub copy_check: Option<CopyCheck>,
    /// What is wrong and how to mend it; required where something is.
    pub note: Option<Text<500>>,
    /// 受理后补交材料的核验 (容缺).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_acceptance: bool,
    pub by: StaffCode,
    pub at: Instant,
}

impl MaterialCheck {
    pub(crate) fn must_be_coherent(&self) -> Result<(), Refusal> {
        let incoherent = |detail: &'static str| Err(Refusal::new("check_incoherent", detail));
        match (self.present, self.presented) {
            (true, None) => return incoherent("已提交的材料须注明出示形式"),
            (false, Some(_)) => return incoherent("未提交的材料不能有出示形式"),
            _ => {}
        }
        if !self.present && (self.complete || self.legal_form) {
            return incoherent("未提交的材料不能认定为齐全或符合法定形式");
        }
        match (self.presented, self.copy_check) {
            (Some(Presented::Copy), None) => return incoherent("复印件须记录与原件的核对结果"),
            (Some(Presented::Copy), Some(_)) | (_, None) => {}
            (_, Some(_)) => return incoherent("只有复印件才核对原件"),
        }
        if self.defect().is_some() && self.note.is_none() {
            return incoherent("不符合要求的，须说明问题和补正办法");
        }
        Ok(())
    }

    /// What is wrong with it, or nothing.
    pub fn defect(&self) -> Option<&'static str> {
        if !self.present {
            Some("未提交")
        } else if !self.complete {
            Some("不齐全")
        } else if !self.legal_form {
            Some("不符合法定形式")
        } else {
            match self.copy_check {
                Some(CopyCheck::Differs) => Some("复印件与原件不一致"),
                Some(CopyCheck::OriginalNotShown) => Some("未出示原件核对"),
                Some(CopyCheck::Matches) | None => None,
            }
        }
    }
}
