//! The management listener, on loopback only: figures and details, which are nobody else's business.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, Responder, http::KeepAlive, web};
use serde_json::json;

use super::{Listener, StartError};
use crate::{desk::Desk, edge::Load, problem::Answer, telemetry};

/// How long the figures wait for the database.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn listen(
    address: SocketAddr,
    desk: &Data<Desk>,
    load: &Arc<Load>,
) -> Result<(SocketAddr, Listener), StartError> {
    let (desk, load) = (desk.clone(), Data::from(Arc::clone(load)));
    let app = move || {
        App::new()
            .app_data(desk.clone())
            .app_data(load.clone())
            .service(web::resource("/metrics").get(metrics))
            .service(web::resource("/details").get(details))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(64)
        .backlog(64)
        .keep_alive(KeepAlive::Timeout(Duration::from_secs(15)))
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(1)
        .disable_signals()
        .bind(address)
        .map_err(|e| StartError::Listen(address, e))?;
    let taken = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    Ok((taken, Listener { handle: server.handle(), task: tokio::spawn(server) }))
}

/// Prometheus text format.
async fn metrics(desk: Data<Desk>, load: Data<Load>) -> impl Responder {
    // Without the store the other figures are all the more wanted.
    if let Err(error) = desk.clone().into_inner().measure_callbacks().await {
        tracing::warn!(%error, "what hotlines have not been told was not measured");
    }
    let stats = desk.store.stats();
    metrics::counter!("http_turned_away_total").absolute(load.turned_away());
    for (name, under_way) in ["http_requests_under_way", "http_polls_under_way"].into_iter().zip(load.under_way()) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!(name).set(under_way as f64);
    }
    let counters = [
        ("store_batches_total", &stats.batches),
        ("store_writes_total", &stats.writes),
        ("store_rerun_batches_total", &stats.rerun_batches),
        ("store_retries_total", &stats.retries),
        ("store_unknown_outcomes_total", &stats.unknown_outcomes),
        ("store_commit_microseconds_total", &stats.commit_micros),
        ("store_reads_total", &stats.reads),
        ("store_overloaded_total", &stats.overloaded),
        ("store_connections_total", &stats.connections),
    ];
    for (name, value) in counters {
        metrics::counter!(name).absolute(value.load(Ordering::Relaxed));
    }
    let gauges = [
        ("store_slowest_commit_microseconds", &stats.slowest_commit_micros),
        ("store_write_queue", &stats.write_queue),
        ("store_read_queue", &stats.read_queue),
        ("store_wal_bytes", &stats.wal_bytes),
    ];
    for (name, value) in gauges {
        // Figures of this size lose nothing that anybody would read.
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!(name).set(value.load(Ordering::Relaxed) as f64);
    }
    match tokio::time::timeout(PATIENCE, desk.behind()).await {
        Ok(Ok(behind)) => behind.publish(),
        Ok(Err(error)) => tracing::warn!(%error, "how far behind the consumers are could not be told"),
        Err(_) => tracing::warn!("how far behind the consumers are was not told in time"),
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(telemetry::figures().render())
}

async fn details(desk: Data<Desk>) -> Answer<impl Responder> {
    let (at, centre) = (desk.clone(), desk.centre());
    let calendar = desk.store.read(move |connection| at.calendar(connection, centre)).await?;
    let behind = desk.behind().await?;
    Ok(HttpResponse::Ok().json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "database": desk.store.url().to_string(),
        "centre": centre,
        "leaving": desk.is_leaving(),
        "calendar_published_through": calendar.published_through(),
        "write_queue": desk.store.stats().write_queue.load(Ordering::Relaxed),
        "behind": behind,
        "unknown_outcomes": desk.store.stats().unknown_outcomes.load(Ordering::Relaxed),
    })))
}
