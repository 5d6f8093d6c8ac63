//! Lists of cases: what they may be narrowed by, and a line of them.

use casework::{Channel, Stage};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use kernel::{
    CaseId, Centre, DepartmentCode, Instant, ItemCode, PartyId, Personal, StaffCode, WindowCode, access::Sight,
    ledger::Light,
};

use super::with_applicant;
use crate::{
    connection::{Connection, MultiBackend},
    decode::{parse, unsigned},
    page::Paged as _,
    participants,
    parties::PartyKind,
    personal::PersonalText,
    schema::{cases, parties},
};

/// How many cases of other departments are looked at in one go.
const LONGEST_STEP: i64 = 800;

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

/// The same predicate as [`Sight::covers`], for the database, but for the cases that a department only has a part in.
fn bound<'a>(query: BoxedCases<'a>, centre: Centre, sight: &Sight) -> BoxedCases<'a> {
    let query = query.filter(cases::centre.eq(centre.to_string()));
    match sight {
        Sight::Centre => query,
        Sight::Nothing => query.filter(cases::id.eq("")),
        // One is the usual case, and only `=` is kept as a prepared statement.
        Sight::Windows(windows) => match windows.as_slice() {
            [window] => query.filter(cases::window_code.eq(window.to_string())),
            several => query.filter(cases::window_code.eq_any(texts(several))),
        },
        Sight::Departments(departments) => match departments.as_slice() {
            [department] => query.filter(cases::department.eq(department.to_string())),
            several => query.filter(cases::department.eq_any(texts(several))),
        },
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
/// every one ends in `id`, so a page is a range of it. A department also sees the cases that it has a part in: those
/// are a range of another index, and the two are merged here.
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
    let own = summaries(query.order(cases::id.desc()), limit, connection)?;
    match sight {
        Sight::Departments(departments) => {
            let part = partaken(connection, centre, departments, filter, today, before, limit)?;
            Ok(merged(own, part, limit))
        }
        _ => Ok(own),
    }
}

/// Of the cases that departments have a part in, the newest that the filter lets through. Steps through
/// `participants` in ranges, because the filter is answered by the cases.
fn partaken(
    connection: &mut Connection,
    centre: Centre,
    departments: &[DepartmentCode],
    filter: &Filter,
    today: NaiveDate,
    mut before: Option<CaseId>,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let wanted: usize = unsigned("limit", limit)?;
    let mut found = Vec::new();
    let mut step = limit;
    while found.len() < wanted {
        let ids = participants::newest(connection, centre, departments, before, step)?;
        let Some(oldest) = ids.last() else { break };
        before = Some(*oldest);
        let query = narrowed(bound(with_applicant().into_boxed(), centre, &Sight::Centre), filter, today)
            .filter(cases::id.eq_any(texts(&ids)))
            .order(cases::id.desc());
        found.extend(summaries(query, unsigned("ids", ids.len())?, connection)?);
        step = (step * 4).min(LONGEST_STEP);
    }
    found.truncate(wanted);
    Ok(found)
}

/// One page out of two, each newest first; what is in both is in it once.
fn merged(own: Vec<Summary>, part: Vec<Summary>, limit: i64) -> Vec<Summary> {
    let mut all = own;
    all.extend(part);
    all.sort_by_key(|line| std::cmp::Reverse(line.id));
    all.dedup_by(|a, b| a.id == b.id);
    all.truncate(usize::try_from(limit).unwrap_or(0));
    all
}

/// Lines for these cases, newest first.
pub(crate) fn lines(connection: &mut Connection, centre: Centre, ids: &[CaseId]) -> QueryResult<Vec<Summary>> {
    let query = bound(with_applicant().into_boxed(), centre, &Sight::Centre).filter(cases::id.eq_any(texts(ids)));
    summaries(query.order(cases::id.desc()), unsigned("ids", ids.len())?, connection)
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
    summaries(query.order((cases::due_on.is_null(), cases::due_on.asc(), cases::id.asc())), limit, connection)
}

fn summaries(query: BoxedCases<'_>, limit: i64, connection: &mut Connection) -> QueryResult<Vec<Summary>> {
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
        .page(limit)
        .load::<SummaryRow>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(SummaryRow::summary)
        .collect()
}
