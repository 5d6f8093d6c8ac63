//! 案例, as shown: to everybody without anybody in it, and to those who write it.

use escalation::{
    CategoryKind, Level,
    precedent::{Content, Field, Finding, Manuscript, Precedent, Ruling, State},
    redaction::FindingKind,
};
use kernel::{DepartmentCode, Instant, ItemCode};
use persistence::precedents::{Edition, Loaded, Near};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

const EXCERPT: usize = 120;

/// 案例目录的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct PrecedentLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 案例编号
    pub number: String,
    /// 版次, from 1.
    pub edition: u32,
    pub title: String,
    #[schema(schema_with = schema::variants::<CategoryKind>)]
    pub category: CategoryKind,
    #[schema(value_type = String)]
    pub category_label: &'static str,
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[schema(value_type = String)]
    pub level_label: &'static str,
    /// 涉及部门
    pub departments: Vec<String>,
    /// 涉及事项
    pub items: Vec<String>,
    /// The beginning of 问题情况.
    pub excerpt: String,
    #[schema(schema_with = schema::instant)]
    pub published_at: Instant,
}

impl PrecedentLine {
    pub fn of(precedent: &Precedent, edition: &Edition) -> Self {
        Self {
            id: precedent.id.to_string(),
            number: number(precedent),
            edition: edition.edition,
            title: edition.text.title.to_string(),
            category: precedent.category,
            category_label: precedent.category.label(),
            level: precedent.level,
            level_label: precedent.level.label(),
            departments: edition.text.departments.iter().map(DepartmentCode::to_string).collect(),
            items: edition.text.items.iter().map(ItemCode::to_string).collect(),
            excerpt: edition.text.situation.as_str().chars().take(EXCERPT).collect(),
            published_at: edition.published_at,
        }
    }
}

fn number(precedent: &Precedent) -> String {
    precedent.number.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// 相近案例
#[derive(Debug, Serialize, ToSchema)]
pub struct NearPrecedentView {
    #[serde(flatten)]
    pub precedent: PrecedentLine,
    /// How many terms it has in common with the impasse.
    pub shared: i64,
}

impl From<&Near> for NearPrecedentView {
    fn from(near: &Near) -> Self {
        Self { precedent: PrecedentLine::of(&near.precedent, &near.edition), shared: near.shared }
    }
}

/// 案例
#[derive(Debug, Serialize, ToSchema)]
pub struct PrecedentView {
    #[serde(flatten)]
    pub line: PrecedentLine,
    #[serde(flatten)]
    pub text: PrecedentTexts,
    /// 现行版次, where this one was superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<u32>,
    /// 由此形成的事项 (clause C2-2)
    pub catalogue: Vec<CatalogueView>,
}

/// 案例正文
#[derive(Debug, Serialize, ToSchema)]
pub struct PrecedentTexts {
    /// 问题情况
    pub situation: String,
    /// 解决办法
    pub solution: String,
    /// 经验启示
    pub lesson: String,
}

impl From<&Content> for PrecedentTexts {
    fn from(content: &Content) -> Self {
        Self {
            situation: content.situation.to_string(),
            solution: content.solution.to_string(),
            lesson: content.lesson.to_string(),
        }
    }
}

/// 事项版本: a version of the catalogue that came of something.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueView {
    pub item: String,
    pub version: u32,
}

impl PrecedentView {
    pub fn of(precedent: &Precedent, edition: &Edition, catalogue: Vec<CatalogueView>) -> Self {
        Self {
            line: PrecedentLine::of(precedent, edition),
            text: edition.text.content().into(),
            superseded_by: Some(precedent.edition).filter(|current| *current != edition.edition),
            catalogue,
        }
    }
}

/// 案例的办理情况: what a write answers. Holds no text, because answers are remembered.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrecedentStandingView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 来源: the impasse.
    #[schema(schema_with = schema::id)]
    pub impasse: String,
    #[schema(schema_with = schema::variants::<CategoryKind>)]
    pub category: CategoryKind,
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 版次 that is public, or was; 0 before the first.
    pub edition: u32,
    #[schema(schema_with = schema::instant)]
    pub drafted_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub published_at: Option<Instant>,
    /// 待认定: findings on which somebody has still to rule.
    pub unsettled: usize,
    /// 退回意见
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_back: Option<String>,
    /// 撤下原因
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_for: Option<String>,
}

impl PrecedentStandingView {
    pub fn of(precedent: &Precedent, manuscript: Option<&Manuscript>) -> Self {
        Self {
            id: precedent.id.to_string(),
            version: precedent.version,
            state: precedent.state,
            state_label: precedent.state.label(),
            impasse: precedent.impasse.to_string(),
            category: precedent.category,
            level: precedent.level,
            number: precedent.number.as_ref().map(ToString::to_string),
            edition: precedent.edition,
            drafted_at: precedent.drafted_at,
            published_at: precedent.published_at,
            unsettled: manuscript.map_or(0, Manuscript::unsettled),
            sent_back: precedent.sent_back.as_ref().map(ToString::to_string),
            withdrawn_for: precedent.withdrawal.as_ref().map(|it| it.reason.to_string()),
        }
    }
}

impl From<&Loaded> for PrecedentStandingView {
    fn from(loaded: &Loaded) -> Self {
        Self::of(&loaded.precedent, loaded.manuscript.as_ref())
    }
}

/// 案例文稿: for those who write and review it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrecedentDraftView {
    #[serde(flatten)]
    pub standing: PrecedentStandingView,
    /// 正在编写的文字, which may name people; absent while nothing is being written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manuscript: Option<ManuscriptView>,
    /// 最近发布的文字, also after the withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<ContentView>,
    /// 事项建议 born of it.
    pub proposals: Vec<String>,
}

/// 案例文字
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentView {
    pub title: String,
    pub departments: Vec<String>,
    pub items: Vec<String>,
    #[serde(flatten)]
    pub texts: PrecedentTexts,
}

impl From<&Content> for ContentView {
    fn from(content: &Content) -> Self {
        Self {
            title: content.title.to_string(),
            departments: content.departments.iter().map(DepartmentCode::to_string).collect(),
            items: content.items.iter().map(ItemCode::to_string).collect(),
            texts: content.into(),
        }
    }
}

/// 文稿
#[derive(Debug, Serialize, ToSchema)]
pub struct ManuscriptView {
    #[serde(flatten)]
    pub content: ContentView,
    pub hides_organisation: bool,
    /// 疑似个人信息
    pub findings: Vec<FindingView>,
}

/// 疑似个人信息: where, what, and what is proposed to stand there.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// Its place in the list, from 0, until the text is edited.
    pub finding: usize,
    #[schema(schema_with = schema::variants::<Field>)]
    pub field: Field,
    /// Characters before it.
    pub start: usize,
    /// Its length in characters.
    pub length: usize,
    /// 原文
    pub text: String,
    #[schema(schema_with = schema::variants::<FindingKind>)]
    pub kind: FindingKind,
    #[schema(value_type = String)]
    pub kind_label: &'static str,
    /// 拟替换为
    #[schema(value_type = String)]
    pub replacement: &'static str,
    /// Whether it may be left in for a reason.
    pub may_stay: bool,
    /// Absent while nobody has ruled on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redact: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// 认定人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl FindingView {
    fn of(manuscript: &Manuscript, finding: usize, it: &Finding) -> Self {
        let (redact, reason, by) = match &it.ruling {
            None => (None, None, None),
            Some(Ruling::Redact { by }) => (Some(true), None, Some(by.to_string())),
            Some(Ruling::Keep { by, reason }) => (Some(false), Some(reason.to_string()), Some(by.to_string())),
        };
        Self {
            finding,
            field: it.field,
            start: it.spot.start,
            length: it.spot.length,
            text: manuscript.found(it),
            kind: it.spot.kind,
            kind_label: it.spot.kind.label(),
            replacement: it.spot.kind.replacement(),
            may_stay: it.spot.kind.may_stay(),
            redact,
            reason,
            by,
        }
    }
}

impl From<&Manuscript> for ManuscriptView {
    fn from(manuscript: &Manuscript) -> Self {
        let findings = manuscript.findings.iter().enumerate();
        Self {
            content: (&manuscript.content).into(),
            hides_organisation: manuscript.hides_organisation,
            findings: findings.map(|(nth, finding)| FindingView::of(manuscript, nth, finding)).collect(),
        }
    }
}
