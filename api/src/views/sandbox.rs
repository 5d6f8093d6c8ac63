//! 演练, as shown.

use kernel::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::client::ClientView;
use crate::schema;

/// 时钟
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockReading {
    #[schema(schema_with = schema::instant)]
    pub now: Instant,
    /// 是否演练
    pub sandbox: bool,
}

/// 演练中心
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxCentreView {
    /// 行政区划代码, of no real division.
    #[schema(example = "990001")]
    pub centre: String,
    #[schema(schema_with = schema::instant)]
    pub now: Instant,
    /// 测试系统, with their secrets.
    pub clients: Vec<ClientView>,
}
