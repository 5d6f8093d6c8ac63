//! 每周分类梳理: one session a week, everything on its agenda, and no week that ends unnoticed (clause D4-1).

use escalation::{
    Level, Week,
    triage::{self, Command, Event, Outcome, Recorded, Session, State, closes, weeks_over},
};
use kernel::{Calendar, Context, Instant, id::ImpasseId};

use crate::hall::{PRACTICE, Person, at, morning, text};

fn item(number: u8) -> ImpasseId {
    format!("01900000-0000-7000-8000-0000000003{number:02}").parse().unwrap()
}

fn week(text: &str) -> Week {
    text.parse().unwrap()
}

fn opening(now: Instant) -> Result<Event, kernel::Refusal> {
    let (actor, calendar) = (Person::Manager.actor(), Calendar::first_edition());
    triage::open(&Context { now, actor: &actor, calendar: &calendar, practice: &PRACTICE })
}

fn noted(version: u64, event: Event) -> Recorded {
    Recorded { version, at: morning(), by: Person::Manager.actor().signature(), event }
}

fn decided(session: &Session, command: Command, agenda: &[ImpasseId], now: Instant) -> Result<Event, kernel::Refusal> {
    let (actor, calendar) = (Person::Manager.actor(), Calendar::first_edition());
    session.decide(command, agenda, &Context { now, actor: &actor, calendar: &calendar, practice: &PRACTICE })
}

/// An open session and what came of commands to it, each of which must go well.
fn session(commands: Vec<(Command, &[ImpasseId])>) -> (Session, Vec<Recorded>) {
    let mut record = vec![noted(1, opening(morning()).unwrap())];
    let mut session = Session::fold(kernel::Centre::WENLING, &record).unwrap();
    for (command, agenda) in commands {
        let event = decided(&session, command, agenda, morning()).unwrap();
        record.push(noted(session.version + 1, event));
        session.apply(record.last().unwrap());
    }
    (session, record)
}

fn graded(number: u8) -> Command {
    Command::Settle {
        impasse: item(number), outcome: Outcome::Graded(Level::Difficult), reason: text("涉及三个部门")
    }
}

fn left_over(number: u8) -> Command {
    Command::Settle { impasse: item(number), outcome: Outcome::LeftOver, reason: text("等待部门意见") }
}

fn hold() -> Command {
    Command::Hold { note: None }
}

/// Clause D4-1: the whole matrix of state and command.
#[test]
fn what_each_state_says_to_each_command() {
    let both = [item(1), item(2)];
    let open = session(vec![]).0;
    let settled = session(vec![(left_over(1), &both), (graded(2), &both)]).0;
    let held = session(vec![(hold(), &[])]).0;
    let missed = session(vec![(Command::Miss { agenda: both.to_vec() }, &[])]).0;
    let told = |session: &Session, command: Command, agenda: &[ImpasseId]| {
        let decided = decided(session, command, agenda, morning());
        decided.map_or_else(|refusal| refusal.code, |event| kernel::Fact::kind(&event))
    };
    for (name, session, agenda, expected) in [
        ("open", &open, &both[..], ["triage_settled", "triage_settled", "agenda_open", "triage_missed"]),
        ("open, nothing waits", &open, &[], ["not_on_agenda", "not_on_agenda", "triage_held", "triage_missed"]),
        ("settled", &settled, &both[..1], ["triage_settled", "already_left_over", "triage_held", "triage_missed"]),
        (
            "something new",
            &settled,
            &[item(1), item(3)],
            ["triage_settled", "already_left_over", "agenda_open", "triage_missed"],
        ),
        ("held", &held, &both[..], ["session_closed"; 4]),
        ("missed", &missed, &both[..], ["session_closed"; 4]),
    ] {
        let commands = [graded(1), left_over(1), hold(), Command::Miss { agenda: both.to_vec() }];
        let answers = commands.map(|command| told(session, command, agenda));
        assert_eq!(answers, expected, "{name}");
    }
}

/// Clause D4-1: the record adds up to the session.
#[test]
fn events_give_state() {
    let both = [item(1), item(2)];
    let (session, record) = session(vec![(left_over(1), &both), (graded(1), &both), (graded(2), &both), (hold(), &[])]);
    assert_eq!(Session::fold(session.centre, &record), Some(session.clone()));
    assert_eq!((session.state, session.version, session.outcomes.len()), (State::Held, 5, 3));
    assert!(!session.is_left_over(item(1)), "graded after all");
    let never_opened = noted(1, Event::TriageMissed { week: week("2026-W10"), agenda: vec![item(1)] });
    let missed = Session::fold(session.centre, &[never_opened]).unwrap();
    assert_eq!((missed.state, missed.opened, missed.missed.unwrap().agenda), (State::Missed, None, vec![item(1)]));
}

/// Clause D4-1, rule L1: a week is over with its last working day by the legal calendar.
#[test]
fn a_week_ends_with_its_last_working_day() {
    let calendar = Calendar::first_edition();
    for (name, end) in [
        ("2026-W10", Some("2026-03-07T00:00:00")),
        // 2月14日（周六）调休上班
        ("2026-W07", Some("2026-02-15T00:00:00")),
        // 春节
        ("2026-W08", None),
    ] {
        assert_eq!(closes(week(name), &calendar), end.map(at), "{name}");
    }
    assert!(opening(at("2026-03-06T23:59:59")).is_ok());
    assert_eq!(opening(at("2026-03-07T00:00:00")).unwrap_err().code, "week_over");
    assert!(opening(at("2026-02-14T10:00:00")).is_ok(), "a Saturday that is worked");
    assert_eq!(opening(at("2026-02-18T10:00:00")).unwrap_err().code, "week_over", "nobody works that week");
}

/// Clause D4-1: a week that ended with something waiting is found late rather than never, each with what waited then.
#[test]
fn weeks_that_ended_are_found_after_a_long_absence() {
    let calendar = Calendar::first_edition();
    let filed = [(item(1), at("2026-02-05T10:00:00")), (item(2), at("2026-02-24T10:00:00"))];
    let over = |now| weeks_over(&filed, &[], &calendar, at(now));
    assert_eq!(over("2026-02-06T23:59:59"), []);
    assert_eq!(over("2026-02-07T00:00:00"), [(week("2026-W06"), vec![item(1)])]);
    assert_eq!(
        over("2026-03-03T09:00:00"),
        [
            (week("2026-W06"), vec![item(1)]),
            (week("2026-W07"), vec![item(1)]),
            // Nobody worked in the week of the Spring Festival, so nothing was missed in it.
            (week("2026-W09"), vec![item(1), item(2)]),
        ]
    );
    assert_eq!(weeks_over(&[], &[], &calendar, at("2026-03-03T09:00:00")), []);
    let on_saturday = [(item(1), at("2026-03-07T10:00:00"))];
    assert_eq!(weeks_over(&on_saturday, &[], &calendar, at("2026-03-09T09:00:00")), [], "the next week's business");
}

/// Clause D4-1: a session that was opened and not concluded by the end of its week was not held, though nothing waits.
#[test]
fn a_session_is_concluded_in_its_week_or_missed() {
    let calendar = Calendar::first_edition();
    let (settled, _) = session(vec![(graded(1), &[item(1)])]);
    let opened = [settled.week];
    let end = closes(settled.week, &calendar).unwrap();
    let last_moment = end.plus(-chrono::Duration::seconds(1));
    assert_eq!(decided(&settled, hold(), &[], last_moment).map(|event| kernel::Fact::kind(&event)), Ok("triage_held"));
    assert_eq!(weeks_over(&[], &opened, &calendar, last_moment), []);
    assert_eq!(decided(&settled, hold(), &[], end).unwrap_err().code, "week_over");
    assert_eq!(weeks_over(&[], &opened, &calendar, end), [(settled.week, vec![])]);
    let later = [(item(2), end)];
    assert_eq!(weeks_over(&later, &opened, &calendar, end), [(settled.week, vec![])], "what came later was not missed");
    let (held, _) = session(vec![(hold(), &[])]);
    let (missed, _) = session(vec![(Command::Miss { agenda: Vec::new() }, &[])]);
    assert_eq!(decided(&held, hold(), &[], end).unwrap_err().code, "session_closed");
    assert_eq!(decided(&missed, hold(), &[], end).unwrap_err().code, "week_over");
    assert_eq!(decided(&missed, graded(1), &[item(1)], end).unwrap_err().code, "session_closed");
}
