//! 数据交换: what receivers are told of cases, in the shape of the national upload tables.

use tests::*;

const TABLES: [&str; 5] =
    ["up_pro_accept", "up_pro_process", "up_pro_special_procedure", "up_pro_material", "up_pro_result"];

const ACCEPT: &str = "row_guid project_no catalog_code local_catalog_code task_code local_task_code task_handle_item \
    task_name task_version applyer_name applyer_type applyer_page_type applyer_page_code apply_date apply_type legal \
    contact_name contact_type contact_code contact_mobile org_code org_name accept_date accept_doc_no project_name \
    project_type promise_date handle_user_name address zip_code data_source cd_operation cd_time cd_batch";

async fn granted(hall: &Hall, person: &Person) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(person), "rule-of-law").await;
    hall.grant(&case).await;
    case
}

fn operations(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["cd_operation"].as_str().unwrap()).collect()
}

/// How many rows of each table a batch says it has.
fn counts(export: &Answer) -> Vec<u64> {
    export["files"].as_array().unwrap().iter().map(|file| file["rows"].as_u64().unwrap()).collect()
}

tests::on_both_stores! {
    /// Clause B5-7: a case in the five tables, under the names that receivers know, and what it adds up to.
    async fn a_case_is_told_in_the_five_tables(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        hall.accept(&case).await;
        hall.reviewer_of(&case).takes(&case).await.ok();
        let approver = hall.approver_of(&case);
        approver.starts_procedure(&case, "hearing").await.ok();
        let notice = case.text("/procedures/0/notice");
        approver.ends_procedure(&case, &notice, None).await.ok();
        hall.reviewer_of(&case).reviews(&case, "grant").await.ok();
        approver.grants(&case).await.ok();
        hall.clerk_of(&case).issues(&case).await.ok();

        let export = hall.exports_today_for("province").await;
        assert_eq!((&export["matched"], &export["version"], &export["personal"]), (&json!(1), &json!(1), &json!("masked")));
        let manager = hall.manager();
        let accept = manager.reads_rows(&export, "up_pro_accept").await;
        let [row] = accept.as_slice() else { panic!("one row a case: {accept:?}") };
        let raw = manager.fetches(&export, "up_pro_accept.ndjson").await.ok();
        let raw = String::from_utf8(raw.bytes).unwrap();
        let mut last = 0;
        for column in ACCEPT.split_whitespace() {
            let at = raw.find(&format!("\"{column}\":")).unwrap_or_else(|| panic!("{column} in {raw}"));
            assert!(at >= last, "{column} is not in its place: {raw}");
            last = at;
        }
        assert_eq!(row.as_object().unwrap().len(), ACCEPT.split_whitespace().count());
        assert_eq!((&row["project_no"], &row["cd_operation"]), (&json!(case.number), &json!("I")));
        assert_eq!(row["cd_batch"], export["batch"]);
        assert!(export.text("/batch").len() == 32 && row["task_code"].as_str().unwrap().len() == 31);
        assert_eq!((&row["applyer_type"], &row["applyer_page_type"]), (&json!("1"), &json!("111")));
        assert_eq!((&row["apply_type"], &row["project_type"]), (&json!("1"), &json!("2")));
        assert_eq!(row["org_code"].as_str().unwrap().len(), 18);
        assert!(row["accept_date"].is_string() && row["accept_doc_no"].is_string() && row["promise_date"].is_string());
        for secret in person.secrets() {
            assert!(!raw.contains(&secret), "masked where nothing else was ordered");
        }

        let process = manager.reads_rows(&export, "up_pro_process").await;
        let steps: Vec<&str> = process.iter().map(|row| row["process_name"].as_str().unwrap()).collect();
        assert_eq!(steps, ["收件", "受理", "审核", "决定", "出件"]);
        assert!(process.windows(2).all(|pair| pair[0]["event_end_time"] == pair[1]["event_start_time"]));
        assert_eq!(process[2]["handle_explain"], "经审核，材料属实。");
        let special = manager.reads_rows(&export, "up_pro_special_procedure").await;
        assert_eq!((special.len(), &special[0]["special_name"], &special[0]["special_type"]), (1, &json!("听证"), &json!("2")));
        assert!(special[0]["end_time"].is_string() && special[0]["special_reason"].is_string());
        let materials = manager.reads_rows(&export, "up_pro_material").await;
        assert!(!materials.is_empty() && materials.iter().all(|row| row["get_type"] == "1"));
        let result = manager.reads_rows(&export, "up_pro_result").await;
        assert_eq!((result.len(), &result[0]["result_type"]), (1, &json!("0")));
        assert!(result[0]["result_cetr_no"].is_string(), "{result:?}");
        assert_eq!(result[0]["satisfaction"], Value::Null, "nobody is satisfied who has not said so");
        assert_eq!(counts(&export), [1, 5, 1, materials.len() as u64, 1]);
    }

    /// Clause B5-7: what a receiver has is not sent again; what changed is, and another receiver begins at the beginning.
    async fn a_receiver_is_told_what_it_does_not_know(hall: Hall) {
        hall.a_new_morning().await;
        let case = granted(&hall, &Person::new()).await;
        let first = hall.exports_today_for("province").await;
        assert!(counts(&first)[0] == 1);
        let again = hall.exports_today_for("province").await;
        assert_eq!((counts(&again), &again["matched"]), (vec![0; 5], &json!(1)));
        hall.clerk_of(&case).issues(&case).await.ok();
        let third = hall.exports_today_for("province").await;
        let manager = hall.manager();
        assert_eq!(operations(&manager.reads_rows(&third, "up_pro_accept").await), [""; 0]);
        assert_eq!(operations(&manager.reads_rows(&third, "up_pro_process").await), ["I"]);
        assert_eq!(operations(&manager.reads_rows(&third, "up_pro_result").await), ["U"]);
        let key = |rows: Vec<Value>| rows[0]["row_guid"].clone();
        let told_before = key(manager.reads_rows(&first, "up_pro_result").await);
        assert_eq!(key(manager.reads_rows(&third, "up_pro_result").await), told_before);
        let elsewhere = hall.exports_today_for("archive").await;
        assert_eq!(operations(&manager.reads_rows(&elsewhere, "up_pro_result").await), ["I"]);
        let ledger = manager.get("/v1/exports?receiver=province").await.ok();
        let versions: Vec<_> = ledger.data().iter().map(|export| export["version"].clone()).collect();
        assert_eq!(versions, [3, 2, 1]);
        let yesterday = hall.today().pred_opt().unwrap();
        let order = json!({ "receiver": "archive", "from": yesterday, "to": yesterday });
        assert_eq!(hall.exports(&order).await["matched"], 0, "nothing happened on that day");
    }

    /// Clause B5-7: a receiver that has codes of its own is told in those, and nobody else is.
    async fn each_receiver_reads_its_own_codes(hall: Hall) {
        hall.a_new_morning().await;
        let admin = hall.system_admin();
        for (subject, ours, theirs) in
            [("outcomes", "grant", "准予"), ("channels", "counter", "01"), ("collected", "paper", "ZZ"), ("actions", "pass", "T")]
        {
            let map = json!({ "pairs": [{ "ours": ours, "theirs": theirs }] });
            admin.put(&format!("/v1/code-maps/province/{subject}")).if_match("\"0\"").json(&map).await.ok();
        }
        let no_ending = json!({ "pairs": [{ "ours": "in_review", "theirs": "X" }] });
        admin.put("/v1/code-maps/province/endings").if_match("*").json(&no_ending).await.names_field("/pairs/0/ours");
        let case = granted(&hall, &Person::new()).await;
        hall.clerk_of(&case).issues(&case).await.ok();
        let manager = hall.manager();
        let mut told = Vec::new();
        for receiver in ["province", "archive"] {
            let export = hall.exports_today_for(receiver).await;
            let first = async |table| manager.reads_rows(&export, table).await.remove(0);
            told.push([
                first("up_pro_result").await["result_type"].clone(),
                first("up_pro_accept").await["apply_type"].clone(),
                first("up_pro_material").await["get_type"].clone(),
                first("up_pro_process").await["event_name"].clone(),
            ]);
        }
        assert_eq!(told, [["准予", "01", "ZZ", "T"], ["0", "1", "1", "1"]]);
    }

    /// Clause B5-7: of whoever is named to speak for an enterprise the kind of the document is told beside its number, in the
    /// receiver's codes as that of the applicant is; not where the number could be of several kinds.
    async fn the_contact_of_an_enterprise_is_told(hall: Hall) {
        hall.a_new_morning().await;
        let map = json!({ "pairs": [{ "ours": "resident_id", "theirs": "SFZ" }] });
        hall.system_admin().put("/v1/code-maps/province/document_kinds").if_match("\"0\"").json(&map).await.ok();
        let enterprise = Enterprise::new();
        let apply = || Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise);
        let resident = hall.received(apply(), "project").await;
        let visitor = json!({
            "name": "史密斯", "phone": enterprise.contact.phone, "document_kind": "passport", "document_number": "E12345678",
        });
        let visitor = hall.received(apply().with("contact", visitor), "project").await;
        let manager = hall.manager();
        for (receiver, kind) in [("province", "SFZ"), ("archive", "111")] {
            let export = hall.exports_today_for(receiver).await;
            let rows = manager.reads_rows(&export, "up_pro_accept").await;
            let of = |case: &Case| rows.iter().find(|row| row["project_no"] == case.number.as_str()).unwrap();
            let row = of(&resident);
            assert_eq!((&row["applyer_page_type"], &row["contact_type"]), (&json!("001"), &json!(kind)), "{row}");
            let masked = row["contact_code"].as_str().unwrap();
            assert!(masked.contains('*') && masked != "***", "{masked}");
            assert_eq!((&of(&visitor)["contact_type"], &of(&visitor)["contact_code"]), (&Value::Null, &json!("***")));
        }
    }

    /// Clause B5-7: a result that no longer stands is gone for the receiver, too.
    async fn what_no_longer_stands_is_told_as_gone(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        hall.clerk_of(&case).withdraws(&case).await.ok();
        let first = hall.exports_today_for("province").await;
        let manager = hall.manager();
        let ended = manager.reads_rows(&first, "up_pro_result").await;
        assert_eq!((operations(&ended), &ended[0]["result_type"]), (vec!["I"], &json!("2")));
        hall.head("justice").reads(&case).await.ok();
        hall.head("justice").reopens(&case).await.ok();
        let second = hall.exports_today_for("province").await;
        let gone = manager.reads_rows(&second, "up_pro_result").await;
        assert_eq!((operations(&gone), &gone[0]["row_guid"]), (vec!["D"], &ended[0]["row_guid"]));
        assert_eq!((&gone[0]["project_no"], &gone[0]["result_type"]), (&json!(case.number), &Value::Null));
        let third = hall.exports_today_for("province").await;
        assert_eq!(counts(&third)[4], 0, "gone once");
    }

    /// 网络数据安全管理条例 art. 12: numbers go out whole only where that was ordered, and leave a trace for every case.
    async fn whole_numbers_leave_a_trace(hall: Hall) {
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let traces = || {
            let query = format!("SELECT actor_role || ' ' || actor AS line FROM disclosures WHERE case_id = '{}'", case.id);
            texts(&mut hall.outside(), &query)
        };
        hall.exports_today_for("province").await;
        assert_eq!(traces(), [""; 0]);
        let order = json!({ "receiver": "province", "from": hall.today(), "to": hall.today(), "personal": "full" });
        let export = hall.exports(&order).await;
        let rows = hall.manager().reads_rows(&export, "up_pro_accept").await;
        assert_eq!(operations(&rows), ["U"], "the same row with another face");
        assert_eq!((&rows[0]["applyer_page_code"], &rows[0]["contact_mobile"]), (&json!(person.resident_id), &json!(person.phone)));
        assert_eq!(traces(), ["manager manager"]);
        let read = "SELECT kind AS line FROM events WHERE stream = 'exports' AND kind = 'export_file_read'";
        assert_eq!(texts(&mut hall.outside(), read), ["export_file_read"]);
    }

    /// RFC 9110 §14: a download goes on where it broke off; a batch that is handed over again is the same, byte for byte.
    async fn a_download_is_resumed_and_a_batch_sent_again(hall: Hall) {
        granted(&hall, &Person::new()).await;
        let export = hall.exports_today_for("province").await;
        let manager = hall.manager();
        let whole = manager.fetches(&export, "up_pro_process.ndjson").await.ok();
        let tag = whole.header("etag").to_owned();
        let files = export["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["table"] == "up_pro_process").unwrap();
        assert_eq!((tag.trim_matches('"'), whole.bytes.len() as u64), (file["sha256"].as_str().unwrap(), file["bytes"].as_u64().unwrap()));
        let path = format!("/v1/exports/{}/files/up_pro_process.ndjson", export.text("/id"));
        let part = async |range: &str, of: &str| manager.get(&path).header("range", range).header("if-range", of).await;
        let half = whole.bytes.len() / 2;
        let (one, two) = (part(&format!("bytes=0-{}", half - 1), &tag).await, part(&format!("bytes={half}-"), &tag).await);
        assert_eq!((one.status, two.status), (206, 206));
        assert_eq!(one.header("content-range"), format!("bytes 0-{}/{}", half - 1, whole.bytes.len()));
        assert_eq!([one.bytes, two.bytes].concat(), whole.bytes);
        assert_eq!(part("bytes=0-9", "\"another\"").await.ok().bytes, whole.bytes, "another representation");
        let behind = part(&format!("bytes={}-", whole.bytes.len()), &tag).await.problem(416, "range_not_satisfiable");
        assert_eq!(behind.header("content-range"), format!("bytes */{}", whole.bytes.len()));
        assert_eq!(manager.get(&path).header("if-none-match", &tag).await.status, 304);

        let again = manager.post(&format!("/v1/exports/{}/resend", export.text("/id")));
        let again = again.json(&json!({ "reason": "接收方丢失。" })).await.ok();
        assert_eq!((&again["sendings"][0]["reason"], &again["version"]), (&json!("接收方丢失。"), &export["version"]));
        assert_eq!(again["files"], export["files"]);
        assert_eq!(manager.fetches(&export, "up_pro_process.ndjson").await.ok().bytes, whole.bytes);
        manager.fetches(&export, "up_pro_process.csv").await.hidden();
    }

    /// Clause B5-7: as CSV, with the same columns and nothing that a spreadsheet would take for a formula.
    async fn a_batch_is_exported_as_csv(hall: Hall) {
        let mut person = Person::new();
        person.address = "=HYPERLINK(\"http://example.invalid\")".to_owned();
        hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let order = json!({
            "receiver": "province", "from": hall.today(), "to": hall.today(), "format": "csv", "personal": "full",
            "tables": ["up_pro_accept"],
        });
        let export = hall.exports(&order).await;
        assert_eq!(export["files"].as_array().unwrap().len(), 1);
        let file = hall.manager().fetches(&export, "up_pro_accept.csv").await.ok();
        assert!(file.header("content-type").starts_with("text/csv"));
        let text = String::from_utf8(file.bytes).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').map(|name| name.trim_matches('"')).collect();
        assert_eq!(header, ACCEPT.split_whitespace().collect::<Vec<_>>());
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("\"'=HYPERLINK(\"\"http"), "{text}");
    }

    /// Clause G1: a system sees and fetches what is meant for it and nothing else; a period ends after it begins.
    async fn a_receiver_fetches_its_own_batches(hall: Hall) {
        granted(&hall, &Person::new()).await;
        let (own, other) = (hall.exports_today_for("platform").await, hall.exports_today_for("archive").await);
        let platform = hall.adapter("platform");
        assert_eq!(platform.get("/v1/exports").await.ok().ids(), [own.text("/id")]);
        assert_eq!(platform.get("/v1/exports?receiver=archive").await.ok().ids(), [""; 0]);
        assert_eq!(platform.reads_rows(&own, "up_pro_accept").await.len(), 1);
        platform.fetches(&other, "up_pro_accept.ndjson").await.hidden();
        platform.get(&format!("/v1/exports/{}", other.text("/id"))).await.hidden();
        for table in TABLES {
            hall.audit_admin().fetches(&own, &format!("{table}.ndjson")).await.denied(403, "role_not_allowed");
        }
        let yesterday = hall.today().pred_opt().unwrap();
        let order = json!({ "receiver": "platform", "from": hall.today(), "to": yesterday });
        hall.manager().post("/v1/exports").json(&order).await.names_field("/to");
        let order = json!({ "receiver": "platform", "from": yesterday, "to": yesterday, "tables": [] });
        hall.manager().post("/v1/exports").json(&order).await.names_field("/tables");
        let page = hall.manager().get("/v1/exports?limit=1").await.ok();
        assert_eq!((page.ids(), page.header("link").contains("cursor=")), (vec![other.text("/id")], true));
    }
}
