//! A query with its LIMIT written out. Diesel binds the number, and PostgreSQL, not knowing it, takes a plan for a tenth
//! of the table for so much dearer than one made for the page that it plans the page anew each time.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// Of the usual page and of the largest, each with the row that tells whether there is more. A page is asked for in the
/// nearest of them, because every text is a prepared statement of its own.
const SIZES: [i64; 2] = [21, 201];

pub(crate) trait Paged: Sized {
    /// At least the first `limit` rows of a query that has no limit yet; the caller takes as many as it wants.
    fn page(self, limit: i64) -> Page<Self> {
        Page { query: self, limit }
    }
}

impl<Q: Query> Paged for Q {}

pub(crate) struct Page<Q> {
    query: Q,
    limit: i64,
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Page<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        let size = SIZES.into_iter().find(|size| self.limit <= *size).unwrap_or(self.limit);
        out.push_sql(&format!(" LIMIT {size}"));
        Ok(())
    }
}

impl<Q: Query> Query for Page<Q> {
    type SqlType = Q::SqlType;
}

// Of one type and many texts.
impl<Q> QueryId for Page<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Page<Q> {}
