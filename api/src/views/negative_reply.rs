//! 否定答复 as it is shown.

use kernel::Instant;
use persistence::negative_replies::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

use super::parts::{ApplicantView, RemedyView, remedy};
use crate::{problem::Answer, reply::Reply, schema};

/// 否定答复
#[derive(Debug, Serialize, ToSchema)]
pub struct NegativeReplyView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 登记编号
    pub number: String,
    pub version: u64,
    /// 答复窗口
    pub window: String,
    /// 答复人员派驻的部门
    pub department: String,
    /// 首问责任人
    pub by: String,
    /// 事项代码, where it is an item of the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// 申办事项
    pub asked: String,
    pub applicant: ApplicantView,
    /// 未受理或者未办成的办件
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub case: Option<String>,
    pub reason: String,
    pub legal_basis: String,
    /// 行政复议和行政诉讼，各有期限；转为办不成事事项不设期限
    pub remedies: Vec<RemedyView>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 转成的办不成事事项
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub impasse: Option<String>,
}

impl From<&Loaded> for NegativeReplyView {
    fn from(loaded: &Loaded) -> Self {
        let (reply, given) = (&loaded.reply, &loaded.reply.given);
        Self {
            id: given.id.to_string(),
            number: given.number.to_string(),
            version: reply.version,
            window: given.window.to_string(),
            department: given.department.to_string(),
            by: reply.by.code.clone(),
            item: given.item.as_ref().map(ToString::to_string),
            asked: given.asked.to_string(),
            applicant: ApplicantView::new(given.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            case: given.case.map(|case| case.to_string()),
            reason: given.reason.to_string(),
            legal_basis: given.legal_basis.to_string(),
            remedies: given.remedies.iter().cloned().map(remedy).collect(),
            at: reply.at,
            impasse: reply.impasse.map(|impasse| impasse.to_string()),
        }
    }
}

impl NegativeReplyView {
    /// With its version as the tag.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}
