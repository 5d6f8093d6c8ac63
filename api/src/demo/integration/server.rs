//! 演练服务: a process of its own on a data folder that is thrown away, so that it can be killed.

use std::{
    fmt, fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
    /// SQLite in the data folder where there is none.
    database: Option<String>,
}

/// Without the database, whose address may hold a password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// With this configuration, on this database.
    ///
    /// # Errors
    /// In one sentence, when it does not serve.
    pub async fn start(settings: &str, database: Option<String>) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("yichuang-{}", uuid::Uuid::now_v7().simple()));
        let data = folder.join("data");
        let made = fs::create_dir_all(&data).and_then(|()| fs::write(data.join(crate::settings::FILE), settings));
        made.map_err(|error| format!("无法使用临时目录 {}（{error}）", folder.display()))?;
        let address = free().map_err(|error| format!("没有空闲端口（{error}）"))?;
        let child = spawn(&data, database.as_deref(), address);
        let child = child.map_err(|error| format!("无法启动演练服务（{error}）"))?;
        let server = Self { child, address, folder, database };
        server.is_ready().await?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The data folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A folder of somebody else's, thrown away with it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// SIGKILL, and the same again on the same data.
    ///
    /// # Errors
    /// In one sentence, when it does not serve again.
    pub async fn is_killed_and_restarted(&mut self) -> Result<(), String> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map_err(|error| format!("无法终止演练服务（{error}）"))?;
        let child = spawn(&self.folder(), self.database.as_deref(), self.address);
        self.child = child.map_err(|error| format!("无法重启演练服务（{error}）"))?;
        self.is_ready().await
    }

    async fn is_ready(&self) -> Result<(), String> {
        let url = format!("{}/readyz", self.url());
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build();
        let http = http.map_err(|error| format!("无法建立HTTP客户端（{error}）"))?;
        let asking = async {
            while !http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "演练服务没有就绪".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody has now.
fn free() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn spawn(data: &Path, database: Option<&str>, address: SocketAddr) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["serve", "--sandbox", "--management", "", "--listen", &address.to_string(), "--data"]).arg(data);
    // Nothing that is set for another server, and its own configuration alone.
    command.env_remove("YICHUANG_DATABASE_URL").envs(database.map(|url| ("YICHUANG_DATABASE_URL", url)));
    command.current_dir(data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
