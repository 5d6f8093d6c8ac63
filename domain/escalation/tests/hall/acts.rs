//! Commands in short.

use chrono::NaiveDate;
use escalation::{
    Basis, CarryingGround, Command, FollowUpWay, GovernmentDecision, Level, OrderTerms, Outcome, Satisfaction, Source,
    Week,
};
use kernel::{
    Centre, DocumentKind, DocumentNumber, Role, WorkingDays, access::Signature, id::MeetingId, identity::Assurance,
};

use super::{Person, day, department, morning, text};

pub(crate) fn contact(reached: bool) -> Command {
    Command::Contact { reached, note: text("电话联系") }
}

pub(crate) fn file() -> Command {
    Command::File { verified: text("已向三个窗口核实，情况属实") }
}

pub(crate) fn offer(to: Person) -> Command {
    Command::Offer { to: to.staff(), reason: text("轮岗") }
}

pub(crate) fn decline() -> Command {
    Command::DeclineOffer { reason: text("不在岗") }
}

pub(crate) fn supplement() -> Command {
    Command::Supplement { text: text("补充房产证明") }
}

pub(crate) fn urge() -> Command {
    Command::Urge { text: text("催问进度") }
}

pub(crate) fn week() -> Week {
    Week::of(morning().day())
}

pub(crate) fn grade(level: Level) -> Command {
    Command::Grade { level, reason: text("周例会研究"), week: week() }
}

pub(crate) fn leave_over() -> Command {
    Command::LeaveOver { week: week(), reason: text("部门意见未到") }
}

pub(crate) fn raise(to: Level) -> Command {
    Command::Raise { to, reason: text("涉及多个部门") }
}

pub(crate) fn lower(to: Level) -> Command {
    Command::Lower { to, reason: text("一个部门即可解决") }
}

pub(crate) fn meeting(number: u8) -> MeetingId {
    format!("01900000-0000-7000-8000-0000000001{number:02}").parse().unwrap()
}

pub(crate) fn discuss(number: u8) -> Command {
    Command::Discuss { meeting: meeting(number), departments: Vec::new() }
}

pub(crate) fn month(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, number, 1).unwrap()
}

pub(crate) fn submit(number: u32) -> Command {
    let packet = DocumentNumber::new(Centre::WENLING, DocumentKind::GovernmentSubmission, 2026, u64::from(number));
    Command::Submit { month: month(number), number: packet }
}

pub(crate) fn decided(number: u32) -> Command {
    let decision =
        GovernmentDecision { decision: text("由资规局牵头"), decided_on: day("2026-03-20"), document: None };
    Command::RecordDecision { month: month(number), decision }
}

pub(crate) fn order_by(basis: Basis, to: &str) -> Command {
    Command::IssueOrder(OrderTerms {
        basis,
        department: department(to),
        with: Vec::new(),
        matter: text("明确备案路径并答复申请人"),
        days: WorkingDays(5),
        binding: false,
    })
}

pub(crate) fn order(to: &str) -> Command {
    order_by(Basis::Centre, to)
}

pub(crate) fn acknowledge(order: u32, responsible: Person) -> Command {
    Command::Acknowledge { order, responsible: responsible.staff() }
}

pub(crate) fn give_back(order: u32) -> Command {
    Command::Return { order, reason: text("不属于本部门职责") }
}

pub(crate) fn rule_on_return(order: u32, granted: bool) -> Command {
    Command::RuleOnReturn { order, granted, reason: text("依三定方案"), meeting: None }
}

pub(crate) fn rule_in_meeting(number: u8, order: u32, granted: bool) -> Command {
    Command::RuleOnReturn { order, granted, reason: text("依三定方案"), meeting: Some(meeting(number)) }
}

pub(crate) fn ask_days(order: u32, days: u16) -> Command {
    Command::RequestExtension { order, days: WorkingDays(days), reason: text("需现场勘查") }
}

pub(crate) fn rule_on_days(order: u32, granted: bool) -> Command {
    Command::RuleOnExtension { order, granted, reason: text("情况属实") }
}

pub(crate) fn complete(order: u32) -> Command {
    Command::Complete { order, text: text("已在系统开通备案入口"), seal: None }
}

pub(crate) fn sign(order: u32) -> Command {
    Command::Sign { order, seal: None }
}

pub(crate) fn supervise(order: impl Into<Option<u32>>, step: escalation::Step, taken: bool) -> Command {
    let order = order.into();
    Command::RuleOnSupervision { order, step, taken, reason: text("无正当理由逾期") }
}

pub(crate) fn send_back(order: u32) -> Command {
    Command::SendBack { order, reason: text("入口不可用") }
}

pub(crate) fn answer(outcome: Outcome) -> Command {
    let legal_basis = (outcome == Outcome::Explained).then(|| text("《行政许可法》第十二条"));
    Command::Answer { outcome, text: text("请凭本通知到投资项目窗口办理"), legal_basis }
}

/// The applicant's own word; who wrote it down, and when, is not the caller's to say.
pub(crate) fn word_from(source: Source, satisfied: bool) -> Command {
    Command::RecordSatisfaction(Satisfaction {
        responded: true,
        solved: satisfied,
        satisfied,
        comment: None,
        source,
        by: Signature { role: Role::System, code: "nobody".to_owned(), through: None },
        at: super::at("2000-01-01T00:00:00"),
    })
}

pub(crate) fn word(satisfied: bool) -> Command {
    word_from(Source::Applicant { assurance: Assurance::RealName, speaker: None }, satisfied)
}

pub(crate) fn redo() -> Command {
    Command::Redo { reason: text("仍未修复") }
}

pub(crate) fn carry(ground: CarryingGround) -> Command {
    Command::ProposeCarrying { ground, explanation: text("已当面解释") }
}

pub(crate) fn rule_on_carrying(granted: bool) -> Command {
    Command::RuleOnCarrying { granted, reason: text("理由充分"), days: Some(WorkingDays(20)) }
}

pub(crate) fn review(keep: Option<u16>) -> Command {
    Command::ReviewCarried { keep: keep.map(WorkingDays), reason: text("政策未变") }
}

pub(crate) fn follow_up(good: bool) -> Command {
    Command::FollowUp { way: FollowUpWay::Phone, good, findings: text("电话回访") }
}
