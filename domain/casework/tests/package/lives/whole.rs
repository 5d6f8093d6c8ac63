//! A package under way: its members' cases, each beside its model, and what the program does for the whole.

use std::collections::BTreeSet;

use approval::Outcome;
use casework::{
    Case, CaseNumber, Channel, Command, Event, Receipt, Recorded, Resumption, Stage,
    package::{Application, Filing, MemberCase, MemberCases, MemberStanding, ProgressState},
};
use catalog::{MaterialUse, Member, Package, SharedMaterial};
use intake::AttachedFile;
use kernel::{
    Action, Actor, Centre, FileId, Instant, ItemCode,
    access::{Who, may_on},
    identity::Assurance,
};

use super::plan::{Passing, version};
use crate::{
    hall::{Desk, Person, acts, applicant, file, morning},
    model::{Ask, Model, editions, invariants},
    scene::PRACTICE,
};

/// More cases than a package has here.
const A_PACKAGE: u64 = 10;

/// What a set of lives has come across.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) released: usize,
    pub(crate) barred: usize,
    pub(crate) held_back: usize,
    pub(crate) resumed: usize,
    pub(crate) withdrawn: usize,
    pub(crate) given: usize,
    pub(crate) over: usize,
}

/// A member's case, as it is and as the model has it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) desk: Desk,
    pub(crate) model: Model,
    /// Of the members before it, those that it waits for.
    pub(crate) after: Vec<usize>,
}

impl Part {
    /// What became of it by its record alone; None while that is for the others to say.
    fn story(&self) -> Option<MemberStanding> {
        self.desk.record.iter().fold(None, |stands, recorded| match &recorded.event {
            Event::Accepted { .. } | Event::Reopened { to: Resumption::Review { .. }, .. } => {
                Some(MemberStanding::UnderWay)
            }
            Event::Decided { decision, .. } => Some(match decision.ruling.outcome() {
                Outcome::Grant => MemberStanding::Granted,
                Outcome::Refuse => MemberStanding::Refused,
            }),
            Event::GrantEnded(_) => Some(MemberStanding::GrantEnded),
            Event::Withdrawn { .. } | Event::DeemedWithdrawn { .. } => Some(MemberStanding::Withdrawn),
            Event::FoundNotRequired(_) => Some(MemberStanding::NotRequired),
            Event::Rejected(_) | Event::AcceptanceRevoked(_) => Some(MemberStanding::Ended),
            Event::Reopened { to: Resumption::Check { .. }, .. } => None,
            _ => stands,
        })
    }

    /// Something was done to it that is on its record already.
    pub(crate) fn holds(&self, before: &Case, known: usize, what: &str) {
        let events: Vec<Event> = self.desk.record[known..].iter().map(|recorded| recorded.event.clone()).collect();
        if !events.is_empty() {
            invariants::hold(before, &self.desk, &events, what);
        }
        assert_eq!(self.desk.case.stage, self.model.stage, "{what} in {:?}", self.model);
        self.model.agrees_at_the_window(&self.desk.case, what);
    }
}

pub(crate) fn clears(standing: MemberStanding) -> bool {
    matches!(standing, MemberStanding::Granted | MemberStanding::NotRequired)
}

/// What waits for it can never be granted.
pub(crate) fn bars(standing: MemberStanding) -> bool {
    standing == MemberStanding::Blocked || !(clears(standing) || is_open(standing))
}

fn is_open(standing: MemberStanding) -> bool {
    matches!(standing, MemberStanding::Waiting | MemberStanding::Blocked | MemberStanding::UnderWay)
}

/// For everything in a package.
fn filed(package: &Package, nth: u64) -> Application {
    let chosen = package.members.iter().map(|member| member.item.clone()).collect();
    let id = format!("01900000-0000-7000-8002-{nth:012}").parse().unwrap();
    let (centre, applicant) = (Centre::WENLING, applicant());
    let filing = Filing { id, centre, package, chosen: &chosen, applicant, now: morning() };
    let mut last = A_PACKAGE * nth;
    let case = |_: &ItemCode| {
        last += 1;
        format!("01900000-0000-7000-8000-{last:012}").parse().unwrap()
    };
    Application::file(filing, case).unwrap()
}

pub(crate) fn system() -> Actor {
    Actor { centre: Centre::WENLING, who: Who::System }
}

pub(crate) struct Whole<'a> {
    pub(crate) application: Application,
    /// In the order of its members.
    pub(crate) parts: Vec<Part>,
    pub(crate) now: Instant,
    /// 共用材料 that were handed in, and where each was to lie.
    given: Vec<(FileId, Vec<MaterialUse>)>,
    pub(crate) seen: &'a mut Seen,
}

impl<'a> Whole<'a> {
    /// The `nth` of a set, whose cases nobody else has.
    pub(crate) fn file(package: &Package, by: Person, nth: u64, seen: &'a mut Seen) -> Self {
        let application = filed(package, nth);
        let place = |of: &ItemCode| application.members.iter().position(|it| it.item == *of).unwrap();
        let part = |(n, member): (u64, &Member)| {
            let (item, now) = (version(member.item.as_str()), morning());
            let receipt = Receipt {
                id: application.cases[&member.item],
                centre: Centre::WENLING,
                number: CaseNumber::new(Centre::WENLING, now.day(), A_PACKAGE * nth + n),
                item,
                channel: if by == Person::Clerk { Channel::Counter } else { Channel::Web },
                applicant: applicant(),
                assurance: Assurance::InPerson,
                external_number: None,
                delivery: item.delivery[0],
                package: Some(application.id),
                waits: !member.after.is_empty(),
                vouched_by: None,
            };
            let desk = Desk::receive(&receipt, &by.at(item), now, &PRACTICE).unwrap();
            let model = Model::new(item, by, receipt.delivery, now, desk.calendar());
            let model = if receipt.waits { model.waiting() } else { model };
            Part { desk, model, after: member.after.iter().map(place).collect() }
        };
        let parts = (1..).zip(&application.members).map(part).collect();
        Self { application, parts, now: morning(), given: Vec::new(), seen }
    }

    pub(crate) fn cases(&self) -> MemberCases<'_> {
        let mut cases = MemberCases::new();
        for Part { desk, .. } in &self.parts {
            cases.insert(desk.item.item.clone(), MemberCase { case: &desk.case, item: desk.item });
        }
        cases
    }

    pub(crate) fn items<'i>(&self, of: impl IntoIterator<Item = &'i usize>) -> Vec<ItemCode> {
        of.into_iter().map(|at| self.application.members[*at].item.clone()).collect()
    }

    /// Where every member stands, by the records and the order alone.
    pub(crate) fn standings(&self) -> Vec<MemberStanding> {
        let mut standings: Vec<MemberStanding> = Vec::new();
        for part in &self.parts {
            let before: Vec<MemberStanding> = part.after.iter().map(|at| standings[*at]).collect();
            let standing = match part.story() {
                Some(standing) => standing,
                None if before.iter().copied().any(bars) => MemberStanding::Blocked,
                None if before.iter().copied().all(clears) => MemberStanding::UnderWay,
                None => MemberStanding::Waiting,
            };
            standings.push(standing);
        }
        standings
    }

    /// Rule L10: all that come before it are done, in writing.
    pub(crate) fn is_its_turn(&self, at: usize) -> bool {
        let standings = self.standings();
        self.parts[at].after.iter().all(|before| clears(standings[*before]))
    }

    /// At the end.
    pub(crate) fn adds_up(&mut self, what: &str) {
        self.everything_lies_once();
        self.parts.iter().for_each(|part| invariants::adds_up(&part.desk, what));
        let is_open = self.standings().into_iter().any(is_open);
        self.seen.over += usize::from(!is_open);
    }

    /// Whatever falls due happens when it does, where somebody watches, or all at once afterwards.
    pub(crate) fn pass(&mut self, passing: Passing) {
        let end = self.now.plus(chrono::Duration::minutes(passing.minutes));
        let wakes = |whole: &Self| whole.parts.iter().filter_map(|part| part.desk.wakes_at()).min();
        let mut next = if passing.watched { wakes(self) } else { None };
        loop {
            let at = next.filter(|wakes| *wakes < end).map(|wakes| wakes.max(self.now));
            self.fall_due(at.unwrap_or(end));
            next = wakes(self);
            assert!(next.is_none_or(|next| next > self.now), "at {}: no progress", self.now);
            if at.is_none() {
                return;
            }
        }
    }

    pub(crate) fn fall_due(&mut self, now: Instant) {
        let known: usize = self.parts.iter().map(|part| part.desk.record.len()).sum();
        self.now = now;
        self.parts.iter_mut().for_each(|part| part.desk.now = now);
        (0..self.parts.len()).for_each(|at| self.falls_due(at));
        if self.parts.iter().map(|part| part.desk.record.len()).sum::<usize>() > known {
            self.hold(&format!("at {now}"));
        }
    }

    pub(crate) fn falls_due(&mut self, at: usize) {
        let (now, part) = (self.now, &mut self.parts[at]);
        let (before, known) = (part.desk.case.clone(), part.desk.record.len());
        let what = format!("{:?} of {at} at {now}", part.desk.fall_due());
        part.model.time_passes(now, part.desk.calendar());
        part.holds(&before, known, &what);
        self.moved(at, &before, &what);
    }

    pub(crate) fn act(&mut self, at: usize, person: Person, ask: &Ask) -> Result<(), &'static str> {
        let what = format!("{ask:?} by {person:?} of {at} at {}", self.now);
        let is_its_turn = self.is_its_turn(at);
        let told = self.application.may_accept(&self.application.members[at].item, &self.cases());
        assert_eq!(told.is_ok(), is_its_turn, "{what}: {told:?}");
        let part = &mut self.parts[at];
        // What the program asks of the whole before it reopens a part.
        if matches!(ask, Ask::Reopen) && part.desk.case.stage != Stage::Closed {
            told.map_err(|refusal| refusal.code)?;
        }
        let (before, known, actor) = (part.desk.case.clone(), part.desk.record.len(), person.at(part.desk.item));
        let command = ask.command(part.desk.item, &part.desk.case, self.now);
        let outcome = match may_on(&actor, command.action(), &part.desk.case.whereabouts()) {
            Err(denial) => Err(denial.code()),
            Ok(()) => part.desk.tell(&actor, command).map_err(|refusal| refusal.code),
        };
        let expected = part.model.take(person, ask, self.now, part.desk.calendar());
        assert_eq!(outcome.is_ok(), expected, "{what}: {outcome:?} in {:?}", part.model);
        part.holds(&before, known, &what);
        self.moved(at, &before, &what);
        self.hold(&what);
        outcome.map(drop)
    }

    /// Clause C1-1: those that are named fall, with those that wait for them where that is asked, all or none; no other
    /// member is touched.
    pub(crate) fn withdraw(
        &mut self,
        named: &BTreeSet<usize>,
        with_dependents: bool,
        by: Person,
    ) -> Result<(), &'static str> {
        let what = format!("withdrawal of {named:?} by {by:?} at {}", self.now);
        let falling = self.falling(named);
        let falls = |at: &usize| self.application.falls_with(&self.application.members[*at].item, &self.cases());
        let told: BTreeSet<ItemCode> = named.iter().flat_map(falls).collect();
        let others: BTreeSet<usize> = falling.difference(named).copied().collect();
        let (asked, unasked) = (self.items(named), BTreeSet::from_iter(self.items(&others)));
        let told: BTreeSet<ItemCode> = told.into_iter().filter(|item| !asked.contains(item)).collect();
        assert_eq!(told, unasked, "{what}: others that fall with it");
        if !others.is_empty() && !with_dependents {
            return Err("dependents_would_fall");
        }
        let mut after = self.parts.clone();
        for at in &falling {
            let part = &mut after[*at];
            let actor = by.at(part.desk.item);
            let may = may_on(&actor, Action::Withdraw, &part.desk.case.whereabouts()).map_err(|denial| denial.code());
            let told = |()| part.desk.tell(&actor, acts::withdraw()).map_err(|refusal| refusal.code);
            let done = may.and_then(told);
            let expected = part.model.take(by, &Ask::Withdraw, self.now, part.desk.calendar());
            assert_eq!(done.is_ok(), expected, "{what} of {at}: {done:?}");
            done?;
        }
        let before = std::mem::replace(&mut self.parts, after);
        for at in &falling {
            self.parts[*at].holds(&before[*at].desk.case, before[*at].desk.record.len(), &what);
        }
        self.go_on(&what);
        for (at, (was, is)) in before.iter().zip(&self.parts).enumerate() {
            let mut since = is.desk.record[was.desk.record.len()..].iter().map(|recorded| &recorded.event);
            // Of what stands in the way of another one more may be told.
            let untouched = since.all(|event| matches!(event, Event::HeldBack(_)));
            assert!(falling.contains(&at) || untouched, "{what}: {at} is touched");
        }
        self.seen.withdrawn += usize::from(falling.len() < before.len());
        self.hold(&what);
        Ok(())
    }

    /// Those that are named, and whatever is open and comes after one of them, at whatever remove.
    fn falling(&self, named: &BTreeSet<usize>) -> BTreeSet<usize> {
        let standings = self.standings();
        let mut falling = named.clone();
        for (at, part) in self.parts.iter().enumerate() {
            // What comes before a member comes before it in order.
            if is_open(standings[at]) && part.after.iter().any(|before| falling.contains(before)) {
                falling.insert(at);
            }
        }
        falling
    }

    /// Clause C1-1: one file, for every member that uses it and still takes files.
    pub(crate) fn hand_in(&mut self, nth: usize, by: Person) -> Result<(), &'static str> {
        let (shared, places) = (self.shared(nth).clone(), self.places(nth));
        let what = format!("{} by {by:?} at {}", shared.code, self.now);
        let takes = |(at, material): &(usize, usize)| {
            let part = &self.parts[*at];
            part.model.clone().take(by, &Ask::Attach(*material), self.now, part.desk.calendar())
        };
        let taken = shared.uses.iter().zip(&places).filter(|(_, place)| takes(place));
        let (uses, places): (Vec<MaterialUse>, Vec<(usize, usize)>) =
            taken.map(|(used, place)| (used.clone(), *place)).unzip();
        assert_eq!(self.application.spread(&shared.code, &self.cases()).unwrap(), uses, "{what}");
        let id = self.next_file();
        for (used, (at, material)) in uses.iter().zip(places) {
            let part = &mut self.parts[at];
            let (before, known, actor) = (part.desk.case.clone(), part.desk.record.len(), by.at(part.desk.item));
            let file = AttachedFile { id, ..file(self.now) };
            part.desk.tell(&actor, Command::AttachFile { material: used.material.clone(), file }).unwrap();
            assert!(part.model.take(by, &Ask::Attach(material), self.now, part.desk.calendar()), "{what}");
            part.holds(&before, known, &what);
        }
        self.seen.given += uses.len();
        self.given.push((id, uses));
        self.hold(&what);
        Ok(())
    }

    pub(crate) fn shared(&self, nth: usize) -> &SharedMaterial {
        &self.application.shared[nth % self.application.shared.len()]
    }

    /// Where it is used: of which members, and of which of their materials.
    pub(crate) fn places(&self, nth: usize) -> Vec<(usize, usize)> {
        let place = |used: &MaterialUse| {
            let at = self.application.members.iter().position(|it| it.item == used.item).unwrap();
            let materials = &self.parts[at].desk.item.materials;
            (at, materials.iter().position(|it| it.code == used.material).unwrap())
        };
        self.shared(nth).uses.iter().map(place).collect()
    }

    /// What the next one that is handed in is filed as.
    pub(crate) fn next_file(&self) -> FileId {
        format!("01900000-0000-7000-8001-{:012}", self.given.len()).parse().unwrap()
    }

    pub(crate) fn publish(&mut self, nth: u8) {
        let what = format!("edition {nth} at {}", self.now);
        for part in &mut self.parts {
            let before = part.desk.case.clone();
            let events = editions::publish(&mut part.desk, nth, &what);
            invariants::hold(&before, &part.desk, &events, &what);
        }
        self.hold(&what);
    }

    pub(crate) fn hold(&self, what: &str) {
        let (standings, total) = (self.standings(), self.parts.len());
        let progress = self.application.progress(&self.cases());
        let told: Vec<_> = progress.members.iter().map(|member| member.standing).collect();
        assert_eq!(told, standings, "{what}");
        let count = |wanted| standings.iter().filter(|standing| **standing == wanted).count();
        let achieved = count(MemberStanding::Granted) + count(MemberStanding::NotRequired);
        assert_eq!(progress.granted + progress.not_required, achieved, "{what}");
        let lost = progress.refused + progress.withdrawn + progress.grant_ended + progress.ended;
        assert_eq!(progress.waiting + progress.under_way + achieved + lost, total, "{what}: each once");
        let state = match achieved {
            _ if standings.iter().any(|standing| is_open(*standing)) => ProgressState::Open,
            0 if count(MemberStanding::Withdrawn) == total => ProgressState::Withdrawn,
            0 => ProgressState::Failed,
            achieved if achieved == total => ProgressState::Complete,
            _ => ProgressState::Partial,
        };
        assert_eq!(progress.state, state, "{what}");
        assert_eq!(progress.blocked, 0, "{what}: left hanging after what failed: {standings:?}");
        for (at, part) in self.parts.iter().enumerate() {
            let in_vain = part.desk.case.is_waiting() && self.is_its_turn(at);
            assert!(!in_vain, "{what}: {at} waits for nobody: {standings:?}");
            let first = |of: fn(&Recorded) -> bool| part.desk.record.iter().position(of);
            let begun = first(|it| matches!(it.event, Event::CheckStarted { .. } | Event::Reopened { .. }));
            let ended = first(|it| matches!(it.event, Event::Accepted { .. } | Event::CorrectionsNotified(_)));
            let in_order = part.after.is_empty() || ended.is_none_or(|ended| begun.is_some_and(|begun| begun < ended));
            assert!(in_order, "{what}: {at} went on before its turn");
            let under_way = part.model.has_begun();
            let held_back = part.model.held_back().is_some();
            assert!(!under_way || held_back != self.is_its_turn(at), "{what}: {at} is held back: {held_back}");
            assert_eq!(part.desk.case.held_back.as_ref().map(|held| held.failed), part.model.held_back(), "{what}");
        }
    }

    /// Clause C1-1: what was given once lies once wherever it is used, and nowhere else.
    fn everything_lies_once(&self) {
        for (id, uses) in &self.given {
            for part in &self.parts {
                let case = &part.desk.case;
                for (material, handed) in &case.intake.materials {
                    let used = MaterialUse { item: part.desk.item.item.clone(), material: material.clone() };
                    let lies = handed.files.iter().filter(|file| file.id == *id).count();
                    assert_eq!(lies, usize::from(uses.contains(&used)), "{used:?} of {uses:?}");
                }
            }
        }
    }
}
