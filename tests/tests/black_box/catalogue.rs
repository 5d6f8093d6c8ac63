//! 大厅与事项目录.

use tests::*;

use crate::triage::{at_once, only_one_went_through};

/// A draft of a new item: the content of a published one.
async fn content_of(hall: &Hall, item: &str) -> Value {
    hall.stranger().get(&format!("/v1/items/{item}")).await.ok()["content"].clone()
}

/// A draft with this content that says something of its own.
fn draft_saying(content: &Value, said: &str) -> Value {
    let mut content = content.clone();
    content["guide"]["fee_note"] = json!(said);
    json!({ "content": content })
}

tests::on_both_stores! {
    /// Clauses A2-1, A2-2: eight sectors with their windows; the notice names no lead for 科创, so neither do we.
    async fn the_hall_has_eight_sectors_and_seven_leads(hall: Hall) {
        let answer = hall.stranger().get("/v1/hall").await.ok();
        let sectors = answer["sectors"].as_array().unwrap();
        assert_eq!(sectors.len(), 8);
        let unled: Vec<&Value> = sectors.iter().filter(|sector| sector.get("lead").is_none()).collect();
        assert_eq!(unled.len(), 1);
        assert_eq!(unled[0]["code"], "innovation");
        for sector in sectors {
            let windows = answer["windows"].as_array().unwrap();
            assert!(windows.iter().any(|window| window["sector"] == sector["code"]), "{sector} has no window");
        }
    }

    /// Clauses B3-1, C9-1: the public catalogue, page by page, by sector too.
    async fn the_catalogue_is_public(hall: Hall) {
        let mut seen = Vec::new();
        let mut path = "/v1/items?limit=10".to_owned();
        loop {
            let page = hall.stranger().get(&path).await.ok();
            seen.extend(page.data().iter().map(|item| item["item"].as_str().unwrap().to_owned()));
            match page.at("/page/next_cursor").as_str() {
                Some(cursor) => path = format!("/v1/items?limit=10&cursor={cursor}"),
                None => break,
            }
        }
        assert!(seen.len() >= 24 && seen.is_sorted_by(|a, b| a < b), "{seen:?}");
        let project = hall.stranger().get("/v1/items?sector=project").await.ok();
        assert_eq!(project.data().len(), 4);
        let guide = hall.stranger().get("/v1/items/law-legal-aid").await.ok();
        assert!(!guide.at("/content/guide/steps").as_array().unwrap().is_empty());
        hall.stranger().get("/v1/items/nothing").await.problem(404, "not_found");
        hall.stranger().get("/v1/items?sector=project&limit=0").await.problem(400, "invalid_parameter");
    }

    /// Clause B3-1: draft → published → withdrawn; a case keeps the version it began with.
    async fn a_case_keeps_the_version_it_began_with(hall: Hall) {
        let path = |rest: &str| format!("/v1/items/{}{rest}", items::PROMISED);
        let before = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;

        let manager = hall.manager();
        let mut content = content_of(&hall, items::PROMISED).await;
        content["materials"].as_array_mut().unwrap().push(json!({
            "code": "new-material", "name": "新增材料", "required": true, "form": "original", "electronic_accepted": true,
            "tolerable": false, "copies": 1,
        }));
        content["promised"] = json!(1);
        let draft = manager.put(&path("/draft")).json(&json!({ "content": content })).await.ok();
        assert_eq!((&draft["version"], &draft["state"]), (&json!(2), &json!("draft")));
        assert_eq!(hall.stranger().get(&path("")).await.ok()["version"], 1, "a draft is not public");
        let still = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        assert_eq!(still.at("/item/version"), 1);

        manager.post(&path("/publication")).await.ok();
        assert_eq!(hall.stranger().get(&path("")).await.ok()["version"], 2);
        let after = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        assert_eq!((after.at("/item/version"), after.materials().len()), (json!(2), before.materials().len() + 1));
        let clerk = hall.clerk("rule-of-law");
        clerk.finds_in_order(&before, "new-material").await.refused("material_not_listed");
        hall.accept(&before).await;
        let deadline = clerk.reads_deadline(&before).await.ok();
        assert!(deadline.body.to_string().contains("\"working_days\":3"), "the promise of the first version");

        manager.post(&path("/withdrawal")).await.ok();
        hall.issue(&after).await;
        let versions = manager.get(&path("/versions")).await.ok();
        let states: Vec<&Value> = versions.body.as_array().unwrap().iter().map(|version| &version["state"]).collect();
        assert_eq!(states.len(), 2);
        assert_eq!(states[0], "withdrawn");
    }

    /// Clauses B3-1, C9-1: the catalogue names an item once, with the version that takes applications today, and where that
    /// version stands.
    async fn the_catalogue_names_an_item_once(hall: Hall) {
        let (item, manager) = (items::PROMISED, hall.manager());
        let path = |rest: &str| format!("/v1/items/{item}{rest}");
        let mut moved = content_of(&hall, item).await;
        (moved["sector"], moved["window"]) = (json!("project"), json!("project"));
        let coming = json!({ "content": moved, "valid_from": today() + chrono::Days::new(30) });
        for draft in [json!({ "content": moved }), coming] {
            manager.put(&path("/draft")).json(&draft).await.ok();
            manager.post(&path("/publication")).await.ok();
        }
        let listed = async |query: &str| {
            let page = hall.stranger().get(&format!("/v1/items?limit=200{query}")).await.ok();
            let of_it = page.data().iter().filter(|it| it["item"] == item).map(|it| it["version"].clone());
            of_it.collect::<Vec<Value>>()
        };
        assert_eq!(hall.stranger().get(&path("")).await.ok()["version"], 2);
        assert_eq!(listed("").await, [json!(2)]);
        assert_eq!(listed("&sector=project").await, [json!(2)]);
        assert!(listed("&sector=rule_of_law").await.is_empty(), "an earlier version stays behind");
    }

    /// Clause B3-1: what is withdrawn takes no new applications.
    async fn a_withdrawn_item_is_not_on_offer(hall: Hall) {
        hall.manager().post(&format!("/v1/items/{}/withdrawal", items::PROMISED)).await.ok();
        hall.stranger().get(&format!("/v1/items/{}", items::PROMISED)).await.problem(404, "not_found");
        let application = Application::for_item(items::PROMISED).by(&Person::new());
        hall.clerk("rule-of-law").receives(application).await.refused("item_not_on_offer");
    }

    /// Clause B3-1: an item is withdrawn with every version of it that is published, each on record; no earlier one comes
    /// back, and a case keeps the version it began with.
    async fn a_withdrawn_item_has_no_version_on_offer(hall: Hall) {
        let path = |rest: &str| format!("/v1/items/{}{rest}", items::PROMISED);
        let before = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let manager = hall.manager();
        let content = content_of(&hall, items::PROMISED).await;
        let coming = json!({ "content": content, "valid_from": today() + chrono::Days::new(30) });
        for draft in [json!({ "content": content }), coming] {
            manager.put(&path("/draft")).json(&draft).await.ok();
            manager.post(&path("/publication")).await.ok();
        }
        let withdrawn = manager.post(&path("/withdrawal")).await.ok();
        assert_eq!((&withdrawn["version"], &withdrawn["state"]), (&json!(3), &json!("withdrawn")));
        let versions = manager.get(&path("/versions")).await.ok();
        let states: Vec<&Value> = versions.body.as_array().unwrap().iter().map(|version| &version["state"]).collect();
        assert_eq!(states, ["withdrawn"; 3]);
        hall.stranger().get(&path("")).await.problem(404, "not_found");
        let application = Application::for_item(items::PROMISED).by(&Person::new());
        hall.clerk("rule-of-law").receives(application).await.refused("item_not_on_offer");
        manager.post(&path("/withdrawal")).await.refused("no_such_version");
        let noted = "SELECT id AS line FROM events WHERE stream = 'catalog' AND kind = 'item_withdrawn'";
        assert_eq!(texts(&mut hall.outside(), noted).len(), 3);
        hall.issue(&before).await;
    }

    /// Clause B3-1, rule L12: a draft that contradicts itself or the law is refused, all faults at once.
    async fn a_draft_that_contradicts_itself_is_refused(hall: Hall) {
        let mut content = content_of(&hall, items::PROMISED).await;
        content["promised"] = json!(9);
        content["window"] = json!("no-such-window");
        let path = format!("/v1/items/{}/draft", items::PROMISED);
        let answer = hall.manager().put(&path).json(&json!({ "content": content })).await;
        answer.names_field("/content/promised").names_field("/content/window");
        hall.manager().delete(&path).await.refused("no_such_version");
        let publication = format!("/v1/items/{}/publication", items::PROMISED);
        hall.manager().post(&publication).await.refused("no_such_version");
    }

    /// Rule L3: what departments handle together has forty-five working days by law at most.
    async fn what_is_handled_together_has_forty_five_days(hall: Hall) {
        let item = "project-joint-construction-review";
        let mut content = content_of(&hall, item).await;
        let path = format!("/v1/items/{item}/draft");
        content["statutory"] = json!(46);
        hall.manager().put(&path).json(&json!({ "content": content })).await.names_field("/content/statutory");
        content["statutory"] = json!(45);
        content["joint"]["inspection"] = json!("hearing");
        hall.manager().put(&path).json(&json!({ "content": content })).await.names_field("/content/joint/inspection");
        content["joint"]["inspection"] = json!("expert_review");
        hall.manager().put(&path).json(&json!({ "content": content })).await.ok();
        hall.manager().post(&format!("/v1/items/{item}/publication")).await.ok();
        assert_eq!(content_of(&hall, item).await["joint"]["inspection"], "expert_review");
    }

    /// Clause B3-1: a new item, from draft to its first case; a draft can be thrown away.
    async fn a_new_item_is_drafted_and_published(hall: Hall) {
        let content = content_of(&hall, items::PROMISED).await;
        let manager = hall.manager();
        let body = json!({ "content": content });
        manager.put("/v1/items/brand-new/draft").json(&body).await.ok();
        manager.delete("/v1/items/brand-new/draft").await.ok();
        manager.get("/v1/items/brand-new/versions").await.problem(404, "not_found");
        manager.put("/v1/items/brand-new/draft").json(&body).await.ok();
        let application = Application::for_item("brand-new").by(&Person::new());
        hall.clerk("rule-of-law").receives(application.clone()).await.refused("item_not_on_offer");
        manager.post("/v1/items/brand-new/publication").await.ok();
        hall.clerk("rule-of-law").receives(application).await.created();
        hall.clerk("rule-of-law").put("/v1/items/brand-new/draft").json(&body).await.denied(403, "role_not_allowed");
    }

    /// Clause B3-1: who edits a draft, throws it away, publishes or withdraws may say what they have seen of the item. What
    /// somebody else has changed meanwhile stays, nothing is put on record, and they are told what there is now.
    async fn what_somebody_else_changed_meanwhile_stays(hall: Hall) {
        let path = |rest: &str| format!("/v1/items/{}{rest}", items::PROMISED);
        let (manager, content) = (hall.manager(), content_of(&hall, items::PROMISED).await);
        let reads = async || manager.get(&path("/versions")).await.ok();
        let noted = || texts(&mut hall.outside(), "SELECT id AS line FROM events WHERE stream = 'catalog' ORDER BY version");
        let edits = |said: &str| manager.put(&path("/draft")).json(&draft_saying(&content, said));
        let first = reads().await;
        let begun = edits("不收费。").if_match(first.header("etag")).await.ok();
        let edited = edits("免费。").if_match(begun.header("etag")).await.ok();
        let (before, on_record) = (reads().await, noted());
        assert_eq!(before.header("etag"), edited.header("etag"));
        let changes = [
            edits("按件收费。"), manager.delete(&path("/draft")), manager.post(&path("/publication")),
            manager.post(&path("/withdrawal")),
        ];
        for change in &changes {
            for stale in [first.header("etag"), begun.header("etag"), "\"0\"", "\"2\""] {
                let answer = change.clone().if_match(stale).await.problem(412, "version_mismatch");
                assert_eq!(answer.header("etag"), edited.header("etag"));
            }
            change.clone().if_match("2").await.problem(400, "malformed_precondition");
        }
        let after = reads().await;
        assert_eq!((&after.body, after.header("etag")), (&before.body, before.header("etag")));
        assert_eq!(noted(), on_record);

        let published = manager.post(&path("/publication")).if_match(edited.header("etag")).await.ok();
        assert_eq!(content_of(&hall, items::PROMISED).await["guide"]["fee_note"], "免费。");
        manager.post(&path("/withdrawal")).if_match(edited.header("etag")).await.problem(412, "version_mismatch");
        let withdrawn = manager.post(&path("/withdrawal")).if_match(published.header("etag")).await.ok();
        assert_eq!((withdrawn.text("/state"), reads().await.header("etag")), ("withdrawn".to_owned(), withdrawn.header("etag")));
        edits("按件收费。").if_match(published.header("etag")).await.problem(412, "version_mismatch");
        edits("按件收费。").await.ok();
        edits("不收费。").if_match("*").await.ok();
        let discarded = manager.delete(&path("/draft")).if_match(reads().await.header("etag")).await.ok();
        assert_eq!(discarded.header("etag"), withdrawn.header("etag"), "as it was before");
    }

    /// Clause B3-1: of several who saw the same of an item and change it at the same moment one goes through, whether they edit,
    /// publish or withdraw; and so it is with a first draft, where they saw that there is none.
    async fn of_those_who_saw_the_same_of_an_item_one_goes_through(hall: Hall) {
        let path = |rest: &str| format!("/v1/items/{}{rest}", items::PROMISED);
        let (manager, content) = (hall.manager(), content_of(&hall, items::PROMISED).await);
        let seen = async || manager.get(&path("/versions")).await.ok().header("etag").to_owned();
        let edits = |said: String| manager.put(&path("/draft")).json(&draft_saying(&content, &said));
        for round in 0..5 {
            let tag = seen().await;
            let answers = at_once((0..4).map(|nth| edits(format!("第{round}轮第{nth}人")).if_match(&tag))).await;
            only_one_went_through(&answers, &["version_mismatch"]);
            let won = answers.iter().find(|answer| answer.status == 200).unwrap();
            let newest = manager.get(&path("/versions")).await.ok();
            assert_eq!((&newest.body[0], newest.header("etag")), (&won.body, won.header("etag")));
        }
        let tag = seen().await;
        let changes = [
            edits("最后一轮".to_owned()), manager.post(&path("/publication")), manager.post(&path("/withdrawal")),
        ];
        only_one_went_through(&at_once(changes.map(|change| change.if_match(&tag))).await, &["version_mismatch"]);

        let draft = |nth: u8| {
            let body = draft_saying(&content, &format!("第{nth}人"));
            manager.put("/v1/items/brand-new/draft").if_match("\"0\"").json(&body)
        };
        only_one_went_through(&at_once((0..6).map(draft)).await, &["version_mismatch"]);
        let drafted = manager.get("/v1/items/brand-new/versions").await.ok();
        assert_eq!(drafted.body.as_array().unwrap().len(), 1);
    }
}
