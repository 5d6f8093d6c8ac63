//! 到期: what time alone does to an impasse. It follows from the ledgers, so nothing is scheduled; the event takes its
//! cause away, so each happens once, late rather than never.

use kernel::{
    Calendar, Context, DepartmentCode, DocumentKind, Instant, Practice, Refusal, Registry,
    ledger::{Ledger, LimitKind},
};

use crate::{
    decide::Decided,
    event::{Event, Recorded},
    impasse::{Addressee, Impasse, Reminder, Rung, State},
    order::Order,
    turn::Whose,
};

/// How many things can fall due at once, which is more than ever do; whatever is left comes with the next look.
const MOST_AT_ONCE: usize = 64;

/// 催办通知书 with its number, of what is overdue (rule L16). The municipal government is reminded and not urged.
fn urging(event: Event, registry: &mut dyn Registry) -> Result<Event, Refusal> {
    Ok(match event {
        Event::Reminded(reminder) if reminder.rung == Rung::Overdue && reminder.to != Addressee::Government => {
            let document = Some(registry.number(DocumentKind::UrgingNotice)?);
            Event::Reminded(Reminder { document, ..reminder })
        }
        other => other,
    })
}

impl Impasse {
    /// Everything that has fallen due by `ctx.now`, in the order in which it did. Empty where nothing has.
    ///
    /// # Errors
    /// Those of the registry.
    pub fn fall_due(&self, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        let mut impasse = self.clone();
        let mut events = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let due = impasse.pending(ctx.calendar, ctx.practice, ctx.now);
            let Some((_, event)) = due.into_iter().filter(|(at, _)| *at <= ctx.now).min_by_key(|(at, _)| *at) else {
                break;
            };
            let event = urging(event, registry)?;
            let version = impasse.version + 1;
            impasse.apply(&Recorded { version, at: ctx.now, by: ctx.actor.signature(), event: event.clone() });
            events.push(event);
        }
        Ok(events)
    }

    /// When to look at it again; None while time does nothing to it.
    pub fn wakes_at(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Option<Instant> {
        self.pending(calendar, practice, now).into_iter().map(|(at, _)| at).min()
    }

    fn pending(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        if self.state == State::ClosedOut {
            return Vec::new();
        }
        let lapse = self.hand_over.iter().map(|offer| {
            let back = offer.goes_back_at(calendar, now.day());
            (back, Event::ResponsibilityLapsed { to: offer.to.clone() })
        });
        let reminders =
            self.running().flat_map(|(ledger, order)| self.reminders_of(ledger, order, calendar, practice, now));
        lapse.chain(reminders).chain(self.supervision_ahead(calendar, practice, now)).collect()
    }

    /// 提醒: each rung of each run of a limit once, in working time.
    fn reminders_of(
        &self,
        ledger: &Ledger,
        order: Option<&Order>,
        calendar: &Calendar,
        practice: &Practice,
        now: Instant,
    ) -> Vec<(Instant, Event)> {
        let today = now.day();
        let due = ledger.due(calendar, today).date;
        let turn = self.turn.filter(|_| matches!(ledger.kind, LimitKind::Handling | LimitKind::Feedback));
        let amber = ledger.amber_from(calendar, today, &practice.thresholds);
        let amber = if amber <= ledger.starts_on(calendar) { due } else { amber };
        let late = calendar.next_working_day(turn.map_or(due, |turn| due.max(turn.since))).date;
        let mut pending = Vec::new();
        for (rung, day) in [(Rung::Amber, amber), (Rung::Overdue, late)] {
            let reminder = Reminder {
                limit: ledger.kind,
                rung,
                order: order.map(|order| order.sequence),
                start: ledger.start,
                due,
                to: self.addressee(ledger.kind, order.map(|order| &order.department)),
                turn,
                document: None,
            };
            let at = practice.next_at_work(practice.opening(day).max(now), calendar);
            let too_late = rung == Rung::Amber && at.day() > due;
            if !too_late && !self.was_reminded(&reminder) {
                pending.push((at, Event::Reminded(reminder)));
            }
        }
        pending
    }

    /// What was sent before an extension or another edition of the calendar says nothing of a later due date, and what was
    /// sent in somebody else's turn told somebody else; while departments have it, nobody is told again. What was sent to
    /// whoever left did not tell the unit.
    fn was_reminded(&self, reminder: &Reminder) -> bool {
        self.reminders.iter().any(|sent| {
            let same_run = (sent.limit, sent.rung, sent.order, sent.start)
                == (reminder.limit, reminder.rung, reminder.order, reminder.start);
            let with_departments = reminder.turn.is_some_and(|turn| turn.whose == Whose::Departments);
            same_run
                && sent.due >= reminder.due
                && (with_departments || sent.turn == reminder.turn)
                && !self.has_left_since(&sent.to, &reminder.to)
        })
    }

    /// Whom a limit presses: that of the handling whoever has the next step.
    fn addressee(&self, limit: LimitKind, department: Option<&DepartmentCode>) -> Addressee {
        match (limit, department) {
            (LimitKind::Order | LimitKind::OrderReceipt, Some(department)) => Addressee::Department(department.clone()),
            (LimitKind::Filing | LimitKind::Triage, _) => Addressee::Centre,
            (LimitKind::CarriedReview, _) => Addressee::ReformOffice,
            (LimitKind::Handling | LimitKind::Feedback, _) if self.is_with(Whose::ReformOffice) => {
                Addressee::ReformOffice
            }
            (LimitKind::Handling, _) if self.is_with(Whose::Government) => Addressee::Government,
            _ => self.responsibility.now().cloned().map_or(Addressee::Centre, Addressee::Responsible),
        }
    }

    fn is_with(&self, whose: Whose) -> bool {
        self.turn.is_some_and(|turn| turn.whose == whose)
    }
}
