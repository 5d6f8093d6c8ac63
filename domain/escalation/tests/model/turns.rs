//! What happens in a life: commands by random people over moving days.

use escalation::{Channel, Registration};
use proptest::{prelude::*, sample::select};

use super::{Ask, Model, Way, ask};
use crate::hall::{LAND, Person, department, registration};

/// One turn: time passes, then somebody asks for something.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// Whatever brings it on, so that lives get to their end.
    Forward(u8),
    /// Anything by one of those whose role it is for.
    Fitting(u8, Ask),
    /// Anything by anybody.
    Wild(Person, Ask),
    /// Another edition of the calendar comes into force.
    Edition(u8),
}

/// How time passes: how long, and whether anybody looks at it meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passing {
    pub(crate) minutes: i64,
    pub(crate) watched: bool,
}

pub(crate) fn turns() -> impl Strategy<Value = Vec<(Passing, Turn)>> {
    let person = select(Person::all().collect::<Vec<_>>());
    let turn = prop_oneof![
        24 => any::<u8>().prop_map(Turn::Forward),
        12 => (any::<u8>(), ask()).prop_map(|(who, ask)| Turn::Fitting(who, ask)),
        3 => (person, ask()).prop_map(|(person, ask)| Turn::Wild(person, ask)),
        1 => any::<u8>().prop_map(Turn::Edition),
    ];
    let minutes = prop_oneof![6 => 0..600_i64, 3 => 600..4000_i64, 1 => 4000..40_000_i64];
    let passing = (minutes, any::<bool>()).prop_map(|(minutes, watched)| Passing { minutes, watched });
    proptest::collection::vec((passing, turn), 1..60)
}

/// By whom it was brought, and so through which channel.
pub(crate) fn beginning() -> impl Strategy<Value = Person> {
    select(vec![Person::Clerk, Person::Adapter, Person::Hotline, Person::LandReviewer])
}

pub(crate) fn brought(by: Person) -> Registration {
    let client = Some(by.staff());
    match by {
        Person::Adapter => Registration { client, ..registration(Channel::Online) },
        Person::Hotline => Registration { client, ..registration(Channel::Hotline) },
        Person::LandReviewer => {
            Registration { referred_by: Some(department(LAND)), ..registration(Channel::Department) }
        }
        _ => registration(Channel::FallbackWindow),
    }
}

impl Turn {
    /// Who asks for what; nobody for anything while it is the calendar that changes.
    pub(crate) fn asked(&self, model: &Model) -> Option<(Person, Ask)> {
        match self {
            Self::Forward(die) => Some(model.forward(*die)),
            Self::Fitting(who, ask) => Some((fitting(*who, ask), ask.clone())),
            Self::Wild(person, ask) => Some((*person, ask.clone())),
            Self::Edition(_) => None,
        }
    }
}

/// One of those whom the table of roles names for it, or whose it is without a role.
fn fitting(who: u8, ask: &Ask) -> Person {
    match ask {
        Ask::Redo | Ask::Word(Way::Hotline, _) => return Person::Hotline,
        Ask::RuleInMeeting(..) => return Person::Reform,
        _ => {}
    }
    let Some(action) = ask.command().action() else {
        return if matches!(ask, Ask::Grade(_) | Ask::LeaveOver) { Person::Manager } else { Person::Reform };
    };
    let roles = kernel::access::roles_for(action);
    let people: Vec<_> = Person::all().filter(|person| roles.contains(&person.actor().role())).collect();
    people[usize::from(who) % people.len()]
}
