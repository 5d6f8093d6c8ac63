//! 演练申请人: every row of the table in `docs/sandbox.md`, as an integrator would try it (clause G1).

use chrono::{DateTime, Duration, Utc};
use tests::*;

/// A row of the table: its outcome, the person's number, the enterprise's, and as what it ends.
fn rows() -> Vec<[String; 4]> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sandbox.md")).unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.contains("| 990000")).map(cells);
    rows.map(|row| [row[1].clone(), row[2].clone(), row[3].clone(), row[6].clone()]).collect()
}

fn person(number: &str) -> Person {
    Person { resident_id: number.to_owned(), ..Person::new() }
}

async fn time_passes(hall: &Hall, by: Duration) {
    let now: DateTime<Utc> = hall.now().parse().unwrap();
    hall.time_passes_to(&(now + by).to_rfc3339()).await;
}

/// Long enough for the window to begin.
async fn a_moment_passes(hall: &Hall) {
    time_passes(hall, Duration::minutes(2)).await;
}

/// How often this is on the record of a case.
async fn times(hall: &Hall, case: &Case, kind: &str) -> usize {
    let timeline = hall.manager().reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count()
}

async fn case_of(hall: &Hall, outcome: &str, number: &str) -> Case {
    let applicant = person(number);
    let application = Application::for_item(items::PROMISED).by(&applicant);
    let application = match outcome {
        "returned" => application.courier_to(&applicant),
        _ => application.electronic(),
    };
    hall.adapter("platform").receives(application).await.case()
}

/// Plays a row, and says as what it ends.
async fn played(hall: &Hall, outcome: &str, number: &str) -> String {
    let adapter = hall.adapter("platform");
    if ["satisfied", "dissatisfied", "unreachable"].contains(&outcome) {
        return played_on_impasse(hall, outcome, number).await;
    }
    let came = hall.a_new_morning().await;
    let case = case_of(hall, outcome, number).await;
    adapter.reads(&case).await.ok();
    assert_eq!(case.stage(), "under_check", "{outcome}: there is time to hand in");
    a_moment_passes(hall).await;
    adapter.reads(&case).await.ok();
    match outcome {
        "granted" => {
            assert_eq!(times(hall, &case, "accepted").await, 1);
            assert_eq!(case.at("/decision/outcome"), json!("grant"), "{}", case.view());
        }
        "corrected" => {
            assert_eq!(case.stage(), "awaiting_correction");
            adapter.attaches(&case, "application", "application/pdf", PDF).await.ok();
            adapter.submits_corrections(&case).await.ok();
            a_moment_passes(hall).await;
        }
        "not-corrected" => {
            assert_eq!(case.stage(), "awaiting_correction");
            hall.time_passes_to_day(hall.after(came, 6), 9, 0).await;
        }
        "deemed" => {
            assert_eq!(case.stage(), "under_check");
            hall.time_passes_to_day(hall.after(came, 6), 9, 0).await;
            assert_eq!(times(hall, &case, "accepted").await, 1);
        }
        "refused" => assert_eq!(case.at("/decision/outcome"), json!("refuse"), "{}", case.view()),
        "procedure" => {
            assert_eq!((case.stage(), times(hall, &case, "procedure_started").await), ("in_review".to_owned(), 1));
            hall.time_passes_to_day(hall.after(came, 11), 9, 0).await;
        }
        "overdue" => {
            assert_eq!(case.stage(), "in_review");
            hall.time_passes_to_day(hall.after(came, 9), 10, 0).await;
            adapter.reads(&case).await.ok();
            assert_eq!(limit(&case.view(), "promised")["light"], "red", "{}", case.view());
        }
        "returned" => assert_eq!(times(hall, &case, "tracked").await, 1),
        other => panic!("no such row: {other}"),
    }
    adapter.reads(&case).await.ok();
    assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
    case.stage()
}

async fn played_on_impasse(hall: &Hall, outcome: &str, number: &str) -> String {
    hall.a_new_morning().await;
    let adapter = hall.adapter("platform");
    let impasse = adapter.registers(&Grievance::new(&person(number))).await.impasse();
    a_moment_passes(hall).await;
    adapter.reads(&impasse).await.ok();
    match outcome {
        "dissatisfied" => assert_eq!(impasse.at("/level"), json!("difficult"), "{}", impasse.view()),
        "unreachable" => {
            assert_eq!(impasse.state(), "in_handling");
            for _ in 0..2 {
                time_passes(hall, Duration::days(1)).await;
            }
        }
        _ => {}
    }
    adapter.reads(&impasse).await.ok();
    impasse.state()
}

tests::on_both_stores! {
    /// Clause G1: what the table promises an integrator is what happens, for persons.
    async fn every_scripted_applicant_meets_the_outcome_of_the_table(hall: Hall) {
        let rows = rows();
        assert_eq!(rows.len(), 11, "{rows:?}");
        for [outcome, number, _, ends_as] in &rows {
            assert_eq!(&played(&hall, outcome, number).await, ends_as, "{outcome}");
        }
    }

    /// The same for enterprises; whoever has another number is served by nobody but staff.
    async fn scripts_are_for_those_numbers_and_no_others(hall: Hall) {
        hall.a_new_morning().await;
        let adapter = hall.adapter("platform");
        let granted = rows().into_iter().find(|[outcome, ..]| outcome == "granted").unwrap();
        let scripted = Enterprise { uscc: granted[2].clone(), ..Enterprise::new() };
        let of = async |enterprise: &Enterprise| {
            let application = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(enterprise).electronic();
            adapter.receives(application).await.case()
        };
        let (served, left) = (of(&scripted).await, of(&Enterprise::new()).await);
        a_moment_passes(&hall).await;
        adapter.reads(&served).await.ok();
        adapter.reads(&left).await.ok();
        assert_eq!((served.stage(), left.stage()), ("closed".to_owned(), "under_check".to_owned()));
    }
}
