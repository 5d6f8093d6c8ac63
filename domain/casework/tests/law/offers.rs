//! What is on offer and not accepted yet, and the calendar by which it goes back: a hand-over, a transfer, and a hand-over at
//! the window (clause B5-1, rule L1).

use casework::{Case, Event};
use catalog::DeliveryMethod;
use kernel::{
    Calendar, DepartmentCode, Instant,
    calendar::{Arrangement, Override},
    ledger::LimitKind,
};

use crate::hall::{
    self, Desk, Person, STATISTICS,
    acts::{offer, offer_at_window, received, taken, transfer},
    at, day, department, lenient,
};

/// An offer of Monday 2 March, with the case as it was before.
struct Offer {
    before: Desk,
    by: Person,
    desk: Desk,
    limit: LimitKind,
    to: Option<DepartmentCode>,
}

fn offers() -> [Offer; 3] {
    let (held, open) = (taken(lenient()), received(lenient(), DeliveryMethod::PickUp));
    let offered = |before: &Desk, by, command, limit, to| {
        let before = before.clone();
        Offer { desk: before.clone().after(by, command), before, by, limit, to }
    };
    let hand_over = offer(Person::SecondReviewer, lenient());
    [
        offered(&held, Person::Reviewer, hand_over, LimitKind::HandOver, None),
        offered(&held, Person::Approver, transfer(STATISTICS), LimitKind::Transfer, Some(department(STATISTICS))),
        offered(&open, Person::Clerk, offer_at_window(lenient()), LimitKind::HandOver, None),
    ]
}

/// The calendar with another arrangement of this day.
fn arranged(calendar: &Calendar, date: &str, kind: Arrangement) -> &'static Calendar {
    let changed = Override { date: day(date), kind, name: "试验".into() };
    Box::leak(Box::new(calendar.merged_with(&Calendar::from_iter([changed]))))
}

/// When what was offered went back by itself.
fn lapses(happened: &[(Instant, Event)]) -> Vec<Instant> {
    let lapse = |event: &Event| matches!(event, Event::HandOverLapsed { .. } | Event::TransferLapsed { .. });
    happened.iter().filter(|(_, event)| lapse(event)).map(|(at, _)| *at).collect()
}

/// Clause B5-1, rule L1: a day that becomes a holiday gives whoever was asked one more, and that is told with before and after;
/// not of what was offered since.
#[test]
fn a_changed_day_moves_what_is_on_offer() {
    for Offer { before, desk, limit, to, .. } in offers() {
        let new = arranged(desk.calendar(), "2026-03-03", Arrangement::Holiday);
        let moves = desk.case.moved_by((desk.calendar(), new), desk.practice, desk.now.day());
        let told: Vec<_> = moves.iter().filter(|it| it.limit == limit).collect();
        let [told] = told[..] else { panic!("{moves:?}") };
        assert_eq!((told.before.date, told.after.date), (day("2026-03-03"), day("2026-03-04")));
        assert_eq!(told.department, to);
        assert!(desk.case.moved_since(Some(&desk.case), moves.clone()).contains(told));
        let since = desk.case.moved_since(Some(&before.case), moves.clone());
        assert!(since.iter().all(|it| it.limit != limit), "{since:?}");
    }
}

/// Clause B5-1, rule L1: it goes back when its last day by the calendar in force is over, be that later or earlier than before.
#[test]
fn what_is_on_offer_goes_back_by_the_calendar_in_force() {
    for Offer { mut desk, limit, .. } in offers() {
        desk.calendar = arranged(desk.calendar(), "2026-03-03", Arrangement::Holiday);
        let happened = desk.until("2026-03-05T08:00:00");
        assert_eq!(lapses(&happened), [at("2026-03-05T00:00:00")], "{limit}");
        assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));
    }
    let friday = taken(lenient()).later("2026-03-06T10:00:00");
    let mut desk = friday.after(Person::Reviewer, offer(Person::SecondReviewer, lenient()));
    desk.calendar = arranged(desk.calendar(), "2026-03-07", Arrangement::Workday);
    assert_eq!(lapses(&desk.until("2026-03-10T08:00:00")), [at("2026-03-08T00:00:00")], "a Saturday that is worked");
}

/// An offer presses nobody but by its end: it is not what binds the case, and nobody is reminded of it.
#[test]
fn an_offer_is_no_light_of_the_case() {
    for Offer { before, mut desk, limit, .. } in offers() {
        let binding = |desk: &Desk| desk.case.binding(desk.calendar(), desk.now.day()).cloned();
        assert_eq!(binding(&desk), binding(&before), "{limit}");
        assert!(desk.case.clocks.running().all(|ledger| ledger.kind != limit));
        let happened = desk.until("2026-03-06T17:00:00");
        let reminded = |event: &Event| matches!(event, Event::Reminded(reminder) if reminder.limit == limit);
        assert!(!happened.iter().any(|(_, event)| reminded(event)), "{happened:?}");
    }
}

/// What was offered before offers had a limit is read as it was, and goes back at its own moment whatever the calendar says.
#[test]
fn an_offer_of_old_keeps_its_moment() {
    let until = "2026-03-03T16:00:00Z";
    let hand_over = |from: &str, to: &str| {
        let data = serde_json::json!({ "from": from, "to": to, "reason": "出差", "until": until });
        serde_json::json!({ "kind": "hand_over_offered", "data": data })
    };
    let transfer =
        serde_json::json!({ "to": STATISTICS, "reason": "职责调整", "by": Person::Approver.code(), "until": until });
    let old = [
        hand_over(Person::Reviewer.code(), Person::SecondReviewer.code()),
        serde_json::json!({ "kind": "transfer_offered", "data": transfer }),
        hand_over(Person::Clerk.code(), hall::SECOND_CLERK),
    ];
    for (Offer { before, by, limit, .. }, old) in offers().into_iter().zip(old) {
        let event: Event = serde_json::from_value(old.clone()).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), old);
        let mut desk = before;
        desk.record(&by.at(lenient()), &[event]);
        let stored = serde_json::to_value(&desk.case).unwrap();
        assert_eq!(serde_json::from_value::<Case>(stored).unwrap(), desk.case);
        let new = arranged(desk.calendar(), "2026-03-03", Arrangement::Holiday);
        let moves = desk.case.moved_by((desk.calendar(), new), desk.practice, desk.now.day());
        assert!(moves.iter().all(|it| it.limit != limit), "{moves:?}");
        desk.calendar = new;
        assert_eq!(lapses(&desk.until("2026-03-06T08:00:00")), [at("2026-03-04T00:00:00")], "{limit}");
    }
}
