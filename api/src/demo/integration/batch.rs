//! 数据交换: a batch is ordered, fetched, handed over again and fetched again, and checked against the cases.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{super::client::Trouble, staff::Staff, system::System};

/// How often it is looked whether the batch is finished, and how many looks that takes at the most.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: usize = 300;

#[derive(Debug, Deserialize)]
struct Export {
    id: String,
    state: String,
    files: Vec<File>,
    sendings: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct File {
    name: String,
    rows: usize,
    sha256: Option<String>,
}

/// Whether the batch holds every case, as many rows as it says, and the same bytes when it is handed over again.
pub async fn is_reconciled(staff: &Staff, receiver: &System, numbers: &[String]) -> Result<bool, Trouble> {
    let today = staff.now().await?.day();
    let from = today - chrono::Days::new(30);
    let order = json!({ "receiver": receiver.code(), "from": from, "to": today });
    let ordered: Export = staff.post(&staff.manager, "/v1/exports", &order).await?;
    let export = finished(receiver, &ordered.id).await?;
    let first = fetched(receiver, &export).await?;
    let again = json!({ "reason": "接收方要求重发" });
    let path = format!("/v1/exports/{}/resend", export.id);
    let resent: Export = staff.post(&staff.manager, &path, &again).await?;
    let second = fetched(receiver, &resent).await?;

    let as_said = export.files.iter().zip(&first).all(|(file, bytes)| {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        file.sha256.as_deref() == Some(digest.as_str()) && lines(bytes) == file.rows
    });
    let there = |number: &String| first.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(number.as_str()));
    Ok(as_said && !numbers.is_empty() && numbers.iter().all(there) && first == second && !resent.sendings.is_empty())
}

async fn finished(receiver: &System, id: &str) -> Result<Export, Trouble> {
    for _ in 0..LOOKS {
        let export: Export = receiver.get(format!("/v1/exports/{id}")).await?;
        if export.state == "finished" {
            return Ok(export);
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Trouble::Amiss("批次迟迟没有完成".to_owned()))
}

/// The bytes of each file.
async fn fetched(receiver: &System, export: &Export) -> Result<Vec<Vec<u8>>, Trouble> {
    let mut files = Vec::new();
    for file in &export.files {
        let path = format!("/v1/exports/{}/files/{}", export.id, file.name);
        files.push(receiver.bytes(&path).await?);
    }
    Ok(files)
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
}
