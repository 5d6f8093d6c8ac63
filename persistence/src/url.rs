//! Which database: read from one text, refused when it names none, shown without its password.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Where the data lives: `sqlite:PATH`, `sqlite:///ABSOLUTE`, `postgres://…` or `postgresql://…`.
///
/// Reading one opens nothing, so that a typo never creates a file. `Display` and `Debug` hide the password.
///
/// On PostgreSQL a host other than this machine is reached with `sslmode=verify-full` unless the address itself says
/// otherwise; every other libpq parameter may be given in the query part.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Sqlite(PathBuf),
    Postgres(String),
}

/// The two kinds of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Why a text names no database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("数据库地址应以 sqlite: 或 postgres:// 开头")]
    Scheme,
    #[error("SQLite 数据库地址应为 sqlite:路径 或 sqlite:///绝对路径，且路径应是一个文件")]
    SqlitePath,
    #[error("PostgreSQL 数据库地址应为 postgres://用户:密码@主机:端口/数据库，密码中的特殊字符须写成百分号编码")]
    PostgresAddress,
    #[error("数据库地址含有空白或控制字符")]
    Control,
}

impl DatabaseUrl {
    /// The SQLite database in this file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    pub fn backend(&self) -> Backend {
        match self.0 {
            Kind::Sqlite(_) => Backend::Sqlite,
            Kind::Postgres(_) => Backend::Postgres,
        }
    }

    /// The file of a SQLite database.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// What libpq is given: the address with limits on how long a dead peer is believed in.
    pub(crate) fn for_libpq(&self) -> Option<String> {
        const DEFAULTS: [(&str, &str); 4] = [
            ("connect_timeout", "5"),
            ("keepalives_idle", "30"),
            ("tcp_user_timeout", "15000"),
            ("fallback_application_name", "yichuang"),
        ];
        let Kind::Postgres(url) = &self.0 else { return None };
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let given = |name: &str| parameters(query).any(|(key, _)| key == name);
        let tls = (!given("sslmode") && !is_local(url)).then_some(("sslmode", "verify-full"));
        let mut full = url.trim_end_matches(['?', '&']).to_owned();
        for (name, value) in DEFAULTS.into_iter().filter(|(name, _)| !given(name)).chain(tls) {
            full.push(if full.contains('?') { '&' } else { '?' });
            full.push_str(name);
            full.push('=');
            full.push_str(value);
        }
        Some(full)
    }

    /// One line, without anything from this address that must stay secret.
    pub(crate) fn redact(&self, message: &str) -> String {
        let line = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        self.secrets().iter().filter(|secret| !secret.is_empty()).fold(line, |line, secret| line.replace(secret, "***"))
    }

    fn secrets(&self) -> Vec<String> {
        let Kind::Postgres(url) = &self.0 else { return Vec::new() };
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let password = userinfo(address).and_then(|user| user.split_once(':')).map(|(_, password)| password);
        let named = parameters(query).filter(|(key, _)| is_secret(key)).map(|(_, value)| value);
        password.into_iter().chain(named).flat_map(|secret| [secret.to_owned(), decoded(secret)]).collect()
    }
}

impl FromStr for DatabaseUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.chars().any(char::is_control) {
            return Err(BadUrl::Control);
        }
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite_path(path).map(Self::sqlite);
        }
        let address = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let address = address.ok_or(BadUrl::Scheme)?;
        if text.contains(char::is_whitespace) {
            return Err(BadUrl::Control);
        }
        if is_postgres_address(address) {
            Ok(Self(Kind::Postgres(text.to_owned())))
        } else {
            Err(BadUrl::PostgresAddress)
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Kind::Postgres(url) => {
                let address = url.split_once('?').map_or(url.as_str(), |(address, _)| address);
                let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
                match userinfo(address) {
                    Some(user) => {
                        let host = &rest[user.len() + 1..];
                        match user.split_once(':') {
                            Some((name, _)) => write!(f, "{scheme}://{name}:***@{host}"),
                            None => write!(f, "{scheme}://{user}@{host}"),
                        }
                    }
                    None => f.write_str(address),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn sqlite_path(text: &str) -> Result<&str, BadUrl> {
    let path = match text.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return Err(BadUrl::SqlitePath),
        None => text,
    };
    // `file:`, `:memory:` and `?` mean something else to SQLite than a file's name.
    let special = path.starts_with("file:") || path.starts_with(':') || path.contains('?');
    if path.trim().is_empty() || special || path.ends_with(['/', '.']) { Err(BadUrl::SqlitePath) } else { Ok(path) }
}

/// Stricter than libpq, which would quote part of a password that is not percent-encoded in its own message.
fn is_postgres_address(address: &str) -> bool {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let (user, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let well_encoded = address.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let named = !hosts.is_empty() || parameters(query).any(|(key, _)| key == "host" || key == "service");
    let one_password = user.matches(':').count() <= 1;
    let plain = !address.contains('#') && !hosts.contains('@') && !database.contains(['@', '/']);
    named && well_encoded && one_password && plain && hosts.split(',').all(has_good_port)
}

fn has_good_port(host: &str) -> bool {
    let after_literal = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    after_literal.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_local(url: &str) -> bool {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let named = parameters(query).filter(|(key, _)| *key == "host" || *key == "hostaddr").map(|(_, value)| value);
    hosts.split(',').chain(named.flat_map(|value| value.split(','))).all(|host| {
        let bare = if host.starts_with('[') {
            host.split_inclusive(']').next().unwrap_or_default()
        } else {
            host.split(':').next().unwrap_or_default()
        };
        let socket = bare.starts_with('/') || bare.to_ascii_lowercase().starts_with("%2f");
        socket || matches!(bare, "" | "localhost" | "127.0.0.1" | "[::1]")
    })
}

fn userinfo(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next()?.split_once('@').map(|(user, _)| user)
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

fn is_secret(parameter: &str) -> bool {
    matches!(parameter, "password" | "sslpassword" | "oauth_client_secret" | "scram_client_key" | "scram_server_key")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| text_of(after.get(..2))).flatten();
        bytes.push(escape.unwrap_or(first));
        rest = if escape.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text_of(digits: Option<&[u8]>) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<DatabaseUrl, BadUrl> {
        text.parse()
    }

    #[test]
    fn names_of_both_kinds_are_read() {
        assert_eq!(read("sqlite:data/yichuang.db"), Ok(DatabaseUrl::sqlite("data/yichuang.db")));
        assert_eq!(read("sqlite:///srv/yichuang.db"), Ok(DatabaseUrl::sqlite("/srv/yichuang.db")));
        assert_eq!(read("sqlite:/srv/yichuang.db"), Ok(DatabaseUrl::sqlite("/srv/yichuang.db")));
        for text in [
            "postgres://u:p@db.example:5432/yichuang",
            "postgresql://u@a:5432,b:5433/yichuang?target_session_attrs=read-write",
            "postgres://u@[::1]:5432/yichuang",
            "postgres:///yichuang?host=/run/postgresql&user=u",
        ] {
            assert_eq!(read(text).unwrap().backend(), Backend::Postgres, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        use BadUrl::{Control, PostgresAddress, Scheme, SqlitePath};
        for (text, why) in [
            ("", Scheme),
            ("data/yichuang.db", Scheme),
            ("postgre://u@h/d", Scheme),
            ("Postgres://u@h/d", Scheme),
            ("mysql://u@h/d", Scheme),
            ("sqlite", Scheme),
            ("sqlite:", SqlitePath),
            ("sqlite: ", SqlitePath),
            ("sqlite::memory:", SqlitePath),
            ("sqlite:file:x?mode=memory", SqlitePath),
            ("sqlite:x.db?mode=ro", SqlitePath),
            ("sqlite://data/x.db", SqlitePath),
            ("sqlite:data/", SqlitePath),
            ("sqlite:data/..", SqlitePath),
            ("sqlite:a\0b", Control),
            ("postgres://u@h/d d", Control),
            ("postgres://", PostgresAddress),
            ("postgres://u:p@ss@h/d", PostgresAddress),
            ("postgres://u:p/ss@h/d", PostgresAddress),
            ("postgres://u:12/ss@h/d", PostgresAddress),
            ("postgres://u:p#s@h/d", PostgresAddress),
            ("postgres://u:p%zz@h/d", PostgresAddress),
            ("postgres://u:a:b@h/d", PostgresAddress),
            ("postgres://h:port/d", PostgresAddress),
            ("postgres://h:99999/d", PostgresAddress),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_password_is_never_shown() {
        let url = read("postgres://clerk:s%33cret@h:5432/d?sslpassword=other&application_name=x").unwrap();
        assert_eq!(url.to_string(), "postgres://clerk:***@h:5432/d");
        assert_eq!(format!("{url:?}"), "postgres://clerk:***@h:5432/d");
        assert_eq!(url.redact("no s3cret,\n\tno s%33cret, no other\n"), "no ***, no ***, no ***");
    }

    #[test]
    fn a_host_elsewhere_must_prove_who_it_is() {
        let sent = |text: &str| read(text).unwrap().for_libpq().unwrap();
        for text in
            ["postgres://u:p@db.example/d", "postgres://u@localhost,10.0.0.1/d", "postgres:///d?host=db.example"]
        {
            assert!(sent(text).contains("sslmode=verify-full"), "{text}");
        }
        for text in [
            "postgres://u@localhost:5432/d",
            "postgres://u@[::1]:5432/d",
            "postgres:///d?host=/run/postgresql",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u@db.example/d?sslmode=disable",
        ] {
            assert!(!sent(text).contains("verify-full"), "{text}");
        }
        assert!(sent("postgres://u@localhost/d?").starts_with("postgres://u@localhost/d?connect_timeout=5&"));
        let own = sent("postgres://u@localhost/d?connect_timeout=1");
        assert!(own.starts_with("postgres://u@localhost/d?connect_timeout=1&keepalives_idle=30&"), "{own}");
        assert_eq!(own.matches("connect_timeout").count(), 1);
    }
}
