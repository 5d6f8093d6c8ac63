//! 每日额度: all processes together never take more than there is (clause G1).
#![allow(clippy::unwrap_used)]

mod support;

use kernel::{Centre, Instant, Role, StaffCode};
use persistence::{
    Backend, Shard, Store, StoreError, Tx,
    clients::{self, Client},
    usage::{self, Counted, Quota, Taken},
};
use support::Database;

const CENTRE: Centre = Centre::WENLING;
const QUOTA: u32 = 1000;

fn day() -> chrono::NaiveDate {
    "2026-12-01".parse().unwrap()
}

async fn take(store: &Store, counted: Counted, block: bool) -> Taken {
    let client: StaffCode = "busy".parse().unwrap();
    for _ in 0..100 {
        let client = client.clone();
        let taking = move |tx: &mut Tx<'_>| {
            let taken = usage::take(tx.write(), (CENTRE, &client), counted, day(), QUOTA, block)?;
            taken.ok_or_else(|| tx.contended())
        };
        match store.write(Shard::of("usage"), taking).await {
            Err(StoreError::Contended) => {}
            taken => return taken.unwrap(),
        }
    }
    panic!("contended a hundred times over")
}

async fn with_client(database: &Database) -> Store {
    let store = database.store().await;
    let client = Client {
        code: "busy".parse().unwrap(),
        version: 1,
        role: Role::Adapter,
        name: "前端".to_owned(),
        scopes: String::new(),
        active: true,
        keys: None,
        revoked_until: None,
        created_at: Instant::parse("2026-12-01T01:00:00Z").unwrap(),
        daily: Quota { calls: Some(QUOTA), applications: None },
    };
    let insert = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(clients::insert(tx.write(), CENTRE, &client)?);
    assert!(store.write(Shard::of("clients"), insert).await.unwrap());
    store
}

on_both! {
    async fn blocks_of_all_processes_are_the_quota_and_no_more(database: Database) {
        let store = with_client(&database).await;
        let second = (database.url.backend() == Backend::Postgres).then(|| Store::open(database.options()).unwrap());
        let another = second.clone().unwrap_or_else(|| store.clone());
        let taker = |store: Store| {
            tokio::spawn(async move {
                let mut blocks = Vec::new();
                loop {
                    match take(&store, Counted::Calls, true).await {
                        Taken { taken: 0, .. } => return blocks,
                        Taken { taken, .. } => blocks.push(taken),
                    }
                }
            })
        };
        let (one, other) = (taker(store.clone()), taker(another));
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert_eq!(one.iter().chain(&other).sum::<u32>(), QUOTA);
        assert!(one.len() + other.len() < 150, "few calls cost a write: {one:?} {other:?}");
        let mut all: Vec<u32> = one.into_iter().chain(other).collect();
        all.sort_unstable();
        assert_eq!(all[..8], [1; 8], "the last ones are counted one by one");
        assert_eq!(take(&store, Counted::Calls, true).await, Taken { taken: 0, used: QUOTA });
        assert_eq!(take(&store, Counted::Applications, false).await, Taken { taken: 1, used: 1 }, "counted apart");
        let forget = |before: &str| {
            let before = before.parse().unwrap();
            store.write(Shard::of("usage"), move |tx| Ok::<_, StoreError>(usage::forget(tx.write(), CENTRE, before)?))
        };
        assert_eq!((forget("2026-12-01").await.unwrap(), forget("2026-12-02").await.unwrap()), (0, 2));
        if let Some(second) = second {
            second.shutdown().await;
        }
        store.shutdown().await;
    }
}
