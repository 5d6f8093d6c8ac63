//! Whether a database says what its record says: every stream's chain of digests, and of every case, impasse and
//! consultation that its events add up to what is stored.

use casework::Case;
use diesel::{RunQueryDsl as _, sql_query, sql_types};
use escalation::Impasse;
use kernel::{Centre, Fact, Recorded};
use reception::Consultation;

use super::{Line, WholeError};
use crate::{Connection, StoreError, cases, consultations, decode::parse, impasses, record};

/// How many streams are fetched at a time.
const PAGE: i64 = 500;

/// What was looked at and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub streams: u64,
    pub events: u64,
    pub cases: u64,
    pub impasses: u64,
    pub consultations: u64,
    pub faults: Vec<Fault>,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// 记录断链
    #[error("{centre} {stream} 的记录自第{at}条起与摘要不符（the chain is broken）")]
    Chain { centre: Centre, stream: String, at: u64 },
    /// 状态与记录不符
    #[error("{centre} {stream} 的现状与记录不符（the record does not add up to the state）")]
    State { centre: Centre, stream: String },
}

/// Goes through every stream of every centre. What is found in one does not keep the others from being looked at.
///
/// # Errors
/// Those of the database.
pub fn check(connection: &mut Connection) -> Result<Checked, WholeError> {
    let mut checked = Checked::default();
    let mut after = (String::new(), String::new());
    loop {
        let page = streams(connection, &after)?;
        let Some(last) = page.last() else { return Ok(checked) };
        after = last.clone();
        for (centre, stream) in page {
            let centre: Centre = parse("centre", &centre).map_err(StoreError::from)?;
            check_stream(connection, centre, &stream, &mut checked)?;
        }
    }
}

/// Walks the primary key of the record.
fn streams(connection: &mut Connection, after: &(String, String)) -> Result<Vec<(String, String)>, WholeError> {
    let query = "SELECT centre || ' ' || stream AS line FROM events \
                 WHERE centre > $1 OR (centre = $1 AND stream > $2) \
                 GROUP BY centre, stream ORDER BY centre, stream LIMIT $3";
    let query = sql_query(query)
        .bind::<sql_types::Text, _>(&after.0)
        .bind::<sql_types::Text, _>(&after.1)
        .bind::<sql_types::BigInt, _>(PAGE);
    let lines: Vec<Line> = query.load(connection)?;
    let split =
        |Line { line }: Line| line.split_once(' ').map(|(centre, stream)| (centre.to_owned(), stream.to_owned()));
    Ok(lines.into_iter().filter_map(split).collect())
}

fn check_stream(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    checked: &mut Checked,
) -> Result<(), WholeError> {
    let found = record::verify(connection, centre, stream)?;
    (checked.streams, checked.events) = (checked.streams + 1, checked.events + found.events);
    if let Some(at) = found.broken_at {
        checked.faults.push(Fault::Chain { centre, stream: stream.to_owned(), at });
        return Ok(());
    }
    let mut state = |fits: bool| {
        if !fits {
            checked.faults.push(Fault::State { centre, stream: stream.to_owned() });
        }
    };
    if let Ok(id) = stream.parse()
        && let Some(stored) = cases::load(connection, centre, id)?
    {
        let sum = Case::fold(&whole(connection, centre, stream)?);
        state(sum.as_ref() == Some(&stored.case) && stored.head == found.head);
        checked.cases += 1;
        return Ok(());
    }
    if let Ok(id) = stream.parse()
        && let Some(stored) = impasses::load(connection, centre, id)?
    {
        // A body of old does not say in what role somebody answers.
        let said = stored.impasse.answers_as;
        let as_said = |it: Impasse| Impasse { answers_as: it.answers_as.filter(|_| said.is_some()), ..it };
        let sum = Impasse::fold(&whole(connection, centre, stream)?).map(as_said);
        state(sum.as_ref() == Some(&stored.impasse) && stored.head == found.head);
        checked.impasses += 1;
        return Ok(());
    }
    if let Ok(id) = stream.parse()
        && let Some(stored) = consultations::load(connection, centre, id)?
    {
        let sum = Consultation::fold(&whole(connection, centre, stream)?);
        state(sum.as_ref() == Some(&stored.consultation) && stored.head == found.head);
        checked.consultations += 1;
    }
    Ok(())
}

/// A stream from its beginning.
fn whole<E: Fact>(connection: &mut Connection, centre: Centre, stream: &str) -> Result<Vec<Recorded<E>>, WholeError> {
    let mut records = record::whole::<E>(connection, centre, &[stream.to_owned()], None)?;
    Ok(records.remove(stream).unwrap_or_default())
}
