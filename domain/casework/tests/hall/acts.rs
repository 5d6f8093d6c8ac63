//! What people say, in the words a test needs: commands with their prose filled in, and desks that have come so far.

use std::collections::{BTreeMap, BTreeSet};

use approval::{Outcome, Step, inspection::Attendance, joint::Opinion};
use casework::{
    Command, GrantEnd, InspectionDate, MaterialFinding, OnTheSpot, ProcedureStart, RatingChannel, RatingForm,
    RatingLevel, ServiceStage,
};
use catalog::{DeliveryMethod, ItemVersion, Silence};
use chrono::NaiveDate;
use intake::{CommitmentFinding, Correction, ScopeFinding};
use issuance::{Replacement, Tracked, TrackingState};
use kernel::{Action, DocumentNumber, Instant, MaterialCode, WorkingDays, ledger::Ground};

use super::{
    Desk, FIRE, PROMISED_TIME, Person, STATISTICS, TRAFFIC, WATER, collector, department, file, in_order, item, joint,
    morning, result, staff, text,
};

pub(crate) fn scope(finding: ScopeFinding) -> Command {
    Command::CheckScope { finding, note: None }
}

/// Not there at all.
pub(crate) fn missing(item: &ItemVersion, at: usize) -> Command {
    Command::CheckMaterial(MaterialFinding {
        present: false,
        complete: false,
        legal_form: false,
        presented: None,
        copy_check: None,
        note: Some(text("请补交")),
        ..in_order(&item.materials[at])
    })
}

/// There, but with pages missing.
pub(crate) fn incomplete(item: &ItemVersion, at: usize) -> Command {
    Command::CheckMaterial(MaterialFinding {
        complete: false,
        note: Some(text("缺第二页")),
        ..in_order(&item.materials[at])
    })
}

pub(crate) fn found(item: &ItemVersion, at: usize) -> Command {
    Command::CheckMaterial(in_order(&item.materials[at]))
}

pub(crate) fn attach(item: &ItemVersion, at: usize, now: Instant) -> Command {
    Command::AttachFile { material: item.materials[at].code.clone(), file: file(now) }
}

pub(crate) fn correction(material: &MaterialCode) -> Correction {
    let (wrong, mend) = (text("未提交"), text("请补交"));
    Correction { material: material.clone(), wrong, mend, on_paper: false, not_reused: None }
}

pub(crate) fn notify(item: &ItemVersion, materials: &[usize], days: u16) -> Command {
    let corrections = materials.iter().map(|at| correction(&item.materials[*at].code)).collect();
    Command::NotifyCorrections { corrections, days: WorkingDays(days), on_file: BTreeMap::new() }
}

pub(crate) fn allow() -> Command {
    Command::AllowSecondNotice { reason: text("首次核验疏漏") }
}

pub(crate) fn conditionally(days: u16) -> Command {
    let (undertaking, on_file, not_reused) = (text("承诺按期补齐"), BTreeMap::new(), BTreeMap::new());
    Command::AcceptConditionally { undertaking, days: WorkingDays(days), on_file, not_reused }
}

pub(crate) fn on_commitment(barred: bool) -> Command {
    Command::AcceptOnCommitment { undertaking: text("承诺符合条件"), barred }
}

pub(crate) fn reject(competent_body: bool) -> Command {
    Command::Reject {
        reason: text("不符合受理条件"),
        legal_basis: text("《行政许可法》第三十二条"),
        competent_body: competent_body.then(|| text("台州市经济和信息化局")),
    }
}

pub(crate) fn assign(to: Person, item: &ItemVersion) -> Command {
    Command::Assign { to: to.colleague(item) }
}

pub(crate) fn offer(to: Person, item: &ItemVersion) -> Command {
    Command::OfferHandOver { to: to.colleague(item), reason: text("出差") }
}

/// To the second clerk of the window.
pub(crate) fn offer_at_window(item: &ItemVersion) -> Command {
    Command::OfferAtWindow { to: Person::SecondClerk.window_colleague(item), reason: text("出差") }
}

pub(crate) fn delegate(to: Person, item: &ItemVersion) -> Command {
    Command::Delegate { to: to.colleague(item) }
}

pub(crate) fn transfer(to: &str) -> Command {
    Command::Transfer { to: department(to), reason: text("职责调整") }
}

pub(crate) fn procedure(from: Option<NaiveDate>, backdated: bool, needs: u16) -> Command {
    Command::StartProcedure(ProcedureStart {
        ground: Ground::ExpertReview,
        from,
        needs: WorkingDays(needs),
        reason: text("须专家评审"),
        backdated: backdated.then(|| text("评审机构当日才回函")),
    })
}

pub(crate) fn end_procedure(notice: DocumentNumber, until: Option<NaiveDate>) -> Command {
    Command::EndProcedure { notice, until, result: text("评审通过") }
}

pub(crate) fn pause() -> Command {
    Command::Pause { reason: text("等待内部会商") }
}

pub(crate) fn extend(days: u16) -> Command {
    Command::Extend { days: WorkingDays(days), reason: text("案情复杂") }
}

pub(crate) fn opine(by: &str, opinion: Opinion) -> Command {
    Command::GiveOpinion { department: department(by), opinion, on_the_site: false }
}

pub(crate) fn objection() -> Opinion {
    Opinion::Object { grounds: text("消防通道不足") }
}

pub(crate) fn ask_more(by: &str) -> Command {
    Command::AskMore { department: department(by), what: text("请说明疏散方案"), materials: Vec::new() }
}

pub(crate) fn answer_more(to: &str) -> Command {
    Command::AnswerMore { department: department(to), answer: text("见附图") }
}

pub(crate) fn inspection(on: NaiveDate, invited: &[&str], moved: bool) -> Command {
    Command::ScheduleInspection(InspectionDate {
        on,
        place: text("城东街道工业园"),
        departments: invited.iter().map(|it| department(it)).collect(),
        moved_because: moved.then(|| text("申请人要求改期")),
    })
}

pub(crate) fn inspected(held_on: NaiveDate, attended: &[&str], absent: &[&str]) -> Command {
    let there = |code: &&str| {
        let people: BTreeSet<_> = [staff(code), staff("inspector")].into();
        (department(code), Attendance::Attended { staff: people, findings: None })
    };
    let attendance: BTreeMap<_, _> =
        attended.iter().map(there).chain(absent.iter().map(|code| (department(code), Attendance::Absent))).collect();
    Command::RecordInspection { held_on, attendance }
}

pub(crate) fn findings(of: &str) -> Command {
    Command::GiveFindings { department: department(of), findings: text("与申请材料一致") }
}

pub(crate) fn draw_plan(participants: Option<Vec<approval::joint::Participant>>) -> Command {
    Command::DrawPlan { participants, reason: None }
}

/// The item's plan once more, for a reason.
pub(crate) fn draw_plan_again() -> Command {
    Command::DrawPlan { participants: None, reason: Some(text("该部门承办人更换")) }
}

pub(crate) fn review(recommends: Outcome) -> Command {
    Command::Review { recommends, opinion: text("已核实") }
}

pub(crate) fn rework(to: Step) -> Command {
    Command::ReturnForRework { to, reason: text("依据不足") }
}

pub(crate) fn decide(outcome: Outcome) -> Command {
    let legal_basis = (outcome == Outcome::Refuse).then(|| text("《行政许可法》第三十八条第二款"));
    Command::Decide { outcome, reasons: text("见审核意见"), legal_basis }
}

pub(crate) fn tracked(state: TrackingState, at: Instant) -> Command {
    Command::Track(Tracked { state, at, note: None })
}

pub(crate) fn verify(finding: CommitmentFinding, mend_within: Option<u16>) -> Command {
    Command::VerifyCommitment { finding, note: text("实地核查"), mend_within: mend_within.map(WorkingDays) }
}

pub(crate) fn replace(how: Replacement, now: Instant) -> Command {
    Command::ReplaceResult { how, reason: text("名称有误"), result: result(now) }
}

pub(crate) fn grant_end() -> GrantEnd {
    GrantEnd { reason: text("事实已变化"), legal_basis: text("《行政许可法》第六十九条") }
}

pub(crate) fn dispatch() -> Command {
    Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") }
}

pub(crate) fn withdraw() -> Command {
    Command::Withdraw { reason: text("项目取消") }
}

pub(crate) fn note() -> Command {
    Command::AddNote { text: text("补充归档说明") }
}

pub(crate) fn reopen() -> Command {
    Command::Reopen { reason: text("行政复议决定责令重新办理") }
}

/// The command of an action that goes through where the state of the case allows the action at all.
pub(crate) fn legal(action: Action, now: Instant) -> Command {
    let item = item(PROMISED_TIME);
    match action {
        Action::AttachFile => attach(item, 0, now),
        Action::ReuseMaterial => {
            Command::ReuseMaterial { material: item.materials[0].code.clone(), files: vec![file(now)] }
        }
        Action::CheckScope => scope(ScopeFinding::Within),
        Action::CheckMaterial => found(item, 0),
        Action::NotifyCorrections => notify(item, &[0], 10),
        Action::AllowSecondNotice => allow(),
        Action::SubmitCorrections => Command::SubmitCorrections,
        Action::Accept => Command::Accept,
        Action::AcceptConditionally => conditionally(10),
        Action::AcceptOnCommitment => on_commitment(false),
        Action::RevokeAcceptance => Command::RevokeAcceptance { reason: text("补交的材料仍不符合要求") },
        Action::Reject => reject(true),
        Action::DeclareNotRequired => Command::DeclareNotRequired {
            reason: text("依法不需要取得许可"),
            legal_basis: text("《行政许可法》第三十二条第一款第一项"),
        },
        Action::Withdraw => withdraw(),
        Action::ChooseDelivery => Command::ChooseDelivery { method: DeliveryMethod::PickUp },
        Action::Assign => assign(Person::Reviewer, item),
        Action::OfferHandOver => offer(Person::SecondReviewer, item),
        Action::AcceptHandOver => Command::AcceptHandOver,
        Action::DeclineHandOver => Command::DeclineHandOver { reason: text("在办件已满") },
        Action::Delegate => delegate(Person::SecondReviewer, item),
        Action::EndDelegation => Command::EndDelegation,
        Action::Transfer => transfer(STATISTICS),
        Action::AcceptTransfer => Command::AcceptTransfer,
        Action::DeclineTransfer => Command::DeclineTransfer { reason: text("不属于本部门职责") },
        Action::StartProcedure => procedure(None, false, 20),
        Action::EndProcedure => {
            // The second paper of a case: after its acceptance notice.
            end_procedure(
                DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::ProcedureNotice, 2026, 2),
                None,
            )
        }
        Action::Pause => pause(),
        Action::Resume => Command::Resume,
        Action::Extend => extend(10),
        Action::DrawPlan => draw_plan(Some(vec![asked(FIRE, 5)])),
        Action::GiveOpinion => opine(FIRE, Opinion::Agree),
        Action::AskMore => ask_more(FIRE),
        Action::AnswerMore => answer_more(FIRE),
        Action::ScheduleInspection => inspection(now.day(), &[FIRE], false),
        Action::RecordInspection => inspected(now.day(), &[FIRE], &[]),
        Action::GiveFindings => findings(FIRE),
        Action::Review => review(Outcome::Grant),
        Action::ReturnForRework => rework(Step::Review),
        Action::Decide => decide(Outcome::Grant),
        Action::DecideOnTheSpot => Command::DecideOnTheSpot(OnTheSpot {
            reasons: text("符合条件"),
            result: result(now),
            handed_to: Some(collector()),
        }),
        Action::IssueResult => Command::IssueResult(Some(result(now))),
        Action::HandOut => Command::HandOut { collector: collector() },
        Action::Dispatch => dispatch(),
        Action::Track => tracked(TrackingState::Signed, now),
        Action::DeliverElectronically => Command::DeliverElectronically { receipt: text("已在平台下载") },
        Action::AcknowledgeDelivery => Command::AcknowledgeDelivery,
        Action::Close => Command::Close,
        Action::VerifyCommitment => verify(CommitmentFinding::Kept, None),
        Action::ReplaceResult => replace(Replacement::Correction, now),
        Action::RevokeGrant => Command::RevokeGrant(grant_end()),
        Action::CancelGrant => Command::CancelGrant(grant_end()),
        Action::SealDocument => {
            // The first paper of most cases.
            let notice = DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::AcceptanceNotice, 2026, 1);
            Command::Seal { document: notice, seal: text("MIIB") }
        }
        Action::AddNote => note(),
        Action::Reopen => reopen(),
        Action::Rate => rate(ServiceStage::Intake, RatingLevel::Satisfied),
        other => panic!("{other} is not asked of a case"),
    }
}

/// 评价, for the first time and by name.
pub(crate) fn rate(stage: ServiceStage, level: RatingLevel) -> Command {
    let form = RatingForm {
        id: "01900000-0000-7000-8000-000000000007".parse().unwrap(),
        stage,
        additional: false,
        level,
        tags: vec![text("服务态度")],
        text: Some(text("办得很快")),
        channel: RatingChannel::Mobile,
    };
    Command::Rate { form, anonymous: Vec::new() }
}

pub(crate) fn asked(code: &str, days: u16) -> approval::joint::Participant {
    approval::joint::Participant { department: department(code), days: WorkingDays(days), after: BTreeSet::new() }
}

/// Received online on Monday morning and found to be within scope; nothing looked at yet.
pub(crate) fn received(item: &'static ItemVersion, delivery: DeliveryMethod) -> Desk {
    Desk::open(item, Person::Applicant, delivery).after(Person::Clerk, scope(ScopeFinding::Within))
}

/// Everything that is required checked, and of `lacking` nothing there.
pub(crate) fn lacking(item: &'static ItemVersion, lacking: &[usize]) -> Desk {
    let desk = received(item, DeliveryMethod::PickUp).with_materials_in_order();
    lacking.iter().fold(desk, |desk, at| desk.after(Person::Clerk, missing(item, *at)))
}

/// Accepted on Monday morning, on nobody's desk.
pub(crate) fn accepted(item: &'static ItemVersion) -> Desk {
    lacking(item, &[]).after(Person::Clerk, Command::Accept)
}

/// On the first reviewer's desk.
pub(crate) fn taken(item: &'static ItemVersion) -> Desk {
    accepted(item).after(Person::Reviewer, assign(Person::Reviewer, item))
}

/// The item's own plan, drawn on the day of acceptance, Monday 2 March.
pub(crate) fn planned(silence: Silence) -> Desk {
    taken(joint(silence)).after(Person::Reviewer, draw_plan(None))
}

/// On that plan, with everybody in favour.
pub(crate) fn all_agree() -> Desk {
    planned(Silence::Open)
        .after(Person::Fire, opine(FIRE, Opinion::Agree))
        .after(Person::Water, opine(WATER, Opinion::Agree))
        .after(Person::Traffic, opine(TRAFFIC, Opinion::Agree))
}

pub(crate) fn decided(item: &'static ItemVersion, outcome: Outcome) -> Desk {
    taken(item).after(Person::Reviewer, review(outcome)).after(Person::Approver, decide(outcome))
}

/// Granted and made out, to be had in this way.
pub(crate) fn issued(method: DeliveryMethod) -> Desk {
    decided(super::lenient(), Outcome::Grant)
        .after(Person::Applicant, Command::ChooseDelivery { method })
        .after(Person::Clerk, Command::IssueResult(Some(result(morning()))))
}
