//! What a write sees of its transaction.

use std::fmt;

use diesel::QueryResult;
use kernel::{CaseId, Centre, Instant, access::Signature};

use crate::{
    Connection, StoreError,
    cases::{self, Ahead, Loaded},
    numbers::Numbers,
    record,
};

/// Something to do once the commit is certain: wake a dispatcher, drop a cached value. Runs on the writer's thread
/// before the answer is given, so it must be quick.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// One write's view of the transaction it runs in, possibly together with others.
///
/// The closure that receives it may run several times (a neighbour failed, two writers met), each time on a clean
/// transaction, so it must do nothing outside of `Tx`. It returns every database error it meets; one that it expects,
/// such as a key already taken, it catches by a nested `tx.write().transaction(|c| …)`, which is a savepoint.
pub struct Tx<'a> {
    connection: &'a mut Connection,
    numbers: &'a mut Numbers,
    ahead: &'a mut Ahead,
    wrote: bool,
    contended: bool,
    hooks: Vec<Hook>,
}

/// How a write left its transaction.
pub(crate) struct Finished {
    pub(crate) wrote: bool,
    pub(crate) contended: bool,
    pub(crate) hooks: Vec<Hook>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: &'a mut Connection, numbers: &'a mut Numbers, ahead: &'a mut Ahead) -> Self {
        Self { connection, numbers, ahead, wrote: false, contended: false, hooks: Vec::new() }
    }

    pub(crate) fn finish(self) -> Finished {
        Finished { wrote: self.wrote, contended: self.contended, hooks: self.hooks }
    }

    /// To be returned by a write that finds that another process was faster: it is run again on a clean transaction, and
    /// only after several times is this error the answer.
    pub fn contended(&mut self) -> StoreError {
        self.contended = true;
        StoreError::Contended
    }

    /// The connection for a query that changes nothing. A write that is refused before it asked for
    /// [`Tx::write`] costs its neighbours nothing.
    pub fn read(&mut self) -> &mut Connection {
        self.connection
    }

    /// As [`cases::load`]. The case that the shard named may have been fetched already, together with those of the writes
    /// beside this one.
    ///
    /// # Errors
    /// Those of the query.
    pub fn case(&mut self, centre: Centre, id: CaseId) -> Result<Option<Loaded>, StoreError> {
        Ok(match self.ahead.take(centre, id) {
            Some(fetched) => Some(fetched?),
            None => cases::load(self.connection, centre, id)?,
        })
    }

    /// The connection for a statement that changes something.
    pub fn write(&mut self) -> &mut Connection {
        self.wrote = true;
        self.connection
    }

    /// For an insert whose key was looked up before: a key that is taken all the same was taken by another process just
    /// now, as in [`Tx::contended`].
    ///
    /// # Errors
    /// Those of the insert.
    pub fn first<T>(&mut self, inserted: QueryResult<T>) -> Result<T, StoreError> {
        inserted.map_err(|error| match StoreError::from(error) {
            StoreError::Duplicate => self.contended(),
            other => other,
        })
    }

    /// An act of administration, on the stream of its register.
    ///
    /// # Errors
    /// Those of the insert; where another process put its own there just now, the write is run again.
    pub fn note(
        &mut self,
        centre: Centre,
        register: &str,
        kind: &str,
        at: Instant,
        by: &Signature,
        body: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let noted = record::note(self.write(), centre, register, kind, at, by, body);
        self.first(noted)
    }

    /// The next number (编号) of a series within a centre and a year, from 1: never given twice, by no process.
    ///
    /// Each writer takes blocks of 50 and counts on in memory, so numbers rise within a writer but not across
    /// writers, and some are never used: those of a write that was rolled back, and the rest of a block when the
    /// program stops. A gap says nothing about a lost document.
    pub fn next_number(&mut self, centre: Centre, series: &str, year: i32) -> Result<u64, StoreError> {
        if let Some(number) = self.numbers.next_in_block(centre, series, year) {
            return Ok(number);
        }
        self.wrote = true;
        self.numbers.next_in_new_block(self.connection, centre, series, year)
    }

    /// Does this after the commit and only then.
    pub fn on_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("wrote", &self.wrote).finish_non_exhaustive()
    }
}
