use std::collections::BTreeSet;

use catalog::{Silence, mentions_paper};
use chrono::NaiveDate;
use kernel::{Instant, MaterialCode, Refusal, StaffCode, Text};
use serde::{Deserialize, Serialize};

/// 会审意见.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Opinion {
    /// 同意
    Agree,
    /// 附条件同意
    AgreeWithConditions { conditions: Text<2000> },
    /// 不同意, never without its grounds.
    Object { grounds: Text<2000> },
}

impl Opinion {
    pub fn label(&self) -> &'static str {
        match self {
            Self::Agree => "同意",
            Self::AgreeWithConditions { .. } => "附条件同意",
            Self::Object { .. } => "不同意",
        }
    }
}

/// An opinion in writing: its day is the participant's completion (rule L10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub opinion: Opinion,
    pub by: StaffCode,
    pub at: Instant,
}

/// 要求补充说明: what a participant asks of the lead department, once. It stops no clock (rule L5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub what: Text<1000>,
    /// 所要的材料; none where an explanation is all that is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Wanted>,
    pub by: StaffCode,
    pub on: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answered>,
}

/// 要求补充的材料, by its code in the guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub material: MaterialCode,
    /// Wanted on paper; refused where the guide accepts it electronically (clause B2-7).
    #[serde(default)]
    pub on_paper: bool,
}

impl Asked {
    /// 纸质材料 is not asked for in passing: words that mention it come with a material that is wanted on paper, so that
    /// the guide decides (clause B2-7).
    pub fn must_name_what_is_wanted(&self) -> Result<(), Refusal> {
        if mentions_paper(self.what.as_str()) && !self.materials.iter().any(|wanted| wanted.on_paper) {
            let detail = "要求提供纸质材料的，须列明所要的材料并注明须提供纸质";
            return Err(Refusal::new("materials_not_named", detail));
        }
        let mut named = BTreeSet::new();
        match self.materials.iter().find(|wanted| !named.insert(&wanted.material)) {
            Some(again) => Err(Refusal::new("material_repeated", format!("材料「{}」重复列出", again.material))),
            None => Ok(()),
        }
    }
}

/// 补充说明.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub text: Text<2000>,
    pub by: StaffCode,
    pub on: NaiveDate,
}

/// 会审席位: how far one participant has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The day its clock started; none while it waits for its predecessors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The one that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Given>,
    /// Those it replaced (改变意见), the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Given>,
    /// The day it was named as silent (列名).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_since: Option<NaiveDate>,
}

impl Desk {
    /// The day of the first opinion: one that replaces it moves no date.
    pub fn gave_on(&self) -> Option<NaiveDate> {
        self.earlier.first().or(self.opinion.as_ref()).map(|given| given.at.day())
    }

    /// 视为同意: silent where silence is consent.
    pub fn consented_on(&self, silence: Silence) -> Option<NaiveDate> {
        match silence {
            Silence::Consent if self.opinion.is_none() => self.silent_since,
            _ => None,
        }
    }

    /// Whether it has begun and has yet to answer.
    pub fn is_open(&self, silence: Silence) -> bool {
        self.started.is_some() && self.completed_on(silence).is_none()
    }

    /// The day from which its successors may start.
    pub fn completed_on(&self, silence: Silence) -> Option<NaiveDate> {
        self.gave_on().or(self.consented_on(silence))
    }
}
