//! 每月提交: a packet that is frozen never changes again, is sent once, and each of its items is decided once.

use std::collections::BTreeSet;

use escalation::{
    GovernmentDecision, Level,
    submission::{self, Command, Entry, Event, Month, Recorded, State, Submission, Withdrawn, entry},
};
use kernel::{Centre, Instant};
use proptest::prelude::*;

use crate::{
    POOL, at_desk, code, config,
    hall::{Numbers, Person, morning, scene, text},
    impasse, minutes, named,
};

#[derive(Clone, Debug)]
enum Ask {
    Refresh(u8),
    /// With what the list would be now.
    Freeze(u8),
    /// 定稿 of exactly what was drafted.
    FreezeAsDrafted,
    Submit(u8),
    /// And how many days ago it was decided.
    Decide(u8, u64),
    Miss,
}

fn ask() -> impl Strategy<Value = Ask> {
    let mask = || 0..1_u8 << POOL;
    prop_oneof![
        3 => mask().prop_map(Ask::Refresh),
        1 => mask().prop_map(Ask::Freeze),
        3 => Just(Ask::FreezeAsDrafted),
        3 => prop_oneof![3 => Just(0_u8), 1 => mask()].prop_map(Ask::Submit),
        6 => (0..POOL + 1, prop_oneof![4 => Just(0_u64), 1 => 1..9_u64]).prop_map(|(nth, ago)| Ask::Decide(nth, ago)),
        1 => Just(Ask::Miss),
    ]
}

/// The submission as simple as it can be told.
#[derive(Debug)]
struct Model {
    state: State,
    items: BTreeSet<u8>,
    withdrawn: BTreeSet<u8>,
    decided: BTreeSet<u8>,
    sent_on: Option<chrono::NaiveDate>,
    missed: bool,
}

impl Model {
    fn drafted(items: BTreeSet<u8>) -> Self {
        let (withdrawn, decided) = (BTreeSet::new(), BTreeSet::new());
        Self { state: State::Draft, items, withdrawn, decided, sent_on: None, missed: false }
    }

    fn take(&mut self, ask: &Ask, now: Instant) -> bool {
        let this_month = Month::of(now.day()) == Month::of(morning().day());
        let drafts = self.state == State::Draft && this_month;
        match ask {
            Ask::Refresh(mask) if drafts => self.items = named(*mask).into_iter().collect(),
            Ask::Freeze(mask) if drafts && self.items.iter().copied().eq(named(*mask)) => return self.freeze(),
            Ask::FreezeAsDrafted if drafts => return self.freeze(),
            Ask::Submit(mask) if self.state == State::Frozen => {
                let withdrawn: BTreeSet<u8> = named(*mask).into_iter().collect();
                if !withdrawn.is_subset(&self.items) || withdrawn == self.items {
                    return false;
                }
                (self.state, self.withdrawn, self.sent_on) = (State::Submitted, withdrawn, Some(now.day()));
            }
            Ask::Decide(nth, ago) if matches!(self.state, State::Submitted | State::Complete) => {
                let on = now.plus(-chrono::Duration::days(ago.cast_signed())).day();
                let sent = self.items.contains(nth) && !self.withdrawn.contains(nth);
                if !sent || self.sent_on.is_some_and(|sent_on| on < sent_on) || !self.decided.insert(*nth) {
                    return false;
                }
                if self.decided.len() + self.withdrawn.len() == self.items.len() {
                    self.state = State::Complete;
                }
            }
            Ask::Miss if self.sent_on.is_none() && !self.missed => {
                self.missed = true;
                self.state = if self.state == State::Draft { State::Missed } else { self.state };
            }
            _ => return false,
        }
        true
    }

    fn freeze(&mut self) -> bool {
        let something = !self.items.is_empty();
        self.state = if something { State::Frozen } else { self.state };
        something
    }
}

fn entries(of: impl IntoIterator<Item = u8>) -> Vec<Entry> {
    let one = scene::graded(Level::Exceptional).impasse;
    let base = entry(&one, Month::of(morning().day()), &[]).unwrap();
    of.into_iter().map(|nth| Entry { impasse: impasse(nth), ..base.clone() }).collect()
}

fn command(ask: &Ask, submission: &Submission, now: Instant) -> Command {
    let freeze = |entries| Command::Freeze { entries, digest: format!("{:064x}", submission.version) };
    match ask {
        Ask::Refresh(mask) => Command::Refresh { entries: entries(named(*mask)) },
        Ask::Freeze(mask) => freeze(entries(named(*mask))),
        Ask::FreezeAsDrafted => freeze(submission.entries()),
        Ask::Submit(mask) => {
            let withdrawn = |nth| Withdrawn { impasse: impasse(nth), reason: text("已经解决") };
            Command::Submit { withdrawn: named(*mask).into_iter().map(withdrawn).collect() }
        }
        Ask::Decide(nth, ago) => {
            let decided_on = now.plus(-chrono::Duration::days(ago.cast_signed())).day();
            let decision = GovernmentDecision { decision: text("由资规局牵头"), decided_on, document: None };
            Command::Decide { impasse: impasse(*nth), decision }
        }
        Ask::Miss => Command::Miss { entries: submission.entries() },
    }
}

fn live(first: u8, asks: &[(i64, Ask)]) {
    let (mut now, mut numbers) = (morning(), Numbers::default());
    let signed = Person::Reform.actor().signature();
    let drafted = at_desk(Person::Reform, now, |ctx| submission::draft(entries(named(first)), ctx));
    let mut record = vec![Recorded { version: 1, at: now, by: signed.clone(), event: drafted }];
    let mut submission = Submission::fold(Centre::WENLING, &record).unwrap();
    let mut model = Model::drafted(named(first).into_iter().collect());
    for (minutes, ask) in asks {
        now = now.plus(chrono::Duration::minutes(*minutes));
        let (before, what) = (submission.clone(), format!("{ask:?} at {now} in {model:?}"));
        let command = command(ask, &submission, now);
        let told = at_desk(Person::Reform, now, |ctx| submission.decide(command, &mut numbers, ctx));
        assert_eq!(told.is_ok(), model.take(ask, now), "{what}: {:?}", code(&told));
        for event in told.unwrap_or_default() {
            record.push(Recorded { version: submission.version + 1, at: now, by: signed.clone(), event });
            submission.apply(record.last().unwrap());
        }
        assert_eq!(submission.state, model.state, "{what}");
        assert_eq!(submission.needs_no_alarm(), model.missed || model.sent_on.is_some(), "{what}");
        holds(&before, &submission, &what);
    }
    assert_eq!(Submission::fold(Centre::WENLING, &record), Some(submission.clone()));
    let sent = record.iter().filter(|it| matches!(it.event, Event::SubmissionSent { .. })).count();
    assert_eq!(
        (sent, numbers.issued.len()),
        (usize::from(submission.submitted.is_some()), sent),
        "one packet, one number"
    );
}

/// Clause D4-4: what was frozen stays as it is, what was decided stays decided, and an alarm stays.
fn holds(before: &Submission, after: &Submission, what: &str) {
    assert!(before.frozen.is_none() || before.frozen == after.frozen, "{what}: another packet");
    assert!(before.frozen.is_none() || before.entries() == after.entries(), "{what}: another list");
    assert!(before.submitted.is_none() || before.submitted == after.submitted, "{what}: sent again");
    assert!(before.missed.is_none() || before.missed == after.missed, "{what}: an alarm is gone");
    for (was, is) in before.items.iter().zip(&after.items).filter(|_| before.frozen.is_some()) {
        assert!(was.decision.is_none() || was.decision == is.decision, "{what}: decided again");
        assert!(is.decision.is_none() || is.withdrawn.is_none(), "{what}: decided, though it was taken off");
    }
    let open = after.items.iter().any(|item| item.withdrawn.is_none() && item.decision.is_none());
    assert_eq!(after.state == State::Complete, after.submitted.is_some() && !open, "{what}");
    assert_eq!(after.completed_at.is_some(), after.state == State::Complete, "{what}");
}

proptest! {
    #![proptest_config(config())]

    /// Clause D4-4
    #[test]
    fn every_life_of_a_submission(
        first in 1..1_u8 << POOL,
        asks in proptest::collection::vec((minutes(), ask()), 1..25),
    ) {
        live(first, &asks);
    }
}
