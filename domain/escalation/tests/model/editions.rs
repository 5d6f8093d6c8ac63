//! 日历版次: a notice that changes what days are, in the middle of a life (rule L1).

#[path = "../../../casework/tests/model/calendars.rs"]
mod calendars;

use calendars::due_by_hand;
pub(crate) use calendars::edition;
use escalation::{DeadlineMove, Event, Order};
use kernel::{Actor, Centre, access::Who, ledger::Ledger};

use crate::hall::Desk;

/// It comes into force. The same ledgers are read anew, those of orders included; what moves is told once, and nothing else
/// changes.
pub(crate) fn publish(desk: &mut Desk, nth: u8, what: &str) -> Vec<Event> {
    let (before, old, new, today) = (desk.impasse.clone(), desk.calendar(), edition(nth), desk.now.day());
    let by_hand = |(ledger, order): (&Ledger, Option<&Order>)| {
        let (before, after) = (due_by_hand(ledger, old, today), due_by_hand(ledger, new, today));
        let order = order.map(|order| order.sequence);
        (before != after).then_some(DeadlineMove { limit: ledger.kind, order, before, after })
    };
    let moves = before.moved_by(old, new, today);
    let running = before.running().chain(before.hand_over_limit().map(|limit| (limit, None)));
    assert_eq!(moves, running.filter_map(by_hand).collect::<Vec<_>>(), "{what}");
    desk.calendar = new;
    let events: Vec<Event> = (!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect();
    desk.note(&Actor { centre: Centre::WENLING, who: Who::System }, &events);
    let mut after = desk.impasse.clone();
    after.version = before.version;
    assert_eq!(after, before, "{what}: more than dates moved");
    assert!(desk.impasse.moved_by(new, new, today).is_empty(), "{what}: told twice");
    events
}
