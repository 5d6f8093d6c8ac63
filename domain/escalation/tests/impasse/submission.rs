//! 每月提交市政府: draft, frozen packet, submitted, decided, and what missed the month (clause D4-4).

use escalation::{
    GovernmentDecision, Impasse, Level,
    submission::{self, Command, Entry, Event, Month, Recorded, State, Submission, Withdrawn, entry, packet},
};
use kernel::{Centre, DocumentKind, Instant, Refusal, id::ImpasseId};

use crate::hall::{Desk, Numbers, Person, acts, at, day, morning, scene, text};

fn march() -> Month {
    "2026-03".parse().unwrap()
}

fn exceptional() -> Impasse {
    scene::graded(Level::Exceptional).impasse
}

fn entries() -> Vec<Entry> {
    vec![entry(&exceptional(), march(), &[]).unwrap()]
}

fn two() -> Vec<Entry> {
    let other = Entry { impasse: other(), ..entries().remove(0) };
    vec![entries().remove(0), other]
}

fn other() -> ImpasseId {
    "01900000-0000-7000-8000-000000000301".parse().unwrap()
}

fn noted(version: u64, at: Instant, event: Event) -> Recorded {
    Recorded { version, at, by: Person::Reform.actor().signature(), event }
}

fn tell(submission: &Submission, command: Command, now: &str) -> Result<Vec<Event>, Refusal> {
    let desk = Desk { now: at(now), ..scene::registered() };
    let actor = Person::Reform.actor();
    submission.decide(command, &mut Numbers::default(), &desk.context(&actor))
}

fn drafted(entries: Vec<Entry>) -> Submission {
    let desk = scene::registered();
    let actor = Person::Reform.actor();
    let event = submission::draft(entries, &desk.context(&actor));
    Submission::fold(Centre::WENLING, &[noted(1, morning(), event)]).unwrap()
}

fn after(mut submission: Submission, command: Command, now: &str) -> Submission {
    for event in tell(&submission, command, now).unwrap() {
        let version = submission.version + 1;
        submission.apply(&noted(version, at(now), event));
    }
    submission
}

fn freeze(entries: Vec<Entry>) -> Command {
    Command::Freeze { entries, digest: "0".repeat(64) }
}

fn submit() -> Command {
    Command::Submit { withdrawn: Vec::new() }
}

fn decide(impasse: ImpasseId, on: &str) -> Command {
    let decision = GovernmentDecision { decision: text("由资规局牵头"), decided_on: day(on), document: None };
    Command::Decide { impasse, decision }
}

fn miss() -> Command {
    Command::Miss { entries: two() }
}

fn frozen() -> Submission {
    after(drafted(two()), freeze(two()), "2026-03-20T10:00:00")
}

fn submitted() -> Submission {
    after(frozen(), submit(), "2026-03-23T10:00:00")
}

fn complete() -> Submission {
    let one = after(submitted(), decide(other(), "2026-03-25"), "2026-03-26T10:00:00");
    after(one, decide(exceptional().id, "2026-03-26"), "2026-03-26T10:00:00")
}

/// Clause D4-4: the whole matrix of state and command.
#[test]
fn what_each_state_says_to_each_command() {
    for (name, submission, expected) in [
        (
            "draft",
            drafted(two()),
            [
                "submission_refreshed",
                "submission_frozen",
                "wrong_submission_state",
                "wrong_submission_state",
                "submission_missed",
            ],
        ),
        (
            "frozen",
            frozen(),
            [
                "wrong_submission_state",
                "wrong_submission_state",
                "submission_sent",
                "wrong_submission_state",
                "submission_missed",
            ],
        ),
        (
            "submitted",
            submitted(),
            [
                "wrong_submission_state",
                "wrong_submission_state",
                "wrong_submission_state",
                "submission_decided",
                "wrong_submission_state",
            ],
        ),
        (
            "complete",
            complete(),
            [
                "wrong_submission_state",
                "wrong_submission_state",
                "wrong_submission_state",
                "already_decided",
                "wrong_submission_state",
            ],
        ),
        (
            "missed",
            after(drafted(two()), miss(), "2026-04-01T00:00:00"),
            ["month_over", "month_over", "wrong_submission_state", "wrong_submission_state", "wrong_submission_state"],
        ),
    ] {
        let commands =
            [Command::Refresh { entries: two() }, freeze(two()), submit(), decide(other(), "2026-03-25"), miss()];
        let answers = commands.map(|command| match tell(&submission, command, "2026-03-26T10:00:00") {
            Ok(events) => kernel::Fact::kind(&events[0]),
            Err(refusal) => refusal.code,
        });
        assert_eq!(answers, expected, "{name}");
    }
}

/// Clause D4-4: it is complete when the last item has a decision, and not before.
#[test]
fn a_decision_on_each_completes_it() {
    let one = after(submitted(), decide(other(), "2026-03-25"), "2026-03-26T10:00:00");
    assert_eq!(one.state, State::Submitted);
    let refused = |command| tell(&one, command, "2026-03-26T10:00:00").unwrap_err().code;
    assert_eq!(refused(decide(other(), "2026-03-25")), "already_decided");
    assert_eq!(refused(decide(exceptional().id, "2026-03-27")), "decided_in_future");
    assert_eq!(refused(decide(exceptional().id, "2026-03-22")), "decided_before_submission");
    assert_eq!(refused(decide("01900000-0000-7000-8000-000000000399".parse().unwrap(), "2026-03-25")), "not_in_packet");
    assert_eq!((complete().state, complete().completed_at.is_some()), (State::Complete, true));
}

/// Clause D4-4: what is frozen is what the list is, this month.
#[test]
fn only_a_fresh_draft_of_this_month_is_frozen() {
    let refused = |submission: Submission, command, now| tell(&submission, command, now).unwrap_err().code;
    assert_eq!(refused(drafted(two()), freeze(entries()), "2026-03-20T10:00:00"), "draft_stale");
    assert_eq!(refused(drafted(vec![]), freeze(vec![]), "2026-03-20T10:00:00"), "nothing_to_submit");
    assert_eq!(refused(drafted(two()), freeze(two()), "2026-04-01T00:00:00"), "month_over");
    assert_eq!(refused(drafted(two()), Command::Refresh { entries: vec![] }, "2026-04-01T00:00:00"), "month_over");
    let late = after(frozen(), submit(), "2026-04-02T10:00:00");
    assert_eq!(late.state, State::Submitted, "what was frozen in its month may be sent after it");
}

/// Clause D4-4: what is no longer for the government is left out, with the reason, and needs no decision.
#[test]
fn an_item_is_withdrawn_with_a_reason() {
    let withdrawn = |impasses: &[ImpasseId]| Command::Submit {
        withdrawn: impasses.iter().map(|&impasse| Withdrawn { impasse, reason: text("已降级") }).collect(),
    };
    let sent = after(frozen(), withdrawn(&[other()]), "2026-03-23T10:00:00");
    assert_eq!(sent.sent().count(), 1);
    assert_eq!(sent.items.len(), 2, "still in the packet");
    let sent = after(sent, decide(exceptional().id, "2026-03-24"), "2026-03-26T10:00:00");
    assert_eq!(sent.state, State::Complete);
    let all = withdrawn(&[other(), exceptional().id]);
    assert_eq!(tell(&frozen(), all, "2026-03-23T10:00:00").unwrap_err().code, "nothing_to_submit");
    let stranger = withdrawn(&["01900000-0000-7000-8000-000000000399".parse().unwrap()]);
    assert_eq!(tell(&frozen(), stranger, "2026-03-23T10:00:00").unwrap_err().code, "not_in_packet");
}

/// Clause D4-4: a number is used for what is sent, and for nothing else.
#[test]
fn only_a_submission_is_numbered() {
    let desk = Desk { now: at("2026-03-23T10:00:00"), ..scene::registered() };
    let (actor, mut numbers) = (Person::Reform.actor(), Numbers::default());
    drafted(two()).decide(submit(), &mut numbers, &desk.context(&actor)).unwrap_err();
    assert!(numbers.issued.is_empty());
    frozen().decide(submit(), &mut numbers, &desk.context(&actor)).unwrap();
    assert_eq!(numbers.issued.iter().map(|it| it.0).collect::<Vec<_>>(), [DocumentKind::GovernmentSubmission]);
}

/// Clause D4-4: everything exceptional that is handled and does not await the government, and nothing else.
#[test]
fn what_is_for_the_government() {
    let listed = |desk: &Desk| entry(&desk.impasse, march(), &[]).is_some();
    assert!(listed(&scene::graded(Level::Exceptional)));
    assert!(!listed(&scene::graded(Level::Difficult)));
    assert!(!listed(&scene::filed()));
    let sent = scene::graded(Level::Exceptional).after(Person::Reform, acts::submit(3));
    assert!(!listed(&sent), "it awaits the government");
    let decided = scene::government_decided();
    assert!(!listed(&decided), "what was decided is being done");
    let again = entry(&decided.impasse, "2026-04".parse().unwrap(), &[decided.impasse.id]).unwrap();
    assert!(again.again && again.carried_over.is_none());
}

/// Clause D4-4: what became exceptional after the freeze is named, by the month that it missed.
#[test]
fn what_missed_the_month_is_carried_over_by_name() {
    let raised_on = |moment: &str| {
        let desk = scene::graded(Level::Difficult).on(moment);
        desk.after(Person::Manager, acts::raise(Level::Exceptional)).impasse
    };
    let april: Month = "2026-04".parse().unwrap();
    let late = raised_on("2026-03-25T10:00:00");
    let in_april = entry(&late, april, &[]).unwrap();
    assert_eq!((in_april.carried_over, in_april.since), (Some(march()), at("2026-03-25T10:00:00")));
    assert_eq!(entry(&raised_on("2026-04-02T10:00:00"), april, &[]).unwrap().carried_over, None);
    let others = Submission { items: Vec::new(), ..frozen() };
    assert!(others.was_missed_by(&in_april));
    assert!(!frozen().was_missed_by(&in_april), "it is in the packet");
    assert!(!drafted(vec![]).was_missed_by(&in_april), "nothing is missed before the freeze");
    let early = entry(&raised_on("2026-03-12T10:00:00"), april, &[]).unwrap();
    assert!(!others.was_missed_by(&early));
}

/// Clause D4-4: a month that ended with something for the government is found late rather than never, with what waited
/// then; what is frozen may still be sent, and stays an alarm.
#[test]
fn months_that_ended_are_found_after_a_long_absence() {
    let raised = scene::graded(Level::Difficult).on("2026-03-25T10:00:00");
    let waiting = [raised.after(Person::Manager, acts::raise(Level::Exceptional)).impasse];
    let over = |now: &str| submission::months_over(&waiting, at(now)).into_iter().map(|(month, _)| month.to_string());
    assert_eq!(over("2026-03-31T23:59:59").count(), 0);
    assert_eq!(over("2026-04-01T00:00:00").collect::<Vec<_>>(), ["2026-03"]);
    assert_eq!(over("2026-05-06T09:00:00").collect::<Vec<_>>(), ["2026-03", "2026-04"]);
    assert_eq!(submission::months_over(&[scene::government_decided().impasse], at("2026-05-06T09:00:00")), []);
    let missed = after(frozen(), miss(), "2026-04-01T00:00:00");
    assert!(missed.state == State::Frozen && missed.is_stuck_with(&exceptional()));
    let sent = after(missed, submit(), "2026-04-02T10:00:00");
    assert!(sent.state == State::Submitted && sent.missed.is_some() && !sent.is_stuck_with(&exceptional()));
}

/// Clause D4-4: the packet is one text for one content, whatever order its fields were made in, with nobody's name in it.
#[test]
fn a_packet_is_canonical() {
    let impasse = exceptional();
    let made = packet(Centre::WENLING, march(), &entries(), &[&impasse], at("2026-03-20T10:00:00"));
    assert_eq!(made, packet(Centre::WENLING, march(), &entries(), &[&impasse], at("2026-03-20T10:00:00")));
    let value: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(value["items"][0]["number"], impasse.filing.as_ref().unwrap().number.as_str());
    let keys = ["centre", "frozen_at", "items", "kind", "month"].map(|key| made.find(&format!("\"{key}\":")).unwrap());
    assert!(made.starts_with("{\"centre\":") && keys[0] < keys[1], "{made}");
    assert!(!made.contains(&impasse.applicant.to_string()), "not even the applicant's id");
}

/// 2026-03 and nothing like it.
#[test]
fn a_month_is_written_one_way() {
    assert_eq!(march().to_string(), "2026-03");
    assert_eq!((march().first_day(), march().next().to_string()), (day("2026-03-01"), "2026-04".to_owned()));
    for bad in ["2026-3", "2026-13", "202603", "2026-03-01", "+026-03", ""] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
}
