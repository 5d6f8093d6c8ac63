//! 到期: what time does to an impasse by itself, each thing once, late rather than never (clauses D3-1 to D5-1, D7-1).

use escalation::{Addressee, Event, Level, Outcome, Rung};
use kernel::{
    Calendar, DocumentKind, Instant,
    calendar::{Arrangement, Override},
    ledger::LimitKind,
    responsibility::Responsible,
};

use crate::hall::{
    self, Desk, LAND, Person, acts, at, department, morning, registration,
    scene::{acknowledged, answered, carried, closed_out, filed, graded, online, ordered, registered, returned},
};

/// The reminders among what happened: when, of which limit, which rung.
fn reminders(happened: Vec<(Instant, Event)>) -> Vec<(Instant, LimitKind, Rung)> {
    let reminder = |(at, event)| match event {
        Event::Reminded(reminder) => Some((at, reminder.limit, reminder.rung)),
        _ => None,
    };
    happened.into_iter().filter_map(reminder).collect()
}

fn of(kind: LimitKind, happened: Vec<(Instant, Event)>) -> Vec<(Instant, Rung)> {
    reminders(happened).into_iter().filter(|(_, limit, _)| *limit == kind).map(|(at, _, rung)| (at, rung)).collect()
}

fn last_addressee(desk: &Desk, limit: LimitKind) -> Addressee {
    desk.impasse.reminders.iter().rev().find(|sent| sent.limit == limit).unwrap().to.clone()
}

/// Clause D3-1: the same day presses from the first minute, and it is overdue the next morning.
#[test]
fn first_contact_presses_at_once() {
    let mut desk = online();
    assert_eq!(desk.wakes_at(), Some(morning()));
    let sent = of(LimitKind::FirstContact, desk.wait_until(at("2026-03-10T12:00:00")));
    assert_eq!(sent, [(morning(), Rung::Amber), (at("2026-03-03T08:30:00"), Rung::Overdue)]);
    let fallback = Addressee::Responsible(Responsible::Window(desk.impasse.fallback.clone()));
    assert_eq!(last_addressee(&desk, LimitKind::FirstContact), fallback);
    let mut reached = online().after(Person::Clerk, acts::contact(true));
    assert!(of(LimitKind::FirstContact, reached.wait_until(at("2026-03-10T12:00:00"))).is_empty());
}

/// What comes at night presses when people are at work.
#[test]
fn nobody_is_reminded_at_night() {
    let brought = registration(escalation::Channel::Online);
    let mut desk = Desk::register(brought, Person::Adapter, at("2026-03-06T23:30:00")).unwrap();
    let sent = of(LimitKind::FirstContact, desk.wait_until(at("2026-03-20T12:00:00")));
    assert_eq!(sent, [(at("2026-03-09T08:30:00"), Rung::Amber), (at("2026-03-10T08:30:00"), Rung::Overdue)]);
}

/// Clauses D3-1, D4-1: the centre is reminded of what waits for filing and for triage.
#[test]
fn the_centre_is_reminded_of_filing_and_triage() {
    let mut desk = registered();
    let sent = reminders(desk.wait_until(at("2026-03-10T12:00:00")));
    let filing = LimitKind::Filing;
    assert_eq!(
        sent,
        [(at("2026-03-03T08:30:00"), filing, Rung::Amber), (at("2026-03-04T08:30:00"), filing, Rung::Overdue)]
    );
    assert_eq!(last_addressee(&desk, filing), Addressee::Centre);
    let mut desk = filed();
    let sent = of(LimitKind::Triage, desk.wait_until(at("2026-03-12T12:00:00")));
    assert_eq!(sent, [(at("2026-03-05T08:30:00"), Rung::Amber), (at("2026-03-10T08:30:00"), Rung::Overdue)]);
    assert_eq!(last_addressee(&desk, LimitKind::Triage), Addressee::Centre);
}

/// Clauses D4-2 to D4-4, D7-1: who is responsible is reminded, even after it was handed on.
#[test]
fn the_responsible_person_is_reminded_of_the_round() {
    let mut desk = graded(Level::General)
        .after(Person::Clerk, acts::offer(Person::Colleague))
        .after(Person::Colleague, escalation::Command::AcceptOffer);
    let sent = reminders(desk.wait_until(at("2026-03-31T12:00:00")));
    let handling = LimitKind::Handling;
    assert_eq!(
        sent,
        [(at("2026-03-05T08:30:00"), handling, Rung::Amber), (at("2026-03-10T08:30:00"), handling, Rung::Overdue)]
    );
    let colleague = Responsible::Staff(Person::Colleague.staff());
    assert_eq!(last_addressee(&desk, handling), Addressee::Responsible(colleague));
    assert_eq!(reminders(desk.wait_until(at("2026-06-30T12:00:00"))), [], "it is said once, not every day");
    assert_eq!(desk.wakes_at(), None);
}

/// Rule L16: what is overdue is urged with a numbered notice, each its own; what is only to come is not.
#[test]
fn what_is_overdue_is_urged_under_a_number() {
    let mut desk = ordered();
    desk.wait_until(at("2026-03-31T12:00:00"));
    let sent = &desk.impasse.reminders;
    assert!(sent.iter().all(|it| (it.rung == Rung::Overdue) == it.document.is_some()), "{sent:?}");
    let mut numbers: Vec<_> = sent.iter().filter_map(|it| it.document.clone()).collect();
    assert!(numbers.iter().all(|number| number.kind() == Some(DocumentKind::UrgingNotice)), "{numbers:?}");
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(all >= 3 && numbers.len() == all, "{sent:?}");
}

/// Every round has a limit of its own, and is reminded of anew.
#[test]
fn another_round_is_reminded_of_anew() {
    let mut desk = graded(Level::General).on("2026-03-09T12:00:00");
    desk = desk.after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(false));
    let sent = of(LimitKind::Handling, desk.wait_until(at("2026-03-31T12:00:00")));
    assert_eq!(sent, [(at("2026-03-12T08:30:00"), Rung::Amber), (at("2026-03-17T08:30:00"), Rung::Overdue)]);
}

/// Clause D13-1: the department is reminded of its order, of the receipt until it acknowledges.
#[test]
fn the_department_is_reminded_of_its_order() {
    let to = Addressee::Department(department(LAND));
    let mut desk = ordered();
    let receipt = of(LimitKind::OrderReceipt, desk.wait_until(at("2026-03-31T12:00:00")));
    assert_eq!(receipt, [(at("2026-03-03T08:30:00"), Rung::Amber), (at("2026-03-04T08:30:00"), Rung::Overdue)]);
    assert_eq!(last_addressee(&desk, LimitKind::OrderReceipt), to);
    let mut desk = acknowledged();
    let sent = reminders(desk.wait_until(at("2026-03-31T12:00:00")));
    assert!(sent.iter().all(|(_, limit, _)| *limit != LimitKind::OrderReceipt));
    let order: Vec<_> = sent.into_iter().filter(|(_, limit, _)| *limit == LimitKind::Order).collect();
    let order: Vec<_> = order.into_iter().map(|(at, _, rung)| (at, rung)).collect();
    assert_eq!(order, [(at("2026-03-05T08:30:00"), Rung::Amber), (at("2026-03-10T08:30:00"), Rung::Overdue)]);
    assert_eq!(last_addressee(&desk, LimitKind::Order), to);
    assert!(desk.impasse.reminders.iter().any(|sent| sent.order == Some(1)));
}

/// Two orders of one day are two: each department is reminded of its own.
#[test]
fn each_order_is_reminded_of() {
    let mut desk = hall::scene::with_fire(ordered());
    desk.wait_until(at("2026-03-31T12:00:00"));
    let of_orders: Vec<_> = desk.impasse.reminders.iter().filter(|sent| sent.limit == LimitKind::Order).collect();
    assert_eq!(of_orders.len(), 4);
    assert!(
        of_orders
            .iter()
            .all(|sent| sent.to == Addressee::Department(desk.order(sent.order.unwrap()).department.clone()))
    );
}

/// Rule L15: asking to give it back stops no clock; a return that was granted does.
#[test]
fn a_return_that_is_only_asked_for_goes_on_pressing() {
    let mut asked = ordered().after(Person::LandApprover, acts::give_back(1));
    assert!(!of(LimitKind::Order, asked.wait_until(at("2026-03-31T12:00:00"))).is_empty());
    let mut returned = returned();
    let sent = reminders(returned.wait_until(at("2026-03-31T12:00:00")));
    assert!(sent.iter().all(|(_, limit, _)| *limit == LimitKind::Handling), "{sent:?}");
}

/// Rule L15: an extended order is reminded of anew, whether it was extended before it was due or the ruling came late.
#[test]
fn an_extension_is_reminded_of_anew() {
    let asked = acknowledged().on("2026-03-06T10:00:00").after(Person::LandReviewer, acts::ask_days(1, 3));
    for ruled in ["2026-03-06T11:00:00", "2026-03-10T10:00:00"] {
        let mut desk = asked.clone().on(ruled).after(Person::Manager, acts::rule_on_days(1, true));
        let sent = of(LimitKind::Order, desk.wait_until(at("2026-04-30T12:00:00")));
        assert_eq!(sent.last(), Some(&(at("2026-03-13T08:30:00"), Rung::Overdue)), "{ruled}");
        assert_eq!(sent.len(), 2, "{ruled}: once each: {sent:?}");
        assert_eq!(desk.wakes_at(), None);
    }
}

/// Rules L1, L16: a date that the calendar puts off is reminded of anew; one that comes earlier again is not.
#[test]
fn what_the_calendar_puts_off_is_reminded_of_anew() {
    let mut desk = graded(Level::General);
    let before = of(LimitKind::Handling, desk.wait_until(at("2026-03-06T09:00:00")));
    assert_eq!(before, [(at("2026-03-05T08:30:00"), Rung::Amber)]);
    let (first, name) = (desk.calendar(), "试验假".into());
    let holiday = Override { date: hall::day("2026-03-09"), kind: Arrangement::Holiday, name };
    desk.calendar = Box::leak(Box::new(first.merged_with(&Calendar::from_iter([holiday]))));
    let put_off = of(LimitKind::Handling, desk.wait_until(at("2026-03-11T12:00:00")));
    assert_eq!(put_off, [(at("2026-03-06T09:00:00"), Rung::Amber), (at("2026-03-11T08:30:00"), Rung::Overdue)]);
    desk.calendar = first;
    assert_eq!(of(LimitKind::Handling, desk.wait_until(at("2026-04-30T12:00:00"))), []);
}

/// Clause D5-1 and 挂账: the applicant's word and the reform office's review are waited for, and nothing else.
#[test]
fn what_waits_reminds_of_what_it_waits_for() {
    let mut desk = answered(Outcome::Solved);
    let sent = reminders(desk.wait_until(at("2026-03-31T12:00:00")));
    let feedback = LimitKind::Feedback;
    assert_eq!(
        sent,
        [(at("2026-03-03T08:30:00"), feedback, Rung::Amber), (at("2026-03-06T08:30:00"), feedback, Rung::Overdue)]
    );
    let mut desk = carried();
    let sent = reminders(desk.wait_until(at("2026-06-30T12:00:00")));
    let review = LimitKind::CarriedReview;
    assert_eq!(
        sent,
        [(at("2026-03-26T08:30:00"), review, Rung::Amber), (at("2026-03-31T08:30:00"), review, Rung::Overdue)]
    );
    assert_eq!(last_addressee(&desk, review), Addressee::ReformOffice);
    let mut desk = desk.after(Person::Reform, acts::review(Some(5)));
    assert_eq!(reminders(desk.wait_until(at("2026-07-31T12:00:00"))).len(), 2, "a new date, and reminded of again");
}

/// What is done early or is over reminds nobody.
#[test]
fn what_is_done_reminds_nobody() {
    let mut desk = closed_out();
    assert_eq!(desk.wakes_at(), None);
    assert_eq!(desk.wait_until(at("2026-12-31T12:00:00")), []);
    assert_eq!(desk.fall_due(), []);
}

/// Late after downtime, and then only what still makes sense; in working hours even then.
#[test]
fn after_downtime_it_is_late_and_never_lost() {
    let mut desk = graded(Level::General).later("2026-03-06T22:00:00");
    assert_eq!(desk.fall_due(), [], "not at night");
    assert_eq!(desk.wakes_at(), Some(at("2026-03-09T08:30:00")), "still before it is over: the due day is that Monday");
    let sent = reminders(desk.wait_until(at("2026-03-09T12:00:00")));
    assert_eq!(sent, [(at("2026-03-09T08:30:00"), LimitKind::Handling, Rung::Amber)]);

    let mut long = graded(Level::General).later("2026-03-13T10:00:00");
    let sent: Vec<_> = long.fall_due();
    assert!(
        matches!(&sent[..], [Event::Reminded(it)] if (it.limit, it.rung) == (LimitKind::Handling, Rung::Overdue)),
        "that it will be overdue is no news any more: {sent:?}"
    );
    assert_eq!(long.fall_due(), [], "and once");
    assert_eq!(long.wakes_at(), Some(at("2026-03-16T08:30:00")), "when the first step of the ladder is proposed");
}

/// Holidays: the eve's due date is late when the hall works again.
#[test]
fn over_a_holiday_nobody_is_reminded() {
    let brought = registration(escalation::Channel::FallbackWindow);
    let desk = Desk::register(brought, Person::Clerk, at("2026-09-30T09:00:00")).unwrap();
    let mut desk = desk.after(Person::Manager, acts::file()).after(Person::Manager, acts::grade(Level::General));
    let handling = desk.impasse.limits.handling.clone().unwrap();
    assert_eq!(
        handling.due(desk.calendar(), desk.now.day()).date,
        hall::day("2026-10-13"),
        "1 to 7 October off, the 10th worked"
    );
    let sent = of(LimitKind::Handling, desk.wait_until(at("2026-10-31T12:00:00")));
    assert_eq!(sent, [(at("2026-10-10T08:30:00"), Rung::Amber), (at("2026-10-14T08:30:00"), Rung::Overdue)]);
}

/// Clause D7-1: an offer that nobody accepts goes back by itself, in the night after its last day.
#[test]
fn an_offer_that_nobody_accepts_lapses() {
    let mut desk = filed().after(Person::Clerk, acts::offer(Person::Colleague));
    let lapsed = |happened: Vec<(Instant, Event)>| -> Vec<Instant> {
        let lapse = |(at, event)| matches!(event, Event::ResponsibilityLapsed { .. }).then_some(at);
        happened.into_iter().filter_map(lapse).collect()
    };
    assert_eq!(desk.impasse.hand_over.as_ref().unwrap().until, at("2026-03-04T00:00:00"));
    let mut last_day = desk.clone();
    last_day.wait_until(at("2026-03-03T23:59:59"));
    assert!(last_day.tell(Person::Colleague, escalation::Command::AcceptOffer).is_ok());
    assert_eq!(lapsed(desk.wait_until(at("2026-03-31T12:00:00"))), [at("2026-03-04T00:00:00")]);
    assert_eq!(desk.impasse.hand_over, None);
    assert_eq!(desk.impasse.responsibility.now(), Some(&Responsible::Staff(Person::Clerk.staff())));
    assert_eq!(desk.refused(Person::Colleague, escalation::Command::AcceptOffer), "no_handover_pending");
}

/// Clause D7-1, rule L1: a day that becomes a holiday gives whoever was asked one more, and that is told with before and after;
/// an offer of old keeps its moment.
#[test]
fn an_offer_goes_back_by_the_calendar_in_force() {
    let then = filed();
    let mut desk = then.clone().after(Person::Clerk, acts::offer(Person::Colleague));
    let (old, today) = (desk.calendar(), desk.now.day());
    let holiday = Override { date: hall::day("2026-03-03"), kind: Arrangement::Holiday, name: "试验假".into() };
    let new: &'static Calendar = Box::leak(Box::new(old.merged_with(&Calendar::from_iter([holiday]))));
    let moves = desk.impasse.moved_by(old, new, today);
    let told = moves.iter().find(|it| it.limit == LimitKind::HandOver).unwrap();
    assert_eq!((told.before.date, told.after.date), (hall::day("2026-03-03"), hall::day("2026-03-04")));
    assert!(desk.impasse.moved_since(Some(&desk.impasse), moves.clone()).contains(told));
    let since = desk.impasse.moved_since(Some(&then.impasse), moves.clone());
    assert!(since.iter().all(|it| it.limit != LimitKind::HandOver), "{since:?}");

    desk.calendar = new;
    let mut of_old = desk.clone();
    let mut stored = serde_json::to_value(&of_old.impasse).unwrap();
    stored["hand_over"].as_object_mut().unwrap().remove("limit").unwrap();
    of_old.impasse = serde_json::from_value(stored).unwrap();
    assert!(of_old.impasse.moved_by(old, new, today).iter().all(|it| it.limit != LimitKind::HandOver));
    for (mut desk, back) in [(desk, "2026-03-05T00:00:00"), (of_old, "2026-03-04T00:00:00")] {
        let happened = desk.wait_until(at("2026-03-31T12:00:00"));
        let lapsed = happened.iter().find(|(_, event)| matches!(event, Event::ResponsibilityLapsed { .. })).unwrap();
        assert_eq!(lapsed.0, at(back));
        assert_eq!(desk.impasse.hand_over, None);
    }
}

/// An impasse with many orders catches up on all of them, in the order in which they fell due.
#[test]
fn everything_that_fell_due_is_caught_up() {
    let mut desk = graded(Level::General);
    for number in 0..40 {
        let to = format!("department-{number}");
        desk = desk.after(Person::Manager, acts::order(&to));
    }
    desk = desk.later("2026-04-01T10:00:00");
    let mut sent = 0;
    while desk.wakes_at().is_some_and(|wakes| wakes <= desk.now) {
        let happened = desk.fall_due().len();
        assert!(happened > 0);
        sent += happened;
    }
    assert_eq!(sent, 201, "receipt, limit and three steps of forty orders, and the round");
    let steps = |it: &escalation::Order| it.supervision.len();
    assert!(desk.impasse.orders.iter().all(|order| steps(order) == 3));
}
