//! The papers of a case, as far as sealing them goes (rule L9).

use super::Model;
use crate::hall::Person;

/// What a paper is. A decision and its result fall when the decision is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paper {
    Decision,
    Result,
    /// A result that another one has taken the place of.
    Superseded,
    Other,
}

impl Model {
    /// A paper is made out, unsealed.
    pub(super) fn make_out(&mut self, paper: Paper) {
        self.papers.push((paper, false));
    }

    /// The decision takes no effect, or no more.
    pub(super) fn set_decision_aside(&mut self) {
        self.papers.retain(|(paper, _)| matches!(paper, Paper::Superseded | Paper::Other));
    }

    /// Another result takes the place of the one that was made out, which stays on record.
    pub(super) fn replace_result(&mut self) {
        for (paper, _) in self.papers.iter_mut().filter(|(paper, _)| *paper == Paper::Result) {
            *paper = Paper::Superseded;
        }
        self.make_out(Paper::Result);
    }

    /// Rule L9: whoever acts for the body in whose name it is made out, once each, whatever has become of the case; not a
    /// result that is the current one no longer.
    pub(super) fn seal(&mut self, person: Person, nth: usize) -> bool {
        let heads = self.heads_the_desk(person) || (person == Person::DepartmentHead && self.moved.is_none());
        let may = heads || person.is_clerk();
        let unsealed = self.papers.get_mut(nth).filter(|(paper, sealed)| may && !sealed && *paper != Paper::Superseded);
        unsealed.map(|(_, sealed)| *sealed = true).is_some()
    }

    pub(super) fn unsealed(&self) -> Option<usize> {
        self.papers.iter().position(|(paper, sealed)| !sealed && *paper != Paper::Superseded)
    }

    /// Of each paper that stands, in the order in which they were made out, whether it is sealed.
    pub(crate) fn sealed(&self) -> Vec<bool> {
        self.papers.iter().map(|(_, sealed)| *sealed).collect()
    }
}
