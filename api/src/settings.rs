//! 配置. Every setting and where it may come from: flag, then environment, then file, then default. The commented file
//! at the root of the repository is the manual, and a test keeps it equal to this.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use chrono::{NaiveTime, Weekday};
use escalation::Terms;
use ipnet::IpNet;
use kernel::{
    Centre, DepartmentCode, Practice, Role, WindowCode, WorkingDays,
    ledger::Thresholds,
    practice::{Hours, LateReceipt},
};
use serde::{Deserialize, Serialize};

mod hotlines;
mod traces;

pub use hotlines::Hotline;
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
    /// 12345热线
    pub hotlines: Vec<Hotline>,
}

/// 令牌: whose are accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// `iss` of our own tokens.
    pub issuer: String,
    /// `aud` of every token.
    pub audience: String,
    /// 外部签发者
    pub trusted: Vec<TrustedIssuer>,
}

/// 外部签发者. It can speak only for the centres and in the roles it is trusted with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    pub issuer: String,
    pub jwks_url: String,
    pub centres: Vec<Centre>,
    #[serde(default = "roles_of_outsiders")]
    pub roles: Vec<Role>,
}

fn roles_of_outsiders() -> Vec<Role> {
    vec![Role::Applicant, Role::Adapter]
}

/// 推送 to systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// 允许的网络, besides the public Internet.
    pub allowed_networks: Vec<IpNet>,
    /// Hours of nothing but failure after which an endpoint is disabled.
    pub disable_after_hours: u32,
    /// Days for which what was delivered or given up can be looked at and sent again.
    pub keep_days: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { allowed_networks: Vec::new(), disable_after_hours: 120, keep_days: 30 }
    }
}

/// Limits of the main listener. Times in seconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Threads; 0 for one a core.
    pub workers: usize,
    /// Requests under way at once; whoever comes after is told to come again.
    pub in_flight: usize,
    /// Requests that wait for news at once, counted apart; whoever comes after is answered at once.
    pub polls: usize,
    /// Open connections per worker.
    pub connections: usize,
    pub backlog: u32,
    pub head_seconds: u64,
    pub body_seconds: u64,
    pub keep_alive_seconds: u64,
    pub body_bytes: usize,
    pub drain_seconds: u64,
    pub shutdown_seconds: u64,
    /// 反向代理: networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// 跨域: origins whose pages may call; none unless said.
    pub cors_origins: Vec<String>,
}

/// 材料文件: where they are kept and how large they may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    pub max_bytes: u64,
    pub grace_seconds: u64,
    /// Bytes a second, once the grace is over.
    pub min_rate: u64,
    /// Uploads at a time.
    pub uploads: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,
}

/// S3 兼容存储.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub bucket: String,
    pub endpoint: Option<String>,
    #[serde(default = "usual_region")]
    pub region: String,
    #[serde(default)]
    pub prefix: String,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Hidden>,
    #[serde(default)]
    pub allow_http: bool,
}

fn usual_region() -> String {
    "us-east-1".to_owned()
}

/// 进度查询: limits of the public query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Progress {
    /// Queries a minute from one address.
    pub per_minute: u32,
    /// Queries a minute for one case number, from wherever they come.
    pub per_minute_and_number: u32,
}

/// 限流, in requests a second, per process; 0 for none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Of one program: an adapter, a hotline, a front end for its applicants.
    pub per_second_and_client: u32,
    /// From one address, of whoever does not show who they are.
    pub per_second_and_address: u32,
}

/// 时限.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// 黄灯: working days before the due date.
    pub amber_days: u16,
    /// 视为受理前的预警: working days before it.
    pub warn_days: u16,
    /// 补正、容缺补齐、整改期限的上限: working days.
    pub longest_correction_days: u16,
    /// 特别程序追溯登记的上限: working days.
    pub backdating_days: u16,
    /// 移交、转办的接受时限: working days.
    pub hand_over_days: u16,
    /// 审核时限: working days.
    pub review_days: u16,
    /// 催领间隔: working days.
    pub unclaimed_days: u16,
    /// 工作时间, by the clock on the wall.
    pub opens: NaiveTime,
    pub closes: NaiveTime,
    /// 周末开放日: `Sat`, `Sun`.
    pub weekend_opening: Vec<Weekday>,
    /// 工作时间外收件
    pub late_receipt: LateReceipt,
    /// 起算当日是否计入
    pub day_zero_counts: bool,
}

impl Limits {
    /// What the domain is told of it.
    pub fn practice(&self) -> Practice {
        Practice {
            thresholds: Thresholds { amber_days: WorkingDays(self.amber_days) },
            warn_before: WorkingDays(self.warn_days),
            longest_correction: WorkingDays(self.longest_correction_days),
            backdating: WorkingDays(self.backdating_days),
            hand_over: WorkingDays(self.hand_over_days),
            review: WorkingDays(self.review_days),
            unclaimed: WorkingDays(self.unclaimed_days),
            hours: Hours { from: self.opens, until: self.closes },
            weekend_opening: self.weekend_opening.clone(),
            late_receipt: self.late_receipt,
            day_zero_counts: self.day_zero_counts,
        }
    }
}

/// “办不成事”反映(兜底)窗口. Limits in working days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Escalation {
    /// 兜底窗口, which has every impasse.
    pub window: WindowCode,
    /// 中心: the department that keeps the register.
    pub department: DepartmentCode,
    /// 首次联系; 0 for the same day.
    pub first_contact_days: u16,
    /// 备案登记
    pub filing_days: u16,
    /// 分类梳理
    pub triage_days: u16,
    /// 一般问题
    pub general_days: u16,
    /// 疑难复杂问题
    pub difficult_days: u16,
    /// 特别疑难复杂问题
    pub exceptional_days: u16,
    /// 签收交办单
    pub order_receipt_days: u16,
    /// 交办单完成时限的上限
    pub longest_order_days: u16,
    /// 交办单延期的上限
    pub longest_extension_days: u16,
    /// 交办单延期次数
    pub extensions: u32,
    /// 交办单退回次数
    pub returns: u32,
    /// 征询满意度
    pub feedback_days: u16,
    /// 挂账复核间隔的上限
    pub longest_carrying_days: u16,
    /// 无法联系: days on which it was tried in vain.
    pub contact_attempts: usize,
    /// 不满意轮次 after which the level rises.
    pub rounds_before_escalation: u32,
}

impl Default for Escalation {
    fn default() -> Self {
        let terms = Terms::default();
        Self {
            window: "fallback".parse().unwrap_or_else(|_| unreachable!("a code")),
            department: "centre".parse().unwrap_or_else(|_| unreachable!("a code")),
            first_contact_days: terms.first_contact.0,
            filing_days: terms.filing.0,
            triage_days: terms.triage.0,
            general_days: terms.general.0,
            difficult_days: terms.difficult.0,
            exceptional_days: terms.exceptional.0,
            order_receipt_days: terms.order_receipt.0,
            longest_order_days: terms.longest_order.0,
            longest_extension_days: terms.longest_extension.0,
            extensions: terms.extensions,
            returns: terms.returns,
            feedback_days: terms.feedback.0,
            longest_carrying_days: terms.longest_carrying.0,
            contact_attempts: terms.contact_attempts,
            rounds_before_escalation: terms.rounds_before_escalation,
        }
    }
}

impl Escalation {
    /// What the domain is told of it.
    pub fn terms(&self) -> Terms {
        Terms {
            first_contact: WorkingDays(self.first_contact_days),
            filing: WorkingDays(self.filing_days),
            triage: WorkingDays(self.triage_days),
            general: WorkingDays(self.general_days),
            difficult: WorkingDays(self.difficult_days),
            exceptional: WorkingDays(self.exceptional_days),
            order_receipt: WorkingDays(self.order_receipt_days),
            longest_order: WorkingDays(self.longest_order_days),
            longest_extension: WorkingDays(self.longest_extension_days),
            extensions: self.extensions,
            returns: self.returns,
            feedback: WorkingDays(self.feedback_days),
            longest_carrying: WorkingDays(self.longest_carrying_days),
            contact_attempts: self.contact_attempts,
            rounds_before_escalation: self.rounds_before_escalation,
        }
    }
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
            hotlines: Vec::new(),
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { issuer: "urn:yichuang".to_owned(), audience: "yichuang".to_owned(), trusted: Vec::new() }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            workers: 0,
            in_flight: 512,
            polls: 256,
            connections: 2048,
            backlog: 1024,
            head_seconds: 5,
            body_seconds: 10,
            keep_alive_seconds: 60,
            body_bytes: 256 * 1024,
            drain_seconds: 1,
            shutdown_seconds: 20,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self { max_bytes: 20 * 1024 * 1024, grace_seconds: 10, min_rate: 16 * 1024, uploads: 8, s3: None }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self { per_minute: 30, per_minute_and_number: 10 }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_second_and_client: 200, per_second_and_address: 50 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let Practice {
            thresholds,
            warn_before,
            longest_correction,
            backdating,
            hand_over,
            review,
            unclaimed,
            hours,
            weekend_opening,
            late_receipt,
            day_zero_counts,
        } = Practice::default();
        Self {
            amber_days: thresholds.amber_days.0,
            warn_days: warn_before.0,
            longest_correction_days: longest_correction.0,
            backdating_days: backdating.0,
            hand_over_days: hand_over.0,
            review_days: review.0,
            unclaimed_days: unclaimed.0,
            opens: hours.from,
            closes: hours.until,
            weekend_opening,
            late_receipt,
            day_zero_counts,
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

    /// # Errors
    /// Names the first setting that makes no sense.
    pub fn checked(self) -> Result<Self, BadSettings> {
        if self.management_address().is_err() {
            return invalid("management", "应为本机回环地址加端口，或空（a loopback address with a port, or empty）");
        }
        if self.tokens.issuer.is_empty() || self.tokens.audience.is_empty() {
            return invalid("tokens", "issuer 与 audience 不能为空（must not be empty）");
        }
        let mut issuers = vec![self.tokens.issuer.as_str()];
        for trusted in &self.tokens.trusted {
            if issuers.contains(&trusted.issuer.as_str()) {
                return invalid("tokens.trusted.issuer", "签发者重复（listed twice）");
            }
            issuers.push(&trusted.issuer);
            if !is_safe_url(&trusted.jwks_url) {
                return invalid(
                    "tokens.trusted.jwks_url",
                    "应为 https 地址，仅回环地址可用 http（https, or http on loopback）",
                );
            }
            if trusted.centres.is_empty() {
                return invalid("tokens.trusted.centres", "至少一个中心（at least one）");
            }
        }
        let http = &self.http;
        if http.cors_origins.iter().any(|origin| !is_origin(origin)) {
            return invalid(
                "http.cors_origins",
                "应为来源，如 https://app.example.gov.cn（a scheme, a host and perhaps a port, nothing else）",
            );
        }
        let none_is_zero = [http.head_seconds, http.body_seconds, http.keep_alive_seconds, http.shutdown_seconds];
        let nothing_fits = [http.in_flight, http.connections, http.body_bytes].contains(&0) || http.backlog == 0;
        if none_is_zero.contains(&0) || nothing_fits {
            return invalid("http", "期限与上限应大于0（limits must be greater than 0）");
        }
        let files = &self.files;
        if files.max_bytes == 0 || files.min_rate == 0 || files.uploads == 0 {
            return invalid("files", "上限应大于0（limits must be greater than 0）");
        }
        if self.progress.per_minute == 0 || self.progress.per_minute_and_number == 0 {
            return invalid("progress", "应大于0（must be greater than 0）");
        }
        let limits = &self.limits;
        if limits.opens >= limits.closes {
            return invalid("limits.closes", "应晚于 opens（must be later than opens）");
        }
        if limits.weekend_opening.iter().any(|day| !matches!(day, Weekday::Sat | Weekday::Sun)) {
            return invalid("limits.weekend_opening", "应为 Sat、Sun（Sat or Sun）");
        }
        let none_is_zero = [limits.longest_correction_days, limits.hand_over_days, limits.review_days];
        if none_is_zero.contains(&0) || limits.unclaimed_days == 0 {
            return invalid("limits", "期限应大于0（must be greater than 0）");
        }
        if self.webhooks.disable_after_hours == 0 || self.webhooks.keep_days == 0 {
            return invalid("webhooks", "应大于0（must be greater than 0）");
        }
        self.traces.checked()?;
        hotlines::checked(&self.hotlines)?;
        if crate::telemetry::filter(&self.log).is_err() {
            return invalid("log", "不是日志过滤表达式（not a log filter）");
        }
        Ok(self)
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

/// As browsers send it (RFC 6454 §6.2): no path, no wildcard, no `null`.
fn is_origin(text: &str) -> bool {
    let parsed = reqwest::Url::parse(text);
    parsed.is_ok_and(|url| is_safe_url(text) && url.origin().is_tuple() && url.origin().ascii_serialization() == text)
}

/// https, or http to the machine itself; no user information.
pub fn is_safe_url(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|ip| ip.is_loopback());
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback))
}

#[cfg(test)]
mod tests;
