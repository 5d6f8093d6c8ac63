use std::path::Path;

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _, sql_query, sql_types::Text,
};
use persistence::Connection;
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
        PgConnection::establish(&admin).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
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

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { admin, name } = self
            && let Ok(mut connection) = PgConnection::establish(admin)
        {
            let _ = connection.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
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
