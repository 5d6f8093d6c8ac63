//! The import document. Its rows are read one by one, so that one bad row hides nothing wrong with the others.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Centre, ItemCode, Text};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    check::Hall,
    flaw::Flaw,
    hall::{Department, PostingRecord, Sector, Window, Zone},
    item::ItemContent,
    report::{List, Report, flaw_of},
    version::ItemVersion,
};

/// 目录: everything a catalogue document holds, sound and complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    pub centre: Centre,
    pub zones: Vec<Zone>,
    /// In the order they are shown.
    pub sectors: Vec<Sector>,
    pub departments: Vec<Department>,
    pub windows: Vec<Window>,
    pub postings: Vec<PostingRecord>,
    /// Published, each as version 1; the store numbers them on where an item is known already.
    pub items: Vec<ItemVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogDocument {
    centre: Centre,
    #[serde(rename = "note")]
    _note: Option<Text<2000>>,
    zones: Vec<Value>,
    sectors: Vec<Value>,
    departments: Vec<Value>,
    windows: Vec<Value>,
    postings: Vec<Value>,
    items: Vec<Value>,
}

/// Reads a catalogue document (JSON). Either all of it is sound, or the report names every row that is not: unreadable
/// values, codes used twice, references to nothing, limits that contradict each other, items that lack what the public
/// must be told (clauses A2-1 to A2-3, B3-1).
pub fn read(json_text: &str, today: NaiveDate) -> Result<Catalog, Report> {
    let mut report = Report::default();
    let mut reader = serde_json::Deserializer::from_str(json_text);
    let document: Result<CatalogDocument, _> = serde_path_to_error::deserialize(&mut reader);
    let document = match document.map_err(|error| document_flaw(&error)).and_then(|it| ended(&mut reader, it)) {
        Ok(document) => document,
        Err(flaw) => {
            report.add("", "目录文件", flaw);
            return Err(report);
        }
    };

    let zones = Section::<Zone>::coded(List::Zones, document.zones, &mut report);
    let sectors = Section::<Sector>::coded(List::Sectors, document.sectors, &mut report);
    let departments = Section::<Department>::coded(List::Departments, document.departments, &mut report);
    let windows = Section::<Window>::coded(List::Windows, document.windows, &mut report);
    let postings = Section::<PostingRecord>::read(List::Postings, document.postings, &mut report);
    let items = Section::<ItemRow>::coded(List::Items, document.items, &mut report);

    let hall = Hall {
        zones: zones.known(),
        sectors: sectors.known(),
        departments: departments.known(),
        windows: windows.known(),
    };
    sectors.check(&mut report, |sector| hall.sector_flaws(sector));
    departments.check(&mut report, Department::flaws);
    windows.check(&mut report, |window| hall.window_flaws(window));
    postings.check(&mut report, |posting| [posting.flaws(), hall.posting_flaws(posting)].concat());
    items.check(&mut report, |item| {
        [item.content.flaws(), item.content.gaps(), hall.item_flaws(&item.content)].concat()
    });
    unique(&departments, &mut report, |body| (body.uscc.to_string(), "/uscc", "统一社会信用代码"));
    unique(&items, &mut report, |item| {
        (item.content.implementation_code.to_string(), "/implementation_code", "实施编码")
    });
    apart(&postings, &mut report);
    let published = items.publish(today, &mut report);

    if !report.faults.is_empty() {
        return Err(report);
    }
    Ok(Catalog {
        centre: document.centre,
        zones: zones.into_rows(),
        sectors: sectors.into_rows(),
        departments: departments.into_rows(),
        windows: windows.into_rows(),
        postings: postings.into_rows(),
        items: published,
    })
}

fn document_flaw(error: &serde_path_to_error::Error<serde_json::Error>) -> Flaw {
    let inner = error.inner();
    if inner.is_data() { flaw_of(error) } else { syntax_flaw(inner) }
}

fn syntax_flaw(error: &serde_json::Error) -> Flaw {
    Flaw::new("", format!("不是有效的JSON（第{}行第{}列）", error.line(), error.column()))
}

fn ended<T>(reader: &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>, value: T) -> Result<T, Flaw> {
    reader.end().map(|()| value).map_err(|error| syntax_flaw(&error))
}

/// One row of `items`: the version's head, and beside it the fields of its content.
struct ItemRow {
    code: ItemCode,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    content: ItemContent,
}

#[derive(Deserialize)]
struct ItemHead {
    code: ItemCode,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

/// A row that can be read from its JSON.
trait Row: Sized {
    fn read(value: Value) -> Result<Self, Flaw>;
}

fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Flaw> {
    serde_path_to_error::deserialize(value).map_err(|error| flaw_of(&error))
}

macro_rules! rows {
    ($($name:ident)*) => {$(
        impl Row for $name {
            fn read(value: Value) -> Result<Self, Flaw> {
                decode(value)
            }
        }
    )*};
}

rows!(Zone Sector Department Window PostingRecord);

impl Row for ItemRow {
    fn read(value: Value) -> Result<Self, Flaw> {
        let mut content: Map<String, Value> = decode(value)?;
        let head = ["code", "valid_from", "valid_until"].into_iter().filter_map(|name| content.remove_entry(name));
        let head: ItemHead = decode(Value::Object(head.collect()))?;
        let content = decode(Value::Object(content))?;
        Ok(Self { code: head.code, valid_from: head.valid_from, valid_until: head.valid_until, content })
    }
}

/// A list of the document: its rows where they could be read, and how to speak of each.
struct Section<T> {
    rows: Vec<Entry<T>>,
}

struct Entry<T> {
    /// As written, readable or not.
    code: Option<String>,
    root: String,
    label: String,
    row: Option<T>,
}

impl<T: Row> Section<T> {
    fn read(list: List, values: Vec<Value>, report: &mut Report) -> Self {
        let rows = values.into_iter().enumerate().map(|(at, value)| {
            let name = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
            let code = name("code");
            let label = code.clone().or_else(|| name("staff"));
            let label = label.map_or_else(|| format!("第{}个{}", at + 1, list.noun()), |it| list.label(it));
            let root = list.pointer(at);
            let row = T::read(value).map_err(|flaw| report.add(&root, &label, flaw)).ok();
            Entry { code, root, label, row }
        });
        Self { rows: rows.collect() }
    }

    /// Reads a list whose rows are referred to by code.
    fn coded(list: List, values: Vec<Value>, report: &mut Report) -> Self {
        let section = Self::read(list, values, report);
        let mut seen = BTreeSet::new();
        for entry in &section.rows {
            if entry.code.as_ref().is_some_and(|code| !seen.insert(code)) {
                report.add(&entry.root, &entry.label, Flaw::new("/code", "代码重复"));
            }
        }
        section
    }
}

impl<T> Section<T> {
    /// Of rows with the same code the first stands; the others are reported as such.
    fn known(&self) -> BTreeMap<&str, Option<&T>> {
        self.rows.iter().rev().filter_map(|entry| Some((entry.code.as_deref()?, entry.row.as_ref()))).collect()
    }

    fn readable(&self) -> impl Iterator<Item = (&Entry<T>, &T)> {
        self.rows.iter().filter_map(|entry| Some((entry, entry.row.as_ref()?)))
    }

    fn check(&self, report: &mut Report, flaws: impl Fn(&T) -> Vec<Flaw>) {
        for (entry, row) in self.readable() {
            flaws(row).into_iter().for_each(|flaw| report.add(&entry.root, &entry.label, flaw));
        }
    }

    fn into_rows(self) -> Vec<T> {
        self.rows.into_iter().filter_map(|entry| entry.row).collect()
    }
}

impl Section<ItemRow> {
    fn publish(self, today: NaiveDate, report: &mut Report) -> Vec<ItemVersion> {
        let sound = report.faults.is_empty();
        let mut published = Vec::with_capacity(self.rows.len());
        for entry in self.rows {
            let Some(row) = entry.row else { continue };
            let version = ItemVersion::draft(row.code, row.content.clone())
                .and_then(|draft| draft.edit(row.content, row.valid_from, row.valid_until))
                .and_then(|draft| draft.publish(today));
            match version {
                Ok(version) => published.push(version),
                // What contradicts itself or is wanting has been named field by field already.
                Err(refusal) if matches!(refusal.code, "item_incoherent" | "item_incomplete") && !sound => {}
                Err(refusal) => report.add(&entry.root, &entry.label, Flaw::new("", refusal.detail.into_owned())),
            }
        }
        published
    }
}

/// No two rows may carry the same value of what `key` picks.
fn unique<T>(section: &Section<T>, report: &mut Report, key: impl Fn(&T) -> (String, &'static str, &'static str)) {
    let mut seen = BTreeMap::new();
    for (entry, row) in section.readable() {
        let (value, pointer, noun) = key(row);
        if let Some(earlier) = seen.insert(value, &entry.label) {
            report.add(&entry.root, &entry.label, Flaw::new(pointer, format!("{noun}与“{earlier}”相同")));
        }
    }
}

/// No two postings may say the same of one day.
fn apart(postings: &Section<PostingRecord>, report: &mut Report) {
    let mut by_staff: BTreeMap<&str, Vec<&PostingRecord>> = BTreeMap::new();
    for (entry, posting) in postings.readable() {
        let earlier = by_staff.entry(posting.staff.as_str()).or_default();
        if earlier.iter().any(|earlier| earlier.overlaps(posting)) {
            report.add(&entry.root, &entry.label, Flaw::new("", "与同一人员的另一条派驻重复"));
        }
        earlier.push(posting);
    }
}
