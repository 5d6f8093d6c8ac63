//! 并单 in whatever order: no work order is lost under another one.

use std::{collections::BTreeMap, convert::Infallible};

use escalation::hotline::{ExternalNo, Message, State, WorkOrder, chain};
use kernel::{Context, Role};
use proptest::prelude::*;

use crate::desk::{Desk, actor, reply, word};

#[derive(Clone, Copy, Debug)]
enum Step {
    Dispatch(u8),
    Merge(u8, u8),
    Urge(u8),
    Answer(u8),
    Dissatisfied(u8),
}

fn any_step() -> impl Strategy<Value = Step> {
    let one = || 0u8..6;
    prop_oneof![
        3 => one().prop_map(Step::Dispatch),
        5 => (one(), one()).prop_map(|(from, into)| Step::Merge(from, into)),
        2 => one().prop_map(Step::Urge),
        2 => one().prop_map(Step::Answer),
        1 => one().prop_map(Step::Dissatisfied),
    ]
}

fn number(of: u8) -> ExternalNo {
    format!("W-{of}").parse().unwrap()
}

/// The orders of a hotline as the desk keeps them.
#[derive(Default)]
struct Orders(BTreeMap<ExternalNo, Desk>);

impl Orders {
    fn chain(&self, from: &ExternalNo) -> Vec<WorkOrder> {
        let Some(first) = self.0.get(from) else { return Vec::new() };
        let find = |number: &ExternalNo| Ok::<_, Infallible>(self.0.get(number).map(|desk| desk.order.clone()));
        chain(first.order.clone(), find).unwrap()
    }

    fn merge(&mut self, from: &ExternalNo, into: &ExternalNo) {
        let chain = self.chain(into);
        let Some(desk) = self.0.get_mut(from) else { return };
        if let Ok(event) = desk.order.merge(into.clone(), &chain) {
            desk.take(vec![event], &actor(Role::Hotline));
        }
    }

    /// The one that heard it, if it was heard.
    fn hears(&mut self, of: &ExternalNo, message: Message) -> Option<ExternalNo> {
        let survivor = self.chain(of).last()?.external_no.clone();
        let merged = self.0[of].order.clone();
        let desk = self.0.get_mut(&survivor).unwrap();
        let by = actor(Role::Hotline);
        let events = {
            let ctx = Context { now: desk.now, actor: &by, calendar: &desk.calendar, practice: &desk.practice };
            desk.order.hear_for(&merged, message, &desk.terms, &ctx).ok()?.1
        };
        desk.take(events, &by);
        Some(survivor)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Dispatch(of) if !self.0.contains_key(&number(of)) => {
                let it = number(of);
                self.0.insert(it.clone(), Desk::numbered(it.as_str()));
                let waits = |desk: &&Desk| desk.order.awaits_merge.as_ref() == Some(&it);
                let waiting: Vec<_> =
                    self.0.values().filter(waits).map(|desk| desk.order.external_no.clone()).collect();
                waiting.iter().for_each(|from| self.merge(from, &it));
            }
            Step::Dispatch(_) => {}
            Step::Merge(from, into) => self.merge(&number(from), &number(into)),
            Step::Urge(of) => drop(self.hears(&number(of), Message::Urge { reason: None })),
            Step::Answer(of) => {
                if let Some(desk) = self.0.get_mut(&number(of)) {
                    let _ = desk.try_it(Role::Supervisor, escalation::hotline::Command::Acknowledge);
                    let _ = desk.try_it(Role::Supervisor, reply());
                }
            }
            Step::Dissatisfied(of) => drop(self.hears(&number(of), word(false))),
        }
    }
}

proptest! {
    /// Clause G3: whatever is merged into whatever, whenever: every order that was dispatched is followed under one that is
    /// there and not merged; none goes round; one that waits for its target is in handling; and an urging of any reaches the
    /// one that it is followed under.
    #[test]
    fn every_order_is_found(steps in proptest::collection::vec(any_step(), 0..60)) {
        let mut orders = Orders::default();
        for step in steps {
            orders.take(step);
            for (number, desk) in &orders.0 {
                let chain = orders.chain(number);
                let last = chain.last().unwrap();
                prop_assert!(last.state != State::Merged, "{number} ends at {} after {step:?}", last.external_no);
                prop_assert!(chain.len() <= orders.0.len());
                if let Some(awaited) = &desk.order.awaits_merge {
                    prop_assert!(!orders.0.contains_key(awaited), "{number} waits for {awaited}, which is there");
                    prop_assert!(desk.order.state != State::Merged);
                }
            }
        }
        let all: Vec<ExternalNo> = orders.0.keys().cloned().collect();
        for number in all {
            let survivor = orders.chain(&number).last().unwrap().external_no.clone();
            let before = orders.0[&survivor].order.urged;
            prop_assert_eq!(orders.hears(&number, Message::Urge { reason: None }), Some(survivor.clone()));
            prop_assert_eq!(orders.0[&survivor].order.urged, before + 1);
        }
    }
}

/// Clause G3: into one that is followed under this one it cannot go, at whatever remove.
#[test]
fn a_ring_is_refused() {
    let mut orders = Orders::default();
    (0..3).for_each(|of| orders.take(Step::Dispatch(of)));
    orders.take(Step::Merge(0, 1));
    orders.take(Step::Merge(1, 2));
    let chain = orders.chain(&number(0));
    assert_eq!(chain.iter().map(|order| order.external_no.to_string()).collect::<Vec<_>>(), ["W-0", "W-1", "W-2"]);
    assert_eq!(orders.0[&number(2)].order.merge(number(0), &chain).unwrap_err().code, "merge_cycle");
}
