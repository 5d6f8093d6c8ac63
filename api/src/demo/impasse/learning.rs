//! 案例、事项建议、回访: what is learnt from what was got done, and whether it really was (clauses C2-2, D6-2, D8-1, D11-1).

use escalation::FollowUpWay;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{
        client::{Request, Trouble},
        people::Applicant,
    },
    affair::{Affair, Affairs, Key},
    stage::Stage,
    wire::{Draft, Proposal, Standing, Version},
};

/// What was learnt, as it can be found again.
#[derive(Clone, Debug, Default)]
pub struct Learnt {
    pub precedents: Vec<(String, Applicant)>,
    pub proposal: String,
}

/// 回访 by the reform office: which, and how.
pub const FOLLOWED_UP: [(Key, FollowUpWay); 3] = [
    (Key::Returned, FollowUpWay::Phone),
    (Key::Dissatisfied, FollowUpWay::ThirdParty),
    (Key::Hotline, FollowUpWay::UnannouncedVisit),
];

pub async fn learn(on: &mut Stage<'_>, affairs: &mut Affairs) -> Result<Learnt, Trouble> {
    let mut learnt = Learnt::default();
    for (key, lesson) in [
        (Key::Disputed, "职责交叉的，由协调会议一次裁定，不再往返。"),
        (Key::MissingItem, "有法律依据而目录缺项的，先办结，再补目录。"),
    ] {
        let affair = affairs.of(key)?;
        let id = publish(on, affair, lesson).await?;
        learnt.precedents.push((id, affair.person.clone()));
    }
    let precedent = learnt.precedents.last().map(|(id, _)| id.clone()).unwrap_or_default();
    learnt.proposal = propose(on, affairs.of(Key::MissingItem)?, &precedent).await?;
    Ok(learnt)
}

/// 案例: drafted by the centre, cleared of whoever is in it, reviewed and published by the reform office.
async fn publish(on: &Stage<'_>, affair: &Affair, lesson: &str) -> Result<String, Trouble> {
    let who = affair.person.as_applicant();
    let (name, phone) = (who["name"].as_str().unwrap_or_default(), who["phone"].as_str().unwrap_or_default());
    let situation = format!("申请人{name}（电话{phone}）反映：{}，多个窗口均未受理。", affair.subject);
    let body = json!({ "lesson": lesson, "situation": situation });
    let draft: Standing = on.post(&on.manager, &affair.at("/precedent"), body).await?;
    let at = format!("/v1/precedent-drafts/{}", draft.id);
    let found = on.get::<Draft>(&on.manager, &at).await?.manuscript.map_or(0, |manuscript| manuscript.findings.len());
    for finding in 0..found {
        on.act::<Value>(&on.manager, &at, &format!("/findings/{finding}"), json!({})).await?;
    }
    affair.tell(on, "起草案例", &on.manager, &format!("脱敏{found}处，提交审核"));
    on.act::<Value>(&on.manager, &at, "/submission", None).await?;
    let published: Standing = on.act(&on.reform, &at, "/publication", None).await?;
    affair.tell(on, "发布案例", &on.reform, &published.number.unwrap_or_default());
    Ok(draft.id)
}

/// 事项建议: from the precedent to a published version of the catalogue.
async fn propose(on: &Stage<'_>, affair: &Affair, precedent: &str) -> Result<String, Trouble> {
    let body = json!({
        "precedent": precedent, "reasons": "有法律依据，目录缺项，群众无处办理。",
        "sketch": {
            "name": "露营基地备案", "department": "commerce", "kind": "promised_time",
            "text": "由商务部门受理，会同有关部门备案。",
        },
    });
    let proposal: Proposal = on.post(&on.reform, "/v1/item-proposals", body).await?;
    affair.tell(on, "事项建议", &on.reform, &proposal.number);
    let version = new_item(on).await?;
    affair.tell(on, "发布事项", &on.manager, &format!("{} 第{}版", version.item, version.version));
    let at = format!("/v1/item-proposals/{}", proposal.id);
    let adoption = json!({ "item": version.item, "version": version.version });
    let adopted: Proposal = on.act(&on.manager, &at, "/adoption", adoption).await?;
    affair.tell(on, "采纳建议", &on.manager, &adopted.state_label);
    Ok(proposal.id)
}

/// A new item, after the pattern of one that the same department has; another one each time this is played.
async fn new_item(on: &Stage<'_>) -> Result<Version, Trouble> {
    let pattern = on.hall.items().iter().find(|item| item.content.department == "commerce");
    let pattern = pattern.ok_or_else(|| Trouble::Amiss("目录中没有商务部门的事项".to_owned()))?;
    let like: Value = on.client.send(Request::get(format!("/v1/items/{}", pattern.item))).await?.value;
    let mut content = like["content"].clone();
    content["name"] = json!("露营基地备案（演练）");
    let at = format!("/v1/items/demo-campsite-filing-{}", on.today());
    on.send::<Value>(&on.manager, Method::PUT, &format!("{at}/draft"), None, Some(json!({ "content": content })))
        .await?;
    Ok(on.send(&on.manager, Method::POST, &format!("{at}/publication"), None, None).await?.value)
}

/// 回访: whether what was closed out really was solved, asked in three ways.
pub async fn follow_up(on: &Stage<'_>, affairs: &mut Affairs) -> Result<(), Trouble> {
    for (key, way) in FOLLOWED_UP {
        let body = json!({ "way": way, "good": true, "findings": "经回访，申请人确认已办结。" });
        affairs.of(key)?.act(on, &on.reform, "回访", "/follow-ups", body).await?;
    }
    Ok(())
}
