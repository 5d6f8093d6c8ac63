//! 一次性告知 and 补正.

use reqwest::Method;
use tests::*;

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await
}

/// Told that the identity card is missing, with five working days.
async fn notified(hall: &Hall) -> Case {
    let (case, clerk) = (received(hall).await, hall.clerk("rule-of-law"));
    clerk.checks_all_but(&case, &["id-card"]).await;
    clerk.notifies(&case, &["id-card"], 5).await.ok();
    case
}

/// The applicant handed in what was asked for.
async fn corrected(hall: &Hall) -> Case {
    let case = notified(hall).await;
    let applicant = hall.applicant_of(&case);
    applicant.attaches(&case, "id-card", "application/pdf", PDF).await.ok();
    applicant.submits_corrections(&case).await.ok();
    case
}

async fn kinds(hall: &Hall, case: &Case) -> Vec<String> {
    let timeline = hall.clerk_of(case).reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

fn times(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|known| *known == kind).count()
}

tests::on_both_stores! {
    /// Clause B2-4, rules L6, L7: one notice with everything in it, its limit and what follows if it is not kept.
    async fn a_notice_names_everything_that_is_wrong(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, clerk) = (received(&hall).await, hall.clerk("rule-of-law"));
        clerk.notifies(&case, &["id-card"], 5).await.refused("scope_not_checked");
        clerk.checks_scope(&case).await.ok();
        clerk.notifies(&case, &["id-card"], 5).await.refused("not_all_checked");
        clerk.checks_all_but(&case, &["id-card", "hardship-statement"]).await;
        let refusal = clerk.notifies(&case, &["id-card"], 5).await.refused("notice_incomplete").text("/detail");
        let hardship = case.materials().into_iter().find(|it| it["code"] == "hardship-statement").unwrap();
        assert!(refusal.contains(hardship["name"].as_str().unwrap()), "{refusal}");
        let both = ["id-card", "hardship-statement"];
        clerk.notifies(&case, &["id-card", "hardship-statement", "application"], 5).await.refused("nothing_to_correct");
        clerk.notifies(&case, &["id-card", "hardship-statement", "id-card"], 5).await.refused("correction_repeated");
        clerk.notifies(&case, &["tax-return"], 5).await.refused("material_not_listed");
        clerk.notifies(&case, &[], 5).await.problem(422, "invalid_fields");
        clerk.notifies(&case, &both, 31).await.refused("limit_out_of_range");
        hall.reviewer("justice").notifies(&case, &both, 5).await.denied(403, "role_not_allowed");
        hall.clerk("finance").notifies(&case, &both, 5).await.hidden();

        clerk.notifies(&case, &both, 5).await.ok();
        assert_eq!((case.stage().as_str(), case.due("correction")), ("awaiting_correction", hall.after(today, 5)));
        clerk.notifies(&case, &both, 5).await.refused("wrong_stage");
        clerk.accepts(&case).await.refused("wrong_stage");
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        assert_eq!(case.at("/corrections/0/corrections").as_array().unwrap().len(), 2);
        assert_eq!(case.at("/corrections/0/due"), json!(hall.after(today, 5)));
        assert!(case.text("/corrections/0/consequence").contains("视为撤回"));
        assert!(!case.text("/corrections/0/notice").is_empty());
    }

    /// Clause B2-4: what was told, or could have been seen, is not told again; a supervisor may allow it with a reason,
    /// once, and the applicant sees every version.
    async fn a_second_notice_takes_a_supervisors_reason(hall: Hall) {
        hall.a_new_morning().await;
        let (clerk, manager) = (hall.clerk("rule-of-law"), hall.manager());
        let early = received(&hall).await;
        manager.allows_second_notice(&early).await.refused("no_earlier_notice");

        let case = corrected(&hall).await;
        assert_eq!(case.stage(), "under_check");
        clerk.finds_incomplete(&case, "id-card").await.ok();
        clerk.notifies(&case, &["id-card"], 5).await.refused("already_told");
        clerk.finds_in_order(&case, "id-card").await.ok();
        clerk.finds_incomplete(&case, "application").await.ok();
        clerk.notifies(&case, &["application"], 5).await.refused("already_visible");

        clerk.allows_second_notice(&case).await.denied(403, "role_not_allowed");
        manager.allows_second_notice(&case).await.ok();
        manager.allows_second_notice(&case).await.refused("already_allowed");
        clerk.notifies(&case, &["application"], 5).await.ok();
        let applicant = hall.applicant_of(&case);
        applicant.attaches(&case, "application", "application/pdf", PDF).await.ok();
        applicant.submits_corrections(&case).await.ok();
        assert_eq!(case.at("/corrections").as_array().unwrap().len(), 2, "both versions");
        assert_eq!(case.at("/corrections/0/exception"), Value::Null);
        assert_eq!(case.text("/corrections/1/exception"), "系统故障导致漏看。");
        clerk.finds_incomplete(&case, "application").await.ok();
        clerk.notifies(&case, &["application"], 5).await.refused("already_told");
    }

    /// Clause B2-4, rule L6: a page that the window itself adds makes no old defect new.
    async fn the_window_makes_no_defect_new(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (corrected(&hall).await, hall.clerk("rule-of-law"));
        clerk.finds_in_order(&case, "id-card").await.ok();
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
        clerk.finds_incomplete(&case, "application").await.ok();
        clerk.notifies(&case, &["application"], 5).await.refused("already_visible");
        hall.applicant_of(&case).attaches(&case, "application", "application/pdf", PDF).await.ok();
        clerk.finds_incomplete(&case, "application").await.ok();
        clerk.notifies(&case, &["application"], 5).await.ok();
        assert_eq!(case.at("/corrections/1/exception"), Value::Null, "no fault of the window");
    }

    /// Rule L7: the applicant's turn ends when everything that was asked for has come; the check begins anew.
    async fn corrections_are_submitted_complete(hall: Hall) {
        let today = hall.a_new_morning().await;
        let case = notified(&hall).await;
        let applicant = hall.applicant_of(&case);
        let stranger = hall.applicant_of(&received(&hall).await);
        applicant.submits_corrections(&case).await.refused("correction_missing");
        stranger.submits_corrections(&case).await.hidden();
        hall.working_days(2).await;
        applicant.attaches(&case, "id-card", "application/pdf", PDF).await.ok();
        applicant.submits_corrections(&case).await.ok();
        applicant.submits_corrections(&case).await.refused("wrong_stage");
        assert_eq!(case.due("check"), hall.after(today, 7));
        let clerk = hall.clerk("rule-of-law");
        clerk.finds_in_order(&case, "id-card").await.ok();
        clerk.accepts(&case).await.ok();
        assert_eq!(case.text("/acceptance/basis"), "in_order");
    }

    /// Rule L6, 行政许可法 art. 32(1)(4): nothing told within five working days, and the case is accepted as of the day it
    /// came; the window is warned two working days before, and it happens once.
    async fn what_nobody_checks_is_deemed_accepted(hall: Hall) {
        let came = hall.a_new_morning().await;
        let (case, clerk) = (received(&hall).await, hall.clerk("rule-of-law"));
        let due = case.due("check");
        assert_eq!(due, hall.after(came, 5));
        hall.working_days(2).await;
        clerk.reads(&case).await.ok();
        assert_eq!(case.at("/reminders"), Value::Null);
        hall.working_days(1).await;
        clerk.reads(&case).await.ok();
        let warning = json!({ "limit": "check", "rung": "amber", "due": due, "to": { "kind": "staff", "code": clerk.code() } });
        assert_eq!(case.at("/reminders"), json!([warning]));
        hall.time_passes_to_day(due, 23, 30).await;
        clerk.reads(&case).await.ok();
        assert_eq!(case.stage(), "under_check", "the whole of the last day is the window's");

        hall.the_day_after(due).await;
        clerk.reads(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/acceptance/basis").as_str()), ("in_review", "deemed"));
        assert_eq!(case.at("/acceptance/on"), json!(came));
        assert_eq!(case.due("statutory"), hall.after(came, 7), "from the day of receipt");
        assert!(!case.text("/acceptance/notice").is_empty());
        clerk.notifies(&case, &["id-card"], 5).await.refused("wrong_stage");
        hall.working_days(1).await;
        let kinds = kinds(&hall, &case).await;
        assert_eq!((times(&kinds, "accepted"), times(&kinds, "received")), (1, 1));
        assert_eq!(clerk.reads_worklist().await.ok().ids(), [""; 0], "it is the department's now");
        assert_eq!(hall.reviewer("justice").reads_worklist().await.ok().ids(), [case.id.as_str()]);
        let receipt = hall.stranger();
        let code = clerk.reads_receipt(&case).await.ok().text("/query_code");
        let progress = receipt.asks_progress(&case.number, &code).await.ok();
        assert_eq!(progress["accepted_on"], json!(came));
    }

    /// Rules L1, L6: what comes after the hall has closed, or on a day off, came on the next working day.
    async fn what_comes_out_of_hours_came_the_next_working_day(hall: Hall) {
        let day = hall.a_new_morning().await;
        hall.time_passes_to_day(day, 17, 30).await;
        let late = received(&hall).await;
        assert_eq!((limit(&late.view(), "check")["start"].clone(), late.due("check")), (json!(hall.after(day, 1)), hall.after(day, 6)));
        let calendar = kernel::Calendar::first_edition();
        let off = hall.today().iter_days().find(|day| !calendar.is_working(*day)).unwrap();
        hall.time_passes_to_day(off, 10, 0).await;
        let weekend = received(&hall).await;
        assert_eq!(limit(&weekend.view(), "check")["start"], json!(hall.after(off, 1)));
    }

    /// Rule L7: not corrected in time is withdrawn, the applicant reminded before.
    async fn what_nobody_corrects_is_deemed_withdrawn(hall: Hall) {
        hall.a_new_morning().await;
        let case = notified(&hall).await;
        let (applicant, due) = (hall.applicant_of(&case), case.due("correction"));
        hall.time_passes_to_day(due, 9, 0).await;
        applicant.reads(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/reminders/0/limit").as_str()), ("awaiting_correction", "correction"));
        hall.the_day_after(due).await;
        applicant.reads(&case).await.ok();
        assert_eq!(case.stage(), "withdrawn");
        let known = kinds(&hall, &case).await;
        assert_eq!(times(&known, "deemed_withdrawn"), 1);
        applicant.attaches(&case, "id-card", "application/pdf", PDF).await.refused("wrong_stage");
        applicant.submits_corrections(&case).await.refused("wrong_stage");
        hall.working_days(3).await;
        assert_eq!(kinds(&hall, &case).await, known, "nothing happens to what has ended");
    }

    /// Rule L7: corrected and still wrong is rejected, with written grounds and remedies.
    async fn what_is_still_wrong_is_rejected(hall: Hall) {
        hall.a_new_morning().await;
        let (clerk, first) = (hall.clerk("rule-of-law"), received(&hall).await);
        clerk.checks_all_but(&first, &["id-card"]).await;
        clerk.rejects_what_is_still_wrong(&first).await.refused("scope_finding_differs");

        let case = corrected(&hall).await;
        clerk.rejects_what_is_still_wrong(&case).await.refused("scope_finding_differs");
        clerk.finds_incomplete(&case, "id-card").await.ok();
        clerk.rejects(&case).await.refused("competent_body_superfluous");
        clerk.rejects_what_is_still_wrong(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/rejection/ground").as_str()), ("rejected", "still_deficient"));
        assert!(!case.at("/rejection/remedies").as_array().unwrap().is_empty());
        assert!(!case.text("/rejection/legal_basis").is_empty());
    }

    /// Clause B2-7: nobody asks for paper where the guide takes what is electronic.
    async fn paper_is_not_asked_for_where_electronic_will_do(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (received(&hall).await, hall.clerk("rule-of-law"));
        clerk.checks_all_but(&case, &["id-card"]).await;
        let demand = |material: &str| json!({
            "corrections": [{ "material": material, "wrong": "须提交纸质。", "mend": "提交纸质材料。", "on_paper": true }],
            "days": 5,
        });
        let path = "correction-notice";
        clerk.acts(&case, Method::POST, path, Some(demand("id-card"))).await.refused("paper_not_to_be_demanded");
        let in_passing = json!({
            "corrections": [{ "material": "id-card", "wrong": "未提交。", "mend": "请到窗口提交纸质材料。" }], "days": 5,
        });
        clerk.acts(&case, Method::POST, path, Some(in_passing)).await.refused("paper_not_to_be_demanded");
        clerk.attaches(&case, "id-card", "application/pdf", PDF).await.ok();
        clerk.finds_missing(&case, "id-card").await.refused("paper_not_to_be_demanded");
        let not_shown = json!({
            "present": true, "complete": true, "legal_form": false, "presented": "copy",
            "copy_check": "original_not_shown", "note": "请出示原件。",
        });
        clerk.checks_material(&case, "id-card", not_shown).await.refused("paper_not_to_be_demanded");

        let paper = hall.received(Application::for_item(items::ON_PAPER).by(&Enterprise::new()), "talent").await;
        let clerk = hall.clerk("talent");
        clerk.checks_all_but(&paper, &["health-report"]).await;
        clerk.acts(&paper, Method::POST, path, Some(demand("health-report"))).await.ok();
        assert_eq!(paper.at("/corrections/0/corrections/0/on_paper"), json!(true));
        clerk.submits_corrections(&paper).await.ok();
    }

    /// Rule L11: what the same applicant handed in before is offered, confirmed, and not asked for again.
    async fn materials_on_file_are_offered_and_confirmed(hall: Hall) {
        hall.a_new_morning().await;
        let (person, clerk) = (Person::new(), hall.clerk("rule-of-law"));
        let application = || Application::for_item(items::PROMISED).by(&person);
        let first = hall.received(application(), "rule-of-law").await;
        clerk.attaches(&first, "id-card", "application/pdf", PDF).await.ok();
        clerk.attaches(&first, "application", "application/pdf", PDF).await.ok();
        clerk.checks_everything(&first).await;
        clerk.finds_incomplete(&first, "application").await.ok();

        let (case, other) = (hall.received(application(), "rule-of-law").await, received(&hall).await);
        let applicant = hall.applicant_of(&case);
        let offered = applicant.reads_materials_on_file(&case).await.ok();
        let offered: Vec<_> = offered.body.as_array().unwrap().iter().map(|it| (it["material"].clone(), it["from_case"].clone())).collect();
        assert_eq!(offered, [(json!("id-card"), json!(first.id))], "only what was found good");
        assert_eq!(hall.applicant_of(&other).reads_materials_on_file(&other).await.ok().body, json!([]));
        hall.applicant_of(&other).reads_materials_on_file(&case).await.hidden();
        hall.applicant_of(&other).reuses(&other, "id-card", &first).await.refused("not_on_file");
        applicant.reuses(&case, "application", &first).await.refused("not_on_file");
        applicant.reuses(&case, "id-card", &other).await.refused("not_on_file");

        applicant.reuses(&case, "id-card", &first).await.ok();
        let card = case.materials().into_iter().find(|material| material["code"] == "id-card").unwrap();
        assert_eq!(card["files"].as_array().unwrap().len(), 1);
        clerk.reads(&case).await.ok();
        clerk.finds_missing(&case, "id-card").await.refused("paper_not_to_be_demanded");
        clerk.checks_everything(&case).await;
        clerk.accepts(&case).await.ok();
    }

    /// Rule L11: what is missing and on file for the applicant is not demanded by a notice, unless its applicant does not want
    /// it taken over or it is out of date; what was handed in wrong is.
    async fn materials_on_file_are_not_demanded_again(hall: Hall) {
        hall.a_new_morning().await;
        let (person, clerk) = (Person::new(), hall.clerk("rule-of-law"));
        let application = || Application::for_item(items::PROMISED).by(&person);
        let first = hall.received(application(), "rule-of-law").await;
        clerk.attaches(&first, "id-card", "application/pdf", PDF).await.ok();
        clerk.checks_everything(&first).await;

        let case = hall.received(application(), "rule-of-law").await;
        clerk.checks_all_but(&case, &["id-card"]).await;
        let refusal = clerk.notifies(&case, &["id-card"], 5).await.refused("material_on_file").text("/detail");
        assert!(refusal.contains(&first.number), "{refusal}");
        let naming = |why: &str| json!({
            "corrections": [{ "material": "id-card", "wrong": "未提交。", "mend": "请提交。", "not_reused": why }], "days": 5,
        });
        clerk.acts(&case, Method::POST, "correction-notice", Some(naming("lazy"))).await.problem(422, "invalid_fields");
        clerk.acts(&case, Method::POST, "correction-notice", Some(naming("declined"))).await.ok();
        assert_eq!(case.at("/corrections/0/corrections/0/not_reused"), json!("declined"));

        let wrong = hall.received(application(), "rule-of-law").await;
        clerk.checks_everything(&wrong).await;
        clerk.finds_incomplete(&wrong, "id-card").await.ok();
        clerk.acts(&wrong, Method::POST, "correction-notice", Some(naming("outdated"))).await.refused("nothing_on_file");
        clerk.notifies(&wrong, &["id-card"], 5).await.ok();

        let reused = hall.received(application(), "rule-of-law").await;
        clerk.checks_all_but(&reused, &["id-card"]).await;
        clerk.reuses(&reused, "id-card", &first).await.ok();
        clerk.finds_in_order(&reused, "id-card").await.ok();
        clerk.accepts(&reused).await.ok();
    }

    /// Rule L11, clause B2-7: what the item takes on paper alone would be asked for again, so it is neither offered nor
    /// confirmed, though a picture of it is on file.
    async fn what_is_taken_on_paper_alone_is_not_offered(hall: Hall) {
        hall.a_new_morning().await;
        let (enterprise, clerk) = (Enterprise::new(), hall.clerk("talent"));
        let application = || Application::for_item(items::ON_PAPER).by(&enterprise);
        let first = hall.received(application(), "talent").await;
        for material in ["qualification", "passport"] {
            clerk.attaches(&first, material, "application/pdf", PDF).await.ok();
        }
        clerk.checks_everything(&first).await;
        let case = hall.received(application(), "talent").await;
        let offered = clerk.reads_materials_on_file(&case).await.ok();
        let offered: Vec<_> = offered.body.as_array().unwrap().iter().map(|it| it["material"].clone()).collect();
        assert_eq!(offered, ["passport"]);
        clerk.reuses(&case, "qualification", &first).await.refused("not_on_file");
        clerk.reuses(&case, "passport", &first).await.ok();
        clerk.finds_missing(&case, "passport").await.refused("paper_not_to_be_demanded");
    }

    /// Rule L7: corrections that are submitted while the clock makes the case deemed withdrawn: one or the other.
    async fn a_correction_and_its_deadline_do_not_both_happen(hall: Hall) {
        hall.a_new_morning().await;
        let mut cases = Vec::new();
        for _ in 0..4 {
            cases.push(notified(&hall).await);
        }
        for case in &cases[..2] {
            hall.applicant_of(case).attaches(case, "id-card", "application/pdf", PDF).await.ok();
        }
        let due = cases[0].due("correction");
        let submit = async |case: &Case| hall.applicant_of(case).submits_corrections(case).await.status;
        let attach = async |case: &Case| hall.applicant_of(case).attaches(case, "id-card", "application/pdf", PDF).await.status;
        let (_, _, _, c, d) = tokio::join!(
            hall.the_day_after(due), submit(&cases[0]), submit(&cases[1]), attach(&cases[2]), attach(&cases[3]),
        );
        // What came before is submitted by its applicant or by time, and what comes now came in time or not at all.
        for (case, in_time) in cases.iter().zip([true, true, c < 300, d < 300]) {
            let known = kinds(&hall, case).await;
            let happened = (times(&known, "corrections_submitted"), times(&known, "deemed_withdrawn"));
            assert_eq!(happened, if in_time { (1, 0) } else { (0, 1) });
        }
    }

    /// Rule L7: what came in time and was never submitted is not withdrawn.
    async fn what_came_in_time_is_checked(hall: Hall) {
        hall.a_new_morning().await;
        let case = notified(&hall).await;
        hall.applicant_of(&case).attaches(&case, "id-card", "application/pdf", PDF).await.ok();
        hall.the_day_after(case.due("correction")).await;
        hall.applicant_of(&case).reads(&case).await.ok();
        assert_eq!(case.stage(), "under_check");
        let clerk = hall.clerk_of(&case);
        clerk.finds_incomplete(&case, "id-card").await.ok();
        clerk.rejects_what_is_still_wrong(&case).await.ok();
        assert_eq!(case.stage(), "rejected");
    }

    /// Rules L6, L7: whoever is late is late, also in the moments before the clock has been looked at.
    async fn what_comes_late_finds_what_time_has_done(hall: Hall) {
        hall.a_new_morning().await;
        let (told, case, clerk) = (notified(&hall).await, received(&hall).await, hall.clerk("rule-of-law"));
        let applicant = hall.applicant_of(&told);
        clerk.checks_all_but(&case, &["id-card"]).await;
        hall.clock_jumps_to(told.due("correction").succ_opt().unwrap()).await;
        let late = [
            applicant.call(Method::POST, &told.path("correction")).if_match("*").await,
            clerk.call(Method::POST, &case.path("correction-notice")).if_match("*").json(&json!({
                "corrections": [{ "material": "id-card", "wrong": "未提交。", "mend": "请提交。" }], "days": 5,
            })).await,
        ];
        for answer in late {
            answer.refused("wrong_stage");
        }
        until("time has done it", async || {
            applicant.reads(&told).await.ok();
            (told.stage() == "withdrawn").then_some(())
        }).await;
    }
}
