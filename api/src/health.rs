//! Is it alive, is it ready, and what are its keys.

use std::time::Duration;

use actix_web::{HttpResponse, Responder, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::Desk,
    docs::{self, Registry},
};

const PATIENCE: Duration = Duration::from_secs(2);

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
    !desk.is_leaving() && matches!(tokio::time::timeout(PATIENCE, desk.store.ping()).await, Ok(Ok(())))
}

/// 令牌验证公钥
///
/// JWK 集合（RFC 7517）。
#[utoipa::path(tag = "运行", security(()), responses((status = 200, description = "JWK 集合", body = serde_json::Value)))]
#[get("/.well-known/jwks.json")]
async fn jwks(desk: Data<Desk>) -> impl Responder {
    HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=300")).json(desk.keys.jwks())
}
