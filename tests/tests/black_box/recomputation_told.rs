//! 期限重算: what moves besides the limits of cases is listed, and told to whoever sees it.

use chrono::NaiveDate;
use tests::*;

use crate::recomputation::{accepted, finished, holidays, moves};

/// What the feed has of a type for somebody.
async fn fed(caller: &Caller, kind: &str) -> Vec<Value> {
    caller.get(&format!("/v1/events?limit=200&types={kind}")).await.ok().data().clone()
}

tests::on_both_stores! {
    /// Clause B5-2, rules L1, L5: the time that a special procedure was said to need moves with the calendar, is listed by its
    /// notice, is on the record of its case, and the feed says so; one that has ended stays as it was.
    async fn a_new_holiday_moves_the_time_that_procedures_need(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let (approver, reviewer) = (hall.approver_of(&case), hall.reviewer_of(&case));
        for ground in ["hearing", "appraisal", "testing"] {
            approver.starts_procedure(&case, ground).await.ok();
        }
        let [hearing, appraisal, testing] = [0, 1, 2].map(|at| case.text(&format!("/procedures/{at}/notice")));
        reviewer.ends_procedure(&case, &testing, None).await.ok();
        holidays(&hall, &[hall.after(today, 2)]).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(1), &json!(1)), "{}", done.body);
        let told = |notice: &str| {
            json!({
                "case": case.id, "limit": "procedure", "label": "特别程序所需时间", "procedure": notice,
                "due_before": hall.after(today, 5), "due_after": hall.after(today, 6),
                "provisional_before": false, "provisional_after": false,
            })
        };
        let moved = moves(&hall, &done).await;
        let of_procedures: Vec<_> = moved.iter().filter(|it| it["limit"] == "procedure").cloned().collect();
        assert_eq!(of_procedures, [told(&hearing), told(&appraisal)]);
        assert!(moved.iter().all(|it| (it["limit"] == "procedure") == it["procedure"].is_string()), "{moved:?}");

        let timeline = reviewer.reads_timeline(&case).await.ok();
        let entries = timeline.body.as_array().unwrap().iter().filter(|it| it["kind"] == "deadlines_moved");
        let entries: Vec<_> = entries.cloned().collect();
        assert_eq!(entries.len(), 1, "{}", timeline.body);
        let recorded = entries[0]["event"]["data"]["moves"].as_array().unwrap();
        let recorded = recorded.iter().filter(|it| it["limit"] == "procedure");
        assert_eq!(recorded.map(|it| it["procedure"].clone()).collect::<Vec<_>>(), [json!(hearing), json!(appraisal)]);
        let events = until("it is in the feed", async || {
            let events = fed(&approver, "cn.gov.yichuang.case.deadlines_moved.v1").await;
            (!events.is_empty()).then_some(events)
        });
        let events = events.await;
        assert_eq!((events.len(), &events[0]["subject"]), (1, &json!(case.id)));

        let explained = hall.applicant_of(&case).reads_deadline(&case).await.ok();
        let clocks = explained["clocks"].as_array().unwrap();
        let shown = |notice: &str| clocks.iter().find(|it| it["procedure"] == notice).unwrap()["due"].clone();
        assert_eq!((shown(&hearing), shown(&appraisal)), (json!(hall.after(today, 6)), json!(hall.after(today, 6))));
    }

    /// Clauses B5-2, B5-7, C1-1, rules L1, L10: whoever sees a package is told that its dates moved, once of an edition, and
    /// reads the new ones where the event says; whoever does not see it is not told.
    async fn a_package_tells_of_its_moved_dates(hall: Hall) {
        const KIND: &str = "cn.gov.yichuang.package_application.deadlines_moved.v1";
        let today = hall.a_new_morning().await;
        let (receiver, platform) = (Receiver::start().await, hall.system("platform").await);
        let webhook = platform.listens_at(&receiver.url(), json!({ "types": [KIND] })).await;
        let items = [packages::CODE, packages::SEAL, packages::INSURANCE];
        let application = hall.package_application(&items, &Enterprise::new()).await;
        let ended = hall.package_application(&items, &Enterprise::new()).await;
        hall.adapter("platform").withdraws_part(&ended, &items, true).await.ok();
        holidays(&hall, &[hall.after(today, 1)]).await;
        let done = finished(&hall).await;
        let path = format!("/v1/calendar/recomputations/{}/package-moves", done.text("/id"));
        let moved = hall.manager().get(&path).await.ok();
        let dates = |it: &Value| (it["application"].clone(), it["due_before"].clone(), it["due_after"].clone());
        let expected = (json!(application.id), json!(hall.after(today, 1)), json!(hall.after(today, 2)));
        assert_eq!(moved.data().iter().map(dates).collect::<Vec<_>>(), [expected.clone(), expected], "the whole and a part");

        let told = webhook.has_told(&receiver, &[&application.id], 1).await;
        assert_eq!((&told[0]["type"], &told[0]["data"]["version"]), (&json!(KIND), &json!(1)));
        let href = told[0]["data"]["href"].as_str().unwrap();
        let now = platform.get(href).await.ok();
        assert_eq!((&now["id"], now.at("/deadline/ends")), (&json!(application.id), &json!(hall.after(today, 2))));

        holidays(&hall, &[NaiveDate::from_ymd_opt(2041, 1, 2).unwrap()]).await;
        let path = format!("/v1/calendar/recomputations/{}/package-moves", finished(&hall).await.text("/id"));
        assert!(hall.manager().get(&path).await.ok().data().is_empty());
        assert_eq!(webhook.feed_of(&[&application.id, &ended.id]).await, told, "once, as it was sent");
        for caller in [hall.clerk("data"), hall.clerk("talent"), hall.manager()] {
            assert_eq!(fed(&caller, KIND).await, told);
        }
        for caller in [hall.clerk("finance"), hall.adapter("another")] {
            assert_eq!(fed(&caller, KIND).await, Vec::<Value>::new());
        }
    }
}
