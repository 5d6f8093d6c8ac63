//! 联审联批: what each department says and asks, and what a decision waits for.

use reqwest::Method;
use tests::*;

use crate::joint::{DEPARTMENTS, all_agree, lead, participant, planned};

tests::on_both_stores! {
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
