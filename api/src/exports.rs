//! 数据交换: works off the batches that were ordered, stretch by stretch, and takes each up where it was left. What a
//! stretch says is in the file store before the store names it, under a name that no other attempt has; what the receiver
//! has been told, the counts and how far the work is go on in one transaction.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use casework::{Case, codes::Codes};
use catalog::Department;
use chrono::NaiveDate;
use exchange::{Change, Format, Operation, Row, Source, Stamp, Table, changes};
use kernel::{
    CaseId, Centre, DepartmentCode, Instant, Masked, Personal, StaffCode,
    access::Signature,
    identity::{Document, DocumentKind, Phone},
};
use persistence::{
    Connection, Shard, StoreError, Tx, cases, code_maps,
    exports::{self, Export, File, Step, Stored},
    hall,
    parties::{self, ContactRole, PartyKind},
};
use uuid::Uuid;

use crate::{
    auth::Secret,
    blob::FileKey,
    desk::Desk,
    problem::{Answer, Error},
};

/// How many cases are looked at in one step.
const STRETCH: i64 = 50;
/// How often it is asked whether there is something to export.
const PAUSE: Duration = Duration::from_millis(500);

/// What is ordered.
#[derive(Clone, Debug)]
pub struct Order {
    pub receiver: StaffCode,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// In the order of the tables, each once.
    pub tables: Vec<Table>,
    pub format: Format,
    pub unmasked: bool,
}

/// Puts a batch on the list of duties, and on the record.
///
/// # Errors
/// Those of the store.
pub fn order(tx: &mut Tx<'_>, centre: Centre, order: &Order, by: &Signature, now: Instant) -> Answer<Export> {
    let version = exports::next_version(tx.read(), centre, &order.receiver).map_err(StoreError::from)?;
    let export = Export {
        id: Uuid::now_v7(),
        receiver: order.receiver.clone(),
        version,
        format: order.format,
        unmasked: order.unmasked,
        from: order.from,
        to: order.to,
        ordered_by: by.clone(),
        started_at: now,
        cursor: None,
        examined: 0,
        matched: 0,
        files: order.tables.iter().map(|table| File::of(*table)).collect(),
        finished_at: None,
    };
    let begun = exports::begin(tx.write(), centre, &export);
    tx.first(begun)?;
    note(tx, centre, "export_ordered", &export, by, now)?;
    Ok(export)
}

/// What was done with a batch, and by whom.
///
/// # Errors
/// Those of the store.
pub fn note(
    tx: &mut Tx<'_>,
    centre: Centre,
    kind: &str,
    export: &Export,
    by: &Signature,
    now: Instant,
) -> Result<(), StoreError> {
    let body = serde_json::json!({
        "export": export.id, "receiver": export.receiver, "version": export.version, "unmasked": export.unmasked,
    });
    tx.note(centre, "exports", kind, now, by, &body)
}

/// What a stretch of cases says: on record as a step, and the text of each table's piece.
struct Gathered {
    step: Step,
    texts: BTreeMap<Table, String>,
}

impl Desk {
    /// Works off what is ordered, for as long as the server runs.
    pub async fn keep_exporting(self: Arc<Self>) {
        let mut tick = tokio::time::interval(PAUSE);
        loop {
            tick.tick().await;
            if let Err(error) = self.export_all().await {
                tracing::warn!(%error, "an export did not get further; it will");
            }
        }
    }

    /// Works off the batches of every centre.
    ///
    /// # Errors
    /// Those of the store and of the file store; the next call goes on from there.
    pub async fn export_all(self: &Arc<Self>) -> Answer<()> {
        for centre in self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await? {
            let current = move |connection: &mut _| Ok::<_, StoreError>(exports::current(connection, centre)?);
            while let Some(current) = self.store.read(current).await? {
                if !self.holds(centre, "exports").await? {
                    break;
                }
                self.export_some(centre, current).await?;
            }
        }
        Ok(())
    }

    /// The next cases of a batch, or its end.
    async fn export_some(self: &Arc<Self>, centre: Centre, current: Export) -> Answer<()> {
        let (desk, seen) = (Arc::clone(self), current.clone());
        let gathered = self.store.read(move |connection| desk.gather(connection, centre, &seen)).await?;
        let Some(Gathered { mut step, texts }) = gathered else { return self.finish_export(centre, current).await };
        for (table, text) in texts {
            let name = Uuid::now_v7().to_string();
            self.files.write(&FileKey::of_export(centre, current.id, &name), text).await?;
            step.parts.push((table, name));
        }
        let (now, shard) = (self.now(centre), Shard::of(&current.id));
        let advance = move |tx: &mut Tx<'_>| {
            if !exports::advance(tx.write(), centre, &current, &step)? {
                return Err(tx.contended());
            }
            for (case, told) in &step.told {
                if current.unmasked && told.iter().any(names_people) {
                    parties::disclose(tx.write(), centre, *case, &current.ordered_by, now)?;
                }
            }
            Ok(())
        };
        Ok(self.store.write(shard, advance).await?)
    }

    /// What the next cases say that the receiver has not been told; None at the end.
    fn gather(&self, connection: &mut Connection, centre: Centre, export: &Export) -> Answer<Option<Gathered>> {
        let next = export.to.succ_opt().ok_or_else(|| Error::internal("a period without an end"))?;
        let period = (Instant::midnight(export.from), Instant::midnight(next));
        let stretch = cases::touched(connection, centre, export.cursor, period, STRETCH).map_err(StoreError::from)?;
        let Some(cursor) = stretch.last else { return Ok(None) };
        let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
        let departments: BTreeMap<_, _> = departments.into_iter().map(|it| (it.code.clone(), it)).collect();
        let codes = code_maps::of_holder(connection, centre, &export.receiver).map_err(StoreError::from)?;
        let (batch, mut files, mut texts) = (export.batch(), export.files.clone(), BTreeMap::<Table, String>::new());
        let mut told = Vec::new();
        for case in &stretch.touched {
            let changes = self.untold(connection, centre, export, *case, &departments, &codes)?;
            for change in &changes {
                let stamp = Stamp { at: export.started_at, batch: &batch };
                texts.entry(change.row.table).or_default().push_str(&export.format.row(change, stamp));
                if let Some(file) = files.iter_mut().find(|file| file.table == change.row.table) {
                    file.count(change.operation);
                }
            }
            told.push((*case, changes));
        }
        let (examined, matched) = (stretch.examined, told.len() as u64);
        Ok(Some(Gathered { step: Step { cursor, examined, told, parts: Vec::new(), files, matched }, texts }))
    }

    /// What the receiver is to be told of one case.
    fn untold(
        &self,
        connection: &mut Connection,
        centre: Centre,
        export: &Export,
        id: CaseId,
        departments: &BTreeMap<DepartmentCode, Department>,
        codes: &Codes,
    ) -> Answer<Vec<Change>> {
        let loaded = cases::load(connection, centre, id).map_err(StoreError::from)?;
        let case = loaded.ok_or_else(|| Error::internal("a case that is gone"))?.case;
        let item = self.version_of(connection, &case)?;
        let calendar = self.calendar(connection, centre)?;
        let record = exports::record_of(connection, centre, id).map_err(StoreError::from)?;
        let today = self.now(centre).day();
        let (is_person, applicant, contact) = people(connection, &case, export.unmasked, today)?;
        let department = departments.get(&case.routing.department);
        let source = Source {
            case: &case,
            item: &item,
            department: department.ok_or_else(|| Error::internal("a case without its department"))?,
            record: &record,
            is_person,
            applicant: &applicant,
            contact: contact.as_ref(),
            calendar: &calendar,
            today,
        };
        let known = exports::known(connection, centre, &export.receiver, id).map_err(StoreError::from)?;
        let rows = exchange::rows(&source, codes);
        let digest = |row: &Row| keyed(self.secret(), row);
        Ok(changes(case.number.as_str(), rows, &known, &export.tables(), digest))
    }

    /// Puts the pieces together and ends the batch.
    async fn finish_export(self: &Arc<Self>, centre: Centre, export: Export) -> Answer<()> {
        let (mut files, mut pieces) = (export.files.clone(), Vec::new());
        for file in &mut files {
            let (id, table) = (export.id, file.table);
            let parts = move |connection: &mut _| Ok::<_, StoreError>(exports::parts(connection, centre, id, table)?);
            let parts = self.store.read(parts).await?;
            let parts: Vec<FileKey> = parts.iter().map(|name| FileKey::of_export(centre, id, name)).collect();
            let key = FileKey::of_export(centre, id, &export.name(table));
            let (bytes, digest) = self.files.join(&key, export.format.header(table), &parts).await?;
            let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            file.stored = Some(Stored { bytes, sha256 });
            pieces.extend(parts);
        }
        let (id, now) = (export.id, self.now(centre));
        let finish = move |tx: &mut Tx<'_>| {
            let finished = exports::finish(tx.write(), centre, id, &files, now)?;
            if finished {
                note(tx, centre, "export_finished", &export, &export.ordered_by, now)?;
            }
            Ok::<_, StoreError>(())
        };
        self.store.write(Shard::of("exports"), finish).await?;
        for piece in pieces {
            self.files.forget(&piece).await?;
        }
        Ok(())
    }
}

/// Keyed, so that nobody finds a number by trying.
fn keyed(secret: &Secret, row: &Row) -> String {
    secret.digest("exchange", &[&row.content()]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Only this table says who somebody is.
fn names_people(change: &Change) -> bool {
    change.row.table == Table::UpProAccept && change.operation != Operation::Delete
}

/// Whether the applicant is a person; the applicant; and the contact, if there is one.
fn people(
    connection: &mut Connection,
    case: &Case,
    unmasked: bool,
    today: NaiveDate,
) -> Answer<(bool, exchange::Party, Option<exchange::Party>)> {
    let party = parties::find(connection, case.centre, case.applicant).map_err(StoreError::from)?;
    let party = party.ok_or_else(|| Error::internal("a case without its applicant"))?;
    let contacts = parties::contacts(connection, case.centre, case.id).map_err(StoreError::from)?;
    let contact = contacts.into_iter().find(|contact| contact.role == ContactRole::Contact);
    let shown = Shown { unmasked, today };
    let is_person = party.kind == PartyKind::Person;
    let applicant = exchange::Party {
        name: shown.name(&party.name, is_person),
        document_number: Some(shown.document(&party.document_number, Some(&party.document_kind))),
        document_kind: Some(party.document_kind),
        phone: party.phone.as_ref().map(|phone| shown.phone(phone)),
        address: party.address.as_ref().map(|address| shown.address(address)),
    };
    let contact = contact.map(|contact| {
        // What was shown is not kept of a contact.
        let shows = contact.document_number.as_ref().and_then(|it| Document::recognise(it.expose(), today));
        let kind = shows.map(|document| document.kind().to_string());
        exchange::Party {
            name: shown.name(&contact.name, true),
            document_number: contact.document_number.as_ref().map(|number| shown.document(number, kind.as_deref())),
            document_kind: kind,
            phone: Some(shown.phone(&contact.phone)),
            address: contact.address.as_ref().map(|address| shown.address(address)),
        }
    });
    Ok((is_person, applicant, contact))
}

/// How personal data goes out: as it is, where that was ordered, and masked otherwise.
#[derive(Clone, Copy)]
struct Shown {
    unmasked: bool,
    today: NaiveDate,
}

/// What stands for what cannot be masked in part.
const HIDDEN: &str = "***";

impl Shown {
    fn either(self, value: &Personal<String>, masked: impl FnOnce() -> Option<Masked>) -> String {
        match self.unmasked {
            true => value.expose().clone(),
            false => masked().map_or_else(|| HIDDEN.to_owned(), |masked| masked.to_string()),
        }
    }

    fn name(self, name: &Personal<String>, is_person: bool) -> String {
        let masked = || if is_person { Masked::person_name(name) } else { Masked::organisation_name(name) };
        self.either(name, || Some(masked()))
    }

    /// A number of no known kind is hidden.
    fn document(self, number: &Personal<String>, kind: Option<&str>) -> String {
        self.either(number, || {
            let kind: DocumentKind = kind?.parse().ok()?;
            let document = Document::parse(kind, number.expose(), self.today).ok()?;
            Some(Masked::document(&document))
        })
    }

    fn phone(self, phone: &Personal<String>) -> String {
        self.either(phone, || Phone::parse(phone.expose()).ok().map(|phone| Masked::phone(&phone)))
    }

    fn address(self, address: &Personal<String>) -> String {
        self.either(address, || Some(Masked::address(address)))
    }
}
