//! Random lives of a consultation, against what may never be otherwise (clause B5-1). More lives than usual with
//! `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod desk;

use std::collections::HashSet;

use desk::{Desk, WINDOWS, at, clerk, conclude, decline, online, party, staff, to_fallback, to_window, turn};
use kernel::responsibility::{Responsible, Taken};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use reception::{Command, Direction};

/// Who is posted where: one at each window, two where it is asked most, and one at two windows.
const CLERKS: [(&str, &[&str]); 6] = [
    ("enquiry", &["enquiry"]),
    ("colleague", &["enquiry"]),
    ("policy", &["policy"]),
    ("project", &["project"]),
    ("fallback", &["fallback"]),
    ("both", &["policy", "project"]),
];

/// Somebody does something, or leaves all their windows.
#[derive(Clone, Debug)]
enum Step {
    Does(usize, Command),
    Leaves(usize),
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
        8 => (0..CLERKS.len(), commands()).prop_map(|(who, command)| Step::Does(who, command)),
        1 => (0..CLERKS.len()).prop_map(Step::Leaves),
    ]
}

/// More than usual where `LAW_SEQUENCES` says so.
fn config() -> Config {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: more.unwrap_or(1_000), failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    /// Clause B5-1: from the question to the end exactly one answers for it, who was asked first stays on record, and ended is
    /// ended. It passes to whoever accepts what was offered to their window, to whoever of the window takes what only the window
    /// answers for, and to the window when somebody leaves; nobody acts where they are not posted.
    #[test]
    fn every_life_of_a_consultation_has_somebody_who_answers(
        first in select(WINDOWS.to_vec()), direction in directions(), steps in vec(steps(), 0..20),
    ) {
        let Ok(mut desk) = Desk::asked(first, Some(party(1)), direction) else { return Ok(()) };
        let mut gone = HashSet::new();
        for step in steps {
            let before = desk.it.clone();
            let (who, went) = match step.clone() {
                Step::Does(who, command) => {
                    let (code, windows) = CLERKS[who];
                    let windows = if gone.contains(&who) { &[] } else { windows };
                    (who, desk.does(&clerk(code, windows), command).is_ok())
                }
                Step::Leaves(who) => {
                    gone.insert(who);
                    (who, desk.leaves(CLERKS[who].0, &[]))
                }
            };
            let (code, windows) = CLERKS[who];
            prop_assert!(before.is_open() || !went, "{:?} after the end", step);
            let (chain, was) = (desk.chain(), before.responsibility.tenures().len());
            prop_assert!(chain.len() == was || (went && chain.len() == was + 1), "{:?}", step);
            if chain.len() > was {
                let (to, how) = chain.last().unwrap();
                let waited = before.responsibility.now() == Some(&Responsible::Window(before.held_at.clone()));
                let rightly = match (&step, how) {
                    (Step::Leaves(_), Taken::Returned) => *to == Responsible::Window(before.held_at.clone()),
                    (Step::Does(_, Command::Accept | Command::Turn { .. }), Taken::Accepted) => {
                        before.offered_to() == Some(&desk.it.held_at) && *to == Responsible::Staff(staff(code))
                    }
                    (Step::Does(..), Taken::Taken) => waited && *to == Responsible::Staff(staff(code)),
                    _ => false,
                };
                prop_assert!(rightly, "{:?} {:?} {:?}", step, to, how);
            }
            if let Step::Does(_, command) = &step && went {
                prop_assert!(!gone.contains(&who), "{:?} by somebody who left", step);
                let place = if matches!(command, Command::Decline { .. }) { before.offered_to() } else { Some(&desk.it.held_at) };
                prop_assert!(place.is_some_and(|place| windows.iter().any(|window| at(window) == *place)), "{:?}", step);
            }
            prop_assert_eq!(desk.it.responsibility.now().is_some(), desk.it.is_open());
            prop_assert_eq!(&chain[0].0, &Responsible::Staff(desk.it.asked.by.clone()));
            prop_assert!(desk.it.offered_to() != Some(&desk.it.held_at));
        }
    }
}
