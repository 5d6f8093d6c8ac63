//! Receivers that are down, slow, lying and hostile, and servers that are killed: nothing is lost, the order is kept, and
//! nothing is sent twice but what was not answered (clause B5-7, promise P3). Time is the sandbox's.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tests::*;

use crate::PROGRAM;

/// What the machine takes of a flood that nobody reads: more than a sending and a receiving socket may grow to by themselves
/// (4 and 32 MB at the most on the machines that were looked at).
const BUFFERS: usize = 64 * 1024 * 1024;

async fn case_of(system: &Caller) -> Case {
    system.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case()
}

async fn cases_of(system: &Caller, many: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for _ in 0..many {
        cases.push(case_of(system).await);
    }
    cases
}

fn ids(cases: &[Case]) -> Vec<&str> {
    cases.iter().map(|case| case.id.as_str()).collect()
}

/// Time goes on until everything of these cases has come.
async fn time_brings(hall: &Hall, webhook: &Webhook, receiver: &Receiver, cases: &[Case], many: usize) {
    until(&format!("{many} events come"), async || {
        hall.seconds_pass(60).await;
        (once(receiver, &ids(cases)).len() >= many).then_some(())
    })
    .await;
    nothing_is_lost(webhook, receiver, cases).await;
}

/// Each case is told as it stands in the feed, in that order, whatever came twice.
async fn nothing_is_lost(webhook: &Webhook, receiver: &Receiver, cases: &[Case]) {
    for case in cases {
        assert_eq!(once(receiver, &[&case.id]), webhook.feed_of(&[&case.id]).await);
    }
    assert!(receiver.came().iter().all(|came| came.is_signed_by(&webhook.key())));
}

/// How often each event was accepted, the most.
fn repetitions(receiver: &Receiver) -> usize {
    let accepted = receiver.accepted();
    accepted.iter().map(|came| accepted.iter().filter(|other| other.id == came.id).count()).max().unwrap_or_default()
}

/// Until the circuit is open and all that was on its way is settled.
async fn circuit_opens(webhook: &Webhook, receiver: &Receiver) -> Answer {
    let (mut last, mut times) = (Value::Null, 0);
    until("the circuit opens", async || {
        let now = webhook.reads().await;
        let seen = json!([now["failures"], receiver.came().len()]);
        (last, times) = if seen == last { (seen, times + 1) } else { (seen, 0) };
        (now["failures"].as_u64() >= Some(5) && times > 5).then_some(now)
    })
    .await
}

/// The receiver is down for so many seconds of the sandbox while work goes on and the server is restarted.
async fn survives_an_outage_of(hall: &Hall, seconds: i64) {
    let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
    let webhook = platform.is_told_at(&receiver).await;
    let cases = cases_of(&platform, 8).await;
    webhook.has_told(&receiver, &ids(&cases), 8).await;
    receiver.goes_down().await;
    for case in &cases[..4] {
        platform.withdraws(case).await.ok();
    }
    until("it was tried in vain", async || (webhook.reads().await["failures"].as_u64() > Some(0)).then_some(())).await;
    hall.seconds_pass(seconds / 2).await;
    hall.restarts().await;
    for case in &cases[4..] {
        platform.withdraws(case).await.ok();
    }
    hall.seconds_pass(seconds - seconds / 2).await;
    receiver.comes_back().await;
    time_brings(hall, &webhook, &receiver, &cases, 16).await;
    assert_eq!(repetitions(&receiver), 1);
    let now = webhook.reads().await;
    assert_eq!((&now["state"], &now["failures"], &now["held_until"]), (&json!("active"), &json!(0), &Value::Null));
}

tests::on_both_stores! {
    /// Promise P3: down for 10 seconds.
    async fn an_outage_of_10_seconds(hall: Hall) { survives_an_outage_of(&hall, 10).await; }

    /// Promise P3: down for a minute.
    async fn an_outage_of_60_seconds(hall: Hall) { survives_an_outage_of(&hall, 60).await; }

    /// Promise P3: down for five minutes.
    async fn an_outage_of_300_seconds(hall: Hall) { survives_an_outage_of(&hall, 300).await; }

    /// Promise P3: down for ten minutes.
    async fn an_outage_of_600_seconds(hall: Hall) { survives_an_outage_of(&hall, 600).await; }

    /// Promise P3: after five failures in a row only a probe is sent now and then; one success, and everything is.
    async fn a_circuit_opens_and_closes(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let before = case_of(&platform).await;
        webhook.has_told(&receiver, &[&before.id], 1).await;
        receiver.answers(|_| Reply::Status(500, ""));
        let cases = cases_of(&platform, 12).await;
        let held = circuit_opens(&webhook, &receiver).await;
        assert_eq!(held["state"], "active");
        let tried = receiver.came().len();
        // One probe, however much waits.
        hall.time_passes_to(&held.text("/held_until")).await;
        until("the probe is settled", async || (webhook.reads().await["failures"] != held["failures"]).then_some(())).await;
        assert_eq!(receiver.came().len(), tried + 1);
        receiver.answers(|_| Reply::ok());
        // A ping does not wait for the next probe.
        let ping = platform.post(&webhook.path("/ping")).await.created();
        webhook.has_told(&receiver, &ids(&cases), 12).await;
        until("the ping arrives", async || {
            receiver.accepted().into_iter().find(|came| came.id == ping.text("/event"))
        })
        .await;
        assert_eq!(webhook.reads().await["failures"], 0);
        nothing_is_lost(&webhook, &receiver, &cases).await;
    }

    /// Clause B5-7, ask 66: while an endpoint is held, a ping is what is tried next, however much was to be tried before and
    /// whether or not the receiver is there again: its owner reads what it answered.
    async fn a_ping_goes_before_all_that_waits(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let before = case_of(&platform).await;
        webhook.has_told(&receiver, &[&before.id], 1).await;
        receiver.answers(|_| Reply::Status(500, ""));
        let cases = cases_of(&platform, 12).await;
        circuit_opens(&webhook, &receiver).await;
        // What failed is due again, before the first probe.
        hall.seconds_pass(10).await;
        let tried = receiver.came().len();
        let ping = platform.post(&webhook.path("/ping")).await.created();
        assert_eq!(ping["next_attempt_at"], ping["created_at"]);
        let came = until("one is tried", async || receiver.came().into_iter().nth(tried)).await;
        assert_eq!(came.id, ping.text("/event"));
        let after = until("its outcome is on record", async || {
            let now = platform.get(ping.header("location")).await.ok();
            (now["attempts"] == 1).then_some(now)
        })
        .await;
        assert_eq!((&after["state"], &after["last_outcome"]), (&json!("pending"), &json!("500")));
        receiver.answers(|_| Reply::ok());
        time_brings(&hall, &webhook, &receiver, &cases, 12).await;
    }

    /// RFC 9110 §10.2.3: whoever asks for time gets it, up to a day.
    async fn retry_after_is_kept_to(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        receiver.answers(|_| Reply::Status(429, "retry-after: 1800\r\n"));
        let webhook = platform.is_told_at(&receiver).await;
        let held = until("it is asked to wait", async || {
            let now = webhook.reads().await;
            now["held_until"].is_string().then_some(now)
        })
        .await;
        let at = |text: &Value| chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
        assert!(at(&held["held_until"]) - at(&held["failing_since"]) >= chrono::Duration::seconds(1800), "{}", held.body);
        receiver.answers(|_| Reply::Status(503, "retry-after: 99999999999\r\n"));
        hall.seconds_pass(1801).await;
        let held = until("it is asked to wait for ever", async || {
            let now = webhook.reads().await;
            (now["failures"] == 2 && now["held_until"].is_string()).then_some(now)
        })
        .await;
        let wait = at(&held["held_until"]) - at(&held["failing_since"]);
        assert!(wait <= chrono::Duration::seconds(86400 + 1810), "{wait}");
        receiver.answers(|_| Reply::ok());
        hall.seconds_pass(86_400).await;
        let case = case_of(&platform).await;
        webhook.has_told(&receiver, &[&case.id], 1).await;
    }

    /// Promise P3: nothing but failure for days, and the endpoint is disabled; its owner reads of it in the feed, and once it is
    /// enabled again it is told of everything.
    async fn days_of_failure_disable_it_and_lose_nothing(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let case = case_of(&platform).await;
        webhook.has_told(&receiver, &[&case.id], 1).await;
        receiver.goes_down().await;
        platform.withdraws(&case).await.ok();
        until("it fails", async || webhook.reads().await["failing_since"].is_string().then_some(())).await;
        hall.seconds_pass(119 * 3600).await;
        until("it is tried again", async || (webhook.reads().await["failures"].as_u64() > Some(1)).then_some(())).await;
        assert_eq!(webhook.reads().await["state"], "active", "not before 120 hours");
        hall.seconds_pass(2 * 3600).await;
        until("it is disabled", async || (webhook.reads().await["state"] == "failing").then_some(())).await;
        let told = until("its owner is told", async || {
            webhook.feed_of(&[&webhook.id]).await.into_iter().find(|event| event["type"] == "cn.gov.yichuang.webhook.disabled.v1")
        })
        .await;
        assert_eq!(told["data"]["href"], webhook.path(""));
        platform.post(&webhook.path("/ping")).await.refused("endpoint_off");
        receiver.comes_back().await;
        let later = case_of(&platform).await;
        let on = json!({
            "name": "平台", "url": receiver.url(), "types": [], "signature": "hmac_sha256", "active": true,
        });
        platform.put(&webhook.path("")).if_match("*").json(&on).await.ok();
        webhook.has_told(&receiver, &[&case.id, &later.id], 3).await;
        nothing_is_lost(&webhook, &receiver, &[case, later]).await;
    }

    /// RFC 9110 §15.5.11: whoever is gone is told nothing more.
    async fn an_endpoint_that_is_gone_is_disabled(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        receiver.answers(|_| Reply::Status(410, ""));
        let webhook = platform.is_told_at(&receiver).await;
        until("it is disabled", async || (webhook.reads().await["state"] == "gone").then_some(())).await;
        assert_eq!(receiver.came().len(), 1);
    }

    /// Promise P3: what is refused again and again while other cases arrive is given up after about a day, what comes after it
    /// goes on, and it can be sent again, alone or with all others.
    async fn what_is_given_up_can_be_sent_again(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let is_first = |came: &Came| came.event["type"] == "cn.gov.yichuang.case.received.v1";
        receiver.answers(move |came| if is_first(came) { Reply::Status(422, "") } else { Reply::ok() });
        let (bad, other) = (case_of(&platform).await, case_of(&platform).await);
        let subjects = [bad.id.clone(), other.id.clone()];
        receiver.answers(move |came| {
            let is_bad = subjects.iter().any(|subject| subject == came.subject());
            if is_bad && is_first(came) { Reply::Status(422, "") } else { Reply::ok() }
        });
        for case in [&bad, &other] {
            platform.withdraws(case).await.ok();
        }
        let mut failed = [Value::Null, Value::Null];
        for round in 1..=12 {
            // Others arrive, so that it is the letters' fault and not the endpoint's.
            let good = case_of(&platform).await;
            webhook.has_told(&receiver, &[&good.id], 1).await;
            failed = until("both are tried", async || {
                let all = webhook.deliveries("").await;
                let of = |case: &Case| {
                    let is_it = |it: &&Value| it["subject"] == case.id.as_str() && it["attempts"].as_u64() >= Some(round);
                    all.iter().find(is_it).cloned()
                };
                Some([of(&bad)?, of(&other)?])
            })
            .await;
            hall.seconds_pass(35_000).await;
        }
        for failed in &failed {
            assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(12)));
            assert_eq!(failed["last_outcome"], json!("422"));
        }
        assert_eq!(webhook.deliveries("failed").await.len(), 2);
        for case in [&bad, &other] {
            let told = webhook.has_told(&receiver, &[&case.id], 1).await;
            assert_eq!(told[0]["type"], "cn.gov.yichuang.case.withdrawn.v1", "what comes after it goes on");
        }
        let path = webhook.path(&format!("/deliveries/{}", failed[0]["id"].as_str().unwrap()));
        assert_eq!(platform.get(&path).await.ok()["log"].as_array().unwrap().len(), 12);
        platform.post(&format!("{path}/retry")).await.ok();
        until("it is tried again", async || (platform.get(&path).await.ok()["attempts"] == 1).then_some(())).await;
        receiver.answers(|_| Reply::ok());
        hall.seconds_pass(10).await;
        webhook.has_told(&receiver, &[&bad.id], 2).await;
        let log = until("it is settled", async || {
            let now = platform.get(&path).await.ok();
            (now["state"] == "delivered").then_some(now)
        })
        .await;
        assert_eq!(log["log"].as_array().unwrap().len(), 14);
        let left = webhook.deliveries("failed").await;
        assert_eq!((left.len(), &left[0]["id"]), (1, &failed[1]["id"]), "alone");
        // With all others that were given up, and with nothing else.
        until("all else is settled", async || webhook.deliveries("pending").await.is_empty().then_some(())).await;
        let (settled, came) = (webhook.deliveries("delivered").await, receiver.came().len());
        platform.post(&webhook.path("/retry")).await.ok();
        webhook.has_told(&receiver, &[&other.id], 2).await;
        until("none is given up or waits", async || {
            let waits = !webhook.deliveries("failed").await.is_empty() || !webhook.deliveries("pending").await.is_empty();
            (!waits).then_some(())
        })
        .await;
        let mut after = webhook.deliveries("delivered").await;
        after.retain(|it| it["id"] != failed[1]["id"]);
        assert_eq!((after, receiver.came().len()), (settled, came + 1));
    }

    /// Promise P3: whoever refuses one event, and is told of nothing else meanwhile, is cut off from nothing else: that event is
    /// tried by the schedule and given up, and what comes after it goes on.
    async fn a_refused_event_silences_nobody(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let bad = case_of(&platform).await;
        webhook.has_told(&receiver, &[&bad.id], 1).await;
        receiver.answers(|came| {
            let is_bad = came.event["type"] == "cn.gov.yichuang.case.withdrawn.v1";
            if is_bad { Reply::Status(422, "") } else { Reply::ok() }
        });
        platform.withdraws(&bad).await.ok();
        for round in 1..=12 {
            let tried = until("it is tried", async || {
                let all = webhook.deliveries("").await;
                all.into_iter().find(|it| it["last_outcome"] == "422" && it["attempts"].as_u64() >= Some(round))
            })
            .await;
            let now = webhook.reads().await;
            let health = (&now["state"], &now["failures"], &now["failing_since"], &now["held_until"]);
            assert_eq!(health, (&json!("active"), &json!(0), &Value::Null, &Value::Null), "{round}");
            assert_eq!(tried["state"], if tried["attempts"] == 12 { "failed" } else { "pending" }, "{round}");
            if round == 6 {
                let good = case_of(&platform).await;
                webhook.has_told(&receiver, &[&good.id], 1).await;
            }
            hall.seconds_pass(35_000).await;
        }
        // More than 120 hours after it was first refused.
        hall.seconds_pass(20_000).await;
        let late = case_of(&platform).await;
        webhook.has_told(&receiver, &[&late.id], 1).await;
        assert_eq!((&webhook.reads().await["state"], webhook.deliveries("failed").await.len()), (&json!("active"), 1));
    }

    /// Promise P3: whoever refuses the letter of a probe is there again, and everything goes on.
    async fn a_refused_probe_closes_the_circuit(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let before = case_of(&platform).await;
        webhook.has_told(&receiver, &[&before.id], 1).await;
        receiver.answers(|_| Reply::Status(500, ""));
        let cases = cases_of(&platform, 12).await;
        let held = circuit_opens(&webhook, &receiver).await;
        let is_refused = AtomicBool::new(false);
        receiver.answers(move |_| {
            if is_refused.swap(true, Ordering::Relaxed) { Reply::ok() } else { Reply::Status(422, "") }
        });
        hall.time_passes_to(&held.text("/held_until")).await;
        // Without waiting for another probe.
        webhook.has_told(&receiver, &ids(&cases), 11).await;
        assert_eq!(webhook.reads().await["failures"], 0);
        time_brings(&hall, &webhook, &receiver, &cases, 12).await;
    }

    /// Promise P3: everything since a time, once more, in the same order and with the same ids.
    async fn a_replay_begins_where_it_is_told_to(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let early = cases_of(&platform, 3).await;
        webhook.has_told(&receiver, &ids(&early), 3).await;
        hall.seconds_pass(7200).await;
        let from = hall.now();
        hall.seconds_pass(300).await;
        let late = cases_of(&platform, 3).await;
        for case in &late {
            platform.withdraws(case).await.ok();
        }
        webhook.has_told(&receiver, &ids(&late), 6).await;
        until("all of it is settled", async || webhook.deliveries("pending").await.is_empty().then_some(())).await;
        let before: Vec<String> = receiver.came().into_iter().map(|came| came.id).collect();
        platform.post(&webhook.path("/replay")).json(&json!({ "from": from })).await.ok();
        let again = until("six come again", async || {
            let came: Vec<Came> = receiver.came().split_off(before.len());
            let came: Vec<Came> = came.into_iter().filter(|came| before.contains(&came.id)).collect();
            (came.len() >= 6).then_some(came)
        })
        .await;
        assert!(again.iter().all(|came| ids(&late).contains(&came.subject())), "{again:?}");
        for case in &late {
            let sequences: Vec<u64> =
                again.iter().filter(|came| came.subject() == case.id).map(Came::sequence).collect();
            assert!(sequences.len() == 2 && sequences.is_sorted(), "{sequences:?}");
        }
        nothing_is_lost(&webhook, &receiver, &late).await;
    }

    /// 保存期: what was settled is forgotten after thirty days, and can still be replayed from the feed.
    async fn old_deliveries_are_forgotten(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let from = hall.now();
        let case = case_of(&platform).await;
        platform.withdraws(&case).await.ok();
        webhook.has_told(&receiver, &[&case.id], 2).await;
        until("it is settled", async || webhook.deliveries("pending").await.is_empty().then_some(())).await;
        hall.seconds_pass(31 * 86_400).await;
        hall.restarts().await;
        until("it is forgotten", async || {
            webhook.deliveries("").await.iter().all(|it| it["subject"] != case.id.as_str()).then_some(())
        })
        .await;
        platform.post(&webhook.path("/replay")).json(&json!({ "from": from })).await.ok();
        until("it comes again", async || {
            let again = receiver.accepted().into_iter().filter(|came| came.subject() == case.id);
            (again.count() == 4).then_some(())
        })
        .await;
    }

    /// A receiver that says too much, too little, too slowly or nonsense: what says 200 is an answer and sent once, the rest
    /// is a failure with its reason, and others are not held up by any of them.
    async fn hostile_receivers_harm_nobody(hall: Hall) {
        let platform = hall.system("zjzwfw").await;
        let good = Receiver::start().await;
        let friendly = platform.is_told_at(&good).await;
        let mut hostile = Vec::new();
        for (reply, outcome) in [
            (Reply::Flood, "200"),
            (Reply::Drip, "200"),
            (Reply::Short, "200"),
            (Reply::Late(Duration::from_millis(1500), 200), "200"),
            (Reply::HangUp, "broken_off"),
            (Reply::Garbage, "broken_off"),
            (Reply::Redirect(good.url()), "307"),
            (Reply::Silence, "timeout"),
        ] {
            let receiver = Receiver::start().await;
            let answer = reply.clone();
            receiver.answers(move |_| answer.clone());
            hostile.push((platform.is_told_at(&receiver).await, receiver, reply, outcome));
        }
        let case = case_of(&platform).await;
        let began = std::time::Instant::now();
        friendly.has_told(&good, &[&case.id], 1).await;
        assert!(began.elapsed() < Duration::from_secs(8), "others hold it up: {:?}", began.elapsed());
        for (webhook, receiver, reply, outcome) in &hostile {
            let what = format!("{reply:?} ends with {outcome}");
            let first = until_within(40, &what, async || {
                webhook.deliveries("").await.into_iter().find(|it| it["last_outcome"].is_string())
            })
            .await;
            assert_eq!(first["last_outcome"], *outcome, "{what}");
            let times = receiver.came().iter().filter(|came| came.id == first["event"]).count();
            assert!(*outcome != "200" || times == 1, "{what} but was sent {times} times");
            if matches!(reply, Reply::Flood) {
                // Each is cut at 16 KiB, and the rest lies in buffers. Whoever reads on until the time is up takes much more.
                let taken = receiver.flooded() / receiver.connections() as usize;
                assert!((16 * 1024..=BUFFERS).contains(&taken), "{taken} bytes of each flood were taken");
            }
        }
        assert_eq!(repetitions(&good), 1, "nobody was redirected here");
    }
}

/// Killed while letters are on their way, again and again.
async fn kill_in_the_middle(database: Database) {
    if database.is_left_out() {
        return;
    }
    let receiver = Receiver::start().await;
    let hall = Hall::open_program(database, PROGRAM, TOML);
    let platform = hall.system("zjzwfw").await;
    let webhook = platform.is_told_at(&receiver).await;
    receiver.answers(|_| Reply::Late(Duration::from_millis(120), 204));
    let mut cases = Vec::new();
    for _ in 0..3 {
        let some = cases_of(&platform, 6).await;
        for case in &some {
            platform.withdraws(case).await.ok();
        }
        cases.extend(some);
        hall.process().kill();
        hall.starts_again(PROGRAM);
    }
    receiver.answers(|_| Reply::ok());
    // What a dead process had claimed is taken up when its claims run out.
    until_within(90, "nothing is lost", async || (once(&receiver, &ids(&cases)).len() == 36).then_some(())).await;
    nothing_is_lost(&webhook, &receiver, &cases).await;
    // At least once, and no more often than somebody was killed.
    assert!(repetitions(&receiver) <= 4);
}

const TOML: &str = "log = \"warn\"\n[webhooks]\nallowed_networks = [\"127.0.0.0/8\"]\n";

#[tokio::test]
async fn webhooks_killed_in_the_middle_sqlite() {
    kill_in_the_middle(Database::Sqlite).await;
}

#[tokio::test]
async fn webhooks_killed_in_the_middle_postgres() {
    kill_in_the_middle(Database::Postgres).await;
}

/// Promise P3: three processes on one database send each event once, in order, while the receiver is slow.
#[tokio::test]
async fn several_processes_do_not_send_the_same_webhook() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let receiver = Receiver::start().await;
    let hall = Hall::open_program(Database::Postgres, PROGRAM, TOML);
    let others = [hall.beside(PROGRAM), hall.beside(PROGRAM)];
    let platform = hall.system("zjzwfw").await;
    let webhook = platform.is_told_at(&receiver).await;
    // Longer than it takes the others to look.
    receiver.answers(|_| Reply::Late(Duration::from_millis(400), 204));
    let cases = cases_of(&platform, 12).await;
    for case in &cases {
        platform.withdraws(case).await.ok();
    }
    until_within(60, "all are told", async || (once(&receiver, &ids(&cases)).len() == 24).then_some(())).await;
    nothing_is_lost(&webhook, &receiver, &cases).await;
    assert_eq!(repetitions(&receiver), 1);
    drop(others);
}

/// Promise P3: a process that starts beside others on the database of a sandbox takes nothing over that they are sending.
#[tokio::test]
async fn a_process_that_starts_sends_nothing_of_the_others() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let receiver = Receiver::start().await;
    // Longer than it takes a process to start.
    receiver.answers(|_| Reply::Late(Duration::from_secs(8), 204));
    let hall = Hall::open_sandbox(Database::Postgres, PROGRAM);
    drop(hall.process());
    std::fs::write(hall.data().join("yichuang.toml"), TOML).unwrap();
    hall.starts_again(PROGRAM);
    let platform = hall.system("zjzwfw").await;
    let webhook = platform.is_told_at(&receiver).await;
    let case = case_of(&platform).await;
    until("it is on its way", async || (receiver.connections() > 0).then_some(())).await;
    let beside = hall.beside(PROGRAM);
    let told = async || (once(&receiver, &[&case.id]) == webhook.feed_of(&[&case.id]).await).then_some(());
    until_within(60, "all is told", told).await;
    nothing_is_lost(&webhook, &receiver, &[case]).await;
    assert_eq!(repetitions(&receiver), 1, "one attempt of each, by the process that had it");
    drop((hall.process(), beside));
}
