//! 联合踏勘.

use tests::*;

use crate::joint::{CAME, DEPARTMENTS, JOINT, all_agree, lead, participant, planned};

/// Calendar days, the first and the last included.
fn days_from(first: chrono::NaiveDate, last: chrono::NaiveDate) -> usize {
    first.iter_days().take_while(|day| *day <= last).count()
}

tests::on_both_stores! {
    /// Clause B3-4: one visit for all, by two or more, moved with a reason, absence recorded with its consequence, and
    /// never a second one.
    async fn there_is_one_inspection_for_all(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, lead) = (planned(&hall).await, lead(&hall));
        let (day, later) = (hall.after(today, 1), hall.after(today, 2));
        lead.records_inspection(&case, today, &[("ecology-environment", &["a", "b"])]).await.refused("no_inspection");
        lead.schedules_inspection(&case, today.pred_opt().unwrap(), &DEPARTMENTS).await.refused("inspection_in_the_past");
        lead.schedules_inspection(&case, day, &["atlantis"]).await.refused("department_unknown");
        hall.reviewer("ecology-environment").schedules_inspection(&case, day, &DEPARTMENTS).await.denied(403, "other_department");
        lead.schedules_inspection(&case, day, &DEPARTMENTS).await.ok();
        lead.schedules_inspection(&case, later, &DEPARTMENTS).await.refused("inspection_scheduled");
        lead.moves_inspection(&case, day, &DEPARTMENTS).await.refused("same_inspection_date");
        lead.moves_inspection(&case, later, &DEPARTMENTS).await.ok();
        assert_eq!((case.at("/inspection/on"), case.at("/inspection/moved")), (json!(later), json!(1)));
        let [first, other, last] = DEPARTMENTS;
        hall.reviewer(first).objects_on_the_site(&case, first).await.refused("inspection_not_held");
        let came: [(&str, &[&str]); 3] = [CAME[0], (other, &[]), (last, &["reviewer-housing-construction", "reviewer2-housing-construction"])];
        lead.records_inspection(&case, later, &came).await.refused("inspection_in_the_future");
        hall.time_passes_to_day(later, 15, 0).await;
        lead.reads(&case).await.ok();
        lead.records_inspection(&case, day, &came).await.refused("inspection_before_its_date");
        lead.records_inspection(&case, later, &came[..2]).await.refused("attendance_missing");
        lead.records_inspection(&case, later, &[(first, &["reviewer-natural-resources"]), (other, &[]), (last, &[])]).await.refused("too_few_inspectors");
        lead.records_inspection(&case, later, &came).await.ok();
        let absent = case.at("/inspection/attendance").as_array().unwrap().iter().find(|it| it["department"] == other).unwrap().clone();
        assert!(absent["consequence"].as_str().unwrap().contains("不得"), "{absent}");
        hall.reviewer(other).objects_on_the_site(&case, other).await.refused("absent_from_inspection");
        lead.schedules_inspection(&case, hall.after(later, 1), &DEPARTMENTS).await.refused("inspection_took_place");
        lead.records_inspection(&case, later, &came).await.refused("inspection_took_place");
        hall.reviewer(other).objects(&case, other).await.ok();
    }

    /// Clauses B3-3, B3-4: a case that was withdrawn and is checked again has had its visit, and whoever was silent before
    /// stays in the figures.
    async fn a_reopened_case_is_not_visited_again(hall: Hall) {
        let first_day = hall.a_new_morning().await;
        let (case, lead) = (planned(&hall).await, lead(&hall));
        let first = DEPARTMENTS[0];
        lead.schedules_inspection(&case, first_day, &DEPARTMENTS).await.ok();
        lead.records_inspection(&case, first_day, &CAME).await.ok();
        let due = participant(&case, first)["due"].as_str().unwrap().parse().unwrap();
        let today = hall.the_day_after(due).await;
        let (applicant, head) = (hall.applicant_of(&case), hall.head("development-reform"));
        applicant.reads(&case).await.ok();
        applicant.withdraws(&case).await.ok();
        head.reads(&case).await.ok();
        head.reopens(&case).await.ok();
        assert_eq!(case.stage(), "under_check");
        hall.clerk_of(&case).reads(&case).await.ok();
        hall.clerk_of(&case).accepts(&case).await.ok();
        lead.takes(&case).await.ok();
        assert_eq!(case.forbids("schedule_inspection"), "inspection_took_place");
        lead.schedules_inspection(&case, today, &DEPARTMENTS).await.refused("inspection_took_place");
        assert_eq!((case.at("/inspection/on"), case.at("/joint_review")), (json!(first_day), Value::Null));
        let period = format!("from={first_day}&to={today}");
        let figures = hall.manager().get(&format!("/v1/window-figures?{period}")).await.ok();
        assert_eq!(figures.at("/total/silent_opinions"), &json!(1));
    }

    /// Clause B3-4, 行政许可法 art. 34: whoever was there is on the register and was posted that day to the department it came
    /// for; all who were not are named by field.
    async fn nobody_attends_for_a_department_without_a_posting_to_it(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, lead) = (planned(&hall).await, lead(&hall));
        let [first, other, last] = DEPARTMENTS;
        let posting = json!({
            "staff": "inspector-to-come", "role": "reviewer", "department": last, "zone": "approval",
            "from": today.succ_opt().unwrap(),
        });
        hall.security_admin().post("/v1/postings").json(&posting).await.created();
        lead.schedules_inspection(&case, today, &DEPARTMENTS).await.ok();
        let came: [(&str, &[&str]); 3] = [
            (first, &["reviewer-natural-resources", "nobody-at-all"]),
            (other, &["reviewer-natural-resources"]),
            (last, &["inspector-to-come"]),
        ];
        let wrong = lead.records_inspection(&case, today, &came).await.names_field("/attendance/0/staff/1");
        let wrong = wrong.names_field("/attendance/1/staff/0").names_field("/attendance/2/staff/0");
        let codes: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
        assert_eq!(codes, ["staff_unknown", "not_posted_there", "not_posted_there"]);
        let twice = [CAME[0], CAME[1], CAME[2], CAME[0]];
        lead.records_inspection(&case, today, &twice).await.names_field("/attendance/3/department");
        let nobody_to_find = [CAME[0], CAME[1], (last, &["department_head-housing-construction"] as &[&str])];
        let wrong = lead.records_inspection(&case, today, &nobody_to_find).await.names_field("/attendance/2/staff");
        assert_eq!(wrong["errors"][0]["code"], "nobody_to_find");
        lead.records_inspection(&case, today, &CAME).await.ok();
    }

    /// Clause B3-4: each department that was there puts its own findings on record; the case shows whose are owed, and there
    /// is no decision before they are in, nor by a review that knew nothing of them.
    async fn each_department_puts_its_own_findings_on_record(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, lead, approver) = (planned(&hall).await, lead(&hall), hall.approver("development-reform"));
        let ([first, other, last], commerce) = (DEPARTMENTS, hall.reviewer("commerce"));
        all_agree(&hall, &case).await;
        lead.reads(&case).await.ok();
        commerce.reads(&case).await.hidden();
        hall.reviewer(first).gives_findings(&case, first).await.refused("no_inspection");
        lead.schedules_inspection(&case, today, &[first, other, last, "commerce"]).await.ok();
        commerce.reads(&case).await.ok();
        assert_eq!(commerce.reads_tasks().await.ok().data()[0]["part"], "inspection", "it is asked to come");
        hall.reviewer(first).gives_findings(&case, first).await.refused("inspection_not_held");
        lead.records_inspection(&case, today, &[CAME[0], CAME[1], CAME[2], ("commerce", &[])]).await.ok();
        assert_eq!(case.at("/inspection/findings_owed"), json!([other, last, first]));
        assert!(commerce.reads_tasks().await.ok().data().is_empty(), "it was absent");
        let task = hall.reviewer(first).reads_tasks().await.ok().data()[0].clone();
        assert_eq!((&task["case"], &task["part"]), (&json!(case.id), &json!("inspection")));

        lead.gives_findings(&case, first).await.denied(403, "other_department");
        hall.reviewer(first).gives_findings(&case, other).await.refused("not_of_that_department");
        commerce.gives_findings(&case, "commerce").await.refused("absent_from_inspection");
        for department in [first, other] {
            hall.reviewer(department).gives_findings(&case, department).await.ok();
        }
        hall.reviewer(first).gives_findings(&case, first).await.refused("findings_given");
        lead.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.refused("findings_missing");
        let housing = hall.reviewer(last);
        housing.objects_on_the_site(&case, last).await.refused("findings_missing");
        housing.gives_findings(&case, last).await.ok();
        let attendance = case.at("/inspection/attendance").as_array().unwrap().clone();
        let own = attendance.iter().find(|it| it["department"] == last).unwrap();
        assert_eq!((&own["findings"], &own["findings_by"]), (&json!("现场与图纸一致。"), &json!(housing.code())));
        assert_eq!(case.at("/inspection/findings_owed"), Value::Null);
        assert_eq!(case.forbids("give_findings"), "findings_given");
        approver.grants(&case).await.refused("review_outdated");
        lead.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.ok();
    }

    /// Clause B3-4: findings have a limit; a department that lets it pass is named, and holds the decision up no more.
    async fn findings_are_waited_for_until_their_limit(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, lead, approver) = (planned(&hall).await, lead(&hall), hall.approver("development-reform"));
        all_agree(&hall, &case).await;
        lead.reads(&case).await.ok();
        lead.schedules_inspection(&case, today, &DEPARTMENTS).await.ok();
        lead.records_inspection(&case, today, &CAME).await.ok();
        let due: chrono::NaiveDate = case.text("/inspection/findings_due").parse().unwrap();
        let tasks = hall.reviewer(DEPARTMENTS[0]).reads_tasks().await.ok();
        let task = tasks.data().iter().find(|it| it["case"] == case.id).unwrap();
        assert_eq!((&task["part"], &task["due"]), (&json!("inspection"), &json!(due)));
        lead.reviews(&case, "grant").await.ok();
        hall.time_passes_to_day(due, 16, 0).await;
        lead.reads(&case).await.ok();
        approver.grants(&case).await.refused("findings_missing");
        hall.the_day_after(due).await;
        lead.reads(&case).await.ok();
        for line in case.at("/inspection/attendance").as_array().unwrap() {
            assert!(line["consequence"].as_str().unwrap().contains("逾期未反馈"), "{line}");
            assert_eq!(line["silent_since"], json!(hall.today()), "{line}");
        }
        let tasks = hall.reviewer(DEPARTMENTS[0]).reads_tasks().await.ok();
        assert!(tasks.data().iter().all(|it| it["case"] != case.id), "nothing is asked of it any more: {}", tasks.body);
        let reminded = case.at("/reminders").as_array().cloned().unwrap_or_default();
        assert!(reminded.iter().any(|it| it["limit"] == "findings" && it["to"]["code"] == DEPARTMENTS[0]), "{reminded:?}");
        approver.grants(&case).await.ok();
    }

    /// Clause B3-4, rule L5, 行政许可法 art. 45: by default the days of the visit count; where the item says that it is a
    /// special procedure, it stops the clock from its written notice until its findings, and an approver appoints it.
    async fn the_clock_of_a_visit_runs_as_the_item_says(hall: Hall) {
        let accepted_on = hall.a_new_morning().await;
        let (counting, lead) = (planned(&hall).await, lead(&hall));
        lead.schedules_inspection(&counting, hall.after(accepted_on, 2), &DEPARTMENTS).await.ok();
        assert_eq!((counting.at("/procedures"), counting.at("/inspection/procedure")), (Value::Null, Value::Null));

        let (manager, path) = (hall.manager(), format!("/v1/items/{JOINT}"));
        let mut content = hall.stranger().get(&path).await.ok()["content"].clone();
        content["joint"]["inspection"] = json!("testing");
        manager.put(&format!("{path}/draft")).json(&json!({ "content": content })).await.ok();
        manager.post(&format!("{path}/publication")).await.ok();
        let (case, approver) = (planned(&hall).await, hall.approver("development-reform"));
        let noticed_on = hall.working_days(1).await;
        let (day, later) = (hall.after(noticed_on, 1), hall.after(noticed_on, 2));
        lead.reads(&case).await.ok();
        lead.schedules_inspection(&case, day, &DEPARTMENTS).await.refused("inspection_needs_approval");
        assert_eq!(case.forbids("schedule_inspection"), "inspection_needs_approval");
        approver.reads(&case).await.ok();
        approver.schedules_inspection(&case, day, &DEPARTMENTS).await.ok();
        let procedure = |at: usize, what: &str| case.at(&format!("/procedures/{at}/{what}"));
        assert_eq!((procedure(0, "from"), procedure(0, "needs"), procedure(0, "until")), (json!(noticed_on), json!(2), Value::Null));
        assert_eq!((procedure(0, "ground"), procedure(0, "approved_by")), (json!("testing"), json!(approver.code())));
        assert_eq!(case.at("/inspection/procedure"), procedure(0, "notice"));
        approver.moves_inspection(&case, later, &DEPARTMENTS).await.ok();
        assert_eq!((procedure(0, "until"), procedure(1, "needs")), (json!(noticed_on), json!(3)));
        assert_eq!(case.at("/inspection/procedure"), procedure(1, "notice"), "another day is another notice");

        hall.time_passes_to_day(later, 15, 0).await;
        lead.reads(&case).await.ok();
        lead.records_inspection(&case, later, &CAME).await.ok();
        assert_eq!(procedure(1, "until"), json!(later));
        hall.working_days(3).await;
        lead.reads(&case).await.ok();
        lead.reads(&counting).await.ok();
        assert_eq!(case.due("statutory"), hall.after(accepted_on, 45 + 3), "three working days did not count");
        assert_eq!(counting.due("statutory"), hall.after(accepted_on, 45));
        let explained = hall.applicant_of(&case).reads_deadline(&case).await.ok();
        let days = limit(&explained.body, "statutory")["days"].as_array().unwrap().clone();
        let stopped = days.iter().filter(|line| line["reason"].as_str().unwrap().contains("检测"));
        assert_eq!(stopped.filter(|line| line["article"].as_str().unwrap().contains("第四十五条")).count(), days_from(noticed_on, later));
    }

    /// Clause B3-4: no decision while the visit is still to come.
    async fn an_inspection_that_is_to_come_is_waited_for(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = planned(&hall).await;
        lead(&hall).schedules_inspection(&case, hall.after(today, 1), &DEPARTMENTS).await.ok();
        all_agree(&hall, &case).await;
        lead(&hall).reads(&case).await.ok();
        lead(&hall).reviews(&case, "grant").await.ok();
        hall.approver("development-reform").grants(&case).await.refused("inspection_pending");
    }
}
