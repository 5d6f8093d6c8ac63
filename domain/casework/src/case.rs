use std::fmt;

use approval::Approval;
use catalog::ItemVersion;
use chrono::NaiveDate;
use intake::{Intake, RejectionGround};
use issuance::{EndGround, Issuance, Standing};
use kernel::{
    Calendar, CaseId, Centre, DepartmentCode, DocumentKind, DocumentNumber, Instant, ItemCode, PartyId, Refusal,
    StaffCode, Text, Whereabouts, WindowCode,
    access::{Agent, Signature},
    id::PackageApplicationId,
    identity::Assurance,
    ledger::{Ledger, LimitKind, binding},
};
use routing::{Responsibility, Responsible, Routing};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    clocks::{Clocks, Turn},
    rating::Rating,
    stage::Stage,
};

/// 办件: one application for one service item, from receipt to delivery. Holds no personal data: the applicant is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub centre: Centre,
    pub number: CaseNumber,
    /// How many events have happened to it.
    pub version: u64,
    pub stage: Stage,
    pub item: ItemRef,
    pub channel: Channel,
    pub applicant: PartyId,
    pub assurance: Assurance,
    pub window: WindowCode,
    /// The system that handed the application in, or vouched for the applicant who did, and what that system calls it.
    pub client: Option<StaffCode>,
    /// 申请人本人提交: that system vouched, and did not hand it in itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
    /// 代理人, where one applied in the applicant's place on a mandate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    pub external_number: Option<String>,
    /// 首问责任人: the first member of staff who was asked (clause B5-1); none while an online case is untouched.
    pub first_contact: Option<StaffCode>,
    pub received_at: Instant,
    pub intake: Intake,
    pub routing: Routing,
    pub approval: Approval,
    pub issuance: Issuance,
    pub clocks: Clocks,
    pub ended_at: Option<Instant>,
    /// 首问责任: who answered for it, from the first touch to the end.
    pub responsibility: Responsibility,
    /// 所属套餐申请
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageApplicationId>,
    /// 前置事项不再办成: why it waits again, though its turn had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
    /// 文书: those that the case gave rise to and that stand, in the order of its life.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<DocumentNumber>,
    /// 加盖的电子印章
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// 提醒, each sent once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    /// 办结后的补充说明
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// 恢复办理
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<Reopening>,
    /// 好差评 by name; with the anonymous ones, which are kept apart, [`Case::ratings_for`] shows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating>,
}

/// 提醒: one rung of one run of a limit. A second run of the same limit (after rework, say) has rungs of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub limit: LimitKind,
    pub rung: Rung,
    /// The day the limit started.
    pub start: NaiveDate,
    pub due: NaiveDate,
    pub to: Addressee,
    /// 特别程序告知书编号, where it is of a special procedure: two may begin on one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<DocumentNumber>,
}

/// 提醒级别
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rung {
    /// 临期
    Amber,
    /// 逾期
    Overdue,
}

/// 提醒对象
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    Applicant,
    Responsible(Responsible),
    Department(DepartmentCode),
}

/// 电子印章 of the body in whose name a paper was made out, put on it by somebody who has the means (rule L9). What is sealed
/// is the digest under which the paper is on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub document: DocumentNumber,
    /// As the means made it, e.g. Base64 of GB/T 38540.
    pub seal: Text<4000>,
    pub by: Signature,
    pub at: Instant,
}

/// 补充说明: put on a case that has ended, without changing anything of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub text: Text<2000>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 恢复办理, with authority and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    pub from: Stage,
    pub reason: Text<1000>,
    pub by: Signature,
    pub at: Instant,
}

/// 暂缓办理: an item of a package that was under way when what it waits for came to be open again, or failed (rule L10).
/// It is neither accepted nor granted until that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    pub reason: Text<2000>,
    /// What it waits for has failed; it can only be refused, unless that is taken up again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    pub since: NaiveDate,
}

impl HeldBack {
    pub fn refusal(&self) -> Refusal {
        let code = if self.failed { "predecessor_failed" } else { "predecessor_pending" };
        Refusal::new(code, self.reason.to_string())
    }
}

/// 参与: a department's part in a case that another one handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participation {
    pub department: DepartmentCode,
    pub part: Part,
    /// Something is asked of it now.
    pub open: bool,
    /// The limit it has, once that runs.
    pub limit: Option<Ledger>,
}

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
pub enum Part {
    /// 转办
    Transfer,
    /// 会审
    JointReview,
    /// 联合踏勘: to come, and to say what was found.
    Inspection,
}

/// The item as it was when the case began; later versions do not touch it (clause B3-1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ItemRef {
    pub code: ItemCode,
    pub version: u32,
}

/// 申报来源 (GB/T 39046 A.5): counter and online follow the same rules (clauses B1-1, B1-2).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// 窗口
    Counter,
    /// 电脑端
    Web,
    /// 移动端
    Mobile,
    /// 自助终端
    Kiosk,
}

/// 办件编号: the centre's code, the day of receipt and a serial number of the year, 20 digits; unique and immutable, not
/// derived from personal data. Serial numbers are handed out in blocks, so a gap is not a lost case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseNumber(String);

impl CaseNumber {
    pub fn new(centre: Centre, day: NaiveDate, sequence: u64) -> Self {
        Self(format!("{centre}{}{sequence:06}", day.format("%Y%m%d")))
    }

    /// Reads a number as a person typed it; None where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = (20..=26).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plausible.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Case {
    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.centre,
            item: Some(&self.item.code),
            window: Some(&self.window),
            fallback: None,
            besides: Vec::new(),
            department: Some(&self.routing.department),
            participants: self.participants().collect(),
            at_work: self.at_work().collect(),
            applicant: Some(self.applicant),
            client: self.client.as_ref(),
            vouched: self.vouched,
        }
    }

    pub(crate) fn participants(&self) -> impl Iterator<Item = &DepartmentCode> {
        let asked = self.routing.transfer.iter().map(|transfer| &transfer.to);
        let invited = self.approval.inspection.iter().flat_map(|inspection| &inspection.departments);
        asked.chain(self.approval.joint.iter().flat_map(|joint| joint.desks.keys())).chain(invited)
    }

    /// 参与部门 that have yet to do what was asked of them.
    fn at_work(&self) -> impl Iterator<Item = &DepartmentCode> {
        let asked = self.routing.transfer.iter().map(|transfer| &transfer.to);
        let reviewed = self.approval.joint.iter().filter(|_| self.stage == Stage::InReview);
        let open = reviewed.flat_map(move |joint| {
            let desks = joint.desks.iter();
            desks.filter(move |(department, desk)| desk.is_open(joint.silence) || self.is_asked_anew(department))
        });
        let visits = self.approval.inspection.iter().filter(|_| self.stage == Stage::InReview);
        let due = visits.flat_map(|it| it.departments.iter().filter(move |department| it.asks(department)));
        asked.chain(open.map(|(department, _)| department)).chain(due)
    }

    /// 须重新反馈: whether the opinion of this department stands no longer, while a decision rests on it.
    pub fn is_asked_anew(&self, department: &DepartmentCode) -> bool {
        let joint = self.approval.joint.as_ref().filter(|_| self.stage == Stage::InReview);
        joint.is_some_and(|joint| joint.outdated_by(department, self.intake.last_change()).is_some())
    }

    /// 参与部门 with what is asked of each.
    pub fn participations(&self) -> Vec<Participation> {
        let transfer = self.routing.transfer.iter().map(|transfer| Participation {
            department: transfer.to.clone(),
            part: Part::Transfer,
            open: true,
            limit: transfer.limit.clone(),
        });
        let in_review = self.stage == Stage::InReview;
        let joint = self.approval.joint.iter().flat_map(|joint| {
            joint.desks.iter().map(move |(department, desk)| {
                let anew = self.is_asked_anew(department);
                Participation {
                    department: department.clone(),
                    part: Part::JointReview,
                    open: anew || (in_review && desk.is_open(joint.silence)),
                    // That of the opinion that no longer stands is over.
                    limit: joint.ledger(department).filter(|_| !anew),
                }
            })
        });
        // What the lead department itself has to do is on its worklist.
        let lead = &self.routing.department;
        let inspection = self.approval.inspection.iter().flat_map(|inspection| {
            let others = inspection.departments.iter().filter(move |department| *department != lead);
            others.map(move |department| Participation {
                department: department.clone(),
                part: Part::Inspection,
                open: in_review && inspection.asks(department),
                limit: inspection.limit_of(department).cloned(),
            })
        });
        transfer.chain(joint).chain(inspection).collect()
    }

    /// 加盖电子印章 on a paper: once each, and on no result but the current one.
    pub(crate) fn may_seal(&self, document: &DocumentNumber) -> Result<(), Refusal> {
        if !self.papers.contains(document) {
            return Err(Refusal::new("no_such_document", format!("该办件现行文书中没有{document}")));
        }
        if self.is_sealed(document) {
            return Err(Refusal::new("already_sealed", format!("{document}已加盖电子印章")));
        }
        if self.is_superseded(document) {
            let detail = format!("{document}已被更正或者补发的结果文书替代，不再加盖电子印章");
            return Err(Refusal::new("document_superseded", detail));
        }
        Ok(())
    }

    /// 已被替代的结果文书 stay among the papers, after a reopening too.
    pub(crate) fn is_superseded(&self, document: &DocumentNumber) -> bool {
        let current = self.issuance.result.as_ref().map(|result| &result.number);
        document.kind() == Some(DocumentKind::Result) && current != Some(document)
    }

    /// 现行有效: whether a paper of this case still holds. One falls when it is replaced, when what it says is revoked or set
    /// aside, and when the case is taken up again after it had ended with it.
    pub fn stands(&self, document: &DocumentNumber) -> bool {
        use DocumentKind as K;
        let (intake, in_force) = (&self.intake, !self.issuance.has_ended());
        let is = |current: Option<&DocumentNumber>| current == Some(document);
        let decided = || is(self.approval.decision.as_ref().map(|it| &it.document));
        match document.kind() {
            _ if !self.papers.contains(document) => false,
            Some(K::Result) => in_force && !self.is_superseded(document),
            Some(K::GrantDecision) => in_force && decided(),
            Some(K::RefusalDecision) => decided(),
            Some(K::AcceptanceNotice | K::ConditionalNotice) => {
                let accepted = intake.acceptance.as_ref().filter(|_| intake.revocation.is_none());
                is(accepted.and_then(|it| it.notice.as_ref()))
            }
            Some(K::AcceptanceRevocation) => is(intake.revocation.as_ref().map(|it| &it.document)),
            Some(K::RejectionNotice) => is(intake.rejection.as_ref().map(|it| &it.notice)),
            Some(K::NotRequiredNotice) => is(intake.not_required.as_ref().map(|it| &it.notice)),
            Some(K::WithdrawalReceipt | K::DeemedWithdrawalNotice) => {
                let kinds = [Some(K::WithdrawalReceipt), Some(K::DeemedWithdrawalNotice)];
                self.stage == Stage::Withdrawn && is(self.papers.iter().rfind(|paper| kinds.contains(&paper.kind())))
            }
            _ => true,
        }
    }

    pub(crate) fn is_sealed(&self, document: &DocumentNumber) -> bool {
        self.seals.iter().any(|seal| seal.document == *document)
    }

    /// 前置事项未获准予: ended because what it waited for in its package failed (rule L10).
    pub fn is_barred(&self) -> bool {
        self.intake.rejection.as_ref().is_some_and(|it| it.ground == RejectionGround::PredecessorFailed)
    }

    /// 期限归属: whose turn a limit is. What the applicant was to bring within it and has brought waits for the window, and
    /// so does its light (rule L8).
    pub fn turn(&self, limit: LimitKind) -> Turn {
        match limit {
            LimitKind::Condition if self.intake.condition_has_come() => Turn::Office,
            LimitKind::Correction | LimitKind::Condition | LimitKind::Mending => Turn::Applicant,
            _ => Turn::Office,
        }
    }

    /// 约束期限 of the office, by which lists tell its light: what binds the decision, or the look at what was left open,
    /// where that ends first.
    pub fn binding(&self, calendar: &Calendar, today: NaiveDate) -> Option<&Ledger> {
        let waits = [&self.clocks.condition_check, &self.clocks.condition].into_iter().flatten();
        let to_check = waits.filter(|it| it.is_running() && self.turn(it.kind) == Turn::Office);
        binding(self.clocks.binding(calendar, today).into_iter().chain(to_check), calendar, today)
    }

    /// Whether what was granted on a commitment was revoked because the commitment was not kept (rule L13).
    pub fn broke_commitment(&self) -> bool {
        matches!(&self.issuance.standing, Standing::Ended(ended) if ended.ground == EndGround::CommitmentBroken)
    }

    /// Whether several bodies handle it together, because the item says so or the lead department asked them; that gives
    /// it the longer extension (rule L3).
    pub fn is_joint(&self, item: &ItemVersion) -> bool {
        item.joint.is_some() || self.approval.joint.is_some()
    }
}
