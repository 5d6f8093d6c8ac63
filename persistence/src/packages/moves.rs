//! 套餐时限 that a new edition of the calendar moved: what stands beside the limits of cases on the list of a recomputation.

use casework::package::PackageMove;
use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{Centre, Due, ItemCode, id::PackageApplicationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    connection::{Connection, MultiBackend},
    decode::parse,
    page::Paged as _,
    schema::recomputation_package_moves::{self as moves},
};

/// What stands for the whole where a member is named otherwise; no item has such a code.
const OF_THE_WHOLE: &str = "*";

/// A date of an application that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub application: PackageApplicationId,
    pub moved: PackageMove,
}

/// Where the list goes on: after the last line that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedKey {
    pub application: PackageApplicationId,
    pub item: Option<ItemCode>,
}

impl Moved {
    pub fn key(&self) -> MovedKey {
        MovedKey { application: self.application, item: self.moved.item.clone() }
    }
}

fn subject(item: Option<&ItemCode>) -> &str {
    item.map_or(OF_THE_WHOLE, ItemCode::as_str)
}

/// Puts on the list what moved of one application, in place of what an interrupted run had put there. Whether nothing was
/// there.
pub fn put(
    connection: &mut Connection,
    centre: Centre,
    recomputation: Uuid,
    application: PackageApplicationId,
    moved: &[PackageMove],
) -> QueryResult<bool> {
    let of_application = moves::table
        .filter(moves::centre.eq(centre.as_str()))
        .filter(moves::recomputation.eq(recomputation.to_string()))
        .filter(moves::application.eq(application.to_string()));
    let listed = diesel::delete(of_application).execute(connection)?;
    for it in moved {
        diesel::insert_into(moves::table)
            .values((
                moves::centre.eq(centre.as_str()),
                moves::recomputation.eq(recomputation.to_string()),
                moves::application.eq(application.to_string()),
                moves::item.eq(subject(it.item.as_ref())),
                moves::due_before.eq(it.before.date),
                moves::due_after.eq(it.after.date),
                moves::provisional_before.eq(it.before.provisional),
                moves::provisional_after.eq(it.after.provisional),
            ))
            .execute(connection)?;
    }
    Ok(listed == 0)
}

/// A page of what moved, by application and member, the whole first, after `after`. Walks the primary key.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    recomputation: Uuid,
    after: Option<&MovedKey>,
    limit: i64,
) -> QueryResult<Vec<Moved>> {
    let mut query = moves::table
        .filter(moves::centre.eq(centre.to_string()))
        .filter(moves::recomputation.eq(recomputation.to_string()))
        .into_boxed::<MultiBackend>();
    if let Some(MovedKey { application, item }) = after {
        let application = application.to_string();
        let later = moves::application.eq(application.clone()).and(moves::item.gt(subject(item.as_ref()).to_owned()));
        query = query.filter(moves::application.gt(application).or(later));
    }
    type Row = (String, String, NaiveDate, NaiveDate, bool, bool);
    let rows = query
        .order((moves::application.asc(), moves::item.asc()))
        .select((
            moves::application,
            moves::item,
            moves::due_before,
            moves::due_after,
            moves::provisional_before,
            moves::provisional_after,
        ))
        .page(limit)
        .load::<Row>(connection)?;
    let moved = |(application, item, before, after, provisional_before, provisional_after): Row| {
        Ok(Moved {
            application: parse("application id", &application)?,
            moved: PackageMove {
                item: (item != OF_THE_WHOLE).then(|| parse("item", &item)).transpose()?,
                before: Due { date: before, provisional: provisional_before },
                after: Due { date: after, provisional: provisional_after },
            },
        })
    };
    rows.into_iter().take(usize::try_from(limit).unwrap_or(0)).map(moved).collect()
}
