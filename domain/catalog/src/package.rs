//! 服务套餐, clause C1-1: several items as one application, with what they share and the order they come in.

mod check;
mod document;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::{ItemCode, MaterialCode, Refusal, SectorCode, Text, code::PackageCode};
use serde::{Deserialize, Serialize};

use crate::{
    flaw::Flaw,
    version::{ItemVersion, VersionState},
};
pub use document::{WENLING_PACKAGES, read_packages};

/// 服务套餐 (clause C1-1). Like an item's version it goes draft → published → withdrawn, never back, and does not change
/// once it is public: a changed offer is a package of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub code: PackageCode,
    pub name: Text<100>,
    pub sector: SectorCode,
    #[serde(default = "draft")]
    pub state: VersionState,
    /// In the order they are shown; the order they are handled in is [`Package::order`].
    pub members: Vec<Member>,
    /// 共用材料.
    #[serde(default)]
    pub shared: Vec<SharedMaterial>,
    /// 套餐说明, for the applicant.
    pub guide: Text<2000>,
}

fn draft() -> VersionState {
    VersionState::Draft
}

/// 套餐事项: one item of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub item: ItemCode,
    /// 前置事项: members that must be granted before this one can be accepted (rule L10). Members without one, or with
    /// the same ones, are handled in parallel.
    #[serde(default)]
    pub after: BTreeSet<ItemCode>,
    /// 可选: the applicant may leave it out.
    #[serde(default)]
    pub optional: bool,
}

/// 共用材料: handed in once, used by several members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedMaterial {
    /// Unique within the package.
    pub code: MaterialCode,
    pub name: Text<200>,
    /// Under which names the members' own lists know it.
    pub uses: Vec<MaterialUse>,
}

/// A material of one item's list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialUse {
    pub item: ItemCode,
    pub material: MaterialCode,
}

impl Package {
    pub fn member(&self, item: &ItemCode) -> Option<&Member> {
        self.members.iter().find(|member| member.item == *item)
    }

    /// 办理顺序: every member after all that it waits for, otherwise as listed. Members that wait for one another in a
    /// circle are left out; a published package has none.
    pub fn order(&self) -> Vec<&Member> {
        let known: BTreeSet<&ItemCode> = self.members.iter().map(|member| &member.item).collect();
        let mut placed = BTreeSet::new();
        let mut order = Vec::with_capacity(self.members.len());
        let mut left: Vec<&Member> = self.members.iter().collect();
        while !left.is_empty() {
            let ready = |member: &&Member| member.after.iter().all(|it| placed.contains(it) || !known.contains(it));
            let Some(at) = left.iter().position(ready) else { break };
            let member = left.remove(at);
            placed.insert(&member.item);
            order.push(member);
        }
        order
    }

    /// What contradicts itself or refers to nothing, judged by the version of each item that `item` gives. Whether the
    /// sector exists is asked by [`read_packages`] or the store.
    pub fn flaws<'a>(&self, item: impl Fn(&ItemCode) -> Option<&'a ItemVersion>) -> Vec<Flaw> {
        check::flaws(self, &item)
    }

    /// 发布. Refused where anything is wrong with it, or where an item of it takes no applications on `today`.
    pub fn publish<'a>(
        &self,
        item: impl Fn(&ItemCode) -> Option<&'a ItemVersion>,
        today: NaiveDate,
    ) -> Result<Self, Refusal> {
        self.must_be_draft()?;
        let flaws = check::flaws(self, &item);
        if !flaws.is_empty() {
            return Err(Refusal::new("package_incoherent", Flaw::sentence(&flaws)));
        }
        for version in self.members.iter().filter_map(|member| item(&member.item)) {
            version.must_be_on_offer(today)?;
        }
        Ok(Self { state: VersionState::Published, ..self.clone() })
    }

    /// 撤下: no new application begins with it; those that did go on.
    pub fn withdraw(&self) -> Result<Self, Refusal> {
        self.must_be(VersionState::Published, "not_published", "只有已发布的套餐可以撤下")?;
        Ok(Self { state: VersionState::Withdrawn, ..self.clone() })
    }

    /// The refusal to change what is or was public.
    pub fn must_be_draft(&self) -> Result<(), Refusal> {
        self.must_be(VersionState::Draft, "not_a_draft", "只有草稿可以编辑或者发布")
    }

    /// The refusal of an application for a package that is not public.
    pub fn must_be_on_offer(&self) -> Result<(), Refusal> {
        if self.state == VersionState::Published {
            return Ok(());
        }
        Err(Refusal::new("package_not_on_offer", format!("套餐「{}」当前不受理新的申请", self.name)))
    }

    fn must_be(&self, state: VersionState, code: &'static str, rule: &str) -> Result<(), Refusal> {
        if self.state == state {
            return Ok(());
        }
        Err(Refusal::new(code, format!("{rule}，该套餐当前为“{}”", self.state.label())))
    }
}
