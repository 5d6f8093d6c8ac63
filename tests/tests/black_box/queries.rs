//! Which index each list walks, as SQLite plans it.

use std::sync::{Arc, Mutex};

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, connection::InstrumentationEvent, sql_query, sql_types::Text,
};
use kernel::{Centre, Instant, access::Sight, ledger::Light};
use persistence::{
    cases::{self, Filter},
    consultations, figures, follow_ups, meetings, negative_replies, ratings, triage,
    work_orders::{self, deliveries},
};
use tests::*;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The statements that are sent while this runs, as plans.
fn plans(hall: &Hall, run: impl FnOnce(&mut persistence::Connection)) -> Vec<String> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&sent);
    let mut connection = hall.outside();
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            heard.lock().unwrap().push(query.to_string());
        }
    });
    run(&mut connection);
    let mut other = hall.outside();
    let statements = sent.lock().unwrap().clone();
    let plan = |statement: &String| {
        let sql = statement.split(" -- binds:").next().unwrap_or_default();
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut other).unwrap();
        steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
    };
    statements.iter().map(plan).collect()
}

fn sights() -> Vec<(&'static str, Sight)> {
    vec![
        ("centre", Sight::Centre),
        ("one window", Sight::Windows(vec!["project".parse().unwrap()])),
        ("two windows", Sight::Windows(vec!["project".parse().unwrap(), "policy".parse().unwrap()])),
        ("one department", Sight::Departments(vec!["justice".parse().unwrap()])),
        ("applicant", Sight::Applicant("01999999-0000-7000-8000-000000000000".parse().unwrap())),
        ("client", Sight::Client("platform".parse().unwrap())),
    ]
}

fn filters() -> Vec<(&'static str, Filter)> {
    let none = Filter::default;
    let now = Instant::new(chrono::Utc::now());
    vec![
        ("nothing", none()),
        ("stage", Filter { stage: Some(casework::Stage::InReview), ..none() }),
        ("item", Filter { item: Some(items::PROMISED.parse().unwrap()), ..none() }),
        ("department", Filter { department: Some("justice".parse().unwrap()), ..none() }),
        ("window", Filter { window: Some("project".parse().unwrap()), ..none() }),
        ("applicant", Filter { applicant: Some("01999999-0000-7000-8000-000000000000".parse().unwrap()), ..none() }),
        ("holder", Filter { holder: Some("reviewer-justice".parse().unwrap()), ..none() }),
        ("light", Filter { light: Some(Light::Red), ..none() }),
        ("returned", Filter { returned: Some(true), ..none() }),
        ("days", Filter { received_from: Some(now), received_until: Some(now), ..none() }),
    ]
}

/// No list reads the whole table, whoever looks and whatever for; and none sorts what an index already has in order.
#[tokio::test]
async fn every_list_walks_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    let before = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    for (whose, sight) in sights() {
        for (what, filter) in filters() {
            for before in [None, Some(before)] {
                let found = plans(&hall, |connection| {
                    cases::list(connection, Centre::WENLING, &sight, &filter, today(), before, 21).unwrap();
                });
                // What a department has a part in is found besides.
                let parts = usize::from(whose == "one department");
                assert_eq!(found.len(), 1 + parts, "a list is one statement");
                assert!(found[1..].iter().all(|plan| plan.contains("SEARCH participants USING")), "{found:?}");
                let plan = &found[0];
                assert!(plan.contains("SEARCH cases USING INDEX"), "{whose} by {what}: {plan}");
                assert!(!plan.contains("SCAN"), "{whose} by {what}: {plan}");
                let merges = whose == "two windows";
                assert!(merges || !plan.contains("TEMP B-TREE"), "{whose} by {what}: {plan}");
            }
        }
    }
    hall.close().await;
}

/// 待办: a department's or a window's waiting cases, found by an index.
#[tokio::test]
async fn the_worklist_walks_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let stages = [casework::Stage::InReview];
    for (whose, sight) in sights().into_iter().filter(|(whose, _)| whose.contains("window") || whose.contains("dep")) {
        let found = plans(&hall, |connection| {
            cases::worklist(connection, Centre::WENLING, &sight, &stages, None, 21).unwrap();
        });
        assert!(found[0].contains("SEARCH cases USING INDEX") && !found[0].contains("SCAN"), "{whose}: {}", found[0]);
    }
    hall.close().await;
}

/// Clause B3-1: the catalogue comes in the order of an index, and whether a version is superseded is looked up in one.
#[tokio::test]
async fn the_catalogue_walks_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let (sector, after) = ("project".parse().unwrap(), items::PROMISED.parse().unwrap());
    for (sector, after) in [(None, None), (None, Some(&after)), (Some(&sector), None), (Some(&sector), Some(&after))] {
        let found = plans(&hall, |connection| {
            persistence::items::page(connection, Centre::WENLING, today(), sector, after, 21).unwrap();
        });
        let [plan] = found.as_slice() else { panic!("{found:?}") };
        assert!(plan.contains("SEARCH item_versions USING INDEX"), "{plan}");
        assert!(plan.contains("(centre=? AND item=? AND version>?)"), "{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    hall.close().await;
}

/// Clause B5-1: whoever may be handed a case is found without reading every posting of the centre.
#[tokio::test]
async fn colleagues_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let today = Instant::new(chrono::Utc::now()).day();
    let (window, department) = ("project".parse().unwrap(), "justice".parse().unwrap());
    let found = plans(&hall, |connection| {
        persistence::hall::clerks(connection, Centre::WENLING, &window, today).unwrap();
        persistence::hall::colleagues(connection, Centre::WENLING, &department, today).unwrap();
    });
    for (plan, index) in found.iter().zip(["postings_by_window", "postings_by_department"]) {
        assert!(plan.contains(&format!("USING INDEX {index}")) && !plan.contains("SCAN"), "{plan}");
    }
    assert_eq!(found.len(), 2);
    hall.close().await;
}

/// Clause B5-8: the ratings of a unit are found by an index that has them in their order.
#[tokio::test]
async fn ratings_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let now = Instant::new(chrono::Utc::now());
    let before = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    for (whose, sight) in sights().into_iter().filter(|(whose, _)| !["applicant", "client"].contains(whose)) {
        for (before, since) in [(None, None), (Some(before), None), (None, Some(now)), (Some(before), Some(now))] {
            let filter = ratings::Filter { since, ..ratings::Filter::default() };
            let found = plans(&hall, |connection| {
                ratings::list(connection, Centre::WENLING, &sight, &filter, before, 21).unwrap();
            });
            let [plan] = found.as_slice() else { panic!("{whose}: {found:?}") };
            assert!(plan.contains("SEARCH ratings USING INDEX") && !plan.contains("SCAN"), "{whose}: {plan}");
            assert_eq!(plan.contains("id>?"), since.is_some(), "{whose}: {plan}");
            assert!(whose == "two windows" || !plan.contains("TEMP B-TREE"), "{whose}: {plan}");
        }
    }
    let case = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    let found = plans(&hall, |connection| drop(ratings::anonymous(connection, Centre::WENLING, case).unwrap()));
    assert!(found.len() == 1 && found[0].contains("(centre=? AND case_id=?)"), "{found:?}");
    hall.close().await;
}

/// Clause A1-2: consultations are found by an index that has them in their order, whoever looks and for what.
#[tokio::test]
async fn consultations_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let none = consultations::Filter::default;
    let party = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    let filters = [
        none(),
        consultations::Filter { open: Some(true), ..none() },
        consultations::Filter { responsible: Some("clerk-project".parse().unwrap()), ..none() },
        consultations::Filter { window: Some("project".parse().unwrap()), ..none() },
        consultations::Filter { applicant: Some(party), ..none() },
        consultations::Filter { applicant: Some(party), open: Some(true), ..none() },
    ];
    let before = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    let mut found = Vec::new();
    for (whose, sight) in sights() {
        for filter in &filters {
            for before in [None, Some(before)] {
                let plans = plans(&hall, |connection| {
                    consultations::list(connection, Centre::WENLING, &sight, filter, before, 21).unwrap();
                });
                for plan in &plans {
                    assert!(plan.contains("SEARCH consultations USING INDEX"), "{whose}, {filter:?}: {plan}");
                    assert!(!plan.contains("SCAN"), "{whose}, {filter:?}: {plan}");
                    assert!(whose == "two windows" || !plan.contains("TEMP B-TREE"), "{whose}, {filter:?}: {plan}");
                }
                found.extend(plans);
            }
        }
    }
    let staff = "clerk-project".parse().unwrap();
    found.extend(plans(&hall, |connection| {
        consultations::answered_by(connection, Centre::WENLING, &staff, None, 21).unwrap();
    }));
    let by = ["window", "holder", "offer", "fallback", "responsible", "applicant"].map(|it| format!("by_{it}"));
    let open = ["open", "open_by_window", "open_by_holder", "open_by_fallback"].map(str::to_owned);
    for index in by.into_iter().chain(open) {
        let index = format!("USING INDEX consultations_{index} ");
        assert!(found.iter().any(|plan| plan.contains(&index)), "{index}: {found:#?}");
    }
    hall.close().await;
}

/// Clause B5-6: what an enterprise has open of packages is found by an index that holds nothing else.
#[tokio::test]
async fn open_packages_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let party = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    let found = plans(&hall, |connection| {
        persistence::packages::applications::open_of_applicant(connection, Centre::WENLING, party, 201).unwrap();
    });
    assert!(found[0].contains("cases_open_in_package") && !found[0].contains("SCAN"), "{found:?}");
    hall.close().await;
}

/// Rule L15: the overdue work orders are found by an index that has those with a running limit in the order of the list.
#[tokio::test]
async fn overdue_work_orders_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let filter = work_orders::Filter { overdue: Some(true), ..work_orders::Filter::default() };
    let before = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    for (before, searched) in [(None, "(centre=?)"), (Some(before), "(centre=? AND id<?)")] {
        let found = plans(&hall, |connection| {
            work_orders::list(connection, Centre::WENLING, &Sight::Centre, &filter, today(), before, 21).unwrap();
        });
        let [plan] = found.as_slice() else { panic!("{found:?}") };
        assert!(plan.contains(&format!("USING INDEX work_orders_by_due {searched}")), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
    hall.close().await;
}

/// Clause G3: the messages of a hotline that are held are found by an index that has nothing else, in order.
#[tokio::test]
async fn held_deliveries_walk_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let (centre, hotline, number) = (Centre::WENLING, "hotline".parse().unwrap(), "W-1".parse().unwrap());
    let found = plans(&hall, |connection| {
        deliveries::first_held(connection, (centre, &hotline, &number)).unwrap();
        deliveries::held(connection, centre, &hotline).unwrap();
        for after in [None, Some(("W-1".to_owned(), 1))] {
            deliveries::list_held(connection, centre, &hotline, after, 21).unwrap();
        }
    });
    assert_eq!(found.len(), 4);
    for plan in &found {
        assert!(plan.contains("INDEX hotline_deliveries_held (centre=? AND hotline=?"), "{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    hall.close().await;
}

/// Clause D4-3: the meeting that an impasse waits for is found by an index that has nothing else.
#[tokio::test]
async fn the_meeting_that_is_waited_for_is_found_by_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let impasse = "01999999-0000-7000-8000-000000000000".parse().unwrap();
    let found = plans(&hall, |connection| {
        meetings::waited_for(connection, Centre::WENLING, impasse).unwrap();
    });
    let [plan] = found.as_slice() else { panic!("{found:?}") };
    assert!(plan.contains("INDEX meeting_items_waiting (centre=? AND impasse=?)"), "{plan}");
    hall.close().await;
}

/// The record of the loop: the register, the figures, the samples and a window's own "no" are found by an index, and those
/// with an order come in it.
#[tokio::test]
async fn the_record_of_the_loop_walks_an_index() {
    let hall = Hall::open(Database::Sqlite).await;
    let day = today();
    let period = escalation::figures::Period { from: day, to: day };
    let (impasse, _) = hall.closed_out_impasse().await;
    let (id, at) = (impasse.id.parse().unwrap(), Instant::new(chrono::Utc::now()));
    let centre = Centre::WENLING;
    let found = plans(&hall, |connection| {
        for after in [None, Some((at, id))] {
            figures::registered(connection, centre, period, after, 21).unwrap();
        }
        figures::at_the_end_of(connection, centre, period, None, 200).unwrap();
        triage::opened(connection, centre).unwrap();
        follow_ups::closed_out(connection, centre, period.start(), period.end()).unwrap();
        follow_ups::waiting_for(connection, centre, id).unwrap();
        for open in [None, Some(true)] {
            follow_ups::list(connection, centre, open, None, 21).unwrap();
        }
        for (_, sight) in sights() {
            negative_replies::list(connection, centre, &sight, &negative_replies::Filter::default(), None, 21).unwrap();
        }
    });
    let of_the_loop = [
        "impasses_by_registration",
        "impasses_by_closing",
        "follow_up_samples_by_impasse",
        "follow_up_plans_by_open",
        "triage_sessions_by_state",
    ];
    let of_replies = ["negative_replies_by_window", "negative_replies_by_fallback", "negative_replies_by_applicant"];
    for index in of_the_loop.into_iter().chain(of_replies) {
        assert!(found.iter().any(|plan| plan.contains(index)), "{index}: {found:#?}");
    }
    for plan in &found {
        assert!(plan.contains("SEARCH") && !plan.contains("SCAN"), "{plan}");
        let merges = plan.contains("MULTI-INDEX OR") || plan.contains("events");
        assert!(merges || !plan.contains("TEMP B-TREE"), "{plan}");
    }
    hall.close().await;
}
