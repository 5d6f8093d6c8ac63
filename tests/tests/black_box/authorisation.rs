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
operation                  nobody  forged  clerk  clerk*  reviewer  reviewer*  approver  approver*  head  head*  government  manager  system  security  audit  applicant  applicant*  adapter  adapter*  reading
accept_case                   401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
accept_conditionally          401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
accept_hand_over              401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
accept_on_commitment          401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
accept_transfer               401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
acknowledge_delivery          401     401    403     403       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
add_note                      401     401    yes     404       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
add_posting                   401     401    403     403       403        403       403        403   403    403         403      403     403       yes    403        403         403      403       403      403
allow_second_notice           401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
answer_more                   401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
apply_for_package             401     401    yes     403       403        403       403        403   403    403         403      403     403       403    403        yes         yes      yes       yes      403
ask_more                      401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
assign_case                   401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
attach_file                   401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
attach_shared_file            401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        404         404      yes       404      403
calculate_deadline            yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
cancel_grant                  401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
check_material                401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
check_scope                   401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
choose_delivery               401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
close_case                    401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
decide_case                   401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
decide_on_the_spot            401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
declare_not_required          401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
decline_hand_over             401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
decline_transfer              401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
delegate_case                 401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
deliver_electronically        401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
discard_item_draft            401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
dispatch_result               401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
draw_plan                     401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
end_delegation                401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
end_posting                   401     401    403     403       403        403       403        403   403    403         403      403     403       yes    403        403         403      403       403      403
end_procedure                 401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
extend_limit                  401     401    403     403       403        403       403        403   yes    404         yes      403     403       403    403        403         403      403       403      403
give_opinion                  401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
hand_out_result               401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
healthz                       yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
import_calendar               401     401    403     403       403        403       403        403   403    403         403      403     yes       403    403        403         403      403       403      403
issue_result                  401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
jwks                          yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_cases                    401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     403       403    yes        yes         yes      yes       yes      yes
list_colleagues               401     401    403     403       yes        yes       yes        yes   403    403         403      403     403       403    403        403         403      403       403      403
list_item_versions            401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
list_items                    yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_materials_on_file        401     401    yes     404       403        404       403        404   403    404         403      403     404       404    403        yes         404      yes       404      403
list_moved_limits             401     401    403     403       403        403       403        403   403    403         403      yes     yes       403    403        403         403      403       403      403
list_package_applications     401     401    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     403       403    yes        yes         yes      yes       yes      yes
list_packages                 yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
list_postings                 401     401    403     403       403        403       403        403   403    403         403      yes     403       yes    yes        403         403      403       403      403
list_recomputations           401     401    403     403       403        403       403        403   403    403         403      yes     yes       403    403        403         403      403       403      403
list_tasks                    401     401    403     403       yes        yes       yes        yes   403    403         403      403     403       403    403        403         403      403       403      403
move_clock                    401     401    403     403       403        403       403        403   403    403         403      403     yes       403    403        403         403      403       403      403
notify_corrections            401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
offer_hand_over               401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
openapi_json                  yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
pause_case                    401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
publish_item                  401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
put_item_draft                401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
query_progress                yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_case                     401     401    yes     404       yes        404       yes        404   yes    404         yes      yes     404       404    yes        yes         404      yes       404      yes
read_clock                    yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_deadline                 401     401    yes     404       yes        404       yes        404   yes    404         yes      yes     404       404    yes        yes         404      yes       404      yes
read_file                     401     401    yes     404       yes        404       yes        404   403    404         403      403     404       404    403        yes         404      yes       404      yes
read_hall                     yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_item                     yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_package                  yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
read_package_application      401     401    yes     404       yes        404       yes        404   yes    404         yes      yes     404       404    yes        404         404      yes       404      yes
read_personal_data            401     401    yes     404       yes        404       yes        404   403    403         403      403     403       403    403        yes         404      403       403      403
read_pick_up_code             401     401    403     404       403        404       403        404   403    404         403      403     404       404    403        yes         404      yes       404      yes
read_receipt                  401     401    yes     404       403        404       403        404   403    404         403      403     404       404    403        yes         404      yes       404      yes
read_recomputation            401     401    403     403       403        403       403        403   403    403         403      yes     yes       403    403        403         403      403       403      403
read_responsibility           401     401    yes     404       yes        404       yes        404   yes    404         yes      yes     404       404    yes        yes         404      yes       404      yes
read_timeline                 401     401    yes     404       yes        404       yes        404   yes    404         yes      yes     404       404    yes        yes         404      yes       404      yes
read_worklist                 401     401    yes     yes       yes        yes       yes        yes   yes    yes         403      403     403       403    403        403         403      403       403      403
readyz                        yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
receive_case                  401     401    yes     403       403        403       403        403   403    403         403      403     403       403    403        yes         yes      yes       yes      403
record_inspection             401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
reject_case                   401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
reopen_case                   401     401    403     403       403        403       403        403   yes    404         403      403     403       403    403        403         403      403       403      403
replace_result                401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
resume_case                   401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
return_for_rework             401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
reuse_material                401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
review_case                   401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
revoke_acceptance             401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
revoke_grant                  401     401    403     403       403        403       403        403   yes    404         403      403     403       403    403        403         403      403       403      403
schedule_inspection           401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
start_procedure               401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
submit_corrections            401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
track_parcel                  401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        403         403      403       403      403
transfer_case                 401     401    403     403       403        403       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
verify_commitment             401     401    403     403       yes        404       yes        404   403    403         403      403     403       403    403        403         403      403       403      403
verify_record                 401     401    403     404       403        404       403        404   403    404         403      403     404       404    yes        403         404      403       404      403
what_if                       yes     yes    yes     yes       yes        yes       yes        yes   yes    yes         yes      yes     yes       yes    yes        yes         yes      yes       yes      yes
withdraw_case                 401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        yes         404      yes       404      403
withdraw_from_package         401     401    yes     404       403        403       403        403   403    403         403      403     403       403    403        404         404      yes       404      403
withdraw_item                 401     401    403     403       403        403       403        403   403    403         403      yes     403       403    403        403         403      403       403      403
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
        ("manager", hall.manager()),
        ("system", hall.system_admin()),
        ("security", hall.security_admin()),
        ("audit", hall.audit_admin()),
        ("applicant", hall.applicant_of(&ground.case)),
        ("applicant*", hall.applicant_of(stranger)),
        ("adapter", platform.clone()),
        ("adapter*", hall.adapter("another")),
        ("reading", platform.with_scope("cases:read")),
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
        // One number is asked for by more callers than it may be.
        hall.restarts_with(|settings| settings.progress.per_minute_and_number = 100).await;
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
