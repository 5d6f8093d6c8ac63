//! 断点续传: which bytes of a file are wanted (RFC 9110 §14).

use std::ops::Range;

use actix_web::http::header::{HeaderMap, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};

use crate::problem::{Answer, Error};

/// What of a file that has this strong tag is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// The caller has it already.
    Nothing,
}

/// What the headers of a GET ask for. A range that cannot be read, several of them, or one of another representation is
/// as good as none.
///
/// # Errors
/// `range_not_satisfiable` where the range lies behind the end.
pub fn wanted(headers: &HeaderMap, tag: &str, bytes: u64) -> Answer<Wanted> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if text(IF_NONE_MATCH).is_some_and(|tags| tags == "*" || tags.split(',').any(|one| one.trim() == tag)) {
        return Ok(Wanted::Nothing);
    }
    if text(IF_RANGE).is_some_and(|of| of != tag) {
        return Ok(Wanted::Whole);
    }
    let Some((first, last)) = text(RANGE).and_then(spelled) else { return Ok(Wanted::Whole) };
    let range = match (first, last) {
        (Some(first), Some(last)) => first..last.saturating_add(1).min(bytes),
        (Some(first), None) => first..bytes,
        (None, Some(suffix)) => bytes.saturating_sub(suffix)..bytes,
        (None, None) => return Ok(Wanted::Whole),
    };
    if range.is_empty() { Err(Error::RangeNotSatisfiable { bytes }) } else { Ok(Wanted::Part(range)) }
}

/// `bytes=first-last`, either of which may be left out.
fn spelled(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    let (first, last) = (number(first)?, number(last)?);
    let in_order = first.zip(last).is_none_or(|(first, last)| first <= last);
    in_order.then_some((first, last))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn asked(pairs: &[(HeaderName, &'static str)]) -> Answer<Wanted> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
        wanted(&headers, "\"t\"", 10)
    }

    #[test]
    fn one_range_of_bytes_is_cut_to_what_there_is() {
        for (range, part) in [("bytes=0-3", 0..4), ("bytes=7-", 7..10), ("bytes=-4", 6..10), ("bytes=8-99", 8..10)] {
            assert_eq!(asked(&[(RANGE, range)]).unwrap(), Wanted::Part(part), "{range}");
        }
        assert_eq!(asked(&[(RANGE, "bytes=-99")]).unwrap(), Wanted::Part(0..10));
        for whole in ["bytes=1-2,4-5", "lines=1-2", "bytes=5-2", "bytes=a-b", "bytes=-", "bytes=+1-2"] {
            assert_eq!(asked(&[(RANGE, whole)]).unwrap(), Wanted::Whole, "{whole}");
        }
        for behind in ["bytes=10-", "bytes=-0", "bytes=11-12"] {
            assert!(matches!(asked(&[(RANGE, behind)]), Err(Error::RangeNotSatisfiable { bytes: 10 })), "{behind}");
        }
    }

    #[test]
    fn a_range_is_of_the_representation_it_was_begun_with() {
        assert_eq!(asked(&[(RANGE, "bytes=1-2"), (IF_RANGE, "\"t\"")]).unwrap(), Wanted::Part(1..3));
        assert_eq!(asked(&[(RANGE, "bytes=1-2"), (IF_RANGE, "\"u\"")]).unwrap(), Wanted::Whole);
        assert_eq!(asked(&[(IF_NONE_MATCH, "\"u\", \"t\"")]).unwrap(), Wanted::Nothing);
    }
}
