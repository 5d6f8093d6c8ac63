//! 脱敏: finds in a text what tells who somebody is, and proposes what to put in its place (clause D6-2: a precedent is
//! published without the people in it). A person rules on what is found; the program never leaves a number to judgement.
//!
//! Offsets and lengths count characters (Unicode scalar values), not bytes.

mod addresses;
mod folded;
mod names;
mod numbers;

use std::ops::Range;

use folded::Folded;
use kernel::Personal;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 发现的种类, what is certain before what is likely.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FindingKind {
    /// 证件号码, with a right check digit or with the look of one.
    IdentityNumber,
    /// 电话: mobile or landline.
    Phone,
    /// 姓名 of a natural person.
    Name,
    /// 地址
    Address,
    /// 单位名称; only where it was asked for, because organisations are public.
    Organisation,
    /// 疑似号码: long enough to be a document, an account or a telephone of some place.
    Number,
}

impl FindingKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::IdentityNumber => "证件号码",
            Self::Phone => "电话",
            Self::Name => "姓名",
            Self::Address => "地址",
            Self::Organisation => "单位名称",
            Self::Number => "疑似号码",
        }
    }

    /// What is proposed to stand in its place.
    pub fn replacement(self) -> &'static str {
        match self {
            Self::IdentityNumber => "〔证件号码〕",
            Self::Phone => "〔电话〕",
            Self::Name => "〔姓名〕",
            Self::Address => "〔地址〕",
            Self::Organisation => "〔单位〕",
            Self::Number => "〔号码〕",
        }
    }

    /// Whether a person may leave it in the text, for a reason.
    pub fn may_stay(self) -> bool {
        !matches!(self, Self::IdentityNumber | Self::Phone)
    }
}

/// 位置: where something was found, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// Characters before it.
    pub start: usize,
    /// Its length in characters.
    pub length: usize,
    pub kind: FindingKind,
}

impl Spot {
    fn new(at: Range<usize>, kind: FindingKind) -> Self {
        Self { start: at.start, length: at.end - at.start, kind }
    }

    pub fn end(&self) -> usize {
        self.start + self.length
    }
}

/// 已知信息 about the people concerned, from where personal data is kept. Held for one search and stored nowhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// 自然人姓名
    pub persons: Vec<Personal<String>>,
    /// 单位名称, where they are to be taken out.
    pub organisations: Vec<Personal<String>>,
    pub addresses: Vec<Personal<String>>,
}

/// What there is to take out of each of some texts that belong together, in order and without overlaps. A name that one
/// of them gives away is found in all.
pub fn find(texts: &[&str], known: &Known) -> Vec<Vec<Spot>> {
    let folded: Vec<Folded> = texts.iter().map(|text| Folded::new(text)).collect();
    let mut names: Vec<Vec<char>> = known.persons.iter().filter_map(|name| folded::needle(name.expose())).collect();
    let told: Vec<names::Told> = folded.iter().map(names::told).collect();
    names.extend(told.iter().flat_map(|told| told.full_names.iter().cloned()));
    let organisations: Vec<_> = known.organisations.iter().filter_map(|name| folded::needle(name.expose())).collect();
    let addresses: Vec<_> = known.addresses.iter().filter_map(|text| folded::needle(text.expose())).collect();
    let spots = |(text, told): (&Folded, names::Told)| {
        let mut spots = numbers::find(text);
        let mut add = |ranges: Vec<Range<usize>>, kind| spots.extend(ranges.into_iter().map(|at| Spot::new(at, kind)));
        add(told.at, FindingKind::Name);
        names.iter().for_each(|name| add(text.occurrences(name), FindingKind::Name));
        organisations.iter().for_each(|name| add(text.occurrences(name), FindingKind::Organisation));
        addresses.iter().for_each(|address| add(text.occurrences(address), FindingKind::Address));
        add(addresses::find(text), FindingKind::Address);
        merged(spots)
    };
    folded.iter().zip(told).map(spots).collect()
}

/// Whether a text still holds a number that may not stay in it, whatever anybody ruled.
pub fn gives_away_a_number(text: &str) -> bool {
    numbers::find(&Folded::new(text)).iter().any(|spot| !spot.kind.may_stay())
}

/// The text with what is proposed in the place of each of these spots, which must be in order and not overlap.
pub fn redact<'a>(text: &str, spots: impl IntoIterator<Item = &'a Spot>) -> String {
    let mut characters = text.chars();
    let mut at = 0;
    let mut redacted = String::with_capacity(text.len());
    for spot in spots {
        redacted.extend(characters.by_ref().take(spot.start.saturating_sub(at)));
        characters.by_ref().take(spot.length).for_each(drop);
        redacted.push_str(spot.kind.replacement());
        at = spot.end();
    }
    redacted.extend(characters);
    redacted
}

/// What overlaps becomes one, of the kind that is most certain.
fn merged(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_by_key(|spot| (spot.start, spot.kind));
    let mut merged: Vec<Spot> = Vec::new();
    for spot in spots {
        match merged.last_mut() {
            Some(last) if spot.start < last.end() => {
                last.length = spot.end().max(last.end()) - last.start;
                last.kind = last.kind.min(spot.kind);
            }
            _ => merged.push(spot),
        }
    }
    merged
}
