//! What holds after every step, read off the record and the state alone.

use std::collections::HashSet;

use chrono::NaiveDate;
use escalation::{
    Cause, Channel, Event, Graded, Impasse, OrderState, Recorded, Rung, Source, State, Step, Supervision, Turn, Whose,
};
use kernel::{Role, ledger::LimitKind, responsibility::Taken};

use crate::hall::{Desk, PRACTICE};

/// `known` is how much of the record was there when the calendar in force last changed, or later.
pub(crate) fn hold(desk: &Desk, known: usize, what: &str) {
    assert_eq!(Impasse::fold(&desk.record), Some(desk.impasse.clone()), "{what}: the record tells another story");
    the_applicant_alone_closes(&desk.record, what);
    the_hotline_alone_has_it_redone(&desk.record, what);
    every_dissatisfied_round_is_followed_by_another(&desk.record, what);
    levels_fall_by_the_reform_office(&desk.record, what);
    what_binds_is_not_returned(desk, what);
    somebody_answers_for_it(desk, what);
    each_limit_runs_once_and_in_its_state(desk, what);
    reminders_are_sent_once_at_work(desk, known, what);
    steps_are_proposed_once_in_order_and_in_time(desk, known, what);
    it_sleeps_only_when_nothing_more_can_come(desk, what);
    orders_are_as_the_annex_wants_them(desk, what);
    every_number_is_used_once(desk, what);
    what_is_carried_was_approved(desk, what);
}

/// Clause D5-2: by themself, at the window, through their platform, or as the hotline was told that had brought it.
fn the_applicant_alone_closes(record: &[Recorded], what: &str) {
    let closings = record.iter().enumerate().filter(|(_, recorded)| matches!(recorded.event, Event::ClosedOut));
    for (at, closed) in closings {
        let before = &record[at - 1];
        let Event::SatisfactionRecorded(said) = &before.event else { panic!("{what}: {before:?}") };
        assert!(said.satisfied, "{what}: {said:?}");
        assert_eq!((&before.by, before.at), (&closed.by, closed.at), "{what}");
        let theirs = match said.source {
            Source::Applicant { .. } => closed.by.role == Role::Applicant,
            Source::Platform { .. } => closed.by.role == Role::Adapter,
            Source::AtTheWindow { .. } => closed.by.role == Role::Clerk,
            Source::HotlineCall { .. } => closed.by.role == Role::Hotline && came_by_hotline(record),
        };
        assert!(theirs, "{what}: {closed:?} upon {said:?}");
        let answers = record[..at].iter().filter(|recorded| matches!(recorded.event, Event::Answered { .. }));
        assert!(answers.count() > 0, "{what}: closed without an answer");
    }
    for (at, recorded) in record.iter().enumerate() {
        let satisfied = matches!(&recorded.event, Event::SatisfactionRecorded(said) if said.satisfied);
        let closes = record.get(at + 1).is_some_and(|next| matches!(next.event, Event::ClosedOut));
        assert_eq!(satisfied, closes, "{what}: {recorded:?}");
    }
}

fn came_by_hotline(record: &[Recorded]) -> bool {
    let first = record.first().map(|recorded| &recorded.event);
    matches!(first, Some(Event::ImpasseRegistered(it)) if it.channel == Channel::Hotline)
}

/// Clauses D5-2, G3: 重办 is no word of the applicant, and the hotline's that brought it.
fn the_hotline_alone_has_it_redone(record: &[Recorded], what: &str) {
    for recorded in record.iter().filter(|it| matches!(it.event, Event::RoundBegun { cause: Cause::Redo, .. })) {
        assert!(recorded.by.role == Role::Hotline && came_by_hotline(record), "{what}: {recorded:?}");
    }
}

/// Clause D5-2
fn every_dissatisfied_round_is_followed_by_another(record: &[Recorded], what: &str) {
    for (at, recorded) in record.iter().enumerate() {
        let Event::SatisfactionRecorded(said) = &recorded.event else { continue };
        assert_eq!((&said.by, said.at), (&recorded.by, recorded.at), "{what}: signed by another");
        if said.satisfied {
            continue;
        }
        let mut next = record[at + 1..].iter().take_while(|next| next.at == recorded.at && next.by == recorded.by);
        let begins = next.any(|next| matches!(next.event, Event::RoundBegun { .. }));
        assert!(begins, "{what}: dissatisfied, and nothing follows");
    }
}

/// Clauses D4-2 to D4-4
fn levels_fall_by_the_reform_office(record: &[Recorded], what: &str) {
    let mut level = None;
    for recorded in record {
        let Event::LevelSet { grading, .. } = &recorded.event else { continue };
        if level.is_some_and(|level| grading.level < level) {
            assert_eq!((recorded.by.role, &grading.how), (Role::ReformOfficer, &Graded::Lowered), "{what}");
        }
        let rises = matches!(grading.how, Graded::Raised | Graded::AfterRounds(_));
        assert!(!rises || Some(grading.level) > level, "{what}: {grading:?}");
        level = Some(grading.level);
    }
}

/// Rule L15: the supervision section and a meeting bind by what they refuse; a meeting rules unasked, but not on what binds.
fn what_binds_is_not_returned(desk: &Desk, what: &str) {
    let (mut binding, mut asked) = (HashSet::new(), HashSet::new());
    let (mut granted, mut met) = (0, false);
    for recorded in &desk.record {
        match &recorded.event {
            Event::RoundBegun { .. } => met = false,
            Event::Discussed { .. } => met = true,
            Event::OrderIssued(order) if order.binding || order.basis.rules() => {
                assert!(order.binding, "{what}: ruled, and yet not binding");
                binding.insert(order.sequence);
            }
            Event::OrderReturnRequested { order, .. } => {
                assert!(!binding.contains(order), "{what}: it binds");
                asked.insert(*order);
            }
            Event::OrderReturnRuled { order, ruling, binds } => {
                let was_asked = asked.remove(order);
                let may_be_a_meetings = met && recorded.by.role == Role::ReformOfficer;
                assert!(was_asked || may_be_a_meetings, "{what}: nobody asked");
                assert!(!binding.contains(order), "{what}: it binds");
                granted += u32::from(ruling.granted && was_asked);
                let supervises = recorded.by.role == Role::Supervisor && !ruling.granted;
                assert!(
                    *binds == supervises || (may_be_a_meetings && !ruling.granted),
                    "{what}: the centre does not rule"
                );
                if *binds {
                    binding.insert(*order);
                }
            }
            _ => {}
        }
    }
    assert!(granted <= desk.terms.returns, "{what}: returned {granted} times");
}

/// Clause D7-1: without gap or overlap, but for the time during which it was closed out.
fn somebody_answers_for_it(desk: &Desk, what: &str) {
    let impasse = &desk.impasse;
    let tenures = impasse.responsibility.tenures();
    assert_eq!(tenures[0].from, impasse.registered_at, "{what}");
    for pair in tenures.windows(2) {
        let reopened = pair[1].how == Taken::Reopened;
        assert!(pair[0].until == Some(pair[1].from) || reopened, "{what}: a gap: {pair:?}");
        assert!(pair[0].until <= Some(pair[1].from), "{what}: an overlap: {pair:?}");
    }
    assert_eq!(impasse.responsibility.now().is_none(), impasse.state == State::ClosedOut, "{what}");
}

fn each_limit_runs_once_and_in_its_state(desk: &Desk, what: &str) {
    let (impasse, limits) = (&desk.impasse, &desk.impasse.limits);
    let runs = |ledger: &Option<kernel::ledger::Ledger>| ledger.as_ref().is_some_and(|ledger| ledger.is_running());
    let state = impasse.state;
    assert_eq!(runs(&limits.filing), state == State::Registered, "{what}");
    assert_eq!(runs(&limits.triage), state == State::Filed, "{what}");
    assert_eq!(runs(&limits.handling), state == State::InHandling, "{what}");
    assert_eq!(runs(&limits.feedback), state == State::AwaitingApplicant, "{what}");
    assert_eq!(runs(&limits.review), state == State::Carried, "{what}");
    if runs(&limits.first_contact) {
        assert!(impasse.contacts.iter().all(|contact| !contact.reached), "{what}");
        assert!(!matches!(state, State::Carried | State::ClosedOut), "{what}");
    }
    let open = impasse.open_orders().count();
    assert!(open == 0 || state == State::InHandling, "{what}: an order that nobody can act on");
    for order in &impasse.orders {
        let ended = matches!(order.state, OrderState::Signed | OrderState::Returned);
        assert_eq!(order.limit.is_running(), !ended, "{what}: {order:?}");
        let acknowledged = order.responsible.is_some() || order.state == OrderState::Returned;
        assert_eq!(order.receipt.is_running(), !acknowledged, "{what}: {order:?}");
    }
    let mut seen = HashSet::new();
    for (ledger, order) in impasse.running() {
        let key = (ledger.kind.to_string(), order.map(|order| order.sequence));
        assert!(seen.insert(key), "{what}: a limit twice: {ledger:?}");
    }
    if let Some(round) = impasse.round() {
        assert!(state == State::ClosedOut || round.satisfaction.is_none(), "{what}: a round that is over");
    }
}

/// Each rung of a run of a limit once, and again only for another due date.
fn reminders_are_sent_once_at_work(desk: &Desk, known: usize, what: &str) {
    let mut seen = HashSet::new();
    for (at, recorded) in desk.record.iter().enumerate() {
        let Event::Reminded(sent) = &recorded.event else { continue };
        let turn = sent.turn.map(|turn| (turn.whose, turn.since));
        let key = (sent.limit.to_string(), sent.rung.to_string(), sent.order, sent.start, sent.due, turn);
        assert!(seen.insert(key), "{what}: {sent:?} twice");
        assert!(at < known || PRACTICE.at_work(recorded.at, desk.calendar()), "{what}: {recorded:?} out of hours");
        if sent.rung == Rung::Overdue {
            assert!(recorded.at.day() > sent.due, "{what}: {sent:?} too early");
        }
    }
}

/// Clause D10-1, rule L16: each step five working days after the last, once for a date that was missed, in working time.
fn steps_are_proposed_once_in_order_and_in_time(desk: &Desk, known: usize, what: &str) {
    let (mut climbed, mut proposed) = (std::collections::HashMap::new(), HashSet::new());
    let moved = dates_moved(desk);
    for (at, recorded) in desk.record.iter().enumerate() {
        let Event::SupervisionProposed { order, step, due, turn } = recorded.event else { continue };
        let missed = (order, due, turn.map(|turn| (turn.whose, turn.since)));
        assert!(proposed.insert((missed, step as i64)), "{what}: {recorded:?} twice");
        let number = climbed.entry(missed).or_insert(0_i64);
        *number += 1;
        // A date that the calendar moves in the middle of the ladder does not begin it anew.
        assert!(moved || step as i64 + 1 == *number, "{what}: {recorded:?} out of order");
        let from = turn.map_or(due, |turn| due.max(turn.since));
        let late = desk.calendar().working_days_between(from, recorded.at.day());
        assert!(at < known || late >= 5 * (step as i64 + 1), "{what}: {recorded:?} after {late} days");
        assert!(at < known || PRACTICE.at_work(recorded.at, desk.calendar()), "{what}: {recorded:?} out of hours");
    }
}

fn dates_moved(desk: &Desk) -> bool {
    desk.record.iter().any(|recorded| matches!(recorded.event, Event::DeadlinesMoved { .. }))
}

/// Clause D10-1, rules L16 and L17: whoever has the next step climbs, but for departments, which do with their orders, and
/// the government.
fn climbs(turn: &Turn) -> bool {
    matches!(turn.whose, Whose::Responsible | Whose::ReformOffice)
}

/// It need not be looked at again only if all that runs has been called overdue, and nobody's offer is open.
fn it_sleeps_only_when_nothing_more_can_come(desk: &Desk, what: &str) {
    let moved = dates_moved(desk);
    let called = desk.impasse.running().all(|(ledger, order)| {
        let sequence = order.map(|order| order.sequence);
        let due = ledger.due(desk.calendar(), desk.now.day()).date;
        let turn = desk.impasse.turn.filter(|_| matches!(ledger.kind, LimitKind::Handling | LimitKind::Feedback));
        let ladder = match (ledger.kind, order) {
            (LimitKind::Order, Some(order)) => Some(&order.supervision),
            (LimitKind::Handling, _) if turn.as_ref().is_some_and(climbs) => Some(&desk.impasse.supervision),
            _ => None,
        };
        // A step that was proposed for a date is for good, unless the limit was extended to a later one.
        let stands = |called: NaiveDate| called == due || (ledger.extensions.is_empty() && moved) || called > due;
        let is_top = |top: &Supervision| {
            let of_this_run = top.proposed_at.day() > ledger.start;
            (top.step, top.turn) == (Step::Accountability, turn) && of_this_run && stands(top.due)
        };
        let with_departments = turn.is_some_and(|turn| turn.whose == Whose::Departments);
        ladder.is_none_or(|ladder| ladder.iter().any(is_top))
            && desk.impasse.reminders.iter().any(|sent| {
                (with_departments || sent.turn == turn)
                    && (sent.limit, sent.rung, sent.order, sent.start)
                        == (ledger.kind, Rung::Overdue, sequence, ledger.start)
                    && sent.due >= due
            })
    });
    let quiet = desk.impasse.state == State::ClosedOut || (called && desk.impasse.hand_over.is_none());
    // A date that the calendar moved away again may be warned of, though it was called overdue.
    let sleeps = desk.wakes_at().is_none();
    assert!(sleeps == quiet || (moved && quiet), "{what}: wakes at {:?}", desk.wakes_at());
}

/// Clause D13-1
fn orders_are_as_the_annex_wants_them(desk: &Desk, what: &str) {
    for (at, order) in desk.impasse.orders.iter().enumerate() {
        assert_eq!(order.sequence as usize, at + 1, "{what}");
        assert!((1..=desk.impasse.rounds.len()).contains(&order.round), "{what}");
        assert!(order.limit.extensions.len() <= desk.terms.extensions as usize, "{what}: extended again");
        let signed = order.state == OrderState::Signed;
        assert_eq!(order.leader.is_some(), signed, "{what}");
        assert_eq!(order.completion.is_some(), signed || order.state == OrderState::Completed, "{what}");
        if let (Some(completion), Some(leader)) = (&order.completion, &order.leader) {
            assert_ne!(completion.signed.by.code, leader.by.code, "{what}: one person signed twice");
        }
        let seal = |text: &str| kernel::Registry::seal(&desk.numbers, text);
        for signed in order.completion.iter().map(|completion| &completion.signed).chain(&order.leader) {
            assert!(order.is_as_signed(desk.impasse.id, signed, seal), "{what}: signed something else");
        }
    }
}

fn every_number_is_used_once(desk: &Desk, what: &str) {
    let used: Vec<_> = desk.record.iter().filter(|recorded| !submits(recorded)).collect();
    let used: Vec<_> = used.iter().filter_map(|recorded| recorded.event.document()).collect();
    let issued: Vec<_> = desk.numbers.issued.iter().map(|(_, number)| number).collect();
    assert_eq!(used, issued, "{what}");
}

/// The packet's number is not the impasse's to take.
fn submits(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::SubmittedToGovernment { .. })
}

/// 挂账: open on the register, and by nobody's word but the reform office's.
fn what_is_carried_was_approved(desk: &Desk, what: &str) {
    let carried = desk.impasse.state == State::Carried;
    assert_eq!(desk.impasse.carrying.is_some(), carried, "{what}");
    assert_eq!(desk.impasse.closed_at.is_some(), desk.impasse.state == State::ClosedOut, "{what}");
    for recorded in &desk.record {
        if matches!(
            recorded.event,
            Event::CarryingApproved { .. } | Event::CarryingKept { .. } | Event::CarryingEnded { .. }
        ) {
            assert_eq!(recorded.by.role, Role::ReformOfficer, "{what}");
        }
    }
}
