//! The command line.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use chrono::NaiveDate;
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use exchange::Format;
use kernel::{Centre, Instant, Role, StaffCode};
use strum::VariantArray as _;

use crate::{
    commands::{self, export::Wanted, hotline::Reconciliation, simulate::Simulation},
    console::{Exit, fail},
    demo::Scenario,
    settings::{Overrides, Settings},
    simulator::hotline::Behaviour,
};

const EXIT_CODES: &str = "\
退出码 (exit status):
  0   成功 (done)
  1   失败 (tried, and it did not work)
  2   命令行有误 (wrong usage)
  78  配置有误 (wrong configuration)

配置 (configuration): 命令行参数 > 环境变量 > yichuang.toml > 默认值
  (flag > environment variable > yichuang.toml in the working directory or the data folder > default)";

/// 一窗 Yichuang: 县级政务服务中心的办件后台 (a case-handling back end for a county service centre)
#[derive(Debug, Parser)]
#[command(name = "yichuang", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 启动服务，缺省命令 (start the server; what happens without a command)
    Serve(Serve),
    /// 升级数据库结构 (bring the database schema up to date)
    Migrate(Place),
    /// 对运行中的服务演示全流程 (take realistic cases through a running server)
    Demo(Demo),
    /// 生成短期开发令牌，只输出令牌本身 (print a short-lived development token and nothing else)
    Token(Token),
    /// 令牌签名密钥 (the keys that tokens are signed with)
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 事项目录 (the catalogue of service items)
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// 工作日历 (the working calendar)
    #[command(subcommand)]
    Calendar(Import),
    /// 模拟对端，供联调 (simulate the other side of an integration)
    #[command(subcommand)]
    Simulate(Simulate),
    /// 12345热线 (the hotline)
    #[command(subcommand)]
    Hotline(HotlineCommand),
    /// 按国家上传表导出办件，供交换 (export cases in the shape of the national upload tables)
    Export(Export),
    /// 整库导出为 NDJSON：全部表、文件和密钥 (everything as NDJSON: tables, files and keys, personal data included)
    Dump(Dump),
    /// 由整库导出恢复到空数据库和新数据目录 (a dump into an empty database and a new data folder)
    Restore(Restore),
    /// 搬迁到另一个空数据库，逐表核对 (move to another, empty database, with a report table by table)
    Move(Move),
    /// 校验：逐表行数和摘要、哈希链、记录与现状一致 (counts and digests, hash chains, the record adds up to the state)
    Verify(Place),
    /// 输出接口契约，与 openapi.yaml 一致 (print the contract, equal to openapi.yaml)
    Openapi,
    /// 配置 (the configuration)
    #[command(subcommand)]
    Config(Config),
}

/// Where the data is.
#[derive(Args, Clone, Debug, Default)]
struct Place {
    /// 数据目录 (data folder) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
    /// 数据库 (sqlite:PATH or postgres://…) [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "YICHUANG_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
}

#[derive(Args, Clone, Debug, Default)]
struct Serve {
    /// 监听地址 (address to listen on) [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "YICHUANG_LISTEN")]
    listen: Option<SocketAddr>,
    /// 管理地址，仅限回环，空为不启用 (loopback address for metrics and details, "" for none) [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR", env = "YICHUANG_MANAGEMENT")]
    management: Option<String>,
    /// 演练，时钟可以向前拨动；仅用于新建的数据目录 (a sandbox whose clock can be moved; on a data folder of its own)
    #[arg(long, env = "YICHUANG_SANDBOX")]
    sandbox: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Clone, Debug)]
struct Demo {
    /// 服务地址 (base URL of the server)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// 数据目录，用其中的密钥签发令牌 (data folder with the server's keys) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
    /// 场景 (what is shown)
    #[arg(long, value_enum, default_value_t)]
    scenario: Scenario,
    /// 办件数，1至1000，用于hall (how many cases the hall has, 1 to 1000)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    cases: u16,
    /// 演练服务所用的空数据库，用于integration (an empty database for the sandbox that integration starts) [default: SQLite]
    #[arg(long, value_name = "URL", env = "YICHUANG_DEMO_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
}

#[derive(Args, Clone, Debug)]
struct Token {
    /// 角色 (role)
    #[arg(long, value_parser = roles())]
    role: Role,
    /// 窗口(clerk)、部门(reviewer, approver, department_head)、申请人编号(applicant)、系统名(adapter)或热线(hotline)的代码；其他角色没有
    /// (window, department, party, system or hotline; other roles have none)
    #[arg(long, value_name = "CODE")]
    org: Option<String>,
    /// 中心 (administrative division code of the centre) [default: as configured]
    #[arg(long, value_name = "CODE")]
    centre: Option<Centre>,
    /// 有效分钟数 (lifetime in minutes)
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(10..=60))]
    minutes: u16,
    /// 数据目录 (data folder) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// 生成下一个密钥：先公布，到时自动启用，旧密钥签发的令牌到期前仍然有效 (make the next key: published now, signing later)
    Rotate(Rotate),
}

#[derive(Args, Clone, Debug)]
struct Rotate {
    /// 多少分钟后启用，10至1440；在此之前把新文件复制到其他机器 (minutes until it signs, 10 to 1440; copy the new file to other machines
    /// before)
    #[arg(long = "in", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(10..=1440))]
    minutes: u16,
    /// 数据目录 (data folder) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// 导入文件，逐行报告，有误则全部不导入 (import a file; a report per row; all of it or nothing)
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// 导入文件，逐行报告，有误则全部不导入 (import a file; a report per row; all of it or nothing)
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// 导出为可再导入的文件 (export to a file that can be imported again)
    Export {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args, Clone, Debug)]
struct Export {
    /// 接收方代码，决定新增、修改、删除相对于谁 (for whom; changes are told against what it got last)
    #[arg(long, value_name = "CODE", default_value = "local")]
    receiver: StaffCode,
    /// 办理日期起 (first day on which something happened)
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// 办理日期止，含当日 (last day)
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// 格式 (format)
    #[arg(long, default_value = "ndjson", value_parser = formats())]
    format: Format,
    /// 个人信息不脱敏，逐件留痕 (personal data unmasked; leaves a trace for every case)
    #[arg(long)]
    full: bool,
    /// 输出目录，新建或为空 (a new or empty folder)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Clone, Debug)]
struct Dump {
    /// 输出目录，新建或为空；含个人信息和密钥 (a new or empty folder; holds personal data and keys)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Clone, Debug)]
struct Restore {
    /// 整库导出的目录 (the folder of a dump)
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Clone, Debug)]
struct Move {
    /// 目标数据库，必须为空 (sqlite:PATH or postgres://…, empty)
    #[arg(long, value_name = "URL", env = "YICHUANG_MOVE_TO", hide_env_values = true)]
    to: String,
    #[command(flatten)]
    place: Place,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let names = Format::VARIANTS.iter().map(<&'static str>::from);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

#[derive(Debug, Subcommand)]
enum Simulate {
    /// 12345热线：派单、发消息、收回调 (a hotline that dispatches, says things and is called back)
    Hotline(SimulateHotline),
}

#[derive(Args, Clone, Debug)]
struct SimulateHotline {
    /// 接收回调的地址 (where it listens for callbacks)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9345")]
    listen: SocketAddr,
    /// 服务地址 (base URL of the server)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// 数据目录，用其中的密钥和配置 (data folder with the server's keys and settings) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
    /// 热线代码 (which hotline of the configuration) [default: the first]
    #[arg(long, value_name = "CODE")]
    hotline: Option<StaffCode>,
    /// 回调迟答的毫秒数 (answers callbacks so much later)
    #[arg(long, value_name = "MS", default_value_t = 0)]
    late: u64,
    /// 每条消息发两遍 (sends everything twice)
    #[arg(long)]
    twice: bool,
    /// 倒序发送 (sends what waits in reverse)
    #[arg(long)]
    disorder: bool,
    /// 每个回调先以500答复若干次 (answers the first N attempts of each callback with 500)
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail: u32,
}

#[derive(Debug, Subcommand)]
enum HotlineCommand {
    /// 与热线对账，列出差异 (compare both sides for a period and list what differs)
    Reconcile(Reconcile),
}

#[derive(Args, Clone, Debug)]
struct Reconcile {
    /// 服务地址 (base URL of the server)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// 对方地址，其 /work-orders 给出清单 (base URL of the other side, whose /work-orders gives its list)
    #[arg(long, value_name = "URL")]
    peer: String,
    /// 数据目录，用其中的密钥 (data folder with the server's keys) [default: ./data]
    #[arg(long, value_name = "DIR", env = "YICHUANG_DATA")]
    data: Option<PathBuf>,
    /// 热线代码 (which hotline) [default: the first of the configuration]
    #[arg(long, value_name = "CODE")]
    hotline: Option<StaffCode>,
    /// 派单时间起 (dispatched from, RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    from: Instant,
    /// 派单时间止，不含 (dispatched before, RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Instant,
}

fn instant(text: &str) -> Result<Instant, &'static str> {
    Instant::parse(text).ok_or("应为 RFC 3339 时间（an RFC 3339 time, e.g. 2026-11-25T09:00:00+08:00）")
}

#[derive(Debug, Subcommand)]
enum Config {
    /// 检查配置 (say whether the configuration is good)
    Check(Serve),
}

fn roles() -> impl TypedValueParser<Value = Role> {
    let names = Role::CALLERS.iter().map(<&'static str>::from);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Role>())
}

impl From<Place> for Overrides {
    fn from(Place { data, database }: Place) -> Self {
        Self { data, database, ..Self::default() }
    }
}

impl From<Serve> for Overrides {
    fn from(Serve { listen, management, sandbox, place: Place { data, database } }: Serve) -> Self {
        Self { listen, management, data, database, sandbox }
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(serve) => with(serve, |settings| wait_for(commands::serve::run(settings))),
        Command::Migrate(place) => with(place, |settings| commands::migrate::run(&settings)),
        Command::Demo(Demo { server, data, scenario, cases, database }) => {
            let wanted = crate::demo::Wanted { server, scenario, cases, database };
            with(Place { data, database: None }, |settings| wait_for(crate::demo::run(settings, wanted)))
        }
        Command::Token(token) => {
            let Token { role, org, centre, minutes, data } = token;
            with(Place { data, database: None }, |settings| commands::token::run(&settings, role, org, centre, minutes))
        }
        Command::Keys(KeysCommand::Rotate(Rotate { minutes, data })) => {
            with(Place { data, database: None }, |settings| commands::keys::rotate(&settings, minutes))
        }
        Command::Catalog(CatalogCommand::Import { file, place }) => {
            with(place, |settings| wait_for(commands::catalog::import(settings, file)))
        }
        Command::Catalog(CatalogCommand::Export { file, place }) => {
            with(place, |settings| wait_for(commands::catalog::export(settings, file)))
        }
        Command::Export(Export { receiver, from, to, format, full, out, place }) => {
            let wanted = Wanted { receiver, from, to, format, unmasked: full, out };
            with(place, |settings| wait_for(commands::export::run(settings, wanted)))
        }
        Command::Dump(Dump { out, place }) => with(place, |settings| wait_for(commands::whole::dump(settings, out))),
        Command::Restore(Restore { from, place }) => {
            with(place, |settings| wait_for(commands::whole::restore(settings, from)))
        }
        Command::Move(Move { to, place }) => with(place, |settings| commands::whole::move_to(&settings, &to)),
        Command::Verify(place) => with(place, |settings| commands::whole::verify(&settings)),
        Command::Calendar(Import::Import { file, place }) => {
            with(place, |settings| wait_for(commands::calendar::import(settings, file)))
        }
        Command::Simulate(Simulate::Hotline(it)) => {
            let late = Duration::from_millis(it.late);
            let behaviour =
                Behaviour { late, twice: it.twice, disorder: it.disorder, fail: it.fail, ..Behaviour::default() };
            let what = Simulation { listen: it.listen, server: it.server, hotline: it.hotline, behaviour };
            let place = Place { data: it.data, database: None };
            with(place, |settings| wait_for(commands::simulate::hotline(settings, what)))
        }
        Command::Hotline(HotlineCommand::Reconcile(it)) => {
            let Reconcile { server, peer, data, hotline, from, until } = it;
            let what = Reconciliation { server, peer, hotline, from, until };
            with(Place { data, database: None }, |settings| wait_for(commands::hotline::reconcile(settings, what)))
        }
        Command::Openapi => commands::openapi::run(),
        Command::Config(Config::Check(serve)) => with(serve, |settings| commands::config::check(&settings)),
    }
}

fn with(overrides: impl Into<Overrides>, run: impl FnOnce(Settings) -> ExitCode) -> ExitCode {
    match Settings::load(overrides.into()) {
        Ok(settings) => run(settings),
        Err(error) => fail(Exit::Config, error),
    }
}

fn wait_for(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => fail(Exit::Failure, format_args!("无法启动运行时（{error}）")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_is_the_default() {
        let cli = Cli::try_parse_from(["yichuang", "--listen", "127.0.0.1:9"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.listen.unwrap().port(), 9);
    }

    #[test]
    fn a_token_is_asked_for_by_role() {
        let parse = |role: &str| Cli::try_parse_from(["yichuang", "token", "--role", role, "--org", "project"]);
        for role in Role::CALLERS {
            let Some(Command::Token(token)) = parse(&role.to_string()).unwrap().command else { panic!("{role}") };
            assert_eq!(token.role, *role);
        }
        assert!(parse("king").is_err());
    }
}
