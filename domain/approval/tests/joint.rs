//! 联审联批: the plan, its dates and its opinions (clause B3-3, rules L5 and L10).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "joint/properties.rs"]
mod properties;

use approval::joint::{Answered, Asked, Given, JointReview, LineState, Opinion, Participant, Plan};
use catalog::{JointTerms, Silence};
use chrono::NaiveDate;
use kernel::{Calendar, DepartmentCode, Instant, Refusal, Text, WorkingDays, ledger::LimitKind};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn department(code: &str) -> DepartmentCode {
    code.parse().unwrap()
}

fn asks(code: &str, days: u16, after: &[&str]) -> Participant {
    let after = after.iter().map(|it| department(it)).collect();
    Participant { department: department(code), days: WorkingDays(days), after }
}

fn plan(participants: &[Participant]) -> Plan {
    Plan::new(participants, &department("planning")).unwrap()
}

fn terms(participants: &[Participant]) -> JointTerms {
    JointTerms { participants: participants.to_vec(), silence: Silence::Consent, inspection: None }
}

/// fire and water at once, traffic after both.
fn mixed() -> Plan {
    plan(&[asks("traffic", 3, &["fire", "water"]), asks("fire", 5, &[]), asks("water", 2, &[])])
}

/// Monday 2026-03-02: no holiday is near.
fn accepted(silence: Silence) -> JointReview {
    JointReview::new(mixed(), silence, day("2026-03-02"))
}

fn given(opinion: Opinion, on: &str) -> Given {
    let at = Instant::parse(&format!("{on}T02:00:00Z")).unwrap();
    Given { opinion, by: "expert".parse().unwrap(), at }
}

fn objection() -> Opinion {
    Opinion::Object { grounds: Text::new("消防间距不足").unwrap() }
}

fn conditional() -> Opinion {
    Opinion::AgreeWithConditions { conditions: Text::new("增设消火栓").unwrap() }
}

fn question(on: &str) -> Asked {
    let (what, by) = (Text::new("总平面图").unwrap(), "expert".parse().unwrap());
    Asked { what, materials: Vec::new(), by, on: day(on), answer: None }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(verdict: Result<T, Refusal>, code: &str) -> String {
    let refusal = verdict.unwrap_err();
    assert_eq!(refusal.code, code);
    refusal.detail.into_owned()
}

/// Clause B3-3
#[test]
fn what_is_no_plan_is_refused() {
    let drawn = |participants: &[Participant]| Plan::new(participants, &department("planning"));
    refused(drawn(&[]), "participants_out_of_range");
    let many: Vec<_> = (0..21).map(|n| asks(&format!("d{n}"), 1, &[])).collect();
    assert!(drawn(&many[..20]).is_ok());
    refused(drawn(&many), "participants_out_of_range");
    refused(drawn(&[asks("fire", 5, &[]), asks("fire", 3, &[])]), "participant_repeated");
    refused(drawn(&[asks("planning", 5, &[])]), "lead_among_participants");
    refused(drawn(&[asks("fire", 0, &[])]), "opinion_limit_out_of_range");
    refused(drawn(&[asks("fire", 31, &[])]), "opinion_limit_out_of_range");
    refused(drawn(&[asks("fire", 5, &["water"])]), "predecessor_unknown");
    refused(drawn(&[asks("fire", 5, &["water"]), asks("water", 5, &["fire"])]), "order_circular");
}

/// What is read back from the store is as sound as what was drawn.
#[test]
fn a_plan_and_a_review_read_back_as_written_and_unsound_ones_do_not() {
    let mut review = accepted(Silence::Open);
    review.record_question(&department("water"), question("2026-03-03"));
    review.record_opinion(&department("fire"), given(objection(), "2026-03-04"));
    review.record_opinion(&department("fire"), given(conditional(), "2026-03-05"));
    let json = serde_json::to_value(&review).unwrap();
    assert_eq!(serde_json::from_value::<JointReview>(json).unwrap(), review);
    let circular = serde_json::json!({ "participants": [{ "department": "fire", "days": 5, "after": ["fire"] }] });
    assert!(serde_json::from_value::<Plan>(circular).is_err());
}

/// Clause B3-3: the lead department decides the way, within what the item requires.
#[test]
fn a_plan_drops_nothing_that_the_item_requires() {
    let required = terms(&[asks("fire", 5, &[]), asks("water", 5, &["fire"])]);
    let honours = |participants: &[Participant]| plan(participants).must_honour(&required);
    assert_eq!(honours(&[asks("fire", 5, &[]), asks("water", 3, &["fire"]), asks("health", 9, &[])]), Ok(()));
    let through_others = [
        asks("fire", 5, &[]),
        asks("health", 1, &["fire"]),
        asks("traffic", 1, &["health"]),
        asks("water", 5, &["traffic"]),
    ];
    assert_eq!(honours(&through_others), Ok(()), "the order holds through health and traffic");
    refused(honours(&[asks("fire", 5, &[])]), "participant_dropped");
    refused(honours(&[asks("fire", 5, &[]), asks("water", 5, &[])]), "order_dropped");
    refused(honours(&[asks("water", 5, &[]), asks("fire", 5, &["water"])]), "order_dropped");
    refused(honours(&[asks("fire", 6, &[]), asks("water", 5, &["fire"])]), "opinion_limit_too_long");
}

/// Clause B3-3, rule L10: dates, slack, critical path and holders of a mixed plan.
#[test]
fn the_schedule_shows_who_holds_the_case_and_what_is_critical() {
    let calendar = Calendar::first_edition();
    let review = accepted(Silence::Open);
    let now = review.schedule(&calendar, day("2026-03-02"));
    let told: Vec<_> = now
        .lines
        .iter()
        .map(|it| (it.department.as_str(), it.starts, it.due.date, it.slack.0, it.critical, it.state))
        .collect();
    let start = day("2026-03-02");
    assert_eq!(
        told,
        [
            ("fire", start, day("2026-03-09"), 0, true, LineState::Working),
            ("water", start, day("2026-03-04"), 3, false, LineState::Working),
            ("traffic", day("2026-03-09"), day("2026-03-12"), 0, true, LineState::Waiting),
        ]
    );
    assert_eq!((now.ends.date, now.ends.provisional), (day("2026-03-12"), false));
    assert_eq!(now.holders, [department("fire"), department("water")]);
}

/// Rule L10: a serial participant starts at the written completion of its last predecessor, be it early or late.
#[test]
fn a_serial_participant_starts_at_its_predecessors_completion() {
    let calendar = Calendar::first_edition();
    let mut review = accepted(Silence::Open);
    review.record_opinion(&department("fire"), given(Opinion::Agree, "2026-03-03"));
    assert_eq!(review.ledger(&department("traffic")), None, "water is still to come");
    let late = review.schedule(&calendar, day("2026-03-06"));
    assert_eq!(late.ends.date, day("2026-03-11"), "water is late through today");
    assert_eq!(late.holders, [department("water")]);
    review.record_opinion(&department("water"), given(Opinion::Agree, "2026-03-09"));
    let ledger = review.ledger(&department("traffic")).unwrap();
    assert_eq!((ledger.kind, ledger.start), (LimitKind::Opinion, day("2026-03-09")));
    let now = review.schedule(&calendar, day("2026-03-09"));
    assert_eq!((now.ends.date, now.holders), (day("2026-03-12"), vec![department("traffic")]));
    review.record_opinion(&department("traffic"), given(Opinion::Agree, "2026-03-10"));
    let over = review.schedule(&calendar, day("2026-04-10"));
    assert_eq!((over.ends.date, over.holders), (day("2026-03-10"), vec![]));
}

/// 首日计入: where practice counts the day a limit starts, an opinion's is one working day shorter, along the whole plan.
#[test]
fn the_first_day_of_an_opinion_counts_where_practice_says_so() {
    let calendar = Calendar::first_edition();
    let mut review = JointReview { counts_start: true, ..accepted(Silence::Open) };
    let due = |review: &JointReview, code: &str| {
        let ledger = review.ledger(&department(code))?;
        Some(ledger.due(&calendar, ledger.start).date)
    };
    assert_eq!(due(&review, "fire"), Some(day("2026-03-06")));
    assert_eq!(due(&review, "water"), Some(day("2026-03-03")));
    let dates = |review: &JointReview, today| {
        let lines = review.schedule(&calendar, day(today)).lines.into_iter();
        lines.map(|line| (line.starts.to_string(), line.due.date.to_string())).collect::<Vec<_>>()
    };
    let of = |starts: &str, due: &str| (starts.to_owned(), due.to_owned());
    let (fire, water) = (of("2026-03-02", "2026-03-06"), of("2026-03-02", "2026-03-03"));
    assert_eq!(dates(&review, "2026-03-02"), [fire.clone(), water.clone(), of("2026-03-06", "2026-03-10")]);
    review.record_opinion(&department("fire"), given(Opinion::Agree, "2026-03-03"));
    review.record_opinion(&department("water"), given(Opinion::Agree, "2026-03-03"));
    assert_eq!(due(&review, "traffic"), Some(day("2026-03-05")));
    assert_eq!(dates(&review, "2026-03-03"), [fire, water, of("2026-03-03", "2026-03-05")]);
}

/// Rule L10: whoever has not been reached has nothing to say yet; strangers never have.
#[test]
fn an_opinion_comes_in_turn_and_from_participants() {
    let calendar = Calendar::first_edition();
    let review = accepted(Silence::Open);
    let today = day("2026-03-02");
    let says = |code: &str| review.may_give(&department(code), &calendar, today);
    assert_eq!(says("fire"), Ok(()));
    refused(says("traffic"), "predecessors_not_completed");
    refused(says("planning"), "not_a_participant");
    refused(review.may_ask(&department("traffic"), &calendar, today), "predecessors_not_completed");
}

/// Rule L5, clause B3-3: a participant asks once, and the clock runs on.
#[test]
fn a_participant_asks_once_and_no_clock_stops() {
    let calendar = Calendar::first_edition();
    let mut review = accepted(Silence::Open);
    let (fire, today) = (department("fire"), day("2026-03-03"));
    refused(review.may_answer(&fire), "nothing_asked");
    let before = review.ledger(&fire);
    assert_eq!(review.may_ask(&fire, &calendar, today), Ok(()));
    review.record_question(&fire, question("2026-03-03"));
    assert_eq!(review.ledger(&fire), before);
    refused(review.may_ask(&fire, &calendar, today), "already_asked");
    assert_eq!(review.may_answer(&fire), Ok(()));
    let answer = Answered { text: Text::new("已补图").unwrap(), by: "reviewer".parse().unwrap(), on: today };
    review.record_answer(&fire, answer);
    refused(review.may_answer(&fire), "already_answered");
    refused(review.may_ask(&fire, &calendar, today), "already_asked");
    review.record_opinion(&department("water"), given(Opinion::Agree, "2026-03-03"));
    refused(review.may_ask(&department("water"), &calendar, today), "opinion_given");
}

/// Clause B3-3: whoever let its limit pass, under this plan or one before it, is asked again for a reason alone.
#[test]
fn nobody_who_was_silent_is_asked_again_without_a_reason() {
    let calendar = Calendar::first_edition();
    let (before, after) = (day("2026-03-04"), day("2026-03-05"));
    let mut review = accepted(Silence::Open);
    assert_eq!(review.may_ask_again(&mixed(), None, &calendar, before), Ok(()), "water's last day");
    let detail = refused(review.may_ask_again(&mixed(), None, &calendar, after), "silent_asked_again");
    assert!(detail.ends_with("water"), "{detail}");
    let reason = Text::new("承办人更换").unwrap();
    assert_eq!(review.may_ask_again(&mixed(), Some(&reason), &calendar, after), Ok(()));
    let without_it = plan(&[asks("fire", 5, &[])]);
    assert_eq!(review.may_ask_again(&without_it, None, &calendar, after), Ok(()));
    review.record_silence(&department("water"), after);
    let named = review.silences(&calendar, day("2026-03-06"));
    let told: Vec<_> = named.iter().map(|it| (it.department.as_str(), it.days.0, it.due, it.since)).collect();
    assert_eq!(told, [("water", 2, before, after)]);
    let next = JointReview { named, ..JointReview::new(mixed(), Silence::Open, after) };
    refused(next.may_ask_again(&mixed(), None, &calendar, after), "silent_asked_again");
    assert_eq!(next.ever_silent().map(|(department, _)| department.as_str()).collect::<Vec<_>>(), ["water"]);
}

/// Clause B3-3: 改变意见 keeps what it replaces, and moves neither the completion nor anybody's start.
#[test]
fn an_opinion_may_be_replaced_and_the_earlier_one_is_kept() {
    let mut review = accepted(Silence::Open);
    for code in ["fire", "water"] {
        review.record_opinion(&department(code), given(objection(), "2026-03-04"));
    }
    let detail = refused(review.must_allow_grant(), "objection_stands");
    assert!(detail.ends_with("fire、water"), "{detail}");
    review.record_opinion(&department("fire"), given(conditional(), "2026-03-20"));
    review.record_opinion(&department("water"), given(Opinion::Agree, "2026-03-20"));
    assert_eq!(review.must_allow_grant(), Ok(()));
    assert_eq!(review.objections().count(), 0);
    let conditions: Vec<_> = review.conditions().map(|(code, text)| (code.as_str(), text.as_str())).collect();
    assert_eq!(conditions, [("fire", "增设消火栓")]);
    assert_eq!(review.desks[&department("fire")].earlier, [given(objection(), "2026-03-04")]);
    assert_eq!(review.ledger(&department("fire")).unwrap().stopped, Some(day("2026-03-04")));
    assert_eq!(review.ledger(&department("traffic")).unwrap().start, day("2026-03-04"));
}

/// Clause B3-3: 视为同意. The silent one is named, has had its say, and holds nobody up.
#[test]
fn silence_is_consent_where_the_item_says_so() {
    let calendar = Calendar::first_edition();
    let mut review = accepted(Silence::Consent);
    let water = department("water");
    assert_eq!(review.may_give(&water, &calendar, day("2026-03-04")), Ok(()), "the last day of its limit");
    assert!(review.falls_silent(&calendar, day("2026-03-04")).is_empty());
    assert_eq!(review.falls_silent(&calendar, day("2026-03-05")), std::slice::from_ref(&water));
    refused(review.may_give(&water, &calendar, day("2026-03-05")), "silence_was_consent");
    refused(review.may_ask(&water, &calendar, day("2026-03-05")), "silence_was_consent");
    review.record_silence(&water, day("2026-03-05"));
    assert!(review.falls_silent(&calendar, day("2026-03-06")).is_empty(), "named once");
    assert_eq!(review.silent().collect::<Vec<_>>(), [(&water, day("2026-03-05"))]);
    refused(review.may_give(&water, &calendar, day("2026-03-05")), "silence_was_consent");
    review.record_opinion(&department("fire"), given(Opinion::Agree, "2026-03-03"));
    assert_eq!(review.ledger(&department("traffic")).unwrap().start, day("2026-03-05"), "the day it was named");
    assert_eq!(review.schedule(&calendar, day("2026-03-05")).lines[1].state, LineState::Consented);
    assert!(refused(review.may_conclude(), "opinions_missing").ends_with("：traffic"));
    review.record_opinion(&department("traffic"), given(Opinion::Agree, "2026-03-06"));
    assert_eq!(review.may_conclude(), Ok(()));
    assert_eq!(review.may_give(&department("traffic"), &calendar, day("2026-05-06")), Ok(()), "it may change its mind");
}

/// Clause B3-3: 不视为同意. The silent one is named and still owes its opinion, and its successors wait.
#[test]
fn silence_stays_open_where_the_item_says_so() {
    let calendar = Calendar::first_edition();
    let mut review = accepted(Silence::Open);
    let water = department("water");
    review.record_opinion(&department("fire"), given(Opinion::Agree, "2026-03-03"));
    assert_eq!(review.schedule(&calendar, day("2026-03-05")).lines[1].state, LineState::Overdue);
    review.record_silence(&water, day("2026-03-05"));
    review.record_silence(&water, day("2026-03-09"));
    assert_eq!(review.silent().collect::<Vec<_>>(), [(&water, day("2026-03-05"))]);
    assert!(review.falls_silent(&calendar, day("2026-03-10")).is_empty(), "named once");
    let now = review.schedule(&calendar, day("2026-03-10"));
    assert_eq!((now.lines[1].state, now.lines[2].state), (LineState::Silent, LineState::Waiting));
    assert_eq!(now.holders, std::slice::from_ref(&water));
    assert!(refused(review.may_conclude(), "opinions_missing").ends_with("traffic、water"));
    assert_eq!(review.may_give(&water, &calendar, day("2026-03-10")), Ok(()));
    review.record_opinion(&water, given(Opinion::Agree, "2026-03-10"));
    assert_eq!(review.ledger(&department("traffic")).unwrap().start, day("2026-03-10"));
    assert_eq!(review.silent().count(), 1, "that it was late stays on record");
}

/// Rule L10: dates past the last published calendar may still move, and say so.
#[test]
fn a_date_past_the_published_calendar_is_provisional() {
    let calendar = Calendar::first_edition();
    let late = JointReview::new(mixed(), Silence::Open, day("2026-12-28"));
    let now = late.schedule(&calendar, day("2026-12-28"));
    assert_eq!(now.lines.iter().map(|it| it.due.provisional).collect::<Vec<_>>(), [true, false, true]);
    assert!(now.ends.provisional);
}
