//! 草稿: what an applicant has not handed in yet is theirs alone, and goes in as one case (clauses B1-2, B1-3).

use tests::*;

/// A draft of this applicant for the usual item, with nothing else in it.
async fn kept(applicant: &Caller) -> String {
    let draft = applicant.post("/v1/drafts").json(&json!({ "item": items::PROMISED })).await.created();
    format!("/v1/drafts/{}", draft.text("/id"))
}

tests::on_both_stores! {
    /// Clauses B1-1, B1-2, promise P2: filled in little by little through a front end, and handed in once, with what was
    /// uploaded, however often that is tried.
    async fn a_draft_is_handed_in_once(hall: Hall) {
        let (front_end, friend) = (hall.adapter("front-end"), Person::new());
        let (_, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let begun = json!({ "item": items::PROMISED, "contact": { "name": friend.name } });
        let draft = applicant.post("/v1/drafts").key("button-1").json(&begun).await.created();
        assert_eq!(applicant.post("/v1/drafts").key("button-1").json(&begun).await.created().body, draft.body);
        let path = draft.header("location").to_owned();
        assert_eq!(applicant.get("/v1/drafts").await.ok().ids(), [draft.text("/id")]);
        let read = applicant.get(&path).await.ok();
        assert_eq!((read.at("/application/contact/name"), read.header("etag")), (&json!(friend.name), "\"1\""));
        let hand_in = format!("{path}/submission");
        let missing = applicant.post(&hand_in).if_match("\"1\"").await.names_field("/delivery/method");
        missing.names_field("/contact/phone");
        front_end.uploads(PDF).await;
        let whole = json!({
            "item": items::PROMISED, "channel": "mobile", "contact": friend.as_contact(),
            "delivery": { "method": "courier", "recipient": friend.recipient() },
            "materials": [{ "material": "application", "files": [pushing::digest_of(PDF)] }],
        });
        applicant.put(&path).json(&whole).await.problem(428, "precondition_required");
        applicant.put(&path).if_match("\"7\"").json(&whole).await.problem(412, "version_mismatch");
        let changed = applicant.put(&path).if_match("\"1\"").json(&whole).await.ok();
        assert_eq!(applicant.get(&path).await.ok()["application"], whole);
        applicant.post(&hand_in).if_match("\"1\"").await.problem(412, "version_mismatch");
        let submit = async || applicant.post(&hand_in).key("button-2").if_match(changed.header("etag")).await;
        let (first, again) = (submit().await, submit().await);
        assert_eq!((&first.body, again.header("idempotency-replayed")), (&again.body, "true"));
        let case = first.case();
        applicant.reads(&case).await.ok();
        assert_eq!((case.at("/channel"), case.at("/materials/0/files/0/bytes")), (json!("mobile"), json!(PDF.len())));
        assert_eq!(applicant.lists("").await.ok().ids(), [case.id.as_str()]);
        front_end.reads(&case).await.ok();
        applicant.get(&path).await.hidden();
        applicant.post(&hand_in).if_match("*").await.hidden();
        assert_eq!(applicant.get("/v1/drafts").await.ok().ids(), [""; 0]);
    }

    /// Clause B1-3: a draft is nobody's business but its applicant's, whoever asks and however.
    async fn nobody_else_sees_a_draft(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (voucher, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let (_, stranger) = front_end.vouches_for(&Person::new(), "visit-2").await;
        let path = kept(&applicant).await;
        for other in [front_end.clone(), hall.clerk("rule-of-law"), hall.manager(), hall.audit_admin()] {
            for path in [path.as_str(), "/v1/drafts"] {
                other.get(path).await.denied(403, "role_not_allowed");
            }
        }
        hall.with_another_centre().await;
        let body = json!({ "item": items::PROMISED });
        for other in [stranger.clone(), hall.applicant(&voucher.text("/party")).in_centre(OTHER_CENTRE)] {
            assert_eq!(other.get("/v1/drafts").await.ok().ids(), [""; 0]);
            other.get(&path).await.hidden();
            other.put(&path).if_match("*").json(&body).await.hidden();
            other.delete(&path).if_match("*").await.hidden();
            other.post(&format!("{path}/submission")).if_match("*").await.hidden();
        }
        // Whoever came another way is the same applicant.
        hall.applicant(&voucher.text("/party")).get(&path).await.ok();
        let unknown = hall.applicant("01900000-0000-7000-8000-000000000000");
        unknown.post("/v1/drafts").json(&body).await.refused("applicant_unknown");
        applicant.delete(&path).if_match("\"7\"").await.problem(412, "version_mismatch");
        applicant.delete(&path).if_match("\"1\"").await.ok();
        applicant.delete(&path).if_match("*").await.hidden();
        applicant.post("/v1/drafts").json(&json!({ "item": items::PROMISED, "note": "x" })).await.problem(400, "unknown_field");
    }

    /// Clause B1-2: what is refused leaves the draft as it was, and nothing of a case.
    async fn what_is_refused_stays_a_draft(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (_, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let with = |item: &str, materials: Value| {
            json!({ "item": item, "delivery": { "method": "pick_up" }, "materials": materials })
        };
        let file = json!([{ "material": "application", "files": [pushing::digest_of(b"nobody uploaded this")] }]);
        for (draft, code) in [
            (with("no-such-item", json!([])), "item_not_on_offer"),
            (with(items::PROMISED_FOR_ENTERPRISES, json!([])), "not_for_this_applicant"),
            (with(items::PROMISED, file), "upload_unknown"),
        ] {
            let kept = applicant.post("/v1/drafts").json(&draft).await.created();
            let path = kept.header("location").to_owned();
            applicant.post(&format!("{path}/submission")).if_match("*").await.refused(code);
            assert_eq!(applicant.get(&path).await.ok()["application"], draft);
        }
        assert_eq!(applicant.lists("").await.ok().ids(), [""; 0]);
    }

    /// 个人信息保护法 art. 19: what was not handed in is forgotten in time, and a change begins the time anew.
    async fn a_draft_is_forgotten_in_time(hall: Hall) {
        let (_, applicant) = hall.adapter("front-end").vouches_for(&Person::new(), "visit-1").await;
        let (left, changed) = (kept(&applicant).await, kept(&applicant).await);
        let today = hall.today();
        hall.time_passes_to_day(today + chrono::Days::new(29), 9, 0).await;
        applicant.put(&changed).if_match("*").json(&json!({ "item": items::PROMISED })).await.ok();
        hall.time_passes_to_day(today + chrono::Days::new(31), 9, 0).await;
        applicant.get(&left).await.hidden();
        applicant.get(&changed).await.ok();
        let stored = || texts(&mut hall.outside(), "SELECT id AS line FROM drafts").len();
        assert_eq!(stored(), 1, "it is not there any more");
        hall.time_passes_to_day(today + chrono::Days::new(60), 9, 0).await;
        applicant.get(&changed).await.hidden();
        assert_eq!(stored(), 0);
    }

    /// Clause B1-2: nobody keeps more drafts than anybody needs.
    async fn there_are_so_many_drafts_and_no_more(hall: Hall) {
        let (_, applicant) = hall.adapter("front-end").vouches_for(&Person::new(), "visit-1").await;
        let first = kept(&applicant).await;
        for _ in 1..50 {
            kept(&applicant).await;
        }
        let one_more = async || applicant.post("/v1/drafts").json(&json!({ "item": items::PROMISED })).await;
        one_more().await.refused("too_many_drafts");
        applicant.delete(&first).if_match("*").await.ok();
        one_more().await.created();
        let page = applicant.get("/v1/drafts?limit=30").await.ok();
        let next = format!("/v1/drafts?limit=30&cursor={}", page.text("/page/next_cursor"));
        let rest = applicant.get(&next).await.ok();
        assert_eq!((page.ids().len(), rest.ids().len()), (30, 20));
        assert!(page.ids().iter().all(|id| !rest.ids().contains(id)));
    }
}
