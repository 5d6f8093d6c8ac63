use std::time::Duration;

use kernel::Instant;

/// 重试间隔 in seconds: eleven tries more within a day (23 h 52 min in all), then every eight hours, because what a
/// work order says must arrive.
const AFTER: [u32; 11] = [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
/// The longest that the other side can ask us to wait.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// So many hundredths more or less, so that what failed together does not come back together.
const JITTER: i64 = 20;

/// When to try again after `attempts` tries before this one, which failed too.
pub(super) fn next(now: Instant, attempts: u32, retry_after: Option<Duration>) -> Instant {
    let at = usize::try_from(attempts).unwrap_or(usize::MAX).min(AFTER.len() - 1);
    let seconds = i64::from(AFTER[at]);
    let spread = rand::random_range(-JITTER..=JITTER);
    let ours = chrono::Duration::milliseconds(seconds * 10 * (100 + spread));
    let asked = retry_after.map(|asked| asked.min(LONGEST)).and_then(|asked| chrono::Duration::from_std(asked).ok());
    now.plus(asked.map_or(ours, |asked| asked.max(ours)))
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
    fn whoever_asks_for_more_time_gets_it_up_to_a_day() {
        assert_eq!(seconds(0, Some(600)), 600);
        assert!(seconds(5, Some(1)) > 1, "but not less than the schedule");
        assert_eq!(seconds(0, Some(1_000_000)), 24 * 3600);
    }
}
