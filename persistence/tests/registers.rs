//! Leases, claims, recomputations, bars and packages.
#![allow(clippy::unwrap_used)]

mod support;

use casework::package::{Application, Filing};
use catalog::VersionState;
use diesel::connection::SimpleConnection as _;
use kernel::{DepartmentCode, EventId, Instant, PartyId, StaffCode, ledger::LimitKind};
use persistence::{
    Connection, Shard, Tx, bars,
    behind::{self, Reading},
    hall, leases,
    outbox::{self, Letter},
    packages::{self, applications},
    recomputations::{self, Examined, Moved},
};
use support::{
    Database, Failure, all,
    centre::{CENTRE, Hall, applicant, case_id, morning, package_id},
};
use uuid::Uuid;

fn minutes(n: i64) -> Instant {
    morning().plus(chrono::Duration::minutes(n))
}

fn moved(n: u64, limit: LimitKind) -> Moved {
    Moved {
        of: Examined::Case(case_id(n)),
        limit,
        department: None,
        order: None,
        procedure: None,
        due_before: "2026-12-31".parse().unwrap(),
        due_after: "2027-01-04".parse().unwrap(),
        provisional_before: true,
        provisional_after: false,
    }
}

fn moved_opinion(n: u64, department: &DepartmentCode) -> Moved {
    Moved { department: Some(department.clone()), ..moved(n, LimitKind::Opinion) }
}

fn moved_procedure(n: u64, notice: &str) -> Moved {
    Moved { procedure: Some(notice.to_owned()), ..moved(n, LimitKind::Procedure) }
}

on_both! {
    async fn a_lease_is_one_holders_until_it_runs_out(database: Database) {
        let hall = Hall::open(database).await;
        let take = |holder: &'static str, now: i64, until: i64| {
            hall.write(move |c| leases::take(c, CENTRE, "timer", holder, minutes(now), minutes(until)))
        };
        assert!(take("a", 0, 10).await);
        assert!(!take("b", 9, 19).await, "still a's");
        assert!(take("a", 9, 19).await, "prolonged");
        assert!(!take("b", 10, 20).await);
        assert!(take("b", 19, 29).await, "run out");
        assert!(!take("a", 20, 30).await);
        let release = |holder: &'static str| hall.write(move |c| leases::release_all(c, holder));
        assert_eq!(release("a").await, 0, "not a's any more");
        assert_eq!(release("b").await, 1);
        assert!(take("a", 21, 31).await);
        assert!(hall.write(|c| leases::take(c, CENTRE, "other", "b", minutes(0), minutes(1))).await, "by name");
    }

    /// Promise P3: of two processes that a system has read from, the later word counts, whichever is kept first.
    async fn a_reading_is_undone_by_none_before_it(database: Database) {
        let hall = Hall::open(database).await;
        let said = |place: u64, minute: i64| Reading { place, asked_at: minutes(minute) };
        for reading in [said(7, 2), said(5, 1), said(9, 2)] {
            hall.write(move |c| behind::keep(c, CENTRE, "platform", reading)).await;
            assert_eq!(hall.read(|c| behind::readings(c, CENTRE)).await, [("platform".to_owned(), said(7, 2))]);
        }
        hall.write(move |c| behind::keep(c, CENTRE, "platform", said(3, 3))).await;
        assert_eq!(hall.read(|c| behind::readings(c, CENTRE)).await[0].1, said(3, 3), "it began anew");
    }

    async fn a_process_lets_go_of_its_own_claims(database: Database) {
        let hall = Hall::open(database).await;
        let put = |c: &mut Connection| {
            let (id, target, kind) = (EventId::fresh(morning()), "hotline:a", "dispatched");
            let letter =
                Letter { id, message: None, target, ordering_key: "1", sequence: 1, kind, body: "{}" };
            outbox::put(c, CENTRE, &letter, morning())
        };
        hall.write(put).await;
        let due = |now: i64| {
            hall.read(move |c| outbox::due(c, CENTRE, "hotline:a", minutes(now), minutes(now), 10))
        };
        let seen = due(0).await.swap_remove(0);
        let claimed = hall.write(move |c| outbox::claim(c, CENTRE, &seen, "a", minutes(0), minutes(1))).await;
        assert!(claimed && due(0).await.is_empty());
        let release = |by: &'static str| hall.write(move |c| outbox::release(c, by));
        assert_eq!(release("b").await, 0, "another process has nothing of it");
        assert!(due(0).await.is_empty(), "it is still a's");
        assert_eq!(release("a").await, 1);
        assert_eq!(due(0).await.len(), 1);
    }

    async fn of_many_that_want_a_lease_one_gets_it(database: Database) {
        let hall = Hall::open(database).await;
        for round in 0..20 {
            // First nobody has it, then each time it has just run out.
            let take = |holder: u64| {
                let store = hall.store.clone();
                async move {
                    let name = holder.to_string();
                    let job = move |tx: &mut Tx<'_>| {
                        let (now, until) = (minutes(round * 10), minutes(round * 10 + 10));
                        let taken = leases::take(tx.write(), CENTRE, "timer", &name, now, until);
                        taken.map_err(Failure::from)
                    };
                    // Different shards on purpose: on PostgreSQL two writers meet on the row.
                    store.write(Shard::of(&holder), job).await.unwrap()
                }
            };
            let holders = u64::try_from(round).unwrap() * 8;
            let answers = all((holders..holders + 8).map(take)).await;
            assert_eq!(answers.iter().filter(|taken| **taken).count(), 1, "{round}: {answers:?}");
        }
    }

    /// Rule L3: progress is kept, no step is counted twice, and what moved is listed.
    /// Clauses B3-3, B5-2: what moved is listed by case, limit and department or notice, each once, page by page.
    async fn a_recomputation_goes_on_where_it_stopped(database: Database) {
        let hall = Hall::open(database).await;
        let own = hall.department(0);
        hall.rows(&own, "in_review", 1..10).await;
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
        hall.write(move |c| {
            for (id, cause) in ids.iter().zip(["edition 2027", "one day", "another"]) {
                let (before, after) = (serde_json::json!({"days": [cause]}), serde_json::json!({"after": [cause]}));
                recomputations::begin(c, CENTRE, *id, cause, (&before, &after), morning())?;
            }
            Ok(())
        }).await;
        let begun = hall.read(|c| recomputations::current(c, CENTRE)).await.unwrap();
        assert_eq!((begun.id, begun.cursor, begun.examined, begun.moved), (ids[0], None, 0, 0));
        assert_eq!(begun.before, serde_json::json!({"days": ["edition 2027"]}));
        assert_eq!(begun.after, Some(serde_json::json!({"after": ["edition 2027"]})), "its own, whatever came later");

        let first = [moved(2, LimitKind::Statutory), moved(2, LimitKind::Promised), moved(4, LimitKind::Statutory)];
        let (fire, water): (DepartmentCode, DepartmentCode) = ("fire".parse().unwrap(), "water".parse().unwrap());
        let notices = ["331081特〔2026〕000001号", "331081特〔2026〕000002号"].map(|notice| moved_procedure(8, notice));
        let second = [moved(7, LimitKind::Delivery), moved_opinion(7, &water), moved_opinion(7, &fire)];
        let step = |seen: recomputations::Recomputation, to: u64, examined: u64, moves: Vec<Moved>| {
            hall.write(move |c| recomputations::advance(c, CENTRE, &seen, Examined::Case(case_id(to)), examined, &moves))
        };
        assert!(step(begun.clone(), 5, 5, first.to_vec()).await);
        assert!(!step(begun, 5, 5, first.to_vec()).await, "somebody was faster");
        let midway = hall.read(|c| recomputations::current(c, CENTRE)).await.unwrap();
        assert_eq!((midway.cursor, midway.examined, midway.moved), (Some(Examined::Case(case_id(5))), 5, 2), "cases, not limits");
        assert!(step(midway.clone(), 9, 4, [second.as_slice(), notices.as_slice()].concat()).await);
        let later = hall.read(|c| recomputations::current(c, CENTRE)).await.unwrap();
        assert!(step(later, 10, 0, vec![]).await, "what began after the edition is passed by");
        let passed = hall.read(|c| recomputations::current(c, CENTRE)).await.unwrap();
        assert_eq!((passed.cursor, passed.examined), (Some(Examined::Case(case_id(10))), 9), "and does not count");

        let finish = |id: Uuid| hall.write(move |c| recomputations::finish(c, CENTRE, id, minutes(5)));
        assert!(finish(ids[0]).await);
        assert!(!finish(ids[0]).await, "once");
        let done = hall.read(move |c| recomputations::get(c, CENTRE, ids[0])).await.unwrap();
        assert_eq!((done.examined, done.moved, done.finished_at), (9, 4, Some(minutes(5))));
        assert!(!step(done, 9, 1, vec![]).await, "ended");
        assert_eq!(hall.read(|c| recomputations::current(c, CENTRE)).await.unwrap().id, ids[1]);

        let newest = hall.read(|c| recomputations::list(c, CENTRE, None, 2)).await;
        assert_eq!(newest.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
        let rest = hall.read(move |c| recomputations::list(c, CENTRE, Some(ids[1]), 2)).await;
        assert_eq!(rest.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[0]]);

        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let page = hall.read(move |c| recomputations::moves(c, CENTRE, ids[0], cursor.as_ref(), 1)).await;
            let Some(last) = page.last() else { break };
            cursor = Some(last.key());
            listed.extend(page);
        }
        let [statutory, promised, other] = first;
        let [delivery, by_water, by_fire] = second;
        let [first_notice, second_notice] = notices;
        let expected =
            [promised, statutory, other, delivery, by_fire, by_water, first_notice, second_notice];
        assert_eq!(listed, expected);
    }

    /// Rule L13: whoever broke a commitment may not use one again.
    async fn a_broken_commitment_bars(database: Database) {
        let hall = Hall::open(database).await;
        let own = hall.department(0);
        hall.rows(&own, "in_review", [1]).await;
        assert!(!hall.read(|c| bars::is_barred(c, CENTRE, applicant())).await);
        for _ in 0..2 {
            hall.write(|c| bars::add(c, CENTRE, applicant(), case_id(1), morning().day())).await;
        }
        assert!(hall.read(|c| bars::is_barred(c, CENTRE, applicant())).await);
        let another: PartyId = "01900000-0000-7000-8000-00000000000b".parse().unwrap();
        assert!(!hall.read(move |c| bars::is_barred(c, CENTRE, another)).await);
    }

    /// Clause C1-1.
    async fn packages_and_their_applications_are_kept(database: Database) {
        let hall = Hall::open(database).await;
        let known = catalog::read_packages(catalog::WENLING_PACKAGES, &hall.catalog, morning().day()).unwrap();
        let mut sorted = known.clone();
        sorted.sort_by(|a, b| a.code.cmp(&b.code));
        let put = known.clone();
        hall.write(move |c| put.iter().chain(&put).try_for_each(|package| packages::put(c, CENTRE, package))).await;
        assert_eq!(hall.read(|c| packages::list(c, CENTRE, None, None, 99)).await, sorted);
        let (first, code) = (sorted[0].clone(), sorted[0].code.clone());
        assert_eq!(hall.read(move |c| packages::get(c, CENTRE, &code)).await, Some(first.clone()));
        let code = first.code.clone();
        assert_eq!(hall.read(move |c| packages::list(c, CENTRE, None, Some(&code), 99)).await, sorted[1..]);
        assert_eq!(hall.read(|c| packages::list(c, CENTRE, Some(VersionState::Draft), None, 99)).await, []);

        let chosen = first.members.iter().map(|member| member.item.clone()).collect();
        let file = |n: u64| {
            let filing = Filing {
                id: package_id(n), centre: CENTRE, package: &first, chosen: &chosen, applicant: applicant(), now: morning(),
            };
            Application::file(filing, |_| case_id(n)).unwrap()
        };
        let client: StaffCode = "zjzwfw".parse().unwrap();
        for n in 1..=3 {
            let (application, client) = (file(n), client.clone());
            hall.write(move |c| applications::insert(c, &application, (n != 2).then_some(&client))).await;
        }
        let numbers = |found: Vec<applications::Stored>| {
            found.iter().map(|stored| stored.application.id).collect::<Vec<_>>()
        };
        let page = hall.read(|c| applications::of_applicant(c, CENTRE, applicant(), None, 2)).await;
        assert_eq!(numbers(page), [package_id(3), package_id(2)]);
        let page = hall.read(|c| applications::of_applicant(c, CENTRE, applicant(), Some(package_id(2)), 2)).await;
        assert_eq!(numbers(page), [package_id(1)]);
        let page = hall.read(move |c| applications::of_client(c, CENTRE, &client, None, 9)).await;
        assert_eq!(numbers(page), [package_id(3), package_id(1)]);

        for (n, stage) in [(1, "under_check"), (2, "decided"), (3, "closed")] {
            hall.rows(&hall.department(0), stage, [n]).await;
            let member = format!("UPDATE cases SET package = '{}' WHERE id = '{}'", package_id(n), case_id(n));
            hall.write(move |c| c.batch_execute(&member)).await;
        }
        let open = hall.read(|c| applications::open_of_applicant(c, CENTRE, applicant(), 9)).await;
        assert_eq!(numbers(open), [package_id(1)], "neither what is decided nor what has ended");
        let issued = format!("UPDATE cases SET stage = 'issued' WHERE id = '{}'", case_id(2));
        hall.write(move |c| c.batch_execute(&issued)).await;
        let open = hall.read(|c| applications::open_of_applicant(c, CENTRE, applicant(), 9)).await;
        assert_eq!(numbers(open), [package_id(1)], "what was issued is decided too");

        let mut changed = file(1);
        changed.version = 2;
        changed.members.pop();
        for expected in [true, false] {
            let changed = changed.clone();
            assert_eq!(hall.write(move |c| applications::save(c, 1, &changed)).await, expected);
        }
        let stored = hall.read(|c| applications::get(c, CENTRE, package_id(1))).await.unwrap();
        assert_eq!((stored.application, stored.client.is_some()), (changed, true));
    }

    async fn every_installed_centre_is_known(database: Database) {
        let hall = Hall::open(database).await;
        assert_eq!(hall.read(hall::centres).await, [CENTRE], "once, though it has many departments");
    }
}
