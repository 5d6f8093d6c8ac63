//! 演练中心: a centre for each integrator, so that none of them meets what another one does, with test systems to call it.

use std::sync::Arc;

use kernel::{Centre, EventId, Instant, Refusal, Role, StaffCode};
use persistence::{
    Connection, Shard, StoreError, Tx,
    clients::{self, Client},
    gateway_credentials, sandbox,
    usage::Quota,
};
use serde_json::{Map, Value};

use crate::{
    auth::{Caller, Scope},
    bootstrap::Reference,
    codes,
    desk::Desk,
    edge::Stamp,
    problem::{Answer, Error},
    reply::Reply,
    settings::Settings,
    views::{client::ClientView, sandbox::SandboxCentreView},
};

/// What the codes of centres begin with that are nowhere on the map: no division has 99.
const NOWHERE: u32 = 990_000;
const MOST: u32 = 999;

/// 测试系统: an adapter that hands in and reads, a front end that vouches for its applicants besides, and a hotline.
fn test_clients(settings: &Settings) -> Vec<(StaffCode, Role, &'static str, &'static [Scope])> {
    let code = |code: &str| code.parse().unwrap_or_else(|_| unreachable!("a code"));
    let mut all = vec![
        (code("sandbox-adapter"), Role::Adapter, "演练适配器", &Scope::ALL[..5]),
        (code("sandbox-front-end"), Role::Adapter, "演练前端", &Scope::ALL[..]),
    ];
    all.extend(settings.hotlines.first().map(|hotline| (hotline.code.clone(), Role::Hotline, "演练热线", &[][..])));
    all
}

/// Registers the test systems of a centre that is new.
pub fn register_clients(tx: &mut Tx<'_>, settings: &Settings, centre: Centre, now: Instant) -> Result<(), StoreError> {
    for (code, role, name, scopes) in test_clients(settings) {
        let scopes = Scope::joined(scopes.iter().copied());
        let client = Client {
            code,
            version: 1,
            role,
            name: name.to_owned(),
            scopes,
            active: true,
            keys: None,
            revoked_until: None,
            created_at: now,
            daily: Quota::default(),
        };
        if clients::insert(tx.write(), centre, &client)? {
            clients::add_secret(tx.write(), centre, &client.code, &EventId::fresh(now).to_string(), now)?;
        }
    }
    Ok(())
}

fn registered(connection: &mut Connection, settings: &Settings, centre: Centre) -> Result<Vec<ClientView>, StoreError> {
    let mut views = Vec::new();
    for (code, ..) in test_clients(settings) {
        if let Some(client) = clients::find(connection, centre, &code)? {
            let given = gateway_credentials::live(connection, centre, &code)?;
            views.push(ClientView::new(&client, clients::secrets(connection, centre, &code)?, given));
        }
    }
    Ok(views)
}

impl Desk {
    /// The test systems of a centre, each with its newest secret in plain: in a sandbox there is nothing to protect.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn test_clients(self: &Arc<Self>, centre: Centre) -> Answer<Vec<ClientView>> {
        let desk = Arc::clone(self);
        let read = move |connection: &mut Connection| registered(connection, &desk.settings, centre);
        let mut views = self.store.read(read).await?;
        for view in &mut views {
            let id = view.secrets.last().map(|secret| secret.id.clone());
            view.client_secret = id.and_then(|id| self.test_secret(centre, &view.client, &id));
        }
        Ok(views)
    }

    fn test_secret(&self, centre: Centre, client: &str, id: &str) -> Option<String> {
        Some(codes::client_secret(self.secret(), centre, &client.parse().ok()?, id))
    }

    /// Opens a centre of its own with the reference catalogue, windows and postings, and nothing in it.
    ///
    /// # Errors
    /// When there are too many, and those of the store.
    pub async fn open_centre(self: &Arc<Self>, caller: Caller, stamp: Option<Stamp>) -> Answer<Reply> {
        let now = self.clock.machine_now();
        let reference = Reference::read(now)?;
        let reply = self.once(caller, Shard::of("installation"), stamp, move |desk, tx, _| {
            let centre = next_centre(tx)?;
            if !sandbox::open(tx.write(), centre, 0).map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            reference.clone().of(centre).put(tx, now)?;
            register_clients(tx, &desk.settings, centre, now)?;
            let clients = registered(tx.read(), &desk.settings, centre)?;
            Reply::json(201, &SandboxCentreView { centre: centre.to_string(), now, clients })
        });
        reply.await?.amended(|view| self.add_secrets(view))
    }

    /// The secrets go into the answer, but not into what is remembered of it.
    fn add_secrets(&self, view: &mut Map<String, Value>) {
        let Some(centre) = view["centre"].as_str().and_then(|code| code.parse().ok()) else { return };
        for client in view.get_mut("clients").and_then(Value::as_array_mut).into_iter().flatten() {
            let secret = self.test_secret(
                centre,
                client["client"].as_str().unwrap_or_default(),
                client["secrets"][0]["id"].as_str().unwrap_or_default(),
            );
            client["client_secret"] = secret.into();
        }
    }
}

fn next_centre(tx: &mut Tx<'_>) -> Answer<Centre> {
    let clocks = sandbox::clocks(tx.read()).map_err(StoreError::from)?;
    let taken = clocks.iter().filter_map(|(centre, _)| centre.as_str().parse::<u32>().ok()?.checked_sub(NOWHERE));
    let next = taken.max().unwrap_or(0) + 1;
    if next > MOST {
        return Err(Refusal::new("too_many_centres", "演练中心已满，请新建演练服务").into());
    }
    (NOWHERE + next).to_string().parse().map_err(Error::internal)
}
