//! Made-up applicants with numbers whose check digits are right. No two are alike in one test.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

static MADE: AtomicU64 = AtomicU64::new(1);

fn next() -> u64 {
    MADE.fetch_add(1, Ordering::Relaxed)
}

/// Who can apply.
pub trait Applicant {
    /// As in a request.
    fn applicant(&self) -> Value;
    /// As in a request, where one is needed.
    fn contact(&self) -> Option<Value>;
}

/// 自然人
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub resident_id: String,
    pub phone: String,
    pub address: String,
}

impl Person {
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let n = next();
        Self {
            name: format!("瞿试{}", in_words(n)),
            resident_id: resident_id(n),
            phone: format!("139{:08}", 10_000_000 + n % 90_000_000),
            address: format!("温岭市虚构街道试验路{}号", 1000 + n),
        }
    }

    /// What is shown at the window.
    pub fn identity(&self) -> Value {
        json!({ "document_kind": "resident_id", "document_number": self.resident_id })
    }

    /// As the recipient of a parcel.
    pub fn recipient(&self) -> Value {
        json!({ "name": self.name, "phone": self.phone, "address": self.address })
    }

    /// As the contact of an enterprise, with the document that lets them collect.
    pub fn as_contact(&self) -> Value {
        json!({
            "name": self.name, "phone": self.phone, "document_kind": "resident_id", "document_number": self.resident_id,
        })
    }

    /// Whatever of a person must not be seen unmasked.
    pub fn secrets(&self) -> Vec<String> {
        vec![self.name.clone(), self.resident_id.clone(), self.phone.clone(), self.address.clone()]
    }
}

impl Applicant for Person {
    fn applicant(&self) -> Value {
        json!({
            "name": self.name, "document_kind": "resident_id", "document_number": self.resident_id,
            "phone": self.phone, "address": self.address,
        })
    }

    fn contact(&self) -> Option<Value> {
        None
    }
}

/// 企业
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    pub name: String,
    pub uscc: String,
    pub contact: Person,
}

impl Enterprise {
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let n = next();
        Self {
            name: format!("温岭市试{}泵业有限公司", in_words(n)), uscc: credit_code(n), contact: Person::new()
        }
    }
}

impl Applicant for Enterprise {
    fn applicant(&self) -> Value {
        json!({
            "name": self.name, "document_kind": "unified_social_credit_code", "document_number": self.uscc,
        })
    }

    fn contact(&self) -> Option<Value> {
        Some(self.contact.as_contact())
    }
}

fn in_words(n: u64) -> String {
    n.to_string().chars().filter_map(|digit| "零壹贰叁肆伍陆柒捌玖".chars().nth(digit.to_digit(10)? as usize)).collect()
}

/// GB 11643: a thousand to a birthday, from 1950 on.
pub fn resident_id(n: u64) -> String {
    let birthday = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + Days::new(n / 1000 % 18_000);
    let body = format!("331081{}{:03}", birthday.format("%Y%m%d"), n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// GB 32100, with the organisation code inside (GB 11714).
pub fn credit_code(n: u64) -> String {
    let organisation = format!("{:08}", 20_000_000 + n % 70_000_000);
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = organisation.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let inner = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap(),
    };
    let body = format!("91331081{organisation}{inner}");
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1;
    let mut total = 0;
    for character in body.chars() {
        total += ALPHABET.find(character).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.chars().nth((31 - total % 31) % 31).unwrap();
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kernel::identity::{Document, DocumentKind};

    use super::*;

    #[test]
    fn numbers_are_right_and_no_two_are_alike() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let mut seen = BTreeSet::new();
        for n in 1..3000 {
            let (person, enterprise) = (resident_id(n), credit_code(n));
            Document::parse(DocumentKind::ResidentId, &person, today).unwrap();
            let organisation = Document::parse(DocumentKind::UnifiedSocialCreditCode, &enterprise, today).unwrap();
            assert_eq!(organisation.caution(), None);
            assert!(seen.insert(person) && seen.insert(enterprise));
        }
    }
}
