//! 代办凭据: what a front end holds, what it may do by it, and that it ends (clauses B1-2, B1-3, G1).

use tests::*;

/// Until a token that was good is no longer.
async fn is_no_longer_good(applicant: &Caller) {
    let gone = until("the token is no longer good", async || {
        let answer = applicant.get("/v1/cases").await;
        (answer.status != 200).then_some(answer)
    });
    gone.await.problem(401, "invalid_token");
}

tests::on_both_stores! {
    /// Clauses B1-2, B1-3: a front end sees what it holds and gives it back: no token for it is good any more, and none is
    /// given again.
    async fn a_voucher_is_given_back(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (person, other) = (Person::new(), Person::new());
        let (first, applicant) = front_end.vouches_for(&person, "visit-1").await;
        let (second, another) = front_end.vouches_for(&other, "visit-2").await;
        assert_eq!(front_end.get("/v1/vouchers").await.ok().ids(), [second.text("/id"), first.text("/id")]);
        applicant.get("/v1/cases").await.ok();
        let path = format!("/v1/vouchers/{}", first.text("/id"));
        hall.adapter("another").delete(&path).await.hidden();
        assert_eq!(hall.adapter("another").get("/v1/vouchers").await.ok().ids(), [""; 0]);
        front_end.with_scope("cases:read cases:write").delete(&path).await.denied(403, "scope_not_allowed");
        applicant.delete(&path).await.denied(403, "role_not_allowed");
        let ended = front_end.delete(&path).await.ok();
        assert!(ended["ended_at"].is_string(), "{}", ended.body);
        assert_eq!(front_end.delete(&path).await.ok().body, ended.body, "twice is once");
        is_no_longer_good(&applicant).await;
        another.get("/v1/cases").await.ok();
        let body = json!({ "applicant": person.applicant(), "identity_assurance": "real_person" });
        front_end.post("/v1/vouchers").key("visit-1").json(&body).await.refused("voucher_ended");
        assert_eq!(front_end.get("/v1/vouchers?ended=false").await.ok().ids(), [second.text("/id")]);
        assert_eq!(front_end.get("/v1/vouchers?ended=true").await.ok().ids(), [first.text("/id")]);
        // A visit of its own begins anew.
        front_end.vouches_for(&person, "visit-3").await.1.get("/v1/cases").await.ok();
    }

    /// Clause B1-3: what an applicant handed in stays theirs: the front end goes on seeing it, and acts on it only in their
    /// name, while it vouches for them.
    async fn a_front_end_acts_in_the_name_of_its_applicant_alone(hall: Hall) {
        let (front_end, person) = (hall.adapter("front-end"), Person::new());
        let (voucher, applicant) = front_end.vouches_for(&person, "visit-1").await;
        let case = applicant.receives(Application::for_item(items::PROMISED)).await.case();
        let refused = async |case: &Case| {
            front_end.reads(case).await.ok();
            front_end.withdraws(case).await.denied(403, "voucher_required");
            front_end.attaches(case, "application", "application/pdf", PDF).await.denied(403, "voucher_required");
        };
        refused(&case).await;
        front_end.reads(&case).await.ok();
        let actions = case.at("/allowed_actions").as_array().cloned().unwrap_or_default();
        let withdraw = actions.iter().find(|it| it["action"] == "withdraw").unwrap();
        assert_eq!((&withdraw["allowed"], &withdraw["code"]), (&json!(false), &json!("voucher_required")), "{withdraw}");
        applicant.reads(&case).await.ok();
        applicant.attaches(&case, "application", "application/pdf", PDF).await.ok();
        front_end.delete(&format!("/v1/vouchers/{}", voucher.text("/id"))).await.ok();
        is_no_longer_good(&applicant).await;
        refused(&case).await;
        let (_, again) = front_end.vouches_for(&person, "visit-2").await;
        again.reads(&case).await.ok();
        again.withdraws(&case).await.ok();
        // What it hands in by itself is its own, for the same person too.
        let own = front_end.receives(Application::for_item(items::PROMISED).by(&person)).await.case();
        front_end.withdraws(&own).await.ok();
    }

    /// Clauses D2-3, B1-3: the front end through which somebody registers what could not be got done stands on its record,
    /// sees how it goes on, and does nothing to it by itself.
    async fn a_front_end_stands_on_the_record_of_an_impasse(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (_, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let impasse = applicant.registers(&Grievance::in_person()).await.impasse();
        let read = hall.manager().reads(&impasse).await.ok();
        assert_eq!((&read["client"], &read["channel"]), (&json!("front-end"), &json!("online")), "{}", read.body);
        front_end.reads(&impasse).await.ok();
        front_end.urges(&impasse).await.denied(403, "voucher_required");
        applicant.reads(&impasse).await.ok();
        applicant.urges(&impasse).await.ok();
        hall.adapter("another").reads(&impasse).await.hidden();
        let told = until("the feed tells it", async || {
            let feed = front_end.get("/v1/events?types=cn.gov.yichuang.impasse.registered.v1").await.ok();
            feed.data().first().cloned()
        })
        .await;
        assert_eq!(told["subject"], impasse.id.as_str());
        let own = front_end.registers(&Grievance::new(&Person::new())).await.impasse();
        front_end.urges(&own).await.ok();
    }
}
