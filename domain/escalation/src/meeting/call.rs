//! 召集会议: over what, with whom, and who comes for which item (clause D4-3).

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Centre, Context, DepartmentCode, Instant, Refusal, Text,
    id::{ImpasseId, MeetingId},
};
use serde::{Deserialize, Serialize};

use super::{Event, must_be_ahead};
use crate::{
    impasse::{Impasse, State as Standing},
    level::Level,
};

/// 会议通知
#[derive(Clone, Debug)]
pub struct Call {
    pub id: MeetingId,
    pub centre: Centre,
    pub at: Instant,
    pub place: Text<200>,
    pub agenda: Vec<ImpasseId>,
    pub invited: Vec<DepartmentCode>,
    /// An item that is not among them concerns everybody who is invited.
    pub called_for: Vec<CalledFor>,
}

/// 议题所涉部门: which of those that are invited come for an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledFor {
    pub impasse: ImpasseId,
    pub departments: Vec<DepartmentCode>,
}

/// 召集会议 over difficult or exceptional impasses that are being handled.
///
/// # Errors
/// `agenda_empty`, `nobody_invited`, `not_on_agenda`, `not_invited`, `meeting_in_the_past`, `level_too_low`,
/// `wrong_state`.
pub fn call(call: Call, agenda: &[&Impasse], ctx: &Context<'_>) -> Result<Event, Refusal> {
    let Call { id, at, place, agenda: mut items, mut invited, called_for, .. } = call;
    must_be_ahead(at, ctx)?;
    items.sort_unstable();
    items.dedup();
    invited.sort_unstable();
    invited.dedup();
    if items.is_empty() {
        return Err(Refusal::new("agenda_empty", "会议须有议题"));
    }
    if invited.is_empty() {
        return Err(Refusal::new("nobody_invited", "会议须通知参会部门"));
    }
    let called_for = each_once(called_for);
    for item in &called_for {
        if !items.contains(&item.impasse) {
            return Err(Refusal::new("not_on_agenda", "该事项不是本次会议的议题"));
        }
        if let Some(stranger) = item.departments.iter().find(|it| !invited.contains(it)) {
            return Err(Refusal::new("not_invited", format!("「{stranger}」不是本次会议的参会部门")));
        }
    }
    for impasse in agenda {
        let named = impasse.filing.as_ref().map_or_else(String::new, |filing| filing.number.to_string());
        if impasse.state != Standing::InHandling {
            return Err(Refusal::new("wrong_state", format!("{named}：{}", impasse.state.forbids())));
        }
        if impasse.level.is_none_or(|level| level < Level::Difficult) {
            return Err(Refusal::new("level_too_low", format!("{named}：一般问题由中心协调，不上部门协调会议")));
        }
    }
    Ok(Event::MeetingCalled { id, at, place, agenda: items, invited, called_for })
}

/// Each item once, with each of its departments once.
fn each_once(called_for: Vec<CalledFor>) -> Vec<CalledFor> {
    let mut items = BTreeMap::<ImpasseId, BTreeSet<DepartmentCode>>::new();
    for CalledFor { impasse, departments } in called_for {
        items.entry(impasse).or_default().extend(departments);
    }
    let item = |(impasse, departments): (ImpasseId, BTreeSet<_>)| CalledFor {
        impasse,
        departments: departments.into_iter().collect(),
    };
    items.into_iter().map(item).collect()
}
