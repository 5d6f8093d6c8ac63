//! What a server puts into a store that is new, and takes from it before it listens.

mod import;

use std::{sync::Arc, time::Duration};

use catalog::{Catalog, Package};
use kernel::{Calendar, Centre, EventId, ExternalNo, Instant, Role, StaffCode, access::Signature};
use persistence::{
    Shard, Store, StoreError, Tx, chain::Digest, clients, days, gateway_credentials, hall, packages, vouchers,
};

pub use import::{Ended, Imported, NotImported, Outcome, Revision, Row, import};

use crate::{
    auth::{Credentials, PostingSource, Postings, Standing, Standings, Used, Vouched, Vouchers},
    problem::Error,
    sandbox,
    settings::Settings,
};

/// By whom the reference data is put in.
pub fn installer() -> Signature {
    Signature { role: Role::SystemAdmin, code: "installation".to_owned(), through: None }
}

/// Loads the reference catalogue with its packages and the first edition of the calendar where there are none yet. Two
/// processes that start at once do it once.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn prepare(store: &Store, settings: &Settings) -> Result<(), Error> {
    let centre = settings.centre;
    let now = Instant::new(chrono::Utc::now());
    let is_new = move |connection: &mut _| Ok::<_, StoreError>(days::load(connection, centre)?.is_none());
    if !store.read(is_new).await? {
        return Ok(());
    }
    let (reference, settings) = (Reference::read(now)?, settings.clone());
    store
        .write(Shard::of("installation"), move |tx| {
            if days::load(tx.read(), centre).map_err(StoreError::from)?.is_some() {
                return Ok(());
            }
            if reference.catalog.centre == centre {
                reference.put(tx, now)?;
            } else {
                days::replace(tx.write(), centre, &Calendar::first_edition()).map_err(StoreError::from)?;
            }
            if settings.sandbox {
                sandbox::register_clients(tx, &settings, centre, now)?;
            }
            Ok::<_, Error>(())
        })
        .await
}

/// 参考数据: the catalogue of 温岭 with its packages, and the first edition of the calendar.
#[derive(Clone, Debug)]
pub struct Reference {
    catalog: Catalog,
    packages: Vec<Package>,
}

impl Reference {
    /// # Errors
    /// When it is not sound, which is a defect.
    pub fn read(now: Instant) -> Result<Self, Error> {
        let unsound = |report: catalog::Report| Error::internal(report.to_string());
        let catalog = catalog::read(catalog::WENLING, now.day()).map_err(unsound)?;
        let packages = catalog::read_packages(catalog::WENLING_PACKAGES, &catalog, now.day()).map_err(unsound)?;
        Ok(Self { catalog, packages })
    }

    /// The same, for another centre.
    #[must_use]
    pub fn of(mut self, centre: Centre) -> Self {
        self.catalog.centre = centre;
        self
    }

    /// Puts all of it in, where nothing is yet.
    ///
    /// # Errors
    /// Those of the store.
    pub fn put(&self, tx: &mut Tx<'_>, now: Instant) -> Result<(), StoreError> {
        let centre = self.catalog.centre;
        days::replace(tx.write(), centre, &Calendar::first_edition())?;
        // Where nothing is yet, nothing is in the way.
        import::put(tx, &self.catalog, now)?;
        for package in &self.packages {
            packages::put(tx.write(), centre, package)?;
        }
        Ok(())
    }
}

/// 派驻来源: the register in the store.
#[derive(Debug)]
pub struct Register(Store);

impl Register {
    pub fn of(store: &Store) -> Arc<dyn PostingSource> {
        Arc::new(Self(store.clone()))
    }
}

impl PostingSource for Register {
    fn postings<'a>(&'a self, centre: Centre, staff: &'a StaffCode, role: Role) -> Postings<'a> {
        let staff = staff.clone();
        let today = Instant::new(chrono::Utc::now()).day();
        Box::pin(async move {
            let found = self
                .0
                .read(move |connection| Ok::<_, StoreError>(hall::in_force(connection, centre, &staff, role, today)?));
            Ok(found.await?)
        })
    }

    fn standing<'a>(&'a self, centre: Centre, client: &'a StaffCode) -> Standings<'a> {
        let client = client.clone();
        Box::pin(async move {
            let found = self.0.read(move |connection| {
                let Some(found) = clients::find(connection, centre, &client)? else { return Ok(None) };
                Ok::<_, StoreError>(Some((clients::secrets(connection, centre, &client)?, found)))
            });
            Ok(found.await?.map(|(secrets, client)| Standing {
                role: client.role,
                active: client.active,
                secrets: secrets.into_iter().map(|secret| secret.id).collect(),
                scopes: client.scopes,
                revoked_until: client.revoked_until.map(|until| until.unix().0),
            }))
        })
    }

    fn use_up<'a>(
        &'a self,
        centre: Centre,
        client: &'a StaffCode,
        what: &'a str,
        until: Instant,
        together: Duration,
    ) -> Used<'a> {
        let (client, digest) = (client.clone(), Digest::of(what.as_bytes()).to_string());
        Box::pin(async move {
            let used = self.0.write(Shard::of(&client.clone()), move |tx: &mut Tx<'_>| {
                if clients::use_up(tx.write(), centre, &client, &digest, until)? {
                    return Ok(true);
                }
                // Whoever keeps it does so for as long, so that what is between the two is between the uses.
                let first = clients::used_until(tx.read(), centre, &client, &digest)?;
                let apart = first.map(|first| (until.utc() - first.utc()).abs());
                let is_beside = |apart: chrono::Duration| apart.to_std().is_ok_and(|apart| apart <= together);
                Ok::<_, StoreError>(!together.is_zero() && apart.is_some_and(is_beside))
            });
            Ok(used.await?)
        })
    }

    fn vouched(&self, centre: Centre, voucher: EventId) -> Vouchers<'_> {
        Box::pin(async move {
            let found =
                self.0.read(move |connection| Ok::<_, StoreError>(vouchers::find(connection, centre, voucher)?));
            let standing = found.await?.filter(|voucher| voucher.ended_at.is_none());
            Ok(standing.map(|voucher| Vouched {
                party: voucher.party,
                through: voucher.through(),
                mandate: voucher.agent.map(|it| it.mandate).unwrap_or_default(),
            }))
        })
    }

    fn credential<'a>(&'a self, centre: Centre, access_key: &'a ExternalNo) -> Credentials<'a> {
        let key = access_key.clone();
        Box::pin(async move {
            let found = self.0.read(move |connection| {
                Ok::<_, StoreError>(gateway_credentials::live_by_key(connection, centre, &key)?)
            });
            Ok(found.await?)
        })
    }
}
