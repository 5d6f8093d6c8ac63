//! Rule L13: taken at their word, and what follows when it is not kept.

use intake::CommitmentFinding;
use kernel::ledger::LimitKind;
use serde_json::{Value, json};

use super::{
    super::client::Trouble,
    matter::{Flaw, Matter},
    rehearsal::Rehearsal,
};

/// Its proof of premises can be replaced by a commitment.
const ITEM: &str = "talent-hr-service-licence";
const WITHOUT: [(&str, Flaw); 1] = [("premises-proof", Flaw::Missing)];

pub async fn taken_at_their_word(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let mut matter = Matter::checked(on, ITEM, &WITHOUT).await?;
    let (clerk, reviewer, head) = (matter.clerk(on)?, matter.reviewer(on)?, matter.head(on)?);
    matter.act(on, &clerk, "/commitment", word()).await?;
    let instead_of = matter.case.commitment.as_ref().map_or_else(Vec::new, |it| it.instead_of.clone());
    let words = format!("以书面承诺代替{}，受理于", instead_of.join("、"));
    on.date(&matter, &words, matter.case.accepted_on("commitment"), on.today());
    matter.grant(on).await?;
    let due = on.in_days(60).await?;
    on.date(&matter, "先作决定，60个工作日内核查，至", matter.case.due(LimitKind::Verification), due);
    matter.issue(on).await?;
    matter.deliver(on).await?;

    on.next_morning().await?;
    matter.act(on, &reviewer, "/commitment/verification", broken(Some(3))).await?;
    let due = on.in_days(3).await?;
    let order = matter.case.commitment.as_ref().and_then(|it| it.verifications.last());
    let paper = order.and_then(|it| it.order.as_deref()).unwrap_or("（没有）");
    let (words, mend_by) = (format!("核查不一致，限期整改通知书{paper}，至"), order.and_then(|it| it.mend_by));
    on.date(&matter, &words, mend_by, due);
    let outcome = matter.act(on, &reviewer, "/commitment/verification", broken(None)).await;
    on.refused(&matter, "整改期限未到即认定不一致", "mending_limit_running", outcome);

    on.wait_past(due).await?;
    matter.look(on).await?;
    matter.act(on, &reviewer, "/commitment/verification", broken(None)).await?;
    let end = json!({
        "reason": "经核查，与承诺不一致，逾期未整改。",
        "legal_basis": "《浙江省保障“最多跑一次”改革规定》第十四条",
    });
    matter.act(on, &head, "/grant/revocation", end).await?;
    let ended = matter.case.delivery.grant_end.as_ref();
    let words = ended.map_or_else(String::new, |it| format!("仍不一致，机关负责人撤销许可，决定书{}", it.document));
    on.check(&matter, ended.is_some_and(|it| it.ground == "commitment_broken"), words);

    on.next_morning().await?;
    let mut again = Matter::received_from(on, ITEM, &matter.applicant).await?;
    again.hand_in_but(on, &WITHOUT).await?;
    again.find(on, &WITHOUT).await?;
    let outcome = again.act(on, &clerk, "/commitment", word()).await;
    on.refused(&again, "同一申请人再次承诺", "barred_from_commitment", outcome);
    Ok(())
}

fn word() -> Value {
    json!({ "undertaking": "本单位承诺具有符合要求的固定场所，愿意承担不实承诺的法律责任。" })
}

fn broken(mend_within: Option<u16>) -> Value {
    json!({ "finding": CommitmentFinding::Broken, "note": "现场核查，场所与承诺不符", "mend_within": mend_within })
}
