//! 救济途径: what every refusal, rejection and "not required" tells the applicant (行政许可法 art. 38(2)).

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 救济途径, as it stood in the document that named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    pub way: RemedyWay,
    /// To whom, within what time, by which article; in Chinese.
    pub notice: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RemedyWay {
    /// 行政复议
    AdministrativeReview,
    /// 行政诉讼
    Litigation,
}

/// The two remedies: 行政复议法 (2023) art. 20, 行政诉讼法 art. 46. Which body reviews depends on the one that decided
/// (arts. 24 to 27), so the notice names the office and not the body.
pub fn remedies() -> Vec<Remedy> {
    vec![
        Remedy {
            way: RemedyWay::AdministrativeReview,
            notice: "可自知道或者应当知道之日起60日内，依照《行政复议法》第二十条向有管辖权的行政复议机关申请行政复议"
                .to_owned(),
        },
        Remedy {
            way: RemedyWay::Litigation,
            notice: "可自知道或者应当知道之日起6个月内，依照《行政诉讼法》第四十六条向有管辖权的人民法院提起行政诉讼"
                .to_owned(),
        },
    ]
}
