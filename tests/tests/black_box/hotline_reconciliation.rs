//! 12345 对账: whether both sides have the same orders.

use tests::{hotline::HOTLINE, *};

use crate::hotline::posts;

tests::on_both_stores! {
    /// Clause G3: both sides are compared, and whatever differs is listed.
    async fn both_sides_are_reconciled(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let from = hall.now();
        for number in ["W-1", "W-2", "W-3"] {
            hall.dispatched(&hotline, number).await;
        }
        hall.everything_is_told(&hotline, "W-3").await;
        let until_then = || (chrono::DateTime::parse_from_rfc3339(&from).unwrap() + chrono::Duration::days(1)).to_rfc3339();
        let compare = async |caller: Caller, orders: Value| {
            let body = json!({ "hotline": HOTLINE, "from": from, "until": until_then(), "orders": orders });
            caller.post("/v1/hotline/reconciliations").json(&body).await
        };
        let theirs = || serde_json::to_value(hotline.list()).unwrap();
        let strip = |mut list: Value| { list.as_array_mut().unwrap().iter_mut().for_each(|it| { it.as_object_mut().unwrap().remove("dispatched_at"); }); list };
        for number in ["W-1", "W-2"] { hall.everything_is_told(&hotline, number).await; }
        let agreed = compare(hall.hotline(HOTLINE), strip(theirs())).await.ok();
        assert_eq!((&agreed["agreed"], &agreed["ours"], &agreed["differences"]), (&json!(true), &json!(3), &json!([])));
        assert_eq!((&agreed["theirs"], &agreed["compared"]), (&json!(3), &json!(3)));
        hotline.goes_down().await;
        hall.supervisor().signs_for("W-1").await.ok();
        posts(&hall, "W-2", &json!({ "sequence": 3, "kind": "urge" })).await;
        let mut list = strip(theirs());
        list.as_array_mut().unwrap().retain(|it| it["external_no"] != "W-3");
        list.as_array_mut().unwrap().push(json!({ "external_no": "W-9", "state": "dispatched", "sequence": 2 }));
        let answer = compare(hall.supervisor(), list).await.ok();
        let found: Vec<(String, String)> = answer["differences"].as_array().unwrap().iter()
            .map(|it| (it["external_no"].as_str().unwrap().to_owned(), it["kind"].as_str().unwrap().to_owned())).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(number, kind)| (number.as_str(), kind.as_str())).collect();
        assert_eq!(found, [
            ("W-1", "state_differs"), ("W-1", "callback_undelivered"), ("W-2", "message_held"),
            ("W-3", "missing_there"), ("W-9", "missing_here"),
        ], "{}", answer.body);
        assert_eq!((&answer["ours"], &answer["theirs"], &answer["compared"]), (&json!(3), &json!(3), &json!(4)));
        compare(hall.hotline("another"), json!([])).await.hidden();
    }

    /// Clause G3: a period with more orders than can be compared at once is refused, and nothing of it is left out unsaid;
    /// up to there every one is compared, page by page.
    async fn a_long_period_is_compared_whole_or_refused(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let from = hall.now();
        hall.dispatched(&hotline, "W-0").await;
        let day = |text: &str, hours: i64| (chrono::DateTime::parse_from_rfc3339(text).unwrap() + chrono::Duration::hours(hours)).to_rfc3339();
        let compare = async || {
            let body = json!({ "hotline": HOTLINE, "from": from, "until": day(&from, 24), "orders": [] });
            hall.supervisor().post("/v1/hotline/reconciliations").json(&body).await
        };
        let copies = |first: u32, last: u32| {
            let series = match hall.database() {
                Database::Sqlite => format!("WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) "),
                Database::Postgres => format!("WITH s(n) AS (SELECT generate_series({first}, {last})) "),
            };
            let text = match hall.database() { Database::Sqlite => "n", Database::Postgres => "n::text" };
            let number = format!("'W-' || {text}");
            let copy = format!(
                "{series} INSERT INTO work_orders (centre, id, hotline, external_no, version, state, dispatched_at, wake_at, head, body) \
                 SELECT centre, substr(id, 1, 24) || substr('000000000000' || {text}, -12), hotline, {number}, version, state, dispatched_at, NULL, head, \
                 replace(replace(body, '\"W-0\"', '\"' || {number} || '\"'), id, substr(id, 1, 24) || substr('000000000000' || {text}, -12)) \
                 FROM work_orders, s WHERE external_no = 'W-0'"
            );
            let copy = match hall.database() { Database::Sqlite => copy, Database::Postgres => copy.replace("substr('000000000000' || n::text, -12)", "right('000000000000' || n::text, 12)") };
            diesel::RunQueryDsl::execute(diesel::sql_query(copy), &mut hall.outside()).unwrap();
        };
        copies(1, 1999);
        let answer = compare().await.ok();
        assert_eq!((&answer["ours"], &answer["compared"]), (&json!(2000), &json!(2000)));
        let missing = answer["differences"].as_array().unwrap().iter().filter(|it| it["kind"] == "missing_there").count();
        assert_eq!(missing, 2000);
        copies(2000, 2000);
        compare().await.refused("period_too_long");
    }
}
