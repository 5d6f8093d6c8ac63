//! 办理环节: which events of a record are steps, what kind of act each was, and what was said with it.

use approval::{Outcome, joint::Opinion};
use casework::Event;

/// 业务动作, by our name for it, and 处理意见.
pub(crate) struct Step {
    pub(crate) action: &'static str,
    pub(crate) explained: Option<String>,
}

const PASS: &str = "pass";
const RETURN: &str = "return";
const OTHER: &str = "other";

/// None of what is no step: reminders, checks of single materials, and whatever only prepares one.
pub(crate) fn step(event: &Event) -> Option<Step> {
    let of = |outcome: Outcome| if outcome == Outcome::Grant { PASS } else { OTHER };
    let step = |action, explained: Option<String>| Some(Step { action, explained });
    let said = |text: &dyn ToString| Some(text.to_string());
    match event {
        Event::Received(_) | Event::CorrectionsSubmitted { .. } | Event::ConditionMet => step(PASS, None),
        Event::Accepted { acceptance, .. } => step(PASS, said(&acceptance.basis.label())),
        Event::CorrectionsNotified(round) => {
            let wrong: Vec<String> = round.corrections.iter().map(|it| format!("{}：{}", it.wrong, it.mend)).collect();
            step(RETURN, Some(wrong.join("；")))
        }
        Event::DeemedWithdrawn { .. } => step(RETURN, None),
        Event::AcceptanceRevoked(revocation) => step(RETURN, said(&revocation.reason)),
        Event::Rejected(rejection) => step(RETURN, said(&rejection.reason)),
        Event::FoundNotRequired(not_required) => step(RETURN, said(&not_required.reason)),
        Event::Withdrawn { reason, .. } => step(OTHER, said(reason)),
        Event::TransferAccepted { .. } => step(PASS, None),
        Event::TransferDeclined { reason, .. } => step(RETURN, said(reason)),
        Event::OpinionGiven { given, .. } => {
            let action = if matches!(given.opinion, Opinion::Object { .. }) { OTHER } else { PASS };
            step(action, said(&given.opinion.label()))
        }
        Event::InspectionRecorded(_) => step(PASS, None),
        // As of an opinion only that it was given: what was found is the departments' own.
        Event::FindingsGiven { .. } => step(PASS, said(&event.label())),
        Event::Reviewed(review) => step(of(review.recommends), said(&review.opinion)),
        Event::ReturnedForRework(rework) => step(RETURN, said(&rework.reason)),
        Event::Decided { decision, .. } => step(of(decision.ruling.outcome()), said(&decision.reasons)),
        Event::Issued(_) | Event::Dispatched { .. } | Event::Delivered { .. } | Event::Closed => step(PASS, None),
        Event::ResultReplaced { reason, .. } => step(OTHER, said(reason)),
        Event::GrantEnded(ended) => step(OTHER, said(&ended.reason)),
        Event::Reopened { reopening, .. } => step(OTHER, said(&reopening.reason)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use approval::inspection::Finding;
    use kernel::{Instant, Text};

    use super::*;

    /// Clause B3-4: that findings were given is told, and not what they say.
    #[test]
    fn findings_are_told_by_their_label() {
        let at = Instant::parse("2026-03-10T02:00:00Z").unwrap();
        let finding = Finding { text: Text::new("与图纸不符").unwrap(), by: "w1".parse().unwrap(), at };
        let given = Event::FindingsGiven { department: "water".parse().unwrap(), finding };
        let told = step(&given).unwrap();
        assert_eq!((told.action, told.explained.as_deref()), (PASS, Some(given.label())));
    }
}
