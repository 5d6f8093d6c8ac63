//! 匿名评价, which is kept apart from its case: neither the record nor the version of the case tells whoever is rated that there
//! is one (clause B5-8).

use std::sync::Arc;

use casework::{Case, Rating, RatingForm, is_rated};
use kernel::{
    Instant, Role,
    access::{may, may_on},
};
use persistence::{Connection, Shard, StoreError, ratings};
use serde_json::json;

use crate::{
    desk::{Change, Desk, visible},
    packages,
    problem::Answer,
    reply::Reply,
    views::case::Lens,
};

/// The register whose record holds the anonymous ratings of all cases.
const REGISTER: &str = "ratings";

/// The anonymous ratings of a case, for whoever may know that they are of it.
///
/// # Errors
/// Those of the store.
pub fn anonymous_for(connection: &mut Connection, case: &Case, role: Role) -> Result<Vec<Rating>, StoreError> {
    if is_rated(role) {
        return Ok(Vec::new());
    }
    Ok(ratings::anonymous(connection, case.centre, case.id)?)
}

impl Desk {
    /// 匿名评价. Nothing happens to the case, not even what has fallen due to it, and the answer has the tag that it had.
    pub async fn rate_anonymously(
        self: &Arc<Self>,
        change: Change,
        form: impl Fn(Instant) -> RatingForm + Send + 'static,
    ) -> Answer<Reply> {
        let Change { caller, case: id, seen, stamp, action } = change;
        may(&caller, action)?;
        self.once(caller.clone(), Shard::of(REGISTER), stamp, move |desk, tx, now| {
            let loaded = visible(tx.read(), &caller, id)?;
            let case = &loaded.case;
            may_on(&caller, action, &case.whereabouts())?;
            seen.check(case.version)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let item = desk.version_of(tx.read(), case)?;
            let ctx = desk.context(&caller, &calendar, now);
            let earlier = ratings::anonymous(tx.read(), case.centre, case.id).map_err(StoreError::from)?;
            let rating = case.rate_anonymously(form(now), &earlier, &ctx)?;
            let inserted = ratings::insert_one(tx.write(), case, &rating);
            tx.first(inserted)?;
            let (by, note) = (caller.signature(), json!({ "case": case.id, "rating": rating }));
            tx.note(caller.centre, REGISTER, "rated_anonymously", now, &by, &note)?;
            Reply::case(200, &packages::shown(desk, tx.read(), &loaded, &Lens { ctx, item: &item })?)
        })
        .await
    }
}
