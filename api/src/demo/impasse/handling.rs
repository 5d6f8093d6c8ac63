//! 办理: what is done about each, from its level to its applicant's word.

use escalation::Level;
use serde_json::json;

use super::{
    super::client::Trouble,
    affair::{Affair, Affairs, Key},
    assemblies,
    entrance::{FALLBACK, POLICY, PROJECT},
    peer::Peer,
    stage::Stage,
};

type Done = Result<(), Trouble>;

/// 一般问题: settled by the centre on the spot, on the day of its triage.
pub async fn on_the_spot(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let affair = affairs.of(Key::OnTheSpot)?;
    affair.answer(on, "已从档案系统调取并出具历史缴费记录。").await?;
    affair.satisfied_at(on, FALLBACK).await
}

/// What the centre orders: one department returns what is not its own, which the centre rules on; another returns what
/// the meeting will have to rule on.
pub async fn the_centre_orders(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let returned = affairs.of(Key::Returned)?;
    let order = returned.order(on, &on.manager, "market-supervision").await?;
    asks_to_return(on, returned, order, "market-supervision").await?;
    let ruling = json!({ "granted": true, "reason": "依机构改革方案，由商务部门牵头。" });
    returned.on_order(on, &on.manager, order, "裁定退回：同意", ("return/ruling", ruling)).await?;
    returned.order(on, &on.manager, "commerce").await?;
    returned.sign_for(on).await?;

    let disputed = affairs.of(Key::Disputed)?;
    let order = disputed.order(on, &on.manager, "natural-resources").await?;
    asks_to_return(on, disputed, order, "natural-resources").await?;
    disputed.raise(on, Level::Difficult, "两个部门均称不属其职责，须会议裁定。").await?;

    let missing = affairs.of(Key::MissingItem)?;
    missing.order(on, &on.manager, "commerce").await?;
    missing.sign_for(on).await?;

    let hotline = affairs.of(Key::Hotline)?;
    hotline.order(on, &on.supervisor, "development-reform").await?;
    hotline.sign_for(on).await
}

async fn asks_to_return(on: &Stage<'_>, affair: &mut Affair, order: u32, department: &str) -> Done {
    let approver = on.hall.approver_of(department)?;
    let reason = json!({ "reason": "依三定方案，不属于本部门职责。" });
    affair.on_order(on, &approver, order, "申请退回", ("return", reason)).await
}

/// The first answer does not satisfy its applicant.
pub async fn refused(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let affair = affairs.of(Key::Dissatisfied)?;
    affair.answer(on, "已通知数据部门同步，请耐心等待。").await?;
    affair.says(on, false, "只说等待，没有解决。").await
}

/// And is done again.
pub async fn redone(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let affair = affairs.of(Key::Dissatisfied)?;
    affair.order(on, &on.manager, "big-data").await?;
    affair.sign_for(on).await?;
    affair.complete(on).await?;
    affair.answer(on, "电子证照已同步为更正后的信息。").await?;
    affair.says(on, true, "已经更正。").await
}

/// What the centre ordered is done.
pub async fn the_centres_orders_are_done(on: &Stage<'_>, peer: &Peer, affairs: &mut Affairs) -> Done {
    let returned = affairs.of(Key::Returned)?;
    returned.complete(on).await?;
    returned.answer(on, "由商务部门牵头，迁址登记已办结。").await?;
    returned.satisfied_at(on, PROJECT).await?;

    let missing = affairs.of(Key::MissingItem)?;
    missing.complete(on).await?;
    missing.answer(on, "由商务部门受理，露营基地备案已办结。").await?;
    missing.satisfied_at(on, FALLBACK).await?;

    let hotline = affairs.of(Key::Hotline)?;
    hotline.complete(on).await?;
    hotline.answer(on, "数据推送失败已修复，备案信息恢复可查。").await?;
    the_hotline_calls_back(on, peer, hotline).await
}

/// 热线回访: the caller's three answers close it out.
async fn the_hotline_calls_back(on: &Stage<'_>, peer: &Peer, affair: &mut Affair) -> Done {
    let number = affair.seen.external_number.clone().unwrap_or_default();
    peer.is_satisfied(&number).await?;
    affair.look(on).await?;
    affair.tell(on, "热线回访三问", &peer.player, &affair.seen.state_label);
    Ok(())
}

/// 依法不能办: explained in writing, and carried with the approval of the reform office. It is not closed.
pub async fn carried(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let affair = affairs.of(Key::NotAllowed)?;
    let answer = json!({
        "outcome": "explained", "text": "未取得建设工程规划许可，依法不能登记，可以依法申请行政复议。",
        "legal_basis": "《不动产登记暂行条例》第二十二条",
    });
    affair.act(on, &on.manager, "答复（依法不能办）", "/answer", answer).await?;
    let proposal = json!({ "ground": "not_allowed_by_law", "explanation": "已当面送达书面解释和依据。" });
    affair.act(on, &on.manager, "申请挂账", "/carrying", proposal).await?;
    let ruling = json!({ "granted": true, "reason": "情况属实，同意挂账，按期复核。", "days": 30 });
    affair.act(on, &on.reform, "审批挂账", "/carrying/ruling", ruling).await
}

/// 挂账复核
pub async fn still_carried(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let review = json!({ "keep_days": 30, "reason": "法律规定未变，继续挂账。" });
    affairs.of(Key::NotAllowed)?.act(on, &on.reform, "复核挂账", "/carrying/review", review).await
}

/// What the meeting is to resolve upon, and the departments it concerns.
pub const AT_THE_MEETING: [Key; 4] = [Key::Disputed, Key::HotlineMeeting, Key::Extended, Key::Jointly];
pub const INVITED: [&str; 4] = ["commerce", "development-reform", "housing-construction", "natural-resources"];

/// 部门协调会议: a return is ruled on, and four orders are issued which bind.
pub async fn the_meeting(on: &Stage<'_>, affairs: &mut Affairs, meeting: &str) -> Done {
    let resolutions = vec![
        json!({ "impasse": affairs.id(Key::Disputed)?, "resolved": {
            "kind": "rule_on_return", "order": 1, "granted": true, "reason": "充电设施安装由住建部门牵头。",
            "instead": assemblies::assignment("housing-construction", 5, "牵头办理充电桩安装备案。"),
        }}),
        assemblies::assigning(&affairs.id(Key::HotlineMeeting)?, "development-reform", 5, "牵头办理起降点备案。"),
        assemblies::assigning(&affairs.id(Key::Extended)?, "natural-resources", 3, "会同住建部门并联办理。"),
        assemblies::assigning(&affairs.id(Key::Jointly)?, "natural-resources", 5, "依档案补办用地手续。"),
    ];
    assemblies::hold(on, meeting, &INVITED, resolutions).await?;
    for key in AT_THE_MEETING {
        let affair = affairs.of(key)?;
        affair.look(on).await?;
        let order = affair.open_order()?;
        let words = format!("{} → {}，指定承办，限{}", order.number, order.department, order.limit.due);
        affair.tell(on, "会议交办", &on.reform, &words);
    }
    let disputed = affairs.of(Key::Disputed)?;
    let (order, department) = disputed.order_and_department()?;
    cannot_be_returned(on, disputed, order, &department).await
}

/// Rule L15: what was ruled is not returned.
async fn cannot_be_returned(on: &Stage<'_>, affair: &mut Affair, order: u32, department: &str) -> Done {
    match asks_to_return(on, affair, order, department).await {
        Err(Trouble::Refused { problem, .. }) if problem.code == "order_binding" => {
            affair.tell(on, "申请退回", &on.hall.approver_of(department)?, &format!("被拒：{}", problem.detail));
            Ok(())
        }
        Err(trouble) => Err(trouble),
        Ok(()) => Err(Trouble::Amiss("会议指定承办的交办单被退回".to_owned())),
    }
}

/// The departments sign for the orders of the meeting; one of them needs longer, and is given five days more.
pub async fn the_meetings_orders_begin(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    for key in AT_THE_MEETING {
        affairs.of(key)?.sign_for(on).await?;
    }
    let affair = affairs.of(Key::Extended)?;
    let (order, department) = affair.order_and_department()?;
    let reviewer = on.reviewer(&department)?;
    let asked = json!({ "days": 5, "reason": "须现场测绘。" });
    affair.on_order(on, &reviewer, order, "申请延期", ("extension", asked)).await?;
    let ruling = json!({ "granted": true, "reason": "确需现场测绘，同意延长。" });
    affair.on_order(on, &on.reform, order, "审批延期：同意", ("extension/ruling", ruling)).await?;
    let words = format!("完成时限延至{}", affair.open_order()?.limit.due);
    affair.tell(on, "延期", &on.reform, &words);
    Ok(())
}

/// All but the one that was given longer.
pub async fn the_meetings_orders_are_done(on: &Stage<'_>, peer: &Peer, affairs: &mut Affairs) -> Done {
    let disputed = affairs.of(Key::Disputed)?;
    disputed.complete(on).await?;
    disputed.answer(on, "由住建部门牵头，充电桩安装备案已办结。").await?;
    disputed.satisfied_at(on, FALLBACK).await?;

    let jointly = affairs.of(Key::Jointly)?;
    jointly.complete(on).await?;
    jointly.answer(on, "依档案补办，用地手续齐全。").await?;
    jointly.satisfied_at(on, POLICY).await?;

    let hotline = affairs.of(Key::HotlineMeeting)?;
    hotline.complete(on).await?;
    hotline.answer(on, "由发改部门受理，起降点备案已办结。").await?;
    the_hotline_calls_back(on, peer, hotline).await
}

pub async fn the_extended_order_is_done(on: &Stage<'_>, affairs: &mut Affairs) -> Done {
    let affair = affairs.of(Key::Extended)?;
    affair.complete(on).await?;
    affair.answer(on, "两个部门并联办理，厂房分割登记已办结。").await?;
    affair.satisfied_at(on, FALLBACK).await
}

/// What the government decided is done; its applicant says so at the fallback window, or online.
pub async fn what_the_government_decided(on: &Stage<'_>, affairs: &mut Affairs, key: Key) -> Done {
    let affair = affairs.of(key)?;
    affair.sign_for(on).await?;
    affair.complete(on).await?;
    affair.answer(on, "已按市政府研究意见办结。").await?;
    match key {
        Key::Government => affair.satisfied_at(on, FALLBACK).await,
        _ => affair.says(on, true, "满意。").await,
    }
}
