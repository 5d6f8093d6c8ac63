//! 文书: whose they are, what they are made from, and their seals.

use reqwest::Method;
use tests::*;

async fn documents(caller: &Caller, case: &Case) -> Vec<Value> {
    caller.get(&case.path("documents")).await.ok().body.as_array().unwrap().clone()
}

tests::on_both_stores! {
    /// Rules L6, L8, L9, 行政许可法 art. 32: a voucher names the agency that entrusted the window, who made it out and when,
    /// the digest under which it is on record, and bears that agency's seal, once.
    async fn a_voucher_bears_the_seal_of_the_agency(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.received(Application::for_item("talent-hr-service-licence").by(&Enterprise::new()).electronic(), "talent").await;
        let clerk = hall.clerk("talent");
        clerk.checks_all_but(&case, &["business-licence"]).await;
        assert_eq!(case.forbids("seal_document"), "nothing_to_seal");
        clerk.accepts_conditionally(&case, 5).await.ok();
        let due = case.due("condition");
        let applicant = hall.applicant_of(&case);
        let voucher = documents(&applicant, &case).await.remove(0);
        assert_eq!((&voucher["title"], &voucher["number"]), (&json!("容缺受理通知书"), &case.at("/acceptance/notice")));
        assert_eq!(voucher["agency"]["department"], case.department());
        assert_eq!(voucher["agency"]["uscc"].as_str().unwrap().len(), 18);
        assert!(!voucher["agency"]["name"].as_str().unwrap().is_ascii());
        assert_eq!((&voucher["by"], &voucher["role"], voucher.get("seal")), (&json!(clerk.code()), &json!("clerk"), None));
        let timeline = clerk.reads_timeline(&case).await.ok();
        let entry = timeline.body.as_array().unwrap().iter().find(|it| it["kind"] == "accepted").unwrap().clone();
        assert_eq!((&voucher["digest"], &voucher["at"]), (&entry["digest"], &entry["at"]), "what is on record");

        let number = voucher["number"].as_str().unwrap().to_owned();
        let seal = async |caller: &Caller, number: &str| {
            let body = json!({ "document": number, "seal": "TUlJQi4uLg==" });
            caller.acts(&case, Method::POST, "documents/seal", Some(body)).await
        };
        seal(&clerk, "331081受〔2026〕999999号").await.refused("no_such_document");
        seal(&applicant, &number).await.denied(403, "role_not_allowed");
        seal(&hall.head("commerce"), &number).await.hidden();
        let approver = hall.approver_of(&case);
        approver.reads(&case).await.ok();
        seal(&approver, &number).await.ok();
        seal(&approver, &number).await.refused("nothing_to_seal");
        let sealed = documents(&applicant, &case).await.remove(0);
        assert_eq!((&sealed["seal"]["seal"], &sealed["seal"]["by"]), (&json!("TUlJQi4uLg=="), &json!(approver.code())));
        assert_eq!(sealed["digest"], voucher["digest"]);

        hall.the_day_after(due).await;
        clerk.reads(&case).await.ok();
        let revoked = documents(&applicant, &case).await;
        let paper = revoked.last().unwrap();
        assert_eq!((&paper["title"], &paper["role"]), (&json!("撤销受理决定书"), &json!("system")), "broken, it is revoked in writing");
        assert_eq!(paper["number"], case.at("/acceptance_revocation/document"));
        assert_eq!((&voucher["stands"], &revoked[0]["stands"], &paper["stands"]), (&json!(true), &json!(false), &json!(true)));
        seal(&clerk, paper["number"].as_str().unwrap()).await.ok();
        assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
    }

    /// Rule L9: only the current result bears a seal; what it took the place of stays listed without one, as what holds no
    /// more.
    async fn a_superseded_result_is_not_sealed(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.adapter("platform").receives(Application::for_item(items::ON_THE_SPOT_FOR_ALL).by(&Person::new())).await.case();
        let clerk = hall.clerk_of(&case);
        clerk.reads(&case).await.ok();
        clerk.checks_everything(&case).await;
        clerk.decides_on_the_spot(&case, None).await.ok();
        let result = async || {
            let documents = documents(&clerk, &case).await;
            documents.iter().rfind(|it| it["title"] == "办理结果").unwrap()["number"].as_str().unwrap().to_owned()
        };
        let first = result().await;
        hall.approver_of(&case).replaces_result(&case, "correction").await.ok();
        let current = result().await;
        assert_ne!(first, current);
        let seal = async |number: &str| {
            let body = json!({ "document": number, "seal": "TUlJQi4uLg==" });
            clerk.acts(&case, Method::POST, "documents/seal", Some(body)).await
        };
        seal(&first).await.refused("document_superseded");
        seal(&current).await.ok();
        let sealed = documents(&clerk, &case).await;
        let seals: Vec<_> = sealed.iter().filter(|it| it.get("seal").is_some()).map(|it| it["number"].clone()).collect();
        assert_eq!(seals, [json!(current)]);
        let stands = async || {
            let papers = documents(&clerk, &case).await;
            papers.iter().filter(|it| it["stands"] == true).map(|it| it["number"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(stands().await, [case.at("/decision/document"), json!(current)], "what was replaced holds no more");
        hall.head(&case.department()).revokes_grant(&case).await.ok();
        assert_eq!(stands().await, [case.at("/delivery/grant_end/document")], "nor what was revoked");
    }

    /// Rule L9: what is finished on the spot has no voucher.
    async fn what_is_finished_on_the_spot_has_no_voucher(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.adapter("platform").receives(Application::for_item(items::ON_THE_SPOT_FOR_ALL).by(&Person::new())).await.case();
        let clerk = hall.clerk_of(&case);
        clerk.reads(&case).await.ok();
        clerk.checks_everything(&case).await;
        clerk.decides_on_the_spot(&case, None).await.ok();
        let titles: Vec<_> = documents(&clerk, &case).await.iter().map(|it| it["title"].clone()).collect();
        assert!(!titles.contains(&json!("受理通知书")) && titles.contains(&json!("准予决定书")), "{titles:?}");
    }

    /// Clause C3-1, rules L6 to L9: the four rules of the office hold for one matter from the counter to the decision: the
    /// first one asked answers for it, everything wrong is told at once, minor things may come later, and each step has its
    /// limit.
    async fn one_matter_by_all_the_rules_of_the_office(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = hall.received(Application::for_item("talent-hr-service-licence").by(&Enterprise::new()).electronic(), "talent").await;
        let (clerk, colleague) = (hall.clerk("talent"), hall.reviewer("human-resources"));
        assert_eq!(case.text("/first_contact"), clerk.code(), "首问责任");
        assert_eq!(case.due("check"), hall.after(today, 5), "限时办结");

        clerk.checks_all_but(&case, &["articles", "business-licence"]).await;
        clerk.notifies(&case, &["articles"], 5).await.refused("notice_incomplete");
        clerk.notifies(&case, &["articles", "business-licence"], 5).await.ok();
        let applicant = hall.applicant_of(&case);
        for material in ["articles", "business-licence"] {
            applicant.attaches(&case, material, "application/pdf", PDF).await.ok();
        }
        applicant.submits_corrections(&case).await.ok();
        clerk.finds_in_order(&case, "articles").await.ok();
        clerk.finds_incomplete(&case, "business-licence").await.ok();
        clerk.notifies(&case, &["business-licence"], 5).await.refused("already_told");

        clerk.accepts_conditionally(&case, 5).await.ok();
        assert_eq!((case.at("/condition/missing"), case.due("condition")), (json!(["business-licence"]), hall.after(today, 5)));
        let promised = case.due("promised");
        clerk.reads(&case).await.ok();
        let responsible = clerk.get(&case.path("responsibility")).await.ok();
        assert_eq!(responsible.at("/tenures/0/who/code"), &json!(clerk.code()), "until the department took it over");
        colleague.reads(&case).await.ok();
        colleague.takes(&case).await.ok();
        colleague.reviews(&case, "grant").await.ok();
        applicant.attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        clerk.finds_in_order(&case, "business-licence").await.ok();
        colleague.reviews(&case, "grant").await.ok();
        hall.approver_of(&case).grants(&case).await.ok();
        clerk.issues(&case).await.ok();
        clerk.delivers_electronically(&case).await.ok();
        assert!(hall.today() <= promised, "within the promise");
        let responsible = clerk.get(&case.path("responsibility")).await.ok();
        let tenures = responsible["tenures"].as_array().unwrap().clone();
        let gapless = tenures.windows(2).all(|pair| pair[0]["until"] == pair[1]["from"]);
        assert!(gapless && tenures.len() > 1, "nobody's for no moment: {tenures:?}");
    }
}
