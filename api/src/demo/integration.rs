//! 对接: what an integrator relies on, tried on a server of the demonstration's own, which is killed on the way: an
//! application pushed over and over, a feed that is resumed, a receiver of webhooks that is down for a day, a batch of the
//! exchange that is handed over again. What is claimed at the end is what was observed from outside.

mod batch;
mod consumer;
mod pushing;
mod receiver;
mod server;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kernel::{Instant, Role};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use self::{consumer::Consumer, receiver::Receiver, server::Server};
use super::{
    Player,
    client::{Client, Request, Trouble},
    wire::Page,
};
use crate::{auth::Keys, console::say, settings::Settings};

/// How often the application is pushed.
const PUSHED: usize = 200;
/// How many looks it takes at the most until everything was told, an hour of the sandbox apart.
const LOOKS: usize = 60;

/// The test systems of a sandbox, and those who move it.
struct Cast {
    platform: Player,
    manager: Player,
    admin: Player,
}

/// What was observed.
#[derive(Debug, Default)]
struct Observed {
    cases: usize,
    pushed: usize,
    feed_lost: usize,
    feed_twice: usize,
    webhooks_lost: usize,
    reconciled: bool,
}

impl Observed {
    fn is_well(&self) -> bool {
        let Self { cases, pushed, feed_lost, feed_twice, webhooks_lost, reconciled } = *self;
        cases == 1 && pushed == PUSHED && feed_lost == 0 && feed_twice == 0 && webhooks_lost == 0 && reconciled
    }
}

/// 一件办件, as far as it is looked at here.
#[derive(Clone, Debug, Deserialize)]
struct Case {
    id: String,
    number: String,
    version: u64,
}

#[derive(Debug, Deserialize)]
struct Reading {
    now: Instant,
}

/// Plays it on a server of its own. How many of its claims did not hold, or why it could not be played.
pub async fn play(settings: &Settings) -> Result<usize, String> {
    let receiver = Receiver::start().map_err(|error| format!("无法接收推送（{error}）"))?;
    let mut server = Server::start().await?;
    let keys = Keys::load(&server.folder().join("keys")).map_err(|error| error.to_string())?;
    let client = Arc::new(Client::new(&server.url(), keys, settings.tokens.clone(), settings.centre)?);
    let mut observed = Observed { pushed: PUSHED, ..Observed::default() };
    let outcome = rehearse(&client, &mut server, &receiver, &mut observed).await;
    if let Err(trouble) = &outcome {
        say(format_args!("不属实  {trouble}"));
    }
    receiver.stop().await;
    let Observed { cases, pushed, feed_lost, feed_twice, webhooks_lost, reconciled } = observed;
    let export = if reconciled { "export reconciled" } else { "export not reconciled" };
    say(format_args!(
        "{cases} case from {pushed} retries, feed {feed_lost} lost {feed_twice} twice, webhooks {webhooks_lost} lost, {export}"
    ));
    Ok(usize::from(outcome.is_err() || !observed.is_well()))
}

async fn rehearse(
    client: &Arc<Client>,
    server: &mut Server,
    receiver: &Receiver,
    observed: &mut Observed,
) -> Result<(), Trouble> {
    let cast = Cast {
        platform: Player::new(Role::Adapter, "sandbox-adapter"),
        manager: Player::new(Role::Manager, "manager"),
        admin: Player::new(Role::SystemAdmin, "system_admin"),
    };
    let endpoint = json!({ "name": "演练接收端", "url": receiver.url() });
    let registered: Value =
        client.send(Request::post("/v1/webhook-endpoints").by(&cast.platform).json(&endpoint)).await?.value;
    receiver.expects(registered["secret"].as_str().unwrap_or_default());
    receiver.fails(true);
    tell("登记推送订阅", "接收端此后一律以500答复");

    let mut consumer = Consumer::default();
    let number = format!("INTEGRATION-{}", uuid::Uuid::now_v7().simple());
    let answered = pushing::blindly(client, &cast.platform, server, &number, PUSHED).await?;
    tell("推送申请", &format!("盲目重试{PUSHED}次，其间服务被强行终止并重启；{answered}次得到答复，其余无人应答"));
    consumer.reads_some(client, &cast.platform, 2).await?;
    tell("读取事件流", &format!("读到第{}条即中断", consumer.read()));

    // The applicant is a scripted one: the sandbox itself takes the case to its end.
    passes(client, &cast, chrono::Duration::minutes(2)).await?;
    // Nobody else hands anything in here.
    observed.cases = all::<Case>(client, &cast.platform, "/v1/cases").await?.len();
    consumer.reads_on(client, &cast.platform).await?;
    tell("续读事件流", &format!("从中断处续读，共{}条", consumer.read()));

    for _ in 0..24 {
        passes(client, &cast, chrono::Duration::hours(1)).await?;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    tell("接收端故障一天", &format!("其间推送失败{}次", receiver.refused()));
    receiver.fails(false);
    consumer.reads_on(client, &cast.platform).await?;
    let expected = events_of(client, &cast.platform).await?;
    for _ in 0..LOOKS {
        if expected.is_subset(&receiver.told()) {
            break;
        }
        passes(client, &cast, chrono::Duration::hours(1)).await?;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    observed.webhooks_lost = expected.difference(&receiver.told()).count();
    tell("接收端恢复", &format!("应收{}条，验签收到{}条", expected.len(), receiver.told().len()));
    consumer.reads_on(client, &cast.platform).await?;
    observed.feed_lost = expected.difference(&consumer.seen()).count();
    observed.feed_twice = consumer.twice();

    let numbers: Vec<String> =
        all::<Case>(client, &cast.platform, "/v1/cases").await?.into_iter().map(|case| case.number).collect();
    observed.reconciled = batch::is_reconciled(client, &cast, &numbers).await?;
    tell("数据交换", "导出批次，下载，重发后再下载，逐字节相同，与办件逐一核对");
    Ok(())
}

/// Of which subject, and which version it made.
type Happened = (String, u64);

/// What happened to the cases of the platform, by their own account: each event made one version.
async fn events_of(client: &Client, platform: &Player) -> Result<BTreeSet<Happened>, Trouble> {
    let cases = all::<Case>(client, platform, "/v1/cases").await?;
    Ok(cases.into_iter().flat_map(|case| (1..=case.version).map(move |version| (case.id.clone(), version))).collect())
}

/// Lets time go by in the sandbox.
async fn passes(client: &Client, cast: &Cast, by: chrono::Duration) -> Result<(), Trouble> {
    let now = client.send::<Reading>(Request::get("/v1/sandbox/clock")).await?.value.now;
    let to = json!({ "to": now.plus(by) });
    client.send::<Reading>(Request::post("/v1/sandbox/clock").by(&cast.admin).json(&to)).await?;
    Ok(())
}

/// A whole list, page by page.
async fn all<T: DeserializeOwned>(client: &Client, player: &Player, path: &str) -> Result<Vec<T>, Trouble> {
    let (mut found, mut address) = (Vec::new(), format!("{path}?limit=200"));
    loop {
        let page = client.send::<Page<T>>(Request::get(address).by(player)).await?.value;
        found.extend(page.data);
        match page.page.next_cursor {
            Some(cursor) => address = format!("{path}?limit=200&cursor={cursor}"),
            None => return Ok(found),
        }
    }
}

fn tell(step: &str, what: &str) {
    say(format_args!("{}  {what}", super::table::padded(step, 16)));
}
