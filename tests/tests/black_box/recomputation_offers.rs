//! 期限重算: what is on offer to somebody goes back by itself, and by which day follows the calendar in force.

use chrono::NaiveDate;
use tests::*;

use crate::recomputation::{accepted, finished, holidays, moves};

/// How often the record of a case says that something of this kind happened.
async fn times(caller: &Caller, case: &Case, kind: &str) -> usize {
    let timeline = caller.reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count()
}

/// The limit of this kind in the deadlines of a case, as somebody sees them; null where there is none.
async fn explained(caller: &Caller, case: &Case, kind: &str) -> Value {
    limit(&caller.reads_deadline(case).await.ok().body, kind)
}

/// The counted day of a limit, and what is said of another one.
fn days(explained: &Value, other: NaiveDate) -> (Vec<Value>, Value) {
    let days = explained["days"].as_array().unwrap();
    let counted = days.iter().filter(|day| day["counted"] == true).map(|day| day["date"].clone()).collect();
    (counted, days.iter().find(|day| day["date"] == json!(other)).unwrap()["reason"].clone())
}

tests::on_both_stores! {
    /// Clause B5-1, rules L1, L5: what is on offer to a colleague or to another department moves with the calendar: listed with
    /// before and after, on the record once, explained day by day to those inside, on the list of whoever was asked; and it
    /// goes back by itself at the new date and not at the old one.
    async fn a_new_holiday_moves_what_is_on_offer(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (handed, offered) = (accepted(&hall).await, accepted(&hall).await);
        let (holder, colleague, approver) = (hall.reviewer("justice"), hall.reviewer2("justice"), hall.approver("justice"));
        holder.takes(&handed).await.ok();
        holder.offers(&handed, &colleague).await.ok();
        approver.transfers(&offered, "commerce").await.ok();
        let (before, after) = (hall.after(today, 1), hall.after(today, 2));
        let task = async || hall.reviewer("commerce").reads_tasks().await.ok().data()[0]["due"].clone();
        assert_eq!(task().await, json!(before));
        holidays(&hall, &[before]).await;
        let done = finished(&hall).await;
        assert_eq!(task().await, json!(after));

        let moved = moves(&hall, &done).await;
        let answers = [
            (&handed, "hand_over", "移交接受时限", Value::Null),
            (&offered, "transfer", "转办接受时限", json!("commerce")),
        ];
        for (case, kind, label, department) in answers {
            let told: Vec<_> = moved.iter().filter(|it| it["case"] == json!(case.id) && it["limit"] == kind).collect();
            assert_eq!(told.len(), 1, "{moved:?}");
            assert_eq!((&told[0]["label"], &told[0]["department"]), (&json!(label), &department));
            assert_eq!((&told[0]["due_before"], &told[0]["due_after"]), (&json!(before), &json!(after)));
            assert_eq!(times(&approver, case, "deadlines_moved").await, 1);
            let clock = explained(&approver, case, kind).await;
            assert_eq!((&clock["due"], &clock["department"], &clock["binding"]), (&json!(after), &department, &json!(false)));
            let (counted, why_not) = days(&clock, before);
            assert_eq!(counted, [json!(after)]);
            assert!(why_not.as_str().unwrap().contains("试验假"), "{why_not}");
            assert_eq!(explained(&hall.applicant_of(case), case, kind).await, Value::Null, "which is no business of theirs");
            approver.reads(case).await.ok();
            assert_eq!(limit(&case.view(), kind), Value::Null, "and no light of the case");
        }
        assert_eq!(handed.text("/hand_over/until"), offered.text("/transfer/until"));

        hall.the_day_after(before).await;
        for case in [&handed, &offered] {
            approver.reads(case).await.ok();
        }
        assert_eq!((handed.text("/hand_over/to").as_str(), offered.text("/transfer/to").as_str()), (colleague.code(), "commerce"));
        hall.the_day_after(after).await;
        for (case, field, lapsed) in [(&handed, "/hand_over", "hand_over_lapsed"), (&offered, "/transfer", "transfer_lapsed")] {
            approver.reads(case).await.ok();
            assert_eq!((case.at(field), times(&approver, case, lapsed).await), (Value::Null, 1));
        }
        colleague.accepts_hand_over(&handed).await.refused("no_handover_pending");
        assert_eq!(handed.text("/responsible/code"), holder.code());
    }

    /// Clauses B5-1, D7-1, rule L1: the same of the responsibility for an impasse.
    async fn a_new_holiday_moves_the_hand_over_of_an_impasse(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (finance, window) = (hall.clerk("finance"), hall.clerk("fallback"));
        let impasse = finance.registers(&Grievance::new(&Person::new())).await.impasse();
        finance.offers_impasse(&impasse, window.code()).await.ok();
        let (before, after) = (hall.after(today, 1), hall.after(today, 2));
        holidays(&hall, &[before]).await;
        let done = finished(&hall).await;
        let moved = moves(&hall, &done).await;
        let told: Vec<_> = moved.iter().filter(|it| it["limit"] == "hand_over").collect();
        assert_eq!(told.len(), 1, "{moved:?}");
        assert_eq!((&told[0]["impasse"], &told[0]["due_before"], &told[0]["due_after"]), (&json!(impasse.id), &json!(before), &json!(after)));
        let clock = limit(&hall.manager().get(&impasse.path("deadline")).await.ok().body, "hand_over");
        assert_eq!(clock["due"], json!(after));
        hall.the_day_after(before).await;
        finance.reads(&impasse).await.ok();
        assert_eq!(impasse.text("/hand_over_to"), window.code());
        hall.the_day_after(after).await;
        finance.reads(&impasse).await.ok();
        assert_eq!((impasse.text("/responsible/code").as_str(), impasse.at("/hand_over_to")), (finance.code(), Value::Null));
    }
}
