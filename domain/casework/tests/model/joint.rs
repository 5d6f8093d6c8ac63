use std::collections::{BTreeMap, BTreeSet};

use catalog::{JointParticipant, Silence};
use chrono::NaiveDate;
use kernel::{Calendar, Instant};

use super::due;

/// 联审 as the model knows it.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    pub(super) silence: Silence,
    pub(super) from: NaiveDate,
    plan: Vec<JointParticipant>,
    pub(super) desks: BTreeMap<String, Desk>,
    /// Who was silent under the plans before.
    named: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Desk {
    days: u16,
    after: BTreeSet<String>,
    started: Option<NaiveDate>,
    /// Whether it objects, and since when.
    pub(super) opinion: Option<(bool, Instant)>,
    gave_on: Option<NaiveDate>,
    silent: Option<NaiveDate>,
    pub(super) asked: bool,
    pub(super) answered: bool,
}

impl Joint {
    pub(super) fn new(plan: Vec<JointParticipant>, silence: Silence, from: NaiveDate) -> Self {
        let desk = |it: &JointParticipant| Desk {
            days: it.days.0,
            after: it.after.iter().map(ToString::to_string).collect(),
            ..Desk::default()
        };
        let desks = plan.iter().map(|it| (it.department.to_string(), desk(it))).collect();
        let mut joint = Self { silence, from, plan, desks, named: BTreeSet::new() };
        joint.start();
        joint
    }

    /// Everybody asked again by the same plan.
    pub(super) fn again(&self, today: NaiveDate, calendar: &Calendar) -> Self {
        self.redrawn(Self::new(self.plan.clone(), self.silence, today), today, calendar)
    }

    /// Another plan in its place: the names stay, and so do the questions that were asked.
    pub(super) fn redrawn(&self, mut next: Self, today: NaiveDate, calendar: &Calendar) -> Self {
        next.named = self.lapsed(today, calendar);
        for (code, desk) in &mut next.desks {
            let earlier = self.desks.get(code);
            (desk.asked, desk.answered) = earlier.map_or((false, false), |it| (it.asked, it.answered));
        }
        next
    }

    /// Who let a limit pass, under this plan or one before it.
    pub(super) fn lapsed(&self, today: NaiveDate, calendar: &Calendar) -> BTreeSet<String> {
        self.lapsed_now(today, calendar).chain(&self.named).cloned().collect()
    }

    /// The same under this plan.
    pub(super) fn lapsed_now(&self, today: NaiveDate, calendar: &Calendar) -> impl Iterator<Item = &String> {
        let over = move |desk: &Desk| {
            desk.opinion.is_none() && desk.started.is_some_and(|started| today > due(calendar, started, desk.days))
        };
        let lapsed = self.desks.iter().filter(move |(_, desk)| desk.silent.is_some() || over(desk));
        lapsed.map(|(code, _)| code)
    }

    /// 视为同意
    pub(super) fn consented(&self, code: &str) -> bool {
        let silent = |desk: &Desk| desk.opinion.is_none() && desk.silent.is_some();
        self.silence == Silence::Consent && self.desks.get(code).is_some_and(silent)
    }

    fn completed(&self, code: &str) -> Option<NaiveDate> {
        let desk = self.desks.get(code)?;
        desk.gave_on.or(desk.silent.filter(|_| self.silence == Silence::Consent))
    }

    fn start(&mut self) {
        let (from, before) = (self.from, self.clone());
        for desk in self.desks.values_mut().filter(|desk| desk.started.is_none()) {
            let ends: Option<Vec<_>> = desk.after.iter().map(|code| before.completed(code)).collect();
            desk.started = ends.map(|ends| ends.into_iter().max().unwrap_or(from));
        }
    }

    /// Rule L10: whether the participant has the word.
    pub(super) fn may_speak(&self, code: &str, today: NaiveDate, calendar: &Calendar) -> bool {
        let Some(desk) = self.desks.get(code) else { return false };
        let Some(started) = desk.started else { return false };
        let consented =
            self.silence == Silence::Consent && desk.opinion.is_none() && today > due(calendar, started, desk.days);
        !consented
    }

    pub(super) fn speak(&mut self, code: &str, objects: bool, now: Instant) {
        if let Some(desk) = self.desks.get_mut(code) {
            desk.opinion = Some((objects, now));
            desk.gave_on.get_or_insert(now.day());
        }
        self.start();
    }

    pub(super) fn fall_silent(&mut self, today: NaiveDate, calendar: &Calendar) {
        for desk in self.desks.values_mut() {
            let over = desk.started.is_some_and(|started| today > due(calendar, started, desk.days));
            if over && desk.opinion.is_none() {
                desk.silent.get_or_insert(today);
            }
        }
        self.start();
    }

    pub(super) fn under_way(&self) -> bool {
        self.desks.values().any(|desk| desk.gave_on.is_some())
    }

    /// All have spoken, and no opinion is outdated.
    pub(super) fn is_complete(&self, changed: Option<Instant>) -> bool {
        self.desks.keys().all(|code| self.completed(code).is_some() && !self.is_outdated(code, changed))
    }

    /// Given before the materials last changed, or before a predecessor last spoke.
    pub(super) fn is_outdated(&self, code: &str, changed: Option<Instant>) -> bool {
        let mut grounds = self.said_before(code).into_iter().chain(changed);
        self.given(code).is_some_and(|at| grounds.any(|ground| at < ground))
    }

    fn given(&self, code: &str) -> Option<Instant> {
        self.desks.get(code)?.opinion.map(|(_, at)| at)
    }

    /// Through whoever was silent.
    fn said_before(&self, code: &str) -> Vec<Instant> {
        let before = self.desks.get(code).into_iter().flat_map(|desk| &desk.after);
        before.flat_map(|code| self.given(code).map_or_else(|| self.said_before(code), |at| vec![at])).collect()
    }

    pub(super) fn has_objection(&self) -> bool {
        self.desks.values().any(|desk| desk.opinion.is_some_and(|(objects, _)| objects))
    }
}
