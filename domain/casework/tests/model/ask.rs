//! A command in small: what the model needs to judge it.

use std::collections::BTreeMap;

use approval::{Outcome, Step, joint::Opinion};
use casework::{Case, Command, MaterialFinding, OnTheSpot, ResultDetails};
use catalog::{DeliveryMethod, ItemVersion};
use chrono::{Days, Duration, Months};
use intake::{CommitmentFinding, CopyCheck, Presented, ScopeFinding};
use issuance::{Replacement, TrackingState};
use kernel::{DocumentNumber, Instant, WorkingDays};
use proptest::{prelude::*, sample::select};
use strum::VariantArray;

use crate::hall::{
    FIRE, Person, STATISTICS, TRAFFIC, WATER,
    acts::{self, correction},
    collector, file, in_order, morning, result, stranger, stranger_at_another_window, text,
};

pub(crate) const ASKED: [&str; 3] = [FIRE, WATER, TRAFFIC];

/// How a material was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    InOrder,
    Missing,
    /// A copy that differs from its original.
    Differs,
    /// A copy whose original nobody showed.
    NotShown,
    /// A copy that nobody compared: contradicts clause B2-3.
    Uncompared,
    /// A copy equal to its original: does, except where the guide wants the original.
    Copied,
    /// A copy, and found not to be in legal form for it.
    NotInForm,
}

impl Found {
    /// Shown as a copy and yet said to be in legal form.
    pub(crate) fn passes_a_copy(self) -> bool {
        matches!(self, Self::Differs | Self::NotShown | Self::Uncompared | Self::Copied)
    }
}

/// The dates of a result, against the item's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    Open,
    /// As long as the item allows, to the day.
    Longest,
    Reversed,
    /// From before the case was there.
    Backdated,
    /// A day more than the item allows; meant to be ten years where it allows any time.
    TooLong,
}

#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Attach(usize),
    Reuse(usize),
    Scope(ScopeFinding),
    Material(usize, Found),
    UnlistedMaterial,
    /// What is listed: every defect, or one fewer or one more; and for how many days.
    Notify(i8, u16),
    AllowSecondNotice,
    SubmitCorrections,
    Accept,
    Conditionally(u16),
    OnCommitment {
        barred: bool,
    },
    RevokeAcceptance,
    Reject {
        competent_body: bool,
    },
    NotRequired,
    Withdraw,
    Delivery(DeliveryMethod),
    Assign(Option<Person>),
    Offer(Option<Person>),
    /// To a colleague at the window, or to one of another window.
    OfferAtWindow(Option<Person>),
    AcceptHandOver,
    DeclineHandOver,
    Delegate(Option<Person>),
    EndDelegation,
    /// To the department that has it, to one the plan may ask, or to another.
    Transfer(&'static str),
    AcceptTransfer,
    DeclineTransfer,
    /// How many days ago it began, and whether it says why it is only told now.
    StartProcedure(i64, bool),
    /// The n-th, that ended so many days ago.
    EndProcedure(usize, i64),
    Pause,
    Resume,
    Extend(u16),
    /// The item's plan, or one of two departments side by side.
    /// And whether it says why those who were silent are asked again.
    DrawPlan {
        own: bool,
        why: bool,
    },
    Opinion(&'static str, bool),
    MoreAsked(&'static str),
    MoreAnswered(&'static str),
    Inspection {
        in_days: i64,
        moved: bool,
    },
    Inspected {
        absent: bool,
    },
    Findings(&'static str),
    Rework(Step),
    Review(Outcome),
    /// The outcome, and whether its legal basis is there where it must be and only there.
    Decide(Outcome, bool),
    OnTheSpot {
        validity: Validity,
        handed: bool,
    },
    /// A result with its dates, or nothing besides the decision.
    Issue(Option<Validity>),
    HandOut,
    Dispatch,
    /// The state, and how many minutes ago the carrier saw it: negative where its clock is wrong.
    Track(TrackingState, i64),
    DeliverElectronically,
    Acknowledge,
    Close,
    Verify(CommitmentFinding, Option<u16>),
    Replace,
    RevokeGrant,
    CancelGrant,
    /// The n-th of the papers that stand.
    Seal(usize),
    Note,
    Reopen,
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    let outcome = || select(vec![Outcome::Grant, Outcome::Refuse]);
    let odd = vec![Validity::Longest, Validity::Reversed, Validity::Backdated, Validity::TooLong];
    let validity = || prop_oneof![2 => Just(Validity::Open), 2 => select(odd.clone())];
    let found = select(vec![
        Found::InOrder,
        Found::Missing,
        Found::Differs,
        Found::NotShown,
        Found::Uncompared,
        Found::Copied,
        Found::NotInForm,
    ]);
    let scope = select(vec![ScopeFinding::Within, ScopeFinding::OutsidePower, ScopeFinding::NoLicenceNeeded]);
    let colleague = || proptest::option::weighted(0.85, select(Person::COLLEAGUES.to_vec()));
    let at_window = proptest::option::weighted(0.85, select(Person::AT_THE_WINDOW.to_vec()));
    let method = select(vec![DeliveryMethod::Courier, DeliveryMethod::PickUp, DeliveryMethod::Electronic]);
    let state = select(TrackingState::VARIANTS.to_vec());
    let asked = || select(ASKED.to_vec());
    let finding = select(vec![CommitmentFinding::Kept, CommitmentFinding::Broken]);
    let step = select(vec![Step::Review, Step::JointReview]);
    let window = prop_oneof![
        (0..5_usize).prop_map(Ask::Attach),
        (0..5_usize).prop_map(Ask::Reuse),
        scope.prop_map(Ask::Scope),
        (0..5_usize, found).prop_map(|(at, found)| Ask::Material(at, found)),
        Just(Ask::UnlistedMaterial),
        (-1..2_i8, select(vec![0_u16, 3, 10, 31])).prop_map(|(which, days)| Ask::Notify(which, days)),
        select(vec![Ask::AllowSecondNotice, Ask::SubmitCorrections, Ask::Accept, Ask::RevokeAcceptance]),
        select(vec![0_u16, 3, 10]).prop_map(Ask::Conditionally),
        any::<bool>().prop_map(|barred| Ask::OnCommitment { barred }),
        any::<bool>().prop_map(|competent_body| Ask::Reject { competent_body }),
        select(vec![Ask::NotRequired, Ask::Withdraw]),
        method.prop_map(Ask::Delivery),
        (validity(), any::<bool>()).prop_map(|(validity, handed)| Ask::OnTheSpot { validity, handed }),
        at_window.prop_map(Ask::OfferAtWindow),
        select(vec![Ask::AcceptHandOver, Ask::DeclineHandOver]),
    ];
    let desk = prop_oneof![
        colleague().prop_map(Ask::Assign),
        colleague().prop_map(Ask::Offer),
        colleague().prop_map(Ask::Delegate),
        select(vec![Ask::AcceptHandOver, Ask::DeclineHandOver, Ask::EndDelegation]),
        select(vec!["", FIRE, STATISTICS, STATISTICS]).prop_map(Ask::Transfer),
        select(vec![Ask::AcceptTransfer, Ask::DeclineTransfer, Ask::Pause, Ask::Resume]),
        (-1..9_i64, any::<bool>()).prop_map(|(ago, why)| Ask::StartProcedure(ago, why)),
        (0..2_usize, -1..4_i64).prop_map(|(nth, ago)| Ask::EndProcedure(nth, ago)),
        select(vec![0_u16, 5, 10, 15, 16]).prop_map(Ask::Extend),
        step.prop_map(Ask::Rework),
        outcome().prop_map(Ask::Review),
        (outcome(), proptest::bool::weighted(0.8)).prop_map(|(outcome, fits)| Ask::Decide(outcome, fits)),
    ];
    let joint = prop_oneof![
        any::<(bool, bool)>().prop_map(|(own, why)| Ask::DrawPlan { own, why }),
        (asked(), proptest::bool::weighted(0.2)).prop_map(|(by, objects)| Ask::Opinion(by, objects)),
        asked().prop_map(Ask::MoreAsked),
        asked().prop_map(Ask::MoreAnswered),
        (-1..3_i64, any::<bool>()).prop_map(|(in_days, moved)| Ask::Inspection { in_days, moved }),
        any::<bool>().prop_map(|absent| Ask::Inspected { absent }),
        asked().prop_map(Ask::Findings),
    ];
    let minutes_ago = prop_oneof![3 => Just(0_i64), 1 => Just(-60), 2 => 1..3000_i64];
    let delivery = prop_oneof![
        proptest::option::weighted(0.7, validity()).prop_map(Ask::Issue),
        select(vec![Ask::HandOut, Ask::Dispatch, Ask::DeliverElectronically, Ask::Acknowledge, Ask::Close]),
        (state, minutes_ago).prop_map(|(state, ago)| Ask::Track(state, ago)),
        (finding, select(vec![None, Some(3), Some(31)])).prop_map(|(finding, mend)| Ask::Verify(finding, mend)),
        select(vec![Ask::Replace, Ask::RevokeGrant, Ask::CancelGrant, Ask::Note, Ask::Reopen]),
    ];
    let paper = (0..6_usize).prop_map(Ask::Seal);
    prop_oneof![5 => window, 5 => desk, 3 => joint, 4 => delivery, 1 => paper]
}

impl Ask {
    /// The command that is meant, for a case of `item` at `now`.
    pub(crate) fn command(&self, item: &ItemVersion, case: &Case, now: Instant) -> Command {
        let today = now.day();
        let days_ago = |days: i64| now.plus(Duration::days(-days)).day();
        let at = |at: usize| at % item.materials.len();
        let to = |person: &Option<Person>| person.map_or_else(stranger, |person| person.colleague(item));
        let basis =
            |outcome, fits| ((outcome == Outcome::Refuse) == fits).then(|| text("《行政许可法》第三十八条第二款"));
        match self {
            Self::Attach(which) => acts::attach(item, at(*which), now),
            Self::Reuse(which) => {
                Command::ReuseMaterial { material: item.materials[at(*which)].code.clone(), files: vec![file(now)] }
            }
            Self::Scope(finding) => acts::scope(*finding),
            Self::Material(which, found) => {
                Command::CheckMaterial(found.finding(in_order(&item.materials[at(*which)])))
            }
            Self::UnlistedMaterial => {
                let finding = in_order(&item.materials[0]);
                Command::CheckMaterial(MaterialFinding { material: "not-on-the-list".parse().unwrap(), ..finding })
            }
            Self::Notify(which, days) => {
                let mut listed: Vec<_> = case.intake.defects(item).into_iter().map(|spec| spec.code.clone()).collect();
                match which {
                    -1 => drop(listed.pop()),
                    1 => listed
                        .extend(item.materials.iter().map(|spec| spec.code.clone()).find(|it| !listed.contains(it))),
                    _ => {}
                }
                let corrections = listed.iter().map(correction).collect();
                Command::NotifyCorrections { corrections, days: WorkingDays(*days), on_file: BTreeMap::new() }
            }
            Self::AllowSecondNotice => acts::allow(),
            Self::SubmitCorrections => Command::SubmitCorrections,
            Self::Accept => Command::Accept,
            Self::Conditionally(days) => acts::conditionally(*days),
            Self::OnCommitment { barred } => acts::on_commitment(*barred),
            Self::RevokeAcceptance => Command::RevokeAcceptance { reason: text("仍不符合要求") },
            Self::Reject { competent_body } => acts::reject(*competent_body),
            Self::NotRequired => Command::DeclareNotRequired {
                reason: text("无需许可"),
                legal_basis: text("《行政许可法》第三十二条"),
            },
            Self::Withdraw => acts::withdraw(),
            Self::Delivery(method) => Command::ChooseDelivery { method: *method },
            Self::Assign(person) => Command::Assign { to: to(person) },
            Self::Offer(person) => Command::OfferHandOver { to: to(person), reason: text("出差") },
            Self::OfferAtWindow(person) => {
                let to = person.map_or_else(stranger_at_another_window, |person| person.window_colleague(item));
                Command::OfferAtWindow { to, reason: text("出差") }
            }
            Self::AcceptHandOver => Command::AcceptHandOver,
            Self::DeclineHandOver => Command::DeclineHandOver { reason: text("在办件已满") },
            Self::Delegate(person) => Command::Delegate { to: to(person) },
            Self::EndDelegation => Command::EndDelegation,
            Self::Transfer("") => acts::transfer(case.routing.department.as_str()),
            Self::Transfer(to) => acts::transfer(to),
            Self::AcceptTransfer => Command::AcceptTransfer,
            Self::DeclineTransfer => Command::DeclineTransfer { reason: text("不属于本部门职责") },
            Self::StartProcedure(ago, why) => acts::procedure(Some(days_ago(*ago)), *why, 10),
            Self::EndProcedure(nth, ago) => {
                let nth = case.approval.procedures.get(*nth).map(|procedure| procedure.notice.clone());
                let unknown =
                    || DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::ProcedureNotice, 2020, 1);
                acts::end_procedure(nth.unwrap_or_else(unknown), Some(days_ago(*ago)))
            }
            Self::Pause => acts::pause(),
            Self::Resume => Command::Resume,
            Self::Extend(days) => acts::extend(*days),
            Self::DrawPlan { own, why } => Command::DrawPlan {
                participants: own.then(|| vec![acts::asked(FIRE, 2), acts::asked(TRAFFIC, 2)]),
                reason: why.then(|| text("该部门承办人更换")),
            },
            Self::Opinion(by, objects) => acts::opine(by, if *objects { acts::objection() } else { Opinion::Agree }),
            Self::MoreAsked(by) => acts::ask_more(by),
            Self::MoreAnswered(to) => acts::answer_more(to),
            Self::Inspection { in_days, moved } => acts::inspection(days_ago(-in_days), &[FIRE, TRAFFIC], *moved),
            Self::Inspected { absent: false } => acts::inspected(today, &[FIRE, TRAFFIC], &[]),
            Self::Inspected { absent: true } => acts::inspected(today, &[FIRE], &[TRAFFIC]),
            Self::Findings(of) => acts::findings(of),
            Self::Rework(step) => acts::rework(*step),
            Self::Review(recommends) => acts::review(*recommends),
            Self::Decide(outcome, fits) => {
                Command::Decide {
                    outcome: *outcome, reasons: text("见审核意见"), legal_basis: basis(*outcome, *fits)
                }
            }
            Self::OnTheSpot { validity, handed } => Command::DecideOnTheSpot(OnTheSpot {
                reasons: text("当场核实"),
                result: validity.details(item, now),
                handed_to: handed.then(collector),
            }),
            Self::Issue(validity) => Command::IssueResult(validity.map(|validity| validity.details(item, now))),
            Self::HandOut => Command::HandOut { collector: collector() },
            Self::Dispatch => acts::dispatch(),
            Self::Track(state, ago) => acts::tracked(*state, seen(now, *ago)),
            Self::DeliverElectronically => Command::DeliverElectronically { receipt: text("已在平台下载") },
            Self::Acknowledge => Command::AcknowledgeDelivery,
            Self::Close => Command::Close,
            Self::Verify(finding, mend_within) => acts::verify(*finding, *mend_within),
            Self::Replace => acts::replace(Replacement::Reissue, now),
            Self::RevokeGrant => Command::RevokeGrant(acts::grant_end()),
            Self::CancelGrant => Command::CancelGrant(acts::grant_end()),
            Self::Seal(nth) => {
                let unknown = || DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::Result, 2020, 1);
                Command::Seal {
                    document: case.papers.get(*nth).cloned().unwrap_or_else(unknown),
                    seal: text(&format!("MIIB{nth}")),
                }
            }
            Self::Note => acts::note(),
            Self::Reopen => acts::reopen(),
        }
    }
}

pub(crate) fn seen(now: Instant, minutes_ago: i64) -> Instant {
    now.plus(-Duration::minutes(minutes_ago))
}

impl Found {
    fn finding(self, good: MaterialFinding) -> MaterialFinding {
        let copy = MaterialFinding { presented: Some(Presented::Copy), ..good.clone() };
        match self {
            Self::InOrder => good,
            Self::Missing => MaterialFinding {
                present: false,
                complete: false,
                legal_form: false,
                presented: None,
                copy_check: None,
                note: Some(text("请补交")),
                ..good
            },
            Self::Differs => {
                MaterialFinding {
                    copy_check: Some(CopyCheck::Differs), note: Some(text("请按原件重新复印")), ..copy
                }
            }
            Self::NotShown => MaterialFinding {
                copy_check: Some(CopyCheck::OriginalNotShown),
                note: Some(text("请出示原件")),
                ..copy
            },
            Self::Uncompared => MaterialFinding { copy_check: None, ..copy },
            Self::Copied => MaterialFinding { copy_check: Some(CopyCheck::Matches), ..copy },
            Self::NotInForm => MaterialFinding {
                legal_form: false,
                copy_check: Some(CopyCheck::Matches),
                note: Some(text("请提交原件")),
                ..copy
            },
        }
    }
}

impl Validity {
    fn details(self, item: &ItemVersion, now: Instant) -> ResultDetails {
        let today = now.day();
        let months = item.result_validity_months.map_or(120, |months| u32::from(months.get()));
        let first_day_too_many = today + Months::new(months);
        let (valid_from, valid_until) = match self {
            Self::Open => (today, None),
            Self::Longest => (today, Some(first_day_too_many - Days::new(1))),
            Self::Reversed => (today, Some(today - Days::new(1))),
            Self::Backdated => (morning().day() - Days::new(1), None),
            Self::TooLong => (today, Some(first_day_too_many)),
        };
        ResultDetails { valid_from, valid_until, ..result(now) }
    }
}
