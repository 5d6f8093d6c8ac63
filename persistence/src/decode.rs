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
    // Not its own words: they can quote what is stored, and this goes into the log.
    let place = |why: serde_json::Error| format!("{:?}, line {}, column {}", why.classify(), why.line(), why.column());
    serde_json::from_str(text).map_err(|why| damaged(what, place(why)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn damage_is_told_by_its_place_and_not_by_what_is_stored() {
        for stored in ["{\"channel\":\"瞿试壹\"}", "[\"33108119500101001X\"]", "\"13910000001\"", "{\"13910000001\":1}"]
        {
            let told = from_json::<u8>("case", stored).unwrap_err().to_string();
            assert_eq!(told.split(" does not decode: ").next(), Some("stored case"), "{told}");
            assert!(told.contains("line 1, column"), "{told}");
            assert!(["瞿试壹", "331081", "1391000"].iter().all(|secret| !told.contains(secret)), "{told}");
        }
    }
}
