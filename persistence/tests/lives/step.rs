//! One step of a case through the store, as the program takes it.

use casework::{Case, Event};
use catalog::ItemVersion;
use kernel::{Actor, Calendar, CaseId, Context, Instant, access::may_on};
use persistence::{Shard, Store, Tx, cases};

use crate::{
    hall::Numbers,
    model::Ask,
    put::{PRACTICE, happened, put, written},
    support::{Failure, centre::CENTRE},
};

/// One step of one case as the store takes it, knowing nothing of the case but its id.
pub(crate) struct Step {
    pub(crate) id: CaseId,
    pub(crate) item: &'static ItemVersion,
    pub(crate) numbers: Numbers,
    pub(crate) now: Instant,
    pub(crate) actor: Actor,
    pub(crate) ask: Option<Ask>,
    pub(crate) calendar: &'static Calendar,
    /// The edition that comes into force with it, in the place of any ask.
    pub(crate) edition: Option<&'static Calendar>,
}

impl Step {
    pub(crate) async fn taken(self, store: Store) -> Result<Vec<Event>, &'static str> {
        written(store, Shard::of(&self.id), move |tx| self.written(tx)).await
    }

    fn written(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>, Failure> {
        let before = cases::load(tx.read(), CENTRE, self.id)?.unwrap();
        let ctx = Context { now: self.now, actor: &self.actor, calendar: self.calendar, practice: &PRACTICE };
        let events = self.decided(&before.case, &ctx)?;
        let happened = happened(&before.case, events.clone(), &self.actor, self.now);
        put(tx, before, happened, (self.now, self.edition.unwrap_or(self.calendar)))?;
        Ok(events)
    }

    fn decided(&self, case: &Case, ctx: &Context<'_>) -> Result<Vec<Event>, Failure> {
        if let Some(edition) = self.edition {
            let moves = case.moved_by((self.calendar, edition), &PRACTICE, self.now.day());
            return Ok((!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect());
        }
        let mut numbers = self.numbers.clone();
        let Some(ask) = &self.ask else { return Ok(case.fall_due(self.item, &mut numbers, ctx)?) };
        let command = ask.command(self.item, case, self.now);
        may_on(&self.actor, command.action(), &case.whereabouts()).map_err(|denial| Failure::Refused(denial.code()))?;
        Ok(case.decide(command, self.item, &mut numbers, ctx)?)
    }
}
