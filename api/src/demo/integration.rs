//! 对接: the three users that the project is built for, each a program of its own with tokens that the server gave it: a
//! platform that pushes applications, a front end that vouches for applicants, the hotline. They use a server of the
//! demonstration's own, which is killed on the way. What is claimed at the end is what was observed from outside.

mod batch;
mod consumer;
mod front_end;
mod hotline;
mod platform;
mod pushing;
mod receiver;
mod server;
mod staff;
mod system;

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;

use self::{
    front_end::FrontEnd,
    hotline::{Listening, Peer},
    platform::Platform,
    receiver::Receiver,
    server::Server,
    staff::Staff,
    system::System,
};
use super::{
    client::{Client, Trouble},
    table::{caller, padded},
};
use crate::{
    auth::{Keys, Scope},
    console::say,
    settings::Settings,
};

/// How often the application is pushed.
const PUSHED: usize = 200;
/// The receiver of webhooks listens on this machine.
const WEBHOOKS: &str = "[webhooks]\nallowed_networks = [\"127.0.0.0/8\"]\n";

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

/// Of which subject, and which version it made.
type Happened = (String, u64);

/// Plays it on a server of its own, with this database, if one is named. How many of its claims did not hold, or why it could
/// not be played.
pub async fn play(database: Option<String>) -> Result<usize, String> {
    let receiver = Receiver::start().map_err(|error| format!("无法接收推送（{error}）"))?;
    let listening = Listening::start().await?;
    let mut server = Server::start(&format!("{WEBHOOKS}{}", listening.settings()), database).await?;
    let keys = Keys::load(&server.folder().join("keys")).map_err(|error| error.to_string())?;
    // The server's settings are the usual ones, whatever stands in the folder that this is played from.
    let Settings { tokens, centre, .. } = Settings::default();
    let client = Arc::new(Client::new(&server.url(), keys, tokens, centre)?);
    let mut observed = Observed::default();
    let outcome = rehearse(&client, &mut server, &receiver, listening, &mut observed).await;
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
    listening: Listening,
    observed: &mut Observed,
) -> Result<(), Trouble> {
    let staff = Staff::of(client);
    let (platform, front_end, hotline) = registered(client, &staff, server, listening).await?;
    let mut platform = Platform::with_endpoint(platform, receiver).await?;
    let visit = front_end.serves().await?;
    hotline.dispatches(&staff).await?;

    let pushed = platform.pushes(server, PUSHED).await?;
    observed.pushed = pushed.sent;
    platform.reads_some().await?;
    hotline.is_served(&staff).await?;

    // The applicants are scripted ones: the sandbox itself takes their cases to the end.
    staff.lets_pass(chrono::Duration::minutes(2)).await?;
    let cases = platform.cases().await?;
    // Those that were answered and those that are there.
    observed.cases = pushed.cases.iter().chain(cases.iter().map(|case| &case.id)).collect::<BTreeSet<_>>().len();
    platform.reads_on().await?;
    front_end.shows(&visit, &cases).await?;
    front_end.reads_the_decision(&visit, &staff).await?;
    front_end.gives_back(&visit).await?;

    platform.is_deaf_for_a_day(&staff).await?;
    let (happened, lost) = platform.hears(&staff).await?;
    observed.webhooks_lost = lost;
    platform.reads_on().await?;
    (observed.feed_lost, observed.feed_twice) = platform.missed(&happened);

    let numbers: Vec<String> = platform.cases().await?.into_iter().map(|case| case.number).collect();
    observed.reconciled = batch::is_reconciled(&staff, &platform.system, &numbers).await?;
    tell(&caller(Some(&staff.manager)), "数据交换", "发起批次、重发");
    tell(&platform.system.who(), "数据交换", "下载，重发后再下载，逐字节相同，与办件逐一核对");
    hotline.reconciles(&staff).await?;
    hotline.stops().await;
    Ok(())
}

/// 登记: each of the three has what it may do and no more, and gets its first token.
async fn registered(
    client: &Arc<Client>,
    staff: &Staff,
    server: &Server,
    listening: Listening,
) -> Result<(System, FrontEnd, Peer), Trouble> {
    let admin = &staff.security_admin;
    let scopes = [Scope::ReadCases, Scope::WriteCases, Scope::ReadEvents];
    let named = ("demo-platform", "政务服务平台");
    let platform = System::with_key(client, admin, named, &scopes, &server.beside("platform-keys")).await?;
    let scopes = [Scope::ReadCases, Scope::WriteCases, Scope::Vouch];
    let front_end = System::with_secret(client, admin, ("demo-front-end", "第三方前端"), &scopes).await?;
    tell(&caller(Some(admin)), "登记对接系统", "政务服务平台（公钥）、第三方前端（密钥）");
    let named = (listening.code(), "12345热线");
    let hotline = System::of_the_sandbox(client, &staff.system_admin, named).await?;
    tell(&caller(Some(&staff.system_admin)), "查看测试系统", "12345热线（密钥）");
    let how = ["private_key_jwt", "client_credentials", "client_credentials"];
    for (system, how) in [&platform, &front_end, &hotline].into_iter().zip(how) {
        system.token().await?;
        tell(&system.who(), "取得令牌", how);
    }
    Ok((platform, FrontEnd { system: front_end }, listening.registered(hotline)))
}

/// One step: who called, and what came of it.
fn tell(who: &str, step: &str, what: &str) {
    say(format_args!("{}  {}  {what}", padded(who, 30), padded(step, 16)));
}
