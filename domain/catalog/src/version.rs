use std::ops::Deref;

use chrono::NaiveDate;
use kernel::{ItemCode, Refusal};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{flaw::Flaw, item::ItemContent};

/// 版本状态, clause B3-1: draft → published → withdrawn, and never back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum VersionState {
    /// 草稿
    Draft,
    /// 已发布
    Published,
    /// 已撤下
    Withdrawn,
}

impl VersionState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published => "已发布",
            Self::Withdrawn => "已撤下",
        }
    }
}

/// 事项版本: what a service item says, from one day on. A case keeps the version it began with, so what a version says
/// never changes once it has left the draft stage: its content is read through this type and replaced only by
/// [`ItemVersion::edit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemVersion {
    pub item: ItemCode,
    /// From 1.
    pub version: u32,
    pub state: VersionState,
    /// The first day it governs new applications; set by publishing where the draft names none.
    pub valid_from: Option<NaiveDate>,
    /// The last day, or open; brought forward where the version that takes over by an import is over before.
    pub valid_until: Option<NaiveDate>,
    pub withdrawn_on: Option<NaiveDate>,
    content: ItemContent,
}

impl Deref for ItemVersion {
    type Target = ItemContent;
    fn deref(&self) -> &ItemContent {
        &self.content
    }
}

impl ItemVersion {
    /// The first draft of a new item. Refused where the content contradicts itself.
    pub fn draft(item: ItemCode, content: ItemContent) -> Result<Self, Refusal> {
        must_be_coherent(&content)?;
        Ok(Self {
            item,
            version: 1,
            state: VersionState::Draft,
            valid_from: None,
            valid_until: None,
            withdrawn_on: None,
            content,
        })
    }

    /// A draft that takes over from this version, which stays as it is. The caller revises an item's latest version, so
    /// that numbers are used once and an item has one draft at a time.
    pub fn revise(&self) -> Result<Self, Refusal> {
        if self.state == VersionState::Draft {
            return Err(Refusal::new("draft_exists", "该事项已有草稿，请直接编辑"));
        }
        Ok(Self {
            version: self.version + 1,
            state: VersionState::Draft,
            valid_from: None,
            valid_until: None,
            withdrawn_on: None,
            ..self.clone()
        })
    }

    /// New content and validity for a draft. Refused for anything that is or was public.
    pub fn edit(
        &self,
        content: ItemContent,
        valid_from: Option<NaiveDate>,
        valid_until: Option<NaiveDate>,
    ) -> Result<Self, Refusal> {
        self.must_be(VersionState::Draft, "not_a_draft", "只有草稿可以编辑")?;
        must_be_coherent(&content)?;
        must_be_in_order(valid_from, valid_until)?;
        Ok(Self { content, valid_from, valid_until, ..self.clone() })
    }

    /// 发布. Refused while materials, guide or limits are wanting. A first day before `today` is allowed: guides that
    /// were in force on paper come into the software later.
    pub fn publish(&self, today: NaiveDate) -> Result<Self, Refusal> {
        self.must_be(VersionState::Draft, "not_a_draft", "只有草稿可以发布")?;
        must_be_coherent(&self.content)?;
        let gaps = self.content.gaps();
        if !gaps.is_empty() {
            return Err(Refusal::new("item_incomplete", Flaw::sentence(&gaps)));
        }
        let valid_from = self.valid_from.unwrap_or(today);
        must_be_in_order(Some(valid_from), self.valid_until)?;
        if self.valid_until.is_some_and(|until| until < today) {
            return Err(Refusal::new("validity_over", "有效期已经届满，不能发布"));
        }
        Ok(Self { state: VersionState::Published, valid_from: Some(valid_from), ..self.clone() })
    }

    /// 撤下: no new application begins with it; those that did keep it.
    pub fn withdraw(&self, today: NaiveDate) -> Result<Self, Refusal> {
        self.must_be(VersionState::Published, "not_published", "只有已发布的事项版本可以撤下")?;
        Ok(Self { state: VersionState::Withdrawn, withdrawn_on: Some(today), ..self.clone() })
    }

    /// Whether a new application may begin with it on `day`.
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.state == VersionState::Published
            && self.valid_from.is_some_and(|from| from <= day)
            && self.valid_until.is_none_or(|until| day <= until)
    }

    /// The refusal of an application that comes when the version is not in force.
    pub fn must_be_on_offer(&self, today: NaiveDate) -> Result<(), Refusal> {
        if self.in_force(today) {
            return Ok(());
        }
        Err(Refusal::new("item_not_on_offer", format!("「{}」的该版本当前不受理新的申请", self.name)))
    }

    pub fn content(&self) -> &ItemContent {
        &self.content
    }

    fn must_be(&self, state: VersionState, code: &'static str, rule: &str) -> Result<(), Refusal> {
        if self.state == state {
            return Ok(());
        }
        Err(Refusal::new(code, format!("{rule}，该版本当前为“{}”", self.state.label())))
    }
}

/// The version among an item's that governs an application of `day`: the latest in force.
pub fn in_force<'a>(versions: impl IntoIterator<Item = &'a ItemVersion>, day: NaiveDate) -> Option<&'a ItemVersion> {
    versions.into_iter().filter(|version| version.in_force(day)).max_by_key(|version| version.version)
}

fn must_be_coherent(content: &ItemContent) -> Result<(), Refusal> {
    let flaws = content.flaws();
    if flaws.is_empty() { Ok(()) } else { Err(Refusal::new("item_incoherent", Flaw::sentence(&flaws))) }
}

fn must_be_in_order(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<(), Refusal> {
    match (from, until) {
        (Some(from), Some(until)) if until < from => {
            Err(Refusal::new("validity_reversed", "有效期截止日不能早于起始日"))
        }
        _ => Ok(()),
    }
}
