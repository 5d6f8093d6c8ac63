//! 受理: receipt, the checks at the window, and the three outcomes that 行政许可法 art. 32 knows at this stage:
//! acceptance, rejection (不予受理) and not required (不受理). They differ in law, so they differ in type.

mod check;
mod condition;
mod correction;
mod outcome;

pub use check::{AttachedFile, CopyCheck, Handed, MaterialCheck, Presented, ScopeCheck, ScopeFinding};
pub use condition::{
    AcceptanceRevocation, Commitment, CommitmentFinding, Condition, MendingOrder, RevocationGround, Verification,
};
pub use correction::{Correction, Exception, NotReused, Round, may_be_asked_for};
pub use outcome::{Acceptance, AcceptanceBasis, NotRequired, Rejection, RejectionGround};

use std::collections::BTreeMap;

use catalog::{ItemVersion, Material, MaterialForm};
use chrono::NaiveDate;
use kernel::{MaterialCode, Refusal};
use serde::{Deserialize, Serialize};

/// The most files one material may carry.
pub const FILES_PER_MATERIAL: usize = 20;

/// 收件情况: what was handed in and what the window found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    pub scope: Option<ScopeCheck>,
    pub materials: BTreeMap<MaterialCode, Handed>,
    pub acceptance: Option<Acceptance>,
    pub rejection: Option<Rejection>,
    pub not_required: Option<NotRequired>,
    /// 补正告知, every one there was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// A supervisor's leave to tell again, until it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<AcceptanceRevocation>,
    /// 恢复办理前的视为受理, each by the day on which the window's time was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deemed: Vec<NaiveDate>,
}

impl Intake {
    /// Files may be added to a material of the item's list, up to [`FILES_PER_MATERIAL`].
    pub fn may_attach(&self, item: &ItemVersion, material: &MaterialCode, more: usize) -> Result<(), Refusal> {
        listed(item, material)?;
        let there = self.materials.get(material).map_or(0, |handed| handed.files.len());
        if there + more > FILES_PER_MATERIAL {
            return Err(Refusal::new("too_many_files", format!("每份材料最多上传{FILES_PER_MATERIAL}个文件")));
        }
        Ok(())
    }

    /// The finding must be about a listed material and must make sense for the form it was shown in (clause B2-3).
    pub fn may_check(&self, item: &ItemVersion, material: &MaterialCode, check: &MaterialCheck) -> Result<(), Refusal> {
        let spec = listed(item, material)?;
        if check.presented == Some(Presented::Electronic) && !spec.electronic_accepted {
            return Err(Refusal::new("electronic_not_accepted", format!("「{}」不接受电子材料", spec.name)));
        }
        if check.legal_form && spec.form == MaterialForm::Original && check.presented == Some(Presented::Copy) {
            return Err(Refusal::new("original_required", format!("「{}」须为原件，复印件不符合法定形式", spec.name)));
        }
        let uploaded = self.materials.get(material).is_some_and(|handed| !handed.files.is_empty());
        if !check.present && uploaded && spec.electronic_accepted {
            let detail = format!("「{}」已有电子材料，不得认定为未提交或要求纸质材料", spec.name);
            return Err(Refusal::new("paper_not_to_be_demanded", detail));
        }
        // A notice about it would have the original shown, which is paper.
        if check.copy_check == Some(CopyCheck::OriginalNotShown) && uploaded && spec.electronic_accepted {
            let detail = format!("「{}」已有电子材料，不得以未出示原件为由要求出示纸质材料", spec.name);
            return Err(Refusal::new("paper_not_to_be_demanded", detail));
        }
        check.must_be_coherent()
    }

    /// Everything that stands between the application and its acceptance (clauses B2-1 to B2-3), all at once.
    pub fn obstacles(&self, item: &ItemVersion) -> Vec<String> {
        let scope = match &self.scope {
            None => Some("尚未核验受理范围".to_owned()),
            Some(check) if check.finding != ScopeFinding::Within => Some("不在受理范围内".to_owned()),
            Some(_) => None,
        };
        let materials = item.materials.iter().filter_map(|spec| self.defect(spec));
        scope.into_iter().chain(materials).collect()
    }

    fn defect(&self, spec: &Material) -> Option<String> {
        let handed = self.materials.get(&spec.code);
        let check = handed.and_then(|handed| handed.check.as_ref());
        match check {
            Some(check) => {
                check.defect().filter(|_| spec.required || check.present).map(|why| format!("「{}」{why}", spec.name))
            }
            None if spec.required || handed.is_some() => Some(format!("「{}」尚未核验", spec.name)),
            None => None,
        }
    }

    /// Acceptance waits for nothing else and nothing less (行政许可法 art. 32(1)(5)).
    pub fn must_be_in_order(&self, item: &ItemVersion) -> Result<(), Refusal> {
        let obstacles = self.obstacles(item);
        if obstacles.is_empty() { Ok(()) } else { Err(Refusal::new("not_in_order", obstacles.join("；"))) }
    }

    /// 不予受理 has two grounds: the scope check said that it is not this body's power, or what was corrected is still
    /// wrong.
    pub fn may_reject(&self, item: &ItemVersion) -> Result<RejectionGround, Refusal> {
        if !self.still_wrong(item).is_empty() {
            return Ok(RejectionGround::StillDeficient);
        }
        let otherwise = "不予受理须先认定不属于本机关职权范围，或者补正后仍不符合要求";
        self.scope_must_be(ScopeFinding::OutsidePower, otherwise).map(|()| RejectionGround::OutsidePower)
    }

    /// "Not required" needs the scope check to have said so.
    pub fn may_declare_not_required(&self) -> Result<(), Refusal> {
        self.scope_must_be(ScopeFinding::NoLicenceNeeded, "不受理须先核验受理范围，并认定依法不需要取得许可")
    }

    fn scope_must_be(&self, finding: ScopeFinding, otherwise: &'static str) -> Result<(), Refusal> {
        match &self.scope {
            Some(check) if check.finding == finding => Ok(()),
            _ => Err(Refusal::new("scope_finding_differs", otherwise)),
        }
    }
}

/// The item's entry for a material, or the refusal that it is not on the list: nobody may ask for more than the guide.
pub fn listed<'a>(item: &'a ItemVersion, material: &MaterialCode) -> Result<&'a Material, Refusal> {
    item.materials
        .iter()
        .find(|spec| spec.code == *material)
        .ok_or_else(|| Refusal::new("material_not_listed", format!("材料「{material}」不在办事指南的材料清单内")))
}
