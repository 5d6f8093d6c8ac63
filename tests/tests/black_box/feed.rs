//! 事件流 (clause B5-7, promise P3): what happened, in one order, for whoever may see it.

use std::time::{Duration, Instant};

use tests::*;

/// Reads on from `after` to the end, in batches. The events, and where to go on.
async fn read_on(caller: &Caller, after: &str) -> (Vec<Value>, String) {
    let (mut events, mut after) = (Vec::new(), after.to_owned());
    loop {
        let batch = caller.get(&format!("/v1/events?after={after}&limit=3&wait=1")).await.ok();
        events.extend(batch.data().clone());
        after = batch.text("/next");
        if batch["more"] == false && batch.data().is_empty() {
            return (events, after);
        }
    }
}

fn kinds(events: &[Value], subject: &str) -> Vec<String> {
    let of = events.iter().filter(|event| event["subject"] == subject);
    of.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

tests::on_both_stores! {
    /// Clauses B5-7, G1, promise P3: a system reads what happened to its own cases, each once and in order, and goes on where it was.
    async fn a_system_follows_its_own_cases(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let person = Person::new();
        let own = adapter.receives(Application::for_item(items::PROMISED).by(&person).via("web")).await.case();
        let other = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.clerk("rule-of-law").checks_scope(&own).await;
        let (first, next) = read_on(&adapter, "0").await;
        assert!(first.iter().all(|event| event["subject"] == own.id.as_str()), "{first:?}");
        assert_eq!(kinds(&first, &own.id)[0], "cn.gov.yichuang.case.received.v1");
        let versions: Vec<u64> = first.iter().map(|event| event["data"]["version"].as_u64().unwrap()).collect();
        assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>());
        let event = &first[0];
        assert_eq!((&event["specversion"], &event["partitionkey"]), (&json!("1.0"), &json!(own.id)));
        assert_eq!(event["data"]["href"], format!("/v1/cases/{}", own.id));
        let (nothing, here) = read_on(&adapter, &next).await;
        assert_eq!((nothing.len(), &here), (0, &next));
        adapter.withdraws(&own).await.ok();
        let (second, _) = read_on(&adapter, &next).await;
        assert_eq!(kinds(&second, &own.id), ["cn.gov.yichuang.case.withdrawn.v1"]);
        let (everything, _) = read_on(&adapter, "0").await;
        assert_eq!(everything, [first, second].concat(), "again from the beginning: the same");
        let (seen, _) = read_on(&hall.manager(), "0").await;
        assert!(!kinds(&seen, &other.id).is_empty() && !kinds(&seen, &own.id).is_empty());
        let told = json!(seen).to_string();
        assert!(person.secrets().iter().all(|secret| !told.contains(secret)), "no personal data");
        let (nothing, _) = read_on(&hall.adapter("another"), "0").await;
        assert_eq!(nothing, Vec::<Value>::new());
    }

    /// Clause B5-7: whoever waits is told when it happens, and not at the end of the wait.
    async fn whoever_waits_is_told_at_once(hall: Hall) {
        let reform = hall.reform();
        let (_, here) = read_on(&reform, "0").await;
        let began = Instant::now();
        let path = format!("/v1/events?after={here}&wait=20&types=cn.gov.yichuang.impasse.registered.v1");
        let waiting = tokio::spawn(async move { reform.get(&path).await.ok() });
        let (impasse, _) = hall.registered_impasse().await;
        let told = waiting.await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        assert_eq!(told.at("/data/0/subject"), &json!(impasse.id));
        let filed = hall.manager().files(&impasse).await.ok();
        let (later, _) = read_on(&hall.reform(), &told.text("/next")).await;
        let filing = later.iter().find(|event| event["type"] == "cn.gov.yichuang.impasse.filed.v1").unwrap();
        assert_eq!(filing["data"]["number"], filed["number"]);
    }

    /// Clauses B5-7, G1: whoever waits while their token is revoked is told that within seconds, and nothing of what happens.
    async fn a_wait_ends_with_the_token(hall: Hall) {
        let revoked = async |code: &str| {
            hall.security_admin().post(&format!("/v1/clients/{code}/revocation")).if_match("*").await.ok();
        };
        #[expect(clippy::async_yields_async, reason = "it goes on waiting while others act")]
        let waiting = async |platform: &Caller| {
            // From here on the token is known to be good for as long as a revocation may go unnoticed at the door.
            let (platform, (_, here)) = (platform.clone(), read_on(platform, "0").await);
            tokio::spawn(async move { platform.get(&format!("/v1/events?after={here}&wait=25")).await })
        };
        let quiet = hall.system("quiet").await;
        let (wait, began) = (waiting(&quiet).await, Instant::now());
        revoked("quiet").await;
        wait.await.unwrap().problem(401, "invalid_token");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        let busy = hall.system("busy").await;
        let own = busy.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case();
        let wait = waiting(&busy).await;
        revoked("busy").await;
        hall.clerk("rule-of-law").checks_scope(&own).await;
        wait.await.unwrap().problem(401, "invalid_token");
    }

    /// Clause B5-7: a place that was never given is no place, and what is asked wrongly is named.
    async fn what_is_asked_wrongly_is_named(hall: Hall) {
        let manager = hall.manager();
        manager.get("/v1/events?after=999999").await.problem(400, "invalid_cursor");
        for bad in ["limit=0", "limit=201", "wait=26", "after=-1", "types=cn.gov.yichuang.case.no_such.v1", "types="] {
            manager.get(&format!("/v1/events?{bad}")).await.problem(400, "invalid_parameter");
        }
        hall.system_admin().get("/v1/events").await.denied(403, "role_not_allowed");
    }

    /// Clause B5-7, promise P3: what is older than the feed is kept is not told any more, and whoever comes from there is told
    /// where to begin again; the record of the case stays whole.
    async fn the_feed_is_kept_for_a_time(hall: Hall) {
        hall.restarts_with(|settings| settings.feed.keep_days = 2).await;
        let platform = hall.system("zjzwfw").await;
        let webhook = platform.listens_at("http://127.0.0.1:9/hooks", json!({})).await;
        let case = platform.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case();
        let (kept, _) = read_on(&platform, "0").await;
        assert_eq!(kinds(&kept, &case.id), ["cn.gov.yichuang.case.received.v1"]);
        let then = hall.now();
        hall.seconds_pass(3 * 24 * 3600).await;
        platform.reads(&case).await.ok();
        platform.withdraws(&case).await.ok();
        let old = platform.get("/v1/events?after=0").await.problem(410, "cursor_too_old");
        let oldest = old.text("/oldest");
        let (events, _) = read_on(&platform, &oldest).await;
        let withdrawn = "cn.gov.yichuang.case.withdrawn.v1".to_owned();
        assert!(kinds(&events, &case.id).contains(&withdrawn), "{events:?}");
        assert!(!events.iter().any(|event| kept.contains(event)), "{events:?}");
        let from_the_oldest = platform.get("/v1/events?limit=200").await.ok();
        assert_eq!(from_the_oldest.data(), &events);
        let replay = async |from: &str| platform.post(&webhook.path("/replay")).json(&json!({ "from": from })).await;
        assert_eq!(replay(&then).await.problem(410, "cursor_too_old").text("/oldest"), oldest);
        replay(&hall.now()).await.ok();
        let record = hall.manager().get(&case.path("timeline")).await.ok();
        assert_eq!(record.at("/0/kind"), &json!("received"));
        hall.audit_admin().get(&case.path("record-verification")).await.ok();
        hall.restarts_with(|settings| settings.feed.keep_days = 0).await;
        assert_eq!(read_on(&platform, "0").await.0[..kept.len()], kept, "kept for ever");
    }

    /// Clause B5-7, rule L15: a department that has no part in a case any more is told that it is gone from its sight, once and
    /// without a word of it; a window it came from goes on seeing it.
    async fn what_leaves_a_departments_sight_is_told_gone(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.accept(&case).await;
        let (ours, theirs, clerk) = (hall.approver("justice"), hall.reviewer("commerce"), hall.clerk("rule-of-law"));
        let seen = async |caller: &Caller| kinds(&read_on(caller, "0").await.0, &case.id);
        let gone = ["cn.gov.yichuang.case.gone.v1".to_owned()];
        assert_eq!(seen(&theirs).await, [""; 0]);
        ours.reads(&case).await.ok();
        ours.transfers(&case, "commerce").await.ok();
        assert!(seen(&theirs).await.contains(&"cn.gov.yichuang.case.transfer_offered.v1".to_owned()));
        theirs.reads(&case).await.ok();
        theirs.declines_transfer(&case).await.ok();
        let (events, next) = read_on(&theirs, "0").await;
        assert_eq!(kinds(&events, &case.id), gone);
        let told = events.iter().find(|event| event["subject"] == case.id.as_str()).unwrap();
        assert!(told["data"].get("number").is_none(), "{told}");
        ours.reads(&case).await.ok();
        ours.transfers(&case, "commerce").await.ok();
        theirs.reads(&case).await.ok();
        theirs.accepts_transfer(&case).await.ok();
        assert_eq!(seen(&ours).await, gone);
        ours.reads(&case).await.hidden();
        let (back, _) = read_on(&theirs, &next).await;
        assert!(kinds(&back, &case.id).contains(&"cn.gov.yichuang.case.transfer_accepted.v1".to_owned()), "{back:?}");
        let (at_the_window, centre) = (seen(&clerk).await, seen(&hall.manager()).await);
        assert_eq!(at_the_window, centre);
        assert!(!centre.contains(&gone[0]));
        assert_eq!(seen(&hall.approver("taxation")).await, [""; 0], "nothing of what was never seen");
        let only = ours.get("/v1/events?types=cn.gov.yichuang.case.gone.v1").await.ok();
        assert_eq!(kinds(only.data(), &case.id), gone);
    }

    /// Clauses B5-7, D2-2, rule L18: a window or department that returned a work order, or saw it given to another, is
    /// told once and without a word of it that it is gone from its sight; who has it sees its whole way.
    async fn a_work_order_that_went_elsewhere_is_told_gone(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let (section, window) = (hall.supervisor(), hall.clerk("project"));
        let (ours, theirs) = (hall.reviewer("justice"), hall.reviewer("commerce"));
        section.signs_for("W-1").await.ok();
        let id = hall.work_order("W-1").await.text("/id");
        let seen = async |caller: &Caller| kinds(&read_on(caller, "0").await.0, &id);
        let gone = ["cn.gov.yichuang.work_order.gone.v1".to_owned()];
        let taken = "cn.gov.yichuang.work_order.assigned.v1".to_owned();
        assert_eq!(seen(&window).await, [""; 0], "nothing of what it does not have yet");
        section.assigns_work_order_to_window("W-1", "project").await.ok();
        let (events, next) = read_on(&window, "0").await;
        let has = ["dispatched", "acknowledged", "assigned"].map(|it| format!("cn.gov.yichuang.work_order.{it}.v1"));
        assert_eq!(kinds(&events, &id), has);
        window.returns_assignment("W-1").await.ok();
        let (events, next) = read_on(&window, &next).await;
        assert_eq!(kinds(&events, &id), gone);
        let told = events.iter().find(|event| event["subject"] == id.as_str()).unwrap();
        assert!(told["data"].get("number").is_none(), "{told}");
        section.assigns_work_order("W-1", "justice").await.ok();
        assert!(seen(&ours).await.contains(&taken));
        section.assigns_work_order("W-1", "commerce").await.ok();
        assert_eq!(seen(&ours).await, gone, "given to another");
        assert!(seen(&theirs).await.contains(&taken));
        assert_eq!(kinds(&read_on(&window, &next).await.0, &id), [""; 0], "told once");
        assert_eq!(seen(&window).await, gone, "and nothing else of it");
        for never in [hall.clerk("finance"), hall.reviewer("taxation")] {
            assert_eq!(seen(&never).await, [""; 0], "nothing of what was never seen");
        }
        let only = ours.get(&format!("/v1/events?types={}", gone[0])).await.ok();
        assert_eq!(kinds(only.data(), &id), gone);
        let whole = seen(&section).await;
        assert_eq!(seen(&theirs).await, whole, "who has it sees its whole way");
        assert!(!whole.contains(&gone[0]), "{whole:?}");
        section.assigns_work_order_to_window("W-1", "project").await.ok();
        assert_eq!(seen(&window).await, seen(&section).await, "theirs again");
        assert_eq!(seen(&theirs).await, gone);
    }

    /// Clauses B5-7, D6-2: everybody who reads the feed is told of a precedent once it is public, and that it is gone once it
    /// is withdrawn; those who make them see its whole way.
    async fn a_precedent_that_is_withdrawn_is_told_gone(hall: Hall) {
        let platform = hall.adapter("zjzwfw");
        let precedent = hall.published_precedent(precedent_text()).await;
        let (published, next) = read_on(&platform, "0").await;
        assert_eq!(kinds(&published, &precedent.id), ["cn.gov.yichuang.precedent.published.v1"]);
        let told = published.iter().find(|event| event["subject"] == precedent.id.as_str()).unwrap();
        platform.get(told["data"]["href"].as_str().unwrap()).await.ok();
        hall.reform().reads(&precedent).await.ok();
        hall.reform().withdraws_precedent(&precedent).await.ok();
        let gone = "cn.gov.yichuang.precedent.gone.v1";
        let (later, _) = read_on(&platform, &next).await;
        assert_eq!(kinds(&later, &precedent.id), [gone]);
        assert_eq!(kinds(&read_on(&platform, "0").await.0, &precedent.id), [gone], "and nothing else of it");
        let whole = kinds(&read_on(&hall.manager(), "0").await.0, &precedent.id);
        let ends = (whole.first().map(String::as_str), whole.last().map(String::as_str));
        let expected = ("cn.gov.yichuang.precedent.drafted.v1", "cn.gov.yichuang.precedent.withdrawn.v1");
        assert_eq!(ends, (Some(expected.0), Some(expected.1)));
    }
}
