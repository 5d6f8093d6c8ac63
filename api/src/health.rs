//! Is it alive, is it ready, and what are its keys.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{HttpResponse, Responder, get, web::Data};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::{
    desk::Desk,
    docs::{self, Registry},
};

const PATIENCE: Duration = Duration::from_secs(2);
/// How often the database is asked at the most: anybody may want to know.
const ASKED: Duration = Duration::from_secs(1);

pub(crate) fn configure(registry: &mut impl Registry) {
    registry.service(healthz).service(readyz).service(jwks).service(docs::openapi_json);
}

/// 存活
#[derive(Debug, Serialize, ToSchema)]
struct Alive {
    alive: bool,
}

/// 就绪
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    ready: bool,
    /// 是否演练
    sandbox: bool,
}

/// 数据库可用与否, as it was found last. Whoever wants to know meanwhile shares the answer.
#[derive(Debug, Default)]
pub struct Pulse(Arc<Mutex<Last>>);

#[derive(Debug, Default)]
struct Last {
    asked: Option<Instant>,
    beats: bool,
}

impl Pulse {
    /// Asked for all who want to know, and to the end, even where the one who wanted to know first has left.
    async fn or(&self, ask: impl Future<Output = bool> + Send + 'static) -> bool {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if last.asked.is_some_and(|asked| asked.elapsed() < ASKED) {
            return last.beats;
        }
        let asking = tokio::spawn(async move {
            let beats = ask.await;
            *last = Last { asked: Some(Instant::now()), beats };
            beats
        });
        asking.await.unwrap_or(false)
    }
}

/// 是否存活
///
/// 只说明进程在运行，不涉及数据库。
#[utoipa::path(tag = "运行", security(()), responses((status = 200, description = "存活", body = Alive)))]
#[get("/healthz")]
async fn healthz() -> impl Responder {
    HttpResponse::Ok().json(Alive { alive: true })
}

/// 是否就绪
///
/// 数据库可用且未在停机。
#[utoipa::path(
    tag = "运行",
    security(()),
    responses((status = 200, description = "就绪", body = Ready), (status = 503, description = "未就绪", body = Ready))
)]
#[get("/readyz")]
async fn readyz(desk: Data<Desk>) -> impl Responder {
    let ready = is_ready(&desk).await;
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(Ready { ready, sandbox: desk.clock.is_movable() })
}

async fn is_ready(desk: &Desk) -> bool {
    let store = desk.store.clone();
    let ask = async move { matches!(tokio::time::timeout(PATIENCE, store.ping()).await, Ok(Ok(()))) };
    !desk.is_leaving() && desk.pulse.or(ask).await && !desk.is_leaving()
}

/// 令牌验证公钥
///
/// JWK 集合（RFC 7517）。
#[utoipa::path(tag = "运行", security(()), responses((status = 200, description = "JWK 集合", body = serde_json::Value)))]
#[get("/.well-known/jwks.json")]
async fn jwks(desk: Data<Desk>) -> impl Responder {
    HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=300")).json(desk.keys.jwks())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// However many ask whether the server is ready, the database is asked once.
    #[tokio::test]
    async fn the_database_is_asked_once_for_all() {
        let (pulse, asked) = (Pulse::default(), Arc::new(AtomicU32::new(0)));
        let callers = (0..100).map(|_| {
            let asked = Arc::clone(&asked);
            pulse.or(async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                true
            })
        });
        assert_eq!(join_all(callers).await, [true; 100]);
        assert!(pulse.or(async { false }).await, "the answer is not a second old");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::sleep(ASKED).await;
        assert!(!pulse.or(async { false }).await, "and then it is asked again");
    }

    /// Whoever leaves before the answer keeps it from nobody, and nobody is told what was true long ago.
    #[tokio::test]
    async fn who_does_not_wait_keeps_the_answer_from_nobody() {
        let pulse = Pulse::default();
        assert!(pulse.or(async { true }).await);
        tokio::time::sleep(ASKED).await;
        let ask = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            false
        };
        assert!(tokio::time::timeout(Duration::from_millis(1), pulse.or(ask)).await.is_err());
        assert!(!pulse.or(async { true }).await, "the database had been asked");
    }
}
