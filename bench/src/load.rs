//! The load generator: a closed loop per connection, a single-threaded runtime per core.

use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::http::Connection;

/// Not counted: connections are opened, caches filled, statements prepared.
const WARM_UP: Duration = Duration::from_millis(500);

/// Where requests come from.
pub trait Source: Sync {
    /// Writes the next request and returns the status that its answer should have.
    fn next(&self, dice: &mut Dice, request: &mut Vec<u8>) -> u16;
}

/// Which server, how hard, how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub target: SocketAddr,
    pub connections: u16,
    pub length: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Microseconds of each request.
    took: Vec<u32>,
    /// Warm-up included.
    answers: usize,
    body_bytes: u64,
    wrong: Vec<String>,
    length: Duration,
}

impl Load {
    /// Runs `source` on all connections.
    ///
    /// # Errors
    /// When a connection breaks.
    pub fn run(&self, source: &impl Source) -> io::Result<Tally> {
        let threads = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let from = Instant::now() + WARM_UP;
        let mut tally = thread::scope(|scope| {
            let work = |thread: u64| {
                let numbers = (thread..u64::from(self.connections)).step_by(threads as usize);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let connections = numbers.map(|number| self.drive(source, Dice::new(number + 1), from));
                runtime
                    .block_on(join_all(connections))
                    .into_iter()
                    .try_fold(Tally::default(), |sum, one| Ok::<_, io::Error>(sum.and(one?)))
            };
            let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
            handles.into_iter().try_fold(Tally::default(), |sum, handle| {
                let part = handle.join().map_err(|_| io::Error::other("a load thread panicked"))??;
                Ok::<_, io::Error>(sum.and(part))
            })
        })?;
        tally.length = self.length;
        Ok(tally)
    }

    async fn drive(&self, source: &impl Source, mut dice: Dice, from: Instant) -> io::Result<Tally> {
        let mut connection = Connection::open(self.target).await?;
        let mut request = Vec::with_capacity(4096);
        let mut tally = Tally::default();
        loop {
            request.clear();
            let expected = source.next(&mut dice, &mut request);
            let sent = Instant::now();
            let answer = connection.exchange(&request).await?;
            let done = Instant::now();
            tally.answers += 1;
            if answer.status != expected {
                tally.wrong.push(format!("{} {}", answer.status, String::from_utf8_lossy(answer.body)));
            }
            if done >= from + self.length {
                return Ok(tally);
            }
            if done >= from {
                tally.took.push(u32::try_from((done - sent).as_micros()).unwrap_or(u32::MAX));
                tally.body_bytes += answer.body.len() as u64;
            }
        }
    }
}

impl Tally {
    /// Of what took so many microseconds each, within a stretch of time.
    pub fn of(took: Vec<u32>, length: Duration) -> Self {
        Self { answers: took.len(), took, length, ..Self::default() }
    }

    /// Both, side by side: the lengths are those of the first.
    fn and(mut self, other: Self) -> Self {
        self.took.extend(other.took);
        self.answers += other.answers;
        self.body_bytes += other.body_bytes;
        self.wrong.extend(other.wrong);
        self
    }

    /// Both, one after the other.
    pub fn then(self, other: Self) -> Self {
        let length = self.length + other.length;
        Self { length, ..self.and(other) }
    }

    /// All that were answered, also while warming up.
    pub fn answers(&self) -> usize {
        self.answers
    }

    pub fn requests(&self) -> usize {
        self.took.len()
    }

    pub fn per_second(&self) -> f64 {
        self.took.len() as f64 / self.length.as_secs_f64()
    }

    /// Milliseconds within which this share of the requests was answered.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        let rank = (share * took.len() as f64).ceil() as usize;
        took.get(rank.max(1) - 1).map_or(0.0, |us| f64::from(*us) / 1000.0)
    }

    pub fn mean_body(&self) -> usize {
        usize::try_from(self.body_bytes).unwrap_or(0).checked_div(self.took.len()).unwrap_or(0)
    }

    /// Answers with another status than expected.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }
}

/// Pseudo-random numbers (SplitMix64), the same in every run.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to `sides - 1`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(took: &[u32]) -> Tally {
        Tally { took: took.to_vec(), length: Duration::from_secs(2), ..Tally::default() }
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).rev().map(|ms| ms * 1000).collect();
        assert_eq!(tally(&hundred).percentile_ms(0.99), 99.0);
        assert_eq!(tally(&hundred).percentile_ms(0.5), 50.0);
        assert_eq!(tally(&[7000]).percentile_ms(0.99), 7.0);
        assert_eq!(tally(&[]).percentile_ms(0.99), 0.0);
    }

    #[test]
    fn rounds_add_up_in_requests_and_in_time() {
        let both = tally(&[1, 2, 3]).then(tally(&[4]));
        assert_eq!((both.requests(), both.per_second()), (4, 1.0));
    }
}
