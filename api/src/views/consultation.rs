//! 咨询 as it is shown, and 分流去向 as it comes in.

use kernel::{Actor, Instant, ItemCode, Text, WindowCode};
use persistence::consultations::Loaded;
use reception::{Directed, Direction, Ending, FallbackReason, Reply as OfferReply, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    impasse::shows_workings,
    law::{ResponsibleView, TenureView},
    parts::ApplicantView,
};
use crate::{problem::Answer, reply::Reply, schema};

/// 分流去向 (clause A1-2)
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum DirectionBody {
    /// 当场答复, at registration only.
    Answered {
        /// 答复内容
        #[schema(schema_with = schema::text::<2000>)]
        answer: Text<2000>,
    },
    /// 到窗口办理
    Window {
        #[schema(schema_with = schema::code::<40>)]
        window: WindowCode,
    },
    /// 帮办代办
    Assistance {
        /// 需要帮办的内容
        #[schema(schema_with = schema::some_text::<500>, required = false)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text<500>>,
    },
    /// 网上办理
    Online {
        /// 事项代码
        #[schema(schema_with = schema::some_code::<64>, required = false)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemCode>,
    },
    /// 兜底窗口
    Fallback {
        #[schema(schema_with = schema::variants::<FallbackReason>)]
        reason: FallbackReason,
        /// 说明；其他原因须填写
        #[schema(schema_with = schema::some_text::<500>, required = false)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Text<500>>,
    },
}

impl From<DirectionBody> for Direction {
    fn from(body: DirectionBody) -> Self {
        match body {
            DirectionBody::Answered { answer } => Self::Answered { answer },
            DirectionBody::Window { window } => Self::Window { window },
            DirectionBody::Assistance { note } => Self::Assistance { note },
            DirectionBody::Online { item } => Self::Online { item },
            DirectionBody::Fallback { reason, words } => Self::Fallback { reason, words },
        }
    }
}

impl From<Direction> for DirectionBody {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Answered { answer } => Self::Answered { answer },
            Direction::Window { window } => Self::Window { window },
            Direction::Assistance { note } => Self::Assistance { note },
            Direction::Online { item } => Self::Online { item },
            Direction::Fallback { reason, words } => Self::Fallback { reason, words },
        }
    }
}

/// 一次分流
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectedView {
    pub direction: DirectionBody,
    #[schema(value_type = String)]
    pub label: &'static str,
    /// 转兜底窗口的原因
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason_label: Option<&'static str>,
    /// 分流人
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 窗口的答复, once there is one; not for applicants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<DirectionReplyView>,
}

/// 窗口接受 or 退回
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectionReplyView {
    pub accepted: bool,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 退回理由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl DirectedView {
    fn of(it: &Directed, inside: bool) -> Self {
        let reason_label = match &it.direction {
            Direction::Fallback { reason, .. } => Some(reason.label()),
            _ => None,
        };
        Self {
            reason_label,
            direction: it.direction.clone().into(),
            label: it.direction.label(),
            by: it.by.to_string(),
            at: it.at,
            reply: it.reply.as_ref().filter(|_| inside).map(Into::into),
        }
    }
}

impl From<&OfferReply> for DirectionReplyView {
    fn from(reply: &OfferReply) -> Self {
        match reply {
            OfferReply::Accepted { by, at } => Self { accepted: true, by: by.to_string(), at: *at, reason: None },
            OfferReply::Declined { by, at, reason, .. } => {
                Self { accepted: false, by: by.to_string(), at: *at, reason: Some(reason.to_string()) }
            }
        }
    }
}

/// 咨询
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsultationView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 登记窗口
    pub window: String,
    /// 登记人员派驻的部门
    pub department: String,
    /// 首问责任人
    pub first_asked: String,
    /// 事项代码, where it is an item of the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// 咨询内容
    pub question: String,
    /// 咨询人, once it is known who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant: Option<ApplicantView>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 责任窗口
    pub held_at: String,
    /// 责任人, until it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<ResponsibleView>,
    /// 待接受的窗口；申请人不可见
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<String>,
    /// 分流经过，最近的在后
    pub directions: Vec<DirectedView>,
    /// 责任区间，首尾相接
    pub tenures: Vec<TenureView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ended_at: Option<Instant>,
    /// 办理结果
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// 由此产生的办件
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub case: Option<String>,
    /// 转成的办不成事事项
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub impasse: Option<String>,
}

impl ConsultationView {
    /// What this caller is shown of it.
    pub fn of(loaded: &Loaded, caller: &Actor) -> Self {
        let inside = shows_workings(caller);
        let (it, asked) = (&loaded.consultation, &loaded.consultation.asked);
        let applicant = it.applicant.zip(loaded.applicant.as_ref());
        let outcome = match &it.ending {
            Some(Ending::Concluded { outcome, .. }) => Some(outcome.to_string()),
            _ => None,
        };
        Self {
            id: asked.id.to_string(),
            version: it.version,
            state: it.state(),
            state_label: it.state().label(),
            window: asked.window.to_string(),
            department: asked.department.to_string(),
            first_asked: asked.by.to_string(),
            item: asked.item.as_ref().map(ToString::to_string),
            question: asked.question.to_string(),
            applicant: applicant.map(|(id, (kind, name))| ApplicantView::new(id.to_string(), *kind, name)),
            at: it.at,
            held_at: it.held_at.to_string(),
            responsible: it.responsibility.now().map(Into::into),
            offered_to: it.offered_to().filter(|_| inside).map(ToString::to_string),
            directions: it.directions.iter().map(|directed| DirectedView::of(directed, inside)).collect(),
            tenures: it.responsibility.tenures().iter().map(Into::into).collect(),
            ended_at: it.ended_at,
            outcome,
            case: it.case().map(|case| case.to_string()),
            impasse: it.impasse().map(|impasse| impasse.to_string()),
        }
    }

    /// With its version as the tag.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}
