//! 期限: what stops a clock, what does not, what lengthens it, and who is reminded.

use chrono::{Datelike, NaiveDate, Weekday};
use tests::*;

/// Accepted this morning: seven working days by law, three promised.
async fn accepted(hall: &Hall) -> (Case, NaiveDate) {
    let today = hall.a_new_morning().await;
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    (case, today)
}

async fn statutory(hall: &Hall, case: &Case) -> NaiveDate {
    hall.clerk_of(case).reads(case).await.ok();
    case.due("statutory")
}

fn notice(case: &Case, at: usize) -> String {
    case.text(&format!("/procedures/{at}/notice"))
}

tests::on_both_stores! {
    /// Rules L1, L2, L12: law and promise side by side, the shorter binds; an extension lengthens both, once, by the head of
    /// the department, by ten working days at most, its reason told to the applicant.
    async fn the_departments_head_extends_once(hall: Hall) {
        let (case, today) = accepted(&hall).await;
        assert_eq!((case.due("statutory"), case.due("promised")), (hall.after(today, 7), hall.after(today, 3)));
        let head = hall.head("justice");
        hall.approver("justice").extends(&case, 5).await.denied(403, "role_not_allowed");
        hall.head("commerce").extends(&case, 5).await.hidden();
        hall.government().reads(&case).await.ok();
        hall.government().extends(&case, 5).await.refused("not_the_approving_head");
        head.extends(&case, 11).await.refused("limit_out_of_range");
        head.extends(&case, 10).await.ok();
        assert_eq!((case.due("statutory"), case.due("promised")), (hall.after(today, 17), hall.after(today, 13)));
        head.extends(&case, 1).await.refused("already_extended");
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        assert_eq!((case.text("/extension/reason").as_str(), case.at("/extension/working_days")), ("案情复杂。", json!(10)));
        assert_eq!(case.text("/extension/approved_by"), head.code());

        let (late, _) = accepted(&hall).await;
        hall.the_day_after(late.due("statutory")).await;
        head.reads(&late).await.ok();
        head.extends(&late, 5).await.refused("limit_over");
    }

    /// Rule L3: where departments handle it together it is the government's head, and fifteen working days.
    async fn the_governments_head_extends_what_is_joint(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = hall.received(Application::for_item("project-joint-construction-review").by(&Enterprise::new()), "project").await;
        hall.accept(&case).await;
        assert_eq!(case.due("statutory"), hall.after(today, 45));
        let lead = hall.reviewer("development-reform");
        lead.takes(&case).await.ok();
        lead.draws_plan(&case).await.ok();
        hall.head("development-reform").extends(&case, 5).await.refused("not_the_approving_head");
        hall.government().extends(&case, 16).await.problem(422, "invalid_fields");
        hall.government().extends(&case, 15).await.ok();
        assert_eq!(case.due("statutory"), hall.after(today, 60));
    }

    /// Rule L5, 行政许可法 art. 45: a special procedure stops the clock as long as it lasts, with ground, approver and the
    /// written notice of the time it needs; overlapping ones count once.
    async fn special_procedures_stop_the_clock(hall: Hall) {
        let (case, today) = accepted(&hall).await;
        let (approver, reviewer) = (hall.approver("justice"), hall.reviewer("justice"));
        reviewer.starts_procedure(&case, "hearing").await.denied(403, "role_not_allowed");
        approver.starts_procedure(&case, "coffee_break").await.names_field("/ground");
        approver.starts_procedure(&case, "hearing").await.ok();
        assert_eq!((case.text("/procedures/0/approved_by"), case.at("/procedures/0/needs")), (approver.code().to_owned(), json!(5)));
        let hearing = notice(&case, 0);
        hall.working_days(2).await;
        assert_eq!(statutory(&hall, &case).await, hall.after(today, 7 + 2), "the day it began is acceptance's own");
        approver.starts_procedure(&case, "expert_review").await.ok();
        let review = notice(&case, 1);
        hall.working_days(2).await;
        // A reminder of the time that the hearing takes has made another version of it.
        reviewer.reads(&case).await;
        reviewer.ends_procedure(&case, "无此文号", None).await.refused("no_such_procedure");
        reviewer.ends_procedure(&case, &hearing, None).await.ok();
        reviewer.ends_procedure(&case, &hearing, None).await.refused("procedure_ended");
        hall.working_days(1).await;
        assert_eq!(statutory(&hall, &case).await, hall.after(today, 7 + 5), "the other one goes on");
        reviewer.takes(&case).await.ok();
        reviewer.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.refused("procedure_open");
        reviewer.ends_procedure(&case, &review, None).await.ok();
        approver.grants(&case).await.refused("review_outdated");
        hall.working_days(3).await;
        assert_eq!(statutory(&hall, &case).await, hall.after(today, 7 + 5), "it runs again");
        approver.starts_procedure(&case, "hearing").await.ok();
        reviewer.ends_procedure(&case, &notice(&case, 2), Some(today)).await.refused("procedure_end_out_of_range");
    }

    /// Rule L5: put on record late within five working days and with a reason, never ahead, never before acceptance.
    async fn a_procedure_is_backdated_within_bounds(hall: Hall) {
        let (case, accepted_on) = accepted(&hall).await;
        let approver = hall.approver("justice");
        let today = hall.working_days(6).await;
        approver.reads(&case).await.ok();
        let back = |days: u16| hall.after(accepted_on, 6 - days);
        approver.backdates_procedure(&case, "testing", back(6), Some("漏登。")).await.refused("backdated_too_far");
        approver.backdates_procedure(&case, "testing", back(3), None).await.refused("backdating_reason_missing");
        let yesterday = accepted_on.pred_opt().unwrap();
        approver.backdates_procedure(&case, "testing", yesterday, Some("漏登。")).await.refused("procedure_before_acceptance");
        let tomorrow = today.succ_opt().unwrap();
        approver.backdates_procedure(&case, "testing", tomorrow, Some("预登。")).await.refused("procedure_in_future");
        approver.backdates_procedure(&case, "testing", back(3), Some("漏登。")).await.ok();
        assert_eq!(case.text("/procedures/0/backdated"), "漏登。");
        hall.reviewer("justice").reads(&case).await.ok();
        hall.reviewer("justice").ends_procedure(&case, &notice(&case, 0), Some(back(1))).await.ok();
        assert_eq!(case.due("statutory"), hall.after(accepted_on, 7 + 3), "three days of it were working days");
    }

    /// Rule L5: any other pause is put on record as what it is, and stops nothing.
    async fn a_pause_stops_no_clock(hall: Hall) {
        let (case, today) = accepted(&hall).await;
        let reviewer = hall.reviewer("justice");
        reviewer.resumes(&case).await.refused("not_paused");
        reviewer.pauses(&case).await.ok();
        reviewer.pauses(&case).await.refused("already_paused");
        hall.working_days(2).await;
        assert_eq!(statutory(&hall, &case).await, hall.after(today, 7));
        reviewer.resumes(&case).await.ok();
        assert_eq!(case.at("/pauses/0/until"), json!(hall.today()));
        assert_eq!((case.due("statutory"), case.due("promised")), (hall.after(today, 7), hall.after(today, 3)));
    }

    /// Clause B5-2, rule L5: why a day counted and another did not, which interval, which article.
    async fn a_deadline_is_explained_with_its_procedures(hall: Hall) {
        let (case, today) = accepted(&hall).await;
        let approver = hall.approver("justice");
        let first = hall.working_days(1).await;
        approver.reads(&case).await.ok();
        approver.starts_procedure(&case, "appraisal").await.ok();
        let second = hall.working_days(1).await;
        approver.ends_procedure(&case, &notice(&case, 0), None).await.ok();
        let explained = hall.applicant_of(&case).reads_deadline(&case).await.ok();
        let statutory = limit(&explained.body, "statutory");
        let days = statutory["days"].as_array().unwrap();
        let on = |day: NaiveDate| days.iter().find(|line| line["date"] == json!(day)).unwrap();
        assert_eq!(on(today)["counted"], false);
        for day in [first, second] {
            let reason = on(day)["reason"].as_str().unwrap();
            let interval = format!("鉴定期间（{first}至{second}）");
            assert!(on(day)["counted"] == false && reason.contains(&interval), "{reason}");
            assert!(on(day)["article"].as_str().unwrap().contains("第四十五条"));
        }
        assert_eq!(days.iter().filter(|line| line["counted"] == true).count(), 7);
        assert_eq!(statutory["due"], json!(hall.after(today, 9)));
        for day in days {
            let date: NaiveDate = day["date"].as_str().unwrap().parse().unwrap();
            let is_working = kernel::Calendar::first_edition().is_working(date);
            assert!(is_working || day["counted"] == false, "{day}");
        }
    }

    /// Rules L1, L2, L5, L12: what would be, for anybody who asks; nothing is kept.
    async fn anybody_may_ask_what_would_be(hall: Hall) {
        let ask = |body: Value| hall.stranger().post("/v1/calendar/what-if").json(&body);
        let plain = ask(json!({ "item": items::PROMISED, "start": "2026-03-02" })).await.ok();
        assert_eq!(plain["binding"], "promised");
        assert_eq!((&limit(&plain.body, "statutory")["due"], &limit(&plain.body, "promised")["due"]), (&json!("2026-03-11"), &json!("2026-03-05")));
        let hearing = json!({ "ground": "hearing", "from": "2026-03-03", "until": "2026-03-04" });
        let longer = ask(json!({ "item": items::PROMISED, "start": "2026-03-02", "suspensions": [hearing], "extension": 10 })).await.ok();
        assert_eq!(limit(&longer.body, "statutory")["due"], "2026-03-27");
        let backwards = json!({ "ground": "hearing", "from": "2026-03-04", "until": "2026-03-03" });
        ask(json!({ "item": items::PROMISED, "start": "2026-03-02", "suspensions": [backwards] })).await.names_field("/suspensions/0");
        // One line a day: whoever asks for little is not answered with megabytes.
        let years = [("2026-03-03", "2028-03-02"), ("2028-03-03", "2030-03-02")];
        let long = years.map(|(from, until)| json!({ "ground": "hearing", "from": from, "until": until }));
        ask(json!({ "item": items::PROMISED, "start": "2026-03-02", "suspensions": long })).await.names_field("/suspensions/1");
        ask(json!({ "item": items::PROMISED, "start": "2026-03-02", "suspensions": long[..1] })).await.ok();
        ask(json!({ "item": items::PROMISED, "start": "2026-03-02", "extension": 16 })).await.names_field("/extension");
        ask(json!({ "item": "no-such-item", "start": "2026-03-02" })).await.problem(404, "not_found");
        assert_eq!(hall.manager().lists("").await.ok().data().len(), 0);
    }

    /// Rule L2, 行政许可法 art. 42: no more is supposed than the law allows the item: ten days, and fifteen where
    /// departments handle it together.
    async fn no_longer_extension_is_supposed_than_the_law_allows(hall: Hall) {
        let ask = |item: &str, days: u16| {
            let supposed = json!({ "item": item, "start": "2026-03-02", "extension": days });
            hall.stranger().post("/v1/calendar/what-if").json(&supposed)
        };
        ask(items::PROMISED, 10).await.ok();
        let refused = ask(items::PROMISED, 11).await.names_field("/extension");
        assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("10个工作日"), "{}", refused.body);
        let joint = "project-joint-construction-review";
        ask(joint, 15).await.ok();
        ask(joint, 16).await.names_field("/extension");
    }

    /// Rules L1, L2, L12: what would be is asked of a centre: its own calendar and its own items answer, and this one's where
    /// none is named. The days of an extension name their article.
    async fn what_would_be_is_asked_of_a_centre(hall: Hall) {
        hall.with_another_centre().await;
        let there = format!("?centre={OTHER_CENTRE}");
        let admin = hall.system_admin().in_centre(OTHER_CENTRE);
        admin.put("/v1/calendar").json(&json!({ "csv": "date,kind,name\n2031-01-01,holiday,元旦\n2031-03-04,holiday,试验假\n" })).await.ok();
        let supposed = json!({ "item": items::PROMISED, "start": "2031-03-03", "extension": 1 });
        let ask = |centre: &str| hall.stranger().post(&format!("/v1/calendar/what-if{centre}")).json(&supposed);
        for (centre, due, provisional) in [("", "2031-03-07", true), (there.as_str(), "2031-03-10", false)] {
            let promised = limit(&ask(centre).await.ok().body, "promised");
            assert_eq!((&promised["due"], &promised["provisional"]), (&json!(due), &json!(provisional)), "{centre}");
            let last = promised["days"].as_array().unwrap().last().unwrap().clone();
            assert_eq!((&last["date"], &last["article"]), (&json!(due), &json!("《行政许可法》第四十二条")));
            let path = format!("/v1/calendar/deadline{centre}{}start=2031-03-03&working_days=4", if centre.is_empty() { "?" } else { "&" });
            let plain = hall.stranger().get(&path).await.ok();
            assert_eq!((&plain["due"], &plain["provisional"]), (&json!(due), &json!(provisional)), "{path}");
        }
        let manager = hall.manager().in_centre(OTHER_CENTRE);
        manager.post(&format!("/v1/items/{}/withdrawal", items::PROMISED)).await.ok();
        ask(&there).await.problem(404, "not_found");
        ask("").await.ok();
        ask("?centre=331099").await.problem(404, "not_found");
        hall.stranger().get("/v1/calendar/deadline?start=2031-03-03&working_days=4&centre=331099").await.problem(404, "not_found");
    }

    /// Rules L1, L6: the hall's own calendar says when something has come, and nothing more: no limit counts a Saturday on
    /// which the hall is open, and nobody is reminded on it.
    async fn a_weekend_opening_is_no_working_day(hall: Hall) {
        let is_plain = |day: &NaiveDate| kernel::Calendar::first_edition().kind(*day) == kernel::calendar::DayKind::Weekend;
        let tomorrow = hall.today().succ_opt().unwrap();
        let saturday = tomorrow.iter_days().find(|day| day.weekday() == Weekday::Sat && is_plain(day)).unwrap();
        let check = async |hall: &Hall| {
            let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
            let check = limit(&case.view(), "check");
            (case, check["start"].clone(), check["due"].clone())
        };
        hall.time_passes_to_day(saturday, 10, 0).await;
        let (_, start, due) = check(&hall).await;
        assert_eq!((start, due), (json!(hall.after(saturday, 1)), json!(hall.after(saturday, 6))), "closed by default");

        hall.restarts_with(|settings| settings.limits.weekend_opening = vec![Weekday::Sat]).await;
        let (case, start, due) = check(&hall).await;
        assert_eq!((start, due), (json!(saturday), json!(hall.after(saturday, 5))), "five legal working days");
        hall.accept(&case).await;
        let law = (case.due("statutory"), case.due("promised"));
        assert_eq!(law, (hall.after(saturday, 7), hall.after(saturday, 3)));
        hall.time_passes_to_day(saturday, 18, 0).await;
        let (_, start, _) = check(&hall).await;
        assert_eq!(start, json!(hall.after(saturday, 1)), "after hours");
    }

    /// Rule L4: ten working days from the decision to its delivery, on a clock of its own.
    async fn delivery_has_its_own_ten_days(hall: Hall) {
        let (case, _) = accepted(&hall).await;
        let decided = hall.working_days(2).await;
        hall.clerk_of(&case).reads(&case).await.ok();
        hall.review(&case).await;
        hall.approver("justice").grants(&case).await.ok();
        assert_eq!(case.due("delivery"), hall.after(decided, 10));
        assert_eq!(limit(&case.view(), "statutory")["stopped"], json!(decided));
        hall.the_day_after(case.due("delivery")).await;
        hall.clerk_of(&case).reads(&case).await.ok();
        let delivery = limit(&case.view(), "delivery");
        assert_eq!((&delivery["light"], &limit(&case.view(), "statutory")["light"]), (&json!("red"), &json!("green")));
    }

    /// Clause B5-2: each reminder once, in working hours, and late rather than never.
    async fn each_reminder_is_sent_once_and_in_working_hours(hall: Hall) {
        let (case, today) = accepted(&hall).await;
        hall.reviewer("justice").takes(&case).await.ok();
        let due = case.due("promised");
        hall.time_passes_to_day(hall.after(today, 1), 3, 0).await;
        let sent = async |rung: &str| {
            let reader = hall.reviewer("justice");
            reader.reads(&case).await.ok();
            let all = case.at("/reminders").as_array().cloned().unwrap_or_default();
            all.iter().filter(|sent| sent["limit"] == "promised" && sent["rung"] == rung).count()
        };
        assert_eq!(sent("amber").await, 0, "nobody is at work at three in the morning");
        hall.time_passes_to_day(hall.after(today, 1), 8, 31).await;
        assert_eq!(sent("amber").await, 1);
        hall.time_passes_to_day(due, 16, 0).await;
        assert_eq!((sent("amber").await, sent("overdue").await), (1, 0));
        hall.time_passes_to_day(hall.after(due, 1), 8, 0).await;
        assert_eq!(sent("overdue").await, 0);
        hall.restarts().await;
        hall.time_passes_to_day(hall.after(due, 1), 9, 0).await;
        hall.restarts().await;
        hall.working_days(3).await;
        assert_eq!((sent("amber").await, sent("overdue").await), (1, 1), "and not again: {}", case.at("/reminders"));
        let to = case.at("/reminders").as_array().unwrap().iter().find(|it| it["rung"] == "overdue").unwrap()["to"].clone();
        assert_eq!(to, json!({ "kind": "staff", "code": "reviewer-justice" }));
    }

    /// Rules L6, L7, L8: after a long downtime everything that fell due happens, late rather than never, and once.
    async fn what_fell_due_in_a_long_downtime_happens_once(hall: Hall) {
        hall.a_new_morning().await;
        let clerk = hall.clerk("rule-of-law");
        let unchecked = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let came = hall.today();
        let told = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        clerk.checks_all_but(&told, &["id-card"]).await;
        clerk.notifies(&told, &["id-card"], 5).await.ok();
        let open = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        clerk.checks_all_but(&open, &["case-papers"]).await;
        clerk.accepts_conditionally(&open, 5).await.ok();
        hall.clock_jumps_to(hall.after(came, 40)).await;
        hall.restarts().await;
        hall.working_days(1).await;
        for (case, stage, kind) in
            [(&unchecked, "in_review", "accepted"), (&told, "withdrawn", "deemed_withdrawn"), (&open, "acceptance_revoked", "acceptance_revoked")]
        {
            clerk.reads(case).await.ok();
            assert_eq!(case.stage(), stage);
            let timeline = clerk.reads_timeline(case).await.ok();
            let times = timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count();
            assert_eq!(times, 1, "{kind}");
        }
        assert_eq!(unchecked.at("/acceptance/on"), json!(came));
    }
}
