//! The lifecycle once more, as simple as it can be told, to hold the real one against. It knows dates by counting days, by
//! whatever calendar it is shown, and keeps no date that another edition may move.
#![allow(dead_code, reason = "each test file uses its part of the model")]

mod ask;
mod calendars;
mod dates;
pub(crate) mod editions;
mod figures;
mod forward;
mod granted;
pub(crate) mod invariants;
mod joint;
mod papers;
mod verdict;
mod waiting;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use approval::Outcome;
use casework::Stage;
use catalog::{DeliveryMethod, ItemKind, ItemVersion, MaterialForm};
use chrono::{Days, NaiveDate};
use intake::ScopeFinding;
use kernel::{Calendar, Instant};

pub(crate) use ask::{Ask, Found, ask};
use dates::{Came, due, received_on};
pub(crate) use forward::forward;
use joint::Joint;
use papers::Paper;

use crate::hall::Person;

/// What the guide says of a material.
#[derive(Clone, Copy, Debug)]
struct Spec {
    required: bool,
    original: bool,
    electronic: bool,
    tolerable: bool,
    by_commitment: bool,
}

/// What the window knows of a material.
#[derive(Clone, Debug, Default)]
struct Material {
    handed: bool,
    last_file: Option<Instant>,
    /// The last that the window did not put there.
    last_from_applicant: Option<Instant>,
    files: usize,
    /// How it was found, and whether after acceptance.
    check: Option<(Found, bool)>,
}

#[derive(Clone, Debug)]
struct Round {
    told_at: Instant,
    listed: BTreeSet<usize>,
    submitted: bool,
    days: u16,
    /// Because a supervisor let it be told.
    allowed: bool,
}

#[derive(Clone, Debug)]
struct Condition {
    missing: BTreeSet<usize>,
    from: NaiveDate,
    days: u16,
    met: bool,
}

#[derive(Clone, Debug, Default)]
struct Commitment {
    settled: bool,
    looked: usize,
    /// From this day, for so many.
    mending: Option<(NaiveDate, u16)>,
}

#[derive(Clone, Debug)]
struct Procedure {
    from: NaiveDate,
    until: Option<NaiveDate>,
    /// When its end was put on record.
    ended: Option<Instant>,
    /// Of the limit that runs now.
    current: bool,
}

#[derive(Clone, Debug, Default)]
struct Inspection {
    on: NaiveDate,
    /// When it was put on record.
    told: Option<NaiveDate>,
    /// Who was there and has not said what it found.
    owing: BTreeSet<&'static str>,
    /// Who was named for owing it past its limit.
    silent: BTreeSet<&'static str>,
    /// When findings last came.
    found: Option<Instant>,
    /// Which of the procedures it is.
    procedure: Option<usize>,
}

/// The state of a case, as far as it decides what may come next.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) stage: Stage,
    kind: ItemKind,
    specs: Vec<Spec>,
    terms: Option<catalog::JointTerms>,
    statutory: u16,
    result_ends: bool,
    offered_delivery: Vec<DeliveryMethod>,
    by_adapter: bool,
    at_the_counter: bool,
    /// For others of its package, before its check begins.
    waits: bool,
    /// 暂缓: it was under way when what it waits for came to be open again, or failed, as is said of it.
    held_back: Option<bool>,
    scope: Option<ScopeFinding>,
    materials: BTreeMap<usize, Material>,
    check_from: Came,
    /// Those that are over, from when to which day.
    checks: Vec<(Came, NaiveDate)>,
    /// 视为受理, on which days.
    deemed: Vec<NaiveDate>,
    rounds: Vec<Round>,
    exception: bool,
    condition: Option<Condition>,
    /// 容缺受理, now or before it was taken up again.
    was_conditional: bool,
    commitment: Option<Commitment>,
    accepted_on: NaiveDate,
    extended: Option<u16>,
    procedures: Vec<Procedure>,
    paused: bool,
    /// Who answers for it at the window; None of the window as a whole.
    answers: Option<Person>,
    /// To which colleague there, and on which day.
    offered_at_window: Option<(Person, NaiveDate)>,
    /// Whose department has taken the case over.
    moved: Option<Person>,
    holder: Option<Person>,
    /// To whom, and on which day.
    offered: Option<(Person, NaiveDate)>,
    delegate: Option<Person>,
    transfer: Option<(Person, NaiveDate)>,
    joint: Option<Joint>,
    inspection: Option<Inspection>,
    reviewed: Option<(Person, Instant)>,
    outcome: Option<Outcome>,
    method: DeliveryMethod,
    lost: bool,
    /// With the carrier, that is.
    on_its_way: bool,
    dispatched_on: Option<NaiveDate>,
    last_seen: Option<Instant>,
    delivered: bool,
    acknowledged: bool,
    grant_ended: bool,
    /// Those that stand, and whether they are sealed.
    papers: Vec<(Paper, bool)>,
}

impl Model {
    pub(crate) fn new(
        item: &ItemVersion,
        by: Person,
        method: DeliveryMethod,
        now: Instant,
        calendar: &Calendar,
    ) -> Self {
        let specs = item.materials.iter().map(|material| Spec {
            required: material.required,
            original: material.form == MaterialForm::Original,
            electronic: material.electronic_accepted,
            tolerable: material.tolerable,
            by_commitment: material.by_commitment,
        });
        Self {
            stage: Stage::UnderCheck,
            kind: item.kind,
            specs: specs.collect(),
            terms: item.joint.clone(),
            statutory: item.statutory.0,
            result_ends: item.result_validity_months.is_some(),
            offered_delivery: item.delivery.clone(),
            by_adapter: by == Person::Adapter,
            at_the_counter: by == Person::Clerk,
            waits: false,
            held_back: None,
            scope: None,
            materials: BTreeMap::new(),
            check_from: received_on(calendar, now),
            checks: Vec::new(),
            deemed: Vec::new(),
            rounds: Vec::new(),
            exception: false,
            condition: None,
            was_conditional: false,
            commitment: None,
            accepted_on: now.day(),
            extended: None,
            procedures: Vec::new(),
            paused: false,
            answers: by.is_clerk().then_some(by),
            offered_at_window: None,
            moved: None,
            holder: None,
            offered: None,
            delegate: None,
            transfer: None,
            joint: None,
            inspection: None,
            reviewed: None,
            outcome: None,
            method,
            lost: false,
            on_its_way: false,
            dispatched_on: None,
            last_seen: None,
            delivered: false,
            acknowledged: false,
            grant_ended: false,
            papers: Vec::new(),
        }
    }

    /// How often a material was handed in.
    pub(crate) fn files(&self, at: usize) -> usize {
        self.materials.get(&at).map_or(0, |material| material.files)
    }

    /// What time does by itself (rules L6 to L8, clause B5-1).
    pub(crate) fn time_passes(&mut self, now: Instant, calendar: &Calendar) {
        let today = now.day();
        let check_from = self.check_from.counts_from(calendar);
        let lapsed = due(calendar, check_from, 5) + Days::new(1);
        if let Some(check) = self.running_check().filter(|_| today >= lapsed) {
            self.accept(check_from);
            self.deemed.push(lapsed);
            self.checks.push((check, lapsed));
        }
        let awaited = self.stage == Stage::AwaitingCorrection;
        let over = |round: &&Round| awaited && today > due(calendar, round.told_at.day(), round.days);
        let lapsed = self.rounds.last().filter(over);
        if let Some(round) = lapsed.cloned() {
            match round.listed.iter().all(|at| self.changed_since(*at, round.told_at)) {
                true => self.corrected(&round.listed, received_on(calendar, now)),
                false => {
                    self.stage = Stage::Withdrawn;
                    self.make_out(Paper::Other);
                }
            }
        }
        let came = |at: &usize| self.unchecked(*at) || !self.defective(*at);
        let over = |it: &Condition| !it.met && today > due(calendar, it.from, it.days);
        let overdue = self.condition.as_ref().is_some_and(|it| over(it) && !it.missing.iter().all(came));
        if matches!(self.stage, Stage::InReview | Stage::Decided) && overdue {
            self.lose_acceptance();
        }
        if self.stage == Stage::InReview {
            self.offered = self.offered.filter(|(_, on)| today <= due(calendar, *on, 1));
            self.transfer = self.transfer.filter(|(_, on)| today <= due(calendar, *on, 1));
            if let Some(joint) = &mut self.joint {
                joint.fall_silent(today, calendar);
            }
            let visit = self.inspection.as_mut();
            if let Some(it) = visit.filter(|it| it.told.is_some_and(|told| today > due(calendar, told, 3))) {
                it.silent.extend(it.owing.iter().copied());
            }
        }
        if self.stage.is_final() {
            self.transfer = None;
        }
        self.take_back_at_the_window(now, calendar);
    }

    fn accept(&mut self, on: NaiveDate) {
        (self.stage, self.accepted_on) = (Stage::InReview, on);
        self.make_out(Paper::Other);
    }

    fn lose_acceptance(&mut self) {
        (self.stage, self.outcome) = (Stage::AcceptanceRevoked, None);
        self.make_out(Paper::Other);
        self.set_decision_aside();
    }

    fn unchecked(&self, at: usize) -> bool {
        match self.materials.get(&at) {
            Some(material) => material.check.is_none(),
            None => self.specs[at].required,
        }
    }

    fn defective(&self, at: usize) -> bool {
        let check = self.materials.get(&at).and_then(|material| material.check);
        check.is_some_and(|(found, _)| match found {
            Found::InOrder | Found::Copied => false,
            Found::Missing => self.specs[at].required,
            Found::Differs | Found::NotShown | Found::Uncompared | Found::NotInForm => true,
        })
    }

    fn defects(&self) -> BTreeSet<usize> {
        (0..self.specs.len()).filter(|at| self.defective(*at)).collect()
    }

    /// Clauses B2-1 to B2-3: looked at as a whole, and within scope.
    fn looked_at(&self) -> bool {
        self.scope == Some(ScopeFinding::Within) && (0..self.specs.len()).all(|at| !self.unchecked(at))
    }

    fn in_order(&self) -> bool {
        self.looked_at() && self.defects().is_empty()
    }

    fn lacks_only(&self, may_lack: impl Fn(&Spec) -> bool) -> bool {
        let defects = self.defects();
        self.looked_at() && !defects.is_empty() && defects.iter().all(|at| may_lack(&self.specs[*at]))
    }

    fn changed_since(&self, at: usize, since: Instant) -> bool {
        self.materials.get(&at).is_some_and(|material| material.last_file.is_some_and(|last| last > since))
    }

    /// Rule L6: what the window adds makes nothing new.
    fn new_since(&self, at: usize, since: Instant) -> bool {
        let last = self.materials.get(&at).and_then(|material| material.last_from_applicant);
        last.is_some_and(|last| last > since)
    }

    fn last_change(&self) -> Option<Instant> {
        self.materials.values().filter_map(|material| material.last_file).max()
    }

    fn left_open(&self, at: usize) -> bool {
        self.condition.as_ref().is_some_and(|condition| !condition.met && condition.missing.contains(&at))
    }

    fn open_condition(&self) -> bool {
        self.condition.as_ref().is_some_and(|condition| !condition.met)
    }

    /// What never came was not corrected.
    fn still_wrong(&self) -> bool {
        let there = |at: usize| {
            let check = self.materials.get(&at).and_then(|material| material.check);
            check.is_some_and(|(found, _)| found != Found::Missing)
        };
        let wrong =
            |round: &Round, at: usize| self.defective(at) && (there(at) || self.changed_since(at, round.told_at));
        self.rounds.last().is_some_and(|round| round.submitted && round.listed.iter().any(|at| wrong(round, *at)))
    }

    /// The corrections are in, to be checked from this day on.
    fn corrected(&mut self, listed: &BTreeSet<usize>, from: Came) {
        for at in listed {
            self.materials.entry(*at).or_default().check = None;
        }
        self.rounds.iter_mut().for_each(|round| round.submitted = true);
        (self.stage, self.check_from) = (Stage::UnderCheck, from);
        self.waits |= self.held_back.is_some();
    }

    fn applicants_side(&self, person: Person) -> bool {
        person == Person::Applicant || (person == Person::Adapter && self.by_adapter)
    }

    fn in_department(&self, person: Person) -> bool {
        match self.moved {
            Some(taker) => taker == person,
            None => Person::COLLEAGUES.contains(&person),
        }
    }

    fn heads_the_desk(&self, person: Person) -> bool {
        self.moved.is_none() && matches!(person, Person::Approver | Person::Deputy)
    }

    fn hands_on(&self, person: Person) -> bool {
        self.holder == Some(person) && self.in_department(person) && self.offered.is_none() && self.transfer.is_none()
    }

    fn works(&self, person: Person) -> bool {
        let holds = self.holder == Some(person) && self.offered.is_none();
        self.in_department(person) && self.transfer.is_none() && (holds || self.delegate == Some(person))
    }

    fn held_by(&mut self, person: Person) {
        (self.holder, self.offered, self.delegate) = (Some(person), None, None);
    }

    fn granted(&self) -> bool {
        self.outcome == Some(Outcome::Grant) && !self.grant_ended
    }

    /// Rule L5: working days that a special procedure takes do not count, each of them once.
    fn is_overdue(&self, today: NaiveDate, calendar: &Calendar) -> bool {
        let out = |day: NaiveDate| {
            let taken = |it: &Procedure| it.current && it.from <= day && day <= it.until.unwrap_or(today);
            self.procedures.iter().any(taken)
        };
        let mut left = self.statutory + self.extended.unwrap_or(0);
        let mut day = self.accepted_on;
        while left > 0 {
            day = day + Days::new(1);
            left -= u16::from(calendar.is_working(day) && !out(day));
        }
        today > day
    }

    fn reopen(&mut self, now: Instant, calendar: &Calendar) {
        (self.holder, self.offered, self.delegate, self.transfer) = (None, None, None, None);
        (self.reviewed, self.outcome, self.extended) = (None, None, None);
        (self.lost, self.on_its_way) = (false, false);
        (self.delivered, self.acknowledged, self.grant_ended) = (false, false, false);
        (self.waits, self.held_back) = (false, None);
        self.set_decision_aside();
        if self.stage == Stage::Closed {
            self.procedures.iter_mut().for_each(|procedure| procedure.current = false);
            (self.stage, self.accepted_on) = (Stage::InReview, now.day());
        } else {
            (self.condition, self.commitment, self.joint) = (None, None, None);
            // There is no second visit, and what it stopped is over.
            let visit = self.inspection.take().filter(|visit| visit.told.is_some());
            self.inspection = visit.map(|visit| Inspection { procedure: None, ..visit });
            (self.answers, self.offered_at_window) = (None, None);
            self.procedures.clear();
            self.paused = false;
            (self.stage, self.check_from) = (Stage::UnderCheck, received_on(calendar, now));
        }
    }
}
