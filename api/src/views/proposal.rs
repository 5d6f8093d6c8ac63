//! 事项建议, as shown: the chain from the problem to the catalogue, from any of its ends (clauses C2-2, D11-1).

use catalog::ItemKind;
use escalation::proposal::{Outcome, Proposal, State, Target};
use kernel::{Instant, id::ImpasseId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::precedent::CatalogueView};

/// 事项建议
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 建议编号
    pub number: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 拟变更的事项; absent where one is to be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_of: Option<String>,
    /// 来源事项
    pub impasses: Vec<String>,
    /// 来源案例
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub precedent: Option<String>,
    pub reasons: String,
    pub sketch: SketchView,
    /// 提出人
    pub proposed_by: String,
    #[schema(schema_with = schema::instant)]
    pub proposed_at: Instant,
    /// 采纳后形成的事项版本
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<CatalogueView>,
    /// 不采纳的理由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub settled_at: Option<Instant>,
}

/// 建议内容
#[derive(Debug, Serialize, ToSchema)]
pub struct SketchView {
    pub name: String,
    pub department: String,
    #[schema(schema_with = schema::variants::<ItemKind>)]
    pub kind: ItemKind,
    pub text: String,
}

/// The version that came of a proposal.
pub fn catalogue(proposal: &Proposal) -> Option<CatalogueView> {
    match &proposal.outcome {
        Some(Outcome::Adopted { item, item_version, .. }) => {
            Some(CatalogueView { item: item.to_string(), version: *item_version })
        }
        _ => None,
    }
}

impl From<&Proposal> for ProposalView {
    fn from(proposal: &Proposal) -> Self {
        let (proposed, state) = (&proposal.proposed, proposal.state());
        let (declined_for, settled_at) = match &proposal.outcome {
            None => (None, None),
            Some(Outcome::Adopted { at, .. }) => (None, Some(*at)),
            Some(Outcome::Declined { reasons, at }) => (Some(reasons.to_string()), Some(*at)),
        };
        Self {
            id: proposed.id.to_string(),
            number: proposal.number.to_string(),
            version: proposal.version,
            state,
            state_label: state.label(),
            change_of: match &proposed.target {
                Target::Add => None,
                Target::Change { item, .. } => Some(item.to_string()),
            },
            impasses: proposed.impasses.iter().map(ImpasseId::to_string).collect(),
            precedent: proposed.precedent.map(|id| id.to_string()),
            reasons: proposed.reasons.to_string(),
            sketch: SketchView {
                name: proposed.sketch.name.to_string(),
                department: proposed.sketch.department.to_string(),
                kind: proposed.sketch.kind,
                text: proposed.sketch.text.to_string(),
            },
            proposed_by: proposal.proposed_by.code.clone(),
            proposed_at: proposal.proposed_at,
            catalogue: catalogue(proposal),
            declined_for,
            settled_at,
        }
    }
}
