//! 案例: what was learnt from an impasse that was solved, for the next one of its kind (clause D6-2). Written by the
//! centre, taken clear of everybody in it, reviewed by the reform office, published, corrected in editions, withdrawn.
//!
//! The aggregate and its record hold no text: while it is written the text may name people, and what is public must be
//! removable. Texts stand beside it, and the record has their digests.

mod content;
mod decide;
pub mod search;

use std::collections::BTreeSet;

use kernel::{
    Centre, DepartmentCode, DocumentNumber, Fact, Instant, PartyId, Refusal, StaffCode, Text,
    id::{ImpasseId, PrecedentId},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

pub use content::{Content, Field, Finding, Manuscript, PublicText, Ruling, must_be_clean};
pub use decide::{Command, Decided, draft};

use crate::{CategoryKind, Impasse, Level, redaction::FindingKind};

pub type Recorded = kernel::Recorded<Event>;

/// 已解决的办不成事, as far as a precedent is made of it.
#[derive(Clone, Debug)]
pub struct Solved {
    pub impasse: ImpasseId,
    pub centre: Centre,
    pub category: CategoryKind,
    pub level: Level,
    pub departments: BTreeSet<DepartmentCode>,
    pub applicant: PartyId,
    /// 反映事项
    pub subject: Text<100>,
    pub facts: Text<4000>,
    /// 办理结果, as the applicant was told.
    pub how: Option<Text<2000>>,
}

impl Solved {
    /// # Errors
    /// `impasse_not_closed_out` unless the applicant said that they are satisfied and it was closed out on that.
    pub fn of(impasse: &Impasse) -> Result<Self, Refusal> {
        let last = impasse.rounds.last();
        let is_satisfied = last.and_then(|round| round.satisfaction.as_ref()).is_some_and(|word| word.satisfied);
        let Some(level) = impasse.level.filter(|_| impasse.state == crate::State::ClosedOut && is_satisfied) else {
            return Err(Refusal::new("impasse_not_closed_out", "只有群众满意并已销号的事项可以形成案例"));
        };
        Ok(Self {
            impasse: impasse.id,
            centre: impasse.centre,
            category: impasse.category.kind(),
            level,
            departments: impasse.handling_departments().into_iter().collect(),
            applicant: impasse.applicant,
            subject: impasse.subject.clone(),
            facts: impasse.facts.clone(),
            how: last.and_then(|round| round.answer.as_ref()).map(|answer| answer.text.clone()),
        })
    }
}

/// 案例.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precedent {
    pub id: PrecedentId,
    pub centre: Centre,
    /// How many events have happened to it.
    pub version: u64,
    pub state: State,
    /// 来源: the impasse it was learnt from (clause C2-2).
    pub impasse: ImpasseId,
    pub category: CategoryKind,
    pub level: Level,
    /// Given with the first publication and kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<DocumentNumber>,
    /// 版次 that is public, or was until the withdrawal; 0 before the first.
    pub edition: u32,
    /// Who has written on the text that is being written; none of them reviews it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub drafters: BTreeSet<StaffCode>,
    pub drafted_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// 退回意见, while it is being mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_back: Option<Text<500>>,
    /// 撤下
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
}

/// 撤下: what is left to be shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    pub reason: Text<500>,
    pub at: Instant,
}

/// 案例状态
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
pub enum State {
    /// 草稿
    Draft,
    /// 审核中
    UnderReview,
    /// 已发布
    Published,
    /// 已发布，修订中
    UnderCorrection,
    /// 已发布，修订审核中
    CorrectionUnderReview,
    /// 已撤下
    Withdrawn,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::UnderReview => "审核中",
            Self::Published => "已发布",
            Self::UnderCorrection => "已发布，修订中",
            Self::CorrectionUnderReview => "已发布，修订审核中",
            Self::Withdrawn => "已撤下",
        }
    }

    /// Whether anybody may read an edition of it.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::UnderCorrection | Self::CorrectionUnderReview)
    }

    /// Whether there is a text on which somebody writes.
    pub fn is_being_written(self) -> bool {
        matches!(self, Self::Draft | Self::UnderCorrection)
    }

    pub fn is_under_review(self) -> bool {
        matches!(self, Self::UnderReview | Self::CorrectionUnderReview)
    }
}

/// What happened to a precedent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Drafted {
        id: PrecedentId,
        centre: Centre,
        impasse: ImpasseId,
        category: CategoryKind,
        level: Level,
        text: TextDigest,
    },
    Edited {
        text: TextDigest,
    },
    FindingSettled {
        field: Field,
        found: FindingKind,
        redact: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<200>>,
    },
    Submitted {
        text: TextDigest,
    },
    SentBack {
        reason: Text<500>,
    },
    Published {
        number: DocumentNumber,
        edition: u32,
        text: TextDigest,
    },
    CorrectionBegun {
        reason: Text<500>,
        text: TextDigest,
    },
    Withdrawn {
        reason: Text<500>,
    },
}

/// SHA-256 of a text that stands elsewhere, lower-case hexadecimal.
pub type TextDigest = String;

impl Fact for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "precedent_drafted",
            Self::Edited { .. } => "precedent_edited",
            Self::FindingSettled { .. } => "finding_settled",
            Self::Submitted { .. } => "precedent_submitted",
            Self::SentBack { .. } => "precedent_sent_back",
            Self::Published { .. } => Self::PUBLISHED,
            Self::CorrectionBegun { .. } => "correction_begun",
            Self::Withdrawn { .. } => "precedent_withdrawn",
        }
    }
}

impl Event {
    pub const PUBLISHED: &str = "precedent_published";

    /// Every kind there is.
    pub const KINDS: [&str; 8] = [
        "precedent_drafted",
        "precedent_edited",
        "finding_settled",
        "precedent_submitted",
        "precedent_sent_back",
        Self::PUBLISHED,
        "correction_begun",
        "precedent_withdrawn",
    ];

    /// 文书 that it gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::Published { number, edition: 1, .. } => Some(number),
            _ => None,
        }
    }

    pub fn label(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "起草案例",
            Self::Edited { .. } => "修改案例",
            Self::FindingSettled { .. } => "认定个人信息",
            Self::Submitted { .. } => "提交审核",
            Self::SentBack { .. } => "退回修改",
            Self::Published { .. } => "发布案例",
            Self::CorrectionBegun { .. } => "开始修订",
            Self::Withdrawn { .. } => "撤下案例",
        }
    }
}

impl Precedent {
    /// The precedent as its first event makes it; None if the record does not begin with a draft.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::Drafted { id, centre, impasse, category, level, .. } = recorded.event else { return None };
        Some(Self {
            id,
            centre,
            version: recorded.version,
            state: State::Draft,
            impasse,
            category,
            level,
            number: None,
            edition: 0,
            drafters: recorded.by.code.parse().into_iter().collect(),
            drafted_at: recorded.at,
            published_at: None,
            sent_back: None,
            withdrawal: None,
        })
    }

    /// The precedent that a whole record adds up to.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut precedent = Self::begin(first)?;
        rest.iter().for_each(|recorded| precedent.apply(recorded));
        Some(precedent)
    }

    /// Lets an event happen. Total: whatever is on the record is applied, because it did happen.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        match &recorded.event {
            Event::Drafted { .. } => {}
            Event::Edited { .. } | Event::FindingSettled { .. } => self.drafters.extend(recorded.by.code.parse()),
            Event::Submitted { .. } => {
                let first = self.state == State::Draft;
                self.state = if first { State::UnderReview } else { State::CorrectionUnderReview };
                self.drafters.extend(recorded.by.code.parse());
                self.sent_back = None;
            }
            Event::SentBack { reason } => {
                let first = self.state == State::UnderReview;
                self.state = if first { State::Draft } else { State::UnderCorrection };
                self.sent_back = Some(reason.clone());
            }
            Event::Published { number, edition, .. } => {
                self.state = State::Published;
                self.number = Some(number.clone());
                self.edition = *edition;
                self.published_at = Some(recorded.at);
                self.drafters.clear();
            }
            Event::CorrectionBegun { .. } => {
                self.state = State::UnderCorrection;
                self.drafters = recorded.by.code.parse().into_iter().collect();
            }
            Event::Withdrawn { reason } => {
                self.state = State::Withdrawn;
                self.withdrawal = Some(Withdrawal { reason: reason.clone(), at: recorded.at });
            }
        }
    }
}
