//! What the program does with the cases of one application, in one transaction (clause C1-1, rule L10).

use std::collections::{BTreeMap, BTreeSet};

use casework::{
    Command, Event, Stage, begin_check,
    package::{Application, MemberCase, MemberCases},
    predecessor_failed,
};
use catalog::MaterialUse;
use intake::AttachedFile;
use kernel::{
    Actor, Calendar, CaseId, Context, Instant, ItemCode, MaterialCode,
    access::{Who, may_on},
    id::PackageApplicationId,
};
use persistence::{
    Tx,
    cases::{self, Loaded},
    packages::applications,
};

use crate::{
    hall::{Numbers, Person, acts},
    model::Ask,
    plan::version,
    put::{PRACTICE, happened, put},
    support::{Failure, centre::CENTRE},
};

type Members = BTreeMap<ItemCode, Loaded>;

/// At one moment. Knows nothing of the cases but that they are of this application.
#[derive(Clone)]
pub(crate) struct Through {
    pub(crate) id: PackageApplicationId,
    pub(crate) now: Instant,
    pub(crate) calendar: &'static Calendar,
    /// What the papers of each member are numbered by.
    pub(crate) numbers: BTreeMap<ItemCode, Numbers>,
}

fn system() -> Actor {
    Actor { centre: CENTRE, who: Who::System }
}

fn member_cases(members: &Members) -> MemberCases<'_> {
    let member = |(code, loaded)| {
        let (code, Loaded { case, .. }): (&ItemCode, &Loaded) = (code, loaded);
        (code.clone(), MemberCase { case, item: version(code.as_str()) })
    };
    members.iter().map(member).collect()
}

impl Through {
    pub(crate) fn act(&mut self, tx: &mut Tx<'_>, id: CaseId, person: Person, ask: &Ask) -> Result<(), Failure> {
        let before = cases::load(tx.read(), CENTRE, id)?.unwrap();
        let code = before.case.item.code.clone();
        if matches!(ask, Ask::Reopen) && before.case.stage != Stage::Closed {
            let (application, members) = self.members(tx)?;
            application.may_accept(&code, &member_cases(&members))?;
        }
        let item = version(code.as_str());
        let (actor, command) = (person.at(item), ask.command(item, &before.case, self.now));
        let events = self.decided(&before, command, &actor)?;
        self.write_down(tx, before, events, &actor)
    }

    /// Whatever has fallen due, in the order of the members.
    pub(crate) fn fall_due(&mut self, tx: &mut Tx<'_>) -> Result<(), Failure> {
        let (application, _) = self.members(tx)?;
        for member in &application.members {
            let before = cases::load(tx.read(), CENTRE, application.cases[&member.item])?.unwrap();
            if before.wake_at.is_none_or(|at| at > self.now) {
                continue;
            }
            let system = system();
            let ctx = self.context(&system);
            let numbers = self.numbers.get_mut(&member.item).unwrap();
            let events = before.case.fall_due(version(member.item.as_str()), numbers, &ctx)?;
            self.write_down(tx, before, events, &system)?;
        }
        Ok(())
    }

    /// 部分撤回
    pub(crate) fn withdraw(
        &mut self,
        tx: &mut Tx<'_>,
        named: &BTreeSet<ItemCode>,
        with_dependents: bool,
        by: Person,
    ) -> Result<(), Failure> {
        let (application, mut members) = self.members(tx)?;
        let cases = member_cases(&members);
        let others: BTreeSet<ItemCode> = named.iter().flat_map(|item| application.falls_with(item, &cases)).collect();
        if !with_dependents && !others.is_subset(named) {
            return Err(Failure::Refused("dependents_would_fall"));
        }
        let application = self.take(tx)?;
        let falls = |item: &&ItemCode| named.contains(*item) || others.contains(*item);
        for item in application.members.iter().map(|member| &member.item).filter(falls) {
            let (before, actor) = (members.remove(item).unwrap(), by.at(version(item.as_str())));
            let events = self.decided(&before, acts::withdraw(), &actor)?;
            self.write_alone(tx, before, events, &actor)?;
        }
        self.go_on(tx, &application)
    }

    /// 共用材料分发
    pub(crate) fn hand_in(
        &mut self,
        tx: &mut Tx<'_>,
        shared: &MaterialCode,
        file: &AttachedFile,
        by: Person,
    ) -> Result<(), Failure> {
        let (application, mut members) = self.members(tx)?;
        for MaterialUse { item, material } in application.spread(shared, &member_cases(&members))? {
            let (before, actor) = (members.remove(&item).unwrap(), by.at(version(item.as_str())));
            let events = self.decided(&before, Command::AttachFile { material, file: file.clone() }, &actor)?;
            self.write_alone(tx, before, events, &actor)?;
        }
        Ok(())
    }

    /// Rule L1: one of them is read anew by another edition.
    pub(crate) fn publish(&mut self, tx: &mut Tx<'_>, id: CaseId, new: &'static Calendar) -> Result<(), Failure> {
        let before = cases::load(tx.read(), CENTRE, id)?.unwrap();
        let moves = before.case.moved_by((self.calendar, new), &PRACTICE, self.now.day());
        let events = (!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect();
        let happened = happened(&before.case, events, &system(), self.now);
        put(tx, before, happened, (self.now, new)).map(drop)
    }

    fn context<'a>(&self, actor: &'a Actor) -> Context<'a> {
        Context { now: self.now, actor, calendar: self.calendar, practice: &PRACTICE }
    }

    fn members(&self, tx: &mut Tx<'_>) -> Result<(Application, Members), Failure> {
        let stored = applications::get(tx.read(), CENTRE, self.id)?.unwrap();
        let loaded = cases::of_package(tx.read(), CENTRE, self.id)?;
        Ok((stored.application, loaded.into_iter().map(|it| (it.case.item.code.clone(), it)).collect()))
    }

    fn decided(&mut self, before: &Loaded, command: Command, actor: &Actor) -> Result<Vec<Event>, Failure> {
        let case = &before.case;
        may_on(actor, command.action(), &case.whereabouts()).map_err(|denial| Failure::Refused(denial.code()))?;
        let ctx = self.context(actor);
        let numbers = self.numbers.get_mut(&case.item.code).unwrap();
        Ok(case.decide(command, version(case.item.code.as_str()), numbers, &ctx)?)
    }

    /// With what follows from it for the others.
    fn write_down(&mut self, tx: &mut Tx<'_>, before: Loaded, events: Vec<Event>, by: &Actor) -> Result<(), Failure> {
        let happened = happened(&before.case, events, by, self.now);
        let application = Application::may_move(&before.case, &happened.0).then(|| self.take(tx)).transpose()?;
        put(tx, before, happened, (self.now, self.calendar))?;
        application.map_or(Ok(()), |application| self.go_on(tx, &application))
    }

    fn write_alone(&self, tx: &mut Tx<'_>, before: Loaded, events: Vec<Event>, by: &Actor) -> Result<(), Failure> {
        let happened = happened(&before.case, events, by, self.now);
        put(tx, before, happened, (self.now, self.calendar)).map(drop)
    }

    /// The row of the whole, held until the end of the transaction.
    fn take(&self, tx: &mut Tx<'_>) -> Result<Application, Failure> {
        let mut application = applications::get(tx.read(), CENTRE, self.id)?.unwrap().application;
        let seen = application.version;
        application.version += 1;
        assert!(applications::save(tx.write(), seen, &application)?, "nobody else writes to it");
        assert!(!applications::save(tx.write(), seen, &application)?, "version {seen} twice");
        Ok(application)
    }

    /// 串联事项: who waited for it alone begins, who was under way is held back or goes on, who waits in vain ends.
    fn go_on(&mut self, tx: &mut Tx<'_>, application: &Application) -> Result<(), Failure> {
        let (_, mut members) = self.members(tx)?;
        if !application.holds(&member_cases(&members), self.now.day())?.is_empty() {
            // What time has done by now to whoever is held back comes before.
            self.fall_due(tx)?;
            (_, members) = self.members(tx)?;
        }
        let cases = member_cases(&members);
        let (released, barred) = (application.released(&cases), application.barred(&cases));
        let holds = application.holds(&cases, self.now.day())?;
        let system = system();
        for item in released {
            let begun = begin_check(&self.context(&system));
            self.write_alone(tx, members.remove(&item).unwrap(), vec![begun], &system)?;
        }
        for (item, event) in holds {
            self.write_alone(tx, members.remove(&item).unwrap(), vec![event], &system)?;
        }
        for (item, why) in barred {
            let event = predecessor_failed(&why, self.numbers.get_mut(&item).unwrap())?;
            self.write_alone(tx, members.remove(&item).unwrap(), vec![event], &system)?;
        }
        Ok(())
    }
}
