//! 负荷: how much is under way at once. Whoever comes when every place is taken is told to come again, before anything
//! of the request is looked at, so that what is under way is finished and no queue grows. Those who only wait for news
//! have places of their own.

use std::{
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Operation;
use crate::{
    problem::{Error, Kind},
    settings::Http,
};

/// One for all workers. Places are given back when the answer is made, however slowly it is read.
#[derive(Debug)]
pub struct Load {
    requests: Places,
    polls: Places,
    turned_away: AtomicU64,
}

#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    all: usize,
}

/// A place among what is under way, taken for as long as it lives.
#[derive(Debug)]
pub struct Place {
    _taken: OwnedSemaphorePermit,
    waits: bool,
}

/// 可否等待: whether a request that asks to wait for news may do so; if not it is answered with what there is.
#[derive(Clone, Copy, Debug)]
pub struct MayWait(pub bool);

impl Load {
    pub fn new(http: &Http) -> Self {
        let places = |all| Places { free: Arc::new(Semaphore::new(all)), all };
        Self { requests: places(http.in_flight), polls: places(http.polls), turned_away: AtomicU64::new(0) }
    }

    /// A place for a request of this operation; none needed for the probes of load balancers.
    ///
    /// # Errors
    /// `overloaded`
    pub(super) fn enter(&self, operation: &Operation, query: &str) -> Result<Option<Place>, Error> {
        if operation.is_probe {
            return Ok(None);
        }
        let to_wait = Some(&self.polls).filter(|_| operation.may_wait && asks_to_wait(query)).and_then(Places::take);
        if let Some(taken) = to_wait {
            return Ok(Some(Place { _taken: taken, waits: true }));
        }
        match self.requests.take() {
            Some(taken) => Ok(Some(Place { _taken: taken, waits: false })),
            None => {
                self.turned_away.fetch_add(1, Ordering::Relaxed);
                Err(Error::of(Kind::Overloaded, "请求过多，请稍后重试。"))
            }
        }
    }

    /// How many requests are under way, and how many wait for news.
    pub fn under_way(&self) -> [usize; 2] {
        [&self.requests, &self.polls].map(|places| places.all - places.free.available_permits())
    }

    /// How many were told to come again since the start.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }
}

impl Places {
    fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }
}

impl Place {
    pub(super) fn may_wait(&self) -> MayWait {
        MayWait(self.waits)
    }
}

fn asks_to_wait(query: &str) -> bool {
    let mut asked = form_urlencoded::parse(query.as_bytes());
    asked.any(|(name, seconds)| name == "wait" && seconds.parse::<u64>().is_ok_and(|seconds| seconds > 0))
}

impl FromRequest for MayWait {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions().get::<Self>().copied().unwrap_or(Self(false))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::http::Method;

    use super::*;

    fn operation(is_probe: bool, may_wait: bool) -> Operation {
        let query = if may_wait { vec!["wait".to_owned()] } else { Vec::new() };
        Operation {
            number: 0,
            method: Method::GET,
            id: "any".to_owned(),
            is_public: false,
            is_probe,
            may_wait,
            query,
            has_body: false,
            deprecation: None,
        }
    }

    #[test]
    fn those_who_wait_take_nobodys_place() {
        let load = Load::new(&Http { in_flight: 1, polls: 1, ..Http::default() });
        let (plain, poll) = (operation(false, false), operation(false, true));
        let waiting = load.enter(&poll, "after=1&wait=25").unwrap().unwrap();
        assert!(waiting.may_wait().0);
        let served = load.enter(&plain, "").unwrap().unwrap();
        assert_eq!((served.may_wait().0, load.under_way()), (false, [1, 1]));
        assert!(load.enter(&poll, "wait=25").is_err(), "there is neither a place to wait nor one to be served");
        assert!(load.enter(&operation(true, false), "").unwrap().is_none(), "whoever asks for its health is told");
        drop(served);
        let answered = load.enter(&poll, "wait=25").unwrap().unwrap();
        assert!(!answered.may_wait().0, "answered with what there is");
        assert_eq!(load.turned_away(), 1);
        drop((waiting, answered));
        assert!(!load.enter(&poll, "wait=0").unwrap().unwrap().may_wait().0);
        assert_eq!(load.under_way(), [0, 0]);
    }
}
