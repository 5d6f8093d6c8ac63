//! 到期处理: what cannot be carried out keeps nothing else from its time.

use diesel::connection::SimpleConnection as _;
use tests::*;

/// A row of this table can be read no more.
fn breaks(hall: &Hall, table: &str, id: &str) {
    let statement = format!("UPDATE {table} SET body = '{{}}' WHERE id = '{id}'");
    hall.outside().batch_execute(&statement).unwrap();
}

async fn figures(hall: &Hall) -> String {
    hall.http().get(format!("http://{}/metrics", hall.management())).send().await.unwrap().text().await.unwrap()
}

tests::on_both_stores! {
    /// Rules L6, L16: one case and one impasse that cannot be read stop no timer of any other, of whatever kind and in
    /// whatever centre, and no recomputation either; each failure is counted.
    async fn what_cannot_be_read_stops_nothing_else(hall: Hall) {
        let came = hall.a_new_morning().await;
        let promised = || Application::for_item(items::PROMISED).by(&Person::new());
        let (bad_case, case) = (hall.received(promised(), "rule-of-law").await, hall.received(promised(), "rule-of-law").await);
        let ((bad, _), (impasse, _)) = (hall.registered_impasse().await, hall.filed_impasse().await);
        breaks(&hall, "cases", &bad_case.id);
        breaks(&hall, "impasses", &bad.id);
        let holiday = format!("date,kind,name\n{},holiday,试验假\n", hall.after(came, 30));
        hall.system_admin().put("/v1/calendar").json(&json!({ "csv": holiday })).await.ok();
        hall.working_days(8).await;
        hall.manager().reads(&case).await.ok();
        assert_eq!(case.stage(), "in_review", "deemed accepted");
        hall.manager().reads(&impasse).await.ok();
        let reminded = impasse.at("/reminders").as_array().cloned().unwrap_or_default();
        assert!(reminded.iter().any(|it| it["limit"] == "triage" && it["rung"] == "overdue"), "{reminded:?}");
        let sessions = hall.manager().get("/v1/triage-sessions").await.ok();
        assert!(sessions.data().iter().any(|session| session["state"] == "missed"), "{}", sessions.body);
        let recomputed = hall.manager().get("/v1/calendar/recomputations").await.ok();
        assert!(recomputed.at("/data/0/finished_at").is_string(), "{}", recomputed.body);
        let figures = figures(&hall).await;
        for kind in ["case", "impasse"] {
            assert!(figures.contains(&format!("duty_failures_total{{kind=\"{kind}\"}}")), "{kind}: {figures}");
        }
    }
}
