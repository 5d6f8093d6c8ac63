//! 代办: who acted in an applicant's place, by ids and numbers alone.

use kernel::access::{Agent, Through};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 代理人, by the mandate; names nobody.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentView {
    /// 代理人标识; absent where the system did not say who it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub id: Option<String>,
    /// 委托书编号
    pub mandate: String,
}

impl From<&Agent> for AgentView {
    fn from(agent: &Agent) -> Self {
        Self { id: agent.party.map(|party| party.to_string()), mandate: agent.mandate.to_string() }
    }
}

/// 代办: through which system, and by whose hand, somebody acted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThroughView {
    /// 代办系统
    pub client: String,
    /// 代办凭据
    #[schema(schema_with = schema::id)]
    pub voucher: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentView>,
}

impl From<&Through> for ThroughView {
    fn from(through: &Through) -> Self {
        Self {
            client: through.client.to_string(),
            voucher: through.voucher.to_string(),
            agent: through.agent.as_ref().map(AgentView::from),
        }
    }
}
