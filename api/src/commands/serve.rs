use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    console::{Exit, complain, fail, say},
    server::{self, Signals},
    settings::Settings,
    telemetry,
};

/// Serves until told to stop.
pub(crate) async fn run(settings: Settings) -> ExitCode {
    telemetry::init(&settings.log);
    open_as_many_files_as_may_be();
    let centre = settings.centre;
    let data = settings.data.display().to_string();
    // Before anybody can be told that it serves: whoever stops it then is to see it finish.
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return fail(Exit::Failure, format_args!("无法等待信号（{error}）")),
    };
    let started = tokio::select! {
        started = server::start(settings) => started,
        // As without anybody listening for it: what is under way there may take long, and leaves nothing half-done.
        () = signals.any() => std::process::exit(0),
    };
    let mut running = match started {
        Ok(running) => running,
        Err(error) => return fail(error.exit(), error),
    };
    say(format_args!("一窗 Yichuang {} · 中心 {centre} · 数据 {data}", env!("CARGO_PKG_VERSION")));
    say(format_args!("  接口文档 (API document)       http://{}/docs", running.addr));
    say(format_args!("  开发令牌 (development token)  yichuang token --role manager --data {data}"));
    if running.desk.clock.is_movable() {
        match running.desk.test_clients(centre).await {
            Ok(clients) => clients.iter().for_each(|client| {
                let secret = client.client_secret.as_deref().unwrap_or_default();
                say(format_args!("  演练系统 (test client)        {} {secret}", client.client));
            }),
            Err(error) => complain(format_args!("无法读取演练系统（{error}）")),
        }
    }
    if let Some(management) = running.management {
        say(format_args!("  运行指标 (metrics)            http://{management}/metrics"));
    }
    let outcome = running.until_told_to_stop(&mut signals).await;
    running.stop().await;
    match outcome {
        Ok(()) => {
            complain("已停止（stopped）");
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("监听中断（{error}）")),
    }
}

/// Each connection takes two descriptors, and what a shell allows at first is often less than what it would allow.
fn open_as_many_files_as_may_be() {
    let now = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, ..now }) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
}
