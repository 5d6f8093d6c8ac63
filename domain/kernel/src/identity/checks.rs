//! The form and the arithmetic of each kind of number.

use chrono::{Datelike, NaiveDate};

use super::{BadDocument, DocumentKind};

/// GB 32100-2015: digits and capitals without I, O, S, V, Z; a character's place is its value.
const CREDIT_CODE_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31.
const CREDIT_CODE_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_CODE_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// GB 11643-1999, ISO 7064 MOD 11-2.
const RESIDENT_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const RESIDENT_CHECKS: &[u8; 11] = b"10X98765432";
const EARLIEST_BIRTH: i32 = 1800;

pub(super) fn check(kind: DocumentKind, number: &str, today: NaiveDate) -> Result<(), BadDocument> {
    let form = Form { kind, number };
    match kind {
        DocumentKind::UnifiedSocialCreditCode => credit_code(&form),
        DocumentKind::ResidentId => resident(&form, today),
        DocumentKind::HkMacaoTaiwanResident => {
            form.length(&[18], "18位")?;
            form.each(0..1, |b| b == b'8')?;
            form.each(1..2, |b| (b'1'..=b'3').contains(&b))?;
            form.each(2..6, |b| b == b'0')?;
            resident(&form, today)
        }
        DocumentKind::ForeignPermanentResident => {
            form.length(&[15, 18], "18位（旧证15位）")?;
            if number.chars().count() == 15 {
                form.each(0..3, |b| b.is_ascii_uppercase())?;
                form.each(3..15, |b| b.is_ascii_digit())
            } else {
                form.each(0..1, |b| b == b'9')?;
                resident(&form, today)
            }
        }
        DocumentKind::Passport => {
            form.length(&[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "5至15位")?;
            form.each(0..number.len(), |b| b.is_ascii_uppercase() || b.is_ascii_digit())
        }
        DocumentKind::HkMacaoTravelPermit => {
            form.length(&[9, 11], "9或11位")?;
            form.each(0..1, |b| matches!(b, b'H' | b'M'))?;
            form.each(1..number.len(), |b| b.is_ascii_digit())
        }
        DocumentKind::TaiwanTravelPermit => {
            form.length(&[8, 10], "8或10位")?;
            form.each(0..number.len(), |b| b.is_ascii_digit())
        }
    }
}

struct Form<'a> {
    kind: DocumentKind,
    number: &'a str,
}

impl Form<'_> {
    fn length(&self, admitted: &[usize], expected: &'static str) -> Result<(), BadDocument> {
        let right = admitted.contains(&self.number.chars().count());
        if right { Ok(()) } else { Err(BadDocument::Length { kind: self.kind, expected }) }
    }

    fn each(&self, places: std::ops::Range<usize>, admits: impl Fn(u8) -> bool) -> Result<(), BadDocument> {
        let bad = |c: char| !u8::try_from(c).is_ok_and(&admits);
        match self.number.chars().enumerate().take(places.end).skip(places.start).find(|(_, c)| bad(*c)) {
            Some((index, _)) => Err(BadDocument::Character { kind: self.kind, position: index + 1 }),
            None => Ok(()),
        }
    }
}

fn credit_code(form: &Form<'_>) -> Result<(), BadDocument> {
    form.length(&[18], "18位")?;
    form.each(0..2, |b| value(b).is_some())?;
    form.each(2..8, |b| b.is_ascii_digit())?;
    form.each(8..18, |b| value(b).is_some())?;
    let values: Vec<usize> = form.number.bytes().filter_map(value).collect();
    let sum: usize = values.iter().zip(CREDIT_CODE_WEIGHTS).map(|(value, weight)| value * weight).sum();
    let check = (31 - sum % 31) % 31;
    if values.last() == Some(&check) { Ok(()) } else { Err(BadDocument::CheckDigit(form.kind)) }
}

fn value(character: u8) -> Option<usize> {
    CREDIT_CODE_ALPHABET.iter().position(|c| *c == character)
}

/// GB 11714 over characters 9 to 17, where letters count from A = 10 over the whole alphabet.
pub(super) fn inner_code_agrees(code: &[u8]) -> bool {
    let Some((body, check)) = code.get(8..17).and_then(|inner| inner.split_last()).map(|(last, body)| (body, last))
    else {
        return false;
    };
    let sum: u32 =
        body.iter().zip(INNER_CODE_WEIGHTS).map(|(c, weight)| char::from(*c).to_digit(36).unwrap_or(0) * weight).sum();
    let expected = match (11 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    };
    char::from(*check) == expected
}

/// The common form of GB 11643: birth date at places 7 to 14, check digit last.
fn resident(form: &Form<'_>, today: NaiveDate) -> Result<(), BadDocument> {
    form.length(&[18], "18位")?;
    form.each(0..17, |b| b.is_ascii_digit())?;
    form.each(17..18, |b| b.is_ascii_digit() || b == b'X')?;
    let birth = form.number.get(6..14).and_then(birth_date).ok_or(BadDocument::BirthDate(form.kind))?;
    if birth > today {
        return Err(BadDocument::BirthInFuture(form.kind));
    }
    let (body, check) = form.number.split_at(17);
    let sum: u32 = body.bytes().zip(RESIDENT_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let expected = RESIDENT_CHECKS[(sum % 11) as usize];
    if check.as_bytes() == [expected] { Ok(()) } else { Err(BadDocument::CheckDigit(form.kind)) }
}

fn birth_date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    (date.year() >= EARLIEST_BIRTH).then_some(date)
}
