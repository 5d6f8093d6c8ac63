//! The hall: zones, sectors, departments, windows, and who is posted where.

mod leaving;

use std::collections::BTreeSet;

use catalog::{Department, PostingRecord, Sector, Window, Zone};
use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{Centre, DepartmentCode, Posting, PostingId, Role, StaffCode, WindowCode};
use routing::{Colleague, WindowColleague};

pub use leaving::{has_left, running, settle, unsettled};

use crate::{
    connection::Connection,
    decode::{damaged, parse, parse_some},
    schema::{departments, postings, sectors, windows, zones},
};

/// How many entries of the hall a list gives at most; a county has some dozens.
const MOST: i64 = 1000;

/// Every centre that is installed: that has departments.
pub fn centres(connection: &mut Connection) -> QueryResult<Vec<Centre>> {
    departments::table
        .select(departments::centre)
        .distinct()
        .order(departments::centre.asc())
        .load::<String>(connection)?
        .iter()
        .map(|code| parse("centre", code))
        .collect()
}

pub fn zones(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Zone>> {
    let rows = zones::table
        .filter(zones::centre.eq(centre.as_str()))
        .order(zones::code.asc())
        .limit(MOST)
        .select((zones::code, zones::name))
        .load::<(String, String)>(connection)?;
    rows.into_iter().map(|(code, name)| Ok(Zone { code: parse("zone", &code)?, name: text("zone", &name)? })).collect()
}

pub fn sectors(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Sector>> {
    let rows = sectors::table
        .filter(sectors::centre.eq(centre.as_str()))
        .order(sectors::position.asc())
        .limit(MOST)
        .select((sectors::code, sectors::name, sectors::lead, sectors::note))
        .load::<(String, String, Option<String>, Option<String>)>(connection)?;
    let sector = |(code, name, lead, note): (String, String, Option<String>, Option<String>)| {
        Ok(Sector {
            code: parse("sector", &code)?,
            name: text("sector", &name)?,
            lead: parse_some("department", lead.as_deref())?,
            note: note.map(|note| text("sector note", &note)).transpose()?,
        })
    };
    rows.into_iter().map(sector).collect()
}

pub fn departments(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Department>> {
    let rows = departments::table
        .filter(departments::centre.eq(centre.as_str()))
        .order(departments::code.asc())
        .limit(MOST)
        .select((departments::code, departments::name, departments::uscc, departments::phone))
        .load::<(String, String, String, Option<String>)>(connection)?;
    let department = |(code, name, uscc, phone): (String, String, String, Option<String>)| {
        Ok(Department {
            code: parse("department", &code)?,
            name: text("department", &name)?,
            uscc: parse("credit code", &uscc)?,
            phone: phone.map(|phone| text("department phone", &phone)).transpose()?,
        })
    };
    rows.into_iter().map(department).collect()
}

pub fn windows(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Window>> {
    type Row = (String, String, String, Option<String>);
    let rows = windows::table
        .filter(windows::centre.eq(centre.as_str()))
        .order(windows::code.asc())
        .limit(MOST)
        .select((windows::code, windows::name, windows::zone, windows::sector))
        .load::<Row>(connection)?;
    let window = |(code, name, zone, sector): Row| {
        Ok(Window {
            code: parse("window", &code)?,
            name: text("window", &name)?,
            zone: parse("zone", &zone)?,
            sector: parse_some("sector", sector.as_deref())?,
        })
    };
    rows.into_iter().map(window).collect()
}

fn text<const MAX: usize>(what: &'static str, value: &str) -> QueryResult<kernel::Text<MAX>> {
    kernel::Text::new(value).map_err(|why| damaged(what, why))
}

// What is in the hall is put there or brought up to date; nothing in it is ever removed, because cases refer to it.

pub fn put_zone(connection: &mut Connection, centre: Centre, zone: &Zone) -> QueryResult<()> {
    let says = (zones::name.eq(zone.name.as_str()),);
    let known = zones::table.filter(zones::centre.eq(centre.as_str())).filter(zones::code.eq(zone.code.as_str()));
    if diesel::update(known).set(says).execute(connection)? == 1 {
        return Ok(());
    }
    diesel::insert_into(zones::table)
        .values((zones::centre.eq(centre.as_str()), zones::code.eq(zone.code.as_str()), says))
        .execute(connection)
        .map(drop)
}

pub fn put_sector(connection: &mut Connection, centre: Centre, position: i32, sector: &Sector) -> QueryResult<()> {
    let says = (
        sectors::position.eq(position),
        sectors::name.eq(sector.name.as_str()),
        sectors::lead.eq(sector.lead.as_ref().map(DepartmentCode::as_str)),
        sectors::note.eq(sector.note.as_ref().map(kernel::Text::as_str)),
    );
    let known =
        sectors::table.filter(sectors::centre.eq(centre.as_str())).filter(sectors::code.eq(sector.code.as_str()));
    if diesel::update(known).set(says).execute(connection)? == 1 {
        return Ok(());
    }
    diesel::insert_into(sectors::table)
        .values((sectors::centre.eq(centre.as_str()), sectors::code.eq(sector.code.as_str()), says))
        .execute(connection)
        .map(drop)
}

pub fn put_department(connection: &mut Connection, centre: Centre, department: &Department) -> QueryResult<()> {
    let says = (
        departments::name.eq(department.name.as_str()),
        departments::uscc.eq(department.uscc.as_str()),
        departments::phone.eq(department.phone.as_ref().map(kernel::Text::as_str)),
    );
    let known = departments::table
        .filter(departments::centre.eq(centre.as_str()))
        .filter(departments::code.eq(department.code.as_str()));
    if diesel::update(known).set(says).execute(connection)? == 1 {
        return Ok(());
    }
    diesel::insert_into(departments::table)
        .values((departments::centre.eq(centre.as_str()), departments::code.eq(department.code.as_str()), says))
        .execute(connection)
        .map(drop)
}

pub fn put_window(connection: &mut Connection, centre: Centre, window: &Window) -> QueryResult<()> {
    let says = (
        windows::name.eq(window.name.as_str()),
        windows::zone.eq(window.zone.as_str()),
        windows::sector.eq(window.sector.as_ref().map(kernel::SectorCode::as_str)),
    );
    let known =
        windows::table.filter(windows::centre.eq(centre.as_str())).filter(windows::code.eq(window.code.as_str()));
    if diesel::update(known).set(says).execute(connection)? == 1 {
        return Ok(());
    }
    diesel::insert_into(windows::table)
        .values((windows::centre.eq(centre.as_str()), windows::code.eq(window.code.as_str()), says))
        .execute(connection)
        .map(drop)
}

/// Holds the row of a department until the end of the transaction: on PostgreSQL another process may be about to post
/// somebody there, and what is read after this is what that process leaves.
pub fn hold(connection: &mut Connection, centre: Centre, department: &DepartmentCode) -> QueryResult<()> {
    diesel::update(
        departments::table
            .filter(departments::centre.eq(centre.as_str()))
            .filter(departments::code.eq(department.as_str())),
    )
    .set(departments::name.eq(departments::name))
    .execute(connection)
    .map(drop)
}

pub fn insert_posting(
    connection: &mut Connection,
    centre: Centre,
    id: PostingId,
    posting: &PostingRecord,
) -> QueryResult<()> {
    diesel::insert_into(postings::table)
        .values((
            postings::centre.eq(centre.as_str()),
            postings::id.eq(id.to_string()),
            postings::staff.eq(posting.staff.as_str()),
            postings::role.eq(posting.role.to_string()),
            postings::department.eq(posting.department.as_str()),
            postings::window_code.eq(posting.window.as_ref().map(kernel::WindowCode::as_str)),
            postings::zone.eq(posting.zone.as_ref().map(kernel::ZoneCode::as_str)),
            postings::resident.eq(posting.resident),
            postings::from_day.eq(posting.from),
            postings::until_day.eq(posting.until),
        ))
        .execute(connection)
        .map(drop)
}

/// Ends a posting on a day; false where there is none that goes on after it.
pub fn end_posting(connection: &mut Connection, centre: Centre, id: PostingId, last: NaiveDate) -> QueryResult<bool> {
    let ended = diesel::update(
        postings::table
            .filter(postings::centre.eq(centre.as_str()))
            .filter(postings::id.eq(id.to_string()))
            .filter(postings::until_day.is_null().or(postings::until_day.gt(last))),
    )
    .set(postings::until_day.eq(last))
    .execute(connection)?;
    Ok(ended == 1)
}

/// A posting with its id.
#[derive(Clone, Debug)]
pub struct StoredPosting {
    pub id: PostingId,
    pub record: PostingRecord,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = postings)]
struct PostingRow {
    id: String,
    staff: String,
    role: String,
    department: String,
    window_code: Option<String>,
    zone: Option<String>,
    resident: bool,
    from_day: NaiveDate,
    until_day: Option<NaiveDate>,
}

impl PostingRow {
    fn stored(self) -> QueryResult<StoredPosting> {
        Ok(StoredPosting {
            id: parse("posting id", &self.id)?,
            record: PostingRecord {
                staff: parse("staff", &self.staff)?,
                role: parse("role", &self.role)?,
                department: parse("department", &self.department)?,
                window: parse_some("window", self.window_code.as_deref())?,
                zone: parse_some("zone", self.zone.as_deref())?,
                resident: self.resident,
                from: self.from_day,
                until: self.until_day,
            },
        })
    }
}

/// A page of postings by id, after `after`.
pub fn postings(
    connection: &mut Connection,
    centre: Centre,
    staff: Option<&StaffCode>,
    after: Option<PostingId>,
    limit: i64,
) -> QueryResult<Vec<StoredPosting>> {
    let mut query = postings::table.filter(postings::centre.eq(centre.as_str())).into_boxed();
    if let Some(staff) = staff {
        query = query.filter(postings::staff.eq(staff.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(postings::id.gt(after.to_string()));
    }
    let rows =
        query.order(postings::id.asc()).limit(limit).select(PostingRow::as_select()).load::<PostingRow>(connection)?;
    rows.into_iter().map(PostingRow::stored).collect()
}

pub fn posting(connection: &mut Connection, centre: Centre, id: PostingId) -> QueryResult<Option<StoredPosting>> {
    let row = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::id.eq(id.to_string()))
        .select(PostingRow::as_select())
        .get_result::<PostingRow>(connection)
        .optional()?;
    row.map(PostingRow::stored).transpose()
}

/// Every posting of a centre, for comparing a catalogue with it.
pub fn all_postings(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<PostingRecord>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    rows.into_iter().map(|row| row.stored().map(|stored| stored.record)).collect()
}

/// Every posting of these members of staff, past and to come. Walks `postings_by_staff`.
pub fn postings_of(
    connection: &mut Connection,
    centre: Centre,
    staff: &BTreeSet<&StaffCode>,
) -> QueryResult<Vec<PostingRecord>> {
    let codes: Vec<&str> = staff.iter().map(|code| code.as_str()).collect();
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::staff.eq_any(codes))
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    rows.into_iter().map(|row| row.stored().map(|stored| stored.record)).collect()
}

/// What a member of staff is posted to in one role on a day. Walks `postings_by_staff`.
pub fn in_force(
    connection: &mut Connection,
    centre: Centre,
    staff: &StaffCode,
    role: Role,
    day: NaiveDate,
) -> QueryResult<Vec<Posting>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::staff.eq(staff.as_str()))
        .filter(postings::role.eq(role.to_string()))
        .limit(MOST)
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    let records = rows.into_iter().map(PostingRow::stored).collect::<QueryResult<Vec<_>>>()?;
    let in_force = records.into_iter().filter(|stored| stored.record.in_force(day));
    Ok(in_force.map(|stored| stored.record.posting()).collect())
}

/// Who is posted to a department as reviewer or approver on a day. Walks `postings_by_department`.
pub fn colleagues(
    connection: &mut Connection,
    centre: Centre,
    department: &DepartmentCode,
    day: NaiveDate,
) -> QueryResult<Vec<PostingRecord>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::department.eq(department.as_str()))
        .filter(postings::role.eq_any(["reviewer", "approver"]))
        .order((postings::staff.asc(), postings::id.asc()))
        .limit(MOST)
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    those_in_force(rows, day)
}

fn those_in_force(rows: Vec<PostingRow>, day: NaiveDate) -> QueryResult<Vec<PostingRecord>> {
    let records = rows.into_iter().map(|row| row.stored().map(|stored| stored.record));
    Ok(records.collect::<QueryResult<Vec<_>>>()?.into_iter().filter(|record| record.in_force(day)).collect())
}

/// Somebody who may be given a case of a department: posted there as reviewer or approver on that day.
pub fn colleague(
    connection: &mut Connection,
    centre: Centre,
    department: &DepartmentCode,
    staff: &StaffCode,
    day: NaiveDate,
) -> QueryResult<Option<Colleague>> {
    let posted = colleagues(connection, centre, department, day)?.iter().any(|record| record.staff == *staff);
    Ok(posted.then(|| Colleague { staff: staff.clone(), department: department.clone() }))
}

/// Who is posted to a window as clerk on a day. Walks `postings_by_window`.
pub fn clerks(
    connection: &mut Connection,
    centre: Centre,
    window: &WindowCode,
    day: NaiveDate,
) -> QueryResult<Vec<PostingRecord>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::window_code.eq(window.as_str()))
        .filter(postings::role.eq(Role::Clerk.to_string()))
        .order((postings::staff.asc(), postings::id.asc()))
        .limit(MOST)
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    those_in_force(rows, day)
}

/// Somebody who may be given a case before its acceptance: posted to its window as clerk on that day.
pub fn window_colleague(
    connection: &mut Connection,
    centre: Centre,
    window: &WindowCode,
    staff: &StaffCode,
    day: NaiveDate,
) -> QueryResult<Option<WindowColleague>> {
    let posted = clerks(connection, centre, window, day)?.iter().any(|record| record.staff == *staff);
    Ok(posted.then(|| WindowColleague { staff: staff.clone(), window: window.clone() }))
}
