//! 12345: work orders in and out, the supervision section's part, code maps, reconciliation (clauses D2-2, G3).

pub mod callbacks;
pub mod code_maps;
pub mod escalating;
pub mod handling;
pub mod held;
pub mod incoming;
mod on_order;
pub mod reading;
pub mod reconciliation;
pub mod supervising;
pub mod tickets;

use kernel::StaffCode;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::problem::{Answer, Error};

/// 热线: named where two hotlines use the same number.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfHotline {
    /// 热线代码；不同热线编号相同时须指明
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    hotline: Option<String>,
}

impl OfHotline {
    fn code(self) -> Answer<Option<StaffCode>> {
        self.hotline.map(|code| hotline_code(&code)).transpose()
    }
}

fn hotline_code(text: &str) -> Answer<StaffCode> {
    text.parse().map_err(|fault: kernel::code::BadCode| Error::parameter("hotline", fault.to_string()))
}
