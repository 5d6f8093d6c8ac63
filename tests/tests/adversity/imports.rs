//! What is put in from the command line: the schema, a catalogue, a calendar; whole or not at all.

use tests::*;

use crate::{
    ran::{folder, on, on_both, run_in},
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
        write(&catalog);
        let revised = import().is(0);
        assert!(revised.out.contains("新增0，修订1，未变24"), "{revised:?}");
        assert_eq!(count(&hall, "item_versions"), 26);
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
    })
    .await;
}
