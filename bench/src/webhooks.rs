//! From an event to its webhook: a receiver on this machine, told of cases that come in at a steady pace.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    Outcome,
    calls::{Hall, Measure},
    http::Connection,
    load::{Dice, Source as _, Tally},
};

/// Between two cases that come in.
const PACE: Duration = Duration::from_millis(10);
/// How long the last of them may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long each event took, in microseconds.
type Arrived = Arc<Mutex<Vec<u32>>>;

/// What came of it.
#[derive(Debug)]
pub struct Told {
    pub arrived: Tally,
    /// Events a second.
    pub happened: f64,
}

/// Lets cases come in for so long, and waits until the receiver has been told of each.
pub fn measure(hall: &Hall, server: SocketAddr, length: Duration) -> Outcome<Told> {
    let arrived = Arrived::default();
    let (addr, stop) = receive(&arrived)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let told = runtime.block_on(async {
        let mut request = Vec::new();
        hall.be_told_at(&format!("http://{addr}/hooks"), &mut request);
        expect(&mut Connection::open(server).await?, &request, 201).await?;
        let (began, happened) = (Instant::now(), come_in(hall, server, length).await?);
        while lock(&arrived).len() < happened {
            if began.elapsed() > length + PATIENCE {
                return Err(format!("{} of {happened} events arrived", lock(&arrived).len()).into());
            }
            tokio::time::sleep(PACE).await;
        }
        let per_second = happened as f64 / length.as_secs_f64();
        Ok(Told { arrived: Tally::of(std::mem::take(&mut lock(&arrived)), began.elapsed()), happened: per_second })
    });
    stop();
    told
}

async fn come_in(hall: &Hall, server: SocketAddr, length: Duration) -> Outcome<usize> {
    let (calls, mut dice) = (hall.calls(Measure::Create), Dice::new(0));
    let mut connection = Connection::open(server).await?;
    let (until, mut happened) = (Instant::now() + length, 0);
    let mut tick = tokio::time::interval(PACE);
    while Instant::now() < until {
        tick.tick().await;
        let mut request = Vec::new();
        let expected = calls.next(&mut dice, &mut request);
        expect(&mut connection, &request, expected).await?;
        happened += 1;
    }
    Ok(happened)
}

async fn expect(connection: &mut Connection, request: &[u8], status: u16) -> Outcome<()> {
    let answer = connection.exchange(request).await?;
    if answer.status == status { Ok(()) } else { Err(String::from_utf8_lossy(answer.body).into()) }
}

fn lock(arrived: &Arrived) -> std::sync::MutexGuard<'_, Vec<u32>> {
    arrived.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of a CloudEvent.
#[derive(Deserialize)]
struct Event {
    time: DateTime<Utc>,
}

async fn hook(arrived: Data<Mutex<Vec<u32>>>, body: Bytes) -> HttpResponse {
    let Ok(Event { time }) = serde_json::from_slice(&body) else { return HttpResponse::BadRequest().finish() };
    let took = (Utc::now() - time).num_microseconds().and_then(|took| u32::try_from(took).ok());
    lock(&arrived).push(took.unwrap_or(u32::MAX));
    HttpResponse::NoContent().finish()
}

/// The receiver, on a thread of its own, and how it is stopped.
fn receive(arrived: &Arrived) -> Outcome<(SocketAddr, impl FnOnce())> {
    let (arrived, (listening, told)) = (Arc::clone(arrived), std::sync::mpsc::channel());
    thread::spawn(move || {
        let arrived = Data::from(arrived);
        let app = move || App::new().app_data(arrived.clone()).route("/hooks", web::post().to(hook));
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0))?;
            let addr = server.addrs().first().copied();
            let server = server.run();
            let _ = listening.send((addr, server.handle()));
            server.await
        })
    });
    let (addr, handle) = told.recv()?;
    Ok((addr.ok_or("the receiver does not listen")?, move || drop(handle.stop(false))))
}
