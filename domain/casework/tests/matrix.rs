//! State × command, whole: every stage with its sub-states against everything that can be asked of a case (clauses B1-1,
//! B1-2, B2-1 to B2-6, B3-2).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;

use approval::Outcome;
use casework::{Collector, Command, Event, OnTheSpot, Stage};
use catalog::DeliveryMethod;
use hall::{Desk, ON_THE_SPOT, PROMISED_TIME, Person, collector, file, in_order, item, result, text, whose};
use intake::ScopeFinding;
use issuance::{Tracked, TrackingState};
use kernel::{
    Action, Instant, Refusal,
    access::{may_on, roles_for},
};
use strum::VariantArray;

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

fn legal(action: Action, now: Instant) -> Command {
    let item = item(PROMISED_TIME);
    let material = &item.materials[0];
    match action {
        Action::AttachFile => Command::AttachFile { material: material.code.clone(), file: file(now) },
        Action::CheckScope => Command::CheckScope { finding: ScopeFinding::Within, note: None },
        Action::CheckMaterial => Command::CheckMaterial(in_order(material)),
        Action::Accept => Command::Accept,
        Action::Reject => Command::Reject {
            reason: text("不属于本机关职权"),
            legal_basis: text("《行政许可法》第三十二条第一款第二项"),
            competent_body: text("台州市经济和信息化局"),
        },
        Action::DeclareNotRequired => Command::DeclareNotRequired {
            reason: text("依法不需要取得许可"),
            legal_basis: text("《行政许可法》第三十二条第一款第一项"),
        },
        Action::Withdraw => Command::Withdraw { reason: text("项目取消") },
        Action::ChooseDelivery => Command::ChooseDelivery { method: DeliveryMethod::PickUp },
        Action::Assign => Command::Assign { to: Person::Reviewer.colleague(item) },
        Action::OfferHandOver => {
            Command::OfferHandOver { to: Person::SecondReviewer.colleague(item), reason: text("出差") }
        }
        Action::AcceptHandOver => Command::AcceptHandOver,
        Action::DeclineHandOver => Command::DeclineHandOver { reason: text("在办件已满") },
        Action::Review => Command::Review { recommends: Outcome::Grant, opinion: text("符合条件") },
        Action::Decide => Command::Decide { outcome: Outcome::Grant, reasons: text("符合条件"), legal_basis: None },
        Action::DecideOnTheSpot => on_the_spot(now, Some(collector())),
        Action::IssueResult => Command::IssueResult(Some(result(now))),
        Action::HandOut => Command::HandOut { collector: collector() },
        Action::Dispatch => Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") },
        Action::Track => tracked(TrackingState::Signed, now),
        Action::DeliverElectronically => Command::DeliverElectronically { receipt: text("已在平台下载") },
        Action::Close => Command::Close,
        other => panic!("{other} is not asked of a case"),
    }
}

fn on_the_spot(now: Instant, handed_to: Option<Collector>) -> Command {
    Command::DecideOnTheSpot(OnTheSpot { reasons: text("符合条件"), result: result(now), handed_to })
}

fn tracked(state: TrackingState, at: Instant) -> Command {
    Command::Track(Tracked { state, at, note: None })
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
                Action::DecideOnTheSpot => {
                    Some(Column::variant("decide_on_the_spot, not handed", Person::Clerk, on_the_spot(now, None)))
                }
                Action::IssueResult => {
                    Some(Column::variant("issue_result: the refusal", Person::Clerk, Command::IssueResult(None)))
                }
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

fn rows() -> Vec<Row> {
    use Person as P;
    let begun = |code: &str, method| Desk::open(item(code), P::Adapter, method);
    let told = |desk: &Desk, action: Action| desk.clone().after(whose(action), legal(action, desk.now));
    let found = |desk: &Desk, finding| desk.clone().after(P::Clerk, Command::CheckScope { finding, note: None });

    let untouched = begun(PROMISED_TIME, DeliveryMethod::PickUp);
    let counter = Desk::open(item(PROMISED_TIME), P::Clerk, DeliveryMethod::PickUp);
    let accepted_at_counter = told(&found(&counter, ScopeFinding::Within).with_materials_in_order(), Action::Accept);
    let in_order = found(&untouched, ScopeFinding::Within).with_materials_in_order();
    let spot = begun(ON_THE_SPOT, DeliveryMethod::PickUp);
    let spot = found(&spot, ScopeFinding::Within).with_materials_in_order();
    let outside = found(&untouched, ScopeFinding::OutsidePower);
    let free = found(&untouched, ScopeFinding::NoLicenceNeeded);

    let unassigned = told(&in_order, Action::Accept);
    let assigned = told(&unassigned, Action::Assign);
    let offered = told(&assigned, Action::OfferHandOver);
    let reviewed = told(&assigned, Action::Review);
    let by_approver = unassigned
        .clone()
        .after(P::Approver, Command::Assign { to: P::Approver.colleague(untouched.item) })
        .after(P::Approver, legal(Action::Review, unassigned.now));
    let decided = told(&reviewed, Action::Decide);
    let refused = reviewed.clone().after(
        P::Approver,
        Command::Decide {
            outcome: Outcome::Refuse,
            reasons: text("不符合条件"),
            legal_basis: Some(text("《行政许可法》第三十八条第二款")),
        },
    );

    let issued_by = |method| {
        let chosen = decided.clone().after(P::Applicant, Command::ChooseDelivery { method });
        told(&chosen, Action::IssueResult)
    };
    let for_pick_up = issued_by(DeliveryMethod::PickUp);
    let for_courier = issued_by(DeliveryMethod::Courier);
    let in_transit = told(&for_courier, Action::Dispatch);
    let returned = in_transit.clone().after(P::Clerk, tracked(TrackingState::Returned, in_transit.now));
    let delivered = told(&for_pick_up, Action::HandOut);

    let row = |name, desk: &Desk| Row { name, desk: desk.clone() };
    vec![
        row("under_check: untouched", &untouched),
        row("under_check: at the counter", &counter),
        row("under_check: in order", &in_order),
        row("under_check: in order, on the spot", &spot),
        row("under_check: outside power", &outside),
        row("under_check: no licence needed", &free),
        row("in_review: unassigned", &unassigned),
        row("in_review: came to the counter", &accepted_at_counter),
        row("in_review: assigned", &assigned),
        row("in_review: offered", &offered),
        row("in_review: reviewed", &reviewed),
        row("in_review: reviewed by approver", &by_approver),
        row("decided: granted", &decided),
        row("decided: refused", &refused),
        row("issued: pick_up", &for_pick_up),
        row("issued: pick_up, the refusal", &refused.clone().after(P::Clerk, Command::IssueResult(None))),
        row("issued: courier", &for_courier),
        row("issued: courier, parcel returned", &returned),
        row("issued: electronic", &issued_by(DeliveryMethod::Electronic)),
        row("in_transit", &in_transit),
        row("delivered", &delivered),
        row("closed", &told(&delivered, Action::Close)),
        row("rejected", &told(&outside, Action::Reject)),
        row("not_required", &told(&free, Action::DeclareNotRequired)),
        row("withdrawn", &told(&untouched, Action::Withdraw)),
    ]
}

/// The same command for a case of the row's item, which may have other materials.
fn fitted(command: &Command, desk: &Desk) -> Command {
    let first = &desk.item.materials[0];
    match command.clone() {
        Command::AttachFile { file, .. } => Command::AttachFile { material: first.code.clone(), file },
        Command::CheckMaterial(_) => Command::CheckMaterial(in_order(first)),
        Command::Assign { mut to } => {
            to.department = desk.item.department.clone();
            Command::Assign { to }
        }
        other => other,
    }
}

fn cell(desk: &Desk, column: &Column) -> String {
    let mut after = desk.clone();
    match after.tell(&column.by.at(desk.item), fitted(&column.command, desk)) {
        Ok(events) => {
            let kinds: Vec<_> = events.iter().map(Event::kind).collect();
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
            for permit in desk.case.permits(desk.item, &actor) {
                let action = permit.action;
                let cell = format!("{name}, {action} by {person:?}");
                if let Err(denial) = may_on(&actor, action, &desk.case.whereabouts()) {
                    assert_eq!(permit.verdict.unwrap_err().code, denial.code(), "{cell}");
                    continue;
                }
                let command = match action {
                    Action::Assign => Command::Assign { to: person.colleague(desk.item) },
                    Action::IssueResult if desk.case.outcome() == Some(Outcome::Refuse) => Command::IssueResult(None),
                    _ => fitted(&legal(action, desk.now), &desk),
                };
                let outcome = desk.clone().tell(&actor, command).map(|_| ());
                match (permit.verdict, outcome) {
                    (Ok(()), Ok(())) => {}
                    (Ok(()), Err(refusal)) if person.hands_over_to_itself(action) => {
                        assert_eq!(refusal.code, "handover_to_oneself", "{cell}");
                    }
                    (Ok(()), Err(refusal)) => panic!("{cell}: announced, yet refused: {refusal}"),
                    (Err(announced), Err(refusal)) => assert_eq!(announced.code, refusal.code, "{cell}"),
                    (Err(announced), Ok(())) => panic!("{cell}: announced as {announced}, yet it went through"),
                }
            }
        }
    }
}

impl Person {
    /// The legal hand-over of this file goes to the second reviewer.
    fn hands_over_to_itself(self, action: Action) -> bool {
        self == Self::SecondReviewer && action == Action::OfferHandOver
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
