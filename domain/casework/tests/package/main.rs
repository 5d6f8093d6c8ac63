//! One application over several items, clause C1-1, and the order they come in, rule L10.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../hall/mod.rs"]
mod hall;
mod held_back;
mod lives;
#[path = "../model/mod.rs"]
mod model;
mod properties;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use casework::{
    Command, OnTheSpot, Stage,
    package::{Application, MemberStanding, ProgressState, Reckoning, choose},
};
use catalog::DeliveryMethod;
use chrono::NaiveDate;
use hall::{Desk, Person, collector, item, morning, result, text};
use intake::ScopeFinding;
use kernel::{Practice, ledger::LimitKind};
use scene::{
    CALENDAR, ENVIRONMENT, FILING, Fate, GRANT, MORTGAGE, PERMIT, PRACTICE, PROJECT, code, day, filed, lines, members,
    project, set, stood, whole,
};
use serde_json::json;

/// Clause C1-1: what is optional may be left out, what is not may not, and nothing else may come in.
#[test]
fn an_applicant_chooses_among_the_optional_members() {
    let package = project();
    let chosen = |items: &[&str]| choose(&package, &set(items)).map(|it| it.len()).map_err(|refusal| refusal.code);
    assert_eq!(chosen(&PROJECT), Ok(5));
    assert_eq!(chosen(&[FILING, ENVIRONMENT, PERMIT]), Ok(3));
    assert_eq!(chosen(&[FILING, PERMIT, GRANT]), Err("member_required"));
    assert_eq!(chosen(&[FILING, ENVIRONMENT, PERMIT, "law-legal-aid"]), Err("not_a_member"));
    assert_eq!(chosen(&[]), Err("member_required"));
    let gone = package.withdraw().unwrap();
    assert_eq!(choose(&gone, &set(&PROJECT)).unwrap_err().code, "package_not_on_offer");
}

/// Clause C1-1, rule L10: with a member comes everything it waits for; one item alone is an ordinary case.
#[test]
fn a_chosen_member_brings_its_predecessors() {
    let mut package = project();
    package.members.iter_mut().for_each(|member| member.optional = true);
    let refused = |items: &[&str]| choose(&package, &set(items)).unwrap_err().code;
    assert_eq!(refused(&[FILING, PERMIT]), "predecessor_not_chosen");
    assert_eq!(refused(&[GRANT, MORTGAGE]), "predecessor_not_chosen");
    assert_eq!(refused(&[MORTGAGE]), "too_few_members");
    let order = choose(&package, &set(&[FILING, ENVIRONMENT])).unwrap();
    assert_eq!(order.iter().map(|member| member.item.as_str()).collect::<Vec<_>>(), [FILING, ENVIRONMENT]);
}

/// Clause C1-1: an application has a case for each member, keeps the shared materials that concern it, and is stored.
#[test]
fn an_application_names_a_case_for_every_chosen_member() {
    let application = filed(&project(), &set(&[FILING, ENVIRONMENT, PERMIT]));
    assert_eq!(application.cases.keys().cloned().collect::<BTreeSet<_>>(), set(&[FILING, ENVIRONMENT, PERMIT]));
    assert_eq!(application.cases.values().collect::<BTreeSet<_>>().len(), 3);
    let uses: Vec<usize> = application.shared.iter().map(|shared| shared.uses.len()).collect();
    assert_eq!(uses, [2, 1, 1, 1], "the mortgage and the grant are not asked for");
    let body = serde_json::to_string(&application).unwrap();
    assert_eq!(serde_json::from_str::<Application>(&body).unwrap(), application);
}

/// Rule L10: parallel members are ready from the receipt on; a serial one waits for the written completion.
#[test]
fn a_serial_member_waits_for_its_predecessors() {
    let application = whole();
    let ready = |fates: &[(&str, Fate)]| {
        let cases = stood(fates);
        application.ready(&members(&cases)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ready(&[]), [FILING, MORTGAGE]);
    assert_eq!(ready(&[(FILING, Fate::Accepted(0))]), [MORTGAGE]);
    assert_eq!(ready(&[(FILING, Fate::Granted(1))]), [ENVIRONMENT, GRANT, MORTGAGE]);
    assert_eq!(ready(&[(FILING, Fate::Granted(1)), (ENVIRONMENT, Fate::Granted(9))]), [PERMIT, GRANT, MORTGAGE]);

    let cases = stood(&[(FILING, Fate::Granted(1))]);
    let refusal = application.may_accept(&code(PERMIT), &members(&cases)).unwrap_err();
    assert_eq!(refusal.code, "predecessor_pending");
    insta::assert_snapshot!(refusal.detail, @"「建筑工程施工许可证核发」须在前置事项「建设项目环境影响报告表审批」（办理中）书面办结后受理");
    assert_eq!(application.may_accept(&code("law-legal-aid"), &members(&cases)).unwrap_err().code, "not_a_member");
}

/// Rule L10: a predecessor refused, rejected or withdrawn makes the successor impossible, through any number of steps.
#[test]
fn a_failed_predecessor_bars_what_comes_after_it() {
    let application = whole();
    for fate in [Fate::Refused(3), Fate::Rejected, Fate::Withdrawn] {
        let cases = stood(&[(FILING, fate)]);
        for successor in [ENVIRONMENT, PERMIT, GRANT] {
            let refusal = application.may_accept(&code(successor), &members(&cases)).unwrap_err();
            assert_eq!(refusal.code, "predecessor_failed", "{successor} after {fate:?}");
            assert!(refusal.detail.contains("企业投资项目备案"), "names the cause: {}", refusal.detail);
        }
        assert_eq!(application.may_accept(&code(MORTGAGE), &members(&cases)), Ok(()));
    }
    let cases = stood(&[(FILING, Fate::Refused(3))]);
    let refusal = application.may_accept(&code(PERMIT), &members(&cases)).unwrap_err();
    insta::assert_snapshot!(refusal.detail, @"前置事项「企业投资项目备案」（不予）未获准予，「建筑工程施工许可证核发」不能受理");
}

/// Rule L10, 行政许可法 art. 32(1)(1): where the law asks for no permission, nobody waits for one.
#[test]
fn an_item_that_is_not_required_holds_nobody_up() {
    let cases = stood(&[(FILING, Fate::NotRequired)]);
    let application = whole();
    assert_eq!(application.may_accept(&code(ENVIRONMENT), &members(&cases)), Ok(()));
    assert_eq!(application.handed_on(&code(ENVIRONMENT), &members(&cases)), Some(day(0)));
}

/// Rule L10: the next agency has a member from the last completion before it, whatever the order they came in.
#[test]
fn the_next_agency_starts_on_the_last_completion() {
    let application = whole();
    let cases = stood(&[(FILING, Fate::Granted(7)), (ENVIRONMENT, Fate::Granted(3))]);
    assert_eq!(application.handed_on(&code(PERMIT), &members(&cases)), Some(day(7)));
    assert_eq!(application.handed_on(&code(MORTGAGE), &members(&cases)), None, "it waits for nobody");
    let cases = stood(&[(FILING, Fate::Granted(7)), (ENVIRONMENT, Fate::Accepted(7))]);
    assert_eq!(application.handed_on(&code(PERMIT), &members(&cases)), None, "not completed");
}

/// Clause C1-1, rule L10, on a case that was really decided at the window.
#[test]
fn a_decision_at_the_window_opens_the_way() {
    let scope = Command::CheckScope { finding: ScopeFinding::Within, note: None };
    let mut desk = Desk::open(item(FILING), Person::Clerk, DeliveryMethod::PickUp);
    let mut cases = stood(&[]);
    let application = whole();
    cases.insert(code(FILING), desk.case.clone());
    assert_eq!(application.may_accept(&code(GRANT), &members(&cases)).unwrap_err().code, "predecessor_pending");
    desk = desk.after(Person::Clerk, scope).with_materials_in_order();
    let (reasons, result) = (text("当场核实"), result(desk.now));
    let sitting = OnTheSpot { reasons, result, handed_to: Some(collector()) };
    desk = desk.after(Person::Clerk, Command::DecideOnTheSpot(sitting));
    cases.insert(code(FILING), desk.case);
    assert_eq!(application.may_accept(&code(GRANT), &members(&cases)), Ok(()));
    assert_eq!(application.handed_on(&code(GRANT), &members(&cases)), Some(morning().day()));
    assert_eq!(application.progress(&members(&cases)).granted, 1);
}

/// Rule L10: what waits is released by the last of those before it that is done, once.
#[test]
fn a_completion_releases_what_waits_for_it_alone() {
    let application = whole();
    let released = |fates: &[(&str, Fate)]| {
        let mut cases = stood(fates);
        for item in [ENVIRONMENT, PERMIT, GRANT] {
            let case = cases.get_mut(&code(item)).unwrap();
            if case.stage == Stage::UnderCheck {
                case.clocks.check = None;
            }
        }
        application.released(&members(&cases)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(released(&[]), [""; 0]);
    assert_eq!(released(&[(FILING, Fate::Granted(1))]), [ENVIRONMENT, GRANT]);
    assert_eq!(released(&[(FILING, Fate::NotRequired)]), [ENVIRONMENT, GRANT]);
    assert_eq!(released(&[(FILING, Fate::Refused(1))]), [""; 0]);
    assert_eq!(released(&[(FILING, Fate::Granted(1)), (ENVIRONMENT, Fate::Granted(2))]), [PERMIT, GRANT]);
    assert!(application.released(&members(&stood(&[(FILING, Fate::Granted(1))]))).is_empty(), "not what has begun");
}

/// Rule L10: what waits for a failed item, through any number of steps, is to end; and only a case that now stands
/// otherwise moves others.
#[test]
fn a_failure_bars_all_that_waits_for_it() {
    let application = whole();
    let barred = |fates: &[(&str, Fate)]| {
        let cases = stood(fates);
        application
            .barred(&members(&cases))
            .into_iter()
            .map(|(item, why)| (item.to_string(), why.code))
            .collect::<Vec<_>>()
    };
    let all = |items: &[&str]| items.iter().map(|it| ((*it).to_owned(), "predecessor_failed")).collect::<Vec<_>>();
    assert_eq!(barred(&[]), []);
    assert_eq!(barred(&[(FILING, Fate::Granted(1))]), []);
    assert_eq!(barred(&[(FILING, Fate::Refused(1))]), all(&[ENVIRONMENT, PERMIT, GRANT]));
    assert_eq!(
        barred(&[(FILING, Fate::Revoked(1)), (ENVIRONMENT, Fate::Accepted(1))]),
        all(&[PERMIT, GRANT]),
        "not what is accepted"
    );
    assert_eq!(barred(&[(FILING, Fate::Withdrawn), (PERMIT, Fate::Withdrawn)]), all(&[ENVIRONMENT, GRANT]));

    let case = |fate| {
        let mut case = stood(&[(FILING, fate)]).remove(&code(FILING)).unwrap();
        case.package = Some(application.id);
        case
    };
    let moves = |before, after| Application::may_move(&case(before), &case(after));
    assert!(moves(Fate::Received, Fate::Withdrawn) && moves(Fate::Accepted(0), Fate::Granted(1)));
    assert!(moves(Fate::Accepted(0), Fate::Refused(1)) && moves(Fate::Granted(1), Fate::Revoked(1)));
    assert!(!moves(Fate::Received, Fate::Accepted(0)) && !moves(Fate::Granted(1), Fate::Granted(1)));
    assert!(moves(Fate::NotRequired, Fate::Received), "reopened, it holds back what went on without it");
}

/// Clause C1-1: a file handed in once goes to every member that uses it and still takes files.
#[test]
fn a_shared_material_is_handed_in_once() {
    let application = whole();
    let (title, proof) = ("land-title".parse().unwrap(), "filing-proof".parse().unwrap());
    let spread = |fates: &[(&str, Fate)], shared| {
        let cases = stood(fates);
        let uses = application.spread(shared, &members(&cases)).unwrap();
        uses.iter().map(|it| format!("{}/{}", it.item, it.material)).collect::<Vec<_>>()
    };
    let all = [
        "project-environment-report/site-proof",
        "project-construction-permit/land-approval",
        "finance-mortgage-registration/title-certificate",
    ];
    assert_eq!(spread(&[], &title), all);
    assert_eq!(spread(&[(MORTGAGE, Fate::Granted(1))], &title), all[..2]);
    assert_eq!(spread(&[(ENVIRONMENT, Fate::Withdrawn)], &title), all[1..]);
    assert_eq!(spread(&[], &proof).len(), 2);
    let mut cases = stood(&[(ENVIRONMENT, Fate::Accepted(1))]);
    cases.get_mut(&code(PERMIT)).unwrap().stage = Stage::AwaitingCorrection;
    let left_open = |cases: &BTreeMap<_, _>| application.spread(&title, &members(cases)).unwrap().len();
    assert_eq!(left_open(&cases), 2, "not what is accepted, but what is to be corrected");
    let condition = json!({ "missing": ["site-proof"], "undertaking": "承诺", "met_at": null });
    let accepted = cases.get_mut(&code(ENVIRONMENT)).unwrap();
    accepted.intake.condition = Some(serde_json::from_value(condition).unwrap());
    assert_eq!(left_open(&cases), 3, "and what was accepted without it");
    let cases = stood(&[]);
    let refusal = application.spread(&"contract".parse().unwrap(), &members(&cases)).unwrap_err();
    assert_eq!(refusal.code, "material_not_shared");
}

/// Clause C1-1: one progress; what came of every part is named.
#[test]
fn the_progress_names_partial_outcomes() {
    let application = whole();
    let states = |fates: &[(&str, Fate)]| {
        let cases = stood(fates);
        application.progress(&members(&cases))
    };
    let all = |fate| PROJECT.map(|item| (item, fate));
    assert_eq!(states(&[]).state, ProgressState::Open);
    assert_eq!(states(&all(Fate::Granted(3))).state, ProgressState::Complete);
    assert_eq!(states(&all(Fate::Refused(3))).state, ProgressState::Failed);
    assert_eq!(states(&all(Fate::Withdrawn)).state, ProgressState::Withdrawn);
    assert_eq!(states(&all(Fate::NotRequired)).state, ProgressState::Complete);

    let mixed = [Fate::Granted(1), Fate::Refused(8), Fate::Withdrawn, Fate::Granted(9), Fate::Rejected];
    let fates: Vec<_> = PROJECT.into_iter().zip(mixed).collect();
    let partial = states(&fates);
    assert_eq!(partial.state, ProgressState::Partial);
    assert_eq!((partial.granted, partial.refused, partial.withdrawn, partial.ended), (2, 1, 1, 1));
    insta::assert_snapshot!(partial.label, @"部分办成：共5项，准予2项（企业投资项目备案、工业企业技术改造项目财政补助申报），不予1项（建设项目环境影响报告表审批），已撤回1项（建筑工程施工许可证核发），终止办理1项（不动产抵押权首次登记）");

    let open = states(&fates[..2]);
    assert_eq!((open.state, open.blocked, open.under_way), (ProgressState::Open, 1, 2));
    insta::assert_snapshot!(open.label, @"办理中：共5项，准予1项（企业投资项目备案），不予1项（建设项目环境影响报告表审批），办理中2项（工业企业技术改造项目财政补助申报、不动产抵押权首次登记），因前置事项无法办理1项（建筑工程施工许可证核发）");
    insta::assert_snapshot!(states(&[(FILING, Fate::Accepted(0))]).label, @"办理中：共5项，办理中2项（企业投资项目备案、不动产抵押权首次登记），等待前置事项3项（建设项目环境影响报告表审批、建筑工程施工许可证核发、工业企业技术改造项目财政补助申报）");
}

/// Clause C1-1, 行政许可法 arts. 69, 70: what was granted and is revoked or cancelled later is granted no longer, and what
/// waits for it cannot be accepted.
#[test]
fn a_grant_that_has_ended_does_not_count() {
    let application = whole();
    let all = PROJECT.map(|item| (item, Fate::Granted(3)));
    let cases = stood(&[&all[1..], &[(FILING, Fate::Revoked(3))]].concat());
    let progress = application.progress(&members(&cases));
    assert_eq!((progress.state, progress.granted, progress.grant_ended), (ProgressState::Partial, 4, 1));
    assert!(progress.label.contains("准予后撤销或者注销1项（企业投资项目备案）"), "{}", progress.label);
    let failed = stood(&PROJECT.map(|item| (item, Fate::Revoked(3))));
    assert_eq!(application.progress(&members(&failed)).state, ProgressState::Failed);

    let cases = stood(&[(FILING, Fate::Revoked(3))]);
    let refusal = application.may_accept(&code(GRANT), &members(&cases)).unwrap_err();
    assert_eq!(refusal.code, "predecessor_failed");
    assert_eq!(application.handed_on(&code(GRANT), &members(&cases)), None);
}

/// Clause C1-1, rules L10, L12: what runs shows its binding date; what waits, the date to expect.
#[test]
fn one_view_shows_every_date() {
    let application = whole();
    let view = |fates: &[(&str, Fate)], today| {
        let cases = stood(fates);
        lines(&application.deadline(&members(&cases), &CALENDAR, &PRACTICE, today))
    };
    insta::assert_snapshot!(view(&[], day(0)), @r"
    project-investment-filing expected 2026-03-02 .. 2026-03-02
    project-environment-report expected 2026-03-02 .. 2026-03-16
    project-construction-permit expected 2026-03-16 .. 2026-03-18
    policy-technology-upgrade-grant expected 2026-03-02 .. 2026-03-23
    finance-mortgage-registration expected 2026-03-02 .. 2026-03-03
    2026-03-23 project-investment-filing > policy-technology-upgrade-grant
    ");
    let under_way = [(FILING, Fate::Granted(1)), (ENVIRONMENT, Fate::Accepted(2)), (MORTGAGE, Fate::Granted(2))];
    insta::assert_snapshot!(view(&under_way, day(2)), @r"
    project-investment-filing ended 2026-03-02 .. 2026-03-03
    project-environment-report running 2026-03-04 .. 2026-03-18
    project-construction-permit expected 2026-03-18 .. 2026-03-20
    policy-technology-upgrade-grant expected 2026-03-04 .. 2026-03-25
    finance-mortgage-registration ended 2026-03-02 .. 2026-03-04
    2026-03-25 policy-technology-upgrade-grant
    ");
}

/// Clause C1-1, rules L10, L12: what is to be expected is counted the way a case will be, where the first day counts too.
#[test]
fn what_is_expected_is_counted_as_a_case_will_be() {
    let practice = Practice { day_zero_counts: true, ..Practice::default() };
    let cases = stood(&[(FILING, Fate::Granted(1))]);
    let ends = |practice: &Practice| {
        let view = whole().deadline(&members(&cases), &CALENDAR, practice, day(1));
        view.members.iter().map(|it| it.ends.map(|due| due.date)).collect::<Vec<_>>()
    };
    let accepted = |of: &str, on| {
        let promised = practice.limit(LimitKind::Promised, item(of).promised, on);
        promised.due(&CALENDAR, day(1)).date
    };
    let environment = accepted(ENVIRONMENT, day(1));
    let expected =
        [day(1), environment, accepted(PERMIT, environment), accepted(GRANT, day(1)), accepted(MORTGAGE, day(1))];
    assert_eq!(ends(&practice), expected.map(Some));
    assert!(ends(&practice) < ends(&PRACTICE), "the first day counts to the applicant's advantage");
}

/// Rules L4, L12: the decision ends a member's part in the whole; its delivery limit stands beside it.
#[test]
fn delivery_stands_beside_the_decision() {
    let cases = stood(&[(FILING, Fate::Granted(1)), (ENVIRONMENT, Fate::Accepted(2))]);
    let view = whole().deadline(&members(&cases), &CALENDAR, &PRACTICE, day(2));
    assert_eq!(view.members[0].delivery.map(|due| due.date), Some(day(15)), "ten working days after the decision");
    assert_eq!(view.members[0].ends.map(|due| due.date), Some(day(1)));
    assert_eq!((view.members[0].limit, view.members[1].limit), (None, Some(LimitKind::Promised)));
}

/// Rule L10: what waits for an overdue predecessor starts today at the earliest; what is barred has no date.
#[test]
fn an_overdue_predecessor_pushes_what_waits_for_it() {
    let application = whole();
    let cases = stood(&[(FILING, Fate::Granted(0)), (ENVIRONMENT, Fate::Accepted(0)), (GRANT, Fate::Withdrawn)]);
    let view = application.deadline(&members(&cases), &CALENDAR, &PRACTICE, day(60));
    assert!(view.members[1].overdue);
    assert_eq!(view.members[2].starts, Some(day(60)));
    let cases = stood(&[(FILING, Fate::Refused(1))]);
    let view = application.deadline(&members(&cases), &CALENDAR, &PRACTICE, day(2));
    let unknown = view.members.iter().filter(|it| it.reckoning == Reckoning::Unknown);
    assert_eq!(unknown.map(|it| it.item.clone()).collect::<BTreeSet<_>>(), set(&[ENVIRONMENT, PERMIT, GRANT]));
    assert!(view.members.iter().all(|it| (it.standing == MemberStanding::Blocked) == it.ends.is_none()));
}

/// Clause C1-1, rule L1: beyond the published calendar the end is provisional, and so is all that follows from it.
#[test]
fn an_end_beyond_the_published_year_is_provisional() {
    let application = whole();
    let cases = stood(&[]);
    let today = NaiveDate::from_ymd_opt(2026, 12, 21).unwrap();
    let view = application.deadline(&members(&cases), &CALENDAR, &PRACTICE, today);
    insta::assert_snapshot!(lines(&view), @r"
    project-investment-filing expected 2026-12-21 .. 2026-12-21
    project-environment-report expected 2026-12-21 .. 2027-01-04 暂定
    project-construction-permit expected 2027-01-04 .. 2027-01-06 暂定
    policy-technology-upgrade-grant expected 2026-12-21 .. 2027-01-11 暂定
    finance-mortgage-registration expected 2026-12-21 .. 2026-12-22
    2027-01-11 暂定 project-investment-filing > policy-technology-upgrade-grant
    ");
}

/// Clause C1-1: with a part falls what needs it, unless that is decided or ended already.
#[test]
fn what_needs_a_withdrawn_member_falls_with_it() {
    let application = whole();
    let falls = |item: &str, fates: &[(&str, Fate)]| {
        let cases = stood(fates);
        application.falls_with(&code(item), &members(&cases))
    };
    assert_eq!(falls(FILING, &[]), set(&[ENVIRONMENT, PERMIT, GRANT]));
    assert_eq!(falls(ENVIRONMENT, &[(FILING, Fate::Granted(1))]), set(&[PERMIT]));
    assert_eq!(falls(MORTGAGE, &[]), set(&[]));
    assert_eq!(falls(FILING, &[(GRANT, Fate::Withdrawn)]), set(&[ENVIRONMENT, PERMIT]));
}
