//! Lists of impasses: what they may be narrowed by, and who sees which.

use chrono::NaiveDate;
use diesel::prelude::*;
use escalation::{CategoryKind, Channel, Level, State};
use kernel::{CaseId, Centre, DepartmentCode, Instant, PartyId, access::Sight, id::ImpasseId, ledger::Light};

use super::{Loaded, LoadedRow, loaded, with_applicant};
use crate::{
    connection::{Connection, MultiBackend},
    decode::parse,
    page::Paged as _,
    schema::{impasse_parts, impasses, parties},
};

/// What a list may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub level: Option<Level>,
    pub category: Option<CategoryKind>,
    pub channel: Option<Channel>,
    pub department: Option<DepartmentCode>,
    pub applicant: Option<PartyId>,
    pub failed_case: Option<CaseId>,
    pub light: Option<Light>,
    /// Whether a step of the ladder waits for its ruling.
    pub supervision_pending: Option<bool>,
    /// 岗位终止后无人接手, the impasse or an order of it.
    pub returned: Option<bool>,
    /// From inclusive, until exclusive.
    pub registered_from: Option<Instant>,
    pub registered_until: Option<Instant>,
    /// 未销号: only those that are not closed out.
    pub open: bool,
}

type Boxed<'a> = diesel::helper_types::IntoBoxed<'a, with_applicant, MultiBackend>;

/// The same predicate as [`Sight::covers`], for the database.
fn bound<'a>(query: Boxed<'a>, centre: Centre, sight: &Sight) -> Boxed<'a> {
    let query = query.filter(impasses::centre.eq(centre.to_string()));
    match sight {
        Sight::Centre => query,
        Sight::Nothing => query.filter(impasses::id.eq("")),
        Sight::Windows(windows) => {
            let windows = texts(windows);
            query.filter(impasses::window_code.eq_any(windows.clone()).or(impasses::fallback.eq_any(windows)))
        }
        Sight::Departments(departments) => query.filter(impasses::id.eq_any(of_departments(centre, departments))),
        Sight::Applicant(party) => query.filter(impasses::applicant.eq(party.to_string())),
        Sight::Client(client) => query.filter(impasses::client.eq(client.to_string())),
    }
}

#[diesel::dsl::auto_type]
fn parts_of(centre: String, departments: Vec<String>) -> _ {
    impasse_parts::table
        .filter(impasse_parts::centre.eq(centre))
        .filter(impasse_parts::department.eq_any(departments))
        .select(impasse_parts::impasse)
}

fn of_departments(centre: Centre, departments: &[DepartmentCode]) -> parts_of {
    parts_of(centre.to_string(), texts(departments))
}

fn texts<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(T::to_string).collect()
}

/// A page of impasses, newest first, before `before`. Walks the index that the narrowest of sight and filter begins
/// with: every one ends in `id`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    today: NaiveDate,
    before: Option<ImpasseId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query = bound(with_applicant().into_boxed::<MultiBackend>(), centre, sight);
    if let Some(state) = filter.state {
        query = query.filter(impasses::state.eq(<&str>::from(state)));
    }
    if filter.open {
        query = query.filter(impasses::state.ne(<&str>::from(State::ClosedOut)));
    }
    if let Some(level) = filter.level {
        query = query.filter(impasses::level.eq(<&str>::from(level)));
    }
    if let Some(category) = filter.category {
        query = query.filter(impasses::category.eq(<&str>::from(category)));
    }
    if let Some(channel) = filter.channel {
        query = query.filter(impasses::channel.eq(<&str>::from(channel)));
    }
    if let Some(department) = &filter.department {
        query = query.filter(impasses::id.eq_any(of_departments(centre, std::slice::from_ref(department))));
    }
    if let Some(applicant) = filter.applicant {
        query = query.filter(impasses::applicant.eq(applicant.to_string()));
    }
    if let Some(case) = filter.failed_case {
        query = query.filter(impasses::failed_case.eq(case.to_string()));
    }
    if let Some(from) = filter.registered_from {
        query = query.filter(impasses::registered_at.ge(from.naive_utc()));
    }
    if let Some(until) = filter.registered_until {
        query = query.filter(impasses::registered_at.lt(until.naive_utc()));
    }
    if let Some(pending) = filter.supervision_pending {
        query = query.filter(impasses::supervision_pending.eq(pending));
    }
    if let Some(returned) = filter.returned {
        query = query.filter(impasses::returned.eq(returned));
    }
    query = match filter.light {
        None => query,
        Some(Light::Green) => query.filter(impasses::amber_on.gt(today)),
        Some(Light::Amber) => query.filter(impasses::amber_on.le(today)).filter(impasses::due_on.ge(today)),
        Some(Light::Red) => query.filter(impasses::due_on.lt(today)),
    };
    if let Some(before) = before {
        query = query.filter(impasses::id.lt(before.to_string()));
    }
    query
        .order(impasses::id.desc())
        .select((impasses::body, impasses::head, parties::kind, parties::name, impasses::wake_at))
        .page(limit)
        .load::<LoadedRow>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(loaded)
        .collect()
}

/// Where a department's list of orders goes on: after the last line that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskKey {
    pub due_on: NaiveDate,
    pub impasse: ImpasseId,
    pub department: DepartmentCode,
}

/// 待办交办单: an impasse of which a department has an order to carry out.
#[derive(Clone, Debug)]
pub struct Task {
    pub key: TaskKey,
    pub loaded: Loaded,
}

/// What departments have still to do, most urgent first, after `after`. Walks `impasse_parts_by_due`.
pub fn tasks(
    connection: &mut Connection,
    centre: Centre,
    departments: &[DepartmentCode],
    after: Option<&TaskKey>,
    limit: i64,
) -> QueryResult<Vec<Task>> {
    let mut query = impasse_parts::table
        .filter(impasse_parts::centre.eq(centre.to_string()))
        .filter(impasse_parts::department.eq_any(texts(departments)))
        .filter(impasse_parts::open.eq(true))
        .into_boxed::<MultiBackend>();
    if let Some(TaskKey { due_on, impasse, department }) = after {
        let (impasse, department) = (impasse.to_string(), department.to_string());
        query = query.filter(
            impasse_parts::due_on
                .gt(*due_on)
                .or(impasse_parts::due_on.eq(*due_on).and(impasse_parts::impasse.gt(impasse.clone())))
                .or(impasse_parts::due_on
                    .eq(*due_on)
                    .and(impasse_parts::impasse.eq(impasse))
                    .and(impasse_parts::department.gt(department))),
        );
    }
    let rows = query
        .order((impasse_parts::due_on.asc(), impasse_parts::impasse.asc(), impasse_parts::department.asc()))
        .limit(limit)
        .select((impasse_parts::due_on.assume_not_null(), impasse_parts::impasse, impasse_parts::department))
        .load::<(NaiveDate, String, String)>(connection)?;
    let mut tasks = Vec::new();
    for (due_on, impasse, department) in rows {
        let impasse = parse("impasse id", &impasse)?;
        let key = TaskKey { due_on, impasse, department: parse("department", &department)? };
        if let Some(loaded) = super::load(connection, centre, impasse)? {
            tasks.push(Task { key, loaded });
        }
    }
    Ok(tasks)
}
