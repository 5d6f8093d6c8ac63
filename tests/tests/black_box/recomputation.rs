//! 期限重算: the calendar changes, and every open limit with it.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Utc, Weekday};
use tests::*;

pub(crate) async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

/// Makes these days holidays.
pub(crate) async fn holidays(hall: &Hall, days: &[NaiveDate]) {
    let mut csv = "date,kind,name\n".to_owned();
    for day in days {
        csv += &format!("{day},holiday,试验假\n");
    }
    hall.system_admin().put("/v1/calendar").json(&json!({ "csv": csv })).await.ok();
}

/// The newest recomputation, finished.
pub(crate) async fn finished(hall: &Hall) -> Answer {
    let newest = until("the limits are computed anew", async || {
        let newest = hall.manager().get("/v1/calendar/recomputations").await.ok().data().first()?.clone();
        newest["finished_at"].is_string().then_some(newest)
    });
    let id = newest.await["id"].as_str().unwrap().to_owned();
    hall.system_admin().get(&format!("/v1/calendar/recomputations/{id}")).await.ok()
}

pub(crate) async fn moves(hall: &Hall, recomputation: &Answer) -> Vec<Value> {
    let path = format!("/v1/calendar/recomputations/{}/moves", recomputation.text("/id"));
    hall.manager().get(&format!("{path}?limit=200")).await.ok().data().clone()
}

/// How often the record of a case says that its limits moved; the handle knows the newest version afterwards.
async fn told(hall: &Hall, case: &Case) -> usize {
    let clerk = hall.clerk_of(case);
    clerk.reads(case).await.ok();
    let timeline = clerk.reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == "deadlines_moved").count()
}

/// The next day of the week, today excluded.
fn next(day: NaiveDate, weekday: Weekday) -> NaiveDate {
    day.iter_days().skip(1).find(|day| day.weekday() == weekday).unwrap()
}

/// Rule L1: where other processes may serve, too, limits are computed anew once each of them counts by the new calendar, so
/// that whatever one wrote meanwhile is found by the right day.
#[tokio::test]
async fn a_recomputation_waits_until_every_process_knows() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let hall = Hall::open_with(Database::Postgres, |settings| settings.sandbox = false).await;
    holidays(&hall, &[NaiveDate::from_ymd_opt(2041, 1, 2).unwrap()]).await;
    let newest = until_within(30, "the limits are computed anew", async || {
        let newest = hall.system_admin().get("/v1/calendar/recomputations").await.ok().data().first()?.clone();
        newest["finished_at"].is_string().then_some(newest)
    });
    let newest = newest.await;
    let at = |field: &str| newest[field].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(at("finished_at") - at("started_at") >= Duration::seconds(6), "{newest}");
    hall.close().await;
}

tests::on_both_stores! {
    /// Rules L1, L15: a Saturday that becomes a working day brings the hotline's limit forward, and what it runs out on.
    async fn a_new_working_day_moves_what_the_hotline_asked(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let dispatched = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let before: NaiveDate = hall.work_order("W-1").await.text("/limits/0/due").parse().unwrap();
        let saturday = next(dispatched, Weekday::Sat);
        let csv = format!("date,kind,name\n{saturday},workday,试验班\n");
        hall.system_admin().put("/v1/calendar").json(&json!({ "csv": csv })).await.ok();
        finished(&hall).await;
        let after: NaiveDate = hall.work_order("W-1").await.text("/limits/0/due").parse().unwrap();
        assert!(saturday <= after && after < before, "{before} → {after}");
        hall.time_passes_to_day(before, 9, 0).await;
        let timeline = hall.supervisor().get("/v1/hotline/work-orders/W-1/timeline").await.ok().body;
        let ran_out = timeline.as_array().unwrap().iter().any(|entry| entry["kind"] == "ran_out");
        assert!(ran_out, "a day earlier than before: {timeline}");
    }

    /// Clause B5-2, rules L1, L15: the hotline's limit and the one to act on what it wants raised move with the calendar and
    /// are listed with before and after; each order has it on record, once, the feed and the hotline are told.
    async fn a_new_holiday_moves_work_orders(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        for number in ["W-1", "W-2"] {
            hall.dispatched(&hotline, number).await;
        }
        let section = hall.supervisor();
        section.signs_for("W-2").await.ok();
        section.answers_work_order("W-2").await.ok();
        hotline.says("W-1", json!({ "kind": "escalate", "reason": "群众要求提级。" }));
        hotline.sends().await;
        let before = hall.work_order("W-1").await;
        holidays(&hall, &[hall.after(today, 1)]).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(1), &json!(1)), "{}", done.body);
        let told = |limit: &str, label: &str, days: u16| {
            json!({
                "work_order": before["id"], "limit": limit, "label": label, "due_before": hall.after(today, days - 1),
                "due_after": hall.after(today, days), "provisional_before": false, "provisional_after": false,
            })
        };
        let moved = moves(&hall, &done).await;
        let expected = [told("work_order", "工单办理时限", 6), told("work_order_escalation", "提级处置时限", 2)];
        assert_eq!(moved, expected);
        let path = format!("/v1/calendar/recomputations/{}/moves?limit=1", done.text("/id"));
        let first = hall.manager().get(&path).await.ok();
        let next = hall.manager().get(&format!("{path}&cursor={}", first.text("/page/next_cursor"))).await.ok();
        assert_eq!((first.data(), next.data()), (&moved[..1].to_vec(), &moved[1..].to_vec()), "one at a time, too");
        let after = hall.work_order("W-1").await;
        assert_eq!(after.at("/limits/0/due"), &moved[0]["due_after"]);
        assert_eq!(after.at("/escalations/0/limit/due"), &moved[1]["due_after"]);
        hall.everything_is_told(&hotline, "W-1").await;
        let heard: Vec<_> = hotline.received_of("W-1").into_iter().filter(|it| it.kind == "deadlines_moved").collect();
        assert_eq!((heard.len(), &heard[0].data["due"]), (1, &moved[0]["due_after"]));
        let events = until("it is in the feed", async || {
            let path = "/v1/events?types=cn.gov.yichuang.work_order.deadlines_moved.v1";
            let events = section.get(path).await.ok().data().clone();
            (!events.is_empty()).then_some(events)
        });
        let events = events.await;
        assert_eq!((events.len(), &events[0]["data"]["number"]), (1, &json!("W-1")));
        let href = events[0]["data"]["href"].as_str().unwrap();
        assert_eq!(section.get(href).await.ok()["id"], events[0]["subject"]);
    }

    /// Clauses D8-1, D13-1, rules L1, L12: what is asked of impasses, of their orders and of a follow-up plan moves with the
    /// calendar as what is asked of cases does: listed with before and after, and on the record of each, once.
    async fn a_new_holiday_moves_impasses_orders_and_plans(hall: Hall) {
        let today = hall.a_new_morning().await;
        hall.closed_out_impasse().await;
        let plan = hall.reform().plans_follow_ups((today, today), json!({ "count": 1 }), 5).await.created().text("/id");
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 9, false).await.ok();
        let handling = impasse.due("handling");
        holidays(&hall, &[hall.after(today, 2)]).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(2), &json!(2)), "{}", done.body);
        let moved = moves(&hall, &done).await;
        let of = |field: &str, id: &str, limit: &str| {
            moved.iter().find(|it| it[field] == id && it["limit"] == limit).cloned().unwrap_or_default()
        };
        let told = of("impasse", &impasse.id, "handling");
        assert_eq!((&told["due_before"], &told["due_after"]), (&json!(handling), &json!(hall.after(handling, 1))), "{moved:?}");
        let order = of("impasse", &impasse.id, "order");
        assert_eq!((&order["order"], &order["due_before"]), (&json!(1), &json!(hall.after(today, 9))), "{moved:?}");
        let planned = of("follow_up_plan", &plan, "follow_ups");
        assert_eq!((&planned["due_before"], &planned["due_after"]), (&json!(hall.after(today, 5)), &json!(hall.after(today, 6))));
        let paged = hall.manager().get(&format!("/v1/calendar/recomputations/{}/moves?limit=1", done.text("/id"))).await.ok();
        assert_eq!(paged.data().len(), 1);
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.due("handling"), hall.after(handling, 1));
        let of_the_impasse =
            format!("SELECT kind AS line FROM events WHERE stream = '{}' AND kind = 'deadlines_moved'", impasse.id);
        let of_the_plan = "SELECT kind AS line FROM events WHERE kind = 'follow_ups_moved'";
        for query in [of_the_impasse.as_str(), of_the_plan] {
            assert_eq!(texts(&mut hall.outside(), query).len(), 1, "{query}");
        }
    }

    /// Clause B3-3, rule L1: what is asked of a department moves with the calendar, too, and so does its list.
    async fn a_new_holiday_moves_what_is_asked_of_a_participant(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = hall.received(Application::for_item("project-joint-construction-review").by(&Enterprise::new()), "project").await;
        hall.accept(&case).await;
        let lead = hall.reviewer("development-reform");
        lead.takes(&case).await.ok();
        lead.draws_plan(&case).await.ok();
        let due = async || hall.reviewer("natural-resources").get("/v1/tasks").await.ok().data()[0]["due"].clone();
        let before = hall.after(today, 5);
        assert_eq!(due().await, json!(before));
        holidays(&hall, &[hall.after(today, 2)]).await;
        let done = finished(&hall).await;
        assert_eq!(due().await, json!(hall.after(before, 1)));

        let moved = moves(&hall, &done).await;
        let opinions: Vec<_> = moved.iter().filter(|it| it["limit"] == "opinion").collect();
        let told = |department: &str, days: u16| {
            let due = hall.after(today, days);
            json!({
                "case": case.id, "limit": "opinion", "label": "会审意见期限", "department": department,
                "due_before": due, "due_after": hall.after(due, 1), "provisional_before": false, "provisional_after": false,
            })
        };
        assert_eq!(opinions, [&told("ecology-environment", 7), &told("natural-resources", 5)], "whose turn it is");
        assert!(moved.iter().all(|it| (it["limit"] == "opinion") == it["department"].is_string()), "{moved:?}");
        let path = format!("/v1/calendar/recomputations/{}/moves?limit=1", done.text("/id"));
        let (mut paged, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let page = hall.manager().get(&format!("{path}{cursor}")).await.ok();
            paged.extend(page.data().clone());
            next = page.at("/page/next_cursor").as_str().map(|cursor| format!("&cursor={cursor}"));
        }
        assert_eq!(paged, moved, "one at a time, too");
        let timeline = lead.reads_timeline(&case).await.ok();
        let entry = timeline.body.as_array().unwrap().iter().find(|it| it["kind"] == "deadlines_moved").unwrap().clone();
        let recorded = entry["event"]["data"]["moves"].as_array().unwrap().clone();
        let of_opinions = recorded.iter().filter(|it| it["limit"] == "opinion");
        assert_eq!(of_opinions.map(|it| it["department"].clone()).collect::<Vec<_>>(), ["ecology-environment", "natural-resources"]);
        assert_eq!(recorded.len(), moved.len());
    }

    /// Clauses B5-2, C1-1, rules L1, L10: the dates that a package shows of its own move too, and are listed: the end of the
    /// whole and what is expected of those that wait.
    async fn a_new_holiday_moves_the_dates_of_a_package(hall: Hall) {
        let today = hall.a_new_morning().await;
        let items = [packages::CODE, packages::SEAL, packages::INSURANCE];
        let application = hall.package_application(&items, &Enterprise::new()).await;
        let ended = hall.package_application(&items, &Enterprise::new()).await;
        let platform = hall.adapter("platform");
        platform.withdraws_part(&ended, &items, true).await.ok();
        let due = |application: &PackageApplication| application.view()["deadline"]["ends"].clone();
        let before = due(&application);
        assert_eq!(before, json!(hall.after(today, 1)));
        holidays(&hall, &[hall.after(today, 1)]).await;
        let done = finished(&hall).await;
        platform.reads_application(&application).await.ok();
        let after = due(&application);
        assert_eq!(after, json!(hall.after(today, 2)));
        let path = format!("/v1/calendar/recomputations/{}/package-moves", done.text("/id"));
        let moved = hall.manager().get(&path).await.ok();
        let told = |item: Option<&str>| {
            let mut told = json!({
                "application": application.id, "due_before": before, "due_after": after,
                "provisional_before": false, "provisional_after": false,
            });
            if let Some(item) = item {
                told["item"] = json!(item);
            }
            told
        };
        assert_eq!(*moved.data(), [told(None), told(Some(packages::SEAL))], "and nothing of what has ended");
        let first = hall.manager().get(&format!("{path}?limit=1")).await.ok();
        let next = format!("{path}?limit=1&cursor={}", first.text("/page/next_cursor"));
        assert_eq!(hall.manager().get(&next).await.ok().data()[0], told(Some(packages::SEAL)), "one at a time, too");
        hall.clerk("data").get(&path).await.denied(403, "role_not_allowed");
    }

    /// Clause B5-2, rule L1: a holiday that is announced late moves what runs; what moved is listed with before and after,
    /// each case has it on record, and the applicant sees the new date.
    async fn a_new_holiday_moves_every_open_limit(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, other) = (accepted(&hall).await, accepted(&hall).await);
        let ended = accepted(&hall).await;
        hall.applicant_of(&ended).withdraws(&ended).await.ok();
        let before = (case.due("promised"), case.due("statutory"));
        let new = hall.after(today, 2);
        holidays(&hall, &[new]).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(2), &json!(2)), "{}", done.body);
        assert!(done.text("/cause").contains('1'));
        hall.applicant_of(&case).reads(&case).await.ok();
        let after = (case.due("promised"), case.due("statutory"));
        assert_eq!(after, (hall.after(before.0, 1), hall.after(before.1, 1)));

        let moved = moves(&hall, &done).await;
        let of = |case: &Case, limit: &str| {
            let found = moved.iter().find(|it| it["case"] == json!(case.id) && it["limit"] == limit);
            found.map(|it| (it["due_before"].clone(), it["due_after"].clone()))
        };
        for case in [&case, &other] {
            assert_eq!(of(case, "promised"), Some((json!(before.0), json!(after.0))));
            assert_eq!(of(case, "statutory"), Some((json!(before.1), json!(after.1))));
            let timeline = hall.clerk_of(case).reads_timeline(case).await.ok();
            let times = timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == "deadlines_moved").count();
            assert_eq!(times, 1);
        }
        assert_eq!(of(&ended, "promised"), None);
        let row = hall.clerk("rule-of-law").lists("").await.ok().data().iter().find(|row| row["id"] == json!(case.id)).unwrap().clone();
        assert_eq!(row["due"], json!(after.0), "and lists are found by it");
        hall.audit_admin().verifies(&case).await.ok();
    }

    /// Rule L13: the limit to mend a broken commitment moves too, though its case has ended, and also once it is overdue and
    /// everybody was told.
    async fn a_new_holiday_moves_the_limit_to_mend(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = hall.received(Application::for_item("talent-hr-service-licence").by(&Enterprise::new()).electronic(), "talent").await;
        let clerk = hall.clerk("talent");
        clerk.checks_all_but(&case, &["premises-proof"]).await;
        clerk.accepts_on_commitment(&case).await.ok();
        hall.review(&case).await;
        hall.approver_of(&case).grants(&case).await.ok();
        clerk.issues(&case).await.ok();
        clerk.delivers_electronically(&case).await.ok();
        clerk.closes(&case).await.ok();
        let reviewer = hall.reviewer_of(&case);
        reviewer.reads(&case).await.ok();
        reviewer.verifies_commitment(&case, "broken", Some(5)).await.ok();
        assert_eq!((case.stage(), case.due("mending")), ("closed".to_owned(), hall.after(today, 5)));
        holidays(&hall, &[hall.after(today, 2)]).await;
        let done = finished(&hall).await;
        let moved = moves(&hall, &done).await;
        assert_eq!(moved.len(), 1, "{moved:?}");
        assert_eq!((&moved[0]["limit"], &moved[0]["due_after"]), (&json!("mending"), &json!(hall.after(today, 6))));
        reviewer.reads(&case).await.ok();
        assert_eq!(case.due("mending"), hall.after(today, 6));
        assert_eq!(case.at("/commitment/verifications/0/mend_by"), json!(hall.after(today, 6)));

        hall.time_passes_to_day(hall.after(today, 8), 9, 0).await;
        holidays(&hall, &[hall.after(today, 6)]).await;
        let done = finished(&hall).await;
        let moved = moves(&hall, &done).await;
        assert_eq!(moved.len(), 1, "{moved:?}");
        assert_eq!((&moved[0]["limit"], &moved[0]["due_after"]), (&json!("mending"), &json!(hall.after(today, 7))));
    }

    /// An edition that changes nothing moves nothing; recomputations are for those who answer for the calendar.
    async fn what_does_not_change_moves_nothing(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let due = case.due("promised");
        let far = NaiveDate::from_ymd_opt(2041, 1, 2).unwrap();
        holidays(&hall, &[far]).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(1), &json!(0)));
        assert!(moves(&hall, &done).await.is_empty());
        hall.clerk_of(&case).reads(&case).await.ok();
        assert_eq!(case.due("promised"), due);
        for caller in [hall.clerk("rule-of-law"), hall.approver("justice"), hall.audit_admin(), hall.applicant_of(&case)] {
            caller.get("/v1/calendar/recomputations").await.denied(403, "role_not_allowed");
        }
        let nothing = "/v1/calendar/recomputations/01999999-0000-7000-8000-000000000000";
        hall.manager().get(nothing).await.hidden();
        hall.manager().get(&format!("{nothing}/moves")).await.hidden();
    }

    /// Rule L1: what reaches past the published arrangement is provisional until it is published.
    async fn a_provisional_date_is_settled_by_the_new_year(hall: Hall) {
        let eve = NaiveDate::from_ymd_opt(2026, 12, 30).unwrap();
        if hall.today() >= eve {
            return;
        }
        hall.time_passes_to_day(eve, 9, 0).await;
        let case = accepted(&hall).await;
        let law = limit(&case.view(), "statutory");
        assert_eq!((&law["provisional"], &law["due"]), (&json!(true), &json!("2027-01-08")), "by the weekday rule");
        let day = |day| NaiveDate::from_ymd_opt(2027, 1, day).unwrap();
        holidays(&hall, &[day(1), day(4)]).await;
        let done = finished(&hall).await;
        hall.clerk_of(&case).reads(&case).await.ok();
        let law = limit(&case.view(), "statutory");
        assert_eq!(law["provisional"], false, "{law}");
        let moved = moves(&hall, &done).await;
        let of_law = moved.iter().find(|it| it["limit"] == "statutory").unwrap();
        assert_eq!((&of_law["provisional_before"], &of_law["provisional_after"], &of_law["due_after"]), (&json!(true), &json!(false), &law["due"]));
    }

    /// Interrupted, it is taken up where it was left: every case once.
    async fn a_recomputation_goes_on_after_a_restart(hall: Hall) {
        let today = hall.a_new_morning().await;
        let mut cases = Vec::new();
        for _ in 0..12 {
            cases.push(accepted(&hall).await);
        }
        holidays(&hall, &[hall.after(today, 1)]).await;
        hall.restarts().await;
        hall.working_days(1).await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(12), &json!(12)));
        let moved = moves(&hall, &done).await;
        assert_eq!(moved.iter().filter(|it| it["limit"] == "promised").count(), 12);
        for case in &cases {
            let timeline = hall.clerk_of(case).reads_timeline(case).await.ok();
            let times = timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == "deadlines_moved").count();
            assert_eq!(times, 1);
        }
    }

    /// Rule L1, user ask 18: what comes in while a recomputation runs was counted by the new calendar from its first day. It
    /// is on no list and has no event, and does not count as looked at; and yet it is found by the right day.
    async fn what_comes_in_meanwhile_did_not_move(hall: Hall) {
        let today = hall.a_new_morning().await;
        let open = accepted(&hall).await;
        let unchecked = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let late = hall.while_duties_wait(async || {
            holidays(&hall, &[hall.after(today, 1)]).await;
            hall.package_application(&[packages::CODE, packages::SEAL, packages::INSURANCE], &Enterprise::new()).await;
            hall.accept(&unchecked).await;
            accepted(&hall).await
        });
        let late = late.await;
        let done = finished(&hall).await;
        assert_eq!((&done["examined"], &done["moved"]), (&json!(2), &json!(1)), "{}", done.body);
        let moved = moves(&hall, &done).await;
        assert!(!moved.is_empty() && moved.iter().all(|it| it["case"] == json!(open.id)), "{moved:?}");
        let path = format!("/v1/calendar/recomputations/{}/package-moves", done.text("/id"));
        assert!(hall.manager().get(&path).await.ok().data().is_empty());
        let rows = hall.clerk("rule-of-law").lists("").await.ok().data().clone();
        for (case, times) in [(&open, 1), (&unchecked, 0), (&late, 0)] {
            assert_eq!(told(&hall, case).await, times);
            assert_eq!(case.due("promised"), hall.after(today, 4));
            let row = rows.iter().find(|row| row["id"] == json!(case.id)).unwrap();
            assert_eq!(row["due"], json!(hall.after(today, 4)));
        }
    }

    /// Rule L1, user ask 18: of two editions on end each lists what it moved itself, from the one before it, each limit once;
    /// what began between them only the second one moved. A restart in between changes nothing.
    async fn of_two_editions_none_speaks_for_the_other(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let due = case.due("promised");
        let between = hall.while_duties_wait(async || {
            holidays(&hall, &[hall.after(today, 1)]).await;
            let between = accepted(&hall).await;
            holidays(&hall, &[hall.after(today, 2)]).await;
            between
        });
        let between = between.await;
        assert_eq!(between.due("promised"), hall.after(due, 1));
        hall.restarts().await;
        let second = finished(&hall).await;
        let all = hall.manager().get("/v1/calendar/recomputations").await.ok();
        let ids = all.ids();
        assert_eq!((ids.len(), &ids[0]), (2, &second.text("/id")));
        let first = hall.manager().get(&format!("/v1/calendar/recomputations/{}", ids[1])).await.ok();
        assert_eq!((&first["examined"], &first["moved"]), (&json!(1), &json!(1)), "{}", first.body);
        assert_eq!((&second["examined"], &second["moved"]), (&json!(2), &json!(2)), "{}", second.body);
        let promised = async |of: &Answer| {
            let moved = moves(&hall, of).await;
            let moved = moved.iter().filter(|it| it["limit"] == "promised");
            moved.map(|it| (it["case"].clone(), it["due_before"].clone(), it["due_after"].clone())).collect::<Vec<_>>()
        };
        let moved = |case: &Case, by: u16| (json!(case.id), json!(hall.after(due, by)), json!(hall.after(due, by + 1)));
        assert_eq!(promised(&first).await, [moved(&case, 0)]);
        let mut of_second = promised(&second).await;
        of_second.sort_by_key(|(of, ..)| *of != json!(case.id));
        assert_eq!(of_second, [moved(&case, 1), moved(&between, 1)]);
        for (case, times) in [(&case, 2), (&between, 1)] {
            assert_eq!(told(&hall, case).await, times);
            assert_eq!(case.due("promised"), hall.after(due, 2));
        }
    }

    /// Two editions on end are two recomputations, in order.
    async fn each_edition_has_its_own_list(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let due = case.due("promised");
        holidays(&hall, &[hall.after(today, 1)]).await;
        holidays(&hall, &[hall.after(today, 2)]).await;
        finished(&hall).await;
        let all = hall.manager().get("/v1/calendar/recomputations").await.ok();
        assert_eq!(all.data().len(), 2);
        let mut after = Vec::new();
        for id in all.ids().iter().rev() {
            let path = format!("/v1/calendar/recomputations/{id}/moves");
            let list = hall.manager().get(&path).await.ok();
            after.extend(list.data().iter().filter(|it| it["limit"] == "promised").map(|it| (it["due_before"].clone(), it["due_after"].clone())));
        }
        hall.clerk_of(&case).reads(&case).await.ok();
        let day = |by: u16| json!(hall.after(due, by));
        assert_eq!(after, [(day(0), day(1)), (day(1), day(2))], "from the one to the next");
        assert_eq!(case.due("promised"), hall.after(due, 2));
    }
}
