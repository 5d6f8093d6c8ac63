//! Many at once: no write is lost, none happens twice, nobody sees half of one (RFC 9110 §13, RFC 6585 §3).

use std::{
    collections::{BTreeMap, BTreeSet},
    future::IntoFuture,
    net::SocketAddr,
};

use reqwest::{Method, RequestBuilder};
use tests::*;

use crate::{PROGRAM, rows::count};

/// All of them at once, and their answers in order.
async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let sent: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}

fn tally(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(answer.status).or_default() += 1;
    }
    tally
}

fn application(person: &Person) -> Value {
    json!({
        "item": items::PROMISED, "channel": "web", "applicant": person.applicant(),
        "delivery": { "method": "pick_up" },
    })
}

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await
}

/// What all are answered that are sent at the same moment, in order of size.
async fn statuses_of(requests: impl Iterator<Item = RequestBuilder>) -> Vec<u16> {
    let send = |request: RequestBuilder| tokio::spawn(async { request.send().await.unwrap().status().as_u16() });
    let mut statuses = Vec::new();
    for status in requests.map(send).collect::<Vec<_>>() {
        statuses.push(status.await.unwrap());
    }
    statuses.sort_unstable();
    statuses
}

async fn is_intact(hall: &Hall, case: &Case) {
    let verified = hall.audit_admin().verifies(case).await.ok();
    assert_eq!(verified["intact"], true, "{}", verified.body);
}

tests::on_both_stores! {
    /// RFC 6585 §3: every transition of the contract asks what its caller has seen.
    async fn a_step_without_if_match_is_asked_for_it(hall: Hall) {
        let case = received(&hall).await;
        let mut tried = 0;
        for operation in contract::operations().into_iter().filter(contract::Operation::is_transition) {
            let path = operation.at(|name| match name {
                "case" => case.id.clone(),
                "application" | "consultation" | "credential" | "draft" | "endpoint" | "impasse" | "precedent" | "proposal" | "meeting" | "reply" | "secret" | "ticket" | "webhook_secret" => uuid::Uuid::now_v7().to_string(),
                "order" | "finding" => "1".to_owned(),
                "week" => "2026-W48".to_owned(),
                "month" => "2026-11".to_owned(),
                "subject" => "stages".to_owned(),
                _ => "application".to_owned(),
            });
            let mut call = hall.clerk("rule-of-law").call(operation.method.clone(), &path);
            if operation.has_body() {
                call = call.json(&json!({}));
            }
            call.await.problem(428, "precondition_required");
            tried += 1;
        }
        assert!(tried >= 18, "{tried}");
        assert_eq!(hall.clerk("rule-of-law").reads(&case).await["version"], 1);
    }

    /// RFC 9110 §13.1.1: who has seen an older version is told which there is, and may try again with it.
    async fn a_stale_step_is_told_the_current_version(hall: Hall) {
        let (case, clerk) = (received(&hall).await, hall.clerk("rule-of-law"));
        let seen = case.etag();
        clerk.checks_scope(&case).await.ok();
        let check = |tag: &str| {
            clerk.post(&case.path("scope-check")).if_match(tag).json(&json!({ "finding": "outside_power" }))
        };
        for stale in [seen.as_str(), "\"99\"", "\"0\""] {
            let answer = check(stale).await.problem(412, "version_mismatch");
            assert_eq!(answer.header("etag"), case.etag());
        }
        assert_eq!(clerk.reads(&case).await["version"], 2, "nothing was done");
        let answer = check(&case.etag()).await.ok();
        assert_eq!(answer.header("etag"), "\"3\"");
        check("*").await.ok();
    }

    /// A row moves by compare-and-set, so of those who saw the same version exactly one wins.
    async fn of_those_who_saw_the_same_one_wins(hall: Hall) {
        let (case, clerk) = (received(&hall).await, hall.clerk("rule-of-law"));
        for round in 0..15 {
            let tag = clerk.reads(&case).await.header("etag").to_owned();
            let findings = ["within", "outside_power", "no_licence_needed"];
            let step = |finding: &str| {
                let note = format!("第{round}轮");
                clerk.post(&case.path("scope-check")).if_match(&tag).json(&json!({ "finding": finding, "note": note }))
            };
            let answers = at_once(findings.map(step)).await;
            assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (412, 2)]), "round {round}");
            let won = answers.iter().position(|answer| answer.status == 200).unwrap();
            let now = clerk.reads(&case).await;
            assert_eq!((&now["scope_check"]["finding"], now["version"].as_u64()), (&json!(findings[won]), Some(round + 2)));
        }
        is_intact(&hall, &case).await;
    }

    /// Sixty-four clerks on as many cases, and each number is given once.
    async fn sixty_four_clerks_do_not_meet(hall: Hall) {
        let one = |n: usize| {
            let hall = hall.clone();
            tokio::spawn(async move {
                let clerk = hall.clerk("rule-of-law");
                let case = received(&hall).await;
                match n % 3 {
                    0 => {
                        clerk.withdraws(&case).await.ok();
                    }
                    1 => {
                        clerk.finds_scope(&case, "outside_power").await.ok();
                        clerk.rejects(&case).await.ok();
                    }
                    _ => hall.accept(&case).await,
                }
                case
            })
        };
        let mut cases = Vec::new();
        for task in (0..64).map(one).collect::<Vec<_>>() {
            cases.push(task.await.unwrap());
        }
        let numbers: BTreeSet<_> = cases.iter().map(|case| case.number.clone()).collect();
        assert_eq!((numbers.len(), count(&hall, "cases")), (64, 64));
        let mut documents = Vec::new();
        for case in &cases {
            let timeline = hall.clerk("rule-of-law").reads_timeline(case).await.ok();
            let entries = timeline.body.as_array().unwrap().clone();
            let versions: Vec<_> = entries.iter().map(|entry| entry["version"].as_u64().unwrap()).collect();
            assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>(), "no gap and no repetition");
            documents.extend(entries.iter().filter_map(|entry| entry["document"].as_str()).map(str::to_owned));
            is_intact(&hall, case).await;
        }
        assert_eq!(documents.len(), 64);
        assert_eq!(documents.iter().collect::<BTreeSet<_>>().len(), 64, "a document number was given twice");
    }

    /// Eight clerks on each of eight cases at the same moment: one wins each, and a case knows of nobody else.
    async fn eight_on_each_of_eight(hall: Hall) {
        let mut cases = Vec::new();
        for _ in 0..8 {
            cases.push(received(&hall).await);
        }
        let clerk = hall.clerk("rule-of-law");
        let withdraw = |case: &Case| {
            clerk.post(&case.path("withdrawal")).if_match(&case.etag()).json(&json!({ "reason": "计划有变。" }))
        };
        let answers = at_once((0..64).map(|n| withdraw(&cases[n % 8]))).await;
        assert_eq!(tally(&answers), BTreeMap::from([(200, 8), (412, 56)]));
        for case in &cases {
            assert_eq!(clerk.reads(case).await["version"], 2);
            is_intact(&hall, case).await;
        }
    }

    /// Clause B5-1: responsibility is never with two and never with nobody, however a hand-over ends.
    async fn a_hand_over_ends_one_way(hall: Hall) {
        let case = received(&hall).await;
        hall.accept(&case).await;
        let (reviewer, colleague) = (hall.reviewer_of(&case), hall.reviewer2(&case.department()));
        reviewer.takes(&case).await.ok();
        let (mut holder, mut other) = (reviewer, colleague);
        for round in 0..8 {
            holder.reads(&case).await;
            holder.offers(&case, &other).await.ok();
            let accept = other.post(&case.path("hand-over/acceptance")).if_match(&case.etag());
            let decline = other.post(&case.path("hand-over/refusal")).if_match(&case.etag());
            let decline = decline.json(&json!({ "reason": "在办件已满" }));
            let answers = at_once(if round % 2 == 0 { [accept, decline] } else { [decline, accept] }).await;
            assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (412, 1)]), "round {round}");
            let accepted = answers[round % 2].status == 200;
            if accepted {
                std::mem::swap(&mut holder, &mut other);
            }
            assert_eq!(holder.reads(&case).await["holder"], holder.code());
        }
        is_intact(&hall, &case).await;
    }

    /// Without a version to hold on to, the rules decide: of two that accept the same offer the second has none.
    async fn whatever_the_version_a_hand_over_is_accepted_once(hall: Hall) {
        let case = received(&hall).await;
        hall.accept(&case).await;
        let (reviewer, colleague) = (hall.reviewer_of(&case), hall.reviewer2(&case.department()));
        reviewer.takes(&case).await.ok();
        reviewer.offers(&case, &colleague).await.ok();
        let accept = |_| colleague.post(&case.path("hand-over/acceptance")).if_match("*");
        let answers = at_once((0..8).map(accept)).await;
        assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (409, 7)]));
        is_intact(&hall, &case).await;
    }

    /// Clause C1-2: somebody who applies for several things at once is one applicant.
    async fn one_person_who_applies_at_once_is_one_applicant(hall: Hall) {
        let (adapter, person) = (hall.adapter("zjzwfw"), Person::new());
        let answers = at_once((0..32).map(|_| adapter.post("/v1/cases").json(&application(&person)))).await;
        assert_eq!(tally(&answers), BTreeMap::from([(201, 32)]), "{:?}", answers.iter().find(|it| it.status != 201));
        let applicants: BTreeSet<_> = answers.iter().map(|answer| answer.text("/applicant/id")).collect();
        assert_eq!((applicants.len(), count(&hall, "parties")), (1, 1));
    }

    /// 外部编号: a system's own number is taken once, however often and under whatever keys it comes.
    async fn an_external_number_is_taken_once(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let send = |_| {
            let mut body = application(&Person::new());
            body["external_number"] = json!("WL-1");
            adapter.post("/v1/cases").json(&body)
        };
        let answers = at_once((0..24).map(send)).await;
        assert_eq!(tally(&answers), BTreeMap::from([(201, 1), (409, 23)]), "{:?}", tally(&answers));
        for answer in answers.into_iter().filter(|answer| answer.status == 409) {
            answer.refused("external_number_used");
        }
        assert_eq!((count(&hall, "cases"), count(&hall, "parties")), (1, 1));
    }
}

/// Nothing in process memory is needed for correctness. Three processes on one PostgreSQL are one hall: a
/// key is used once, a version is won once, a number is given once.
#[tokio::test]
async fn three_processes_are_one_hall() {
    run(Database::Postgres, async |hall: Hall| {
        let (second, third, adapter) = (hall.beside(PROGRAM), hall.beside(PROGRAM), hall.adapter("zjzwfw"));
        let everywhere = [hall.address(), second.address, third.address];
        let post = |to, path: String, key: String, body: Value| {
            let token = adapter.token().unwrap().to_owned();
            let request = hall.http().post(format!("http://{to}{path}")).bearer_auth(token);
            let request = request.header("idempotency-key", key).header("if-match", "\"1\"").json(&body);
            tokio::spawn(async move {
                let response = request.send().await.unwrap();
                (response.status().as_u16(), response.json::<Value>().await.unwrap())
            })
        };
        let all = |path: &str, key: &str, body: &Value| {
            everywhere.map(|to| post(to, path.to_owned(), key.to_owned(), body.clone()))
        };
        let mut numbers = BTreeSet::new();
        for round in 0..10 {
            let mut ids = BTreeSet::new();
            for answer in all("/v1/cases", &format!("r{round}"), &application(&Person::new())) {
                let (status, body) = answer.await.unwrap();
                assert_eq!(status, 201, "{body}");
                ids.insert(body["id"].as_str().unwrap().to_owned());
                numbers.insert(body["number"].as_str().unwrap().to_owned());
            }
            assert_eq!(ids.len(), 1, "one key, two cases");
            let path = format!("/v1/cases/{}/withdrawal", ids.first().unwrap());
            let race = everywhere.map(|to| {
                let key = format!("w{round}-{}", to.port());
                post(to, path.clone(), key, json!({ "reason": "计划有变。" }))
            });
            let mut statuses = Vec::new();
            for answer in race {
                statuses.push(answer.await.unwrap().0);
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412, 412], "round {round}");
        }
        assert_eq!((numbers.len(), count(&hall, "cases")), (10, 10));
    })
    .await;
}

/// Clause B3-1: of those who saw the same of an item at three processes one goes through, whatever each does with
/// it; of those who draft a new one without a look, each after the other.
#[tokio::test]
async fn an_item_is_changed_by_one_of_three_processes() {
    run(Database::Postgres, async |hall: Hall| {
        let (second, third, manager) = (hall.beside(PROGRAM), hall.beside(PROGRAM), hall.manager());
        let everywhere = [hall.address(), second.address, third.address];
        let item = format!("/v1/items/{}", items::PROMISED);
        let content = hall.stranger().get(&item).await.ok()["content"].clone();
        let seen = async || manager.get(&format!("{item}/versions")).await.ok().header("etag").to_owned();
        let edit = |path: &str, said: &str| {
            let mut content = content.clone();
            content["guide"]["fee_note"] = json!(said);
            (Method::PUT, format!("{path}/draft"), json!({ "content": content }))
        };
        let race = async |changes: [(Method, String, Value); 3], tag: &str| {
            let request = |(to, (method, path, body)): (SocketAddr, (Method, String, Value))| {
                let request = hall.http().request(method, format!("http://{to}{path}"));
                let request = request.bearer_auth(manager.token().unwrap()).header("if-match", tag);
                if body.is_null() { request } else { request.json(&body) }
            };
            statuses_of(everywhere.into_iter().zip(changes).map(request)).await
        };
        for round in 0..10 {
            let edits = [0, 1, 2].map(|nth| edit(&item, &format!("第{round}轮第{nth}人")));
            assert_eq!(race(edits, seen().await.as_str()).await, [200, 412, 412], "round {round}");
        }
        let step = |rest: &str| (Method::POST, format!("{item}/{rest}"), Value::Null);
        let changes = [edit(&item, "最后一轮"), step("publication"), step("withdrawal")];
        assert_eq!(race(changes, seen().await.as_str()).await, [200, 412, 412]);
        for round in 0..5 {
            let drafts = |path: &str| [0, 1, 2].map(|nth| edit(path, &format!("第{nth}人")));
            let statuses = race(drafts(&format!("/v1/items/brand-new-{round}")), "\"0\"").await;
            assert_eq!(statuses, [200, 412, 412], "round {round}");
            let statuses = race(drafts(&format!("/v1/items/newer-still-{round}")), "*").await;
            assert_eq!(statuses, [200, 200, 200], "round {round}");
        }
    })
    .await;
}

/// Acts of administration at three processes at once are on their register one after the other; none is lost to
/// the others, and of three that say the same only one is taken.
#[tokio::test]
async fn a_register_is_kept_by_three_processes() {
    run(Database::Postgres, async |hall: Hall| {
        let (second, third, security) = (hall.beside(PROGRAM), hall.beside(PROGRAM), hall.security_admin());
        let everywhere = [hall.address(), second.address, third.address];
        let posting = |staff: &str, department: &str| {
            json!({ "staff": staff, "role": "reviewer", "department": department, "zone": "approval", "from": today() })
        };
        let race = async |postings: [Value; 3]| {
            let request = |(to, posting): (SocketAddr, Value)| {
                let request = hall.http().post(format!("http://{to}/v1/postings"));
                request.bearer_auth(security.token().unwrap()).json(&posting)
            };
            statuses_of(everywhere.into_iter().zip(postings).map(request)).await
        };
        for round in 0..10 {
            let departments = ["justice", "big-data", "housing-construction"];
            let each = departments.map(|department| posting(&format!("newcomer-{round}"), department));
            assert_eq!(race(each).await, [201, 201, 201], "round {round}");
            let same = [0, 1, 2].map(|_| posting(&format!("sought-after-{round}"), "justice"));
            assert_eq!(race(same).await, [201, 409, 409], "round {round}");
        }
    })
    .await;
}

/// Clause G1: what the security administrator takes back at one process is gone at every other within seconds.
#[tokio::test]
async fn a_revocation_reaches_every_process() {
    run(Database::Postgres, async |hall: Hall| {
        let (other, security) = (hall.beside(PROGRAM), hall.security_admin());
        let client = json!({ "client": "zjzwfw", "role": "adapter", "name": "平台", "scopes": ["cases:read"] });
        security.post("/v1/clients").json(&client).await.created();
        let token = hall.adapter("zjzwfw").token().unwrap().to_owned();
        let everywhere = [hall.address(), other.address];
        let answers = async |status: u16| {
            for to in everywhere {
                let asks = || hall.http().get(format!("http://{to}/v1/cases")).bearer_auth(&token).send();
                let told = async || (asks().await.unwrap().status() == status).then_some(());
                until(&format!("{to} answers {status}"), told).await;
            }
        };
        answers(200).await;
        let narrowed = json!({ "name": "平台", "scopes": [], "active": true });
        security.put("/v1/clients/zjzwfw").if_match("*").json(&narrowed).await.ok();
        answers(403).await;
        security.post("/v1/clients/zjzwfw/revocation").if_match("*").await.ok();
        answers(401).await;
    })
    .await;
}
