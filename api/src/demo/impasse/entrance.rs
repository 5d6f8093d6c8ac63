//! 反映登记: who brings what, and by which channel.

use catalog::Audience;
use kernel::Role;
use serde_json::{Value, json};

use super::{
    super::{Player, client::Trouble, people::Applicant},
    affair::{Affair, Affairs, Key},
    peer::Peer,
    stage::Stage,
    wire::{Impasse, WorkOrder},
};

/// 兜底窗口
pub const FALLBACK: &str = "fallback";
/// Two windows at which something else was asked for.
pub const PROJECT: &str = "project";
pub const POLICY: &str = "policy";

/// Who registers it.
enum By {
    Window(&'static str),
    Department(&'static str),
    Online,
    Hotline,
}

struct Grievance {
    key: Key,
    by: By,
    category: Value,
    subject: &'static str,
    facts: &'static str,
    wanted: &'static str,
}

pub async fn register_all(on: &Stage<'_>, peer: &Peer, affairs: &mut Affairs) -> Result<(), Trouble> {
    for (place, grievance) in grievances().into_iter().enumerate() {
        let person = Applicant::made_up(Audience::Person);
        let Grievance { key, by, category, subject, facts, wanted } = grievance;
        let body = json!({
            "category": category, "subject": subject, "facts": facts, "wanted": wanted,
            "applicant": person.as_applicant(),
        });
        let (seen, by): (Impasse, Player) = match by {
            By::Hotline => {
                let order = WorkOrderOf { place, category, wanted, subject, facts };
                (by_the_hotline(on, peer, &person, order).await?, on.supervisor.clone())
            }
            By::Window(window) => registered(on, on.hall.clerk_at(window)?, body).await?,
            By::Department(department) => registered(on, on.reviewer(department)?, body).await?,
            By::Online => registered(on, Player::new(Role::Adapter, "zjzwfw"), body).await?,
        };
        let affair = Affair { subject, person, seen };
        affair.tell(on, "反映登记", &by, subject);
        affairs.add(key, affair);
    }
    Ok(())
}

async fn registered(on: &Stage<'_>, by: Player, body: Value) -> Result<(Impasse, Player), Trouble> {
    let seen = on.post(&by, "/v1/impasses", body).await?;
    Ok((seen, by))
}

struct WorkOrderOf {
    place: usize,
    category: Value,
    wanted: &'static str,
    subject: &'static str,
    facts: &'static str,
}

/// 派单、签收、转为办不成事事项. The hotline sends the last message first, and each of them twice.
async fn by_the_hotline(on: &Stage<'_>, peer: &Peer, person: &Applicant, of: WorkOrderOf) -> Result<Impasse, Trouble> {
    let number = format!("12345-{}-{:02}", on.first_day.format("%Y%m%d"), of.place + 1);
    peer.dispatches(on, &number, of.subject, of.facts).await?;
    let order = format!("/v1/hotline/work-orders/{number}");
    let signed: WorkOrder = on.act(&on.supervisor, &order, "/acknowledgement", None).await?;
    peer.tell(on, &number, "签收工单", &on.supervisor, &signed.state_label);
    let body = json!({ "category": of.category, "wanted": of.wanted, "applicant": person.as_applicant() });
    let turned: WorkOrder = on.act(&on.supervisor, &order, "/impasse", body).await?;
    peer.tell(on, &number, "转为办不成事", &on.supervisor, &turned.state_label);
    let impasse = turned.impasse.ok_or_else(|| Trouble::Amiss(format!("工单 {number} 没有转为办不成事事项")))?;
    on.get(&on.manager, &format!("/v1/impasses/{impasse}")).await
}

fn grievances() -> Vec<Grievance> {
    let other = |why: &str| json!({ "kind": "other", "why": why });
    let new = |key, by, category, subject, facts, wanted| Grievance { key, by, category, subject, facts, wanted };
    vec![
        new(
            Key::OnTheSpot,
            By::Window(FALLBACK),
            other("窗口系统中无法调取历史记录。"),
            "历史缴费记录无法打印",
            "自助机和窗口均无法打印2009年以前的缴费记录。",
            "调取并出具历史缴费记录。",
        ),
        new(
            Key::Returned,
            By::Window(PROJECT),
            json!({
                "kind": "unclear_lead", "asked": ["market-supervision", "commerce"],
                "change": "机构改革后商业网点管理职责调整。",
            }),
            "商业网点迁址登记牵头不明",
            "两个部门均答复不属于本部门职责。",
            "明确牵头部门并办理迁址登记。",
        ),
        new(
            Key::Disputed,
            By::Department("commerce"),
            json!({
                "kind": "unclear_lead", "asked": ["natural-resources", "housing-construction"],
                "change": "充电设施管理职责调整后，小区内安装由谁牵头不明。",
            }),
            "老旧小区公共充电桩安装无人受理",
            "小区拟在公共停车位安装充电桩，规划和住建部门互相推诿。",
            "明确牵头部门，办理安装备案。",
        ),
        new(
            Key::Dissatisfied,
            By::Online,
            other("证照数据不同步，窗口无权更正。"),
            "证照信息更正后电子证照仍为旧信息",
            "更正登记已办结一个月，电子证照仍显示旧信息。",
            "同步更正电子证照。",
        ),
        new(
            Key::Hotline,
            By::Hotline,
            other("多个窗口均称查询不到备案信息。"),
            "企业变更登记后备案信息查询不到",
            "变更登记办结后，备案信息在系统中查询不到，多次咨询无果。",
            "查明原因并恢复备案信息。",
        ),
        new(
            Key::HotlineMeeting,
            By::Hotline,
            json!({ "kind": "emerging_field", "field": "无人机物流" }),
            "无人机物流起降点无处备案",
            "拟在园区设置无人机物流起降点，没有受理渠道。",
            "明确受理部门和办理渠道。",
        ),
        new(
            Key::Extended,
            By::Window(FALLBACK),
            json!({ "kind": "cross_department", "departments": ["natural-resources", "housing-construction"] }),
            "厂房分割登记前置手续互为前提",
            "两个部门互以对方手续为前提，无法推进。",
            "协调两个部门并联办理。",
        ),
        new(
            Key::Jointly,
            By::Window(POLICY),
            json!({ "kind": "legacy", "since": 2003, "awaits": "当年用地批文遗失，补办依据有待明确。" }),
            "改制企业历史用地手续不全",
            "企业改制时的用地批文遗失，现无法办理变更。",
            "明确补办路径。",
        ),
        new(
            Key::Government,
            By::Department("natural-resources"),
            json!({
                "kind": "cross_department", "departments": ["natural-resources", "ecology-environment"],
                "other_level": "台州市",
            }),
            "养殖用海与规划航道重叠",
            "养殖用海到期续期，与上级规划航道重叠，部门无权决定。",
            "由市政府研究确定处置意见。",
        ),
        new(
            Key::MissedTheFreeze,
            By::Online,
            json!({ "kind": "emerging_field", "field": "低空经济" }),
            "低空飞行服务企业落户无适用政策",
            "企业拟落户，场地、空域、安全责任均无适用政策。",
            "研究出台适用政策。",
        ),
        new(
            Key::NotAllowed,
            By::Window(FALLBACK),
            other("不符合登记条件，窗口不予受理。"),
            "违法建筑申请不动产登记",
            "未取得规划许可的建筑申请办理不动产登记。",
            "办理不动产登记。",
        ),
        new(
            Key::MissingItem,
            By::Window(FALLBACK),
            json!({ "kind": "missing_item", "legal_basis": "《旅游法》第四十六条" }),
            "露营基地备案未列入系统",
            "露营基地备案有依据，但系统中没有该事项，各窗口无法收件。",
            "受理并办结露营基地备案。",
        ),
    ]
}
