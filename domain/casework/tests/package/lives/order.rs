//! 串联事项: what follows for the others when one of them is done, has failed, or is taken up again (rule L10).

use std::collections::BTreeMap;

use casework::{
    Case, Event, begin_check,
    package::{Application, MemberStanding},
    predecessor_failed,
};
use kernel::ItemCode;

use super::whole::{Whole, bars, clears, system};

impl Whole<'_> {
    /// A member's case went from what it was before to what it is.
    pub(crate) fn moved(&mut self, at: usize, before: &Case, what: &str) {
        if Application::may_move(before, &self.parts[at].desk.case) {
            self.go_on(what);
        }
    }

    /// 串联事项, as the program sees to it: those whose turn has come begin, those that are under way are held back or go on,
    /// and those that cannot be granted any more end.
    pub(crate) fn go_on(&mut self, what: &str) {
        if !self.holds().is_empty() {
            // What time has done by now to whoever is held back comes before.
            (0..self.parts.len()).for_each(|at| self.falls_due(at));
        }
        let holds = self.holds();
        let (standings, all) = (self.standings(), 0..self.parts.len());
        let free = |at: &usize| self.parts[*at].desk.case.is_waiting() && self.is_its_turn(*at);
        let released: Vec<usize> = all.clone().filter(free).collect();
        let barred: Vec<usize> = all.filter(|at| standings[*at] == MemberStanding::Blocked).collect();
        assert_eq!(self.application.released(&self.cases()), self.items(&released), "{what}: whose turn has come");
        let told = self.application.barred(&self.cases());
        assert_eq!(told.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>(), self.items(&barred), "{what}");
        (self.seen.released, self.seen.barred) = (self.seen.released + released.len(), self.seen.barred + barred.len());
        let system = system();
        for at in released {
            let part = &mut self.parts[at];
            let (before, known) = (part.desk.case.clone(), part.desk.record.len());
            let event = begin_check(&part.desk.context(&system));
            part.desk.record(&system, &[event]);
            part.model.begins_check(part.desk.now, part.desk.calendar());
            part.holds(&before, known, what);
        }
        self.hold_back(holds, what);
        for (at, (_, why)) in barred.into_iter().zip(told) {
            assert_eq!(why.code, "predecessor_failed", "{what}");
            let part = &mut self.parts[at];
            let (before, known) = (part.desk.case.clone(), part.desk.record.len());
            let event = predecessor_failed(&why, &mut part.desk.numbers).unwrap();
            part.desk.record(&system, &[event]);
            part.model.is_barred();
            part.holds(&before, known, what);
        }
    }

    fn holds(&self) -> BTreeMap<ItemCode, Event> {
        self.application.holds(&self.cases(), self.now.day()).unwrap().into_iter().collect()
    }

    /// 暂缓与恢复: whoever is under way is told of what stands in its way, and of its end.
    fn hold_back(&mut self, mut holds: BTreeMap<ItemCode, Event>, what: &str) {
        let (standings, system) = (self.standings(), system());
        for (at, part) in self.parts.iter_mut().enumerate() {
            let is_its_turn = part.after.iter().all(|before| clears(standings[*before]));
            let failed = part.after.iter().any(|before| bars(standings[*before]));
            let under_way = part.model.has_begun() && standings[at] != MemberStanding::Blocked;
            let was = part.model.held_back();
            let event = holds.remove(&part.desk.item.item);
            let (before, known) = (part.desk.case.clone(), part.desk.record.len());
            match &event {
                Some(Event::HeldBack(held)) => {
                    assert!(under_way && !is_its_turn && held.failed == failed, "{what}: {held:?} of {at}");
                    part.model.is_held_back(failed);
                    self.seen.held_back += 1;
                }
                Some(Event::HoldEnded) => {
                    assert!(under_way && is_its_turn && was.is_some(), "{what}: {at} was not held back");
                    part.model.goes_on();
                    self.seen.resumed += 1;
                }
                Some(other) => panic!("{what}: {other:?} of {at}"),
                None => {
                    let expected = (!is_its_turn).then_some(failed);
                    assert!(!under_way || was == expected, "{what}: {at} is held back {was:?}, and not {expected:?}");
                    continue;
                }
            }
            part.desk.record(&system, &event.into_iter().collect::<Vec<_>>());
            part.holds(&before, known, what);
        }
        assert!(holds.is_empty(), "{what}: {holds:?}");
    }
}
