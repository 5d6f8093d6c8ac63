//! What is put in from the command line: the schema, a catalogue, a calendar; whole or not at all.

use catalog::ItemVersion;
use chrono::{Days, NaiveDate};
use kernel::Role;
use tests::*;

use crate::{
    ran::{Ran, folder, on, on_both, run_in},
    rows::{contents, count, differences},
};

/// `migrate` brings a new database up to date, and the second time has nothing to do.
#[tokio::test]
async fn migrate_twice_is_migrate_once() {
    let data = folder();
    let first = run_in(data.path(), &["migrate"], &[]).is(0);
    assert!(first.out.contains("已应用") && first.err.is_empty(), "{first:?}");
    let second = run_in(data.path(), &["migrate"], &[]).is(0);
    assert!(second.out.contains("已是最新") && second.err.is_empty(), "{second:?}");
    on_both(async |hall| {
        let before = contents(&hall);
        let again = on(&hall, &["migrate"]).is(0);
        assert!(again.out.contains("已是最新") && again.err.is_empty(), "{again:?}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    })
    .await;
}

/// `catalog import`: everything or nothing, with a report of every bad row at once.
#[tokio::test]
async fn a_catalogue_is_imported_whole_or_not_at_all() {
    on_both(async |hall| {
        let mut catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
        let file = hall.data().join("catalogue.json");
        let write = |catalog: &Value| std::fs::write(&file, catalog.to_string()).unwrap();
        let import = || on(&hall, &["catalog", "import", file.to_str().unwrap()]);
        let before = contents(&hall);
        write(&catalog);
        let same = import().is(0);
        assert!(same.out.contains("新增0，修订0，未变25"), "{same:?}");
        let rows: usize = catalog.as_object().unwrap().values().filter_map(Value::as_array).map(Vec::len).sum();
        assert_eq!(same.out.lines().filter(|line| line.ends_with("：未变")).count(), rows, "{same:?}");
        let changed = differences(&before, &contents(&hall));
        assert_eq!(changed, ["events: 1 → 2 rows"]);

        let before = contents(&hall);
        let mut bad = catalog.clone();
        bad["items"][0]["name"] = json!("改了名的事项");
        bad["items"][3]["department"] = json!("no-such-department");
        bad["items"][5]["promised"] = json!(9999);
        bad["items"][7]["implementation_code"] = json!("11331081");
        write(&bad);
        let refused = import().is(1);
        let named = |at: usize| {
            refused.err.contains(&format!("/items/{at}"))
                || refused.err.contains(catalog["items"][at]["code"].as_str().unwrap())
        };
        assert!(named(3) && named(5) && named(7) && !named(0), "{refused:?}");
        assert!(refused.err.contains("未导入") && refused.out.is_empty(), "{refused:?}");
        for text in ["", "{}", "[]", "not json", "{\"centre\":\"331081\""] {
            std::fs::write(&file, text).unwrap();
            let refused = import().is(1);
            assert!(!refused.err.contains("panicked") && !refused.err.is_empty(), "{refused:?}");
        }
        on(&hall, &["catalog", "import", "/no/such/file"]).says_only(1, "/no/such/file");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0], "something was loaded");

        catalog["items"][0]["guide"]["fee_note"] = json!("免收费用。");
        catalog["zones"][1]["name"] = json!("改名的区");
        catalog["sectors"].as_array_mut().unwrap().swap(2, 3);
        write(&catalog);
        let revised = import().is(0);
        assert!(revised.out.contains("新增0，修订1，未变24"), "{revised:?}");
        assert_eq!(count(&hall, "item_versions"), 26);
        let label = |list: &str, at: usize| catalog[list][at]["code"].as_str().unwrap().to_owned();
        let changed = [
            format!("/zones/1 区 {}：修订", label("zones", 1)),
            format!("/sectors/2 板块 {}：修订", label("sectors", 2)),
            format!("/sectors/3 板块 {}：修订", label("sectors", 3)),
            format!("/items/0 事项 {}：修订 v2", label("items", 0)),
        ];
        for line in &changed {
            assert!(revised.out.lines().any(|it| it == line), "{line}: {revised:?}");
        }
        assert_eq!(revised.out.lines().filter(|line| line.contains("：修订")).count(), changed.len());
        let events = "SELECT CAST(body AS TEXT) AS line FROM events WHERE kind = 'catalog_imported' ORDER BY version";
        let event: Value = serde_json::from_str(texts(&mut hall.outside(), events).last().unwrap()).unwrap();
        assert_eq!(event["rows"].as_array().unwrap().len(), changed.len(), "{event}");
        let zone = json!({ "row": format!("区 {}", label("zones", 1)), "outcome": "revised" });
        assert!(event["rows"].as_array().unwrap().contains(&zone), "{event}");
    })
    .await;
}

/// An import of this catalogue.
fn imports(hall: &Hall, catalog: &Value) -> Ran {
    let file = hall.data().join("catalogue.json");
    std::fs::write(&file, catalog.to_string()).unwrap();
    on(hall, &["catalog", "import", file.to_str().unwrap()])
}

/// The versions of an item, newest first.
fn versions_of(hall: &Hall, item: &Value) -> Vec<ItemVersion> {
    let code = item["code"].as_str().unwrap().parse().unwrap();
    persistence::items::versions(&mut hall.outside(), hall.centre(), &code).unwrap()
}

/// Clause B3-1: a file that changes nothing but the validity of an item is taken, and what was withdrawn is offered again.
/// What ends with it is told, and is on record like what somebody ends by hand.
#[tokio::test]
async fn a_changed_validity_is_imported() {
    on_both(async |hall| {
        let mut catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
        let last: NaiveDate = "2099-12-31".parse().unwrap();
        catalog["items"][0]["valid_until"] = json!(last);
        let revised = imports(&hall, &catalog).is(0);
        assert!(revised.out.contains("新增0，修订1，未变24"), "{revised:?}");
        let code = catalog["items"][0]["code"].as_str().unwrap();
        let line = format!("事项 {code}：修订 v2（v1 有效期止于2099-12-31）\n");
        assert!(revised.out.contains(&line), "{revised:?}");
        let versions = versions_of(&hall, &catalog["items"][0]);
        let validities: Vec<_> = versions.iter().map(|it| (it.version, it.valid_until)).collect();
        assert_eq!(validities, [(2, Some(last)), (1, Some(last))], "the first does not come back");
        let again = imports(&hall, &catalog).is(0);
        assert!(again.out.contains("新增0，修订0，未变25"), "{again:?}");

        let code = catalog["items"][1]["code"].as_str().unwrap();
        hall.restarts().await;
        hall.manager().post(&format!("/v1/items/{code}/withdrawal")).await.ok();
        hall.close().await;
        let offered = imports(&hall, &catalog).is(0);
        assert!(offered.out.contains(&format!("事项 {code}：修订 v2\n")), "{offered:?}");
        assert!(catalog::in_force(&versions_of(&hall, &catalog["items"][1]), today()).is_some());

        let from = catalog["items"][2]["valid_from"].take();
        catalog["items"][2]["valid_from"] = json!("2100-06-01");
        imports(&hall, &catalog).is(0);
        catalog["items"][2]["valid_from"] = from;
        catalog["items"][2]["valid_until"] = json!(last);
        let over = imports(&hall, &catalog).is(0);
        let code = catalog["items"][2]["code"].as_str().unwrap();
        let line = format!("事项 {code}：修订 v3（v1 有效期止于2099-12-31，v2 已撤下）\n");
        assert!(over.out.contains(&line), "{over:?}");
        let noted = |kind: &str| {
            let of = format!("FROM events WHERE stream = 'catalog' AND kind = '{kind}' ORDER BY version");
            let bodies = texts(&mut hall.outside(), &format!("SELECT CAST(body AS TEXT) AS line {of}"));
            let told = bodies.iter().map(|body| serde_json::from_str::<ItemVersion>(body).unwrap());
            told.map(|it| (it.item.to_string(), it.version)).collect::<Vec<_>>()
        };
        let first = catalog["items"][0]["code"].as_str().unwrap().to_owned();
        assert_eq!(noted("item_validity_ended"), [(first, 1), (code.to_owned(), 1)]);
        assert_eq!(noted("item_withdrawn").last(), Some(&(code.to_owned(), 2)));
    })
    .await;
}

/// Clause B3-1: a draft that an import would pass by is named, and nothing is imported until it is published or gone.
#[tokio::test]
async fn a_draft_is_in_the_way_of_an_import() {
    on_both(async |hall| {
        let mut catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
        let (code, path) = (items::PROMISED, format!("/v1/items/{}", items::PROMISED));
        let at = catalog["items"].as_array().unwrap().iter().position(|item| item["code"] == code).unwrap();
        hall.restarts().await;
        let content = hall.stranger().get(&path).await.ok()["content"].clone();
        hall.manager().put(&format!("{path}/draft")).json(&json!({ "content": content })).await.ok();
        hall.close().await;
        let same = imports(&hall, &catalog).is(0);
        assert!(same.out.contains("新增0，修订0，未变25"), "{same:?}");

        let before = contents(&hall);
        catalog["items"][at]["guide"]["fee_note"] = json!("免收费用。");
        catalog["zones"][1]["name"] = json!("改名的区");
        let refused = imports(&hall, &catalog).is(1);
        assert!(refused.err.contains(&format!("/items/{at} 事项 {code}：第2版是尚未发布的草稿")), "{refused:?}");
        assert!(refused.err.contains("未导入") && refused.out.is_empty(), "{refused:?}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0], "something was loaded");
    })
    .await;
}

/// Clause A2-3: an import gives nobody back a posting that has ended.
#[tokio::test]
async fn a_posting_that_ended_is_not_imported_again() {
    on_both(async |hall| {
        let catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
        hall.restarts().await;
        let listed = hall.audit_admin().get("/v1/postings?staff=clerk-project").await.ok();
        let end = format!("/v1/postings/{}/end", listed.data()[0]["id"].as_str().unwrap());
        hall.security_admin().post(&end).json(&json!({ "until": today() - Days::new(1) })).await.ok();
        hall.close().await;
        let postings = count(&hall, "postings");
        let imported = imports(&hall, &catalog).is(0);
        assert!(imported.out.contains("派驻：新增0"), "{imported:?}");
        assert!(imported.out.contains("派驻 clerk-project：未变（以现有登记为准）"), "{imported:?}");
        assert_eq!(count(&hall, "postings"), postings);
        let staff = "clerk-project".parse().unwrap();
        let held = persistence::hall::in_force(&mut hall.outside(), hall.centre(), &staff, Role::Clerk, today());
        assert!(held.unwrap().is_empty());
    })
    .await;
}

/// `calendar import`: the same for a year's 放假安排.
#[tokio::test]
async fn a_calendar_is_imported_whole_or_not_at_all() {
    on_both(async |hall| {
        let file = hall.data().join("2027.csv");
        let import = |text: &str| {
            std::fs::write(&file, text).unwrap();
            on(&hall, &["calendar", "import", file.to_str().unwrap()])
        };
        let before = contents(&hall);
        let refused =
            import("date,kind,name\n2027-01-01,holiday,元旦\n2027-02-30,holiday,无此日\n2027-01-02,feast,元旦\n").is(1);
        assert!(
            refused.err.contains('3') && refused.err.contains('4') && refused.err.contains("未导入"),
            "{refused:?}"
        );
        import("").is(1);
        import("date,kind,name\n").is(1);
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        let days = count(&hall, "calendar_days");
        let imported = import("date,kind,name\n2027-01-01,holiday,元旦\n").is(0);
        assert!(imported.out.contains('1') && imported.err.is_empty(), "{imported:?}");
        assert_eq!(count(&hall, "calendar_days"), days + 1);
        let more = "date,kind,name\n2026-10-01,workday,国庆\n2027-01-01,holiday,元旦\n2027-01-02,holiday,元旦\n";
        let more = import(more).is(0);
        let rows = ["2026-10-01,workday,国庆：修订", "2027-01-01,holiday,元旦：未变", "2027-01-02,holiday,元旦：新增"];
        assert_eq!(more.out.lines().take(3).collect::<Vec<_>>(), rows, "{more:?}");
    })
    .await;
}
