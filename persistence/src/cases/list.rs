//! Lists of cases: what they may be narrowed by, and a line of them.

use casework::{Channel, Stage};
use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{
    CaseId, Centre, DepartmentCode, Instant, ItemCode, PartyId, Personal, StaffCode, WindowCode, access::Sight,
    ledger::Light,
};

use super::{
    select::Lines,
    times::{StoredDay, StoredMoment},
};
use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    page::Paged as _,
    participants,
    parties::PartyKind,
    per_backend,
    personal::PersonalText,
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
    /// 未办结: only those that have not ended.
    pub open: bool,
    /// 岗位终止后无人接手: those for which nobody answers but the unit since whoever did left it, or the others.
    pub returned: Option<bool>,
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

/// In the order of [`super::select::Columns`].
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
    received_at: StoredMoment,
    accepted_on: Option<StoredDay>,
    due_on: Option<StoredDay>,
    amber_on: Option<StoredDay>,
    ended_at: Option<StoredMoment>,
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
            received_at: self.received_at.instant(),
            accepted_on: self.accepted_on.map(|day| day.0),
            due_on: self.due_on.map(|day| day.0),
            amber_on: self.amber_on.map(|day| day.0),
            ended_at: self.ended_at.map(StoredMoment::instant),
        })
    }
}

fn narrow<'a>(lines: &mut Lines<'a>, filter: &'a Filter, today: NaiveDate) {
    let texts = [
        (" AND cases.stage = ", filter.stage.map(<&str>::from)),
        (" AND cases.item = ", filter.item.as_ref().map(ItemCode::as_str)),
        (" AND cases.department = ", filter.department.as_ref().map(DepartmentCode::as_str)),
        (" AND cases.window_code = ", filter.window.as_ref().map(WindowCode::as_str)),
        (" AND cases.holder = ", filter.holder.as_ref().map(StaffCode::as_str)),
    ];
    for (column, text) in texts {
        if let Some(text) = text {
            lines.text(column, text);
        }
    }
    if let Some(applicant) = filter.applicant {
        lines.text(" AND cases.applicant = ", applicant.to_string());
    }
    if let Some(from) = filter.received_from {
        lines.moment(" AND cases.received_at >= ", from.naive_utc());
    }
    if let Some(until) = filter.received_until {
        lines.moment(" AND cases.received_at < ", until.naive_utc());
    }
    if filter.open {
        lines.plain(" AND cases.ended_at IS NULL");
    }
    match filter.returned {
        None => {}
        Some(true) => lines.plain(" AND cases.returned_at IS NOT NULL"),
        Some(false) => lines.plain(" AND cases.returned_at IS NULL"),
    }
    match filter.light {
        None => {}
        Some(Light::Green) => lines.day(" AND cases.amber_on > ", today),
        Some(Light::Amber) => {
            lines.day(" AND cases.amber_on <= ", today);
            lines.day(" AND cases.due_on >= ", today);
        }
        Some(Light::Red) => lines.day(" AND cases.due_on < ", today),
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
    let mut lines = Lines::seen_by(centre, sight);
    narrow(&mut lines, filter, today);
    if let Some(before) = before {
        lines.text(" AND cases.id < ", before.to_string());
    }
    let own = summaries(lines, limit, connection)?;
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
        let mut lines = Lines::seen_by(centre, &Sight::Centre);
        narrow(&mut lines, filter, today);
        lines.among(" AND cases.id", ids.iter().map(|id| id.to_string().into()));
        found.extend(summaries(lines, unsigned("ids", ids.len())?, connection)?);
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
    let mut lines = Lines::seen_by(centre, &Sight::Centre);
    lines.among(" AND cases.id", ids.iter().map(|id| id.to_string().into()));
    summaries(lines, unsigned("ids", ids.len())?, connection)
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
    let mut lines = Lines::seen_by(centre, sight);
    lines.among(" AND cases.stage", stages.iter().map(|stage| <&str>::from(*stage).into()));
    lines.by_urgency(after);
    summaries(lines, limit, connection)
}

fn summaries(lines: Lines<'_>, limit: i64, connection: &mut Connection) -> QueryResult<Vec<Summary>> {
    let rows: Vec<SummaryRow> = per_backend!(connection, |c| lines.page(limit).load(c))?;
    rows.into_iter().take(usize::try_from(limit).unwrap_or(0)).map(SummaryRow::summary).collect()
}
