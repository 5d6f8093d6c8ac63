//! 暂缓办理: what was under way when an item before it was taken up again, or failed (rule L10).

use std::collections::BTreeMap;

use approval::Outcome;
use casework::{Case, Command, Event, HeldBack, Recorded, Stage, begin_check, predecessor_failed};
use kernel::{Actor, Centre, ItemCode, access::Who};

use crate::{
    hall::{
        Numbers, Person,
        acts::{accepted, assign, decide, lacking, notify, review},
        lenient, text,
    },
    scene::{ENVIRONMENT, FILING, Fate, GRANT, PERMIT, RECEIVED, after, code, day, members, noon, stood, whole},
};

fn system() -> Actor {
    Actor { centre: Centre::WENLING, who: Who::System }
}

fn held(failed: bool) -> Event {
    Event::HeldBack(HeldBack { reason: text("前置事项恢复办理后尚未办成"), failed, since: day(0) })
}

/// What goes on the record of the members, in their order.
fn held_back(cases: &BTreeMap<ItemCode, Case>) -> Vec<(ItemCode, Event)> {
    whole().holds(&members(cases), day(2)).unwrap()
}

fn happens(cases: &mut BTreeMap<ItemCode, Case>, events: Vec<(ItemCode, Event)>) {
    for (item, event) in events {
        let case = cases.get_mut(&item).unwrap();
        let recorded = Recorded { version: case.version + 1, at: noon(day(2)), by: system().signature(), event };
        case.apply(&recorded);
    }
}

/// Rule L10: an item that was not required, or was granted, clears the way for as long as it stays so. What went on without
/// it is held back, told once, and goes on when that is done again.
#[test]
fn what_went_on_is_held_back_while_its_predecessor_is_open_again() {
    let mut cases = stood(&[(FILING, Fate::NotRequired), (GRANT, Fate::Accepted(1))]);
    cases.get_mut(&code(PERMIT)).unwrap().clocks.check = None;
    assert_eq!(held_back(&cases), []);

    cases.insert(code(FILING), RECEIVED[&code(FILING)].clone());
    let events = held_back(&cases);
    let items: Vec<_> = events.iter().map(|(item, _)| item.as_str()).collect();
    assert_eq!(items, [ENVIRONMENT, GRANT], "what has not begun waits anyhow");
    happens(&mut cases, events);
    assert_eq!(held_back(&cases), [], "told once");
    let (environment, grant) = (&cases[&code(ENVIRONMENT)], &cases[&code(GRANT)]);
    assert!(environment.is_waiting() && grant.stage == Stage::InReview);
    let why = grant.held_back.as_ref().unwrap();
    assert_eq!((why.refusal().code, why.since), ("predecessor_pending", day(2)));
    insta::assert_snapshot!(why.reason.as_str(), @"前置事项「企业投资项目备案」（办理中）恢复办理后尚未办成，「工业企业技术改造项目财政补助申报」暂不受理或者准予");

    cases.insert(code(FILING), after(RECEIVED[&code(FILING)].clone(), Fate::Granted(2)));
    assert_eq!(whole().released(&members(&cases)), [code(ENVIRONMENT)], "its check begins anew");
    let events = held_back(&cases);
    assert_eq!(events, [(code(GRANT), Event::HoldEnded)]);
    happens(&mut cases, events);
    assert_eq!(cases[&code(GRANT)].held_back, None);
    let stored = serde_json::to_string(&cases[&code(ENVIRONMENT)]).unwrap();
    assert_eq!(serde_json::from_str::<Case>(&stored).unwrap(), cases[&code(ENVIRONMENT)]);
}

/// Rule L10: where it fails in the end, what is not accepted ends with it, and what is accepted can only be refused.
#[test]
fn what_is_accepted_is_not_granted_after_a_predecessor_that_failed() {
    for fate in [Fate::Refused(2), Fate::Revoked(2), Fate::Withdrawn] {
        let mut cases = stood(&[(FILING, fate), (GRANT, Fate::Accepted(1)), (ENVIRONMENT, Fate::Granted(1))]);
        let barred: Vec<_> = whole().barred(&members(&cases)).into_iter().map(|(item, _)| item).collect();
        assert_eq!(barred, [code(PERMIT)], "not what is accepted: {fate:?}");
        let events = held_back(&cases);
        happens(&mut cases, events);
        assert_eq!(cases[&code(GRANT)].held_back.as_ref().unwrap().refusal().code, "predecessor_failed");
        assert_eq!(cases[&code(ENVIRONMENT)].held_back, None, "what is decided stays decided");
    }
}

/// Rule L10: an item between that ends for what failed before it is no reason of its own, until that is done after all; and
/// who is held back for another reason has been so all along.
#[test]
fn the_end_of_what_is_barred_is_not_told_again() {
    let mut cases = stood(&[(FILING, Fate::Revoked(2)), (PERMIT, Fate::Accepted(1))]);
    let events = held_back(&cases);
    assert_eq!(events.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>(), [PERMIT]);
    happens(&mut cases, events);
    let told = |cases: &BTreeMap<ItemCode, Case>| cases[&code(PERMIT)].held_back.clone().unwrap();
    let filing =
        "前置事项「企业投资项目备案」（准予后撤销或者注销）未获准予，「建筑工程施工许可证核发」不能受理或者准予";
    assert_eq!(told(&cases).reason.as_str(), filing);

    let barred = whole().barred(&members(&cases));
    let (_, why) = barred.iter().find(|(item, _)| *item == code(ENVIRONMENT)).unwrap();
    let ends = predecessor_failed(why, &mut Numbers::default()).unwrap();
    happens(&mut cases, vec![(code(ENVIRONMENT), ends)]);
    assert!(cases[&code(ENVIRONMENT)].is_barred());
    assert_eq!(held_back(&cases), [], "told once");
    let refusal = whole().may_accept(&code(PERMIT), &members(&cases)).unwrap_err();
    assert_eq!(refusal.detail, filing.replace("或者准予", ""));

    cases.insert(code(FILING), after(RECEIVED[&code(FILING)].clone(), Fate::Granted(4)));
    let events = whole().holds(&members(&cases), day(5)).unwrap();
    happens(&mut cases, events);
    let environment =
        "前置事项「建设项目环境影响报告表审批」（终止办理）未获准予，「建筑工程施工许可证核发」不能受理或者准予";
    assert_eq!((told(&cases).reason.as_str(), told(&cases).since), (environment, day(2)));
}

/// Rules L6, L10: whoever is held back under check is neither accepted nor deemed accepted; its five days run anew.
#[test]
fn time_does_not_accept_what_is_held_back() {
    let mut desk = lacking(lenient(), &[]);
    desk.record(&system(), &[held(false)]);
    assert!(desk.case.is_waiting());
    assert_eq!(desk.refused(Person::Clerk, Command::Accept), "predecessor_pending");
    assert_eq!(desk.until("2026-03-20T09:00:00"), [], "not by time either");
    let begun = begin_check(&desk.context(&system()));
    desk.record(&system(), &[begun]);
    assert_eq!((desk.case.clocks.check.as_ref().unwrap().start, desk.case.clocks.earlier.len()), (desk.now.day(), 1));
    let desk = desk.after(Person::Clerk, Command::Accept);
    assert_eq!(desk.case.held_back, None);
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));

    let mut told = lacking(lenient(), &[0]).after(Person::Clerk, notify(lenient(), &[0], 10));
    told.record(&system(), &[held(false)]);
    let corrected = told.after(Person::Clerk, Command::SubmitCorrections);
    assert!(corrected.case.is_waiting(), "what was corrected meanwhile waits too");
    assert_eq!(Case::fold(&corrected.record).as_ref(), Some(&corrected.case));
}

/// Rule L10: what is held back in review may be refused for what it is, and granted when its hold has ended.
#[test]
fn what_is_held_back_is_not_granted() {
    let by = Person::Reviewer;
    let mut desk = accepted(lenient()).after(by, assign(by, lenient())).after(by, review(Outcome::Grant));
    for (failed, code) in [(false, "predecessor_pending"), (true, "predecessor_failed")] {
        desk.record(&system(), &[held(failed)]);
        assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), code);
        let refused = desk.clone().after(Person::Approver, decide(Outcome::Refuse));
        assert_eq!(refused.case.stage, Stage::Decided);
        assert_eq!(refused.case.held_back, None, "a refusal waits for nobody");
        assert_eq!(Case::fold(&refused.record).as_ref(), Some(&refused.case));
    }
    desk.record(&system(), &[Event::HoldEnded]);
    assert_eq!(desk.after(Person::Approver, decide(Outcome::Grant)).case.stage, Stage::Decided);
}
