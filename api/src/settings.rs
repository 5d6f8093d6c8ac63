//! 配置. Every setting and where it may come from: flag, then environment, then file, then default. The commented file
//! at the root of the repository is the manual, and a test keeps it equal to this.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use kernel::Centre;
use serde::{Deserialize, Serialize};

mod check;
mod hotlines;
mod serving;
mod terms;
mod traces;

pub use check::is_safe_url;
pub use hotlines::Hotline;
pub use serving::{Drafts, Feed, Files, Http, Progress, Rates, S3, Tokens, TrustedIssuer, Webhooks};
pub use terms::{Escalation, Limits};
pub use traces::Traces;

/// The file's name, in the working directory or in the data folder.
pub const FILE: &str = "yichuang.toml";

/// All settings. What the keys mean is said in `yichuang.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 监听地址
    pub listen: SocketAddr,
    /// 管理地址, loopback only; empty for none.
    pub management: String,
    /// 数据目录
    pub data: PathBuf,
    /// 数据库, a URL; empty for SQLite in the data folder.
    pub database: Hidden,
    /// 中心, set up first.
    pub centre: Centre,
    /// A `tracing` filter.
    pub log: String,
    /// 演练: the clock can be moved forward; on a data folder of its own only.
    pub sandbox: bool,
    pub tokens: Tokens,
    pub http: Http,
    pub files: Files,
    pub progress: Progress,
    pub rates: Rates,
    pub limits: Limits,
    pub escalation: Escalation,
    pub webhooks: Webhooks,
    pub traces: Traces,
    pub feed: Feed,
    pub drafts: Drafts,
    /// 12345热线
    pub hotlines: Vec<Hotline>,
}

/// Text that may hold a password and is never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "[hidden]" })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            management: "127.0.0.1:8081".to_owned(),
            data: PathBuf::from("./data"),
            database: Hidden::default(),
            centre: Centre::WENLING,
            log: "info".to_owned(),
            sandbox: false,
            tokens: Tokens::default(),
            http: Http::default(),
            files: Files::default(),
            progress: Progress::default(),
            rates: Rates::default(),
            limits: Limits::default(),
            escalation: Escalation::default(),
            webhooks: Webhooks::default(),
            traces: Traces::default(),
            feed: Feed::default(),
            drafts: Drafts::default(),
            hotlines: Vec::new(),
        }
    }
}

/// What a command line or the environment said; it wins over the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub listen: Option<SocketAddr>,
    pub management: Option<String>,
    pub data: Option<PathBuf>,
    pub database: Option<String>,
    pub sandbox: bool,
}

/// Why a configuration is refused, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    #[error("无法读取配置文件 {file}（cannot read it: {source}）")]
    Unreadable { file: String, source: std::io::Error },
    #[error("配置文件 {file} 有误（{complaint}）")]
    Malformed { file: String, complaint: String },
    #[error("配置项 {key} 无效：{complaint}")]
    Invalid { key: &'static str, complaint: String },
}

impl Settings {
    /// Reads the file in the working directory, or else in the data folder, and lays `overrides` over it.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value makes no sense.
    pub fn load(overrides: Overrides) -> Result<Self, BadSettings> {
        let data = overrides.data.clone().unwrap_or_else(|| Self::default().data);
        let found = [PathBuf::from(FILE), data.join(FILE)].into_iter().find(|path| path.is_file());
        let settings = match found {
            Some(path) => Self::read(&path)?,
            None => Self::default(),
        };
        settings.with(overrides).checked()
    }

    fn read(path: &Path) -> Result<Self, BadSettings> {
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| BadSettings::Unreadable { file: file.clone(), source })?;
        toml::from_str(&text).map_err(|e| {
            let line = e.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            BadSettings::Malformed { file, complaint: format!("{place}{}", e.message()) }
        })
    }

    fn with(mut self, overrides: Overrides) -> Self {
        let Overrides { listen, management, data, database, sandbox } = overrides;
        self.listen = listen.unwrap_or(self.listen);
        self.management = management.unwrap_or(self.management);
        self.data = data.unwrap_or(self.data);
        self.sandbox |= sandbox;
        self.database = database.map_or(self.database, Hidden);
        if self.sandbox && self.hotlines.is_empty() {
            self.hotlines.push(Hotline::of_the_sandbox());
        }
        self
    }

    /// The management listener's address, if there is to be one.
    ///
    /// # Errors
    /// When it is not an address, or not a loopback address.
    pub fn management_address(&self) -> Result<Option<SocketAddr>, BadSettings> {
        if self.management.is_empty() {
            return Ok(None);
        }
        match self.management.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Some(address)),
            _ => invalid("management", "应为本机回环地址（loopback only）"),
        }
    }

    /// The database's URL: what was configured, or SQLite in the data folder.
    pub fn database_url(&self) -> String {
        if self.database.0.is_empty() {
            format!("sqlite:{}", self.data.join("yichuang.sqlite3").display())
        } else {
            self.database.0.clone()
        }
    }

    /// 签名密钥目录
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }
}

fn invalid<T>(key: &'static str, complaint: &str) -> Result<T, BadSettings> {
    Err(BadSettings::Invalid { key, complaint: complaint.to_owned() })
}

#[cfg(test)]
mod tests;
