//! 事项建议: a proposal to add a service item or to change one, born of impasses or of a precedent, and followed to the
//! version of the catalogue that came of it (clauses C2-2, D11-1).

use std::collections::BTreeSet;

use catalog::{ItemKind, ItemVersion, VersionState};
use chrono::NaiveDate;
use kernel::{
    Centre, DepartmentCode, DocumentKind, DocumentNumber, Fact, Instant, ItemCode, Refusal, Registry, Text,
    access::Signature,
    id::{ImpasseId, PrecedentId, ProposalId},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::precedent::must_be_clean;

pub type Recorded = kernel::Recorded<Event>;

/// 建议: what is proposed, why, and out of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    pub id: ProposalId,
    pub centre: Centre,
    pub target: Target,
    /// 来源事项, that of the precedent among them.
    pub impasses: BTreeSet<ImpasseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedent: Option<PrecedentId>,
    /// 建议理由
    pub reasons: Text<2000>,
    pub sketch: Sketch,
}

/// 新增 or 变更.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// 新增事项
    Add,
    /// 变更事项; `after` is the newest published version at that time, so that only a later one can come of it.
    Change { item: ItemCode, after: u32 },
}

/// 建议内容: a sketch of the item, not yet one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    pub name: Text<100>,
    pub department: DepartmentCode,
    pub kind: ItemKind,
    pub text: Text<2000>,
}

/// 事项建议.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// How many events have happened to it.
    pub version: u64,
    pub number: DocumentNumber,
    #[serde(flatten)]
    pub proposed: Proposed,
    pub proposed_by: Signature,
    pub proposed_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// 处理结果
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// 采纳: the version of the catalogue that came of it.
    Adopted { item: ItemCode, item_version: u32, at: Instant },
    /// 不采纳
    Declined { reasons: Text<1000>, at: Instant },
}

/// 建议状态
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 待处理
    Open,
    /// 已采纳
    Adopted,
    /// 不采纳
    Declined,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "待处理",
            Self::Adopted => "已采纳",
            Self::Declined => "不采纳",
        }
    }
}

/// What happened to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Proposed { number: DocumentNumber, proposed: Box<Proposed> },
    Adopted { item: ItemCode, item_version: u32 },
    Declined { reasons: Text<1000> },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "item_proposed",
            Self::Adopted { .. } => "proposal_adopted",
            Self::Declined { .. } => "proposal_declined",
        }
    }
}

impl Event {
    /// 文书 that it gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::Proposed { number, .. } => Some(number),
            _ => None,
        }
    }

    pub fn label(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "提出事项建议",
            Self::Adopted { .. } => "采纳建议",
            Self::Declined { .. } => "不采纳建议",
        }
    }
}

/// 提出建议.
///
/// # Errors
/// `proposal_without_source`, `personal_data_in_text`.
pub fn propose(proposed: Proposed, registry: &mut dyn Registry) -> Result<Event, Refusal> {
    if proposed.impasses.is_empty() {
        return Err(Refusal::new("proposal_without_source", "事项建议须来自办不成事事项或者案例"));
    }
    must_be_clean(&[proposed.reasons.as_str(), proposed.sketch.name.as_str(), proposed.sketch.text.as_str()])?;
    Ok(Event::Proposed { number: registry.number(DocumentKind::ItemProposal)?, proposed: Box::new(proposed) })
}

impl Proposal {
    pub fn state(&self) -> State {
        match self.outcome {
            None => State::Open,
            Some(Outcome::Adopted { .. }) => State::Adopted,
            Some(Outcome::Declined { .. }) => State::Declined,
        }
    }

    /// The item it is about: the one to be changed, or the one that came of it.
    pub fn item(&self) -> Option<&ItemCode> {
        match (&self.outcome, &self.proposed.target) {
            (Some(Outcome::Adopted { item, .. }), _) | (_, Target::Change { item, .. }) => Some(item),
            _ => None,
        }
    }

    /// 采纳: the version is on offer and came after the proposal; of an item to be added, the item itself did. `since` is the
    /// first day on which any version of the item governed.
    ///
    /// # Errors
    /// `proposal_settled`, `not_published`, `another_item`, `not_a_new_version`.
    pub fn adopt(&self, version: &ItemVersion, since: Option<NaiveDate>) -> Result<Event, Refusal> {
        self.must_be_open()?;
        if version.state != VersionState::Published {
            return Err(Refusal::new("not_published", "所列的事项版本没有发布"));
        }
        match &self.proposed.target {
            Target::Change { item, .. } if *item != version.item => {
                Err(Refusal::new("another_item", format!("建议变更的是事项“{item}”")))
            }
            Target::Change { after, .. } if version.version <= *after => {
                Err(Refusal::new("not_a_new_version", format!("第{}版在建议之前已经发布", version.version)))
            }
            Target::Add if since.is_some_and(|since| since < self.proposed_at.day()) => {
                Err(Refusal::new("not_a_new_version", format!("事项“{}”在建议之前已经实施，不是新增", version.item)))
            }
            _ => Ok(Event::Adopted { item: version.item.clone(), item_version: version.version }),
        }
    }

    /// 不采纳, with reasons.
    ///
    /// # Errors
    /// `proposal_settled`, `personal_data_in_text`.
    pub fn decline(&self, reasons: Text<1000>) -> Result<Event, Refusal> {
        self.must_be_open()?;
        must_be_clean(&[reasons.as_str()])?;
        Ok(Event::Declined { reasons })
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.state() {
            State::Open => Ok(()),
            state => Err(Refusal::new("proposal_settled", format!("该建议{}", state.label()))),
        }
    }

    /// The proposal as its first event makes it; None if the record does not begin with one.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::Proposed { number, proposed } = &recorded.event else { return None };
        Some(Self {
            version: recorded.version,
            number: number.clone(),
            proposed: proposed.as_ref().clone(),
            proposed_by: recorded.by.clone(),
            proposed_at: recorded.at,
            outcome: None,
        })
    }

    /// The proposal that a whole record adds up to.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut proposal = Self::begin(first)?;
        rest.iter().for_each(|recorded| proposal.apply(recorded));
        Some(proposal)
    }

    /// Lets an event happen. Total: whatever is on the record is applied, because it did happen.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let at = recorded.at;
        match &recorded.event {
            Event::Proposed { .. } => {}
            Event::Adopted { item, item_version } => {
                self.outcome = Some(Outcome::Adopted { item: item.clone(), item_version: *item_version, at });
            }
            Event::Declined { reasons } => self.outcome = Some(Outcome::Declined { reasons: reasons.clone(), at }),
        }
    }
}
