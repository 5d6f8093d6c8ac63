//! Impasses as far on as a test needs them, reached by commands alone.

use escalation::{Basis, Channel, Level, Outcome};

use super::{Desk, FIRE, LAND, Person, acts, acts::meeting, morning, registration};

pub(crate) fn registered() -> Desk {
    Desk::register(registration(Channel::FallbackWindow), Person::Clerk, morning()).unwrap()
}

pub(crate) fn by_hotline() -> Desk {
    let mut brought = registration(Channel::Hotline);
    brought.client = Some(Person::Hotline.staff());
    brought.external_number = Some("TZ2026030200017".to_owned());
    Desk::register(brought, Person::Hotline, morning()).unwrap()
}

/// From a platform, so that nobody has touched it.
pub(crate) fn online() -> Desk {
    let mut brought = registration(Channel::Online);
    brought.client = Some(Person::Adapter.staff());
    Desk::register(brought, Person::Adapter, morning()).unwrap()
}

pub(crate) fn filed() -> Desk {
    registered().after(Person::Manager, acts::file())
}

pub(crate) fn graded(level: Level) -> Desk {
    filed().after(Person::Manager, acts::grade(level))
}

pub(crate) fn discussed() -> Desk {
    graded(Level::Difficult).after(Person::Reform, acts::discuss(1))
}

pub(crate) fn government_decided() -> Desk {
    graded(Level::Exceptional).after(Person::Reform, acts::submit(3)).after(Person::Reform, acts::decided(3))
}

/// One order of the centre, with the land department.
pub(crate) fn ordered() -> Desk {
    graded(Level::General).after(Person::Manager, acts::order(LAND))
}

/// One order of a meeting, with the land department: it binds.
pub(crate) fn bound() -> Desk {
    discussed().after(Person::Reform, acts::order_by(Basis::Meeting(meeting(1)), LAND))
}

pub(crate) fn acknowledged() -> Desk {
    ordered().after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer))
}

pub(crate) fn completed() -> Desk {
    acknowledged().after(Person::LandReviewer, acts::complete(1))
}

pub(crate) fn signed() -> Desk {
    completed().after(Person::LandHead, acts::sign(1))
}

/// Given back by one department, and not yet with another.
pub(crate) fn returned() -> Desk {
    ordered().after(Person::LandApprover, acts::give_back(1)).after(Person::Manager, acts::rule_on_return(1, true))
}

pub(crate) fn with_fire(desk: Desk) -> Desk {
    desk.after(Person::Manager, acts::order(FIRE))
}

pub(crate) fn answered(outcome: Outcome) -> Desk {
    graded(Level::General).after(Person::Clerk, acts::answer(outcome))
}

pub(crate) fn closed_out() -> Desk {
    answered(Outcome::Solved).after(Person::Applicant, acts::word(true))
}

/// Explained, and carried with the reform office's approval.
pub(crate) fn carried() -> Desk {
    answered(Outcome::Explained)
        .after(Person::Manager, acts::carry(escalation::CarryingGround::NotAllowedByLaw))
        .after(Person::Reform, acts::rule_on_carrying(true))
}
