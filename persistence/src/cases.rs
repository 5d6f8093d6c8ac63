//! 办件 as rows: the whole aggregate in `body`, and beside it the columns that lists filter and order by.

use casework::{Case, Channel, Recorded, Stage};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use kernel::{
    Calendar, CaseId, Centre, DepartmentCode, Instant, ItemCode, PartyId, Personal, StaffCode, WindowCode,
    access::Sight,
    ledger::{Light, Thresholds},
};

use crate::{
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json, parse, to_json, unsigned},
    moving::{Move, MoveAndRecord},
    parties::PartyKind,
    personal::PersonalText,
    record,
    schema::{cases, parties},
};

/// A case with what a view of it needs besides: the applicant's name, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub case: Case,
    pub head: Digest,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
}

// By a unique key a row is asked for without `first`: its `LIMIT ?` would make SQLite plan the statement anew each time.

/// One case by its id. Who may see it is asked of the case that comes back ([`Sight::covers`]).
pub fn load(connection: &mut Connection, centre: Centre, id: CaseId) -> QueryResult<Option<Loaded>> {
    let row = with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::id.eq(id.to_string()))
        .select((cases::body, cases::head, parties::kind, parties::name))
        .get_result::<(String, String, String, PersonalText)>(connection)
        .optional()?;
    row.map(loaded).transpose()
}

/// One case by its number, for the public progress query.
pub fn load_by_number(connection: &mut Connection, centre: Centre, number: &str) -> QueryResult<Option<Loaded>> {
    let row = with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::number.eq(number))
        .select((cases::body, cases::head, parties::kind, parties::name))
        .get_result::<(String, String, String, PersonalText)>(connection)
        .optional()?;
    row.map(loaded).transpose()
}

fn loaded((body, head, kind, name): (String, String, String, PersonalText)) -> QueryResult<Loaded> {
    Ok(Loaded {
        case: from_json("case", &body)?,
        head: parse("digest", &head)?,
        applicant_kind: parse("party kind", &kind)?,
        applicant_name: name.open(),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    cases::table.inner_join(parties::table.on(parties::centre.eq(cases::centre).and(parties::id.eq(cases::applicant))))
}

/// What a system already handed in under this external number, if anything.
pub fn by_external_number(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    external_number: &str,
) -> QueryResult<Option<CaseId>> {
    cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::client.eq(client.as_str()))
        .filter(cases::external_number.eq(external_number))
        .select(cases::id)
        .get_result::<String>(connection)
        .optional()?
        .map(|id| parse("case id", &id))
        .transpose()
}

/// The index columns that follow from the ledger of the case: rebuilt on every write, never a truth of their own.
struct Index {
    accepted_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    amber_on: Option<NaiveDate>,
    decided_on: Option<NaiveDate>,
}

impl Index {
    fn of(case: &Case, calendar: &Calendar, thresholds: &Thresholds, today: NaiveDate) -> Self {
        let binding = case.clocks.binding(calendar, today);
        Self {
            accepted_on: case.clocks.statutory.as_ref().map(|ledger| ledger.start),
            due_on: binding.map(|ledger| ledger.due(calendar, today).date),
            amber_on: binding.map(|ledger| ledger.amber_from(calendar, today, thresholds)),
            decided_on: case.clocks.delivery.as_ref().map(|ledger| ledger.start),
        }
    }
}

/// What writing a case needs to know besides the case.
#[derive(Clone, Copy, Debug)]
pub struct Clockwork<'a> {
    pub calendar: &'a Calendar,
    pub thresholds: &'a Thresholds,
    pub today: NaiveDate,
}

/// Stores a new case and its first events.
pub fn insert(
    connection: &mut Connection,
    case: &Case,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Digest> {
    let head = record::append(connection, case.centre, &case.id.to_string(), Digest::NONE, events)?;
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    diesel::insert_into(cases::table)
        .values((
            (
                cases::centre.eq(case.centre.as_str()),
                cases::id.eq(case.id.to_string()),
                cases::number.eq(case.number.as_str()),
                cases::version.eq(unsigned::<_, i64>("version", case.version)?),
                cases::stage.eq(<&str>::from(case.stage)),
                cases::item.eq(case.item.code.as_str()),
                cases::item_version.eq(unsigned::<_, i32>("item version", case.item.version)?),
                cases::channel.eq(<&str>::from(case.channel)),
                cases::applicant.eq(case.applicant.to_string()),
                cases::window_code.eq(case.window.as_str()),
                cases::department.eq(case.routing.department.as_str()),
            ),
            (
                cases::holder.eq(case.routing.holder().map(StaffCode::as_str)),
                cases::client.eq(case.client.as_ref().map(StaffCode::as_str)),
                cases::external_number.eq(case.external_number.as_deref()),
                cases::received_at.eq(case.received_at.naive_utc()),
                cases::accepted_on.eq(index.accepted_on),
                cases::due_on.eq(index.due_on),
                cases::amber_on.eq(index.amber_on),
                cases::decided_on.eq(index.decided_on),
                cases::ended_at.eq(case.ended_at.map(Instant::naive_utc)),
                cases::head.eq(head.to_string()),
                cases::body.eq(to_json(case)?),
            ),
        ))
        .execute(connection)?;
    Ok(head)
}

/// What came of a guarded update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Done; the digest of the newest event.
    Done(Digest),
    /// Somebody else was faster: the row no longer has the version that was read.
    Stale,
}

/// Moves a case by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    case: &Case,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Saved> {
    let stream = case.id.to_string();
    let mut links = record::links(case.centre, &stream, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    let moving = Move {
        columns_stay: shown_alike(&before.case, case),
        centre: case.centre.as_str(),
        id: &stream,
        seen: unsigned("version", before.case.version)?,
        version: unsigned("version", case.version)?,
        stage: case.stage.into(),
        holder: case.routing.holder().map(StaffCode::as_str),
        accepted_on: index.accepted_on,
        due_on: index.due_on,
        amber_on: index.amber_on,
        decided_on: index.decided_on,
        ended_at: case.ended_at.map(Instant::naive_utc),
        head: head.to_string(),
        body: to_json(case)?,
    };
    let moved = match connection {
        Connection::Sqlite(c) => moving.execute(c)?,
        Connection::Postgres(c) => match links.pop() {
            // The usual case: one event, and so one round trip.
            Some((link, _)) if links.is_empty() => MoveAndRecord { moving, link }.execute(c)?,
            last => {
                links.extend(last);
                moving.execute(c)?
            }
        },
    };
    match moved {
        1 => {
            record::insert(connection, links)?;
            Ok(Saved::Done(head))
        }
        _ => Ok(Saved::Stale),
    }
}

/// Whether every column that lists filter and order by stays what it is: nothing they come from has changed.
fn shown_alike(before: &Case, after: &Case) -> bool {
    before.stage == after.stage
        && before.routing.holder() == after.routing.holder()
        && before.clocks == after.clocks
        && before.ended_at == after.ended_at
}

/// What a list may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stage: Option<Stage>,
    pub item: Option<ItemCode>,
    pub department: Option<DepartmentCode>,
    pub window: Option<WindowCode>,
    pub applicant: Option<PartyId>,
    pub holder: Option<StaffCode>,
    pub light: Option<Light>,
    /// First and last day of receipt, as instants: from inclusive, until exclusive.
    pub received_from: Option<Instant>,
    pub received_until: Option<Instant>,
}

/// A line of a list: codes as they are stored, because a list does nothing with them but show them.
#[derive(Clone, Debug)]
pub struct Summary {
    pub id: CaseId,
    pub number: String,
    pub version: u64,
    pub stage: Stage,
    pub item: String,
    pub item_version: u32,
    pub channel: Channel,
    pub applicant: String,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
    pub window: String,
    pub department: String,
    pub holder: Option<String>,
    pub received_at: Instant,
    pub accepted_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub amber_on: Option<NaiveDate>,
    pub ended_at: Option<Instant>,
}

#[derive(Queryable)]
struct SummaryRow {
    id: String,
    number: String,
    version: i64,
    stage: String,
    item: String,
    item_version: i32,
    channel: String,
    applicant: String,
    applicant_kind: String,
    applicant_name: PersonalText,
    window: String,
    department: String,
    holder: Option<String>,
    received_at: NaiveDateTime,
    accepted_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    amber_on: Option<NaiveDate>,
    ended_at: Option<NaiveDateTime>,
}

impl SummaryRow {
    fn summary(self) -> QueryResult<Summary> {
        Ok(Summary {
            id: parse("case id", &self.id)?,
            number: self.number,
            version: unsigned("version", self.version)?,
            stage: parse("stage", &self.stage)?,
            item: self.item,
            item_version: unsigned("item version", self.item_version)?,
            channel: parse("channel", &self.channel)?,
            applicant: self.applicant,
            applicant_kind: parse("party kind", &self.applicant_kind)?,
            applicant_name: self.applicant_name.open(),
            window: self.window,
            department: self.department,
            holder: self.holder,
            received_at: Instant::from_naive_utc(self.received_at),
            accepted_on: self.accepted_on,
            due_on: self.due_on,
            amber_on: self.amber_on,
            ended_at: self.ended_at.map(Instant::from_naive_utc),
        })
    }
}

type BoxedCases<'a> = diesel::helper_types::IntoBoxed<'a, with_applicant, MultiBackend>;

/// The same predicate as [`Sight::covers`], for the database.
fn bound<'a>(query: BoxedCases<'a>, centre: Centre, sight: &Sight) -> BoxedCases<'a> {
    let query = query.filter(cases::centre.eq(centre.to_string()));
    match sight {
        Sight::Centre => query,
        Sight::Nothing => query.filter(cases::id.eq("")),
        Sight::Windows(windows) => query.filter(cases::window_code.eq_any(texts(windows))),
        Sight::Departments(departments) => query.filter(cases::department.eq_any(texts(departments))),
        Sight::Applicant(party) => query.filter(cases::applicant.eq(party.to_string())),
        Sight::Client(client) => query.filter(cases::client.eq(client.to_string())),
    }
}

fn texts<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(T::to_string).collect()
}

fn narrowed<'a>(mut query: BoxedCases<'a>, filter: &Filter, today: NaiveDate) -> BoxedCases<'a> {
    if let Some(stage) = filter.stage {
        query = query.filter(cases::stage.eq(<&str>::from(stage)));
    }
    if let Some(item) = &filter.item {
        query = query.filter(cases::item.eq(item.to_string()));
    }
    if let Some(department) = &filter.department {
        query = query.filter(cases::department.eq(department.to_string()));
    }
    if let Some(window) = &filter.window {
        query = query.filter(cases::window_code.eq(window.to_string()));
    }
    if let Some(applicant) = filter.applicant {
        query = query.filter(cases::applicant.eq(applicant.to_string()));
    }
    if let Some(holder) = &filter.holder {
        query = query.filter(cases::holder.eq(holder.to_string()));
    }
    if let Some(from) = filter.received_from {
        query = query.filter(cases::received_at.ge(from.naive_utc()));
    }
    if let Some(until) = filter.received_until {
        query = query.filter(cases::received_at.lt(until.naive_utc()));
    }
    match filter.light {
        None => query,
        Some(Light::Green) => query.filter(cases::amber_on.gt(today)),
        Some(Light::Amber) => query.filter(cases::amber_on.le(today)).filter(cases::due_on.ge(today)),
        Some(Light::Red) => query.filter(cases::due_on.lt(today)),
    }
}

/// A page of cases, newest first, before `before`. Walks the index that the narrowest of sight and filter begins with:
/// every one ends in `id`, so a page is a range of it.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    today: NaiveDate,
    before: Option<CaseId>,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let mut query = narrowed(bound(with_applicant().into_boxed::<MultiBackend>(), centre, sight), filter, today);
    if let Some(before) = before {
        query = query.filter(cases::id.lt(before.to_string()));
    }
    summaries(query.order(cases::id.desc()).limit(limit), connection)
}

/// 待办: what waits for a department, most urgent first, after `after`. Walks `cases_by_due`.
pub fn worklist(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    stages: &[Stage],
    after: Option<(Option<NaiveDate>, CaseId)>,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let stages: Vec<&'static str> = stages.iter().map(|stage| (*stage).into()).collect();
    let mut query =
        bound(with_applicant().into_boxed::<MultiBackend>(), centre, sight).filter(cases::stage.eq_any(stages));
    if let Some((due, id)) = after {
        let id = id.to_string();
        query = match due {
            Some(due) => query.filter(
                cases::due_on.gt(due).or(cases::due_on.eq(due).and(cases::id.gt(id))).or(cases::due_on.is_null()),
            ),
            None => query.filter(cases::due_on.is_null().and(cases::id.gt(id))),
        };
    }
    summaries(query.order((cases::due_on.is_null(), cases::due_on.asc(), cases::id.asc())).limit(limit), connection)
}

fn summaries(query: BoxedCases<'_>, connection: &mut Connection) -> QueryResult<Vec<Summary>> {
    query
        .select((
            cases::id,
            cases::number,
            cases::version,
            cases::stage,
            cases::item,
            cases::item_version,
            cases::channel,
            cases::applicant,
            parties::kind,
            parties::name,
            cases::window_code,
            cases::department,
            cases::holder,
            cases::received_at,
            cases::accepted_on,
            cases::due_on,
            cases::amber_on,
            cases::ended_at,
        ))
        .load::<SummaryRow>(connection)?
        .into_iter()
        .map(SummaryRow::summary)
        .collect()
}

/// Whether the index columns agree with the ledger; a stored due date is only for finding.
pub fn index_agrees(connection: &mut Connection, case: &Case, clockwork: Clockwork<'_>) -> QueryResult<bool> {
    let stored = cases::table
        .filter(cases::centre.eq(case.centre.as_str()))
        .filter(cases::id.eq(case.id.to_string()))
        .select((cases::accepted_on, cases::due_on, cases::amber_on, cases::decided_on))
        .get_result::<(Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>)>(connection)
        .optional()?
        .ok_or_else(|| damaged("case", "missing"))?;
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    Ok(stored == (index.accepted_on, index.due_on, index.amber_on, index.decided_on))
}
