//! The hash chain (哈希链) that makes a record tamper-evident: each entry's digest covers the one before it.

use std::{fmt, str::FromStr};

use kernel::{Centre, Instant};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first entry of a stream follows.
    pub const NONE: Self = Self([0; 32]);

    /// The digest of some bytes on their own, as of an uploaded file.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |of: u8| char::from(DIGITS[usize::from(of)]);
        let text: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("应为64位小写十六进制数字")]
pub struct BadDigest;

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(BadDigest),
        };
        let pairs: &[u8; 64] = text.as_bytes().try_into().map_err(|_| BadDigest)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(pairs.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

/// What an entry's digest covers. Personal data is never in it, so that it can be erased without breaking the chain.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub centre: Centre,
    /// What the chain belongs to, such as a case's id.
    pub stream: &'a str,
    /// The entry's place in the stream.
    pub version: u64,
    /// What happened.
    pub kind: &'a str,
    pub at: Instant,
    /// Who did it.
    pub actor: &'a str,
    /// The bytes as stored, not as some later version of the program would write them.
    pub body: &'a [u8],
}

/// The digest of `entry` after `previous`: SHA-256 over the fields, each preceded by its length in eight bytes, so that
/// no two different entries run together into the same bytes.
pub fn link(previous: &Digest, entry: &Entry<'_>) -> Digest {
    let version = entry.version.to_string();
    let at = entry.at.utc().timestamp_micros().to_string();
    let fields: [&[u8]; 9] = [
        b"yichuang.record.1",
        &previous.0,
        entry.centre.as_str().as_bytes(),
        entry.stream.as_bytes(),
        version.as_bytes(),
        entry.kind.as_bytes(),
        at.as_bytes(),
        entry.actor.as_bytes(),
        entry.body,
    ];
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    Digest(hash.finalize().into())
}

/// The first entry whose stored digest is not what its content and its predecessors give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第{version}条记录与其摘要不符")]
pub struct Broken {
    pub version: u64,
}

/// Walks a stream from its first entry, each with its stored digest, and returns the digest of the last one.
pub fn verify<'a>(entries: impl IntoIterator<Item = (Entry<'a>, Digest)>) -> Result<Digest, Broken> {
    entries.into_iter().try_fold(Digest::NONE, |previous, (entry, stored)| {
        if link(&previous, &entry) == stored { Ok(stored) } else { Err(Broken { version: entry.version }) }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry<'a>(version: u64, kind: &'a str, actor: &'a str, body: &'a [u8]) -> Entry<'a> {
        let at = Instant::parse("2026-03-02T01:00:00.000001Z").unwrap();
        Entry { centre: Centre::WENLING, stream: "case-1", version, kind, at, actor, body }
    }

    fn chain<'a>(entries: &[Entry<'a>]) -> Vec<(Entry<'a>, Digest)> {
        let mut previous = Digest::NONE;
        let digest = |entry: &Entry<'a>| {
            previous = link(&previous, entry);
            (*entry, previous)
        };
        entries.iter().map(digest).collect()
    }

    #[test]
    fn a_change_anywhere_is_found_at_its_place() {
        let good =
            chain(&[entry(1, "received", "a", b"{}"), entry(2, "accepted", "b", b"{}"), entry(3, "x", "c", b"{}")]);
        assert_eq!(verify(good.clone()), Ok(good[2].1));
        let broken_after = |change: fn(&mut Vec<(Entry<'static>, Digest)>)| {
            let mut changed =
                chain(&[entry(1, "received", "a", b"{}"), entry(2, "accepted", "b", b"{}"), entry(3, "x", "c", b"{}")]);
            change(&mut changed);
            verify(changed)
        };
        assert_eq!(broken_after(|c| c[1].0.body = b"{\"x\":1}"), Err(Broken { version: 2 }));
        assert_eq!(broken_after(|c| c[0].0.actor = "z"), Err(Broken { version: 1 }));
        assert_eq!(broken_after(|c| c[1] = c[2]), Err(Broken { version: 3 }));
        assert_eq!(broken_after(|c| c.swap(0, 1)), Err(Broken { version: 2 }));
        let later = Instant::parse("2026-03-02T01:00:00.000002Z").unwrap();
        let mut moved = good;
        moved[2].0.at = later;
        assert_eq!(verify(moved), Err(Broken { version: 3 }));
    }

    #[test]
    fn fields_do_not_run_together() {
        let one = link(&Digest::NONE, &entry(1, "ab", "c", b""));
        let other = link(&Digest::NONE, &entry(1, "a", "bc", b""));
        assert_ne!(one, other);
    }

    /// Computed once by other means; a change here means that every stored chain is broken.
    #[test]
    fn the_digest_is_fixed_for_good() {
        let digest = link(&Digest::NONE, &entry(1, "received", "a", b"{}"));
        assert_eq!(digest.to_string(), "da7d9eb2fb36ac766d787d813b00fb0905de82bc5a41813fe9926ed00c16cc99");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in ["", "0", &"g".repeat(64), &"A".repeat(64), &"0".repeat(65)] {
            assert_eq!(bad.parse::<Digest>(), Err(BadDigest), "{bad}");
        }
    }
}
