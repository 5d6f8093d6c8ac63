//! Numbers of documents and telephones. What is stuck to one goes with it: a number may be hidden in a longer row of digits,
//! but no more than the row is lost by taking all of it.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use kernel::identity::{Document, DocumentKind, Phone};

use super::{
    FindingKind, Spot,
    folded::{Folded, is_invisible},
};

/// After these words any number is one of a document.
const DOCUMENT_WORDS: [&str; 9] =
    ["身份证", "证件号", "证号", "护照", "通行证", "台胞证", "回乡证", "居住证", "居留证"];
/// After these words a number of seven or eight digits is a telephone of the place.
const PHONE_WORDS: [&str; 8] = ["电话", "手机", "联系方式", "座机", "致电", "拨打", "来电", "TEL"];
/// What may stand between such a word and its number.
const BETWEEN: &[char] = &['号', '码', '为', '是', ':', ' ', ',', '，', '为', '〔', '('];
const MOST_BETWEEN: usize = 6;
/// After a number these say that it counts something.
const MEASURES: &[char] =
    &['元', '万', '亿', '亩', '平', '吨', '股', '份', '户', '人', '件', '台', '套', '个', '%', '％', '米', '千', '公'];
/// How many groups one number is written in at most.
const MOST_GROUPS: usize = 8;
const LEAST_SUSPICIOUS: usize = 7;

/// A row of letters and digits with nothing between them.
#[derive(Debug)]
struct Group {
    text: String,
    at: Range<usize>,
    /// How far the next group may be to belong to the same number.
    joined: bool,
}

impl Group {
    fn digits(&self) -> usize {
        self.text.bytes().filter(u8::is_ascii_digit).count()
    }

    fn is_number(&self) -> bool {
        self.digits() == self.text.len()
    }
}

pub(super) fn find(text: &Folded) -> Vec<Spot> {
    let groups = groups(text);
    let mut spots: Vec<Spot> = Vec::new();
    for (nth, group) in groups.iter().enumerate() {
        if let Some(kind) = certain(&group.text).or_else(|| in_context(text, group)) {
            spots.push(Spot::new(with_prefix(text, group.at.clone()), kind));
        } else if is_suspicious(text, group) {
            spots.push(Spot::new(group.at.clone(), FindingKind::Number));
        }
        spots.extend(spread(text, &groups[nth..]));
    }
    spots
}

fn groups(text: &Folded) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (mut separators, mut open) = (usize::MAX, false);
    for (place, c) in text.chars().iter().enumerate() {
        if let Some(c) = alphanumeric(*c) {
            if !open {
                let joined = separators <= 2;
                groups.push(Group { text: String::new(), at: place..place, joined });
            }
            if let Some(group) = groups.last_mut() {
                group.text.push(c);
                group.at.end = place + 1;
            }
            (separators, open) = (0, true);
        } else if !is_invisible(*c) {
            open = false;
            separators = if is_separator(*c) { separators.saturating_add(1) } else { usize::MAX };
        }
    }
    groups
}

/// A letter or a digit, as ASCII; Chinese digits count, because numbers are spelt out to hide them.
fn alphanumeric(c: char) -> Option<char> {
    if c.is_ascii_alphanumeric() {
        return Some(c);
    }
    let digits: [&[char]; 10] = [
        &['零', '〇', '○'],
        &['一', '壹', '幺'],
        &['二', '贰'],
        &['三', '叁'],
        &['四', '肆'],
        &['五', '伍'],
        &['六', '陆'],
        &['七', '柒'],
        &['八', '捌'],
        &['九', '玖'],
    ];
    (b'0'..).zip(digits).find(|(_, forms)| forms.contains(&c)).map(|(digit, _)| char::from(digit))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '·' | '_' | '/' | '(' | ')' | '~' | '、')
}

/// A number that stands in one row, alone or with more of the same around it.
fn certain(row: &str) -> Option<FindingKind> {
    if !row.is_ascii() {
        return None;
    }
    let document = windows(row, 18).any(|window| is_resident(window) || is_credit_code(window))
        || (row.len() == 15 && row.bytes().all(|b| b.is_ascii_digit()))
        || (row.len() == 18 && has_resident_shape(row))
        || (row.len() == 18 && has_credit_code_shape(row))
        || letter_with_digits(row);
    if document {
        return Some(FindingKind::IdentityNumber);
    }
    let phone = (10..=12).any(|length| windows(row, length).any(is_phone));
    phone.then_some(FindingKind::Phone)
}

fn windows(row: &str, length: usize) -> impl Iterator<Item = &str> {
    (0..=row.len().saturating_sub(length)).filter_map(move |start| row.get(start..start + length))
}

fn is_phone(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && Phone::parse(text).is_ok()
}

/// With a right check digit, or at least with a day of birth in its place.
fn is_resident(window: &str) -> bool {
    has_resident_shape(window) && window.get(6..14).is_some_and(is_day_of_birth)
}

fn has_resident_shape(window: &str) -> bool {
    window.len() == 18
        && window.bytes().take(17).all(|b| b.is_ascii_digit())
        && window.ends_with(|last: char| last.is_ascii_digit() || last == 'X')
}

fn is_day_of_birth(digits: &str) -> bool {
    NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|day| (1800..=2100).contains(&day.year()))
}

fn is_credit_code(window: &str) -> bool {
    Document::parse(DocumentKind::UnifiedSocialCreditCode, window, NaiveDate::MAX).is_ok()
}

fn has_credit_code_shape(row: &str) -> bool {
    row.get(2..8).is_some_and(|division| division.bytes().all(|b| b.is_ascii_digit()))
        && row.starts_with(|first: char| first.is_ascii_digit() || first.is_ascii_uppercase())
        && row.bytes().filter(u8::is_ascii_digit).count() >= 8
}

/// Passports, travel permits and the old residence card of foreigners: one to three letters and many digits.
fn letter_with_digits(row: &str) -> bool {
    let mut digits_after_letter = None;
    row.bytes().any(|b| {
        digits_after_letter = match (b.is_ascii_digit(), digits_after_letter) {
            (false, _) => Some(0),
            (true, Some(count)) => Some(count + 1),
            (true, None) => None,
        };
        digits_after_letter == Some(7)
    })
}

/// One number in several groups: `138 0000 0000`, `(0576) 8600 0000`, `3310 8119 0001 0100 12`.
fn spread(text: &Folded, groups: &[Group]) -> Vec<Spot> {
    let mut spots = Vec::new();
    let Some((first, rest)) = groups.split_first() else { return spots };
    let mut joined = first.text.clone();
    let mut hyphened = first.text.clone();
    for (nth, group) in rest.iter().take(MOST_GROUPS).enumerate() {
        if !group.joined {
            break;
        }
        joined.push_str(&group.text);
        hyphened.push('-');
        hyphened.push_str(&group.text);
        if joined.len() > 22 {
            // Only what a row of its own would be found by can be in it.
            if nth == 0 && is_hyphened(&hyphened) {
                spots.push(Spot::new(first.at.start..group.at.end, FindingKind::Phone));
            }
            break;
        }
        let national = joined.strip_prefix("0086").or_else(|| joined.strip_prefix("86")).unwrap_or(&joined);
        let kind = if is_resident(&joined) || is_credit_code(&joined) {
            FindingKind::IdentityNumber
        } else if is_phone(&joined) || is_phone(national) || (nth == 0 && is_hyphened(&hyphened)) {
            FindingKind::Phone
        } else {
            continue;
        };
        spots.push(Spot::new(with_prefix(text, first.at.start..group.at.end), kind));
    }
    spots
}

/// A landline with its hyphen somewhere in two rows of digits.
fn is_hyphened(rows: &str) -> bool {
    rows.is_ascii() && (11..=13).any(|length| windows(rows, length).any(|it| it.contains('-') && is_phone(it)))
}

fn with_prefix(text: &Folded, at: Range<usize>) -> Range<usize> {
    if text.said_before(at.start, "+") { at.start - 1..at.end } else { at }
}

fn in_context(text: &Folded, group: &Group) -> Option<FindingKind> {
    let digits = group.digits();
    if digits < 4 || group.text.len() < 5 {
        return None;
    }
    let mut place = group.at.start;
    for _ in 0..MOST_BETWEEN {
        let says = |words: &[&str]| words.iter().any(|word| text.said_before(place, word));
        if says(&DOCUMENT_WORDS) {
            return Some(FindingKind::IdentityNumber);
        }
        if says(&PHONE_WORDS) && group.is_number() && (7..=8).contains(&digits) {
            return Some(FindingKind::Phone);
        }
        place = place.checked_sub(1).filter(|before| text.at(*before).is_some_and(|c| BETWEEN.contains(&c)))?;
    }
    None
}

fn is_suspicious(text: &Folded, group: &Group) -> bool {
    let counts = text.at(group.at.end).is_some_and(|next| MEASURES.contains(&next));
    if group.is_number() {
        let is_day = group.text.len() == 8 && is_day_of_birth(&group.text);
        return group.text.len() >= LEAST_SUSPICIOUS && !is_day && !counts;
    }
    group.digits() >= 5 && group.text.len() >= LEAST_SUSPICIOUS
}
