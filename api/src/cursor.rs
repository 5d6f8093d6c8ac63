//! 分页游标: opaque, and good only for the list and the filters it came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    auth::Secret,
    problem::{Answer, Error, Kind},
};

const TAG: usize = 16;

/// Seals the place where a list goes on. `list` is whatever must be the same for the cursor to be good: operation,
/// caller and filters.
pub fn seal(secret: &Secret, list: &str, place: &impl Serialize) -> Answer<String> {
    let place = serde_json::to_vec(place).map_err(Error::internal)?;
    let tag = secret.digest("cursor", &[list.as_bytes(), &place]);
    let bytes: Vec<u8> = tag[..TAG].iter().chain(&place).copied().collect();
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The place in a cursor.
///
/// # Errors
/// `invalid_cursor` for what was not sealed for this list.
pub fn open<T: DeserializeOwned>(secret: &Secret, list: &str, cursor: &str) -> Answer<T> {
    let invalid = || Error::of(Kind::InvalidCursor, "请使用上一页返回的 next_cursor，且不要改变筛选条件。");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let (tag, place) = bytes.split_at_checked(TAG).ok_or_else(invalid)?;
    let expected = secret.digest("cursor", &[list.as_bytes(), place]);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected[..TAG], tag)) {
        return Err(invalid());
    }
    serde_json::from_slice(place).map_err(|_| invalid())
}
