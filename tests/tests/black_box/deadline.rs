//! 期限.

use tests::*;

async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

fn clock<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let clocks = answer["clocks"].as_array().unwrap();
    clocks.iter().find(|clock| clock["kind"] == kind).unwrap_or_else(|| panic!("no {kind} limit: {}", answer.body))
}

/// As many days are counted as it has, and the last one is the day on which it is due.
#[track_caller]
fn must_be_explained(clock: &Value) {
    let days = clock["days"].as_array().unwrap();
    let counted: Vec<&Value> = days.iter().filter(|day| day["counted"] == true).collect();
    assert_eq!(json!(counted.len()), clock["working_days"], "{clock}");
    assert_eq!(counted.last().unwrap()["date"], clock["due"], "{clock}");
    assert!(days.iter().all(|day| !day["reason"].as_str().unwrap().is_empty()), "{clock}");
}

tests::on_both_stores! {
    /// Clause B5-2, rule L1, 行政许可法 art. 82: Mid-Autumn and National Day of 2023 with their make-up days.
    async fn the_calendar_counts_working_days(hall: Hall) {
        let ask = |query: &str| hall.stranger().get(&format!("/v1/calendar/deadline?{query}"));
        let answer = ask("start=2023-09-28&working_days=5").await.ok();
        assert_eq!((&answer["due"], &answer["provisional"]), (&json!("2023-10-11"), &json!(false)));
        assert_eq!(ask("start=2026-02-13&working_days=1").await.ok()["due"], "2026-02-14", "a make-up Saturday");
        assert_eq!(ask("start=2030-01-01&working_days=5").await.ok()["provisional"], true);
        ask("start=2023-09-31&working_days=5").await.problem(400, "invalid_parameter");
        ask("start=2023-09-28&working_days=-1").await.problem(400, "invalid_parameter");
        ask("start=2023-09-28&working_days=5&days=5").await.problem(400, "unknown_parameter");
    }

    /// Clause B5-2, rules L1, L12: both limits side by side, the promised one binds, every day explained.
    async fn every_limit_is_explained_day_by_day(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let before = hall.clerk("rule-of-law").reads_deadline(&case).await.ok();
        assert_eq!(before["binding"], "check", "before acceptance the window has five days");
        assert_eq!((before["clocks"].as_array().unwrap().len(), &clock(&before, "check")["working_days"]), (1, &json!(5)));
        hall.accept(&case).await;

        let answer = hall.applicant_of(&case).reads_deadline(&case).await.ok();
        assert_eq!(answer["binding"], "promised");
        let (statutory, promised) = (clock(&answer, "statutory"), clock(&answer, "promised"));
        assert_eq!((&statutory["working_days"], &promised["working_days"]), (&json!(7), &json!(3)));
        assert!(promised["due"].as_str() < statutory["due"].as_str());
        for clock in [statutory, promised] {
            let days = clock["days"].as_array().unwrap();
            assert_eq!(clock["start"], json!(today()));
            let counted: Vec<&Value> = days.iter().filter(|day| day["counted"] == true).collect();
            assert_eq!(counted.len() as u64, clock["working_days"].as_u64().unwrap());
            assert_eq!(counted.last().unwrap()["date"], clock["due"]);
            let start = days.iter().find(|day| day["date"] == clock["start"]);
            assert!(start.is_none_or(|day| day["counted"] == false), "the day of acceptance does not count");
            assert!(days.iter().all(|day| !day["reason"].as_str().unwrap().is_empty()));
        }
        let same = json!({ "start": today(), "working_days": 3 });
        let path = format!("/v1/calendar/deadline?start={}&working_days=3", same["start"].as_str().unwrap());
        assert_eq!(hall.stranger().get(&path).await.ok()["due"], promised["due"]);
    }

    /// Rules L2, L4: the decision stops its limits and starts the law's ten days of delivery, which delivery stops.
    async fn the_decision_hands_over_to_the_delivery_limit(hall: Hall) {
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person).electronic(), "rule-of-law").await;
        hall.grant(&case).await;
        let answer = hall.clerk("rule-of-law").reads_deadline(&case).await.ok();
        assert_eq!(answer["binding"], "delivery");
        assert_eq!(clock(&answer, "delivery")["working_days"], 10);
        for kind in ["statutory", "promised"] {
            assert_eq!(clock(&answer, kind)["stopped"], json!(today()));
        }
        let clerk = hall.clerk("rule-of-law");
        clerk.issues(&case).await.ok();
        clerk.delivers_electronically(&case).await.ok();
        let answer = clerk.reads_deadline(&case).await.ok();
        assert_eq!(answer.at("/binding"), &Value::Null);
        assert_eq!(clock(&answer, "delivery")["stopped"], json!(today()));
    }

    /// Clause B5-2: the day a case is found by is the day its ledger says.
    async fn lists_show_the_day_that_the_ledger_says(hall: Hall) {
        let case = accepted(&hall).await;
        let row = hall.clerk("rule-of-law").lists("").await.ok().data()[0].clone();
        let answer = hall.clerk("rule-of-law").reads_deadline(&case).await.ok();
        assert_eq!(row["due"], clock(&answer, "promised")["due"]);
        assert_eq!(row["light"], clock(&answer, "promised")["light"]);
        assert_eq!(row["light"], json!("green"), "the day of acceptance itself is not counted");
        assert_eq!(row["accepted_on"], json!(today()));
    }

    /// Clause B5-2: an edition of the calendar is taken in whole or not at all, and only by the system administrator.
    async fn the_calendar_is_imported_whole_or_not_at_all(hall: Hall) {
        let import = |csv: &str| hall.system_admin().put("/v1/calendar").json(&json!({ "csv": csv }));
        let due = async || {
            let path = "/v1/calendar/deadline?start=2031-03-03&working_days=1";
            hall.stranger().get(path).await.ok().text("/due")
        };
        assert_eq!(due().await, "2031-03-04");
        import("date,kind,name\n2031-03-04,holiday,试验假\n2031-03-0x,holiday,错\n").await.names_field("/csv");
        assert_eq!(due().await, "2031-03-04");
        let answer = import("date,kind,name\n2031-03-04,holiday,试验假\n").await.ok();
        assert_eq!((&answer["days"], &answer["changed"]), (&json!(1), &json!(1)));
        let row = json!({ "date": "2031-03-04", "kind": "holiday", "name": "试验假", "outcome": "new" });
        assert_eq!(answer["rows"], json!([row]));
        assert_eq!(due().await, "2031-03-05");
        hall.manager().put("/v1/calendar").json(&json!({ "csv": "date,kind,name\n" })).await.denied(403, "role_not_allowed");
    }

    /// Clauses B5-2, D4-2, D13-1, rule L1: the limit of a round and those of each order are explained, each order by its number and
    /// department; of several only the one that ends first binds.
    async fn each_limit_of_an_impasse_is_explained(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        let manager = hall.manager();
        for (department, days) in [("commerce", 4), ("justice", 3)] {
            manager.orders(&impasse, department, days, false).await.ok();
        }
        for (order, department) in [(1, "commerce"), (2, "justice")] {
            hall.reviewer(department).acknowledges_order(&impasse, order, &format!("reviewer-{department}")).await.ok();
        }
        let answer = manager.get(&format!("/v1/impasses/{}/deadline", impasse.id)).await.ok();
        assert_eq!(answer["binding"], "order");
        must_be_explained(clock(&answer, "handling"));
        let clocks = answer["clocks"].as_array().unwrap();
        let of_orders: Vec<&Value> = clocks.iter().filter(|clock| clock["order"].is_u64()).collect();
        let shown = of_orders.iter().map(|clock| {
            must_be_explained(clock);
            json!([clock["kind"], clock["order"], clock["department"], clock["working_days"], clock["binding"]])
        });
        assert_eq!(shown.collect::<Vec<Value>>(), [
            json!(["order_receipt", 1, "commerce", 1, false]), json!(["order", 1, "commerce", 4, false]),
            json!(["order_receipt", 2, "justice", 1, false]), json!(["order", 2, "justice", 3, true]),
        ]);
    }

    /// Clauses B5-2, D8-1, G3, rules L1, L15: so are that of a follow-up plan and that of a work order.
    async fn a_plan_and_a_work_order_are_explained(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let day = hall.a_new_morning().await;
        hall.closed_out_impasse().await;
        let plan = hall.reform().plans_follow_ups((day, day), json!({ "count": 1 }), 5).await.created();
        let deadline = plan.at("/deadline");
        must_be_explained(deadline);
        assert_eq!((&deadline["kind"], &deadline["due"]), (&json!("follow_ups"), plan.at("/due")));
        assert_eq!((&deadline["working_days"], &deadline["binding"]), (&json!(5), &json!(true)));
        hall.dispatched(&hotline, "W-1").await;
        must_be_explained(hall.work_order("W-1").await.at("/limits/0"));
    }

    /// Clause D3-1: how long the centre has to file an impasse is for local practice to say.
    async fn a_limit_of_the_closed_loop_is_as_configured(hall: Hall) {
        hall.restarts_with(|settings| settings.escalation.filing_days = 3).await;
        let day = hall.a_new_morning().await;
        let (impasse, _) = hall.registered_impasse().await;
        hall.manager().reads(&impasse).await.ok();
        let filing = limit(&impasse.view(), "filing");
        assert_eq!((&filing["working_days"], &filing["due"]), (&json!(3), &json!(hall.after(day, 3))));
    }

    /// A due date in a column is for finding: at every step it is what the ledger comes to.
    async fn the_stored_due_date_is_the_ledgers(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()).electronic(), "rule-of-law").await;
        must_agree(&hall, &case);
        hall.accept(&case).await;
        must_agree(&hall, &case);
        hall.reviewer("justice").takes(&case).await.ok();
        must_agree(&hall, &case);
        hall.applicant_of(&case).withdraws(&case).await.ok();
        must_agree(&hall, &case);
    }
}

fn must_agree(hall: &Hall, case: &Case) {
    let (calendar, thresholds) =
        (kernel::Calendar::first_edition(), kernel::ledger::Thresholds { amber_days: kernel::WorkingDays(2) });
    let now = kernel::Instant::new(chrono::Utc::now());
    let clockwork =
        persistence::cases::Clockwork { calendar: &calendar, thresholds: &thresholds, today: now.day(), wake_at: None };
    let connection = &mut hall.outside();
    let stored = persistence::cases::load(connection, hall.centre(), case.id.parse().unwrap()).unwrap().unwrap().case;
    assert!(persistence::cases::index_agrees(connection, &stored, clockwork).unwrap(), "{stored:?}");
}
