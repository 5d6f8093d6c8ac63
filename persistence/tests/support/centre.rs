//! A centre with the reference catalogue, an applicant, and cases: some only as rows, some real.

use casework::{Case, CaseNumber, Channel, Event, Receipt, Recorded, receive};
use catalog::{Catalog, DeliveryMethod, Department, ItemVersion, WENLING};
use diesel::{Connection as _, connection::SimpleConnection as _};
use kernel::{
    Actor, Calendar, CaseId, Centre, Context, DepartmentCode, Instant, PartyId, Personal, Practice, access::Who,
    id::PackageApplicationId, identity::Assurance,
};
use persistence::{
    Connection, Shard, Store, hall, items,
    parties::{self, Party, PartyKind},
};

use super::{Database, Failure};

pub const CENTRE: Centre = Centre::WENLING;

/// A Monday morning.
pub fn morning() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

pub fn applicant() -> PartyId {
    "01900000-0000-7000-8000-00000000000a".parse().unwrap()
}

pub fn case_id(n: u64) -> CaseId {
    format!("01900000-0000-7000-8000-{n:012}").parse().unwrap()
}

pub fn package_id(n: u64) -> PackageApplicationId {
    format!("01900000-0000-7000-8000-{n:012}").parse().unwrap()
}

/// The reference catalogue in a store, and one applicant.
pub struct Hall {
    pub store: Store,
    pub database: Database,
    pub catalog: Catalog,
}

impl Hall {
    pub async fn open(database: Database) -> Self {
        let store = database.store().await;
        let catalog = catalog::read(WENLING, morning().day()).unwrap_or_else(|report| panic!("{report}"));
        let copy = catalog.clone();
        let install = move |c: &mut Connection| {
            copy.zones.iter().try_for_each(|zone| hall::put_zone(c, CENTRE, zone))?;
            copy.departments.iter().try_for_each(|department| hall::put_department(c, CENTRE, department))?;
            (1..).zip(&copy.sectors).try_for_each(|(at, sector)| hall::put_sector(c, CENTRE, at, sector))?;
            copy.windows.iter().try_for_each(|window| hall::put_window(c, CENTRE, window))?;
            copy.items.iter().try_for_each(|item| items::insert(c, CENTRE, item))?;
            let known = Party {
                id: applicant(),
                kind: PartyKind::Person,
                document_kind: "id_card".to_owned(),
                document_digest: "digest".to_owned(),
                name: Personal::new("测试甲".to_owned()),
                document_number: Personal::new("number".to_owned()),
                phone: None,
                address: None,
            };
            parties::register(c, CENTRE, &known, morning())
        };
        let hall = Self { store, database, catalog };
        hall.write(install).await;
        hall
    }

    /// Another applicant, and departments besides those of the catalogue.
    pub async fn knows(&self, id: PartyId, departments: &[DepartmentCode]) {
        let known = Party {
            id,
            kind: PartyKind::Person,
            document_kind: "id_card".to_owned(),
            document_digest: "another digest".to_owned(),
            name: Personal::new("测试丙".to_owned()),
            document_number: Personal::new("number".to_owned()),
            phone: None,
            address: None,
        };
        let other = &self.catalog.departments[0];
        let departments: Vec<_> =
            departments.iter().map(|code| Department { code: code.clone(), ..other.clone() }).collect();
        self.write(move |c| {
            departments.iter().try_for_each(|it| hall::put_department(c, CENTRE, it))?;
            parties::register(c, CENTRE, &known, morning())
        })
        .await;
    }

    /// Writes through the store, and it must succeed.
    pub async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Connection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> T {
        let work = move |tx: &mut persistence::Tx<'_>| tx.write().transaction(|c| work(c)).map_err(Failure::from);
        self.store.write(Shard::of("hall"), work).await.unwrap()
    }

    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> T {
        self.store.read(move |c| work(c).map_err(Failure::from)).await.unwrap()
    }

    /// Departments of the catalogue, in the order of their codes.
    pub fn department(&self, n: usize) -> DepartmentCode {
        let mut codes: Vec<_> = self.catalog.departments.iter().map(|department| department.code.clone()).collect();
        codes.sort();
        codes.swap_remove(n)
    }

    pub fn item(&self) -> &ItemVersion {
        &self.catalog.items[0]
    }

    /// Cases only as rows, of one department in one stage, with no more than lists look at.
    pub async fn rows(&self, department: &DepartmentCode, stage: &str, cases: impl IntoIterator<Item = u64>) {
        let (item, centre, party) = (self.item(), CENTRE, applicant());
        let (code, version, window) = (&item.item, item.version, &item.window);
        let moved_on = !matches!(stage, "under_check" | "awaiting_correction");
        let ended = matches!(stage, "closed" | "withdrawn");
        let accepted = if moved_on { "'2026-03-02'" } else { "NULL" };
        let ended = if ended { "'2026-03-03 01:00:00'" } else { "NULL" };
        let insert: String = cases
            .into_iter()
            .map(|n| {
                let id = case_id(n);
                format!(
                    "INSERT INTO cases (centre, id, number, version, stage, item, item_version, channel, applicant, \
                     window_code, department, received_at, accepted_on, decided_on, ended_at, head, body) VALUES \
                     ('{centre}', '{id}', '{n}', 1, '{stage}', '{code}', {version}, 'counter', '{party}', '{window}', \
                     '{department}', '2026-03-02 01:00:00', {accepted}, {accepted}, {ended}, 'head', '{{}}');"
                )
            })
            .collect();
        self.write(move |c| c.batch_execute(&insert)).await;
    }

    /// A case as the domain makes it, and the event that did.
    pub fn received(&self, n: u64, package: Option<PackageApplicationId>) -> (Case, Recorded) {
        let actor = Actor { centre: CENTRE, who: Who::Applicant { party: applicant() } };
        let (calendar, practice) = (Calendar::first_edition(), Practice::default());
        let ctx = Context { now: morning(), actor: &actor, calendar: &calendar, practice: &practice };
        let item = self.item();
        let delivery = [DeliveryMethod::PickUp, DeliveryMethod::Courier, DeliveryMethod::Electronic];
        let receipt = Receipt {
            id: case_id(n),
            centre: CENTRE,
            number: CaseNumber::new(CENTRE, morning().day(), n),
            item,
            channel: Channel::Web,
            applicant: applicant(),
            assurance: Assurance::RealName,
            external_number: None,
            delivery: delivery.into_iter().find(|method| item.delivers_by(*method)).unwrap(),
            package,
            waits: false,
            vouched_by: None,
        };
        let event = receive(receipt, &ctx).unwrap();
        let recorded = Recorded { version: 1, at: morning(), by: actor.signature(), event };
        (Case::fold(std::slice::from_ref(&recorded)).unwrap(), recorded)
    }
}

/// The case after one more event.
pub fn after(case: &Case, event: Event) -> (Case, Recorded) {
    let by = Actor { centre: CENTRE, who: Who::Applicant { party: applicant() } }.signature();
    let recorded = Recorded { version: case.version + 1, at: morning(), by, event };
    let mut case = case.clone();
    case.apply(&recorded);
    (case, recorded)
}
