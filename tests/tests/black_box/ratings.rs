//! 好差评: given by the applicant's side, read back by whoever may, and of an anonymous one no case told to whoever is rated
//! (clause B5-8).

use chrono::Datelike as _;
use diesel::{RunQueryDsl as _, sql_query};
use tests::{pushing::pushed, *};

const RATED: &str = "cn.gov.yichuang.case.rated.v1";

/// Accepted at the window, so that its intake can be rated.
async fn accepted(hall: &Hall) -> Case {
    let application = Application::for_item(items::PROMISED).by(&Person::new()).electronic();
    let case = hall.received(application, "rule-of-law").await;
    hall.accept(&case).await;
    case
}

/// The ratings of a case as somebody reads them back: stage, number and level of each.
async fn ratings(caller: &Caller, case: &Case) -> Vec<(String, u64, String)> {
    let read = caller.reads_ratings(case).await.ok();
    let word = |rating: &Value, field: &str| rating[field].as_str().unwrap().to_owned();
    let one = |rating: &Value| (word(rating, "stage"), rating["sequence"].as_u64().unwrap(), word(rating, "level"));
    read.body.as_array().unwrap().iter().map(one).collect()
}

/// The kinds of a case's timeline as somebody reads it.
async fn kinds(caller: &Caller, case: &Case) -> Vec<String> {
    let timeline = caller.reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

/// The events of a kind as somebody reads them in the feed.
async fn told(caller: &Caller, kind: &str) -> Vec<Value> {
    caller.get(&format!("/v1/events?types={kind}&limit=200")).await.ok().data().clone()
}

tests::on_both_stores! {
    /// Clause B5-8, 一事一评: the applicant rates each stage that took place, once and once more, also after the end; nobody
    /// else does, and what was said is not changed by anything.
    async fn an_applicant_rates_each_stage_once_and_once_more(hall: Hall) {
        hall.a_new_morning().await;
        let application = Application::for_item(items::PROMISED).by(&Person::new()).electronic();
        let case = hall.received(application, "rule-of-law").await;
        let (applicant, nothing) = (hall.applicant_of(&case), json!({}));
        applicant.reads(&case).await.ok();
        assert_eq!(case.forbids("rate"), "nothing_to_rate");
        applicant.rates(&case, "intake", "satisfied", &nothing).await.refused("nothing_to_rate");
        hall.accept(&case).await;
        applicant.reads(&case).await.ok();
        assert!(case.allows("rate"));
        let words = json!({ "tags": ["服务态度"], "text": "办得很快" });
        applicant.rates(&case, "intake", "very_satisfied", &words).await.ok();
        applicant.rates(&case, "handling", "satisfied", &nothing).await.refused("nothing_to_rate");
        applicant.rates(&case, "intake", "very_satisfied", &words).await.refused("already_rated");
        applicant.rates(&case, "intake", "excellent", &nothing).await.names_field("/level");
        applicant.rates(&case, "intake", "dissatisfied", &json!({ "additional": true })).await.ok();
        applicant.reads(&case).await.ok();
        assert_eq!(case.forbids("rate"), "all_rated");
        hall.clerk("rule-of-law").rates(&case, "intake", "very_satisfied", &nothing).await.denied(403, "role_not_allowed");
        hall.reviewer("justice").rates(&case, "intake", "very_satisfied", &nothing).await.denied(403, "role_not_allowed");
        hall.manager().rates(&case, "intake", "very_satisfied", &nothing).await.denied(403, "role_not_allowed");
        let stranger = hall.applicant_of(&accepted(&hall).await);
        stranger.rates(&case, "intake", "very_dissatisfied", &nothing).await.hidden();
        stranger.reads_ratings(&case).await.hidden();

        hall.review(&case).await;
        hall.approver("justice").grants(&case).await.ok();
        hall.clerk("rule-of-law").issues(&case).await.ok();
        hall.clerk("rule-of-law").delivers_electronically(&case).await.ok();
        hall.clerk("rule-of-law").closes(&case).await.ok();
        applicant.rates(&case, "delivery", "fairly_satisfied", &nothing).await.ok();
        assert_eq!(case.stage(), "closed");
        let all = [("intake", 1, "very_satisfied"), ("intake", 2, "dissatisfied"), ("delivery", 1, "fairly_satisfied")];
        let all = all.map(|(stage, sequence, level): (&str, u64, &str)| (stage.to_owned(), sequence, level.to_owned()));
        for reader in [&applicant, &hall.clerk("rule-of-law"), &hall.reviewer("justice"), &hall.manager()] {
            assert_eq!(ratings(reader, &case).await, all, "{reader:?}");
        }
        assert_eq!((case.at("/ratings/0/tags"), case.at("/ratings/0/text")), (json!(["服务态度"]), json!("办得很快")));
        assert_eq!((case.at("/ratings/0/bad"), case.at("/ratings/1/bad")), (json!(false), json!(true)));
        assert_eq!(case.at("/ratings/1/level_code"), 4);
        assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
    }

    /// Clause B5-8, 国办发〔2019〕51号 (评价人信息保护): the window and the department are told what an anonymous rating says, and on
    /// no case that there is one; whoever is not rated is told.
    async fn whoever_is_rated_is_not_told_who_an_anonymous_rating_is_from(hall: Hall) {
        let case = accepted(&hall).await;
        let secretly = json!({ "anonymous": true, "text": "等候过久" });
        hall.applicant_of(&case).rates(&case, "intake", "very_dissatisfied", &secretly).await.ok();
        let manager = hall.manager();
        let at_the_centre = manager.get("/v1/ratings?bad=true&window=rule-of-law").await.ok();
        assert_eq!(at_the_centre.data().len(), 1, "{}", at_the_centre.body);
        assert_eq!(at_the_centre.at("/data/0/of/number"), &json!(case.number));
        assert_eq!(ratings(&manager, &case).await.len(), 1);
        let units = [hall.clerk("rule-of-law"), hall.reviewer("justice"), hall.approver("justice"), hall.head("justice")];
        for unit in &units {
            unit.reads(&case).await.ok();
            assert_eq!(case.at("/ratings"), Value::Null, "{unit:?}");
            assert!(ratings(unit, &case).await.is_empty(), "{unit:?}");
            assert!(!kinds(unit, &case).await.iter().any(|kind| kind.starts_with("rated")), "{unit:?}");
            let list = unit.get("/v1/ratings?bad=true").await.ok();
            let [line] = list.data().as_slice() else { panic!("{}", list.body) };
            assert_eq!((&line["text"], &line["bad"], &line["anonymous"]), (&json!("等候过久"), &json!(true), &json!(true)));
            assert_eq!((&line["of"], &line["sequence"]), (&Value::Null, &Value::Null));
            let whole = list.body.to_string();
            assert!(![&case.id, &case.number, &case.party()].iter().any(|it| whole.contains(it.as_str())), "{whole}");
        }
        for other in [hall.clerk("finance"), hall.reviewer("commerce")] {
            assert_eq!(other.get("/v1/ratings").await.ok().data().len(), 0, "{other:?}");
        }
        // By name it is on the case, and in the list with it.
        let named = accepted(&hall).await;
        hall.applicant_of(&named).rates(&named, "intake", "satisfied", &json!({})).await.ok();
        for unit in &units {
            assert_eq!(kinds(unit, &named).await.last().unwrap(), "rated");
            let list = unit.get("/v1/ratings?level=satisfied").await.ok();
            assert_eq!((list.data().len(), list.at("/data/0/of/case")), (1, &json!(named.id)), "{unit:?}");
            assert_eq!(unit.get("/v1/ratings?limit=1").await.ok().at("/page/has_more"), true);
        }
        let tomorrow = hall.today() + chrono::Duration::days(1);
        assert_eq!(manager.get(&format!("/v1/ratings?since={tomorrow}")).await.ok().data().len(), 0);
        assert_eq!(manager.get(&format!("/v1/ratings?since={}", hall.today())).await.ok().data().len(), 2);
        hall.applicant_of(&named).get("/v1/ratings").await.denied(403, "role_not_allowed");
    }

    /// Clause B5-8, 评价人信息保护: nothing of the case moves with an anonymous rating, by which whoever is rated could tell that
    /// it has one; who gave it, and who may know, are shown it all the same.
    async fn an_anonymous_rating_leaves_no_trace_on_its_case(hall: Hall) {
        let case = accepted(&hall).await;
        let (applicant, manager) = (hall.applicant_of(&case), hall.manager());
        let units = [hall.clerk("rule-of-law"), hall.reviewer("justice"), hall.head("justice")];
        let mut before = Vec::new();
        for unit in &units {
            before.push(unit.reads(&case).await.ok());
        }
        let (tag, version) = (case.etag(), case.at("/version").as_u64().unwrap());
        let secretly = |more: bool| json!({ "anonymous": true, "additional": more });
        let answer = applicant.rates(&case, "intake", "dissatisfied", &secretly(false)).await.ok();
        assert_eq!((answer.header("etag"), &answer["version"]), (tag.as_str(), &json!(version)));
        assert_eq!((case.at("/ratings/0/anonymous"), case.allows("rate")), (json!(true), true));
        applicant.rates(&case, "intake", "satisfied", &secretly(false)).await.refused("already_rated");
        applicant.rates(&case, "intake", "satisfied", &json!({ "additional": true })).await.refused("rated_anonymously");
        applicant.rates(&case, "intake", "satisfied", &secretly(true)).await.ok();
        assert_eq!(case.forbids("rate"), "all_rated");

        let whole: Vec<u64> = (1..=version).collect();
        for (unit, before) in units.iter().zip(&before) {
            let after = unit.reads(&case).await.ok();
            assert_eq!((after.header("etag"), &after.body), (tag.as_str(), &before.body), "{unit:?}");
            let again = unit.get(&case.path("")).header("if-none-match", &tag).await;
            assert_eq!(again.status, 304, "{unit:?}");
        }
        for reader in units.iter().chain([&applicant, &manager]) {
            let timeline = reader.reads_timeline(&case).await.ok();
            let entries = timeline.body.as_array().unwrap().iter();
            let told: Vec<u64> = entries.map(|entry| entry["version"].as_u64().unwrap()).collect();
            assert_eq!(told, whole, "{reader:?}");
        }
        for reader in units.iter().chain([&manager]) {
            let of_the_case = async || {
                let events = reader.get("/v1/events?limit=200").await.ok();
                let events = events.data().iter().filter(|event| event["subject"] == case.id.as_str());
                let told: Vec<u64> = events.map(|event| event["data"]["version"].as_u64().unwrap()).collect();
                (told == whole).then_some(())
            };
            until("the feed tells the case from its first version to its last", of_the_case).await;
        }
        for reader in [&applicant, &manager] {
            let read = reader.get(&case.path("")).header("if-none-match", &tag).await.ok();
            assert_eq!((read.header("etag"), read["ratings"].as_array().unwrap().len()), (tag.as_str(), 2), "{reader:?}");
        }
        assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
    }

    /// Clause B5-8, 评价人信息保护: in the list nothing tells whoever is rated on which day of its month an anonymous rating was
    /// given: they narrow it by no day, and the place that a cursor holds is that of the month.
    async fn an_anonymous_rating_has_no_day_in_the_list(hall: Hall) {
        let (first, second) = (accepted(&hall).await, accepted(&hall).await);
        hall.applicant_of(&first).rates(&first, "intake", "dissatisfied", &json!({ "anonymous": true })).await.ok();
        hall.applicant_of(&second).rates(&second, "intake", "satisfied", &json!({})).await.ok();
        let today = hall.today();
        let since = format!("/v1/ratings?since={today}");
        let levels = async |reader: &Caller, path: &str| -> Vec<String> {
            let list = reader.get(path).await.ok();
            list.data().iter().map(|line| line["level"].as_str().unwrap().to_owned()).collect()
        };
        for unit in [hall.clerk("rule-of-law"), hall.reviewer("justice")] {
            assert_eq!(levels(&unit, since.as_str()).await, ["satisfied"], "{unit:?}");
            assert_eq!(levels(&unit, "/v1/ratings").await, ["satisfied", "dissatisfied"], "{unit:?}");
        }
        let manager = hall.manager();
        assert_eq!(levels(&manager, since.as_str()).await, ["satisfied", "dissatisfied"]);
        let list = manager.get("/v1/ratings?bad=true").await.ok();
        let id: uuid::Uuid = list.at("/data/0/of/rating").as_str().unwrap().parse().unwrap();
        let month = kernel::Instant::midnight(today.with_day(1).unwrap());
        assert_eq!(id.get_timestamp().unwrap().to_unix().0, month.unix().0);
        assert_eq!(list.at("/data/0/of/on"), &json!(today));
    }

    /// Clauses B5-8, G1: a system rates for whoever it handed in for, reads it back with everything else, and is told by the feed.
    async fn an_adapter_rates_and_reads_back(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let first = adapter.pushes("R-1", &pushed(&Person::new(), None)).await.created();
        assert_eq!(first["ratings"], json!([]), "nobody has rated it, and nobody is taken to have");
        let case = hall.pushed_case(&first).await;
        hall.accept(&case).await;
        hall.adapter("another").rates(&case, "intake", "satisfied", &json!({})).await.hidden();
        let accepted = adapter.reads_pushed("R-1").await.ok();
        let rating = json!({ "anonymous": true });
        adapter.rates(&case, "intake", "satisfied", &rating).await.ok();
        adapter.rates(&case, "intake", "satisfied", &rating).await.refused("already_rated");
        adapter.rates(&case, "intake", "dissatisfied", &json!({ "anonymous": true, "additional": true })).await.ok();
        let read = adapter.reads_pushed("R-1").await.ok();
        let ratings = read["ratings"].as_array().unwrap();
        let levels: Vec<&str> = ratings.iter().map(|rating| rating["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["satisfied", "dissatisfied"]);
        let unmoved = |read: &Answer| (read["version"].clone(), read["process"].clone());
        assert_eq!(unmoved(&read), unmoved(&accepted), "of an anonymous rating the record of the case says nothing");

        let second = adapter.pushes("R-2", &pushed(&Person::new(), None)).await.created();
        let named = hall.pushed_case(&second).await;
        hall.accept(&named).await;
        adapter.rates(&named, "intake", "satisfied", &json!({})).await.ok();
        let read = adapter.reads_pushed("R-2").await.ok();
        let last = read["process"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["kind"], &read["ratings"][0]["anonymous"]), (&json!("rated"), &json!(false)));
        let event = until("the feed tells it", async || told(&adapter, RATED).await.pop()).await;
        assert_eq!(event["subject"], named.id.as_str());
    }

    /// Clauses B1-3, B5-8: what an applicant handed in themselves is rated in their name alone, by the voucher that they came with.
    async fn who_is_vouched_for_rates_their_own_case(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (_, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let body = json!({ "item": items::PROMISED, "channel": "web", "delivery": { "method": "pick_up" } });
        let case = applicant.post("/v1/cases").json(&body).await.case();
        hall.accept(&case).await;
        front_end.rates(&case, "intake", "very_satisfied", &json!({})).await.denied(403, "voucher_required");
        applicant.rates(&case, "intake", "very_satisfied", &json!({})).await.ok();
        let timeline = hall.clerk_of(&case).reads_timeline(&case).await.ok();
        let last = timeline.body.as_array().unwrap().last().unwrap();
        assert_eq!((&last["kind"], &last["through"]["client"]), (&json!("rated"), &json!("front-end")), "{last}");
    }

    /// Clauses B5-7, B5-8: receivers of the exchange are told the newest level by its national code, and of a case that
    /// nobody rated, none.
    async fn the_exchange_tells_what_was_said(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.issue(&case).await;
        let before = hall.exports_today_for("province").await;
        let manager = hall.manager();
        assert_eq!(manager.reads_rows(&before, "up_pro_result").await[0]["satisfaction"], Value::Null);
        hall.applicant_of(&case).rates(&case, "handling", "fairly_satisfied", &json!({})).await.ok();
        let after = hall.exports_today_for("province").await;
        let rows = manager.reads_rows(&after, "up_pro_result").await;
        assert_eq!((rows.len(), &rows[0]["satisfaction"], &rows[0]["cd_operation"]), (1, &json!("3"), &json!("U")));
    }

    /// Clause B5-8: the store itself keeps one rating and one more for each stage, of five levels, and never changes one.
    async fn the_store_keeps_no_third_rating(hall: Hall) {
        let case = accepted(&hall).await;
        hall.applicant_of(&case).rates(&case, "intake", "satisfied", &json!({})).await.ok();
        let copy = |sequence: u8, level: u8| {
            let id = kernel::id::RatingId::fresh(kernel::Instant::new(chrono::Utc::now()));
            format!(
                "INSERT INTO ratings (centre, case_id, stage, sequence, id, level, anonymous, channel, tags, window_code, department, at)
                 SELECT centre, case_id, stage, {sequence}, '{id}', {level}, anonymous, channel, tags, window_code, department, at FROM ratings"
            )
        };
        let wrong = [copy(1, 1), copy(3, 1), copy(2, 0), copy(2, 6), "UPDATE ratings SET level = 1".to_owned(), "DELETE FROM ratings".to_owned()];
        for statement in wrong {
            assert!(sql_query(&statement).execute(&mut hall.outside()).is_err(), "{statement}");
        }
        // What is wrong with those is what they say, and not how.
        assert_eq!(sql_query(copy(2, 5)).execute(&mut hall.outside()).unwrap(), 1);
        assert_eq!(ratings(&hall.manager(), &case).await.len(), 1);
    }
}
