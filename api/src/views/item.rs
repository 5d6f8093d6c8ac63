use catalog::{
    Audience, DeliveryMethod, Guide, ItemContent, ItemKind, ItemVersion, JointTerms, Material, MaterialForm, Silence,
    VersionState,
};
use chrono::NaiveDate;
use kernel::ledger::Ground;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 事项版本
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemVersionView {
    /// 事项代码
    pub item: String,
    pub version: u32,
    #[schema(schema_with = schema::variants::<VersionState>)]
    pub state: VersionState,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub valid_from: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub valid_until: Option<NaiveDate>,
    pub content: ItemContentView,
}

/// 事项内容: name, codes, limits, guide, materials, delivery; the same in a draft and in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "ItemContent")]
pub struct ItemContentView {
    #[schema(schema_with = schema::text::<200>)]
    pub name: String,
    /// 基本编码, 12 digits.
    #[schema(min_length = 12, max_length = 12, pattern = "^[0-9]{12}$")]
    pub base_code: String,
    /// 实施编码: 统一社会信用代码, 行使层级, 基本编码.
    #[schema(min_length = 31, max_length = 31, pattern = "^[0-9A-Z]{18}[0-9]{13}$")]
    pub implementation_code: String,
    #[schema(schema_with = schema::variants::<ItemKind>)]
    pub kind: ItemKind,
    #[schema(schema_with = schema::code::<40>)]
    pub sector: String,
    #[schema(schema_with = schema::code::<40>)]
    pub department: String,
    #[schema(schema_with = schema::code::<40>)]
    pub window: String,
    #[schema(schema_with = schema::variants::<Audience>)]
    pub audience: Audience,
    /// 法定期限, working days.
    #[schema(maximum = 250)]
    pub statutory: u16,
    /// 承诺期限, working days; never longer than the statutory one.
    #[schema(maximum = 250)]
    pub promised: u16,
    /// 办理依据
    #[schema(schema_with = schema::texts::<300>)]
    pub legal_basis: Vec<String>,
    pub guide: GuideView,
    #[schema(max_items = 50)]
    pub materials: Vec<MaterialSpecView>,
    /// In the order they are offered; courier comes first.
    #[schema(schema_with = schema::delivery_methods)]
    pub delivery: Vec<DeliveryMethod>,
    #[schema(schema_with = schema::text::<100>)]
    pub result_name: String,
    /// Months; absent where it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 65535)]
    pub result_validity_months: Option<u16>,
    /// 联审联批; absent where one department handles it alone (clause B3-3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointTermsView>,
}

/// 联审联批约定
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "JointTerms")]
pub struct JointTermsView {
    /// 必须征求意见的部门
    #[schema(min_items = 1, max_items = 20)]
    pub participants: Vec<JointParticipantView>,
    /// 逾期未反馈的处理
    #[schema(schema_with = schema::variants::<Silence>)]
    pub silence: Silence,
    /// 踏勘属于特别程序的, its kind; absent where the days of a joint inspection count (clause B3-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::some_variant::<Ground>)]
    pub inspection: Option<Ground>,
}

/// 参与部门
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "JointParticipant")]
pub struct JointParticipantView {
    #[schema(schema_with = schema::code::<40>)]
    pub department: String,
    /// 会审意见期限（工作日）
    #[schema(minimum = 1, maximum = 30)]
    pub days: u16,
    /// 前置部门
    #[schema(schema_with = schema::codes::<40>, required = false)]
    pub after: Vec<String>,
}

/// 办事指南
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Guide")]
pub struct GuideView {
    /// 受理条件
    #[schema(schema_with = schema::texts::<500>)]
    pub conditions: Vec<String>,
    /// 教你办
    #[schema(schema_with = schema::texts::<500>)]
    pub steps: Vec<String>,
    /// 收费说明
    #[schema(schema_with = schema::text::<300>)]
    pub fee_note: String,
}

/// 材料要求
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Material")]
pub struct MaterialSpecView {
    #[schema(schema_with = schema::code::<40>)]
    pub code: String,
    #[schema(schema_with = schema::text::<200>)]
    pub name: String,
    pub required: bool,
    #[schema(schema_with = schema::variants::<MaterialForm>)]
    pub form: MaterialForm,
    pub electronic_accepted: bool,
    /// 可容缺, not unless said so.
    #[schema(required = false, default = false)]
    pub tolerable: bool,
    /// 可告知承诺, not unless said so (rule L13).
    #[schema(required = false, default = false)]
    pub by_commitment: bool,
    #[schema(minimum = 1, maximum = 20, required = false, default = 1)]
    pub copies: u8,
    /// 来源
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::some_text::<200>)]
    pub source: Option<String>,
}

impl From<&ItemVersion> for ItemVersionView {
    fn from(version: &ItemVersion) -> Self {
        Self {
            item: version.item.to_string(),
            version: version.version,
            state: version.state,
            valid_from: version.valid_from,
            valid_until: version.valid_until,
            content: ItemContentView::from(version.content()),
        }
    }
}

impl From<&ItemContent> for ItemContentView {
    fn from(content: &ItemContent) -> Self {
        Self {
            name: content.name.to_string(),
            base_code: content.base_code.to_string(),
            implementation_code: content.implementation_code.to_string(),
            kind: content.kind,
            sector: content.sector.to_string(),
            department: content.department.to_string(),
            window: content.window.to_string(),
            audience: content.audience,
            statutory: content.statutory.0,
            promised: content.promised.0,
            legal_basis: content.legal_basis.iter().map(ToString::to_string).collect(),
            guide: GuideView::from(&content.guide),
            materials: content.materials.iter().map(MaterialSpecView::from).collect(),
            delivery: content.delivery.clone(),
            result_name: content.result_name.to_string(),
            result_validity_months: content.result_validity_months.map(u16::from),
            joint: content.joint.as_ref().map(JointTermsView::from),
        }
    }
}

impl From<&JointTerms> for JointTermsView {
    fn from(terms: &JointTerms) -> Self {
        let participants = terms.participants.iter().map(|it| JointParticipantView {
            department: it.department.to_string(),
            days: it.days.0,
            after: it.after.iter().map(ToString::to_string).collect(),
        });
        Self { participants: participants.collect(), silence: terms.silence, inspection: terms.inspection }
    }
}

impl From<&Guide> for GuideView {
    fn from(guide: &Guide) -> Self {
        Self {
            conditions: guide.conditions.iter().map(ToString::to_string).collect(),
            steps: guide.steps.iter().map(ToString::to_string).collect(),
            fee_note: guide.fee_note.to_string(),
        }
    }
}

impl From<&Material> for MaterialSpecView {
    fn from(material: &Material) -> Self {
        Self {
            code: material.code.to_string(),
            name: material.name.to_string(),
            required: material.required,
            form: material.form,
            electronic_accepted: material.electronic_accepted,
            tolerable: material.tolerable,
            by_commitment: material.by_commitment,
            copies: material.copies,
            source: material.source.as_ref().map(ToString::to_string),
        }
    }
}
