//! 每周分类梳理 under pressure: at once, after downtime, by people who have not seen the latest (clause D4-1, rule L17).

use std::future::IntoFuture;

use reqwest::Method;
use tests::*;

use crate::submissions::told_of;

/// All of them at once, and their answers in order.
pub(crate) async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let sent: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// One went through; the others were refused with one of these codes.
#[track_caller]
pub(crate) fn only_one_went_through(answers: &[Answer], refused: &[&str]) {
    let (done, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status < 300);
    assert_eq!(done.len(), 1, "{:?}", answers.iter().map(|it| (it.status, &it["code"])).collect::<Vec<_>>());
    for other in others {
        let code = other["code"].as_str().unwrap_or_default();
        assert!(refused.contains(&code), "{} answered {} {}", other.request, other.status, other.body);
    }
}

/// What stands on the record of a session, in order: what, and by whom.
fn record(hall: &Hall, week: &str) -> Vec<String> {
    let query =
        format!("SELECT kind || ' ' || actor AS line FROM events WHERE stream = 'triage:{week}' ORDER BY version");
    texts(&mut hall.outside(), &query)
}

async fn missed_weeks(hall: &Hall) -> Vec<String> {
    let sessions = hall.manager().get("/v1/triage-sessions?limit=200").await.ok();
    let missed = sessions.data().iter().filter(|session| session["state"] == "missed");
    missed.map(|session| session["week"].as_str().unwrap().to_owned()).collect()
}

fn outcome(impasse: &Impasse) -> Value {
    json!({ "impasse": impasse.id, "outcome": "graded", "level": "general", "reason": "一个窗口即可解决。" })
}

tests::on_both_stores! {
    /// Clause D4-1: two sessions in one week are one too many, however close together they begin.
    async fn a_week_has_one_session(hall: Hall) {
        hall.a_new_morning().await;
        hall.filed_impasse().await;
        let manager = hall.manager();
        let openings = (0..8).map(|_| manager.call(Method::POST, "/v1/triage-sessions"));
        only_one_went_through(&at_once(openings).await, &["session_exists"]);
        let sessions = manager.get("/v1/triage-sessions").await.ok();
        assert_eq!(sessions.data().len(), 1, "{}", sessions.body);
        let week = sessions.data()[0]["week"].as_str().unwrap();
        assert_eq!(record(&hall, week), ["triage_opened manager"]);
    }

    /// Clauses D4-1, D4-2: an item is graded once, with its session, however many say so at once.
    async fn an_item_is_graded_once(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.filed_impasse().await;
        let manager = hall.manager();
        let week = manager.opens_triage().await;
        let path = format!("/v1/triage-sessions/{week}/outcomes");
        let grading = || manager.post(&path).if_match("*").json(&outcome(&impasse));
        only_one_went_through(&at_once((0..6).map(|_| grading())).await, &["not_on_agenda"]);
        let holding = || manager.post(&format!("/v1/triage-sessions/{week}/holding")).if_match("*").json(&json!({}));
        only_one_went_through(&at_once((0..6).map(|_| holding())).await, &["session_closed"]);
        assert_eq!(record(&hall, &week), ["triage_opened", "triage_settled", "triage_held"].map(|it| format!("{it} manager")));
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.at("/gradings").as_array().unwrap().len(), 1);
        assert_eq!((impasse.at("/gradings/0/how"), impasse.at("/gradings/0/week")), (json!("triage"), json!(week)));
        assert_eq!(impasse.at("/rounds").as_array().unwrap().len(), 1);
    }

    /// Clause D4-1: what was not looked at for weeks is an alarm for each of them, late rather than never and once, whoever
    /// finds it: time itself, or whoever opens the next session first.
    async fn weeks_that_passed_unseen_are_noted_once(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.filed_impasse().await;
        let filed_on = hall.today();
        let back = hall.after(filed_on, 15);
        hall.clock_jumps_to(back).await;
        let opened = hall.manager().opens_triage().await;
        let weeks = until("the weeks are noted", async || {
            Some(missed_weeks(&hall).await).filter(|weeks| weeks.len() >= 2)
        })
        .await;
        assert!(!weeks.contains(&opened) && weeks.is_sorted_by(|a, b| a > b), "{weeks:?}");
        hall.restarts().await;
        hall.the_day_after(back).await;
        assert!(missed_weeks(&hall).await.ends_with(&weeks), "nothing is noted again");
        for week in &weeks {
            assert_eq!(record(&hall, week), ["triage_missed system"], "{week}");
            let session = hall.audit_admin().get(&format!("/v1/triage-sessions/{week}")).await.ok();
            assert_eq!(session.at("/alarm/agenda/0/id"), &json!(impasse.id));
            assert_eq!(session["opened_by"], Value::Null);
        }
        let agenda = hall.manager().get(&format!("/v1/triage-sessions/{opened}/agenda")).await.ok();
        assert_eq!(agenda.at("/items/0/id"), &json!(impasse.id), "and it still waits: {}", agenda.body);
    }

    /// Clause D4-1: a session that was opened and never held is none: the alarm is the same, and what it left waits on the
    /// next agenda. A week whose agenda was empty needs no session.
    async fn a_session_that_was_not_held_is_missed(hall: Hall) {
        hall.a_new_morning().await;
        let manager = hall.manager();
        hall.working_days(10).await;
        assert_eq!(missed_weeks(&hall).await, Vec::<String>::new(), "nothing was filed");
        let ((one, _), (other, _)) = (hall.filed_impasse().await, hall.filed_impasse().await);
        let week = manager.opens_triage().await;
        manager.grades(&week, &one, "general").await.ok();
        manager.leaves_over(&week, &other).await.ok();
        hall.working_days(5).await;
        assert_eq!(missed_weeks(&hall).await, [week.as_str()]);
        manager.holds_triage(&week).await.refused("week_over");
        manager.grades(&week, &other, "general").await.refused("session_closed");
        let session = manager.get(&format!("/v1/triage-sessions/{week}")).await.ok();
        assert_eq!((&session["graded"], &session["left_over"], &session["missed"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(session.at("/alarm/agenda/0/id"), &json!(other.id));
        let next = manager.opens_triage().await;
        manager.grades(&next, &other, "difficult").await.ok();
        manager.holds_triage(&next).await.ok();
        hall.working_days(5).await;
        assert_eq!(missed_weeks(&hall).await, [week.as_str()], "held is held");
        manager.reads(&other).await.ok();
        assert_eq!(other.at("/left_over"), json!([{ "week": week, "reason": "待核实。" }]));
    }

    /// Clause D4-1: a session in which everything was graded and that nobody concluded was not held: it cannot be concluded in
    /// a later week, whether or not that has been noticed; the alarm says so, once; what it graded is graded.
    async fn a_session_is_concluded_in_its_week(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.filed_impasse().await;
        let manager = hall.manager();
        let week = manager.opens_triage().await;
        manager.grades(&week, &impasse, "general").await.ok();
        let late = hall.after(hall.today(), 7);
        hall.before_any_duty(late, async || manager.holds_triage(&week).await.refused("week_over")).await;
        let weeks = until("the week is noted", async || {
            Some(missed_weeks(&hall).await).filter(|weeks| !weeks.is_empty())
        })
        .await;
        assert_eq!(weeks, [week.as_str()]);
        manager.holds_triage(&week).await.refused("week_over");
        let lines = ["triage_opened manager", "triage_settled manager", "triage_missed system"];
        assert_eq!(record(&hall, &week), lines);
        let session = manager.get(&format!("/v1/triage-sessions/{week}")).await.ok();
        assert_eq!((&session["graded"], &session["missed"], session.at("/alarm/agenda")), (&json!(1), &json!(0), &json!([])));
        manager.reads(&impasse).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/gradings/0/week")), ("in_handling", json!(week)));
        let next = manager.opens_triage().await;
        manager.holds_triage(&next).await.ok();
        hall.working_days(5).await;
        assert_eq!((next == week, missed_weeks(&hall).await), (false, weeks));
    }

    /// Clause D4-1: whatever is new is on the agenda by itself, filed or not; what is not filed yet can only be left over,
    /// with the reason. A week without a session over it is an alarm, and the centre is told of it.
    async fn what_is_not_filed_yet_is_on_the_agenda_too(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.registered_impasse().await;
        let manager = hall.manager();
        let week = manager.opens_triage().await;
        let agenda = async |week: &str| manager.get(&format!("/v1/triage-sessions/{week}/agenda")).await.ok();
        let first = agenda(&week).await;
        assert_eq!((first.at("/items/0/id"), first.at("/items/0/filed_at")), (&json!(impasse.id), &Value::Null));
        manager.grades(&week, &impasse, "general").await.refused("not_awaiting_triage");
        manager.holds_triage(&week).await.refused("agenda_open");
        manager.leaves_over(&week, &impasse).await.ok();
        manager.holds_triage(&week).await.ok();
        hall.working_days(5).await;
        let next = manager.opens_triage().await;
        assert_eq!(agenda(&next).await.at("/items/0/times_left_over"), &json!(1));
        hall.working_days(5).await;
        assert_eq!(missed_weeks(&hall).await, [next.as_str()]);
        let missed = manager.get(&format!("/v1/triage-sessions/{next}")).await.ok();
        assert_eq!(missed.at("/alarm/agenda/0/id"), &json!(impasse.id));
        assert_eq!(missed.at("/alarm/to/kind"), "centre");
        let told = told_of(&hall, "cn.gov.yichuang.triage.missed.v1").await;
        assert_eq!((&told["subject"], &told["data"]["href"]), (&json!(next), &json!(format!("/v1/triage-sessions/{next}"))));
        let adapter = hall.adapter("zjzwfw");
        adapter.get("/v1/triage-sessions").await.denied(403, "role_not_allowed");
        let feed = adapter.get("/v1/events?types=cn.gov.yichuang.triage.missed.v1").await.ok();
        assert_eq!(feed.data().len(), 0, "it is not for a platform");
    }

    /// Clause D4-1: after the last working day of a week, and not before, by the legal calendar.
    async fn a_week_is_missed_when_its_last_working_day_is_over(hall: Hall) {
        let monday = hall.a_new_morning().await;
        let (_, _) = hall.filed_impasse().await;
        let calendar = kernel::Calendar::first_edition();
        let sunday = sunday_of(monday);
        let last = (0..7).map(|back| sunday - chrono::Days::new(back)).find(|day| calendar.is_working(*day)).unwrap();
        hall.time_passes_to_day(last, 23, 59).await;
        assert_eq!(missed_weeks(&hall).await, Vec::<String>::new());
        hall.time_passes_to_day(last + chrono::Days::new(1), 0, 0).await;
        assert_eq!(missed_weeks(&hall).await.len(), 1);
        if last < sunday {
            let late = hall.manager().call(Method::POST, "/v1/triage-sessions").await;
            late.refused("week_over");
        }
    }

    /// RFC 9110 §13: whoever has not seen the latest is told so, and a repeated request is answered once.
    async fn a_session_is_changed_by_who_has_seen_it(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.filed_impasse().await;
        let manager = hall.manager();
        let opened = manager.call(Method::POST, "/v1/triage-sessions").key("open-1").await.created();
        let again = manager.call(Method::POST, "/v1/triage-sessions").key("open-1").await.created();
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &opened.body));
        let (week, tag) = (opened.text("/week"), opened.header("etag").to_owned());
        assert_eq!(opened.header("location"), format!("/v1/triage-sessions/{week}"));
        let path = format!("/v1/triage-sessions/{week}/outcomes");
        manager.post(&path).json(&outcome(&impasse)).await.problem(428, "precondition_required");
        let graded = manager.post(&path).if_match(&tag).json(&outcome(&impasse)).await.ok();
        assert_ne!(graded.header("etag"), tag);
        manager.post(&path).if_match(&tag).json(&outcome(&impasse)).await.problem(412, "version_mismatch");
        let session = format!("/v1/triage-sessions/{week}");
        let unchanged = async |tag: &str| manager.get(&session).header("if-none-match", tag).await.status;
        assert_eq!((unchanged(graded.header("etag")).await, unchanged(&tag).await), (304, 200));
        let bare = json!({ "impasse": impasse.id, "outcome": "graded", "reason": "。" });
        manager.post(&path).if_match("*").json(&bare).await.names_field("/level");
        manager.get("/v1/triage-sessions/2026-W60").await.hidden();
        hall.clerk("fallback").get("/v1/triage-sessions").await.denied(403, "role_not_allowed");
    }
}

/// The Sunday of a day's week.
fn sunday_of(day: chrono::NaiveDate) -> chrono::NaiveDate {
    day.week(chrono::Weekday::Mon).last_day()
}
