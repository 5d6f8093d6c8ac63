//! 办不成事 (clauses D1 to D8): registration and lists here, what is done to one beside it.

mod closing;
mod handling;
mod on_impasse;
mod orders;
mod reading;
mod register;
mod speaker;
mod turning;

pub(super) use register::{failed_with, registered};
pub(super) use speaker::{RegisteredSpeakerRequest, Registering, agent_speaks, who_spoke};
pub(super) use turning::{Turning, TurningRequest};

use crate::docs::Registry;

/// Registers the routes in the order in which they are documented.
pub fn configure(registry: &mut impl Registry) {
    registry
        .service(register::register)
        .service(reading::list)
        .service(reading::read)
        .service(reading::deadline)
        .service(reading::timeline)
        .service(reading::personal_data)
        .service(reading::verify)
        .service(reading::orders)
        .service(handling::contact)
        .service(handling::file)
        .service(handling::supplement)
        .service(handling::urge)
        .service(handling::offer)
        .service(handling::accept_offer)
        .service(handling::decline_offer)
        .service(handling::raise)
        .service(handling::lower)
        .service(orders::issue)
        .service(orders::acknowledge)
        .service(orders::ask_to_return)
        .service(orders::rule_on_return)
        .service(orders::ask_for_days)
        .service(orders::rule_on_days)
        .service(orders::supervise)
        .service(orders::supervise_handling)
        .service(orders::complete)
        .service(orders::sign)
        .service(orders::send_back)
        .service(closing::answer)
        .service(closing::record_satisfaction)
        .service(closing::propose_carrying)
        .service(closing::rule_on_carrying)
        .service(closing::review_carried)
        .service(closing::follow_up);
}
