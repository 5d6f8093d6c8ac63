//! 岗位终止: once a posting has ended, what rests on whoever left goes back to the window or the department, case by case,
//! impasse by impasse and consultation by consultation, each in a transaction of its own. The posting is settled after the
//! last one, so that the work goes on wherever it was left.

mod consultations;
mod impasses;

pub(crate) use self::impasses::taken_up_without;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use casework::Event;
use kernel::{Actor, CaseId, Centre, PostingId, Role, StaffCode, access::Who};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::{self, Loaded},
    hall::{self, StoredPosting},
};

use crate::{
    desk::Desk,
    problem::{Answer, Error, Kind},
};

/// How many are fetched at a time.
const BATCH: i64 = 200;
/// Longer than any process goes on with postings that it has read: only then does nothing new come to whoever left.
const BELIEVED: Duration = Duration::from_secs(10);
const KIND: &str = "posting";

/// When each posting that has ended was first looked at. Of this process alone: another one looks at all of them anew.
#[derive(Debug, Default)]
pub struct Leavings(Mutex<BTreeMap<(Centre, PostingId), Instant>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    First,
    Wait,
    Last,
}

impl Leavings {
    fn all(&self) -> MutexGuard<'_, BTreeMap<(Centre, PostingId), Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, of: (Centre, PostingId)) -> Look {
        match self.all().get(&of) {
            None => Look::First,
            Some(first) if first.elapsed() < BELIEVED => Look::Wait,
            Some(_) => Look::Last,
        }
    }

    fn begin(&self, of: (Centre, PostingId)) {
        self.all().entry(of).or_insert_with(Instant::now);
    }

    fn forget(&self, of: (Centre, PostingId)) {
        self.all().remove(&of);
    }
}

impl Desk {
    /// Looks at every posting that has ended: at once, and once more when nobody believes in it any longer.
    ///
    /// # Errors
    /// Those of the store that are no fault of any one case; the next call goes on from there.
    pub(crate) async fn settle_postings(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let (today, waiting) = (self.now(centre).day(), self.setbacks.waiting(KIND, centre));
        let most = BATCH + i64::try_from(waiting.len()).map_err(Error::internal)?;
        let ended =
            move |connection: &mut Connection| Ok::<_, StoreError>(hall::unsettled(connection, centre, today, most)?);
        for posting in self.store.read(ended).await? {
            let look = self.leavings.look((centre, posting.id));
            if look == Look::Wait || waiting.contains(&posting.id.to_string()) {
                continue;
            }
            if !self.holds(centre, KIND).await? {
                break;
            }
            self.leavings.begin((centre, posting.id));
            match self.all_go_back(centre, &posting).await {
                Ok(()) if look == Look::Last => self.settle_posting(centre, posting.id).await?,
                Ok(()) => {}
                Err(error) => self.setbacks.set_back(KIND, centre, posting.id.to_string(), error)?,
            }
        }
        Ok(())
    }

    async fn settle_posting(&self, centre: Centre, id: PostingId) -> Answer<()> {
        let now = self.now(centre);
        let settle = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(hall::settle(tx.write(), centre, id, now)?);
        self.store.write(Shard::of(&id), settle).await?;
        self.leavings.forget((centre, id));
        self.setbacks.over(KIND, centre, &id.to_string());
        Ok(())
    }

    /// Looks at each open case of the unit, at each open impasse and at what they answer for of consultations. One that could
    /// not be looked at keeps the others from nothing.
    ///
    /// # Errors
    /// That of the first one, after all others; at once where the store itself is out of reach.
    async fn all_go_back(self: &Arc<Self>, centre: Centre, posting: &StoredPosting) -> Answer<()> {
        // Consultations before impasses: one that became an impasse meanwhile is found among those.
        let consultations = self.consultations_go_back(centre, posting).await;
        let cases = self.cases_go_back(centre, posting).await;
        let impasses = self.impasses_go_back(centre, posting).await;
        consultations.and(cases).and(impasses)
    }

    async fn cases_go_back(self: &Arc<Self>, centre: Centre, posting: &StoredPosting) -> Answer<()> {
        // Heads answer for no case.
        if posting.record.role == Role::DepartmentHead {
            return Ok(());
        }
        let record = posting.record.clone();
        let open =
            move |connection: &mut Connection, after| Ok(cases::open_at(connection, centre, &record, after, BATCH)?);
        let go = |id| self.goes_back(centre, id, posting.record.staff.clone());
        self.each_goes_back(centre, posting.id, open, go).await
    }

    /// Does `go` to each that `list` gives, batch by batch. One that is damaged is told and left: looking again would not mend
    /// it.
    ///
    /// # Errors
    /// That of the first other one, after all of them; at once where the store itself is out of reach.
    async fn each_goes_back<I, L, G>(
        &self,
        centre: Centre,
        posting: PostingId,
        list: L,
        go: impl Fn(I) -> G,
    ) -> Answer<()>
    where
        I: Copy + fmt::Display + Send + 'static,
        L: Fn(&mut Connection, Option<I>) -> Result<Vec<I>, StoreError> + Clone + Send + 'static,
        G: Future<Output = Answer<()>>,
    {
        let (mut after, mut failed) = (None, None);
        loop {
            let (list, from) = (list.clone(), after);
            let batch = self.store.read(move |connection| list(connection, from)).await?;
            let Some(last) = batch.last() else { return failed.map_or(Ok(()), Err) };
            after = Some(*last);
            for id in batch {
                let Err(error) = go(id).await else { continue };
                if matches!(error.kind(), Kind::Unavailable | Kind::StorageFull) {
                    return Err(error);
                }
                tracing::error!(%centre, %posting, of = %id, %error, "what rests on whoever left could not be looked at");
                if error.kind() != Kind::Internal {
                    failed.get_or_insert(error);
                }
            }
        }
    }

    /// 职责随岗位终止回到部门或窗口. Most cases rest on others, and are only looked at.
    async fn goes_back(self: &Arc<Self>, centre: Centre, id: CaseId, staff: StaffCode) -> Answer<()> {
        let (desk, of) = (Arc::clone(self), staff.clone());
        let rests = move |connection: &mut Connection| -> Answer<bool> {
            Ok(desk.going_back(connection, centre, id, &of)?.is_some())
        };
        if !self.store.read(rests).await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        let go = move |tx: &mut Tx<'_>| -> Answer<()> {
            let Some((before, event)) = desk.going_back(tx.read(), centre, id, &staff)? else { return Ok(()) };
            let actor = Actor { centre, who: Who::System };
            let calendar = desk.calendar(tx.read(), centre)?;
            let ctx = desk.context(&actor, &calendar, desk.now(centre));
            desk.write_down(tx, before, vec![event], &ctx).map(drop)
        };
        self.store.write(Shard::of(&id), go).await
    }

    /// The case, and what happens to it now that somebody has left; None where nothing of it rests on them.
    fn going_back(
        &self,
        connection: &mut Connection,
        centre: Centre,
        id: CaseId,
        staff: &StaffCode,
    ) -> Answer<Option<(Loaded, Event)>> {
        let Some(loaded) = cases::load(connection, centre, id).map_err(StoreError::from)? else { return Ok(None) };
        let today = self.now(centre).day();
        let running = hall::running(connection, centre, staff, today).map_err(StoreError::from)?;
        let event = loaded.case.after_leaving(staff, &running);
        Ok(event.map(|event| (loaded, event)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Clause B5-1: what came to somebody while their posting was still believed in somewhere is seen at the last look.
    #[test]
    fn a_posting_is_looked_at_twice() {
        let (leavings, of) = (Leavings::default(), (Centre::WENLING, PostingId::fresh(now())));
        assert_eq!(leavings.look(of), Look::First);
        leavings.begin(of);
        assert_eq!(leavings.look(of), Look::Wait);
        let long_ago = Instant::now().checked_sub(BELIEVED).unwrap();
        leavings.all().insert(of, long_ago);
        leavings.begin(of);
        assert_eq!(leavings.look(of), Look::Last);
        leavings.forget(of);
        assert_eq!(leavings.look(of), Look::First);
    }

    fn now() -> kernel::Instant {
        kernel::Instant::new(chrono::Utc::now())
    }
}
