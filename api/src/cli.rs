//! The command line.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use kernel::{Centre, Role};

use crate::{
    commands,
    console::{Exit, fail},
    demo::Scenario,
    settings::{Overrides, Settings},
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
    /// 事项目录 (the catalogue of service items)
    #[command(subcommand)]
    Catalog(Import),
    /// 工作日历 (the working calendar)
    #[command(subcommand)]
    Calendar(Import),
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
}

#[derive(Args, Clone, Debug)]
struct Token {
    /// 角色 (role)
    #[arg(long, value_parser = roles())]
    role: Role,
    /// 窗口(clerk)、部门(reviewer, approver)、申请人编号(applicant)或系统名(adapter)的代码 (window, department, party or system)
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
        Command::Demo(Demo { server, data, scenario, cases }) => with(Place { data, database: None }, |settings| {
            wait_for(crate::demo::run(settings, server, scenario, cases))
        }),
        Command::Token(token) => {
            let Token { role, org, centre, minutes, data } = token;
            with(Place { data, database: None }, |settings| commands::token::run(&settings, role, org, centre, minutes))
        }
        Command::Catalog(Import::Import { file, place }) => {
            with(place, |settings| wait_for(commands::catalog::import(settings, file)))
        }
        Command::Calendar(Import::Import { file, place }) => {
            with(place, |settings| wait_for(commands::calendar::import(settings, file)))
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
