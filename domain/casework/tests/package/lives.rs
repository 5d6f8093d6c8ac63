//! Random lives of whole packages: any order among the members, any command on any of them, parts withdrawn, materials
//! given once for all, editions of the calendar; each member against the model of a case, and the whole against what the
//! records of its members tell (clause C1-1, rule L10). More lives than usual with `LAW_SEQUENCES=100000`.

mod whole;

use catalog::{ItemVersion, MaterialUse, Member, Package, SharedMaterial, VersionState};
use kernel::{MaterialCode, access::roles_for};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use whole::{Whole, is_open};

use crate::{
    hall::{Desk, FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, lenient, text},
    model::{Ask, ask, forward, invariants},
    scene::{code, project},
};

const ITEMS: [&str; 4] = [ON_THE_SPOT, PROMISED_TIME, FOR_SIX_MONTHS, WITHOUT_COURIER];

fn version(code: &str) -> &'static ItemVersion {
    if code == PROMISED_TIME { lenient() } else { item(code) }
}

/// One thing that all members use, and one that only those want that are done on the spot.
fn shared() -> Vec<SharedMaterial> {
    let one = |shared: &str, uses: &[(&str, usize)]| {
        let named = |(of, at): &(&str, usize)| MaterialUse {
            item: code(of),
            material: version(of).materials[*at].code.clone(),
        };
        let code = shared.parse::<MaterialCode>().unwrap();
        SharedMaterial { code, name: text("共用材料"), uses: uses.iter().map(named).collect() }
    };
    vec![
        one("licence", &[(ON_THE_SPOT, 1), (PROMISED_TIME, 2), (FOR_SIX_MONTHS, 1), (WITHOUT_COURIER, 1)]),
        one("mandate", &[(ON_THE_SPOT, 2), (FOR_SIX_MONTHS, 2)]),
    ]
}

/// The items in any order, each after some of those before it.
fn package() -> impl Strategy<Value = Package> {
    let masks = proptest::collection::vec(any::<u8>(), ITEMS.len());
    (Just(ITEMS.to_vec()).prop_shuffle(), masks).prop_map(|(codes, masks)| {
        let member = |(at, mask): (usize, u8)| {
            let before = codes[..at].iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
            Member { item: code(codes[at]), after: before.map(|(_, it)| code(it)).collect(), optional: false }
        };
        let members = masks.into_iter().enumerate().map(member).collect();
        Package { members, shared: shared(), state: VersionState::Published, ..project() }
    })
}

/// One turn: time passes, then something happens to a member or to the whole.
#[derive(Clone, Debug)]
enum Turn {
    /// Whatever brings one of them on.
    Forward(u8, u8),
    /// Anything of one of them, by one of those whose role it is for.
    Fitting(usize, u8, Ask),
    /// Anything of one of them, by anybody.
    Wild(usize, Person, Ask),
    /// 部分撤回: those of the mask, and those that wait for them or not.
    Withdraw(u8, bool, Person),
    /// 共用材料, handed in once.
    HandIn(usize, Person),
    Edition(u8),
}

#[derive(Clone, Copy, Debug)]
struct Passing {
    minutes: i64,
    watched: bool,
}

fn turns() -> impl Strategy<Value = Vec<(Passing, Turn)>> {
    let (at, person) = (|| 0..ITEMS.len(), select(Person::ALL.to_vec()));
    let mask = prop_oneof![4 => at().prop_map(|at| 1_u8 << at), 1 => any::<u8>()];
    let turn = prop_oneof![
        24 => any::<(u8, u8)>().prop_map(|(which, choice)| Turn::Forward(which, choice)),
        8 => (at(), any::<u8>(), ask()).prop_map(|(at, who, ask)| Turn::Fitting(at, who, ask)),
        2 => (at(), person, ask()).prop_map(|(at, person, ask)| Turn::Wild(at, person, ask)),
        2 => (mask, any::<bool>(), select(vec![Person::Applicant, Person::Applicant, Person::Clerk]))
            .prop_map(|(mask, with_dependents, by)| Turn::Withdraw(mask, with_dependents, by)),
        2 => (0..2_usize, select(vec![Person::Applicant, Person::Clerk])).prop_map(|(at, by)| Turn::HandIn(at, by)),
        1 => any::<u8>().prop_map(Turn::Edition),
    ];
    let minutes = prop_oneof![8 => 0..300_i64, 2 => 300..3000_i64, 1 => 3000..20_000_i64];
    let passing = (minutes, any::<bool>()).prop_map(|(minutes, watched)| Passing { minutes, watched });
    proptest::collection::vec((passing, turn), 1..90)
}

/// What a set of lives has come across.
#[derive(Debug, Default)]
struct Seen {
    released: usize,
    barred: usize,
    withdrawn: usize,
    given: usize,
    over: usize,
}

fn live(package: &Package, by: Person, turns: &[(Passing, Turn)], seen: &mut Seen) {
    let mut whole = Whole::file(package, by, seen);
    whole.hold("at first");
    for (passing, turn) in turns {
        whole.pass(*passing);
        match turn {
            Turn::Forward(which, choice) => {
                let able = whole.parts.iter().enumerate().filter(|(_, part)| !part.desk.case.is_waiting());
                let able = able.filter_map(|(at, part)| Some((at, forward(&part.model, *choice)?)));
                let able: Vec<(usize, (Person, Ask))> = able.collect();
                if let Some((at, (person, ask))) = able.get(usize::from(*which) % able.len().max(1)) {
                    whole.act(*at, *person, ask);
                }
            }
            Turn::Fitting(at, who, ask) => {
                let person = fitting(&whole.parts[*at].desk, *who, ask);
                whole.act(*at, person, ask);
            }
            Turn::Wild(at, person, ask) => whole.act(*at, *person, ask),
            Turn::Withdraw(mask, with_dependents, by) => whole.withdraw(*mask, *with_dependents, *by),
            Turn::HandIn(nth, by) => whole.hand_in(*nth, *by),
            Turn::Edition(nth) => whole.publish(*nth),
        }
    }
    whole.everything_lies_once();
    for part in &whole.parts {
        invariants::adds_up(&part.desk, &format!("{turns:?}"));
    }
    let open = whole.standings().into_iter().any(is_open);
    whole.seen.over += usize::from(!open);
}

fn fitting(desk: &Desk, who: u8, ask: &Ask) -> Person {
    let action = ask.command(desk.item, &desk.case, desk.now).action();
    let may = |person: &Person| roles_for(action).contains(&person.at(desk.item).role());
    let people: Vec<_> = Person::ALL.into_iter().filter(may).collect();
    people[usize::from(who) % people.len()]
}

fn beginning() -> impl Strategy<Value = (Package, Person)> {
    (package(), select(vec![Person::Clerk, Person::Applicant, Person::Adapter]))
}

/// Clause C1-1, rules L1, L10
#[test]
fn every_life_of_a_package_keeps_its_order() {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: more.unwrap_or(120), failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(beginning(), turns()), |((package, by), turns)| {
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
    let strategy = (beginning(), turns());
    for _ in 0..80 {
        let ((package, by), turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&package, by, &turns, &mut seen);
    }
    let missed = [seen.released, seen.barred, seen.withdrawn, seen.given, seen.over].contains(&0);
    assert!(!missed, "never happened: {seen:?}");
}
