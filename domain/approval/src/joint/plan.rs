use std::collections::BTreeSet;

use catalog::{JointTerms, in_order, participant_flaws};
use kernel::{DepartmentCode, Refusal};
use serde::{Deserialize, Serialize};

use super::Participant;

/// 联审方案: who is asked, for how long, and after whom (clause B3-3). Always sound, also when read back: 1 to 20
/// participants, each once, nobody waiting for himself. In an order in which everyone comes after those it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Drawn")]
pub struct Plan {
    participants: Vec<Participant>,
}

/// A plan as it is written, before anybody has looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    participants: Vec<Participant>,
}

impl TryFrom<Drawn> for Plan {
    type Error = Refusal;
    fn try_from(drawn: Drawn) -> Result<Self, Refusal> {
        Self::checked(&drawn.participants, None)
    }
}

impl Plan {
    /// 牵头部门确定方案. Refused where the lead department asks itself, or the list is no plan.
    pub fn new(participants: &[Participant], lead: &DepartmentCode) -> Result<Self, Refusal> {
        Self::checked(participants, Some(lead))
    }

    /// 用时最短的方案: everybody at once except where the item requires an order, each with the item's full limit. Only
    /// limits that the lead department makes shorter still can end sooner.
    pub fn shortest(terms: &JointTerms) -> Result<Self, Refusal> {
        Self::checked(&terms.participants, None)
    }

    /// Everyone after those it waits for.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    pub fn participant(&self, department: &DepartmentCode) -> Option<&Participant> {
        self.participants.iter().find(|it| it.department == *department)
    }

    /// A plan may ask more departments, in a stricter order and for less time than the item says; it may leave out no
    /// participant and no order, and give nobody longer. An order is kept when it holds through others in between.
    pub fn must_honour(&self, terms: &JointTerms) -> Result<(), Refusal> {
        for required in &terms.participants {
            let department = &required.department;
            let Some(participant) = self.participant(department) else {
                let detail = format!("事项规定须征求“{department}”的意见，方案中不能省略");
                return Err(Refusal::new("participant_dropped", detail));
            };
            if participant.days > required.days {
                let detail = format!("“{department}”的会审意见期限不能超过事项规定的{}", required.days);
                return Err(Refusal::new("opinion_limit_too_long", detail));
            }
            let waits_for = self.all_before(participant);
            if let Some(dropped) = required.after.iter().find(|it| !waits_for.contains(it)) {
                let detail = format!("事项规定“{department}”须在“{dropped}”之后办理，方案中不能省略");
                return Err(Refusal::new("order_dropped", detail));
            }
        }
        Ok(())
    }

    fn all_before<'a>(&'a self, participant: &'a Participant) -> BTreeSet<&'a DepartmentCode> {
        let mut before: BTreeSet<_> = participant.after.iter().collect();
        for earlier in self.participants.iter().rev() {
            if before.contains(&earlier.department) {
                before.extend(&earlier.after);
            }
        }
        before
    }

    fn checked(participants: &[Participant], lead: Option<&DepartmentCode>) -> Result<Self, Refusal> {
        match participant_flaws(participants, lead).into_iter().next() {
            Some(first) => Err(Refusal::new(first.code, first.flaw.detail)),
            None => Ok(Self { participants: in_order(participants).0.into_iter().cloned().collect() }),
        }
    }
}
