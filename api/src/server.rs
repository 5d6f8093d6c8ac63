//! The server: put together, started, stopped. Tests start it in their own process on port 0.

mod management;

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App, Error as ActixError, HttpResponse, HttpServer,
    body::BoxBody,
    dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compat, Condition, DefaultHeaders, from_fn},
    web::{self, Data},
};
use persistence::{DatabaseUrl, Store, StoreOptions};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};

use crate::{
    auth::{Authenticator, BadKeys, BadTrust, Keys},
    blob::{BadStorage, Files},
    bootstrap::{self, Register},
    clock::Clock,
    console::Exit,
    desk::Desk,
    docs::{self, Shelves},
    edge::{self, Contract, Edge},
    outbox::Outbox,
    problem::Error,
    sandbox::{self, BadSandbox, Folder},
    settings::{BadSettings, Settings},
    telemetry::{self, traces},
};

const UPKEEP: Duration = Duration::from_secs(5);
/// How long the line of a request may wait to be written.
const LOG: Duration = Duration::from_millis(100);
/// How often it is looked for connections that have been kept long enough.
const LINES: Duration = Duration::from_secs(1);
/// How often it is asked whether something has fallen due.
const DUTY: Duration = Duration::from_secs(1);
const HOUSEKEEPING: Duration = Duration::from_secs(3600);
const DISCONNECT: Duration = Duration::from_secs(2);

/// Why a server does not start, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Settings(#[from] BadSettings),
    #[error("{0}")]
    Url(#[from] persistence::BadUrl),
    #[error("无法使用数据目录 {0}（{1}）")]
    Data(String, io::Error),
    #[error("{0}")]
    Sandbox(#[from] BadSandbox),
    #[error("{0}")]
    Keys(#[from] BadKeys),
    #[error("{0}")]
    Trust(#[from] BadTrust),
    #[error("{0}")]
    Storage(#[from] BadStorage),
    #[error("{0}")]
    Store(#[from] persistence::OpenError),
    #[error("初始数据装入失败（{0}）")]
    Prepare(Error),
    #[error("无法准备发件（{0}）")]
    Outbox(reqwest::Error),
    #[error("无法准备分布式追踪（{0}）")]
    Traces(String),
    #[error("无法监听 {0}（cannot listen: {1}）")]
    Listen(SocketAddr, io::Error),
    #[error("启动被中断（{0}）")]
    Interrupted(String),
}

impl StartError {
    /// With what a command leaves that could not begin.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Settings(_) | Self::Url(_) => Exit::Config,
            _ => Exit::Failure,
        }
    }
}

/// A server that is listening.
pub struct Running {
    /// Where, with the port that was really taken.
    pub addr: SocketAddr,
    pub management: Option<SocketAddr>,
    pub desk: Data<Desk>,
    listeners: Vec<Listener>,
    background: Vec<JoinHandle<()>>,
}

struct Listener {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addr", &self.addr)
            .field("management", &self.management)
            .finish_non_exhaustive()
    }
}

/// The store that the settings name.
///
/// # Errors
/// As [`start`].
pub async fn open_store(settings: &Settings) -> Result<Store, StartError> {
    let url: DatabaseUrl = settings.database_url().parse()?;
    create_data_folder(settings)?;
    let opening = tokio::task::spawn_blocking(move || Store::open(StoreOptions::new(url)));
    Ok(opening.await.map_err(|e| StartError::Interrupted(e.to_string()))??)
}

/// Everything that a server works with, for a command that serves nobody. The store is to be shut down afterwards.
///
/// # Errors
/// As [`start`].
pub(crate) async fn open_desk(settings: Settings) -> Result<Arc<Desk>, StartError> {
    settings.database_url().parse::<DatabaseUrl>()?;
    sandbox::mark(&settings)?;
    let store = open_store(&settings).await?;
    let clock = sandbox::claim(&store, &settings).await?;
    let keys = Keys::load_or_create(&settings.keys())?;
    let files = Files::open(&settings.files, &settings.data)?;
    let outbox = Outbox::new(&settings.webhooks).map_err(StartError::Outbox)?;
    Ok(Arc::new(Desk::new(settings, store, files, keys, clock, outbox)))
}

pub(crate) fn create_data_folder(settings: &Settings) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = &settings.data;
    let created = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|e| StartError::Data(folder.display().to_string(), e))
}

/// Opens everything and listens.
///
/// # Errors
/// With the first thing that is not as it must be; nothing is left running then.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let management = settings.management_address()?;
    // Before anything is made in the folder.
    settings.database_url().parse::<DatabaseUrl>()?;
    let folder = sandbox::mark(&settings)?;
    let store = open_store(&settings).await?;
    let clock = match sandbox::claim(&store, &settings).await {
        Ok(clock) => clock,
        Err(error) => {
            store.shutdown().await;
            if folder == Folder::NewSandbox {
                sandbox::unmark(&settings);
            }
            return Err(error.into());
        }
    };
    match assemble(settings, store.clone(), clock, management).await {
        Ok(running) => Ok(running),
        Err(error) => {
            store.shutdown().await;
            Err(error)
        }
    }
}

async fn assemble(
    settings: Settings,
    store: Store,
    clock: Clock,
    management: Option<SocketAddr>,
) -> Result<Running, StartError> {
    let keys = Keys::load_or_create(&settings.keys())?;
    let files = Files::open(&settings.files, &settings.data)?;
    bootstrap::prepare(&store, &settings).await.map_err(StartError::Prepare)?;
    let auth = Authenticator::new(&keys, &settings.tokens, settings.centre, Register::of(&store))?;
    let outbox = Outbox::new(&settings.webhooks).map_err(StartError::Outbox)?;
    let edge = Data::new(Edge::new(Contract::new(&docs::paths()), auth, &settings));
    let desk = Data::new(Desk::new(settings, store, files, keys, clock, outbox));
    let figures = telemetry::figures();
    traces::init(&desk.settings.traces).map_err(StartError::Traces)?;

    let (addr, main) = listen_main(&desk, &edge)?;
    let mut listeners = vec![main];
    let management = match management.map(|address| management::listen(address, &desk, &edge.load)).transpose() {
        Ok(None) => None,
        Ok(Some((address, listener))) => {
            listeners.push(listener);
            Some(address)
        }
        Err(error) => {
            stop_all(listeners, false).await;
            return Err(error);
        }
    };

    let keeping = edge.auth.outside().iter().map(|outside| tokio::spawn(outside.clone().keep_fresh()));
    let mut background: Vec<_> = keeping.collect();
    background.push(tokio::spawn(async {
        let mut tick = tokio::time::interval(LOG);
        loop {
            tick.tick().await;
            telemetry::write_log();
        }
    }));
    let (kept, counting) = (desk.clone(), edge.clone());
    background.push(tokio::spawn(async move {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            figures.run_upkeep();
            kept.tidy();
            counting.rates.forget_the_quiet();
        }
    }));
    let watching = edge.clone();
    background.push(tokio::spawn(async move {
        let mut tick = tokio::time::interval(LINES);
        loop {
            tick.tick().await;
            watching.lines.end_overdue();
        }
    }));
    background.push(tokio::spawn(desk.keys.clone().keep_fresh()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_sending()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_numbering()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_clocks()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_exporting()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_telling()));
    background.push(tokio::spawn(Arc::clone(&desk).keep_readers()));
    let on_duty = desk.clone();
    background.push(tokio::spawn(async move {
        let mut tick = tokio::time::interval(DUTY);
        loop {
            tick.tick().await;
            if let Err(error) = on_duty.do_duties().await {
                tracing::warn!(%error, "what fell due was not carried out; it will be");
            }
        }
    }));
    let kept = desk.clone();
    background.push(tokio::spawn(async move {
        let mut tick = tokio::time::interval(HOUSEKEEPING);
        loop {
            tick.tick().await;
            if let Err(error) = kept.forget_old_answers().await {
                tracing::warn!(%error, "old answers were not forgotten");
            }
            if let Err(error) = kept.forget_old_deliveries().await {
                tracing::warn!(%error, "old deliveries were not forgotten");
            }
            if let Err(error) = kept.forget_old_uploads().await {
                tracing::warn!(%error, "uploads that no application named were not removed");
            }
        }
    }));
    Ok(Running { addr, management, desk, listeners, background })
}

fn listen_main(desk: &Data<Desk>, edge: &Data<Edge>) -> Result<(SocketAddr, Listener), StartError> {
    let http = &desk.settings.http;
    let workers = match http.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let (for_app, edge, wanted) = (desk.clone(), edge.clone(), desk.settings.listen);
    let watching = edge.clone();
    let server = HttpServer::new(move || application(for_app.clone(), edge.clone()))
        .on_connect(move |io, data| watching.lines.take_on(io, data))
        .workers(workers)
        .max_connections(http.connections)
        .backlog(http.backlog)
        .keep_alive(Duration::from_secs(http.keep_alive_seconds))
        .client_request_timeout(Duration::from_secs(http.head_seconds))
        .client_disconnect_timeout(DISCONNECT)
        .shutdown_timeout(http.shutdown_seconds)
        .disable_signals()
        .bind(wanted)
        .map_err(|e| StartError::Listen(wanted, e))?;
    let addr = server.addrs().first().copied().unwrap_or(wanted);
    let server = server.run();
    Ok((addr, Listener { handle: server.handle(), task: tokio::spawn(server) }))
}

/// The application: every route behind the one gate.
fn application(
    desk: Data<Desk>,
    edge: Data<Edge>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = ActixError,
        InitError = (),
    >,
> {
    let cors = edge::cors(&desk.settings.http.cors_origins);
    // For answers that the gate never sees: those to preflights.
    let marked = DefaultHeaders::new().add((edge::SANDBOX, "true"));
    let marked = Compat::new(Condition::new(desk.settings.sandbox, marked));
    let mut shelves = Shelves::new(&edge.contract);
    docs::configure(&mut shelves);
    App::new()
        .app_data(desk)
        .app_data(edge.clone())
        .configure(|config| shelves.stand_in(config))
        .configure(docs::pages)
        .default_service(web::to(|| async { Err::<HttpResponse, Error>(Error::not_found()) }))
        .wrap(from_fn(edge::gate))
        .wrap(cors)
        .wrap(marked)
}

impl Running {
    /// Turns `/readyz` to no, gives load balancers time to see it, finishes what is under way, and closes the store.
    pub async fn stop(self) {
        self.desk.leave();
        tokio::time::sleep(Duration::from_secs(self.desk.settings.http.drain_seconds)).await;
        self.stop_now().await;
    }

    /// As [`Running::stop`], without waiting for anybody to notice.
    pub async fn stop_now(self) {
        self.desk.leave();
        for task in &self.background {
            task.abort();
        }
        stop_all(self.listeners, true).await;
        self.desk.close().await;
        traces::flush().await;
        telemetry::write_log();
    }

    /// Waits for one of these signals, or for a listener to fail.
    ///
    /// # Errors
    /// When a listener failed.
    pub async fn until_told_to_stop(&mut self, signals: &mut Signals) -> io::Result<()> {
        let listening = futures_util::future::select_all(self.listeners.iter_mut().map(|listener| &mut listener.task));
        tokio::select! {
            () = signals.any() => Ok(()),
            (ended, ..) = listening => ended.map_err(io::Error::other)?,
        }
    }
}

/// SIGINT and SIGTERM, which end the process no more once this is there.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// # Errors
    /// When signals cannot be listened for.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for either; one that came since the last time counts.
    pub async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn stop_all(listeners: Vec<Listener>, gracefully: bool) {
    for Listener { handle, task } in listeners {
        handle.stop(gracefully).await;
        if let Err(error) = task.await {
            tracing::error!(%error, "a listener did not stop properly");
        }
    }
}

#[cfg(test)]
mod tests;
