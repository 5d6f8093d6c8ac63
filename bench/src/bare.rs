//! The ceiling of reads: an actix route that knows nobody and asks nothing, answering with as many bytes as are wanted.

use std::{io, sync::LazyLock};

use actix_web::{
    App, HttpResponse, HttpServer, get,
    web::{Bytes, Path},
};

/// The word that makes the program this server.
pub const BARE: &str = "bare-server";

const LARGEST: usize = 1 << 20;
static BYTES: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(vec![b' '; LARGEST]));

#[get("/{bytes}")]
async fn answer(bytes: Path<usize>) -> HttpResponse {
    let body = BYTES.slice(..bytes.into_inner().min(LARGEST));
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(body)
}

/// Serves until killed. The number of workers is the server's own default, one a core.
pub fn serve() -> io::Result<()> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(|| App::new().service(answer)).workers(workers).bind(("127.0.0.1", 0))?;
        for addr in server.addrs() {
            api::console::say(format_args!("http://{addr}/docs"));
        }
        server.run().await
    })
}
