//! State × command → an event or a refusal.

use kernel::{
    CaseId, Centre, Context, DepartmentCode, ItemCode, PartyId, Refusal, Role, StaffCode, Text, WindowCode,
    access::Who,
    id::{ConsultationId, ImpasseId},
    responsibility::Responsible,
};

use crate::{
    consultation::{Consultation, Ending},
    direction::Direction,
    event::{Asked, Event},
};

/// How often somebody is sent elsewhere at most: whoever needs more of it needs the fallback window.
const MOST_DIRECTIONS: usize = 50;

/// 咨询登记 as it comes in.
#[derive(Clone, Debug)]
pub struct Asking {
    pub id: ConsultationId,
    pub centre: Centre,
    pub window: WindowCode,
    pub department: DepartmentCode,
    pub fallback: WindowCode,
    pub item: Option<ItemCode>,
    pub question: Text<1000>,
    pub applicant: Option<PartyId>,
    pub direction: Direction,
}

/// What is to be done about a consultation. That it is for clerks has been settled before.
#[derive(Clone, Debug)]
pub enum Command {
    /// 重新分流
    Direct(Direction),
    /// 接受
    Accept,
    /// 退回
    Decline { reason: Text<500> },
    /// 办结
    Conclude { outcome: Text<1000>, case: Option<CaseId> },
    /// 转为办不成事事项, of this applicant.
    Turn { impasse: ImpasseId, applicant: PartyId },
}

/// 咨询登记, with a direction at once. Whoever records it was asked first, and answers for it (clause B5-1).
///
/// # Errors
/// `directed_to_own_window`; `fallback_without_reason`.
pub fn record(asking: Asking, ctx: &Context<'_>) -> Result<Event, Refusal> {
    let by = staff_of(ctx)?.clone();
    let Asking { id, centre, window, department, fallback, item, question, applicant, direction } = asking;
    must_lead_away(&direction, &window, &fallback)?;
    let asked = Asked { id, centre, window, department, fallback, by, item, question, applicant, direction };
    Ok(Event::ConsultationRecorded(Box::new(asked)))
}

impl Consultation {
    /// What a command comes to: an event, or the reason why not.
    ///
    /// # Errors
    /// With a stable code: what its state or the rules do not allow.
    pub fn decide(&self, command: Command, ctx: &Context<'_>) -> Result<Event, Refusal> {
        self.must_be_open()?;
        match command {
            Command::Direct(direction) => self.direct(direction, ctx),
            Command::Accept => {
                let (by, window) = self.offered_here(ctx)?;
                Ok(Event::Accepted { by, window })
            }
            Command::Decline { reason } => {
                let (by, window) = self.offered_here(ctx)?;
                let (_, department) = ctx.actor.posted_at(Some(&window))?;
                Ok(Event::Declined { by, window, department: Some(department), reason })
            }
            Command::Conclude { outcome, case } => Ok(Event::Concluded { by: self.must_answer(ctx)?, outcome, case }),
            Command::Turn { impasse, applicant } => self.turn(impasse, applicant, ctx),
        }
    }

    /// 重新分流: what was offered before and is not accepted is offered no longer.
    fn direct(&self, direction: Direction, ctx: &Context<'_>) -> Result<Event, Refusal> {
        let by = self.must_answer(ctx)?;
        if matches!(direction, Direction::Answered { .. }) {
            return Err(Refusal::new("answered_only_at_once", "当场答复须在登记时填写；其后答复的，请办结"));
        }
        must_lead_away(&direction, &self.held_at, &self.asked.fallback)?;
        if self.directions.len() >= MOST_DIRECTIONS {
            return Err(Refusal::new("directed_too_often", "分流次数过多，请办结或者转办不成事"));
        }
        Ok(Event::Directed { by, direction })
    }

    /// One step to a registered impasse (clause A1-3): by whoever answers for it, or at the fallback window, which accepts it
    /// by that.
    fn turn(&self, impasse: ImpasseId, applicant: PartyId, ctx: &Context<'_>) -> Result<Event, Refusal> {
        let (by, window) = match self.must_answer(ctx) {
            Ok(by) => (by, self.held_at.clone()),
            Err(refusal) if self.offered_to() != Some(&self.asked.fallback) => return Err(refusal),
            Err(refusal) => self.offered_here(ctx).map_err(|_| refusal)?,
        };
        if self.applicant.is_some_and(|known| known != applicant) {
            return Err(Refusal::new("not_the_applicant", "申请人与登记的咨询人不是同一人"));
        }
        Ok(Event::BecameImpasse { by, window, impasse, applicant })
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.ending {
            None => Ok(()),
            Some(Ending::BecameImpasse { impasse }) => {
                Err(Refusal::new("already_an_impasse", format!("该咨询已转为办不成事事项：{impasse}")))
            }
            Some(Ending::Answered | Ending::Concluded { .. }) => {
                Err(Refusal::new("consultation_ended", "该咨询已答复或者办结"))
            }
        }
    }

    /// Who acts, where it is theirs: whoever answers for it, or any clerk of the window while only the window does.
    fn must_answer(&self, ctx: &Context<'_>) -> Result<StaffCode, Refusal> {
        let by = staff_of(ctx)?;
        let answers = match self.responsibility.now() {
            Some(Responsible::Staff(staff)) => staff == by && is_posted(ctx, &self.held_at),
            Some(Responsible::Window(window)) => is_posted(ctx, window),
            Some(Responsible::Department(_)) | None => false,
        };
        if answers {
            Ok(by.clone())
        } else {
            Err(Refusal::new("not_the_responsible_person", "由首问责任人办理"))
        }
    }

    /// Who acts, and at which window, where it is offered to a window of theirs.
    fn offered_here(&self, ctx: &Context<'_>) -> Result<(StaffCode, WindowCode), Refusal> {
        let Some(window) = self.offered_to() else {
            return Err(Refusal::new("nothing_offered", "该咨询没有待窗口接受的分流"));
        };
        if !is_posted(ctx, window) {
            return Err(Refusal::new("not_offered_to_you", "该咨询不是分流到您的窗口的"));
        }
        Ok((staff_of(ctx)?.clone(), window.clone()))
    }
}

/// Nobody is sent to where they are, nor to the fallback window without a reason (clause A1-3). What belongs there and is
/// asked there stays there.
fn must_lead_away(direction: &Direction, from: &WindowCode, fallback: &WindowCode) -> Result<(), Refusal> {
    match direction {
        Direction::Window { window } if window == from => {
            Err(Refusal::new("directed_to_own_window", "不能分流到本窗口"))
        }
        Direction::Window { window } if window == fallback => {
            Err(Refusal::new("fallback_without_reason", "转兜底窗口须写明原因"))
        }
        _ => Ok(()),
    }
}

fn staff_of<'a>(ctx: &'a Context<'_>) -> Result<&'a StaffCode, Refusal> {
    ctx.actor.staff().ok_or_else(|| Refusal::new("staff_only", "此操作须由窗口人员办理"))
}

/// Clause A2-3: only staff posted to a window act at it.
fn is_posted(ctx: &Context<'_>, window: &WindowCode) -> bool {
    match &ctx.actor.who {
        Who::Staff { role: Role::Clerk, postings, .. } => {
            postings.iter().any(|posting| posting.window.as_ref() == Some(window))
        }
        _ => false,
    }
}
