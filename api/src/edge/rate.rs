use std::{hash::Hash, num::NonZeroU32};

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};

use crate::problem::{Error, Kind};

/// 限流: so many requests a minute for one key, all at once if need be. Kept per process.
#[derive(Debug)]
pub struct RateLimiter<K: Clone + Eq + Hash> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    pub fn per_minute(requests: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN));
        Self { limiter: DefaultKeyedRateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts one request.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check(&self, key: K) -> Result<(), Error> {
        self.limiter.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Error::Later(Kind::RateLimited, wait.as_secs().saturating_add(1))
        })
    }

    /// Forgets keys that have been quiet.
    pub fn forget_the_quiet(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Peer;

    #[test]
    fn each_address_has_its_own_quota() {
        let limiter = RateLimiter::per_minute(2);
        let peer = |last| Peer(std::net::IpAddr::from([192, 0, 2, last]));
        assert!(limiter.check(peer(1)).is_ok());
        assert!(limiter.check(peer(1)).is_ok());
        assert!(matches!(limiter.check(peer(1)), Err(Error::Later(Kind::RateLimited, 1..=31))));
        assert!(limiter.check(peer(2)).is_ok());
    }
}
