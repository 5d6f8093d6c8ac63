use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What came back for bytes that no HTTP client would send.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// 0 where the server closed without a word.
    pub status: u16,
    /// Head and body.
    pub text: String,
}

impl RawAnswer {
    pub(crate) async fn of(address: SocketAddr, bytes: &[u8]) -> Self {
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // The server may answer and close before it has read everything.
            let _ = stream.write_all(bytes).await;
            let mut answer = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut chunk).await {
                answer.extend_from_slice(&chunk[..length]);
                if is_complete(&answer) {
                    break;
                }
            }
            answer
        };
        let answer = tokio::time::timeout(Duration::from_secs(30), exchange).await.expect("the server never answered");
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, text }
    }
}

/// Whether the head has come and as much of a body as it announces; the server keeps the connection open.
fn is_complete(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| answer.len() >= head.len() + 4 + length)
}
