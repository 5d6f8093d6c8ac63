//! What the demonstration reads of the server's answers. Everything else in them is ignored, as the contract asks.

use casework::Stage;
use catalog::{Audience, DeliveryMethod, ItemKind, MaterialForm};
use chrono::NaiveDate;
use kernel::Role;
use serde::Deserialize;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub page: PageInfo,
}

#[derive(Debug, Deserialize)]
pub struct PageInfo {
    pub next_cursor: Option<String>,
}

/// 事项
#[derive(Clone, Debug, Deserialize)]
pub struct Item {
    pub item: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub content: Content,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Content {
    pub name: String,
    pub kind: ItemKind,
    pub sector: String,
    pub department: String,
    pub window: String,
    pub audience: Audience,
    pub materials: Vec<Material>,
    pub delivery: Vec<DeliveryMethod>,
    pub result_name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Material {
    pub code: String,
    pub name: String,
    pub required: bool,
    pub form: MaterialForm,
    pub electronic_accepted: bool,
}

/// 派驻
#[derive(Clone, Debug, Deserialize)]
pub struct Posting {
    pub staff: String,
    pub role: Role,
    pub department: String,
    pub window: Option<String>,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

/// 办件
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub number: String,
    pub stage: Stage,
    pub applicant: CaseApplicant,
    pub delivery: Delivery,
    pub clocks: Vec<Clock>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CaseApplicant {
    pub id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Delivery {
    pub method: DeliveryMethod,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Clock {
    pub due: NaiveDate,
    pub provisional: bool,
    pub stopped: Option<NaiveDate>,
}

impl Case {
    /// The limit that ends first of those that run.
    pub fn due(&self) -> Option<&Clock> {
        self.clocks.iter().filter(|clock| clock.stopped.is_none()).min_by_key(|clock| clock.due)
    }
}

/// 收件凭证
#[derive(Debug, Deserialize)]
pub struct Receipt {
    pub query_code: String,
}

/// 领取码
#[derive(Debug, Deserialize)]
pub struct PickUpCode {
    pub code: String,
}

/// 办理进度
#[derive(Debug, Deserialize)]
pub struct Progress {
    pub stage: Stage,
}
