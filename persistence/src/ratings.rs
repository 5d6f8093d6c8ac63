//! 好差评 as rows, to be found by who is rated (clause B5-8). What was said by name stands on the record of the case, too; of
//! what was said anonymously the row is all that the case has. Its keys allow no third rating of one stage.

use casework::{Case, Event, Rating, RatingLevel, Recorded, ServiceStage};
use chrono::{Datelike as _, NaiveDateTime};
use diesel::prelude::*;
use kernel::{CaseId, Centre, DepartmentCode, Instant, Text, WindowCode, access::Sight, id::RatingId};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json, parse, to_json, unsigned},
    page::Paged as _,
    per_backend,
    schema::{cases, ratings},
};

/// A rating with the case that it is of.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: RatingId,
    pub case: CaseId,
    /// 办件编号
    pub number: String,
    pub item: String,
    pub stage: ServiceStage,
    /// 评价次数
    pub sequence: u8,
    pub level: RatingLevel,
    pub anonymous: bool,
    pub tags: Vec<String>,
    pub text: Option<String>,
    /// 受理窗口 and 承办部门 of the case when it was rated.
    pub window: String,
    pub department: String,
    pub at: Instant,
}

/// What a list may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub window: Option<WindowCode>,
    pub department: Option<DepartmentCode>,
    pub level: Option<RatingLevel>,
    /// 差评 only.
    pub bad: bool,
    /// Given then or later.
    pub since: Option<Instant>,
    /// Not the anonymous ones.
    pub by_name: bool,
}

type Names = (String, String, String, String);
type Words = (String, i32, i32, bool, String, Option<String>);
type Row = (Names, Words, (String, String, NaiveDateTime));

/// Puts the ratings among the newest events of a case into their rows.
pub(crate) fn insert(connection: &mut Connection, case: &Case, events: &[Recorded]) -> QueryResult<()> {
    for recorded in events {
        if let Event::Rated(rating) = &recorded.event {
            insert_one(connection, case, rating)?;
        }
    }
    Ok(())
}

/// Puts one rating of a case, that is on its record or anonymous, into its row.
///
/// # Errors
/// A key that is taken where somebody else was faster.
pub fn insert_one(connection: &mut Connection, case: &Case, rating: &Rating) -> QueryResult<()> {
    let row = diesel::insert_into(ratings::table).values((
        ratings::centre.eq(case.centre.as_str()),
        ratings::case_id.eq(case.id.to_string()),
        ratings::stage.eq(<&str>::from(rating.stage)),
        ratings::sequence.eq(i32::from(rating.sequence)),
        ratings::id.eq(rating.id.to_string()),
        ratings::level.eq(i32::from(rating.level.code())),
        ratings::anonymous.eq(rating.anonymous),
        ratings::channel.eq(<&str>::from(rating.channel)),
        ratings::tags.eq(to_json(&rating.tags)?),
        ratings::words.eq(rating.text.as_ref().map(ToString::to_string)),
        ratings::window_code.eq(case.window.as_str()),
        ratings::department.eq(case.routing.department.as_str()),
        ratings::at.eq(rating.at.naive_utc()),
    ));
    per_backend!(connection, |c| row.execute(c))?;
    Ok(())
}

type AnonymousRow = ((String, String, i32, i32), (String, String, Option<String>, NaiveDateTime));

/// The anonymous ratings of a case, which its record does not tell of. Walks the primary key.
pub fn anonymous(connection: &mut Connection, centre: Centre, case: CaseId) -> QueryResult<Vec<Rating>> {
    let rows = ratings::table
        .filter(ratings::centre.eq(centre.as_str()))
        .filter(ratings::case_id.eq(case.to_string()))
        .filter(ratings::anonymous.eq(true))
        .select((
            (ratings::id, ratings::stage, ratings::sequence, ratings::level),
            (ratings::channel, ratings::tags, ratings::words, ratings::at),
        ))
        .load::<AnonymousRow>(connection)?;
    rows.into_iter().map(rating).collect()
}

fn rating(row: AnonymousRow) -> QueryResult<Rating> {
    let ((id, stage, sequence, level), (channel, tags, words, at)) = row;
    Ok(Rating {
        id: parse("rating id", &id)?,
        stage: parse("service stage", &stage)?,
        sequence: unsigned("sequence", sequence)?,
        level: coded(level)?,
        tags: from_json("tags", &tags)?,
        text: words.map(|words| Text::new(&words)).transpose().map_err(|why| damaged("words", why))?,
        anonymous: true,
        channel: parse("rating channel", &channel)?,
        at: Instant::from_naive_utc(at),
    })
}

fn coded(level: i32) -> QueryResult<RatingLevel> {
    let code: u8 = unsigned("level", level)?;
    RatingLevel::from_code(code).ok_or_else(|| damaged("level", code))
}

#[diesel::dsl::auto_type]
fn with_case() -> _ {
    ratings::table.inner_join(cases::table.on(cases::centre.eq(ratings::centre).and(cases::id.eq(ratings::case_id))))
}

/// A page of those that a caller can see by the units that are theirs, by id from the newest, before `before`. Walks
/// `ratings_by_id`, `ratings_by_window` or `ratings_by_department`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    before: Option<RatingId>,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let query = with_case().into_boxed::<MultiBackend>().filter(ratings::centre.eq(centre.to_string()));
    let mut query = match sight {
        Sight::Centre => query,
        Sight::Windows(windows) => {
            query.filter(ratings::window_code.eq_any(windows.iter().map(ToString::to_string).collect::<Vec<_>>()))
        }
        Sight::Departments(departments) => {
            query.filter(ratings::department.eq_any(departments.iter().map(ToString::to_string).collect::<Vec<_>>()))
        }
        Sight::Nothing | Sight::Applicant(_) | Sight::Client(_) => return Ok(Vec::new()),
    };
    if let Some(window) = &filter.window {
        query = query.filter(ratings::window_code.eq(window.to_string()));
    }
    if let Some(department) = &filter.department {
        query = query.filter(ratings::department.eq(department.to_string()));
    }
    if let Some(level) = filter.level {
        query = query.filter(ratings::level.eq(i32::from(level.code())));
    }
    if filter.bad {
        query = query.filter(ratings::level.ge(i32::from(RatingLevel::Dissatisfied.code())));
    }
    if let Some(since) = filter.since {
        query = query.filter(ratings::at.ge(since.naive_utc())).filter(ratings::id.ge(first_of_its_month(since)));
    }
    if filter.by_name {
        query = query.filter(ratings::anonymous.eq(false));
    }
    if let Some(before) = before {
        query = query.filter(ratings::id.lt(before.to_string()));
    }
    query
        .order(ratings::id.desc())
        .select((
            (ratings::id, ratings::case_id, cases::number, cases::item),
            (ratings::stage, ratings::sequence, ratings::level, ratings::anonymous, ratings::tags, ratings::words),
            (ratings::window_code, ratings::department, ratings::at),
        ))
        .page(limit)
        .load::<Row>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(line)
        .collect()
}

/// Where the ids of the month of an instant begin: that of an anonymous rating tells no more of when it was given.
fn first_of_its_month(at: Instant) -> String {
    let day = at.day();
    let (seconds, _) = Instant::midnight(day.with_day(1).unwrap_or(day)).unix();
    let ms = seconds * 1000;
    format!("{:08x}-{:04x}", ms >> 16, ms & 0xffff)
}

fn line(row: Row) -> QueryResult<Line> {
    let ((id, case, number, item), (stage, sequence, level, anonymous, tags, text), (window, department, at)) = row;
    Ok(Line {
        id: parse("rating id", &id)?,
        case: parse("case id", &case)?,
        number,
        item,
        stage: parse("service stage", &stage)?,
        sequence: unsigned("sequence", sequence)?,
        level: coded(level)?,
        anonymous,
        tags: from_json("tags", &tags)?,
        text,
        window,
        department,
        at: Instant::from_naive_utc(at),
    })
}
