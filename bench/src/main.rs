//! Measures the release build over HTTP, against ceilings measured in the same run on the same machine.
//!
//! `cargo run --release -p bench` prints one JSON object a line on standard output, and remarks on standard error. The
//! server runs as a process of its own, the program itself started again, with its default settings; the load generator
//! and the database share its cores. Data goes to a temporary folder (`TMPDIR`), which should be on a real disk.

mod bare;
mod calls;
mod http;
mod load;
mod postgres;
mod report;
mod rows;
mod server;
mod speed;
mod sqlite;
mod webhooks;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Whatever goes wrong ends the run.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const EXIT_CODES: &str = "\
Exit status: 0 when everything asked for was measured and every answer was as expected; 1 otherwise.
Where PostgreSQL is not installed, --store both measures SQLite alone and --store postgres fails.";

/// Measures Yichuang (一窗) over HTTP
#[derive(Debug, Parser)]
#[command(name = "bench", after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Requests a second, latency and memory; what happens without a command
    Speed(Options),
}

#[derive(Clone, Debug, clap::Args)]
struct Options {
    /// How long each measure takes
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections that send requests, each as soon as it has its answer
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// Cases that are there before the first measure
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1000..=1_000_000))]
    cases: u32,
    /// Database
    #[arg(long, value_enum, default_value_t = Stores::Both)]
    store: Stores,
    /// Measure this alone, as for a profile; may be given several times
    #[arg(long, value_name = "MEASURE", value_enum)]
    only: Vec<calls::Measure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stores {
    Sqlite,
    Postgres,
    Both,
}

fn main() -> ExitCode {
    // The program starts itself again as what it measures.
    let started_as = std::env::args().nth(1);
    let outcome = match started_as.as_deref() {
        Some(server::SERVE) => return api::cli::main(),
        Some(bare::BARE) => bare::serve().map_err(Into::into),
        _ => {
            let cli = Cli::parse();
            let Command::Speed(options) = cli.command.unwrap_or(Command::Speed(cli.options));
            speed::run(&options)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::remark(format_args!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}
