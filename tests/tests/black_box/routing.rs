//! 流转: worklists, assignment, hand-over.

use tests::*;

async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

fn ids(cases: &[&Case]) -> Vec<String> {
    cases.iter().map(|case| case.id.clone()).collect()
}

tests::on_both_stores! {
    /// Clause A3-1: what windows and platforms took in meets on the department's worklist.
    async fn the_worklist_is_fed_from_windows_and_online(hall: Hall) {
        let counter = accepted(&hall).await;
        let online = Application::for_item(items::PROMISED).by(&Person::new());
        let online = hall.adapter("platform").receives(online).await.case();
        let reviewer = hall.reviewer("justice");
        assert_eq!(reviewer.reads_worklist().await.ok().ids(), ids(&[&counter]), "not before it is accepted");
        assert_eq!(hall.clerk("rule-of-law").reads_worklist().await.ok().ids(), ids(&[&online]));

        hall.accept(&online).await;
        let mut waiting = reviewer.reads_worklist().await.ok().ids();
        waiting.sort();
        assert_eq!(waiting, ids(&[&counter, &online]));
        assert_eq!(hall.reviewer("commerce").reads_worklist().await.ok().ids(), [""; 0]);
        hall.manager().reads_worklist().await.denied(403, "role_not_allowed");

        hall.review(&counter).await;
        hall.approver("justice").grants(&counter).await.ok();
        assert_eq!(reviewer.reads_worklist().await.ok().ids(), ids(&[&online]));
        assert_eq!(hall.clerk("rule-of-law").reads_worklist().await.ok().ids(), ids(&[&counter]), "to be issued");
    }

    /// Clause A3-1: the most urgent comes first, whichever came in first.
    async fn the_worklist_begins_with_the_most_urgent(hall: Hall) {
        let slow = Application::for_item("policy-technology-upgrade-grant").by(&Enterprise::new());
        let slow = hall.received(slow, "policy").await;
        hall.accept(&slow).await;
        let quick = Application::for_item("policy-innovative-sme").by(&Enterprise::new());
        let quick = hall.received(quick, "policy").await;
        hall.accept(&quick).await;
        let list = hall.reviewer("economy-information").reads_worklist().await.ok();
        assert_eq!(list.ids(), ids(&[&quick, &slow]));
        assert!(list.data()[0]["due"].as_str() < list.data()[1]["due"].as_str());
    }

    /// Clause A3-1: a reviewer takes what nobody holds; the approver gives it to anybody of the department.
    async fn a_case_is_taken_or_given(hall: Hall) {
        let case = accepted(&hall).await;
        let (first, second) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        first.assigns(&case, &second).await.refused("only_for_oneself");
        first.reviews(&case, "grant").await.refused("not_assigned");
        first.takes(&case).await.ok();
        second.reads(&case).await.ok();
        assert_eq!(case.forbids("assign"), "already_assigned");
        second.takes(&case).await.refused("already_assigned");
        second.reviews(&case, "grant").await.refused("not_the_holder");
        let approver = hall.approver("justice");
        approver.assigns(&case, &hall.reviewer("commerce")).await.refused("not_a_colleague");
        approver.assigns(&case, &hall.clerk("rule-of-law")).await.refused("not_a_colleague");
        approver.assigns(&case, &second).await.ok();
        assert_eq!(case.text("/holder"), "reviewer2-justice");
        first.reviews(&case, "grant").await.refused("not_the_holder");
        second.reviews(&case, "grant").await.ok();
    }

    /// Clause B1-1: a hand-over counts when it is accepted; until then nobody works on the case.
    async fn a_hand_over_counts_when_it_is_accepted(hall: Hall) {
        let case = accepted(&hall).await;
        let (from, to) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        from.offers(&case, &to).await.refused("not_assigned");
        from.takes(&case).await.ok();
        from.offers(&case, &from).await.refused("handover_to_oneself");
        from.offers(&case, &hall.reviewer("commerce")).await.refused("not_a_colleague");
        from.offers(&case, &to).await.ok();
        assert_eq!((case.text("/holder"), case.text("/hand_over/to")), (from.code().to_owned(), to.code().to_owned()));
        from.reviews(&case, "grant").await.refused("handover_pending");
        to.reviews(&case, "grant").await.refused("handover_pending");
        hall.approver("justice").accepts_hand_over(&case).await.refused("not_offered_to_you");
        to.reads(&case).await.ok();
        assert!(case.allows("accept_hand_over"));
        to.accepts_hand_over(&case).await.ok();
        assert_eq!((case.text("/holder"), case.at("/hand_over")), (to.code().to_owned(), Value::Null));
        from.reviews(&case, "grant").await.refused("not_the_holder");
        to.reviews(&case, "grant").await.ok();
    }

    /// Clause B1-1: a hand-over that is declined leaves the case where it was, and both are on record.
    async fn a_hand_over_can_be_declined(hall: Hall) {
        let case = accepted(&hall).await;
        let (from, to) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        from.takes(&case).await.ok();
        to.declines_hand_over(&case).await.refused("no_handover_pending");
        from.offers(&case, &to).await.ok();
        from.declines_hand_over(&case).await.refused("not_offered_to_you");
        to.declines_hand_over(&case).await.ok();
        assert_eq!((case.text("/holder"), case.at("/hand_over")), (from.code().to_owned(), Value::Null));
        from.reviews(&case, "grant").await.ok();
        let timeline = from.reads_timeline(&case).await.ok();
        let kinds: Vec<&Value> = timeline.body.as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
        assert!(kinds.contains(&&json!("hand_over_offered")) && kinds.contains(&&json!("hand_over_declined")));
    }

    /// Clauses A2-3, A3-1: whom a case can be given to is who is posted to the department today.
    async fn colleagues_are_who_is_posted_to_the_department(hall: Hall) {
        let names = async |caller: &Caller| {
            let answer = caller.get("/v1/colleagues").await.ok();
            let names = answer.body.as_array().unwrap().iter().map(|colleague| colleague["staff"].to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        let justice = "\"approver-justice\" \"reviewer-justice\" \"reviewer2-justice\"";
        assert_eq!(names(&hall.approver("justice")).await, justice);
        assert_eq!(names(&hall.reviewer("justice")).await, justice);
        let postings = hall.security_admin().get("/v1/postings?staff=reviewer2-justice").await.ok();
        let path = format!("/v1/postings/{}/end", postings.ids()[0]);
        let yesterday = today() - chrono::Days::new(1);
        hall.security_admin().post(&path).json(&json!({ "until": yesterday })).await.ok();
        assert_eq!(names(&hall.approver("justice")).await, "\"approver-justice\" \"reviewer-justice\"");
        assert_eq!(names(&hall.staff(kernel::Role::Reviewer, "nobody")).await, "");
    }
}
