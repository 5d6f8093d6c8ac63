//! Rules L2 to L5 and L12: how long it may take, who may make it longer, and what does not count.

use kernel::ledger::{Ground, LimitKind};
use serde_json::{Value, json};

use super::{
    super::client::Trouble,
    matter::{Matter, government_head},
    rehearsal::Rehearsal,
};

/// 20 working days by law, 7 as promised.
const SINGLE: &str = "data-restricted-open-data";
/// 45 working days by law, 20 as promised.
const JOINT: &str = "project-joint-construction-review";
/// 20 working days by law, 10 as promised.
const PROMISED: &str = "policy-innovative-sme";

fn extension(days: u16) -> Value {
    json!({ "days": days, "reason": "案情复杂，需补充核实" })
}

pub async fn twenty_days_and_ten_more(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::accepted(on, SINGLE).await?;
    let (approver, head) = (matter.approver(on)?, matter.head(on)?);
    let due = on.in_days(20).await?;
    on.date(&matter, "受理，法定期限20个工作日至", matter.case.due(LimitKind::Statutory), due);

    let outcome = matter.act(on, &approver, "/extension", extension(10)).await;
    on.refused(&matter, "审批负责人延长", "role_not_allowed", outcome);
    let outcome = matter.act(on, &government_head(), "/extension", extension(10)).await;
    on.refused(&matter, "政府负责人延长", "not_the_approving_head", outcome);
    let outcome = matter.act(on, &head, "/extension", extension(11)).await;
    on.refused(&matter, "机关负责人延长11个工作日", "limit_out_of_range", outcome);

    matter.act(on, &head, "/extension", extension(10)).await?;
    let due = on.in_days(30).await?;
    on.date(&matter, "机关负责人批准延长10个工作日，理由告知申请人，至", matter.case.due(LimitKind::Statutory), due);
    let outcome = matter.act(on, &head, "/extension", extension(5)).await;
    on.refused(&matter, "再次延长", "already_extended", outcome);
    Ok(())
}

pub async fn forty_five_days_together(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::accepted(on, JOINT).await?;
    let (lead, head) = (matter.reviewer(on)?, matter.head(on)?);
    let due = on.in_days(45).await?;
    on.date(&matter, "联合办理受理，法定期限45个工作日至", matter.case.due(LimitKind::Statutory), due);
    matter.take(on).await?;
    matter.act(on, &lead, "/joint-review", json!({})).await?;
    let outcome = matter.act(on, &head, "/extension", extension(10)).await;
    on.refused(&matter, "牵头部门负责人延长", "not_the_approving_head", outcome);
    matter.act(on, &government_head(), "/extension", extension(15)).await?;
    let due = on.in_days(60).await?;
    on.date(&matter, "政府负责人批准延长15个工作日，至", matter.case.due(LimitKind::Statutory), due);
    let outcome = matter.act(on, &government_head(), "/extension", extension(1)).await;
    on.refused(&matter, "再次延长", "already_extended", outcome);
    Ok(())
}

pub async fn ten_days_to_deliver(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::accepted(on, PROMISED).await?;
    matter.take(on).await?;
    on.next_morning().await?;
    matter.conclude(on).await?;
    let (decided, due) = (on.today(), on.in_days(10).await?);
    on.date(&matter, "作出决定，送达期限10个工作日至", matter.case.due(LimitKind::Delivery), due);
    let stopped = matter.case.clock(LimitKind::Statutory).and_then(|clock| clock.stopped);
    on.date(&matter, "决定期限止于", stopped, decided);

    on.next_morning().await?;
    matter.issue(on).await?;
    matter.deliver(on).await?;
    let stopped = matter.case.clock(LimitKind::Delivery).and_then(|clock| clock.stopped);
    on.date(&matter, "电子送达，送达期限止于", stopped, on.today());
    Ok(())
}

pub async fn what_stops_the_clock(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::accepted(on, SINGLE).await?;
    matter.take(on).await?;
    let (accepted, due) = (on.today(), on.in_days(20).await?);
    let (reviewer, approver) = (matter.reviewer(on)?, matter.approver(on)?);

    matter.act(on, &reviewer, "/pause", json!({ "reason": "等待中介机构出具报告" })).await?;
    on.next_morning().await?;
    matter.act(on, &reviewer, "/pause/end", None).await?;
    on.date(&matter, "登记暂停一个工作日，没有法定理由，法定期限仍至", matter.case.due(LimitKind::Statutory), due);

    let first = on.today();
    matter.act(on, &approver, "/procedures", procedure(Ground::ExpertReview, 5)).await?;
    on.next_morning().await?;
    on.next_morning().await?;
    matter.act(on, &approver, "/procedures", procedure(Ground::Testing, 3)).await?;
    let notices: Vec<_> = matter.case.procedures.iter().map(|it| format!("{}{}", it.label, it.notice)).collect();
    let words = format!("书面告知所需时间：{}", notices.join("，"));
    on.check(&matter, notices.len() == 2, words);

    on.next_morning().await?;
    matter.look(on).await?;
    let so_far = on.count(accepted, 20, &[first..=on.today()]).await?;
    on.date(&matter, "专家评审与检测同时进行，期限暂计至", matter.case.due(LimitKind::Statutory), so_far);
    for (at, result) in [(0, "专家评审通过"), (1, "检测合格")] {
        let notice = matter.case.procedures.get(at).map(|it| it.notice.clone());
        matter.act(on, &reviewer, "/procedures/end", json!({ "notice": notice, "result": result })).await?;
        if at == 0 {
            on.next_morning().await?;
        }
    }
    let last = on.today();
    let due = on.count(accepted, 20, &[first..=last]).await?;
    let words = format!("{first}至{last}不计入，重叠的只扣一次，法定期限至");
    on.date(&matter, &words, matter.case.due(LimitKind::Statutory), due);

    let lines = matter.explained(on, LimitKind::Statutory).await?.days;
    let left_out: Vec<_> = lines.iter().filter(|line| (first..=last).contains(&line.date)).collect();
    let holds = !left_out.is_empty() && left_out.iter().all(|line| !line.counted);
    let why =
        left_out.first().map_or_else(String::new, |line| format!("{} {}（{}）", line.date, line.reason, line.article));
    on.check(&matter, holds, why);
    Ok(())
}

fn procedure(ground: Ground, needs: u16) -> Value {
    json!({ "ground": ground, "needs": needs, "reason": "依法需要进行" })
}

pub async fn the_shorter_one_binds(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let matter = Matter::accepted(on, PROMISED).await?;
    for (kind, days) in [(LimitKind::Statutory, 20), (LimitKind::Promised, 10)] {
        let due = on.in_days(days).await?;
        on.date(&matter, &format!("{}{days}个工作日至", kind.label()), matter.case.due(kind), due);
    }
    let binding = matter.case.clocks.iter().find(|clock| clock.binding);
    let words = binding.map_or_else(String::new, |clock| format!("{}，{}", clock.label, clock.due));
    let holds = binding.is_some_and(|clock| clock.kind == LimitKind::Promised);
    on.check(&matter, holds, format_args!("约束期限为{words}"));
    Ok(())
}
