use std::time::Duration;

use kernel::Instant;

/// 重试间隔 in seconds: eleven tries more within a day (23 h 52 min in all), then every eight hours, for as long as it must.
const AFTER: [u32; 11] = [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
/// The longest that the other side can ask us to wait.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// After so many failures in a row the circuit of an endpoint opens.
const OPENS_AT: u32 = 5;
/// 试探间隔 in seconds while it is open: doubled from the first to the last.
const PROBES: (u32, u32) = (30, 900);
/// So many hundredths more or less, so that what failed together does not come back together.
const JITTER: i64 = 20;

/// Whether `attempts` tries before this one, which failed too, are as many as the schedule has.
pub(super) fn is_used_up(attempts: u32) -> bool {
    usize::try_from(attempts).is_ok_and(|attempts| attempts >= AFTER.len())
}

/// When to try again after `attempts` tries before this one, which failed too.
pub(super) fn next(now: Instant, attempts: u32, retry_after: Option<Duration>) -> Instant {
    let at = usize::try_from(attempts).unwrap_or(usize::MAX).min(AFTER.len() - 1);
    let ours = about(AFTER[at]);
    now.plus(asked(retry_after).map_or(ours, |asked| asked.max(ours)))
}

fn about(seconds: u32) -> chrono::Duration {
    let spread = rand::random_range(-JITTER..=JITTER);
    chrono::Duration::milliseconds(i64::from(seconds) * 10 * (100 + spread))
}

fn asked(retry_after: Option<Duration>) -> Option<chrono::Duration> {
    retry_after.map(|asked| asked.min(LONGEST)).and_then(|asked| chrono::Duration::from_std(asked).ok())
}

pub(super) fn opens_circuit(failures: u32) -> bool {
    failures >= OPENS_AT
}

/// Until when nothing but a probe is sent to an endpoint after so many failures in a row: as long as it asks for, or once
/// the circuit is open, longer and longer. None while it is not.
pub(super) fn hold(now: Instant, failures: u32, retry_after: Option<Duration>) -> Option<Instant> {
    let (first, last) = PROBES;
    let ours = opens_circuit(failures).then(|| {
        let doubled = failures.saturating_sub(OPENS_AT).min(16);
        about(first.saturating_mul(1 << doubled).min(last))
    });
    // None is less than any.
    ours.max(asked(retry_after)).map(|wait| now.plus(wait))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seconds(attempts: u32, retry_after: Option<u64>) -> i64 {
        let now = Instant::parse("2026-11-25T00:00:00Z").unwrap();
        (next(now, attempts, retry_after.map(Duration::from_secs)).utc() - now.utc()).num_seconds()
    }

    #[test]
    fn the_schedule_is_about_a_day() {
        let day: u32 = AFTER.iter().sum();
        assert!((23 * 3600..=25 * 3600).contains(&day), "{day}");
        for (attempts, usual) in AFTER.iter().enumerate() {
            let usual = i64::from(*usual);
            for _ in 0..50 {
                let found = seconds(u32::try_from(attempts).unwrap(), None);
                assert!((usual * 79 / 100..=usual * 121 / 100).contains(&found), "{attempts}: {found}");
            }
        }
        assert!(seconds(1000, None) >= 28_800 * 79 / 100);
    }

    #[test]
    fn a_circuit_opens_after_five_failures_and_is_probed_less_and_less() {
        let now = Instant::parse("2026-11-25T00:00:00Z").unwrap();
        let wait = |failures, asked| hold(now, failures, asked).map(|until| (until.utc() - now.utc()).num_seconds());
        assert_eq!(wait(4, None), None);
        for (failures, usual) in [(5, 30), (6, 60), (9, 480), (10, 900), (u32::MAX, 900)] {
            let found = wait(failures, None).unwrap();
            assert!((usual * 79 / 100..=usual * 121 / 100).contains(&found), "{failures}: {found}");
        }
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!((wait(1, asked(600)), wait(20, asked(7200))), (Some(600), Some(7200)));
        assert!(wait(20, asked(1)).unwrap() > 600);
    }

    #[test]
    fn whoever_asks_for_more_time_gets_it_up_to_a_day() {
        assert_eq!(seconds(0, Some(600)), 600);
        assert!(seconds(5, Some(1)) > 1, "but not less than the schedule");
        assert_eq!(seconds(0, Some(1_000_000)), 24 * 3600);
    }
}
