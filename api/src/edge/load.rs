//! 负荷: how much is under way at once. Whoever comes when every place is taken is told to come again, before anything
//! of the request is looked at, so that what is under way is finished and no queue grows. Those who only wait for news
//! have places of their own, and so have strangers whose body is waited for, a token, or the progress of a case: their
//! address is looked at first, for none may take more than a part of these.

use std::{
    collections::HashMap,
    future::{Ready, ready},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Operation, Peer};
use crate::{
    problem::{Error, Kind},
    settings::Http,
};

/// One for all workers. Places are given back when the answer is made, however slowly it is read.
#[derive(Debug)]
pub struct Load {
    requests: Places,
    polls: Places,
    strangers: Strangers,
    turned_away: AtomicU64,
}

#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    all: usize,
}

#[derive(Debug)]
struct Strangers {
    places: Places,
    /// How many of them one address may take.
    each: usize,
    taken: Arc<Taken>,
}

/// How many places each address has.
#[derive(Debug, Default)]
struct Taken(Mutex<HashMap<Peer, usize>>);

#[derive(Debug)]
struct TakenBy {
    peer: Peer,
    taken: Arc<Taken>,
}

/// A place among what is under way, taken for as long as it lives.
#[derive(Debug)]
pub struct Place {
    _taken: OwnedSemaphorePermit,
    _by: Option<TakenBy>,
    waits: bool,
}

/// 可否等待: whether a request that asks to wait for news may do so; if not it is answered with what there is.
#[derive(Clone, Copy, Debug)]
pub struct MayWait(pub bool);

impl Load {
    pub fn new(http: &Http) -> Self {
        let places = |all| Places { free: Arc::new(Semaphore::new(all)), all };
        Self {
            requests: places(http.in_flight),
            polls: places(http.polls),
            strangers: Strangers::new(places((http.in_flight / 4).max(1))),
            turned_away: AtomicU64::new(0),
        }
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
            return Ok(Some(Place { _taken: taken, _by: None, waits: true }));
        }
        self.enter_to_read().map(Some)
    }

    /// A place for whoever neither waits nor has anything to send.
    ///
    /// # Errors
    /// `overloaded`
    pub(super) fn enter_to_read(&self) -> Result<Place, Error> {
        let place = self.requests.take().map(|taken| Place { _taken: taken, _by: None, waits: false });
        place.ok_or_else(|| self.turn_away())
    }

    /// A place for a request whose body a stranger has yet to send.
    ///
    /// # Errors
    /// `overloaded`
    pub(super) fn enter_as_stranger(&self, peer: Peer) -> Result<Option<Place>, Error> {
        self.strangers.take(peer).map(Some).ok_or_else(|| self.turn_away())
    }

    fn turn_away(&self) -> Error {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
        Error::of(Kind::Overloaded, "请求过多，请稍后重试。")
    }

    /// How many requests are under way, and how many wait for news.
    pub fn under_way(&self) -> [usize; 2] {
        [self.requests.taken() + self.strangers.places.taken(), self.polls.taken()]
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

    fn taken(&self) -> usize {
        self.all - self.free.available_permits()
    }
}

impl Strangers {
    fn new(places: Places) -> Self {
        Self { each: (places.all / 4).max(1), places, taken: Arc::default() }
    }

    fn take(&self, peer: Peer) -> Option<Place> {
        let by = self.taken.one_more(peer, self.each)?;
        Some(Place { _taken: self.places.take()?, _by: Some(by), waits: false })
    }
}

impl Taken {
    fn one_more(self: &Arc<Self>, peer: Peer, most: usize) -> Option<TakenBy> {
        let mut all = self.held();
        let of_it = all.entry(peer).or_default();
        if *of_it >= most {
            return None;
        }
        *of_it += 1;
        Some(TakenBy { peer, taken: Arc::clone(self) })
    }

    // Nothing behind the lock can be left half-changed by a panic.
    fn held(&self) -> MutexGuard<'_, HashMap<Peer, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TakenBy {
    fn drop(&mut self) {
        let mut all = self.taken.held();
        match all.get_mut(&self.peer) {
            Some(of_it) if *of_it > 1 => *of_it -= 1,
            _ => drop(all.remove(&self.peer)),
        }
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

    /// Strangers have eight places beside the thirty-two, and those are the only ones they can keep with half a body;
    /// one address has two of them.
    #[test]
    fn strangers_with_a_body_take_the_places_of_strangers() {
        let load = Load::new(&Http { in_flight: 32, ..Http::default() });
        let from = |last: u8| Peer([192, 0, 2, last].into());
        let one = [(); 2].map(|()| load.enter_as_stranger(from(1)).unwrap().unwrap());
        assert!(load.enter_as_stranger(from(1)).is_err(), "it has its part");
        let strangers: Vec<_> = (0..6).map(|at| load.enter_as_stranger(from(2 + at / 2)).unwrap()).collect();
        assert!(load.enter_as_stranger(from(9)).is_err(), "there are no more");
        let known = operation(false, false);
        let others: Vec<_> = (0..32).map(|_| load.enter(&known, "").unwrap().unwrap()).collect();
        assert_eq!((load.under_way(), load.turned_away()), ([40, 0], 2));
        drop((one, strangers, others));
        assert!(load.strangers.taken.held().is_empty() && load.enter_as_stranger(from(1)).is_ok());
        let few = Load::new(&Http { in_flight: 1, ..Http::default() });
        assert!(few.enter_as_stranger(from(1)).is_ok(), "there is one at least");
    }
}
