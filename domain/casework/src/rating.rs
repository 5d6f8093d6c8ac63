//! 好差评: what applicants say of the service in a case, of their own accord (国办发〔2019〕51号, GB/T 39734-2020, clause B5-8).
//! Nobody is taken to be satisfied who has not said so, and what was said stays as it was.

use kernel::{Instant, Refusal, Role, Text, id::RatingId};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::case::Case;

/// 评价标签 of one rating at most.
pub const MOST_TAGS: usize = 6;

/// 一事一评 and one 追评.
const MOST_OF_A_STAGE: u8 = 2;

/// 服务环节
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ServiceStage {
    /// 受理
    Intake,
    /// 办理
    Handling,
    /// 送达
    Delivery,
}

impl ServiceStage {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Intake => "受理",
            Self::Handling => "办理",
            Self::Delivery => "送达",
        }
    }
}

/// 满意度 (GB/T 39046 A.8)
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RatingLevel {
    /// 非常满意
    VerySatisfied,
    /// 满意
    Satisfied,
    /// 基本满意
    FairlySatisfied,
    /// 不满意
    Dissatisfied,
    /// 非常不满意
    VeryDissatisfied,
}

impl RatingLevel {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::VerySatisfied => "非常满意",
            Self::Satisfied => "满意",
            Self::FairlySatisfied => "基本满意",
            Self::Dissatisfied => "不满意",
            Self::VeryDissatisfied => "非常不满意",
        }
    }

    /// 满意度代码, 1 to 5.
    pub fn code(self) -> u8 {
        match self {
            Self::VerySatisfied => 1,
            Self::Satisfied => 2,
            Self::FairlySatisfied => 3,
            Self::Dissatisfied => 4,
            Self::VeryDissatisfied => 5,
        }
    }

    /// The level that a code stands for; None where it is none of them.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|level| level.code() == code)
    }

    /// 差评
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Dissatisfied | Self::VeryDissatisfied)
    }
}

/// 评价渠道 (GB/T 39046 表9)
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RatingChannel {
    /// PC端
    Web,
    /// 移动服务端
    Mobile,
    /// 二维码
    QrCode,
    /// 政务大厅平板电脑
    HallTablet,
    /// 政务大厅其他终端
    HallTerminal,
    /// 电话
    Phone,
    /// 短信
    Sms,
}

/// 评价 as it is given.
#[derive(Clone, Debug)]
pub struct RatingForm {
    pub id: RatingId,
    pub stage: ServiceStage,
    /// 追评: said so, so that a blind retry of the first one is not taken for it.
    pub additional: bool,
    pub level: RatingLevel,
    pub tags: Vec<Text<20>>,
    pub text: Option<Text<500>>,
    pub channel: RatingChannel,
}

/// 评价: never changed and never taken back. By its id, what is done about it can refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    pub id: RatingId,
    pub stage: ServiceStage,
    /// 评价次数: 1, or 2 for the 追评.
    pub sequence: u8,
    pub level: RatingLevel,
    /// 评价标签
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text<20>>,
    /// 文字评价
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<500>>,
    /// 匿名: whoever is rated is not told of which case it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymous: bool,
    pub channel: RatingChannel,
    pub at: Instant,
}

impl Rating {
    /// Whether this role may know of which case it is. A case has one applicant, so whoever knows that knows the rater:
    /// of an anonymous one nobody in a rated unit does (评价人信息保护).
    pub fn shows_its_case_to(&self, role: Role) -> bool {
        !self.anonymous || !is_rated(role)
    }
}

/// Whether somebody in this role belongs to the units that are rated: windows and departments.
pub fn is_rated(role: Role) -> bool {
    matches!(role, Role::Clerk | Role::Reviewer | Role::Approver | Role::DepartmentHead)
}

// An anonymous rating is no event of its case: whoever is rated would tell from the case's version that there is one. So the
// case does not hold the anonymous ones of itself, and is told them.
impl Case {
    /// The ratings that this role may see on the case, in the order in which they were given.
    pub fn ratings_for<'a>(&'a self, role: Role, anonymous: &'a [Rating]) -> Vec<&'a Rating> {
        let all = self.ratings.iter().chain(anonymous);
        let mut shown: Vec<&Rating> = all.filter(|rating| rating.shows_its_case_to(role)).collect();
        shown.sort_by_key(|rating| rating.at);
        shown
    }

    /// Whether there is anything that can be rated now.
    ///
    /// # Errors
    /// `nothing_to_rate`; `all_rated`.
    pub fn may_rate(&self, anonymous: &[Rating]) -> Result<(), Refusal> {
        let given = |stage| self.given(stage, anonymous);
        let stages = ServiceStage::VARIANTS.iter().copied();
        let mut open = stages.filter(|stage| self.took_place(*stage) || given(*stage) > 0).peekable();
        if open.peek().is_none() {
            return Err(not_yet());
        }
        match open.any(|stage| given(stage) < MOST_OF_A_STAGE) {
            true => Ok(()),
            false => Err(Refusal::new("all_rated", "已评价并追评，不能再次评价")),
        }
    }

    /// 评价次数 of what is said of a stage now. Of a stage that begins anew, what was said before stays.
    pub(crate) fn next_rating(
        &self,
        stage: ServiceStage,
        additional: bool,
        anonymous: &[Rating],
    ) -> Result<u8, Refusal> {
        match (self.given(stage, anonymous), additional) {
            (0, _) if !self.took_place(stage) => Err(not_yet()),
            (0, false) => Ok(1),
            (0, true) => Err(Refusal::new("not_rated_yet", "该环节尚未评价，无从追评")),
            (1, false) => Err(Refusal::new("already_rated", "该环节已评价，一事一评；如需补充，可追评一次")),
            (1, true) => Ok(MOST_OF_A_STAGE),
            _ => Err(Refusal::new("already_rated_again", "该环节已追评，不能再次评价")),
        }
    }

    fn given(&self, stage: ServiceStage, anonymous: &[Rating]) -> u8 {
        let all = self.ratings.iter().chain(anonymous).filter(|rating| rating.stage == stage);
        all.map(|rating| rating.sequence).max().unwrap_or(0)
    }

    /// Whether the applicant has met with this part of the service: was answered by the window, had a decision, was
    /// handed the result.
    fn took_place(&self, stage: ServiceStage) -> bool {
        let (intake, approval) = (&self.intake, &self.approval);
        let decided = approval.decision.is_some() || !approval.earlier_decisions.is_empty();
        match stage {
            ServiceStage::Intake => {
                let refused = intake.rejection.is_some() || intake.not_required.is_some();
                let answered = intake.acceptance.is_some() || intake.revocation.is_some() || refused;
                answered || decided || !intake.rounds.is_empty()
            }
            ServiceStage::Handling => decided,
            ServiceStage::Delivery => self.issuance.was_delivered(),
        }
    }
}

fn not_yet() -> Refusal {
    Refusal::new("nothing_to_rate", "该环节的服务尚未发生，暂不能评价")
}
