//! 演示: cases that go the whole way, over HTTP, as adapters, window staff, reviewers and applicants would take them.
//! Nothing here knows the inside of the server: it reads the catalogue and the postings through the API and follows
//! what comes back, so it can be read as an integrator's example.

mod client;
mod hall;
mod impasse;
mod integration;
mod law;
mod people;
mod play;
mod scan;
mod script;
mod table;
mod wire;

use std::process::ExitCode;

use clap::ValueEnum;
use kernel::Role;

use crate::{
    auth::Keys,
    console::{Exit, fail, say},
    settings::Settings,
};
use client::{Client, Trouble};
use hall::Hall;
use people::Acquaintances;
use play::Play;
use table::Table;

/// 场景: what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// 服务大厅，办件全流程 (cases that go the whole way)
    #[default]
    Hall,
    /// 依法办理，期限、补正、联审等规则，仅限演练服务 (the rules of law, on a server started with --sandbox)
    Law,
    /// 办不成事，十二件走完全程，含12345热线，仅限演练服务 (impasses closed out or carried, on a server started with --sandbox)
    Impasse,
    /// 对接，政务服务平台、第三方前端、12345热线各以自己的令牌办理，其间服务终止、接收端故障、批次重发，自启并自毁演练服务，
    /// 不用 --server 和 --data (the three users with programs and tokens of their own, on a throw-away sandbox that it starts
    /// itself)
    Integration,
}

/// What is to be played, and where.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub server: String,
    pub scenario: Scenario,
    /// How many cases the hall has.
    pub cases: u16,
    /// An empty one for the sandbox that [`Scenario::Integration`] starts; SQLite in its folder where none is named.
    pub database: Option<String>,
}

/// Plays a scenario.
pub async fn run(settings: Settings, wanted: Wanted) -> ExitCode {
    match play(&settings, wanted).await {
        Ok(0) => Exit::Ok.into(),
        Ok(_) => Exit::Failure.into(),
        Err(sentence) => fail(Exit::Failure, sentence),
    }
}

/// How many things went wrong, or why there was nothing to play.
async fn play(settings: &Settings, wanted: Wanted) -> Result<usize, String> {
    let Wanted { server, scenario, cases, database } = wanted;
    match scenario {
        Scenario::Hall => {
            let (client, hall) = open(settings, &server).await?;
            take_through(&client, &hall, cases).await
        }
        Scenario::Law => {
            let (client, hall) = open(settings, &server).await?;
            law::rehearse(&client, &hall).await
        }
        Scenario::Impasse => {
            let (client, hall) = open(settings, &server).await?;
            impasse::play(settings, client, &hall).await
        }
        Scenario::Integration => integration::play(database).await,
    }
}

/// Takes so many cases through and prints a table of the steps. How many failed, or why there was nothing to play.
async fn take_through(client: &Client, hall: &Hall, cases: u16) -> Result<usize, String> {
    let script = script::of(hall.items(), usize::from(cases));
    if script.is_empty() {
        return Err("目录中没有当前对外受理的事项（no item is on offer）".to_owned());
    }
    let table = Table::wide_enough_for(hall);
    say(table.head());
    let mut acquaintances = Acquaintances::default();
    let (mut delivered, mut failed) = (0_usize, 0_usize);
    for part in script {
        match Play::new(client, hall, &table, part).perform(&mut acquaintances).await {
            Ok(()) => delivered += 1,
            Err(row) => {
                say(row);
                failed += 1;
            }
        }
    }
    say(format_args!("{delivered} cases delivered, {failed} failed"));
    Ok(failed)
}

/// Reaches the server and learns what it offers and who works there; or says in one sentence why not.
async fn open(settings: &Settings, server: &str) -> Result<(Client, Hall), String> {
    let keys = Keys::load(&settings.keys()).map_err(|error| error.to_string())?;
    let client = Client::new(server, keys, settings.tokens.clone(), settings.centre)?;
    match Hall::read(&client).await {
        Ok(hall) => Ok((client, hall)),
        Err(Trouble::Unreachable(cause)) => {
            Err(format!("无法连接 {server}（{cause}），请先启动服务（start the server first: yichuang serve）"))
        }
        Err(trouble) if trouble.is_distrust() => Err(format!(
            "服务不信任 {} 中的密钥，--data 应为该服务的数据目录（not the keys of that server）",
            settings.keys().display()
        )),
        Err(trouble) => Err(format!("无法从 {server} 读取事项和派驻人员（{trouble}）")),
    }
}

/// Who makes a request: a role, and the code that the record will name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Player {
    role: Role,
    code: String,
}

impl Player {
    fn new(role: Role, code: impl Into<String>) -> Self {
        Self { role, code: code.into() }
    }
}
