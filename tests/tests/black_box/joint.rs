//! 联审联批 and 联合踏勘.

use reqwest::Method;
use tests::*;

/// Lead `development-reform`; `natural-resources` 5 days, `ecology-environment` 7, `housing-construction` 5 after the
/// first; silence is consent.
const JOINT: &str = "project-joint-construction-review";
const DEPARTMENTS: [&str; 3] = ["natural-resources", "ecology-environment", "housing-construction"];
/// Everybody came to the visit, each department with one of its own.
const CAME: [(&str, &[&str]); 3] = [
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

async fn planned(hall: &Hall) -> Case {
    let case = taken(hall).await;
    lead(hall).draws_plan(&case).await.ok();
    case
}

fn lead(hall: &Hall) -> Caller {
    hall.reviewer("development-reform")
}

fn participant(case: &Case, department: &str) -> Value {
    let all = case.at("/joint_review/participants").as_array().cloned().unwrap_or_default();
    all.into_iter()
        .find(|it| it["department"] == department)
        .unwrap_or_else(|| panic!("{department}: {}", case.at("/joint_review")))
}

/// Calendar days, the first and the last included.
fn days_from(first: chrono::NaiveDate, last: chrono::NaiveDate) -> usize {
    first.iter_days().take_while(|day| *day <= last).count()
}

async fn all_agree(hall: &Hall, case: &Case) {
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

    /// Clause B3-3: no decision before everybody has spoken; an objection bars a grant until it is taken back, and what was
    /// said before stays on record.
    async fn an_objection_bars_a_grant(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let (approver, ecology) = (hall.approver("development-reform"), hall.reviewer("ecology-environment"));
        lead(&hall).reviews(&case, "grant").await.ok();
        approver.grants(&case).await.refused("opinions_missing");
        all_agree(&hall, &case).await;
        ecology.objects(&case, "ecology-environment").await.ok();
        approver.grants(&case).await.refused("review_outdated");
        lead(&hall).reviews(&case, "grant").await.ok();
        approver.grants(&case).await.refused("objection_stands");
        assert!(participant(&case, "ecology-environment")["opinion"]["text"].as_str().unwrap().contains("环境"));
        ecology.agrees(&case, "ecology-environment").await.ok();
        assert_eq!(participant(&case, "ecology-environment")["opinion"]["replaced"], 2);
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        assert_eq!(participant(&case, "ecology-environment")["opinion"], Value::Null, "how it comes about is theirs");
        approver.reads(&case).await.ok();
        lead(&hall).reviews(&case, "grant").await.ok();
        approver.grants(&case).await.ok();
        ecology.agrees(&case, "ecology-environment").await.refused("wrong_stage");
        let one = hall.manager().lists("").await.ok();
        assert_eq!(one.ids(), [case.id.as_str()], "several departments, one case");
    }

    /// Clause B3-3: a serial opinion does not stand when what was said before it has changed, after a return to the review
    /// neither; the case shows whose it is, and that department gives it again.
    async fn an_opinion_on_what_a_predecessor_said_is_given_anew(hall: Hall) {
        hall.a_new_morning().await;
        let (case, lead, approver) = (planned(&hall).await, lead(&hall), hall.approver("development-reform"));
        let [first, other, last] = DEPARTMENTS;
        all_agree(&hall, &case).await;
        lead.reads(&case).await.ok();
        lead.reviews(&case, "grant").await.ok();
        approver.reads(&case).await.ok();
        approver.returns_for_rework(&case, "review").await.ok();
        let resources = hall.reviewer(first);
        resources.reads(&case).await.ok();
        resources.agrees_with_conditions(&case, first).await.ok();
        let outdated = |department: &str| participant(&case, department)["opinion"]["outdated"].clone();
        assert_eq!((outdated(first), outdated(other)), (Value::Null, Value::Null));
        assert_eq!(outdated(last), "前置部门的意见");
        lead.reads(&case).await.ok();
        lead.reviews(&case, "grant").await.ok();
        approver.reads(&case).await.ok();
        assert_eq!(case.forbids("decide"), "opinion_outdated");
        approver.grants(&case).await.refused("opinion_outdated");
        let housing = hall.reviewer(last);
        let is_asked = async || housing.reads_tasks().await.ok().data().iter().any(|it| it["case"] == json!(case.id));
        assert!(is_asked().await, "it has to speak again");
        housing.reads(&case).await.ok();
        housing.agrees(&case, last).await.ok();
        assert_eq!((outdated(last), is_asked().await), (Value::Null, false));
        approver.grants(&case).await.refused("review_outdated");
        lead.reads(&case).await.ok();
        lead.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.ok();
    }

    /// Clause B3-3: a refusal is possible over an objection.
    async fn an_objection_does_not_bar_a_refusal(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        all_agree(&hall, &case).await;
        hall.reviewer("ecology-environment").objects(&case, "ecology-environment").await.ok();
        lead(&hall).reads(&case).await.ok();
        lead(&hall).reviews(&case, "refuse").await.ok();
        hall.approver("development-reform").refuses(&case).await.ok();
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

    /// Clause B3-3, rule L5: each may ask once for something more, and no clock stops for it.
    async fn a_question_is_asked_once_and_stops_nothing(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let (ecology, department) = (hall.reviewer("ecology-environment"), "ecology-environment");
        let due = participant(&case, department)["due"].clone();
        lead(&hall).answers_more(&case, department).await.refused("nothing_asked");
        ecology.asks_more(&case, department).await.ok();
        ecology.asks_more(&case, department).await.refused("already_asked");
        ecology.answers_more(&case, department).await.denied(403, "other_department");
        hall.working_days(2).await;
        lead(&hall).reads(&case).await.ok();
        lead(&hall).answers_more(&case, department).await.ok();
        lead(&hall).answers_more(&case, department).await.refused("already_answered");
        assert_eq!(participant(&case, department)["due"], due);
        assert_eq!(participant(&case, department)["answer"], "红线图已附卷。");
        hall.applicant_of(&case).reads(&case).await.ok();
        let shown = participant(&case, department);
        assert_eq!((&shown["question"], &shown["answer"]), (&Value::Null, &Value::Null), "how it comes about is theirs");
        ecology.agrees(&case, department).await.ok();
        let approver = hall.approver("development-reform");
        approver.reads(&case).await.ok();
        approver.returns_for_rework(&case, "joint_review").await.ok();
        let again = participant(&case, department);
        assert_eq!((&again["opinion"], &again["question"]), (&Value::Null, &json!("请补充红线图。")), "a return keeps it");
        assert_eq!(again["answer"], "红线图已附卷。");
        ecology.reads(&case).await.ok();
        ecology.asks_more(&case, department).await.refused("already_asked");
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

    /// Clauses B2-7, B3-3: whoever takes part asks for what the guide lists, and for no paper where it takes a file.
    async fn a_question_demands_no_paper(hall: Hall) {
        hall.a_new_morning().await;
        let (case, [first, ..]) = (planned(&hall).await, DEPARTMENTS);
        let reviewer = hall.reviewer(first);
        reviewer.reads(&case).await.ok();
        let electronic = case.materials().into_iter().find(|it| it["electronic_accepted"] == true).unwrap();
        let ask = async |what: &str, materials: Value| {
            let body = json!({ "department": first, "what": what, "materials": materials });
            reviewer.acts(&case, Method::POST, "joint-review/questions", Some(body)).await
        };
        let wanted = |on_paper: bool| json!([{ "material": electronic["code"], "on_paper": on_paper }]);
        ask("请补交。", wanted(true)).await.refused("paper_not_to_be_demanded");
        ask("请提供纸质红线图。", json!([])).await.refused("materials_not_named");
        ask("请提供纸质红线图。", wanted(false)).await.refused("materials_not_named");
        ask("请补交。", json!([{ "material": "not-in-the-guide" }])).await.refused("material_not_listed");
        ask("请补交清晰的扫描件。", wanted(false)).await.ok();
        assert_eq!(participant(&case, first)["question_materials"], wanted(false));
        lead(&hall).reads(&case).await.ok();
        lead(&hall).answers_more(&case, first).await.ok();
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

    /// Clause B3-3: two that speak at the same moment are both heard, the second after it has read what the first said.
    async fn two_opinions_at_once_are_both_heard(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        let tag = case.etag();
        let speak = async |department: &'static str| {
            let body = json!({ "department": department, "opinion": { "verdict": "agree" } });
            hall.reviewer(department).post(&case.path("joint-review/opinions")).if_match(&tag).json(&body).await
        };
        let (one, other) = tokio::join!(speak("natural-resources"), speak("ecology-environment"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.body, other.body);
        let late = if one.status == 412 { "natural-resources" } else { "ecology-environment" };
        hall.reviewer(late).reads(&case).await.ok();
        hall.reviewer(late).agrees(&case, late).await.ok();
        for department in ["natural-resources", "ecology-environment"] {
            assert!(participant(&case, department)["opinion"].is_object());
        }
    }

    /// Clause B5-1, rule L10: back to the joint review, and everybody is asked again.
    async fn rework_of_a_joint_review_asks_everybody_again(hall: Hall) {
        hall.a_new_morning().await;
        let case = planned(&hall).await;
        all_agree(&hall, &case).await;
        lead(&hall).reads(&case).await.ok();
        lead(&hall).reviews(&case, "grant").await.ok();
        let approver = hall.approver("development-reform");
        let today = hall.working_days(1).await;
        approver.reads(&case).await.ok();
        approver.returns_for_rework(&case, "joint_review").await.ok();
        assert_eq!(case.at("/review"), Value::Null);
        approver.grants(&case).await.refused("opinions_missing");
        assert_eq!(participant(&case, "natural-resources")["starts"], json!(today), "its limit starts anew");
        all_agree(&hall, &case).await;
        approver.grants(&case).await.refused("not_reviewed");
    }
}
