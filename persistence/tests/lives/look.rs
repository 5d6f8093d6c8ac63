//! What the store holds of those who live side by side, against what they are without one.

use std::collections::BTreeSet;

use casework::{Case, Event};
use catalog::DeliveryMethod;
use diesel::QueryResult;
use kernel::{CaseId, access::Sight};
use persistence::{
    Connection,
    cases::{self, Filter, Loaded, Saved},
    participants::{self, TaskKey},
    record::{self, Verification},
};

use crate::{
    ALL_OF_THEM, Company, Life,
    hall::{FIRE, STATISTICS, TRAFFIC, WATER, department},
    put::clockwork,
    support::centre::{CENTRE, after},
};

impl Company<'_> {
    /// What the store holds is what there is without one.
    pub(crate) async fn agrees(&self) {
        let (now, cases) = (self.now, self.lives.iter().map(|life| life.desk.case.clone()).collect::<Vec<_>>());
        let calendar = self.lives[0].desk.calendar();
        let (loaded, indexed, tasks) = self
            .hall
            .read(move |c| {
                let load = |case: &Case| cases::load(&mut *c, CENTRE, case.id).map(Option::unwrap);
                let loaded = cases.iter().map(load).collect::<Result<Vec<_>, _>>()?;
                let agrees = |case| cases::index_agrees(&mut *c, case, clockwork(calendar, now, None));
                let indexed = cases.iter().map(agrees).collect::<Result<Vec<_>, _>>()?;
                let tasks = participants::tasks(
                    c,
                    CENTRE,
                    &[FIRE, WATER, TRAFFIC, STATISTICS].map(department),
                    None,
                    ALL_OF_THEM,
                )?;
                Ok((loaded, indexed, tasks.into_iter().map(|task| task.key).collect::<Vec<_>>()))
            })
            .await;
        for ((life, loaded), indexed) in self.lives.iter().zip(loaded).zip(indexed) {
            assert_eq!(loaded.case, life.desk.case, "at {now}");
            assert_eq!(loaded.wake_at, life.wakes_at, "at {now}");
            assert!(indexed, "at {now} the columns of {:?} are out of date", life.desk.case);
        }
        let mut expected: Vec<_> = self.lives.iter().flat_map(Life::tasks).collect();
        let order = |key: &TaskKey| {
            (key.due_on.is_none(), key.due_on, key.case, key.department.clone(), <&str>::from(key.part))
        };
        expected.sort_by_key(order);
        assert_eq!(tasks, expected, "at {now}");
    }

    /// The records add up to the cases, and nobody has touched them.
    pub(crate) async fn adds_up(&self) {
        let ids: Vec<CaseId> = self.lives.iter().map(Life::id).collect();
        let read = move |c: &mut Connection| {
            let read = |id: CaseId| -> QueryResult<_> {
                let entries = record::timeline::<Event>(c, CENTRE, &id.to_string(), 0, ALL_OF_THEM)?;
                let verified = record::verify(c, CENTRE, &id.to_string())?;
                Ok((entries, verified, cases::load(c, CENTRE, id)?.unwrap()))
            };
            ids.into_iter().map(read).collect::<QueryResult<Vec<_>>>()
        };
        for (life, (entries, verified, loaded)) in self.lives.iter().zip(self.hall.read(read).await) {
            let recorded: Vec<_> = entries.into_iter().map(|entry| entry.recorded).collect();
            assert_eq!(recorded, life.desk.record);
            assert_eq!(Case::fold(&recorded), Some(loaded.case));
            let events = life.desk.case.version;
            assert_eq!(verified, Verification { events, head: loaded.head, broken_at: None });
        }
    }

    /// Clause B5-1: each is on the lists of the departments that have to do with it, as it now is.
    pub(crate) async fn lists_agree(&self) {
        let today = self.now.day();
        let of = |life: &Life| life.desk.case.routing.department.clone();
        let mut departments: BTreeSet<_> = self.lives.iter().map(of).collect();
        departments.extend([FIRE, WATER, TRAFFIC, STATISTICS].map(department));
        for department in departments {
            let sight = Sight::Departments(vec![department.clone()]);
            let lines = self
                .hall
                .read(move |c| cases::list(c, CENTRE, &sight, &Filter::default(), today, None, ALL_OF_THEM))
                .await;
            let seen = lines.into_iter().map(|it| (it.id, it.version, it.stage, it.department, it.holder, it.ended_at));
            let of_it = self.lives.iter().rev().map(|life| &life.desk.case).filter(|case| {
                case.routing.department == department
                    || case.participations().iter().any(|it| it.department == department)
            });
            let expected = of_it.map(|case| {
                let holder = case.routing.holder().map(ToString::to_string);
                let of = case.routing.department.to_string();
                (case.id, case.version, case.stage, of, holder, case.ended_at)
            });
            assert_eq!(seen.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{department}");
        }
    }

    /// Whoever read a case before it last changed can no longer change it.
    pub(crate) async fn whoever_is_late_is_refused(&self, read: Vec<Loaded>) {
        let moved = |(life, before): &(&Life, Loaded)| before.case.version < life.desk.case.version;
        let late: Vec<Loaded> = self.lives.iter().zip(read).filter(moved).map(|(_, before)| before).collect();
        let (calendar, now) = (self.lives[0].desk.calendar(), self.now);
        let save = move |c: &mut Connection| {
            let save = |before: &Loaded| {
                let (case, recorded) = after(&before.case, Event::DeliveryChosen { method: DeliveryMethod::PickUp });
                cases::save(c, before, &case, &[recorded], clockwork(calendar, now, Some(now)))
            };
            late.iter().map(save).collect::<QueryResult<Vec<_>>>()
        };
        let saved = self.hall.write(save).await;
        assert!(saved.iter().all(|saved| *saved == Saved::Stale), "{saved:?}");
        self.agrees().await;
    }
}
