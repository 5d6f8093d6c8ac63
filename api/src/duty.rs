//! 到期处理: carries out what time alone does to cases. Every case says itself when it is to be looked at; here it is
//! looked at, late rather than never, and whatever has fallen due is written like any other change. The compare-and-set
//! on the case makes each happen once; the lease only keeps several processes from doing the same work.

use std::sync::Arc;

use chrono::Duration;
use kernel::{Actor, CaseId, Centre, Instant, access::Who};
use persistence::{
    Shard, StoreError, Tx,
    cases::{self, Loaded},
    hall, impasses, leases,
};

use crate::{desk::Desk, papers::Papers, problem::Answer};

/// How many cases are fetched at a time.
const BATCH: i64 = 200;
/// How long a process may be silent before another one takes its work.
const LEASE: Duration = Duration::seconds(30);

impl Desk {
    /// Whatever is to be done without anybody asking: what fell due, and limits to be computed anew.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays done.
    pub async fn do_duties(self: &Arc<Self>) -> Answer<()> {
        let _alone = self.duty.lock().await;
        self.recompute().await?;
        self.let_time_pass().await?;
        Ok(())
    }

    /// Lets everything happen that has fallen due by now, in every centre. How many cases it happened to.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays done.
    pub async fn let_time_pass(self: &Arc<Self>) -> Answer<usize> {
        let centres = self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await?;
        let mut cases = 0;
        for centre in centres {
            cases += self.let_time_pass_in(centre).await?;
            cases += self.let_time_pass_for_impasses(centre).await?;
            self.watch_the_weeks(centre).await?;
            self.watch_the_months(centre).await?;
            cases += self.let_time_pass_over_work_orders(centre).await?;
            self.watch_callbacks(centre).await?;
            cases += self.let_time_pass_over_plans(centre).await?;
            self.play_scripts(centre).await?;
        }
        Ok(cases)
    }

    async fn let_time_pass_in(self: &Arc<Self>, centre: Centre) -> Answer<usize> {
        let mut done = 0;
        loop {
            let now = self.now(centre);
            let due = move |connection: &mut _| Ok::<_, StoreError>(cases::due(connection, centre, now, BATCH)?);
            let due = self.store.read(due).await?;
            if due.is_empty() || !self.holds(centre, "duty").await? {
                return Ok(done);
            }
            let mut failed = None;
            for id in due {
                match self.let_fall_due(centre, id).await {
                    Ok(()) => done += 1,
                    // The others do not wait for it; it is tried again with the next look.
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }

    /// The same for impasses (办不成事).
    async fn let_time_pass_for_impasses(self: &Arc<Self>, centre: Centre) -> Answer<usize> {
        let mut done = 0;
        loop {
            let now = self.now(centre);
            let due = move |connection: &mut _| Ok::<_, StoreError>(impasses::due(connection, centre, now, BATCH)?);
            let due = self.store.read(due).await?;
            if due.is_empty() || !self.holds(centre, "duty").await? {
                return Ok(done);
            }
            let mut failed = None;
            for id in due {
                match self.let_impasse_fall_due(centre, id).await {
                    Ok(()) => done += 1,
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                return Err(error);
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
