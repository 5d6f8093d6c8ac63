use kernel::{DocumentNumber, Instant, Text, id::ImpasseId};
use serde::{Deserialize, Serialize};

use super::Month;
use crate::{
    impasse::{Impasse, State},
    level::Level,
};

/// An impasse on the list of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub impasse: ImpasseId,
    pub number: DocumentNumber,
    pub subject: Text<100>,
    /// When it became exceptional, or became so again with a new round.
    pub since: Instant,
    /// 结转: the month that it missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_over: Option<Month>,
    /// 再次提交: it was decided on in this round already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// 提交范围: whether an impasse is for the government in a month, and as what. Everything exceptional that is being handled
/// and does not await the government; what was decided on in this round only where `again` says so.
pub fn entry(impasse: &Impasse, month: Month, again: &[ImpasseId]) -> Option<Entry> {
    let filing = impasse.filing.as_ref()?;
    if impasse.state != State::InHandling || impasse.awaits_the_government() {
        return None;
    }
    let since = exceptional_since(impasse)?;
    let again = again.contains(&impasse.id);
    let decided = impasse.is_decided_in_this_round();
    if decided && !again {
        return None;
    }
    let became = Month::of(since.day());
    Some(Entry {
        impasse: impasse.id,
        number: filing.number.clone(),
        subject: impasse.subject.clone(),
        since,
        carried_over: (became < month && !decided).then_some(became),
        again: decided,
    })
}

/// When it last became exceptional, or the round that it is in began, if that was later; None where it is not.
pub fn exceptional_since(impasse: &Impasse) -> Option<Instant> {
    if impasse.level != Some(Level::Exceptional) {
        return None;
    }
    let graded = impasse.gradings.iter().rev().take_while(|grading| grading.level == Level::Exceptional).last()?.at;
    let round = impasse.round().map(|round| Instant::midnight(round.began));
    Some(round.map_or(graded, |round| graded.max(round)))
}
