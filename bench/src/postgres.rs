//! A throw-away PostgreSQL, and the ceiling of writes on it: `pgbench` with the same statements.

use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{Outcome, calls::Measure, calls::SYSTEM};

/// PostgreSQL does not run as root; Debian's package makes this user.
const USER: &str = "postgres";
const DATABASE: &str = "bench";
const CEILING: &str = "ceiling";
const CLIENTS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(30);

/// A cluster of its own on a free port of the loopback, with `fsync`; stopped when dropped.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    child: Child,
}

/// The folder of `initdb`, of the newest version that is installed.
pub fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = versions.filter(|path| path.join("bin/initdb").is_file()).collect();
    found.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = || std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    found.pop().map(|version| version.join("bin")).or_else(in_path)
}

impl Cluster {
    /// In `folder`, which is this program's own.
    pub fn start(programs: PathBuf, folder: &Path) -> Outcome<Self> {
        let home = folder.join("postgres");
        let data = home.join("data");
        fs::create_dir(&home)?;
        if let Some((user, group)) = ids_of_user()? {
            chown(&home, Some(user), Some(group))?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
        }
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let initdb = unprivileged(programs.join("initdb"))?
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER, "-D"])
            .arg(&data)
            .current_dir(&home)
            .output()?;
        if !initdb.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&initdb.stderr)).into());
        }
        let child = unprivileged(programs.join("postgres"))?
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&home)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"])
            .current_dir(&home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("postgres.log"))?)
            .spawn()?;
        let cluster = Self { programs, data, port, child };
        let mut waited = Duration::ZERO;
        while cluster.ask("postgres", "SELECT 1").is_err() {
            if waited > PATIENCE {
                return Err("PostgreSQL does not start".into());
            }
            let pause = Duration::from_millis(100);
            thread::sleep(pause);
            waited += pause;
        }
        cluster.ask("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// Answers of one column come one a line, of several with `|` between.
    fn ask(&self, database: &str, sql: &str) -> Outcome<String> {
        let output = self.client("psql", database).args(["-X", "-A", "-t", "-q", "-c", sql]).output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?.trim_end_matches('\n').to_owned());
        }
        Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER]).arg(database);
        command
    }

    /// Copies the database, whose server is stopped, and gives the cases of the copy ids that `pgbench` can count to.
    pub fn ceiling(&self, folder: &Path) -> Outcome<Ceiling<'_>> {
        self.ask("postgres", &format!("CREATE DATABASE {CEILING} TEMPLATE {DATABASE}"))?;
        let cases: u32 = self.ask(CEILING, "SELECT count(*) FROM cases")?.parse()?;
        self.ask(
            CEILING,
            "UPDATE cases SET id = '00000000-0000-7000-8000-' || lpad(numbered.place::text, 12, '0') FROM \
             (SELECT id AS old, row_number() OVER (ORDER BY id) - 1 AS place FROM cases) AS numbered WHERE id = old",
        )?;
        for database in [DATABASE, CEILING] {
            self.ask(database, "VACUUM ANALYZE")?;
        }
        let sample = |sql: &str| self.ask(CEILING, sql);
        let texts = vec![
            ("case_body", sample("SELECT body FROM cases LIMIT 1")?),
            ("received", sample("SELECT body FROM events WHERE kind = 'received' LIMIT 1")?),
            ("checked", sample("SELECT body FROM events WHERE kind = 'scope_checked' LIMIT 1")?),
            ("answer_201", sample("SELECT body FROM idempotency WHERE status = 201 LIMIT 1")?),
            ("answer_200", sample("SELECT body FROM idempotency WHERE status = 200 LIMIT 1")?),
        ];
        let item = sample("SELECT item, item_version, window_code, department FROM cases LIMIT 1")?;
        let [item, item_version, window, department] = item.split('|').collect::<Vec<_>>()[..] else {
            return Err("no case to take as a sample".into());
        };
        let create = CREATE
            .replace("{item}", item)
            .replace("{item_version}", item_version)
            .replace("{window}", window)
            .replace("{department}", department);
        let with_key = format!("{START}{}{TRANSITION}{}COMMIT;\n", recall(), remember(200));
        for (measure, script) in [
            (Measure::Create, format!("{START}{}{create}{}COMMIT;\n", recall(), remember(201))),
            (Measure::Transition, format!("{START}{TRANSITION}COMMIT;\n")),
            (Measure::TransitionWithKey, with_key),
        ] {
            fs::write(folder.join(measure.name()), script)?;
        }
        Ok(Ceiling { cluster: self, scripts: folder.to_owned(), texts, span: cases / CLIENTS, runs: 0 })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stop = unprivileged(self.programs.join("pg_ctl")).and_then(|mut pg_ctl| {
            let stop = pg_ctl.arg("stop").arg("-D").arg(&self.data).args(["-m", "fast", "-s"]);
            Ok(stop.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status()?)
        });
        if !stop.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// `pgbench` over a copy of the database.
#[derive(Debug)]
pub struct Ceiling<'a> {
    cluster: &'a Cluster,
    scripts: PathBuf,
    /// Values as long as the server's own.
    texts: Vec<(&'static str, String)>,
    /// Cases of each client, so that no two meet, as no two writers of a server do.
    span: u32,
    runs: u32,
}

impl Ceiling<'_> {
    /// Transactions a second, of a measure that writes; none where `pgbench` is not installed.
    pub fn per_second(&mut self, measure: Measure, length: Duration) -> Outcome<Option<f64>> {
        if !self.cluster.programs.join("pgbench").is_file() {
            return Ok(None);
        }
        self.runs += 1;
        let seconds = length.as_secs_f64().ceil().max(1.0);
        let mut command = self.cluster.client("pgbench", CEILING);
        command.args(["-n", "-M", "prepared", "-j", "2", "-c", &CLIENTS.to_string(), "-T", &seconds.to_string()]);
        command.arg("-f").arg(self.scripts.join(measure.name()));
        let numbers = [("span", self.span.to_string()), ("seq", (u64::from(self.runs) * 100_000_000).to_string())];
        let texts = self.texts.iter().map(|(name, text)| (*name, text.clone()));
        for (name, value) in numbers.into_iter().chain(texts) {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        match rate {
            Some(rate) if output.status.success() => Ok(Some(rate)),
            _ => Err(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

// What the server sends for each write, in the same order. `u` is unique.
const START: &str = "\\set case :client_id * :span + random(0, :span - 1)\n\\set seq :seq + 1\nBEGIN;\n";

const TRANSITION: &str = "\
SELECT c.body AS body, c.head AS head, c.version AS version, p.kind AS kind, p.name AS name FROM cases c \
    INNER JOIN parties p ON p.centre = c.centre AND p.id = c.applicant \
    WHERE c.centre = '331081' AND c.id = '00000000-0000-7000-8000-' || lpad(:case::text, 12, '0') LIMIT 1 \\gset
WITH moved AS (UPDATE cases SET version = :version::bigint + 1, head = :head, body = :body \
    WHERE centre = '331081' AND id = '00000000-0000-7000-8000-' || lpad(:case::text, 12, '0') \
    AND version = :version::bigint RETURNING 1) \
INSERT INTO events (centre, stream, version, id, kind, at, actor_role, actor, body, digest) SELECT '331081', \
    '00000000-0000-7000-8000-' || lpad(:case::text, 12, '0'), :version::bigint + 1, \
    lpad(:seq::text, 18, '0') || lpad(:client_id::text, 18, '0'), 'scope_checked', \
    clock_timestamp() AT TIME ZONE 'UTC', 'clerk', 'clerk-rule-of-law', :checked, :head FROM moved;
";

const CREATE: &str = "\
SELECT body FROM item_versions WHERE centre = '331081' AND item = '{item}' ORDER BY version DESC;
SELECT id FROM cases WHERE centre = '331081' AND client = 'bench' \
    AND external_number = 'more-' || :client_id::text || '-' || :seq::text LIMIT 1;
SELECT id FROM parties WHERE centre = '331081' AND document_kind = 'resident_id' \
    AND document_digest = lpad(:seq::text, 32, '0') || lpad(:client_id::text, 32, '0') LIMIT 1;
INSERT INTO parties (centre, id, kind, document_kind, document_digest, name, document_number, phone, address, \
    created_at) VALUES ('331081', lpad(:seq::text, 18, '9') || lpad(:client_id::text, 18, '0'), 'person', \
    'resident_id', lpad(:seq::text, 32, '0') || lpad(:client_id::text, 32, '0'), '测试甲', '999999190001010007', \
    '13800000000', NULL, clock_timestamp() AT TIME ZONE 'UTC');
INSERT INTO events (centre, stream, version, id, kind, at, actor_role, actor, body, digest) VALUES ('331081', \
    lpad(:seq::text, 18, '9') || lpad(:client_id::text, 18, '0'), 1, \
    lpad(:seq::text, 18, '9') || lpad(:client_id::text, 18, '0'), 'received', \
    clock_timestamp() AT TIME ZONE 'UTC', 'adapter', 'bench', :received, repeat('0', 64));
INSERT INTO cases (centre, id, number, version, stage, item, item_version, channel, applicant, window_code, \
    department, holder, client, external_number, received_at, accepted_on, due_on, amber_on, decided_on, ended_at, \
    head, body) VALUES ('331081', lpad(:seq::text, 18, '9') || lpad(:client_id::text, 18, '0'), \
    '33108199999999' || lpad(:seq::text, 9, '0') || lpad(:client_id::text, 3, '0'), 1, 'under_check', '{item}', \
    {item_version}, 'web', lpad(:seq::text, 18, '9') || lpad(:client_id::text, 18, '0'), '{window}', \
    '{department}', NULL, 'bench', 'more-' || :client_id::text || '-' || :seq::text, \
    clock_timestamp() AT TIME ZONE 'UTC', NULL, NULL, NULL, NULL, NULL, repeat('0', 64), :case_body);
";

fn recall() -> String {
    "SELECT fingerprint, status, etag, location, body FROM idempotency WHERE centre = '331081' \
     AND caller = repeat('0', 64) AND key = 'more-' || :client_id::text || '-' || :seq::text LIMIT 1;\n"
        .to_owned()
}

fn remember(status: u16) -> String {
    format!(
        "INSERT INTO idempotency (centre, caller, key, fingerprint, status, etag, location, body, created_at) \
         VALUES ('331081', repeat('0', 64), 'more-' || :client_id::text || '-' || :seq::text, repeat('0', 64), \
         {status}, '\"1\"', '/v1/cases/{SYSTEM}', :answer_{status}, clock_timestamp() AT TIME ZONE 'UTC');\n"
    )
}

/// Runs a program as PostgreSQL's own user where we are root.
fn unprivileged(program: impl AsRef<OsStr>) -> Outcome<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program.as_ref());
    Ok(command)
}

fn is_root() -> Outcome<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// User and group of [`USER`], where we are root.
fn ids_of_user() -> Outcome<Option<(u32, u32)>> {
    if !is_root()? {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let of = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let found = users.lines().find(|line| line.starts_with("postgres:")).and_then(of);
    Ok(Some(found.ok_or("PostgreSQL does not run as root, and there is no user postgres")?))
}
