//! State × command, whole: every state with its sub-states against everything that can be asked of an impasse (clauses D3-1
//! to D8-1, rule L15).

use escalation::{Basis, CarryingGround, Command, Level, Outcome, Source, State};
use kernel::{
    Action, Refusal,
    access::{may_on, roles_for},
};
use strum::VariantArray;

use crate::hall::{
    self, Desk, FIRE, LAND, Person, acts,
    acts::{meeting, month},
    scene,
};

/// A column: who asks what.
#[derive(Clone)]
struct Column {
    heading: String,
    by: Person,
    command: Command,
}

impl Column {
    fn new(by: Person, command: Command) -> Self {
        let heading = command.action().map_or("", Into::into).to_owned();
        Self { heading, by, command }
    }

    fn named(heading: &str, by: Person, command: Command) -> Self {
        Self { heading: heading.to_owned(), by, command }
    }
}

/// Every command by the one whose work it is, and beside some what differs for another detail.
fn columns() -> Vec<Column> {
    let new = Column::new;
    let named = Column::named;
    vec![
        new(Person::Clerk, acts::contact(true)),
        new(Person::Manager, acts::file()),
        new(Person::Applicant, acts::supplement()),
        new(Person::Applicant, acts::urge()),
        new(Person::Clerk, acts::offer(Person::Colleague)),
        new(Person::Colleague, Command::AcceptOffer),
        new(Person::Colleague, acts::decline()),
        named("grade: general", Person::Manager, acts::grade(Level::General)),
        named("leave_over", Person::Manager, acts::leave_over()),
        named("raise_level: difficult", Person::Manager, acts::raise(Level::Difficult)),
        named("lower_level: general", Person::Reform, acts::lower(Level::General)),
        named("discuss", Person::Reform, acts::discuss(2)),
        named("submit: April", Person::Reform, acts::submit(4)),
        named("record_decision: March", Person::Reform, acts::decided(3)),
        named("issue_order: centre", Person::Manager, acts::order(FIRE)),
        named("issue_order: supervision", Person::Supervisor, acts::order_by(Basis::Supervision, FIRE)),
        named("issue_order: meeting", Person::Reform, acts::order_by(Basis::Meeting(meeting(1)), FIRE)),
        named("issue_order: government", Person::Reform, acts::order_by(Basis::Government(month(3)), FIRE)),
        new(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer)),
        new(Person::LandApprover, acts::give_back(1)),
        named("rule_on_return: granted", Person::Manager, acts::rule_on_return(1, true)),
        named("rule_on_return: denied", Person::Manager, acts::rule_on_return(1, false)),
        new(Person::LandReviewer, acts::ask_days(1, 3)),
        named("rule_on_order_extension: granted", Person::Manager, acts::rule_on_days(1, true)),
        new(Person::LandReviewer, acts::complete(1)),
        new(Person::LandHead, acts::sign(1)),
        named("rule_on_supervision", Person::Reform, acts::supervise(1, escalation::Step::Criticism, true)),
        named(
            "rule_on_supervision: handling",
            Person::Reform,
            acts::supervise(None, escalation::Step::Criticism, true),
        ),
        named("send_back_order by leader", Person::LandHead, acts::send_back(1)),
        named("send_back_order by centre", Person::Manager, acts::send_back(1)),
        named("answer_applicant: solved", Person::Clerk, acts::answer(Outcome::Solved)),
        named("answer_applicant: explained", Person::Reform, acts::answer(Outcome::Explained)),
        named("record_satisfaction: satisfied", Person::Applicant, acts::word(true)),
        named("record_satisfaction: not", Person::Applicant, acts::word(false)),
        named(
            "record_satisfaction: at the window",
            Person::Colleague,
            acts::word_from(Source::AtTheWindow { speaker: None }, true),
        ),
        named("propose_carrying: law", Person::Manager, acts::carry(CarryingGround::NotAllowedByLaw)),
        named("propose_carrying: unreachable", Person::Manager, acts::carry(CarryingGround::Unreachable)),
        named("propose_carrying: no_answer", Person::Manager, acts::carry(CarryingGround::NoAnswer)),
        named("rule_on_carrying: granted", Person::Reform, acts::rule_on_carrying(true)),
        named("rule_on_carrying: refused", Person::Reform, acts::rule_on_carrying(false)),
        named("review_carried: kept", Person::Reform, acts::review(Some(10))),
        named("review_carried: taken up", Person::Reform, acts::review(None)),
        named("follow_up: good", Person::Reform, acts::follow_up(true)),
        named("follow_up: bad", Person::Reform, acts::follow_up(false)),
    ]
}

/// A state an impasse can be in, reached by commands alone.
struct Row {
    name: &'static str,
    desk: Desk,
}

fn rows() -> Vec<Row> {
    let rows = [coming_in(), in_handling(), with_orders(), answered_and_after()];
    rows.into_iter().flatten().map(|(name, desk)| Row { name, desk }).collect()
}

fn coming_in() -> Vec<(&'static str, Desk)> {
    let offer = acts::offer(Person::Colleague);
    vec![
        ("registered: at the window", scene::registered()),
        ("registered: online, untouched", scene::online()),
        ("registered: by the hotline", scene::by_hotline()),
        ("registered: offered", scene::registered().after(Person::Clerk, offer)),
        ("filed", scene::filed()),
        ("filed: left over", scene::filed().after(Person::Manager, acts::leave_over())),
    ]
}

fn in_handling() -> Vec<(&'static str, Desk)> {
    let exceptional = scene::graded(Level::Exceptional);
    let hotline =
        scene::by_hotline().after(Person::Manager, acts::file()).after(Person::Manager, acts::grade(Level::Difficult));
    let mut tried = scene::graded(Level::General);
    for date in ["2026-03-03", "2026-03-04", "2026-03-05"] {
        tried = tried.on(&format!("{date}T10:00:00")).after(Person::Clerk, acts::contact(false));
    }
    let proposed = tried.clone().after(Person::Manager, acts::carry(CarryingGround::Unreachable));
    vec![
        ("in_handling: general", scene::graded(Level::General)),
        ("in_handling: general, tried in vain", tried),
        ("in_handling: general, carrying proposed", proposed),
        ("in_handling: difficult", scene::graded(Level::Difficult)),
        ("in_handling: difficult, by the hotline", hotline),
        ("in_handling: difficult, discussed", scene::discussed()),
        ("in_handling: exceptional", exceptional.clone()),
        ("in_handling: exceptional, submitted", exceptional.after(Person::Reform, acts::submit(3))),
        ("in_handling: exceptional, decided", scene::government_decided()),
    ]
}

fn with_orders() -> Vec<(&'static str, Desk)> {
    let given_back = scene::ordered().after(Person::LandApprover, acts::give_back(1));
    let denied = given_back.clone().after(Person::Manager, acts::rule_on_return(1, false));
    let asked = scene::acknowledged().after(Person::LandReviewer, acts::ask_days(1, 3));
    let overdue = scene::acknowledged().on("2026-03-20T10:00:00");
    let mut criticised = scene::acknowledged();
    criticised.wait_until(hall::at("2026-03-17T12:00:00"));
    let extended = asked.clone().after(Person::Manager, acts::rule_on_days(1, true));
    let asked_and_completed = asked.clone().after(Person::LandReviewer, acts::complete(1));
    vec![
        ("order: issued", scene::ordered()),
        ("order: issued, binding", scene::bound()),
        ("order: return requested", given_back),
        ("order: return denied", denied),
        ("order: returned", scene::returned()),
        ("order: returned, then reissued", scene::returned().after(Person::Manager, acts::order(LAND))),
        ("order: acknowledged", scene::acknowledged()),
        ("order: acknowledged, overdue", overdue),
        ("order: overdue, criticism proposed", criticised),
        ("order: extension requested", asked),
        ("order: extended", extended),
        ("order: completed", scene::completed()),
        ("order: completed, extension requested", asked_and_completed),
        ("order: signed", scene::signed()),
    ]
}

fn answered_and_after() -> Vec<(&'static str, Desk)> {
    let solved = scene::answered(Outcome::Solved);
    let explained = scene::answered(Outcome::Explained);
    let silent = solved.clone().on("2026-03-10T10:00:00");
    let proposed = explained.clone().after(Person::Manager, acts::carry(CarryingGround::NotAllowedByLaw));
    let unreached = scene::graded(Level::General);
    let unreached = ["2026-03-03", "2026-03-04", "2026-03-05"]
        .iter()
        .fold(unreached, |desk, date| desk.on(&format!("{date}T10:00:00")).after(Person::Clerk, acts::contact(false)));
    let carried_unanswered = unreached
        .after(Person::Manager, acts::carry(CarryingGround::Unreachable))
        .after(Person::Reform, acts::rule_on_carrying(true));
    let again =
        scene::signed().after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(false));
    vec![
        ("awaiting_applicant: solved", solved),
        ("awaiting_applicant: explained", explained),
        ("awaiting_applicant: silent", silent),
        ("awaiting_applicant: carrying proposed", proposed),
        ("in_handling: second round", again),
        ("carried: explained", scene::carried()),
        ("carried: never answered", carried_unanswered),
        ("closed_out", scene::closed_out()),
        ("in_handling: reopened", scene::closed_out().after(Person::Reform, acts::follow_up(false))),
    ]
}

fn cell(desk: &Desk, column: &Column) -> String {
    let mut after = desk.clone();
    match after.tell(column.by, column.command.clone()) {
        Ok(events) => {
            let kinds: Vec<_> = events.iter().map(kernel::Fact::kind).collect();
            let moved = (after.impasse.state != desk.impasse.state).then(|| format!(" → {}", after.impasse.state));
            kinds.join("+") + &moved.unwrap_or_default()
        }
        Err(Refusal { code: "wrong_state", .. }) => "·".to_owned(),
        Err(refusal) => format!("({})", refusal.code),
    }
}

fn table(rows: &[Row], columns: &[Column]) -> String {
    let head = std::iter::once(String::new()).chain(columns.iter().map(|column| column.heading.clone())).collect();
    let body = rows.iter().map(|row| {
        let cells = columns.iter().map(|column| cell(&row.desk, column));
        std::iter::once(row.name.to_owned()).chain(cells).collect()
    });
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let widths: Vec<usize> =
        (0..=columns.len()).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)).collect();
    let print = |line: &Vec<String>| {
        let padded: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    lines.iter().map(print).collect::<Vec<_>>().join("\n")
}

/// Clauses D3-1, D4-1 to D4-4, D5-1, D5-2, D7-1, D8-1, D13-1
#[test]
fn every_state_answers_every_command() {
    const A_BLOCK: usize = 7;
    const LEGEND: &str =
        "events → new state    (refusal)    · = (wrong_state)    (not_found) = the department has no part in it";
    let (rows, columns) = (rows(), columns());
    let states: Vec<State> = rows.iter().map(|row| row.desk.impasse.state).collect();
    assert!(State::VARIANTS.iter().all(|state| states.contains(state)), "a state has no row");
    let blocks: Vec<_> = columns.chunks(A_BLOCK).map(|block| table(&rows, block)).collect();
    insta::assert_snapshot!("state_by_command", format!("{LEGEND}\n\n{}", blocks.join("\n\n")));
}

/// Every action has a column, asked by somebody whose role carries it, so that a cell shows the state's answer.
#[test]
fn every_column_is_for_the_role_that_asks() {
    let columns = columns();
    let asked: Vec<Action> = columns.iter().filter_map(|column| column.command.action()).collect();
    assert!(Action::ON_AN_IMPASSE.iter().all(|action| asked.contains(action)));
    for Column { heading, by, command } in columns {
        if let Some(action) = command.action() {
            assert!(roles_for(action).contains(&by.actor().role()), "{heading}");
        }
    }
}

/// What `allowed_actions` announces is what happens: for everybody, in every state.
#[test]
fn what_is_not_permitted_is_refused_alike() {
    for Row { name, desk } in rows() {
        for person in Person::all() {
            let actor = person.actor();
            let permits = desk.impasse.permits(None, &desk.context(&actor));
            for Column { heading, command, .. } in columns() {
                let Some(action) = command.action() else { continue };
                let told = desk.clone().tell(person, command);
                let cell = format!("{name} × {heading} by {person:?}");
                let permit = permits.iter().find(|permit| permit.action == action).map(|permit| &permit.verdict);
                match (permit, told) {
                    (None, Err(refusal)) => {
                        assert!(["role_not_allowed", "not_found"].contains(&refusal.code), "{cell}: {refusal}");
                    }
                    (None, Ok(_)) => panic!("{cell}: not announced, yet it went through"),
                    (Some(Ok(())), Err(refusal)) => {
                        assert_ne!(refusal.code, "wrong_state", "{cell}: announced, and the state forbids it");
                    }
                    (Some(Ok(())), Ok(_)) => {}
                    (Some(Err(announced)), Err(refusal)) => assert_eq!(announced.code, refusal.code, "{cell}"),
                    (Some(Err(announced)), Ok(_)) => panic!("{cell}: announced as {announced}, yet it went through"),
                }
            }
        }
    }
}

/// Another centre is not even told that it is there.
#[test]
fn an_impasse_is_not_there_for_another_centre() {
    let elsewhere: kernel::Centre = "331082".parse().unwrap();
    for Row { name, desk } in rows() {
        for person in Person::all() {
            let actor = kernel::Actor { centre: elsewhere, ..person.actor() };
            for action in Action::ON_AN_IMPASSE {
                let denied = may_on(&actor, *action, &desk.impasse.whereabouts()).unwrap_err();
                assert_eq!(denied.code(), "not_found", "{name}: {action} by {person:?}");
            }
        }
    }
}

/// Clause D5-2: of everything that anybody can ask in any state, only the satisfied word of the applicant closes out.
#[test]
fn only_the_satisfied_word_closes_out() {
    for Row { name, desk } in rows() {
        for person in Person::all() {
            for Column { heading, command, .. } in columns() {
                let satisfied = matches!(&command, Command::RecordSatisfaction(said) if said.satisfied);
                let mut after = desk.clone();
                let was_open = desk.impasse.state != State::ClosedOut;
                if after.tell(person, command).is_ok() && was_open && after.impasse.state == State::ClosedOut {
                    assert!(satisfied, "{name} × {heading} by {person:?}");
                    let answered = desk.impasse.rounds.iter().any(|round| round.answer.is_some());
                    assert!(answered, "{name}: closed without an answer");
                }
            }
        }
    }
}
