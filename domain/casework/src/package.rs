//! 套餐申请, clause C1-1: one application over several items. Each member is a case of its own with its own law; this
//! module says what holds them together: which can be accepted (rule L10), how far they are together, by when, and what
//! falls when a part is withdrawn. Nothing here changes a case.

mod deadline;
mod progress;

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemVersion, MaterialUse, Member, Package, SharedMaterial};
use chrono::NaiveDate;
use kernel::{
    Action, CaseId, Centre, Instant, ItemCode, MaterialCode, PartyId, Refusal, Text, code::PackageCode,
    id::PackageApplicationId,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, HeldBack},
    decide::fixed,
    event::Event,
    stage::Stage,
};
pub use deadline::{Deadline, MemberDeadline, PackageMove, Reckoning};
use progress::of_itself;
pub use progress::{MemberProgress, MemberStanding, Progress, ProgressState};

/// An application over less than this is an ordinary case.
const FEWEST_CHOSEN: usize = 2;

/// 套餐申请 (clause C1-1). Keeps what the package said when it began; what becomes of the package later does not touch it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub id: PackageApplicationId,
    pub centre: Centre,
    pub package: PackageCode,
    pub applicant: PartyId,
    /// The chosen members, each after all that it waits for.
    pub members: Vec<Member>,
    /// 共用材料, as far as the chosen members use it.
    pub shared: Vec<SharedMaterial>,
    /// One for each chosen member; a member that is withdrawn keeps its case.
    pub cases: BTreeMap<ItemCode, CaseId>,
    pub version: u64,
    /// The one receipt of all members (rule L10).
    pub created_at: Instant,
}

/// A member's case with the version of the item it began with.
#[derive(Clone, Copy, Debug)]
pub struct MemberCase<'a> {
    pub case: &'a Case,
    pub item: &'a ItemVersion,
}

/// The cases of an application, by item. A member that is not in it counts as not begun.
pub type MemberCases<'a> = BTreeMap<ItemCode, MemberCase<'a>>;

/// 选择事项: the members of a package that an applicant asks for, each after all that it waits for. All that are not
/// optional must be among them, and with a member everything it waits for (clause C1-1).
pub fn choose(package: &Package, chosen: &BTreeSet<ItemCode>) -> Result<Vec<Member>, Refusal> {
    package.must_be_on_offer()?;
    if let Some(stranger) = chosen.iter().find(|item| package.member(item).is_none()) {
        return Err(not_a_member(stranger));
    }
    if let Some(left_out) = package.members.iter().find(|member| !member.optional && !chosen.contains(&member.item)) {
        let detail = format!("事项「{}」是套餐「{}」的必办事项，不能不选", left_out.item, package.name);
        return Err(Refusal::new("member_required", detail));
    }
    let order: Vec<&Member> = package.order().into_iter().filter(|member| chosen.contains(&member.item)).collect();
    for member in &order {
        if let Some(before) = member.after.iter().find(|before| !chosen.contains(before)) {
            let detail = format!("选择事项「{}」须同时选择其前置事项「{before}」", member.item);
            return Err(Refusal::new("predecessor_not_chosen", detail));
        }
    }
    if order.len() < FEWEST_CHOSEN {
        let detail = format!("套餐申请应至少选择{FEWEST_CHOSEN}个事项，只办一个事项的请直接申请该事项");
        return Err(Refusal::new("too_few_members", detail));
    }
    Ok(order.into_iter().cloned().collect())
}

/// What an application begins with.
#[derive(Clone, Debug)]
pub struct Filing<'a> {
    pub id: PackageApplicationId,
    pub centre: Centre,
    pub package: &'a Package,
    pub chosen: &'a BTreeSet<ItemCode>,
    pub applicant: PartyId,
    pub now: Instant,
}

impl Application {
    /// 提出套餐申请: settles the members as [`choose`] does and names a case for each. The caller receives those cases in
    /// the same transaction.
    pub fn file(filing: Filing<'_>, mut case: impl FnMut(&ItemCode) -> CaseId) -> Result<Self, Refusal> {
        let Filing { id, centre, package, chosen, applicant, now } = filing;
        let members = choose(package, chosen)?;
        let cases = members.iter().map(|member| (member.item.clone(), case(&member.item))).collect();
        let shared = package.shared.iter().filter_map(|shared| {
            let uses: Vec<_> = shared.uses.iter().filter(|it| chosen.contains(&it.item)).cloned().collect();
            (!uses.is_empty()).then(|| SharedMaterial { uses, ..shared.clone() })
        });
        let shared = shared.collect();
        let package = package.code.clone();
        Ok(Self { id, centre, package, applicant, members, shared, cases, version: 1, created_at: now })
    }

    pub fn member(&self, item: &ItemCode) -> Result<&Member, Refusal> {
        self.members.iter().find(|member| member.item == *item).ok_or_else(|| not_a_member(item))
    }

    /// Whether a member's case may be accepted, or decided on the spot, as far as the others are concerned. A serial
    /// member waits until all that come before it are completed in writing (rule L10); where one of those was refused,
    /// rejected or withdrawn it cannot be accepted any more. An item found not to be required (不受理) holds nobody up.
    pub fn may_accept(&self, item: &ItemCode, cases: &MemberCases<'_>) -> Result<(), Refusal> {
        let Some(Obstacle { names, failed }) = self.obstacle(self.member(item)?, cases) else { return Ok(()) };
        let title = title(item, cases);
        Err(match failed {
            true => Refusal::new("predecessor_failed", format!("前置事项{names}未获准予，{title}不能受理")),
            false => Refusal::new("predecessor_pending", format!("{title}须在前置事项{names}书面办结后受理")),
        })
    }

    /// What stands in the way of a member: what has failed before it, or else what is not done yet.
    fn obstacle(&self, member: &Member, cases: &MemberCases<'_>) -> Option<Obstacle> {
        let standings = self.standings(cases);
        let stands = |it: &ItemCode| standings.get(it).copied().unwrap_or(MemberStanding::Waiting);
        let named = |wanted: &dyn Fn(&ItemCode) -> bool, of: &BTreeSet<ItemCode>| {
            let found = of.iter().filter(|it| wanted(it));
            let names: Vec<String> =
                found.map(|it| format!("{}（{}）", title(it, cases), stands(it).label())).collect();
            names.join("、")
        };
        let bars = |it: &ItemCode| stands(it).bars_successors();
        // A member that is itself barred, or has ended for that, is not the reason: whatever failed before it is.
        let is_barred = |it: &ItemCode| {
            let has_ended = cases.get(it).is_some_and(|it| it.case.is_barred() && it.case.stage.is_final());
            let is_still = || self.member(it).is_ok_and(|it| it.after.iter().any(bars));
            stands(it) == MemberStanding::Blocked || (has_ended && is_still())
        };
        if member.after.iter().any(bars) {
            let before = self.before(&member.item, &is_barred);
            let names = named(&|it: &ItemCode| bars(it) && !is_barred(it), &before);
            return Some(Obstacle { names, failed: true });
        }
        let is_pending = member.after.iter().any(|it| !stands(it).clears_successors());
        let names = || named(&|it: &ItemCode| !stands(it).clears_successors(), &member.after);
        is_pending.then(|| Obstacle { names: names(), failed: false })
    }

    /// The members that may be accepted now and have not been: parallel ones are accepted together (rule L10).
    pub fn ready(&self, cases: &MemberCases<'_>) -> Vec<&ItemCode> {
        let waits = |item: &ItemCode| cases.get(item).is_some_and(|it| !accepted(it.case) && !it.case.stage.is_final());
        let items = self.members.iter().map(|member| &member.item);
        items.filter(|item| waits(item) && self.may_accept(item, cases).is_ok()).collect()
    }

    /// The day from which the agency of a serial member has it: that of the last written completion before it (rule
    /// L10). None for a member that waits for nobody, whose day is that of the receipt, and while one is not completed.
    pub fn handed_on(&self, item: &ItemCode, cases: &MemberCases<'_>) -> Option<NaiveDate> {
        let member = self.member(item).ok()?;
        let standings = self.standings(cases);
        let completed = |before: &ItemCode| {
            standings.get(before).filter(|standing| standing.clears_successors())?;
            cases.get(before).and_then(|it| ended_on(it.case))
        };
        let days: Option<Vec<NaiveDate>> = member.after.iter().map(completed).collect();
        days?.into_iter().max()
    }

    pub fn shared(&self, code: &MaterialCode) -> Result<&SharedMaterial, Refusal> {
        let found = self.shared.iter().find(|it| it.code == *code);
        found.ok_or_else(|| Refusal::new("material_not_shared", format!("材料「{code}」不是该套餐申请的共用材料")))
    }

    /// 共用材料分发: to which materials of which members a file is attached that is handed in once as `shared` (clause
    /// C1-1). Members that take files no more are left out, and those whose version of the item does not list it.
    pub fn spread(&self, shared: &MaterialCode, cases: &MemberCases<'_>) -> Result<Vec<MaterialUse>, Refusal> {
        let group = self.shared(shared)?;
        let takes = |used: &&MaterialUse| cases.get(&used.item).is_some_and(|it| takes_file(it, &used.material));
        Ok(group.uses.iter().filter(takes).cloned().collect())
    }

    /// 部分撤回: the other members that fall when `item` is withdrawn, because they wait for it and cannot be granted
    /// without it. Members that are decided or ended stay as they are.
    pub fn falls_with(&self, item: &ItemCode, cases: &MemberCases<'_>) -> BTreeSet<ItemCode> {
        let standings = self.standings(cases);
        let mut falling = BTreeSet::from([item.clone()]);
        for member in &self.members {
            let open = standings.get(&member.item).is_some_and(|standing| standing.is_open());
            if open && !member.after.is_disjoint(&falling) {
                falling.insert(member.item.clone());
            }
        }
        falling.remove(item);
        falling
    }

    /// 串联事项的轮次: the waiting members whose check begins now, because what they wait for is done (rule L10).
    pub fn released(&self, cases: &MemberCases<'_>) -> Vec<ItemCode> {
        let waits = |item: &&ItemCode| cases.get(*item).is_some_and(|it| it.case.is_waiting());
        self.ready(cases).into_iter().filter(waits).cloned().collect()
    }

    /// 无法继续的事项: the members that cannot be accepted any more, because what they wait for has failed, each with why.
    /// Nothing else would ever end them.
    pub fn barred(&self, cases: &MemberCases<'_>) -> Vec<(ItemCode, Refusal)> {
        let standings = self.standings(cases);
        let blocked = |item: &&ItemCode| standings.get(*item) == Some(&MemberStanding::Blocked);
        let items = self.members.iter().map(|member| &member.item).filter(blocked);
        items.filter_map(|item| Some((item.clone(), self.may_accept(item, cases).err()?))).collect()
    }

    /// 暂缓与恢复: what goes on the record of the members that are under way, because what they wait for is open again or
    /// has failed, or is done after all (rule L10). Whose check has not begun waits anyhow; who is barred ends.
    ///
    /// # Errors
    /// `bad_text`, where more is in the way than can be told.
    pub fn holds(&self, cases: &MemberCases<'_>, today: NaiveDate) -> Result<Vec<(ItemCode, Event)>, Refusal> {
        let standings = self.standings(cases);
        let mut holds = Vec::new();
        for member in &self.members {
            let Some(MemberCase { case, .. }) = cases.get(&member.item) else { continue };
            let is_barred = standings.get(&member.item) == Some(&MemberStanding::Blocked);
            let is_open = Stage::UNDECIDED.contains(&case.stage);
            let has_begun = !case.is_waiting() || case.held_back.is_some();
            if is_barred || !is_open || !has_begun {
                continue;
            }
            let event = match (self.obstacle(member, cases), &case.held_back) {
                (Some(obstacle), held) => {
                    let reason = obstacle.holds_back(&title(&member.item, cases))?;
                    let failed = obstacle.failed;
                    // Held back for another reason, it is so from the same day on.
                    let alike = held.as_ref().filter(|it| it.failed == failed);
                    let since = alike.map_or(today, |it| it.since);
                    let is_told = alike.is_some_and(|it| it.reason == reason);
                    (!is_told).then_some(Event::HeldBack(HeldBack { reason, failed, since }))
                }
                // What was held back before its check was over begins that anew.
                (None, Some(_)) => (!case.is_waiting()).then_some(Event::HoldEnded),
                (None, None) => None,
            };
            holds.extend(event.map(|event| (member.item.clone(), event)));
        }
        Ok(holds)
    }

    /// Whether what waits for a member may be free, held back or barred, now that its case went from `before` to `after`
    /// (rule L10). What ends because it is barred bars nobody who is not barred already.
    pub fn may_move(before: &Case, after: &Case) -> bool {
        let settled = |case| of_itself(case).filter(|it| it.clears_successors() || it.bars_successors());
        after.package.is_some() && !after.is_barred() && settled(after) != settled(before)
    }

    /// Everything before `item` through members that are barred themselves.
    fn before(&self, item: &ItemCode, is_barred: &dyn Fn(&ItemCode) -> bool) -> BTreeSet<ItemCode> {
        let mut found = BTreeSet::new();
        let mut open = vec![item];
        while let Some(next) = open.pop() {
            let after = self.members.iter().find(|member| member.item == *next).map(|member| &member.after);
            for before in after.into_iter().flatten() {
                if found.insert(before.clone()) && is_barred(before) {
                    open.push(before);
                }
            }
        }
        found
    }
}

/// 前置事项 in the way of a member.
struct Obstacle {
    /// With how each stands.
    names: String,
    failed: bool,
}

impl Obstacle {
    /// Why a member that was under way waits again.
    fn holds_back(&self, title: &str) -> Result<Text<2000>, Refusal> {
        let names = &self.names;
        fixed(&match self.failed {
            true => format!("前置事项{names}未获准予，{title}不能受理或者准予"),
            false => format!("前置事项{names}恢复办理后尚未办成，{title}暂不受理或者准予"),
        })
    }
}

/// Before acceptance every material is open, while a correction is awaited too; after it only what was left open (rule
/// L8).
fn takes_file(member: &MemberCase<'_>, material: &MaterialCode) -> bool {
    let case = member.case;
    let is_open = match case.stage {
        Stage::InReview | Stage::Decided => case.intake.must_be_left_open(material).is_ok(),
        stage => Stage::of(Action::AttachFile).contains(&stage),
    };
    is_open && member.item.material(material).is_some()
}

fn not_a_member(item: &ItemCode) -> Refusal {
    Refusal::new("not_a_member", format!("事项「{item}」不在该套餐内"))
}

fn title(item: &ItemCode, cases: &MemberCases<'_>) -> String {
    cases.get(item).map_or_else(|| format!("「{item}」"), |it| format!("「{}」", it.item.name))
}

/// Acceptance starts the statutory clock, and nothing else does.
fn accepted(case: &Case) -> bool {
    case.clocks.statutory.is_some()
}

/// The day on which a case was decided, or ended without a decision.
fn ended_on(case: &Case) -> Option<NaiveDate> {
    let decided = [&case.clocks.promised, &case.clocks.statutory].into_iter().flatten().find_map(|it| it.stopped);
    decided.or_else(|| case.ended_at.map(Instant::day))
}
