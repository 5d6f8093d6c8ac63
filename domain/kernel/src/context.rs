//! What every decision is told from outside.

use chrono::NaiveDate;

use crate::{access::Actor, calendar::Calendar, time::Instant};

/// Who asks, when, and by which calendar. The domain takes these as arguments and fetches nothing itself.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub now: Instant,
    pub actor: &'a Actor,
    pub calendar: &'a Calendar,
}

impl Context<'_> {
    /// Today's date in law.
    pub fn today(&self) -> NaiveDate {
        self.now.day()
    }
}
