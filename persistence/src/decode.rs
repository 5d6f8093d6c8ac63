//! From what a row holds to what the domain means. A row that does not decode is damage, and is reported as such.

use std::{error::Error, fmt, str::FromStr};

use diesel::result::{Error as DieselError, QueryResult};
use serde::{Serialize, de::DeserializeOwned};

#[derive(Debug)]
struct Damaged {
    what: &'static str,
    why: String,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stored {} does not decode: {}", self.what, self.why)
    }
}

impl Error for Damaged {}

pub(crate) fn damaged(what: &'static str, why: impl fmt::Display) -> DieselError {
    DieselError::DeserializationError(Box::new(Damaged { what, why: why.to_string() }))
}

pub(crate) fn parse<T: FromStr>(what: &'static str, text: &str) -> QueryResult<T>
where
    T::Err: fmt::Display,
{
    text.parse().map_err(|why| damaged(what, why))
}

pub(crate) fn parse_some<T: FromStr>(what: &'static str, text: Option<&str>) -> QueryResult<Option<T>>
where
    T::Err: fmt::Display,
{
    text.map(|text| parse(what, text)).transpose()
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> QueryResult<T> {
    serde_json::from_str(text).map_err(|why| damaged(what, why))
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|why| DieselError::SerializationError(Box::new(why)))
}

pub(crate) fn unsigned<T, U: TryFrom<T>>(what: &'static str, value: T) -> QueryResult<U>
where
    U::Error: fmt::Display,
{
    U::try_from(value).map_err(|why| damaged(what, why))
}
