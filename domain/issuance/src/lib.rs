//! 出件: the result document and how it reaches the applicant: courier (recommended, clause B1-3), pick-up at the
//! unified window, or electronically (clauses B1-1, B2-5, B2-6; 行政许可法 art. 44).

use catalog::{DeliveryMethod, ItemVersion};
mod standing;

use chrono::{Months, NaiveDate};
use kernel::{DocumentNumber, Instant, Refusal, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 出件与送达情况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuance {
    pub method: DeliveryMethod,
    pub result: Option<ResultDocument>,
    pub parcel: Option<Parcel>,
    pub delivered: Option<Delivered>,
    /// 出件; of what took the place of a result that was delivered, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Instant>,
    /// 申请人确认收到电子送达
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Instant>,
    /// 催领
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chased: Vec<Instant>,
    /// Documents that another one has taken the place of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    #[serde(default, skip_serializing_if = "Standing::is_in_force")]
    pub standing: Standing,
}

pub use standing::{EndGround, Ended, Replaced, Replacement, Standing};

/// 结果文书: a licence, an approval, or the refusal itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultDocument {
    pub number: DocumentNumber,
    pub title: Text<200>,
    pub valid_from: NaiveDate,
    /// None where it does not expire.
    pub valid_until: Option<NaiveDate>,
    /// SHA-256 of the result as issued, lower-case hexadecimal.
    pub digest: String,
}

/// 邮件: a waybill and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    pub carrier: Text<50>,
    pub waybill: Text<40>,
    pub dispatched_at: Instant,
    pub states: Vec<Tracked>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    pub state: TrackingState,
    /// When it happened, as the carrier says.
    pub at: Instant,
    pub note: Option<Text<200>>,
}

/// 物流状态.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TrackingState {
    /// 已揽收
    Collected,
    /// 运输中
    InTransit,
    /// 派送中
    OutForDelivery,
    /// 已签收
    Signed,
    /// 已退回
    Returned,
    /// 已丢失
    Lost,
}

impl TrackingState {
    /// The parcel will not arrive: the result is to be sent, or made out, again.
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Returned | Self::Lost)
    }
}

/// 送达凭据.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub how: DeliveryMethod,
    pub at: Instant,
    /// 签收: how the receipt was signed; for a courier, what the carrier reports.
    pub receipt: Text<200>,
}

impl Issuance {
    pub fn by(method: DeliveryMethod) -> Self {
        Self {
            method,
            result: None,
            parcel: None,
            delivered: None,
            issued_at: None,
            acknowledged_at: None,
            chased: Vec::new(),
            replaced: Vec::new(),
            standing: Standing::InForce,
        }
    }

    /// Each way of delivery has its own steps; a step of another way is refused.
    pub fn must_go_by(&self, method: DeliveryMethod) -> Result<(), Refusal> {
        if self.method == method {
            return Ok(());
        }
        Err(Refusal::new("other_delivery_method", format!("该办件选择的送达方式为{}", self.method.label())))
    }

    /// 寄送中: sent, and neither signed for nor come back.
    pub fn is_in_the_post(&self) -> bool {
        let failed = |parcel: &Parcel| parcel.states.last().is_some_and(|last| last.state.has_failed());
        self.delivered.is_none() && self.parcel.as_ref().is_some_and(|parcel| !failed(parcel))
    }

    /// 待送达: the current result is in force, has not reached the applicant, and is not on its way.
    pub fn awaits_delivery(&self) -> bool {
        self.delivered.is_none() && !self.is_in_the_post() && self.must_be_in_force().is_ok()
    }

    /// 已送达: the current result, or one that it took the place of.
    pub fn was_delivered(&self) -> bool {
        self.delivered.is_some() || self.replaced.iter().any(|it| it.delivered.is_some())
    }

    /// A document that was lost on its way must be made out anew before it is sent again.
    pub fn must_have_the_document(&self) -> Result<(), Refusal> {
        let lost = self.parcel.as_ref().and_then(|parcel| parcel.states.last());
        match lost {
            Some(last) if last.state == TrackingState::Lost => {
                Err(Refusal::new("document_lost", "结果文书在寄送中丢失，须先补发"))
            }
            _ => Ok(()),
        }
    }

    /// A carrier's report is not older than the one before it, nor than the day of dispatch.
    pub fn may_track(&self, state: &Tracked, now: Instant) -> Result<(), Refusal> {
        if let Some(parcel) = &self.parcel {
            let earlier = parcel.states.last().is_some_and(|earlier| state.at < earlier.at);
            if earlier || state.at.day() < parcel.dispatched_at.day() {
                return Err(Refusal::new("tracking_out_of_order", "物流状态时间早于交寄日期或已记录的状态"));
            }
        }
        if state.at > now {
            return Err(Refusal::new("tracking_in_future", "物流状态时间不能晚于当前时间"));
        }
        Ok(())
    }
}

impl ResultDocument {
    /// 有效期: begins on or after the day of the decision and ends where the item says at the latest. The last day,
    /// where the document does not name one, is the item's.
    pub fn validity(
        item: &ItemVersion,
        decided_on: NaiveDate,
        valid_from: NaiveDate,
        valid_until: Option<NaiveDate>,
    ) -> Result<Option<NaiveDate>, Refusal> {
        if valid_from < decided_on {
            return Err(Refusal::new("validity_backdated", "有效期不能早于决定之日起算"));
        }
        let longest = item
            .result_validity_months
            .and_then(|months| valid_from.checked_add_months(Months::new(u32::from(months.get()))))
            .and_then(|day| day.pred_opt());
        match (valid_until, longest) {
            (Some(until), _) if until < valid_from => {
                Err(Refusal::new("validity_reversed", "有效期截止日不能早于起始日"))
            }
            (Some(until), Some(longest)) if until > longest => {
                Err(Refusal::new("validity_too_long", format!("按事项规定，有效期最晚至{longest}")))
            }
            (None, longest) => Ok(longest),
            (until, _) => Ok(until),
        }
    }
}
