//! The hotline as a peer that is down, slow, repetitive and out of order, with restarts of ours in between: nothing is
//! lost, nothing is applied twice, the order is kept (clause G3). Time is the sandbox's.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::{Duration, Instant},
};

use api::simulator::hotline::Hotline;
use tests::{
    hotline::{HOTLINE, SECRET, dispatch},
    *,
};

use crate::PROGRAM;

/// The hall's clock goes forward by so many seconds.
async fn seconds_pass(hall: &Hall, seconds: i64) {
    let now = chrono::DateTime::parse_from_rfc3339(&hall.now()).unwrap();
    hall.time_passes_to(&(now + chrono::Duration::seconds(seconds)).to_rfc3339()).await;
}

async fn callbacks(hall: &Hall, number: &str) -> Vec<Value> {
    let path = format!("/v1/hotline/work-orders/{number}/callbacks?limit=200");
    hall.supervisor().get(&path).await.ok().body.as_array().unwrap().clone()
}

/// An alarm of the feed, and the end of it.
const CALLBACKS: [&str; 2] = ["callbacks_overdue", "callbacks_caught_up"];
const MESSAGES: [&str; 2] = ["messages_held", "messages_caught_up"];

/// What the feed tells somebody of these: which, of whom, and where it is read.
async fn alarms(caller: &Caller, kinds: [&str; 2]) -> Vec<(String, String, String)> {
    let types = kinds.map(|kind| format!("cn.gov.yichuang.hotline.{kind}.v1"));
    let events = caller.get(&format!("/v1/events?types={}", types.join(","))).await.ok();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let kind = |it: &Value| text(&it["type"]).split('.').nth(4).unwrap().to_owned();
    events.data().iter().map(|it| (kind(it), text(&it["subject"]), text(&it["data"]["href"]))).collect()
}

/// Whether every callback of these orders is delivered.
async fn all_are_delivered(hall: &Hall, numbers: &[String]) -> Option<()> {
    for number in numbers {
        if callbacks(hall, number).await.iter().any(|it| it["delivered_at"].is_null()) {
            return None;
        }
    }
    Some(())
}

/// Time goes on until the hotline has been told everything of these orders.
async fn time_brings_it(hall: &Hall, hotline: &Hotline, numbers: &[String]) {
    until("every callback is delivered", async || {
        seconds_pass(hall, 30).await;
        all_are_delivered(hall, numbers).await
    })
    .await;
    assert_eq!((hotline.disordered(), hotline.unsigned()), (Vec::<String>::new(), 0));
}

/// Each callback that was written is with the hotline, once, in order, and says what the record says.
async fn nothing_is_lost_or_doubled(hall: &Hall, hotline: &Hotline, number: &str, kinds: &[&str]) {
    let received = hotline.received_of(number);
    let told: Vec<&str> = received.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(told, kinds, "{number}");
    let written: Vec<String> =
        callbacks(hall, number).await.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(received.into_iter().map(|it| it.id).collect::<Vec<_>>(), written);
}

/// The hotline cannot be called back for so many seconds of the sandbox, and says everything twice and backwards, while work
/// goes on and the server is restarted.
async fn survives_an_outage_of(hall: &Hall, seconds: i64) {
    let hotline = hall.with_hotline().await;
    hall.a_new_morning().await;
    let numbers: Vec<String> = (1..=3).map(|n| format!("OUT-{seconds}-{n}")).collect();
    for number in &numbers {
        hall.dispatched(&hotline, number).await;
    }
    for number in &numbers {
        hall.everything_is_told(&hotline, number).await;
    }
    hotline.goes_down().await;
    hotline.behave(|behaviour| (behaviour.twice, behaviour.disorder) = (true, true));
    let section = hall.supervisor();
    let supplements = ["补充1", "补充2"];
    for number in &numbers {
        section.signs_for(number).await.ok();
        for text in supplements {
            hotline.says(number, json!({ "kind": "supplement", "text": text }));
        }
        hotline.says(number, json!({ "kind": "urge" }));
        // The last one comes first, and its answer gets lost.
        let path = format!("/v1/hotline/work-orders/{number}/messages");
        let urge = json!({ "sequence": 4, "kind": "urge" });
        assert_eq!(hall.hotline(HOTLINE).post(&path).json(&urge).await.status, 202);
    }
    seconds_pass(hall, seconds / 2).await;
    hall.restarts_for(&hotline).await;
    let answers = hotline.sends().await;
    assert!(answers.len() == 9 && answers.iter().all(|it| matches!(it.status, 200 | 202)), "{answers:?}");
    for number in &numbers {
        hall.supervisor().assigns_work_order(number, "housing-construction").await.ok();
        hall.supervisor().answers_work_order(number).await.ok();
    }
    until("it was tried in vain", async || {
        let first = callbacks(hall, &numbers[0]).await;
        (first[1]["attempts"].as_u64() > Some(0)).then_some(())
    })
    .await;
    let second = callbacks(hall, &numbers[0]).await[2].clone();
    assert_eq!(second["attempts"], 0, "never the second before the first: {second}");
    seconds_pass(hall, seconds - seconds / 2).await;
    hotline.comes_back().await.unwrap();
    time_brings_it(hall, &hotline, &numbers).await;
    for number in &numbers {
        nothing_is_lost_or_doubled(hall, &hotline, number, &["dispatched", "acknowledged", "assigned", "answered"])
            .await;
        let order = hall.work_order(number).await;
        assert_eq!((&order["supplements"], &order["urged"]), (&json!(supplements), &json!(1)), "{number}");
    }
}

tests::on_both_stores! {
    /// Clause G3: down for 10 seconds.
    async fn an_outage_of_10_seconds(hall: Hall) { survives_an_outage_of(&hall, 10).await; }

    /// Clause G3: down for a minute.
    async fn an_outage_of_60_seconds(hall: Hall) { survives_an_outage_of(&hall, 60).await; }

    /// Clause G3: down for five minutes.
    async fn an_outage_of_300_seconds(hall: Hall) { survives_an_outage_of(&hall, 300).await; }

    /// Clause G3: down for ten minutes.
    async fn an_outage_of_600_seconds(hall: Hall) { survives_an_outage_of(&hall, 600).await; }

    /// Clause G3: our side down, everything sent twice and backwards, a restart in the middle: each applied once, in order.
    async fn deliveries_twice_and_backwards(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let at = hall.now();
        hotline.behave(|behaviour| (behaviour.twice, behaviour.disorder) = (true, true));
        for order in 1..=4 {
            hotline.dispatches(&format!("W-{order}"), dispatch(&at));
            for n in 1..=6 {
                hotline.says(&format!("W-{order}"), json!({ "kind": "supplement", "text": format!("补充{n}") }));
            }
        }
        hall.close().await;
        assert!(hotline.sends().await.is_empty(), "nobody is there");
        assert_eq!(hotline.waiting(), 28);
        hall.restarts_for(&hotline).await;
        let mut answers = hotline.sends().await;
        assert!(answers.iter().all(|it| matches!(it.status, 200 | 202)), "{answers:?}");
        for order in 1..=4 {
            hotline.says(&format!("W-{order}"), json!({ "kind": "urge" }));
        }
        hall.restarts_for(&hotline).await;
        answers.extend(hotline.sends().await);
        for order in 1..=4 {
            let found = hall.work_order(&format!("W-{order}")).await;
            let expected: Vec<String> = (1..=6).map(|n| format!("补充{n}")).collect();
            assert_eq!((&found["supplements"], &found["urged"]), (&json!(expected), &json!(1)));
            let path = format!("/v1/hotline/work-orders/W-{order}/deliveries");
            let deliveries = hall.supervisor().get(&path).await.ok().body;
            assert!(deliveries.as_array().unwrap().iter().all(|it| it["state"] == "applied"), "{deliveries}");
        }
    }

    /// Clause G3: 500 again and again; it is tried until it is taken, and Retry-After is kept to.
    async fn a_peer_that_fails(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hotline.behave(|behaviour| behaviour.fail = 3);
        hall.dispatched(&hotline, "W-1").await;
        hall.supervisor().signs_for("W-1").await.ok();
        time_brings_it(&hall, &hotline, &["W-1".to_owned()]).await;
        nothing_is_lost_or_doubled(&hall, &hotline, "W-1", &["dispatched", "acknowledged"]).await;
        let attempts: Vec<Value> = callbacks(&hall, "W-1").await.iter().map(|it| it["attempts"].clone()).collect();
        assert_eq!(attempts, [json!(4), json!(4)]);

        hotline.behave(|behaviour| (behaviour.fail, behaviour.busy) = (1, Some(1800)));
        let before = chrono::DateTime::parse_from_rfc3339(&hall.now()).unwrap();
        hall.dispatched(&hotline, "W-2").await;
        let tried = until("it was asked to wait", async || {
            callbacks(&hall, "W-2").await.into_iter().find(|it| it["last_outcome"] == "503")
        })
        .await;
        let next = chrono::DateTime::parse_from_rfc3339(tried["next_attempt_at"].as_str().unwrap()).unwrap();
        assert!(next - before >= chrono::Duration::seconds(1800), "{tried}");
        seconds_pass(&hall, 1500).await;
        assert_eq!(callbacks(&hall, "W-2").await[0]["attempts"], 1);
        time_brings_it(&hall, &hotline, &["W-2".to_owned()]).await;
    }

    /// Clause G3: an answer that comes late, or with far too much in it, is an answer, and nothing is sent twice for it.
    async fn a_peer_that_is_slow_and_says_too_much(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hotline.behave(|behaviour| (behaviour.late, behaviour.flood) = (Duration::from_millis(300), 16 * 1024 * 1024));
        hall.dispatched(&hotline, "W-1").await;
        hall.supervisor().signs_for("W-1").await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        nothing_is_lost_or_doubled(&hall, &hotline, "W-1", &["dispatched", "acknowledged"]).await;
        assert_eq!(hotline.repetitions(), 0);
    }

    /// Clause G3: a peer that is down for days loses nothing: what waits is listed and counted, put on the record once, still
    /// tried, and sent at once when told to.
    async fn what_waits_for_days_is_seen_and_sent_on_command(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.everything_is_told(&hotline, "W-1").await;
        hotline.goes_down().await;
        hall.supervisor().signs_for("W-1").await.ok();
        hall.supervisor().assigns_work_order("W-1", "housing-construction").await.ok();
        let waiting = format!("/v1/hotline/callbacks?hotline={HOTLINE}");
        let first = hall.supervisor().get(&format!("{waiting}&limit=1")).await.ok();
        assert_eq!((&first.data()[0]["about"], &first.data()[0]["callback"]["kind"]), (&json!("W-1"), &json!("acknowledged")));
        let cursor = first.text("/page/next_cursor");
        let second = hall.supervisor().get(&format!("{waiting}&limit=1&cursor={cursor}")).await.ok();
        assert_eq!(second.data()[0]["callback"]["kind"], "assigned");
        hall.supervisor().get("/v1/hotline/callbacks").await.problem(400, "invalid_parameter");
        assert_eq!(hall.hotline(HOTLINE).get("/v1/hotline/callbacks").await.ok().data().len(), 2);
        assert!(hall.hotline("another").get("/v1/hotline/callbacks").await.ok().data().is_empty());
        let notes = || texts(&mut hall.outside(), "SELECT body AS line FROM events WHERE kind = 'callbacks_overdue'");
        assert!(notes().is_empty());
        for day in 1..=3 {
            seconds_pass(&hall, 86_400).await;
            until("it is tried and noted", async || {
                let attempts = callbacks(&hall, "W-1").await[1]["attempts"].as_u64();
                (attempts >= Some(day) && !notes().is_empty()).then_some(())
            })
            .await;
        }
        assert_eq!(notes().len(), 1, "once");
        let told = CALLBACKS.map(|kind| (kind.to_owned(), HOTLINE.to_owned(), waiting.clone()));
        for caller in [hall.supervisor(), hall.manager(), hall.reform()] {
            until("the feed tells", async || (alarms(&caller, CALLBACKS).await == told[..1]).then_some(())).await;
        }
        assert!(alarms(&hall.adapter("zjzwfw"), CALLBACKS).await.is_empty(), "not for other systems");
        hotline.comes_back().await.unwrap();
        let resent = hall.supervisor().post("/v1/hotline/callbacks/resending").json(&json!({ "hotline": HOTLINE })).await.ok();
        assert!(resent["hastened"].as_u64() >= Some(1), "{}", resent.body);
        hall.everything_is_told(&hotline, "W-1").await;
        nothing_is_lost_or_doubled(&hall, &hotline, "W-1", &["dispatched", "acknowledged", "assigned"]).await;
        assert!(hall.supervisor().get(&waiting).await.ok().data().is_empty());
        until("the feed tells that it is over", async || {
            (alarms(&hall.manager(), CALLBACKS).await == told).then_some(())
        })
        .await;
    }

    /// Clause G3: what is held because a number before it never came is listed, and once it is held for a day the section and
    /// the centre are told, once; and told again when it goes on.
    async fn what_is_held_for_a_day_is_seen(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let says = async |body: Value| {
            hall.hotline(HOTLINE).post("/v1/hotline/work-orders/W-1/messages").json(&body).await
        };
        says(json!({ "sequence": 2, "kind": "supplement" })).await.names_field("/text");
        for sequence in [4, 3] {
            assert_eq!(says(json!({ "sequence": sequence, "kind": "urge" })).await.status, 202);
        }
        let list = format!("/v1/hotline/held-messages?hotline={HOTLINE}");
        let first = hall.supervisor().get(&format!("{list}&limit=1")).await.ok();
        assert_eq!((&first.data()[0]["external_no"], &first.data()[0]["message"]["sequence"]), (&json!("W-1"), &json!(3)));
        let cursor = first.text("/page/next_cursor");
        let second = hall.supervisor().get(&format!("{list}&limit=1&cursor={cursor}")).await.ok();
        assert_eq!((second.data().len(), &second.data()[0]["message"]["sequence"]), (1, &json!(4)));
        hall.supervisor().get("/v1/hotline/held-messages").await.problem(400, "invalid_parameter");
        assert_eq!(hall.hotline(HOTLINE).get("/v1/hotline/held-messages").await.ok().data().len(), 2);
        assert!(hall.hotline("another").get("/v1/hotline/held-messages").await.ok().data().is_empty());

        let notes = || texts(&mut hall.outside(), "SELECT body AS line FROM events WHERE kind = 'messages_held'");
        seconds_pass(&hall, 80_000).await;
        assert!(notes().is_empty(), "not a day yet");
        for _ in 0..2 {
            seconds_pass(&hall, 86_400).await;
            until("it is noted", async || (!notes().is_empty()).then_some(())).await;
        }
        assert_eq!(notes().len(), 1, "once");
        let told = MESSAGES.map(|kind| (kind.to_owned(), HOTLINE.to_owned(), list.clone()));
        for caller in [hall.supervisor(), hall.manager(), hall.reform()] {
            until("the feed tells", async || (alarms(&caller, MESSAGES).await == told[..1]).then_some(())).await;
        }
        assert!(alarms(&hall.adapter("zjzwfw"), MESSAGES).await.is_empty(), "not for other systems");
        says(json!({ "sequence": 2, "kind": "supplement", "text": "夜间无法通行。" })).await.ok();
        assert_eq!(hall.work_order("W-1").await["urged"], 2);
        assert!(hall.supervisor().get(&list).await.ok().data().is_empty());
        seconds_pass(&hall, 60).await;
        until("the feed tells that it is over", async || {
            (alarms(&hall.manager(), MESSAGES).await == told).then_some(())
        })
        .await;
    }

    /// Clause G3: a signature by another key is refused by the peer and stays undelivered, with the reason to be seen.
    async fn a_wrong_key_delivers_nothing(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.restarts_with(|settings| {
            hotline::configured(settings, &hotline);
            settings.hotlines[0].secrets[0].0 = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        })
        .await;
        hall.is_called_by(&hotline);
        hall.dispatched(&hotline, "W-1").await;
        until("it was refused", async || {
            callbacks(&hall, "W-1").await.into_iter().find(|it| it["last_outcome"] == "401")
        })
        .await;
        assert_eq!((hotline.received().len(), hotline.unsigned() > 0), (0, true));
        hall.restarts_for(&hotline).await;
        let numbers = ["W-1".to_owned()];
        until("every callback is delivered", async || {
            seconds_pass(&hall, 30).await;
            callbacks(&hall, &numbers[0]).await[0]["delivered_at"].is_string().then_some(())
        })
        .await;
    }
}

/// In `yichuang.toml`.
fn toml(callback_url: &str) -> String {
    format!(
        "log = \"warn\"\n[[hotlines]]\ncode = \"{HOTLINE}\"\ncallback_url = \"{callback_url}\"\nsecrets = [\"{SECRET}\"]\n"
    )
}

async fn simulated() -> Hotline {
    Hotline::start(SocketAddr::from(([127, 0, 0, 1], 0)), SECRET).await.unwrap()
}

/// A sandbox of its own process with the hotline in its settings, which cannot be there before the sandbox is.
async fn program_with(database: Database, hotline: &Hotline) -> Hall {
    let hall = Hall::open_sandbox(database, PROGRAM);
    let process = hall.process();
    process.terminate();
    drop(process);
    std::fs::write(hall.data().join("yichuang.toml"), toml(&hotline.callback_url())).unwrap();
    hall.starts_again(PROGRAM);
    hall.is_called_by(hotline);
    hall
}

/// The program is killed while callbacks are on their way, again and again.
async fn kill_in_the_middle(database: Database) {
    if database.is_left_out() {
        return;
    }
    let hotline = simulated().await;
    let hall = program_with(database, &hotline).await;
    hall.a_new_morning().await;
    hotline.behave(|behaviour| behaviour.late = Duration::from_millis(150));
    let mut numbers = Vec::new();
    for cycle in 0..3 {
        for n in 0..4 {
            let number = format!("K-{cycle}-{n}");
            hall.dispatched(&hotline, &number).await;
            hall.supervisor().signs_for(&number).await.ok();
            numbers.push(number);
        }
        hall.process().kill();
        hall.starts_again(PROGRAM);
        hall.is_called_by(&hotline);
    }
    // What a dead process had claimed is taken up when its claims run out.
    until_within(90, "every callback is delivered", async || all_are_delivered(&hall, &numbers).await).await;
    time_brings_it(&hall, &hotline, &numbers).await;
    for number in &numbers {
        nothing_is_lost_or_doubled(&hall, &hotline, number, &["dispatched", "acknowledged"]).await;
    }
}

#[tokio::test]
async fn killed_in_the_middle_sqlite() {
    kill_in_the_middle(Database::Sqlite).await;
}

#[tokio::test]
async fn killed_in_the_middle_postgres() {
    kill_in_the_middle(Database::Postgres).await;
}

/// Clause G3: three processes on one database send each callback once, in order, while the peer is slow.
#[tokio::test]
async fn several_processes_do_not_send_the_same() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let hotline = simulated().await;
    let hall = Hall::open_program(Database::Postgres, PROGRAM, &toml(&hotline.callback_url()));
    let others = [hall.beside(PROGRAM), hall.beside(PROGRAM)];
    hall.is_called_by(&hotline);
    // Longer than it takes the others to look.
    hotline.behave(|behaviour| behaviour.late = Duration::from_millis(1300));
    let numbers: Vec<String> = (0..12).map(|n| format!("P-{n}")).collect();
    for number in &numbers {
        hall.dispatched(&hotline, number).await;
        hall.supervisor().signs_for(number).await.ok();
    }
    for number in &numbers {
        hall.everything_is_told(&hotline, number).await;
        nothing_is_lost_or_doubled(&hall, &hotline, number, &["dispatched", "acknowledged"]).await;
    }
    assert_eq!((hotline.repetitions(), hotline.attempts()), (0, 24));
    drop(others);
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// `yichuang simulate hotline` and `yichuang hotline reconcile`, as an integrator uses them: it dispatches when told to, is
/// called back, agrees with the server, and stops by itself.
#[tokio::test]
async fn the_simulated_hotline_is_a_program() {
    let address = free_address();
    let hall = Hall::open_program(Database::Sqlite, PROGRAM, &toml(&format!("http://{address}/callbacks")));
    let server = format!("http://{}", hall.address());
    let mut command = program(PROGRAM, hall.data());
    command.args([
        "simulate",
        "hotline",
        "--listen",
        &address.to_string(),
        "--server",
        &server,
        "--twice",
        "--fail",
        "1",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains(HOTLINE));
    let peer = format!("http://{address}");
    let from = now();
    until("it listens", async || hall.http().get(format!("{peer}/callbacks")).send().await.ok()).await;
    let body = dispatch(&from);
    let sent = hall.http().put(format!("{peer}/work-orders/S-1")).json(&body).send().await.unwrap();
    assert_eq!(sent.status(), 202);
    hall.supervisor().returns_work_order("S-1").await.ok();
    // By itself it rejects what is returned.
    let started = Instant::now();
    while hall.work_order("S-1").await["state"] != "acknowledged" {
        assert!(started.elapsed() < Duration::from_secs(30), "it does not rule on the return");
        tokio::task::yield_now().await;
    }
    let reconcile = async || {
        let mut command = program(PROGRAM, hall.data());
        command.args([
            "hotline",
            "reconcile",
            "--server",
            &server,
            "--peer",
            &peer,
            "--from",
            &from,
            "--until",
            "2099-01-01T00:00:00Z",
        ]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let started = Instant::now();
    let output = loop {
        let output = reconcile().await;
        if output.status.success() || started.elapsed() > Duration::from_secs(30) {
            break output;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("0 differences"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metrics = hall.http().get(format!("http://{}/metrics", hall.management())).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("hotline_callbacks_undelivered{"), "{metrics}");
    // What it never heard of is a difference, and the command says so.
    let other = simulated().await;
    hall.is_called_by(&other);
    hall.dispatched(&other, "S-2").await;
    let output = reconcile().await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("S-2 missing_there"), "{said}");
    let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = until("it stops by itself", async || child.try_wait().unwrap()).await;
    assert!(status.success());
}
