//! Whatever is said and done, in whatever order.

use escalation::{
    Step,
    hotline::{Assignee, Command, LegalRoute, Line, Message, Milestone, OrderReminder, Place, Press, State, WorkOrder},
};
use kernel::{Instant, Role, id::ImpasseId};
use proptest::prelude::*;

use crate::desk::{Desk, MORNING, back, escalate, offer, reply, ruling, text, word};

fn any_command() -> impl Strategy<Value = (Role, Command)> {
    let said = prop_oneof![
        Just(Message::Urge { reason: None }),
        Just(Message::Supplement { text: text("补充。") }),
        any::<bool>().prop_map(word),
        Just(Message::Redo { reason: text("重办。") }),
        Just(escalate()),
        any::<bool>().prop_map(ruling),
        any::<bool>().prop_map(|approved| Message::ExtensionRuling { approved, reason: None }),
        Just(Message::Dispatch(offer(false))),
    ];
    let id = ImpasseId::fresh(Instant::parse(MORNING).unwrap());
    let done = prop_oneof![
        Just(Command::Acknowledge),
        Just(Command::DeclineEscalation { reason: text("正在办理。") }),
        Just(back()),
        Just(Command::Assign { to: Assignee::Window("project".parse().unwrap()), note: None }),
        Just(Command::ReturnAssignment { reason: text("非本窗口职责。") }),
        Just(Command::AskExtension { reason: text("等待。") }),
        Just(reply()),
        Just(Command::Complete { note: None }),
        Just(Command::RuleOnSupervision { step: Step::Criticism, taken: true, reason: text("逾期。") }),
        Just(Command::RegisterImpasse { impasse: id }),
        Just(Command::TellRoute { route: LegalRoute::Petition, explanation: text("信访。") }),
    ];
    let milestones = [
        Milestone::Filed,
        Milestone::OrderIssued,
        Milestone::Answered,
        Milestone::SentBack,
        Milestone::Carried,
        Milestone::ClosedOut,
    ];
    prop_oneof![
        4 => done.prop_map(|command| (Role::Supervisor, command)),
        3 => said.prop_map(|message| (Role::Hotline, Command::Receive(message))),
        2 => proptest::sample::select(milestones.to_vec()).prop_map(|it| (Role::Supervisor, Command::Follow(it))),
    ]
}

proptest! {
    /// Whatever is said and done: the record adds up to the state, an order without limit never runs, an open one always
    /// does, no rung is sent twice, and no order is completed without an answer unless its impasse was closed out.
    #[test]
    fn any_life_is_sound(steps in proptest::collection::vec((any_command(), 0i64..40), 0..40)) {
        let mut desk = Desk::dispatched(false);
        for ((role, command), hours) in steps {
            desk = desk.after(hours);
            desk.passes();
            let _ = desk.try_it(role, command);
            let order = &desk.order;
            let again = WorkOrder::fold(order.id, order.centre, &order.hotline, &order.external_no, &desk.events);
            prop_assert_eq!(again.as_ref(), Some(order));
            let runs = order.limit().unwrap().is_running();
            let open = matches!(order.state, State::Dispatched | State::Acknowledged | State::Returned | State::InHandling);
            prop_assert_eq!(runs, open, "{:?}", order.state);
            prop_assert!(order.state != State::Completed || !order.answers.is_empty() || order.impasse.is_some());
            let pending = order.pending_escalation().is_some();
            let is_over = matches!(order.state, State::NotOurs | State::Merged | State::Completed) || order.impasse.is_some();
            prop_assert!(!(pending && is_over), "{:?}", order.state);
            prop_assert!(order.urgings.len() == order.urged as usize);
            let rungs: Vec<_> = order.reminders.iter().filter(|it| it.press != Press::Raised).collect();
            let same = |a: &OrderReminder, b: &OrderReminder| (a.press, a.start, a.due, &a.to) == (b.press, b.start, b.due, &b.to);
            prop_assert!(rungs.iter().enumerate().all(|(at, it)| !rungs.iter().take(at).any(|sent| same(sent, it))), "{rungs:?}");
            prop_assert!(order.returns.len() <= 2 && order.limits.len() == order.round as usize + order.redispatched_at.len());
        }
    }

    /// Clause G3: numbers that come in any order are dealt with in theirs, each once.
    #[test]
    fn a_line_puts_any_order_in_order(arrivals in Just((1..=20u64).collect::<Vec<_>>()).prop_shuffle()) {
        let (mut line, mut held, mut dealt) = (Line::default(), std::collections::BTreeSet::new(), Vec::new());
        for sequence in arrivals.into_iter().flat_map(|sequence| [sequence, sequence]) {
            match line.place(sequence) {
                Place::Past => {}
                Place::Ahead | Place::Next => { held.insert(sequence); }
            }
            while held.remove(&line.awaits()) {
                line.done += 1;
                dealt.push(line.done);
            }
        }
        prop_assert_eq!(dealt, (1..=20).collect::<Vec<u64>>());
        prop_assert!(held.is_empty());
    }
}
