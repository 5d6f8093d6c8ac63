//! 案例: from a closed-out impasse, without anybody in it, reviewed, published, found, corrected, withdrawn.

use tests::*;

/// The values of a field in the rows of a list.
fn column(answer: &Answer, field: &str) -> Vec<String> {
    answer.data().iter().map(|row| row[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// As a query takes it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

on_both_stores! {
    /// Clause D6-2
    async fn only_what_was_closed_out_satisfied_becomes_a_precedent(hall: Hall) {
        let manager = hall.manager();
        let (answered, person) = hall.answered_impasse().await;
        manager.drafts_precedent(&answered, json!({})).await.refused("impasse_not_closed_out");
        hall.clerk("fallback").records_word_of(&answered, &person, false).await.ok();
        manager.drafts_precedent(&answered, json!({})).await.refused("impasse_not_closed_out");
        let (closed, _) = hall.closed_out_impasse().await;
        hall.reform().drafts_precedent(&closed, json!({})).await.denied(403, "role_not_allowed");
        manager.drafts_precedent(&closed, json!({ "items": ["no-such-item"] })).await.names_field("/items");
        manager.drafts_precedent(&closed, json!({ "departments": ["nobody"] })).await.names_field("/departments");
        let draft = manager.drafts_precedent(&closed, json!({})).await.created();
        assert_eq!((draft["state"].as_str(), draft["level"].as_str()), (Some("draft"), Some("general")));
        let shown = manager.get(draft.header("location")).await.ok();
        assert_eq!(shown.at("/manuscript/title"), "露营基地备案无处受理", "of the impasse");
        assert_eq!(shown.at("/manuscript/solution"), "已明确受理部门并办结备案。", "as it was answered");
        manager.drafts_precedent(&closed, json!({})).await.refused("precedent_exists");
    }

    /// Clauses D6-2, D8-1: what was reopened as not solved is neither reviewed nor published until it is solved again.
    async fn what_is_reopened_is_not_published(hall: Hall) {
        let (manager, reform) = (hall.manager(), hall.reform());
        let (closed, person) = hall.closed_out_impasse().await;
        let precedent = Precedent::of(&manager.drafts_precedent(&closed, precedent_text()).await.created());
        manager.submits_precedent(&precedent).await.ok();
        reform.reads(&closed).await.ok();
        reform.follows_up(&closed, false).await.ok();
        assert_eq!(closed.state(), "in_handling");
        reform.publishes_precedent(&precedent).await.refused("impasse_not_closed_out");
        hall.stranger().get(&precedent.public()).await.hidden();
        reform.sends_back_precedent(&precedent).await.ok();
        manager.submits_precedent(&precedent).await.refused("impasse_not_closed_out");
        manager.reads(&closed).await.ok();
        manager.answers_impasse(&closed).await.ok();
        hall.clerk("fallback").records_word_of(&closed, &person, true).await.ok();
        manager.submits_precedent(&precedent).await.ok();
        reform.publishes_precedent(&precedent).await.ok();
    }

    /// Clause D6-2: found by the program, ruled on by a person.
    async fn nobody_is_left_in_what_is_published(hall: Hall) {
        let (closed, person) = hall.closed_out_impasse().await;
        let manager = hall.manager();
        let situation = format!(
            "{}（{}，电话{}）住{}，由张三女士陪同，身份证错号331081190001010013。",
            person.name, person.resident_id, person.phone, person.address
        );
        let drafted = manager.drafts_precedent(&closed, json!({ "situation": situation })).await.created();
        assert!(!String::from_utf8_lossy(&drafted.bytes).contains(&person.name), "answers are remembered");
        let precedent = Precedent::of(&drafted);
        let draft = manager.get(&precedent.path("")).await.ok();
        let findings = draft.at("/manuscript/findings").as_array().unwrap().clone();
        let of = |what: &str| findings.iter().position(|it| it["text"] == what).unwrap_or_else(|| panic!("{what}"));
        for (what, kind) in [
            (person.name.as_str(), "name"),
            (person.resident_id.as_str(), "identity_number"),
            (person.phone.as_str(), "phone"),
            (person.address.as_str(), "address"),
            ("张三", "name"),
            ("331081190001010013", "identity_number"),
        ] {
            let finding = &findings[of(what)];
            assert_eq!(finding["kind"], kind, "{what}");
            let start = finding["start"].as_u64().unwrap() as usize;
            assert!(situation.chars().skip(start).collect::<String>().starts_with(what));
        }
        manager.submits_precedent(&precedent).await.refused("findings_unsettled");
        for number in [person.resident_id.as_str(), person.phone.as_str(), "331081190001010013"] {
            manager.keeps(&precedent, of(number)).await.refused("must_be_redacted");
        }
        manager.keeps(&precedent, of("张三")).await.ok();
        for finding in (0..findings.len()).filter(|it| *it != of("张三")) {
            manager.submits_precedent(&precedent).await.refused("findings_unsettled");
            manager.redacts(&precedent, finding).await.ok();
        }
        manager.submits_precedent(&precedent).await.ok();
        hall.reform().publishes_precedent(&precedent).await.ok();
        let public = hall.stranger().get(&precedent.public()).await.ok();
        let shown = String::from_utf8_lossy(&public.bytes).into_owned();
        for secret in person.secrets() {
            assert!(!shown.contains(&secret), "{secret} is in {shown}");
        }
        assert!(public.text("/situation").starts_with("〔姓名〕（〔证件号码〕，电话〔电话〕）住〔地址〕，由张三女士陪同"));
        let draft = manager.get(&precedent.path("")).await.ok();
        assert_eq!(*draft.at("/manuscript"), Value::Null, "what names people is gone");
        let record = manager.get(&precedent.path("timeline?limit=200")).await.ok();
        let record = String::from_utf8_lossy(&record.bytes).into_owned();
        assert!(person.secrets().iter().all(|secret| !record.contains(secret)), "{record}");
    }

    /// Clause D6-2: whoever spoke for an enterprise is known to the finder, and found by name alone.
    async fn whoever_spoke_for_an_enterprise_is_found(hall: Hall) {
        hall.a_new_morning().await;
        let (manager, clerk) = (hall.manager(), hall.clerk("fallback"));
        let named = |name: &str| Person { name: name.to_owned(), ..Person::new() };
        let (brought, closed) = (named("奥依木甲"), named("奥依木乙"));
        let agent = |person: &Person| json!({ "name": person.name, "capacity": "agent", "mandate": "WT-7" });
        let mut speaker = agent(&brought);
        speaker["identity"] = brought.identity();
        let grievance = Grievance::new(&Enterprise::new()).with("speaker", speaker);
        let impasse = clerk.registers(&grievance).await.impasse();
        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "general").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        clerk.records_word_for(&impasse, &closed, agent(&closed), true).await.ok();
        let situation = format!("各窗口均未受理，{}多次前往；后续办理{}一并确认。", brought.name, closed.name);
        let drafted = manager.drafts_precedent(&impasse, json!({ "situation": situation })).await.created();
        let draft = manager.get(&Precedent::of(&drafted).path("")).await.ok();
        let findings = draft.at("/manuscript/findings").as_array().unwrap();
        for name in [&brought.name, &closed.name] {
            let found = findings.iter().any(|it| it["text"] == name.as_str() && it["kind"] == "name");
            assert!(found, "{name}: {}", draft.body);
        }
    }

    /// Clause D6-2: what names people is in one column for personal data while it is written, and nowhere after.
    async fn the_database_keeps_no_copy_of_what_was_taken_out(hall: Hall) {
        let (closed, person) = hall.closed_out_impasse().await;
        let situation = format!("{}来窗口，电话{}。", person.name, person.phone);
        let drafted = hall.manager().post(&format!("/v1/impasses/{}/precedent", closed.id)).key("draft-1");
        let body = json!({ "situation": situation, "lesson": "先明确牵头部门。" });
        let precedent = Precedent::of(&drafted.json(&body).await.created());
        let holding = |hall: &Hall| {
            let columns = [
                "precedents.manuscript", "precedents.body", "precedent_editions.body", "precedent_terms.term",
                "events.body", "idempotency.body",
            ];
            let mut connection = hall.outside();
            let mut holds = |column: &str| {
                let (table, column) = column.split_once('.').unwrap();
                let rows = texts(&mut connection, &format!("SELECT {column} AS line FROM {table} WHERE {column} IS NOT NULL"));
                rows.iter().any(|text| text.contains(&person.name) || text.contains(&person.phone))
            };
            columns.into_iter().filter(|column| holds(column)).collect::<Vec<_>>()
        };
        assert_eq!(holding(&hall), ["precedents.manuscript"]);
        hall.publish_precedent(&precedent).await;
        assert_eq!(holding(&hall), Vec::<&str>::new());
    }

    /// Clause D6-2
    async fn an_edit_is_searched_again(hall: Hall) {
        let precedent = hall.drafted_precedent(precedent_text()).await;
        assert_eq!(precedent.at("/unsettled"), 0);
        let mut text = precedent_text();
        text["solution"] = json!("联系人：李四，13800000000。");
        let edited = hall.manager().edits_precedent(&precedent, text).await.ok();
        assert_eq!(edited["unsettled"], 2);
        hall.manager().submits_precedent(&precedent).await.refused("findings_unsettled");
        hall.publish_precedent(&precedent).await;
        let public = hall.stranger().get(&precedent.public()).await.ok();
        assert_eq!(public.text("/solution"), "联系人：〔姓名〕，〔电话〕。");
    }

    /// Clause D6-2: reviewed by the reform office, and not by who wrote it.
    async fn a_precedent_is_reviewed_by_another(hall: Hall) {
        let precedent = hall.drafted_precedent(precedent_text()).await;
        let (manager, reform) = (hall.manager(), hall.reform());
        reform.publishes_precedent(&precedent).await.refused("precedent_state");
        hall.stranger().get(&precedent.public()).await.hidden();
        manager.submits_precedent(&precedent).await.ok();
        manager.publishes_precedent(&precedent).await.denied(403, "role_not_allowed");
        let writer = hall.staff(kernel::Role::ReformOfficer, manager.code());
        writer.publishes_precedent(&precedent).await.refused("own_draft");
        let back = reform.sends_back_precedent(&precedent).await.ok();
        assert_eq!((back["state"].as_str(), back["sent_back"].as_str()), (Some("draft"), Some("请补充依据。")));
        manager.submits_precedent(&precedent).await.ok();
        let published = reform.publishes_precedent(&precedent).await.ok();
        assert_eq!(published["edition"], 1);
        assert!(published.text("/number").contains('例'));
        let kinds: Vec<String> = manager.get(&precedent.path("timeline")).await.ok().body.as_array().unwrap().iter()
            .map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, [
            "precedent_drafted", "precedent_submitted", "precedent_sent_back", "precedent_submitted",
            "precedent_published",
        ]);
    }

    /// Clause D6-2
    async fn a_correction_supersedes_and_a_withdrawal_leaves_a_stone(hall: Hall) {
        let precedent = hall.published_precedent(precedent_text()).await;
        let (manager, reform, anybody) = (hall.manager(), hall.reform(), hall.stranger());
        let first = anybody.get(&precedent.public()).await.ok();
        manager.corrects_precedent(&precedent).await.ok();
        let mut text = precedent_text();
        text["title"] = json!("新业态备案的牵头部门");
        manager.edits_precedent(&precedent, text).await.ok();
        assert_eq!(anybody.get(&precedent.public()).await.ok().body, first.body, "public until the next edition");
        manager.submits_precedent(&precedent).await.ok();
        reform.publishes_precedent(&precedent).await.ok();
        let second = anybody.get(&precedent.public()).await.ok();
        assert_eq!((&second["edition"], &second["title"]), (&json!(2), &json!("新业态备案的牵头部门")));
        assert_eq!(second["number"], first["number"]);
        let old = anybody.get(&format!("{}/editions/1", precedent.public())).await.ok();
        assert_eq!((&old["title"], &old["superseded_by"]), (&first["title"], &json!(2)));
        let found = |query: &'static str| async { hall.stranger().searches(query).await.ok().ids() };
        assert_eq!(found("q=%E6%96%B0%E4%B8%9A%E6%80%81%E5%A4%87%E6%A1%88").await, [precedent.id.as_str()]);
        manager.withdraws_precedent(&precedent).await.denied(403, "role_not_allowed");
        reform.withdraws_precedent(&precedent).await.ok();
        anybody.get(&precedent.public()).await.problem(410, "precedent_withdrawn");
        anybody.get(&format!("{}/editions/1", precedent.public())).await.problem(410, "precedent_withdrawn");
        assert_eq!(found("q=%E6%96%B0%E4%B8%9A%E6%80%81").await, Vec::<String>::new());
        assert_eq!(found("").await, Vec::<String>::new());
        let kept = manager.get(&precedent.path("")).await.ok();
        assert_eq!(kept.at("/withdrawn_for"), "不再适用。");
        assert_eq!(kept.at("/published/title"), "新业态备案的牵头部门", "kept for those who made it");
        reform.withdraws_precedent(&precedent).await.refused("precedent_state");
    }

    /// Clause D6-2: by category, department, item and words, the best first, page by page, without an account.
    async fn anybody_finds_what_helps(hall: Hall) {
        let mut made = Vec::new();
        for (title, situation, department) in [
            ("缴税证明开具", "企业登记后开具证明。", "commerce"),
            ("企业登记牵头不明", "多个窗口均不受理。", "justice"),
            ("企业注销", "企业先登记，后登记的企业再注销登记。", "commerce"),
            ("渔船检验", "企业、业登、登记各不相干。", "justice"),
        ] {
            let mut text = precedent_text();
            (text["title"], text["situation"]) = (json!(title), json!(situation));
            text["departments"] = json!([department]);
            if title == "企业注销" {
                text["items"] = json!([items::PROMISED]);
            }
            made.push(hall.published_precedent(text).await.id.clone());
        }
        let ids = |order: &[usize]| order.iter().map(|nth| made[*nth].clone()).collect::<Vec<_>>();
        let anybody = hall.stranger();
        let search = async |query: String| anybody.searches(&query).await.ok().ids();
        assert_eq!(search(String::new()).await, ids(&[3, 2, 1, 0]), "the newest first");
        assert_eq!(search(format!("q={}", encoded("企业登记"))).await, ids(&[1, 0]), "the title first, no accident");
        assert_eq!(search(format!("q={}", encoded("企业 登记"))).await, ids(&[1, 2, 3, 0]), "then the more hits");
        assert_eq!(search(format!("q={}", encoded("税"))).await, ids(&[0]), "one character");
        assert_eq!(search(format!("q={}", encoded("企业 渔船"))).await, ids(&[3]), "all of them");
        assert_eq!(search(format!("q={}", encoded("火车"))).await, ids(&[]));
        assert_eq!(search("department=justice".to_owned()).await, ids(&[3, 1]));
        assert_eq!(search(format!("department=commerce&q={}", encoded("登记"))).await, ids(&[2, 0]));
        assert_eq!(search("category=other".to_owned()).await, ids(&[3, 2, 1, 0]));
        assert_eq!(search("category=legacy".to_owned()).await, ids(&[]));
        assert_eq!(search(format!("item={}", items::PROMISED)).await, ids(&[2]), "the one that is about it");
        assert_eq!(search(format!("item={}&q={}", items::PROMISED, encoded("登记"))).await, ids(&[2]));
        assert_eq!(search(format!("item={}&q={}", items::PROMISED, encoded("税"))).await, ids(&[]), "of another one");
        assert_eq!(search(format!("item={}", items::ON_THE_SPOT)).await, ids(&[]));
        for query in ["", "q=%E4%BC%81%E4%B8%9A%20%E7%99%BB%E8%AE%B0&"] {
            let whole = anybody.searches(&format!("{query}limit=4")).await.ok();
            let (mut walked, mut next) = (Vec::new(), format!("{query}limit=1"));
            loop {
                let page = anybody.searches(&next).await.ok();
                walked.extend(page.ids());
                let Some(cursor) = page.at("/page/next_cursor").as_str() else { break };
                next = format!("{query}limit=1&cursor={cursor}");
            }
            assert_eq!(walked, whole.ids(), "{query}");
        }
        for bad in [encoded("，。"), encoded(&"税".repeat(101)), encoded("一 二 三 四 五 六 七 八 九")] {
            anybody.searches(&format!("q={bad}")).await.problem(400, "invalid_parameter");
        }
        let named = anybody.searches("limit=1").await.ok();
        assert_eq!(column(&named, "title"), ["渔船检验"]);
    }

    /// Clause D6-2: new impasses are shown the nearest precedents.
    async fn an_impasse_is_shown_the_nearest_precedents(hall: Hall) {
        let near = hall.published_precedent(precedent_text()).await;
        let mut text = precedent_text();
        for field in ["title", "situation", "solution", "lesson"] {
            text[field] = json!("渔船检验证书过期。");
        }
        let far = hall.published_precedent(text).await;
        let (impasse, person) = hall.registered_impasse().await;
        let path = format!("/v1/impasses/{}/precedents", impasse.id);
        let shown = hall.clerk("fallback").get(&path).await.ok();
        let ids: Vec<_> = shown.body.as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids.first(), Some(&json!(near.id)), "{}", shown.body);
        assert!(!ids.contains(&json!(far.id)), "nothing in common");
        assert_eq!(impasse.at("/nearest_precedents"), shown.body, "whoever registers it sees them at once");
        hall.applicant_in(&impasse).get(&path).await.ok();
        hall.applicant(&uuid::Uuid::now_v7().to_string()).get(&path).await.hidden();
        drop(person);
    }

    /// Clause D6-2: lost answers and two at once.
    async fn a_draft_is_made_once_and_moved_by_what_was_seen(hall: Hall) {
        let (closed, _) = hall.closed_out_impasse().await;
        let manager = hall.manager();
        let path = format!("/v1/impasses/{}/precedent", closed.id);
        let send = async || manager.post(&path).key("once").json(&precedent_text()).await.created();
        let (first, again) = (send().await, send().await);
        assert_eq!((&first.body, again.header("idempotency-replayed")), (&again.body, "true"));
        let precedent = Precedent::of(&first);
        let submission = precedent.path("submission");
        manager.post(&submission).await.problem(428, "precondition_required");
        manager.post(&submission).if_match("\"7\"").await.problem(412, "version_mismatch");
        manager.submits_precedent(&precedent).await.ok();
        let drafts = manager.get(&format!("/v1/precedent-drafts?impasse={}", closed.id)).await.ok();
        assert_eq!(column(&drafts, "state"), ["under_review"]);
        assert_eq!(manager.get("/v1/precedent-drafts?state=published").await.ok().ids(), Vec::<String>::new());
    }

    /// Clause D6-2: one centre's precedents are not another's.
    async fn precedents_stay_in_their_centre(hall: Hall) {
        hall.with_another_centre().await;
        let precedent = hall.published_precedent(precedent_text()).await;
        let there = format!("centre={OTHER_CENTRE}");
        assert_eq!(hall.stranger().searches(&there).await.ok().ids(), Vec::<String>::new());
        hall.stranger().get(&format!("{}?{there}", precedent.public())).await.hidden();
        hall.manager().in_centre(OTHER_CENTRE).get(&precedent.path("")).await.hidden();
    }
}
