use std::{io, net::SocketAddr, sync::Arc};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::header::RETRY_AFTER,
    web::{self, Bytes, Data, Json, Path, Query},
};
use kernel::Instant;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Inside, Listed, Listening, Memory, Received, sender};
use crate::outbox::verify;

/// The largest callback that is read.
const LARGEST: usize = 256 * 1024;

pub(super) fn listen(listen: SocketAddr, inside: &Arc<Inside>) -> io::Result<(SocketAddr, Listening)> {
    let data = Data::from(Arc::clone(inside));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(LARGEST))
            .route("/callbacks", web::post().to(callback))
            .route("/callbacks", web::get().to(callbacks))
            .route("/work-orders", web::get().to(orders))
            .route("/work-orders/{external_no}", web::put().to(dispatch))
            .route("/work-orders/{external_no}/messages", web::post().to(message))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    Ok((address, Listening { handle: server.handle(), task: tokio::spawn(server) }))
}

/// Takes a callback, or refuses it as it behaves.
async fn callback(inside: Data<Inside>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, timestamp, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let now = chrono::Utc::now().timestamp();
    if !verify(&inside.key, (id, timestamp, signature), &body, now) {
        inside.memory().unsigned += 1;
        return HttpResponse::Unauthorized().finish();
    }
    let (behaviour, attempts) = {
        let mut memory = inside.memory();
        let attempts = memory.attempts.entry(id.to_owned()).or_default();
        *attempts += 1;
        let attempts = *attempts;
        (memory.behaviour.clone(), attempts)
    };
    if attempts <= behaviour.fail {
        return match behaviour.busy {
            Some(seconds) => HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, seconds)).finish(),
            None => HttpResponse::InternalServerError().finish(),
        };
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else { return HttpResponse::BadRequest().finish() };
    accept(&mut inside.memory(), id, &event["data"]);
    tokio::time::sleep(behaviour.late).await;
    HttpResponse::Ok().body(vec![b'.'; behaviour.flood])
}

fn accept(memory: &mut Memory, id: &str, data: &Value) {
    if !memory.seen.insert(id.to_owned()) {
        memory.again += 1;
        return;
    }
    let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    // A ticket has no number of ours yet: it is known by its own.
    let external_no = Some(text("external_no")).filter(|number| !number.is_empty()).unwrap_or_else(|| text("ticket"));
    let sequence = data["sequence"].as_u64().unwrap_or_default();
    let before = memory.received.iter().rev().find(|it| it.external_no == external_no).map_or(0, |it| it.sequence);
    if sequence != before + 1 {
        memory.disordered.push(format!("{external_no}: {sequence} after {before}"));
    }
    let state = text("state");
    if let Some(order) = memory.orders.get_mut(&external_no) {
        order.state.clone_from(&state);
    }
    let (id, kind, data) = (id.to_owned(), text("kind"), data.clone());
    memory.received.push(Received { id, external_no, sequence, kind, state, data });
}

async fn callbacks(inside: Data<Inside>) -> Json<Vec<Received>> {
    Json(inside.memory().received.clone())
}

#[derive(Debug, Deserialize)]
struct Period {
    from: Option<Instant>,
    until: Option<Instant>,
}

/// 清单 of a period, for a reconciliation.
async fn orders(inside: Data<Inside>, period: Query<Period>) -> Json<Value> {
    let memory = inside.memory();
    let within = |it: &&Listed| {
        it.dispatched_at
            .is_none_or(|at| period.from.is_none_or(|from| at >= from) && period.until.is_none_or(|until| at < until))
    };
    Json(json!({ "orders": memory.orders.values().filter(within).collect::<Vec<_>>() }))
}

/// Makes it dispatch an order, with the body that it is to send.
async fn dispatch(inside: Data<Inside>, external_no: Path<String>, body: Json<Value>) -> HttpResponse {
    queue(&inside, &external_no, true, body.into_inner()).await
}

/// Makes it say something of an order, with the body that it is to send.
async fn message(inside: Data<Inside>, external_no: Path<String>, body: Json<Value>) -> HttpResponse {
    queue(&inside, &external_no, false, body.into_inner()).await
}

async fn queue(inside: &Inside, external_no: &str, is_dispatch: bool, body: Value) -> HttpResponse {
    if !body.is_object() || external_no.parse::<escalation::hotline::ExternalNo>().is_err() {
        return HttpResponse::BadRequest().finish();
    }
    sender::queue(&mut inside.memory(), external_no, is_dispatch, body);
    HttpResponse::Accepted().json(sender::send_all(inside).await)
}
