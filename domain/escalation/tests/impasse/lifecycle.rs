//! From the first word to the answer, in the words of the hall (clauses D1 to D5, D7-1).

use escalation::{Category, CategoryKind, Channel, Command, Event, Graded, Impasse, Level, Outcome, State};
use kernel::{
    DocumentKind, WorkingDays,
    responsibility::{Responsible, Taken},
};
use strum::{VariantArray, VariantNames};

use crate::hall::{
    Desk, FIRE, LAND, Person, acts, at, day, department, morning, registration,
    scene::{by_hotline, discussed, filed, government_decided, graded, online, registered},
    text,
};

fn brought(category: Category) -> Result<Desk, kernel::Refusal> {
    let registration = escalation::Registration { category, ..registration(Channel::FallbackWindow) };
    Desk::register(registration, Person::Clerk, morning())
}

fn responsible(desk: &Desk) -> &str {
    match desk.impasse.responsibility.now() {
        Some(Responsible::Staff(staff)) => staff.as_str(),
        Some(Responsible::Window(window)) => window.as_str(),
        other => panic!("nobody answers for it: {other:?}"),
    }
}

/// Clause D1-1: each of the six says what makes it one of the six.
#[test]
fn each_category_says_what_makes_it_one() {
    let departments = |codes: &[&str]| codes.iter().map(|code| department(code)).collect::<Vec<_>>();
    let across = |codes: &[&str], level: Option<&str>| Category::CrossDepartment {
        departments: departments(codes),
        other_level: level.map(text),
    };
    let unclear =
        |codes: &[&str]| Category::UnclearLead { asked: departments(codes), change: text("机构改革划转") };
    let legacy = |since| Category::Legacy { since, awaits: text("待补办用地手续") };
    let whole = [
        Category::EmergingField { field: text("低空经济") },
        Category::MissingItem { legal_basis: text("《可再生能源法》第十四条") },
        unclear(&[LAND]),
        across(&[LAND, FIRE], None),
        across(&[LAND], Some("台州市级")),
        legacy(1949),
        legacy(2026),
        Category::Other { why: text("没有对应的服务事项") },
    ];
    for category in &whole {
        assert_eq!(brought(category.clone()).unwrap().impasse.category, *category);
    }
    for kind in CategoryKind::VARIANTS {
        assert!(whole.iter().any(|category| category.kind() == *kind), "{kind}");
    }
    let lacking = [unclear(&[]), across(&[LAND], None), across(&[LAND, LAND], None), across(&[], Some("省级"))];
    for category in lacking.into_iter().chain([legacy(1948), legacy(2027)]) {
        assert_eq!(brought(category.clone()).unwrap_err().code, "category_incomplete", "{category:?}");
    }
}

/// Clauses D1-1, D12-1: 涉及部门 are those the category names and those that were given something to do.
#[test]
fn the_departments_are_those_named_and_those_ordered() {
    let named = Category::UnclearLead { asked: vec![department(FIRE)], change: text("机构改革划转") };
    let desk = brought(named)
        .unwrap()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::General))
        .after(Person::Manager, acts::order(LAND));
    assert_eq!(desk.impasse.departments(), [department(FIRE), department(LAND)]);
}

/// Clauses D1-2, D2-3, D4-3, D12-1: and those that said no, passed it on or met over it, each once.
#[test]
fn the_departments_are_also_those_that_said_no_passed_it_on_and_met() {
    let brought = escalation::Registration {
        referred_by: Some(department("commerce")),
        refused_by: vec![department("taxation"), department(LAND)],
        ..registration(Channel::Department)
    };
    let departments = vec![department(LAND), department(FIRE)];
    let desk = Desk::register(brought, Person::LandReviewer, morning())
        .unwrap()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::Difficult))
        .after(Person::Reform, Command::Discuss { meeting: acts::meeting(1), departments });
    let whole = ["commerce", FIRE, LAND, "taxation"].map(department);
    assert_eq!(desk.impasse.departments(), whole);
    assert_eq!(Impasse::fold(&desk.record).unwrap().departments(), whole);
}

/// Clause D6-1: what was recorded before meetings said who met is still read.
#[test]
fn a_meeting_of_long_ago_is_still_read() {
    let told = serde_json::json!({ "kind": "discussed", "data": { "meeting": acts::meeting(1) } });
    let read: Event = serde_json::from_value(told).unwrap();
    assert_eq!(read, Event::Discussed { meeting: acts::meeting(1), departments: Vec::new() });
}

/// Clauses D6-1, D10-1: what is kept from those outside are kinds that there are.
#[test]
fn what_is_internal_is_a_kind_of_event() {
    assert!(Event::INTERNAL.iter().all(|kind| Event::VARIANTS.contains(kind)), "{:?}", Event::INTERNAL);
}

/// Clause D1-2
#[test]
fn the_case_that_failed_stays_with_it() {
    let failed = "01900000-0000-7000-8000-000000000077".parse().ok();
    let brought = escalation::Registration { failed_case: failed, ..registration(Channel::Window) };
    let desk = Desk::register(brought, Person::Elsewhere, morning()).unwrap();
    assert!(failed.is_some());
    assert_eq!(desk.impasse.failed_case, failed);
}

/// Clauses D2-1, D3-1: who stands at the window was spoken to; whoever does not is called the same day.
#[test]
fn first_contact_is_made_the_same_day() {
    let desk = registered();
    assert_eq!(desk.impasse.limits.first_contact, None);
    let desk = online();
    let due = |desk: &Desk| {
        let limit = desk.impasse.limits.first_contact.clone().unwrap();
        limit.due(desk.calendar(), desk.now.day()).date
    };
    assert_eq!(due(&desk), day("2026-03-02"));
    let in_vain = desk.after(Person::Clerk, acts::contact(false));
    assert!(in_vain.impasse.limits.first_contact.as_ref().unwrap().is_running());
    let reached = in_vain.after(Person::Clerk, acts::contact(true));
    assert_eq!(reached.impasse.limits.first_contact.unwrap().stopped, Some(day("2026-03-02")));
}

/// Clause D2-2: the hotline works round the clock, the hall does not. What comes on Friday night came on Monday.
#[test]
fn what_comes_at_night_came_the_next_working_day() {
    let mut brought = registration(Channel::Hotline);
    brought.client = Some(Person::Hotline.staff());
    let desk = Desk::register(brought, Person::Hotline, at("2026-03-06T23:30:00")).unwrap();
    let limits = &desk.impasse.limits;
    for limit in [&limits.first_contact, &limits.filing] {
        assert_eq!(limit.as_ref().unwrap().start, day("2026-03-09"));
    }
    assert_eq!(desk.impasse.registered_at, at("2026-03-06T23:30:00"), "and yet it is known when it came");
}

/// Clause D3-1: filed at the centre once, with a number, within a day.
#[test]
fn it_is_filed_at_the_centre_under_a_number() {
    let desk = registered();
    let limit = desk.impasse.limits.filing.clone().unwrap();
    assert_eq!(limit.due(desk.calendar(), desk.now.day()).date, day("2026-03-03"));
    assert_eq!(desk.refused(Person::Clerk, acts::file()), "role_not_allowed");
    let desk = desk.after(Person::Manager, acts::file());
    let filing = desk.impasse.filing.clone().unwrap();
    assert_eq!(desk.numbers.issued, [(DocumentKind::ImpasseFiling, filing.number.clone())]);
    assert_eq!(filing.by, Person::Manager.staff());
    assert_eq!(desk.impasse.limits.filing.as_ref().unwrap().stopped, Some(desk.now.day()));
    assert_eq!(desk.record.last().unwrap().event.document(), Some(&filing.number));
    assert_eq!(desk.impasse.state, State::Filed);
    assert_eq!(desk.refused(Person::Manager, acts::file()), "wrong_state");
    assert_eq!(desk.numbers.issued.len(), 1, "what is refused takes no number");
}

/// Clause D4-1: triage within a week of working days; what is left over stays under the same limit and is seen to be.
#[test]
fn what_triage_leaves_over_stays_due() {
    let desk = filed();
    let triage = desk.impasse.limits.triage.clone().unwrap();
    assert_eq!(triage.due(desk.calendar(), desk.now.day()).date, day("2026-03-09"));
    let desk = desk.on("2026-03-06T10:00:00").after(Person::Manager, acts::leave_over());
    assert_eq!(desk.impasse.limits.triage, Some(triage));
    assert_eq!(desk.impasse.left_over.len(), 1);
    assert_eq!(desk.impasse.state, State::Filed);
    let desk = desk.on("2026-03-12T10:00:00").after(Person::Manager, acts::grade(Level::General));
    let triage = desk.impasse.limits.triage.clone().unwrap();
    assert_eq!(triage.stopped, Some(day("2026-03-12")));
    assert!(triage.is_overdue(desk.calendar(), desk.now.day()), "late for good");
}

/// Clauses D4-1 to D4-4: with its level handling begins, in the level's limit.
#[test]
fn a_level_begins_the_first_round_within_its_limit() {
    for (level, days) in [(Level::General, 5), (Level::Difficult, 10), (Level::Exceptional, 30)] {
        let desk = graded(level);
        assert_eq!(desk.impasse.state, State::InHandling);
        assert_eq!(desk.impasse.level, Some(level));
        assert_eq!(desk.impasse.limits.handling.as_ref().unwrap().budget, WorkingDays(days));
        let round = desk.impasse.round().unwrap();
        assert_eq!((round.level, round.cause, round.began), (level, escalation::Cause::First, desk.now.day()));
        let grading = desk.impasse.gradings.last().unwrap();
        assert_eq!(grading.how, Graded::Triage(acts::week()));
        assert_eq!(desk.refused(Person::Manager, acts::grade(level)), "not_awaiting_triage");
        assert_eq!(desk.refused(Person::Manager, acts::leave_over()), "not_awaiting_triage");
    }
    assert_eq!(registered().refused(Person::Manager, acts::grade(Level::General)), "not_awaiting_triage");
}

/// Clauses D4-2 to D4-4: raised by whoever watches over it, lowered by the reform office alone.
#[test]
fn a_level_rises_easily_and_falls_by_the_reform_office() {
    let mut desk = graded(Level::General).on("2026-03-04T10:00:00");
    assert_eq!(desk.refused(Person::Manager, acts::raise(Level::General)), "not_higher");
    assert_eq!(desk.refused(Person::Clerk, acts::raise(Level::Difficult)), "role_not_allowed");
    desk = desk.after(Person::Manager, acts::raise(Level::Exceptional));
    assert_eq!(desk.impasse.limits.handling.as_ref().unwrap().start, day("2026-03-04"), "a limit of its own");
    assert_eq!(desk.impasse.limits.handling.as_ref().unwrap().budget, WorkingDays(30));
    assert_eq!(desk.impasse.rounds.len(), 1, "the round is the same");
    for by in [Person::Manager, Person::Supervisor, Person::Clerk] {
        assert_eq!(desk.refused(by, acts::lower(Level::General)), "role_not_allowed");
    }
    assert_eq!(desk.refused(Person::Reform, acts::lower(Level::Exceptional)), "not_lower");
    desk = desk.after(Person::Reform, acts::lower(Level::General));
    let ways: Vec<_> = desk.impasse.gradings.iter().map(|grading| (grading.level, grading.how.clone())).collect();
    assert_eq!(
        ways,
        [
            (Level::General, Graded::Triage(acts::week())),
            (Level::Exceptional, Graded::Raised),
            (Level::General, Graded::Lowered),
        ]
    );
    assert_eq!(desk.impasse.round().unwrap().level, Level::General);
}

/// Clauses D4-3, D4-4, D5-1: an answer is no way round the meeting or the government.
#[test]
fn the_answer_waits_for_the_organ_of_the_level() {
    let answer = || acts::answer(Outcome::Solved);
    let general = graded(Level::General).after(Person::Clerk, answer());
    assert_eq!(general.impasse.state, State::AwaitingApplicant);

    let difficult = graded(Level::Difficult);
    assert_eq!(difficult.refused(Person::Clerk, answer()), "meeting_missing");
    let discussed = difficult.after(Person::Reform, acts::discuss(1));
    assert_eq!(discussed.refused(Person::Reform, acts::discuss(1)), "already_discussed");
    assert_eq!(discussed.after(Person::Reform, answer()).impasse.state, State::AwaitingApplicant);

    let exceptional = graded(Level::Exceptional).after(Person::Reform, acts::discuss(1));
    assert_eq!(exceptional.refused(Person::Manager, answer()), "government_decision_missing");
    let submitted = exceptional.after(Person::Reform, acts::submit(3));
    assert!(submitted.impasse.awaits_the_government());
    assert_eq!(submitted.refused(Person::Manager, answer()), "government_decision_missing");
    let decided = submitted.after(Person::Reform, acts::decided(3));
    assert!(!decided.impasse.awaits_the_government());
    assert_eq!(decided.after(Person::Manager, answer()).impasse.state, State::AwaitingApplicant);

    let raised = discussed_then_raised();
    assert_eq!(raised.refused(Person::Clerk, answer()), "government_decision_missing");
}

fn discussed_then_raised() -> Desk {
    discussed().after(Person::Reform, acts::raise(Level::Exceptional))
}

/// Clauses D4-3, D4-4: only what is difficult goes to a meeting, only what is exceptional to the government.
#[test]
fn a_meeting_and_the_government_see_their_own_levels() {
    assert_eq!(graded(Level::General).refused(Person::Reform, acts::discuss(1)), "level_too_low");
    for level in [Level::General, Level::Difficult] {
        assert_eq!(graded(level).refused(Person::Reform, acts::submit(3)), "level_too_low");
    }
    assert_eq!(filed().refused(Person::Reform, acts::discuss(1)), "wrong_state");
    assert_eq!(filed().refused(Person::Reform, acts::submit(3)), "wrong_state");
}

/// Clause D4-4: one decision a submission, and no second submission while one is open; carried over to another month it
/// is decided there.
#[test]
fn the_government_decides_each_submission_once() {
    let submitted = graded(Level::Exceptional).after(Person::Reform, acts::submit(3));
    assert_eq!(submitted.refused(Person::Reform, acts::submit(4)), "already_submitted");
    assert_eq!(submitted.refused(Person::Reform, acts::decided(4)), "not_submitted");
    let decided = government_decided();
    assert_eq!(decided.refused(Person::Reform, acts::decided(3)), "already_decided");
    let again = decided.after(Person::Reform, acts::submit(4)).after(Person::Reform, acts::decided(4));
    let months: Vec<_> = again.impasse.government.iter().map(|it| (it.month, it.decision.is_some())).collect();
    assert_eq!(months, [(acts::month(3), true), (acts::month(4), true)]);
    let twice = government_decided().after(Person::Reform, acts::submit(3)).after(Person::Reform, acts::decided(3));
    assert!(!twice.impasse.awaits_the_government(), "submitted again in its month, it is not left undecided for good");
}

/// Clause D5-1: what the law does not allow is answered with the law that does not allow it.
#[test]
fn an_explanation_names_its_basis() {
    let desk = graded(Level::General);
    let bare =
        escalation::Command::Answer { outcome: Outcome::Explained, text: text("不能办理"), legal_basis: None };
    assert_eq!(desk.refused(Person::Clerk, bare), "legal_basis_missing");
    let desk = desk.after(Person::Clerk, acts::answer(Outcome::Explained));
    let answer = desk.impasse.round().unwrap().answer.clone().unwrap();
    assert_eq!((answer.outcome, answer.at, answer.by.code.as_str()), (Outcome::Explained, desk.now, "clerk"));
    assert_eq!(desk.impasse.limits.handling.as_ref().unwrap().stopped, Some(desk.now.day()));
    assert_eq!(desk.impasse.limits.feedback.as_ref().unwrap().budget, WorkingDays(3));
}

/// Clause D7-1: the first who is asked answers for it; of what nobody was asked, the fallback window, until somebody of
/// the hall takes it in hand.
#[test]
fn the_first_who_is_asked_answers_for_it() {
    assert_eq!(responsible(&registered()), "clerk");
    let referred = Desk::register(registration(Channel::Department), Person::LandReviewer, morning()).unwrap();
    assert_eq!(responsible(&referred), "land-reviewer");
    for desk in [online(), by_hotline()] {
        assert_eq!(responsible(&desk), "fallback");
        let urged = desk.clone().after(Person::Reform, acts::contact(false));
        assert_eq!(responsible(&urged), "fallback", "the reform office watches, it does not handle");
        let mut taken = desk.later("2026-03-02T10:30:00").after(Person::Clerk, acts::contact(false));
        assert_eq!(responsible(&taken), "clerk");
        let last = taken.impasse.responsibility.tenures().last().unwrap();
        assert_eq!((last.how, last.from), (Taken::Taken, at("2026-03-02T10:30:00")));
        taken = taken.after(Person::Manager, acts::file());
        assert_eq!(responsible(&taken), "clerk", "and stays so");
    }
}

/// Clause D7-1: handed on when it is accepted, not when it is offered; nobody is without it for a moment.
#[test]
fn responsibility_is_handed_on_without_a_gap() {
    let desk = filed();
    assert_eq!(desk.refused(Person::Colleague, acts::offer(Person::Manager)), "not_responsible");
    assert_eq!(desk.refused(Person::Clerk, acts::offer(Person::Clerk)), "handover_to_self");
    assert_eq!(desk.refused(Person::Colleague, escalation::Command::AcceptOffer), "no_handover_pending");

    let offered = desk.on("2026-03-03T10:00:00").after(Person::Clerk, acts::offer(Person::Colleague));
    assert_eq!(responsible(&offered), "clerk");
    assert_eq!(offered.refused(Person::Clerk, acts::offer(Person::Manager)), "handover_pending");
    assert_eq!(offered.refused(Person::Manager, escalation::Command::AcceptOffer), "handover_to_other");
    let declined = offered.clone().after(Person::Colleague, acts::decline());
    assert_eq!(responsible(&declined), "clerk");
    assert_eq!(declined.impasse.hand_over, None);

    let accepted = offered
        .on("2026-03-03T11:00:00")
        .after(Person::Colleague, escalation::Command::AcceptOffer)
        .on("2026-03-04T09:00:00")
        .after(Person::Colleague, acts::offer(Person::Manager))
        .on("2026-03-04T09:30:00")
        .after(Person::Manager, escalation::Command::AcceptOffer);
    let chain: Vec<_> =
        accepted.impasse.responsibility.tenures().iter().map(|it| (it.how, it.from, it.until)).collect();
    let (first, second) = (at("2026-03-03T11:00:00"), at("2026-03-04T09:30:00"));
    assert_eq!(
        chain,
        [
            (Taken::FirstContact, morning(), Some(first)),
            (Taken::Accepted, first, Some(second)),
            (Taken::Accepted, second, None),
        ]
    );
}

/// Clause D6-1: everything said and done is on the record, in its order, and the record alone tells the whole state.
#[test]
fn the_record_tells_the_whole_of_it() {
    let desk = registered()
        .after(Person::Applicant, acts::supplement())
        .after(Person::Manager, acts::file())
        .after(Person::Applicant, acts::urge())
        .after(Person::Manager, acts::grade(Level::General))
        .after(Person::Clerk, acts::answer(Outcome::Solved))
        .after(Person::Applicant, acts::word(true));
    let told = [
        "impasse_registered",
        "supplemented",
        "impasse_filed",
        "urged",
        "level_set",
        "round_begun",
        "answered",
        "satisfaction_recorded",
        "closed_out",
    ];
    assert_eq!(desk.kinds(), told);
    assert_eq!(desk.impasse.version, told.len() as u64);
    assert_eq!(Impasse::fold(&desk.record), Some(desk.impasse.clone()));
    let kept: Vec<_> = desk
        .record
        .iter()
        .map(|recorded| {
            let json = serde_json::to_string(&recorded.event).unwrap();
            kernel::Recorded { event: serde_json::from_str::<Event>(&json).unwrap(), ..recorded.clone() }
        })
        .collect();
    assert_eq!(Impasse::fold(&kept), Some(desk.impasse.clone()), "written down and read again");
    let json = serde_json::to_string(&desk.impasse).unwrap();
    assert_eq!(serde_json::from_str::<Impasse>(&json).unwrap(), desk.impasse);
    assert_eq!(Impasse::fold(&[]), None);
    assert_eq!(Impasse::fold(&desk.record[1..]), None, "a record begins with a registration");
}

/// Clause D7-1: where whoever is responsible cannot hand on (left, or has no part in the loop), the centre's head can.
#[test]
fn responsibility_never_hangs_on_somebody_who_left() {
    let desk = registered();
    assert_eq!(desk.refused(Person::Colleague, acts::offer(Person::Colleague)), "not_responsible");
    let offered = desk.after(Person::Manager, acts::offer(Person::Colleague));
    assert_eq!(responsible(&offered), "clerk");
    assert_eq!(responsible(&offered.after(Person::Colleague, escalation::Command::AcceptOffer)), "colleague");
}
