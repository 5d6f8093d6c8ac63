//! 类别.

use escalation::Category;
use kernel::{DepartmentCode, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;

/// 类别, each with what must be recorded for it (clause D1-1).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CategoryBody {
    /// (一) 新兴行业、新领域
    EmergingField {
        /// 所属行业或领域
        #[schema(schema_with = schema::text::<100>)]
        field: Text<100>,
    },
    /// (二) 未列入系统但确有法律依据
    MissingItem {
        /// 法律依据
        #[schema(schema_with = schema::text::<500>)]
        legal_basis: Text<500>,
    },
    /// (三) 改革或者机构调整致牵头不明
    UnclearLead {
        /// 已询问的部门
        #[schema(schema_with = schema::some_codes::<40>)]
        asked: Vec<DepartmentCode>,
        /// 改革或机构调整的情况
        #[schema(schema_with = schema::text::<500>)]
        change: Text<500>,
    },
    /// (四) 跨部门跨层级
    CrossDepartment {
        /// 涉及部门
        #[schema(schema_with = schema::some_codes::<40>)]
        departments: Vec<DepartmentCode>,
        /// 涉及的其他层级
        #[schema(schema_with = schema::some_text::<200>, required = false)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other_level: Option<Text<200>>,
    },
    /// (五) 历史遗留或有待政策处理
    Legacy {
        /// 形成年份
        #[schema(minimum = 1949, maximum = 9999)]
        since: i32,
        /// 有待明确的政策或者处理的前提
        #[schema(schema_with = schema::text::<500>)]
        awaits: Text<500>,
    },
    /// (六) 其他
    Other {
        /// 不能由窗口直接受理办理的原因
        #[schema(schema_with = schema::text::<500>)]
        why: Text<500>,
    },
}

impl From<CategoryBody> for Category {
    fn from(body: CategoryBody) -> Self {
        match body {
            CategoryBody::EmergingField { field } => Self::EmergingField { field },
            CategoryBody::MissingItem { legal_basis } => Self::MissingItem { legal_basis },
            CategoryBody::UnclearLead { asked, change } => Self::UnclearLead { asked, change },
            CategoryBody::CrossDepartment { departments, other_level } => {
                Self::CrossDepartment { departments, other_level }
            }
            CategoryBody::Legacy { since, awaits } => Self::Legacy { since, awaits },
            CategoryBody::Other { why } => Self::Other { why },
        }
    }
}

impl From<Category> for CategoryBody {
    fn from(category: Category) -> Self {
        match category {
            Category::EmergingField { field } => Self::EmergingField { field },
            Category::MissingItem { legal_basis } => Self::MissingItem { legal_basis },
            Category::UnclearLead { asked, change } => Self::UnclearLead { asked, change },
            Category::CrossDepartment { departments, other_level } => {
                Self::CrossDepartment { departments, other_level }
            }
            Category::Legacy { since, awaits } => Self::Legacy { since, awaits },
            Category::Other { why } => Self::Other { why },
        }
    }
}
