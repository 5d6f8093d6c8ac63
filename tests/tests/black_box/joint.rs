//! 联审联批: the plan, its participants, and their limits.

use tests::*;

/// Lead `development-reform`; `natural-resources` 5 days, `ecology-environment` 7, `housing-construction` 5 after the
/// first; silence is consent.
pub(super) const JOINT: &str = "project-joint-construction-review";
pub(super) const DEPARTMENTS: [&str; 3] = ["natural-resources", "ecology-environment", "housing-construction"];
/// Everybody came to the visit, each department with one of its own.
pub(super) const CAME: [(&str, &[&str]); 3] = [
    (DEPARTMENTS[0], &["reviewer-natural-resources"]),
    (DEPARTMENTS[1], &["reviewer-ecology-environment"]),
    (DEPARTMENTS[2], &["reviewer-housing-construction"]),
];

/// Accepted and taken by the lead department.
async fn taken(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(JOINT).by(&Enterprise::new()), "project").await;
    hall.accept(&case).await;
    lead(hall).takes(&case).await.ok();
    case
}

pub(super) async fn planned(hall: &Hall) -> Case {
    let case = taken(hall).await;
    lead(hall).draws_plan(&case).await.ok();
    case
}

pub(super) fn lead(hall: &Hall) -> Caller {
    hall.reviewer("development-reform")
}

pub(super) fn participant(case: &Case, department: &str) -> Value {
    let all = case.at("/joint_review/participants").as_array().cloned().unwrap_or_default();
    all.into_iter()
        .find(|it| it["department"] == department)
        .unwrap_or_else(|| panic!("{department}: {}", case.at("/joint_review")))
}

pub(super) async fn all_agree(hall: &Hall, case: &Case) {
    for department in DEPARTMENTS {
        let reviewer = hall.reviewer(department);
        reviewer.reads(case).await.ok();
        reviewer.agrees(case, department).await.ok();
    }
}

tests::on_both_stores! {
    /// Clause B3-3, rule L10: the shortest plan, parallel from the one acceptance and serial after its predecessor, with
    /// critical path, slack and holders.
    async fn the_shortest_plan_shows_who_holds_the_case_and_till_when(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = taken(&hall).await;
        hall.approver("development-reform").grants(&case).await.refused("joint_review_missing");
        hall.reviewer("ecology-environment").draws_plan(&case).await.hidden();
        hall.working_days(1).await;
        lead(&hall).reads(&case).await.ok();
        lead(&hall).draws_plan(&case).await.ok();
        assert_eq!(case.at("/joint_review/from"), json!(today), "receipt counts for all");
        assert_eq!(case.at("/joint_review/holders"), json!(["natural-resources", "ecology-environment"]));
        let (first, other, last) = (participant(&case, DEPARTMENTS[0]), participant(&case, DEPARTMENTS[1]), participant(&case, DEPARTMENTS[2]));
        assert_eq!((&first["due"], &other["due"]), (&json!(hall.after(today, 5)), &json!(hall.after(today, 7))));
        assert_eq!((&last["state"], &last["due"], &last["after"]), (&json!("waiting"), &json!(hall.after(today, 10)), &json!(["natural-resources"])));
        assert_eq!((&first["critical"], &last["critical"], &other["critical"], &other["slack"]), (&json!(true), &json!(true), &json!(false), &json!(3)));
        assert_eq!(case.at("/joint_review/ends"), json!(hall.after(today, 10)));
    }

    /// 个人信息保护法 art. 6: whom it is about is shown unmasked to who has work to do on it, and not before or after.
    async fn a_department_with_a_part_sees_personal_data_while_its_part_is_open(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let (first, last) = (hall.reviewer(DEPARTMENTS[0]), hall.reviewer(DEPARTMENTS[2]));
        lead(&hall).reads_personal_data(&case).await.ok();
        first.reads_personal_data(&case).await.ok();
        last.reads_personal_data(&case).await.denied(403, "other_department");
        first.reads(&case).await.ok();
        first.agrees(&case, DEPARTMENTS[0]).await.ok();
        first.reads_personal_data(&case).await.denied(403, "other_department");
        last.reads_personal_data(&case).await.ok();
    }

    /// Clause B3-3: the lead draws the plan, and drops nobody whom the item names, nor an order, nor a limit.
    async fn a_plan_honours_what_the_item_says(hall: Hall) {
        hall.a_new_morning().await;
        let (case, lead) = (taken(&hall).await, lead(&hall));
        let [first, other, last] = DEPARTMENTS;
        lead.draws_plan_of(&case, &[(first, 5, &[]), (other, 7, &[])]).await.refused("participant_dropped");
        lead.draws_plan_of(&case, &[(first, 5, &[]), (other, 8, &[]), (last, 5, &[first])]).await.refused("opinion_limit_too_long");
        lead.draws_plan_of(&case, &[(first, 5, &[]), (other, 7, &[]), (last, 5, &[])]).await.refused("order_dropped");
        lead.draws_plan_of(&case, &[(first, 5, &[]), (other, 7, &[]), (last, 5, &[first]), ("atlantis", 3, &[])]).await.refused("department_unknown");
        let circle = lead.draws_plan_of(&case, &[(first, 5, &[last]), (other, 7, &[]), (last, 5, &[first])]).await;
        assert_eq!(circle.status, 409, "{}", circle.body);
        lead.draws_plan_of(&case, &[(first, 5, &[]), (other, 7, &[first]), (last, 5, &[first])]).await.ok();
        assert_eq!(case.at("/joint_review/holders"), json!([first]));
        let from = case.at("/joint_review/from");
        hall.working_days(1).await;
        lead.reads(&case).await.ok();
        lead.draws_plan(&case).await.ok();
        assert_eq!(case.at("/joint_review/from"), from, "nobody gains time by another plan");
        hall.reviewer(first).agrees(&case, first).await.ok();
        lead.draws_plan(&case).await.refused("plan_under_way");

        let plain = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.accept(&plain).await;
        hall.reviewer("justice").takes(&plain).await.ok();
        hall.reviewer("justice").draws_plan(&plain).await.refused("participants_missing");
    }

    /// Rule L10: a serial participant starts on its predecessor's written completion, and is asked on its task list only then.
    async fn a_serial_participant_starts_when_its_predecessor_is_done(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let [first, other, last] = DEPARTMENTS;
        let housing = hall.reviewer(last);
        housing.reads(&case).await.ok();
        housing.agrees(&case, last).await.refused("predecessors_not_completed");
        assert_eq!(hall.reviewer(other).reads_tasks().await.ok().data()[0]["part"], "joint_review");
        let today = hall.working_days(2).await;
        let resources = hall.reviewer(first);
        resources.reads(&case).await.ok();
        resources.agrees_with_conditions(&case, first).await.ok();
        assert_eq!((participant(&case, last)["starts"].clone(), participant(&case, last)["due"].clone()), (json!(today), json!(hall.after(today, 5))));
        let task = housing.reads_tasks().await.ok().data()[0].clone();
        assert_eq!((&task["case"], &task["due"], &task["lead"]), (&json!(case.id), &json!(hall.after(today, 5)), &json!("development-reform")));
        assert_eq!(resources.reads_tasks().await.ok().data().len(), 0, "it has said its word");
        housing.agrees(&case, last).await.ok();
        hall.reviewer("commerce").reads(&case).await.hidden();
        hall.reviewer("commerce").agrees(&case, other).await.hidden();
        resources.agrees(&case, other).await.refused("not_of_that_department");
        resources.takes(&case).await.denied(403, "other_department");
        lead(&hall).agrees(&case, other).await.denied(403, "other_department");
    }

    /// Clause B3-3: who says nothing in time is named, and has consented where the item says so; the next starts then.
    async fn silence_is_handled_as_the_item_says(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let [first, other, last] = DEPARTMENTS;
        let due = participant(&case, first)["due"].as_str().unwrap().parse().unwrap();
        hall.working_days(3).await;
        hall.time_passes_to_day(due, 23, 0).await;
        lead(&hall).reads(&case).await.ok();
        assert_eq!(participant(&case, first)["silent_since"], Value::Null);
        let named = hall.the_day_after(due).await;
        let resources = hall.reviewer(first);
        resources.reads(&case).await.ok();
        assert_eq!((participant(&case, first)["silent_since"].clone(), participant(&case, last)["starts"].clone()), (json!(named), json!(named)));
        resources.agrees(&case, first).await.refused("silence_was_consent");
        let reminded = case.at("/reminders").as_array().cloned().unwrap_or_default();
        assert!(reminded.iter().any(|it| it["limit"] == "opinion" && it["to"]["code"] == first), "{reminded:?}");
        for department in [other, last] {
            let reviewer = hall.reviewer(department);
            reviewer.reads(&case).await.ok();
            reviewer.agrees(&case, department).await.ok();
        }
        lead(&hall).reviews(&case, "grant").await.ok();
        hall.approver("development-reform").grants(&case).await.ok();
    }

    /// Clause B5-2, rules L5, L10: the limits of the parts are explained with the case's own to whoever sees how a
    /// decision comes about, and the time that a special procedure was said to need to the applicant too, who was told it.
    async fn the_limits_of_parts_and_procedures_are_explained(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, lead, approver) = (planned(&hall).await, lead(&hall), hall.approver("development-reform"));
        lead.schedules_inspection(&case, today, &DEPARTMENTS).await.ok();
        lead.records_inspection(&case, today, &CAME).await.ok();
        approver.reads(&case).await.ok();
        approver.starts_procedure(&case, "appraisal").await.ok();
        let notice = case.text("/procedures/0/notice");
        let of = |answer: &Answer, kind: &str| {
            let clocks = answer["clocks"].as_array().unwrap().iter().filter(|clock| clock["kind"] == kind);
            clocks.cloned().collect::<Vec<_>>()
        };
        let departments = |clocks: &[Value]| clocks.iter().map(|it| it["department"].clone()).collect::<Vec<_>>();

        let inside = lead.reads_deadline(&case).await.ok();
        let (opinions, findings) = (of(&inside, "opinion"), of(&inside, "findings"));
        let [first, other, last] = DEPARTMENTS;
        assert_eq!(departments(&opinions), [other, first], "the third one's turn has not come");
        assert_eq!(departments(&findings), [other, last, first]);
        assert_eq!((&opinions[0]["due"], &opinions[0]["binding"]), (&json!(hall.after(today, 7)), &json!(false)));
        assert_eq!(findings[0]["due"], case.at("/inspection/findings_due"));
        for clock in opinions.iter().chain(&findings) {
            let days = clock["days"].as_array().unwrap();
            assert_eq!(json!(days.iter().filter(|day| day["counted"] == true).count()), clock["working_days"], "{clock}");
        }
        let own = of(&inside, "statutory");
        assert_eq!((own.len(), &own[0]["department"], &own[0]["procedure"]), (1, &Value::Null, &Value::Null));

        let applicant = hall.applicant_of(&case);
        let outside = applicant.reads_deadline(&case).await.ok();
        assert!(of(&outside, "opinion").is_empty() && of(&outside, "findings").is_empty(), "{}", outside.body);
        for answer in [&inside, &outside] {
            let told = of(answer, "procedure");
            assert_eq!((told.len(), &told[0]["procedure"], &told[0]["working_days"]), (1, &json!(notice), &json!(5)));
            assert_eq!((&told[0]["due"], &told[0]["stopped"]), (&json!(hall.after(today, 5)), &Value::Null));
        }
        approver.ends_procedure(&case, &notice, None).await.ok();
        let ended = applicant.reads_deadline(&case).await.ok();
        assert_eq!(of(&ended, "procedure")[0]["stopped"], json!(today));
    }

    /// Clause B3-3: who was silent stays named with its limit when another plan is drawn, and in the figures; it is given
    /// another limit for a stated reason alone.
    async fn another_plan_forgets_nobody_who_was_silent(hall: Hall) {
        let first_day = hall.a_new_morning().await;
        let (case, lead) = (planned(&hall).await, lead(&hall));
        let first = DEPARTMENTS[0];
        let due = participant(&case, first)["due"].as_str().unwrap().parse().unwrap();
        let today = hall.the_day_after(due).await;
        lead.reads(&case).await.ok();
        assert_eq!(participant(&case, first)["silent_since"], json!(today));
        lead.draws_plan(&case).await.refused("silent_asked_again");
        lead.draws_plan_again(&case, "该部门承办人更换。").await.ok();
        let named = json!([{ "department": first, "working_days": 5, "due": due, "since": today }]);
        assert_eq!((case.at("/joint_review/named"), case.at("/joint_review/reason")), (named.clone(), json!("该部门承办人更换。")));
        assert_eq!((participant(&case, first)["silent_since"].clone(), participant(&case, first)["starts"].clone()), (Value::Null, json!(today)));
        lead.draws_plan(&case).await.refused("silent_asked_again");
        let resources = hall.reviewer(first);
        resources.reads(&case).await.ok();
        resources.agrees(&case, first).await.ok();
        assert_eq!(case.at("/joint_review/named"), named);

        let period = format!("from={first_day}&to={today}");
        let figures = hall.manager().get(&format!("/v1/window-figures?{period}")).await.ok();
        assert_eq!((figures.at("/total/silent_opinions"), figures.at("/total/received")), (&json!(1), &json!(1)));
        let behind = hall.manager().get(&format!("/v1/window-figures/project?{period}")).await.ok();
        assert_eq!(behind.at("/data/0/silent_departments"), &json!([first]));
    }

    /// 首日计入: where practice counts the day a limit starts, it does for opinions too.
    async fn an_opinion_counts_its_first_day_where_practice_says_so(hall: Hall) {
        hall.restarts_with(|settings| settings.limits.day_zero_counts = true).await;
        let today = hall.a_new_morning().await;
        let case = planned(&hall).await;
        let [first, other, last] = DEPARTMENTS;
        let due = |department| participant(&case, department)["due"].clone();
        assert_eq!((due(first), due(other)), (json!(hall.after(today, 4)), json!(hall.after(today, 6))));
        assert_eq!(due(last), json!(hall.after(today, 8)), "from its predecessor's last day on");
        assert_eq!(hall.reviewer(first).reads_tasks().await.ok().data()[0]["due"], due(first));
    }
}
