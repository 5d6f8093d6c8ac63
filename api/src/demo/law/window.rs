//! Rules L6 to L9 and L11: at the window.

use kernel::ledger::LimitKind;
use serde_json::{Value, json};

use super::{
    super::client::{Request, Trouble},
    matter::{Flaw, Matter},
    rehearsal::Rehearsal,
    wire::OnFile,
};

/// 20 working days by law.
const LICENCE: &str = "talent-hr-service-licence";
/// `site-proof` is tolerable, `report-form` is not.
const REPORT: &str = "project-environment-report";
const SEAL: &str = "data-electronic-seal";
const ON_THE_SPOT: &str = "data-enterprise-code";

pub async fn deemed_accepted(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::received(on, LICENCE).await?;
    matter.hand_in_but(on, &[]).await?;
    let received = on.today();
    let due = on.in_days(5).await?;
    on.date(&matter, "收到材料，受理审查期限5个工作日至", matter.case.due(LimitKind::Check), due);

    let warning_day = on.in_days(3).await?;
    on.wait_until(warning_day).await?;
    matter.look(on).await?;
    let warned = matter.case.reminders.iter().find(|it| it.limit == LimitKind::Check && it.rung == "amber");
    let to = warned.and_then(|it| it.to.as_ref()).map_or("（无）", |it| &it.code);
    let words = format!("提前两个工作日预警责任人{to}，{due}到期");
    on.check(&matter, warned.is_some_and(|it| it.due == due && it.to.is_some()), words);

    on.wait_until(due).await?;
    matter.look(on).await?;
    on.check(&matter, matter.case.acceptance.is_none(), format_args!("到期日当日仍为「{}」", matter.case.stage_label));
    on.wait_past(due).await?;
    matter.look(on).await?;
    let label = matter.case.acceptance.as_ref().map_or("（未受理）", |acceptance| &acceptance.basis_label);
    let words = format!("{label}，自");
    on.date(&matter, &words, matter.case.accepted_on("deemed"), received);
    let due = on.count(received, 20, &[]).await?;
    on.date(&matter, "法定期限自收到之日起20个工作日至", matter.case.due(LimitKind::Statutory), due);
    Ok(())
}

pub async fn told_once(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let flaws = [("articles", Flaw::Incomplete), ("staff-proof", Flaw::Missing)];
    let mut late = Matter::checked(on, LICENCE, &flaws).await?;
    let mut wrong = Matter::checked(on, LICENCE, &flaws).await?;
    let clerk = late.clerk(on)?;

    let outcome = late.act(on, &clerk, "/correction-notice", notice(&["articles"], 3)).await;
    on.refused(&late, "只告知其中一项", "notice_incomplete", outcome);
    let told = on.today();
    let everything = notice(&["articles", "staff-proof"], 3);
    for matter in [&mut late, &mut wrong] {
        matter.act(on, &clerk, "/correction-notice", everything.clone()).await?;
    }
    let due = on.in_days(3).await?;
    let round = late.case.corrections.first();
    let words = round.map_or_else(String::new, |it| format!("一次性告知{}（{}），补正至", it.notice, it.consequence));
    let answered = round.map(|it| it.due);
    on.date(&late, &words, answered, due);

    on.next_morning().await?;
    for material in ["articles", "staff-proof"] {
        wrong.attach(on, material).await?;
    }
    wrong.act(on, &clerk, "/correction", None).await?;
    let checked_by = on.in_days(5).await?;
    on.date(&wrong, "提交补正，重新审查5个工作日至", wrong.case.due(LimitKind::Check), checked_by);
    wrong.find_one(on, "articles", Some(Flaw::Incomplete)).await?;
    wrong.find_one(on, "staff-proof", None).await?;
    let outcome = wrong.act(on, &clerk, "/correction-notice", notice(&["articles"], 3)).await;
    on.refused(&wrong, "仍不符合，再次告知", "already_told", outcome);
    let rejection =
        json!({ "reason": "补正后章程仍缺页。", "legal_basis": "《浙江省保障“最多跑一次”改革规定》第十一条" });
    wrong.act(on, &clerk, "/rejection", rejection).await?;
    let rejected = wrong.case.rejection.as_ref();
    let holds = rejected.is_some_and(|it| it.ground.as_deref() == Some("still_deficient"));
    let paper = rejected.map_or("", |it| &it.notice).to_owned();
    on.check(&wrong, holds && wrong.case.stage == "rejected", format_args!("不予受理通知书{paper}，书面说明理由"));

    on.wait_until(due).await?;
    late.look(on).await?;
    on.check(
        &late,
        late.case.stage == "awaiting_correction",
        format_args!("到期日当日仍为「{}」", late.case.stage_label),
    );
    on.wait_past(due).await?;
    late.look(on).await?;
    let words = format!("{told}告知，{due}逾期未补正，视为撤回：{}", late.case.stage_label);
    on.check(&late, late.case.stage == "withdrawn", words);
    Ok(())
}

/// 一次性告知 of these materials.
fn notice(materials: &[&str], days: u16) -> Value {
    let corrections = materials
        .iter()
        .map(|material| json!({ "material": material, "wrong": "缺失或者不完整", "mend": "补齐后重新提交" }));
    json!({ "corrections": corrections.collect::<Vec<_>>(), "days": days })
}

pub async fn accepted_on_condition(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let undertaking = json!({ "undertaking": "本企业承诺三个工作日内补齐所缺材料。", "days": 3 });
    let mut essential = Matter::checked(on, REPORT, &[("report-form", Flaw::Missing)]).await?;
    let clerk = essential.clerk(on)?;
    let outcome = essential.act(on, &clerk, "/conditional-acceptance", undertaking.clone()).await;
    on.refused(&essential, "主件缺失，容缺受理", "not_tolerable", outcome);

    let mut matter = Matter::checked(on, REPORT, &[("site-proof", Flaw::Missing)]).await?;
    matter.act(on, &clerk, "/conditional-acceptance", undertaking).await?;
    on.date(&matter, "容缺受理于", matter.case.accepted_on("conditional"), on.today());
    let due = on.in_days(3).await?;
    let answered = matter.case.condition.as_ref().and_then(|condition| condition.due);
    on.date(&matter, "容缺材料限3个工作日内补齐，至", answered, due);
    matter.grant(on).await?;
    let outcome = matter.issue(on).await;
    on.refused(&matter, "可以先行决定，但不出件", "condition_open", outcome);

    on.wait_past(due).await?;
    matter.look(on).await?;
    let revoked = matter.case.acceptance_revocation.as_ref();
    let words = revoked.map_or_else(
        || format!("未撤销受理：{}", matter.case.stage_label),
        |it| format!("撤销受理决定书{}：{}", it.document, it.reason),
    );
    let holds = revoked.is_some_and(|it| it.ground == "overdue") && matter.case.stage == "acceptance_revoked";
    on.check(&matter, holds, words);
    Ok(())
}

pub async fn the_voucher(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let matter = Matter::accepted(on, SEAL).await?;
    let paper = matter.case.acceptance.as_ref().and_then(|acceptance| acceptance.notice.clone());
    let words = format!("材料齐全，出具受理通知书{}", paper.as_deref().unwrap_or("（没有）"));
    on.check(&matter, paper.is_some(), words);

    let mut spot = Matter::checked(on, ON_THE_SPOT, &[]).await?;
    let result = json!({ "title": spot.item.content.result_name, "valid_from": on.today() });
    let sitting = json!({ "reasons": "材料齐全，符合法定形式，当场办结。", "result": result });
    let clerk = spot.clerk(on)?;
    spot.act(on, &clerk, "/on-the-spot", sitting).await?;
    let none = spot.case.acceptance.as_ref().is_some_and(|acceptance| acceptance.notice.is_none());
    on.check(&spot, none, format_args!("当场办结（{}），不出具受理通知书", spot.case.stage_label));
    Ok(())
}

pub async fn handed_in_once(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let earlier = Matter::accepted(on, SEAL).await?;
    let mut matter = Matter::received_from(on, LICENCE, &earlier.applicant).await?;
    let clerk = matter.clerk(on)?;
    let request = Request::get(matter.at("/materials-on-file")).by(&clerk);
    let on_file = on.client.send::<Vec<OnFile>>(request).await?.value;
    let known = on_file.iter().find(|it| it.material == "business-licence");
    let words = known.map_or_else(
        || "没有可以复用的材料".to_owned(),
        |it| format!("「{}」已在办件{}中核验，不再提交", it.name, it.from_number),
    );
    on.check(&matter, known.is_some_and(|it| it.from_number == earlier.case.number), words);

    let from = json!({ "from_case": known.map(|it| &it.from_case) });
    matter.act(on, &clerk, "/materials/business-licence/reuse", from).await?;
    matter.hand_in_but(on, &[("business-licence", Flaw::Missing), ("articles", Flaw::Missing)]).await?;
    let outcome = matter.find_one(on, "business-licence", Some(Flaw::Missing)).await;
    on.refused(&matter, "已有电子材料仍认定未提交", "paper_not_to_be_demanded", outcome);
    matter.find(on, &[("articles", Flaw::Missing)]).await?;
    let mut on_paper = notice(&["articles"], 3);
    on_paper["corrections"][0]["on_paper"] = json!(true);
    let outcome = matter.act(on, &clerk, "/correction-notice", on_paper).await;
    on.refused(&matter, "告知须交纸质材料", "paper_not_to_be_demanded", outcome);

    matter.attach(on, "articles").await?;
    matter.find_one(on, "articles", None).await?;
    matter.accept(on).await?;
    on.date(&matter, "复用后材料齐全，受理于", matter.case.accepted_on("in_order"), on.today());
    Ok(())
}
