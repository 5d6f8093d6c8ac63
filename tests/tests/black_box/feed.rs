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

    /// Clause B5-7: a place that was never given is no place, and what is asked wrongly is named.
    async fn what_is_asked_wrongly_is_named(hall: Hall) {
        let manager = hall.manager();
        manager.get("/v1/events?after=999999").await.problem(400, "invalid_cursor");
        for bad in ["limit=0", "limit=201", "wait=26", "after=-1", "types=cn.gov.yichuang.case.no_such.v1", "types="] {
            manager.get(&format!("/v1/events?{bad}")).await.problem(400, "invalid_parameter");
        }
        hall.clerk("rule-of-law").get("/v1/events").await.denied(403, "role_not_allowed");
    }
}
