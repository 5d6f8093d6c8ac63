//! The routes, one module for each stage of the lifecycle and for what stands beside it.

mod afterwards;
mod applications;
mod approval;
mod calendar;
mod cases;
mod clients;
mod code_maps;
mod condition;
mod consultations;
mod correction;
mod documents;
mod drafts;
mod enterprises;
mod exports;
mod feed;
mod files;
mod follow_ups;
mod hall;
mod hotline;
mod identity;
mod impasses;
mod intake;
mod issuance;
mod items;
mod joint;
mod limits;
mod meetings;
mod negative_replies;
mod on_case;
mod packages;
mod precedents;
mod progress;
mod proposals;
mod ratings;
mod receipt;
mod recomputations;
mod register;
mod routing;
mod sandbox;
mod submissions;
mod tokens;
mod transfer;
mod triage;
mod uploads;
mod vouching;
mod webhooks;
mod window_figures;

use crate::docs::Registry;

/// Registers every route, and with it its place in the contract.
pub fn configure(registry: &mut impl Registry) {
    registry
        .service(tokens::issue)
        .service(vouching::vouch)
        .service(vouching::list)
        .service(vouching::end)
        .service(clients::register)
        .service(clients::list)
        .service(clients::read)
        .service(clients::change_terms)
        .service(clients::issue_secret)
        .service(clients::end_secret)
        .service(clients::gateway::add)
        .service(clients::gateway::end)
        .service(clients::revoke)
        .service(uploads::put)
        .service(applications::put)
        .service(applications::read)
        .service(applications::correct)
        .service(applications::withdraw)
        .service(code_maps::list)
        .service(code_maps::read)
        .service(code_maps::put)
        .service(receipt::receive_case)
        .service(drafts::keep)
        .service(drafts::list)
        .service(drafts::read)
        .service(drafts::change)
        .service(drafts::discard)
        .service(drafts::submit)
        .service(cases::list)
        .service(cases::worklist)
        .service(enterprises::read)
        .service(enterprises::put_code)
        .service(enterprises::changes::read)
        .service(enterprises::changes::correct)
        .service(enterprises::changes::revoke)
        .service(enterprises::changes::assign)
        .service(cases::read)
        .service(cases::deadline)
        .service(cases::responsibility)
        .service(cases::timeline)
        .service(cases::receipt)
        .service(documents::list)
        .service(documents::affix)
        .service(cases::personal_data)
        .service(cases::verify)
        .service(files::attach)
        .service(files::read)
        .service(intake::check_scope)
        .service(intake::check_material)
        .service(correction::on_file)
        .service(correction::reuse)
        .service(correction::notify)
        .service(correction::allow_second)
        .service(correction::submit)
        .service(intake::accept)
        .service(condition::accept_conditionally)
        .service(condition::accept_on_commitment)
        .service(condition::revoke_acceptance)
        .service(intake::reject)
        .service(intake::declare_not_required)
        .service(intake::withdraw)
        .service(intake::decide_on_the_spot)
        .service(routing::assign)
        .service(routing::offer_hand_over)
        .service(routing::accept_hand_over)
        .service(routing::decline_hand_over)
        .service(transfer::delegate)
        .service(transfer::end_delegation)
        .service(transfer::transfer)
        .service(transfer::accept_transfer)
        .service(transfer::decline_transfer)
        .service(limits::start_procedure)
        .service(limits::end_procedure)
        .service(limits::pause)
        .service(limits::resume)
        .service(limits::extend)
        .service(joint::draw_plan)
        .service(joint::give_opinion)
        .service(joint::ask_more)
        .service(joint::answer_more)
        .service(joint::schedule_inspection)
        .service(joint::record_inspection)
        .service(joint::give_findings)
        .service(joint::tasks)
        .service(approval::review)
        .service(transfer::return_for_rework)
        .service(approval::decide)
        .service(issuance::choose_delivery)
        .service(issuance::issue_result)
        .service(issuance::pick_up_code)
        .service(issuance::hand_out)
        .service(issuance::dispatch)
        .service(issuance::track)
        .service(issuance::deliver_electronically)
        .service(afterwards::acknowledge)
        .service(issuance::close)
        .service(condition::verify_commitment)
        .service(afterwards::replace)
        .service(afterwards::revoke)
        .service(afterwards::cancel)
        .service(afterwards::add_note)
        .service(afterwards::reopen)
        .service(ratings::rate)
        .service(ratings::of_case)
        .service(ratings::list)
        .service(items::list)
        .service(items::read)
        .service(items::versions)
        .service(items::put_draft)
        .service(items::discard_draft)
        .service(items::publish)
        .service(items::withdraw)
        .service(packages::list)
        .service(packages::read)
        .service(packages::apply)
        .service(packages::applications::list)
        .service(packages::applications::read)
        .service(packages::applications::attach)
        .service(packages::applications::withdraw)
        .service(precedents::list)
        .service(precedents::read)
        .service(precedents::read_edition)
        .service(precedents::nearest)
        .service(precedents::drafts::draft)
        .service(precedents::reading::list)
        .service(precedents::reading::read)
        .service(precedents::drafts::edit)
        .service(precedents::drafts::settle)
        .service(precedents::drafts::submit)
        .service(precedents::reading::timeline)
        .service(precedents::review::publish)
        .service(precedents::review::send_back)
        .service(precedents::review::correct)
        .service(precedents::review::withdraw)
        .service(proposals::propose)
        .service(proposals::list)
        .service(proposals::read)
        .service(proposals::timeline)
        .service(proposals::adopt)
        .service(proposals::decline)
        .service(hall::read_hall)
        .service(hall::list_colleagues)
        .service(hall::list_postings)
        .service(hall::add_posting)
        .service(hall::end_posting)
        .service(calendar::deadline)
        .service(calendar::what_if)
        .service(calendar::import)
        .service(recomputations::list)
        .service(recomputations::read)
        .service(recomputations::moves)
        .service(recomputations::package_moves)
        .service(sandbox::read_clock)
        .service(sandbox::move_clock)
        .service(sandbox::open_centre)
        .service(sandbox::list_test_clients)
        .service(hotline::incoming::deliver_work_order)
        .service(hotline::incoming::deliver_message)
        .service(hotline::reading::list)
        .service(hotline::reading::read)
        .service(hotline::reading::timeline)
        .service(hotline::reading::list_deliveries)
        .service(hotline::reading::list_callbacks)
        .service(hotline::callbacks::list)
        .service(hotline::held::list)
        .service(hotline::callbacks::resend)
        .service(hotline::reading::read_caller)
        .service(hotline::handling::acknowledge)
        .service(hotline::handling::return_order)
        .service(hotline::handling::assign)
        .service(hotline::handling::return_assignment)
        .service(hotline::handling::ask_extension)
        .service(hotline::handling::tell_route)
        .service(hotline::handling::answer)
        .service(hotline::handling::complete)
        .service(hotline::escalating::register_impasse)
        .service(hotline::escalating::decline)
        .service(hotline::supervising::supervise)
        .service(hotline::supervising::read_figures)
        .service(hotline::supervising::list_figure)
        .service(hotline::tickets::raise)
        .service(hotline::tickets::list)
        .service(hotline::tickets::read)
        .service(hotline::tickets::reply)
        .service(hotline::code_maps::read)
        .service(hotline::code_maps::put)
        .service(hotline::reconciliation::compare)
        .service(progress::query)
        .configure(impasses::configure)
        .service(triage::open)
        .service(triage::list)
        .service(triage::read)
        .service(triage::read_agenda)
        .service(triage::settle)
        .service(triage::hold)
        .service(meetings::call)
        .service(meetings::list)
        .service(meetings::read)
        .service(meetings::reschedule)
        .service(meetings::cancel)
        .service(meetings::hold)
        .service(submissions::draft)
        .service(submissions::list)
        .service(submissions::read)
        .service(submissions::packet)
        .service(submissions::missed)
        .service(submissions::refresh)
        .service(submissions::freeze)
        .service(submissions::send)
        .service(submissions::decide)
        .service(register::order)
        .service(negative_replies::give)
        .service(negative_replies::list)
        .service(negative_replies::read)
        .service(negative_replies::turn)
        .configure(consultations::configure)
        .service(follow_ups::draw)
        .service(follow_ups::list)
        .service(follow_ups::read)
        .service(register::read)
        .service(register::export)
        .service(register::read_figures)
        .service(register::list_figure)
        .service(register::draft_bulletin)
        .service(window_figures::read)
        .service(window_figures::list)
        .service(feed::read)
        .service(exports::order)
        .service(exports::list)
        .service(exports::read)
        .service(exports::read_file)
        .service(exports::resend)
        .configure(webhooks::configure);
}
