//! 催督 of a work order: reminders, the ladder, and what the hotline urges or wants raised (rules L15, L16). It presses
//! whoever the order is assigned to; what nobody was given yet is the supervision section's, which is reminded of it. An
//! order with an impasse is not pressed: the ladder of the impasse leads there, and nobody is told the same twice.

use chrono::NaiveDate;
use kernel::{
    Calendar, Context, DepartmentCode, DocumentKind, DocumentNumber, Instant, Practice, Recorded, Refusal, Registry,
    Text, access::Signature, ledger::Ledger,
};
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::{
    command::Assignee,
    event::Event,
    state::{Milestone, Press, Response, State},
    work_order::{Assignment, WorkOrder},
};
use crate::{order::Ruling as StepRuling, supervision::Step};

/// How many things can fall due at once, which is more than ever do; whatever is left comes with the next look.
const MOST_AT_ONCE: usize = 64;

/// 提醒对象
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// 承办单位
    Assignee(Assignee),
    /// 承办部门的负责人
    Head(DepartmentCode),
    /// 中心, of a window and of the supervision section.
    Centre,
    /// 改革办
    ReformOffice,
    /// 督查科, of what nobody was given yet.
    SupervisionSection,
}

/// 提醒 of a work order, each once a run of the limit and an assignee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReminder {
    pub press: Press,
    /// The limit that it is of, by its first day.
    pub start: NaiveDate,
    pub due: NaiveDate,
    pub to: Vec<Told>,
    pub at: Instant,
    /// 催办通知书, of what is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentNumber>,
}

/// 督办 of a work order: a step that time proposed, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSupervision {
    pub step: Step,
    /// The date that was missed.
    pub due: NaiveDate,
    pub against: Assignee,
    pub proposed_at: Instant,
    /// Granted where the step was taken, not where it was waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<StepRuling>,
}

/// 热线催办, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urging {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
    pub at: Instant,
    /// Who had the order then. None of what the section had itself or an impasse drives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Assignee>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Responded>,
}

/// 催办后的处置: the first thing that was done to the order after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responded {
    pub what: Response,
    pub by: Signature,
    pub at: Instant,
}

impl Response {
    fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Acknowledged => Self::Acknowledged,
            Event::Returned { .. } => Self::Returned,
            Event::Assigned { .. } => Self::Assigned,
            Event::AssignmentReturned { .. } => Self::AssignmentReturned,
            Event::ExtensionAsked { .. } => Self::ExtensionAsked,
            Event::RouteTold { .. } => Self::RouteTold,
            Event::Answered { .. } => Self::Answered,
            Event::Completed { .. } => Self::Completed,
            Event::ImpasseRegistered { .. } => Self::ImpasseRegistered,
            Event::EscalationDeclined { .. } => Self::EscalationDeclined,
            Event::SupervisionRuled { ruling, .. } if ruling.granted => Self::Supervised,
            Event::Followed { milestone, .. } if *milestone != Milestone::SentBack => Self::ImpasseMoved,
            _ => return None,
        })
    }
}

impl WorkOrder {
    /// What time has done by now, in the order in which it did; in working hours, where it only tells somebody.
    ///
    /// # Errors
    /// Those of the registry.
    pub fn fall_due(&self, registry: &mut dyn Registry, ctx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        let mut order = self.clone();
        let mut events = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let due = order.pending(ctx.calendar, ctx.practice, ctx.now);
            let Some((_, event)) = due.into_iter().filter(|(at, _)| *at <= ctx.now).min_by_key(|(at, _)| *at) else {
                break;
            };
            let event = urging(event, registry)?;
            let version = order.version + 1;
            order.apply(&Recorded { version, at: ctx.now, by: ctx.actor.signature(), event: event.clone() });
            events.push(event);
        }
        Ok(events)
    }

    /// When time alone will do something to it.
    pub fn wakes_at(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Option<Instant> {
        self.pending(calendar, practice, now).into_iter().map(|(at, _)| at).min()
    }

    fn pending(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        let over = |limit: &Ledger| Some(Instant::midnight(limit.due(calendar, now.day()).date.succ_opt()?));
        let limit = self.limit().filter(|limit| limit.is_running() && !self.ran_out);
        let ran_out = limit.and_then(over).map(|at| (at, Event::RanOut));
        let unheeded = self.unheeded().and_then(|it| over(&it.limit)).map(|at| (at, Event::EscalationRanOut));
        let untold = self.pending_escalation().filter(|it| !it.told && self.state != State::Returned);
        let raised = untold.map(|escalation| {
            let at = practice.next_at_work(escalation.at.max(now), calendar);
            (at, Event::Reminded(self.raising(&escalation.limit, calendar, now)))
        });
        let mut pending: Vec<_> = ran_out.into_iter().chain(unheeded).chain(raised).collect();
        let at = (calendar, practice, now);
        if let Some((holder, limit)) = self.pressed() {
            pending.extend(self.reminders_ahead(holder, limit, at));
            pending.extend(holder.into_iter().flat_map(|assignment| self.steps_ahead(assignment, limit, at)));
        }
        pending
    }

    /// Who is pressed, and by which limit; the supervision section where nobody was given it. What waits for the hotline's
    /// ruling on a return presses nobody.
    fn pressed(&self) -> Option<(Option<&Assignment>, &Ledger)> {
        let limit = self.limit().filter(|limit| limit.is_running() && self.impasse.is_none())?;
        let is_ours = matches!(self.state, State::Dispatched | State::Acknowledged | State::InHandling);
        is_ours.then_some((self.assignment.as_ref(), limit))
    }

    /// Whoever has it is told before it is due; they and whoever is over them once it is missed.
    fn reminders_ahead(
        &self,
        holder: Option<&Assignment>,
        limit: &Ledger,
        (calendar, practice, now): (&Calendar, &Practice, Instant),
    ) -> Vec<(Instant, Event)> {
        let today = now.day();
        let due = limit.due(calendar, today).date;
        let amber = limit.amber_from(calendar, today, &practice.thresholds);
        let amber = if amber <= limit.start { due } else { amber };
        let late = calendar.next_working_day(holder.map_or(due, |assignment| due.max(assignment.at.day()))).date;
        let (whoever, over) = match holder {
            Some(assignment) => (Told::Assignee(assignment.to.clone()), over(&assignment.to)),
            None => (Told::SupervisionSection, Told::Centre),
        };
        let rungs = [(Press::Amber, amber, vec![whoever.clone()]), (Press::Overdue, late, vec![whoever, over])];
        let mut ahead = Vec::new();
        for (press, day, to) in rungs {
            let reminder = OrderReminder { press, start: limit.start, due, to, at: now, document: None };
            let at = practice.next_at_work(practice.opening(day).max(now), calendar);
            let too_late = press == Press::Amber && at.day() > due;
            if !too_late && !self.was_reminded(&reminder) {
                ahead.push((at, Event::Reminded(reminder)));
            }
        }
        ahead
    }

    /// What was sent before an extension or another edition of the calendar says nothing of a later due date, and what was
    /// sent to somebody else told somebody else.
    fn was_reminded(&self, reminder: &OrderReminder) -> bool {
        self.reminders.iter().any(|sent| {
            let is_same_run = (sent.press, sent.start, &sent.to) == (reminder.press, reminder.start, &reminder.to);
            is_same_run && sent.due >= reminder.due
        })
    }

    /// The steps that are still to be proposed against whoever has it; nobody climbs for the time before it was theirs.
    fn steps_ahead(
        &self,
        assignment: &Assignment,
        limit: &Ledger,
        (calendar, practice, now): (&Calendar, &Practice, Instant),
    ) -> Vec<(Instant, Event)> {
        let due = limit.due(calendar, now.day()).date;
        let from = due.max(assignment.at.day());
        let of_this_run = |sent: &&OrderSupervision| {
            let of_this_date = limit.extensions.is_empty() || sent.due >= due;
            sent.proposed_at.day() > limit.start && of_this_date && sent.against == assignment.to
        };
        let is_left = |step: &&Step| !self.supervision.iter().filter(of_this_run).any(|sent| sent.step == **step);
        let ahead = Step::VARIANTS.iter().filter(is_left).map(|&step| {
            let day = calendar.after(from, step.after_due()).date;
            let at = practice.next_at_work(practice.opening(day).max(now), calendar);
            (at, Event::SupervisionProposed { step, due, against: assignment.to.clone() })
        });
        ahead.collect()
    }

    /// 提级 is a step of the ladder: told to whoever is over the assignee, and to the reform office.
    pub(super) fn raising(&self, limit: &Ledger, calendar: &Calendar, now: Instant) -> OrderReminder {
        let over = self.assignment.as_ref().map_or(Told::SupervisionSection, |assignment| over(&assignment.to));
        OrderReminder {
            press: Press::Raised,
            start: limit.start,
            due: limit.due(calendar, now.day()).date,
            to: vec![over, Told::ReformOffice],
            at: now,
            document: None,
        }
    }

    /// 待裁定的督办: the lowest step that waits for its ruling.
    pub fn waiting_step(&self) -> Option<&OrderSupervision> {
        self.supervision.iter().find(|proposed| proposed.ruling.is_none())
    }

    /// 裁定督办, from the bottom of the ladder.
    pub(super) fn rule_on_supervision(&self, step: Step, ruling: StepRuling) -> Result<Vec<Event>, Refusal> {
        match self.waiting_step() {
            None => Err(Refusal::new("no_supervision_pending", "没有待裁定的督办措施")),
            Some(first) if first.step != step => {
                Err(Refusal::new("earlier_step_pending", format!("请先裁定「{}」", first.step.label())))
            }
            Some(_) => Ok(vec![Event::SupervisionRuled { step, ruling }]),
        }
    }

    /// What was done answers every urging that nothing has been done about.
    pub(super) fn respond(&mut self, recorded: &Recorded<Event>) {
        let Some(what) = Response::of(&recorded.event) else { return };
        for urging in self.urgings.iter_mut().filter(|urging| urging.response.is_none()) {
            urging.response = Some(Responded { what, by: recorded.by.clone(), at: recorded.at });
        }
    }
}

/// Who is over an assignee.
fn over(assignee: &Assignee) -> Told {
    match assignee {
        Assignee::Department(code) => Told::Head(code.clone()),
        Assignee::Window(_) => Told::Centre,
    }
}

/// 催办通知书 with its number, of what is overdue (rule L16).
fn urging(event: Event, registry: &mut dyn Registry) -> Result<Event, Refusal> {
    Ok(match event {
        Event::Reminded(reminder) if reminder.press == Press::Overdue => {
            let document = Some(registry.number(DocumentKind::UrgingNotice)?);
            Event::Reminded(OrderReminder { document, ..reminder })
        }
        other => other,
    })
}
