//! What the program does when it writes to a case: its row, its record, and the departments that have a part in it.

use std::sync::LazyLock;

use casework::{Case, Event, Participation, Recorded};
use kernel::{Actor, Calendar, Instant, Practice};
use persistence::{
    Shard, Store, Tx,
    cases::{self, Clockwork, Loaded, Saved},
    participants::{self, Participant},
};

use crate::support::{Failure, centre::CENTRE};

pub(crate) static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);

/// Of so many versions of a case one is saved a second time, which must not go through.
const TWICE: u64 = 4;

/// Through the store; a refusal is the only answer besides what was asked for.
pub(crate) async fn written<T: Send + 'static>(
    store: Store,
    shard: Shard,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, &'static str> {
    match store.write(shard, work).await {
        Ok(done) => Ok(done),
        Err(Failure::Refused(code)) => Err(code),
        Err(Failure::Store(error)) => panic!("{error:?}"),
    }
}

pub(crate) fn clockwork(calendar: &Calendar, now: Instant, wake_at: Option<Instant>) -> Clockwork<'_> {
    Clockwork { calendar, thresholds: &PRACTICE.thresholds, today: now.day(), wake_at }
}

pub(crate) fn rows(case: &Case, calendar: &Calendar, now: Instant) -> Vec<Participant> {
    let row = |Participation { department, part, open, limit }| {
        let due_on = limit.map(|limit| limit.due(calendar, now.day()).date);
        Participant { department, part, open, due_on }
    };
    case.participations().into_iter().map(row).collect()
}

/// A case after events of one moment and one hand, with what goes on the record.
pub(crate) fn happened(before: &Case, events: Vec<Event>, by: &Actor, now: Instant) -> (Case, Vec<Recorded>) {
    let record = |(version, event)| Recorded { version, at: now, by: by.signature(), event };
    let recorded: Vec<_> = (before.version + 1..).zip(events).map(record).collect();
    let mut case = before.clone();
    recorded.iter().for_each(|recorded| case.apply(recorded));
    (case, recorded)
}

/// Written by the calendar in force.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    before: Loaded,
    (case, recorded): (Case, Vec<Recorded>),
    (now, calendar): (Instant, &Calendar),
) -> Result<Loaded, Failure> {
    let wake_at = case.wakes_at(calendar, &PRACTICE, now);
    let clockwork = clockwork(calendar, now, wake_at);
    let saved = cases::save(tx.write(), &before, &case, &recorded, clockwork)?;
    let Saved::Done(head) = saved else { panic!("nobody else writes to it") };
    // A due date in a row is an index: it moves with the calendar though the limit behind it stays.
    let calendar_stays = recorded.iter().any(|recorded| recorded.event.is_its_own());
    let parts = case.participations();
    if parts != before.case.participations() || (!calendar_stays && !parts.is_empty()) {
        participants::set(tx.write(), CENTRE, case.id, &rows(&case, calendar, now))?;
    }
    if !recorded.is_empty() && case.version.is_multiple_of(TWICE) {
        let again = cases::save(tx.write(), &before, &case, &recorded, clockwork)?;
        assert_eq!(again, Saved::Stale, "{recorded:?} twice");
    }
    Ok(Loaded { case, head, wake_at, ..before })
}
