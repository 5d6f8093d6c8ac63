//! 好差评 as it is shown: to everybody as it was given, but of an anonymous one whoever is rated is not shown the case.

use casework::{Case, Rating, RatingChannel, RatingLevel, ServiceStage};
use chrono::NaiveDate;
use kernel::{Instant, Role};
use persistence::ratings::Line;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 评价
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 服务环节
    #[schema(schema_with = schema::variants::<ServiceStage>)]
    pub stage: ServiceStage,
    #[schema(value_type = String)]
    pub stage_label: &'static str,
    /// 评价次数: 1, or 2 for the 追评.
    pub sequence: u8,
    #[serde(flatten)]
    pub said: RatingSaidView,
    pub anonymous: bool,
    /// 评价渠道
    #[schema(schema_with = schema::variants::<RatingChannel>)]
    pub channel: RatingChannel,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 评价内容
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingSaidView {
    /// 满意度
    #[schema(schema_with = schema::variants::<RatingLevel>)]
    pub level: RatingLevel,
    #[schema(value_type = String)]
    pub level_label: &'static str,
    /// 满意度代码 (GB/T 39046 A.8): 1 非常满意 to 5 非常不满意.
    pub level_code: u8,
    /// 差评
    pub bad: bool,
    /// 评价标签
    pub tags: Vec<String>,
    /// 文字评价
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl RatingSaidView {
    fn new(level: RatingLevel, tags: Vec<String>, text: Option<String>) -> Self {
        Self { level, level_label: level.label(), level_code: level.code(), bad: level.is_bad(), tags, text }
    }
}

impl RatingView {
    /// Those of a case that this role may see on it.
    pub fn all(case: &Case, role: Role, anonymous: &[Rating]) -> Vec<Self> {
        case.ratings_for(role, anonymous).into_iter().map(Self::from).collect()
    }
}

impl From<&Rating> for RatingView {
    fn from(it: &Rating) -> Self {
        let tags = it.tags.iter().map(ToString::to_string).collect();
        Self {
            id: it.id.to_string(),
            stage: it.stage,
            stage_label: it.stage.label(),
            sequence: it.sequence,
            said: RatingSaidView::new(it.level, tags, it.text.as_ref().map(ToString::to_string)),
            anonymous: it.anonymous,
            channel: it.channel,
            at: it.at,
        }
    }
}

/// 评价列表的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingLine {
    /// 受理窗口, when it was rated
    pub window: String,
    /// 承办部门, when it was rated
    pub department: String,
    /// 服务环节
    #[schema(schema_with = schema::variants::<ServiceStage>)]
    pub stage: ServiceStage,
    #[schema(value_type = String)]
    pub stage_label: &'static str,
    #[serde(flatten)]
    pub said: RatingSaidView,
    pub anonymous: bool,
    /// Of which case; absent where it is anonymous and the caller belongs to the units that are rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<RatedCaseView>,
}

/// 被评价的办件
#[derive(Debug, Serialize, ToSchema)]
pub struct RatedCaseView {
    /// 评价标识
    #[schema(schema_with = schema::id)]
    pub rating: String,
    /// 办件标识
    #[schema(schema_with = schema::id)]
    pub case: String,
    /// 办件编号
    pub number: String,
    /// 事项代码
    pub item: String,
    /// 评价次数; of an anonymous one left out too, as a second one is of one of the few cases that have a first by name.
    pub sequence: u8,
    #[schema(schema_with = schema::day)]
    pub on: NaiveDate,
}

impl RatingLine {
    /// For somebody in a unit that is rated, or not.
    pub fn of(line: Line, for_the_rated: bool) -> Self {
        let is_shown = !(line.anonymous && for_the_rated);
        Self {
            window: line.window,
            department: line.department,
            stage: line.stage,
            stage_label: line.stage.label(),
            said: RatingSaidView::new(line.level, line.tags, line.text),
            anonymous: line.anonymous,
            of: is_shown.then(|| RatedCaseView {
                rating: line.id.to_string(),
                case: line.case.to_string(),
                number: line.number,
                item: line.item,
                sequence: line.sequence,
                on: line.at.day(),
            }),
        }
    }
}
