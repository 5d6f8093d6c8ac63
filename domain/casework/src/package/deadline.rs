//! 套餐时限.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{
    Calendar, Due, ItemCode, Practice,
    ledger::{Ledger, LimitKind, binding},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{Application, MemberCases, MemberStanding, ended_on};
use crate::case::{Case, CaseNumber};

/// 日期性质: what a member's date is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reckoning {
    /// 法定或者承诺的到期日: a clock runs.
    Running,
    /// 预计日期: no clock runs yet; binds nobody.
    Expected,
    /// 办结日期: decided or ended.
    Ended,
    /// 无法预计: it cannot be accepted any more, or is not known.
    Unknown,
}

/// 套餐时限 (clause C1-1): one view of when every member, and with the last of them the whole, is to be decided.
/// Delivery is each member's own and stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The day by which the last member is decided. None where no member has a date.
    pub ends: Option<Due>,
    /// 关键路径: the open members that the end hangs on, the first of them first; a day won there is a day won. Empty
    /// when nothing is open any more.
    pub critical: Vec<ItemCode>,
    /// Each after all that it waits for.
    pub members: Vec<MemberDeadline>,
}

/// 套餐内一个事项的时限.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDeadline {
    pub item: ItemCode,
    pub number: Option<CaseNumber>,
    pub standing: MemberStanding,
    pub reckoning: Reckoning,
    /// Of the clocks that run, the one that binds (rule L12).
    pub limit: Option<LimitKind>,
    /// The day on which the clock started or is expected to; itself not counted.
    pub starts: Option<NaiveDate>,
    /// The binding due date, the expected one, or the day on which it ended.
    pub ends: Option<Due>,
    /// The due date has passed.
    pub overdue: bool,
    /// 送达期限, while it runs.
    pub delivery: Option<Due>,
}

impl Application {
    /// 套餐时限: the binding due dates of the members whose clocks run; for those that wait, the dates to expect if every
    /// predecessor is completed on its last day and the item's promised limit starts then (rules L10, L12); for those
    /// that wait for nobody but the window, if they are accepted today. What is expected counts its days the way a case
    /// will (`practice`). An overdue predecessor is expected today at the earliest.
    pub fn deadline(
        &self,
        cases: &MemberCases<'_>,
        calendar: &Calendar,
        practice: &Practice,
        today: NaiveDate,
    ) -> Deadline {
        let standings = self.standings(cases);
        let mut reckoned: BTreeMap<&ItemCode, Forecast> = BTreeMap::new();
        let mut members = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let standing = standings.get(&member.item).copied().unwrap_or(MemberStanding::Waiting);
            let limit = cases.get(&member.item).and_then(|it| running(it.case, calendar, today));
            // With anything open before it no date can be told, unless its own clock runs already.
            let before: Option<Vec<&Forecast>> = member.after.iter().map(|it| reckoned.get(it)).collect();
            let line = match (standing, cases.get(&member.item)) {
                (MemberStanding::UnderWay, _) if limit.is_some() => {
                    limit.map(|it| (Reckoning::Running, Some(it.start), it.due(calendar, today)))
                }
                (MemberStanding::UnderWay | MemberStanding::Waiting, Some(own)) => before.map(|before| {
                    let last = before.iter().max_by_key(|it| it.completed.date);
                    let start = last.map_or(today, |it| it.completed.date.max(today));
                    let due = practice.limit(LimitKind::Promised, own.item.promised, start).due(calendar, today);
                    let provisional = due.provisional || before.iter().any(|it| it.completed.provisional);
                    (Reckoning::Expected, Some(start), Due { provisional, ..due })
                }),
                (MemberStanding::Blocked | MemberStanding::Waiting | MemberStanding::UnderWay, _) => None,
                (_, own) => own.and_then(|own| {
                    let start = own.case.clocks.statutory.as_ref().map(|it| it.start);
                    Some((Reckoning::Ended, start, Due { date: ended_on(own.case)?, provisional: false }))
                }),
            };
            if let Some((reckoning, _, ends)) = line {
                let open = reckoning != Reckoning::Ended;
                let date = if open { ends.date.max(today) } else { ends.date };
                let after = (reckoning == Reckoning::Expected).then_some(&member.after);
                reckoned.insert(&member.item, Forecast { open, completed: Due { date, ..ends }, after });
            }
            let (reckoning, starts, ends) = line
                .map_or((Reckoning::Unknown, None, None), |(reckoning, starts, ends)| (reckoning, starts, Some(ends)));
            let case = cases.get(&member.item).map(|it| it.case);
            members.push(MemberDeadline {
                item: member.item.clone(),
                number: case.map(|case| case.number.clone()),
                standing,
                reckoning,
                limit: limit.map(|it| it.kind),
                starts,
                ends,
                overdue: limit.is_some_and(|it| it.is_overdue(calendar, today)),
                delivery: case.and_then(|case| delivery(case, calendar, today)),
            });
        }
        Deadline { ends: last(&reckoned), critical: self.critical(&reckoned), members }
    }

    /// The dates of its own whose day, or whose certainty, the new calendar changes: the end of the whole first, then what is
    /// expected of each member.
    pub fn moved_by(
        &self,
        cases: &MemberCases<'_>,
        (old, new): (&Calendar, &Calendar),
        practice: &Practice,
        today: NaiveDate,
    ) -> Vec<PackageMove> {
        let (before, after) = (self.deadline(cases, old, practice, today), self.deadline(cases, new, practice, today));
        let moved = |item: Option<&ItemCode>, before: Option<Due>, after: Option<Due>| {
            let (before, after) = before.zip(after).filter(|(before, after)| before != after)?;
            Some(PackageMove { item: item.cloned(), before, after })
        };
        let members = before.members.iter().zip(&after.members);
        let expected = members.filter(|(before, _)| before.reckoning == Reckoning::Expected);
        let whole = moved(None, before.ends, after.ends);
        whole.into_iter().chain(expected.filter_map(|(a, b)| moved(Some(&a.item), a.ends, b.ends))).collect()
    }

    /// From the open member that is completed last back through those it starts after, as long as they are open. Of two
    /// that are completed on one day the later in order stands, so that a member done on the spot ends the path.
    fn critical(&self, reckoned: &BTreeMap<&ItemCode, Forecast<'_>>) -> Vec<ItemCode> {
        let latest = |among: &dyn Fn(&ItemCode) -> bool| {
            let members = self.members.iter().map(|member| &member.item).filter(|item| among(item));
            let open = members.filter_map(|item| Some((item, reckoned.get(item).filter(|it| it.open)?)));
            open.max_by_key(|(_, it)| it.completed.date)
        };
        let mut path = Vec::new();
        let mut next = latest(&|_| true);
        while let Some((item, forecast)) = next {
            path.push(item.clone());
            next = forecast.after.and_then(|after| latest(&|item| after.contains(item)));
        }
        path.reverse();
        path
    }
}

/// 套餐时限的变动: a date of the package's own, which a new edition of the calendar moved. Limits that run are their cases'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageMove {
    /// The member whose expected date it is; None of the end of the whole.
    pub item: Option<ItemCode>,
    pub before: Due,
    pub after: Due,
}

/// When a member is completed, as far as can be told.
struct Forecast<'a> {
    open: bool,
    completed: Due,
    /// What it starts after, where that is still to come.
    after: Option<&'a BTreeSet<ItemCode>>,
}

fn last(reckoned: &BTreeMap<&ItemCode, Forecast<'_>>) -> Option<Due> {
    let date = reckoned.values().map(|it| it.completed.date).max()?;
    Some(Due { date, provisional: reckoned.values().any(|it| it.completed.provisional) })
}

/// The limit for the decision that binds, while it runs.
fn running<'a>(case: &'a Case, calendar: &Calendar, today: NaiveDate) -> Option<&'a Ledger> {
    let limits = [&case.clocks.promised, &case.clocks.statutory].into_iter().flatten();
    binding(limits.filter(|ledger| ledger.stopped.is_none()), calendar, today)
}

fn delivery(case: &Case, calendar: &Calendar, today: NaiveDate) -> Option<Due> {
    let ledger = case.clocks.delivery.as_ref().filter(|ledger| ledger.stopped.is_none())?;
    Some(ledger.due(calendar, today))
}
