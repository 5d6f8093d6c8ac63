//! 咨询 as rows (clauses A1-2, A1-3, B5-1).

use std::cmp::Reverse;

use diesel::{dsl::not, prelude::*};
use kernel::{Centre, PartyId, Personal, StaffCode, WindowCode, access::Sight, id::ConsultationId};
use reception::{Consultation, Recorded};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, parse_some, to_json, unsigned},
    page::Paged as _,
    parties::PartyKind,
    personal::PersonalText,
    record,
    schema::{consultations, parties},
};

/// A consultation with what a view of it needs besides: who asked, where they said so, and the digest its next event
/// links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub consultation: Consultation,
    pub head: Digest,
    pub applicant: Option<(PartyKind, Personal<String>)>,
}

type Row = (String, String, Option<String>, Option<PersonalText>);

fn loaded((body, head, kind, name): Row) -> QueryResult<Loaded> {
    let kind: Option<PartyKind> = parse_some("party kind", kind.as_deref())?;
    Ok(Loaded {
        consultation: from_json("consultation", &body)?,
        head: parse("digest", &head)?,
        applicant: kind.zip(name.map(PersonalText::open)),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    consultations::table.left_join(
        parties::table.on(parties::centre
            .eq(consultations::centre)
            .and(parties::id.eq(consultations::applicant.assume_not_null()))),
    )
}

/// One by its id. Who may see it is asked of the one that comes back.
pub fn load(connection: &mut Connection, centre: Centre, id: ConsultationId) -> QueryResult<Option<Loaded>> {
    with_applicant()
        .filter(consultations::centre.eq(centre.as_str()))
        .filter(consultations::id.eq(id.to_string()))
        .select((consultations::body, consultations::head, parties::kind.nullable(), parties::name.nullable()))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// What a list may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub open: Option<bool>,
    /// 首问责任人: what this member of staff answers for.
    pub responsible: Option<StaffCode>,
    /// 登记窗口, or one that answers for it or is offered it.
    pub window: Option<WindowCode>,
    /// 咨询人. Walks `consultations_by_applicant`.
    pub applicant: Option<PartyId>,
}

/// Whose, of the ways to see one: each is a walk along an index.
enum Within {
    Centre,
    At(Vec<String>),
    HeldAt(Vec<String>),
    OfferedTo(Vec<String>),
    KnownAt(Vec<String>),
    /// By the one that the filter names.
    Answered,
    AnsweredAt(Vec<String>),
    Of(PartyId),
}

/// The walks that find everything of the filter that a caller can see, and nothing else.
fn walks(sight: &Sight, filter: &Filter) -> Vec<Within> {
    let texts = |windows: &[WindowCode]| windows.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of_window = |window: &WindowCode| {
        let window = vec![window.to_string()];
        vec![Within::At(window.clone()), Within::HeldAt(window.clone()), Within::OfferedTo(window)]
    };
    match (sight, &filter.responsible, &filter.window) {
        (Sight::Nothing | Sight::Departments(_) | Sight::Client(_), ..) => Vec::new(),
        (Sight::Applicant(party), ..) => vec![Within::Of(*party)],
        (Sight::Centre, Some(_), _) => vec![Within::Answered],
        // Whoever answers for it does so at a window that holds it.
        (Sight::Windows(windows), Some(_), _) => vec![Within::AnsweredAt(texts(windows))],
        (Sight::Centre, None, None) => vec![Within::Centre],
        (Sight::Centre, None, Some(window)) => of_window(window),
        (Sight::Windows(windows), None, Some(window)) if windows.contains(window) => of_window(window),
        (Sight::Windows(windows), None, _) => vec![
            Within::At(texts(windows)),
            Within::HeldAt(texts(windows)),
            Within::OfferedTo(texts(windows)),
            Within::KnownAt(texts(windows)),
        ],
    }
}

/// A page of those the caller can see, newest first, before `before`. Walks the primary key, or the indexes of the
/// applicant, of whoever answers, and of the windows: those have one each, which is in order, and together none.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    before: Option<ConsultationId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut found = Vec::new();
    for within in walks(sight, filter) {
        found.extend(page(connection, centre, within, filter, before, limit)?);
    }
    found.sort_unstable_by_key(|loaded| Reverse(loaded.consultation.asked.id));
    found.dedup_by_key(|loaded| loaded.consultation.asked.id);
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn page(
    connection: &mut Connection,
    centre: Centre,
    within: Within,
    filter: &Filter,
    before: Option<ConsultationId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let query = with_applicant().into_boxed::<MultiBackend>().filter(consultations::centre.eq(centre.to_string()));
    let mut query = match within {
        Within::Centre | Within::Answered => query,
        Within::At(windows) => query.filter(consultations::window_code.eq_any(windows)),
        Within::HeldAt(windows) | Within::AnsweredAt(windows) => query.filter(consultations::held_at.eq_any(windows)),
        Within::OfferedTo(windows) => query.filter(consultations::offered_to.eq_any(windows)),
        Within::KnownAt(windows) => query.filter(consultations::fallback.eq_any(windows)),
        Within::Of(party) => query.filter(consultations::applicant.eq(party.to_string())),
    };
    // As the partial indexes have it: a value that is bound would not be known to be true.
    query = match filter.open {
        None => query,
        Some(true) => query.filter(consultations::open),
        Some(false) => query.filter(not(consultations::open)),
    };
    if let Some(staff) = &filter.responsible {
        query = query.filter(consultations::responsible.eq(staff.to_string()));
    }
    if let Some(window) = &filter.window {
        let [asked, held, offered] = [window; 3].map(ToString::to_string);
        let at = consultations::window_code.eq(asked).or(consultations::held_at.eq(held));
        query = query.filter(at.or(consultations::offered_to.eq(offered)));
    }
    if let Some(applicant) = filter.applicant {
        query = query.filter(consultations::applicant.eq(applicant.to_string()));
    }
    if let Some(before) = before {
        query = query.filter(consultations::id.lt(before.to_string()));
    }
    query
        .order(consultations::id.desc())
        .select((consultations::body, consultations::head, parties::kind.nullable(), parties::name.nullable()))
        .page(limit)
        .load::<Row>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(loaded)
        .collect()
}

/// Those that a member of staff answers for, by id after `after`. Walks `consultations_by_responsible`.
pub fn answered_by(
    connection: &mut Connection,
    centre: Centre,
    staff: &StaffCode,
    after: Option<ConsultationId>,
    limit: i64,
) -> QueryResult<Vec<ConsultationId>> {
    let ids = consultations::table
        .filter(consultations::centre.eq(centre.as_str()))
        .filter(consultations::responsible.eq(staff.as_str()))
        .filter(consultations::id.gt(after.map(|id| id.to_string()).unwrap_or_default()))
        .order(consultations::id.asc())
        .limit(limit)
        .select(consultations::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("consultation id", id)).collect()
}

/// The columns that change with it, rebuilt from the aggregate on every write.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = consultations, treat_none_as_null = true)]
struct Columns {
    version: i64,
    held_at: String,
    offered_to: Option<String>,
    responsible: Option<String>,
    open: bool,
    applicant: Option<String>,
    case_id: Option<String>,
    impasse: Option<String>,
    head: String,
    body: String,
}

impl Columns {
    fn of(it: &Consultation, head: Digest) -> QueryResult<Self> {
        Ok(Self {
            version: unsigned("version", it.version)?,
            held_at: it.held_at.to_string(),
            offered_to: it.offered_to().map(ToString::to_string),
            responsible: it.answerer().map(ToString::to_string),
            open: it.is_open(),
            applicant: it.applicant.map(|party| party.to_string()),
            case_id: it.case().map(|case| case.to_string()),
            impasse: it.impasse().map(|impasse| impasse.to_string()),
            head: head.to_string(),
            body: to_json(it)?,
        })
    }
}

/// Stores a new one and its first event.
pub fn insert(connection: &mut Connection, it: &Consultation, events: &[Recorded]) -> QueryResult<Digest> {
    let asked = &it.asked;
    let head = record::append(connection, asked.centre, &asked.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(consultations::table)
        .values((
            consultations::centre.eq(asked.centre.as_str()),
            consultations::id.eq(asked.id.to_string()),
            consultations::window_code.eq(asked.window.as_str()),
            consultations::fallback.eq(asked.fallback.as_str()),
            Columns::of(it, head)?,
        ))
        .execute(connection)?;
    Ok(head)
}

/// Moves one by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    it: &Consultation,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let (centre, id) = (it.asked.centre, it.asked.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let row = consultations::table
        .filter(consultations::centre.eq(centre.as_str()))
        .filter(consultations::id.eq(&id))
        .filter(consultations::version.eq(unsigned::<_, i64>("version", before.consultation.version)?));
    match diesel::update(row).set(Columns::of(it, head)?).execute(connection)? {
        1 => {
            record::insert(connection, links)?;
            Ok(Saved::Done(head))
        }
        _ => Ok(Saved::Stale),
    }
}
