//! One step of a case through the store, as the program takes it.

use casework::{Case, Event, Participation, Recorded};
use catalog::ItemVersion;
use kernel::{Actor, Calendar, CaseId, Context, Instant, Refusal, access::may_on};
use persistence::{
    Shard, Store, StoreError, Tx,
    cases::{self, Clockwork, Saved},
    participants::{self, Participant},
};

use crate::{PRACTICE, hall::Numbers, model::Ask, support::centre::CENTRE};

pub(crate) fn rows(case: &Case, calendar: &Calendar, now: Instant) -> Vec<Participant> {
    let row = |Participation { department, part, open, limit }| {
        let due_on = limit.map(|limit| limit.due(calendar, now.day()).date);
        Participant { department, part, open, due_on }
    };
    case.participations().into_iter().map(row).collect()
}

#[derive(Debug)]
enum Failed {
    Store(StoreError),
    Refused(&'static str),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.code)
    }
}

pub(crate) fn clockwork<'a>(calendar: &'a Calendar, now: Instant, wake_at: Option<Instant>) -> Clockwork<'a> {
    Clockwork { calendar, thresholds: &PRACTICE.thresholds, today: now.day(), wake_at }
}

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
        match store.write(Shard::of(&self.id), move |tx| self.written(tx)).await {
            Ok(events) => Ok(events),
            Err(Failed::Refused(code)) => Err(code),
            Err(Failed::Store(error)) => panic!("{error:?}"),
        }
    }

    fn written(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>, Failed> {
        let before = cases::load(tx.read(), CENTRE, self.id)?.unwrap();
        let ctx = Context { now: self.now, actor: &self.actor, calendar: self.calendar, practice: &PRACTICE };
        let events = self.decided(&before.case, &ctx)?;
        let mut case = before.case.clone();
        let recorded: Vec<_> = (case.version + 1..)
            .zip(events.clone())
            .map(|(version, event)| Recorded { version, at: self.now, by: self.actor.signature(), event })
            .collect();
        recorded.iter().for_each(|recorded| case.apply(recorded));
        let calendar = self.edition.unwrap_or(self.calendar);
        let clockwork = clockwork(calendar, self.now, case.wakes_at(calendar, &PRACTICE, self.now));
        let saved = cases::save(tx.write(), &before, &case, &recorded, clockwork)?;
        assert!(matches!(saved, Saved::Done(_)), "nobody else writes to it");
        // A due date in a row is an index: it moves with the calendar though the limit behind it stays.
        let calendar_stays = events.iter().any(Event::is_its_own);
        let parts = case.participations();
        if parts != before.case.participations() || (!calendar_stays && !parts.is_empty()) {
            participants::set(tx.write(), CENTRE, self.id, &rows(&case, calendar, self.now))?;
        }
        if !events.is_empty() {
            let again = cases::save(tx.write(), &before, &case, &recorded, clockwork)?;
            assert_eq!(again, Saved::Stale, "{events:?} twice");
        }
        Ok(events)
    }

    fn decided(&self, case: &Case, ctx: &Context<'_>) -> Result<Vec<Event>, Failed> {
        if let Some(edition) = self.edition {
            let moves = case.moved_by(self.calendar, edition, self.now.day());
            return Ok((!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect());
        }
        let mut numbers = self.numbers.clone();
        let Some(ask) = &self.ask else { return Ok(case.fall_due(self.item, &mut numbers, ctx)?) };
        let command = ask.command(self.item, case, self.now);
        may_on(&self.actor, command.action(), &case.whereabouts()).map_err(|denial| Failed::Refused(denial.code()))?;
        Ok(case.decide(command, self.item, &mut numbers, ctx)?)
    }
}
