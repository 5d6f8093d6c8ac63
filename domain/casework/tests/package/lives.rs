//! Random lives of whole packages: any order among the members, any command on any of them, parts withdrawn, materials
//! given once for all, editions of the calendar; each member against the model of a case, and the whole against what the
//! records of its members tell (clause C1-1, rule L10). More lives than usual with `LAW_SEQUENCES=100000`.

mod deed;
mod order;
mod plan;
mod whole;

use catalog::Package;
use plan::{Passing, Turn, beginning, taken_up_again, turns};
use proptest::{
    prop_oneof,
    strategy::{Strategy as _, ValueTree},
    test_runner::{Config, TestRunner},
};
use whole::{Seen, Whole};

use crate::hall::Person;

fn live(package: &Package, by: Person, turns: &[(Passing, Turn)], seen: &mut Seen) {
    let mut whole = Whole::file(package, by, 0, seen);
    whole.hold("at first");
    for (passing, turn) in turns {
        whole.pass(*passing);
        if let Some(deed) = whole.deed(turn) {
            // What comes of it is held against the model there.
            let _ = whole.does(&deed);
        }
    }
    whole.adds_up(&format!("{turns:?}"));
}

/// Clause C1-1, rules L1, L10
#[test]
fn every_life_of_a_package_keeps_its_order() {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: more.unwrap_or(120), failure_persistence: None, ..Config::default() };
    let turns = prop_oneof![9 => turns(1..90), 1 => taken_up_again()];
    let result = TestRunner::new(config).run(&(beginning(), turns), |((package, by), turns)| {
        live(&package, by, &turns, &mut Seen::default());
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The same with fixed dice, to be sure that the lives above get everywhere.
#[test]
fn the_lives_of_packages_get_everywhere() {
    let mut seen = Seen::default();
    let mut fixed = TestRunner::deterministic();
    let strategy = (beginning(), turns(1..90));
    for _ in 0..80 {
        let ((package, by), turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&package, by, &turns, &mut seen);
    }
    let missed = [seen.released, seen.barred, seen.withdrawn, seen.given, seen.over].contains(&0);
    assert!(!missed, "never happened: {seen:?}");
    let strategy = (beginning(), taken_up_again());
    for _ in 0..10 {
        let ((package, by), turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&package, by, &turns, &mut seen);
    }
    assert!(seen.held_back > 0 && seen.resumed > 0, "never happened: {seen:?}");
}
