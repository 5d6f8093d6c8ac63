//! What every decision is told from outside.

use chrono::NaiveDate;

use crate::{access::Actor, calendar::Calendar, practice::Practice, time::Instant};

/// Who asks, when, by which calendar and local practice. The domain takes these as arguments and fetches nothing itself.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub now: Instant,
    pub actor: &'a Actor,
    pub calendar: &'a Calendar,
    pub practice: &'a Practice,
}

impl Context<'_> {
    /// Today's date in law.
    pub fn today(&self) -> NaiveDate {
        self.now.day()
    }
}
