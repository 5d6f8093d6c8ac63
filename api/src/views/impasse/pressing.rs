//! 待办环节 and 提醒: who has the next step, and who was told that it is due.

use chrono::NaiveDate;
use escalation::{Addressee, Reminder, Rung, Turn, Whose};
use kernel::ledger::LimitKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::law::ResponsibleView};

/// 待办环节
#[derive(Debug, Serialize, ToSchema)]
pub struct TurnView {
    #[schema(schema_with = schema::variants::<Whose>)]
    pub whose: Whose,
    #[schema(schema_with = schema::day)]
    pub since: NaiveDate,
}

impl From<Turn> for TurnView {
    fn from(turn: Turn) -> Self {
        Self { whose: turn.whose, since: turn.since }
    }
}

/// 提醒: who was told of a limit that ends or is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseReminderView {
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub limit: LimitKind,
    #[schema(schema_with = schema::variants::<Rung>)]
    pub rung: Rung,
    /// 交办单序号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    pub to: AddresseeView,
    /// 催办通知书编号, of what is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// 由谁办理或者处理
#[derive(Debug, Serialize, ToSchema)]
pub struct AddresseeView {
    /// `staff`, `department` or `window`, with its code; `centre`, `reform_office` or `government`.
    #[schema(value_type = String, example = "department")]
    pub kind: &'static str,
    /// 工号、部门代码或者窗口代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<&Addressee> for AddresseeView {
    fn from(to: &Addressee) -> Self {
        match to {
            Addressee::Responsible(who) => {
                let ResponsibleView { kind, code } = who.into();
                Self { kind, code: Some(code) }
            }
            Addressee::Department(code) => Self { kind: "department", code: Some(code.to_string()) },
            Addressee::Centre => Self { kind: "centre", code: None },
            Addressee::ReformOffice => Self { kind: "reform_office", code: None },
            Addressee::Government => Self { kind: "government", code: None },
        }
    }
}

impl From<&Reminder> for ImpasseReminderView {
    fn from(it: &Reminder) -> Self {
        let document = it.document.as_ref().map(ToString::to_string);
        Self { limit: it.limit, rung: it.rung, order: it.order, due: it.due, to: (&it.to).into(), document }
    }
}
