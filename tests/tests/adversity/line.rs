//! A connection on which a request comes in parts.

use std::time::Duration;

use tests::{Answer, Caller, Hall, json, until};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request that anybody may make.
pub const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

pub struct Line(TcpStream);

impl Line {
    pub async fn open(hall: &Hall) -> Self {
        Self(TcpStream::connect(hall.address()).await.unwrap())
    }

    /// Sends this much and no more.
    pub async fn says(&mut self, part: &str) {
        self.0.write_all(part.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// Sends this much if there is still somebody there.
    pub async fn tries(&mut self, part: &str) -> bool {
        self.0.write_all(part.as_bytes()).await.is_ok()
    }

    /// Whether anything has come yet.
    fn has_heard(&self) -> bool {
        self.0.try_read(&mut [0]).is_ok()
    }

    /// What comes first.
    pub async fn begins(&mut self) -> String {
        let mut part = [0; 1024];
        let listening = tokio::time::timeout(PATIENCE, self.0.read(&mut part));
        let length = listening.await.expect("nothing came").unwrap();
        String::from_utf8_lossy(&part[..length]).into_owned()
    }

    /// All that comes until the answer is whole or the other side hangs up.
    pub async fn hears(&mut self) -> String {
        let mut heard = Vec::new();
        let listening = async {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = self.0.read(&mut part).await {
                heard.extend_from_slice(&part[..length]);
                if is_whole(&String::from_utf8_lossy(&heard)) {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("neither an answer nor an end");
        String::from_utf8_lossy(&heard).into_owned()
    }
}

fn is_whole(heard: &str) -> bool {
    let Some((head, body)) = heard.split_once("\r\n\r\n") else { return false };
    let announced = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = announced.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths
        .next()
        .and_then(|(_, length)| length.trim().parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}

/// The head of a POST of so many bytes of JSON.
pub fn head(caller: &Caller, path: &str, headers: &str, length: usize) -> String {
    let token = caller.token().unwrap();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{headers}\r\n"
    )
}

/// A write whose body has come only in part, and what somebody else with its key is told meanwhile.
pub async fn under_way(caller: &Caller, path: &str, key: &str, part: &str, length: usize) -> (Line, Answer) {
    let begin = async || {
        let mut line = Line::open(caller.hall()).await;
        line.says(&head(caller, path, &format!("idempotency-key: {key}\r\n"), length)).await;
        line.says(part).await;
        line
    };
    let mut line = begin().await;
    // Who asks has the key for that moment, with a body that is refused before anything is stored. If that moment was
    // when the write came, the write was told to wait, and begins again.
    let waits = until("the write is under way", async || {
        if line.has_heard() {
            line = begin().await;
        }
        let answer = caller.post(path).key(key).json(&json!({})).await;
        (answer.status == 409).then_some(answer)
    });
    let waits = waits.await;
    (line, waits)
}
