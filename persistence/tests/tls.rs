//! TLS to PostgreSQL, with the libpq and the OpenSSL that are built into the program.
#![allow(clippy::unwrap_used)]

mod support;

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Bool};
use persistence::{DatabaseUrl, Store, StoreError, StoreOptions};
use support::Database;

#[derive(QueryableByName)]
struct Encrypted {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

fn with(database: &Database, options: &str) -> DatabaseUrl {
    let url = database.address().unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{options}").parse().unwrap()
}

async fn is_encrypted(url: DatabaseUrl) -> bool {
    let store = Store::open(StoreOptions::new(url)).unwrap();
    let encrypted = store
        .read(|connection| {
            let ask = sql_query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
            Ok::<_, StoreError>(ask.get_result::<Encrypted>(connection)?.ssl)
        })
        .await
        .unwrap();
    store.shutdown().await;
    encrypted
}

#[tokio::test]
async fn the_connection_is_encrypted_where_it_must_be() {
    let Some(database) = Database::postgres() else { return };
    assert!(is_encrypted(with(&database, "sslmode=require")).await);
    assert!(!is_encrypted(with(&database, "sslmode=disable")).await, "or the question would prove nothing");
}

/// The server's certificate is checked: the right root is good, no root is not.
#[tokio::test]
async fn a_server_that_cannot_prove_itself_is_refused() {
    let Some(database) = Database::postgres() else { return };
    let refused = Store::open(StoreOptions::new(with(&database, "sslmode=verify-full&sslrootcert=/nonexistent")));
    assert!(refused.is_err());
    if let Ok(root) = std::env::var("YICHUANG_TEST_POSTGRES_CERT") {
        assert!(is_encrypted(with(&database, &format!("sslmode=verify-full&sslrootcert={root}"))).await);
    }
}
