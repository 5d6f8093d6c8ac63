//! What is to happen in the life of a package.

use std::ops::Range;

use catalog::{ItemVersion, MaterialUse, Member, Package, SharedMaterial, VersionState};
use kernel::MaterialCode;
use proptest::{prelude::*, sample::select};

use crate::{
    hall::{FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, lenient, text},
    model::{Ask, ask},
    scene::{code, project},
};

pub(crate) const ITEMS: [&str; 4] = [ON_THE_SPOT, PROMISED_TIME, FOR_SIX_MONTHS, WITHOUT_COURIER];

pub(crate) fn version(code: &str) -> &'static ItemVersion {
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
pub(crate) enum Turn {
    /// Whatever brings one of them on.
    Forward(u8, u8),
    /// Anything of one of them, by one of those whose role it is for.
    Fitting(usize, u8, Ask),
    /// Anything of one of them, by anybody.
    Wild(usize, Person, Ask),
    /// 部分撤回: those of the mask, and those that wait for them or not.
    Withdraw(u8, bool, Person),
    /// What others build on is taken up again.
    Again(u8),
    /// 共用材料, handed in once.
    HandIn(usize, Person),
    Edition(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Passing {
    pub(crate) minutes: i64,
    pub(crate) watched: bool,
}

pub(crate) fn turns(how_many: Range<usize>) -> impl Strategy<Value = Vec<(Passing, Turn)>> {
    let (at, person) = (|| 0..ITEMS.len(), select(Person::ALL.to_vec()));
    let mask = prop_oneof![4 => at().prop_map(|at| 1_u8 << at), 1 => any::<u8>()];
    let turn = prop_oneof![
        24 => any::<(u8, u8)>().prop_map(|(which, choice)| Turn::Forward(which, choice)),
        8 => (at(), any::<u8>(), ask()).prop_map(|(at, who, ask)| Turn::Fitting(at, who, ask)),
        2 => (at(), person, ask()).prop_map(|(at, person, ask)| Turn::Wild(at, person, ask)),
        2 => (mask, any::<bool>(), select(vec![Person::Applicant, Person::Applicant, Person::Clerk]))
            .prop_map(|(mask, with_dependents, by)| Turn::Withdraw(mask, with_dependents, by)),
        4 => any::<u8>().prop_map(Turn::Again),
        2 => (0..2_usize, select(vec![Person::Applicant, Person::Clerk])).prop_map(|(at, by)| Turn::HandIn(at, by)),
        1 => any::<u8>().prop_map(Turn::Edition),
    ];
    let minutes = prop_oneof![8 => 0..300_i64, 2 => 300..3000_i64, 1 => 3000..20_000_i64];
    let passing = (minutes, any::<bool>()).prop_map(|(minutes, watched)| Passing { minutes, watched });
    proptest::collection::vec((passing, turn), how_many)
}

/// A life in which things go well, but for what is done being taken up again while others build on it.
pub(crate) fn taken_up_again() -> impl Strategy<Value = Vec<(Passing, Turn)>> {
    // By these what is looked at is in order and what is decided is granted.
    let choices: Vec<u8> = (0..=180).filter(|choice| matches!(choice % 20, 14 | 18)).collect();
    let passing = (0..60_i64, any::<bool>()).prop_map(|(minutes, watched)| Passing { minutes, watched });
    proptest::collection::vec((passing, select(choices).prop_map(Turn::Again)), 60..80)
}

pub(crate) fn beginning() -> impl Strategy<Value = (Package, Person)> {
    (package(), select(vec![Person::Clerk, Person::Applicant, Person::Adapter]))
}
