//! The lifecycle once more, as simple as it can be told, to hold the real one against.

use std::collections::BTreeMap;

use approval::Outcome;
use casework::{Command, MaterialFinding, OnTheSpot, ResultDetails, Stage};
use catalog::{DeliveryMethod, ItemKind, ItemVersion};
use intake::{CopyCheck, Presented, ScopeFinding};
use issuance::{Tracked, TrackingState};
use kernel::Instant;
use proptest::prelude::*;

use crate::hall::{Person, collector, file, in_order, result, stranger, text};

/// How a material was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    InOrder,
    Missing,
    /// A copy that differs from its original.
    Differs,
    /// A copy that nobody compared: contradicts clause B2-3.
    Uncompared,
}

/// Whether the dates of a result make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    Open,
    Reversed,
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
        outcome: Outcome,
        basis_fits: bool,
        validity: Validity,
        handed: bool,
    },
    Issue(Validity),
    HandOut,
    Dispatch,
    /// The state, and whether the carrier's clock is right.
    Track(TrackingState, bool),
    DeliverElectronically,
    Close,
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    use proptest::sample::select;
    let outcome = || select(vec![Outcome::Grant, Outcome::Refuse]);
    let validity = || prop_oneof![4 => Just(Validity::Open), 1 => Just(Validity::Reversed)];
    let found = select(vec![Found::InOrder, Found::Missing, Found::Differs, Found::Uncompared]);
    let scope = select(vec![ScopeFinding::Within, ScopeFinding::OutsidePower, ScopeFinding::NoLicenceNeeded]);
    let colleague = || proptest::option::weighted(0.85, select(Person::COLLEAGUES.to_vec()));
    let method = select(vec![DeliveryMethod::Courier, DeliveryMethod::PickUp, DeliveryMethod::Electronic]);
    let state = select(vec![TrackingState::InTransit, TrackingState::Signed, TrackingState::Returned]);
    let basis_fits = || proptest::bool::weighted(0.8);
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
        3 => (outcome(), basis_fits(), validity(), any::<bool>()).prop_map(|(outcome, basis_fits, validity, handed)| {
            Ask::OnTheSpot { outcome, basis_fits, validity, handed }
        }),
        2 => validity().prop_map(Ask::Issue),
        1 => Just(Ask::HandOut),
        1 => Just(Ask::Dispatch),
        2 => (state, basis_fits()).prop_map(|(state, right)| Ask::Track(state, right)),
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
            Self::OnTheSpot { outcome, basis_fits, validity, handed } => Command::DecideOnTheSpot(OnTheSpot {
                outcome: *outcome,
                reasons: text("当场核实"),
                legal_basis: basis(*outcome, *basis_fits),
                result: validity.details(now),
                handed_to: handed.then(collector),
            }),
            Self::Issue(validity) => Command::IssueResult(validity.details(now)),
            Self::HandOut => Command::HandOut { collector: collector() },
            Self::Dispatch => Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") },
            Self::Track(state, right) => {
                let at = if *right { now } else { now.plus(chrono::Duration::hours(1)) };
                Command::Track(Tracked { state: *state, at, note: None })
            }
            Self::DeliverElectronically => Command::DeliverElectronically { receipt: text("已在平台下载") },
            Self::Close => Command::Close,
        }
    }
}

impl Validity {
    fn details(self, now: Instant) -> ResultDetails {
        let yesterday = now.day().pred_opt();
        ResultDetails { valid_until: yesterday.filter(|_| self == Self::Reversed), ..result(now) }
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
    offered_delivery: Vec<DeliveryMethod>,
    by_adapter: bool,
    scope: Option<ScopeFinding>,
    materials: BTreeMap<usize, Material>,
    holder: Option<Person>,
    offered_to: Option<Person>,
    reviewed_by: Option<Person>,
    method: DeliveryMethod,
}

impl Model {
    pub(crate) fn new(item: &ItemVersion, by: Person, method: DeliveryMethod) -> Self {
        Self {
            stage: Stage::UnderCheck,
            kind: item.kind,
            required: item.materials.iter().map(|material| material.required).collect(),
            offered_delivery: item.delivery.clone(),
            by_adapter: by == Person::Adapter,
            scope: None,
            materials: BTreeMap::new(),
            holder: None,
            offered_to: None,
            reviewed_by: None,
            method,
        }
    }

    /// Clauses B2-1 to B2-3: within scope, every required material in order, and nothing handed in that is not.
    fn in_order(&self) -> bool {
        let fine = |(at, required): (usize, &bool)| match self.materials.get(&at) {
            Some(Material::Checked(Found::InOrder)) => true,
            None | Some(Material::Checked(Found::Missing)) => !required,
            _ => false,
        };
        self.scope == Some(ScopeFinding::Within) && self.required.iter().enumerate().all(fine)
    }

    fn applicants_side(&self, person: Person) -> bool {
        person == Person::Applicant || (person == Person::Adapter && self.by_adapter)
    }

    /// Lets it happen if it may, and says whether.
    pub(crate) fn take(&mut self, person: Person, ask: &Ask) -> bool {
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
            Ask::Material(at, found) if checking && clerk && *found != Found::Uncompared => {
                self.materials.insert(slot(at), Material::Checked(*found));
            }
            Ask::Accept if checking && clerk && self.in_order() => self.stage = S::InReview,
            Ask::Reject if checking && clerk && self.scope == Some(ScopeFinding::OutsidePower) => {
                self.stage = S::Rejected;
            }
            Ask::NotRequired if checking && clerk && self.scope == Some(ScopeFinding::NoLicenceNeeded) => {
                self.stage = S::NotRequired;
            }
            Ask::Withdraw if (checking && anyone_outside) || (reviewing && self.applicants_side(person)) => {
                self.stage = S::Withdrawn;
            }
            Ask::Delivery(method)
                if matches!(self.stage, S::UnderCheck | S::InReview | S::Decided)
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
            Ask::Decide(_, true)
                if reviewing && decides && self.reviewed_by.is_some_and(|reviewer| reviewer != person) =>
            {
                self.stage = S::Decided;
            }
            Ask::OnTheSpot { basis_fits: true, validity: Validity::Open, handed, .. }
                if checking
                    && clerk
                    && self.kind == ItemKind::OnTheSpot
                    && self.in_order()
                    && (!handed || self.method == DeliveryMethod::PickUp) =>
            {
                self.stage = if *handed { S::Closed } else { S::Issued };
            }
            Ask::Issue(Validity::Open) if self.stage == S::Decided && clerk => self.stage = S::Issued,
            Ask::HandOut if self.stage == S::Issued && clerk && self.method == DeliveryMethod::PickUp => {
                self.stage = S::Delivered;
            }
            Ask::Dispatch if self.stage == S::Issued && clerk && self.method == DeliveryMethod::Courier => {
                self.stage = S::InTransit;
            }
            Ask::Track(state, true)
                if self.stage == S::InTransit && (clerk || (person == Person::Adapter && self.by_adapter)) =>
            {
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
            Some(Material::Checked(Found::InOrder)) => false,
            None | Some(Material::Checked(Found::Missing)) => required,
            _ => true,
        }
    });
    let every = |nth: u8| choice.is_multiple_of(nth);
    let validity = if every(7) { Validity::Reversed } else { Validity::Open };
    match (model.stage, model.scope, unchecked) {
        (Stage::UnderCheck, Some(ScopeFinding::OutsidePower), _) if every(2) => clerk(Ask::Reject),
        (Stage::UnderCheck, Some(ScopeFinding::NoLicenceNeeded), _) if every(2) => clerk(Ask::NotRequired),
        (Stage::UnderCheck, Some(ScopeFinding::Within), Some(at)) => clerk(Ask::Material(at, Found::InOrder)),
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) if every(10) => {
            Some((Person::Applicant, Ask::Attach(usize::from(choice))))
        }
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) if every(2) => clerk(Ask::Accept),
        (Stage::UnderCheck, Some(ScopeFinding::Within), None) => clerk(Ask::OnTheSpot {
            outcome: if every(3) { Outcome::Refuse } else { Outcome::Grant },
            basis_fits: true,
            validity,
            handed: model.method == DeliveryMethod::PickUp && !every(5),
        }),
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
            _ => (Person::Approver, Ask::Decide(Outcome::Grant, true)),
        }),
        (Stage::Decided, ..) => clerk(Ask::Issue(validity)),
        (Stage::Issued, ..) => clerk(match model.method {
            DeliveryMethod::Courier => Ask::Dispatch,
            DeliveryMethod::PickUp => Ask::HandOut,
            DeliveryMethod::Electronic => Ask::DeliverElectronically,
        }),
        (Stage::InTransit, ..) if every(3) => clerk(Ask::Track(TrackingState::Returned, true)),
        (Stage::InTransit, ..) => clerk(Ask::Track(TrackingState::Signed, true)),
        (Stage::Delivered, ..) => clerk(Ask::Close),
        _ => None,
    }
}
