//! 岗位终止: nobody answers for an impasse, or for an order of it, who is no longer posted to where it is (clause D7-1).

use escalation::{Addressee, Command, Event, Impasse, Level, OrderState, Rung};
use kernel::{
    Actor, Centre, Posting, Role,
    access::Who,
    ledger::LimitKind,
    responsibility::{Responsible, Taken},
};

use crate::hall::{
    self, Desk, FIRE, LAND, Person, acts, at, registration,
    scene::{acknowledged, closed_out, completed, filed, graded, online},
};

fn posted(role: Role, department: &str, window: Option<&str>) -> Posting {
    Posting { role, department: department.parse().unwrap(), window: window.map(|window| window.parse().unwrap()) }
}

fn staff(person: Person) -> Responsible {
    Responsible::Staff(person.staff())
}

fn fallback(desk: &Desk) -> Responsible {
    Responsible::Window(desk.impasse.fallback.clone())
}

/// What happens once somebody has only these postings left.
fn leaves(desk: &mut Desk, person: Person, running: &[Posting]) -> Vec<Event> {
    let events = desk.impasse.after_leaving(&person.staff(), running);
    desk.note(&Actor { centre: Centre::WENLING, who: Who::System }, &events);
    assert_eq!(Impasse::fold(&desk.record).as_ref(), Some(&desk.impasse));
    events
}

fn last(desk: &Desk) -> (Responsible, Taken) {
    let tenures = desk.impasse.responsibility.tenures();
    assert!(tenures.windows(2).all(|pair| pair[0].until == Some(pair[1].from)), "{tenures:?}");
    let last = tenures.last().unwrap();
    (last.who.clone(), last.how)
}

/// Clauses B5-1, D7-1: it goes back to the window in the moment in which the chain of whoever left ends, and the next one of
/// the hall takes it.
#[test]
fn what_rests_on_whoever_left_goes_back_to_the_window() {
    let mut desk = filed();
    let at_the_window = posted(Role::Clerk, "centre", Some("fallback"));
    assert_eq!(leaves(&mut desk, Person::Clerk, &[at_the_window]), []);
    assert_eq!(leaves(&mut desk, Person::Colleague, &[]), [], "it rests on somebody else");
    let elsewhere = posted(Role::Clerk, "centre", Some("law"));
    let back = Event::ReturnedToUnit { staff: Person::Clerk.staff(), to: fallback(&desk) };
    assert_eq!(leaves(&mut desk, Person::Clerk, std::slice::from_ref(&elsewhere)), [back]);
    assert_eq!((last(&desk), desk.impasse.is_returned()), ((fallback(&desk), Taken::Returned), true));
    assert_eq!(leaves(&mut desk, Person::Clerk, &[elsewhere]), [], "once");
    let taken = desk.after(Person::Colleague, acts::contact(true));
    assert_eq!((last(&taken), taken.impasse.is_returned()), ((staff(Person::Colleague), Taken::Taken), false));
    assert_eq!(leaves(&mut closed_out(), Person::Clerk, &[]), [], "nobody answers for it any more");
}

/// Clause D7-1: the window of the first contact has it again; what was taken over from there is the fallback window's.
#[test]
fn it_goes_back_to_where_it_was_taken_in() {
    let brought = registration(escalation::Channel::Window);
    let mut desk = Desk::register(brought, Person::Elsewhere, hall::morning()).unwrap();
    let theirs = Responsible::Window(desk.impasse.window.clone());
    assert_ne!(theirs, fallback(&desk));
    leaves(&mut desk, Person::Elsewhere, &[]);
    assert_eq!(last(&desk).0, theirs);
    let mut over = filed()
        .after(Person::Clerk, acts::offer(Person::Colleague))
        .after(Person::Colleague, escalation::Command::AcceptOffer);
    leaves(&mut over, Person::Colleague, &[]);
    assert_eq!(last(&over).0, fallback(&over));
}

/// Clause D7-1: what is offered to somebody who leaves is offered to nobody, and whoever answers goes on answering.
#[test]
fn an_offer_to_whoever_left_is_over() {
    let mut desk = filed().after(Person::Clerk, acts::offer(Person::Colleague));
    let events = leaves(&mut desk, Person::Colleague, &[]);
    assert_eq!(events, [Event::ReturnedToUnit { staff: Person::Colleague.staff(), to: staff(Person::Clerk) }]);
    assert_eq!((last(&desk), &desk.impasse.hand_over), ((staff(Person::Clerk), Taken::FirstContact), &None));
    assert!(!desk.impasse.is_returned());
    assert_eq!(leaves(&mut desk, Person::Colleague, &[]), []);
    assert_eq!(desk.refused(Person::Colleague, escalation::Command::AcceptOffer), "no_handover_pending");
}

/// Clauses D7-1, D13-1: an order that somebody left waits for its department to name another one; what they signed stays
/// theirs unless it is sent back.
#[test]
fn an_order_waits_for_its_department() {
    let mut desk = acknowledged();
    let due = desk.order(1).limit.due(desk.calendar(), desk.now.day());
    assert_eq!(leaves(&mut desk, Person::LandReviewer, &[posted(Role::Approver, LAND, None)]), []);
    let back = || Event::OrderReturnedToUnit { order: 1, staff: Person::LandReviewer.staff() };
    assert_eq!(leaves(&mut desk, Person::LandReviewer, &[posted(Role::Reviewer, FIRE, None)]), [back()]);
    assert_eq!((desk.order(1).state, &desk.order(1).responsible), (OrderState::Acknowledged, &None));
    assert_eq!((desk.impasse.is_returned(), last(&desk).0), (true, staff(Person::Clerk)));
    assert_eq!(desk.order(1).limit.due(desk.calendar(), desk.now.day()), due);
    assert_eq!(desk.refused(Person::LandDeputy, acts::complete(1)), "not_the_responsible_person");
    let named = desk.after(Person::LandHead, acts::acknowledge(1, Person::LandDeputy));
    assert!(!named.impasse.is_returned());
    assert_eq!(named.after(Person::LandDeputy, acts::complete(1)).order(1).state, OrderState::Completed);
    let mut done = completed();
    assert_eq!(leaves(&mut done, Person::LandReviewer, &[]), []);
    let mut again = done.after(Person::LandHead, acts::send_back(1));
    assert_eq!(leaves(&mut again, Person::LandReviewer, &[]), [back()]);
}

/// Rule L16, clause D7-1: what was told to whoever left is told to the window, once, and not again to whoever takes it.
#[test]
fn the_window_is_reminded_again() {
    let mut desk = graded(Level::General);
    let limit = desk.impasse.limits.handling.clone().unwrap();
    let due = limit.due(desk.calendar(), desk.now.day()).date;
    desk.wait_until(at(&format!("{due}T10:00:00")));
    let told = |desk: &Desk| -> Vec<Addressee> {
        let of_handling = |it: &&escalation::Reminder| (it.limit, it.rung) == (LimitKind::Handling, Rung::Amber);
        desk.impasse.reminders.iter().filter(of_handling).map(|it| it.to.clone()).collect()
    };
    let to = Addressee::Responsible;
    assert_eq!(told(&desk), [to(staff(Person::Clerk))]);
    leaves(&mut desk, Person::Clerk, &[]);
    desk.wait_until(at(&format!("{due}T16:00:00")));
    let both = [to(staff(Person::Clerk)), to(fallback(&desk))];
    assert_eq!(told(&desk), both);
    let mut taken = desk.after(Person::Colleague, acts::contact(true));
    taken.wait_until(at(&format!("{due}T17:00:00")));
    assert_eq!(told(&taken), both);
}

/// Clause D7-1: whoever answers as an official does so without a posting, and goes on when one that they had besides ends; what
/// they answer for as a clerk goes back.
#[test]
fn what_an_official_answers_for_ends_with_no_posting() {
    let taken = |by| filed().after(Person::Clerk, acts::offer(by)).after(by, Command::AcceptOffer);
    let touched = |by| online().after(by, acts::contact(true));
    for (mut desk, by, role) in [
        (taken(Person::Manager), Person::Manager, Role::Manager),
        (taken(Person::Supervisor), Person::Supervisor, Role::Supervisor),
        (taken(Person::Reform), Person::Reform, Role::ReformOfficer),
        (touched(Person::Manager), Person::Manager, Role::Manager),
        (touched(Person::Supervisor), Person::Supervisor, Role::Supervisor),
    ] {
        assert_eq!(desk.impasse.answers_as, Some(role));
        assert_eq!(leaves(&mut desk, by, &[]), [], "{by:?}");
        assert_eq!(last(&desk).0, staff(by));
        let again = desk.after(by, acts::offer(Person::Clerk)).after(Person::Clerk, Command::AcceptOffer);
        assert_eq!(again.impasse.answers_as, Some(Role::Clerk));
    }
    let mut back = filed();
    assert_eq!(back.impasse.answers_as, Some(Role::Clerk));
    leaves(&mut back, Person::Clerk, &[]);
    assert_eq!(back.impasse.answers_as, None, "the window answers");
    // An offer that ends takes nothing from whoever answers.
    let mut offered = taken(Person::Manager).after(Person::Manager, acts::offer(Person::Colleague));
    leaves(&mut offered, Person::Colleague, &[]);
    assert_eq!((last(&offered).0, offered.impasse.answers_as), (staff(Person::Manager), Some(Role::Manager)));
}

/// Clause D7-1: a body of old does not say in what role somebody answers; whoever has no posting left has left it.
#[test]
fn of_old_whoever_has_no_posting_left_has_left() {
    let desk = filed().after(Person::Clerk, acts::offer(Person::Manager)).after(Person::Manager, Command::AcceptOffer);
    let mut stored = serde_json::to_value(&desk.impasse).unwrap();
    assert_eq!(stored.as_object_mut().unwrap().remove("answers_as"), Some(serde_json::json!("manager")));
    let old: Impasse = serde_json::from_value(stored).unwrap();
    assert_eq!(old, Impasse { answers_as: None, ..desk.impasse.clone() });
    let back = Event::ReturnedToUnit { staff: Person::Manager.staff(), to: fallback(&desk) };
    assert_eq!(old.after_leaving(&Person::Manager.staff(), &[]), [back]);
}

/// Clause D7-1: of two who have left, nothing goes back to the one whose turn it was first.
#[test]
fn nothing_goes_back_to_somebody_who_left_as_well() {
    let mut desk = filed().after(Person::Clerk, acts::offer(Person::Colleague));
    let left = [Person::Clerk, Person::Colleague].map(|person| (person.staff(), Vec::new()));
    let system = Actor { centre: Centre::WENLING, who: Who::System };
    let events = desk.impasse.after_all_left(&left, &desk.context(&system));
    let back = |person: Person| Event::ReturnedToUnit { staff: person.staff(), to: fallback(&desk) };
    assert_eq!(events, [back(Person::Clerk), back(Person::Colleague)]);
    desk.note(&system, &events);
    assert_eq!((last(&desk), &desk.impasse.hand_over), ((fallback(&desk), Taken::Returned), &None));
    assert!(desk.impasse.is_returned());
}
