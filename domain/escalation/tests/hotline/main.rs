//! 12345 工单: the clock, returns, rulings, rounds, and the matrix of states and acts.
#![allow(clippy::unwrap_used)]

mod desk;
mod merges;
mod pressing;
mod properties;

use desk::{Desk, actor, back, escalate, offer, reply, ruling, text, word};
use escalation::{
    DeadlineMove,
    figures::Period,
    hotline::{
        Act, Answer, CodeMap, Command, Dispatch, Event, LegalRoute, Measure, Message, Milestone, State, WorkOrderKind,
        dispatch,
    },
};
use kernel::{
    Calendar, Context, Role, WorkingDays,
    calendar::{Arrangement, Override},
    id::ImpasseId,
    ledger::LimitKind,
};
use strum::VariantArray;

/// Rule L15: five working days from dispatch; signing for it, late or early, changes nothing.
#[test]
fn the_clock_runs_from_dispatch() {
    let desk = Desk::dispatched(false);
    assert_eq!(desk.due(), "2026-03-11");
    assert_eq!(desk.after(30).section(Command::Acknowledge).due(), "2026-03-11");
}

/// Rule L15: within twenty-four hours of dispatch and not a moment later.
#[test]
fn it_is_returned_within_its_hours() {
    assert_eq!(Desk::dispatched(false).after(24).section(back()).order.state, State::Returned);
    let mut late = Desk::dispatched(false).after(24);
    late.now = late.now.plus(chrono::Duration::seconds(1));
    assert_eq!(late.refuses(back()), "return_too_late");
}

/// Rule L15: an assigned unit may not return.
#[test]
fn what_is_assigned_is_not_returned() {
    assert_eq!(Desk::dispatched(true).refuses(back()), "assigned_not_returnable");
}

/// Rule L15: rejected, it is ours for good; upheld, it is not; neither touches the clock.
#[test]
fn the_hotline_rules_on_a_return() {
    let mut ours = Desk::dispatched(false).section(back()).hears(ruling(false));
    assert_eq!((ours.order.state, ours.due().as_str()), (State::Acknowledged, "2026-03-11"));
    assert_eq!(ours.refuses(back()), "return_rejected_before");
    let mut gone = Desk::dispatched(false).section(back()).hears(ruling(true));
    assert_eq!(gone.order.state, State::NotOurs);
    assert_eq!(gone.refuses(reply()), "wrong_state");
    assert_eq!(gone.try_it(Role::Hotline, Command::Receive(word(true))).unwrap_err().code, "not_ours");
}

fn again(desk: Desk) -> Desk {
    let dispatched_at = desk.now;
    desk.hears(Message::Dispatch(Dispatch { dispatched_at, ..offer(false) }))
}

/// Rule L15: what the hotline dispatches anew after a return was upheld has a limit of its own from then on; what ran before
/// ended with the return and stays on the record. Returns are counted over the whole life.
#[test]
fn a_new_dispatch_has_a_clock_of_its_own() {
    let first = Desk::dispatched(false).section(back()).hears(ruling(true));
    let ended = first.order.limits.clone();
    assert_eq!(ended[0].stopped, Some(first.now.day()));
    let desk = again(first.after(20));
    assert_eq!((desk.order.state, desk.due().as_str()), (State::Dispatched, "2026-03-12"));
    assert_eq!((&desk.order.limits[..1], desk.order.round), (&ended[..], 1));
    let desk = again(desk.section(back()).hears(ruling(true)).after(20));
    let mut desk = desk.after(1);
    assert_eq!(desk.refuses(back()), "returned_too_often");
    assert_eq!(desk.due(), "2026-03-13");
    let march = Period { from: "2026-03-01".parse().unwrap(), to: "2026-03-31".parse().unwrap() };
    let first_day = Period { to: "2026-03-04".parse().unwrap(), ..march };
    let dispatches = |period| Measure::Dispatched.of(&desk.order, period);
    assert_eq!((dispatches(first_day), dispatches(march)), (1, 3));
}

/// Rule L15: with its own limit it may be extended again, and is late by that limit alone.
#[test]
fn a_new_dispatch_begins_at_the_beginning() {
    let ask = || Command::AskExtension { reason: text("等待配件。") };
    let asked = Desk::dispatched(false).section(Command::Acknowledge).section(ask()).section(back());
    let mut late = asked.after(24 * 8);
    assert_eq!((late.passes(), late.order.ran_out), (1, true), "while the hotline has not ruled");
    let desk = again(late.hears(ruling(true)).after(24));
    assert_eq!((desk.order.ran_out, desk.due().as_str()), (false, "2026-03-20"));
    let granted = Message::ExtensionRuling { approved: true, reason: None };
    let mut unasked = desk.clone();
    let refused = unasked.try_it(Role::Hotline, Command::Receive(granted.clone())).unwrap_err();
    assert_eq!(refused.code, "no_extension_asked", "what was asked before is over");
    let extended = desk.section(Command::Acknowledge).section(ask()).hears(granted);
    assert_eq!(extended.due(), "2026-03-27");
}

/// What was recorded before has one limit over all dispatches, and reads as it did.
#[test]
fn a_new_dispatch_of_old_goes_on_with_the_limit() {
    let mut desk = Desk::dispatched(false).section(back()).hears(ruling(true)).after(20);
    let Event::Dispatched { dispatch, return_until, returns_allowed, .. } = desk.events[0].event.clone() else {
        panic!("{:?}", desk.events[0])
    };
    let old = Event::Dispatched { dispatch, limit: None, return_until, returns_allowed };
    desk.take(vec![old], &actor(Role::Hotline));
    assert_eq!((desk.due().as_str(), desk.order.limits.len()), ("2026-03-11", 1));
    assert!(desk.order.limit().unwrap().is_running() && desk.order.redispatched_at.is_empty());
}

/// Rule L15: five working days more, once, when the hotline says so.
#[test]
fn it_is_extended_once_and_with_approval() {
    let ask = || Command::AskExtension { reason: text("等待配件。") };
    let approve = |approved| Message::ExtensionRuling { approved, reason: None };
    let asked = Desk::dispatched(false).section(Command::Acknowledge).section(ask());
    assert_eq!(asked.due(), "2026-03-11", "asked is not granted");
    let mut granted = asked.clone().hears(approve(true));
    assert_eq!(granted.due(), "2026-03-18");
    assert_eq!(granted.refuses(ask()), "extension_asked_before");
    assert_eq!(granted.try_it(Role::Hotline, Command::Receive(approve(true))).unwrap_err().code, "no_extension_asked");
    assert_eq!(asked.hears(approve(false)).due(), "2026-03-11");
    let mut late = Desk::dispatched(false).section(Command::Acknowledge).after(24 * 8);
    assert_eq!(late.refuses(ask()), "limit_ran_out");
}

/// Clause G3: three answers, and dissatisfaction goes back with a round and a limit of its own.
#[test]
fn dissatisfaction_begins_another_round() {
    let done = Desk::dispatched(false)
        .section(Command::Acknowledge)
        .section(reply())
        .section(Command::Complete { note: None });
    assert_eq!(done.order.limit().unwrap().stopped, Some(done.now.day()));
    let content = done.clone().hears(word(true));
    assert_eq!((content.order.state, content.order.round), (State::Completed, 1));
    let again = done.clone().after(24).hears(word(false));
    assert_eq!((again.order.state, again.order.round, again.due().as_str()), (State::InHandling, 2, "2026-03-12"));
    let redone = done.after(24).hears(Message::Redo { reason: text("仍未解决。") });
    assert_eq!((redone.order.state, redone.order.round), (State::InHandling, 2));
    let mut early = Desk::dispatched(false).section(Command::Acknowledge);
    assert_eq!(early.try_it(Role::Hotline, Command::Receive(word(true))).unwrap_err().code, "not_answered");
}

/// What belongs to a court or a petition office is answered with the way there and never becomes an impasse.
#[test]
fn the_legal_route_is_an_answer() {
    for route in LegalRoute::VARIANTS {
        let tell = Command::TellRoute { route: *route, explanation: text("请依法提起。") };
        let mut desk = Desk::dispatched(false).section(Command::Acknowledge).section(tell);
        let told: Vec<&Answer> = desk.order.answers.iter().collect();
        assert_eq!((desk.order.state, told[0].route), (State::RouteTold, Some(*route)));
        let impasse = ImpasseId::fresh(desk.now);
        assert_eq!(desk.refuses(Command::RegisterImpasse { impasse }), "wrong_state");
        assert_eq!(desk.section(Command::Complete { note: None }).order.state, State::Completed);
    }
}

/// Clause G3: from its registration on an impasse drives the order, and nobody else does.
#[test]
fn an_impasse_drives_its_order() {
    let start = || {
        let desk = Desk::dispatched(false).section(Command::Acknowledge);
        let impasse = ImpasseId::fresh(desk.now);
        desk.section(Command::RegisterImpasse { impasse })
    };
    let mut desk = start();
    for command in [reply(), Command::TellRoute { route: LegalRoute::Petition, explanation: text("信访。") }] {
        assert_eq!(desk.refuses(command), "impasse_drives");
    }
    let follow = |desk: Desk, milestone| desk.section(Command::Follow(milestone));
    let desk = follow(follow(desk, Milestone::Filed), Milestone::OrderIssued);
    assert_eq!(desk.order.state, State::InHandling);
    let mut desk = follow(desk, Milestone::Answered);
    assert_eq!((desk.order.state, desk.refuses(Command::Complete { note: None })), (State::Answered, "impasse_drives"));
    let desk = follow(desk, Milestone::SentBack);
    assert_eq!((desk.order.state, desk.order.round), (State::InHandling, 2));
    assert_eq!(follow(desk.clone(), Milestone::SentBack).order.round, 2, "there already");
    let carried = follow(desk.clone(), Milestone::Carried);
    assert_eq!(
        (carried.order.state, carried.order.state.is_settled()),
        (State::Carried, false),
        "never counted as done"
    );
    assert_eq!(follow(follow(desk, Milestone::Answered), Milestone::ClosedOut).order.state, State::Completed);
}

/// Rule L15: overtime is put on record once a limit.
#[test]
fn running_out_is_recorded_once() {
    let mut desk = Desk::dispatched(false).after(24 * 7);
    desk.passes();
    assert!(!desk.order.ran_out, "on the last day");
    let mut desk = desk.after(24);
    assert_eq!((desk.passes(), desk.passes()), (2, 0), "it ran out, and somebody is told");
    let ran_out = desk.events.iter().filter(|it| it.event == Event::RanOut).count();
    assert_eq!((desk.order.ran_out, ran_out), (true, 1));
    assert_eq!(desk.order.wakes_at(&desk.calendar, &desk.practice, desk.now), None);
}

/// Rules L1, L15: an escalation that came after an edition of the calendar was counted by it from its first day.
#[test]
fn what_began_after_an_edition_did_not_move() {
    let then = Desk::dispatched(false).section(Command::Acknowledge);
    let desk = then.clone().hears(escalate());
    let holiday =
        Override { date: "2026-03-05".parse().unwrap(), kind: Arrangement::Holiday, name: "试验假".into() };
    let new = desk.calendar.merged_with(&Calendar::from_iter([holiday]));
    let moves = desk.order.moved_by(&desk.calendar, &new, desk.now.day());
    let limits = |moves: &[DeadlineMove]| moves.iter().map(|it| it.limit).collect::<Vec<_>>();
    assert_eq!(limits(&moves), [LimitKind::WorkOrder, LimitKind::WorkOrderEscalation]);
    let before = desk.order.moved_since(Some(&then.order), moves.clone());
    assert_eq!(limits(&before), [LimitKind::WorkOrder]);
    assert!(desk.order.moved_since(None, moves).is_empty(), "it was not there yet");
}

#[test]
fn duplicates_are_merged() {
    let merge = |into: &str| Message::Merge { into: into.parse().unwrap() };
    let waiting = Desk::dispatched(false).section(Command::Acknowledge).hears(merge("W-2"));
    assert_eq!(waiting.order.state, State::Acknowledged, "W-2 is not there yet");
    assert!(waiting.order.limit().unwrap().is_running());
    let merged = waiting.merges_into(&Desk::numbered("W-2").order);
    assert_eq!((merged.order.state, &merged.order.awaits_merge), (State::Merged, &None));
    let mut itself = Desk::dispatched(false);
    assert_eq!(itself.try_it(Role::Hotline, Command::Receive(merge("W-1"))).unwrap_err().code, "merged_into_itself");
}

/// Clause G3: what is to be raised and has no impasse presses the supervision section within its limit, however often it is
/// asked for; it is late once, and over with the impasse or the refusal.
#[test]
fn what_is_to_be_raised_presses_the_section() {
    let mut desk = Desk::dispatched(false).section(Command::Acknowledge).hears(escalate()).hears(escalate());
    assert_eq!((desk.order.escalated, desk.order.escalations.len()), (2, 1));
    let decline = || Command::DeclineEscalation { reason: text("部门正在抢修。") };
    let impasse = ImpasseId::fresh(desk.now);
    let raised = desk.clone().section(Command::RegisterImpasse { impasse });
    assert_eq!(raised.order.pending_escalation(), None);
    assert!(raised.order.escalations[0].ruling.as_ref().unwrap().granted);
    desk = desk.after(24);
    assert_eq!(desk.passes(), 0, "the day after the dispatch is its last");
    desk = desk.after(24);
    assert_eq!((desk.passes(), desk.passes()), (1, 0));
    assert!(desk.order.escalations[0].ran_out);
    let mut declined = desk.section(decline());
    assert!(!declined.order.escalations[0].ruling.as_ref().unwrap().granted);
    assert_eq!(declined.refuses(decline()), "no_escalation_pending");
    let again = declined.hears(escalate());
    assert_eq!(
        (again.order.escalations.len(), again.order.pending_escalation().map(|it| it.ran_out)),
        (2, Some(false))
    );
}

/// Clause G3: while the hotline rules on a return nobody here is late; not ours, it is nobody's.
#[test]
fn nobody_is_pressed_while_a_return_is_ruled_on() {
    let mut desk = Desk::dispatched(false).section(back()).hears(escalate()).after(72);
    assert_eq!(desk.passes(), 0);
    let mut ours = desk.clone().hears(ruling(false));
    assert_eq!((ours.passes(), ours.order.escalations[0].ran_out), (1, true));
    assert_eq!(desk.hears(ruling(true)).order.pending_escalation(), None);
}

#[test]
fn a_dispatch_is_not_of_tomorrow() {
    let desk = Desk::dispatched(false);
    let by = actor(Role::Hotline);
    let ctx = Context { now: desk.now, actor: &by, calendar: &desk.calendar, practice: &desk.practice };
    let tomorrow = Dispatch { dispatched_at: desk.now.plus(chrono::Duration::days(1)), ..offer(false) };
    assert_eq!(dispatch(tomorrow, &desk.terms, &ctx).unwrap_err().code, "dispatched_in_future");
    assert_eq!(desk.terms.handling, WorkingDays(5));
}

/// State × act: read it before accepting it.
#[test]
fn state_by_act() {
    let start = || Desk::dispatched(false);
    let acknowledged = || start().section(Command::Acknowledge);
    let with_impasse = || {
        let desk = acknowledged();
        let impasse = ImpasseId::fresh(desk.now);
        desk.section(Command::RegisterImpasse { impasse })
    };
    let told = Command::TellRoute { route: LegalRoute::Litigation, explanation: text("请诉讼。") };
    let desks = [
        ("dispatched", start()),
        ("assigned", Desk::dispatched(true)),
        ("acknowledged", acknowledged()),
        ("returned", start().section(back())),
        ("rejected", start().section(back()).hears(ruling(false))),
        ("not_ours", start().section(back()).hears(ruling(true))),
        ("impasse", with_impasse()),
        ("carried", with_impasse().section(Command::Follow(Milestone::Carried))),
        ("answered", acknowledged().section(reply())),
        ("route_told", acknowledged().section(told)),
        ("escalated", acknowledged().hears(escalate())),
        ("and_answered", acknowledged().hears(escalate()).section(reply())),
        ("completed", acknowledged().section(reply()).section(Command::Complete { note: None })),
        ("merged", acknowledged().merges_into(&Desk::numbered("W-2").order)),
    ];
    let mut table = String::new();
    for (name, desk) in &desks {
        let by = actor(Role::Supervisor);
        let ctx = Context { now: desk.now, actor: &by, calendar: &desk.calendar, practice: &desk.practice };
        for act in Act::VARIANTS {
            let verdict = desk.order.guard(*act, &ctx).map_or_else(|refusal| refusal.code, |()| "yes");
            table += &format!("{name:12} {act:20} {verdict}\n");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn codes_are_data() {
    let mut map = CodeMap::default();
    assert_eq!(map.kind("help").unwrap(), WorkOrderKind::Help);
    assert_eq!(map.kind("01").unwrap_err().0, "01");
    assert!(map.category("0305").is_err());
    map.routes.insert("0305".to_owned(), LegalRoute::Petition);
    assert_eq!(map.category("0305").unwrap(), (None, Some(LegalRoute::Petition)));
    map.kinds.insert("01".to_owned(), WorkOrderKind::Complaint);
    map.states.insert(State::Completed, "90".to_owned());
    map.states.remove(&State::Merged);
    assert_eq!(
        (map.kind("01").unwrap(), map.state(State::Completed), map.state(State::Merged)),
        (WorkOrderKind::Complaint, "90", "merged")
    );
}
