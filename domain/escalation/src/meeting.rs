//! 部门协调会议 (clause D4-3): called by the reform office, attended by departments, and what it resolves binds (rule L15).

mod call;
mod resolution;

use kernel::{
    Centre, Context, DepartmentCode, DocumentKind, DocumentNumber, Fact, Instant, Refusal, Registry, StaffCode, Text,
    access::{Sight, Signature},
    id::{ImpasseId, MeetingId},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

pub use call::{Call, CalledFor, call};
pub use resolution::{Assignment, Resolution, Resolved};

use crate::canonical;

/// 部门协调会议
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    pub id: MeetingId,
    pub centre: Centre,
    pub version: u64,
    pub state: State,
    /// 会议时间
    pub at: Instant,
    /// 会议地点
    pub place: Text<200>,
    /// 议题
    pub agenda: Vec<ImpasseId>,
    /// 参会部门
    pub invited: Vec<DepartmentCode>,
    /// 议题所涉部门, of the items for which not all of them were called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called_for: Vec<CalledFor>,
    pub called_by: Signature,
    pub called_at: Instant,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postponed: Vec<Postponed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Cancellation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<Minutes>,
}

/// 会议状态
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 已通知
    Called,
    /// 已召开
    Held,
    /// 已取消
    Cancelled,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Called => "已通知",
            Self::Held => "已召开",
            Self::Cancelled => "已取消",
        }
    }
}

/// 改期: when and where it was to be before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    pub from: Instant,
    pub place: Text<200>,
    pub reason: Text<500>,
    pub by: Signature,
    pub on: Instant,
}

/// 取消
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub reason: Text<500>,
    pub by: Signature,
    pub on: Instant,
}

/// 会议纪要, numbered and sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    pub number: DocumentNumber,
    pub text: Text<4000>,
    /// 到会情况, one of each department that was invited.
    pub attendance: Vec<Attendance>,
    /// 未议议题: taken off the agenda, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    pub resolutions: Vec<Resolution>,
    pub by: Signature,
    pub at: Instant,
    /// SHA-256 of the canonical JSON of all the above with the meeting's id, lower-case hexadecimal.
    pub digest: String,
}

/// 到会情况 of a department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    pub department: DepartmentCode,
    pub presence: Presence,
}

/// 到会 or 缺席
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presence {
    /// By code and office, never by name.
    Present {
        staff: StaffCode,
        title: Text<40>,
    },
    Absent {
        reason: Text<200>,
    },
}

/// 未议
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub impasse: ImpasseId,
    pub reason: Text<500>,
}

/// What a holding is made of.
#[derive(Clone, Debug)]
pub struct Holding {
    pub text: Text<4000>,
    pub attendance: Vec<Attendance>,
    pub dropped: Vec<Dropped>,
    pub resolutions: Vec<Resolution>,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// 改期
    Reschedule { at: Instant, place: Text<200>, reason: Text<500> },
    /// 取消
    Cancel { reason: Text<500> },
    /// 召开
    Hold(Holding),
}

/// What happened to a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 召集会议
    MeetingCalled {
        id: MeetingId,
        at: Instant,
        place: Text<200>,
        agenda: Vec<ImpasseId>,
        invited: Vec<DepartmentCode>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        called_for: Vec<CalledFor>,
    },
    /// 会议改期
    MeetingRescheduled { at: Instant, place: Text<200>, reason: Text<500> },
    /// 会议取消
    MeetingCancelled { reason: Text<500> },
    /// 会议召开
    MeetingHeld(Box<Minutes>),
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::MeetingCalled { .. } => "召集会议",
            Self::MeetingRescheduled { .. } => "会议改期",
            Self::MeetingCancelled { .. } => "会议取消",
            Self::MeetingHeld(_) => "会议召开",
        }
    }

    /// The paper the event gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::MeetingHeld(minutes) => Some(&minutes.number),
            _ => None,
        }
    }
}

/// 会议记录: an event of a meeting as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// A meeting called at once is entered while it begins, so that today is early enough.
fn must_be_ahead(at: Instant, ctx: &Context<'_>) -> Result<(), Refusal> {
    if at.day() >= ctx.today() {
        return Ok(());
    }
    Err(Refusal::new("meeting_in_the_past", "会议时间不能早于今天"))
}

impl Meeting {
    /// The first event makes one; None for any other event.
    pub fn begin(centre: Centre, recorded: &Recorded) -> Option<Self> {
        let Event::MeetingCalled { id, at, place, agenda, invited, called_for } = recorded.event.clone() else {
            return None;
        };
        Some(Self {
            id,
            centre,
            version: recorded.version,
            state: State::Called,
            at,
            place,
            agenda,
            invited,
            called_for,
            called_by: recorded.by.clone(),
            called_at: recorded.at,
            postponed: Vec::new(),
            cancelled: None,
            minutes: None,
        })
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(centre: Centre, record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut meeting = Self::begin(centre, first)?;
        rest.iter().for_each(|recorded| meeting.apply(recorded));
        Some(meeting)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let (by, on) = (recorded.by.clone(), recorded.at);
        match recorded.event.clone() {
            Event::MeetingCalled { .. } => {}
            Event::MeetingRescheduled { at, place, reason } => {
                let (from, place) = (std::mem::replace(&mut self.at, at), std::mem::replace(&mut self.place, place));
                self.postponed.push(Postponed { from, place, reason, by, on });
            }
            Event::MeetingCancelled { reason } => {
                self.cancelled = Some(Cancellation { reason, by, on });
                self.state = State::Cancelled;
            }
            Event::MeetingHeld(minutes) => {
                self.minutes = Some(*minutes);
                self.state = State::Held;
            }
        }
    }

    /// What a command comes to.
    ///
    /// # Errors
    /// `meeting_over` once it was held or cancelled; `meeting_in_the_past`; `too_early`; and what a holding lacks:
    /// `attendance_incomplete`, `not_on_agenda`, `nothing_discussed`, `resolution_missing`, `ruling_incomplete`.
    pub fn decide(&self, command: Command, registry: &mut dyn Registry, ctx: &Context<'_>) -> Result<Event, Refusal> {
        if self.state != State::Called {
            return Err(Refusal::new("meeting_over", format!("会议{}", self.state.label())));
        }
        match command {
            Command::Reschedule { at, place, reason } => {
                must_be_ahead(at, ctx)?;
                Ok(Event::MeetingRescheduled { at, place, reason })
            }
            Command::Cancel { reason } => Ok(Event::MeetingCancelled { reason }),
            Command::Hold(holding) => self.hold(holding, registry, ctx),
        }
    }

    fn hold(&self, holding: Holding, registry: &mut dyn Registry, ctx: &Context<'_>) -> Result<Event, Refusal> {
        if ctx.now < self.at {
            return Err(Refusal::new("too_early", "会议时间未到"));
        }
        self.must_count_everybody(&holding.attendance)?;
        self.must_settle_everything(&holding)?;
        let Holding { text, attendance, dropped, resolutions } = holding;
        let number = registry.number(DocumentKind::MeetingMinutes)?;
        let (by, at) = (ctx.actor.signature(), ctx.now);
        let mut minutes = Minutes { number, text, attendance, dropped, resolutions, by, at, digest: String::new() };
        minutes.digest = registry.seal(&minutes.to_seal(self.id));
        Ok(Event::MeetingHeld(Box::new(minutes)))
    }

    /// Of each department that was invited, once, and of no other.
    fn must_count_everybody(&self, attendance: &[Attendance]) -> Result<(), Refusal> {
        let mut counted: Vec<_> = attendance.iter().map(|it| &it.department).collect();
        counted.sort_unstable();
        if counted.iter().eq(&self.invited.iter().collect::<Vec<_>>()) {
            return Ok(());
        }
        Err(Refusal::new("attendance_incomplete", "须逐一登记每个参会部门的到会情况，且只登记参会部门"))
    }

    /// Each item is either dropped with a reason or resolved.
    fn must_settle_everything(&self, holding: &Holding) -> Result<(), Refusal> {
        let dropped: Vec<_> = holding.dropped.iter().map(|it| it.impasse).collect();
        let resolved: Vec<_> = holding.resolutions.iter().map(|it| it.impasse).collect();
        if dropped.iter().chain(&resolved).any(|impasse| !self.agenda.contains(impasse)) {
            return Err(Refusal::new("not_on_agenda", "该事项不是本次会议的议题"));
        }
        if dropped.iter().any(|impasse| resolved.contains(impasse)) {
            return Err(Refusal::new("dropped_and_resolved", "未议的议题不能形成决议"));
        }
        if self.agenda.iter().all(|impasse| dropped.contains(impasse)) {
            return Err(Refusal::new("nothing_discussed", "会议没有议定任何议题，请取消或改期"));
        }
        if self.agenda.iter().any(|impasse| !dropped.contains(impasse) && !resolved.contains(impasse)) {
            return Err(Refusal::new("resolution_missing", "每个议题都须形成决议或说明未议的原因"));
        }
        holding.resolutions.iter().try_for_each(Resolution::must_be_complete)
    }

    /// 已议: what the meeting discussed, once it was held.
    pub fn discussed(&self) -> Vec<ImpasseId> {
        let Some(minutes) = &self.minutes else { return Vec::new() };
        let is_dropped = |impasse: &ImpasseId| minutes.dropped.iter().any(|it| it.impasse == *impasse);
        self.agenda.iter().copied().filter(|impasse| !is_dropped(impasse)).collect()
    }

    /// 到会部门 of an item, once it was held: those that were there and that it concerns.
    pub fn present_for(&self, impasse: ImpasseId) -> Vec<DepartmentCode> {
        let attendance = self.minutes.iter().flat_map(|minutes| &minutes.attendance);
        let present = attendance.filter(|it| matches!(it.presence, Presence::Present { .. })).map(|it| &it.department);
        let called_for = self.called_for.iter().find(|item| item.impasse == impasse);
        let concerned = |it: &&DepartmentCode| called_for.is_none_or(|item| item.departments.contains(it));
        present.filter(concerned).cloned().collect()
    }

    /// Departments that know of it: those that were invited, and those that it gave something to do.
    pub fn departments(&self) -> Vec<DepartmentCode> {
        let resolutions = self.minutes.iter().flat_map(|minutes| &minutes.resolutions);
        let assigned = resolutions.filter_map(Resolution::assignment).flat_map(Assignment::departments);
        let mut all: Vec<_> = self.invited.iter().chain(assigned).cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether whoever sees this much sees the meeting: the same that a list of meetings is bound by.
    pub fn is_in(&self, sight: &Sight) -> bool {
        match sight {
            Sight::Centre => true,
            Sight::Departments(departments) => self.departments().iter().any(|it| departments.contains(it)),
            _ => false,
        }
    }
}

impl Minutes {
    /// What is sealed.
    pub fn to_seal(&self, meeting: MeetingId) -> String {
        let unsealed = Self { digest: String::new(), ..self.clone() };
        canonical::json(&serde_json::json!({ "meeting": meeting, "minutes": unsealed }))
    }
}
