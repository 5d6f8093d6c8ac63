//! 每日额度: how many calls and how many new applications a system has on one day of the hall. Applications are counted one by
//! one, in the transaction that files them. Calls are counted in blocks that a process takes from the store, so that few
//! calls cost a write, and all processes together never let in more than the quota.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::NaiveDate;
use kernel::{Centre, Instant, Role, StaffCode};
use moka::sync::Cache;
use persistence::{
    Shard, StoreError, Tx,
    usage::{self, Counted, Taken},
};

use crate::{
    auth::Caller,
    desk::Desk,
    edge::Allowance,
    problem::{Answer, Error, Kind},
};

/// How long a changed quota may go unnoticed.
const TERMS: Duration = Duration::from_secs(5);
/// How long a request waits for the store to say what is left.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it is remembered what was used.
const KEPT: chrono::Duration = chrono::Duration::days(100);

type Program = (Centre, StaffCode);

/// What one process knows of the quotas of calls.
#[derive(Debug)]
pub struct Quotas {
    calls: Cache<Program, Option<u32>>,
    /// What they were when the store last said so, for as long as it says nothing.
    last_known: Cache<Program, Option<u32>>,
    blocks: Mutex<HashMap<Program, Block>>,
}

/// Calls that this process may let in without asking the store.
#[derive(Clone, Copy, Debug)]
struct Block {
    day: NaiveDate,
    quota: u32,
    left: u32,
    /// By everybody, when it was last taken; what is left of the block is among them.
    used: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            calls: Cache::builder().max_capacity(1_000).time_to_live(TERMS).build(),
            last_known: Cache::builder().max_capacity(1_000).build(),
            blocks: Mutex::default(),
        }
    }
}

impl Block {
    fn allowance(&self, now: Instant) -> Allowance {
        let remaining = self.quota.saturating_sub(self.used).saturating_add(self.left);
        Allowance::daily(self.quota, remaining, until_midnight(now))
    }
}

impl Quotas {
    /// Takes one call of the block of the day; none where there is none left and the store may have more.
    fn spend(&self, program: &Program, day: NaiveDate, quota: u32) -> Option<Result<Block, Block>> {
        let mut blocks = self.held();
        let block = blocks.get_mut(program).filter(|block| block.day == day && block.quota == quota)?;
        if block.left > 0 {
            block.left -= 1;
            return Some(Ok(*block));
        }
        (block.used >= quota).then_some(Err(*block))
    }

    fn learn(&self, program: &Program, calls: Option<u32>) {
        self.calls.insert(program.clone(), calls);
        self.last_known.insert(program.clone(), calls);
    }

    /// What was known last, and counts until the store is asked again: whoever has no quota is not refused for want of one.
    ///
    /// # Errors
    /// That of the store, where nothing is known.
    fn without_the_store(&self, program: &Program, error: Error) -> Answer<Option<u32>> {
        let Some(calls) = self.last_known.get(program) else { return Err(error) };
        self.calls.insert(program.clone(), calls);
        Ok(calls)
    }

    fn put(&self, program: Program, day: NaiveDate, quota: u32, Taken { taken, used }: Taken) {
        let mut blocks = self.held();
        let kept = blocks.get(&program).filter(|block| block.day == day && block.quota == quota);
        let left = kept.map_or(0, |block| block.left) + taken;
        let used = kept.map_or(used, |block| block.used.max(used));
        blocks.insert(program, Block { day, quota, left, used });
    }

    // Nothing behind the lock can be left half-changed by a panic.
    fn held(&self) -> MutexGuard<'_, HashMap<Program, Block>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Counts a call of a system, or of an applicant through one, where it has a daily quota. What it has left; and whether
    /// that was one too many.
    ///
    /// # Errors
    /// `unavailable` or `overloaded` where the store does not say in time; nothing was done then.
    pub async fn count_call(self: &Arc<Self>, caller: &Caller) -> Answer<Option<(Allowance, Result<(), Error>)>> {
        let Some(program) = program(caller) else { return Ok(None) };
        let Some(quota) = self.daily_calls(&program).await? else { return Ok(None) };
        loop {
            let now = self.now(program.0);
            let day = now.day();
            match self.quotas.spend(&program, day, quota) {
                Some(Ok(block)) => return Ok(Some((block.allowance(now), Ok(())))),
                Some(Err(block)) => return Ok(Some((block.allowance(now), Err(exceeded(now))))),
                None => {
                    let (centre, client) = program.clone();
                    let take = move |tx: &mut Tx<'_>| {
                        let of = (centre, &client);
                        let taken = usage::take(tx.write(), of, Counted::Calls, day, quota, true)?;
                        taken.ok_or_else(|| tx.contended())
                    };
                    let taken = in_time(self.store.write(Shard::of(&program), take)).await?;
                    self.quotas.put(program.clone(), day, quota, taken);
                }
            }
        }
    }

    async fn daily_calls(&self, program: &Program) -> Answer<Option<u32>> {
        if let Some(known) = self.quotas.calls.get(program) {
            return Ok(known);
        }
        let (centre, client) = program.clone();
        let quota = self.store.read(move |connection| Ok::<_, StoreError>(usage::quota(connection, centre, &client)?));
        match in_time(quota).await {
            Ok(quota) => {
                self.quotas.learn(program, quota.calls);
                Ok(quota.calls)
            }
            Err(error) => self.quotas.without_the_store(program, error),
        }
    }

    /// Forgets what was used long ago.
    pub(crate) async fn forget_old_usage(&self, centre: Centre) -> Answer<()> {
        let before = self.now(centre).plus(-KEPT).day();
        let forget = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(usage::forget(tx.write(), centre, before)?);
        Ok(self.store.write(Shard::of(&centre), forget).await.map(drop)?)
    }
}

/// Counts a new application that a system files, or an applicant through it, where it has a daily quota.
///
/// # Errors
/// `daily_quota_exceeded`, until midnight.
pub(crate) fn count_application(tx: &mut Tx<'_>, centre: Centre, client: &StaffCode, now: Instant) -> Answer<()> {
    let quota = usage::quota(tx.read(), centre, client).map_err(StoreError::from)?;
    let Some(quota) = quota.applications else { return Ok(()) };
    let taken = usage::take(tx.write(), (centre, client), Counted::Applications, now.day(), quota, false);
    match taken.map_err(StoreError::from)? {
        None => Err(tx.contended().into()),
        Some(Taken { taken: 0, .. }) => Err(exceeded(now)),
        Some(_) => Ok(()),
    }
}

/// What the store says, or that it does not say it now: whatever is the matter with it, the request was not begun and may
/// come again.
async fn in_time<T>(asking: impl Future<Output = Result<T, StoreError>>) -> Answer<T> {
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error @ (StoreError::Overloaded | StoreError::Contended))) => Err(error.into()),
        Ok(Err(error)) => {
            tracing::error!(%error, "a call was not counted");
            Err(uncounted())
        }
        Err(_) => Err(uncounted()),
    }
}

fn uncounted() -> Error {
    Error::of(Kind::Unavailable, "额度暂时无法核对，本次操作未执行。")
}

/// The program behind a call; none of staff, who are people.
fn program(caller: &Caller) -> Option<Program> {
    if !matches!(caller.role(), Role::Adapter | Role::Hotline | Role::Applicant) {
        return None;
    }
    let client = caller.client().cloned().or_else(|| caller.identity.client_id.parse().ok())?;
    Some((caller.centre, client))
}

fn exceeded(now: Instant) -> Error {
    Error::Later(Kind::DailyQuotaExceeded, until_midnight(now))
}

/// Seconds until the day of the hall is over.
fn until_midnight(now: Instant) -> u64 {
    let tomorrow = Instant::midnight(now.day() + chrono::Days::new(1));
    u64::try_from((tomorrow.utc() - now.utc()).num_seconds()).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_block_is_spent_and_what_is_left_is_said() {
        let (quotas, day) = (Quotas::default(), NaiveDate::from_ymd_opt(2026, 12, 1).unwrap());
        let program = (Centre::WENLING, "zjzwfw".parse().unwrap());
        assert!(quotas.spend(&program, day, 10).is_none(), "the store is asked first");
        quotas.put(program.clone(), day, 10, Taken { taken: 2, used: 8 });
        assert!(matches!(quotas.spend(&program, day, 10), Some(Ok(Block { left: 1, used: 8, .. }))));
        assert!(quotas.spend(&program, day, 20).is_none(), "another quota is another block");
        assert!(matches!(quotas.spend(&program, day, 10), Some(Ok(Block { left: 0, .. }))));
        assert!(quotas.spend(&program, day, 10).is_none(), "there may be more");
        quotas.put(program.clone(), day, 10, Taken { taken: 0, used: 10 });
        assert!(matches!(quotas.spend(&program, day, 10), Some(Err(_))));
        assert!(quotas.spend(&program, day.succ_opt().unwrap(), 10).is_none(), "tomorrow it is asked again");
    }

    #[test]
    fn what_was_known_last_counts_while_the_store_is_silent() {
        let quotas = Quotas::default();
        let program = |code: &str| (Centre::WENLING, code.parse::<StaffCode>().unwrap());
        quotas.learn(&program("free"), None);
        quotas.learn(&program("counted"), Some(7));
        quotas.calls.invalidate_all();
        let without = |code| quotas.without_the_store(&program(code), uncounted());
        assert!(matches!(without("free"), Ok(None)));
        assert!(matches!(without("counted"), Ok(Some(7))));
        assert!(without("unknown").is_err());
        assert_eq!(quotas.calls.get(&program("counted")), Some(Some(7)), "nobody waits for the store again at once");
    }

    /// Nothing that is the matter with the store is told as a fault of the request.
    #[tokio::test]
    async fn whoever_cannot_be_counted_is_told_to_come_again() {
        let corrupt = in_time::<()>(async { Err(StoreError::Corrupt(String::new())) }).await.unwrap_err();
        assert_eq!((corrupt.kind().status().as_u16(), corrupt.kind().retry_after()), (503, Some(2)));
        let busy = in_time::<()>(async { Err(StoreError::Overloaded) }).await.unwrap_err();
        assert_eq!(busy.kind(), Kind::Overloaded);
    }

    #[test]
    fn a_day_is_over_at_midnight_in_the_hall() {
        assert_eq!(until_midnight(Instant::parse("2026-12-01T15:59:00Z").unwrap()), 61);
    }
}
