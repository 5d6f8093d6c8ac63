//! Rule L10: several departments over one case.

use serde_json::{Value, json};

use super::{super::client::Trouble, matter::Matter, rehearsal::Rehearsal, wire::Participant};

/// Natural resources (5 days) and ecology (7 days) at once, housing (5 days) after natural resources; silence is consent.
const ITEM: &str = "project-joint-construction-review";
const LAND: &str = "natural-resources";
const ECOLOGY: &str = "ecology-environment";
const HOUSING: &str = "housing-construction";

pub async fn one_after_another(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::accepted(on, ITEM).await?;
    matter.take(on).await?;
    let (accepted, lead) = (on.today(), matter.reviewer(on)?);
    let land = on.hall.reviewers_of(LAND)?.swap_remove(0);
    let housing = on.hall.reviewers_of(HOUSING)?.swap_remove(0);

    on.next_morning().await?;
    matter.act(on, &lead, "/joint-review", json!({})).await?;
    for (department, days) in [(LAND, 5), (ECOLOGY, 7)] {
        let due = on.count(accepted, days, &[]).await?;
        let participant = matter.case.participant(department);
        let (starts, until) = participant.map(|it| (it.starts, it.due)).unzip();
        let words = format!("并联 {department} 自受理之日{accepted}起算，{days}个工作日至");
        on.date(&matter, &words, until.filter(|_| starts == Some(accepted)), due);
    }
    let words = format!("串联 {HOUSING} {}", state(matter.case.participant(HOUSING)));
    on.check(&matter, matter.case.participant(HOUSING).is_some_and(|it| it.state == "waiting"), words);
    let outcome = matter.act(on, &housing, "/joint-review/opinions", agrees(HOUSING)).await;
    on.refused(&matter, "前置部门办结之前反馈意见", "predecessors_not_completed", outcome);

    on.next_morning().await?;
    matter.act(on, &land, "/joint-review/opinions", agrees(LAND)).await?;
    let due = on.in_days(5).await?;
    let (starts, until) = matter.case.participant(HOUSING).map(|it| (it.starts, it.due)).unzip();
    on.date(&matter, &format!("{LAND} 书面同意，{HOUSING} 自此起算："), starts, on.today());
    on.date(&matter, &format!("{HOUSING} 5个工作日至"), until, due);
    on.next_morning().await?;
    matter.act(on, &housing, "/joint-review/opinions", agrees(HOUSING)).await?;

    let outcome = matter.conclude(on).await;
    on.refused(&matter, "意见未齐即作决定", "opinions_missing", outcome);
    let due = on.count(accepted, 7, &[]).await?;
    on.wait_past(due).await?;
    matter.look(on).await?;
    let silent = matter.case.participant(ECOLOGY);
    let words = format!("{ECOLOGY} {due}前未反馈：{}，记名于", state(silent));
    let since = silent.filter(|it| it.state == "consented").and_then(|it| it.silent_since);
    on.date(&matter, &words, since, on.today());
    matter.conclude(on).await?;
    on.check(&matter, matter.case.stage == "decided", format_args!("意见齐备，{}", matter.case.stage_label));
    Ok(())
}

fn agrees(department: &str) -> Value {
    json!({ "department": department, "opinion": { "verdict": "agree" } })
}

fn state(participant: Option<&Participant>) -> &str {
    participant.map_or("（没有）", |it| &it.state_label)
}
