//! Nobody ever without an owner: hand-over between the clerks of a window, and what becomes of a case when somebody is no
//! longer posted to where it is (clauses B1-1, B5-1).

use approval::Outcome;
use casework::{Case, Command, Event, Stage};
use catalog::DeliveryMethod;
use issuance::Replacement;
use kernel::{Actor, Centre, Posting, Role, access::Who};
use routing::{Holder, Responsible, Taken, WindowColleague};

use crate::hall::{
    self, Desk, FIRE, Person, SECOND_CLERK, STATISTICS,
    acts::{
        accepted, decided, delegate, findings, inspected, inspection, issued, lacking, notify, offer, offer_at_window,
        received, replace, review, taken, transfer,
    },
    at, lenient, staff, tested_on_the_site, text,
};

fn at_the_window() -> Desk {
    received(lenient(), DeliveryMethod::PickUp)
}

fn offered() -> Desk {
    at_the_window().after(Person::Clerk, offer_at_window(lenient()))
}

fn code_of(desk: &Desk, actor: &Actor, command: Command) -> &'static str {
    desk.clone().tell(actor, command).unwrap_err().code
}

fn clerk() -> Responsible {
    Responsible::Staff(staff("clerk"))
}

fn window() -> Responsible {
    Responsible::Window(lenient().window.clone())
}

fn department() -> Responsible {
    Responsible::Department(lenient().department.clone())
}

/// Without gap or overlap, and who answers now, and how they came to it.
fn last(case: &Case) -> (Responsible, Taken) {
    let tenures = case.responsibility.tenures();
    assert!(tenures.windows(2).all(|pair| pair[0].until == Some(pair[1].from)), "{tenures:?}");
    let last = tenures.last().unwrap();
    assert_eq!(last.until, None);
    (last.who.clone(), last.how)
}

/// Clause B5-1: a colleague of the window answers for the case once they have accepted it, and no sooner.
#[test]
fn a_clerk_hands_a_case_over_to_a_colleague_of_the_window() {
    let second = Person::SecondClerk.at(lenient());
    let mut desk = offered().later("2026-03-02T10:00:00");
    assert_eq!(last(&desk.case), (clerk(), Taken::FirstContact));
    assert_eq!(desk.refused(Person::Clerk, Command::AcceptHandOver), "not_offered_to_you");
    assert_eq!(desk.refused(Person::Clerk, offer_at_window(lenient())), "handover_pending");
    desk.tell(&second, Command::AcceptHandOver).unwrap();
    assert_eq!(last(&desk.case), (Responsible::Staff(staff(SECOND_CLERK)), Taken::Accepted));
    assert_eq!(desk.case.first_contact, Some(staff("clerk")));
    assert_eq!(code_of(&desk, &second, Command::AcceptHandOver), "no_handover_pending");
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));
}

/// Clause B5-1: only whoever answers offers, and only to somebody else at the same window.
#[test]
fn an_offer_at_the_window_is_refused_with_the_reason() {
    let untouched = Desk::open(lenient(), Person::Adapter, DeliveryMethod::PickUp);
    assert_eq!(untouched.refused(Person::Clerk, offer_at_window(lenient())), "not_assigned");
    let desk = at_the_window();
    let to = |code: &str, window: &str| Command::OfferAtWindow {
        to: WindowColleague { staff: staff(code), window: window.parse().unwrap() },
        reason: text("出差"),
    };
    let here = lenient().window.as_str();
    assert_eq!(desk.refused(Person::Clerk, to("clerk", here)), "handover_to_oneself");
    assert_eq!(desk.refused(Person::Clerk, to(SECOND_CLERK, "elsewhere")), "not_a_colleague");
    assert_eq!(code_of(&desk, &Person::SecondClerk.at(lenient()), to("clerk", here)), "not_the_holder");
    assert_eq!(desk.refused(Person::Reviewer, offer(Person::SecondReviewer, lenient())), "wrong_stage");
    assert_eq!(taken(lenient()).refused(Person::Clerk, offer_at_window(lenient())), "wrong_stage");
    assert_eq!(taken(lenient()).refused(Person::Reviewer, offer_at_window(lenient())), "wrong_stage");
}

/// Clause B5-1: declined or left lying, it goes back; the window goes on checking meanwhile.
#[test]
fn an_offer_at_the_window_is_declined_or_lapses() {
    let mut declined = offered();
    declined.tell(&Person::SecondClerk.at(lenient()), Command::DeclineHandOver { reason: text("在办件已满") }).unwrap();
    assert_eq!((last(&declined.case).0, &declined.case.routing.window_offer), (clerk(), &None));
    let mut desk = offered().with_materials_in_order();
    let happened = desk.until("2026-03-04T08:00:00");
    let back = Event::HandOverLapsed { from: staff("clerk"), to: staff(SECOND_CLERK) };
    assert!(happened.contains(&(at("2026-03-04T00:00:00"), back)), "{happened:?}");
    assert_eq!(code_of(&desk, &Person::SecondClerk.at(lenient()), Command::AcceptHandOver), "no_handover_pending");
    assert_eq!(last(&desk.case).0, clerk());
}

/// An offer waits for the applicant's corrections, too, and ends with the window's part in the case.
#[test]
fn an_offer_at_the_window_lives_as_long_as_the_case_is_there() {
    let told = lacking(lenient(), &[0]).after(Person::Clerk, notify(lenient(), &[0], 10));
    let mut told = told.after(Person::Clerk, offer_at_window(lenient()));
    told.tell(&Person::SecondClerk.at(lenient()), Command::AcceptHandOver).unwrap();
    assert_eq!((told.case.stage, last(&told.case).1), (Stage::AwaitingCorrection, Taken::Accepted));
    let gone = offered().with_materials_in_order().after(Person::Clerk, Command::Accept);
    assert_eq!((&gone.case.routing.window_offer, last(&gone.case).0), (&None, clerk()));
    assert_eq!(code_of(&gone, &Person::SecondClerk.at(lenient()), Command::AcceptHandOver), "wrong_stage");
}

fn posted(role: Role) -> Posting {
    let window = (role == Role::Clerk).then(|| lenient().window.clone());
    Posting { role, department: lenient().department.clone(), window }
}

/// Who answers once somebody has only these postings left; None where nothing changes.
fn left(desk: &Desk, code: &str, running: &[Posting]) -> Option<Responsible> {
    match desk.case.after_leaving(&staff(code), running)? {
        Event::ReturnedToUnit { staff: who, to } => {
            assert_eq!(who, staff(code));
            Some(to)
        }
        other => panic!("{other:?}"),
    }
}

/// Has it happen, and sees that it happens once.
fn leaves(mut desk: Desk, code: &str) -> Desk {
    let event = desk.case.after_leaving(&staff(code), &[]).unwrap();
    desk.record(&Actor { centre: Centre::WENLING, who: Who::System }, &[event]);
    assert_eq!(desk.case.after_leaving(&staff(code), &[]), None, "it has happened");
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));
    desk
}

/// Clause B5-1: responsibility goes back to where the case is, unless whoever has it is still posted there.
#[test]
fn responsibility_goes_back_to_where_the_case_is() {
    let (at_window, elsewhere) =
        (posted(Role::Clerk), Posting { window: Some("elsewhere".parse().unwrap()), ..posted(Role::Clerk) });
    let (reviews, approves, heads) = (posted(Role::Reviewer), posted(Role::Approver), posted(Role::DepartmentHead));
    for desk in [at_the_window(), issued(DeliveryMethod::PickUp)] {
        assert_eq!(left(&desk, "clerk", &[]), Some(window()));
        assert_eq!(left(&desk, "clerk", &[elsewhere.clone(), reviews.clone()]), Some(window()));
        assert_eq!(left(&desk, "clerk", std::slice::from_ref(&at_window)), None);
        assert_eq!(left(&desk, "reviewer", &[]), None, "it does not rest on them");
    }
    let waiting = accepted(lenient());
    assert_eq!(left(&waiting, "clerk", std::slice::from_ref(&elsewhere)), Some(window()));
    assert_eq!(left(&waiting, "clerk", std::slice::from_ref(&reviews)), None, "they may take it in the department");
    for desk in [taken(lenient()), decided(lenient(), Outcome::Grant)] {
        assert_eq!(left(&desk, "reviewer", &[]), Some(department()));
        assert_eq!(left(&desk, "reviewer", &[at_window.clone(), heads.clone()]), Some(department()));
        assert_eq!(left(&desk, "reviewer", std::slice::from_ref(&approves)), None);
        assert_eq!(left(&desk, "clerk", &[]), None);
    }
    let closed = issued(DeliveryMethod::PickUp)
        .after(Person::Clerk, Command::HandOut { collector: hall::collector() })
        .after(Person::Clerk, Command::Close);
    assert_eq!(left(&closed, "clerk", &[]), None, "it has ended");
}

/// Clause B5-1: back on the worklist, whatever was reviewed or delegated; the next one takes it, without a gap.
#[test]
fn what_a_reviewer_leaves_is_on_the_worklist_again() {
    let desk = taken(lenient())
        .after(Person::Reviewer, review(Outcome::Grant))
        .after(Person::Reviewer, delegate(Person::SecondReviewer, lenient()))
        .later("2026-03-03T10:00:00");
    let limit = desk.case.clocks.statutory.clone();
    let desk = leaves(desk, "reviewer");
    assert_eq!((&desk.case.routing.holder, &desk.case.routing.delegate), (&Holder::Worklist, &None));
    assert_eq!(last(&desk.case), (department(), Taken::Returned));
    assert_eq!(desk.case.responsibility.returned_at(), Some(desk.now));
    assert_eq!((desk.case.clocks.statutory.clone(), desk.case.approval.review.is_some()), (limit, true));
    let next = desk.after(Person::SecondReviewer, Command::Assign { to: Person::SecondReviewer.colleague(lenient()) });
    assert_eq!(last(&next.case), (Responsible::Staff(staff("reviewer2")), Taken::Taken));
    assert_eq!(next.case.responsibility.returned_at(), None);
}

/// Clause B5-1: whoever of the window touches it next takes it; who was asked first stays on record.
#[test]
fn what_a_clerk_leaves_is_the_windows_until_somebody_touches_it() {
    let mut desk = leaves(offered(), "clerk");
    assert_eq!((last(&desk.case), &desk.case.routing.window_offer), ((window(), Taken::Returned), &None));
    let finding = hall::in_order(&lenient().materials[0]);
    desk.tell(&Person::SecondClerk.at(lenient()), Command::CheckMaterial(finding)).unwrap();
    assert_eq!(last(&desk.case), (Responsible::Staff(staff(SECOND_CLERK)), Taken::Taken));
    assert_eq!(desk.case.first_contact, Some(staff("clerk")));
}

/// Clause B5-1: an offer to somebody who left, or work delegated to them, is the holder's again.
#[test]
fn what_was_offered_to_somebody_who_left_is_back() {
    let reviewer = (Responsible::Staff(staff("reviewer")), Taken::Taken);
    let offered_on = taken(lenient()).after(Person::Reviewer, offer(Person::SecondReviewer, lenient()));
    let back = leaves(offered_on.clone(), "reviewer2");
    assert!(matches!(&back.case.routing.holder, Holder::With { staff, .. } if staff.as_str() == "reviewer"));
    assert_eq!(last(&back.case), reviewer);
    assert_eq!(leaves(offered_on, "reviewer").case.routing.holder, Holder::Worklist);
    let delegated = taken(lenient()).after(Person::Reviewer, delegate(Person::SecondReviewer, lenient()));
    let back = leaves(delegated, "reviewer2");
    assert_eq!((last(&back.case), &back.case.routing.delegate), (reviewer, &None));
    let back = leaves(offered(), SECOND_CLERK);
    assert_eq!((last(&back.case).0, &back.case.routing.window_offer), (clerk(), &None));
}

/// Clause B5-1: what is back with the window is taken by nobody whose department has no more than a part in it.
#[test]
fn what_is_back_with_the_window_is_not_taken_by_another_department() {
    let back = |desk: &Desk| (Responsible::Window(desk.case.window.clone()), Taken::Returned);
    let offered = leaves(accepted(lenient()).after(Person::Approver, transfer(STATISTICS)), "clerk");
    let declined = offered.after(Person::Statistics, Command::DeclineTransfer { reason: text("不属本部门职责") });
    assert_eq!(last(&declined.case), back(&declined));
    let taken = declined.after(Person::Reviewer, Command::Assign { to: Person::Reviewer.colleague(lenient()) });
    assert_eq!(last(&taken.case), (Responsible::Staff(staff("reviewer")), Taken::Taken));

    let visited = "2026-03-05".parse().unwrap();
    let inspected_there = accepted(tested_on_the_site())
        .after(Person::Approver, inspection(visited, &[FIRE], false))
        .later("2026-03-05T16:00:00")
        .after(Person::Approver, inspected(visited, &[FIRE], &[]));
    let found = leaves(inspected_there, "clerk").after(Person::Fire, findings(FIRE));
    assert_eq!(last(&found.case), back(&found));
}

/// Clause B5-1: nor by the department while the case is the window's; the next clerk takes it.
#[test]
fn what_is_back_with_the_window_is_not_taken_by_a_seal() {
    let told = leaves(lacking(lenient(), &[0]).after(Person::Clerk, notify(lenient(), &[0], 10)), "clerk");
    let notice = told.case.papers.first().unwrap().clone();
    let sealed = told.after(Person::Approver, Command::Seal { document: notice, seal: text("MIIB") });
    assert_eq!(last(&sealed.case), (window(), Taken::Returned));
    let issued = leaves(issued(DeliveryMethod::PickUp), "clerk");
    let again = replace(Replacement::Correction, issued.now);
    let mut replaced = issued.after(Person::Approver, again);
    assert_eq!(last(&replaced.case), (window(), Taken::Returned));
    replaced.tell(&Person::SecondClerk.at(lenient()), Command::HandOut { collector: hall::collector() }).unwrap();
    assert_eq!(last(&replaced.case), (Responsible::Staff(staff(SECOND_CLERK)), Taken::Taken));
    assert_eq!(Case::fold(&replaced.record).as_ref(), Some(&replaced.case));
}
