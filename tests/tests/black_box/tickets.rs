//! 转热线: what a window passes on to the hotline, and what it hears of it (rule L18, clause B5-1).

use tests::{hotline::HOTLINE, *};

fn taken(number: &str) -> Value {
    json!({ "outcome": "taken", "external_no": number })
}

fn said(outcome: &str, text: &str) -> Value {
    json!({ "outcome": outcome, "text": text })
}

tests::on_both_stores! {
    /// Rule L18, clause B5-1: the hotline is told, with nothing of the visitor; its number and its answer come back to the
    /// window that passed it on, which stays responsible.
    async fn a_window_passes_on_and_hears_back(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let (clerk, person) = (hall.clerk("rule-of-law"), Person::new());
        let ticket = clerk.raises_ticket(&person).await.created();
        let id = ticket.text("/id");
        assert_eq!((&ticket["state"], &ticket["by"]), (&json!("raised"), &json!("clerk-rule-of-law")));
        let told = until("the hotline is told", async || hotline.received_of(&id).pop()).await;
        assert_eq!((told.kind.as_str(), &told.data["subject"]), ("ticket_raised", &json!("路灯长期不亮")));
        assert!(!told.data.to_string().contains(&person.name) && hotline.unsigned() == 0, "{}", told.data);
        let peer = hall.hotline(HOTLINE);
        assert_eq!(peer.get("/v1/hotline/tickets?state=raised").await.ok().ids(), std::slice::from_ref(&id));
        assert_eq!(peer.replies_to_ticket(&id, taken("T-1")).await.ok()["state"], "taken");
        peer.replies_to_ticket(&id, said("answered", "已修复。")).await.ok();
        let seen = clerk.get(ticket.header("location")).await.ok();
        assert_eq!((&seen["state"], &seen["external_no"], &seen["answer"]), (&json!("answered"), &json!("T-1"), &json!("已修复。")));
        assert_eq!(seen["by"], "clerk-rule-of-law");
        assert_eq!(clerk.get("/v1/hotline/tickets").await.ok().ids(), std::slice::from_ref(&id));
    }

    /// Rule L18: said again and said late do no harm; said otherwise is refused and changes nothing.
    async fn the_hotline_may_repeat_itself_and_not_change_its_word(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let id = hall.clerk("rule-of-law").raises_ticket(&Person::new()).await.created().text("/id");
        let peer = hall.hotline(HOTLINE);
        peer.replies_to_ticket(&id, said("refused", "不属热线受理范围。")).await.ok();
        let late = peer.replies_to_ticket(&id, taken("T-2")).await.ok();
        assert_eq!((&late["state"], &late["external_no"]), (&json!("refused"), &json!("T-2")), "the number came late");
        for again in [said("refused", "不属热线受理范围。"), taken("T-2")] {
            assert_eq!(peer.replies_to_ticket(&id, again).await.ok().body, late.body);
        }
        peer.replies_to_ticket(&id, taken("T-3")).await.refused("ticket_numbered");
        peer.replies_to_ticket(&id, said("answered", "已办。")).await.refused("ticket_settled");
        peer.replies_to_ticket(&id, json!({ "outcome": "taken" })).await.names_field("/external_no");
        peer.replies_to_ticket(&id, json!({ "outcome": "answered" })).await.names_field("/text");
        assert_eq!(hall.manager().get(&format!("/v1/hotline/tickets/{id}")).await.ok().body, late.body);
    }

    /// Rule L18: a window sees its own, a hotline what was passed on to it, the fallback window all; nobody else any.
    async fn each_sees_its_own(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let id = hall.clerk("rule-of-law").raises_ticket(&Person::new()).await.created().text("/id");
        let path = format!("/v1/hotline/tickets/{id}");
        hall.clerk("project").get(&path).await.hidden();
        hall.hotline("another-hotline").get(&path).await.hidden();
        hall.hotline("another-hotline").replies_to_ticket(&id, taken("T-1")).await.hidden();
        hall.clerk("fallback").get(&path).await.ok();
        hall.reviewer("justice").get(&path).await.denied(403, "role_not_allowed");
        for (caller, count) in [
            (hall.clerk("project"), 0),
            (hall.hotline("another-hotline"), 0),
            (hall.clerk("fallback"), 1),
            (hall.supervisor(), 1),
        ] {
            assert_eq!(caller.get("/v1/hotline/tickets").await.ok().ids().len(), count);
        }
        let unknown = json!({ "hotline": "nowhere", "subject": "路灯", "text": "不亮。" });
        hall.clerk("project").raises_ticket_of(&Person::new(), unknown).await.refused("hotline_unknown");
    }
}
