use std::{hash::Hash, num::NonZeroU32};

use actix_web::{
    HttpMessage as _, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use governor::{
    Quota, RateLimiter as Governor,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use kernel::{Centre, Role};

use super::Peer;
use crate::{
    auth::Caller,
    problem::{Error, Kind},
    settings::Rates,
};

/// How many seconds' worth of requests may come at once.
const BURST: u32 = 10;

/// 限流: so many requests in a time for one key, all at once if need be. Kept per process.
#[derive(Debug)]
pub struct RateLimiter<K: Clone + Eq + Hash> {
    /// As answers name its quota.
    name: &'static str,
    limiter: Governor<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

/// 余量: what a key has left of one of its quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    name: &'static str,
    /// How many may come within the window, at once if need be.
    quota: u32,
    remaining: u32,
    /// Seconds of the window, and after how many all of the quota is back.
    window: u64,
    reset: u64,
}

/// What a request left of a quota; and whether it was one too many.
pub type Counted = (Allowance, Result<(), Error>);

/// 各项余量 of a request, for its answer.
#[derive(Clone, Debug, Default)]
pub struct Allowances(pub Vec<Allowance>);

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    pub fn per_minute(name: &'static str, requests: u32) -> Self {
        Self::of(name, Quota::per_minute(NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN)))
    }

    fn per_second(requests: NonZeroU32) -> Self {
        let burst = requests.saturating_mul(BURST.try_into().unwrap_or(requests));
        Self::of("default", Quota::per_second(requests).allow_burst(burst))
    }

    fn of(name: &'static str, quota: Quota) -> Self {
        let clock = DefaultClock::default();
        Self { name, limiter: Governor::new(quota, DefaultKeyedStateStore::default(), clock.clone()), clock }
    }

    /// Counts one request, and has its answer tell what is left.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check(&self, request: &HttpRequest, key: &K) -> Result<(), Error> {
        let (left, is_within) = self.count(key);
        let mut extensions = request.extensions_mut();
        let mut told = extensions.remove::<Allowances>().unwrap_or_default();
        told.0.push(left);
        extensions.insert(told);
        is_within
    }

    /// Counts one request: what is left, and whether that was one too many.
    fn count(&self, key: &K) -> Counted {
        match self.limiter.check_key(key) {
            Ok(left) => (Allowance::replenished(self.name, left.quota(), left.remaining_burst_capacity()), Ok(())),
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now()).as_secs().saturating_add(1);
                (Allowance::replenished(self.name, not_until.quota(), 0), Err(Error::Later(Kind::RateLimited, wait)))
            }
        }
    }

    /// Forgets keys that have been quiet.
    pub fn forget_the_quiet(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl Allowance {
    /// Of a quota that comes back one by one.
    fn replenished(name: &'static str, of: Quota, remaining: u32) -> Self {
        let (quota, each) = (of.burst_size().get(), of.replenish_interval());
        let seconds = |requests: u32| {
            let whole = each.saturating_mul(requests);
            whole.as_secs() + u64::from(whole.subsec_nanos() > 0)
        };
        let (window, reset) = (seconds(quota), seconds(quota.saturating_sub(remaining)));
        Self { name, quota, remaining, window, reset }
    }

    /// Of a quota that comes back at midnight.
    pub fn daily(quota: u32, remaining: u32, reset: u64) -> Self {
        Self { name: "daily", quota, remaining, window: 24 * 3600, reset }
    }
}

impl Allowances {
    pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
    pub(super) const LEFT: HeaderName = HeaderName::from_static("ratelimit");

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): how many in so many seconds; how many
    /// are left, and after how many seconds all of them are back.
    pub fn dress(&self, headers: &mut HeaderMap) {
        let listed = |one: fn(&Allowance) -> String| self.0.iter().map(one).collect::<Vec<_>>().join(", ");
        let policy = listed(|Allowance { name, quota, window, .. }| format!("\"{name}\";q={quota};w={window}"));
        let left = listed(|Allowance { name, remaining, reset, .. }| format!("\"{name}\";r={remaining};t={reset}"));
        for (name, value) in [(Self::POLICY, policy), (Self::LEFT, left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// 对接系统和来源地址的限流. Staff are people, and many of them share an address: they are not counted.
#[derive(Debug)]
pub struct Limiters {
    by_client: Option<RateLimiter<(Centre, String)>>,
    by_address: Option<RateLimiter<Peer>>,
}

impl Limiters {
    pub fn new(rates: &Rates) -> Self {
        let Rates { per_second_and_client, per_second_and_address } = *rates;
        Self {
            by_client: NonZeroU32::new(per_second_and_client).map(RateLimiter::per_second),
            by_address: NonZeroU32::new(per_second_and_address).map(RateLimiter::per_second),
        }
    }

    /// Counts a request of a program, or of an applicant through one; None for whom there is no limit.
    pub fn client(&self, caller: &Caller) -> Option<Counted> {
        if !matches!(caller.role(), Role::Adapter | Role::Hotline | Role::Applicant) {
            return None;
        }
        let program = caller.client().map_or_else(|| caller.identity.client_id.clone(), ToString::to_string);
        self.by_client.as_ref().map(|limiter| limiter.count(&(caller.centre, program)))
    }

    /// Counts a request of somebody who has not shown who they are.
    pub fn address(&self, peer: Peer) -> Option<Counted> {
        self.by_address.as_ref().map(|limiter| limiter.count(&peer))
    }

    /// Forgets whoever has been quiet.
    pub fn forget_the_quiet(&self) {
        self.by_client.iter().for_each(RateLimiter::forget_the_quiet);
        self.by_address.iter().for_each(RateLimiter::forget_the_quiet);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_address_has_its_own_quota() {
        let limiter = RateLimiter::per_minute("progress", 2);
        let peer = |last| Peer(std::net::IpAddr::from([192, 0, 2, last]));
        let check = |last| limiter.count(&peer(last)).1;
        assert!(check(1).is_ok());
        assert!(check(1).is_ok());
        assert!(matches!(check(1), Err(Error::Later(Kind::RateLimited, 1..=31))));
        assert!(check(2).is_ok());
    }

    #[test]
    fn every_limiter_that_counts_a_request_is_told() {
        let (wide, narrow) = (RateLimiter::per_minute("wide", 60), RateLimiter::per_minute("narrow", 1));
        let request = actix_web::test::TestRequest::default().to_http_request();
        assert!(wide.check(&request, &1).is_ok());
        assert!(narrow.check(&request, &1).is_ok());
        assert!(matches!(narrow.check(&request, &1), Err(Error::Later(Kind::RateLimited, 1..=61))));
        let told = request.extensions().get::<Allowances>().cloned().unwrap();
        let told: Vec<_> = told.0.iter().map(|one| (one.name, one.remaining)).collect();
        assert_eq!(told, [("wide", 59), ("narrow", 0), ("narrow", 0)]);
    }

    #[test]
    fn an_allowance_says_what_is_left_and_when_it_is_whole() {
        let limiter = RateLimiter::per_second(NonZeroU32::new(4).unwrap());
        let _first = limiter.count(&1);
        let (left, _) = limiter.count(&1);
        assert_eq!((left.quota, left.remaining, left.window, left.reset), (40, 38, 10, 1));
        let mut headers = HeaderMap::new();
        Allowances(vec![left, Allowance::daily(1000, 7, 60)]).dress(&mut headers);
        let policy = "\"default\";q=40;w=10, \"daily\";q=1000;w=86400";
        assert_eq!(headers.get("ratelimit-policy").unwrap(), policy);
        assert_eq!(headers.get("ratelimit").unwrap(), "\"default\";r=38;t=1, \"daily\";r=7;t=60");
    }
}
