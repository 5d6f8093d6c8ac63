use approval::Outcome;
use casework::Stage;
use catalog::DeliveryMethod;
use intake::{CommitmentFinding, ScopeFinding};
use issuance::TrackingState;

use super::{
    Ask, Found, Model,
    ask::{ASKED, Validity},
};
use crate::hall::Person;

/// Something that brings the case on from where the model says it is, mostly.
pub(crate) fn forward(model: &Model, choice: u8) -> Option<(Person, Ask)> {
    let every = |nth: u8| choice.is_multiple_of(nth);
    let clerk = |ask| Some((Person::Clerk, ask));
    if let Some(nth) = model.unsealed().filter(|_| choice % 29 == 11) {
        return clerk(Ask::Seal(nth));
    }
    let granted = matches!(model.stage, Stage::Issued | Stage::Delivered | Stage::Closed) && model.granted();
    if let Some(commitment) = model.commitment.as_ref().filter(|it| granted && !it.settled && !every(3)) {
        let verify = match (every(2), commitment.looked) {
            (true, 0) => Ask::Verify(CommitmentFinding::Broken, Some(3)),
            (true, _) => Ask::Verify(CommitmentFinding::Broken, None),
            _ => Ask::Verify(CommitmentFinding::Kept, None),
        };
        return Some((Person::Reviewer, verify));
    }
    if let Some(step) = from_hand_to_hand(model, choice) {
        return Some(step);
    }
    match model.stage {
        Stage::UnderCheck if model.still_wrong() && !model.exception && every(3) => {
            Some((Person::Manager, Ask::AllowSecondNotice))
        }
        Stage::UnderCheck => clerk(at_the_window(model, choice)),
        Stage::AwaitingCorrection => {
            let round = model.rounds.last()?;
            let absent = round.listed.iter().find(|at| !model.changed_since(**at, round.told_at));
            Some((Person::Applicant, absent.map_or(Ask::SubmitCorrections, |at| Ask::Attach(*at))))
        }
        Stage::InReview => in_review(model, choice),
        Stage::Decided if model.open_condition() => Some(meet_the_condition(model, choice)),
        Stage::Decided => {
            let validity = match choice % 7 {
                0 => Validity::Reversed,
                1 => Validity::Longest,
                _ => Validity::Open,
            };
            clerk(Ask::Issue((model.outcome == Some(Outcome::Grant)).then_some(validity)))
        }
        Stage::Issued | Stage::Delivered | Stage::Closed if model.awaits_delivery() => match model.method {
            _ if model.lost => Some((Person::Approver, Ask::Replace)),
            DeliveryMethod::Courier => clerk(Ask::Dispatch),
            DeliveryMethod::PickUp => clerk(Ask::HandOut),
            DeliveryMethod::Electronic => clerk(Ask::DeliverElectronically),
        },
        Stage::InTransit | Stage::Delivered | Stage::Closed if model.on_its_way => clerk(Ask::Track(
            match choice % 6 {
                0 => TrackingState::Returned,
                1 => TrackingState::Lost,
                _ => TrackingState::Signed,
            },
            0,
        )),
        Stage::Delivered | Stage::Closed if choice % 8 == 5 => Some((Person::Approver, Ask::Replace)),
        Stage::Delivered if every(3) => Some((Person::Applicant, Ask::Acknowledge)),
        Stage::Delivered => clerk(Ask::Close),
        Stage::Closed if every(5) => Some((Person::DepartmentHead, Ask::RevokeGrant)),
        _ if every(4) => Some((Person::DepartmentHead, Ask::Reopen)),
        _ => None,
    }
}

/// 窗口移交: now and then, and answered more often than not.
fn from_hand_to_hand(model: &Model, choice: u8) -> Option<(Person, Ask)> {
    let from = model.answers.filter(|person| model.is_at_the_window() && person.is_clerk())?;
    match model.offered_at_window {
        Some((to, _)) => match choice % 5 {
            0 => Some((to, Ask::DeclineHandOver)),
            1 | 2 => Some((to, Ask::AcceptHandOver)),
            _ => None,
        },
        None if choice % 16 == 7 => {
            let colleague = Person::AT_THE_WINDOW.into_iter().find(|person| *person != from);
            Some((from, Ask::OfferAtWindow(colleague)))
        }
        None => None,
    }
}

fn at_the_window(model: &Model, choice: u8) -> Ask {
    let every = |nth: u8| choice.is_multiple_of(nth);
    match model.scope {
        Some(ScopeFinding::OutsidePower) if every(2) => return Ask::Reject { competent_body: true },
        Some(ScopeFinding::NoLicenceNeeded) if every(2) => return Ask::NotRequired,
        Some(ScopeFinding::Within) => {}
        _ => {
            return Ask::Scope(match choice % 10 {
                0 => ScopeFinding::OutsidePower,
                1 => ScopeFinding::NoLicenceNeeded,
                _ => ScopeFinding::Within,
            });
        }
    }
    if let Some(at) = (0..model.specs.len()).find(|at| model.unchecked(*at)) {
        let there = model.materials.get(&at).is_some_and(|material| material.files > 0);
        return Ask::Material(
            at,
            match (choice % 5 + 2 * u8::from(at != 1), there) {
                (0..=2, false) => Found::Missing,
                (0, true) => Found::NotInForm,
                _ => Found::InOrder,
            },
        );
    }
    if model.defects().is_empty() {
        return if every(2) { Ask::Accept } else { Ask::OnTheSpot { validity: Validity::Open, handed: every(3) } };
    }
    if model.still_wrong() && every(2) {
        return Ask::Reject { competent_body: false };
    }
    match choice % 3 {
        0 if model.lacks_only(|spec| spec.tolerable) => Ask::Conditionally(10),
        1 | 2 if model.lacks_only(|spec| spec.by_commitment) => Ask::OnCommitment { barred: false },
        _ => Ask::Notify(0, 10),
    }
}

fn meet_the_condition(model: &Model, choice: u8) -> (Person, Ask) {
    let missing = model.condition.iter().flat_map(|condition| &condition.missing);
    let open = missing.copied().find(|at| model.unchecked(*at) || model.defective(*at)).unwrap_or(0);
    let found = if choice.is_multiple_of(3) { Found::NotInForm } else { Found::InOrder };
    match choice % 4 {
        0 => (Person::Applicant, Ask::Attach(open)),
        1 => (Person::Clerk, Ask::RevokeAcceptance),
        _ => (Person::Clerk, Ask::Material(open, found)),
    }
}

fn in_review(model: &Model, choice: u8) -> Option<(Person, Ask)> {
    let every = |nth: u8| choice.is_multiple_of(nth);
    if model.open_condition() && every(3) {
        return Some(meet_the_condition(model, choice));
    }
    if let Some((to, _)) = model.transfer {
        return Some((to, if every(3) { Ask::DeclineTransfer } else { Ask::AcceptTransfer }));
    }
    if let Some((to, _)) = model.offered {
        return Some((to, if every(2) { Ask::AcceptHandOver } else { Ask::DeclineHandOver }));
    }
    // That of a visit ends with the visit.
    let visit = model.inspection.as_ref().and_then(|inspection| inspection.procedure);
    let mut procedures = model.procedures.iter().enumerate();
    if let Some((nth, _)) = procedures.find(|(nth, it)| it.until.is_none() && visit != Some(*nth)) {
        return Some((Person::Approver, Ask::EndProcedure(nth, 0)));
    }
    let Some(holder) = model.holder else {
        return Some((Person::Approver, Ask::Assign(Some(Person::COLLEAGUES[usize::from(choice) % 4]))));
    };
    if choice > 180 {
        return Some(by_the_way(model, holder, choice));
    }
    if model.terms.is_some() && model.joint.is_none() {
        return Some((holder, Ask::DrawPlan { own: false, why: false }));
    }
    if let Some(joint) = model.joint.as_ref().filter(|joint| !joint.is_complete(model.last_change())) {
        let by = ASKED[usize::from(choice) % 3];
        let person = Person::ALL.into_iter().find(|person| person.code() == by)?;
        if joint.desks.get(by).is_some_and(|desk| desk.asked && !desk.answered) {
            return Some((holder, Ask::MoreAnswered(by)));
        }
        let spoke = joint.desks.get(by).is_some_and(|desk| desk.opinion.is_some());
        let spoke = spoke && !joint.is_outdated(by, model.last_change());
        return Some((person, if spoke || every(8) { Ask::MoreAsked(by) } else { Ask::Opinion(by, every(7)) }));
    }
    if model.inspection.as_ref().is_some_and(|inspection| inspection.told.is_none()) {
        return Some((holder, Ask::Inspected { absent: every(2) }));
    }
    if let Some(of) = model.inspection.as_ref().and_then(|inspection| inspection.owing.first().copied()) {
        let person = Person::ALL.into_iter().find(|person| person.code() == of)?;
        return Some((person, Ask::Findings(of)));
    }
    match model.reviewed {
        Some((by, at)) if model.review_stands(at) => {
            let decides = if by == Person::Approver { Person::Deputy } else { Person::Approver };
            let refuse = every(4) || model.joint.as_ref().is_some_and(super::joint::Joint::has_objection);
            Some((decides, Ask::Decide(if refuse { Outcome::Refuse } else { Outcome::Grant }, true)))
        }
        _ => Some((holder, Ask::Review(Outcome::Grant))),
    }
}

/// What does not bring the case on.
fn by_the_way(model: &Model, holder: Person, choice: u8) -> (Person, Ask) {
    let colleague = if holder == Person::Reviewer { Person::SecondReviewer } else { Person::Reviewer };
    let ask = match choice % 6 {
        0 => Ask::Offer(Some(colleague)),
        1 if model.delegate.is_some() => Ask::EndDelegation,
        1 => Ask::Delegate(Some(colleague)),
        2 if model.paused => Ask::Resume,
        2 => Ask::Pause,
        3 | 4 => {
            let stops = model.terms.as_ref().is_some_and(|terms| terms.inspection.is_some());
            let by = if stops { Person::Approver } else { holder };
            return (by, Ask::Inspection { in_days: i64::from(choice % 4), moved: model.inspection.is_some() });
        }
        _ => return (Person::Approver, Ask::StartProcedure(0, false)),
    };
    (holder, ask)
}
