//! Applications for a package: one application over several items. Their cases are found by [`crate::cases::of_package`].

use casework::{Stage, package::Application};
use diesel::prelude::*;
use kernel::{Centre, PartyId, StaffCode, access::Sight, id::PackageApplicationId};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, parse_some, to_json, unsigned},
    schema::{cases, package_applications, participants},
};

/// An application with the system that handed it in, if one did.
#[derive(Clone, Debug)]
pub struct Stored {
    pub application: Application,
    pub client: Option<StaffCode>,
}

type Row = (String, Option<String>);

fn stored((body, client): Row) -> QueryResult<Stored> {
    Ok(Stored {
        application: from_json("package application", &body)?,
        client: parse_some("client", client.as_deref())?,
    })
}

/// Stores a new application, before the cases that are part of it.
pub fn insert(connection: &mut Connection, application: &Application, client: Option<&StaffCode>) -> QueryResult<()> {
    diesel::insert_into(package_applications::table)
        .values((
            package_applications::centre.eq(application.centre.as_str()),
            package_applications::id.eq(application.id.to_string()),
            package_applications::package.eq(application.package.as_str()),
            package_applications::applicant.eq(application.applicant.to_string()),
            package_applications::client.eq(client.map(StaffCode::as_str)),
            package_applications::created_at.eq(application.created_at.naive_utc()),
            package_applications::version.eq(unsigned::<_, i64>("version", application.version)?),
            package_applications::body.eq(to_json(application)?),
        ))
        .execute(connection)
        .map(drop)
}

/// Replaces an application by compare-and-set on the version it was `seen` at; false where somebody else was faster.
pub fn save(connection: &mut Connection, seen: u64, application: &Application) -> QueryResult<bool> {
    let saved = diesel::update(
        package_applications::table
            .filter(package_applications::centre.eq(application.centre.as_str()))
            .filter(package_applications::id.eq(application.id.to_string()))
            .filter(package_applications::version.eq(unsigned::<_, i64>("version", seen)?)),
    )
    .set((
        package_applications::version.eq(unsigned::<_, i64>("version", application.version)?),
        package_applications::body.eq(to_json(application)?),
    ))
    .execute(connection)?;
    Ok(saved == 1)
}

/// One application by its id. Who may see it is asked of what comes back.
pub fn get(connection: &mut Connection, centre: Centre, id: PackageApplicationId) -> QueryResult<Option<Stored>> {
    package_applications::table
        .filter(package_applications::centre.eq(centre.as_str()))
        .filter(package_applications::id.eq(id.to_string()))
        .select((package_applications::body, package_applications::client))
        .get_result::<Row>(connection)
        .optional()?
        .map(stored)
        .transpose()
}

/// Those with a case that has not ended, by id after `after`. Walks `cases_by_package`.
pub fn open_after(
    connection: &mut Connection,
    centre: Centre,
    after: Option<PackageApplicationId>,
    limit: i64,
) -> QueryResult<Vec<PackageApplicationId>> {
    let ids = cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::package.is_not_null())
        .filter(cases::package.gt(after.map(|id| id.to_string()).unwrap_or_default()))
        .filter(cases::ended_at.is_null())
        .select(cases::package.assume_not_null())
        .distinct()
        .order(cases::package.asc())
        .limit(limit)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("application id", id)).collect()
}

/// A page of an applicant's, newest first, before `before`. Walks `package_applications_by_applicant`.
pub fn of_applicant(
    connection: &mut Connection,
    centre: Centre,
    applicant: PartyId,
    before: Option<PackageApplicationId>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    page(connection, of_centre(centre).filter(package_applications::applicant.eq(applicant.to_string())), before, limit)
}

/// Those of an applicant with a case that is neither decided nor ended, newest first. Walks `cases_open_in_package`.
pub fn open_of_applicant(
    connection: &mut Connection,
    centre: Centre,
    applicant: PartyId,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    let ids = cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::applicant.eq(applicant.to_string()))
        .filter(cases::package.is_not_null())
        .filter(cases::ended_at.is_null())
        .filter(cases::stage.eq_any(Stage::UNDECIDED.map(<&str>::from)))
        .select(cases::package.assume_not_null())
        .distinct()
        .order(cases::package.desc())
        .limit(limit)
        .load::<String>(connection)?;
    page(connection, of_centre(centre).filter(package_applications::id.eq_any(ids)), None, limit)
}

/// A page of what a system handed in, newest first, before `before`. Walks `package_applications_by_client`.
pub fn of_client(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    before: Option<PackageApplicationId>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    page(connection, of_centre(centre).filter(package_applications::client.eq(client.to_string())), before, limit)
}

/// A page of those with a case that staff can see, newest first, before `before`. Walks `cases_by_package` backwards,
/// which holds no other cases.
pub fn in_sight(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    before: Option<PackageApplicationId>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    let members = || {
        let query = cases::table
            .filter(cases::centre.eq(centre.to_string()))
            .filter(cases::package.is_not_null())
            .select(cases::package.assume_not_null())
            .distinct()
            .order(cases::package.desc())
            .limit(limit)
            .into_boxed::<MultiBackend>();
        match before {
            Some(before) => query.filter(cases::package.lt(before.to_string())),
            None => query,
        }
    };
    let mut ids = match sight {
        Sight::Nothing => Vec::new(),
        Sight::Centre => members().load::<String>(connection)?,
        Sight::Windows(windows) => {
            members().filter(cases::window_code.eq_any(texts(windows))).load::<String>(connection)?
        }
        Sight::Departments(departments) => {
            let own = members().filter(cases::department.eq_any(texts(departments))).load::<String>(connection)?;
            let part = participants::table
                .filter(participants::centre.eq(centre.to_string()))
                .filter(participants::department.eq_any(texts(departments)))
                .select(participants::case_id);
            let part = members().filter(cases::id.eq_any(part)).load::<String>(connection)?;
            own.into_iter().chain(part).collect()
        }
        Sight::Applicant(party) => members().filter(cases::applicant.eq(party.to_string())).load(connection)?,
        Sight::Client(client) => members().filter(cases::client.eq(client.to_string())).load(connection)?,
    };
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    page(connection, of_centre(centre).filter(package_applications::id.eq_any(ids)), None, limit)
}

fn texts<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(T::to_string).collect()
}

type Boxed<'a> = package_applications::BoxedQuery<'a, MultiBackend>;

fn of_centre<'a>(centre: Centre) -> Boxed<'a> {
    package_applications::table.filter(package_applications::centre.eq(centre.to_string())).into_boxed()
}

fn page(
    connection: &mut Connection,
    mut query: Boxed<'_>,
    before: Option<PackageApplicationId>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    if let Some(before) = before {
        query = query.filter(package_applications::id.lt(before.to_string()));
    }
    query
        .order(package_applications::id.desc())
        .limit(limit)
        .select((package_applications::body, package_applications::client))
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}
