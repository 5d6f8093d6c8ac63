use kernel::{DepartmentCode, Refusal, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// 适用范围: the six categories of the notice, each with what must be recorded for it (clause D1-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[strum_discriminants(
    name(CategoryKind),
    doc = "类别: which of the six.",
    derive(PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case")
)]
pub enum Category {
    /// (一) 新兴行业、新领域: no body or channel can be named for it.
    EmergingField {
        /// 所属行业或领域
        field: Text<100>,
    },
    /// (二) 未列入系统但确有法律依据
    MissingItem {
        /// 法律依据: without one it is of another category.
        legal_basis: Text<500>,
    },
    /// (三) 改革创新、机构调整致牵头不明
    UnclearLead {
        /// 已询问的部门, each of which said that it was not theirs.
        asked: Vec<DepartmentCode>,
        /// 改革或机构调整的情况
        change: Text<500>,
    },
    /// (四) 跨部门跨层级
    CrossDepartment {
        /// 涉及部门: two at least, or one and a body of another level.
        departments: Vec<DepartmentCode>,
        /// 涉及的其他层级
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other_level: Option<Text<200>>,
    },
    /// (五) 历史遗留或有待政策处理
    Legacy {
        /// 形成年份
        since: i32,
        /// 有待明确的政策或者处理的前提
        awaits: Text<500>,
    },
    /// (六) 其他
    Other {
        /// 不能由窗口直接受理办理的原因
        why: Text<500>,
    },
}

impl CategoryKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::EmergingField => "新兴行业、新领域，无法确定办事机构或渠道",
            Self::MissingItem => "未列入系统但确有法律依据的遗漏事项",
            Self::UnclearLead => "改革或机构调整致牵头单位不明",
            Self::CrossDepartment => "跨部门跨层级的复杂事项",
            Self::Legacy => "历史遗留或有待政策处理的事项",
            Self::Other => "其他需要协商解决的事项",
        }
    }
}

impl Category {
    pub fn kind(&self) -> CategoryKind {
        self.into()
    }

    /// 涉及部门 that the category itself names.
    pub fn departments(&self) -> &[DepartmentCode] {
        match self {
            Self::UnclearLead { asked, .. } => asked,
            Self::CrossDepartment { departments, .. } => departments,
            _ => &[],
        }
    }

    /// What the category asks for beyond the form of its fields.
    ///
    /// # Errors
    /// `category_incomplete`.
    pub fn must_be_complete(&self, this_year: i32) -> Result<(), Refusal> {
        let lacks = |what| Err(Refusal::new("category_incomplete", what));
        match self {
            Self::UnclearLead { asked, .. } if asked.is_empty() => lacks("牵头不明的，须列明已询问的部门"),
            Self::CrossDepartment { departments, other_level } => {
                let enough = if other_level.is_some() { 1 } else { 2 };
                let mut distinct: Vec<_> = departments.iter().collect();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() < enough {
                    lacks("跨部门的须列明两个以上部门，跨层级的须列明部门和层级")
                } else {
                    Ok(())
                }
            }
            Self::Legacy { since, .. } if !(1949..=this_year).contains(since) => lacks("形成年份应在1949年至今年之间"),
            _ => Ok(()),
        }
    }
}
