//! 附件1 “办不成事”反映(兜底)窗口记录表 (clause D12-1): an impasse as a line of the register, in the annex's own columns.

use kernel::DepartmentCode;

use crate::{
    event::{Event, Recorded},
    impasse::{Impasse, State},
    level::Graded,
    round::{Answer, Outcome, Satisfaction},
};

/// 表头, exactly.
pub const HEADER: [&str; 6] = ["序号", "时间", "涉及部门", "基本情况", "受理过程", "处理结果"];

/// 基本情况: what it is about, what happened, what is wanted.
pub fn facts(impasse: &Impasse) -> String {
    format!("{}。{}诉求：{}", impasse.subject, full_stop(impasse.facts.as_str()), impasse.wanted)
}

fn full_stop(text: &str) -> String {
    let ends = text.ends_with(['。', '！', '？', '.', '；']);
    if ends { text.to_owned() } else { format!("{text}。") }
}

/// 受理过程: the steps on the record with their dates. `name` says what a department is called. Reminders that the program
/// sent are no steps of anybody.
pub fn process(record: &[Recorded], name: &dyn Fn(&DepartmentCode) -> String) -> String {
    let told = |event: &Event| !matches!(event, Event::Reminded(_) | Event::DeadlinesMoved { .. });
    let steps = record.iter().filter(|recorded| told(&recorded.event));
    let steps = steps.map(|recorded| {
        let (day, label) = (recorded.at.day(), recorded.event.label());
        match detail(&recorded.event, name) {
            Some(detail) => format!("{day}{label}（{detail}）"),
            None => format!("{day}{label}"),
        }
    });
    steps.collect::<Vec<_>>().join("；")
}

fn detail(event: &Event, name: &dyn Fn(&DepartmentCode) -> String) -> Option<String> {
    Some(match event {
        Event::ImpasseRegistered(registered) => registered.channel.label().to_owned(),
        Event::ImpasseFiled { filing, .. } => filing.number.to_string(),
        Event::LevelSet { grading, .. } => match grading.how {
            Graded::Triage(week) => format!("{}，{week}", grading.level.label()),
            _ => grading.level.label().to_owned(),
        },
        Event::SubmittedToGovernment { number, .. } => number.to_string(),
        Event::OrderIssued(order) => format!("{}，{}", order.number, name(&order.department)),
        Event::OrderAcknowledged { order, .. }
        | Event::OrderReturnRequested { order, .. }
        | Event::OrderReturnRuled { order, .. }
        | Event::OrderExtensionRequested { order, .. }
        | Event::OrderExtensionRuled { order, .. }
        | Event::OrderCompleted { order, .. }
        | Event::OrderSigned { order, .. }
        | Event::OrderSentBack { order, .. }
        | Event::OrderReturnedToUnit { order, .. } => format!("第{order}张交办单"),
        Event::SupervisionProposed { order, step, .. } | Event::SupervisionRuled { order, step, .. } => {
            let of = order.map_or_else(|| "办理".to_owned(), |order| format!("第{order}张交办单"));
            format!("{of}，{}", step.label())
        }
        Event::CarryingProposed(proposal) => proposal.ground.label().to_owned(),
        Event::CarryingApproved { carrying, .. } => carrying.ground.label().to_owned(),
        Event::FollowedUp(found) if found.good => "情况属实".to_owned(),
        Event::FollowedUp(_) => "发现问题，恢复办理".to_owned(),
        _ => return None,
    })
}

/// 处理结果: what came of it so far. Only what its applicant is satisfied with is called closed out (clause D5-2).
pub fn result(impasse: &Impasse) -> String {
    let last = impasse.round();
    let answer = impasse.rounds.iter().rev().find_map(|round| round.answer.as_ref());
    match impasse.state {
        State::Registered => "已登记，待备案".to_owned(),
        State::Filed => "已备案，待分类".to_owned(),
        State::InHandling => {
            let dissatisfied = |said: &Satisfaction| !said.satisfied;
            let rounds = impasse.rounds.iter().filter_map(|round| round.satisfaction.as_ref());
            match rounds.filter(|said| dissatisfied(said)).count() {
                0 => format!("未销号，第{}轮办理中", impasse.rounds.len()),
                times => format!("未销号，申请人{times}次表示不满意，第{}轮办理中", impasse.rounds.len()),
            }
        }
        State::AwaitingApplicant => format!("未销号，{}，待申请人评价", answered(answer)),
        State::Carried => match &impasse.carrying {
            Some(carrying) => {
                let explanation = full_stop(carrying.explanation.as_str());
                format!("未销号，解释挂账（{}）：{explanation}仍在册", carrying.ground.label())
            }
            None => "未销号，解释挂账，仍在册".to_owned(),
        },
        State::ClosedOut => {
            let said = last.and_then(|round| round.satisfaction.as_ref());
            let solved = if said.is_some_and(|said| said.solved) { "已解决" } else { "未解决" };
            let day = impasse.closed_at.map(|at| at.day().to_string()).unwrap_or_default();
            format!("{}；申请人反馈：{solved}、满意；{day}销号", answered(answer))
        }
    }
}

fn answered(answer: Option<&Answer>) -> String {
    match answer {
        Some(answer) if answer.outcome == Outcome::Solved => format!("已办成：{}", answer.text),
        Some(answer) => format!("依法不能办，已解释：{}", answer.text),
        None => "尚未答复".to_owned(),
    }
}
