//! 每周分类梳理、部门协调会议、每月提交市政府: what meets over several at once.

use chrono::NaiveDate;
use escalation::Level;
use serde_json::{Value, json};

use super::{
    super::{
        Player,
        client::{Request, Trouble},
    },
    affair::{Affairs, Key},
    stage::{Stage, nine_on},
    wire::{Agenda, Impasse, Meeting, Session, Submission},
};

type Done = Result<(), Trouble>;

/// What is not the play's own stays on the agenda of the next session.
const NOT_OURS: &str = "不属本次演练，顺延。";

/// 每周分类梳理: every item on the agenda is graded as `levels` say, or left over. The week.
pub async fn triage(on: &Stage<'_>, affairs: &mut Affairs, levels: &[(Key, Level)]) -> Result<String, Trouble> {
    let session: Session = on.client.send(Request::post("/v1/triage-sessions").by(&on.manager)).await?.value;
    let at = format!("/v1/triage-sessions/{}", session.week);
    let agenda: Agenda = on.get(&on.manager, &format!("{at}/agenda")).await?;
    let ours: Vec<(String, Option<Level>)> = affairs
        .all()
        .map(|(key, affair)| {
            (affair.seen.id.clone(), levels.iter().find(|(of, _)| *of == key).map(|(_, level)| *level))
        })
        .collect();
    for item in agenda.items.iter().filter(|item| !item.settled) {
        let known = ours.iter().find(|(id, _)| *id == item.id);
        let outcome = match known {
            Some((_, Some(level))) => {
                json!({ "impasse": item.id, "outcome": "graded", "level": level, "reason": "按涉及部门和权限定级。" })
            }
            Some((_, None)) => {
                json!({ "impasse": item.id, "outcome": "left_over", "reason": "适用政策待核实，下周再议。" })
            }
            None => json!({ "impasse": item.id, "outcome": "left_over", "reason": NOT_OURS }),
        };
        on.act::<Session>(&on.manager, &at, "/outcomes", outcome).await?;
    }
    let held: Session = on.act(&on.manager, &at, "/holding", json!({ "note": "逐项研究。" })).await?;
    for item in &agenda.items {
        if let Some(affair) = affairs.all_mut().find(|affair| affair.seen.id == item.id) {
            affair.look(on).await?;
            let graded = affair.seen.level.map_or("顺延下周", Level::label);
            affair.tell(on, "分类梳理", &on.manager, &format!("{}，{graded}", session.week));
        }
    }
    let words = format!("{}，定级{}项，顺延{}项", held.week, held.graded, held.left_over);
    on.tell(("分类梳理", "", ""), "结束", &on.manager, &words);
    Ok(session.week)
}

/// 召集部门协调会议 for the morning of a day.
pub async fn call(on: &Stage<'_>, agenda: &[String], invited: &[&str], day: NaiveDate) -> Result<String, Trouble> {
    let body = json!({ "at": nine_on(day), "place": "市政务服务中心会议室", "agenda": agenda, "invited": invited });
    let meeting: Meeting = on.post(&on.reform, "/v1/coordination-meetings", body).await?;
    let words = format!("{}个议题，通知{}个部门，{day}召开", agenda.len(), invited.len());
    on.tell(("协调会议", "", ""), "召集", &on.reform, &words);
    Ok(meeting.id)
}

/// 召开: all who were invited attend, and every item is resolved upon.
pub async fn hold(on: &Stage<'_>, meeting: &str, invited: &[&str], resolutions: Vec<Value>) -> Done {
    let present = |department: &&str| {
        let staff = on.hall.head_of(department)?.code;
        Ok(
            json!({ "department": department, "presence": { "kind": "present", "staff": staff, "title": "分管负责人" } }),
        )
    };
    let attendance: Result<Vec<Value>, Trouble> = invited.iter().map(present).collect();
    let body = json!({
        "text": "逐项研究，明确牵头部门和完成时限。", "attendance": attendance?, "resolutions": resolutions,
    });
    let at = format!("/v1/coordination-meetings/{meeting}");
    let held: Meeting = on.act(&on.reform, &at, "/holding", body).await?;
    let words = format!("{}，决议{}项，即时交办", held.number.unwrap_or_default(), resolutions.len());
    on.tell(("协调会议", "", ""), "召开", &on.reform, &words);
    Ok(())
}

/// 指定承办, as a resolution.
pub fn assigning(impasse: &str, department: &str, days: u16, matter: &str) -> Value {
    json!({ "impasse": impasse, "resolved": { "kind": "assign", "assignment": assignment(department, days, matter) } })
}

pub fn assignment(department: &str, days: u16, matter: &str) -> Value {
    json!({ "department": department, "days": days, "matter": matter })
}

/// 拟稿、定稿 of this month: from now on its packet does not change. The month.
pub async fn freeze(on: &Stage<'_>) -> Result<String, Trouble> {
    let month = on.month();
    let drafted: Submission = on.post(&on.reform, "/v1/government-submissions", json!({})).await?;
    tell(on, &month, "拟稿", &on.reform, &format!("汇集{}项", drafted.list.len()));
    let at = format!("/v1/government-submissions/{month}");
    let frozen: Submission = on.act(&on.reform, &at, "/freezing", None).await?;
    let digest = frozen.digest.unwrap_or_default();
    tell(on, &month, "定稿", &on.reform, &format!("摘要{}…", digest.get(..16).unwrap_or_default()));
    Ok(month)
}

/// 提交市政府
pub async fn send(on: &Stage<'_>, month: &str) -> Done {
    let at = format!("/v1/government-submissions/{month}");
    let sent: Submission = on.act(&on.reform, &at, "/sending", json!({})).await?;
    tell(on, month, "提交市政府", &on.reform, &sent.number.unwrap_or_default());
    Ok(())
}

/// 市政府研究意见 on one item, and the order that it comes to at once.
pub async fn decide(on: &Stage<'_>, affairs: &mut Affairs, key: Key, month: &str, department: &str) -> Done {
    let affair = affairs.of(key)?;
    let body = json!({
        "impasse": affair.seen.id, "decision": "原则同意，由牵头部门会同有关部门落实。", "decided_on": on.today(),
        "order": assignment(department, 10, "落实市政府研究意见。"),
    });
    let at = format!("/v1/government-submissions/{month}");
    let decided: Submission = on.act(&on.reform, &at, "/decisions", body).await?;
    affair.seen = on.get::<Impasse>(&on.manager, &affair.at("")).await?;
    let words = format!("{month}：原则同意，交办{department}（该月{}）", decided.state_label);
    affair.tell(on, "市政府研究意见", &on.reform, &words);
    Ok(())
}

pub fn tell(on: &Stage<'_>, month: &str, step: &str, by: &Player, what: &str) {
    on.tell((&format!("提交市政府 {month}"), "", ""), step, by, what);
}
