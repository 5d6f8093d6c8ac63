//! 到期: what time alone does to a case. Everything follows from its ledgers and offers, so nothing needs to be scheduled,
//! and nothing can be forgotten or happen twice: the event it causes takes its cause away.

use catalog::{DeliveryMethod, ItemVersion};
use chrono::{Days, NaiveDate};
use intake::{AcceptanceBasis, RevocationGround};
use issuance::Issuance;
use kernel::{
    Calendar, Context, DepartmentCode, DocumentKind, Instant, Practice, Refusal, Registry, WorkingDays,
    ledger::{Ledger, LimitKind},
    responsibility::Responsible,
};

use crate::{
    case::{Addressee, Case, Part, Reminder, Rung},
    clocks::Turn,
    decide::{DELIVERY_LIMIT, Decided, acceptance_revoked, accepted_on, check_limit, fixed},
    event::{Event, Recorded},
    stage::Stage,
};

/// How many things can fall due at once, which is more than ever do; whatever is left comes with the next look.
const MOST_AT_ONCE: usize = 64;
/// An applicant is asked this often to fetch a result; then it is for the window to find another way.
const MOST_CHASES: usize = 3;

/// Something that time does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Happening {
    DeemedAccepted {
        from: NaiveDate,
        /// The day after the last one of the check.
        lapsed: NaiveDate,
    },
    DeemedWithdrawn {
        due: NaiveDate,
    },
    /// Everything came in time, and nobody pressed the button.
    Corrected,
    AcceptanceRevoked {
        due: NaiveDate,
    },
    HandOverLapsed,
    TransferLapsed,
    FellSilent(DepartmentCode),
    FindingsMissed(DepartmentCode),
    Reminded(Reminder),
    Chased,
    /// While a clock stands still its dates move with every day, and the index with them. Nothing is put on the record.
    NextDay,
}

impl Case {
    /// Everything that has fallen due by `ctx.now`, in the order in which it did. Empty where nothing has.
    pub fn fall_due(&self, item: &ItemVersion, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        let mut case = self.clone();
        let mut events = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let due = case.pending(ctx.calendar, ctx.practice, ctx.now);
            let due = due.into_iter().filter(|(at, what)| *at <= ctx.now && *what != Happening::NextDay);
            let Some((_, happening)) = due.min_by_key(|(at, _)| *at) else { break };
            let event = case.happens(happening, item, registry, ctx)?;
            let version = case.version + 1;
            case.apply(&Recorded { version, at: ctx.now, by: ctx.actor.signature(), event: event.clone() });
            events.push(event);
        }
        Ok(events)
    }

    /// When to look at the case again; None while time does nothing to it.
    pub fn wakes_at(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Option<Instant> {
        self.pending(calendar, practice, now).into_iter().map(|(at, _)| at).min()
    }

    fn happens(
        &self,
        happening: Happening,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Result<Event, Refusal> {
        Ok(match happening {
            Happening::DeemedAccepted { from, lapsed } => {
                let notice = registry.number(DocumentKind::AcceptanceNotice)?;
                accepted_on(from, Some(lapsed), Some(notice), AcceptanceBasis::Deemed, item, ctx)
            }
            Happening::DeemedWithdrawn { due } => {
                Event::DeemedWithdrawn { document: registry.number(DocumentKind::DeemedWithdrawalNotice)?, due }
            }
            Happening::Corrected => Event::CorrectionsSubmitted { check: check_limit(LimitKind::Check, ctx) },
            Happening::AcceptanceRevoked { due } => {
                let (ground, why) = match self.intake.may_revoke_acceptance(item) {
                    Ok(()) => (RevocationGround::StillDeficient, "补交的材料仍不符合要求"),
                    Err(_) => (RevocationGround::Overdue, "逾期未补齐"),
                };
                acceptance_revoked(ground, fixed(&format!("容缺材料应于{due}前补齐，{why}"))?, registry)?
            }
            Happening::HandOverLapsed => match self.open_offer() {
                Some((from, to)) => Event::HandOverLapsed { from: from.clone(), to: to.clone() },
                None => return Err(Refusal::new("no_handover_pending", "没有待接受的移交")),
            },
            Happening::TransferLapsed => Event::TransferLapsed { to: self.routing.transfer()?.to.clone() },
            Happening::FellSilent(department) => Event::FellSilent { department, on: ctx.today() },
            Happening::FindingsMissed(department) => Event::FindingsMissed { department, on: ctx.today() },
            Happening::Reminded(reminder) => Event::Reminded(reminder),
            Happening::Chased => Event::Chased,
            Happening::NextDay => return Err(Refusal::new("nothing_due", "没有到期事项")),
        })
    }

    fn pending(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Happening)> {
        let today = now.day();
        let mut pending = Vec::new();
        let over = |ledger: &Ledger| {
            let due = ledger.due(calendar, today).date;
            (day_after(due), due)
        };
        match (self.stage, &self.clocks) {
            (Stage::UnderCheck, clocks) => {
                if let Some(check) = clocks.check.as_ref().filter(|ledger| ledger.is_running()) {
                    let (at, _) = over(check);
                    let (from, lapsed) = (check.starts_on(calendar), at.day());
                    pending.push((at, Happening::DeemedAccepted { from, lapsed }));
                }
            }
            (Stage::AwaitingCorrection, clocks) => {
                if let Some(correction) = &clocks.correction {
                    let (at, due) = over(correction);
                    let came = self.intake.correction_has_come();
                    pending.push((at, if came { Happening::Corrected } else { Happening::DeemedWithdrawn { due } }));
                }
            }
            (Stage::InReview | Stage::Decided, clocks) => {
                let waits = self.intake.open_condition().is_some() && !self.intake.condition_has_come();
                if let Some(condition) = clocks.condition.as_ref().filter(|_| waits) {
                    let (at, due) = over(condition);
                    pending.push((at, Happening::AcceptanceRevoked { due }));
                }
            }
            _ => {}
        }
        let back = self.hand_over_goes_back_at(calendar, today);
        pending.extend(back.map(|at| (at, Happening::HandOverLapsed)));
        if self.stage == Stage::InReview {
            pending.extend(self.pending_in_review(calendar, today));
        }
        pending.extend(self.pending_reminders(calendar, practice, now));
        pending.extend(self.pending_chase(calendar, practice, now));
        if self.clocks.running().any(|ledger| ledger.is_suspended(today)) {
            pending.push((day_after(today), Happening::NextDay));
        }
        // After the end of a case only its waking says that a limit runs on, and may still move with the calendar.
        let runs_on = || self.clocks.running().next().is_some() || self.issued_anew_at().is_some();
        if pending.is_empty() && self.stage.is_final() && runs_on() {
            pending.push((day_after(today), Happening::NextDay));
        }
        pending
    }

    fn pending_in_review(&self, calendar: &Calendar, today: NaiveDate) -> Vec<(Instant, Happening)> {
        let mut pending = Vec::new();
        if let Some(transfer) = &self.routing.transfer {
            pending.push((transfer.goes_back_at(calendar, today), Happening::TransferLapsed));
        }
        if let Some(joint) = &self.approval.joint {
            let silent = joint.desks.iter().filter(|(_, desk)| desk.opinion.is_none() && desk.silent_since.is_none());
            pending.extend(silent.filter_map(|(department, _)| {
                let due = joint.ledger(department)?.due(calendar, today).date;
                Some((day_after(due), Happening::FellSilent(department.clone())))
            }));
        }
        if let Some(inspection) = &self.approval.inspection {
            pending.extend(inspection.awaited().filter_map(|department| {
                let due = inspection.limit_of(department)?.due(calendar, today).date;
                Some((day_after(due), Happening::FindingsMissed(department.clone())))
            }));
        }
        pending
    }

    /// 提醒: each rung of each run of a limit once, in working time, late rather than never.
    fn pending_reminders(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Happening)> {
        let today = now.day();
        let own = self.clocks.running().cloned().map(|ledger| {
            let to = self.addressee(ledger.kind);
            (ledger, to, None)
        });
        // An offer is told of when it is made, and goes back by itself.
        let asked = self.participations().into_iter().filter(|it| it.open && it.part != Part::Transfer);
        let asked = asked.filter_map(|it| Some((it.limit?, Some(Addressee::Department(it.department)), None)));
        let outside = self.approval.procedures.iter().filter(|procedure| procedure.is_open()).map(|procedure| {
            (procedure.limit(practice), self.addressee(LimitKind::Procedure), Some(procedure.notice.clone()))
        });
        let anew = self.issued_anew_at().map(|at| {
            let limit = practice.limit(LimitKind::Delivery, DELIVERY_LIMIT, at.day());
            (limit, Some(Addressee::Responsible(Responsible::Window(self.window.clone()))), None)
        });
        let mut pending = Vec::new();
        for (ledger, to, procedure) in own.chain(asked).chain(outside).chain(anew) {
            let Some(to) = to else { continue };
            let due = ledger.due(calendar, today).date;
            let amber = ledger.amber_from(calendar, today, &practice.reminds_before(ledger.kind));
            let late = calendar.next_working_day(due).date;
            // A limit shorter than the warning is warned of on its last day.
            let amber = if amber <= ledger.starts_on(calendar) { due } else { amber };
            for (rung, day) in [(Rung::Amber, amber), (Rung::Overdue, late)] {
                let (to, procedure) = (to.clone(), procedure.clone());
                let reminder = Reminder { limit: ledger.kind, rung, start: ledger.start, due, to, procedure };
                let at = in_working_time(practice.opening(day), practice, calendar, now);
                // While a clock stands still its date moves on with every day, and there is time.
                let needless = rung == Rung::Amber && (at.day() > due || ledger.is_suspended(today));
                if !needless && !self.was_reminded(&reminder) {
                    pending.push((at, Happening::Reminded(reminder)));
                }
            }
        }
        pending
    }

    /// When what took the place of a delivered result was issued, as long as it waits for a delivery of its own: the clock of
    /// the delivery stopped with the first one.
    fn issued_anew_at(&self) -> Option<Instant> {
        self.issuance.issued_at.filter(|_| self.issuance.was_delivered() && self.issuance.awaits_delivery())
    }

    /// What was sent before an extension, a suspension or another edition of the calendar says nothing of a later due date.
    fn was_reminded(&self, reminder: &Reminder) -> bool {
        let same_run = |sent: &Reminder| {
            let same_desk = !reminder.limit.is_of_a_part() || sent.to == reminder.to;
            let same_limit = sent.limit == reminder.limit && sent.procedure == reminder.procedure;
            same_limit && sent.rung == reminder.rung && sent.start == reminder.start && same_desk
        };
        self.reminders.iter().any(|sent| same_run(sent) && sent.due >= reminder.due)
    }

    /// Who a limit presses; None of a case that has ended.
    fn addressee(&self, limit: LimitKind) -> Option<Addressee> {
        match limit {
            _ if self.turn(limit) == Turn::Applicant => Some(Addressee::Applicant),
            LimitKind::ConditionCheck => Some(Addressee::Responsible(Responsible::Window(self.window.clone()))),
            LimitKind::Verification => Some(Addressee::Department(self.routing.department.clone())),
            _ => self.responsibility.now().cloned().map(Addressee::Responsible),
        }
    }

    /// 催领: a result that waits at the window, from when it was issued or took the place of one that had been fetched.
    fn pending_chase(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Option<(Instant, Happening)> {
        let Issuance { method, issued_at, chased, .. } = &self.issuance;
        let since = (*issued_at)?;
        if *method != DeliveryMethod::PickUp || !self.issuance.awaits_delivery() {
            return None;
        }
        let chases = || chased.iter().filter(move |at| **at > since);
        if chases().count() >= MOST_CHASES {
            return None;
        }
        let last = chases().next_back().unwrap_or(&since);
        let day = calendar.after(last.day(), WorkingDays(practice.unclaimed.0.max(1))).date;
        Some((in_working_time(practice.opening(day), practice, calendar, now), Happening::Chased))
    }
}

fn day_after(day: NaiveDate) -> Instant {
    Instant::midnight(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

/// `at` itself while it lies ahead; once it has passed, now or the next moment at which people are at work.
fn in_working_time(at: Instant, practice: &Practice, calendar: &Calendar, now: Instant) -> Instant {
    practice.next_at_work(at.max(now), calendar)
}
