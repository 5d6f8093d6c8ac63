//! 时钟: the machine's, except in a sandbox, where each centre has one of its own that can be moved forward.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use kernel::{Centre, Instant};

/// What time it is, in each centre. How far those of a sandbox are ahead stands in the database; this is what one process
/// knows of it.
#[derive(Debug)]
pub struct Clock {
    /// Microseconds ahead of the machine's; none of a real clock.
    ahead: Option<RwLock<BTreeMap<Centre, i64>>>,
}

impl Clock {
    /// The machine's, for every centre and for good.
    pub fn real() -> Self {
        Self { ahead: None }
    }

    /// Those of a sandbox, as far as is known.
    pub fn of_a_sandbox(known: impl IntoIterator<Item = (Centre, i64)>) -> Self {
        Self { ahead: Some(RwLock::new(known.into_iter().collect())) }
    }

    /// What time it is in a centre.
    pub fn now(&self, centre: Centre) -> Instant {
        let ahead = self.ahead.as_ref().and_then(|all| {
            let all = all.read().unwrap_or_else(PoisonError::into_inner);
            all.get(&centre).copied()
        });
        self.machine_now().plus(chrono::Duration::microseconds(ahead.unwrap_or(0)))
    }

    /// The machine's own time, for what must not depend on how far a sandbox is ahead: tokens, signatures, leases.
    pub fn machine_now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }

    pub fn is_movable(&self) -> bool {
        self.ahead.is_some()
    }

    /// Takes in what the database says. What is known to be further ahead stays so.
    pub fn learn(&self, clocks: impl IntoIterator<Item = (Centre, i64)>) {
        let Some(all) = &self.ahead else { return };
        let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
        for (centre, ahead) in clocks {
            let known = all.entry(centre).or_insert(0);
            *known = ahead.max(*known);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_centre_of_a_sandbox_has_its_own_time_and_none_goes_back() {
        let (here, there) = (Centre::WENLING, "990001".parse().unwrap());
        let day = chrono::Duration::days(1);
        let clock = Clock::of_a_sandbox([(here, 0)]);
        clock.learn([(here, day.num_microseconds().unwrap())]);
        let tomorrow = clock.machine_now().plus(day);
        assert!(clock.now(here) >= tomorrow.plus(-chrono::Duration::minutes(1)));
        assert!(clock.now(there) < tomorrow);
        clock.learn([(here, 5)]);
        assert!(clock.now(here) >= tomorrow);
    }

    #[test]
    fn a_real_clock_is_not_moved() {
        let clock = Clock::real();
        clock.learn([(Centre::WENLING, i64::from(u32::MAX))]);
        assert!(!clock.is_movable());
        assert!(clock.now(Centre::WENLING) <= clock.machine_now());
    }
}
