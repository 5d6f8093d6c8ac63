//! What is asked of a package under way.

use std::collections::BTreeSet;

use casework::{Stage, package::MemberStanding};
use kernel::access::roles_for;

use super::{
    plan::Turn,
    whole::{Part, Whole, clears},
};
use crate::{
    hall::{Desk, Person},
    model::{Ask, forward},
};

/// Something that somebody asks of a member, or of the whole.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Act(usize, Person, Ask),
    Withdraw(BTreeSet<usize>, bool, Person),
    HandIn(usize, Person),
    Edition(u8),
}

impl Whole<'_> {
    /// What a turn comes to; None where there is nothing to be done.
    pub(crate) fn deed(&self, turn: &Turn) -> Option<Deed> {
        match turn {
            Turn::Forward(which, choice) => {
                let able = self.parts.iter().enumerate().filter(|(_, part)| !part.desk.case.is_waiting());
                let able = able.filter_map(|(at, part)| Some((at, forward(&part.model, *choice)?)));
                let able: Vec<(usize, (Person, Ask))> = able.collect();
                let (at, (person, ask)) = able.get(usize::from(*which) % able.len().max(1))?.clone();
                Some(Deed::Act(at, person, ask))
            }
            Turn::Fitting(at, who, ask) => Some(Deed::Act(*at, fitting(&self.parts[*at].desk, *who, ask), ask.clone())),
            Turn::Wild(at, person, ask) => Some(Deed::Act(*at, *person, ask.clone())),
            Turn::Withdraw(mask, with_dependents, by) => {
                let named: BTreeSet<usize> = (0..self.parts.len()).filter(|at| mask >> at & 1 == 1).collect();
                (!named.is_empty()).then_some(Deed::Withdraw(named, *with_dependents, *by))
            }
            Turn::Again(choice) => self.again(*choice),
            Turn::HandIn(nth, by) => {
                let full = |(at, material): &(usize, usize)| self.parts[*at].model.files(*material) > 15;
                (!self.places(*nth).iter().any(full)).then_some(Deed::HandIn(*nth, *by))
            }
            Turn::Edition(nth) => Some(Deed::Edition(*nth)),
        }
    }

    /// What holds others up is brought on, and what others build on is undone; where there is neither, the first that has
    /// not ended is brought on.
    fn again(&self, choice: u8) -> Option<Deed> {
        let (standings, head) = (self.standings(), Person::DepartmentHead);
        let is_before = |at: usize, wanted: fn(&Part) -> bool| {
            self.parts.iter().any(|part| wanted(part) && part.after.contains(&at))
        };
        let able = || self.parts.iter().enumerate().filter(|(_, part)| !part.desk.case.is_waiting());
        let brought_on = |at: usize, part: &Part| {
            let step =
                if part.model.stage.is_final() { Some((head, Ask::Reopen)) } else { forward(&part.model, choice) };
            step.map(|(person, ask)| Deed::Act(at, person, ask))
        };
        let holds_up = |at: usize| !clears(standings[at]) && is_before(at, |part| part.model.held_back().is_some());
        let undone = |at: usize, part: &Part| match (standings[at], part.model.stage) {
            (MemberStanding::NotRequired, _) if is_before(at, |part| part.model.has_begun()) => Some(Ask::Reopen),
            // What is not accepted would end with it.
            (MemberStanding::Granted, Stage::Issued | Stage::Delivered | Stage::Closed)
                if is_before(at, |part| part.model.stage == Stage::InReview) =>
            {
                Some(Ask::RevokeGrant)
            }
            _ => None,
        };
        able()
            .filter(|(at, _)| holds_up(*at))
            .find_map(|(at, part)| brought_on(at, part))
            .or_else(|| {
                let undo = !choice.is_multiple_of(3);
                let mut able = able().filter(|_| undo);
                able.find_map(|(at, part)| Some(Deed::Act(at, head, undone(at, part)?)))
            })
            .or_else(|| {
                let mut open = able().filter(|(_, part)| !part.model.stage.is_final());
                open.find_map(|(at, part)| brought_on(at, part))
            })
    }

    /// Gives the code of the refusal, where it is one.
    pub(crate) fn does(&mut self, deed: &Deed) -> Result<(), &'static str> {
        match deed {
            Deed::Act(at, person, ask) => self.act(*at, *person, ask),
            Deed::Withdraw(named, with_dependents, by) => self.withdraw(named, *with_dependents, *by),
            Deed::HandIn(nth, by) => self.hand_in(*nth, *by),
            Deed::Edition(nth) => {
                self.publish(*nth);
                Ok(())
            }
        }
    }
}

fn fitting(desk: &Desk, who: u8, ask: &Ask) -> Person {
    let action = ask.command(desk.item, &desk.case, desk.now).action();
    let may = |person: &Person| roles_for(action).contains(&person.at(desk.item).role());
    let people: Vec<_> = Person::ALL.into_iter().filter(may).collect();
    people[usize::from(who) % people.len()]
}
