//! What a precedent says, while it is being written and when it is public.

use std::{collections::BTreeSet, ops::Deref};

use kernel::{DepartmentCode, ItemCode, Refusal, StaffCode, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::redaction::{self, FindingKind, Known, Spot};

/// 案例内容 as written: may hold personal data, so that it is kept where personal data is, and on no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: Text<100>,
    /// 涉及部门
    pub departments: BTreeSet<DepartmentCode>,
    /// 涉及事项
    pub items: BTreeSet<ItemCode>,
    /// 问题情况
    pub situation: Text<4000>,
    /// 解决办法
    pub solution: Text<4000>,
    /// 经验启示
    pub lesson: Text<2000>,
}

impl Content {
    pub fn texts(&self) -> [(Field, &str); 4] {
        [
            (Field::Title, self.title.as_str()),
            (Field::Situation, self.situation.as_str()),
            (Field::Solution, self.solution.as_str()),
            (Field::Lesson, self.lesson.as_str()),
        ]
    }
}

/// 文本: which of the texts of a precedent.
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
pub enum Field {
    Title,
    Situation,
    Solution,
    Lesson,
}

/// 脱敏发现, and what a person ruled on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub field: Field,
    pub spot: Spot,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 认定
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Ruling {
    /// 脱敏
    Redact { by: StaffCode },
    /// 保留, for a reason.
    Keep { by: StaffCode, reason: Text<200> },
}

/// 稿件: what is being written, with what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manuscript {
    pub content: Content,
    pub findings: Vec<Finding>,
    /// Whether the enterprise's name is to be taken out, which is public and stays otherwise.
    pub hides_organisation: bool,
}

impl Manuscript {
    pub fn new(content: Content, known: &Known, hides_organisation: bool) -> Self {
        let findings = findings(&content, known);
        Self { content, findings, hides_organisation }
    }

    /// The text anew, with the finder run again. Rulings stay where nothing changed, neither the text nor what was found.
    #[must_use]
    pub fn edited(&self, content: Content, known: &Known, hides_organisation: bool) -> Self {
        let mut edited = Self::new(content, known, hides_organisation);
        let (before, after) = (self.content.texts(), edited.content.texts());
        let same: Vec<Field> =
            before.into_iter().zip(after).filter(|(a, b)| a == b).map(|((field, _), _)| field).collect();
        for finding in edited.findings.iter_mut().filter(|finding| same.contains(&finding.field)) {
            let earlier = self.findings.iter().find(|it| it.field == finding.field && it.spot == finding.spot);
            finding.ruling = earlier.and_then(|earlier| earlier.ruling.clone());
        }
        edited
    }

    /// 待认定
    pub fn unsettled(&self) -> usize {
        self.findings.iter().filter(|finding| finding.ruling.is_none()).count()
    }

    /// What the draft says once everything that was ruled out is taken out.
    ///
    /// # Errors
    /// `findings_unsettled` while somebody has still to rule, `still_identifiable` where a number would get through,
    /// `redacted_text_unfit` where what stands in place of a name makes the text too long.
    pub fn redacted(&self) -> Result<PublicText, Refusal> {
        let open = self.unsettled();
        if open > 0 {
            return Err(Refusal::new("findings_unsettled", format!("还有{open}处疑似个人信息没有认定")));
        }
        let public = PublicText(Content {
            departments: self.content.departments.clone(),
            items: self.content.items.clone(),
            title: self.taken_out(Field::Title, &self.content.title)?,
            situation: self.taken_out(Field::Situation, &self.content.situation)?,
            solution: self.taken_out(Field::Solution, &self.content.solution)?,
            lesson: self.taken_out(Field::Lesson, &self.content.lesson)?,
        });
        match public.texts().iter().any(|(_, text)| redaction::gives_away_a_number(text)) {
            true => Err(Refusal::new("still_identifiable", "脱敏后仍含有证件号码或电话，请修改文字")),
            false => Ok(public),
        }
    }

    fn taken_out<const MAX: usize>(&self, field: Field, text: &Text<MAX>) -> Result<Text<MAX>, Refusal> {
        let taken = self.findings.iter().filter(|it| it.field == field);
        let taken = taken.filter(|it| matches!(it.ruling, Some(Ruling::Redact { .. })));
        let redacted = redaction::redact(text.as_str(), taken.map(|it| &it.spot));
        Text::new(&redacted).map_err(|fault| Refusal::new("redacted_text_unfit", format!("脱敏后的文字{fault}")))
    }

    /// 原文 of a finding.
    pub fn found(&self, finding: &Finding) -> String {
        let text = self.content.texts().into_iter().find(|(field, _)| *field == finding.field);
        let text = text.map_or("", |(_, text)| text);
        text.chars().skip(finding.spot.start).take(finding.spot.length).collect()
    }
}

fn findings(content: &Content, known: &Known) -> Vec<Finding> {
    let texts = content.texts();
    let found = redaction::find(&texts.map(|(_, text)| text), known);
    let of_field = |((field, _), spots): ((Field, &str), Vec<Spot>)| {
        spots.into_iter().map(move |spot| Finding { field, spot, ruling: None })
    };
    texts.into_iter().zip(found).flat_map(of_field).collect()
}

/// 公开文本: nothing of it tells who anybody is. Made by [`Manuscript::redacted`] and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicText(Content);

impl PublicText {
    pub fn content(&self) -> &Content {
        &self.0
    }
}

impl Deref for PublicText {
    type Target = Content;
    fn deref(&self) -> &Content {
        &self.0
    }
}

/// A reason or an opinion goes on the record for good, so no number of anybody may stand in it.
///
/// # Errors
/// `personal_data_in_text`.
pub fn must_be_clean(texts: &[&str]) -> Result<(), Refusal> {
    let tells = texts.iter().any(|text| redaction::gives_away_a_number(text));
    if tells {
        Err(Refusal::new("personal_data_in_text", "文字中含有证件号码或电话，请删去"))
    } else {
        Ok(())
    }
}

impl FindingKind {
    /// # Errors
    /// `must_be_redacted` for what nobody may leave in.
    pub(super) fn must_be_dismissible(self) -> Result<(), Refusal> {
        let label = self.label();
        if self.may_stay() {
            Ok(())
        } else {
            Err(Refusal::new("must_be_redacted", format!("{label}必须脱敏，不能保留")))
        }
    }
}
