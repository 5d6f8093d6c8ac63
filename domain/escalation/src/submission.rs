//! 每月提交市政府 (clause D4-4): what is exceptional, once a month, led by the reform office, with a decision on each.

mod entry;
mod month;
mod packet;

use kernel::{
    Centre, Context, DocumentKind, DocumentNumber, Fact, Instant, Refusal, Registry, Text, access::Signature,
    id::ImpasseId,
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

pub use entry::{Entry, entry, exceptional_since};
pub use month::{BadMonth, Month};
pub use packet::packet;

use crate::impasse::{GovernmentDecision, Impasse};

/// 每月提交: one a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub centre: Centre,
    pub month: Month,
    pub version: u64,
    pub state: State,
    pub items: Vec<Item>,
    /// None of a month in which nobody drafted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted: Option<Act>,
    /// When the draft was last brought up to date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refreshed: Option<Act>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Submitted>,
    /// 漏报警示, which stays when the packet is sent after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Instant>,
}

/// 状态
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 拟稿
    Draft,
    /// 已定稿: the packet never changes again.
    Frozen,
    /// 已提交
    Submitted,
    /// 均已有研究意见
    Complete,
    /// 当月未提交: an alarm. What waited is for the months after it.
    Missed,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "拟稿",
            Self::Frozen => "已定稿",
            Self::Submitted => "已提交",
            Self::Complete => "均有研究意见",
            Self::Missed => "当月未提交",
        }
    }
}

/// Who did it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub by: Signature,
    pub at: Instant,
}

/// 提交事项
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    #[serde(flatten)]
    pub entry: Entry,
    /// 撤下: no longer for the government when the packet was submitted, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Text<500>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<GovernmentDecision>,
}

/// 定稿: the packet itself is stored beside, once and for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub by: Signature,
    pub at: Instant,
    /// SHA-256 of the packet, lower-case hexadecimal.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    pub by: Signature,
    pub at: Instant,
    pub number: DocumentNumber,
}

/// 漏报: what was for the government when the month was over and nothing had been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub entries: Vec<Entry>,
    /// When it was noticed, which may be long after the month.
    pub at: Instant,
}

/// 撤下
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub impasse: ImpasseId,
    pub reason: Text<500>,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// 更新拟稿
    Refresh { entries: Vec<Entry> },
    /// 定稿: `entries` is what the list would be now, `digest` that of the packet made of it.
    Freeze { entries: Vec<Entry>, digest: String },
    /// 提交
    Submit { withdrawn: Vec<Withdrawn> },
    /// 登记研究意见
    Decide { impasse: ImpasseId, decision: GovernmentDecision },
    /// The month is over, and this was not sent.
    Miss { entries: Vec<Entry> },
}

/// What happened to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 拟稿
    SubmissionDrafted { month: Month, entries: Vec<Entry> },
    /// 更新拟稿
    SubmissionRefreshed { entries: Vec<Entry> },
    /// 定稿
    SubmissionFrozen { digest: String },
    /// 提交
    SubmissionSent {
        number: DocumentNumber,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withdrawn: Vec<Withdrawn>,
    },
    /// 研究意见
    SubmissionDecided { impasse: ImpasseId, decision: GovernmentDecision },
    /// 均已有研究意见
    SubmissionCompleted,
    /// 当月未提交
    SubmissionMissed { month: Month, entries: Vec<Entry> },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::SubmissionDrafted { .. } => "拟稿",
            Self::SubmissionRefreshed { .. } => "更新拟稿",
            Self::SubmissionFrozen { .. } => "定稿",
            Self::SubmissionSent { .. } => "提交市政府",
            Self::SubmissionDecided { .. } => "登记研究意见",
            Self::SubmissionCompleted => "均有研究意见",
            Self::SubmissionMissed { .. } => "当月未提交",
        }
    }

    /// The paper the event gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::SubmissionSent { number, .. } => Some(number),
            _ => None,
        }
    }
}

/// 提交记录: an event of a submission as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// 拟稿 of this month. That a month has one submission only is the store's to say.
pub fn draft(entries: Vec<Entry>, ctx: &Context<'_>) -> Event {
    Event::SubmissionDrafted { month: Month::of(ctx.today()), entries }
}

/// 漏报的月: the months that were over by `now`, from that of the oldest of these on, each with what was for the government
/// and had been so before it ended. Whatever is sent or taken back by then is not among them.
pub fn months_over(impasses: &[Impasse], now: Instant) -> Vec<(Month, Vec<Entry>)> {
    let this = Month::of(now.day());
    let waiting = |month: Month| {
        let entries = impasses.iter().filter_map(move |impasse| entry(impasse, month, &[]));
        entries.filter(|entry| Month::of(entry.since.day()) <= month).collect::<Vec<Entry>>()
    };
    let Some(first) = impasses.iter().filter_map(exceptional_since).min() else { return Vec::new() };
    let months = std::iter::successors(Some(Month::of(first.day())), |month| Some(month.next()));
    let over = months.take_while(|month| *month < this).map(|month| (month, waiting(month)));
    over.filter(|(_, entries)| !entries.is_empty()).collect()
}

impl Submission {
    /// The first event makes one: drafted, or missed without ever having been. None for any other event.
    pub fn begin(centre: Centre, recorded: &Recorded) -> Option<Self> {
        let (month, entries) = match recorded.event.clone() {
            Event::SubmissionDrafted { month, entries } => (month, Some(entries)),
            Event::SubmissionMissed { month, .. } => (month, None),
            _ => return None,
        };
        let drafted = entries.is_some().then(|| Act { by: recorded.by.clone(), at: recorded.at });
        let mut submission = Self {
            centre,
            month,
            version: recorded.version,
            state: State::Draft,
            items: items(entries.unwrap_or_default()),
            refreshed: drafted.clone(),
            drafted,
            frozen: None,
            submitted: None,
            missed: None,
            completed_at: None,
        };
        submission.apply(recorded);
        Some(submission)
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(centre: Centre, record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut submission = Self::begin(centre, first)?;
        rest.iter().for_each(|recorded| submission.apply(recorded));
        Some(submission)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let (by, at) = (recorded.by.clone(), recorded.at);
        match recorded.event.clone() {
            Event::SubmissionDrafted { .. } => {}
            Event::SubmissionRefreshed { entries } => {
                self.items = items(entries);
                self.refreshed = Some(Act { by, at });
            }
            Event::SubmissionFrozen { digest } => {
                self.frozen = Some(Frozen { by, at, digest });
                self.state = State::Frozen;
            }
            Event::SubmissionSent { number, withdrawn } => {
                for Withdrawn { impasse, reason } in withdrawn {
                    if let Some(item) = self.item_mut(impasse) {
                        item.withdrawn = Some(reason);
                    }
                }
                self.submitted = Some(Submitted { by, at, number });
                self.state = State::Submitted;
            }
            Event::SubmissionDecided { impasse, decision } => {
                if let Some(item) = self.item_mut(impasse) {
                    item.decision = Some(decision);
                }
            }
            Event::SubmissionCompleted => {
                self.completed_at = Some(at);
                self.state = State::Complete;
            }
            Event::SubmissionMissed { entries, .. } => {
                self.missed = Some(Missed { entries, at });
                // What was frozen in its month may be sent after it.
                if self.state == State::Draft {
                    self.state = State::Missed;
                }
            }
        }
    }

    fn item_mut(&mut self, impasse: ImpasseId) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.entry.impasse == impasse)
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.items.iter().map(|item| item.entry.clone()).collect()
    }

    /// 再次提交: those that the draft takes again though they were decided on.
    pub fn again(&self) -> Vec<ImpasseId> {
        self.items.iter().filter(|item| item.entry.again).map(|item| item.entry.impasse).collect()
    }

    /// What goes, or went, to the government with it.
    pub fn sent(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.withdrawn.is_none())
    }

    /// What a command comes to.
    ///
    /// # Errors
    /// `wrong_submission_state`; `month_over` for an earlier month; `draft_stale` where the list is no longer
    /// what the draft says; `nothing_to_submit`; `not_in_packet`; `already_decided`; `decided_in_future` and
    /// `decided_before_submission`.
    pub fn decide(
        &self,
        command: Command,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Refresh { entries } => {
                self.must_be_a_draft_of_this_month(ctx)?;
                Ok(vec![Event::SubmissionRefreshed { entries }])
            }
            Command::Freeze { entries, digest } => {
                self.must_be_a_draft_of_this_month(ctx)?;
                if entries.is_empty() && self.items.is_empty() {
                    return Err(Refusal::new("nothing_to_submit", "本月没有须提交市政府的事项"));
                }
                if entries != self.entries() {
                    return Err(Refusal::new("draft_stale", "拟稿后事项有变化，请先更新拟稿"));
                }
                Ok(vec![Event::SubmissionFrozen { digest }])
            }
            Command::Submit { withdrawn } => self.submit(withdrawn, registry),
            Command::Decide { impasse, decision } => self.record(impasse, decision, ctx),
            Command::Miss { .. } if self.needs_no_alarm() => Err(self.wrong_state()),
            Command::Miss { entries } => Ok(vec![Event::SubmissionMissed { month: self.month, entries }]),
        }
    }

    /// Sent, or noted as missed.
    pub fn needs_no_alarm(&self) -> bool {
        self.submitted.is_some() || self.missed.is_some()
    }

    fn must_be(&self, state: State) -> Result<(), Refusal> {
        if self.state == state { Ok(()) } else { Err(self.wrong_state()) }
    }

    fn wrong_state(&self) -> Refusal {
        Refusal::new("wrong_submission_state", format!("{}的提交{}", self.month, self.state.label()))
    }

    fn must_be_a_draft_of_this_month(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        if self.state == State::Missed || self.state == State::Draft && self.month != Month::of(ctx.today()) {
            return Err(Refusal::new("month_over", "该月已过，事项结转本月提交"));
        }
        self.must_be(State::Draft)
    }

    fn submit(&self, withdrawn: Vec<Withdrawn>, registry: &mut dyn Registry) -> Result<Vec<Event>, Refusal> {
        self.must_be(State::Frozen)?;
        let is_withdrawn = |item: &Item| withdrawn.iter().any(|it| it.impasse == item.entry.impasse);
        if withdrawn.iter().any(|it| self.items.iter().all(|item| item.entry.impasse != it.impasse)) {
            return Err(Refusal::new("not_in_packet", "该事项不在本月提交的事项中"));
        }
        if self.items.iter().all(is_withdrawn) {
            return Err(Refusal::new("nothing_to_submit", "没有须提交市政府的事项"));
        }
        let number = registry.number(DocumentKind::GovernmentSubmission)?;
        Ok(vec![Event::SubmissionSent { number, withdrawn }])
    }

    fn record(
        &self,
        impasse: ImpasseId,
        decision: GovernmentDecision,
        ctx: &Context<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        if self.state != State::Complete {
            self.must_be(State::Submitted)?;
        }
        let item = self.sent().find(|item| item.entry.impasse == impasse);
        let item = item.ok_or_else(|| Refusal::new("not_in_packet", "该事项不在本月提交的事项中"))?;
        if item.decision.is_some() {
            return Err(Refusal::new("already_decided", "该事项的研究意见已经登记"));
        }
        if decision.decided_on > ctx.today() {
            return Err(Refusal::new("decided_in_future", "研究日期不能晚于今天"));
        }
        if self.submitted.as_ref().is_some_and(|submitted| decision.decided_on < submitted.at.day()) {
            return Err(Refusal::new("decided_before_submission", "研究日期不能早于提交日期"));
        }
        let rest = self.sent().filter(|item| item.decision.is_none()).count();
        let mut events = vec![Event::SubmissionDecided { impasse, decision }];
        if rest == 1 {
            events.push(Event::SubmissionCompleted);
        }
        Ok(events)
    }

    /// 滞留: whether an impasse lies in this packet, which was frozen and never sent, and has waited ever since. It is for a
    /// later month then, carried over from this one.
    pub fn is_stuck_with(&self, impasse: &Impasse) -> bool {
        let waits = exceptional_since(impasse).is_some_and(|since| Month::of(since.day()) <= self.month);
        let sent_later = impasse.government.last().is_some_and(|sent| sent.month >= self.month.first_day());
        let is_in_it = self.items.iter().any(|item| item.entry.impasse == impasse.id);
        self.state == State::Frozen && waits && !sent_later && is_in_it
    }

    /// 错过本月: whether an entry became exceptional after this month's list was frozen. What was frozen was complete, so
    /// whatever is not in it came later.
    pub fn was_missed_by(&self, entry: &Entry) -> bool {
        let came_later = |frozen: &Frozen| entry.since.day() >= frozen.at.day();
        Month::of(entry.since.day()) == self.month
            && self.frozen.as_ref().is_some_and(came_later)
            && self.items.iter().all(|item| item.entry.impasse != entry.impasse)
    }
}

fn items(entries: Vec<Entry>) -> Vec<Item> {
    entries.into_iter().map(|entry| Item { entry, withdrawn: None, decision: None }).collect()
}
