//! What holds of any package and any state of its cases.

use std::collections::{BTreeMap, BTreeSet};

use casework::{
    Case,
    package::{Application, MemberStanding, ProgressState, Reckoning, choose},
};
use catalog::{Member, Package, VersionState};
use kernel::ItemCode;
use proptest::prelude::*;

use crate::scene::{CALENDAR, Fate, PRACTICE, RECEIVED, after, day, fated, filed, members, project};

/// A package of up to ten members in any order, each waiting for some that come earlier in a hidden one.
fn package() -> impl Strategy<Value = Package> {
    let codes: Vec<ItemCode> = RECEIVED.keys().cloned().collect();
    let parts = (2..=10_usize).prop_flat_map(move |size| {
        let chosen = proptest::sample::subsequence(codes.clone(), size).prop_shuffle();
        (chosen, proptest::collection::vec((any::<u16>(), any::<u16>(), any::<bool>()), size))
    });
    let listed = parts.prop_flat_map(|(codes, edges)| {
        let mut members: Vec<Member> = Vec::new();
        for (at, (one, other, optional)) in edges.into_iter().enumerate() {
            let before = members.iter().enumerate().filter(|(bit, _)| one & other >> bit & 1 == 1);
            let before: Vec<&Member> = before.map(|(_, member)| member).collect();
            let optional = optional || before.iter().any(|member| member.optional);
            let after = before.iter().map(|member| member.item.clone()).collect();
            members.push(Member { item: codes[at].clone(), after, optional });
        }
        Just(members).prop_shuffle()
    });
    listed.prop_map(|members| Package { members, shared: Vec::new(), state: VersionState::Published, ..project() })
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Received),
        2 => (0..20_u64).prop_map(Fate::Accepted),
        3 => (0..20_u64).prop_map(Fate::Granted),
        1 => (0..20_u64).prop_map(Fate::Refused),
        1 => (0..20_u64).prop_map(Fate::Revoked),
        1 => proptest::sample::select(vec![Fate::Withdrawn, Fate::Rejected, Fate::NotRequired]),
    ]
}

/// An application for everything in a package, whatever became of its members, lawful or not.
fn application() -> impl Strategy<Value = (Application, BTreeMap<ItemCode, Case>)> {
    (package(), proptest::collection::vec(fate(), 10)).prop_map(|(package, fates)| {
        let application = filed(&package, &package.members.iter().map(|member| member.item.clone()).collect());
        let cases = fated(application.members.iter().map(|member| &member.item).zip(fates));
        (application, cases)
    })
}

proptest! {
    /// Clause C1-1: whoever may choose these may choose those and one more that waits for nobody else.
    #[test]
    fn choosing_is_monotone(package in package(), mask in any::<u16>()) {
        let order: Vec<Member> = package.order().into_iter().cloned().collect();
        let wanted = order.iter().enumerate().filter(|(bit, member)| !member.optional || mask >> bit & 1 == 1);
        let mut chosen: BTreeSet<ItemCode> = wanted.map(|(_, member)| member.item.clone()).collect();
        let mut allowed = choose(&package, &chosen).is_ok();
        let closed = order.iter().filter(|it| chosen.contains(&it.item)).all(|it| it.after.is_subset(&chosen));
        prop_assert_eq!(allowed, closed && chosen.len() >= 2);
        for member in &order {
            if member.after.is_subset(&chosen) {
                chosen.insert(member.item.clone());
                let now = choose(&package, &chosen).is_ok();
                prop_assert!(now || !allowed);
                allowed = now;
            }
        }
    }

    /// Clause C1-1: every member is counted once, and the whole is open exactly as long as a part of it is.
    #[test]
    fn every_member_is_counted_once((application, cases) in application()) {
        let progress = application.progress(&members(&cases));
        let open = progress.waiting + progress.blocked + progress.under_way;
        let lost = progress.refused + progress.withdrawn + progress.grant_ended + progress.ended;
        let over = progress.granted + progress.not_required + lost;
        prop_assert_eq!(open + over, progress.total);
        prop_assert_eq!(progress.total, application.members.len());
        prop_assert_eq!(progress.state == ProgressState::Open, open > 0);
        prop_assert_eq!(progress.state == ProgressState::Complete, progress.granted + progress.not_required == progress.total);
    }

    /// Rule L10: a member that is not accepted may be when all before it are completed, and only then; its standing
    /// says the same.
    #[test]
    fn acceptance_waits_for_completion((application, cases) in application()) {
        let cases = members(&cases);
        let standings: BTreeMap<_, _> =
            application.progress(&cases).members.into_iter().map(|it| (it.item, it.standing)).collect();
        for member in &application.members {
            let before: Vec<MemberStanding> = member.after.iter().map(|it| standings[it]).collect();
            let verdict = application.may_accept(&member.item, &cases).map_err(|refusal| refusal.code);
            let wanted = if before.iter().all(|it| it.clears_successors()) {
                Ok(())
            } else if before.iter().any(|it| it.bars_successors()) {
                Err("predecessor_failed")
            } else {
                Err("predecessor_pending")
            };
            prop_assert_eq!(verdict, wanted);
            prop_assert!(standings[&member.item] != MemberStanding::Blocked || verdict == Err("predecessor_failed"));
            prop_assert!(standings[&member.item] != MemberStanding::Waiting || verdict == Err("predecessor_pending"));
        }
    }

    /// Clause C1-1, rule L10: the whole ends with the last of its members, and nobody who waits starts before the end
    /// of what comes first.
    #[test]
    fn the_whole_ends_with_its_last_member((application, cases) in application(), today in 20..90_u64) {
        let view = application.deadline(&members(&cases), &CALENDAR, &PRACTICE, day(today));
        let ends: BTreeMap<_, _> = view.members.iter().filter_map(|it| Some((&it.item, it.ends?))).collect();
        for end in ends.values() {
            prop_assert!(view.ends.is_some_and(|whole| whole.date >= end.date));
        }
        for (member, line) in application.members.iter().zip(&view.members) {
            prop_assert_eq!(line.standing == MemberStanding::Blocked, line.reckoning == Reckoning::Unknown);
            if line.reckoning == Reckoning::Expected {
                prop_assert!(line.starts >= Some(day(today)));
                prop_assert!(member.after.iter().all(|it| ends[it].date <= line.starts.unwrap()));
            }
        }
    }

    /// Clause C1-1: the critical path is of open members, each waiting for the one before it, and ends when the whole
    /// does; it is empty only when nothing that has a date is open.
    #[test]
    fn the_critical_path_leads_to_the_end((application, cases) in application(), today in 20..90_u64) {
        let today = day(today);
        let view = application.deadline(&members(&cases), &CALENDAR, &PRACTICE, today);
        let line = |item: &ItemCode| view.members.iter().find(|it| it.item == *item).unwrap();
        let dated = view.members.iter().any(|it| it.standing.is_open() && it.ends.is_some());
        prop_assert_eq!(view.critical.is_empty(), !dated);
        prop_assert!(view.critical.iter().all(|it| line(it).standing.is_open()));
        for pair in view.critical.windows(2) {
            prop_assert!(application.member(&pair[1]).unwrap().after.contains(&pair[0]));
            prop_assert_eq!(line(&pair[1]).starts, line(&pair[0]).ends.map(|it| it.date.max(today)));
        }
        if let Some(last) = view.critical.last() {
            prop_assert_eq!(line(last).ends.map(|it| it.date.max(today)), view.ends.map(|it| it.date));
        }
    }

    /// Clause C1-1: once a part is withdrawn, what falls with it could not have been granted, and nothing else falls.
    #[test]
    fn what_falls_is_what_is_barred((application, mut cases) in application(), at in any::<prop::sample::Index>()) {
        let gone = application.members[at.index(application.members.len())].item.clone();
        let before = application.progress(&members(&cases));
        let falls = application.falls_with(&gone, &members(&cases));
        prop_assert!(!falls.contains(&gone));
        cases.insert(gone.clone(), after(RECEIVED[&gone].clone(), Fate::Withdrawn));
        for item in &falls {
            let not_begun = cases[item].clocks.statutory.is_none();
            if not_begun {
                let code = application.may_accept(item, &members(&cases)).map_err(|refusal| refusal.code);
                let needs = application.member(item).unwrap();
                let direct = needs.after.contains(&gone);
                prop_assert!(!direct || code == Err("predecessor_failed"));
            }
        }
        let after = application.progress(&members(&cases));
        for (was, is) in before.members.iter().zip(&after.members) {
            let newly = was.standing != MemberStanding::Blocked && is.standing == MemberStanding::Blocked;
            prop_assert!(!newly || falls.contains(&is.item), "{} is barred and does not fall", is.item);
        }
    }
}
