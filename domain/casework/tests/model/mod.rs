//! The lifecycle once more, as simple as it can be told, to hold the real one against.

use std::collections::BTreeMap;

use approval::Outcome;
use casework::{Command, MaterialFinding, OnTheSpot, ResultDetails, Stage};
use catalog::{DeliveryMethod, ItemKind, ItemVersion, MaterialForm};
use chrono::{Days, Duration, Months, NaiveDate};
use intake::{CopyCheck, Presented, ScopeFinding};
use issuance::{Tracked, TrackingState};
use kernel::Instant;
use proptest::prelude::*;

use crate::hall::{Person, collector, file, in_order, morning, result, stranger, text};

/// How a material was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    InOrder,
    Missing,
    /// A copy that differs from its original.
    Differs,
    /// A copy that nobody compared: contradicts clause B2-3.
    Uncompared,
    /// A copy equal to its original: does, except where the guide wants the original.
    Copied,
    /// A copy, and found not to be in legal form for it.
    NotInForm,
}

impl Found {
    /// Shown as a copy and yet said to be in legal form.
    fn passes_a_copy(self) -> bool {
        matches!(self, Self::Differs | Self::Uncompared | Self::Copied)
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

/// A command in small: what the model needs to judge it.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Attach(usize),
    Scope(ScopeFinding),
    Material(usize, Found),
    UnlistedMaterial,
    Accept,
    Reject,
    NotRequired,
    Withdraw,
    Delivery(DeliveryMethod),
    Assign(Option<Person>),
    Offer(Option<Person>),
    AcceptHandOver,
    DeclineHandOver,
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
    Close,
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    use proptest::sample::select;
    let outcome = || select(vec![Outcome::Grant, Outcome::Refuse]);
    let odd = vec![Validity::Longest, Validity::Reversed, Validity::Backdated, Validity::TooLong];
    let validity = || prop_oneof![2 => Just(Validity::Open), 2 => select(odd.clone())];
    let found = select(vec![
        Found::InOrder,
        Found::Missing,
        Found::Differs,
        Found::Uncompared,
        Found::Copied,
        Found::NotInForm,
    ]);
    let scope = select(vec![ScopeFinding::Within, ScopeFinding::OutsidePower, ScopeFinding::NoLicenceNeeded]);
    let colleague = || proptest::option::weighted(0.85, select(Person::COLLEAGUES.to_vec()));
    let method = select(vec![DeliveryMethod::Courier, DeliveryMethod::PickUp, DeliveryMethod::Electronic]);
    let state = select(vec![TrackingState::InTransit, TrackingState::Signed, TrackingState::Returned]);
    let basis_fits = || proptest::bool::weighted(0.8);
    let minutes_ago = || prop_oneof![3 => Just(0_i64), 1 => Just(-60), 2 => 1..3000_i64];
    prop_oneof![
        1 => (0..4_usize).prop_map(Ask::Attach),
        1 => scope.prop_map(Ask::Scope),
        3 => (0..4_usize, found).prop_map(|(at, found)| Ask::Material(at, found)),
        1 => Just(Ask::UnlistedMaterial),
        2 => Just(Ask::Accept),
        1 => Just(Ask::Reject),
        1 => Just(Ask::NotRequired),
        1 => Just(Ask::Withdraw),
        1 => method.prop_map(Ask::Delivery),
        2 => colleague().prop_map(Ask::Assign),
        2 => colleague().prop_map(Ask::Offer),
        2 => Just(Ask::AcceptHandOver),
        1 => Just(Ask::DeclineHandOver),
        2 => outcome().prop_map(Ask::Review),
        2 => (outcome(), basis_fits()).prop_map(|(outcome, fits)| Ask::Decide(outcome, fits)),
        3 => (validity(), any::<bool>()).prop_map(|(validity, handed)| Ask::OnTheSpot { validity, handed }),
        3 => proptest::option::weighted(0.7, validity()).prop_map(Ask::Issue),
        1 => Just(Ask::HandOut),
        1 => Just(Ask::Dispatch),
        3 => (state, minutes_ago()).prop_map(|(state, ago)| Ask::Track(state, ago)),
        1 => Just(Ask::DeliverElectronically),
        1 => Just(Ask::Close),
    ]
}

impl Ask {
    /// The command that is meant, for a case of `item` at `now`.
    pub(crate) fn command(&self, item: &ItemVersion, now: Instant) -> Command {
        let material = |at: usize| &item.materials[at % item.materials.len()];
        let to = |person: &Option<Person>| person.map_or_else(stranger, |person| person.colleague(item));
        let basis =
            |outcome, fits| ((outcome == Outcome::Refuse) == fits).then(|| text("《行政许可法》第三十八条第二款"));
        match self {
            Self::Attach(at) => Command::AttachFile { material: material(*at).code.clone(), file: file(now) },
            Self::Scope(finding) => Command::CheckScope { finding: *finding, note: None },
            Self::Material(at, found) => {
                let good = in_order(material(*at));
                let copy = MaterialFinding { presented: Some(Presented::Copy), ..good.clone() };
                Command::CheckMaterial(match found {
                    Found::InOrder => good,
                    Found::Missing => MaterialFinding {
                        present: false,
                        complete: false,
                        legal_form: false,
                        presented: None,
                        copy_check: None,
                        note: Some(text("请补交")),
                        ..good
                    },
                    Found::Differs => MaterialFinding {
                        copy_check: Some(CopyCheck::Differs),
                        note: Some(text("请按原件重新复印")),
                        ..copy
                    },
                    Found::Uncompared => MaterialFinding { copy_check: None, ..copy },
                    Found::Copied => MaterialFinding { copy_check: Some(CopyCheck::Matches), ..copy },
                    Found::NotInForm => MaterialFinding {
                        legal_form: false,
                        copy_check: Some(CopyCheck::Matches),
                        note: Some(text("请提交原件")),
                        ..copy
                    },
                })
            }
            Self::UnlistedMaterial => {
                let finding = in_order(material(0));
                Command::CheckMaterial(MaterialFinding { material: "not-on-the-list".parse().unwrap(), ..finding })
            }
            Self::Accept => Command::Accept,
            Self::Reject => Command::Reject {
                reason: text("不属于本机关职权"),
                legal_basis: text("《行政许可法》第三十二条"),
                competent_body: text("台州市经济和信息化局"),
            },
            Self::NotRequired => Command::DeclareNotRequired {
                reason: text("无需许可"),
                legal_basis: text("《行政许可法》第三十二条"),
            },
            Self::Withdraw => Command::Withdraw { reason: text("项目取消") },
            Self::Delivery(method) => Command::ChooseDelivery { method: *method },
            Self::Assign(person) => Command::Assign { to: to(person) },
            Self::Offer(person) => Command::OfferHandOver { to: to(person), reason: text("出差") },
            Self::AcceptHandOver => Command::AcceptHandOver,
            Self::DeclineHandOver => Command::DeclineHandOver { reason: text("在办件已满") },
            Self::Review(recommends) => Command::Review { recommends: *recommends, opinion: text("已核实") },
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
            Self::Dispatch => Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") },
            Self::Track(state, ago) => Command::Track(Tracked { state: *state, at: seen(now, *ago), note: None }),
            Self::DeliverElectronically => Command::DeliverElectronically { receipt: text("已在平台下载") },
            Self::Close => Command::Close,
        }
    }
}

fn seen(now: Instant, minutes_ago: i64) -> Instant {
    now.plus(-Duration::minutes(minutes_ago))
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

/// What the window knows of a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Material {
    /// Handed in, not looked at since.
    Unchecked,
    Checked(Found),
}

/// The state of a case, as far as it decides what may come next.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) stage: Stage,
    kind: ItemKind,
    required: Vec<bool>,
    wants_original: Vec<bool>,
    result_ends: bool,
    offered_delivery: Vec<DeliveryMethod>,
    by_adapter: bool,
    at_the_counter: bool,
    scope: Option<ScopeFinding>,
    materials: BTreeMap<usize, Material>,
    holder: Option<Person>,
    offered_to: Option<Person>,
    reviewed_by: Option<Person>,
    outcome: Option<Outcome>,
    method: DeliveryMethod,
    dispatched_on: Option<NaiveDate>,
    last_seen: Option<Instant>,
}

impl Model {
    pub(crate) fn new(item: &ItemVersion, by: Person, method: DeliveryMethod) -> Self {
        Self {
            stage: Stage::UnderCheck,
            kind: item.kind,
            required: item.materials.iter().map(|material| material.required).collect(),
            wants_original: item.materials.iter().map(|material| material.form == MaterialForm::Original).collect(),
            result_ends: item.result_validity_months.is_some(),
            offered_delivery: item.delivery.clone(),
            by_adapter: by == Person::Adapter,
            at_the_counter: by == Person::Clerk,
            scope: None,
            materials: BTreeMap::new(),
            holder: None,
            offered_to: None,
            reviewed_by: None,
            outcome: None,
            method,
            dispatched_on: None,
            last_seen: None,
        }
    }

    /// Clauses B2-1 to B2-3: within scope, every required material in order, and nothing handed in that is not.
    fn in_order(&self) -> bool {
        let fine = |(at, required): (usize, &bool)| match self.materials.get(&at) {
            Some(Material::Checked(Found::InOrder | Found::Copied)) => true,
            None | Some(Material::Checked(Found::Missing)) => !required,
            _ => false,
        };
        self.scope == Some(ScopeFinding::Within) && self.required.iter().enumerate().all(fine)
    }

    fn applicants_side(&self, person: Person) -> bool {
        person == Person::Applicant || (person == Person::Adapter && self.by_adapter)
    }

    /// 有效期: from the decision on, and not longer than the item says.
    fn may_be_valid(&self, validity: Validity) -> bool {
        match validity {
            Validity::Open | Validity::Longest => true,
            Validity::Reversed | Validity::Backdated => false,
            Validity::TooLong => !self.result_ends,
        }
    }

    /// Lets it happen if it may, and says whether.
    pub(crate) fn take(&mut self, person: Person, ask: &Ask, now: Instant) -> bool {
        use Stage as S;
        let slot = |at: &usize| at % self.required.len();
        let in_department = Person::COLLEAGUES.contains(&person);
        let decides = matches!(person, Person::Approver | Person::Deputy);
        let clerk = person == Person::Clerk;
        let anyone_outside = clerk || self.applicants_side(person);
        let holds = self.holder == Some(person) && self.offered_to.is_none();
        let checking = self.stage == S::UnderCheck;
        let reviewing = self.stage == S::InReview;
        match ask {
            Ask::Attach(at) if checking && anyone_outside => {
                self.materials.insert(slot(at), Material::Unchecked);
            }
            Ask::Scope(finding) if checking && clerk => self.scope = Some(*finding),
            Ask::Material(at, found)
                if checking
                    && clerk
                    && *found != Found::Uncompared
                    && !(self.wants_original[slot(at)] && found.passes_a_copy()) =>
            {
                self.materials.insert(slot(at), Material::Checked(*found));
            }
            Ask::Accept if checking && clerk && self.in_order() => self.stage = S::InReview,
            Ask::Reject if checking && clerk && self.scope == Some(ScopeFinding::OutsidePower) => {
                self.stage = S::Rejected;
            }
            Ask::NotRequired if checking && clerk && self.scope == Some(ScopeFinding::NoLicenceNeeded) => {
                self.stage = S::NotRequired;
            }
            Ask::Withdraw
                if ((checking || reviewing) && self.applicants_side(person))
                    || (checking && clerk && self.at_the_counter) =>
            {
                self.stage = S::Withdrawn;
            }
            Ask::Delivery(method)
                if matches!(self.stage, S::UnderCheck | S::InReview | S::Decided | S::Issued)
                    && anyone_outside
                    && self.offered_delivery.contains(method) =>
            {
                self.method = *method;
            }
            Ask::Assign(Some(to))
                if reviewing && (decides || (in_department && *to == person && self.holder.is_none())) =>
            {
                (self.holder, self.offered_to) = (Some(*to), None);
            }
            Ask::Offer(Some(to)) if reviewing && holds && *to != person => self.offered_to = Some(*to),
            Ask::AcceptHandOver if reviewing && self.offered_to == Some(person) => {
                (self.holder, self.offered_to) = (Some(person), None);
            }
            Ask::DeclineHandOver if reviewing && self.offered_to == Some(person) => self.offered_to = None,
            Ask::Review(_) if reviewing && holds => self.reviewed_by = Some(person),
            Ask::Decide(outcome, true)
                if reviewing && decides && self.reviewed_by.is_some_and(|reviewer| reviewer != person) =>
            {
                (self.stage, self.outcome) = (S::Decided, Some(*outcome));
            }
            Ask::OnTheSpot { validity, handed }
                if checking
                    && clerk
                    && self.may_be_valid(*validity)
                    && self.kind == ItemKind::OnTheSpot
                    && self.in_order()
                    && (!handed || self.method == DeliveryMethod::PickUp) =>
            {
                self.stage = if *handed { S::Closed } else { S::Issued };
            }
            Ask::Issue(result)
                if self.stage == S::Decided
                    && clerk
                    && match result {
                        Some(validity) => self.outcome == Some(Outcome::Grant) && self.may_be_valid(*validity),
                        None => self.outcome == Some(Outcome::Refuse),
                    } =>
            {
                self.stage = S::Issued;
            }
            Ask::HandOut if self.stage == S::Issued && clerk && self.method == DeliveryMethod::PickUp => {
                self.stage = S::Delivered;
            }
            Ask::Dispatch if self.stage == S::Issued && clerk && self.method == DeliveryMethod::Courier => {
                (self.stage, self.dispatched_on, self.last_seen) = (S::InTransit, Some(now.day()), None);
            }
            Ask::Track(state, ago)
                if self.stage == S::InTransit
                    && clerk
                    && *ago >= 0
                    && self.dispatched_on.is_some_and(|day| seen(now, *ago).day() >= day)
                    && self.last_seen.is_none_or(|last| seen(now, *ago) >= last) =>
            {
                self.last_seen = Some(seen(now, *ago));
                self.stage = match state {
                    TrackingState::Signed => S::Delivered,
                    TrackingState::Returned => S::Issued,
                    _ => S::InTransit,
                };
            }
            Ask::DeliverElectronically
                if self.stage == S::Issued && clerk && self.method == DeliveryMethod::Electronic =>
            {
                self.stage = S::Delivered;
            }
            Ask::Close if self.stage == S::Delivered && clerk => self.stage = S::Closed,
            _ => return false,
        }
        true
    }
}

/// Something that brings the case on from where the model says it is, mostly; nothing once it has ended.
pub(crate) fn forward(model: &Model, choice: u8) -> Option<(Person, Ask)> {
    let clerk = |ask| Some((Person::Clerk, ask));
    let unchecked = (0..model.required.len()).find(|at| {
        let required = model.required.get(*at) == Some(&true);
        match model.materials.get(at) {
            Some(Material::Checked(Found::InOrder | Found::Copied)) => false,
            None | Some(Material::Checked(Found::Missing)) => required,
            _ => true,
        }
    });
    let every = |nth: u8| choice.is_multiple_of(nth);
    let validity = match choice % 7 {
        0 => Validity::Reversed,
        1 => Validity::Longest,
        _ => Validity::Open,
    };
    match (model.stage, model.scope, unchecked) {
        (Stage::UnderCheck, Some(ScopeFinding::OutsidePower), _) if every(2) => clerk(Ask::Reject),
        (Stage::UnderCheck, Some(ScopeFinding::NoLicenceNeeded), _) if every(2) => clerk(Ask::NotRequired),
        (Stage::UnderCheck, Some(ScopeFinding::Within), Some(at)) => clerk(Ask::Material(at, Found::InOrder)),
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) if every(10) => {
            Some((Person::Applicant, Ask::Attach(usize::from(choice))))
        }
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) if every(2) => clerk(Ask::Accept),
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) => {
            clerk(Ask::OnTheSpot { validity, handed: model.method == DeliveryMethod::PickUp && !every(5) })
        }
        (Stage::UnderCheck, ..) => clerk(Ask::Scope(match choice % 8 {
            0 => ScopeFinding::OutsidePower,
            1 => ScopeFinding::NoLicenceNeeded,
            _ => ScopeFinding::Within,
        })),
        (Stage::InReview, ..) => Some(match (model.holder, model.offered_to, model.reviewed_by) {
            (None, ..) => (Person::Approver, Ask::Assign(Some(Person::COLLEAGUES[usize::from(choice) % 4]))),
            (_, Some(to), _) => (to, if every(2) { Ask::AcceptHandOver } else { Ask::DeclineHandOver }),
            (Some(holder), None, None) => (holder, Ask::Review(Outcome::Grant)),
            (_, _, Some(Person::Approver)) => (Person::Deputy, Ask::Decide(Outcome::Refuse, true)),
            _ if every(4) => (Person::Approver, Ask::Decide(Outcome::Refuse, true)),
            _ => (Person::Approver, Ask::Decide(Outcome::Grant, true)),
        }),
        (Stage::Decided, ..) => clerk(Ask::Issue((model.outcome == Some(Outcome::Grant)).then_some(validity))),
        (Stage::Issued, ..) => clerk(match model.method {
            DeliveryMethod::Courier => Ask::Dispatch,
            DeliveryMethod::PickUp => Ask::HandOut,
            DeliveryMethod::Electronic => Ask::DeliverElectronically,
        }),
        (Stage::InTransit, ..) if every(3) => clerk(Ask::Track(TrackingState::Returned, 0)),
        (Stage::InTransit, ..) => clerk(Ask::Track(TrackingState::Signed, 0)),
        (Stage::Delivered, ..) => clerk(Ask::Close),
        _ => None,
    }
}
