//! 服务套餐: several items as one application (clause C1-1, rule L10).

use tests::{packages::*, *};

/// 企业码, 电子印章 after it, 参保登记 beside them.
const REQUIRED: [&str; 3] = [CODE, SEAL, INSURANCE];

async fn filed(hall: &Hall) -> PackageApplication {
    hall.package_application(&REQUIRED, &Enterprise::new()).await
}

/// Checked and granted on the spot at its window.
async fn done_on_the_spot(hall: &Hall, case: &Case) {
    let clerk = hall.clerk_of(case);
    clerk.reads(case).await.ok();
    clerk.checks_everything(case).await;
    clerk.decides_on_the_spot(case, None).await.ok();
}

async fn member(hall: &Hall, application: &PackageApplication, item: &str) -> Case {
    hall.adapter("platform").case_of(application, item).await
}

fn stored_files(hall: &Hall) -> usize {
    let folder = hall.data().join("files").join(hall.centre().to_string());
    std::fs::read_dir(folder).map_or(0, |entries| entries.count())
}

fn standings(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(item, standing)| ((*item).to_owned(), (*standing).to_owned())).collect()
}

tests::on_both_stores! {
    /// Clause C1-1: the catalogue of packages is public, with members, order and shared materials.
    async fn anybody_can_read_what_packages_there_are(hall: Hall) {
        let anybody = hall.stranger();
        let list = anybody.get("/v1/packages").await.ok();
        let codes: Vec<&Value> = list.data().iter().map(|row| &row["code"]).collect();
        assert_eq!(codes, ["industrial-project", NEW_ENTERPRISE]);
        let first = anybody.get("/v1/packages?limit=1").await.ok();
        assert_eq!((first.data().len(), first.at("/page/has_more")), (1, &json!(true)));
        let next = first.text("/page/next_cursor");
        let second = anybody.get(&format!("/v1/packages?limit=1&cursor={next}")).await.ok();
        assert_eq!(second.at("/data/0/code"), NEW_ENTERPRISE);

        let package = anybody.get("/v1/packages/new-enterprise").await.ok();
        let seal = package["members"].as_array().unwrap().iter().find(|member| member["item"] == SEAL).unwrap();
        assert_eq!((&seal["after"], &seal["optional"]), (&json!([CODE]), &json!(false)));
        assert_eq!(seal["on_offer"]["promised"], 1);
        assert_eq!(package.at("/shared_materials/0/uses/0"), &json!({ "item": CODE, "material": "business-licence" }));
        anybody.get("/v1/packages/no-such-package").await.hidden();
    }

    /// Clause C1-1, rule L10: one receipt, materials once, a serial item waits without a clock and begins on the day
    /// the one before it is completed, and one view tells by when all is done.
    async fn a_package_goes_from_one_receipt_to_the_last_decision(hall: Hall) {
        let filed_on = hall.a_new_morning().await;
        let application = filed(&hall).await;
        let platform = hall.adapter("platform");
        let waiting = standings(&[(CODE, "under_way"), (SEAL, "waiting"), (INSURANCE, "under_way")]);
        assert_eq!((application.state(), application.standings()), ("open".to_owned(), waiting));
        assert_eq!(application.member(SEAL)["held_up"]["code"], "predecessor_pending");
        let (code, seal) = (member(&hall, &application, CODE).await, member(&hall, &application, SEAL).await);
        assert!(code.number != seal.number && seal.text("/package") == application.id);
        assert_eq!(limit(&code.view(), "check")["start"], json!(filed_on));
        assert_eq!(limit(&seal.view(), "check"), Value::Null, "no clock runs while it waits");

        platform.attaches_shared(&application, "business-licence", PDF).await.ok();
        assert_eq!(stored_files(&hall), 1, "the bytes are there once");
        for case in [&code, &seal] {
            platform.reads(case).await.ok();
            let materials = case.materials();
            let licence = materials.iter().find(|material| material["code"] == "business-licence").unwrap();
            let file = licence["files"][0]["id"].as_str().unwrap().to_owned();
            assert_eq!(application.view()["shared_materials"][0]["files"][0]["id"], file.as_str());
            let read = hall.clerk_of(case).get(&case.path(&format!("files/{file}"))).await.ok();
            assert_eq!(read.bytes, PDF);
        }
        let insurance = member(&hall, &application, INSURANCE).await;
        assert_eq!(insurance.at("/materials/0/files"), json!([]));

        let expected = application.deadline(SEAL);
        assert_eq!(expected["reckoning"], "expected");
        assert_eq!((&expected["starts"], &expected["ends"]), (&json!(filed_on), &json!(hall.after(filed_on, 1))));
        let deadline = &application.view()["deadline"];
        assert_eq!((&deadline["critical"], &deadline["ends"]), (&json!([CODE, SEAL]), &json!(hall.after(filed_on, 1))));

        let clerk = hall.clerk("data");
        clerk.reads(&seal).await.ok();
        clerk.checks_everything(&seal).await;
        assert_eq!(seal.forbids("accept"), "predecessor_pending");
        clerk.accepts(&seal).await.refused("predecessor_pending");

        let granted_on = hall.working_days(3).await;
        done_on_the_spot(&hall, &code).await;
        clerk.reads(&seal).await.ok();
        assert_eq!(limit(&seal.view(), "check")["start"], json!(granted_on), "its check begins that day");
        platform.reads_application(&application).await.ok();
        assert_eq!(application.deadline(CODE)["ends"], json!(granted_on));
        assert_eq!(application.deadline(SEAL)["starts"], json!(granted_on));

        let accepted_on = hall.working_days(1).await;
        clerk.accepts(&seal).await.ok();
        platform.reads_application(&application).await.ok();
        let running = application.deadline(SEAL);
        assert_eq!((&running["reckoning"], &running["starts"]), (&json!("running"), &json!(accepted_on)));
        assert_eq!(running["ends"], json!(hall.after(accepted_on, 1)));
        assert_eq!(application.view()["deadline"]["critical"], json!([SEAL]));

        hall.review(&seal).await;
        hall.approver_of(&seal).grants(&seal).await.ok();
        done_on_the_spot(&hall, &insurance).await;
        platform.reads_application(&application).await.ok();
        let view = application.view();
        assert_eq!((&view["state"], &view["counts"]["granted"]), (&json!("complete"), &json!(3)));
        assert_eq!((&view["deadline"]["ends"], &view["deadline"]["critical"]), (&json!(accepted_on), &json!([])));
        assert_eq!(clerk.verifies(&seal).await.status, 403);
        assert_eq!(hall.audit_admin().verifies(&seal).await.ok()["intact"], true);
    }

    /// Rule L10: a serial item that waits is not deemed accepted, however long it waits.
    async fn what_waits_is_not_deemed_accepted(hall: Hall) {
        hall.a_new_morning().await;
        let application = filed(&hall).await;
        let seal = member(&hall, &application, SEAL).await;
        hall.working_days(4).await;
        hall.accept(&member(&hall, &application, CODE).await).await;
        hall.working_days(6).await;
        let platform = hall.adapter("platform");
        platform.reads(&seal).await.ok();
        assert_eq!((seal.stage(), limit(&seal.view(), "check")), ("under_check".to_owned(), Value::Null));
        let insurance = member(&hall, &application, INSURANCE).await;
        assert_eq!(insurance.text("/acceptance/basis"), "deemed", "what waits for nobody is");
    }

    /// Clause C1-1, rule L10: some granted, some refused; what waits for a refused item ends with it, in writing, and the
    /// whole comes to its end.
    async fn what_waits_for_a_refused_item_ends_with_it(hall: Hall) {
        let today = hall.a_new_morning().await;
        let application = filed(&hall).await;
        let platform = hall.adapter("platform");
        let seal = member(&hall, &application, SEAL).await;
        hall.clerk_of(&seal).checks_everything(&seal).await;
        hall.refuse(&member(&hall, &application, CODE).await).await;
        platform.reads(&seal).await.ok();
        assert_eq!((seal.stage(), seal.text("/rejection/ground")), ("rejected".to_owned(), "predecessor_failed".to_owned()));
        let reason = seal.text("/rejection/reason");
        assert!(reason.starts_with("前置事项「") && reason.contains("（不予）未获准予"), "{reason}");
        assert!(seal.at("/rejection/notice").is_string() && seal.at("/rejection/remedies/0").is_object());
        let timeline = hall.clerk_of(&seal).reads_timeline(&seal).await.ok();
        let ends = timeline.body.as_array().unwrap().iter().find(|it| it["kind"] == "rejected").unwrap().clone();
        assert_eq!((&ends["label"], &ends["role"]), (&json!("前置事项未获准予，不予受理"), &json!("system")));
        platform.reads_application(&application).await.ok();
        assert_eq!((application.state(), application.member(SEAL)["standing"].clone()), ("open".to_owned(), json!("ended")));
        let over = application.deadline(SEAL);
        assert_eq!((&over["reckoning"], &over["ends"]), (&json!("ended"), &json!(today)));
        assert_eq!(application.view()["deadline"]["critical"], json!([INSURANCE]), "nothing waits for what is over");

        done_on_the_spot(&hall, &member(&hall, &application, INSURANCE).await).await;
        platform.reads_application(&application).await.ok();
        let ended = standings(&[(CODE, "refused"), (SEAL, "ended"), (INSURANCE, "granted")]);
        assert_eq!((application.state(), application.standings()), ("partial".to_owned(), ended));
        assert_eq!(application.member(CODE)["outcome"], "refuse");
        let head = hall.head(&seal.department());
        head.reads(&seal).await.ok();
        assert_eq!(seal.forbids("reopen"), "predecessor_failed");
        head.reopens(&seal).await.refused("predecessor_failed");
        assert_eq!(hall.audit_admin().verifies(&seal).await.ok()["intact"], true);
    }

    /// Clause C1-1, rules L7, L10: the same where the item before it was withdrawn, by hand or by time; once that is done
    /// after all, the waiting item is taken up again.
    async fn what_waits_for_a_withdrawn_item_ends_with_it(hall: Hall) {
        hall.a_new_morning().await;
        let (given_up, lapsed) = (filed(&hall).await, filed(&hall).await);
        let code = member(&hall, &given_up, CODE).await;
        hall.adapter("platform").withdraws(&code).await.ok();
        let late = member(&hall, &lapsed, CODE).await;
        let clerk = hall.clerk_of(&late);
        clerk.checks_all_but(&late, &["business-licence"]).await;
        clerk.notifies(&late, &["business-licence"], 5).await.ok();
        hall.the_day_after(late.due("correction")).await;
        for application in [&given_up, &lapsed] {
            let seal = member(&hall, application, SEAL).await;
            assert_eq!((seal.stage(), seal.text("/rejection/ground")), ("rejected".to_owned(), "predecessor_failed".to_owned()));
        }

        let (head, seal) = (hall.head(&code.department()), member(&hall, &given_up, SEAL).await);
        let head_of_seal = hall.head(&seal.department());
        head.reads(&code).await.ok();
        head.reopens(&code).await.ok();
        head_of_seal.reads(&seal).await.ok();
        assert_eq!(seal.forbids("reopen"), "predecessor_pending");
        head_of_seal.reopens(&seal).await.refused("predecessor_pending");
        done_on_the_spot(&hall, &code).await;
        head_of_seal.reads(&seal).await.ok();
        assert!(seal.allows("reopen"));
        head_of_seal.reopens(&seal).await.ok();
        assert_eq!(limit(&seal.view(), "check")["start"], json!(hall.today()));
        hall.accept(&seal).await;
    }

    /// Clause C1-1, 行政许可法 art. 69: what was granted and is revoked later is granted no longer.
    async fn a_grant_that_is_revoked_does_not_count(hall: Hall) {
        hall.a_new_morning().await;
        let application = filed(&hall).await;
        let platform = hall.adapter("platform");
        let (code, insurance) = (member(&hall, &application, CODE).await, member(&hall, &application, INSURANCE).await);
        done_on_the_spot(&hall, &code).await;
        done_on_the_spot(&hall, &insurance).await;
        let seal = member(&hall, &application, SEAL).await;
        hall.grant(&seal).await;
        platform.reads_application(&application).await.ok();
        assert_eq!((application.state(), application.view()["counts"]["granted"].clone()), ("complete".to_owned(), json!(3)));

        let head = hall.head(&insurance.department());
        head.reads(&insurance).await.ok();
        head.revokes_grant(&insurance).await.ok();
        platform.reads_application(&application).await.ok();
        let view = application.view();
        assert_eq!((&view["state"], &view["counts"]["granted"], &view["counts"]["grant_ended"]), (&json!("partial"), &json!(2), &json!(1)));
        assert_eq!(application.member(INSURANCE)["standing"], "grant_ended");
        assert!(view["progress"].as_str().unwrap().contains("准予后撤销或者注销1项"), "{}", view["progress"]);
    }

    /// Clause C1-1, rule L6: whoever takes part of a package back finds its cases as time has left them, however late the
    /// duties are: what was deemed accepted is withdrawn after its acceptance.
    async fn what_fell_due_comes_before_a_withdrawal(hall: Hall) {
        let came = hall.a_new_morning().await;
        let application = filed(&hall).await;
        let insurance = member(&hall, &application, INSURANCE).await;
        let (platform, clerk) = (hall.adapter("platform"), hall.clerk_of(&insurance));
        let withdrawn = hall.before_any_duty(hall.after(came, 6), async || {
            platform.withdraws_part(&application, &[INSURANCE], false).await
        });
        withdrawn.await.ok();
        assert_eq!(application.member(INSURANCE)["standing"], "withdrawn");
        clerk.reads(&insurance).await.ok();
        assert_eq!((insurance.stage(), insurance.text("/acceptance/basis")), ("withdrawn".to_owned(), "deemed".to_owned()));
        assert_eq!(insurance.at("/acceptance/on"), json!(came));
        let timeline = clerk.reads_timeline(&insurance).await.ok();
        let kinds: Vec<_> = timeline.body.as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
        let at = |kind: &str| kinds.iter().position(|it| it == kind).unwrap_or_else(|| panic!("{kind}: {kinds:?}"));
        assert!(at("accepted") < at("withdrawn"));
    }

    /// Rule L10: an item found not to be required holds nobody up.
    async fn what_need_not_be_granted_holds_nobody_up(hall: Hall) {
        let application = filed(&hall).await;
        let (code, seal) = (member(&hall, &application, CODE).await, member(&hall, &application, SEAL).await);
        let clerk = hall.clerk_of(&code);
        clerk.finds_scope(&code, "no_licence_needed").await.ok();
        clerk.declares_not_required(&code).await.ok();
        clerk.reads(&seal).await.ok();
        assert_ne!(limit(&seal.view(), "check"), Value::Null);
        hall.accept(&seal).await;
    }

    /// Rule L10: what went on because the item before it was not required waits again once that is taken up again, at its check
    /// as at its decision; it is told why, and goes on when that is done.
    async fn what_comes_after_an_item_taken_up_again_waits_again(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (checked, reviewed) = (filed(&hall).await, filed(&hall).await);
        let codes = [member(&hall, &checked, CODE).await, member(&hall, &reviewed, CODE).await];
        for code in &codes {
            let clerk = hall.clerk_of(code);
            clerk.finds_scope(code, "no_licence_needed").await.ok();
            clerk.declares_not_required(code).await.ok();
        }
        let under_check = member(&hall, &checked, SEAL).await;
        let clerk = hall.clerk_of(&under_check);
        clerk.checks_everything(&under_check).await;
        let in_review = member(&hall, &reviewed, SEAL).await;
        let approver = hall.approver_of(&in_review);
        hall.accept(&in_review).await;
        hall.review(&in_review).await;

        for code in &codes {
            let head = hall.head(&code.department());
            head.reads(code).await.ok();
            head.reopens(code).await.ok();
        }
        clerk.reads(&under_check).await.ok();
        assert_eq!(under_check.forbids("accept"), "predecessor_pending");
        clerk.accepts(&under_check).await.refused("predecessor_pending");
        assert_eq!(limit(&under_check.view(), "check"), Value::Null, "no clock runs while it waits");
        assert_eq!(under_check.at("/held_back/since"), json!(today));
        assert!(under_check.text("/held_back/reason").contains("恢复办理后尚未办成"), "{}", under_check.at("/held_back"));
        approver.reads(&in_review).await.ok();
        approver.grants(&in_review).await.refused("predecessor_pending");
        let platform = hall.adapter("platform");
        platform.reads_application(&reviewed).await.ok();
        assert_eq!(reviewed.member(SEAL)["held_up"]["code"], "predecessor_pending");
        let timeline = clerk.reads_timeline(&under_check).await.ok();
        let told = timeline.body.as_array().unwrap().iter().find(|it| it["kind"] == "held_back").unwrap().clone();
        assert_eq!(told["role"], "system");

        for code in &codes {
            done_on_the_spot(&hall, code).await;
        }
        clerk.reads(&under_check).await.ok();
        assert_eq!((limit(&under_check.view(), "check")["start"].clone(), under_check.at("/held_back")), (json!(today), Value::Null));
        clerk.accepts(&under_check).await.ok();
        approver.reads(&in_review).await.ok();
        approver.grants(&in_review).await.ok();
        platform.reads_application(&reviewed).await.ok();
        assert_eq!(reviewed.member(SEAL)["standing"], "granted");
        for case in [&under_check, &in_review] {
            assert_eq!(hall.audit_admin().verifies(case).await.ok()["intact"], true);
        }
    }

    /// Clause C1-1: part of it is withdrawn; nothing is left behind that waits for what is gone.
    async fn part_of_a_package_is_withdrawn(hall: Hall) {
        let items = [CODE, SEAL, INSURANCE, VOUCHER, CHECK_UP];
        let application = hall.package_application(&items, &Enterprise::new()).await;
        let platform = hall.adapter("platform");
        let stale = application.etag();
        platform.withdraws_part(&application, &["law-legal-aid"], false).await.refused("not_a_member");
        platform.withdraws_part(&application, &[], false).await.names_field("/items");
        platform.withdraws_part(&application, &[CHECK_UP], false).await.ok();
        platform.withdraws_part(&application, &[CHECK_UP], false).await.refused("wrong_stage");
        let late = json!({ "items": [INSURANCE], "reason": "计划有变。" });
        let late = platform.post(&application.path("withdrawal")).if_match(&stale).json(&late).await;
        late.problem(412, "version_mismatch");

        platform.withdraws_part(&application, &[CODE], false).await.refused("dependents_would_fall");
        platform.withdraws_part(&application, &[CODE, SEAL], false).await.refused("dependents_would_fall");
        platform.reads_application(&application).await.ok();
        assert_eq!(application.view()["counts"]["withdrawn"], 1, "a refused withdrawal withdraws nothing");
        hall.clerk("data").withdraws_part(&application, &[CODE], true).await.refused("applicant_only");
        platform.withdraws_part(&application, &[CODE], true).await.ok();
        let gone = [(CODE, "withdrawn"), (SEAL, "withdrawn"), (INSURANCE, "under_way"), (VOUCHER, "withdrawn"), (CHECK_UP, "withdrawn")];
        assert_eq!((application.state(), application.standings()), ("open".to_owned(), standings(&gone)));
        platform.withdraws_part(&application, &[INSURANCE], false).await.ok();
        assert_eq!(application.state(), "withdrawn");
    }

    /// Clauses B2-2, C1-1: shared materials go where they are still open, and nowhere else.
    async fn a_shared_material_goes_where_it_is_open(hall: Hall) {
        let application = filed(&hall).await;
        let platform = hall.adapter("platform");
        platform.attaches_shared(&application, "no-such-material", PDF).await.refused("material_not_shared");
        hall.clerk("talent").attaches_shared(&application, "business-licence", PDF).await.denied(403, "not_posted_here");
        hall.adapter("another").attaches_shared(&application, "business-licence", PDF).await.hidden();
        assert_eq!(stored_files(&hall), 0, "what is refused is not kept");

        let (code, seal) = (member(&hall, &application, CODE).await, member(&hall, &application, SEAL).await);
        hall.accept(&code).await;
        platform.reads_application(&application).await.ok();
        platform.attaches_shared(&application, "business-licence", PDF).await.ok();
        platform.reads(&code).await.ok();
        platform.reads(&seal).await.ok();
        let handed = |case: &Case| {
            let materials = case.materials();
            let licence = materials.iter().find(|material| material["code"] == "business-licence").unwrap();
            licence["files"].as_array().unwrap().len()
        };
        assert_eq!((handed(&code), handed(&seal)), (0, 1));

        platform.withdraws_part(&application, &[SEAL], false).await.ok();
        platform.attaches_shared(&application, "business-licence", PDF).await.refused("no_member_takes_it");
        assert_eq!(stored_files(&hall), 1);
    }

    /// Clause C1-1: an application is for all that is not optional, by whom the items are for, and is whole or not there.
    async fn an_application_is_whole_or_not_there(hall: Hall) {
        let platform = hall.adapter("platform");
        let enterprise = Enterprise::new();
        let asks = |items: &[&str]| platform.applies_for(NEW_ENTERPRISE, for_items(items, &enterprise));
        asks(&[]).await.names_field("/items");
        asks(&[CODE, SEAL]).await.refused("member_required");
        asks(&[CODE, SEAL, INSURANCE, "law-legal-aid"]).await.refused("not_a_member");
        let person = platform.applies_for(NEW_ENTERPRISE, for_items(&REQUIRED, &Person::new())).await;
        person.refused("not_for_this_applicant");
        platform.applies_for("no-such-package", for_items(&REQUIRED, &enterprise)).await.hidden();
        let mut by_courier = for_items(&REQUIRED, &enterprise);
        by_courier["delivery"] = json!({ "method": "courier", "recipient": Person::new().recipient() });
        platform.applies_for(NEW_ENTERPRISE, by_courier).await.refused("delivery_not_offered");
        assert_eq!(platform.lists("").await.ok().ids(), [""; 0]);
        assert_eq!(platform.get("/v1/package-applications").await.ok().ids(), [""; 0]);

        let elsewhere = hall.clerk("finance").applies_for(NEW_ENTERPRISE, for_items(&REQUIRED, &enterprise)).await;
        elsewhere.denied(403, "not_posted_here");
        let here = hall.clerk("talent").applies_for(NEW_ENTERPRISE, for_items(&REQUIRED, &enterprise)).await.created();
        assert_eq!(here.at("/counts/total"), 3, "one window takes in for all");
        let code = hall.clerk("data").case_of(&PackageApplication::of(&here), CODE).await;
        assert_eq!(code.text("/first_contact"), "clerk-talent");
    }

    /// Clauses C1-1, F2-2: the same application sent again is the same application.
    async fn an_application_sent_twice_is_there_once(hall: Hall) {
        let platform = hall.adapter("platform");
        let (path, body) = ("/v1/packages/new-enterprise/applications", for_items(&REQUIRED, &Enterprise::new()));
        let first = platform.post(path).key("PACKAGE-1").json(&body).await.created();
        let again = platform.post(path).key("PACKAGE-1").json(&body).await.created();
        assert_eq!((first.text("/id"), &first.body), (again.text("/id"), &again.body));
        assert_eq!((again.header("idempotency-replayed"), again.header("location")), ("true", first.header("location")));
        let other = for_items(&REQUIRED, &Enterprise::new());
        platform.post(path).key("PACKAGE-1").json(&other).await.problem(422, "idempotency_key_reused");
        assert_eq!(platform.lists("").await.ok().ids().len(), 3);

        let application = PackageApplication::of(&first);
        let upload = || {
            let path = application.path("shared-materials/business-licence/files");
            platform.post(&path).if_match(&application.etag()).key("FILE-1").body("application/pdf", PDF)
        };
        let first = upload().await.ok();
        let again = upload().await.ok();
        assert_eq!((first.body, stored_files(&hall)), (again.body, 1));
    }

    /// Clauses A2-3, C1-1: whoever sees one of its cases sees the application, in the list too; nobody else does.
    async fn an_application_is_seen_by_whoever_sees_a_case_of_it(hall: Hall) {
        hall.with_another_centre().await;
        let all = [CODE, SEAL, INSURANCE, CHECK_UP];
        let older = hall.package_application(&REQUIRED, &Enterprise::new()).await;
        let application = hall.package_application(&all, &Enterprise::new()).await;
        let case = member(&hall, &application, CHECK_UP).await;
        let platform = hall.adapter("platform");
        let everybody = [&application.id, &older.id].map(Clone::clone);
        let only = [application.id.clone()];
        let seers = [
            (platform.clone(), &everybody[..]), (hall.clerk("data"), &everybody[..]), (hall.manager(), &everybody[..]),
            (hall.clerk("rule-of-law"), &only[..]), (hall.reviewer("justice"), &only[..]),
            (hall.applicant_of(&case), &only[..]),
        ];
        for (seer, listed) in seers {
            seer.reads_application(&application).await.ok();
            assert_eq!(seer.get("/v1/package-applications").await.ok().ids(), listed, "{seer:?}");
        }
        let tag = platform.reads_application(&application).await.ok();
        let unchanged = platform.get(&application.path("")).header("if-none-match", tag.header("etag")).await;
        assert_eq!(unchanged.status, 304);
        let first = hall.clerk("data").get("/v1/package-applications?limit=1").await.ok();
        let next = first.text("/page/next_cursor");
        let second = hall.clerk("data").get(&format!("/v1/package-applications?limit=1&cursor={next}")).await.ok();
        assert_eq!((first.ids(), second.ids()), (only.to_vec(), vec![older.id.clone()]));

        let older_case = member(&hall, &older, CODE).await;
        let others = [
            hall.clerk("finance"), hall.reviewer("commerce"), hall.adapter("another"), hall.applicant_of(&older_case),
            platform.in_centre(OTHER_CENTRE), hall.manager().in_centre(OTHER_CENTRE),
        ];
        for other in others {
            other.reads_application(&application).await.hidden();
            let listed = other.get("/v1/package-applications").await.ok().ids();
            assert!(!listed.contains(&application.id), "{other:?}");
        }
    }
}
