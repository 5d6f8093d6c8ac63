//! 转热线事项 as it is shown.

use escalation::hotline::ticket::TicketState;
use kernel::Instant;
use persistence::tickets::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

use super::parts::ApplicantView;
use crate::{problem::Answer, reply::Reply, schema};

/// 转热线事项
#[derive(Debug, Serialize, ToSchema)]
pub struct HotlineTicketView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<TicketState>)]
    pub state: TicketState,
    pub label: &'static str,
    /// 热线代码
    pub hotline: String,
    /// 转出窗口
    pub window: String,
    /// 首问责任人
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 来访人
    pub applicant: ApplicantView,
    pub subject: String,
    pub text: String,
    /// 热线工单编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_no: Option<String>,
    /// 热线的答复，或者不予受理的理由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl From<&Loaded> for HotlineTicketView {
    fn from(loaded: &Loaded) -> Self {
        let (ticket, raised) = (&loaded.ticket, &loaded.ticket.raised);
        Self {
            id: raised.id.to_string(),
            version: ticket.version,
            state: ticket.state,
            label: ticket.state.label(),
            hotline: raised.hotline.to_string(),
            window: raised.window.to_string(),
            by: ticket.by.code.clone(),
            at: ticket.at,
            applicant: ApplicantView::new(raised.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            subject: raised.subject.to_string(),
            text: raised.text.to_string(),
            external_no: ticket.external_no.as_ref().map(ToString::to_string),
            answer: ticket.answer.as_ref().map(ToString::to_string),
        }
    }
}

impl HotlineTicketView {
    /// With its version as the tag.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}
