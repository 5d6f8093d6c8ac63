//! 岗位终止 and 窗口移交: nobody ever without an owner.

use chrono::{Days, NaiveDate};
use kernel::Role;
use tests::*;

const WINDOW: &str = "rule-of-law";

/// Somebody more at the window, or in the department.
async fn posted(hall: &Hall, role: Role, code: &str) -> Caller {
    let window = (role == Role::Clerk).then_some(WINDOW);
    let mut posting = json!({
        "staff": code, "role": role, "department": "justice", "from": today() - Days::new(30),
    });
    if let Some(window) = window {
        posting["window"] = json!(window);
        posting["zone"] = json!("acceptance");
    }
    hall.security_admin().post("/v1/postings").json(&posting).await.created();
    hall.staff(role, code)
}

/// The posting of somebody in their role ends with this day.
pub(crate) async fn ends(hall: &Hall, who: &Caller, until: NaiveDate) {
    let admin = hall.security_admin();
    let postings = admin.get(&format!("/v1/postings?staff={}", who.code())).await.ok();
    let open = |posting: &&Value| posting["until"].is_null() && posting["role"] == json!(who.role());
    let open = postings.data().iter().find(open).unwrap();
    let path = format!("/v1/postings/{}/end", open["id"].as_str().unwrap());
    admin.post(&path).json(&json!({ "until": until })).await.ok();
}

pub(crate) fn yesterday(hall: &Hall) -> NaiveDate {
    hall.today() - Days::new(1)
}

/// Waits until nobody answers for it but its unit.
async fn is_back(hall: &Hall, case: &Case) {
    until_within(30, "it is back with its unit", async || {
        hall.manager().reads(case).await.ok();
        (case.text("/responsible/kind") != "staff").then_some(())
    })
    .await;
}

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), WINDOW).await
}

async fn kinds(caller: &Caller, case: &Case) -> Vec<String> {
    let timeline = caller.reads_timeline(case).await.ok();
    let entries = timeline.body.as_array().unwrap().iter();
    entries.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

/// The chain as (who, how), after seeing that it has neither gap nor overlap.
async fn chain(hall: &Hall, case: &Case) -> Vec<(String, String)> {
    let answer = hall.manager().reads_responsibility(case).await.ok();
    let tenures = answer["tenures"].as_array().unwrap();
    for (one, next) in tenures.iter().zip(&tenures[1..]) {
        assert_eq!(one["until"], next["from"], "{}", answer.body);
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tenures.iter().map(|tenure| (text(&tenure["who"]["code"]), text(&tenure["how"]))).collect()
}

fn pair(who: &str, how: &str) -> (String, String) {
    (who.to_owned(), how.to_owned())
}

tests::on_both_stores! {
    /// Clause B5-1: when a posting ends, what its holder answered for is on the department's worklist again, on nobody's
    /// desk; the supervisor and the head list it, read of it in the feed, and a colleague takes it.
    async fn what_a_reviewer_leaves_goes_back_to_the_department(hall: Hall) {
        hall.a_new_morning().await;
        let (leaving, staying) = (hall.reviewer("justice"), hall.reviewer2("justice"));
        let (one, other, theirs) = (received(&hall).await, received(&hall).await, received(&hall).await);
        for case in [&one, &other, &theirs] {
            hall.accept(case).await;
        }
        leaving.takes(&one).await.ok();
        leaving.reviews(&one, "grant").await.ok();
        leaving.takes(&other).await.ok();
        leaving.offers(&other, &staying).await.ok();
        staying.takes(&theirs).await.ok();
        let due = one.due("statutory");
        assert_eq!(hall.supervisor().lists("returned=true").await.ok().ids(), [""; 0]);
        ends(&hall, &leaving, yesterday(&hall)).await;
        is_back(&hall, &one).await;
        is_back(&hall, &other).await;
        for case in [&one, &other] {
            assert_eq!((case.text("/responsible/kind").as_str(), case.text("/responsible/code").as_str()), ("department", "justice"));
            assert_eq!((case.at("/holder"), case.at("/hand_over")), (Value::Null, Value::Null));
            assert_eq!(kinds(&staying, case).await.iter().filter(|kind| *kind == "returned_to_unit").count(), 1);
            assert_eq!(chain(&hall, case).await.last().unwrap(), &pair("justice", "returned"));
        }
        assert_eq!((one.due("statutory"), one.text("/review/recommends").as_str()), (due, "grant"));
        hall.manager().reads(&theirs).await.ok();
        assert_eq!(theirs.text("/holder"), staying.code());
        let mut returned = [one.id.clone(), other.id.clone()];
        returned.sort();
        for caller in [hall.supervisor(), hall.head("justice"), hall.approver("justice")] {
            let mut listed = caller.lists("returned=true").await.ok().ids();
            listed.sort();
            assert_eq!(listed, returned);
        }
        assert_eq!(hall.head("commerce").lists("returned=true").await.ok().ids(), [""; 0]);
        assert!(!hall.supervisor().lists("returned=false").await.ok().ids().contains(&one.id));
        until("the head is told", async || {
            let path = "/v1/events?after=0&limit=100&types=cn.gov.yichuang.case.returned_to_unit.v1";
            let told = hall.head("justice").get(path).await.ok();
            (told.data().len() == 2).then_some(())
        })
        .await;
        let worklist = staying.reads_worklist().await.ok();
        assert!(returned.iter().all(|id| worklist.ids().contains(id)));

        staying.reads(&one).await.ok();
        staying.takes(&one).await.ok();
        assert_eq!(chain(&hall, &one).await.last().unwrap(), &pair(staying.code(), "taken"));
        assert_eq!(hall.supervisor().lists("returned=true").await.ok().ids(), [other.id.as_str()]);
        hall.audit_admin().verifies(&one).await.ok();
    }

    /// Clause B5-1: a posting that ends by its date does so when that day is over, and what is done survives a restart.
    async fn what_ends_by_its_date_goes_back_when_the_day_is_over(hall: Hall) {
        let morning = hall.a_new_morning().await;
        let leaving = hall.reviewer("justice");
        let case = received(&hall).await;
        hall.accept(&case).await;
        leaving.takes(&case).await.ok();
        ends(&hall, &leaving, morning).await;
        hall.time_passes_to_day(morning, 23, 0).await;
        hall.manager().reads(&case).await.ok();
        assert_eq!(case.text("/responsible/code"), leaving.code(), "it is still their day");
        hall.the_day_after(morning).await;
        hall.manager().reads(&case).await.ok();
        assert_eq!(case.text("/responsible/kind"), "department");
        let version = case.at("/version");
        hall.restarts().await;
        hall.working_days(1).await;
        is_back(&hall, &case).await;
        let returned = kinds(&hall.manager(), &case).await;
        assert_eq!(returned.iter().filter(|kind| *kind == "returned_to_unit").count(), 1, "{version}: {returned:?}");
    }

    /// Clause B5-1: before acceptance and after the decision it is the window's; whoever touches it next takes it.
    async fn what_a_clerk_leaves_goes_back_to_the_window(hall: Hall) {
        hall.a_new_morning().await;
        let (leaving, other) = (hall.clerk(WINDOW), posted(&hall, Role::Clerk, "clerk-two").await);
        let (waiting, issued) = (received(&hall).await, received(&hall).await);
        hall.issue(&issued).await;
        leaving.offers(&waiting, &other).await.ok();
        ends(&hall, &leaving, yesterday(&hall)).await;
        for case in [&waiting, &issued] {
            is_back(&hall, case).await;
            assert_eq!((case.text("/responsible/kind").as_str(), case.text("/responsible/code").as_str()), ("window", WINDOW));
        }
        assert_eq!(waiting.at("/hand_over"), Value::Null);
        assert_eq!(waiting.text("/first_contact"), leaving.code());
        let mut listed = other.lists("returned=true").await.ok().ids();
        listed.sort();
        let mut returned = [waiting.id.clone(), issued.id.clone()];
        returned.sort();
        assert_eq!(listed, returned);
        other.reads(&waiting).await.ok();
        other.checks_scope(&waiting).await.ok();
        assert_eq!(chain(&hall, &waiting).await.last().unwrap(), &pair(other.code(), "taken"));
    }

    /// Clause B5-1: whoever still has another posting in the same unit keeps everything, until that one ends, too.
    async fn who_is_still_posted_there_keeps_the_case(hall: Hall) {
        hall.a_new_morning().await;
        let reviewer = hall.reviewer("justice");
        let approver = posted(&hall, Role::Approver, reviewer.code()).await;
        let case = received(&hall).await;
        hall.accept(&case).await;
        reviewer.takes(&case).await.ok();
        ends(&hall, &reviewer, yesterday(&hall)).await;
        hall.working_days(1).await;
        approver.reads(&case).await.ok();
        assert_eq!((case.text("/holder"), case.text("/responsible/code")), (reviewer.code().to_owned(), reviewer.code().to_owned()));
        assert!(!kinds(&approver, &case).await.contains(&"returned_to_unit".to_owned()));
        ends(&hall, &approver, yesterday(&hall)).await;
        is_back(&hall, &case).await;
        assert_eq!(case.at("/holder"), Value::Null);
    }

    /// Clauses B1-1, B5-1: before acceptance a case passes to a colleague of the window once they have accepted it; each
    /// sees what they may do, and why not.
    async fn a_clerk_hands_a_case_over_at_the_window(hall: Hall) {
        hall.a_new_morning().await;
        let (from, to) = (hall.clerk(WINDOW), posted(&hall, Role::Clerk, "clerk-two").await);
        let colleagues = from.get("/v1/colleagues").await.ok();
        let named = |code: &str| colleagues.body.as_array().unwrap().iter().any(|it| it["staff"] == code && it["window"] == WINDOW);
        assert!(named(from.code()) && named(to.code()), "{}", colleagues.body);
        let case = received(&hall).await;
        from.reads(&case).await.ok();
        assert!(case.allows("offer_hand_over"));
        assert_eq!(case.forbids("accept_hand_over"), "no_handover_pending");
        from.offers(&case, &from).await.refused("handover_to_oneself");
        from.offers(&case, &hall.clerk("finance")).await.refused("not_a_colleague");
        from.offers(&case, &hall.reviewer("justice")).await.refused("not_a_colleague");
        to.offers(&case, &from).await.refused("not_the_holder");
        hall.reviewer("justice").offers(&case, &hall.reviewer2("justice")).await.refused("wrong_stage");
        hall.clerk("finance").accepts_hand_over(&case).await.hidden();
        from.offers(&case, &to).await.ok();
        assert_eq!((case.text("/hand_over/to").as_str(), case.text("/responsible/code").as_str()), (to.code(), from.code()));
        assert_eq!(case.forbids("offer_hand_over"), "handover_pending");
        from.accepts_hand_over(&case).await.refused("not_offered_to_you");
        from.checks_scope(&case).await.ok();
        to.reads(&case).await.ok();
        assert!(case.allows("accept_hand_over") && case.allows("decline_hand_over"));
        to.declines_hand_over(&case).await.ok();
        assert_eq!((case.at("/hand_over"), case.text("/responsible/code")), (Value::Null, from.code().to_owned()));
        from.offers(&case, &to).await.ok();
        to.accepts_hand_over(&case).await.ok();
        assert_eq!(case.text("/responsible/code"), to.code());
        to.accepts_hand_over(&case).await.refused("no_handover_pending");
        assert_eq!(chain(&hall, &case).await, [pair(from.code(), "first_contact"), pair(to.code(), "accepted")]);
        hall.accept(&case).await;
        to.reads(&case).await.ok();
        assert_eq!(case.forbids("offer_hand_over"), "wrong_stage");
    }

    /// Clause B5-1: an offer at the window that nobody accepts goes back by itself, in time.
    async fn an_offer_at_the_window_that_is_not_accepted_lapses(hall: Hall) {
        hall.a_new_morning().await;
        let (from, to) = (hall.clerk(WINDOW), posted(&hall, Role::Clerk, "clerk-two").await);
        let case = received(&hall).await;
        from.offers(&case, &to).await.ok();
        let last = hall.after(hall.today(), 1);
        hall.time_passes_to_day(last, 23, 0).await;
        from.reads(&case).await.ok();
        assert_eq!(case.text("/hand_over/to"), to.code());
        hall.the_day_after(last).await;
        from.reads(&case).await.ok();
        assert_eq!((case.at("/hand_over"), case.text("/responsible/code")), (Value::Null, from.code().to_owned()));
        to.accepts_hand_over(&case).await.refused("no_handover_pending");
        assert!(kinds(&from, &case).await.contains(&"hand_over_lapsed".to_owned()));
    }
}
