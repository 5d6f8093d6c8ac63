//! 导入: a version that a catalogue document brings, beside those of the item that are there.

use chrono::NaiveDate;

use crate::version::{ItemVersion, VersionState};

/// What an import makes of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// 新增: nothing is known of it.
    New(ItemVersion),
    /// 修订: what was brought, as the next version.
    Revised {
        next: ItemVersion,
        /// Earlier versions that would come back when `next` is over, each as it was and as it is from now on.
        ended: Vec<(ItemVersion, ItemVersion)>,
    },
    /// 未变: the public is offered the very same already.
    Unchanged,
    /// Somebody is at work on this version, and an import neither publishes a draft nor throws one away.
    DraftInTheWay(u32),
}

impl ItemVersion {
    /// What it means that an import brings this version, published, where these are known of its item.
    pub fn imported_over(&self, known: &[Self], today: NaiveDate) -> Import {
        let Some(newest) = known.iter().max_by_key(|it| it.version) else {
            return Import::New(self.clone());
        };
        let public = known.iter().filter(|it| it.state != VersionState::Draft).max_by_key(|it| it.version);
        if public.is_some_and(|public| self.is_offered_as(public, today)) {
            return Import::Unchanged;
        }
        if newest.state == VersionState::Draft {
            return Import::DraftInTheWay(newest.version);
        }
        let mut next = self.clone();
        next.version = newest.version + 1;
        let ended = match self.valid_until {
            Some(last) => known.iter().filter_map(|it| Some((it.clone(), it.over_by(last, today)?))).collect(),
            None => Vec::new(),
        };
        Import::Revised { next, ended }
    }

    fn is_offered_as(&self, public: &Self, today: NaiveDate) -> bool {
        // A document that names no first day means today, and what has begun is in force today.
        let has_begun = self.valid_from == Some(today) && public.valid_from.is_some_and(|from| from <= today);
        public.state == VersionState::Published
            && (public.valid_from == self.valid_from || has_begun)
            && public.valid_until == self.valid_until
            && public.content() == self.content()
    }

    /// The same, over by a day; none where it is by then.
    fn over_by(&self, last: NaiveDate, today: NaiveDate) -> Option<Self> {
        if self.state != VersionState::Published || self.valid_until.is_some_and(|until| until <= last) {
            return None;
        }
        if self.valid_from.is_some_and(|from| from > last) {
            return self.withdraw(today).ok();
        }
        let mut over = self.clone();
        over.valid_until = Some(last);
        Some(over)
    }
}
