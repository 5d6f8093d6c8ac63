//! Routing and responsibility at work on a case: nothing is passed on before it is accepted (clauses B5-1, D7-1, B1-1).

use approval::{Outcome, Step};
use casework::{Case, Command, Event, Stage};
use catalog::DeliveryMethod;
use intake::ScopeFinding;
use kernel::{DepartmentCode, Instant, WindowCode};
use routing::{Responsible, Taken};

use crate::hall::{
    self, Desk, FIRE, Person, STATISTICS,
    acts::{
        accepted, decide, delegate, draw_plan, found, lacking, offer, received, reopen, review, rework, scope, taken,
        transfer,
    },
    at, department, joint, lenient, morning, result, staff, stranger, text,
};

#[derive(Debug, PartialEq, Eq)]
enum Who {
    Staff(&'static str),
    Window(WindowCode),
    Department(DepartmentCode),
}

/// The chain, each link with how it came and when it ended; checked to be one without gap or overlap.
fn chain(case: &Case) -> Vec<(Who, Taken, Option<Instant>)> {
    let tenures = case.responsibility.tenures();
    assert!(tenures.windows(2).all(|pair| pair[0].until == Some(pair[1].from)), "{tenures:?}");
    assert_eq!(tenures[0].from, case.received_at);
    let known = |code: &str| Person::ALL.iter().map(|person| person.code()).find(|it| *it == code).unwrap();
    let who = |who: &Responsible| match who {
        Responsible::Staff(code) => Who::Staff(known(code.as_str())),
        Responsible::Window(code) => Who::Window(code.clone()),
        Responsible::Department(code) => Who::Department(code.clone()),
    };
    tenures.iter().map(|tenure| (who(&tenure.who), tenure.how, tenure.until)).collect()
}

fn decline() -> Command {
    Command::DeclineTransfer { reason: text("不属于本部门职责") }
}

/// Clause B5-1: from the first touch to the end, each link beginning where the one before ends.
#[test]
fn responsibility_is_a_chain_from_the_first_touch_to_the_end() {
    let desk = Desk::open(lenient(), Person::Adapter, DeliveryMethod::PickUp)
        .later("2026-03-02T10:00:00")
        .after(Person::Clerk, scope(ScopeFinding::Within))
        .with_materials_in_order()
        .after(Person::Clerk, Command::Accept)
        .later("2026-03-02T11:00:00")
        .after(Person::Reviewer, Command::Assign { to: Person::Reviewer.colleague(lenient()) })
        .later("2026-03-02T14:00:00")
        .after(Person::Reviewer, offer(Person::SecondReviewer, lenient()))
        .later("2026-03-02T15:00:00")
        .after(Person::SecondReviewer, Command::AcceptHandOver)
        .later("2026-03-02T16:00:00")
        .after(Person::Approver, Command::Assign { to: Person::Deputy.colleague(lenient()) })
        .after(Person::Deputy, review(Outcome::Grant))
        .after(Person::Approver, decide(Outcome::Grant))
        .later("2026-03-03T09:00:00")
        .after(Person::Clerk, Command::IssueResult(Some(result(morning()))))
        .after(Person::Clerk, Command::HandOut { collector: hall::collector() })
        .later("2026-03-04T09:00:00")
        .after(Person::Clerk, Command::Close);
    let until = |text: &str| Some(at(&format!("2026-03-{text}:00:00")));
    assert_eq!(
        chain(&desk.case),
        [
            (Who::Window(lenient().window.clone()), Taken::FirstContact, until("02T10")),
            (Who::Staff("clerk"), Taken::FirstContact, until("02T11")),
            (Who::Staff("reviewer"), Taken::Taken, until("02T15")),
            (Who::Staff("reviewer2"), Taken::Accepted, until("02T16")),
            (Who::Staff("approver2"), Taken::Assigned, until("03T09")),
            (Who::Staff("clerk"), Taken::Issuing, until("04T09")),
        ]
    );
    assert_eq!(desk.case.responsibility.now(), None);
}

/// Clause B5-1: an offer that is not accepted within the working day after it goes back by itself.
#[test]
fn a_hand_over_that_is_not_accepted_in_time_goes_back() {
    let mut desk = taken(lenient()).after(Person::Reviewer, offer(Person::SecondReviewer, lenient()));
    let happened = desk.until("2026-03-04T08:00:00");
    let lapsed = happened.iter().find(|(_, event)| matches!(event, Event::HandOverLapsed { .. })).unwrap();
    assert_eq!(lapsed.0, at("2026-03-04T00:00:00"));
    assert_eq!(desk.refused(Person::SecondReviewer, Command::AcceptHandOver), "no_handover_pending");
    assert_eq!(desk.case.routing.holder(), Some(&staff("reviewer")));
    assert_eq!(desk.case.responsibility.now(), Some(&Responsible::Staff(staff("reviewer"))), "all the while");
    assert_eq!(desk.after(Person::Reviewer, review(Outcome::Grant)).case.stage, Stage::InReview);
}

/// Clause B5-1: the same for an offer to another department.
#[test]
fn a_transfer_that_is_not_accepted_in_time_goes_back() {
    let mut desk = taken(lenient()).after(Person::Approver, transfer(STATISTICS));
    let happened = desk.until("2026-03-04T08:00:00");
    let back = (at("2026-03-04T00:00:00"), Event::TransferLapsed { to: department(STATISTICS) });
    assert!(happened.contains(&back), "{happened:?}");
    assert_eq!(desk.refused(Person::Statistics, Command::AcceptTransfer), "no_transfer_pending");
    assert_eq!(desk.case.routing.department, lenient().department);
}

/// Clause B5-1: while an offer is open there is no second one, nothing is worked on and nothing decided.
#[test]
fn one_offer_at_a_time() {
    let by = Person::Reviewer;
    let reviewed = taken(lenient()).after(by, review(Outcome::Grant));
    let offered = reviewed.clone().after(by, offer(Person::SecondReviewer, lenient()));
    assert_eq!(offered.refused(Person::Approver, transfer(STATISTICS)), "handover_pending");
    assert_eq!(offered.refused(by, offer(Person::Deputy, lenient())), "handover_pending");
    assert_eq!(offered.refused(Person::Deputy, Command::AcceptHandOver), "not_offered_to_you");
    let away = reviewed.after(Person::Approver, transfer(STATISTICS));
    assert_eq!(away.refused(Person::Approver, transfer(FIRE)), "handover_pending");
    assert_eq!(away.refused(by, offer(Person::SecondReviewer, lenient())), "handover_pending");
    assert_eq!(away.refused(by, delegate(Person::SecondReviewer, lenient())), "handover_pending");
    assert_eq!(away.refused(by, review(Outcome::Refuse)), "handover_pending");
    assert_eq!(away.refused(Person::Approver, decide(Outcome::Grant)), "handover_pending");
}

/// 转办: on acceptance the other department handles the case, answers for it, and reviews it anew within its own limit.
#[test]
fn a_transfer_counts_when_it_is_accepted() {
    let reviewed = taken(lenient()).after(Person::Reviewer, review(Outcome::Grant));
    let own = transfer(lenient().department.as_str());
    assert_eq!(reviewed.refused(Person::Approver, own), "transfer_to_oneself");
    let offered = reviewed.after(Person::Approver, transfer(STATISTICS)).later("2026-03-03T10:00:00");
    assert_eq!(offered.case.responsibility.now(), Some(&Responsible::Staff(staff("reviewer"))));
    for command in [Command::AcceptTransfer, decline()] {
        assert_eq!(offered.refused(Person::Fire, command), "not_of_that_department");
    }
    let declined = offered.clone().after(Person::Statistics, decline());
    assert_eq!(declined.case.routing.department, lenient().department);
    assert_eq!(declined.refused(Person::Statistics, decline()), "no_transfer_pending");
    assert!(declined.case.approval.review.is_some(), "and nothing else has changed");

    let desk = offered.after(Person::Statistics, Command::AcceptTransfer);
    assert_eq!(desk.case.routing.department, department(STATISTICS));
    assert_eq!(desk.case.responsibility.now(), Some(&Responsible::Staff(staff(STATISTICS))));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "not_reviewed");
    let limit = desk.case.clocks.review.as_ref().unwrap();
    assert_eq!((limit.start, limit.stopped), (desk.now.day(), None));
    chain(&desk.case);
}

/// Clause B3-3: a department whose opinion is asked does not become the one that asks.
#[test]
fn nothing_is_transferred_to_a_participant() {
    let item = joint(catalog::Silence::Open);
    let desk = taken(item);
    assert_eq!(desk.refused(Person::Approver, transfer(FIRE)), "transfer_to_participant", "the item says so");
    let plan = draw_plan(Some(vec![hall::acts::asked(FIRE, 5)]));
    let planned = taken(lenient()).after(Person::Reviewer, plan);
    assert_eq!(planned.refused(Person::Approver, transfer(FIRE)), "transfer_to_participant", "the plan says so");
    assert_eq!(planned.after(Person::Approver, transfer(STATISTICS)).case.stage, Stage::InReview);
}

/// 委派: a colleague does the work, and the holder goes on answering for it.
#[test]
fn a_delegate_works_and_the_holder_answers() {
    let by = Person::Reviewer;
    let desk = taken(lenient());
    assert_eq!(desk.refused(by, delegate(by, lenient())), "delegation_to_oneself");
    assert_eq!(desk.refused(by, Command::Delegate { to: stranger() }), "not_a_colleague");
    assert_eq!(desk.refused(Person::SecondReviewer, delegate(by, lenient())), "not_the_holder");
    assert_eq!(desk.refused(by, Command::EndDelegation), "no_delegation");
    assert_eq!(desk.refused(Person::SecondReviewer, review(Outcome::Grant)), "not_the_holder");
    let desk = desk.after(by, delegate(Person::SecondReviewer, lenient()));
    assert_eq!(desk.refused(Person::Deputy, Command::EndDelegation), "not_the_holder");
    let ended = desk.clone().after(Person::SecondReviewer, Command::EndDelegation);
    assert_eq!(ended.refused(Person::SecondReviewer, review(Outcome::Grant)), "not_the_holder");
    let done = desk.after(Person::SecondReviewer, review(Outcome::Grant));
    assert_eq!(done.case.responsibility.now(), Some(&Responsible::Staff(staff("reviewer"))));
    assert_eq!(done.case.routing.delegate, None, "done");
    assert_eq!(done.refused(Person::Reviewer, Command::EndDelegation), "no_delegation");
}

/// 委派 ends with the desk it came from: neither another holder nor a reopened case has it.
#[test]
fn a_delegation_does_not_outlive_its_desk() {
    let desk = taken(lenient())
        .after(Person::Reviewer, review(Outcome::Refuse))
        .after(Person::Reviewer, delegate(Person::SecondReviewer, lenient()));
    let moved = desk.clone().after(Person::Approver, Command::Assign { to: Person::Deputy.colleague(lenient()) });
    assert_eq!(moved.case.routing.delegate, None);
    let reopened = desk
        .after(Person::Approver, decide(Outcome::Refuse))
        .after(Person::Clerk, Command::IssueResult(None))
        .after(Person::Clerk, Command::HandOut { collector: hall::collector() })
        .after(Person::Clerk, Command::Close)
        .after(Person::DepartmentHead, reopen());
    assert_eq!(reopened.refused(Person::SecondReviewer, review(Outcome::Grant)), "not_assigned");
    let tenures = reopened.case.responsibility.tenures();
    assert_eq!(tenures.last().unwrap().who, Responsible::Department(lenient().department.clone()));
}

/// 退回重办 goes to a step that was taken, and whoever comes after it does his part again.
#[test]
fn a_return_voids_what_came_after_the_step() {
    let by = Person::Approver;
    assert_eq!(taken(lenient()).refused(by, rework(Step::Review)), "step_not_taken");
    let reviewed = taken(lenient()).after(Person::Reviewer, review(Outcome::Grant));
    assert_eq!(reviewed.refused(by, rework(Step::JointReview)), "step_not_taken");
    let returned = reviewed.after(by, rework(Step::Review));
    assert_eq!(returned.refused(by, decide(Outcome::Grant)), "not_reviewed");
    assert_eq!(returned.case.approval.reworks[0].to, Step::Review);
    let again = returned.after(Person::Reviewer, review(Outcome::Refuse)).after(by, decide(Outcome::Grant));
    assert_eq!(again.case.stage, Stage::Decided);
}

/// A return to the joint review asks every participant again, from that day.
#[test]
fn a_return_to_the_joint_review_asks_everybody_again() {
    let plan = draw_plan(Some(vec![hall::acts::asked(FIRE, 5)]));
    let desk = taken(lenient())
        .after(Person::Reviewer, plan)
        .after(Person::Fire, hall::acts::opine(FIRE, approval::joint::Opinion::Agree))
        .after(Person::Reviewer, review(Outcome::Grant))
        .later("2026-03-04T10:00:00")
        .after(Person::Approver, rework(Step::JointReview));
    let desks = &desk.case.approval.joint.as_ref().unwrap().desks;
    let fire = &desks[&department(FIRE)];
    assert_eq!((fire.started, &fire.opinion), (Some(desk.now.day()), &None));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "opinions_missing");
    let opined = desk.after(Person::Fire, hall::acts::opine(FIRE, approval::joint::Opinion::Agree));
    assert_eq!(opined.refused(Person::Approver, decide(Outcome::Grant)), "not_reviewed");
}

/// Clause B3-2: what was reviewed before the materials changed does not carry a decision.
#[test]
fn a_review_of_other_materials_is_outdated() {
    let mut desk = lacking(lenient(), &[2])
        .after(Person::Clerk, hall::acts::conditionally(10))
        .after(Person::Reviewer, Command::Assign { to: Person::Reviewer.colleague(lenient()) })
        .after(Person::Reviewer, review(Outcome::Grant));
    desk = desk.later("2026-03-03T10:00:00");
    let now = desk.now;
    desk = desk.after(Person::Applicant, hall::acts::attach(lenient(), 2, now));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    let desk = desk.after(Person::Clerk, found(lenient(), 2)).after(Person::Reviewer, review(Outcome::Grant));
    assert_eq!(desk.after(Person::Approver, decide(Outcome::Grant)).case.stage, Stage::Decided);
}

/// Clause B5-1: nobody is skipped: what stands on the worklist is answered for by the window that took it in.
#[test]
fn the_window_answers_until_somebody_takes_the_case() {
    let desk = accepted(lenient());
    assert_eq!(desk.case.responsibility.now(), Some(&Responsible::Staff(staff("clerk"))));
    let touched = received(lenient(), DeliveryMethod::PickUp);
    assert_eq!(touched.case.first_contact, Some(staff("clerk")));
}
