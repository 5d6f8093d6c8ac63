use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use api::{
    auth::Keys,
    bootstrap, server,
    settings::{Hidden, Http, Settings, Webhooks},
};
use kernel::{Centre, Role};
use persistence::Shard;
use tempfile::TempDir;

use crate::{Caller, Case, Database, OTHER_CENTRE, Process, database::Place, raw::RawAnswer};

/// 大厅: a server with a database of its own.
#[derive(Clone)]
pub struct Hall(pub(crate) Arc<Inside>);

pub(crate) struct Inside {
    database: Database,
    settings: Settings,
    keys: Keys,
    http: reqwest::Client,
    server: Mutex<Option<Server>>,
    /// How far its clock is ahead of ours, in microseconds.
    pub(crate) ahead: AtomicI64,
    // In this order: the database is dropped while its folder is still there.
    place: Place,
    _folder: TempDir,
}

/// In this process, or as the program that is shipped.
enum Server {
    Here(server::Running),
    Apart(Box<Process>),
}

impl std::fmt::Debug for Hall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hall").field("database", &self.0.database).finish_non_exhaustive()
    }
}

/// An empty data folder in a folder of the hall's own.
fn data_in(folder: &TempDir) -> PathBuf {
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    data
}

/// Runs a test in a hall of its own.
pub async fn run(database: Database, test: impl AsyncFnOnce(Hall)) {
    if database.is_left_out() {
        return;
    }
    let hall = Hall::open(database).await;
    test(hall.clone()).await;
    hall.close().await;
}

impl Hall {
    /// With the usual settings, as a sandbox (演练).
    pub async fn open(database: Database) -> Self {
        Self::open_with(database, |_| ()).await
    }

    pub async fn open_with(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = data_in(&folder);
        let place = Place::new(database);
        let mut settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            management: "127.0.0.1:0".to_owned(),
            data,
            database: Hidden(place.url()),
            http: Http { workers: 1, drain_seconds: 0, shutdown_seconds: 1, ..Http::default() },
            sandbox: true,
            // Whoever is told by webhooks is on this machine, too.
            webhooks: Webhooks { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Webhooks::default() },
            ..Settings::default()
        };
        change(&mut settings);
        let running = server::start(settings.clone()).await.unwrap();
        Self::with(database, settings, Server::Here(running), place, folder)
    }

    /// With the program at this path, as a process of its own, and these lines in its `yichuang.toml`.
    pub fn open_program(database: Database, path: &str, toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = data_in(&folder);
        let place = Place::new(database);
        std::fs::write(data.join("yichuang.toml"), toml).unwrap();
        let process = Process::start(path, &data, &place.url(), false);
        let settings = Settings { data, ..Settings::default() };
        Self::with(database, settings, Server::Apart(Box::new(process)), place, folder)
    }

    /// With the program at this path as a sandbox (演练).
    pub fn open_sandbox(database: Database, path: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = data_in(&folder);
        let place = Place::new(database);
        let process = Process::start(path, &data, &place.url(), true);
        let settings = Settings { data, sandbox: true, ..Settings::default() };
        Self::with(database, settings, Server::Apart(Box::new(process)), place, folder)
    }

    fn with(database: Database, settings: Settings, server: Server, place: Place, folder: TempDir) -> Self {
        let keys = Keys::load(&settings.keys()).unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // No TLS is spoken here, and reading the system's roots takes as long as many a test.
            .tls_danger_accept_invalid_certs(true)
            .build()
            .unwrap();
        let (server, ahead) = (Mutex::new(Some(server)), AtomicI64::new(0));
        Self(Arc::new(Inside { database, settings, keys, http, server, ahead, place, _folder: folder }))
    }

    /// The process of [`Hall::open_program`], which is no longer the hall's. Until it is started again nobody answers.
    pub fn process(&self) -> Box<Process> {
        match self.0.server.lock().unwrap().take() {
            Some(Server::Apart(process)) => process,
            _ => panic!("the hall has no process of its own"),
        }
    }

    /// Starts the program again on the same data.
    pub fn starts_again(&self, path: &str) {
        let process = Process::start(path, self.data(), &self.0.place.url(), self.0.settings.sandbox);
        *self.0.server.lock().unwrap() = Some(Server::Apart(Box::new(process)));
    }

    /// A second process with the same keys on the same database, which must be PostgreSQL.
    pub fn beside(&self, path: &str) -> Process {
        Process::start(path, self.data(), &self.0.place.url(), self.0.settings.sandbox)
    }

    /// As in `YICHUANG_DATABASE_URL`; empty for SQLite in the data folder.
    pub fn database_url(&self) -> String {
        self.0.place.url()
    }

    /// Stops the server and starts it again on the same data.
    pub async fn restarts(&self) {
        self.restarts_with(|_| ()).await;
    }

    /// As [`Hall::restarts`], with other settings.
    pub async fn restarts_with(&self, change: impl FnOnce(&mut Settings)) {
        self.close().await;
        let mut settings = self.0.settings.clone();
        change(&mut settings);
        let running = server::start(settings).await.unwrap();
        *self.0.server.lock().unwrap() = Some(Server::Here(running));
    }

    /// Why a server with other settings does not start on this hall's database, which nobody else may serve meanwhile.
    pub async fn does_not_start(&self, change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = self.0.settings.clone();
        settings.database = Hidden(settings.database_url());
        change(&mut settings);
        server::start(settings).await.unwrap_err().to_string()
    }

    /// Stops the server.
    pub async fn close(&self) {
        let server = self.0.server.lock().unwrap().take();
        if let Some(Server::Here(running)) = server {
            running.stop_now().await;
        }
    }

    pub fn database(&self) -> Database {
        self.0.database
    }

    pub fn centre(&self) -> Centre {
        self.0.settings.centre
    }

    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The data folder.
    pub fn data(&self) -> &std::path::Path {
        &self.0.settings.data
    }

    /// A connection to the database that the server knows nothing of.
    pub fn outside(&self) -> persistence::Connection {
        self.0.place.outside(self.data())
    }

    pub fn address(&self) -> SocketAddr {
        match self.0.server.lock().unwrap().as_ref().unwrap() {
            Server::Here(running) => running.addr,
            Server::Apart(process) => process.address,
        }
    }

    /// Of the management listener.
    pub fn management(&self) -> SocketAddr {
        match self.0.server.lock().unwrap().as_ref().unwrap() {
            Server::Here(running) => running.management.unwrap(),
            Server::Apart(process) => process.management,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Sends these bytes as they are and reads until the server closes.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> RawAnswer {
        RawAnswer::of(self.address(), bytes.as_ref()).await
    }

    /// 综合受理员 posted to a window.
    pub fn clerk(&self, window: &str) -> Caller {
        Caller::new(self, Role::Clerk, &format!("clerk-{window}"))
    }

    /// 审批人员 posted to a department.
    pub fn reviewer(&self, department: &str) -> Caller {
        Caller::new(self, Role::Reviewer, &format!("reviewer-{department}"))
    }

    /// Another 审批人员 of the department.
    pub fn reviewer2(&self, department: &str) -> Caller {
        Caller::new(self, Role::Reviewer, &format!("reviewer2-{department}"))
    }

    /// 审批负责人 of a department.
    pub fn approver(&self, department: &str) -> Caller {
        Caller::new(self, Role::Approver, &format!("approver-{department}"))
    }

    /// 部门负责人 of a department.
    pub fn head(&self, department: &str) -> Caller {
        Caller::new(self, Role::DepartmentHead, &format!("department_head-{department}"))
    }

    /// 本级人民政府负责人
    pub fn government(&self) -> Caller {
        Caller::new(self, Role::GovernmentHead, "government_head")
    }

    /// 督查科
    pub fn supervisor(&self) -> Caller {
        Caller::new(self, Role::Supervisor, "supervisor")
    }

    /// 市委改革办
    pub fn reform(&self) -> Caller {
        Caller::new(self, Role::ReformOfficer, "reform_officer")
    }

    /// 12345 热线, by its code.
    pub fn hotline(&self, code: &str) -> Caller {
        Caller::new(self, Role::Hotline, code)
    }

    /// A member of staff of any code.
    pub fn staff(&self, role: Role, code: &str) -> Caller {
        Caller::new(self, role, code)
    }

    /// 中心业务管理员
    pub fn manager(&self) -> Caller {
        Caller::new(self, Role::Manager, "manager")
    }

    /// 系统管理员
    pub fn system_admin(&self) -> Caller {
        Caller::new(self, Role::SystemAdmin, "system_admin")
    }

    /// 安全管理员
    pub fn security_admin(&self) -> Caller {
        Caller::new(self, Role::SecurityAdmin, "security_admin")
    }

    /// 安全审计员
    pub fn audit_admin(&self) -> Caller {
        Caller::new(self, Role::AuditAdmin, "audit_admin")
    }

    /// 对接系统 that may read and write.
    pub fn adapter(&self, client: &str) -> Caller {
        Caller::new(self, Role::Adapter, client)
    }

    /// 申请人, known to the centre by this id.
    pub fn applicant(&self, party: &str) -> Caller {
        Caller::new(self, Role::Applicant, party)
    }

    /// Whoever applied in this case.
    pub fn applicant_of(&self, case: &Case) -> Caller {
        self.applicant(&case.party())
    }

    /// Somebody without a token.
    pub fn stranger(&self) -> Caller {
        Caller::nobody(self)
    }

    pub fn clerk_of(&self, case: &Case) -> Caller {
        self.clerk(&case.window())
    }

    pub fn reviewer_of(&self, case: &Case) -> Caller {
        self.reviewer(&case.department())
    }

    pub fn approver_of(&self, case: &Case) -> Caller {
        self.approver(&case.department())
    }

    /// The desk of a server in this process.
    fn desk(&self) -> Arc<api::desk::Desk> {
        match self.0.server.lock().unwrap().as_ref() {
            Some(Server::Here(running)) => Arc::clone(&running.desk),
            _ => panic!("only in a hall of this process"),
        }
    }

    /// It is suddenly 09:00 of this day in Wenling, and nothing that fell due has been looked at.
    pub async fn clock_jumps_to(&self, day: chrono::NaiveDate) {
        let to = kernel::Instant::midnight(day).plus(chrono::Duration::hours(9));
        assert!(self.desk().move_clock(self.centre(), to).await.unwrap());
        self.0.ahead.store((to.utc() - chrono::Utc::now()).num_microseconds().unwrap(), Ordering::Relaxed);
    }

    /// What happens at 09:00 of this day before anything that fell due has been looked at, however long it takes.
    pub async fn before_any_duty<T>(&self, day: chrono::NaiveDate, act: impl AsyncFnOnce() -> T) -> T {
        let desk = self.desk();
        let _duties_wait = desk.duty.lock().await;
        self.clock_jumps_to(day).await;
        act().await
    }

    /// What happens before anything that is due is looked at, however long it takes: a recomputation has not come far.
    pub async fn while_duties_wait<T>(&self, act: impl AsyncFnOnce() -> T) -> T {
        let desk = self.desk();
        let _duties_wait = desk.duty.lock().await;
        act().await
    }

    /// Sets up [`OTHER_CENTRE`] beside this one: the same catalogue, hall and postings.
    pub async fn with_another_centre(&self) {
        let now = kernel::Instant::new(chrono::Utc::now());
        let other = bootstrap::Reference::read(now).unwrap().of(OTHER_CENTRE.parse().unwrap());
        self.desk().store.write(Shard::of("tests"), move |tx| other.put(tx, now)).await.unwrap();
    }
}
