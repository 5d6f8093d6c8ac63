use std::collections::BTreeMap;

use escalation::{Level, OrderState};
use kernel::Role;
use serde_json::{Value, json};

use super::{
    super::{Player, client::Trouble, people::Applicant},
    stage::Stage,
    wire::{Impasse, Order},
};

type Done = Result<(), Trouble>;

/// The twelve, by what becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    OnTheSpot,
    Returned,
    Disputed,
    Dissatisfied,
    Hotline,
    HotlineMeeting,
    Extended,
    Jointly,
    Government,
    MissedTheFreeze,
    NotAllowed,
    MissingItem,
}

/// An impasse and whoever brought it, as last seen.
#[derive(Debug)]
pub struct Affair {
    pub subject: &'static str,
    pub person: Applicant,
    pub seen: Impasse,
}

/// All that were registered so far.
#[derive(Debug, Default)]
pub struct Affairs(BTreeMap<Key, Affair>);

impl Affairs {
    pub fn add(&mut self, key: Key, affair: Affair) {
        self.0.insert(key, affair);
    }

    pub fn of(&mut self, key: Key) -> Result<&mut Affair, Trouble> {
        self.0.get_mut(&key).ok_or_else(|| Trouble::Amiss(format!("{key:?} 尚未登记")))
    }

    pub fn id(&self, key: Key) -> Result<String, Trouble> {
        let affair = self.0.get(&key).ok_or_else(|| Trouble::Amiss(format!("{key:?} 尚未登记")))?;
        Ok(affair.seen.id.clone())
    }

    pub fn all(&self) -> impl Iterator<Item = (Key, &Affair)> {
        self.0.iter().map(|(key, affair)| (*key, affair))
    }

    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Affair> {
        self.0.values_mut()
    }
}

impl Affair {
    pub fn at(&self, rest: &str) -> String {
        format!("/v1/impasses/{}{rest}", self.seen.id)
    }

    /// A line of the table about it.
    pub fn tell(&self, on: &Stage<'_>, step: &str, by: &Player, what: &str) {
        let name = self.seen.number.as_deref().unwrap_or("（未备案）");
        on.tell((name, self.seen.channel.label(), self.seen.level_label()), step, by, what);
    }

    /// One act on it, and the line about that.
    pub async fn act(&mut self, on: &Stage<'_>, by: &Player, step: &str, path: &str, body: Value) -> Done {
        self.seen = on.act(by, &self.at(""), path, body).await?;
        self.tell(on, step, by, &self.seen.state_label);
        Ok(())
    }

    pub async fn look(&mut self, on: &Stage<'_>) -> Done {
        self.seen = on.get(&on.manager, &self.at("")).await?;
        Ok(())
    }

    /// 备案登记
    pub async fn file(&mut self, on: &Stage<'_>) -> Done {
        let body = json!({ "verified": "与申请人核实，情况属实。" });
        self.act(on, &on.manager, "备案登记", "/filing", body).await
    }

    /// 提级
    pub async fn raise(&mut self, on: &Stage<'_>, to: Level, reason: &str) -> Done {
        self.act(on, &on.manager, "提级", "/level/raise", json!({ "to": to, "reason": reason })).await
    }

    /// 交办 by the centre, or 指定承办 by the supervision section.
    pub async fn order(&mut self, on: &Stage<'_>, by: &Player, department: &str) -> Result<u32, Trouble> {
        let matter = format!("就“{}”牵头办理并反馈。", self.subject);
        let binding = by.role == Role::Supervisor;
        let body = json!({ "department": department, "matter": matter, "days": 5, "binding": binding });
        self.seen = on.act(by, &self.at(""), "/orders", body).await?;
        let order = self.newest_order()?;
        let words = format!("{} → {department}，限{}", order.number, order.limit.due);
        let sequence = order.sequence;
        self.tell(on, "交办", by, &words);
        Ok(sequence)
    }

    fn newest_order(&self) -> Result<&Order, Trouble> {
        self.seen.orders.last().ok_or_else(|| Trouble::Amiss(format!("“{}”没有交办单", self.subject)))
    }

    /// The order that waits for its department.
    pub fn open_order(&self) -> Result<&Order, Trouble> {
        let open = |order: &&Order| !matches!(order.state, OrderState::Signed | OrderState::Returned);
        let found = self.seen.orders.iter().rev().find(open);
        found.ok_or_else(|| Trouble::Amiss(format!("“{}”没有未办结的交办单", self.subject)))
    }

    pub async fn on_order(&mut self, on: &Stage<'_>, by: &Player, order: u32, step: &str, act: (&str, Value)) -> Done {
        let (path, body) = act;
        self.act(on, by, step, &format!("/orders/{order}/{path}"), body).await
    }

    /// 签收
    pub async fn sign_for(&mut self, on: &Stage<'_>) -> Done {
        let (order, department) = self.order_and_department()?;
        let reviewer = on.reviewer(&department)?;
        let body = json!({ "responsible": reviewer.code });
        self.on_order(on, &reviewer, order, "签收交办单", ("acknowledgement", body)).await
    }

    /// 反馈, and the leader's signature.
    pub async fn complete(&mut self, on: &Stage<'_>) -> Done {
        let (order, department) = self.order_and_department()?;
        let (reviewer, head) = (on.reviewer(&department)?, on.hall.head_of(&department)?);
        let body = json!({ "text": "已牵头办理，事项办结。" });
        self.on_order(on, &reviewer, order, "反馈完成情况", ("completion", body)).await?;
        self.on_order(on, &head, order, "主管领导签字", ("signature", json!({}))).await
    }

    pub fn order_and_department(&self) -> Result<(u32, String), Trouble> {
        let order = self.open_order()?;
        Ok((order.sequence, order.department.clone()))
    }

    /// 答复申请人: done.
    pub async fn answer(&mut self, on: &Stage<'_>, text: &str) -> Done {
        let body = json!({ "outcome": "solved", "text": text });
        self.act(on, &on.manager, "答复申请人", "/answer", body).await
    }

    /// 满意度 recorded at a window for whoever shows their document there.
    pub async fn satisfied_at(&mut self, on: &Stage<'_>, window: &str) -> Done {
        let clerk = on.hall.clerk_at(window)?;
        let mut said = word(true, "窗口当面表示满意。");
        said["identity"] = self.person.proof();
        self.act(on, &clerk, "登记满意度", "/satisfaction", said).await
    }

    /// 满意度, said by the applicant themself.
    pub async fn says(&mut self, on: &Stage<'_>, satisfied: bool, comment: &str) -> Done {
        let applicant = Player::new(Role::Applicant, &self.seen.applicant.id);
        self.act(on, &applicant, "满意度", "/satisfaction", word(satisfied, comment)).await?;
        self.look(on).await
    }
}

fn word(satisfied: bool, comment: &str) -> Value {
    json!({ "responded": true, "solved": satisfied, "satisfied": satisfied, "comment": comment })
}
