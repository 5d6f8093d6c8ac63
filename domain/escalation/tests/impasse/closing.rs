//! 销号、挂账、回访: the ways out, of which there is one, and the ways back (clauses D5-1, D5-2, D8-1).

use escalation::{Basis, CarryingGround, Cause, Channel, Command, Graded, Level, Outcome, Source, State};
use kernel::{
    WorkingDays,
    identity::Assurance,
    responsibility::{Responsible, Taken},
};

use crate::hall::{
    self, Desk, LAND, Person, acts, at, day,
    scene::{answered, by_hotline, carried, closed_out, discussed, graded, online, ordered, signed},
};

/// Clause D5-2
#[test]
fn the_satisfied_applicant_closes_it_out() {
    let desk = answered(Outcome::Solved).on("2026-03-04T10:00:00").after(Person::Applicant, acts::word(true));
    assert_eq!(desk.impasse.state, State::ClosedOut);
    assert_eq!(desk.impasse.closed_at, Some(desk.now));
    assert_eq!(desk.impasse.limits.running().count(), 0);
    assert_eq!(desk.impasse.responsibility.now(), None);
    assert_eq!(desk.wakes_at(), None);
    assert_eq!(&desk.kinds()[desk.record.len() - 2..], ["satisfaction_recorded", "closed_out"]);
    let said = desk.impasse.round().unwrap().satisfaction.clone().unwrap();
    let applicant = Person::Applicant.actor().signature();
    assert_eq!((said.by, said.at), (applicant, desk.now), "the record says who, and when, not whoever asks");
}

/// Clause D5-2: solved and satisfied are two questions, and only one of them closes.
#[test]
fn solved_is_not_satisfied() {
    let with = |solved: bool, satisfied: bool| {
        let Command::RecordSatisfaction(said) = acts::word(satisfied) else { unreachable!() };
        answered(Outcome::Solved)
            .after(Person::Applicant, Command::RecordSatisfaction(escalation::Satisfaction { solved, ..said }))
    };
    assert_eq!(with(true, false).impasse.state, State::InHandling);
    assert_eq!(with(false, true).impasse.state, State::ClosedOut);
}

/// Clause D5-2: it is the applicant's word, by a way on which it can be theirs.
#[test]
fn nobody_else_can_say_it_for_them() {
    let desk = answered(Outcome::Solved);
    assert_eq!(desk.refused(Person::Stranger, acts::word(true)), "not_found");
    for by in [Person::Manager, Person::Supervisor, Person::Reform] {
        assert_eq!(desk.refused(by, acts::word(true)), "role_not_allowed");
    }
    assert_eq!(desk.refused(Person::Elsewhere, acts::word(true)), "not_found", "not posted there");
    let real_name = Assurance::RealName;
    let ways = [
        Source::Applicant { assurance: real_name, speaker: None },
        Source::AtTheWindow { speaker: None },
        Source::Platform { assurance: real_name, speaker: None },
        Source::HotlineCall { speaker: None, verified: None },
    ];
    for (by, own) in [(Person::Applicant, 0), (Person::Colleague, 1)] {
        for (at, source) in ways.clone().into_iter().enumerate() {
            let told = desk.clone().tell(by, acts::word_from(source, true));
            assert_eq!(told.map_err(|refusal| refusal.code).err(), (at != own).then_some("source_mismatch"), "{by:?}");
        }
    }
    let brought = online()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::General))
        .after(Person::Clerk, acts::answer(Outcome::Solved));
    assert_eq!(brought.refused(Person::Adapter, acts::word_from(ways[0].clone(), true)), "source_mismatch");
    let closed = brought.after(Person::Adapter, acts::word_from(ways[2].clone(), true));
    assert_eq!(closed.impasse.state, State::ClosedOut);
}

/// Clause D5-2: that an enterprise is satisfied by the word of nobody who is named closes nothing out; what is wanting is said
/// until it is there.
#[test]
fn an_unnamed_speaker_closes_nothing_out() {
    let desk = answered(Outcome::Solved).after(Person::Colleague, Command::AwaitSpeaker);
    assert_eq!((desk.impasse.state, desk.impasse.speaker_awaited), (State::AwaitingApplicant, Some(desk.now)));
    let at_the_window = || acts::word_from(Source::AtTheWindow { speaker: None }, true);
    let closed = desk.clone().after(Person::Colleague, at_the_window());
    assert_eq!((closed.impasse.state, closed.impasse.speaker_awaited), (State::ClosedOut, None));
    assert_eq!(closed.refused(Person::Colleague, Command::AwaitSpeaker), "wrong_state");
    let again = desk.after(Person::Applicant, acts::word(false));
    assert_eq!((again.impasse.state, again.impasse.speaker_awaited), (State::InHandling, None));
}

/// Clause D5-2: whoever did the work does not write down how it was liked.
#[test]
fn nobody_marks_their_own_work() {
    let at_the_window = || acts::word_from(Source::AtTheWindow { speaker: None }, true);
    let desk = answered(Outcome::Solved);
    assert_eq!(desk.refused(Person::Clerk, at_the_window()), "own_work");
    assert_eq!(desk.after(Person::Colleague, at_the_window()).impasse.state, State::ClosedOut);
    let carried_again = answered(Outcome::Explained)
        .after(Person::Applicant, acts::word(false))
        .after(Person::Manager, acts::carry(CarryingGround::NotAllowedByLaw))
        .after(Person::Reform, acts::rule_on_carrying(true));
    assert_eq!(carried_again.refused(Person::Clerk, at_the_window()), "own_work", "nor of the round before");
}

/// Clauses D5-1, D5-2: no word closes what was never answered.
#[test]
fn a_word_closes_nothing_before_an_answer() {
    for desk in [graded(Level::General), signed(), discussed()] {
        assert_eq!(desk.refused(Person::Applicant, acts::word(true)), "wrong_state", "not before an answer");
    }
    assert_eq!(closed_out().refused(Person::Applicant, acts::word(true)), "wrong_state");
    let unreached = unreachable().after(Person::Reform, acts::rule_on_carrying(true));
    assert_eq!(
        unreached.refused(Person::Applicant, acts::word(true)),
        "not_answered",
        "clause D5-1: no answer, no end"
    );
    assert_eq!(unreached.refused(Person::Colleague, Command::AwaitSpeaker), "not_answered", "nobody's word would do");
    let again = unreached.after(Person::Applicant, acts::word(false));
    assert_eq!(again.impasse.state, State::InHandling, "who is there after all is heard");
}

/// Three days of trying, on which nobody was reached, and the carrying asked for.
fn unreachable() -> Desk {
    graded(Level::General)
        .after(Person::Clerk, acts::contact(false))
        .on("2026-03-03T10:00:00")
        .after(Person::Clerk, acts::contact(false))
        .on("2026-03-04T10:00:00")
        .after(Person::Clerk, acts::contact(false))
        .after(Person::Manager, acts::carry(CarryingGround::Unreachable))
}

/// Clause D5-2: dissatisfied, and another round begins with a limit of its own.
#[test]
fn dissatisfaction_begins_another_round() {
    let desk = answered(Outcome::Solved).on("2026-03-04T10:00:00").after(Person::Applicant, acts::word(false));
    assert_eq!(desk.impasse.state, State::InHandling);
    assert_eq!(desk.impasse.rounds.len(), 2);
    assert_eq!(desk.impasse.round().unwrap().cause, Cause::Dissatisfied);
    let limits = &desk.impasse.limits;
    assert_eq!(limits.handling.as_ref().unwrap().start, day("2026-03-04"));
    assert!(limits.handling.as_ref().unwrap().is_running());
    assert!(!limits.feedback.as_ref().unwrap().is_running());
    assert_eq!(desk.impasse.level, Some(Level::General), "once is not yet too often");
    assert_eq!(desk.refused(Person::Applicant, acts::word(true)), "wrong_state", "answered again first");
}

fn dissatisfied(desk: Desk) -> Desk {
    desk.after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(false))
}

/// What the level wants before an answer, in this round: another meeting, or another decision.
fn spoken_of(desk: Desk) -> Desk {
    let round = u8::try_from(desk.impasse.rounds.len()).unwrap();
    match desk.impasse.level {
        Some(Level::Difficult) => desk.after(Person::Reform, acts::discuss(round)),
        Some(Level::Exceptional) => desk.after(Person::Reform, acts::submit(3)).after(Person::Reform, acts::decided(3)),
        _ => desk,
    }
}

/// Clause D5-2: after two rounds the level rises by itself, and it counts anew there.
#[test]
fn two_dissatisfied_rounds_raise_the_level() {
    let desk = dissatisfied(dissatisfied(graded(Level::General)));
    assert_eq!(desk.impasse.level, Some(Level::Difficult));
    assert_eq!(desk.impasse.gradings.last().unwrap().how, Graded::AfterRounds(2));
    assert_eq!(desk.impasse.limits.handling.as_ref().unwrap().budget, WorkingDays(10), "the new level's limit");
    let levels: Vec<_> = desk.impasse.rounds.iter().map(|round| round.level).collect();
    assert_eq!(levels, [Level::General, Level::General, Level::Difficult]);

    let desk = dissatisfied(spoken_of(desk));
    assert_eq!(desk.impasse.level, Some(Level::Difficult), "once at this level");
    let desk = dissatisfied(spoken_of(desk));
    assert_eq!(desk.impasse.level, Some(Level::Exceptional));
    let desk = dissatisfied(spoken_of(dissatisfied(spoken_of(dissatisfied(spoken_of(desk))))));
    assert_eq!(desk.impasse.level, Some(Level::Exceptional), "there is nothing above");
    assert_eq!(desk.impasse.rounds.len(), 8, "and every round is followed by another");
}

/// Clauses D5-2, G3: 重办 is the hotline's own demand: another round, which counts, and no word of the applicant.
#[test]
fn what_is_to_be_redone_is_no_word_of_the_applicant() {
    let brought =
        || by_hotline().after(Person::Manager, acts::file()).after(Person::Manager, acts::grade(Level::General));
    let redone =
        |desk: Desk| desk.after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Hotline, acts::redo());
    let once = redone(brought());
    assert_eq!((once.impasse.state, once.impasse.level), (State::InHandling, Some(Level::General)));
    assert_eq!(once.impasse.round().unwrap().cause, Cause::Redo);
    assert!(once.impasse.rounds.iter().all(|round| round.satisfaction.is_none()), "nobody was asked");
    assert_eq!(once.impasse.supplements[0].text.as_str(), "12345热线要求重办：仍未修复");
    assert_eq!(dissatisfied(once.clone()).impasse.level, Some(Level::Difficult), "it counts");
    let twice = redone(once);
    assert_eq!(twice.impasse.gradings.last().unwrap().how, Graded::AfterRounds(2));
    assert!(!twice.kinds().contains(&"satisfaction_recorded"));
    let levels: Vec<_> = twice.impasse.rounds.iter().map(|round| round.level).collect();
    assert_eq!(levels, [Level::General, Level::General, Level::Difficult], "what was redone keeps its level");
    assert_eq!(dissatisfied(spoken_of(twice)).impasse.level, Some(Level::Difficult), "and it counts anew at the next");
    let answered = answered(Outcome::Solved);
    assert_eq!(answered.refused(Person::Clerk, acts::redo()), "source_mismatch");
    assert_eq!(answered.refused(Person::Applicant, acts::redo()), "source_mismatch");
}

/// Clause D5-2: a level that was raised during a round is the one the round was at.
#[test]
fn a_round_counts_at_the_level_at_which_it_ended() {
    let raised = graded(Level::General).after(Person::Manager, acts::raise(Level::Difficult));
    let desk = dissatisfied(spoken_of(dissatisfied(spoken_of(raised))));
    assert_eq!(desk.impasse.level, Some(Level::Exceptional));
}

/// Clauses D4-3, D4-4, D5-2: a later round is not answered from the meeting or the decision of the one before, nor are orders
/// given by it, not even on the same day.
#[test]
fn a_later_round_is_spoken_of_anew() {
    let again = |desk: Desk| dissatisfied(spoken_of(desk));
    let answer = || acts::answer(Outcome::Solved);
    let difficult = again(graded(Level::Difficult));
    assert_eq!(difficult.refused(Person::Clerk, answer()), "meeting_missing");
    let order = acts::order_by(escalation::Basis::Meeting(acts::meeting(1)), hall::LAND);
    assert_eq!(difficult.refused(Person::Reform, order), "not_discussed");
    let exceptional = again(graded(Level::Exceptional));
    assert_eq!(exceptional.refused(Person::Clerk, answer()), "government_decision_missing");
    assert!(!exceptional.impasse.is_decided_in_this_round());
    assert!(spoken_of(exceptional).impasse.is_decided_in_this_round());
}

/// Clauses D5-2, D8-1: only one after the other; a satisfied word in between begins the count again.
#[test]
fn a_satisfied_word_begins_the_count_again() {
    let reopened = dissatisfied(graded(Level::General))
        .after(Person::Clerk, acts::answer(Outcome::Solved))
        .after(Person::Applicant, acts::word(true))
        .after(Person::Reform, acts::follow_up(false));
    assert_eq!(dissatisfied(reopened).impasse.level, Some(Level::General));
}

/// 挂账: the record bears out why, or it is not even asked for.
#[test]
fn a_ground_for_carrying_is_borne_out_by_the_record() {
    let code = |desk: &Desk, ground| desk.refused(Person::Manager, acts::carry(ground));
    let desk = graded(Level::General);
    for ground in [
        CarryingGround::NotAllowedByLaw,
        CarryingGround::Unreachable,
        CarryingGround::NoAnswer,
        CarryingGround::LegalRoute,
    ] {
        assert_eq!(code(&desk, ground), "ground_not_borne_out", "{ground}");
        assert_eq!(code(&answered(Outcome::Solved), ground), "ground_not_borne_out", "{ground}");
    }
    for ground in [CarryingGround::NotAllowedByLaw, CarryingGround::LegalRoute] {
        let desk = answered(Outcome::Explained).after(Person::Manager, acts::carry(ground));
        assert_eq!(desk.impasse.carrying_proposal.unwrap().ground, ground);
    }
}

/// 申请人无法联系: on as many days, since they were last reached.
#[test]
fn nobody_is_unreachable_after_three_calls_in_one_day() {
    let mut desk = graded(Level::General);
    for hour in ["10", "11", "12"] {
        desk = desk.on(&format!("2026-03-02T{hour}:00:00")).after(Person::Clerk, acts::contact(false));
    }
    let ask = || acts::carry(CarryingGround::Unreachable);
    assert_eq!(desk.refused(Person::Manager, ask()), "ground_not_borne_out");
    desk = desk
        .on("2026-03-03T10:00:00")
        .after(Person::Clerk, acts::contact(true))
        .on("2026-03-04T10:00:00")
        .after(Person::Clerk, acts::contact(false))
        .on("2026-03-05T10:00:00")
        .after(Person::Clerk, acts::contact(false));
    assert_eq!(desk.refused(Person::Manager, ask()), "ground_not_borne_out", "reached in between");
    desk = desk.on("2026-03-06T10:00:00").after(Person::Clerk, acts::contact(false));
    assert!(desk.clone().after(Person::Manager, ask()).impasse.carrying_proposal.is_some());
}

/// 申请人不予答复: asked, and the time to answer gone.
#[test]
fn silence_counts_when_the_time_to_answer_is_over() {
    let ask = || acts::carry(CarryingGround::NoAnswer);
    let desk = answered(Outcome::Solved);
    assert_eq!(desk.clone().on("2026-03-05T17:00:00").refused(Person::Manager, ask()), "ground_not_borne_out");
    let desk = desk.on("2026-03-06T09:00:00").after(Person::Manager, ask());
    let spoke = desk.clone().after(Person::Applicant, acts::word(false));
    assert_eq!(spoke.impasse.carrying_proposal, None, "a word undoes it");
    let desk = desk.after(Person::Reform, acts::rule_on_carrying(true));
    assert_eq!(desk.impasse.state, State::Carried);
}

/// 挂账 is the reform office's to approve, while what is claimed still holds.
#[test]
fn the_reform_office_approves_what_still_holds() {
    let desk = unreachable();
    assert_eq!(desk.refused(Person::Manager, acts::carry(CarryingGround::Unreachable)), "already_proposed");
    assert_eq!(desk.refused(Person::Manager, acts::rule_on_carrying(true)), "role_not_allowed");
    for days in [0, 61] {
        let days = Some(WorkingDays(days));
        let ruling = Command::RuleOnCarrying { granted: true, reason: hall::text("同意"), days };
        assert_eq!(desk.refused(Person::Reform, ruling), "days_out_of_range");
    }
    let reached = desk.clone().after(Person::Clerk, acts::contact(true));
    assert_eq!(reached.refused(Person::Reform, acts::rule_on_carrying(true)), "ground_not_borne_out");
    let busy = desk.clone().after(Person::Manager, acts::order(LAND));
    assert_eq!(busy.refused(Person::Reform, acts::rule_on_carrying(true)), "order_open");
    let refused = busy.after(Person::Reform, acts::rule_on_carrying(false));
    assert_eq!((refused.impasse.state, &refused.impasse.carrying_proposal), (State::InHandling, &None));
    assert_eq!(refused.refused(Person::Reform, acts::rule_on_carrying(true)), "nothing_proposed");
    assert_eq!(ordered().refused(Person::Manager, acts::carry(CarryingGround::LegalRoute)), "order_open");
    let carried = desk.after(Person::Reform, acts::rule_on_carrying(true));
    let carrying = carried.impasse.carrying.clone().unwrap();
    assert_eq!((carrying.ground, carrying.approved_by.code.as_str()), (CarryingGround::Unreachable, "reform"));
    let running: Vec<_> = carried.impasse.limits.running().map(|limit| (limit.kind, limit.budget)).collect();
    assert_eq!(running, [(kernel::ledger::LimitKind::CarriedReview, WorkingDays(20))], "only the review presses");
    assert_eq!(carried.impasse.closed_at, None, "open on the register");
}

/// 挂账复核: looked at again, kept with a new date, or taken up.
#[test]
fn what_is_carried_is_looked_at_again() {
    let desk = carried().on("2026-03-20T10:00:00");
    assert_eq!(desk.refused(Person::Manager, acts::review(None)), "role_not_allowed");
    for days in [0, 61] {
        assert_eq!(desk.refused(Person::Reform, acts::review(Some(days))), "days_out_of_range");
    }
    let kept = desk.clone().after(Person::Reform, acts::review(Some(10)));
    assert_eq!(kept.impasse.state, State::Carried);
    let limit = kept.impasse.limits.review.clone().unwrap();
    assert_eq!((limit.start, limit.budget, limit.is_running()), (day("2026-03-20"), WorkingDays(10), true));
    assert_eq!(kept.impasse.carrying.as_ref().unwrap().reviews.len(), 1);
    let again = kept.after(Person::Reform, acts::review(None));
    assert_eq!((again.impasse.state, again.impasse.carrying.is_none()), (State::InHandling, true));
    assert_eq!(again.impasse.round().unwrap().cause, Cause::Resumed);
    assert!(!again.impasse.limits.review.as_ref().unwrap().is_running());
    assert_eq!(
        desk.after(Person::Applicant, acts::word(true)).impasse.state,
        State::ClosedOut,
        "or closed by their word"
    );
    assert_eq!(carried().after(Person::Applicant, acts::word(false)).impasse.state, State::InHandling);
}

/// Clause D8-1: a bad finding reopens, a good one is on the record; who answered for it last answers for it again.
#[test]
fn a_bad_finding_reopens() {
    let closed = closed_out();
    assert_eq!(closed.refused(Person::Manager, acts::follow_up(false)), "role_not_allowed");
    let good = closed.clone().on("2026-04-01T10:00:00").after(Person::Reform, acts::follow_up(true));
    assert_eq!(good.impasse.state, State::ClosedOut);
    assert_eq!(good.impasse.follow_ups.len(), 1);
    let reopened = good.on("2026-04-02T10:00:00").after(Person::Reform, acts::follow_up(false));
    assert_eq!(reopened.impasse.state, State::InHandling);
    assert_eq!(reopened.impasse.closed_at, None);
    assert_eq!(reopened.impasse.round().unwrap().cause, Cause::FollowUp);
    let tenure = reopened.impasse.responsibility.tenures().last().unwrap();
    let clerk = Responsible::Staff(Person::Clerk.staff());
    assert_eq!((&tenure.who, tenure.how, tenure.from), (&clerk, Taken::Reopened, at("2026-04-02T10:00:00")));
    assert_eq!(reopened.refused(Person::Reform, acts::follow_up(true)), "wrong_state");
}

/// Clause D5-2: 12345 asks the applicant, and passes on the three answers.
#[test]
fn the_hotline_passes_the_word_on() {
    let desk = by_hotline()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::General))
        .after(Person::Supervisor, acts::order_by(Basis::Supervision, LAND))
        .after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer))
        .after(Person::LandReviewer, acts::complete(1))
        .after(Person::LandHead, acts::sign(1))
        .after(Person::Clerk, acts::answer(Outcome::Solved));
    assert_eq!(desk.impasse.channel, Channel::Hotline);
    let hotline = Person::Hotline.actor();
    let (ctx, mut numbers) = (desk.context(&hotline), desk.numbers.clone());
    let mut tell = |source| desk.impasse.decide(acts::word_from(source, true), &desk.terms, &mut numbers, &ctx);
    assert_eq!(tell(Source::AtTheWindow { speaker: None }).unwrap_err().code, "source_mismatch");
    assert_eq!(tell(Source::HotlineCall { speaker: None, verified: None }).unwrap().len(), 2);
}
