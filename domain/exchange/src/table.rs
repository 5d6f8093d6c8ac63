use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 上传表: one of the five national upload tables of a case.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Table {
    /// 申请和受理
    UpProAccept,
    /// 办理环节
    UpProProcess,
    /// 特别程序
    UpProSpecialProcedure,
    /// 材料
    UpProMaterial,
    /// 办结
    UpProResult,
}

/// What every row begins with: its own key, and 办件编号.
const HEAD: [&str; 2] = ["row_guid", "project_no"];
/// What every row ends with: 同步类型 (I, U, D), 同步时间 and 批次号.
const TAIL: [&str; 3] = ["cd_operation", "cd_time", "cd_batch"];

impl Table {
    /// The columns in their order, under the names that receivers expect, the misprint `result_cetr_*` included.
    pub fn columns(self) -> impl Iterator<Item = &'static str> {
        HEAD.iter().chain(self.own_columns()).chain(&TAIL).copied()
    }

    /// The columns that are not common to all tables.
    pub(crate) fn own_columns(self) -> &'static [&'static str] {
        match self {
            Self::UpProAccept => &[
                "catalog_code",
                "local_catalog_code",
                "task_code",
                "local_task_code",
                "task_handle_item",
                "task_name",
                "task_version",
                "applyer_name",
                "applyer_type",
                "applyer_page_type",
                "applyer_page_code",
                "apply_date",
                "apply_type",
                "legal",
                "contact_name",
                "contact_type",
                "contact_code",
                "contact_mobile",
                "org_code",
                "org_name",
                "accept_date",
                "accept_doc_no",
                "project_name",
                "project_type",
                "promise_date",
                "handle_user_name",
                "address",
                "zip_code",
                "data_source",
            ],
            Self::UpProProcess => &[
                "process_name",
                "event_name",
                "event_start_time",
                "event_end_time",
                "handle_explain",
                "handle_user_name",
            ],
            Self::UpProSpecialProcedure => &[
                "special_type",
                "special_name",
                "special_time",
                "special_reason",
                "applyer_user_name",
                "end_time",
                "result",
                "special_explain",
                "handle_user",
            ],
            Self::UpProMaterial => &["material_name", "get_type", "get_num", "material_attach_name"],
            Self::UpProResult => &[
                "result_type",
                "result_date",
                "result_cetr_name",
                "result_cetr_no",
                "result_explain",
                "is_delivery_results",
                "satisfaction",
            ],
        }
    }
}
