use std::{process::ExitCode, time::Duration};

use kernel::{Instant, Role, StaffCode};
use serde_json::{Value, json};

use super::simulate::{NoToken, token};
use crate::{
    console::{Exit, complain, fail, say},
    hotline::MOST_RECONCILED,
    settings::Settings,
};

/// What is to be compared, and where.
#[derive(Clone, Debug)]
pub(crate) struct Reconciliation {
    pub server: String,
    /// Where the other side gives its list.
    pub peer: String,
    pub hotline: Option<StaffCode>,
    pub from: Instant,
    pub until: Instant,
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("{0}")]
    Token(#[from] NoToken),
    #[error("无法取得对方清单或对账（{0}）")]
    Http(#[from] reqwest::Error),
    #[error("服务答复 {status}：{body}")]
    Refused { status: u16, body: String },
    #[error("同一时刻派单的工单过多，无法再分段")]
    TooMany,
}

/// What was compared, of all parts of the period.
#[derive(Debug, Default)]
struct Compared {
    ours: u64,
    theirs: u64,
    compared: u64,
    differences: Vec<Value>,
}

/// Fetches the other side's list, has the server compare, and prints what differs. Fails where anything does.
pub(crate) async fn reconcile(settings: Settings, what: Reconciliation) -> ExitCode {
    match compare(&settings, &what).await {
        Ok(Compared { ours, theirs, compared, differences }) => {
            for it in &differences {
                let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
                let sequence = it["sequence"].as_u64().map(|number| format!(" #{number}")).unwrap_or_default();
                let both = match (it["ours"].as_str(), it["theirs"].as_str()) {
                    (Some(ours), Some(theirs)) => format!("：我方 {ours}，对方 {theirs}"),
                    _ => String::new(),
                };
                say(format_args!("{} {}{sequence}{both}", text("external_no"), text("kind")));
            }
            let many = differences.len();
            say(format_args!(
                "我方{ours}单，对方{theirs}单，比对{compared}单，差异{many}处（{compared} compared, {many} differences）"
            ));
            if differences.is_empty() { Exit::Ok.into() } else { Exit::Failure.into() }
        }
        Err(error) => {
            complain("未能完成对账（not reconciled）");
            fail(Exit::Failure, error)
        }
    }
}

/// Part by part: a part that has too many orders is halved.
async fn compare(settings: &Settings, what: &Reconciliation) -> Result<Compared, Failed> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let mut all = Compared::default();
    let mut parts = vec![(what.from, what.until)];
    while let Some((from, until)) = parts.pop() {
        match compare_part(settings, what, &client, (from, until)).await {
            Ok(answer) => {
                let count = |name: &str| answer[name].as_u64().unwrap_or_default();
                all.ours += count("ours");
                all.theirs += count("theirs");
                all.compared += count("compared");
                all.differences.extend(answer["differences"].as_array().cloned().unwrap_or_default());
            }
            Err(Failed::TooMany) => {
                let half = from.plus((until.utc() - from.utc()) / 2);
                if half <= from || half >= until {
                    return Err(Failed::TooMany);
                }
                parts.extend([(half, until), (from, half)]);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

async fn compare_part(
    settings: &Settings,
    what: &Reconciliation,
    client: &reqwest::Client,
    (from, until): (Instant, Instant),
) -> Result<Value, Failed> {
    let Reconciliation { server, peer, hotline, .. } = what;
    let hotline = hotline.clone().or_else(|| settings.hotlines.first().map(|hotline| hotline.code.clone()));
    let period = [("from", from.to_string()), ("until", until.to_string())];
    let query = serde_urlencoded::to_string(period).unwrap_or_default();
    let list = client.get(format!("{}/work-orders?{query}", peer.trim_end_matches('/'))).send().await?;
    let list: Value = list.error_for_status()?.json().await?;
    if list["orders"].as_array().is_some_and(|orders| orders.len() > MOST_RECONCILED) {
        return Err(Failed::TooMany);
    }
    let body = json!({ "hotline": hotline, "from": from, "until": until, "orders": list["orders"] });
    let answer = client
        .post(format!("{}/v1/hotline/reconciliations", server.trim_end_matches('/')))
        .bearer_auth(token(settings, Role::Supervisor, "reconciliation")?)
        .json(&body)
        .send()
        .await?;
    let status = answer.status().as_u16();
    if status == 200 {
        return Ok(answer.json().await?);
    }
    let body = answer.text().await?;
    if body.contains("period_too_long") {
        return Err(Failed::TooMany);
    }
    Err(Failed::Refused { status, body })
}
