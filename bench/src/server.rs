//! What is measured, as processes of their own.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::{Outcome, bare};

/// The command that makes the program the server itself.
pub const SERVE: &str = "serve";
/// No limit of rates, and webhooks to this machine.
const SETTINGS: &str = "[rates]\nper_second_and_client = 0\nper_second_and_address = 0\n\
    [webhooks]\nallowed_networks = [\"127.0.0.0/8\"]\n";
/// Of `/proc`: always 100 on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub addr: SocketAddr,
    /// Kept open, so that the server is not told that nobody listens.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Yichuang with its default settings but for the limits of rates, on a free port. Its log goes to a file in `folder`.
    pub fn start(folder: &Path, data: &Path, database: &str) -> Outcome<Self> {
        let log = OpenOptions::new().create(true).append(true).open(folder.join("server.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SERVE).args(["--listen", "127.0.0.1:0", "--management", ""]);
        command.arg("--data").arg(data).args(["--database", database]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("YICHUANG_") {
                command.env_remove(name);
            }
        }
        // Away from any other configuration file.
        fs::write(folder.join("yichuang.toml"), SETTINGS)?;
        Self::spawn(command.current_dir(folder), log)
    }

    /// The bare route.
    pub fn bare(folder: &Path) -> Outcome<Self> {
        let log = File::create(folder.join("bare.log"))?;
        Self::spawn(Command::new(std::env::current_exe()?).arg(bare::BARE), log)
    }

    fn spawn(command: &mut Command, log: File) -> Outcome<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            let addr = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next()?.trim().parse().ok());
            if let Some(addr) = addr {
                return Ok(Self { child, addr, _output: output });
            }
            line.clear();
        }
        Err(format!("a server did not start: {}", child.wait()?).into())
    }

    /// Ends it as an operator would, and waits.
    pub fn stop(mut self) -> Outcome<()> {
        terminate(&self.child)?;
        match self.child.wait()? {
            status if status.success() => Ok(()),
            status => Err(format!("the server ended with {status}").into()),
        }
    }

    /// Resident memory in MB (10⁶ bytes).
    pub fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or(0.0) * 1024.0 / 1e6
    }

    /// Seconds of processor time so far, in user and system mode.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The second field is the name, in parentheses; user and system time are the 14th and 15th.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
        ticks / TICKS_PER_SECOND
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already where it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn terminate(child: &Child) -> Outcome<()> {
    let killed = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &child.id().to_string()]).status()?;
    if killed.success() { Ok(()) } else { Err("the server cannot be stopped".into()) }
}
