//! 否定答复: a window's "no" on file, and the way from it into the loop.

use tests::*;

/// Said at the window `rule-of-law`.
async fn said_no(hall: &Hall, person: &Person) -> Answer {
    hall.clerk("rule-of-law").says_no_to(person).await.created()
}

tests::on_both_stores! {
    /// Clause D7-1: numbered, with a reason, a basis and somebody who said it.
    async fn a_window_says_no_in_writing(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let reply = said_no(&hall, &person).await;
        assert!(reply.text("/number").contains("否〔"), "{}", reply.body);
        assert_eq!((reply["window"].as_str(), reply["by"].as_str()), (Some("rule-of-law"), Some("clerk-rule-of-law")));
        assert_eq!((reply["asked"].as_str(), reply["impasse"].as_str()), (Some("露营基地备案"), None));
        assert!(!String::from_utf8_lossy(&reply.bytes).contains(&person.name), "the name is masked");
        let remedies: Vec<_> = reply["remedies"].as_array().unwrap().iter().map(|remedy| &remedy["way"]).collect();
        assert_eq!(remedies, ["administrative_review", "litigation"]);
        assert!(reply.text("/remedies/0/notice").contains("60日内"), "each with its time: {}", reply.body);
        let clerk = hall.clerk("rule-of-law");
        assert_eq!(clerk.get(reply.header("location")).await.ok().body, reply.body);

        let named = clerk.gives_negative_reply(&person, json!({ "item": items::PROMISED })).await.created();
        assert_eq!(named["item"], items::PROMISED);
        assert!(!named.text("/asked").is_ascii(), "called as the guide calls it");
        let both = json!({ "item": items::PROMISED, "asked": "法律援助" });
        clerk.gives_negative_reply(&person, both).await.names_field("/item");
        clerk.gives_negative_reply(&person, json!({})).await.names_field("/item");
        clerk.gives_negative_reply(&person, json!({ "item": "no-such-item" })).await.names_field("/item");
        let (asked, nothing, long) = (json!("备案"), json!(""), json!("长".repeat(1001)));
        for field in ["reason", "legal_basis"] {
            for wrong in [&nothing, &long] {
                let pointer = format!("/{field}");
                clerk.gives_negative_reply(&person, json!({ "asked": asked, field: wrong })).await.names_field(&pointer);
            }
        }
        let elsewhere = json!({ "asked": "备案", "window": "finance" });
        clerk.gives_negative_reply(&person, elsewhere).await.denied(403, "not_posted_here");
        hall.manager().says_no_to(&person).await.denied(403, "role_not_allowed");
    }

    /// Clause D1-2: it can name the case that came to nothing, which must be the applicant's own.
    async fn it_names_the_failed_case_of_the_same_applicant(hall: Hall) {
        hall.a_new_morning().await;
        let (person, other) = (Person::new(), Person::new());
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let of_case = json!({ "item": items::PROMISED, "case": case.id });
        clerk.gives_negative_reply(&other, of_case.clone()).await.refused("not_the_applicants_case");
        let reply = clerk.gives_negative_reply(&person, of_case).await.created().text("/id");
        let impasse = hall.applicant_of(&case).turns(&reply).await.impasse();
        assert_eq!(impasse.text("/failed_case"), case.id);
        let found = hall.manager().get(&format!("/v1/impasses?failed_case={}", case.id)).await.ok();
        assert_eq!(found.ids(), std::slice::from_ref(&impasse.id));
    }

    /// Clauses B5-1, D1-2, D7-1: the applicant takes it into the loop, with what the reply does not say, once; whoever said
    /// no was asked first.
    async fn the_applicant_turns_it_into_an_impasse_once(hall: Hall) {
        hall.a_new_morning().await;
        let reply = said_no(&hall, &Person::new()).await;
        let (id, applicant) = (reply.text("/id"), hall.applicant(&reply.text("/applicant/id")));
        hall.applicant("01900000-0000-7000-8000-000000000009").turns(&id).await.hidden();
        let path = format!("/v1/negative-replies/{id}/impasse");
        applicant.post(&path).json(&json!({ "facts": "。" })).await.problem(428, "precondition_required");
        let impasse = applicant.turns(&id).await.impasse();
        assert_eq!(impasse.text("/negative_reply"), id);
        assert_eq!(impasse.text("/first_asked"), reply.text("/by"));
        assert_eq!((impasse.text("/channel"), impasse.text("/subject")), ("online".to_owned(), "露营基地备案".to_owned()));
        let again = applicant.get(&format!("/v1/negative-replies/{id}")).await.ok();
        assert_eq!((again["impasse"].as_str(), again["version"].as_u64()), (Some(impasse.id.as_str()), Some(2)));
        applicant.turns(&id).await.refused("already_an_impasse");
        assert_eq!(hall.manager().get("/v1/impasses").await.ok().ids().len(), 1);
    }

    /// Clauses D1-2, D7-1: online, as sure of who it is as the system that vouched for them.
    async fn turned_online_it_is_as_sure_as_the_voucher(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let reply = said_no(&hall, &person).await.text("/id");
        let (_, applicant) = hall.adapter("front-end").vouches_for(&person, "visit-1").await;
        let impasse = applicant.turns(&reply).await.impasse();
        assert_eq!(impasse.text("/identity_assurance"), "real_person");
        let at_the_window = said_no(&hall, &person).await.text("/id");
        let impasse = hall.clerk("fallback").turns_for(&at_the_window, &person).await.impasse();
        assert_eq!(impasse.text("/identity_assurance"), "in_person");
    }

    /// Clause D7-1: a window turns it for the applicant, and for nobody else; the fallback window can.
    async fn a_window_turns_it_for_the_same_applicant(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let (first, second) = (said_no(&hall, &person).await.text("/id"), said_no(&hall, &person).await.text("/id"));
        let fallback = hall.clerk("fallback");
        fallback.turns_for(&first, &Person::new()).await.refused("not_the_applicant");
        fallback.turns(&first).await.names_field("/applicant");
        hall.clerk("finance").turns_for(&first, &person).await.hidden();
        hall.manager().turns_for(&first, &person).await.denied(403, "role_not_allowed");
        let impasse = fallback.turns_for(&first, &person).await.impasse();
        assert_eq!(impasse.text("/channel"), "fallback_window");
        assert_eq!(impasse.text("/responsible/code"), "clerk-fallback");
        let impasse = hall.clerk("rule-of-law").turns_for(&second, &person).await.impasse();
        assert_eq!((impasse.text("/channel"), impasse.text("/window")), ("window".to_owned(), "rule-of-law".to_owned()));
    }

    /// Clause D7-1: each sees their own, page by page, and finds one by its number.
    async fn everybody_sees_their_own(hall: Hall) {
        hall.a_new_morning().await;
        let (one, two) = (Person::new(), Person::new());
        let mine = said_no(&hall, &one).await;
        let newer = said_no(&hall, &two).await;
        let elsewhere = hall.clerk("finance").says_no_to(&two).await.created();
        let list = async |caller: Caller, query: &str| {
            caller.get(&format!("/v1/negative-replies{query}")).await.ok().ids()
        };
        let all = [&elsewhere, &newer, &mine].map(|reply| reply.text("/id"));
        assert_eq!(list(hall.manager(), "").await, all);
        assert_eq!(list(hall.audit_admin(), "").await, all);
        assert_eq!(list(hall.clerk("fallback"), "").await, all);
        assert_eq!(list(hall.clerk("rule-of-law"), "").await, all[1..]);
        assert_eq!(list(hall.clerk("finance"), "").await, all[..1]);
        assert_eq!(list(hall.applicant(&mine.text("/applicant/id")), "").await, all[2..]);
        let number = format!("?number={}", mine.text("/number"));
        assert_eq!(list(hall.clerk("fallback"), &number).await, all[2..]);
        assert!(list(hall.clerk("finance"), &number).await.is_empty());
        hall.clerk("rule-of-law").turns_for(&all[2], &one).await.created();
        assert_eq!(list(hall.manager(), "?turned=true").await, all[2..]);
        assert_eq!(list(hall.manager(), "?turned=false").await, all[..2]);
        hall.manager().get("/v1/negative-replies?number=").await.problem(400, "invalid_parameter");
        let page = hall.manager().get("/v1/negative-replies?limit=2").await.ok();
        assert_eq!(page.ids(), all[..2]);
        let next = format!("?limit=2&cursor={}", page.text("/page/next_cursor"));
        assert_eq!(list(hall.manager(), &next).await, all[2..]);
        hall.clerk("finance").get(&format!("/v1/negative-replies/{}", all[2])).await.hidden();
    }

    /// Clause D7-1: the database itself turns a reply once, and keeps it.
    async fn the_database_turns_it_once(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let (reply, other) = (said_no(&hall, &person).await, said_no(&hall, &person).await.text("/id"));
        let applicant = hall.applicant(&reply.text("/applicant/id"));
        let impasse = applicant.turns(&reply.text("/id")).await.impasse();
        let mut database = hall.outside();
        let mut run = |sql: String| {
            use diesel::{RunQueryDsl as _, sql_query};
            sql_query(sql).execute(&mut database)
        };
        let id = reply.text("/id");
        assert!(run(format!("UPDATE negative_replies SET impasse = NULL WHERE id = '{id}'")).is_err());
        assert!(run(format!("UPDATE negative_replies SET impasse = '{}' WHERE id = '{other}'", impasse.id)).is_err());
        assert!(run(format!("DELETE FROM negative_replies WHERE id = '{other}'")).is_err());
        assert_eq!(applicant.get(&format!("/v1/negative-replies/{other}")).await.ok()["impasse"], Value::Null);
    }
}
