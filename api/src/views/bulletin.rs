//! 通报草稿 (clause D9-1).

use escalation::{
    Step, Whose,
    bulletin::{Censured, Praised},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::register::{FigureRow, FiguresView, Names, called};
use crate::schema;

/// How many good examples are named.
const MOST_PRAISED: usize = 20;

/// 通报草稿, for people to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinView {
    /// 标题
    pub title: String,
    /// 基本情况, in sentences.
    pub summary: Vec<String>,
    /// 正面典型, the quickest first.
    pub praised: Vec<PraisedView>,
    /// 反面典型
    pub censured: Vec<CensuredView>,
    /// What the sentences are made from.
    pub figures: FiguresView,
}

/// 正面典型
#[derive(Debug, Serialize, ToSchema)]
pub struct PraisedView {
    /// 备案登记编号
    pub number: String,
    /// 涉及部门
    pub departments: Vec<String>,
    /// 登记至销号的工作日
    pub working_days: i64,
}

/// 反面典型
#[derive(Debug, Serialize, ToSchema)]
pub struct CensuredView {
    /// 备案登记编号
    pub number: String,
    /// 交办单编号; absent where no department left it lying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// 承办部门
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// 不是部门的，是谁
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Whose>)]
    pub whose: Option<Whose>,
    #[schema(schema_with = schema::variants::<Step>)]
    pub step: Step,
    #[schema(value_type = String)]
    pub step_label: &'static str,
}

impl BulletinView {
    pub fn of(figures: FiguresView, mut praised: Vec<Praised>, censured: &[Censured], names: &Names) -> Self {
        praised.sort_by_key(|it| it.working_days);
        praised.truncate(MOST_PRAISED);
        let praised = praised.into_iter().map(|it| PraisedView {
            number: it.number.to_string(),
            departments: it.departments.iter().map(|code| called(names, code)).collect(),
            working_days: it.working_days,
        });
        let censured = censured.iter().map(|it| CensuredView {
            number: it.number.to_string(),
            order: it.order.as_ref().map(|(number, _)| number.to_string()),
            department: it.order.as_ref().map(|(_, code)| called(names, code)),
            whose: it.whose,
            step: it.step,
            step_label: it.step.label(),
        });
        Self {
            title: format!("“办不成事”反映（兜底）窗口办理情况通报（{}至{}）", figures.from, figures.to),
            summary: sentences(&figures.total),
            praised: praised.collect(),
            censured: censured.collect(),
            figures,
        }
    }
}

fn sentences(total: &FigureRow) -> Vec<String> {
    vec![
        format!(
            "上期结转{}件，本期登记{}件，回访恢复办理{}件；销号{}件，解释挂账{}件（未计入销号），期末在办{}件；未销号的事项中逾期{}件。",
            total.carried_over,
            total.received,
            total.reopened,
            total.closed_out,
            total.carried,
            total.open_at_end,
            total.overdue,
        ),
        format!("办理{}轮次，申请人不满意{}轮次。", total.rounds, total.dissatisfied_rounds),
        format!(
            "发出交办单{}张，退回{}张，延期{}次，期末逾期{}张。",
            total.orders_issued, total.orders_returned, total.orders_extended, total.orders_overdue
        ),
        format!(
            "书面批评{}次，挂牌警示{}次，点名通报{}次，问责{}次；待裁定督办措施{}项。",
            total.criticisms, total.listings, total.namings, total.accountabilities, total.supervision_pending
        ),
    ]
}
