//! 窗口统计: what counts for and against a window.

use tests::{packages::*, *};

/// 承诺件 at the window `talent` with `business-licence` that may come later.
const LICENCE: &str = "talent-hr-service-licence";

/// Told twice, the second time because a supervisor allowed it.
async fn told_twice(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    let (clerk, applicant) = (hall.clerk("rule-of-law"), hall.applicant_of(&case));
    clerk.checks_all_but(&case, &["id-card"]).await;
    clerk.notifies(&case, &["id-card"], 5).await.ok();
    applicant.attaches(&case, "id-card", "application/pdf", PDF).await.ok();
    applicant.submits_corrections(&case).await.ok();
    clerk.finds_in_order(&case, "id-card").await.ok();
    clerk.finds_incomplete(&case, "application").await.ok();
    hall.manager().allows_second_notice(&case).await.ok();
    clerk.notifies(&case, &["application"], 5).await.ok();
    case
}

fn row(figures: &Answer, window: &str) -> Value {
    let rows = figures["by_window"].as_array().unwrap();
    rows.iter().find(|row| row["key"] == window).unwrap_or_else(|| panic!("{window}: {}", figures.body)).clone()
}

fn sums(row: &Value) -> [u64; 6] {
    ["received", "correction_notices", "second_notices", "deemed_acceptances", "late_matters", "late_days"]
        .map(|figure| row[figure].as_u64().unwrap_or_else(|| panic!("{figure}: {row}")))
}

tests::on_both_stores! {
    /// Clauses B2-4, B5-2, C3-2, rules L6, L8: a second notice by override counts against the window, and so does each
    /// working day on which something waited there past its limit; behind each stands a list.
    async fn what_counts_against_a_window(hall: Hall) {
        let first = hall.a_new_morning().await;
        let told = told_twice(&hall).await;
        let waiting = hall.received(Application::for_item(LICENCE).by(&Enterprise::new()).electronic(), "talent").await;
        let clerk = hall.clerk("talent");
        clerk.checks_all_but(&waiting, &["business-licence"]).await;
        clerk.accepts_conditionally(&waiting, 5).await.ok();
        let due = waiting.due("condition");
        hall.applicant_of(&waiting).attaches(&waiting, "business-licence", "application/pdf", PDF).await.ok();
        hall.time_passes_to_day(hall.after(due, 3), 9, 0).await;
        clerk.reads(&waiting).await.ok();
        clerk.finds_in_order(&waiting, "business-licence").await.ok();
        let last = hall.working_days(2).await;

        let manager = hall.manager();
        let figures = async |from, to| {
            manager.get(&format!("/v1/window-figures?from={from}&to={to}")).await.ok()
        };
        let whole = figures(first, last).await;
        assert_eq!(sums(&row(&whole, "rule-of-law")), [1, 2, 1, 0, 0, 0]);
        assert_eq!(sums(&row(&whole, "talent")), [1, 0, 0, 0, 1, 3], "from the last day of the limit until it was seen to");
        assert_eq!(sums(&row(&whole, "finance")), [0; 6], "a window at which nothing came has its row");
        assert_eq!(sums(&whole["total"]), [2, 2, 1, 0, 1, 3]);
        assert!(!row(&whole, "talent")["label"].as_str().unwrap().is_empty());
        let part = figures(hall.after(due, 2), last).await;
        assert_eq!(sums(&row(&part, "talent")), [0, 0, 0, 0, 1, 2], "each day in its own period");
        assert_eq!(sums(&row(&figures(first, first).await, "talent")), [1, 0, 0, 0, 0, 0]);

        let list = |window: &str| format!("/v1/window-figures/{window}?from={first}&to={last}");
        let against = manager.get(&list("rule-of-law")).await.ok();
        assert_eq!(against.at("/data/0/case"), &json!(told.id));
        assert_eq!((against.at("/data/0/second_notices"), against.data().len()), (&json!(1), 1));
        let late = manager.get(&list("talent")).await.ok();
        let days: Vec<_> = (1..=3).map(|days| hall.after(due, days)).collect();
        assert_eq!((late.at("/data/0/case"), late.at("/data/0/late_on")), (&json!(waiting.id), &json!(days)));
        assert!(manager.get(&list("finance")).await.ok().data().is_empty());
        manager.get(&list("no-such-window")).await.hidden();
        manager.get(&format!("/v1/window-figures?from={last}&to={first}")).await.problem(400, "invalid_parameter");
        clerk.get(&list("talent")).await.denied(403, "role_not_allowed");
    }

    /// Clauses C1-1, C3-2, rule L6: what came as one package counts once, and a day on which two of its cases were late at
    /// one window counts once; a case that ended is still counted.
    async fn a_package_counts_once(hall: Hall) {
        let first = hall.a_new_morning().await;
        let items = [CODE, SEAL, INSURANCE];
        let application = hall.package_application(&items, &Enterprise::new()).await;
        let alone = hall.received(Application::for_item(INSURANCE).by(&Enterprise::new()), "talent").await;
        let due = alone.due("check");
        let last = hall.the_day_after(due).await;
        let late = u64::from(hall.after(due, 1) == last);
        let manager = hall.manager();
        let figures = manager.get(&format!("/v1/window-figures?from={first}&to={last}")).await.ok();
        assert_eq!(sums(&row(&figures, "data")), [1, 0, 0, 1, late, late], "企业码, and nobody was waited for by what waits");
        assert_eq!(sums(&row(&figures, "talent")), [2, 0, 0, 2, 2 * late, 2 * late]);
        assert_eq!(sums(&figures["total"]), [2, 0, 0, 3, 2 * late, 2 * late], "two matters, one of them a package");
        let page = manager.get(&format!("/v1/window-figures/talent?from={first}&to={last}&limit=1")).await.ok();
        let next = page.text("/page/next_cursor");
        let second =
            manager.get(&format!("/v1/window-figures/talent?from={first}&to={last}&limit=1&cursor={next}")).await.ok();
        let packages = [&page, &second].map(|page| page.at("/data/0/package").clone());
        assert!(packages.contains(&json!(application.id)) && packages.contains(&Value::Null), "{packages:?}");
        let deemed = [&page, &second].map(|page| page.at("/data/0/deemed_acceptances").clone());
        assert_eq!(deemed, [json!(1), json!(1)], "the figure is what its lines add up to");

        let platform = hall.adapter("platform");
        platform.reads_application(&application).await.ok();
        platform.withdraws_part(&application, &[SEAL], false).await.ok();
        let ended = manager.get(&format!("/v1/window-figures?from={first}&to={last}")).await.ok();
        assert_eq!(sums(&row(&ended, "data")), sums(&row(&figures, "data")));
    }
}
