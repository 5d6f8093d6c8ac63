//! 套餐进度.

use std::collections::BTreeMap;

use approval::Outcome;
use kernel::ItemCode;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{Application, MemberCases, accepted};
use crate::{
    case::{Case, CaseNumber},
    stage::Stage,
};

/// 事项进展: where one member stands as seen from the whole.
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
pub enum MemberStanding {
    /// 等待前置事项
    Waiting,
    /// 前置事项未获准予: cannot be accepted any more; it ends with what failed before it.
    Blocked,
    /// 办理中
    UnderWay,
    /// 准予, delivered or not.
    Granted,
    /// 不予
    Refused,
    /// 已撤回
    Withdrawn,
    /// 不受理: nothing has to be granted.
    NotRequired,
    /// 准予后被撤销或者注销: granted no longer.
    GrantEnded,
    /// 未经决定终止: rejected, or ended in another way.
    Ended,
}

impl MemberStanding {
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "等待前置事项",
            Self::Blocked => "因前置事项无法办理",
            Self::UnderWay => "办理中",
            Self::Granted => "准予",
            Self::Refused => "不予",
            Self::Withdrawn => "已撤回",
            Self::NotRequired => "无需办理",
            Self::GrantEnded => "准予后撤销或者注销",
            Self::Ended => "终止办理",
        }
    }

    /// Neither decided nor ended.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Blocked | Self::UnderWay)
    }

    /// What waits for it may be accepted (rule L10).
    pub fn clears_successors(self) -> bool {
        matches!(self, Self::Granted | Self::NotRequired)
    }

    /// What waits for it can never be accepted.
    pub fn bars_successors(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::GrantEnded | Self::Ended | Self::Blocked)
    }
}

/// 套餐状态.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProgressState {
    /// 办理中: some member is neither decided nor ended.
    Open,
    /// 全部办成: every member granted, or found not to be required.
    Complete,
    /// 部分办成
    Partial,
    /// 均未办成
    Failed,
    /// 全部撤回
    Withdrawn,
}

impl ProgressState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "办理中",
            Self::Complete => "全部办成",
            Self::Partial => "部分办成",
            Self::Failed => "均未办成",
            Self::Withdrawn => "全部撤回",
        }
    }
}

/// 套餐进度 (clause C1-1): one answer for the whole application. A member counts as granted from its decision on, as
/// long as the grant stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub state: ProgressState,
    pub total: usize,
    pub waiting: usize,
    pub blocked: usize,
    pub under_way: usize,
    pub granted: usize,
    pub refused: usize,
    pub withdrawn: usize,
    pub not_required: usize,
    pub grant_ended: usize,
    pub ended: usize,
    /// In Chinese, naming every member by how it stands.
    pub label: String,
    /// Each after all that it waits for.
    pub members: Vec<MemberProgress>,
}

/// 套餐内一个事项的进展.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberProgress {
    pub item: ItemCode,
    pub number: Option<CaseNumber>,
    pub standing: MemberStanding,
    /// Its case's stage, which says more than the standing.
    pub stage: Option<Stage>,
}

impl Application {
    /// 套餐进度: how far the members are together, and what came of each (clause C1-1).
    pub fn progress(&self, cases: &MemberCases<'_>) -> Progress {
        let standings = self.standings(cases);
        let members: Vec<MemberProgress> = standings_in_order(self, &standings)
            .map(|(item, standing)| {
                let case = cases.get(item).map(|it| it.case);
                let number = case.map(|case| case.number.clone());
                MemberProgress { item: item.clone(), number, standing, stage: case.map(|case| case.stage) }
            })
            .collect();
        let count = |standing| members.iter().filter(|member| member.standing == standing).count();
        let total = members.len();
        let (granted, not_required, withdrawn) =
            (count(MemberStanding::Granted), count(MemberStanding::NotRequired), count(MemberStanding::Withdrawn));
        let state = match granted + not_required {
            _ if members.iter().any(|member| member.standing.is_open()) => ProgressState::Open,
            achieved if achieved == total => ProgressState::Complete,
            0 if withdrawn == total => ProgressState::Withdrawn,
            0 => ProgressState::Failed,
            _ => ProgressState::Partial,
        };
        Progress {
            state,
            total,
            waiting: count(MemberStanding::Waiting),
            blocked: count(MemberStanding::Blocked),
            under_way: count(MemberStanding::UnderWay),
            granted,
            refused: count(MemberStanding::Refused),
            withdrawn,
            not_required,
            grant_ended: count(MemberStanding::GrantEnded),
            ended: count(MemberStanding::Ended),
            label: label(state, &members, cases),
            members,
        }
    }

    /// Where every member stands, members before their successors deciding what becomes of these.
    pub(super) fn standings(&self, cases: &MemberCases<'_>) -> BTreeMap<&ItemCode, MemberStanding> {
        let mut standings = BTreeMap::new();
        for member in &self.members {
            let before = || member.after.iter().map(|it| standings.get(it).copied().unwrap_or(MemberStanding::Waiting));
            let standing = match cases.get(&member.item).and_then(|it| of_itself(it.case)) {
                Some(standing) => standing,
                None if before().any(MemberStanding::bars_successors) => MemberStanding::Blocked,
                None if before().all(MemberStanding::clears_successors) && cases.contains_key(&member.item) => {
                    MemberStanding::UnderWay
                }
                None => MemberStanding::Waiting,
            };
            standings.insert(&member.item, standing);
        }
        standings
    }
}

fn standings_in_order<'a>(
    application: &'a Application,
    standings: &BTreeMap<&'a ItemCode, MemberStanding>,
) -> impl Iterator<Item = (&'a ItemCode, MemberStanding)> {
    let standing = |item: &ItemCode| standings.get(item).copied().unwrap_or(MemberStanding::Waiting);
    application.members.iter().map(move |member| (&member.item, standing(&member.item)))
}

/// What the case says without looking at the others; None before acceptance, when it is for the others to say.
pub(super) fn of_itself(case: &Case) -> Option<MemberStanding> {
    match case.stage {
        Stage::Withdrawn => Some(MemberStanding::Withdrawn),
        Stage::NotRequired => Some(MemberStanding::NotRequired),
        stage if stage.is_final() && stage != Stage::Closed => Some(MemberStanding::Ended),
        stage => match case.outcome() {
            Some(Outcome::Grant) if case.issuance.has_ended() => Some(MemberStanding::GrantEnded),
            Some(Outcome::Grant) => Some(MemberStanding::Granted),
            Some(Outcome::Refuse) => Some(MemberStanding::Refused),
            None if stage.is_final() => Some(MemberStanding::Ended),
            None => accepted(case).then_some(MemberStanding::UnderWay),
        },
    }
}

fn label(state: ProgressState, members: &[MemberProgress], cases: &MemberCases<'_>) -> String {
    let name = |item: &ItemCode| cases.get(item).map_or_else(|| item.to_string(), |it| it.item.name.to_string());
    let group = |standing: &MemberStanding| {
        let names: Vec<String> =
            members.iter().filter(|member| member.standing == *standing).map(|member| name(&member.item)).collect();
        (!names.is_empty()).then(|| format!("{}{}项（{}）", standing.label(), names.len(), names.join("、")))
    };
    const IN_TURN: [MemberStanding; 9] = [
        MemberStanding::Granted,
        MemberStanding::Refused,
        MemberStanding::Withdrawn,
        MemberStanding::NotRequired,
        MemberStanding::GrantEnded,
        MemberStanding::Ended,
        MemberStanding::UnderWay,
        MemberStanding::Waiting,
        MemberStanding::Blocked,
    ];
    let groups: Vec<String> = IN_TURN.iter().filter_map(group).collect();
    format!("{}：共{}项，{}", state.label(), members.len(), groups.join("，"))
}
