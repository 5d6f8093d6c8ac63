//! State × command, whole: every stage with its sub-states against everything that can be asked of a case (clauses B1-1,
//! B1-2, B2-1 to B2-6, B3-2).

use approval::{Outcome, Step};
use casework::{Command, OnTheSpot, Stage};
use catalog::DeliveryMethod;
use intake::ScopeFinding;
use issuance::TrackingState;
use kernel::{
    Action, Instant, Refusal,
    access::{may_on, roles_for},
};
use routing::WindowColleague;
use strum::VariantArray;

use crate::hall::{
    self, Desk, FIRE, ON_THE_SPOT, PROMISED_TIME, Person,
    acts::{
        accepted, asked, conditionally, correction, decide, dispatch, draw_plan, incomplete, inspection, lacking,
        legal, offer_at_window, on_commitment, received, review, rework, scope, tracked,
    },
    in_order, item, lenient, result, staff, text, whose,
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
        Self { heading: command.action().to_string(), by, command }
    }

    fn variant(heading: &str, by: Person, command: Command) -> Self {
        Self { heading: heading.to_owned(), by, command }
    }
}

fn on_the_spot(now: Instant) -> Command {
    Command::DecideOnTheSpot(OnTheSpot { reasons: text("符合条件"), result: result(now), handed_to: None })
}

/// Every action by the one whose work it is, and beside some of them what differs for another caller or detail.
fn columns(now: Instant) -> Vec<Column> {
    let own = Person::Reviewer.colleague(item(PROMISED_TIME));
    Action::ON_A_CASE
        .iter()
        .flat_map(|&action| {
            let variant = match action {
                Action::Withdraw => Some(Column::variant("withdraw by clerk", Person::Clerk, legal(action, now))),
                Action::Assign => {
                    Some(Column::variant("assign to oneself", Person::Reviewer, Command::Assign { to: own.clone() }))
                }
                Action::OfferHandOver => {
                    let at_window = offer_at_window(item(PROMISED_TIME));
                    Some(Column::variant("offer_hand_over at the window", Person::Clerk, at_window))
                }
                Action::AcceptHandOver | Action::DeclineHandOver => {
                    Some(Column::variant(&format!("{action} at the window"), Person::Clerk, legal(action, now)))
                }
                Action::DecideOnTheSpot => {
                    Some(Column::variant("decide_on_the_spot, not handed", Person::Clerk, on_the_spot(now)))
                }
                Action::IssueResult => {
                    Some(Column::variant("issue_result: the refusal", Person::Clerk, Command::IssueResult(None)))
                }
                Action::ReturnForRework => Some(Column::variant(
                    "return_for_rework: joint review",
                    Person::Approver,
                    rework(Step::JointReview),
                )),
                Action::Track => {
                    Some(Column::variant("track: returned", Person::Clerk, tracked(TrackingState::Returned, now)))
                }
                _ => None,
            };
            [Some(Column::new(whose(action), legal(action, now))), variant].into_iter().flatten()
        })
        .collect()
}

/// A state a case can be in, reached by commands alone.
struct Row {
    name: &'static str,
    desk: Desk,
}

/// One step after another, each by the one whose work it is.
fn told(desk: &Desk, actions: &[Action]) -> Desk {
    let next = |desk: Desk, action: &Action| {
        let command = fitted(&legal(*action, desk.now), &desk);
        desk.after(whose(*action), command)
    };
    actions.iter().fold(desk.clone(), next)
}

fn rows() -> Vec<Row> {
    let rows = [at_the_window(), in_review(), decided(), ended()];
    let row = |(name, desk): (&'static str, &Desk)| Row { name, desk: desk.clone() };
    rows.iter().flatten().map(|(name, desk)| row((name, desk))).collect()
}

fn online(code: &str) -> Desk {
    Desk::open(item(code), Person::Adapter, DeliveryMethod::PickUp)
}

fn at_the_window() -> Vec<(&'static str, Desk)> {
    use Action as A;
    let found = |desk: &Desk, finding| desk.clone().after(Person::Clerk, scope(finding));
    let within = |desk: &Desk| found(desk, ScopeFinding::Within).with_materials_in_order();
    let untouched = online(PROMISED_TIME);
    let told_once = told(&lacking(item(PROMISED_TIME), &[0]), &[A::NotifyCorrections]);
    let mut later = told_once.clone();
    later.now = later.now.plus(chrono::Duration::hours(1));
    let corrected = told(&later, &[A::AttachFile, A::SubmitCorrections]);
    let still_wrong = corrected.clone().after(Person::Clerk, incomplete(corrected.item, 0));
    vec![
        ("under_check: untouched", untouched.clone()),
        ("under_check: at the counter", Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::PickUp)),
        ("under_check: offered to a colleague", offered_to_a_colleague(&untouched)),
        ("under_check: offered by a colleague", offered_by_a_colleague(&untouched)),
        ("under_check: in order", within(&untouched)),
        ("under_check: in order, on the spot", within(&online(ON_THE_SPOT))),
        ("under_check: outside power", found(&untouched, ScopeFinding::OutsidePower)),
        ("under_check: no licence needed", found(&untouched, ScopeFinding::NoLicenceNeeded)),
        ("under_check: a main material missing", lacking(lenient(), &[0])),
        ("under_check: a tolerable one missing", lacking(lenient(), &[2])),
        ("under_check: one to be committed to missing", lacking(lenient(), &[1])),
        ("awaiting_correction", told_once),
        ("awaiting_correction: files are in", told(&later, &[A::AttachFile])),
        ("under_check: corrected", corrected),
        ("under_check: corrected, still wrong", still_wrong.clone()),
        ("under_check: second notice allowed", told(&still_wrong, &[A::AllowSecondNotice])),
    ]
}

fn offered_to_a_colleague(untouched: &Desk) -> Desk {
    let touched = untouched.clone().after(Person::Clerk, scope(ScopeFinding::Within));
    let offer = offer_at_window(touched.item);
    touched.after(Person::Clerk, offer)
}

/// The second clerk touched it first, and offers it to the first.
fn offered_by_a_colleague(untouched: &Desk) -> Desk {
    let (mut desk, second) = (untouched.clone(), Person::SecondClerk.at(untouched.item));
    let to = WindowColleague { staff: staff(Person::Clerk.code()), window: desk.item.window.clone() };
    desk.tell(&second, scope(ScopeFinding::Within)).unwrap();
    desk.tell(&second, Command::OfferAtWindow { to, reason: text("出差") }).unwrap();
    desk
}

fn in_review() -> Vec<(&'static str, Desk)> {
    use Action as A;
    let unassigned = accepted(item(PROMISED_TIME));
    let assigned = told(&unassigned, &[A::Assign]);
    let at_counter = Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::PickUp);
    let at_counter = told(&at_counter, &[A::CheckScope]).with_materials_in_order();
    let by_approver = unassigned
        .clone()
        .after(Person::Approver, Command::Assign { to: Person::Approver.colleague(unassigned.item) })
        .after(Person::Approver, review(Outcome::Grant));
    let conditional = lacking(lenient(), &[2]).after(Person::Clerk, conditionally(10));
    let came_wrong = conditional.clone().after(Person::Clerk, incomplete(lenient(), 2));
    let joint = assigned.clone().after(Person::Reviewer, draw_plan(Some(vec![asked(FIRE, 5)])));
    let appointed = told(&assigned, &[A::ScheduleInspection]);
    let then = |actions: &[Action]| told(&assigned, actions);
    vec![
        ("in_review: unassigned", unassigned),
        ("in_review: came to the counter", told(&at_counter, &[A::Accept])),
        ("in_review: assigned", assigned.clone()),
        ("in_review: offered", then(&[A::OfferHandOver])),
        ("in_review: delegated", then(&[A::Delegate])),
        ("in_review: transfer offered", then(&[A::Transfer])),
        ("in_review: special procedure", then(&[A::StartProcedure])),
        ("in_review: paused", then(&[A::Pause])),
        ("in_review: extended", then(&[A::Extend])),
        ("in_review: reviewed", then(&[A::Review])),
        ("in_review: reviewed by approver", by_approver),
        ("in_review: conditional", conditional),
        ("in_review: conditional, came wrong", came_wrong),
        ("in_review: joint, waiting", joint.clone()),
        ("in_review: joint, asked", told(&joint, &[A::AskMore])),
        ("in_review: joint, all agree, reviewed", told(&joint, &[A::GiveOpinion, A::Review])),
        ("in_review: inspection appointed", appointed.clone()),
        ("in_review: inspected, findings owed", told(&appointed, &[A::RecordInspection, A::Review])),
        ("in_review: inspected, reviewed", told(&appointed, &[A::RecordInspection, A::GiveFindings, A::Review])),
    ]
}

fn granted() -> Desk {
    use Action as A;
    told(&accepted(item(PROMISED_TIME)), &[A::Assign, A::Review, A::Decide])
}

fn refused() -> Desk {
    use Action as A;
    told(&accepted(item(PROMISED_TIME)), &[A::Assign, A::Review]).after(Person::Approver, decide(Outcome::Refuse))
}

fn for_delivery(method: DeliveryMethod) -> Desk {
    let chosen = granted().after(Person::Applicant, Command::ChooseDelivery { method });
    told(&chosen, &[Action::IssueResult])
}

fn decided() -> Vec<(&'static str, Desk)> {
    use Action as A;
    let for_courier = for_delivery(DeliveryMethod::Courier);
    let in_transit = for_courier.clone().after(Person::Clerk, dispatch());
    let seen = |state| in_transit.clone().after(Person::Clerk, tracked(state, in_transit.now));
    let conditional = lacking(lenient(), &[2]).after(Person::Clerk, conditionally(10));
    let committed = lacking(lenient(), &[1]).after(Person::Clerk, on_commitment(false));
    let decide = [A::Assign, A::Review, A::Decide];
    vec![
        ("decided: granted", granted()),
        ("decided: refused", refused()),
        ("decided: conditional", told(&conditional, &decide)),
        ("decided: on commitment", told(&committed, &decide)),
        ("issued: pick_up", for_delivery(DeliveryMethod::PickUp)),
        ("issued: pick_up, the refusal", refused().after(Person::Clerk, Command::IssueResult(None))),
        ("issued: courier", for_courier.clone()),
        ("issued: courier, parcel returned", seen(TrackingState::Returned)),
        ("issued: courier, parcel lost", seen(TrackingState::Lost)),
        ("issued: electronic", for_delivery(DeliveryMethod::Electronic)),
        ("in_transit", in_transit.clone()),
        ("delivered", told(&for_delivery(DeliveryMethod::PickUp), &[A::HandOut])),
        ("delivered: replaced", told(&for_delivery(DeliveryMethod::PickUp), &[A::HandOut, A::ReplaceResult])),
        ("delivered: electronic", told(&for_delivery(DeliveryMethod::Electronic), &[A::DeliverElectronically])),
    ]
}

fn ended() -> Vec<(&'static str, Desk)> {
    use Action as A;
    let found = |finding| online(PROMISED_TIME).after(Person::Clerk, scope(finding));
    let delivered = told(&for_delivery(DeliveryMethod::PickUp), &[A::HandOut]);
    let closed = told(&delivered, &[A::Close]);
    let conditional = lacking(lenient(), &[2]).after(Person::Clerk, conditionally(10));
    let came_wrong = conditional.after(Person::Clerk, incomplete(lenient(), 2));
    let committed = lacking(lenient(), &[1]).after(Person::Clerk, on_commitment(false));
    let trusted = told(&committed, &[A::Assign, A::Review, A::Decide, A::IssueResult, A::HandOut, A::Close]);
    let refusal = refused().after(Person::Clerk, Command::IssueResult(None));
    let in_transit = for_delivery(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let by_courier = told(&in_transit, &[A::Track, A::Close, A::ReplaceResult]);
    vec![
        ("closed", closed.clone()),
        ("closed: replaced", told(&closed, &[A::ReplaceResult])),
        ("closed: replaced, in the post", told(&by_courier, &[A::Dispatch])),
        ("closed: the refusal", told(&refusal, &[A::HandOut, A::Close])),
        ("closed: on commitment", trusted),
        ("closed: revoked", told(&closed, &[A::RevokeGrant])),
        ("rejected", told(&found(ScopeFinding::OutsidePower), &[A::Reject])),
        ("not_required", told(&found(ScopeFinding::NoLicenceNeeded), &[A::DeclareNotRequired])),
        ("withdrawn", told(&received(item(PROMISED_TIME), DeliveryMethod::PickUp), &[A::Withdraw])),
        ("acceptance_revoked", told(&came_wrong, &[A::RevokeAcceptance])),
    ]
}

/// The same command for a case that has other materials, defects and papers.
fn fitted(command: &Command, desk: &Desk) -> Command {
    let open = desk.case.intake.open_condition().and_then(|condition| condition.missing.first());
    let first = open.and_then(|open| desk.item.material(open)).unwrap_or(&desk.item.materials[0]);
    match command.clone() {
        Command::AttachFile { file, .. } => Command::AttachFile { material: first.code.clone(), file },
        Command::ReuseMaterial { files, .. } => Command::ReuseMaterial { material: first.code.clone(), files },
        Command::CheckMaterial(_) => Command::CheckMaterial(in_order(first)),
        Command::NotifyCorrections { days, on_file, .. } => {
            let defects = desk.case.intake.defects(desk.item);
            let corrections = defects.into_iter().map(|spec| correction(&spec.code)).collect();
            Command::NotifyCorrections { corrections, days, on_file }
        }
        Command::Reject { reason, legal_basis, competent_body } => {
            let competent_body = competent_body.filter(|_| desk.case.intake.still_wrong(desk.item).is_empty());
            Command::Reject { reason, legal_basis, competent_body }
        }
        Command::OfferAtWindow { mut to, reason } => {
            to.window = desk.item.window.clone();
            Command::OfferAtWindow { to, reason }
        }
        Command::Assign { mut to } => {
            to.department = desk.item.department.clone();
            Command::Assign { to }
        }
        Command::Seal { document, seal } => {
            Command::Seal { document: desk.case.papers.first().cloned().unwrap_or(document), seal }
        }
        Command::EndProcedure { notice, until, result } => {
            let open = desk.case.approval.procedures.first().map(|procedure| procedure.notice.clone());
            Command::EndProcedure { notice: open.unwrap_or(notice), until, result }
        }
        Command::ScheduleInspection(date) if desk.case.approval.inspection.is_some() => {
            let Command::ScheduleInspection(moved) = inspection(date.on.succ_opt().unwrap(), &[FIRE], true) else {
                unreachable!()
            };
            Command::ScheduleInspection(moved)
        }
        other => other,
    }
}

fn cell(desk: &Desk, column: &Column) -> String {
    let mut after = desk.clone();
    match after.tell(&column.by.at(desk.item), fitted(&column.command, desk)) {
        Ok(events) => {
            let kinds: Vec<_> = events.iter().map(kernel::Fact::kind).collect();
            let moved = (after.case.stage != desk.case.stage).then(|| format!(" → {}", after.case.stage));
            kinds.join("+") + &moved.unwrap_or_default()
        }
        Err(Refusal { code: "wrong_stage", .. }) => "·".to_owned(),
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

/// Clauses B1-1, B1-2, B2-1 to B2-6, B3-2
#[test]
fn every_state_answers_every_command() {
    const A_BLOCK: usize = 9;
    const LEGEND: &str = "events → new stage    (refusal)    · = (wrong_stage)";
    let (rows, columns) = (rows(), columns(hall::morning()));
    let stages: Vec<Stage> = rows.iter().map(|row| row.desk.case.stage).collect();
    assert!(Stage::VARIANTS.iter().all(|stage| stages.contains(stage)), "a stage has no row");
    let blocks: Vec<_> = columns.chunks(A_BLOCK).map(|block| table(&rows, block)).collect();
    let matrix = format!("{LEGEND}\n\n{}", blocks.join("\n\n"));
    insta::assert_snapshot!("state_by_command", matrix);
}

/// What `allowed_actions` announces is what happens: for everybody, in every state (rule of `Case::guard`).
#[test]
fn what_is_permitted_is_not_refused_for_the_state_of_the_case() {
    for Row { name, desk } in rows() {
        for person in Person::ALL {
            let actor = person.at(desk.item);
            for permit in desk.case.permits(desk.item, &[], &desk.context(&actor)) {
                let action = permit.action;
                let cell = format!("{name}, {action} by {person:?}");
                if let Err(denial) = may_on(&actor, action, &desk.case.whereabouts()) {
                    assert_eq!(permit.verdict.unwrap_err().code, denial.code(), "{cell}");
                    continue;
                }
                let command = match action {
                    Action::Assign => Command::Assign { to: person.colleague(desk.item) },
                    Action::OfferHandOver if person.is_clerk() => offer_at_window(desk.item),
                    Action::IssueResult if desk.case.outcome() == Some(Outcome::Refuse) => Command::IssueResult(None),
                    _ => fitted(&legal(action, desk.now), &desk),
                };
                let outcome = desk.clone().tell(&actor, command).map(drop);
                match (permit.verdict, outcome) {
                    (Ok(()), Ok(())) => {}
                    (Ok(()), Err(refusal)) if is_about_a_detail(action, refusal.code) => {}
                    (Ok(()), Err(refusal)) => panic!("{cell}: announced, yet refused: {refusal}"),
                    (Err(announced), Err(refusal)) => assert_eq!(announced.code, refusal.code, "{cell}"),
                    (Err(announced), Ok(())) => panic!("{cell}: announced as {announced}, yet it went through"),
                }
            }
        }
    }
}

/// What is refused for the command's own words, which are the same in this file for everybody.
fn is_about_a_detail(action: Action, code: &str) -> bool {
    match action {
        Action::OfferHandOver => code == "handover_to_oneself",
        Action::Delegate => code == "delegation_to_oneself",
        Action::ReturnForRework => code == "step_not_taken",
        Action::AnswerMore => code == "nothing_asked",
        Action::AskMore => ["already_asked", "opinion_given"].contains(&code),
        _ => false,
    }
}

/// Every column is asked by somebody whose role carries it, so that a cell shows the state's answer and nobody else's.
#[test]
fn every_column_is_for_the_role_that_asks() {
    let columns = columns(hall::morning());
    let asked: Vec<Action> = columns.iter().map(|column| column.command.action()).collect();
    assert!(Action::ON_A_CASE.iter().all(|action| asked.contains(action)));
    for column in columns {
        let role = column.by.at(item(PROMISED_TIME)).role();
        assert!(roles_for(column.command.action()).contains(&role), "{}", column.heading);
    }
}
