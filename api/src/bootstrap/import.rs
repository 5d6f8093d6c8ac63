//! 目录导入: a catalogue against what is there, row by row. What is new is added, what says something else is brought up to
//! date, an item by a new published version; nothing is taken away.

use std::fmt;

use catalog::{Catalog, Fault, Import, ItemVersion, List, PostingRecord, Report, Sector, VersionState};
use chrono::NaiveDate;
use kernel::{Instant, PostingId, SectorCode};
use persistence::{StoreError, Tx, hall, items};
use serde_json::{Value, json};

use super::installer;

const HALL: [List; 4] = [List::Zones, List::Sectors, List::Departments, List::Windows];

/// An earlier version of an item, which an import ended so that it does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub version: u32,
    /// Its last day from now on; none where it is withdrawn, having never begun by then.
    pub last: Option<NaiveDate>,
}

impl Ended {
    fn of(after: &ItemVersion) -> Self {
        let last = after.valid_until.filter(|_| after.state == VersionState::Published);
        Self { version: after.version, last }
    }

    /// As the record has it.
    fn kind(self) -> &'static str {
        if self.last.is_some() { "item_validity_ended" } else { "item_withdrawn" }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) => write!(f, "v{} 有效期止于{last}", self.version),
            None => write!(f, "v{} 已撤下", self.version),
        }
    }
}

/// 事项修订: by which version, and what came of those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub version: u32,
    pub ended: Vec<Ended>,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.version)?;
        let ended: Vec<String> = self.ended.iter().map(Ended::to_string).collect();
        if ended.is_empty() { Ok(()) } else { write!(f, "（{}）", ended.join("，")) }
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    New,
    /// How, of an item.
    Revised(Option<Revision>),
    Unchanged,
    /// Known, and not as the document has it: who was posted until when is for the register to say.
    Kept,
}

impl Outcome {
    fn of<T: PartialEq>(known: Option<&T>, row: &T) -> Self {
        match known {
            None => Self::New,
            Some(known) if known == row => Self::Unchanged,
            Some(_) => Self::Revised(None),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Revised(_) => "revised",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("新增"),
            Self::Revised(None) => f.write_str("修订"),
            Self::Revised(Some(revision)) => write!(f, "修订 {revision}"),
            Self::Unchanged => f.write_str("未变"),
            Self::Kept => f.write_str("未变（以现有登记为准）"),
        }
    }
}

/// A row of the document that was read, as its author finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub list: List,
    pub pointer: String,
    pub label: String,
    pub outcome: Outcome,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}：{}", self.pointer, self.label, self.outcome)
    }
}

/// What an import of a catalogue did: every row, and in words how many of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub rows: Vec<Row>,
}

impl Imported {
    fn add(&mut self, list: List, at: usize, code: impl fmt::Display, outcome: Outcome) {
        self.rows.push(Row { list, pointer: list.pointer(at), label: list.label(code), outcome });
    }

    fn count(&self, lists: &[List], outcome: &str) -> usize {
        self.rows.iter().filter(|row| lists.contains(&row.list) && row.outcome.code() == outcome).count()
    }

    /// For the record: the totals, and each row by which something changed.
    fn record(&self) -> Value {
        let changed = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::New | Outcome::Revised(_)));
        let changed = changed.map(|row| {
            let mut told = json!({ "row": row.label, "outcome": row.outcome.code() });
            if let (Outcome::Revised(Some(revision)), Some(told)) = (&row.outcome, told.as_object_mut()) {
                told.insert("version".to_owned(), json!(revision.version));
            }
            told
        });
        json!({
            "items_new": self.count(&[List::Items], "new"), "items_revised": self.count(&[List::Items], "revised"),
            "postings_new": self.count(&[List::Postings], "new"), "rows": changed.collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = |lists: &[List]| ["new", "revised", "unchanged"].map(|outcome| self.count(lists, outcome));
        let [new, revised, unchanged] = tally(&[List::Items]);
        write!(f, "事项：新增{new}，修订{revised}，未变{unchanged}")?;
        let [new, _, unchanged] = tally(&[List::Postings]);
        write!(f, "；派驻：新增{new}，未变{}", unchanged + self.count(&[List::Postings], "kept"))?;
        let [new, revised, unchanged] = tally(&HALL);
        write!(f, "；大厅：新增{new}，修订{revised}，未变{unchanged}")
    }
}

/// Why a catalogue was not imported. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// Rows that what is there does not let in.
    #[error(transparent)]
    Refused(Report),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a catalogue in, whole or not at all.
///
/// # Errors
/// Every row that cannot be taken; those of the store.
pub fn import(tx: &mut Tx<'_>, catalog: &Catalog, now: Instant) -> Result<Imported, NotImported> {
    let (imported, refused) = put(tx, catalog, now)?;
    if refused.faults.is_empty() { Ok(imported) } else { Err(NotImported::Refused(refused)) }
}

/// Puts in what can be, and names the rows that cannot.
pub(super) fn put(tx: &mut Tx<'_>, catalog: &Catalog, now: Instant) -> Result<(Imported, Report), StoreError> {
    let (mut imported, mut refused) = (Imported::default(), Report::default());
    put_zones(tx, catalog, &mut imported)?;
    put_bodies(tx, catalog, &mut imported)?;
    put_windows(tx, catalog, &mut imported)?;
    put_postings(tx, catalog, now, &mut imported)?;
    for (at, item) in catalog.items.iter().enumerate() {
        match put_item(tx, catalog, item, now)? {
            Ok(outcome) => imported.add(List::Items, at, &item.item, outcome),
            Err(fault) => refused.faults.push(Fault {
                pointer: List::Items.pointer(at),
                row: List::Items.label(&item.item),
                fault,
            }),
        }
    }
    tx.note(catalog.centre, "catalog", "catalog_imported", now, &installer(), &imported.record())?;
    Ok((imported, refused))
}

fn put_zones(tx: &mut Tx<'_>, catalog: &Catalog, imported: &mut Imported) -> Result<(), StoreError> {
    let centre = catalog.centre;
    let known = hall::zones(tx.read(), centre)?;
    for (at, zone) in catalog.zones.iter().enumerate() {
        hall::put_zone(tx.write(), centre, zone)?;
        let outcome = Outcome::of(known.iter().find(|it| it.code == zone.code), zone);
        imported.add(List::Zones, at, &zone.code, outcome);
    }
    Ok(())
}

fn put_windows(tx: &mut Tx<'_>, catalog: &Catalog, imported: &mut Imported) -> Result<(), StoreError> {
    let centre = catalog.centre;
    let known = hall::windows(tx.read(), centre)?;
    for (at, window) in catalog.windows.iter().enumerate() {
        hall::put_window(tx.write(), centre, window)?;
        let outcome = Outcome::of(known.iter().find(|it| it.code == window.code), window);
        imported.add(List::Windows, at, &window.code, outcome);
    }
    Ok(())
}

fn put_bodies(tx: &mut Tx<'_>, catalog: &Catalog, imported: &mut Imported) -> Result<(), StoreError> {
    let centre = catalog.centre;
    let known = hall::departments(tx.read(), centre)?;
    for (at, department) in catalog.departments.iter().enumerate() {
        hall::put_department(tx.write(), centre, department)?;
        let outcome = Outcome::of(known.iter().find(|it| it.code == department.code), department);
        imported.add(List::Departments, at, &department.code, outcome);
    }
    let known = hall::sectors(tx.read(), centre)?;
    let moved = moved(&known, &catalog.sectors);
    for (position, (at, sector)) in (1..).zip(catalog.sectors.iter().enumerate()) {
        hall::put_sector(tx.write(), centre, position, sector)?;
        let outcome = match Outcome::of(known.iter().find(|it| it.code == sector.code), sector) {
            Outcome::Unchanged if moved.contains(&&sector.code) => Outcome::Revised(None),
            outcome => outcome,
        };
        imported.add(List::Sectors, at, &sector.code, outcome);
    }
    Ok(())
}

/// The sectors that are shown in another order than before.
fn moved<'a>(before: &'a [Sector], after: &'a [Sector]) -> Vec<&'a SectorCode> {
    let common = |ours: &'a [Sector], theirs: &'a [Sector]| {
        ours.iter().map(|it| &it.code).filter(move |code| theirs.iter().any(|it| it.code == **code))
    };
    let places = common(before, after).zip(common(after, before));
    places.filter(|(before, after)| before != after).map(|(_, after)| after).collect()
}

fn put_postings(tx: &mut Tx<'_>, catalog: &Catalog, now: Instant, imported: &mut Imported) -> Result<(), StoreError> {
    let known = hall::all_postings(tx.read(), catalog.centre)?;
    for (at, posting) in catalog.postings.iter().enumerate() {
        let outcome = if known.contains(posting) {
            Outcome::Unchanged
        } else if known.iter().any(|it| is_same(it, posting)) {
            Outcome::Kept
        } else {
            hall::insert_posting(tx.write(), catalog.centre, PostingId::fresh(now), posting)?;
            Outcome::New
        };
        imported.add(List::Postings, at, &posting.staff, outcome);
    }
    Ok(())
}

/// Whether both speak of one posting. It may have ended since the document was written, which gives nobody it back.
fn is_same(known: &PostingRecord, row: &PostingRecord) -> bool {
    known.staff == row.staff && known.posting() == row.posting() && known.from == row.from
}

/// What became of an item, or why it cannot be taken.
fn put_item(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    item: &ItemVersion,
    now: Instant,
) -> Result<Result<Outcome, String>, StoreError> {
    let centre = catalog.centre;
    let known = items::versions(tx.read(), centre, &item.item)?;
    let (version, outcome) = match item.imported_over(&known, now.day()) {
        Import::New(version) => (version, Outcome::New),
        Import::Revised { next, ended } => {
            let ended = end(tx, catalog, &ended, now)?;
            let outcome = Outcome::Revised(Some(Revision { version: next.version, ended }));
            (next, outcome)
        }
        Import::Unchanged => return Ok(Ok(Outcome::Unchanged)),
        Import::DraftInTheWay(version) => {
            return Ok(Err(format!("第{version}版是尚未发布的草稿，请先发布或者删除该草稿")));
        }
    };
    let inserted = items::insert(tx.write(), centre, &version);
    tx.first(inserted)?;
    Ok(Ok(outcome))
}

/// Ends earlier versions, newest first as they were found, each on the record like one that somebody ends by hand.
fn end(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    versions: &[(ItemVersion, ItemVersion)],
    now: Instant,
) -> Result<Vec<Ended>, StoreError> {
    let mut all = Vec::new();
    for (before, after) in versions.iter().rev() {
        if !items::replace(tx.write(), catalog.centre, before, after)? {
            return Err(tx.contended());
        }
        let ended = Ended::of(after);
        tx.note(catalog.centre, "catalog", ended.kind(), now, &installer(), &json!(after))?;
        all.push(ended);
    }
    Ok(all)
}
