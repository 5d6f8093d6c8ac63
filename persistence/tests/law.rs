//! What the law of the case asks of its rows: waking in time, who has a part in it, which may still move.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::Ordering;

use casework::{Event, Part};
use catalog::DeliveryMethod;
use kernel::{Calendar, Centre, DepartmentCode, Instant, StaffCode, WorkingDays, access::Sight, ledger::Thresholds};
use persistence::{
    Connection, Shard, StoreOptions, Tx,
    cases::{self, Clockwork, Filter, Saved},
    packages,
    participants::{self, Participant, TaskKey},
    parties,
};
use support::{
    Database, Gate,
    centre::{CENTRE, Hall, after, applicant, case_id, morning, package_id},
    queued,
};

const THRESHOLDS: Thresholds = Thresholds { amber_days: WorkingDays(2) };

fn clockwork(calendar: &Calendar, wake_at: Option<Instant>) -> Clockwork<'_> {
    Clockwork { calendar, thresholds: &THRESHOLDS, today: morning().day(), wake_at }
}

fn minutes(n: i64) -> Instant {
    morning().plus(chrono::Duration::minutes(n))
}

fn part(department: &DepartmentCode, part: Part, open: bool, due_on: Option<&str>) -> Participant {
    Participant { department: department.clone(), part, open, due_on: due_on.map(|day| day.parse().unwrap()) }
}

/// Every page of a list, `limit` at a time, as numbers of cases.
fn pages(c: &mut Connection, departments: &[DepartmentCode], filter: &Filter, limit: i64) -> Vec<Vec<u64>> {
    let sight = Sight::Departments(departments.to_vec());
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = cases::list(c, CENTRE, &sight, filter, morning().day(), before, limit).unwrap();
        let Some(last) = page.last() else { return all };
        before = Some(last.id);
        all.push(page.iter().map(|line| line.number.parse().unwrap()).collect());
    }
}

on_both! {
    /// Rules L6 and L7: a durable timer. What wakes is written with everything else, also where nothing else in the
    /// columns changes.
    async fn a_case_wakes_when_it_says(database: Database) {
        let hall = Hall::open(database).await;
        let calendar = Calendar::first_edition();
        for (n, wake) in [(1, Some(30)), (2, Some(10)), (3, None), (4, Some(20)), (5, Some(10))] {
            let (case, recorded) = hall.received(n, None);
            let calendar = calendar.clone();
            hall.write(move |c| {
                cases::insert(c, &case, std::slice::from_ref(&recorded), clockwork(&calendar, wake.map(minutes)))
            }).await;
        }
        let due = |now: Instant, limit: i64| hall.read(move |c| cases::due(c, CENTRE, now, limit));
        assert_eq!(due(minutes(9), 10).await, []);
        assert_eq!(due(minutes(10), 10).await, [case_id(2), case_id(5)]);
        assert_eq!(due(minutes(60), 10).await, [case_id(2), case_id(5), case_id(4), case_id(1)]);
        assert_eq!(due(minutes(60), 1).await, [case_id(2)]);

        let chosen = Event::DeliveryChosen { method: DeliveryMethod::PickUp };
        for wake in [Some(minutes(40)), None, Some(minutes(5)), Some(minutes(5))] {
            let (calendar, chosen) = (calendar.clone(), chosen.clone());
            let stored = hall.write(move |c| {
                let before = cases::load(c, CENTRE, case_id(2))?.unwrap();
                let (case, recorded) = after(&before.case, chosen.clone());
                let saved = cases::save(c, &before, &case, &[recorded], clockwork(&calendar, wake))?;
                assert!(matches!(saved, Saved::Done(_)));
                cases::load(c, CENTRE, case_id(2))
            }).await.unwrap();
            assert_eq!(stored.wake_at, wake);
            let woken = due(minutes(39), 10).await.contains(&case_id(2));
            assert_eq!(woken, wake == Some(minutes(5)));
        }
    }

    /// The cases that the writes of a batch name may be read before the first of them runs: of two writes to one case the
    /// second sees what the first did.
    async fn writes_of_one_batch_see_each_other(database: Database) {
        let hall = Hall::open(database).await;
        hall.store.shutdown().await;
        let one_writer = StoreOptions { writers: 1, ..hall.database.options() };
        let hall = Hall { store: hall.database.store_with(one_writer).await, ..hall };
        for n in [1, 2] {
            let (case, recorded) = hall.received(n, None);
            hall.write(move |c| {
                let calendar = Calendar::first_edition();
                cases::insert(c, &case, std::slice::from_ref(&recorded), clockwork(&calendar, None))
            }).await;
        }
        let gate = Gate::close(&hall.store, Shard::of("gate")).await;
        let mut answers = Vec::new();
        for n in [1, 2, 1, 3] {
            let change = move |tx: &mut Tx<'_>| {
                let Some(before) = tx.case(CENTRE, case_id(n))? else { return Ok(None) };
                let chosen = Event::DeliveryChosen { method: DeliveryMethod::PickUp };
                let (case, recorded) = after(&before.case, chosen);
                let calendar = Calendar::first_edition();
                let saved = cases::save(tx.write(), &before, &case, &[recorded], clockwork(&calendar, None))?;
                assert!(matches!(saved, Saved::Done(_)));
                Ok((before.case.id == case_id(n)).then_some(before.case.version))
            };
            answers.push(queued(&hall.store, Shard::of_case(CENTRE, case_id(n)), change).await);
        }
        gate.open().await;
        let mut seen = Vec::new();
        for answer in answers {
            seen.push(answer.await.unwrap().unwrap());
        }
        assert_eq!(seen, [Some(1), Some(1), Some(2), None]);
        assert_eq!(hall.store.stats().rerun_batches.load(Ordering::Relaxed), 0);
    }

    /// Clause B5-1: after 转办 it is on the list of the other department.
    async fn a_case_that_changes_hands_changes_lists(database: Database) {
        let hall = Hall::open(database).await;
        let own = hall.item().department.clone();
        let other = (0..2).map(|n| hall.department(n)).find(|code| *code != own).unwrap();
        let (case, recorded) = hall.received(1, None);
        let (from, to) = (own.clone(), other.clone());
        let seen = hall.write(move |c| {
            let calendar = Calendar::first_edition();
            cases::insert(c, &case, std::slice::from_ref(&recorded), clockwork(&calendar, None))?;
            let before = cases::load(c, CENTRE, case_id(1))?.unwrap();
            let staff: StaffCode = "reviewer".parse().unwrap();
            let accepted = Event::TransferAccepted { from: from.clone(), to: to.clone(), staff };
            let (moved, recorded) = after(&before.case, accepted);
            cases::save(c, &before, &moved, &[recorded], clockwork(&calendar, None))?;
            let count = |c: &mut Connection, department: &DepartmentCode| {
                let sight = Sight::Departments(vec![department.clone()]);
                cases::list(c, CENTRE, &sight, &Filter::default(), morning().day(), None, 9).map(|page| page.len())
            };
            Ok((count(c, &from)?, count(c, &to)?))
        }).await;
        assert_eq!(seen, (0, 1));
    }

    /// Rule L3: every open limit, also of what was granted on a commitment that is still to be verified (rule L13).
    async fn what_may_still_move_is_found_in_order(database: Database) {
        let hall = Hall::open(database).await;
        let own = hall.item().department.clone();
        for (at, stage) in (0..).zip(["in_review", "under_check", "closed", "withdrawn", "awaiting_correction", "decided"]) {
            hall.rows(&own, stage, (0..6).map(|n| n * 6 + at)).await;
        }
        hall.write(|c| {
            use diesel::connection::SimpleConnection as _;
            c.batch_execute("UPDATE cases SET wake_at = '2026-04-01 00:00:00' WHERE number IN ('8', '32', '13')")
        }).await;
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = hall.read(move |c| cases::open_after(c, CENTRE, cursor, 5)).await;
            assert!(page.len() <= 5);
            let Some(last) = page.last() else { break };
            cursor = Some(*last);
            found.extend(page);
        }
        let open = |n: &u64| ![2, 3].contains(&(n % 6)) || [8, 32].contains(n);
        assert_eq!(found, (0..36).filter(open).map(case_id).collect::<Vec<_>>());
        let elsewhere: Centre = "331082".parse().unwrap();
        assert_eq!(hall.read(move |c| cases::open_after(c, elsewhere, None, 5)).await, []);
    }

    /// Clauses B3-3 and B5-1: a department sees its own cases and those it has a part in, each once, page by page.
    async fn a_department_sees_what_it_has_a_part_in(database: Database) {
        let hall = Hall::open(database).await;
        let (own, other, third) = (hall.department(0), hall.department(1), hall.department(2));
        hall.rows(&own, "in_review", (0..20).map(|n| 2 * n)).await;
        hall.rows(&other, "in_review", (0..20).map(|n| 2 * n + 1)).await;
        let (me, also) = (own.clone(), third.clone());
        hall.write(move |c| {
            // Odd cases are the other department's; it has a part in every third, and once in one of its own.
            for n in [3, 9, 15, 21, 27, 33, 10] {
                let parts = [
                    part(&me, Part::JointReview, n % 2 == 0, None),
                    part(&me, Part::Transfer, false, None),
                    part(&also, Part::JointReview, true, None),
                ];
                participants::set(c, CENTRE, case_id(n), &parts)?;
            }
            participants::set(c, CENTRE, case_id(33), &[])
        }).await;
        let mine: Vec<u64> = (0..40).rev().filter(|n| n % 2 == 0 || [3, 9, 15, 21, 27].contains(n)).collect();
        for limit in [1, 2, 7, 100] {
            let me = own.clone();
            let pages = hall.read(move |c| Ok(pages(c, &[me], &Filter::default(), limit))).await;
            assert_eq!(pages.concat(), mine, "{limit} at a time");
            let full = usize::try_from(limit).unwrap();
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == full), "{pages:?}");
        }
        let only = |department: &DepartmentCode, filter: Filter| {
            let departments = [department.clone()];
            hall.read(move |c| Ok(pages(c, &departments, &filter, 2).concat()))
        };
        assert_eq!(only(&third, Filter::default()).await, [27, 21, 15, 10, 9, 3]);
        let of_other = Filter { department: Some(other.clone()), ..Filter::default() };
        assert_eq!(only(&own, of_other.clone()).await, [27, 21, 15, 9, 3], "the filter holds for both");
        assert_eq!(only(&third, of_other).await, [27, 21, 15, 9, 3]);
        let both = [own.clone(), third.clone()];
        let together = hall.read(move |c| Ok(pages(c, &both, &Filter::default(), 3).concat())).await;
        assert_eq!(together, mine);
    }

    /// Clause B3-3: what waits for a department that does not handle the case, the most urgent first.
    async fn tasks_come_in_order_of_urgency(database: Database) {
        let hall = Hall::open(database).await;
        let (own, other, third) = (hall.department(0), hall.department(1), hall.department(2));
        hall.rows(&other, "in_review", 1..7).await;
        let (me, also) = (own.clone(), third.clone());
        hall.write(move |c| {
            let set = |c: &mut Connection, n, parts: &[Participant]| participants::set(c, CENTRE, case_id(n), parts);
            set(c, 1, &[part(&me, Part::JointReview, true, None)])?;
            set(c, 2, &[part(&me, Part::JointReview, true, Some("2026-03-09"))])?;
            set(c, 3, &[part(&me, Part::Transfer, true, Some("2026-03-04")), part(&me, Part::JointReview, true, Some("2026-03-04"))])?;
            set(c, 4, &[part(&me, Part::Transfer, false, Some("2026-03-02"))])?;
            set(c, 5, &[part(&also, Part::JointReview, true, Some("2026-03-04")), part(&me, Part::JointReview, true, Some("2026-03-04"))])?;
            set(c, 6, &[part(&me, Part::Transfer, true, None), part(&also, Part::Transfer, true, Some("2026-03-03"))])
        }).await;
        let in_order = |departments: Vec<DepartmentCode>, limit: i64| {
            hall.read(move |c| {
                let (mut found, mut cursor) = (Vec::new(), None::<TaskKey>);
                loop {
                    let page = participants::tasks(c, CENTRE, &departments, cursor.as_ref(), limit)?;
                    let Some(last) = page.last() else { return Ok(found) };
                    cursor = Some(last.key.clone());
                    found.extend(page.iter().map(|task| {
                        assert_eq!(task.case.id, task.key.case);
                        (task.case.number.clone(), task.key.department.clone(), task.key.part)
                    }));
                }
            })
        };
        let mine = [("3", Part::JointReview), ("3", Part::Transfer), ("5", Part::JointReview), ("2", Part::JointReview),
            ("1", Part::JointReview), ("6", Part::Transfer)];
        let mine = mine.map(|(number, part)| (number.to_owned(), own.clone(), part));
        let mut all = mine.to_vec();
        all.insert(0, ("6".to_owned(), third.clone(), Part::Transfer));
        all.insert(4, ("5".to_owned(), third.clone(), Part::JointReview));
        for limit in [1, 2, 50] {
            assert_eq!(in_order(vec![own.clone()], limit).await, mine, "{limit}");
            assert_eq!(in_order(vec![third.clone(), own.clone()], limit).await, all, "{limit}");
        }
    }

    /// Clause C1-1: the cases of one application, and nobody else's.
    async fn the_cases_of_a_package_are_found(database: Database) {
        let hall = Hall::open(database).await;
        let packages = catalog::read_packages(catalog::WENLING_PACKAGES, &hall.catalog, morning().day()).unwrap();
        let package = packages[0].clone();
        let chosen = package.members.iter().map(|member| member.item.clone()).collect();
        let id = package_id(77);
        let filing = casework::package::Filing {
            id, centre: CENTRE, package: &package, chosen: &chosen, applicant: applicant(), now: morning(),
        };
        let application = casework::package::Application::file(filing, |_| case_id(1)).unwrap();
        hall.write(move |c| {
            packages::put(c, CENTRE, &package)?;
            packages::applications::insert(c, &application, None)
        }).await;
        for (n, package) in [(1, Some(id)), (2, None), (3, Some(id))] {
            let (case, recorded) = hall.received(n, package);
            hall.write(move |c| {
                cases::insert(c, &case, std::slice::from_ref(&recorded), clockwork(&Calendar::first_edition(), None))
            }).await;
        }
        let found = hall.read(move |c| cases::of_package(c, CENTRE, id)).await;
        assert_eq!(found.iter().map(|loaded| loaded.case.id).collect::<Vec<_>>(), [case_id(1), case_id(3)]);
        assert!(found.iter().all(|loaded| loaded.case.package == Some(id)));
        assert!(hall.read(|c| cases::of_package(c, CENTRE, package_id(78))).await.is_empty());
    }

    /// 代领人: somebody who fetches the result with a mandate.
    async fn an_agent_is_a_contact(database: Database) {
        let hall = Hall::open(database).await;
        let own = hall.department(0);
        hall.rows(&own, "issued", [1]).await;
        let contact = parties::Contact {
            role: parties::ContactRole::Agent,
            document_digest: Some("digest".to_owned()),
            name: kernel::Personal::new("测试乙".to_owned()),
            document_number: None,
            phone: kernel::Personal::new("13800000000".to_owned()),
            address: None,
        };
        hall.write(move |c| parties::put_contact(c, CENTRE, case_id(1), &contact)).await;
        let contacts = hall.read(|c| parties::contacts(c, CENTRE, case_id(1))).await;
        assert_eq!(contacts.iter().map(|contact| contact.role).collect::<Vec<_>>(), [parties::ContactRole::Agent]);
    }
}
