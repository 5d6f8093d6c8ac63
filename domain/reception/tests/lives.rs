//! Random lives of a consultation, against what may never be otherwise (clause B5-1).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod desk;

use desk::{Desk, WINDOWS, conclude, decline, of, online, party, to_fallback, to_window, turn};
use kernel::responsibility::{Responsible, Taken};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use reception::{Command, Direction};

/// Somebody at a window does something, or leaves it.
#[derive(Clone, Debug)]
enum Step {
    Does(&'static str, Command),
    Leaves(&'static str),
}

fn directions() -> impl Strategy<Value = Direction> {
    prop_oneof![3 => select(WINDOWS.to_vec()).prop_map(to_window), 2 => Just(to_fallback()), 1 => Just(online())]
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => directions().prop_map(Command::Direct),
        4 => Just(Command::Accept),
        2 => Just(decline()),
        1 => Just(conclude()),
        1 => (1..3_u8).prop_map(|nth| turn(party(nth))),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (select(WINDOWS.to_vec()), commands()).prop_map(|(who, command)| Step::Does(who, command)),
        1 => select(WINDOWS.to_vec()).prop_map(Step::Leaves),
    ]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    /// Clause B5-1: from the question to the end exactly one answers for it, who was asked first stays on record, it passes
    /// to another one only where they accept or take it, and ended is ended.
    #[test]
    fn somebody_answers_for_it_until_it_ends(
        first in select(WINDOWS.to_vec()), direction in directions(), steps in vec(steps(), 0..20),
    ) {
        let Ok(mut desk) = Desk::asked(first, Some(party(1)), direction) else { return Ok(()) };
        for step in steps {
            let before = desk.it.clone();
            let went = match step.clone() {
                Step::Does(who, command) => desk.does(&of(who), command).is_ok(),
                Step::Leaves(who) => desk.leaves(who, &[]),
            };
            prop_assert!(before.is_open() || !went, "{:?} after the end", step);
            let (chain, was) = (desk.chain(), before.responsibility.tenures().len());
            let passed = chain.len() > was;
            prop_assert!(chain.len() >= was && (!passed || went));
            prop_assert!(!passed || chain.last().is_some_and(|(_, how)| *how != Taken::FirstContact));
            prop_assert_eq!(desk.it.responsibility.now().is_some(), desk.it.is_open());
            prop_assert_eq!(&chain[0].0, &Responsible::Staff(desk.it.asked.by.clone()));
            prop_assert!(desk.it.offered_to() != Some(&desk.it.held_at));
        }
    }
}
