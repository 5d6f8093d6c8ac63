//! The routes, one module for each stage of the lifecycle and for what stands beside it.

mod approval;
mod calendar;
mod cases;
mod files;
mod hall;
mod identity;
mod intake;
mod issuance;
mod items;
mod on_case;
mod progress;
mod receipt;
mod routing;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers every route, and with it its place in the contract.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(receipt::receive_case)
        .service(cases::list)
        .service(cases::worklist)
        .service(cases::read)
        .service(cases::deadline)
        .service(cases::timeline)
        .service(cases::receipt)
        .service(cases::personal_data)
        .service(cases::verify)
        .service(files::attach)
        .service(files::read)
        .service(intake::check_scope)
        .service(intake::check_material)
        .service(intake::accept)
        .service(intake::reject)
        .service(intake::declare_not_required)
        .service(intake::withdraw)
        .service(intake::decide_on_the_spot)
        .service(routing::assign)
        .service(routing::offer_hand_over)
        .service(routing::accept_hand_over)
        .service(routing::decline_hand_over)
        .service(approval::review)
        .service(approval::decide)
        .service(issuance::choose_delivery)
        .service(issuance::issue_result)
        .service(issuance::pick_up_code)
        .service(issuance::hand_out)
        .service(issuance::dispatch)
        .service(issuance::track)
        .service(issuance::deliver_electronically)
        .service(issuance::close)
        .service(items::list)
        .service(items::read)
        .service(items::versions)
        .service(items::put_draft)
        .service(items::discard_draft)
        .service(items::publish)
        .service(items::withdraw)
        .service(hall::read_hall)
        .service(hall::list_colleagues)
        .service(hall::list_postings)
        .service(hall::add_posting)
        .service(hall::end_posting)
        .service(calendar::deadline)
        .service(calendar::import)
        .service(progress::query);
}
