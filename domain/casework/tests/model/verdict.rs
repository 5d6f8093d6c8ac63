use approval::{Outcome, Step};
use casework::Stage as S;
use catalog::{DeliveryMethod, Silence};
use chrono::{Duration, NaiveDate};
use kernel::{Calendar, Instant};

use super::{Ask, Found, Inspection, Joint, Model, Paper, Procedure, ask::Validity, due};
use crate::hall::{FIRE, Person, STATISTICS, TRAFFIC, acts::asked};

impl Model {
    /// 有效期: from the decision on, and not longer than the item says.
    pub(super) fn may_be_valid(&self, validity: Validity) -> bool {
        match validity {
            Validity::Open | Validity::Longest => true,
            Validity::Reversed | Validity::Backdated => false,
            Validity::TooLong => !self.result_ends,
        }
    }

    /// Lets it happen if it may, and says whether.
    pub(crate) fn take(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let (at_the_window, check) = (self.is_at_the_window(), self.running_check());
        let taken = self.happens(person, ask, now, calendar);
        self.check_ends(check, now.day());
        if taken && at_the_window {
            self.touched_by(person);
            self.take_back_at_the_window(now, calendar);
        }
        taken
    }

    fn happens(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let clerk = person.is_clerk();
        if let Ask::Seal(nth) = ask {
            return self.seal(person, *nth);
        }
        match self.stage {
            S::UnderCheck | S::AwaitingCorrection
                if clerk || self.applicants_side(person) || person == Person::Manager =>
            {
                self.at_the_window(person, ask, now, calendar)
            }
            S::InReview => self.before_the_decision(person, ask, now, calendar),
            S::Decided | S::Issued | S::InTransit | S::Delivered => self.after_the_decision(person, ask, now, calendar),
            stage if stage.is_final() => self.after_the_end(person, ask, now, calendar),
            _ => false,
        }
    }

    pub(super) fn attach(&mut self, at: usize, by: Person, now: Instant) -> bool {
        let material = self.materials.entry(at % self.specs.len()).or_default();
        if material.files >= 20 {
            return false;
        }
        (material.handed, material.last_file, material.check) = (true, Some(now), None);
        material.last_from_applicant = if by.is_clerk() { material.last_from_applicant } else { Some(now) };
        material.files += 1;
        true
    }

    pub(super) fn look(&mut self, at: usize, found: Found) -> bool {
        let at = at % self.specs.len();
        let (spec, after) = (self.specs[at], self.stage != S::UnderCheck);
        let there = self.materials.get(&at).is_some_and(|material| material.files > 0);
        let paper = matches!(found, Found::Missing | Found::NotShown) && there && spec.electronic;
        if found == Found::Uncompared || paper || (spec.original && found.passes_a_copy()) {
            return false;
        }
        self.materials.entry(at).or_default().check = Some((found, after));
        let fine = |at: &usize| !self.unchecked(*at) && !self.defective(*at);
        let met = after && self.condition.as_ref().is_some_and(|condition| condition.missing.iter().all(fine));
        if let Some(condition) = self.condition.as_mut().filter(|_| met) {
            condition.met = true;
        }
        true
    }

    pub(super) fn choose(&mut self, method: DeliveryMethod) -> bool {
        let offered = self.offered_delivery.contains(&method);
        if offered {
            self.method = method;
        }
        offered
    }

    pub(super) fn revoke_acceptance(&mut self) -> bool {
        let wrong = |at: &usize| {
            let check = self.materials.get(at).and_then(|material| material.check);
            check.is_some_and(|(found, after)| after && found != Found::Missing) && self.defective(*at)
        };
        let may = self.condition.as_ref().is_some_and(|it| !it.met && it.missing.iter().any(wrong));
        if may {
            self.lose_acceptance();
        }
        may
    }

    fn before_the_decision(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let today = now.day();
        let clerk = person.is_clerk();
        let anyone = clerk || self.applicants_side(person);
        let (inside, heads) = (self.in_department(person), self.heads_the_desk(person));
        match ask {
            Ask::Attach(at) | Ask::Reuse(at) if anyone && self.left_open(at % self.specs.len()) => {
                return self.attach(*at, person, now);
            }
            Ask::Material(at, found) if clerk && self.left_open(at % self.specs.len()) => {
                return self.look(*at, *found);
            }
            Ask::RevokeAcceptance if clerk => return self.revoke_acceptance(),
            Ask::Delivery(method) if anyone => return self.choose(*method),
            Ask::Withdraw if self.applicants_side(person) => {
                self.stage = S::Withdrawn;
                self.make_out(Paper::Other);
            }
            Ask::Assign(Some(to))
                if self.moved.is_none() && (heads || (inside && *to == person && self.holder.is_none())) =>
            {
                self.held_by(*to);
            }
            Ask::Offer(Some(to)) if self.moved.is_none() && self.hands_on(person) && *to != person => {
                self.offered = Some((*to, today));
            }
            Ask::AcceptHandOver if inside && self.offered.is_some_and(|(to, _)| to == person) => self.held_by(person),
            Ask::DeclineHandOver if inside && self.offered.is_some_and(|(to, _)| to == person) => self.offered = None,
            Ask::Delegate(Some(to)) if self.moved.is_none() && self.hands_on(person) && *to != person => {
                self.delegate = Some(*to);
            }
            Ask::EndDelegation
                if inside
                    && self.delegate.is_some()
                    && (self.delegate == Some(person) || self.holder == Some(person)) =>
            {
                self.delegate = None;
            }
            Ask::Transfer(to) if heads && self.transfer.is_none() && self.offered.is_none() => {
                let asked = self.joint.as_ref().is_some_and(|joint| joint.desks.contains_key(*to));
                let taker = match *to {
                    STATISTICS => Person::Statistics,
                    FIRE if !asked && self.terms.is_none() => Person::Fire,
                    _ => return false,
                };
                self.transfer = Some((taker, today));
            }
            Ask::AcceptTransfer if self.transfer.is_some_and(|(to, _)| to == person) => {
                (self.transfer, self.moved, self.reviewed) = (None, Some(person), None);
                self.held_by(person);
            }
            Ask::DeclineTransfer if self.transfer.is_some_and(|(to, _)| to == person) => self.transfer = None,
            Ask::StartProcedure(ago, why) if heads => {
                let from = now.plus(-Duration::days(*ago)).day();
                let late = from < today && (!why || working_days(calendar, from, today) > 5);
                if from > today || from < self.accepted_on || late {
                    return false;
                }
                self.procedures.push(Procedure { from, until: None, ended: None, current: true });
                self.make_out(Paper::Other);
            }
            Ask::EndProcedure(nth, ago) if inside => {
                let until = now.plus(-Duration::days(*ago)).day();
                match self.procedures.get_mut(*nth) {
                    Some(it) if it.until.is_none() && it.from <= until && until <= today => {
                        (it.until, it.ended) = (Some(until), Some(now));
                    }
                    _ => return false,
                }
            }
            Ask::Pause if inside && !self.paused => self.paused = true,
            Ask::Resume if inside && self.paused => self.paused = false,
            Ask::Extend(days) => {
                let together = self.joint.is_some() || self.terms.is_some();
                let (by, longest) = if together { (Person::GovernmentHead, 15) } else { (Person::DepartmentHead, 10) };
                let there = person == by && (self.moved.is_none() || by == Person::GovernmentHead);
                if !there
                    || self.extended.is_some()
                    || !(1..=longest).contains(days)
                    || self.is_overdue(today, calendar)
                {
                    return false;
                }
                self.extended = Some(*days);
                self.make_out(Paper::Other);
            }
            Ask::Review(_) if self.works(person) => {
                (self.reviewed, self.delegate) = (Some((person, now)), None);
            }
            Ask::Rework(step) if heads => match (step, &self.joint, self.reviewed) {
                (Step::Review, _, Some(_)) => self.reviewed = None,
                (Step::JointReview, Some(joint), _) => {
                    (self.joint, self.reviewed) = (Some(joint.again(today, calendar)), None);
                }
                _ => return false,
            },
            Ask::Decide(outcome, true) if heads && self.may_be_decided(person, *outcome, today, calendar) => {
                (self.stage, self.outcome, self.held_back) = (S::Decided, Some(*outcome), None);
                self.make_out(Paper::Decision);
                if let (Outcome::Refuse, Some(condition)) = (outcome, &mut self.condition) {
                    condition.met = true;
                }
            }
            _ => return self.together(person, ask, now, calendar),
        }
        true
    }

    /// Neither materials nor opinions have changed since, and no special procedure has ended.
    pub(super) fn review_stands(&self, at: Instant) -> bool {
        let opinions = self.joint.iter().flat_map(|joint| joint.desks.values()).filter_map(|desk| desk.opinion);
        let found = self.inspection.as_ref().and_then(|inspection| inspection.found);
        let ended = self.procedures.iter().filter_map(|procedure| procedure.ended);
        let mut changes = opinions.map(|(_, given)| given).chain(self.last_change()).chain(found).chain(ended);
        changes.all(|changed| at >= changed)
    }

    fn may_be_decided(&self, by: Person, outcome: Outcome, today: NaiveDate, calendar: &Calendar) -> bool {
        let changed = self.last_change();
        let reviewed = self.reviewed.is_some_and(|(who, at)| who != by && self.review_stands(at));
        let together = match &self.joint {
            Some(joint) => joint.is_complete(changed) && !(outcome == Outcome::Grant && joint.has_objection()),
            None => self.terms.is_none(),
        };
        let consented = |code: &str| self.joint.as_ref().is_some_and(|joint| joint.consented(code));
        let visited = self.inspection.as_ref().is_none_or(|it| {
            let late = it.told.is_some_and(|told| today > due(calendar, told, 3));
            it.told.is_some() && (late || it.owing.iter().all(|code| consented(code) || it.silent.contains(code)))
        });
        let open = self.procedures.iter().any(|procedure| procedure.until.is_none());
        let held_back = self.held_back.is_some() && outcome == Outcome::Grant;
        reviewed && together && visited && !open && self.transfer.is_none() && !held_back
    }

    fn together(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let today = now.day();
        let works = self.works(person);
        match ask {
            Ask::DrawPlan { own, why } if works && !self.joint.as_ref().is_some_and(Joint::under_way) => {
                let (plan, silence) = match (&self.terms, own) {
                    (Some(terms), false) => (terms.participants.clone(), terms.silence),
                    (None, true) if self.moved != Some(Person::Fire) => {
                        (vec![asked(FIRE, 2), asked(TRAFFIC, 2)], Silence::Open)
                    }
                    _ => return false,
                };
                let start = self.joint.as_ref().map_or(self.accepted_on, |joint| joint.from);
                let lapsed = self.joint.as_ref().map(|joint| joint.lapsed(today, calendar)).unwrap_or_default();
                let mut first = plan.iter().filter(|it| it.after.is_empty());
                let in_time = first.all(|it| due(calendar, start, it.days.0) > today);
                let silent = self.joint.as_ref().is_some_and(|it| it.lapsed_now(today, calendar).next().is_some());
                let from = if in_time && !silent { start } else { today };
                let (asks, next) = (plan.clone(), Joint::new(plan, silence, from));
                self.joint = Some(match &self.joint {
                    Some(earlier) => {
                        let again = asks.iter().any(|it| lapsed.contains(it.department.as_str()));
                        if !why && (again || from != start) {
                            return false;
                        }
                        earlier.redrawn(next, today, calendar)
                    }
                    None => next,
                });
            }
            Ask::Opinion(by, objects) if person.code() == *by => match &mut self.joint {
                Some(joint) if joint.may_speak(by, today, calendar) => joint.speak(by, *objects, now),
                _ => return false,
            },
            Ask::MoreAsked(by) if person.code() == *by => {
                let Some(joint) = &mut self.joint else { return false };
                let may = joint.may_speak(by, today, calendar);
                match joint.desks.get_mut(*by) {
                    Some(desk) if may && !desk.asked && desk.opinion.is_none() => desk.asked = true,
                    _ => return false,
                }
            }
            Ask::MoreAnswered(to) if self.in_department(person) => {
                match self.joint.as_mut().and_then(|joint| joint.desks.get_mut(*to)) {
                    Some(desk) if desk.asked && !desk.answered => desk.answered = true,
                    _ => return false,
                }
            }
            Ask::Inspection { in_days, moved } => {
                let stops = self.terms.as_ref().is_some_and(|terms| terms.inspection.is_some());
                let on = now.plus(Duration::days(*in_days)).day();
                let settled = self.inspection.as_ref().is_some_and(|it| it.told.is_some() || !moved || it.on == on);
                if settled || on < today || !(if stops { self.heads_the_desk(person) } else { works }) {
                    return false;
                }
                self.end_the_visits_procedure(now);
                if stops {
                    self.procedures.push(Procedure { from: today, until: None, ended: None, current: true });
                    self.make_out(Paper::Other);
                }
                let procedure = stops.then(|| self.procedures.len() - 1);
                self.inspection = Some(Inspection { on, procedure, ..Inspection::default() });
            }
            Ask::Findings(of) if person.code() == *of => {
                let Some(it) = &mut self.inspection else { return false };
                if !it.owing.remove(of) {
                    return false;
                }
                it.found = Some(now);
            }
            Ask::Inspected { absent } if self.in_department(person) => {
                match &mut self.inspection {
                    Some(it) if it.told.is_none() && today >= it.on && !(*absent && today > it.on) => {
                        it.told = Some(today);
                        it.owing = [FIRE].into_iter().chain((!absent).then_some(TRAFFIC)).collect();
                    }
                    _ => return false,
                }
                self.end_the_visits_procedure(now);
            }
            _ => return false,
        }
        true
    }

    /// What was ended by hand before stays as it is.
    fn end_the_visits_procedure(&mut self, now: Instant) {
        let nth = self.inspection.as_ref().and_then(|it| it.procedure);
        let procedure = nth.and_then(|nth| self.procedures.get_mut(nth));
        if let Some(procedure) = procedure.filter(|it| it.until.is_none()) {
            (procedure.until, procedure.ended) = (Some(now.day()), Some(now));
        }
    }
}

/// Working days after `from`, through `to`.
fn working_days(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> usize {
    let after = from.iter_days().skip(1).take_while(|day| *day <= to);
    after.filter(|day| calendar.is_working(*day)).count()
}
