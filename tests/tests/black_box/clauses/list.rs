//! The clauses and rules there are.

/// One of them, in a few words of ours, with what is still to come where a part is there.
#[derive(Debug)]
pub struct Row {
    pub id: &'static str,
    pub label: &'static str,
    pub rest: Option<&'static str>,
}

macro_rules! rows {
    ($($id:literal $label:literal $(, $rest:literal)?;)*) => {
        &[$(Row { id: $id, label: $label, rest: rows!(@ $($rest)?) },)*]
    };
    (@) => { None };
    (@ $rest:literal) => { Some($rest) };
}

pub const CLAUSES: &[Row] = rows! {
    "A1-1" "取号 queue tickets";
    "A1-2" "分流 direction at the desk";
    "A1-3" "兜底 from direction to a registered impasse";
    "A2-1" "八个板块 eight sectors and their windows";
    "A2-2" "牵头部门 lead departments";
    "A2-3" "派驻 staff act where they are posted";
    "A3-1" "后台审批 department worklists";
    "A3-2" "分析研判 department figures";
    "A4-1" "帮办代办 assistance";
    "B1-1" "受理、流转、审批、出件 the counter lifecycle";
    "B1-2" "线上办理 the online lifecycle";
    "B1-3" "邮寄送达 courier delivery";
    "B2-1" "受理范围 scope check";
    "B2-2" "申请材料 material checklist";
    "B2-3" "核对原件 copy against original";
    "B2-4" "一次性告知 correction notice";
    "B2-5" "即办件 on-the-spot items";
    "B2-6" "承诺件 promised-time items";
    "B2-7" "电子材料 electronic material does";
    "B3-1" "服务事项与指南 items, guides, versions";
    "B3-2" "审核与决定 review and reasoned decision";
    "B3-3" "联审联批 joint review";
    "B3-4" "联合踏勘 joint inspection";
    "B3-5" "业务指导 guidance and training";
    "B4-1" "教你办 assisted filing";
    "B5-1" "首问责任 first-contact responsibility";
    "B5-2" "限时办结 limits, lights, explanations";
    "B5-3" "容缺受理 conditional acceptance";
    "B5-4" "实名认证 identity assurance";
    "B5-5" "网上查询 public progress query";
    "B5-6" "企业码 enterprise code";
    "B5-7" "数据共享 feed, webhooks, export";
    "B5-8" "好差评 ratings and mending", "the mending (整改) that a bad rating opens";
    "C1-1" "服务套餐 packages";
    "C1-2" "多渠道与预约 channels and appointments", "appointments";
    "C1-3" "功能整合 providers, life stages, chains";
    "C2-1" "问题清单 problem list";
    "C2-2" "转化 from problem to precedent to item";
    "C3-1" "办事制度 the rules of B5";
    "C3-2" "窗口考核 assessments";
    "C4-1" "1+1+1+X sector teams";
    "C5-1" "会商 deliberation";
    "C5-2" "闭环 problems tracked to a reply";
    "C6-1" "例会 recurring meetings";
    "C6-2" "报送 upward reports";
    "C7-1" "专班 the organisations at work";
    "C8-1" "整改约谈通报 graded accountability";
    "C9-1" "事项公布与推送 publication and push", "policies, matching and published figures";
    "C9-2" "意见建议 suggestions and opinions";
    "D1-1" "六类情形 six categories";
    "D1-2" "关联办件 link to the case that failed";
    "D2-1" "反映窗口 registration at the window";
    "D2-2" "12345 hotline work orders";
    "D2-3" "其他渠道 referral by anybody";
    "D3-1" "登记备案 registration and filing";
    "D4-1" "每周梳理 weekly triage";
    "D4-2" "一般问题 level general";
    "D4-3" "疑难复杂 level difficult";
    "D4-4" "特别疑难 level exceptional";
    "D5-1" "销号清单 close-out list";
    "D5-2" "满意销号 close-out on satisfaction";
    "D6-1" "全程记录 tamper-evident record";
    "D6-2" "案例 precedents";
    "D7-1" "首问负责 a responsible person for each";
    "D8-1" "回访 follow-ups";
    "D9-1" "通报 bulletins";
    "D10-1" "警示点名问责 the ladder";
    "D11-1" "完善规程 process improvement";
    "D12-1" "窗口记录表 annex 1";
    "D13-1" "交办单 annex 2";
    "G1" "政务服务平台 platform adapters";
    "G2" "第三方前端 front ends acting for applicants";
    "G3" "12345 回调 hotline callbacks";
    "G4" "看板 dashboards and figures";
};

pub const RULES: &[Row] = rows! {
    "L1" "工作日 limits in working days (行政许可法 art. 82)";
    "L2" "决定期限 decision within the limit, one extension (art. 42)";
    "L3" "联合办理期限 joint handling (art. 42)";
    "L4" "送达期限 delivery within ten days (art. 44)";
    "L5" "不计入期限 time that does not count (art. 45)";
    "L6" "一次告知，逾期视为受理 told once, or deemed accepted (art. 32)";
    "L7" "逾期视为撤回 deemed withdrawn";
    "L8" "容缺受理 conditional acceptance and its end";
    "L9" "受理凭证 receipts, notices and whose seal";
    "L10" "并联与串联 parallel and serial items";
    "L11" "一套材料 one set of materials";
    "L12" "承诺期限 the promise binds";
    "L13" "告知承诺 decide first, check later";
    "L14" "差评整改 bad ratings";
    "L15" "热线期限 hotline limits";
    "L16" "催办 urging and reminders";
    "L17" "分级处置 grading of impasses";
    "L18" "互转联动 tickets both ways";
    "L19" "省标 the provincial standard";
};
