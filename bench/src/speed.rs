//! The run: for each database a server, its cases, and each measure in turn with its ceiling.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Options, Outcome, Stores,
    calls::{BareCalls, Hall, MIX, Measure},
    http::Connection,
    load::{Load, Tally},
    postgres::{self, Cluster},
    report::{Figures, Start, print, remark, rounded},
    server::Server,
    sqlite,
    webhooks::{self, Told},
};

/// Ours and the ceiling take turns, so that a machine that slows down slows both.
const ROUNDS: u32 = 2;
const MEASURES: [Measure; 8] = [
    Measure::Transition,
    Measure::TransitionWithKey,
    Measure::ReadOne,
    Measure::ListPage,
    Measure::Feed,
    Measure::Replay,
    Measure::Create,
    Measure::Mixed,
];
const SAMPLE_EVERY: Duration = Duration::from_millis(50);
/// Whoever restarts a server is not to wait longer.
const SLOWEST_START_MS: f64 = 2000.0;

/// Measures what was asked for.
pub fn run(options: &Options) -> Outcome<()> {
    if cfg!(debug_assertions) {
        remark("this is a debug build; its figures say nothing (use --release)");
    }
    let cores = thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    remark(format_args!("{cores} cores, load before the run {}", load.trim()));
    let mut wrong = 0;
    if options.store != Stores::Postgres {
        wrong += on_sqlite(options)?;
    }
    if options.store != Stores::Sqlite {
        match postgres::installed() {
            Some(programs) => wrong += on_postgres(options, programs)?,
            None if options.store == Stores::Both => remark("PostgreSQL is not installed, so it is left out"),
            None => return Err("PostgreSQL is not installed".into()),
        }
    }
    if wrong > 0 { Err(format!("{wrong} answers were not as expected").into()) } else { Ok(()) }
}

fn on_sqlite(options: &Options) -> Outcome<usize> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let database = data.join("yichuang.sqlite3");
    let url = format!("sqlite:{}", database.display());
    let hall = prepared(options, folder.path(), &data, &url)?;
    let copy = folder.path().join("ceiling.sqlite3");
    fs::copy(&database, &copy)?;
    let ceiling = Writes::Sqlite(Box::new(sqlite::Ceiling::new(&copy)?));
    let server = started(options, "sqlite", folder.path(), &data, &url)?;
    Run { options, store: "sqlite", server, bare: Server::bare(folder.path())?, hall, ceiling, known: Vec::new() }.all()
}

fn on_postgres(options: &Options, programs: std::path::PathBuf) -> Outcome<usize> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let cluster = Cluster::start(programs, folder.path())?;
    let hall = prepared(options, folder.path(), &data, &cluster.url())?;
    let ceiling = Writes::Postgres(cluster.ceiling(folder.path())?);
    let server = started(options, "postgres", folder.path(), &data, &cluster.url())?;
    Run { options, store: "postgres", server, bare: Server::bare(folder.path())?, hall, ceiling, known: Vec::new() }
        .all()
}

/// A server that is ready, and how long that took.
fn started(options: &Options, store: &'static str, folder: &Path, data: &Path, url: &str) -> Outcome<Server> {
    let begun = Instant::now();
    let server = Server::start(folder, data, url)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let request = b"GET /readyz HTTP/1.1\r\nhost: bench\r\n\r\n";
        Ok::<_, std::io::Error>(Connection::open(server.addr).await?.exchange(request).await?.status)
    })?;
    let ms = rounded(begun.elapsed().as_secs_f64() * 1000.0, 0);
    if status != 200 {
        return Err(format!("a server that has started is not ready: {status}").into());
    }
    if options.only.is_empty() {
        print(&Start { measure: "second_start", store, ms, rss_mb: rounded(server.resident_mb(), 1) })?;
        if ms > SLOWEST_START_MS {
            return Err(format!("a second start takes {ms} ms").into());
        }
    }
    Ok(server)
}

/// A database with cases in it, whose server has been stopped so that it can be copied.
fn prepared(options: &Options, folder: &Path, data: &Path, url: &str) -> Outcome<Hall> {
    let server = Server::start(folder, data, url)?;
    let mut hall = Hall::new(data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(hall.fill(server.addr, options.cases, options.connections))?;
    server.stop()?;
    Ok(hall)
}

/// The ceiling of writes.
enum Writes<'a> {
    Sqlite(Box<sqlite::Ceiling>),
    Postgres(postgres::Ceiling<'a>),
}

struct Run<'a> {
    options: &'a Options,
    store: &'static str,
    server: Server,
    bare: Server,
    hall: Hall,
    ceiling: Writes<'a>,
    /// Ceilings measured so far.
    known: Vec<(Measure, f64)>,
}

impl Run<'_> {
    fn all(mut self) -> Outcome<usize> {
        let mut wrong = 0;
        let only = &self.options.only;
        for measure in MEASURES.into_iter().filter(|measure| only.is_empty() || only.contains(measure)) {
            wrong += self.measure(measure)?;
        }
        if only.is_empty() {
            self.webhooks()?;
        }
        self.server.stop()?;
        Ok(wrong)
    }

    /// Prints the figures and returns how many answers were not as expected.
    fn measure(&mut self, measure: Measure) -> Outcome<usize> {
        let length = Duration::from_secs(self.options.seconds) / ROUNDS;
        let mut ours = Tally::default();
        let (mut ceiling, mut rss, mut cpu) = (Some(0.0), 0.0_f64, 0.0);
        for _ in 0..ROUNDS {
            let before = self.server.cpu_seconds();
            let (tally, peak) = self.ours(measure, length)?;
            cpu += self.server.cpu_seconds() - before;
            rss = rss.max(peak);
            ours = ours.then(tally);
            let one = self.ceiling(measure, ours.mean_body(), length)?;
            ceiling = ceiling.zip(one).map(|(sum, one)| sum + one / f64::from(ROUNDS));
        }
        self.known.extend(ceiling.map(|ceiling| (measure, ceiling)));
        if let Some(first) = ours.wrong().first() {
            remark(format_args!("{}: {} wrong answers, the first: {first}", measure.name(), ours.wrong().len()));
        }
        remark(format_args!(
            "{} {}: {} requests, {} bytes a body, {:.0} µs of processor time a request in the server",
            self.store,
            measure.name(),
            ours.requests(),
            ours.mean_body(),
            cpu * 1e6 / ours.answers().max(1) as f64,
        ));
        print(&Figures {
            measure: measure.name(),
            store: self.store,
            ours_per_s: rounded(ours.per_second(), 0),
            p50_ms: rounded(ours.percentile_ms(0.50), 2),
            p99_ms: rounded(ours.percentile_ms(0.99), 2),
            ceiling: self.ceiling_name(measure),
            ceiling_per_s: ceiling.map(|ceiling| rounded(ceiling, 0)),
            ratio: ceiling.map(|ceiling| rounded(ours.per_second() / ceiling, 2)),
            rss_mb: rounded(rss, 1),
        })?;
        Ok(ours.wrong().len())
    }

    /// 推送: from an event to its arrival, while everybody else reads.
    fn webhooks(&self) -> Outcome<()> {
        let length = Duration::from_secs(self.options.seconds);
        let load = Load { target: self.server.addr, connections: self.options.connections, length };
        let calls = self.hall.calls(Measure::ReadOne);
        let Told { arrived: told, happened } = thread::scope(|scope| {
            let reading = scope.spawn(|| load.run(&calls));
            let told = webhooks::measure(&self.hall, self.server.addr, length);
            reading.join().map_err(|_| "the load generator panicked")??;
            told
        })?;
        print(&Figures {
            measure: "event_to_webhook",
            store: self.store,
            ours_per_s: rounded(told.per_second(), 0),
            p50_ms: rounded(told.percentile_ms(0.50), 1),
            p99_ms: rounded(told.percentile_ms(0.99), 1),
            ceiling: "events that happened meanwhile",
            ceiling_per_s: Some(rounded(happened, 0)),
            ratio: Some(rounded(told.per_second() / happened, 2)),
            rss_mb: rounded(self.server.resident_mb(), 1),
        })?;
        Ok(())
    }

    /// With the largest resident memory that was seen meanwhile.
    fn ours(&self, measure: Measure, length: Duration) -> Outcome<(Tally, f64)> {
        let load = Load { target: self.server.addr, connections: self.options.connections, length };
        let calls = self.hall.calls(measure);
        thread::scope(|scope| {
            let running = scope.spawn(|| load.run(&calls));
            let mut peak = self.server.resident_mb();
            while !running.is_finished() {
                thread::sleep(SAMPLE_EVERY);
                peak = peak.max(self.server.resident_mb());
            }
            let tally = running.join().map_err(|_| "the load generator panicked")??;
            Ok((tally, peak))
        })
    }

    fn ceiling(&mut self, measure: Measure, bytes: usize, length: Duration) -> Outcome<Option<f64>> {
        match measure {
            Measure::ReadOne | Measure::ListPage | Measure::Feed | Measure::Replay => {
                let load = Load { target: self.bare.addr, connections: self.options.connections, length };
                Ok(Some(load.run(&BareCalls { bytes })?.per_second()))
            }
            Measure::Mixed => Ok(self.mixed_ceiling()),
            _ => match &mut self.ceiling {
                Writes::Sqlite(ceiling) => ceiling.per_second(measure, length).map(Some),
                Writes::Postgres(ceiling) => ceiling.per_second(measure, length),
            },
        }
    }

    /// What the ceilings of the parts allow when they share the machine as the requests are mixed.
    fn mixed_ceiling(&self) -> Option<f64> {
        let of = |wanted: Measure| self.known.iter().find(|(measure, _)| *measure == wanted).map(|(_, rate)| *rate);
        let shares: usize = MIX.iter().map(|(_, share)| share).sum();
        let seconds: Option<f64> = MIX.iter().map(|(measure, share)| Some(*share as f64 / of(*measure)?)).sum();
        seconds.map(|seconds| shares as f64 / seconds)
    }

    fn ceiling_name(&self, measure: Measure) -> &'static str {
        match (measure, &self.ceiling) {
            (Measure::ReadOne | Measure::ListPage | Measure::Feed | Measure::Replay, _) => {
                "bare actix route, same bytes"
            }
            (Measure::Mixed, _) => "ceilings of the parts, weighted as mixed",
            (_, Writes::Sqlite(_)) => "same statements, one commit each, no HTTP",
            (_, Writes::Postgres(_)) => "pgbench, same statements, 16 clients",
        }
    }
}
