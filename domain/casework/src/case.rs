use std::fmt;

use approval::Approval;
use chrono::NaiveDate;
use intake::Intake;
use issuance::Issuance;
use kernel::{
    Calendar, CaseId, Centre, Instant, ItemCode, PartyId, StaffCode, Whereabouts, WindowCode,
    identity::Assurance,
    ledger::{Ledger, binding},
};
use routing::Routing;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::stage::Stage;

/// 办件: one application for one service item, from receipt to delivery. Holds no personal data: the applicant is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub centre: Centre,
    pub number: CaseNumber,
    /// How many events have happened to it.
    pub version: u64,
    pub stage: Stage,
    pub item: ItemRef,
    pub channel: Channel,
    pub applicant: PartyId,
    pub assurance: Assurance,
    pub window: WindowCode,
    /// The system that handed the application in, and what that system calls it.
    pub client: Option<StaffCode>,
    pub external_number: Option<String>,
    /// 首问责任人: the first member of staff who was asked (clause B5-1); none while an online case is untouched.
    pub first_contact: Option<StaffCode>,
    pub received_at: Instant,
    pub intake: Intake,
    pub routing: Routing,
    pub approval: Approval,
    pub issuance: Issuance,
    pub clocks: Clocks,
    pub ended_at: Option<Instant>,
}

/// The limits that run or ran on the case, side by side (rules L2, L4, L12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// 法定期限, from acceptance.
    pub statutory: Option<Ledger>,
    /// 承诺期限, from acceptance.
    pub promised: Option<Ledger>,
    /// 送达期限, from the decision.
    pub delivery: Option<Ledger>,
}

impl Clocks {
    /// The limit that binds now: of those that run, the one that ends first (rule L12). None while nothing runs.
    pub fn binding(&self, calendar: &Calendar, today: NaiveDate) -> Option<&Ledger> {
        binding(self.all().filter(|ledger| ledger.stopped.is_none()), calendar, today)
    }

    pub fn all(&self) -> impl Iterator<Item = &Ledger> {
        [&self.promised, &self.statutory, &self.delivery].into_iter().flatten()
    }
}

/// The item as it was when the case began; later versions do not touch it (clause B3-1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ItemRef {
    pub code: ItemCode,
    pub version: u32,
}

/// 申报来源 (GB/T 39046 A.5): counter and online follow the same rules (clauses B1-1, B1-2).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// 窗口
    Counter,
    /// 电脑端
    Web,
    /// 移动端
    Mobile,
    /// 自助终端
    Kiosk,
}

/// 办件编号: the centre's code, the day of receipt and a serial number of the year, 20 digits; unique and immutable, not
/// derived from personal data. Serial numbers are handed out in blocks, so a gap is not a lost case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseNumber(String);

impl CaseNumber {
    pub fn new(centre: Centre, day: NaiveDate, sequence: u64) -> Self {
        Self(format!("{centre}{}{sequence:06}", day.format("%Y%m%d")))
    }

    /// Reads a number as a person typed it; None where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = (20..=26).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plausible.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Case {
    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.centre,
            window: &self.window,
            department: &self.routing.department,
            applicant: self.applicant,
            client: self.client.as_ref(),
        }
    }
}
