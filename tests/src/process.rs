use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The program itself, serving, as a process of its own. Killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    pub management: SocketAddr,
}

/// The program with a data folder and nothing of the environment that could change its settings.
pub fn program(path: &str, data: &Path) -> Command {
    let mut command = Command::new(path);
    for name in ["LISTEN", "MANAGEMENT", "DATA", "DATABASE_URL"] {
        command.env_remove(format!("YICHUANG_{name}"));
    }
    command.env("YICHUANG_DATA", data).current_dir(data).stdin(Stdio::null());
    command
}

impl Process {
    /// Starts it on free ports and returns once it listens.
    pub(crate) fn start(path: &str, data: &Path, database: &str, sandbox: bool) -> Self {
        let mut command = program(path, data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"]);
        if sandbox {
            command.arg("--sandbox");
        }
        if !database.is_empty() {
            command.env("YICHUANG_DATABASE_URL", database);
        }
        let log = File::options().create(true).append(true).open(log_of(data)).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = lines_of(&mut child);
        let mut said = Vec::new();
        let mut listening = |page: &str| loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let found = address_in(&line, page);
                    said.push(line);
                    if let Some(address) = found {
                        return address;
                    }
                }
                Err(_) => {
                    let _ = child.kill();
                    let log = std::fs::read_to_string(log_of(data)).unwrap_or_default();
                    panic!("the program does not serve: {log}");
                }
            }
        };
        let (address, management) = (listening("/docs"), listening("/metrics"));
        let process = Self { child, address, management };
        // What to do first, ready to be copied.
        let token = format!("yichuang token --role manager --data {}", data.display());
        assert!(said.iter().any(|line| line.ends_with(&token)), "{said:?}");
        process
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, to this process and no other.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.pid())).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended, once it has.
    pub async fn exit(&mut self) -> ExitStatus {
        crate::until("the program ends", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program said on standard error: beside the data folder, which must be empty when a sandbox is made.
pub fn log_of(data: &Path) -> PathBuf {
    data.parent().unwrap_or(data).join("stderr.log")
}

fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

/// From `… http://127.0.0.1:8080/docs`.
fn address_in(line: &str, page: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.strip_suffix(page)?.parse().ok()
}
