//! 事件流: what is committed late is not passed over, and nothing is read twice (promise P3).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use diesel::connection::SimpleConnection as _;
use kernel::{Centre, Instant, Role, access::Signature};
use persistence::{Connection, feed, record};
use serde_json::json;
use support::Database;

const CENTRE: Centre = Centre::WENLING;
const WRITERS: u64 = 6;
const EACH: u64 = 60;

fn at() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

fn begin(connection: &mut Connection) {
    // A transaction of SQLite that reads first may not write later.
    let begin = if matches!(connection, Connection::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" };
    connection.batch_execute(begin).unwrap();
}

fn note(connection: &mut Connection, stream: &str) {
    let by = Signature { role: Role::Clerk, code: "clerk-one".to_owned(), through: None };
    record::note(connection, CENTRE, stream, "noted", at(), &by, &json!({})).unwrap();
}

/// How often the reader has looked.
#[derive(Default)]
struct Looks {
    count: Mutex<u64>,
    again: Condvar,
}

impl Looks {
    fn one_more(&self) {
        *self.count.lock().unwrap() += 1;
        self.again.notify_all();
    }

    /// Until it has looked so many times more.
    fn wait_for(&self, more: u64) {
        let count = self.count.lock().unwrap();
        let enough = *count + more;
        let waited = self.again.wait_timeout_while(count, Duration::from_secs(20), |count| *count < enough).unwrap();
        assert!(!waited.1.timed_out(), "the reader looks no more");
    }
}

/// Transactions of different length, each with one or two events, some of them given up.
fn write(connection: &mut Connection, writer: u64, looks: &Looks) -> u64 {
    let mut written = 0;
    for turn in 0..EACH {
        begin(connection);
        let events = 1 + (turn + writer) % 2;
        (0..events).for_each(|_| note(connection, &format!("stream-{writer}")));
        // Slow ones number late on a database that numbers while it writes, and commit later still: the reader looks while
        // they are open.
        if (turn * 7 + writer).is_multiple_of(5) {
            looks.wait_for(10 * writer);
        }
        let is_given_up = (turn + writer).is_multiple_of(9);
        connection.batch_execute(if is_given_up { "ROLLBACK" } else { "COMMIT" }).unwrap();
        written += if is_given_up { 0 } else { events };
    }
    written
}

on_both! {
    /// Promise P3: one total order without gaps, per stream in the order of its versions, with several writers and two that
    /// number at once.
    async fn a_late_commit_is_not_passed_over(database: Database) {
        let store = database.store().await;
        let (is_over, looks) = (AtomicBool::new(false), Looks::default());
        let (seen, written) = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (mut connection, looks) = (database.outside(), &looks);
                    scope.spawn(move || write(&mut connection, writer, looks))
                })
                .collect();
            for _ in 0..2 {
                let (mut connection, is_over) = (database.outside(), &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        feed::number(&mut connection, CENTRE, 20).unwrap();
                    }
                });
            }
            let (mut connection, is_over_too, looks) = (database.outside(), &is_over, &looks);
            let reader = scope.spawn(move || {
                let mut seen: Vec<feed::Line> = Vec::new();
                loop {
                    let was_over = is_over_too.load(Ordering::Relaxed);
                    let last = seen.last().map_or(0, |line| line.seq);
                    let lines = feed::after(&mut connection, CENTRE, last, 7).unwrap();
                    looks.one_more();
                    if lines.is_empty() && was_over {
                        return seen;
                    }
                    seen.extend(lines);
                }
            });
            let written: u64 = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
            let mut connection = database.outside();
            while feed::waiting(&mut connection, CENTRE).unwrap() > 0 {
                thread::yield_now();
            }
            is_over.store(true, Ordering::Relaxed);
            (reader.join().unwrap(), written)
        });
        let places: Vec<u64> = seen.iter().map(|line| line.seq).collect();
        assert_eq!(places, (1..=written).collect::<Vec<_>>(), "every event once, and no place without one");
        let mut versions = BTreeMap::<String, u64>::new();
        for line in seen {
            let next = versions.entry(line.stream.clone()).or_default();
            *next += 1;
            assert_eq!(line.version, *next, "{line:?}");
        }
        drop(store);
    }

    /// The record stays append-only: a place is given once and not changed.
    async fn a_place_is_given_once(database: Database) {
        let _store = database.store().await;
        let mut connection = database.outside();
        note(&mut connection, "stream");
        feed::number(&mut connection, CENTRE, 10).unwrap();
        assert_eq!(feed::last(&mut connection, CENTRE).unwrap(), 1);
        for change in ["seq = 2", "seq = NULL", "kind = 'other'", "body = '{}'"] {
            let refused = connection.batch_execute(&format!("UPDATE events SET {change}"));
            assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{change}");
        }
    }
}
