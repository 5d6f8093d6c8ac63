//! 到期处理: carries out what time alone does. Everything says itself when it is to be looked at; here it is looked at, late
//! rather than never, and whatever has fallen due is written like any other change. The compare-and-set on each makes it
//! happen once; the lease only keeps several processes from doing the same work. Each is looked at for itself: one that
//! cannot be is set back, and nothing else waits for it.

use std::{fmt::Display, sync::Arc};

use chrono::Duration;
use kernel::{Actor, CaseId, Centre, Instant, access::Who, id::DraftId};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::{self, Loaded},
    drafts, hall, impasses, leases, outbox,
};

use crate::{
    desk::Desk,
    papers::Papers,
    problem::{Answer, Error},
};

/// How many are fetched at a time.
const BATCH: i64 = 200;
/// How long a process may be silent before another one takes its work.
const LEASE: Duration = Duration::seconds(30);

/// Which of a kind are due in a centre by now, at most so many.
type Due<Id, E> = fn(&mut Connection, Centre, Instant, i64) -> Result<Vec<Id>, E>;

impl Desk {
    /// Whatever is to be done without anybody asking: what fell due, and limits to be computed anew.
    ///
    /// # Errors
    /// Those of the store; whatever could be done is done.
    pub async fn do_duties(self: &Arc<Self>) -> Answer<()> {
        let _alone = self.duty.lock().await;
        let recomputed = self.recompute().await;
        self.let_time_pass().await.and(recomputed)
    }

    /// Lets everything happen that has fallen due by now, in every centre. To how much it happened.
    ///
    /// # Errors
    /// The first one; whatever could be done is done.
    pub async fn let_time_pass(self: &Arc<Self>) -> Answer<usize> {
        let centres = self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await?;
        let mut passed = Ok(0);
        for centre in centres {
            let (case, impasse) = (|id| self.let_fall_due(centre, id), |id| self.let_impasse_fall_due(centre, id));
            // First, so that whoever is reminded is there.
            passed = both(passed, self.settle_postings(centre).await.map(|()| 0));
            passed = both(passed, self.each_due(centre, "case", cases::due, case).await);
            passed = both(passed, self.each_due(centre, "impasse", impasses::due, impasse).await);
            passed = both(passed, self.watch_the_weeks(centre).await.map(|()| 0));
            passed = both(passed, self.watch_the_months(centre).await.map(|()| 0));
            passed = both(passed, self.let_time_pass_over_work_orders(centre).await);
            passed = both(passed, self.watch_backlogs(centre).await.map(|()| 0));
            passed = both(passed, self.let_time_pass_over_plans(centre).await);
            passed =
                both(passed, self.each_due(centre, "draft", drafts::due, |id| self.forget_draft(centre, id)).await);
            passed = both(passed, self.play_scripts(centre).await.map(|()| 0));
        }
        passed
    }

    /// Looks at each of a kind that is due, until none is left that does not have to wait.
    ///
    /// # Errors
    /// Those of the store that are no fault of any one of them.
    pub(crate) async fn each_due<Id, E, Looked>(
        self: &Arc<Self>,
        centre: Centre,
        kind: &'static str,
        due: Due<Id, E>,
        look: impl Fn(Id) -> Looked + Send,
    ) -> Answer<usize>
    where
        Id: Display + Copy + Send + 'static,
        E: 'static,
        StoreError: From<E>,
        Looked: Future<Output = Answer<()>> + Send,
    {
        let mut done = 0;
        loop {
            let (now, waiting) = (self.now(centre), self.setbacks.waiting(kind, centre));
            let most = BATCH + i64::try_from(waiting.len()).map_err(Error::internal)?;
            let found = self.store.read(move |connection| due(connection, centre, now, most).map_err(StoreError::from));
            let found: Vec<Id> = found.await?;
            let found: Vec<Id> = found.into_iter().filter(|id| !waiting.contains(&id.to_string())).collect();
            if found.is_empty() || !self.holds(centre, kind).await? {
                return Ok(done);
            }
            for id in found {
                match look(id).await {
                    Ok(()) => {
                        self.setbacks.over(kind, centre, &id.to_string());
                        done += 1;
                    }
                    Err(error) => self.setbacks.set_back(kind, centre, id.to_string(), error)?,
                }
            }
        }
    }

    /// Takes or keeps the lease on a duty of a centre. In a sandbox whoever moves the clock waits for what falls due, and
    /// not for the lease of a process that is gone.
    pub(crate) async fn holds(&self, centre: Centre, duty: &'static str) -> Answer<bool> {
        if self.clock.is_movable() {
            return Ok(true);
        }
        let (now, holder) = (self.clock.machine_now(), self.process.clone());
        let take = move |tx: &mut persistence::Tx<'_>| {
            Ok::<_, StoreError>(leases::take(tx.write(), centre, duty, &holder, now, now.plus(LEASE))?)
        };
        Ok(self.store.write(Shard::of(&(centre, duty)), take).await?)
    }

    /// Gives up whatever this process holds and closes the store, so that whoever comes next need not wait.
    pub(crate) async fn close(&self) {
        if let Err(error) = self.put_readers().await {
            tracing::warn!(%error, "how far the feed was read last was not kept");
        }
        let holder = self.process.clone();
        let release = move |tx: &mut Tx<'_>| {
            leases::release_all(tx.write(), &holder)?;
            Ok::<_, StoreError>(outbox::release(tx.write(), &holder)?)
        };
        if let Err(error) = self.store.write(Shard::of("leases"), release).await {
            tracing::warn!(%error, "the leases and claims of this process run out by themselves");
        }
        self.store.shutdown().await;
    }

    /// 草稿到期: what was not handed in in time is kept no longer.
    async fn forget_draft(&self, centre: Centre, id: DraftId) -> Answer<()> {
        let now = self.now(centre);
        let forget = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(drafts::forget(tx.write(), centre, id, now)?);
        Ok(self.store.write(Shard::of(&id), forget).await?)
    }

    async fn let_fall_due(self: &Arc<Self>, centre: Centre, id: CaseId) -> Answer<()> {
        let desk = Arc::clone(self);
        let fall =
            move |tx: &mut persistence::Tx<'_>| match cases::load(tx.read(), centre, id).map_err(StoreError::from)? {
                Some(loaded) => desk.after_what_fell_due(tx, loaded, desk.now(centre)).map(drop),
                None => Ok(()),
            };
        self.store.write(Shard::of(&id), fall).await
    }

    /// A case once everything has happened to it that has fallen due by `now`. Whoever acts on a case finds it so, however
    /// late the duties are.
    pub(crate) fn after_what_fell_due(&self, tx: &mut Tx<'_>, before: Loaded, now: Instant) -> Answer<Loaded> {
        if before.wake_at.is_none_or(|at| at > now) {
            return Ok(before);
        }
        let centre = before.case.centre;
        let actor = Actor { centre, who: Who::System };
        let calendar = self.calendar(tx.read(), centre)?;
        let item = self.version_of(tx.read(), &before.case)?;
        let ctx = self.context(&actor, &calendar, now);
        let events = Papers::with(tx, &ctx, |papers| before.case.fall_due(&item, papers, &ctx))?;
        self.write_down(tx, before, events, &ctx)
    }
}

/// How much in all; the first error, where there is one.
fn both(passed: Answer<usize>, done: Answer<usize>) -> Answer<usize> {
    Ok(passed? + done?)
}
