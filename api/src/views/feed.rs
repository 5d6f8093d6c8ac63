//! 事件流 as it is shown: CloudEvents 1.0, with no more than is needed to look the rest up.

use escalation::{Week, hotline::WorkOrder, submission::Month};
use kernel::{
    CaseId, Centre, EventId, Instant, StaffCode,
    id::{ConsultationId, ImpasseId, PackageApplicationId, PrecedentId, WebhookEndpointId},
};
use persistence::{feed::Line, trace};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    feed::{GONE, type_of},
    schema,
};

/// Of what an event is.
#[derive(Clone, Debug)]
pub struct Subject {
    kind: &'static str,
    id: String,
    number: Option<String>,
    href: String,
}

impl Subject {
    pub fn case(id: CaseId, number: String) -> Self {
        Self { kind: "case", id: id.to_string(), number: Some(number), href: format!("/v1/cases/{id}") }
    }

    pub fn webhook(id: WebhookEndpointId) -> Self {
        Self { kind: "webhook", id: id.to_string(), number: None, href: format!("/v1/webhook-endpoints/{id}") }
    }

    pub fn impasse(id: ImpasseId, number: Option<String>) -> Self {
        Self { kind: "impasse", id: id.to_string(), number, href: format!("/v1/impasses/{id}") }
    }

    pub fn consultation(id: ConsultationId) -> Self {
        Self { kind: "consultation", id: id.to_string(), number: None, href: format!("/v1/consultations/{id}") }
    }

    pub fn work_order(order: &WorkOrder) -> Self {
        let (number, hotline) = (&order.external_no, &order.hotline);
        let href = format!("/v1/hotline/work-orders/{number}?hotline={hotline}");
        Self { kind: "work_order", id: order.id.to_string(), number: Some(number.to_string()), href }
    }

    /// A hotline, of whose something waits in a list.
    pub fn hotline(code: &StaffCode, list: &str) -> Self {
        let href = format!("/v1/hotline/{list}?hotline={code}");
        Self { kind: "hotline", id: code.to_string(), number: None, href }
    }

    pub fn precedent(id: PrecedentId, number: Option<String>) -> Self {
        Self { kind: "precedent", id: id.to_string(), number, href: format!("/v1/precedents/{id}") }
    }

    pub fn package_application(id: PackageApplicationId) -> Self {
        let href = format!("/v1/package-applications/{id}");
        Self { kind: "package_application", id: id.to_string(), number: None, href }
    }

    pub fn session(week: Week) -> Self {
        Self { kind: "triage", id: week.to_string(), number: None, href: format!("/v1/triage-sessions/{week}") }
    }

    pub fn submission(month: Month, number: Option<String>) -> Self {
        let href = format!("/v1/government-submissions/{month}");
        Self { kind: "submission", id: month.to_string(), number, href }
    }
}

/// 一批事件
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedView {
    pub data: Vec<FeedEventView>,
    /// 下一次请求的 after: everything up to here was looked at, whether or not it was for this caller.
    pub next: String,
    /// 立即还有: whether it is worth asking again at once.
    pub more: bool,
}

/// 事件, a CloudEvent 1.0 in JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedEventView {
    #[schema(value_type = String)]
    pub specversion: &'static str,
    /// The same in every delivery of it.
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// `urn:yichuang:centre:331081`
    pub source: String,
    /// `cn.gov.yichuang.case.accepted.v1`
    pub r#type: String,
    /// 办件、套餐申请、办不成事事项、咨询、12345工单、案例或者推送订阅的标识；热线代码；分类梳理的周，如 2026-W48；提交市政府的月份，如 2026-11
    pub subject: String,
    #[schema(schema_with = schema::instant)]
    pub time: Instant,
    #[schema(value_type = String)]
    pub datacontenttype: &'static str,
    /// 在本中心事件流中的位置; only ever grows.
    pub sequence: String,
    /// Events of one key are in order; the same as `subject`.
    pub partitionkey: String,
    /// 追踪上下文 (W3C Trace Context) of what caused it, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What whoever caused it keeps in its trace, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 512)]
    pub tracestate: Option<String>,
    pub data: FeedDataView,
    #[serde(skip)]
    pub event: EventId,
    #[serde(skip)]
    pub place: u64,
}

/// Enough to look the rest up, and no personal data.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedDataView {
    /// 编号, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The version that it made, as in the `ETag`; of a package application the number of the entry on its own record.
    pub version: u64,
    /// Where it is read.
    pub href: String,
}

impl FeedEventView {
    /// 测试推送, which happened to nothing and stands in no feed.
    pub fn ping(id: EventId, endpoint: WebhookEndpointId, version: u64, centre: Centre, now: Instant) -> Self {
        let current = trace::current();
        let line = Line {
            seq: 0,
            id,
            stream: String::new(),
            version,
            kind: "webhook_ping".to_owned(),
            at: now,
            trace: current.as_ref().map(|trace| trace.parent.to_string()),
            tracestate: current.and_then(|trace| trace.state).map(|state| state.to_string()),
        };
        Self::of(&line, &Subject::webhook(endpoint), centre)
    }

    /// 不再有权查看: of what it was, and nothing of what it is.
    pub fn gone(line: &Line, subject: &Subject, centre: Centre) -> Self {
        let event = Self::of(line, &Subject { number: None, ..subject.clone() }, centre);
        Self { r#type: type_of(subject.kind, GONE), ..event }
    }

    pub fn of(line: &Line, subject: &Subject, centre: Centre) -> Self {
        Self {
            specversion: "1.0",
            id: line.id.to_string(),
            source: format!("urn:yichuang:centre:{centre}"),
            r#type: type_of(subject.kind, &line.kind),
            subject: subject.id.clone(),
            time: line.at,
            datacontenttype: "application/json",
            sequence: line.seq.to_string(),
            partitionkey: subject.id.clone(),
            traceparent: line.trace.clone(),
            tracestate: line.tracestate.clone(),
            data: FeedDataView { number: subject.number.clone(), version: line.version, href: subject.href.clone() },
            event: line.id,
            place: line.seq,
        }
    }
}
