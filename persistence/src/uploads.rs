//! 预上传: files that a system has uploaded and that no case names yet. Whoever removes the row has the file: a case that
//! takes it, or time.

use diesel::prelude::*;
use kernel::{Centre, FileId, Instant, StaffCode};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    schema::uploads,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub client: StaffCode,
    /// SHA-256, hexadecimal: by which the system names it.
    pub digest: String,
    pub file: FileId,
    pub media_type: String,
    pub bytes: u64,
    pub at: Instant,
}

type Row = (String, String, String, String, i64, chrono::NaiveDateTime);

const COLUMNS: (uploads::client, uploads::digest, uploads::file, uploads::media_type, uploads::bytes, uploads::at) =
    (uploads::client, uploads::digest, uploads::file, uploads::media_type, uploads::bytes, uploads::at);

fn upload((client, digest, file, media_type, bytes, at): Row) -> QueryResult<Upload> {
    Ok(Upload {
        client: parse("client", &client)?,
        digest,
        file: parse("file id", &file)?,
        media_type,
        bytes: unsigned("bytes", bytes)?,
        at: Instant::from_naive_utc(at),
    })
}

pub fn find(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    digest: &str,
) -> QueryResult<Option<Upload>> {
    uploads::table
        .filter(uploads::centre.eq(centre.as_str()))
        .filter(uploads::client.eq(client.as_str()))
        .filter(uploads::digest.eq(digest))
        .select(COLUMNS)
        .get_result::<Row>(connection)
        .optional()?
        .map(upload)
        .transpose()
}

pub fn insert(connection: &mut Connection, centre: Centre, upload: &Upload) -> QueryResult<()> {
    diesel::insert_into(uploads::table)
        .values((
            uploads::centre.eq(centre.as_str()),
            uploads::client.eq(upload.client.as_str()),
            uploads::digest.eq(&upload.digest),
            uploads::file.eq(upload.file.to_string()),
            uploads::media_type.eq(&upload.media_type),
            uploads::bytes.eq(unsigned::<_, i64>("bytes", upload.bytes)?),
            uploads::at.eq(upload.at.naive_utc()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Takes a file that is waiting; false where somebody was faster.
pub fn take(connection: &mut Connection, centre: Centre, upload: &Upload) -> QueryResult<bool> {
    let taken = diesel::delete(
        uploads::table
            .filter(uploads::centre.eq(centre.as_str()))
            .filter(uploads::client.eq(upload.client.as_str()))
            .filter(uploads::digest.eq(&upload.digest))
            .filter(uploads::file.eq(upload.file.to_string())),
    )
    .execute(connection)?;
    Ok(taken == 1)
}

/// The oldest that have waited since before. Walks `uploads_by_age`.
pub fn older_than(
    connection: &mut Connection,
    centre: Centre,
    before: Instant,
    limit: i64,
) -> QueryResult<Vec<Upload>> {
    uploads::table
        .filter(uploads::centre.eq(centre.as_str()))
        .filter(uploads::at.lt(before.naive_utc()))
        .order(uploads::at.asc())
        .limit(limit)
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(upload)
        .collect()
}
