//! 代办 and 委托: through which system, and by whose hand, somebody acts for whom that system has vouched (clauses B1-2,
//! B1-3).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::Action;
use crate::{
    code::{ItemCode, StaffCode},
    id::{EventId, PartyId},
    text::Text,
};

/// 代办: how somebody acts for whom a system has vouched. Names no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Through {
    /// 代办系统
    pub client: StaffCode,
    /// 代办凭据
    pub voucher: EventId,
    /// 代理人; none where the applicant acts in person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
}

/// 代理人, on a mandate that the system has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Who it is, where the system said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    /// 委托书编号
    pub mandate: Text<40>,
}

/// 委托权限: what an applicant may leave to an agent, each for itself.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Power {
    /// 申请、补正
    Applications,
    /// 撤回申请
    Withdrawal,
    /// 选择送达方式、领取、确认收到
    Delivery,
    /// 反映办不成事
    Impasses,
}

impl Power {
    /// What an act needs; none for what only shows something.
    pub fn needed_for(action: Action) -> Option<Self> {
        match action {
            Action::Withdraw => Some(Self::Withdrawal),
            Action::ChooseDelivery | Action::AcknowledgeDelivery | Action::ReadPickUpCode => Some(Self::Delivery),
            _ if action.is_reading() => None,
            _ if action.is_about_impasses() => Some(Self::Impasses),
            _ => Some(Self::Applications),
        }
    }
}

/// 委托: what somebody may do in the applicant's place, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mandate {
    /// 委托权限; none for everything that the applicant may do.
    pub powers: Option<BTreeSet<Power>>,
    /// 委托事项; none for whatever the applicant may apply for.
    pub items: Option<BTreeSet<ItemCode>>,
    /// 委托期限: its last day; none for one without an end.
    pub until: Option<NaiveDate>,
}

impl Mandate {
    pub fn covers(&self, action: Action) -> bool {
        match (&self.powers, Power::needed_for(action)) {
            (Some(powers), Some(needed)) => powers.contains(&needed),
            _ => true,
        }
    }

    /// Whether it was given for what an act is about, too; none for an act that is about no item.
    pub fn is_for(&self, action: Action, item: Option<&ItemCode>) -> bool {
        match (&self.items, item) {
            (Some(items), Some(item)) => Power::needed_for(action).is_none() || items.contains(item),
            _ => true,
        }
    }

    pub fn has_ended(&self, today: NaiveDate) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}
