//! 串联事项: a member of a package that waits for others (rule L10).

use casework::Stage;
use kernel::{Calendar, Instant};

use super::{Model, Paper, received_on};

impl Model {
    /// 串联事项: received, and not its turn yet (rule L10).
    #[must_use]
    pub(crate) fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// What it waited for is done.
    pub(crate) fn begins_check(&mut self, now: Instant, calendar: &Calendar) {
        (self.waits, self.held_back, self.check_from) = (false, None, received_on(calendar, now));
    }

    /// What it waits for is open again, or has `failed`.
    pub(crate) fn is_held_back(&mut self, failed: bool) {
        self.held_back = Some(failed);
        self.waits |= self.stage == Stage::UnderCheck;
    }

    /// And is done after all.
    pub(crate) fn goes_on(&mut self) {
        self.held_back = None;
    }

    /// Whether that has failed, while it is.
    pub(crate) fn held_back(&self) -> Option<bool> {
        self.held_back.filter(|_| !self.stage.is_final())
    }

    /// Under way, so that it can be held back.
    pub(crate) fn has_begun(&self) -> bool {
        let open = matches!(self.stage, Stage::UnderCheck | Stage::AwaitingCorrection | Stage::InReview);
        open && (!self.waits || self.held_back.is_some())
    }

    /// What it waited for failed.
    pub(crate) fn is_barred(&mut self) {
        (self.stage, self.offered_at_window) = (Stage::Rejected, None);
        self.make_out(Paper::Other);
    }
}
