//! 推送申请: a platform's adapter hands in, corrects, withdraws and reads back under numbers of its own (clause G1).

use tests::{
    pushing::{another_pdf, digest_of, pushed},
    *,
};

/// The codes of 前置库 that this platform uses.
async fn with_code_maps(hall: &Hall, holder: &str) {
    let maps = [
        ("stages", json!([["under_check", "02"], ["in_review", "08"], ["decided", "08"], ["withdrawn", "13"]])),
        ("channels", json!([["web", "2"], ["mobile", "3"]])),
        ("document_kinds", json!([["resident_id", "111"], ["unified_social_credit_code", "001"]])),
        ("delivery_methods", json!([["pick_up", "1"], ["courier", "2"]])),
        ("items", json!([[items::PROMISED, "FLYZ-01"]])),
        ("outcomes", json!([["grant", "6"], ["refuse", "7"]])),
        ("procedures", json!([["hearing", "B1"]])),
    ];
    for (subject, pairs) in maps {
        let pair = |pair: &Value| json!({ "ours": pair[0], "theirs": pair[1] });
        let pairs: Vec<Value> = pairs.as_array().unwrap().iter().map(pair).collect();
        let path = format!("/v1/code-maps/{holder}/{subject}");
        hall.system_admin().put(&path).if_match("\"0\"").json(&json!({ "pairs": pairs })).await.ok();
    }
}

/// The same, spelled as another library does: members the other way round, space between them, and nothing but ASCII.
fn spelled_otherwise(value: &Value) -> String {
    let text = match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{} : {}", json!(name), spelled_otherwise(value));
            format!("{{\r\n  {} }}", members.iter().rev().map(member).collect::<Vec<_>>().join(",\r\n  "))
        }
        Value::Array(values) => format!("[ {} ]", values.iter().map(spelled_otherwise).collect::<Vec<_>>().join(" , ")),
        other => other.to_string(),
    };
    let unit = |unit: u16| match u8::try_from(unit).ok().filter(u8::is_ascii) {
        Some(byte) => char::from(byte).to_string(),
        None => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(unit).collect()
}

tests::on_both_stores! {
    /// Clauses B1-2, G1, promise P2: one call makes the case; the same call again, under whatever key, makes none and
    /// answers with it.
    async fn an_application_is_pushed_once_however_often_it_is_sent(hall: Hall) {
        let (adapter, person) = (hall.adapter("zjzwfw"), Person::new());
        let upload = adapter.uploads(PDF).await.created();
        assert_eq!((&upload["digest"], &upload["bytes"]), (&json!(digest_of(PDF)), &json!(PDF.len())));
        adapter.uploads(PDF).await.ok();
        let body = pushed(&person, Some(PDF));
        let first = adapter.pushes("ZJ-2026-1", &body).await.created();
        assert_eq!(first.header("location"), "/v1/applications/ZJ-2026-1");
        assert_eq!((&first["external_no"], first.text("/stage/code").as_str()), (&json!("ZJ-2026-1"), "under_check"));
        assert_eq!(first.at("/materials/0/files/0/digest"), &json!(digest_of(PDF)));
        for key in ["one", "one", "two"] {
            let again = adapter.put("/v1/applications/ZJ-2026-1").key(key).json(&body).await.ok();
            assert_eq!((&again["case"], again.header("etag")), (&first["case"], first.header("etag")));
        }
        assert_eq!(adapter.lists("").await.ok().ids(), [first.text("/case")]);
        // The retry tells how far it has come.
        let case = hall.pushed_case(&first).await;
        hall.clerk_of(&case).checks_scope(&case).await.ok();
        let later = adapter.pushes("ZJ-2026-1", &body).await.ok();
        assert!(later["version"].as_u64() > first["version"].as_u64(), "{}", later.body);
        let shown = adapter.reads_pushed("ZJ-2026-1").await.ok();
        assert_eq!(shown.body, later.body);
        assert!(person.secrets().iter().all(|secret| !shown.body.to_string().contains(secret)), "no personal data");
    }

    /// Clause G1, promise P2: a retry that is put into JSON anew is a retry, of a correction and a withdrawal as well; whoever
    /// says something else is told to check it, and not to make a second case of it.
    async fn a_retry_may_be_spelled_otherwise(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        adapter.uploads(PDF).await.created();
        let body = pushed(&Person::new(), Some(PDF));
        let again = async |path: &str, body: &Value| {
            let spelled = spelled_otherwise(body);
            assert_ne!(spelled, body.to_string());
            adapter.put(&format!("/v1/applications/{path}")).body("application/json", spelled).await
        };
        let first = adapter.pushes("S-1", &body).await.created();
        assert_eq!(again("S-1", &body).await.ok()["case"], first["case"]);
        let other = another_pdf("补正");
        adapter.uploads(&other).await.created();
        adapter.pushes_correction("S-1", 1, &[&other]).await.created();
        let correction = json!({ "materials": [{ "material": "application", "files": [digest_of(&other)] }] });
        again("S-1/corrections/1", &correction).await.ok();
        let mut differing = body.clone();
        differing["applicant"]["name"] = json!("合成乙");
        let refused = again("S-1", &differing).await.refused("application_differs");
        assert!(!refused.text("/detail").contains("新的编号"), "{}", refused.body);
        adapter.pushes_withdrawal("S-1", "计划有变。").await.created();
        again("S-1/withdrawal", &json!({ "reason": "计划有变。" })).await.ok();
        assert_eq!(adapter.lists("").await.ok().ids(), [first.text("/case")]);
    }

    /// Clause G1: the number is one application's; another content under it is refused, and so is one that went in otherwise.
    async fn a_number_is_for_one_application(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let first = adapter.pushes("N-1", &pushed(&Person::new(), None)).await.created();
        adapter.pushes("N-1", &pushed(&Person::new(), None)).await.refused("application_differs");
        let posted = Application::for_item(items::PROMISED).by(&Person::new()).numbered("N-2");
        let posted = adapter.receives(posted).await.case();
        adapter.pushes("N-2", &pushed(&Person::new(), None)).await.refused("external_number_used");
        assert_eq!(adapter.reads_pushed("N-2").await.ok()["case"], json!(posted.id));
        // Another system's numbers are its own, and nobody else's applications are to be seen.
        let other = hall.adapter("another");
        other.reads_pushed("N-1").await.hidden();
        let theirs = other.pushes("N-1", &pushed(&Person::new(), None)).await.created();
        assert_ne!(theirs["case"], first["case"]);
        other.pushes_withdrawal("N-2", "计划有变。").await.hidden();
        hall.clerk("rule-of-law").put("/v1/applications/N-3").json(&pushed(&Person::new(), None)).await
            .denied(403, "role_not_allowed");
        let reader = adapter.with_scope("cases:read");
        reader.pushes("N-3", &pushed(&Person::new(), None)).await.denied(403, "scope_not_allowed");
        reader.reads_pushed("N-1").await.ok();
    }

    /// Clause G1, promise P2: what was pushed in the platform's codes is answered to a retry whatever became of its code map since;
    /// what is pushed for the first time is read by the map of today.
    async fn a_retry_outlives_its_code_map(hall: Hall) {
        with_code_maps(&hall, "zjzwfw").await;
        let adapter = hall.adapter("zjzwfw");
        let in_their_codes = |person: &Person| {
            let mut body = pushed(person, None);
            body["item"] = json!("FLYZ-01");
            body["channel"] = json!("2");
            body["delivery"]["method"] = json!("1");
            body
        };
        let body = in_their_codes(&Person::new());
        let first = adapter.pushes("M-1", &body).await.created();
        for subject in ["items", "channels", "delivery_methods"] {
            let path = format!("/v1/code-maps/zjzwfw/{subject}");
            hall.system_admin().put(&path).if_match("*").json(&json!({ "pairs": [] })).await.ok();
        }
        let again = adapter.pushes("M-1", &body).await.ok();
        assert_eq!((&again["case"], again.header("etag")), (&first["case"], first.header("etag")));
        let mut changed = body.clone();
        changed["applicant"]["name"] = json!("合成乙");
        adapter.pushes("M-1", &changed).await.refused("application_differs");
        adapter.pushes("M-2", &in_their_codes(&Person::new())).await.names_field("/channel");
        adapter.pushes("M-2", &pushed(&Person::new(), None)).await.created();
        assert_eq!(adapter.lists("").await.ok().ids().len(), 2);
    }

    /// Promises P2, P4: what is refused leaves nothing, and goes through under the same number, key and all, once its cause
    /// is gone.
    async fn a_refused_push_is_not_refused_for_ever(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let body = pushed(&Person::new(), Some(PDF));
        let send = || adapter.put("/v1/applications/R-1").key("R-1").json(&body);
        send().await.refused("upload_unknown");
        adapter.reads_pushed("R-1").await.hidden();
        adapter.uploads(PDF).await.created();
        send().await.created();
        // The file went to that application.
        adapter.pushes("R-2", &pushed(&Person::new(), Some(PDF))).await.refused("upload_unknown");
        let mut unlisted = pushed(&Person::new(), Some(PDF));
        unlisted["materials"][0]["material"] = json!("不在清单内的材料");
        adapter.pushes("R-2", &unlisted).await.refused("material_not_listed");
        let mut wrong = pushed(&Person::new(), None);
        wrong["item"] = json!("000131004000");
        adapter.pushes("R-2", &wrong).await.refused("item_not_on_offer");
        wrong["item"] = json!("不是代码");
        adapter.pushes("R-2", &wrong).await.names_field("/item");
        let differing = adapter.put(&format!("/v1/uploads/{}", digest_of(b"another")));
        differing.body("application/pdf", PDF).await.refused("digest_differs");
        adapter.put("/v1/uploads/abc").body("application/pdf", PDF).await.hidden();
    }

    /// Clause G1: an item is named by 实施编码 or 基本编码 as well.
    async fn an_item_is_named_by_its_national_codes(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let content = hall.stranger().get(&format!("/v1/items/{}", items::PROMISED)).await.ok();
        for (number, code) in [("I-1", "implementation_code"), ("I-2", "base_code")] {
            let mut body = pushed(&Person::new(), None);
            body["item"] = content["content"][code].clone();
            let application = adapter.pushes(number, &body).await.created();
            assert_eq!(application.at("/item/code"), items::PROMISED);
            assert_eq!(application.at(&format!("/item/{code}")), &body["item"]);
        }
    }

    /// Clauses B2-4, G1, rule L7: what was asked for is handed in under a number, once; the rest is read back, step by step.
    async fn a_correction_is_pushed_once(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let application = adapter.pushes("C-1", &pushed(&Person::new(), None)).await.created();
        let case = hall.pushed_case(&application).await;
        let clerk = hall.clerk_of(&case);
        clerk.checks_all_but(&case, &["application"]).await;
        clerk.notifies(&case, &["application"], 5).await.ok();
        let asked = adapter.reads_pushed("C-1").await.ok();
        assert_eq!(asked.at("/stage/code"), "awaiting_correction");
        assert_eq!(asked.at("/correction_notices/0/corrections/0/material"), "application");
        let file = another_pdf("补正");
        adapter.pushes_correction("C-1", 1, &[&file]).await.refused("upload_unknown");
        adapter.uploads(&file).await.created();
        let corrected = adapter.pushes_correction("C-1", 1, &[&file]).await.created();
        assert_eq!((corrected.at("/stage/code"), corrected.at("/corrections/0/number")), (&json!("under_check"), &json!(1)));
        let again = adapter.pushes_correction("C-1", 1, &[&file]).await.ok();
        assert_eq!(again["version"], corrected["version"]);
        adapter.pushes_correction("C-1", 1, &[PDF]).await.refused("application_differs");
        // What comes without being asked for is taken in too.
        adapter.uploads(PDF).await.created();
        let more = adapter.pushes_correction("C-1", 2, &[PDF]).await.created();
        assert_eq!(more["corrections"].as_array().unwrap().len(), 2);
        adapter.pushes_correction("C-1", 0, &[PDF]).await.hidden();
        adapter.pushes_correction("C-2", 1, &[PDF]).await.hidden();
    }

    /// Clause G1: withdrawn once; after the decision it is too late.
    async fn a_withdrawal_is_pushed_once(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        adapter.pushes("W-1", &pushed(&Person::new(), None)).await.created();
        let withdrawn = adapter.pushes_withdrawal("W-1", "计划有变。").await.created();
        assert_eq!(withdrawn.at("/stage/code"), "withdrawn");
        let again = adapter.pushes_withdrawal("W-1", "计划有变。").await.ok();
        assert_eq!(again.body, withdrawn.body);
        adapter.pushes_withdrawal("W-1", "另有原因。").await.refused("application_differs");
        let decided = adapter.pushes("W-2", &pushed(&Person::new(), None)).await.created();
        let case = hall.pushed_case(&decided).await;
        hall.grant(&case).await;
        assert_eq!(adapter.pushes_withdrawal("W-2", "计划有变。").await["status"], 409);
    }

    /// Clauses B5-7, G1: acceptance, special procedure, decision, result, delivery and every step are read back, in the
    /// platform's own codes where its code map has them; the events of it are in its feed.
    async fn everything_is_read_back_in_the_platforms_codes(hall: Hall) {
        with_code_maps(&hall, "zjzwfw").await;
        let (adapter, person) = (hall.adapter("zjzwfw"), Person::new());
        let mut body = pushed(&person, None);
        body["item"] = json!("FLYZ-01");
        body["channel"] = json!("2");
        body["applicant"]["document_kind"] = json!("111");
        body["delivery"]["method"] = json!("1");
        let application = adapter.pushes("P-1", &body).await.created();
        assert_eq!((application.at("/stage/theirs"), application.at("/channel/theirs")), (&json!("02"), &json!("2")));
        assert_eq!((application.at("/item/theirs"), application.at("/item/code")), (&json!("FLYZ-01"), &json!(items::PROMISED)));
        body["channel"] = json!("9");
        adapter.pushes("P-2", &body).await.names_field("/channel");
        let case = hall.pushed_case(&application).await;
        hall.accept(&case).await;
        hall.reviewer_of(&case).takes(&case).await.ok();
        let notice = hall.approver_of(&case).starts_procedure(&case, "hearing").await.ok().text("/procedures/0/notice");
        hall.approver_of(&case).ends_procedure(&case, &notice, None).await.ok();
        hall.reviewer_of(&case).reviews(&case, "grant").await.ok();
        hall.approver_of(&case).grants(&case).await.ok();
        hall.clerk_of(&case).issues(&case).await.ok();
        let read = adapter.reads_pushed("P-1").await.ok();
        assert!(read.at("/acceptance/notice").is_string() && read.at("/clocks/0").is_object(), "{}", read.body);
        assert_eq!(read.at("/procedures/0/ground_theirs"), "B1");
        assert_eq!((read.at("/decision/outcome"), read.at("/decision/outcome_theirs")), (&json!("grant"), &json!("6")));
        assert_eq!(read.at("/delivery/method_theirs"), "1");
        let code = read.text("/delivery/pick_up_code");
        assert!(read.at("/delivery/result/number").is_string());
        hall.clerk_of(&case).hands_out(&case, &code, &person).await.ok();
        let done = adapter.reads_pushed("P-1").await.ok();
        assert!(done.at("/delivery/delivered/at").is_string(), "{}", done.body);
        let steps: Vec<&str> = done["process"].as_array().unwrap().iter().filter_map(|step| step["kind"].as_str()).collect();
        for kind in ["received", "accepted", "procedure_started", "decided"] {
            assert!(steps.contains(&kind), "{kind}: {steps:?}");
        }
        assert_eq!(steps.len(), usize::try_from(done["version"].as_u64().unwrap()).unwrap());
        let mine = adapter.asks_progress(&done.text("/number"), &done.text("/query_code")).await.ok();
        assert_eq!(mine["number"], done["number"]);
        let events = until("its events are in the feed", async || {
            let events = adapter.get("/v1/events?limit=200").await.ok();
            (events.data().len() == steps.len()).then_some(events)
        });
        assert!(events.await.data().iter().all(|event| event["subject"] == done["case"]));
    }

    /// Clause G1: a code map is data: read by its holder, changed by the system administrator with what was seen of it, every
    /// unknown code named.
    async fn a_code_map_is_data(hall: Hall) {
        let (path, admin) = ("/v1/code-maps/zjzwfw/stages", hall.system_admin());
        let empty = admin.get(path).await.ok();
        assert_eq!((empty.header("etag"), empty["pairs"].as_array().unwrap().len()), ("\"0\"", 0));
        let pairs = json!({ "pairs": [{ "ours": "in_review", "theirs": "08" }, { "ours": "decided", "theirs": "08" }] });
        let put = admin.put(path).if_match("\"0\"").json(&pairs).await.ok();
        assert_eq!((put["version"].as_u64(), &put["pairs"]), (Some(1), &pairs["pairs"]));
        admin.put(path).if_match("\"0\"").json(&pairs).await.problem(412, "version_mismatch");
        let unknown = json!({ "pairs": [{ "ours": "in_review", "theirs": "08" }, { "ours": "gone", "theirs": "09" }] });
        admin.put(path).if_match("*").json(&unknown).await.names_field("/pairs/1/ours");
        let twice = json!({ "pairs": [{ "ours": "closed", "theirs": "10" }, { "ours": "closed", "theirs": "10" }] });
        admin.put(path).if_match("*").json(&twice).await.names_field("/pairs/1");
        let own = hall.adapter("zjzwfw").get("/v1/code-maps/zjzwfw").await.ok();
        assert_eq!(own["maps"], json!([{ "subject": "stages", "pairs": pairs["pairs"] }]));
        hall.adapter("another").get(path).await.hidden();
        hall.adapter("zjzwfw").put(path).if_match("*").json(&pairs).await.denied(403, "role_not_allowed");
        admin.get("/v1/code-maps/zjzwfw/colours").await.hidden();
    }
}
