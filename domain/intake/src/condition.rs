use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemVersion, Material};
use kernel::{DocumentNumber, Instant, MaterialCode, Refusal, Remedy, StaffCode, Text, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    Intake, ScopeFinding,
    correction::{NotReused, named, nothing_on_file},
    listed,
};

/// 容缺受理: accepted with named minor materials still to come (clause B5-3, rule L8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub missing: BTreeSet<MaterialCode>,
    /// Why a copy that is on file is not taken over, of what is missing and has one (rule L11).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_reused: BTreeMap<MaterialCode, NotReused>,
    /// 容缺承诺
    pub undertaking: Text<2000>,
    /// 补齐之时
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_at: Option<Instant>,
    /// 不再需要补齐: refused before it was met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_at: Option<Instant>,
}

/// 告知承诺: accepted on the applicant's word instead of materials, verified after the decision (rule L13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    pub instead_of: BTreeSet<MaterialCode>,
    pub undertaking: Text<2000>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<Verification>,
}

/// 承诺核查, within sixty working days of the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub finding: CommitmentFinding,
    pub note: Text<1000>,
    pub by: StaffCode,
    pub at: Instant,
    /// 限期整改, where the commitment was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<MendingOrder>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CommitmentFinding {
    /// 与承诺一致
    Kept,
    /// 与承诺不一致
    Broken,
}

/// 限期整改通知
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MendingOrder {
    pub document: DocumentNumber,
    pub limit: Ledger,
}

impl Commitment {
    pub fn is_settled(&self) -> bool {
        self.verifications.last().is_some_and(|last| last.finding == CommitmentFinding::Kept)
    }

    /// Found broken again after it was ordered to be mended: the ground to revoke what was granted.
    pub fn is_broken(&self) -> bool {
        let broken = self.verifications.iter().filter(|v| v.finding == CommitmentFinding::Broken).count();
        broken > 1 && !self.is_settled()
    }
}

/// 撤销受理, with its reason: what was undertaken did not come, or came wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptanceRevocation {
    pub document: DocumentNumber,
    pub ground: RevocationGround,
    pub reason: Text<2000>,
    pub remedies: Vec<Remedy>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RevocationGround {
    /// 逾期未补齐
    Overdue,
    /// 补齐后仍不符合要求
    StillDeficient,
}

impl Intake {
    /// 容缺受理 is for want of tolerable materials only, all of them named at once.
    pub fn may_accept_conditionally(&self, item: &ItemVersion) -> Result<BTreeSet<MaterialCode>, Refusal> {
        self.lacking_only(item, |spec| spec.tolerable, "not_tolerable", "不属于可容缺的材料，不能容缺受理")
    }

    /// 在档材料 is not left to come: it is offered to the applicant first, and passed over only for a reason (rule L11).
    pub fn must_not_wait_for_what_is_on_file(
        &self,
        item: &ItemVersion,
        missing: &BTreeSet<MaterialCode>,
        not_reused: &BTreeMap<MaterialCode, NotReused>,
        on_file: &BTreeMap<MaterialCode, String>,
    ) -> Result<(), Refusal> {
        for material in missing {
            self.must_not_be_on_file(listed(item, material)?, not_reused.get(material).copied(), on_file)?;
        }
        match not_reused.keys().find(|material| !missing.contains(*material)) {
            Some(other) => Err(nothing_on_file(listed(item, other)?)),
            None => Ok(()),
        }
    }

    /// 告知承诺 stands in only for materials that the item says it may stand in for.
    pub fn may_accept_on_commitment(&self, item: &ItemVersion) -> Result<BTreeSet<MaterialCode>, Refusal> {
        self.lacking_only(item, |spec| spec.by_commitment, "not_by_commitment", "不适用告知承诺")
    }

    fn lacking_only(
        &self,
        item: &ItemVersion,
        may_lack: impl Fn(&Material) -> bool,
        code: &'static str,
        why: &str,
    ) -> Result<BTreeSet<MaterialCode>, Refusal> {
        if self.scope.as_ref().is_none_or(|scope| scope.finding != ScopeFinding::Within) {
            return Err(Refusal::new("scope_not_checked", "须先核验并认定属于受理范围"));
        }
        if let Some(unchecked) = named(item.materials.iter().filter(|spec| self.is_unchecked(spec))) {
            return Err(Refusal::new("not_all_checked", format!("尚未核验：{unchecked}")));
        }
        let defects = self.defects(item);
        if let Some(others) = named(defects.iter().copied().filter(|spec| !may_lack(spec))) {
            return Err(Refusal::new(code, format!("{others}{why}")));
        }
        if defects.is_empty() {
            return Err(Refusal::new("nothing_missing", "材料齐全且符合法定形式，应直接受理"));
        }
        Ok(defects.into_iter().map(|spec| spec.code.clone()).collect())
    }

    /// The undertaking that still waits for its materials.
    pub fn open_condition(&self) -> Option<&Condition> {
        self.condition.as_ref().filter(|condition| condition.met_at.is_none() && condition.dropped_at.is_none())
    }

    /// After acceptance only what was left open may still be handed in and checked.
    pub fn must_be_left_open(&self, material: &MaterialCode) -> Result<(), Refusal> {
        match self.open_condition() {
            Some(condition) if condition.missing.contains(material) => Ok(()),
            _ => Err(Refusal::new("not_left_open", "受理后只能补交和核验容缺的材料")),
        }
    }

    /// Whether every material left open is in and found good, `just_checked` being good.
    pub fn condition_is_met_with(&self, item: &ItemVersion, just_checked: &MaterialCode) -> bool {
        self.open_condition().is_some_and(|condition| {
            condition.missing.iter().filter(|material| *material != just_checked).all(|material| {
                item.material(material).is_some_and(|spec| !self.is_unchecked(spec) && !self.is_defective(spec))
            })
        })
    }

    /// Whether everything left open has come and nothing of it was found wrong: the window's turn, so that time takes
    /// nothing from an applicant who was in time.
    pub fn condition_has_come(&self) -> bool {
        let came = |material: &MaterialCode| {
            // A file handed in takes back the finding that it was missing.
            let handed = self.materials.get(material);
            handed.is_some_and(|handed| handed.check.as_ref().is_none_or(|check| check.defect().is_none()))
        };
        self.open_condition().is_some_and(|condition| condition.missing.iter().all(came))
    }

    /// 撤销受理 by hand: what came for the condition is still wrong. Lateness needs no hand.
    pub fn may_revoke_acceptance(&self, item: &ItemVersion) -> Result<(), Refusal> {
        let Some(condition) = self.open_condition() else {
            return Err(Refusal::new("no_open_condition", "没有未补齐的容缺材料"));
        };
        let came_wrong = |material: &MaterialCode| {
            let handed_later = self.materials.get(material).and_then(|handed| handed.check.as_ref());
            handed_later.is_some_and(|check| check.after_acceptance && check.present)
                && item.material(material).is_some_and(|spec| self.is_defective(spec))
        };
        if condition.missing.iter().any(came_wrong) {
            return Ok(());
        }
        Err(Refusal::new("condition_still_open", "补齐期限未到，且补交的材料未被认定不符合要求"))
    }
}
