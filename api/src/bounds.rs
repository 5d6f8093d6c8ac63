//! Bounds of numbers and lists as the contract states them, for `#[serde(deserialize_with)]`: what is out of bounds is a
//! fault of the field (422) before any rule is asked.

use kernel::WorkingDays;
use serde::{Deserialize, Deserializer, de::Error};

/// 1 to `MOST` working days.
pub(crate) fn days<'de, D: Deserializer<'de>, const MOST: u16>(from: D) -> Result<WorkingDays, D::Error> {
    bounded::<_, MOST>(u16::deserialize(from)?)
}

/// The same for a field that need not be there; it needs `#[serde(default)]`.
pub(crate) fn some_days<'de, D: Deserializer<'de>, const MOST: u16>(from: D) -> Result<Option<WorkingDays>, D::Error> {
    Option::<u16>::deserialize(from)?.map(bounded::<_, MOST>).transpose()
}

fn bounded<E: Error, const MOST: u16>(days: u16) -> Result<WorkingDays, E> {
    match days {
        1.. if days <= MOST => Ok(WorkingDays(days)),
        _ => Err(E::custom(format!("应为1至{MOST}个工作日"))),
    }
}

/// A number from `LEAST` to `MOST`.
pub(crate) fn within<'de, D, T, const LEAST: u64, const MOST: u64>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    between::<_, _, LEAST, MOST>(u64::deserialize(from)?)
}

/// The same for a field that need not be there; it needs `#[serde(default)]`.
pub(crate) fn some_within<'de, D, T, const LEAST: u64, const MOST: u64>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    Option::<u64>::deserialize(from)?.map(between::<_, _, LEAST, MOST>).transpose()
}

fn between<T: TryFrom<u64>, E: Error, const LEAST: u64, const MOST: u64>(number: u64) -> Result<T, E> {
    let inside = Some(number).filter(|number| (LEAST..=MOST).contains(number));
    let fitting = inside.and_then(|number| T::try_from(number).ok());
    fitting.ok_or_else(|| E::custom(format!("应在{LEAST}至{MOST}之间")))
}

/// A list of `FEWEST` to `MOST` entries.
pub(crate) fn few<'de, D, T, C, const FEWEST: usize, const MOST: usize>(from: D) -> Result<C, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    C: FromIterator<T>,
{
    let list = Vec::<T>::deserialize(from)?;
    if (FEWEST..=MOST).contains(&list.len()) {
        return Ok(list.into_iter().collect());
    }
    Err(D::Error::custom(format!("应有{FEWEST}至{MOST}项")))
}

/// The same for a field that need not be there; it needs `#[serde(default)]`.
pub(crate) fn some_few<'de, D, T, const FEWEST: usize, const MOST: usize>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    few::<D, T, _, FEWEST, MOST>(from).map(Some)
}
