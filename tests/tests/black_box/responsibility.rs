//! 首问责任: somebody answers for a case from the first touch to the end.

use tests::*;

async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

/// The chain as (who, how), after seeing that it has neither gap nor overlap.
async fn chain(hall: &Hall, case: &Case) -> Vec<(String, String)> {
    let answer = hall.manager().reads_responsibility(case).await.ok();
    let tenures = answer["tenures"].as_array().unwrap();
    for (one, next) in tenures.iter().zip(&tenures[1..]) {
        assert_eq!(one["until"], next["from"], "{}", answer.body);
    }
    let last = tenures.last().unwrap();
    assert_eq!(answer["now"].is_null(), last["until"].is_string(), "{}", answer.body);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tenures.iter().map(|tenure| (text(&tenure["who"]["code"]), text(&tenure["how"]))).collect()
}

fn said(chain: &[(String, String)]) -> Vec<(&str, &str)> {
    chain.iter().map(|(who, how)| (who.as_str(), how.as_str())).collect()
}

tests::on_both_stores! {
    /// Clause B5-1: from the window through review, hand-over and decision back to the window, without a gap.
    async fn the_chain_has_no_gap_from_first_touch_to_end(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person).electronic(), "rule-of-law").await;
        assert_eq!(said(&chain(&hall, &case).await), [("clerk-rule-of-law", "first_contact")]);
        hall.accept(&case).await;
        let (first, second) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        first.takes(&case).await.ok();
        first.offers(&case, &second).await.ok();
        assert_eq!(case.text("/responsible/code"), first.code(), "until it is accepted");
        second.accepts_hand_over(&case).await.ok();
        second.reviews(&case, "grant").await.ok();
        hall.approver("justice").grants(&case).await.ok();
        let clerk = hall.clerk("rule-of-law");
        clerk.issues(&case).await.ok();
        clerk.delivers_electronically(&case).await.ok();
        clerk.closes(&case).await.ok();
        let chain = chain(&hall, &case).await;
        let known = said(&chain);
        assert_eq!(known[0], ("clerk-rule-of-law", "first_contact"));
        assert!(known.contains(&("reviewer-justice", "taken")) && known.contains(&("reviewer2-justice", "accepted")), "{known:?}");
        assert_eq!(known.last().unwrap().1, "issuing");
        let stranger = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.applicant_of(&stranger).reads_responsibility(&case).await.hidden();
        hall.reviewer("commerce").reads_responsibility(&case).await.hidden();
    }

    /// Clause B5-1: an online case is the window's before anybody there has touched it.
    async fn an_online_case_is_the_windows_from_the_first_moment(hall: Hall) {
        hall.a_new_morning().await;
        let case = hall.adapter("platform").receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        assert_eq!(said(&chain(&hall, &case).await), [("rule-of-law", "first_contact")]);
        hall.clerk("rule-of-law").checks_scope(&case).await.ok();
        let chain = chain(&hall, &case).await;
        assert_eq!(said(&chain).last().unwrap().0, "clerk-rule-of-law");
    }

    /// Clause B5-1: an offer that nobody accepts goes back by itself, in time.
    async fn a_hand_over_that_is_not_accepted_lapses(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let (from, to) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        from.takes(&case).await.ok();
        from.offers(&case, &to).await.ok();
        let last = hall.after(hall.today(), 1);
        hall.time_passes_to_day(last, 23, 0).await;
        from.reads(&case).await.ok();
        assert_eq!(case.text("/hand_over/to"), to.code());
        hall.the_day_after(last).await;
        from.reads(&case).await.ok();
        assert_eq!((case.at("/hand_over"), case.text("/holder")), (Value::Null, from.code().to_owned()));
        to.accepts_hand_over(&case).await.refused("no_handover_pending");
        from.reviews(&case, "grant").await.ok();
    }

    /// Clause B5-1: 转办 counts when it is accepted; until then both departments see the case and the first answers for it,
    /// afterwards only the second does, and no limit starts anew.
    async fn a_transfer_moves_the_case_when_it_is_accepted(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let due = case.due("statutory");
        let (approver, theirs) = (hall.approver("justice"), hall.reviewer("commerce"));
        hall.reviewer("justice").takes(&case).await.ok();
        hall.reviewer("justice").transfers(&case, "commerce").await.denied(403, "role_not_allowed");
        theirs.reads(&case).await.hidden();
        approver.transfers(&case, "no-such-department").await.refused("department_unknown");
        approver.transfers(&case, "justice").await.refused("transfer_to_oneself");
        approver.transfers(&case, "commerce").await.ok();
        approver.transfers(&case, "taxation").await.refused("handover_pending");
        assert_eq!((case.text("/transfer/to").as_str(), case.department().as_str()), ("commerce", "justice"));
        hall.reviewer("justice").reviews(&case, "grant").await.refused("handover_pending");
        theirs.reads(&case).await.ok();
        assert_eq!(theirs.reads_tasks().await.ok().data()[0]["part"], "transfer");
        assert_eq!(theirs.reads_worklist().await.ok().ids(), [""; 0]);
        assert_eq!(theirs.lists("").await.ok().ids(), [case.id.as_str()]);
        theirs.takes(&case).await.denied(403, "other_department");
        hall.reviewer("taxation").accepts_transfer(&case).await.hidden();
        hall.reviewer("justice").accepts_transfer(&case).await.denied(403, "other_department");

        hall.working_days(1).await;
        theirs.reads(&case).await.ok();
        theirs.accepts_transfer(&case).await.ok();
        theirs.accepts_transfer(&case).await.denied(403, "other_department");
        assert_eq!((case.department().as_str(), case.text("/holder").as_str()), ("commerce", theirs.code()));
        assert_eq!(case.due("statutory"), due, "the applicant's limit is the same");
        hall.reviewer("justice").reads(&case).await.hidden();
        approver.grants(&case).await.hidden();
        assert_eq!(hall.reviewer("justice").lists("").await.ok().ids(), [""; 0]);
        assert_eq!(theirs.reads_worklist().await.ok().ids(), [case.id.as_str()]);
        assert_eq!(theirs.reads_tasks().await.ok().ids(), [""; 0]);
        theirs.reviews(&case, "grant").await.ok();
        hall.approver("commerce").grants(&case).await.ok();
        let chain = chain(&hall, &case).await;
        assert!(said(&chain).contains(&("reviewer-commerce", "accepted")), "{chain:?}");
    }

    /// Clause B5-1: declined or left lying, a transfer leaves the case where it was.
    async fn a_transfer_is_declined_or_lapses(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let (approver, theirs) = (hall.approver("justice"), hall.reviewer("commerce"));
        approver.transfers(&case, "commerce").await.ok();
        theirs.declines_transfer(&case).await.ok();
        assert_eq!((case.at("/transfer"), case.department().as_str()), (Value::Null, "justice"));
        theirs.reads(&case).await.hidden();
        approver.reads(&case).await.ok();
        approver.transfers(&case, "commerce").await.ok();
        hall.the_day_after(hall.after(hall.today(), 1)).await;
        approver.reads(&case).await.ok();
        assert_eq!(case.at("/transfer"), Value::Null);
        theirs.accepts_transfer(&case).await.hidden();
        assert_eq!(theirs.reads_tasks().await.ok().data().len(), 0);
    }

    /// Clause B5-1: whoever the work is delegated to does it; the holder goes on answering for it.
    async fn delegation_leaves_responsibility_where_it_is(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let (holder, delegate) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        holder.delegates(&case, &delegate).await.refused("not_assigned");
        holder.takes(&case).await.ok();
        delegate.delegates(&case, &holder).await.refused("not_the_holder");
        holder.delegates(&case, &holder).await.refused("delegation_to_oneself");
        holder.delegates(&case, &hall.reviewer("commerce")).await.refused("not_a_colleague");
        holder.ends_delegation(&case).await.refused("no_delegation");
        holder.delegates(&case, &delegate).await.ok();
        assert_eq!((case.text("/delegate"), case.text("/responsible/code")), (delegate.code().to_owned(), holder.code().to_owned()));
        delegate.reviews(&case, "grant").await.ok();
        assert_eq!(case.at("/delegate"), Value::Null, "what was delegated is done");
        delegate.ends_delegation(&case).await.refused("no_delegation");
        holder.delegates(&case, &delegate).await.ok();
        delegate.ends_delegation(&case).await.ok();
        delegate.reviews(&case, "grant").await.refused("not_the_holder");
        assert!(!said(&chain(&hall, &case).await).iter().any(|(who, _)| *who == delegate.code()));
    }

    /// Clause B5-1: back to a step that was taken, by name; what follows is done again, and its limit starts anew.
    async fn rework_starts_the_step_anew(hall: Hall) {
        hall.a_new_morning().await;
        let case = accepted(&hall).await;
        let (reviewer, approver) = (hall.reviewer("justice"), hall.approver("justice"));
        reviewer.takes(&case).await.ok();
        approver.returns_for_rework(&case, "review").await.refused("step_not_taken");
        reviewer.reviews(&case, "grant").await.ok();
        approver.returns_for_rework(&case, "joint_review").await.refused("step_not_taken");
        approver.returns_for_rework(&case, "acceptance").await.names_field("/to");
        reviewer.returns_for_rework(&case, "review").await.denied(403, "role_not_allowed");
        let today = hall.working_days(2).await;
        approver.reads(&case).await.ok();
        approver.returns_for_rework(&case, "review").await.ok();
        assert_eq!(case.at("/review"), Value::Null);
        assert_eq!(limit(&case.view(), "review")["start"], json!(today));
        approver.grants(&case).await.refused("not_reviewed");
        let first = case.due("review");
        hall.the_day_after(first).await;
        reviewer.reads(&case).await.ok();
        let overdue = case.at("/reminders").as_array().unwrap().iter().filter(|it| it["limit"] == "review").count();
        assert!(overdue >= 1, "the second run has reminders of its own: {}", case.at("/reminders"));
        reviewer.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.ok();
        assert_eq!(case.at("/reworks").as_array().unwrap().len(), 1);
    }
}
