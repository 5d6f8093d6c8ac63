//! Who may do what: every operation of the contract by every kind of caller.

use std::{collections::BTreeMap, fmt::Write as _};

use api::auth::Keys;
use tests::*;

use crate::walk::{Ground, in_walking_order};

/// `yes`: let in, whatever came of it. `401` not known, `403` known and not allowed, `404` may not even know.
///
/// The case is one that the system `platform` handed in, at the window `rule-of-law` and with the department
/// `justice`, which does not handle the one of another applicant that participants' acts are tried on; `*` is somebody of the same role with another window, department, application or system. `reading` is
/// `platform` with a token that may only read. `forged` bears a token that another installation signed.
const TABLE: &str = "\
operation                     nobody  forged  clerk  clerk*  reviewer  reviewer*  approver  approver*  head  head*  government  fallback  supervisor  reform  hotline  manager  system  security  audit  applicant  applicant*  adapter  adapter*  reading
accept_case                      401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
accept_conditionally             401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
accept_consultation              401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
accept_hand_over                 401     401    yes     404       yes        404       yes        404   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
accept_impasse                   401     401    404     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    403        403         403      403       403      403
accept_on_commitment             401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
accept_transfer                  401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
acknowledge_delivery             401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      yes       404      403
acknowledge_order                401     401    403     403       yes        404       yes        404   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
acknowledge_work_order           401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
add_gateway_credential           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
add_note                         401     401    yes     404       yes        404       yes        404   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
add_posting                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
adopt_proposal                   401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
allow_second_notice              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
answer_applicant                 401     401    404     404       403        403       403        403   403    403         403       yes         403     yes      403      yes     403       403    403        403         403      403       403      403
answer_more                      401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
answer_work_order                401     401    404     404       yes        404       yes        404   403    403         403       404         yes     403      403      403     403       403    403        403         403      403       403      403
apply_for_package                401     401    yes     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         yes      yes       yes      403
ask_more                         401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
ask_work_order_extension         401     401    404     404       403        403       yes        404   yes    404         403       404         yes     403      403      403     403       403    403        403         403      403       403      403
assign_case                      401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
assign_enterprise_code           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      403       403      403
assign_work_order                401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
attach_file                      401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        yes         404      yes       404      403
attach_shared_file               401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        404         404      yes       404      403
calculate_deadline               yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
call_meeting                     401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
cancel_grant                     401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
cancel_meeting                   401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
change_client                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
change_draft                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      403       403      403
change_webhook_endpoint          401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
check_material                   401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
check_scope                      401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
choose_delivery                  401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        yes         404      yes       404      403
close_case                       401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
complete_order                   401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
complete_work_order              401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
conclude_consultation            401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
contact_applicant                401     401    404     404       yes        404       yes        404   403    403         403       yes         yes     yes      403      yes     403       403    403        403         403      403       403      403
correct_enterprise_code          401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      yes       yes      403
correct_precedent                401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
decide_case                      401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
decide_on_the_spot               401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
declare_not_required             401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
decline_consultation             401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
decline_escalation               401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
decline_hand_over                401     401    yes     404       yes        404       yes        404   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
decline_impasse                  401     401    404     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    403        403         403      403       403      403
decline_proposal                 401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
decline_transfer                 401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
delegate_case                    401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
delete_webhook_endpoint          401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
deliver_electronically           401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
deliver_message                  401     401    403     403       403        403       403        403   403    403         403       403         403     403      yes      403     403       403    403        403         403      403       403      403
deliver_work_order               401     401    403     403       403        403       403        403   403    403         403       403         403     403      yes      403     403       403    403        403         403      403       403      403
direct_consultation              401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
discard_draft                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      403       403      403
discard_item_draft               401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
dispatch_result                  401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
draft_impasse_bulletin           401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
draft_precedent                  401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
draft_submission                 401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
draw_plan                        401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
edit_precedent                   401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
end_client_secret                401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
end_delegation                   401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
end_gateway_credential           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
end_posting                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
end_procedure                    401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
end_voucher                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       404      403
end_webhook_secret               401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
export_impasse_register          401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
extend_limit                     401     401    403     403       403        403       403        403   yes    404         yes       403         403     403      403      403     403       403    403        403         403      403       403      403
file_impasse                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
follow_up_impasse                401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
freeze_submission                401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
give_findings                    401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
give_negative_reply              401     401    yes     yes       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
give_opinion                     401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
hand_out_result                  401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
healthz                          yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
hold_meeting                     401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
hold_triage                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
import_calendar                  401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      403       403      403
issue_client_secret              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
issue_order                      401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      yes     403       403    403        403         403      403       403      403
issue_result                     401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
issue_token                      yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
issue_webhook_secret             401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
jwks                             yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
keep_draft                       401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         yes      403       403      403
list_cases                       401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      403      yes     403       403    yes        yes         yes      yes       yes      yes
list_cases_of_window_figures     401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_clients                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      403       403      403
list_colleagues                  401     401    yes     yes       yes        yes       yes        yes   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
list_consultations               401     401    yes     yes       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    yes        yes         yes      403       403      403
list_documents                   401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
list_drafts                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         yes      403       403      403
list_exports                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    yes        403         403      yes       yes      yes
list_follow_up_plans             401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
list_held_messages               401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_hotline_tickets             401     401    yes     yes       403        403       403        403   403    403         403       yes         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_impasses                    401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     403       403    yes        yes         yes      yes       yes      yes
list_impasses_of_figure          401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_item_proposals              401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
list_item_versions               401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
list_items                       yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_materials_on_file           401     401    yes     404       403        404       403        404   403    404         403       404         403     403      404      403     404       404    403        yes         404      yes       404      403
list_meetings                    401     401    403     403       yes        yes       yes        yes   yes    yes         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_moved_limits                401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    403        403         403      403       403      403
list_moved_packages              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    403        403         403      403       403      403
list_nearest_precedents          401     401    404     404       yes        404       yes        404   yes    404         yes       yes         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
list_negative_replies            401     401    yes     yes       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    yes        yes         yes      403       403      403
list_order_tasks                 401     401    403     403       yes        yes       yes        yes   yes    yes         403       403         403     403      403      403     403       403    403        403         403      403       403      403
list_package_applications        401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      403      yes     403       403    yes        yes         yes      yes       yes      yes
list_packages                    yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_postings                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       yes    yes        403         403      403       403      403
list_precedent_drafts            401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
list_precedents                  yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_ratings                     401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_recomputations              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    403        403         403      403       403      403
list_subject_code_maps           401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     yes       403    yes        403         403      yes       404      yes
list_submissions                 401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_tasks                       401     401    403     403       yes        yes       yes        yes   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
list_test_clients                401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      403       403      403
list_triage_sessions             401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
list_undelivered_callbacks       401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_vouchers                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
list_webhook_deliveries          401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      yes       404      yes
list_webhook_endpoints           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      yes       yes      yes
list_work_order_callbacks        401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_work_order_deliveries       401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_work_orders                 401     401    yes     yes       yes        yes       yes        yes   yes    yes         403       yes         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
list_work_orders_of_figure       401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
lower_level                      401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
move_clock                       401     401    403     403       403        403       403        403   403    403         403       403         403     403      yes      403     yes       403    403        403         403      yes       yes      403
notify_corrections               401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
offer_hand_over                  401     401    yes     404       yes        404       yes        404   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
offer_impasse                    401     401    404     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    403        403         403      403       403      403
open_sandbox_centre              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      403       403      403
open_triage                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
openapi_json                     yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
order_export                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
pause_case                       401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
ping_webhook_endpoint            401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
plan_follow_ups                  401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
propose_carrying                 401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
propose_item                     401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    403        403         403      403       403      403
publish_item                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
publish_precedent                401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
put_application                  401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
put_application_correction       401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
put_application_withdrawal       401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
put_code_maps                    401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     yes       403    403        403         403      403       403      403
put_enterprise_code              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      yes       yes      403
put_item_draft                   401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
put_subject_code_map             401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     yes       403    403        403         403      403       403      403
put_upload                       401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
query_progress                   yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
raise_hotline_ticket             401     401    yes     yes       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
raise_level                      401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      yes     403       403    403        403         403      403       403      403
rate_case                        401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      yes       404      403
read_application                 401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       404      yes
read_assignment_order            401     401    404     404       yes        404       yes        404   yes    404         yes       yes         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_case                        401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_client                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      403       403      403
read_clock                       yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_code_maps                   401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     yes       403    403        403         403      403       403      403
read_consultation                401     401    yes     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    yes        yes         404      403       403      403
read_deadline                    401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_draft                       401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      403       403      403
read_enterprise                  401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      403      yes     403       403    yes        404         404      yes       404      yes
read_enterprise_code             401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    yes        403         403      yes       yes      yes
read_events                      401     401    yes     yes       yes        yes       yes        yes   yes    yes         403       yes         yes     yes      403      yes     403       403    yes        403         403      yes       yes      yes
read_export                      401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    yes        403         403      yes       404      yes
read_export_file                 401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      yes       404      yes
read_file                        401     401    yes     404       yes        404       yes        404   403    404         403       404         403     403      404      403     404       404    403        yes         404      yes       404      yes
read_follow_up_plan              401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
read_hall                        yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_hotline_ticket              401     401    yes     404       403        403       403        403   403    403         403       yes         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
read_impasse                     401     401    404     404       yes        404       yes        404   yes    404         yes       yes         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_impasse_deadline            401     401    404     404       yes        404       yes        404   yes    404         yes       yes         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_impasse_figures             401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_impasse_personal_data       401     401    404     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    403        yes         404      403       403      403
read_impasse_register            401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_impasse_timeline            401     401    404     404       yes        404       yes        404   yes    404         yes       yes         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_item                        yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_item_proposal               401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
read_meeting                     401     401    404     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        404         404      404       404      404
read_missed_items                401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_negative_reply              401     401    yes     404       403        403       403        403   403    403         403       yes         yes     yes      403      yes     403       403    yes        yes         404      403       403      403
read_package                     yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_package_application         401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        404         404      yes       404      yes
read_personal_data               401     401    yes     404       yes        404       yes        404   403    403         403       404         403     403      403      403     403       403    403        yes         404      403       403      403
read_pick_up_code                401     401    403     404       403        404       403        404   403    404         403       404         403     403      404      403     404       404    403        yes         404      yes       404      yes
read_precedent                   yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_precedent_draft             401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
read_precedent_edition           yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_precedent_timeline          401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
read_proposal_timeline           401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      yes     403       403    yes        403         403      403       403      403
read_ratings                     401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_receipt                     401     401    yes     404       403        404       403        404   403    404         403       404         403     403      404      403     404       404    403        yes         404      yes       404      yes
read_recomputation               401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     yes       403    403        403         403      403       403      403
read_responsibility              401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_subject_code_map            401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     yes       403    yes        403         403      yes       404      yes
read_submission                  401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_submission_packet           401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_timeline                    401     401    yes     404       yes        404       yes        404   yes    404         yes       404         yes     yes      404      yes     404       404    yes        yes         404      yes       404      yes
read_triage_agenda               401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_triage_session              401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_webhook_delivery            401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      yes       404      yes
read_webhook_endpoint            401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       yes    yes        403         403      yes       404      yes
read_window_figures              401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_work_order                  401     401    404     404       yes        404       yes        404   yes    404         403       404         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
read_work_order_caller           401     401    404     404       yes        404       yes        404   403    403         403       404         yes     403      403      403     403       403    403        403         403      403       403      403
read_work_order_figures          401     401    403     403       403        403       403        403   403    403         yes       403         yes     yes      403      yes     403       403    yes        403         403      403       403      403
read_work_order_timeline         401     401    404     404       yes        404       yes        404   yes    404         403       404         yes     yes      yes      yes     403       403    yes        403         403      403       403      403
read_worklist                    401     401    yes     yes       yes        yes       yes        yes   yes    yes         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
readyz                           yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
receive_case                     401     401    yes     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         yes      yes       yes      403
reconcile_work_orders            401     401    403     403       403        403       403        403   403    403         403       403         yes     403      yes      403     403       403    403        403         403      403       403      403
record_consultation              401     401    yes     yes       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
record_government_decision       401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
record_inspection                401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
record_satisfaction              401     401    404     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        yes         404      yes       404      403
refresh_submission               401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
register_client                  401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
register_impasse                 401     401    yes     yes       yes        yes       yes        yes   403    403         403       yes         403     403      403      403     403       403    403        yes         yes      yes       yes      403
register_webhook_endpoint        401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       yes      403
register_work_order_impasse      401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
reject_case                      401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
reopen_case                      401     401    403     403       403        403       403        403   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
replace_result                   401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
replay_webhook_events            401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
reply_to_hotline_ticket          401     401    403     403       403        403       403        403   403    403         403       403         403     403      yes      403     403       403    403        403         403      403       403      403
request_order_extension          401     401    403     403       yes        404       yes        404   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
reschedule_meeting               401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
resend_callbacks                 401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
resend_export                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
resume_case                      401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
retry_webhook_deliveries         401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
retry_webhook_delivery           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      yes       404      403
return_for_rework                401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
return_order                     401     401    403     403       403        403       yes        404   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
return_work_order                401     401    403     403       403        403       403        403   403    403         403       403         yes     403      403      403     403       403    403        403         403      403       403      403
return_work_order_assignment     401     401    404     404       403        403       yes        404   yes    404         403       404         403     403      403      403     403       403    403        403         403      403       403      403
reuse_material                   401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        yes         404      yes       404      403
review_carried                   401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
review_case                      401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
revoke_acceptance                401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
revoke_client_tokens             401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       yes    403        403         403      403       403      403
revoke_enterprise_code           401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     yes       403    403        403         403      yes       yes      403
revoke_grant                     401     401    403     403       403        403       403        403   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
rule_on_carrying                 401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
rule_on_handling_supervision     401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      403     403       403    403        403         403      403       403      403
rule_on_order_extension          401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      yes     403       403    403        403         403      403       403      403
rule_on_order_supervision        401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      403     403       403    403        403         403      403       403      403
rule_on_return                   401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      yes     403       403    403        403         403      403       403      403
schedule_inspection              401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
seal_document                    401     401    yes     404       403        403       yes        404   yes    404         403       404         403     403      403      403     403       403    403        403         403      403       403      403
send_back_order                  401     401    403     403       403        403       403        403   yes    404         403       403         yes     yes      403      yes     403       403    403        403         403      403       403      403
send_back_precedent              401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
send_submission                  401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
settle_finding                   401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
settle_triage_item               401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
sign_order                       401     401    403     403       403        403       403        403   yes    404         403       403         403     403      403      403     403       403    403        403         403      403       403      403
start_procedure                  401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
submit_corrections               401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        yes         404      yes       404      403
submit_draft                     401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        yes         404      403       403      403
submit_precedent                 401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
supervise_work_order             401     401    403     403       403        403       403        403   403    403         403       403         yes     yes      403      403     403       403    403        403         403      403       403      403
supplement_impasse               401     401    404     404       403        403       403        403   403    403         403       yes         403     403      403      yes     403       403    403        yes         404      yes       404      403
tell_legal_route                 401     401    404     404       yes        404       yes        404   403    403         403       404         yes     403      403      403     403       403    403        403         403      403       403      403
track_parcel                     401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        403         403      403       403      403
transfer_case                    401     401    403     403       403        403       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
turn_consultation                401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        403         403      403       403      403
turn_negative_reply              401     401    yes     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        yes         404      403       403      403
urge_impasse                     401     401    404     404       403        403       403        403   403    403         403       yes         403     403      403      403     403       403    403        yes         404      yes       404      403
verify_commitment                401     401    403     403       yes        404       yes        404   403    403         403       403         403     403      403      403     403       403    403        403         403      403       403      403
verify_impasse_record            401     401    404     404       403        404       403        404   403    404         403       403         403     403      404      403     404       404    yes        403         404      403       404      403
verify_record                    401     401    403     404       403        404       403        404   403    404         403       404         403     403      404      403     404       404    yes        403         404      403       404      403
vouch_for_applicant              401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      403     403       403    403        403         403      yes       yes      403
what_if                          yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes       yes         yes     yes      yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
withdraw_case                    401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        yes         404      yes       404      403
withdraw_from_package            401     401    yes     404       403        403       403        403   403    403         403       404         403     403      403      403     403       403    403        404         404      yes       404      403
withdraw_item                    401     401    403     403       403        403       403        403   403    403         403       403         403     403      403      yes     403       403    403        403         403      403       403      403
withdraw_precedent               401     401    403     403       403        403       403        403   403    403         403       403         403     yes      403      403     403       403    403        403         403      403       403      403
";

/// The columns, each with its caller.
fn callers(hall: &Hall, ground: &Ground, stranger: &Case) -> Vec<(&'static str, Caller)> {
    let platform = hall.adapter("platform");
    let elsewhere = tempfile::tempdir().unwrap();
    let forged = Keys::load_or_create(elsewhere.path()).unwrap().sign(&hall.manager().claims()).unwrap();
    vec![
        ("nobody", hall.stranger()),
        ("forged", hall.manager().with_token(&forged)),
        ("clerk", hall.clerk("rule-of-law")),
        ("clerk*", hall.clerk("finance")),
        ("reviewer", hall.reviewer("justice")),
        ("reviewer*", hall.reviewer("commerce")),
        ("approver", hall.approver("justice")),
        ("approver*", hall.approver("commerce")),
        ("head", hall.head("justice")),
        ("head*", hall.head("commerce")),
        ("government", hall.government()),
        ("fallback", hall.clerk("fallback")),
        ("supervisor", hall.supervisor()),
        ("reform", hall.reform()),
        ("hotline", hall.hotline(hotline::HOTLINE)),
        ("manager", hall.manager()),
        ("system", hall.system_admin()),
        ("security", hall.security_admin()),
        ("audit", hall.audit_admin()),
        ("applicant", hall.applicant_of(&ground.case)),
        ("applicant*", hall.applicant_of(stranger)),
        ("adapter", platform.clone()),
        ("adapter*", hall.adapter("another")),
        ("reading", platform.with_scope("cases:read impasses:read events:read")),
    ]
}

fn outcome(answer: &Answer) -> String {
    match (answer.status, answer["code"].as_str().unwrap_or_default()) {
        (401, "unauthenticated" | "invalid_token") => "401".to_owned(),
        (403, "role_not_allowed" | "scope_not_allowed" | "not_posted_here" | "other_department") => "403".to_owned(),
        (404, "not_found") => "404".to_owned(),
        (401 | 403 | 404, code) => panic!("{} was answered {code}", answer.request),
        (200..=299 | 304 | 409 | 412 | 422, _) => "yes".to_owned(),
        (status, code) => panic!("{} was answered {status} {code}: no answer about authority", answer.request),
    }
}

fn drawn(columns: &[&str], rows: &BTreeMap<String, Vec<String>>) -> String {
    let width = rows.keys().map(String::len).max().unwrap_or_default();
    let mut table = format!("{:width$}", "operation");
    for column in columns {
        write!(table, "  {column}").unwrap();
    }
    for (operation, cells) in rows {
        write!(table, "\n{operation:width$}").unwrap();
        for (column, cell) in columns.iter().zip(cells) {
            write!(table, "  {cell:>width$}", width = column.len()).unwrap();
        }
    }
    table.push('\n');
    table
}

tests::on_both_stores! {
    /// Clauses A2-3, B2-4, B3-3, B5-1, G1, G2, 三员分立 (GB/T 22239): the table, walked from the contract.
    async fn every_operation_is_for_whom_the_table_says(hall: Hall) {
        // One number, and one address, ask for more than they may.
        hall.restarts_with(|settings| {
            settings.progress.per_minute_and_number = 100;
            settings.rates.per_second_and_address = 0;
            settings.hotlines = vec![api::settings::Hotline::new(hotline::HOTLINE.parse().unwrap())];
        })
        .await;
        let ground = Ground::prepare(&hall).await;
        let stranger = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let callers = callers(&hall, &ground, &stranger);
        let mut rows = BTreeMap::new();
        for operation in in_walking_order() {
            let mut cells = Vec::new();
            for (_, caller) in &callers {
                cells.push(outcome(&ground.call(&hall, &operation, caller).await));
            }
            let expected = if operation.is_public() { "yes" } else { "401" };
            assert_eq!((cells[0].as_str(), cells[1].as_str()), (expected, expected), "{}", operation.id);
            assert!(cells.iter().any(|cell| cell == "yes"), "nobody may call {}", operation.id);
            rows.insert(operation.id, cells);
        }
        let columns: Vec<&str> = callers.iter().map(|(name, _)| *name).collect();
        let found = drawn(&columns, &rows);
        let differs = |line: &&str| !TABLE.lines().any(|known| known == *line);
        let different: Vec<&str> = found.lines().filter(differs).collect();
        assert!(found == TABLE, "these lines are not in the table:\n{}\nall of it:\n{found}", different.join("\n"));
    }
}
