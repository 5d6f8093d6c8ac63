//! 台账: the last line, counted in the lists of the server.

use std::fmt::{self, Display};

use escalation::State;
use strum::VariantArray;

use super::{
    super::client::Trouble,
    affair::Affairs,
    stage::Stage,
    wire::{Impasse, Line},
};
use crate::console::say;

/// How many were registered, and what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    registered: usize,
    closed_out: usize,
    carried: usize,
    lost: usize,
}

/// The register since the first day of the play.
#[derive(Debug)]
struct Register {
    /// In the list of all.
    listed: Vec<String>,
    /// In the list of each state.
    standing: Vec<Impasse>,
    /// Whose approval carries one.
    approver: String,
}

impl Figures {
    /// What the play was to come to.
    pub const EXPECTED: Self = Self { registered: 12, closed_out: 11, carried: 1, lost: 0 };

    /// Reads the register, and names each impasse of the play that is lost or stands open.
    pub async fn read(on: &Stage<'_>, affairs: &Affairs) -> Result<Self, Trouble> {
        let register = Register::read(on).await?;
        for (_, affair) in affairs.all() {
            let name = affair.seen.number.as_deref().unwrap_or(&affair.seen.id);
            match register.find(&affair.seen.id) {
                None => say(format_args!("丢失    {name} {}", affair.subject)),
                Some(seen) if !register.is_closed_out(seen) && !register.is_carried(seen) => {
                    say(format_args!("未了结  {name} {}：{}", affair.subject, seen.state_label));
                }
                Some(_) => (),
            }
        }
        let brought: Vec<&str> = affairs.all().map(|(_, affair)| affair.seen.id.as_str()).collect();
        Ok(register.figures(&brought))
    }
}

impl Register {
    async fn read(on: &Stage<'_>) -> Result<Self, Trouble> {
        let from = format!("/v1/impasses?registered_from={}", on.first_day);
        let listed: Vec<Line> = on.list(&on.manager, &from).await?;
        let mut standing = Vec::new();
        for state in State::VARIANTS {
            for line in on.list::<Line>(&on.manager, &format!("{from}&state={state}")).await? {
                standing.push(on.get(&on.manager, &format!("/v1/impasses/{}", line.id)).await?);
            }
        }
        let listed = listed.into_iter().map(|line| line.id).collect();
        Ok(Self { listed, standing, approver: on.reform.code.clone() })
    }

    /// Lost is what is missing from the list of all or from those of the states.
    fn figures(&self, brought: &[&str]) -> Figures {
        let count = |holds: fn(&Self, &Impasse) -> bool| self.standing.iter().filter(|seen| holds(self, seen)).count();
        Figures {
            registered: self.listed.len(),
            closed_out: count(Self::is_closed_out),
            carried: count(Self::is_carried),
            lost: brought.iter().filter(|id| self.find(id).is_none()).count(),
        }
    }

    fn find(&self, id: &str) -> Option<&Impasse> {
        let standing = self.standing.iter().find(|seen| seen.id == id);
        standing.filter(|_| self.listed.iter().any(|listed| listed == id))
    }

    /// Only with its applicant's word.
    fn is_closed_out(&self, seen: &Impasse) -> bool {
        seen.state == State::ClosedOut && seen.is_satisfied()
    }

    /// Only with the approval of the reform office.
    fn is_carried(&self, seen: &Impasse) -> bool {
        seen.state == State::Carried && seen.carrying.as_ref().is_some_and(|carrying| carrying.by == self.approver)
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registered, closed_out, carried, lost } = self;
        write!(
            f,
            "{registered} impasses, {closed_out} closed out satisfied, {carried} carried with approval, {lost} lost"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn seen(id: &str, state: State, more: Value) -> Impasse {
        let mut of = json!({
            "id": id, "state": state, "state_label": "", "channel": "fallback_window", "applicant": { "id": "a" },
        });
        of.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(of).unwrap()
    }

    fn said(satisfied: bool) -> Value {
        json!({ "rounds": [{ "satisfaction": { "satisfied": satisfied, "source": "applicant" } }] })
    }

    fn approved_by(by: &str) -> Value {
        json!({ "carrying": { "ground_label": "", "by": by, "reviews": 0 } })
    }

    #[test]
    fn only_what_the_lists_bear_out_is_counted() {
        let standing = vec![
            seen("satisfied", State::ClosedOut, said(true)),
            seen("unasked", State::ClosedOut, json!({})),
            seen("dissatisfied", State::ClosedOut, said(false)),
            seen("approved", State::Carried, approved_by("reform_officer")),
            seen("unapproved", State::Carried, approved_by("manager")),
            seen("unlisted", State::ClosedOut, said(true)),
        ];
        let listed = ["satisfied", "unasked", "dissatisfied", "approved", "unapproved", "stateless"];
        let listed = listed.map(str::to_owned).to_vec();
        let register = Register { listed, standing, approver: "reform_officer".to_owned() };
        let found = register.figures(&["satisfied", "unasked", "approved", "unlisted", "stateless", "gone"]);
        assert_eq!(found, Figures { registered: 6, closed_out: 2, carried: 1, lost: 3 });
        let line = "6 impasses, 2 closed out satisfied, 1 carried with approval, 3 lost";
        assert_eq!(found.to_string(), line);
    }
}
