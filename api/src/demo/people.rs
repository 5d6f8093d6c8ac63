//! Made-up applicants, new ones each time. Their numbers pass every check and can be nobody's: no division ever had the
//! code 331099, and numbers beginning with 154 are not in use.

use catalog::Audience;
use chrono::{Days, NaiveDate};
use kernel::identity::{Document, DocumentKind};
use serde_json::{Value, json};

const DIVISION: &str = "331099";
const SURNAMES: [&str; 12] = ["陈", "林", "王", "金", "潘", "江", "蔡", "郑", "赵", "毛", "叶", "颜"];
const GIVEN: [&str; 12] =
    ["海燕", "文涛", "晓峰", "建国", "丽君", "志远", "雨薇", "国平", "秀英", "子涵", "明达", "若兰"];
const BRANDS: [&str; 10] = ["横湖", "石夫人", "方山", "锦屏", "箬横", "新河", "大溪", "松门", "泽国", "东海"];
const TRADES: [&str; 8] = ["泵业", "电机", "鞋业", "机床", "量具", "塑胶", "水产", "空压机"];

/// 自然人
#[derive(Clone, Debug)]
pub struct Person {
    name: String,
    resident_id: String,
    phone: String,
    address: String,
}

/// 申请人, with whoever acts for an enterprise.
#[derive(Clone, Debug)]
pub enum Applicant {
    Person(Person),
    Enterprise { name: String, credit_code: String, agent: Person },
}

/// Applicants whom the centre knows by now, so that they can come back and file for themselves.
#[derive(Debug, Default)]
pub struct Acquaintances {
    person: Option<(String, Applicant)>,
    enterprise: Option<(String, Applicant)>,
}

impl Acquaintances {
    /// Somebody whom the item is for, with the id they are known by.
    pub fn for_whom(&self, audience: Audience) -> Option<&(String, Applicant)> {
        let enterprise = self.enterprise.as_ref().filter(|_| audience.admits_enterprises());
        enterprise.or(self.person.as_ref().filter(|_| audience.admits_persons()))
    }

    pub fn remember(&mut self, id: &str, applicant: &Applicant) {
        let place = match applicant {
            Applicant::Person(_) => &mut self.person,
            Applicant::Enterprise { .. } => &mut self.enterprise,
        };
        *place = Some((id.to_owned(), applicant.clone()));
    }
}

impl Person {
    fn made_up() -> Self {
        Self {
            name: format!("{}{}", one_of(&SURNAMES), one_of(&GIVEN)),
            resident_id: resident_id(),
            phone: format!("154{:08}", rand::random_range(0..100_000_000)),
            address: format!("浙江省温岭市演示路{}号", rand::random_range(1..1000)),
        }
    }
}

impl Applicant {
    /// Somebody whom the item is for.
    pub fn made_up(audience: Audience) -> Self {
        let agent = Person::made_up();
        if !audience.admits_enterprises() || (audience.admits_persons() && rand::random()) {
            return Self::Person(agent);
        }
        let name = format!("温岭市{}{}有限公司（演示）", one_of(&BRANDS), one_of(&TRADES));
        Self::Enterprise { name, credit_code: credit_code(), agent }
    }

    /// `applicant` of an application.
    pub fn as_applicant(&self) -> Value {
        let (name, kind, number, person) = match self {
            Self::Person(person) => (&person.name, DocumentKind::ResidentId, &person.resident_id, person),
            Self::Enterprise { name, credit_code, agent } => {
                (name, DocumentKind::UnifiedSocialCreditCode, credit_code, agent)
            }
        };
        json!({
            "name": name, "document_kind": kind, "document_number": number,
            "phone": person.phone, "address": person.address,
        })
    }

    /// `contact` of an application; a person needs none.
    pub fn as_contact(&self) -> Option<Value> {
        let Self::Enterprise { agent, .. } = self else { return None };
        let mut contact = self.proof();
        contact["name"] = json!(agent.name);
        contact["phone"] = json!(agent.phone);
        Some(contact)
    }

    /// `recipient` of a parcel.
    pub fn as_recipient(&self) -> Value {
        let person = self.person();
        json!({ "name": person.name, "phone": person.phone, "address": person.address })
    }

    /// The document shown at the window by whoever comes.
    pub fn proof(&self) -> Value {
        json!({ "document_kind": DocumentKind::ResidentId, "document_number": self.person().resident_id })
    }

    fn person(&self) -> &Person {
        match self {
            Self::Person(person) | Self::Enterprise { agent: person, .. } => person,
        }
    }
}

fn one_of(words: &[&'static str]) -> &'static str {
    words[rand::random_range(0..words.len())]
}

/// GB 11643-1999
fn resident_id() -> String {
    let birth = first_birth() + Days::new(rand::random_range(0..14_000));
    let body = format!("{DIVISION}{}{:03}", birth.format("%Y%m%d"), rand::random_range(1..1000));
    completed(&body, "0123456789X", |number| parse(DocumentKind::ResidentId, number).is_some())
}

fn first_birth() -> NaiveDate {
    NaiveDate::from_ymd_opt(1966, 1, 1).unwrap_or_default()
}

/// GB 32100-2015, with an inner code that satisfies GB 11714.
fn credit_code() -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let kind = DocumentKind::UnifiedSocialCreditCode;
    let body = format!("91{DIVISION}MA{:06}", rand::random_range(0..1_000_000));
    let whole = |inner: &str| completed(inner, ALPHABET, |number| parse(kind, number).is_some());
    let inner = completed(&body, "0123456789X", |inner| {
        parse(kind, &whole(inner)).is_some_and(|document| document.caution().is_none())
    });
    whole(&inner)
}

fn parse(kind: DocumentKind, number: &str) -> Option<Document> {
    // Whoever it is was born long before.
    Document::parse(kind, number, NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()).ok()
}

/// The body with the check character that makes it right; there is always one.
fn completed(body: &str, checks: &str, is_right: impl Fn(&str) -> bool) -> String {
    let mut candidates = checks.chars().map(|check| format!("{body}{check}"));
    candidates.find(|number| is_right(number)).unwrap_or_else(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kernel::{Instant, identity::Phone};

    use super::*;

    fn today() -> NaiveDate {
        Instant::new(chrono::Utc::now()).day()
    }

    /// GB 11643, GB 32100, GB 11714
    #[test]
    fn numbers_pass_every_check() {
        for _ in 0..300 {
            let person = Person::made_up();
            let document = Document::parse(DocumentKind::ResidentId, &person.resident_id, today()).unwrap();
            assert_eq!(document.caution(), None);
            assert_eq!(Phone::parse(&person.phone).unwrap().number().expose(), &person.phone);
            let code = credit_code();
            let document = Document::parse(DocumentKind::UnifiedSocialCreditCode, &code, today()).unwrap();
            assert_eq!(document.caution(), None, "{code}");
        }
    }

    #[test]
    fn numbers_can_be_nobodys() {
        for _ in 0..20 {
            assert!(resident_id().starts_with("331099") && credit_code()[2..].starts_with("331099"));
        }
    }

    #[test]
    fn applicants_suit_the_item() {
        for _ in 0..20 {
            assert!(matches!(Applicant::made_up(Audience::Person), Applicant::Person(_)));
            assert!(matches!(Applicant::made_up(Audience::Enterprise), Applicant::Enterprise { .. }));
        }
    }

    #[test]
    fn only_those_known_come_back() {
        let mut known = Acquaintances::default();
        assert!(known.for_whom(Audience::Both).is_none());
        known.remember("a", &Applicant::made_up(Audience::Person));
        assert!(known.for_whom(Audience::Enterprise).is_none());
        assert_eq!(known.for_whom(Audience::Both).unwrap().0, "a");
    }
}
