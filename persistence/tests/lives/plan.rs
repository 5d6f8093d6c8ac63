//! What is to happen in lives side by side.

use std::ops::Range;

use catalog::{DeliveryMethod, ItemVersion, Silence};
use proptest::prelude::*;

use crate::{
    hall::{
        FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, joint, lenient, tested_on_the_site,
    },
    model::{Ask, ask},
};

#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// Nobody asks for anything.
    Rest,
    /// Whatever brings the case on, so that lives get to their end.
    Forward(u8),
    /// Anything by one of those whose role it is for.
    Fitting(u8, Ask),
    /// Anything by anybody.
    Wild(Person, Ask),
}

/// How time passes for all of them: how long, and whether the clock is looked at meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passing {
    pub(crate) minutes: i64,
    pub(crate) watched: bool,
    /// Another edition of the calendar comes into force after it.
    pub(crate) edition: Option<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) item: &'static ItemVersion,
    pub(crate) by: Person,
    pub(crate) delivery: DeliveryMethod,
    pub(crate) turns: Vec<Turn>,
}

fn plan(turns: Range<usize>) -> impl Strategy<Value = Plan> {
    let by = proptest::sample::select(vec![Person::Clerk, Person::Applicant, Person::Adapter]);
    let given = [ON_THE_SPOT, FOR_SIX_MONTHS, PROMISED_TIME, WITHOUT_COURIER].map(item);
    let edited = [lenient(), lenient(), joint(Silence::Consent), joint(Silence::Open), tested_on_the_site()];
    let items = proptest::sample::select([&given[..], &edited].concat());
    let turn = prop_oneof![
        2 => Just(Turn::Rest),
        8 => any::<u8>().prop_map(Turn::Forward),
        3 => (any::<u8>(), ask()).prop_map(|(who, ask)| Turn::Fitting(who, ask)),
        1 => (proptest::sample::select(Person::ALL.to_vec()), ask()).prop_map(|(who, ask)| Turn::Wild(who, ask)),
    ];
    (items, by, proptest::collection::vec(turn, turns)).prop_flat_map(|(item, by, turns)| {
        let delivery = proptest::sample::select(item.delivery.clone());
        delivery.prop_map(move |delivery| Plan { item, by, delivery, turns: turns.clone() })
    })
}

fn passing() -> impl Strategy<Value = Passing> {
    let minutes = prop_oneof![6 => 0..600_i64, 3 => 600..4000_i64, 1 => 4000..40_000_i64];
    let edition = proptest::option::weighted(0.04, any::<u8>());
    let passing = (minutes, any::<bool>(), edition);
    passing.prop_map(|(minutes, watched, edition)| Passing { minutes, watched, edition })
}

/// Of like length, so that few wait for one.
fn company_of(turns: Range<usize>) -> impl Strategy<Value = (Vec<Plan>, Vec<Passing>)> {
    let passings = proptest::collection::vec(passing(), turns.end);
    (proptest::collection::vec(plan(turns), 1..2 * super::SIDE_BY_SIDE), passings)
}

/// Most are short, and some are long.
pub(crate) fn company() -> impl Strategy<Value = (Vec<Plan>, Vec<Passing>)> {
    prop_oneof![6 => company_of(1..14), 3 => company_of(14..28), 1 => company_of(28..50)]
}
