//! 搁置: what fell due and could not be carried out is tried again later, and each time later still, so that nothing else
//! waits for it. Of this process alone: another one, or this one started again, begins anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kernel::Centre;

use crate::problem::{Error, Kind};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);

/// Of what kind, in which centre, and its id.
type Key = (&'static str, Centre, String);

#[derive(Debug, Default)]
pub struct Setbacks(Mutex<BTreeMap<Key, Setback>>);

#[derive(Clone, Copy, Debug)]
struct Setback {
    times: u32,
    until: Instant,
}

impl Setbacks {
    fn all(&self) -> MutexGuard<'_, BTreeMap<Key, Setback>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ids of a kind that are not tried again yet.
    pub fn waiting(&self, kind: &'static str, centre: Centre) -> BTreeSet<String> {
        let now = Instant::now();
        let all = self.all();
        let of_kind = all.iter().filter(|((its, of, _), it)| (*its, *of) == (kind, centre) && it.until > now);
        of_kind.map(|((_, _, id), _)| id.clone()).collect()
    }

    /// It failed: said in the log, counted, and set back. Where the database itself is out of reach it is nobody's own
    /// fault, and the error is given back.
    ///
    /// # Errors
    /// The error, where it says nothing of this one.
    pub fn set_back(&self, kind: &'static str, centre: Centre, id: String, error: Error) -> Result<(), Error> {
        if matches!(error.kind(), Kind::Unavailable | Kind::StorageFull) {
            return Err(error);
        }
        metrics::counter!("duty_failures_total", "kind" => kind).increment(1);
        let mut all = self.all();
        let times = all.get(&(kind, centre, id.clone())).map_or(1, |it| it.times.saturating_add(1));
        let delay = FIRST.saturating_mul(1 << (times - 1).min(16)).min(LONGEST);
        tracing::error!(kind, %centre, id, times, %error, "what fell due could not be carried out; it is tried again later");
        all.insert((kind, centre, id), Setback { times, until: Instant::now() + delay });
        Ok(())
    }

    /// What came of looking at one of many; None, set back, where it failed by itself.
    ///
    /// # Errors
    /// Where it may well succeed in a moment.
    pub fn unless_its_own<T>(
        &self,
        outcome: Result<T, Error>,
        kind: &'static str,
        centre: Centre,
        id: impl Display,
    ) -> Result<Option<T>, Error> {
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.kind() == Kind::Internal => {
                self.set_back(kind, centre, id.to_string(), error).map(|()| None)
            }
            Err(error) => Err(error),
        }
    }

    /// It went well.
    pub fn over(&self, kind: &'static str, centre: Centre, id: &str) {
        let mut all = self.all();
        if !all.is_empty() {
            all.remove(&(kind, centre, id.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault() -> Error {
        Error::internal("a row that cannot be read")
    }

    /// Each time it waits longer; the others do not wait, and once it goes well it begins anew.
    #[test]
    fn what_fails_again_waits_longer() {
        let setbacks = Setbacks::default();
        let until = |id: &str| setbacks.all()[&("case", Centre::WENLING, id.to_owned())].until;
        let fails = |id: &str| setbacks.set_back("case", Centre::WENLING, id.to_owned(), fault()).unwrap();
        let mut last = Duration::ZERO;
        for times in 1..12 {
            fails("1");
            let delay = until("1").saturating_duration_since(Instant::now());
            assert!(delay > last || times > 10, "{times}: {delay:?}");
            last = delay;
        }
        assert!(last <= LONGEST);
        assert_eq!(setbacks.waiting("case", Centre::WENLING), BTreeSet::from(["1".to_owned()]));
        assert!(setbacks.waiting("impasse", Centre::WENLING).is_empty());
        setbacks.over("case", Centre::WENLING, "1");
        fails("1");
        assert!(until("1") <= Instant::now() + FIRST);
    }

    /// A database that is out of reach is no fault of the row.
    #[test]
    fn what_is_no_fault_of_its_own_is_not_set_back() {
        let setbacks = Setbacks::default();
        let away = Error::of(Kind::Unavailable, "数据库暂不可用");
        assert!(setbacks.set_back("case", Centre::WENLING, "1".to_owned(), away).is_err());
        assert!(setbacks.waiting("case", Centre::WENLING).is_empty());
    }
}
