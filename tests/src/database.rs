use std::{fs, path::Path};

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _, sql_query, sql_types::Text,
};
use persistence::{Connection, migrate};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const ADMIN: &str = "YICHUANG_TEST_POSTGRES";
const SQLITE_ONLY: &str = "YICHUANG_TEST_SQLITE_ONLY";

/// The two databases that every test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// Whether a developer chose to go without this one.
    pub fn is_left_out(self) -> bool {
        let chosen = std::env::var(SQLITE_ONLY).is_ok_and(|value| value == "1");
        self == Self::Postgres && chosen && std::env::var(ADMIN).is_err()
    }
}

/// A database of one test's own, gone when this is dropped.
#[derive(Debug)]
pub(crate) enum Place {
    /// In the data folder, as by default.
    Folder,
    Server {
        admin: String,
        name: String,
    },
}

impl Place {
    pub(crate) fn new(database: Database) -> Self {
        if database == Database::Sqlite {
            return Self::Folder;
        }
        let admin = std::env::var(ADMIN).unwrap_or_else(|_| {
            panic!(
                "{ADMIN} is not set: it must hold the address of a throw-away PostgreSQL, as `scripts/postgres start` \
                 prints it. Set {SQLITE_ONLY}=1 to go without."
            )
        });
        let name = format!("yichuang_{}", Uuid::now_v7().simple());
        let mut server = PgConnection::establish(&admin).unwrap();
        let template = template(&mut server, &admin);
        server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
        Self::Server { admin, name }
    }

    /// As in the settings.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Folder => String::new(),
            Self::Server { admin, name } => at(admin, name),
        }
    }

    /// A connection that the server knows nothing of.
    pub(crate) fn outside(&self, data: &Path) -> Connection {
        match self {
            Self::Folder => {
                let path = data.join("yichuang.sqlite3");
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Connection::Sqlite(connection)
            }
            Self::Server { .. } => Connection::Postgres(PgConnection::establish(&self.url()).unwrap()),
        }
    }
}

/// A database that has no more than the schema and that nobody serves, gone when this is dropped.
#[derive(Debug)]
pub struct Unserved(Place);

impl Unserved {
    pub fn new(database: Database) -> Self {
        Self(Place::new(database))
    }

    /// As in `YICHUANG_DATABASE_URL`; empty for SQLite in the data folder.
    pub fn url(&self) -> String {
        self.0.url()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { admin, name } = self
            && let Ok(mut connection) = PgConnection::establish(admin)
        {
            let _ = connection.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// The name of a database that has the schema and nothing else, made by the first test that needs it: a copy of it is
/// there sooner than an empty database is migrated.
fn template(server: &mut PgConnection, admin: &str) -> String {
    let name = format!("yichuang_template_{}", schema_digest());
    // Held until the connection closes; a template that somebody is connected to cannot be copied.
    sql_query("SELECT pg_advisory_lock(hashtext('yichuang_template'))").execute(server).unwrap();
    let made = format!("SELECT datname::text AS line FROM pg_database WHERE datistemplate AND datname = '{name}'");
    if sql_query(made).load::<Line>(server).unwrap().is_empty() {
        server.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
        server.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        migrate::up(&at(admin, &name).parse().unwrap()).unwrap();
        server.batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true")).unwrap();
    }
    sql_query("SELECT pg_advisory_unlock_all()").execute(server).unwrap();
    name
}

/// Of the migrations as they stand in the tree, so that a template of older ones is not taken for the newest.
fn schema_digest() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
    let mut steps: Vec<_> = fs::read_dir(folder).unwrap().map(|step| step.unwrap().path().join("up.sql")).collect();
    steps.sort();
    let mut digest = Sha256::new();
    steps.iter().for_each(|step| digest.update(fs::read(step).unwrap()));
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The same server, another database.
fn at(admin: &str, name: &str) -> String {
    let end = admin.find('?').unwrap_or(admin.len());
    let start = admin[..end].rfind('/').unwrap() + 1;
    format!("{}{name}{}", &admin[..start], &admin[end..])
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The rows of a query that gives one text column and calls it `line`.
pub fn texts(connection: &mut Connection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = sql_query(query).load(connection).unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.line).collect()
}
