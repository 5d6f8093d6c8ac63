//! 否定答复: a window's own "no", on file with its reason and its basis, and the way from it into the loop (clauses D1-2,
//! D7-1). It holds no personal data: the applicant is an id.

use kernel::{
    CaseId, Centre, DepartmentCode, DocumentKind, DocumentNumber, Fact, Instant, ItemCode, PartyId, Refusal, Registry,
    Remedy, Text, Whereabouts, WindowCode,
    access::Signature,
    id::{ImpasseId, NegativeReplyId},
    remedies,
};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// 否定答复, and the impasse it was turned into, if it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegativeReply {
    /// How many events have happened to it.
    pub version: u64,
    pub given: Given,
    /// 首问责任人: who said no.
    pub by: Signature,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impasse: Option<ImpasseId>,
}

/// What was refused, to whom, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub id: NegativeReplyId,
    pub centre: Centre,
    pub number: DocumentNumber,
    /// Where it was said, and the department that was posted there.
    pub window: WindowCode,
    pub department: DepartmentCode,
    /// 兜底窗口, which knows of every one.
    pub fallback: WindowCode,
    /// 事项, where it is one of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// 申办事项的名称: the item's, or in the applicant's words.
    pub asked: Text<200>,
    pub applicant: PartyId,
    /// 未受理或者未办成的办件 (clause D1-2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    pub reason: Text<1000>,
    pub legal_basis: Text<500>,
    /// 救济途径, each with its time; the way into the loop has none (行政许可法 art. 38(2)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
}

/// 否定答复 as it comes in, before it has a number.
#[derive(Clone, Debug)]
pub struct Giving {
    pub id: NegativeReplyId,
    pub centre: Centre,
    pub window: WindowCode,
    pub department: DepartmentCode,
    pub fallback: WindowCode,
    pub item: Option<ItemCode>,
    pub asked: Text<200>,
    pub applicant: PartyId,
    pub case: Option<CaseId>,
    pub reason: Text<1000>,
    pub legal_basis: Text<500>,
}

/// What happened to a negative reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 登记否定答复
    NegativeReplyGiven(Box<Given>),
    /// 转为办不成事事项
    TurnedIntoImpasse { impasse: ImpasseId },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

/// 登记记录: an event of a negative reply as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// 登记否定答复, numbered.
///
/// # Errors
/// Those of the registry.
pub fn give(giving: Giving, registry: &mut dyn Registry) -> Result<Event, Refusal> {
    let Giving { id, centre, window, department, fallback, item, asked, applicant, case, reason, legal_basis } = giving;
    let number = registry.number(DocumentKind::NegativeReply)?;
    Ok(Event::NegativeReplyGiven(Box::new(Given {
        id,
        centre,
        number,
        window,
        department,
        fallback,
        item,
        asked,
        applicant,
        case,
        reason,
        legal_basis,
        remedies: remedies(),
    })))
}

impl NegativeReply {
    /// The first event makes one; None for any other event.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::NegativeReplyGiven(given) = &recorded.event else { return None };
        let given = (**given).clone();
        Some(Self { version: recorded.version, given, by: recorded.by.clone(), at: recorded.at, impasse: None })
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut reply = Self::begin(first)?;
        rest.iter().for_each(|recorded| reply.apply(recorded));
        Some(reply)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        if let Event::TurnedIntoImpasse { impasse } = recorded.event {
            self.impasse = Some(impasse);
        }
    }

    /// 转为办不成事事项, by the applicant or for the applicant, once. `applicant` is whoever asks for it, or in whose name
    /// it is asked for.
    ///
    /// # Errors
    /// `already_an_impasse`; `not_the_applicant`.
    pub fn turn(&self, impasse: ImpasseId, applicant: PartyId) -> Result<Event, Refusal> {
        if let Some(already) = self.impasse {
            return Err(Refusal::new("already_an_impasse", format!("该否定答复已转为办不成事事项：{already}")));
        }
        if applicant != self.given.applicant {
            return Err(Refusal::new("not_the_applicant", "只能由被答复的申请人本人、或者窗口代其提出"));
        }
        Ok(Event::TurnedIntoImpasse { impasse })
    }

    /// 事由 of the impasse: what was asked for, as far as there is room.
    ///
    /// # Errors
    /// None today: the beginning of a text is a text.
    pub fn subject(&self) -> Result<Text<100>, Refusal> {
        let beginning: String = self.given.asked.as_str().chars().take(100).collect();
        Text::new(&beginning).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
    }

    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.given.centre,
            item: None,
            window: Some(&self.given.window),
            fallback: Some(&self.given.fallback),
            besides: Vec::new(),
            department: Some(&self.given.department),
            participants: Vec::new(),
            at_work: Vec::new(),
            applicant: Some(self.given.applicant),
            client: None,
            vouched: false,
        }
    }
}
