//! 转热线: what somebody brings to a window and is for the 12345 hotline (rule L18). The window that passed it on stays
//! responsible to whoever came to it (clause B5-1), so the hotline's answer comes back to the window.

use kernel::{
    Centre, DepartmentCode, Fact, Instant, PartyId, Refusal, StaffCode, Text, Whereabouts, WindowCode,
    access::Signature, id::TicketId,
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::ExternalNo;

/// 转热线事项. It holds no personal data: the applicant is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// How many events have happened to it.
    pub version: u64,
    pub raised: Raised,
    /// 首问责任人
    pub by: Signature,
    pub at: Instant,
    pub state: TicketState,
    /// 热线工单编号, once the hotline has said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_no: Option<ExternalNo>,
    /// What the hotline answered, or why it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Text<2000>>,
}

/// What was passed on, from where, to which hotline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub id: TicketId,
    pub centre: Centre,
    pub hotline: StaffCode,
    pub window: WindowCode,
    /// Of the clerk who passed it on.
    pub department: DepartmentCode,
    pub fallback: WindowCode,
    pub applicant: PartyId,
    pub subject: Text<100>,
    pub text: Text<2000>,
}

/// 状态
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TicketState {
    /// 已转出
    Raised,
    /// 热线已受理
    Taken,
    /// 热线不予受理
    Refused,
    /// 热线已答复
    Answered,
}

impl TicketState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Raised => "已转热线",
            Self::Taken => "热线已受理",
            Self::Refused => "热线不予受理",
            Self::Answered => "热线已答复",
        }
    }

    /// The hotline has nothing more to say.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Refused | Self::Answered)
    }
}

/// What happened to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 转热线
    TicketRaised(Box<Raised>),
    /// 热线受理
    TicketTaken { external_no: ExternalNo },
    /// 热线不予受理
    TicketRefused { reason: Text<2000> },
    /// 热线答复
    TicketAnswered { text: Text<2000> },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

/// An event of a ticket as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// What the hotline says of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Taken(ExternalNo),
    Refused(Text<2000>),
    Answered(Text<2000>),
}

impl Ticket {
    /// The whole record, from the first event; None where there is none.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let Event::TicketRaised(raised) = &first.event else { return None };
        let mut ticket = Self {
            version: first.version,
            raised: (**raised).clone(),
            by: first.by.clone(),
            at: first.at,
            state: TicketState::Raised,
            external_no: None,
            answer: None,
        };
        rest.iter().for_each(|recorded| ticket.apply(recorded));
        Some(ticket)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        match &recorded.event {
            Event::TicketRaised(_) => {}
            Event::TicketTaken { external_no } => {
                self.external_no = Some(external_no.clone());
                if self.state == TicketState::Raised {
                    self.state = TicketState::Taken;
                }
            }
            Event::TicketRefused { reason } => {
                (self.state, self.answer) = (TicketState::Refused, Some(reason.clone()));
            }
            Event::TicketAnswered { text } => {
                (self.state, self.answer) = (TicketState::Answered, Some(text.clone()));
            }
        }
    }

    /// What the hotline's word comes to. The same word again, and a number that comes after the answer, do no harm; None
    /// where nothing is new.
    ///
    /// # Errors
    /// `ticket_numbered` for another number, `ticket_settled` for another answer than it gave.
    pub fn reply(&self, reply: Reply) -> Result<Option<Event>, Refusal> {
        match reply {
            Reply::Taken(external_no) => match &self.external_no {
                None => Ok(Some(Event::TicketTaken { external_no })),
                Some(known) if *known == external_no => Ok(None),
                Some(known) => Err(Refusal::new("ticket_numbered", format!("该事项的热线工单编号为{known}"))),
            },
            Reply::Refused(reason) => {
                self.settle(TicketState::Refused, reason, |reason| Event::TicketRefused { reason })
            }
            Reply::Answered(text) => self.settle(TicketState::Answered, text, |text| Event::TicketAnswered { text }),
        }
    }

    fn settle(
        &self,
        state: TicketState,
        text: Text<2000>,
        event: impl FnOnce(Text<2000>) -> Event,
    ) -> Result<Option<Event>, Refusal> {
        match self.state.is_settled() {
            false => Ok(Some(event(text))),
            true if self.state == state && self.answer.as_ref() == Some(&text) => Ok(None),
            true => Err(Refusal::new("ticket_settled", format!("该事项{}", self.state.label()))),
        }
    }

    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.raised.centre,
            item: None,
            window: Some(&self.raised.window),
            fallback: Some(&self.raised.fallback),
            besides: Vec::new(),
            department: Some(&self.raised.department),
            participants: Vec::new(),
            at_work: Vec::new(),
            applicant: Some(self.raised.applicant),
            client: Some(&self.raised.hotline),
            vouched: false,
        }
    }
}
