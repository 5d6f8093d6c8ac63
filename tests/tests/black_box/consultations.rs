//! 咨询: where whoever asks is sent, who answers for it meanwhile, and the one step from there into the loop.

use chrono::Days;
use kernel::Role;
use tests::*;

use crate::leaving::{ends, yesterday};

/// Asked at the window `rule-of-law`, of its clerk, by nobody in particular.
async fn asked(hall: &Hall, direction: Value) -> String {
    hall.clerk("rule-of-law").is_asked(direction, json!({})).await.created().text("/id")
}

/// The chain of responsibility as (who, how), after seeing that it has neither gap nor overlap.
fn chain(consultation: &Answer) -> Vec<(String, String)> {
    let tenures = consultation["tenures"].as_array().unwrap();
    assert!(tenures.windows(2).all(|pair| pair[0]["until"] == pair[1]["from"]), "{}", consultation.body);
    assert_eq!(tenures[0]["from"], consultation["at"]);
    assert_eq!(tenures.last().unwrap()["until"], consultation["ended_at"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tenures.iter().map(|tenure| (text(&tenure["who"]["code"]), text(&tenure["how"]))).collect()
}

fn links(chain: &[(&str, &str)]) -> Vec<(String, String)> {
    chain.iter().map(|(who, how)| ((*who).to_owned(), (*how).to_owned())).collect()
}

/// What somebody is told in the feed of a consultation.
async fn told(caller: &Caller, id: &str) -> Vec<String> {
    let events = caller.get("/v1/events?after=0&limit=200").await.ok();
    let of = events.data().iter().filter(|event| event["subject"] == id);
    of.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

tests::on_both_stores! {
    /// Clauses A1-2, B5-1: whoever asks need not say who they are, and an answer ends it; who was asked stays on record.
    async fn a_question_is_answered_on_the_spot(hall: Hall) {
        hall.a_new_morning().await;
        let clerk = hall.clerk("rule-of-law");
        let answer = json!({ "to": "answered", "answer": "向文旅部门备案，请到二楼。" });
        let it = clerk.is_asked(answer.clone(), json!({ "item": items::PROMISED })).await.created();
        assert_eq!((it.text("/state"), it.text("/state_label")), ("answered".to_owned(), "当场答复".to_owned()));
        assert_eq!((it.text("/first_asked"), it.text("/window")), (clerk.code().to_owned(), "rule-of-law".to_owned()));
        assert_eq!((it.at("/directions/0/direction"), it.text("/item")), (&answer, items::PROMISED.to_owned()));
        assert_eq!((&it["applicant"], &it["responsible"]), (&Value::Null, &Value::Null));
        assert_eq!(chain(&it), links(&[(clerk.code(), "first_contact")]));
        assert_eq!(clerk.get(it.header("location")).await.ok().body, it.body);
        clerk.concludes_consultation(&it.text("/id")).await.refused("consultation_ended");

        let person = Person::new();
        let named = clerk.is_asked_by(&person, to_window("finance")).await.created();
        assert_eq!((named.text("/state"), named.text("/offered_to")), ("open".to_owned(), "finance".to_owned()));
        assert!(!String::from_utf8_lossy(&named.bytes).contains(&person.name), "the name is masked");
        clerk.is_asked(to_window("nowhere"), json!({})).await.names_field("/direction/window");
        clerk.is_asked(json!({ "to": "online", "item": "no-such-item" }), json!({})).await.names_field("/direction/item");
        clerk.is_asked(json!({ "to": "online" }), json!({ "item": "no-such-item" })).await.names_field("/item");
        let unsaid = json!({ "to": "fallback", "reason": "other" });
        clerk.is_asked(unsaid, json!({})).await.names_field("/direction/words");
        clerk.is_asked(to_window("rule-of-law"), json!({})).await.refused("directed_to_own_window");
        clerk.is_asked(to_window("fallback"), json!({})).await.refused("fallback_without_reason");
        clerk.is_asked(answer.clone(), json!({ "window": "finance" })).await.denied(403, "not_posted_here");
        hall.manager().is_asked(answer.clone(), json!({})).await.denied(403, "role_not_allowed");
        hall.reviewer("justice").is_asked(answer, json!({})).await.denied(403, "role_not_allowed");
    }

    /// Clauses A1-2, B5-1: sent to a window it rests with whoever was asked until a clerk of that window accepts it, and then with
    /// them, who conclude it with the case that it led to.
    async fn responsibility_passes_when_the_window_accepts(hall: Hall) {
        hall.a_new_morning().await;
        let (first, second, person) = (hall.clerk("rule-of-law"), hall.clerk("finance"), Person::new());
        let id = first.is_asked_by(&person, to_window("finance")).await.created().text("/id");
        let before = second.reads_consultation(&id).await.ok();
        assert_eq!(before.text("/responsible/code"), first.code());
        first.accepts_consultation(&id).await.refused("not_offered_to_you");
        second.concludes_consultation(&id).await.refused("not_the_responsible_person");
        let accept = || second.post(&format!("/v1/consultations/{id}/acceptance"));
        accept().await.problem(428, "precondition_required");
        let accepted = accept().if_match("\"1\"").key("once").await.ok();
        assert_eq!((accepted.text("/held_at"), accepted.text("/responsible/code")), ("finance".to_owned(), second.code().to_owned()));
        assert_eq!((accepted.at("/directions/0/reply/accepted"), &accepted["offered_to"]), (&json!(true), &Value::Null));
        assert_eq!(accept().if_match("\"1\"").key("once").await.ok().body, accepted.body, "the same once more");
        accept().if_match("\"1\"").await.problem(412, "version_mismatch");
        first.directs_consultation(&id, to_fallback()).await.refused("not_the_responsible_person");

        let theirs = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let others = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        second.concludes_consultation_with(&id, &others.id).await.names_field("/case");
        let ended = second.concludes_consultation_with(&id, &theirs.id).await.ok();
        assert_eq!((ended.text("/state"), ended.text("/case")), ("concluded".to_owned(), theirs.id.clone()));
        assert_eq!(chain(&ended), links(&[(first.code(), "first_contact"), (second.code(), "accepted")]));
        assert_eq!(ended.text("/first_asked"), first.code(), "whoever was asked first stays on record");
        second.concludes_consultation(&id).await.refused("consultation_ended");
        let unseen = asked(&hall, json!({ "to": "online" })).await;
        first.concludes_consultation_with(&unseen, &uuid::Uuid::now_v7().to_string()).await.names_field("/case");
        first.concludes_consultation_with(&unseen, &theirs.id).await.names_field("/case");
        let later = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        first.concludes_consultation_with(&unseen, &later.id).await.ok();
    }

    /// Clauses A1-2, B5-1: what a window declines is again for whoever answered for it all along, who sends it elsewhere; the
    /// windows hear of it in the feed, and that it is gone.
    async fn what_is_declined_is_directed_anew(hall: Hall) {
        hall.a_new_morning().await;
        let (first, finance, policy) = (hall.clerk("rule-of-law"), hall.clerk("finance"), hall.clerk("policy"));
        let id = asked(&hall, to_window("finance")).await;
        policy.reads_consultation(&id).await.hidden();
        policy.accepts_consultation(&id).await.hidden();
        until("the window is told", async || (!told(&finance, &id).await.is_empty()).then_some(())).await;
        let declined = finance.declines_consultation(&id).await.ok();
        assert_eq!((declined.text("/responsible/code"), &declined["offered_to"]), (first.code().to_owned(), &Value::Null));
        assert_eq!(declined.at("/directions/0/reply/accepted"), &json!(false));
        finance.reads_consultation(&id).await.hidden();
        until("the window is told that it is gone", async || {
            (told(&finance, &id).await == ["cn.gov.yichuang.consultation.gone.v1"]).then_some(())
        })
        .await;
        first.directs_consultation(&id, to_window("rule-of-law")).await.refused("directed_to_own_window");
        let late = json!({ "to": "answered", "answer": "请到二楼。" });
        first.directs_consultation(&id, late).await.refused("answered_only_at_once");
        first.directs_consultation(&id, to_window("policy")).await.ok();
        first.directs_consultation(&id, json!({ "to": "assistance", "note": "代为填表。" })).await.ok();
        policy.reads_consultation(&id).await.hidden();
        let ended = first.concludes_consultation(&id).await.ok();
        assert_eq!(chain(&ended), links(&[(first.code(), "first_contact")]));
        assert_eq!(ended["directions"].as_array().unwrap().len(), 3);
        let kinds = ["recorded", "declined", "directed", "directed", "concluded"];
        let kinds = kinds.map(|kind| format!("cn.gov.yichuang.consultation.{kind}.v1"));
        until("the centre is told", async || (told(&hall.manager(), &id).await == kinds).then_some(())).await;
        assert_eq!(told(&hall.reviewer("justice"), &id).await, [""; 0], "no department has a part in it");
    }

    /// Clauses A1-3, B5-1: from a question that no department leads to a registered impasse in one step, at the fallback window it
    /// was sent to; the applicant sees both, and who was asked first.
    async fn from_a_question_to_a_registered_impasse(hall: Hall) {
        hall.a_new_morning().await;
        let (first, fallback, person) = (hall.clerk("rule-of-law"), hall.clerk("fallback"), Person::new());
        let id = first.is_asked_by(&person, to_window("finance")).await.created().text("/id");
        hall.clerk("finance").declines_consultation(&id).await.ok();
        let it = first.directs_consultation(&id, to_fallback()).await.ok();
        assert_eq!((it.text("/offered_to"), it.text("/directions/1/reason_label")), ("fallback".to_owned(), "无牵头".to_owned()));
        assert_eq!(it.at("/directions/0/reply/accepted"), &json!(false));
        fallback.turns_consultation(&id, &Person::new()).await.refused("not_the_applicant");
        hall.clerk("finance").turns_consultation(&id, &person).await.hidden();
        hall.manager().turns_consultation(&id, &person).await.denied(403, "role_not_allowed");
        let impasse = fallback.turns_consultation(&id, &person).await.impasse();
        assert_eq!((impasse.text("/consultation"), impasse.text("/first_asked")), (id.clone(), first.code().to_owned()));
        assert_eq!((impasse.text("/channel"), impasse.text("/window")), ("fallback_window".to_owned(), "fallback".to_owned()));
        assert_eq!(impasse.text("/responsible/code"), fallback.code(), "who registers it answers for it");
        assert_eq!(impasse.text("/subject"), it.text("/question"));

        let applicant = hall.applicant(&impasse.text("/applicant/id"));
        let seen = applicant.reads_consultation(&id).await.ok();
        assert_eq!((seen.text("/state"), seen.text("/impasse")), ("became_impasse".to_owned(), impasse.id.clone()));
        assert_eq!((seen.at("/directions/0/reply"), seen.at("/directions/1/reply")), (&Value::Null, &Value::Null), "not for applicants");
        assert_eq!(chain(&seen), links(&[(first.code(), "first_contact"), (fallback.code(), "accepted")]));
        hall.manager().files(&impasse).await.ok();
        applicant.reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "filed", "its progress is visible to whoever asked");
        let clerk = hall.clerk("rule-of-law");
        clerk.turns_consultation(&id, &person).await.refused("already_an_impasse");
        assert_eq!(clerk.reads_consultation(&id).await.ok().text("/impasse"), impasse.id);
        clerk.reads(&impasse).await.hidden();
    }

    /// Clause A1-3: whoever answers for it registers it at their own window, and it is then known whose it is.
    async fn whoever_answers_for_it_registers_it(hall: Hall) {
        hall.a_new_morning().await;
        let (first, person) = (hall.clerk("rule-of-law"), Person::new());
        let id = asked(&hall, to_window("finance")).await;
        hall.clerk("finance").turns_consultation(&id, &person).await.refused("not_the_responsible_person");
        hall.clerk("fallback").turns_consultation(&id, &person).await.refused("not_the_responsible_person");
        let impasse = first.turns_consultation(&id, &person).await.impasse();
        assert_eq!((impasse.text("/channel"), impasse.text("/window")), ("window".to_owned(), "rule-of-law".to_owned()));
        let applicant = hall.applicant(&impasse.text("/applicant/id"));
        assert_eq!(applicant.reads_consultation(&id).await.ok().text("/applicant/id"), impasse.text("/applicant/id"));

        let fallback = hall.clerk("fallback");
        let there = fallback.is_asked(to_fallback(), json!({})).await.created();
        assert_eq!(there["offered_to"], Value::Null, "what is asked there stays there");
        let impasse = fallback.turns_consultation(&there.text("/id"), &person).await.impasse();
        assert_eq!(impasse.text("/first_asked"), fallback.code());
    }

    /// Clause B5-1: of two who accept it at the same moment one does.
    async fn of_two_who_accept_at_once_one_does(hall: Hall) {
        hall.a_new_morning().await;
        let posting = json!({
            "staff": "clerk-more", "role": "clerk", "department": "justice", "window": "rule-of-law", "zone": "acceptance",
            "from": today() - Days::new(30),
        });
        hall.security_admin().post("/v1/postings").json(&posting).await.created();
        let both = [hall.clerk("rule-of-law"), hall.staff(Role::Clerk, "clerk-more")];
        for round in 0..8 {
            let id = hall.clerk("finance").is_asked(to_window("rule-of-law"), json!({})).await.created().text("/id");
            let accept = |caller: &Caller| caller.post(&format!("/v1/consultations/{id}/acceptance")).if_match("\"1\"");
            let (one, other) = (tokio::spawn(accept(&both[0]).into_future()), tokio::spawn(accept(&both[1]).into_future()));
            let answers = [one.await.unwrap(), other.await.unwrap()];
            let mut statuses = [&answers[0], &answers[1]].map(|answer| answer.status);
            let won = answers.iter().position(|answer| answer.status == 200).unwrap();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "round {round}");
            let now = hall.manager().reads_consultation(&id).await.ok();
            assert_eq!(chain(&now), links(&[("clerk-finance", "first_contact"), (both[won].code(), "accepted")]));
            both[1 - won].accepts_consultation(&id).await.refused("nothing_offered");
        }
    }

    /// Clauses A1-2, B5-1: each sees their own, page by page: a window what was asked there, what it holds and what it is offered,
    /// an applicant theirs.
    async fn each_sees_their_own(hall: Hall) {
        hall.a_new_morning().await;
        let (one, two) = (Person::new(), Person::new());
        let (law, finance) = (hall.clerk("rule-of-law"), hall.clerk("finance"));
        let mine = law.is_asked_by(&one, to_window("finance")).await.created();
        let newer = law.is_asked_by(&two, json!({ "to": "online" })).await.created();
        let answered = finance.is_asked(json!({ "to": "answered", "answer": "请到二楼。" }), json!({})).await.created();
        let all = [&answered, &newer, &mine].map(|it| it.text("/id"));
        let list = async |caller: &Caller, query: &str| {
            caller.get(&format!("/v1/consultations{query}")).await.ok().ids()
        };
        for everything in [hall.manager(), hall.audit_admin(), hall.supervisor(), hall.reform(), hall.clerk("fallback")] {
            assert_eq!(list(&everything, "").await, all);
        }
        assert_eq!(list(&law, "").await, all[1..]);
        assert_eq!(list(&finance, "").await, [all[0].clone(), all[2].clone()]);
        assert!(list(&hall.clerk("policy"), "").await.is_empty());
        let (first, second) = (hall.applicant(&mine.text("/applicant/id")), hall.applicant(&newer.text("/applicant/id")));
        assert_eq!((list(&first, "").await, list(&second, "").await), (all[2..].to_vec(), all[1..2].to_vec()));
        second.reads_consultation(&all[2]).await.hidden();
        first.accepts_consultation(&all[2]).await.denied(403, "role_not_allowed");

        assert_eq!(list(&hall.manager(), "?open=true").await, all[1..]);
        assert_eq!(list(&hall.manager(), "?open=false").await, all[..1]);
        assert_eq!(list(&hall.manager(), "?window=finance").await, [all[0].clone(), all[2].clone()]);
        assert_eq!(list(&hall.clerk("fallback"), "?window=finance&open=true").await, all[2..]);
        assert_eq!(list(&law, "?window=finance").await, all[2..], "what it may see of that window");
        assert_eq!(list(&law, "?mine=true").await, all[1..]);
        assert!(list(&finance, "?mine=true").await.is_empty());
        finance.accepts_consultation(&all[2]).await.ok();
        assert_eq!((list(&law, "?mine=true").await, list(&finance, "?mine=true").await), (all[1..2].to_vec(), all[2..].to_vec()));
        assert_eq!(list(&law, "").await, all[1..], "where it was asked it is still seen");
        assert_eq!(list(&hall.manager(), "?window=finance&open=true").await, all[2..], "what it answers for");
        assert!(list(&hall.manager(), "?mine=true").await.is_empty());
        first.get("/v1/consultations?mine=true").await.problem(400, "invalid_parameter");
        hall.manager().get("/v1/consultations?window=").await.problem(400, "invalid_parameter");
        hall.reviewer("justice").get("/v1/consultations").await.denied(403, "role_not_allowed");

        for (caller, others) in [(hall.manager(), &all[2..]), (hall.clerk("fallback"), &all[2..])] {
            let page = caller.get("/v1/consultations?limit=2").await.ok();
            assert_eq!(page.ids(), all[..2]);
            let next = format!("?limit=2&cursor={}", page.text("/page/next_cursor"));
            assert_eq!(list(&caller, &next).await, others);
        }
    }

    /// Clause B5-1: when a posting ends, what its holder answered for is the window's again, and the next one there takes it.
    async fn what_a_clerk_leaves_goes_back_to_the_window(hall: Hall) {
        hall.a_new_morning().await;
        let leaving = hall.clerk("rule-of-law");
        let (id, ended) = (asked(&hall, to_window("finance")).await, asked(&hall, json!({ "to": "online" })).await);
        leaving.concludes_consultation(&ended).await.ok();
        ends(&hall, &leaving, yesterday(&hall)).await;
        let back = until_within(30, "it is back with its window", async || {
            let it = hall.manager().reads_consultation(&id).await.ok();
            (it.text("/responsible/kind") == "window").then_some(it)
        })
        .await;
        assert_eq!((back.text("/responsible/code"), back.text("/offered_to")), ("rule-of-law".to_owned(), "finance".to_owned()));
        let posting = json!({
            "staff": "clerk-next", "role": "clerk", "department": "justice", "window": "rule-of-law", "zone": "acceptance",
            "from": today() - Days::new(30),
        });
        hall.security_admin().post("/v1/postings").json(&posting).await.created();
        let next = hall.staff(Role::Clerk, "clerk-next");
        let taken = next.directs_consultation(&id, json!({ "to": "online" })).await.ok();
        let expected = [(leaving.code(), "first_contact"), ("rule-of-law", "returned"), (next.code(), "taken")];
        assert_eq!(chain(&taken), links(&expected));
        assert_eq!(hall.manager().reads_consultation(&ended).await.ok().text("/state"), "concluded", "ended is ended");
    }

    /// Clause B5-1: the database itself keeps what has ended as it is.
    async fn the_database_keeps_what_has_ended(hall: Hall) {
        hall.a_new_morning().await;
        let (id, open) = (asked(&hall, json!({ "to": "online" })).await, asked(&hall, json!({ "to": "online" })).await);
        hall.clerk("rule-of-law").concludes_consultation(&id).await.ok();
        let mut database = hall.outside();
        let mut run = |sql: String| {
            use diesel::{RunQueryDsl as _, sql_query};
            sql_query(sql).execute(&mut database)
        };
        assert!(run(format!("UPDATE consultations SET version = 9 WHERE id = '{id}'")).is_err());
        assert!(run(format!("DELETE FROM consultations WHERE id = '{open}'")).is_err());
        assert_eq!(hall.manager().reads_consultation(&open).await.ok().text("/state"), "open");
    }
}
