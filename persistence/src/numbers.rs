//! Numbers given out in blocks, so that no row is fought over for each document.

use std::{collections::HashMap, ops::Range};

use diesel::{
    Connection as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryResult, RunQueryDsl as _,
};
use kernel::Centre;

use crate::{Connection, StoreError, schema::sequences};

/// How many numbers a writer takes at once.
const BLOCK: i64 = 50;

type Key = (Centre, Box<str>, i32);

/// What one writer has left of its blocks.
///
/// A block belongs to this writer only once the transaction that took it is committed; until then it is listed in
/// `fresh`, and a rollback forgets it, because the same numbers are then given to whoever asks next.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    blocks: HashMap<Key, Range<u64>>,
    fresh: Vec<Key>,
}

impl Numbers {
    pub(crate) fn next_in_block(&mut self, centre: Centre, series: &str, year: i32) -> Option<u64> {
        self.blocks.get_mut(&(centre, series.into(), year))?.next()
    }

    pub(crate) fn next_in_new_block(
        &mut self,
        connection: &mut Connection,
        centre: Centre,
        series: &str,
        year: i32,
    ) -> Result<u64, StoreError> {
        let start = take_block(connection, centre, series, year)?;
        let start = u64::try_from(start).map_err(|_| StoreError::Corrupt(format!("sequences.next_value {start}")))?;
        let key: Key = (centre, series.into(), year);
        self.blocks.insert(key.clone(), start + 1..start + BLOCK.unsigned_abs());
        self.fresh.push(key);
        Ok(start)
    }

    /// How many blocks the open transaction has taken so far.
    pub(crate) fn mark(&self) -> usize {
        self.fresh.len()
    }

    /// The transaction is rolled back to where `mark` was made.
    pub(crate) fn forget_since(&mut self, mark: usize) {
        for key in self.fresh.drain(mark..) {
            self.blocks.remove(&key);
        }
    }

    /// The transaction is committed.
    pub(crate) fn keep(&mut self) {
        self.fresh.clear();
    }
}

/// The first number of a block that is ours when the transaction commits. The increment happens in the database, so
/// two processes never read the same value; the second waits for the first one's commit.
fn take_block(connection: &mut Connection, centre: Centre, series: &str, year: i32) -> QueryResult<i64> {
    let key = (centre.as_str(), series, year);
    if let Some(next) = advance(connection, key)? {
        return Ok(next - BLOCK);
    }
    let first = (
        sequences::centre.eq(key.0),
        sequences::series.eq(key.1),
        sequences::year.eq(key.2),
        sequences::next_value.eq(1 + BLOCK),
    );
    let inserted = connection.transaction(|c| diesel::insert_into(sequences::table).values(first).execute(c));
    match inserted {
        Ok(_) => Ok(1),
        // Another process began the series in between.
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {
            advance(connection, key)?.map(|next| next - BLOCK).ok_or(diesel::result::Error::NotFound)
        }
        Err(error) => Err(error),
    }
}

fn advance(connection: &mut Connection, key: (&str, &str, i32)) -> QueryResult<Option<i64>> {
    diesel::update(sequences::table.find(key))
        .set(sequences::next_value.eq(sequences::next_value + BLOCK))
        .returning(sequences::next_value)
        .get_result(connection)
        .optional()
}
