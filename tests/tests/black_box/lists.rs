//! 办件列表: filters and pages.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use diesel::{RunQueryDsl as _, sql_query};
use tests::*;

/// All pages of a list, by the `Link` of each (RFC 8288).
async fn walk(caller: &Caller, query: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut path = format!("/v1/cases?{query}limit={limit}");
    loop {
        let page = caller.get(&path).await.ok();
        assert!(page.data().len() <= limit);
        ids.extend(page.ids());
        match page.at("/page/next_cursor").as_str() {
            Some(next) => {
                assert_eq!(page.at("/page/has_more"), true);
                let link = page.header("link").strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<'));
                path = link.unwrap().to_owned();
                assert!(path.contains(next));
            }
            None => {
                assert_eq!((page.at("/page/has_more"), page.header("link")), (&json!(false), ""));
                return ids;
            }
        }
    }
}

/// Makes the day a case is found by another one, so many days from now.
fn due_in(hall: &Hall, case: &Case, due: i64, amber: i64) {
    let day = |days| today() + chrono::Duration::days(days);
    let moved =
        format!("UPDATE cases SET due_on = '{}', amber_on = '{}' WHERE id = '{}'", day(due), day(amber), case.id);
    assert_eq!(sql_query(moved).execute(&mut hall.outside()).unwrap(), 1);
}

tests::on_both_stores! {
    /// Fifty cases, page by page: each once, newest first, whatever comes in meanwhile.
    async fn paging_loses_nothing_and_repeats_nothing(hall: Hall) {
        let clerk = hall.clerk("rule-of-law");
        let application = || Application::for_item(items::PROMISED).by(&Person::new());
        let mut received = Vec::new();
        for _ in 0..50 {
            received.push(clerk.receives(application()).await.case().id);
        }
        received.reverse();
        assert_eq!(walk(&clerk, "", 7).await, received);
        assert_eq!(walk(&clerk, "", 50).await, received);
        assert_eq!(walk(&clerk, "stage=under_check&", 9).await, received);

        let first = clerk.lists("limit=7").await.ok();
        clerk.receives(application()).await.created();
        let second = clerk.lists(&format!("limit=7&cursor={}", first.text("/page/next_cursor"))).await.ok();
        assert_eq!(second.ids(), received[7..14], "what came in since is on no later page");
    }

    /// The worklist pages in the order of its days, each case once.
    async fn the_worklist_pages_as_lists_do(hall: Hall) {
        let mut all = BTreeSet::new();
        for item in ["policy-technology-upgrade-grant", "policy-innovative-sme", "policy-innovative-sme"] {
            let case = hall.received(Application::for_item(item).by(&Enterprise::new()), "policy").await;
            hall.accept(&case).await;
            all.insert(case.id);
        }
        let reviewer = hall.reviewer("economy-information");
        let mut seen = Vec::new();
        let mut path = "/v1/worklist?limit=1".to_owned();
        loop {
            let page = reviewer.get(&path).await.ok();
            seen.extend(page.data().iter().map(|row| (row["due"].to_string(), row["id"].as_str().unwrap().to_owned())));
            match page.at("/page/next_cursor").as_str() {
                Some(next) => path = format!("/v1/worklist?limit=1&cursor={next}"),
                None => break,
            }
        }
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.len(), 3);
        assert_eq!(seen.into_iter().map(|(_, id)| id).collect::<BTreeSet<_>>(), all);
    }

    /// Clauses A3-1, B2-4: what is to be checked within five days comes before what is to be delivered within ten, and a
    /// page may end between the two.
    async fn the_worklist_goes_on_from_page_to_page(hall: Hall) {
        let mut waiting = Vec::new();
        for _ in 0..2 {
            waiting.push(hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await.id);
        }
        let decided = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.grant(&decided).await;
        let clerk = hall.clerk("rule-of-law");
        let mut seen = Vec::new();
        let mut path = "/v1/worklist?limit=1".to_owned();
        while let Some(next) = {
            let page = clerk.get(&path).await.ok();
            seen.extend(page.ids());
            page.at("/page/next_cursor").as_str().map(str::to_owned)
        } {
            path = format!("/v1/worklist?limit=1&cursor={next}");
        }
        assert_eq!(seen, [waiting.remove(0), waiting.remove(0), decided.id]);
    }

    /// Each filter keeps what it names and nothing else, alone and together.
    async fn each_filter_keeps_what_it_names(hall: Hall) {
        let person = Person::new();
        let first = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        hall.accept(&first).await;
        hall.reviewer("justice").takes(&first).await.ok();
        let other = Application::for_item("finance-mortgage-registration").by(&person);
        let other = hall.received(other, "finance").await;
        let third = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;

        let manager = hall.manager();
        let ids = async |query: &str| manager.lists(query).await.ok().ids();
        let (a, b, c) = (first.id.clone(), other.id.clone(), third.id.clone());
        let party = first.party();
        let tomorrow = today() + chrono::Days::new(1);
        for (query, expected) in [
            (String::new(), vec![&c, &b, &a]),
            ("stage=in_review".into(), vec![&a]),
            ("stage=under_check".into(), vec![&c, &b]),
            (format!("item={}", items::PROMISED), vec![&c, &a]),
            ("department=natural-resources".into(), vec![&b]),
            ("window=rule-of-law".into(), vec![&c, &a]),
            (format!("applicant={party}"), vec![&b, &a]),
            ("holder=reviewer-justice".into(), vec![&a]),
            ("returned=true".into(), vec![]),
            ("returned=false".into(), vec![&c, &b, &a]),
            (format!("received_from={}&received_to={}", today(), today()), vec![&c, &b, &a]),
            (format!("received_from={tomorrow}"), vec![]),
            ("received_to=2020-01-01".into(), vec![]),
            (format!("applicant={party}&window=rule-of-law&stage=in_review"), vec![&a]),
            (format!("applicant={party}&window=policy"), vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(ids(&query).await, expected, "{query}");
        }
        manager.lists("stage=nowhere").await.problem(400, "invalid_parameter");
        manager.lists("limit=201").await.problem(400, "invalid_parameter");
        manager.lists("colour=red").await.problem(400, "unknown_parameter");
    }

    /// Clause B5-2: red once the day is past, amber on the days before, green till then; the last day is not overdue.
    async fn lists_are_filtered_by_light(hall: Hall) {
        let mut cases = Vec::new();
        for (due, amber) in [(-1, -4), (0, -3), (1, 0), (4, 1)] {
            let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
            hall.accept(&case).await;
            due_in(&hall, &case, due, amber);
            cases.push(case.id);
        }
        let unchecked = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        cases.push(unchecked.id);
        for (light, expected) in [("red", vec![0]), ("amber", vec![2, 1]), ("green", vec![4, 3])] {
            let found = hall.manager().lists(&format!("light={light}")).await.ok();
            let expected: Vec<String> = expected.into_iter().map(|n: usize| cases[n].clone()).collect();
            assert_eq!(found.ids(), expected, "{light}");
            assert!(found.data().iter().all(|row| row["light"] == light), "{light}");
        }
    }

    /// A list shows what its caller could read one by one, and a filter opens nothing.
    async fn a_list_shows_what_its_caller_may_read(hall: Hall) {
        let mine = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let online = Application::for_item("finance-mortgage-registration").by(&Person::new());
        let online = hall.adapter("platform").receives(online).await.case();
        for (caller, sees) in [
            (hall.clerk("rule-of-law"), vec![&mine]),
            (hall.clerk("finance"), vec![&online]),
            (hall.clerk("policy"), vec![]),
            (hall.reviewer("justice"), vec![&mine]),
            (hall.approver("natural-resources"), vec![&online]),
            (hall.manager(), vec![&online, &mine]),
            (hall.audit_admin(), vec![&online, &mine]),
            (hall.applicant_of(&mine), vec![&mine]),
            (hall.adapter("platform"), vec![&online]),
            (hall.adapter("another"), vec![]),
        ] {
            let expected: Vec<String> = sees.iter().map(|case| case.id.clone()).collect();
            assert_eq!(caller.lists("").await.ok().ids(), expected, "{caller:?}");
            for case in [&mine, &online] {
                let status = caller.get(&case.path("")).await.status;
                assert_eq!(status, if expected.contains(&case.id) { 200 } else { 404 }, "{caller:?}");
            }
            for query in ["window=rule-of-law", "window=finance", "department=justice"] {
                let found = caller.lists(query).await.ok().ids();
                assert!(found.iter().all(|id| expected.contains(id)), "{caller:?} {query}");
            }
        }
    }

    /// A cursor is good for the list it came from, for whom it came to, and not otherwise.
    async fn a_cursor_is_good_for_its_own_list(hall: Hall) {
        for _ in 0..3 {
            hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        }
        let clerk = hall.clerk("rule-of-law");
        let cursor = clerk.lists("limit=1").await.ok().text("/page/next_cursor");
        clerk.lists(&format!("limit=2&cursor={cursor}")).await.ok();
        let mut tampered = cursor.clone().into_bytes();
        let last = tampered.len() - 2;
        tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        for bad in [tampered.as_str(), &cursor[..10], "AAAA", "%20", ""] {
            clerk.lists(&format!("limit=1&cursor={bad}")).await.problem(400, "invalid_cursor");
        }
        clerk.lists(&format!("limit=1&stage=under_check&cursor={cursor}")).await.problem(400, "invalid_cursor");
        hall.manager().lists(&format!("limit=1&cursor={cursor}")).await.problem(400, "invalid_cursor");
        hall.clerk("finance").lists(&format!("limit=1&cursor={cursor}")).await.problem(400, "invalid_cursor");
        clerk.get(&format!("/v1/worklist?limit=1&cursor={cursor}")).await.problem(400, "invalid_cursor");
        hall.stranger().get(&format!("/v1/items?cursor={cursor}")).await.problem(400, "invalid_cursor");
    }

    /// Rule L1: a list says of a date what the case says of it: provisional while its year has no notice, whatever a later
    /// year has.
    async fn a_list_calls_provisional_what_the_case_does(hall: Hall) {
        let unpublished = hall.today().year() + 2;
        hall.time_passes_to_day(NaiveDate::from_ymd_opt(unpublished, 3, 1).unwrap(), 9, 0).await;
        let later = json!({ "csv": format!("date,kind,name\n{}-01-01,holiday,元旦\n", unpublished + 1) });
        hall.system_admin().put("/v1/calendar").json(&later).await.ok();
        hall.a_new_morning().await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let check = limit(&case.view(), "check");
        assert_eq!(check["provisional"], true, "{check}");
        let listed = hall.clerk("rule-of-law").lists("").await.ok();
        let row = &listed.data()[0];
        assert_eq!((&row["due"], &row["provisional"]), (&check["due"], &json!(true)), "{row}");
    }

    /// A reader who has the newest version is told so.
    async fn a_case_that_has_not_changed_is_not_sent_again(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let answer = clerk.get(&case.path("")).header("if-none-match", &case.etag()).await;
        assert_eq!((answer.status, answer.bytes.len(), answer.header("etag")), (304, 0, case.etag().as_str()));
        let seen = case.etag();
        clerk.checks_scope(&case).await.ok();
        clerk.get(&case.path("")).header("if-none-match", &seen).await.ok();
        let late = clerk.post(&case.path("scope-check")).if_match(&seen).json(&json!({ "finding": "within" })).await;
        late.problem(412, "version_mismatch");
        let unseen = clerk.post(&case.path("scope-check")).json(&json!({ "finding": "within" })).await;
        unseen.problem(428, "precondition_required");
    }

    /// Clause B5-2: what is left of a limit is one day less on the next, without a new version; a reader who knows the version
    /// is told, and may act with its tag all the same.
    async fn a_limit_that_has_moved_is_sent_again(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let (impasse, _) = hall.filed_impasse().await;
        let members = [packages::CODE, packages::SEAL, packages::INSURANCE];
        let application = hall.package_application(&members, &Enterprise::new()).await;
        let (clerk, manager) = (hall.clerk("rule-of-law"), hall.manager());
        let readers = [
            (&clerk, case.path(""), "/clocks"),
            (&manager, impasse.path(""), "/clocks"),
            (&manager, application.path(""), "/deadline/members"),
        ];
        let mut before = Vec::new();
        for (reader, path, _) in &readers {
            let read = reader.get(path).await.ok();
            let again = reader.get(path).header("if-none-match", read.header("etag")).await;
            assert_eq!(again.status, 304, "{path}: nothing has moved on the same day");
            before.push(read);
        }
        hall.working_days(1).await;
        for ((reader, path, moving), read) in readers.iter().zip(&before) {
            let later = reader.get(path).header("if-none-match", read.header("etag")).await.ok();
            assert_eq!(later.header("etag"), read.header("etag"), "{path}");
            assert_ne!(later.at(moving), read.at(moving), "{path}");
        }
        clerk.checks_scope(&case).await.ok();
    }
}
