//! 事项建议: from a problem to a version of the catalogue, and back.

use tests::*;

/// 承诺件 that is published.
const ITEM: &str = items::PROMISED;

async fn content_of(hall: &Hall, item: &str) -> Value {
    hall.stranger().get(&format!("/v1/items/{item}")).await.ok()["content"].clone()
}

/// Published as the next version of an item, or as its first; the number of the version.
async fn publishes(hall: &Hall, item: &str, content: &Value) -> u64 {
    let manager = hall.manager();
    manager.put(&format!("/v1/items/{item}/draft")).json(&json!({ "content": content })).await.ok();
    manager.post(&format!("/v1/items/{item}/publication")).await.ok()["version"].as_u64().unwrap()
}

on_both_stores! {
    /// Clauses C2-2, D11-1: problem, precedent, proposal, catalogue version, readable from each end.
    async fn what_was_learnt_becomes_a_service_item(hall: Hall) {
        let precedent = hall.published_precedent(precedent_text()).await;
        let (second, _) = hall.filed_impasse().await;
        let from = json!({ "precedent": precedent.id, "impasses": [second.id] });
        let proposed = hall.reform().proposes_item(from).await.created();
        let first = precedent.text("/impasse");
        let impasses = proposed["impasses"].as_array().unwrap().clone();
        assert!(impasses.contains(&json!(first)) && impasses.contains(&json!(second.id)), "with the precedent's own");
        let proposal = Proposal::of(&proposed);
        let manager = hall.manager();
        manager.adopts(&proposal, "camping-filing", 1).await.refused("no_such_version");
        manager.adopts(&proposal, ITEM, 1).await.refused("not_a_new_version");
        let content = content_of(&hall, ITEM).await;
        manager.put("/v1/items/camping-filing/draft").json(&json!({ "content": content })).await.ok();
        manager.adopts(&proposal, "camping-filing", 1).await.refused("not_published");
        manager.post("/v1/items/camping-filing/publication").await.ok();
        hall.reform().adopts(&proposal, "camping-filing", 1).await.denied(403, "role_not_allowed");
        let adopted = manager.adopts(&proposal, "camping-filing", 1).await.ok();
        assert_eq!(adopted["catalogue"], json!({ "item": "camping-filing", "version": 1 }));
        hall.audit_admin().get("/v1/item-proposals?item_version=0").await.problem(400, "invalid_parameter");
        for end in [
            format!("impasse={first}"),
            format!("impasse={}", second.id),
            format!("precedent={}", precedent.id),
            "item=camping-filing&item_version=1".to_owned(),
            "state=adopted".to_owned(),
        ] {
            let found = hall.audit_admin().get(&format!("/v1/item-proposals?{end}")).await.ok();
            assert_eq!(found.ids(), [proposal.id.as_str()], "{end}");
        }
        let public = hall.stranger().get(&precedent.public()).await.ok();
        assert_eq!(public["catalogue"], json!([{ "item": "camping-filing", "version": 1 }]));
        let draft = manager.get(&precedent.path("")).await.ok();
        assert_eq!(draft["proposals"], json!([proposal.id]));
        manager.adopts(&proposal, "camping-filing", 1).await.refused("proposal_settled");
        let record = manager.get(&proposal.path("timeline")).await.ok();
        let kinds: Vec<_> = record.body.as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
        assert_eq!(kinds, ["item_proposed", "proposal_adopted"]);
    }

    /// Clause D11-1: a change is adopted by a later version of the same item.
    async fn a_change_comes_after_its_proposal(hall: Hall) {
        let (impasse, _) = hall.filed_impasse().await;
        let manager = hall.manager();
        let proposed = manager.proposes_item(json!({ "impasses": [impasse.id], "change_of": ITEM })).await.created();
        let proposal = Proposal::of(&proposed);
        manager.adopts(&proposal, ITEM, 1).await.refused("not_a_new_version");
        manager.adopts(&proposal, packages::SEAL, 1).await.refused("another_item");
        let version = publishes(&hall, ITEM, &content_of(&hall, ITEM).await).await;
        let adopted = manager.adopts(&proposal, ITEM, version).await.ok();
        assert_eq!(adopted.at("/catalogue/version"), version);
    }

    /// Clause D11-1
    async fn a_proposal_is_declined_with_reasons(hall: Hall) {
        let (impasse, _) = hall.filed_impasse().await;
        let manager = hall.manager();
        let from = json!({ "impasses": [impasse.id] });
        let send = async || manager.post("/v1/item-proposals").key("p-1").json(&json!({
            "impasses": [impasse.id], "reasons": "理由。",
            "sketch": { "name": "备案", "department": "commerce", "kind": "promised_time", "text": "内容。" },
        })).await.created();
        let (first, again) = (send().await, send().await);
        assert_eq!((&first.body, again.header("idempotency-replayed")), (&again.body, "true"));
        let proposal = Proposal::of(&first);
        manager.post(&proposal.path("refusal")).json(&json!({ "reasons": "无。" })).await
            .problem(428, "precondition_required");
        let declined = manager.declines_proposal(&proposal).await.ok();
        assert_eq!(declined["declined_for"], "已有事项可以办理。");
        manager.adopts(&proposal, ITEM, 1).await.refused("proposal_settled");
        hall.clerk("fallback").proposes_item(from).await.denied(403, "role_not_allowed");
    }

    /// Clauses C2-2, D11-1: it comes from somewhere, and what it names exists.
    async fn a_proposal_names_what_exists(hall: Hall) {
        let manager = hall.manager();
        let nowhere = uuid::Uuid::now_v7().to_string();
        manager.proposes_item(json!({})).await.refused("proposal_without_source");
        manager.proposes_item(json!({ "impasses": [nowhere] })).await.names_field("/impasses");
        manager.proposes_item(json!({ "precedent": nowhere })).await.names_field("/precedent");
        let (impasse, _) = hall.filed_impasse().await;
        let with = |field: &str, value: Value| {
            let mut fields = json!({ "impasses": [impasse.id] });
            fields[field] = value;
            fields
        };
        manager.proposes_item(with("change_of", json!("no-such-item"))).await.names_field("/change_of");
        let telling = manager.proposes_item(with("reasons", json!("请联系13800000000。"))).await;
        telling.refused("personal_data_in_text");
        let sketch = json!({ "name": "名", "department": "nobody", "kind": "on_the_spot", "text": "文" });
        manager.proposes_item(with("sketch", sketch)).await.names_field("/sketch/department");
    }
}
