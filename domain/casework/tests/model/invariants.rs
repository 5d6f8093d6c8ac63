//! What holds of a case after every step, read off the record and the state alone.

use std::collections::HashSet;

use approval::Outcome;
use casework::{Case, Event, Recorded, Stage};
use chrono::Months;
use kernel::{
    Fact,
    ledger::{Ledger, LimitKind},
    responsibility::Responsible,
};

use crate::hall::Desk;

/// How many versions of a case lie between two that are read back whole.
const READ_BACK: u64 = 5;

/// After a step, its events read back as they are stored.
pub(crate) fn hold(before: &Case, desk: &Desk, events: &[Event], what: &str) {
    of_a_step(before, desk, events, what);
    for event in events {
        assert_eq!(&serde_json::from_str::<Event>(&serde_json::to_string(event).unwrap()).unwrap(), event, "{what}");
    }
    if before.version / READ_BACK != desk.case.version / READ_BACK {
        adds_up(desk, what);
    }
}

/// The same without reading anything back, where a store does.
pub(crate) fn of_a_step(before: &Case, desk: &Desk, events: &[Event], what: &str) {
    let case = &desk.case;
    assert_eq!(case.version, desk.record.len() as u64, "{what}");
    assert_eq!(case.ended_at.is_some(), case.stage.is_final(), "{what}");
    assert_eq!(case.window, desk.item.window, "{what}");
    an_ended_case_stays_ended(before, desk, events, what);
    somebody_answers(case, what);
    no_limit_runs_twice(desk, what);
    budgets_are_conserved(before, desk, what);
    reminders_are_sent_once(desk, events, what);
    what_is_sealed_stays(before, desk, what);
    what_is_granted_is_valid_as_the_item_says(desk, what);
    first_contact_is_the_first_at_a_window_or_desk(&desk.record, case, what);
}

/// The state is what the record adds up to, and survives the store. Asked now and then, and at the end.
pub(crate) fn adds_up(desk: &Desk, what: &str) {
    let case = &desk.case;
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(case), "{what}: the record adds up to something else");
    assert_eq!(&serde_json::from_str::<Case>(&serde_json::to_string(case).unwrap()).unwrap(), case, "{what}");
    numbers_are_used_once(desk, what);
}

/// What is about the record of a case that has ended, or about its grant.
const AFTER_THE_END: &[&str] = &[
    "note_added",
    "sealed",
    "reopened",
    "grant_ended",
    "result_replaced",
    "commitment_verified",
    "acknowledged",
    "deadlines_moved",
    // What took the place of a result that was delivered is delivered, too.
    "delivery_chosen",
    "dispatched",
    "tracked",
    "delivered",
    "chased",
];

/// The limits that outlive a case.
const OF_A_COMMITMENT: [LimitKind; 2] = [LimitKind::Verification, LimitKind::Mending];

/// Nothing happens to a case that has ended but what is about its record or its grant, until it is reopened.
fn an_ended_case_stays_ended(before: &Case, desk: &Desk, events: &[Event], what: &str) {
    for event in events.iter().filter(|_| before.stage.is_final()) {
        let anew = before.issuance.was_delivered() && before.issuance.delivered.is_none();
        let reminded = matches!(event, Event::Reminded(it) if OF_A_COMMITMENT.contains(&it.limit)
            || (anew && it.limit == LimitKind::Delivery));
        assert!(AFTER_THE_END.contains(&event.kind()) || reminded, "{what}: {event:?} after the end");
    }
    let reopened = events.iter().any(|event| event.kind() == "reopened");
    assert!(!before.stage.is_final() || desk.case.stage.is_final() || reopened, "{what}: an end that was left");
    let was_delivered = matches!(before.stage, Stage::Delivered | Stage::Closed) && !reopened;
    assert!(!was_delivered || before.clocks.delivery == desk.case.clocks.delivery, "{what}: delivered twice in law");
    let ended = before.ended_at.filter(|_| !reopened);
    assert!(ended.is_none() || ended == desk.case.ended_at, "{what}: ended twice");
}

/// Clause B5-1: one chain without overlap from the receipt on; a gap only while the case was over.
fn somebody_answers(case: &Case, what: &str) {
    let tenures = case.responsibility.tenures();
    assert_eq!(tenures[0].from, case.received_at, "{what}");
    for pair in tenures.windows(2) {
        let reopened = case.reopenings.iter().any(|reopening| reopening.at == pair[1].from);
        let until = pair[0].until.unwrap();
        assert!(until == pair[1].from || (reopened && until < pair[1].from), "{what}: {tenures:?}");
        assert!(pair[0].from <= until, "{what}: {tenures:?}");
    }
    assert_eq!(case.responsibility.now().is_some(), !case.stage.is_final(), "{what}");
    assert_eq!(tenures.last().unwrap().until, case.ended_at, "{what}");
    // While it is offered at the window whoever offers it answers.
    if let Some(offer) = &case.routing.window_offer {
        assert_eq!(case.responsibility.now(), Some(&Responsible::Staff(offer.from.clone())), "{what}");
    }
}

/// Every number handed out stands on exactly one paper. Of a refusal the decision itself is issued, under its number.
fn numbers_are_used_once(desk: &Desk, what: &str) {
    let mut on_paper: Vec<_> = desk.record.iter().filter_map(|recorded| recorded.event.document()).collect();
    let papers = on_paper.len();
    on_paper.sort();
    on_paper.dedup();
    let mut issued: Vec<_> = desk.numbers.issued.iter().collect();
    issued.sort();
    assert_eq!(on_paper, issued, "{what}");
    let decided = desk.record.iter().filter(|it| it.event.kind() == "decided").collect_documents();
    let repeated = desk.record.iter().filter(|it| it.event.kind() == "issued").collect_documents();
    assert_eq!(papers, on_paper.len() + repeated.intersection(&decided).count(), "{what}");
}

trait Documents<'a> {
    fn collect_documents(self) -> HashSet<&'a str>;
}

impl<'a, I: Iterator<Item = &'a Recorded>> Documents<'a> for I {
    fn collect_documents(self) -> HashSet<&'a str> {
        self.filter_map(|recorded| recorded.event.document()).map(kernel::DocumentNumber::as_str).collect()
    }
}

/// Rules L2, L4 to L8: the applicant's limits, the window's, the decision's and delivery's follow each other; each runs
/// in its stage and once, and nothing but what is owed for a commitment outlives the case.
fn no_limit_runs_twice(desk: &Desk, what: &str) {
    let (case, clocks) = (&desk.case, &desk.case.clocks);
    let runs = |ledger: &Option<Ledger>| ledger.as_ref().is_some_and(Ledger::is_running);
    let stage = case.stage;
    // The check of a serial item of a package begins when what comes before it is done.
    let checks = stage == Stage::UnderCheck && !case.is_waiting();
    assert!(case.package.is_some() || !case.is_waiting(), "{what}: it waits for nobody");
    assert_eq!(runs(&clocks.check), checks, "{what}");
    assert_eq!(runs(&clocks.correction), stage == Stage::AwaitingCorrection, "{what}");
    assert_eq!(runs(&clocks.statutory), stage == Stage::InReview, "{what}");
    assert_eq!(runs(&clocks.promised), stage == Stage::InReview, "{what}");
    // The applicant's to bring what was left open, or the window's to look at it, and never both.
    let is_open = case.intake.open_condition().is_some() && !stage.is_final();
    assert_eq!(runs(&clocks.condition) || runs(&clocks.condition_check), is_open, "{what}");
    assert!(!runs(&clocks.condition) || !runs(&clocks.condition_check), "{what}");
    let to_deliver = matches!(stage, Stage::Decided | Stage::Issued | Stage::InTransit);
    assert_eq!(runs(&clocks.delivery), to_deliver, "{what}");
    assert!(!runs(&clocks.review) || stage == Stage::InReview, "{what}");
    assert!(!stage.is_final() || clocks.running().all(|it| OF_A_COMMITMENT.contains(&it.kind)), "{what}");
    let commitment = case.intake.commitment.as_ref();
    let ordered = commitment.and_then(|it| it.verifications.last()).is_some_and(|last| last.order.is_some());
    let to_mend = ordered && !case.issuance.has_ended();
    assert!(runs(&clocks.mending) == to_mend || !case.reopenings.is_empty(), "{what}");
    let mut kinds: Vec<_> = clocks.all().map(|ledger| ledger.kind).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), clocks.all().count(), "{what}: a limit twice");
    let binds = checks || stage == Stage::InReview || to_deliver;
    assert_eq!(clocks.binding(desk.calendar(), desk.now.day()).is_some(), binds, "{what}");
}

/// Rules L1 to L3, L5: every working day through the due date is counted or inside a procedure, and those counted are the
/// budget with its one extension. What has stopped and did not change was looked at when it did.
fn budgets_are_conserved(before: &Case, desk: &Desk, what: &str) {
    let today = desk.now.day();
    let (was, is) = (&before.clocks, &desk.case.clocks);
    let limits = [(&was.statutory, &is.statutory), (&was.promised, &is.promised)].into_iter();
    let settled = |was: &Option<Ledger>, ledger: &Ledger| !ledger.is_running() && was.as_ref() == Some(ledger);
    let looked_at = limits.filter_map(|(was, is)| is.as_ref().filter(|ledger| !settled(was, ledger)));
    for ledger in looked_at {
        assert!(ledger.extensions.len() <= 1, "{what}: extended twice");
        let last = ledger.due(desk.calendar(), today).date;
        let as_of = ledger.stopped.map_or(today, |stopped| stopped.min(today));
        let out = |day: &chrono::NaiveDate| {
            ledger.suspensions.iter().any(|it| it.from <= *day && *day <= it.until.unwrap_or(as_of))
        };
        let days = ledger.start.iter_days().skip(1).take_while(|day| *day <= last);
        let counted = days.filter(|day| desk.calendar().is_working(*day) && !out(day)).count();
        assert_eq!(counted, usize::from(ledger.total().0), "{what}: {ledger:?}");
        let item = [desk.item.statutory, desk.item.promised];
        assert!(item.contains(&ledger.budget), "{what}: the item's budget");
    }
}

/// Each rung of a run of a limit once, to one desk; again only for a later due date.
/// Whatever the calendar says of that day later, people were at work when it was sent.
fn reminders_are_sent_once(desk: &Desk, events: &[Event], what: &str) {
    let sent = &desk.case.reminders;
    let new = events.iter().filter(|event| matches!(event, Event::Reminded(_))).count();
    for (at, one) in sent.iter().enumerate().skip(sent.len() - new) {
        let same = |it: &&casework::Reminder| {
            let run = (it.limit, it.rung, it.start) == (one.limit, one.rung, one.start);
            let later = one.due > it.due;
            run && !later && it.procedure == one.procedure && (!one.limit.is_of_a_part() || it.to == one.to)
        };
        assert!(sent[..at].iter().find(same).is_none(), "{what}: {one:?} twice");
    }
    let told = events.iter().any(|event| matches!(event, Event::Reminded(_) | Event::Chased));
    assert!(!told || desk.practice.at_work(desk.now, desk.calendar()), "{what}: out of hours");
}

/// Rule L9: a paper is sealed once and for good, after it was made out; and what a sealed result says, its digest included,
/// stays as it was made out.
fn what_is_sealed_stays(before: &Case, desk: &Desk, what: &str) {
    let seals = &desk.case.seals;
    assert!(seals.starts_with(&before.seals), "{what}: a seal is gone or another one");
    if seals.is_empty() {
        return;
    }
    let sealed: HashSet<_> = seals.iter().map(|seal| seal.document.as_str()).collect();
    assert_eq!(sealed.len(), seals.len(), "{what}: sealed twice");
    let issuance = &desk.case.issuance;
    let standing: Vec<_> = issuance.result.iter().chain(issuance.replaced.iter().map(|it| &it.document)).collect();
    for seal in seals {
        let mut made_out = desk.record.iter().filter(|it| it.event.document() == Some(&seal.document));
        let first = made_out.next();
        assert!(first.is_some_and(|it| it.at <= seal.at), "{what}: {seal:?} on no paper");
        let Some(Event::Issued(result) | Event::ResultReplaced { document: result, .. }) = first.map(|it| &it.event)
        else {
            continue;
        };
        let mut now = standing.iter().filter(|it| it.number == seal.document);
        assert!(now.all(|it| *it == result), "{what}: another text under the seal of {result:?}");
    }
}

/// 有效期: not before the day of the decision, never without an end where the item sets one, and never beyond it. What
/// was refused is valid for nothing and ends never.
fn what_is_granted_is_valid_as_the_item_says(desk: &Desk, what: &str) {
    let Some(result) = &desk.case.issuance.result else { return };
    let decided = desk.case.clocks.delivery.as_ref().map(|ledger| ledger.start);
    assert!(Some(result.valid_from) >= decided, "{what}");
    assert!(result.valid_until.is_none_or(|until| until >= result.valid_from), "{what}");
    match (desk.case.outcome(), desk.item.result_validity_months) {
        (Some(Outcome::Grant), Some(months)) => {
            let too_late = result.valid_from + Months::new(u32::from(months.get()));
            assert!(result.valid_until.is_some_and(|until| until < too_late), "{what}");
        }
        (Some(Outcome::Refuse), _) => {
            assert_eq!((Some(result.valid_from), result.valid_until), (decided, None), "{what}");
        }
        _ => {}
    }
}

/// Clause B5-1: the first at a window or a desk who signed anything, for good; a head who only approves is none of them.
fn first_contact_is_the_first_at_a_window_or_desk(record: &[Recorded], case: &Case, what: &str) {
    let first = record.iter().find(|recorded| {
        matches!(recorded.by.role, kernel::Role::Clerk | kernel::Role::Reviewer | kernel::Role::Approver)
    });
    assert_eq!(case.first_contact.as_ref().map(|code| code.as_str()), first.map(|it| it.by.code.as_str()), "{what}");
}
