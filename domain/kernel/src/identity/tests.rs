#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::Datelike;
use proptest::prelude::*;

use super::{DocumentKind as Kind, *};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn parse(kind: Kind, text: &str) -> Result<String, BadDocument> {
    Document::parse(kind, text, today()).map(|document| document.number().expose().clone())
}

fn all_valid(kind: Kind, texts: &[&str]) {
    for text in texts {
        assert_eq!(parse(kind, text), Ok((*text).to_owned()));
    }
}

/// GB 32100-2015
#[test]
fn credit_codes() {
    let kind = Kind::UnifiedSocialCreditCode;
    all_valid(kind, &["91331081MA2ABC1X9F", "92331081MA2XY0006W"]);
    assert_eq!(parse(kind, " 91331081ma2abc1x9f "), Ok("91331081MA2ABC1X9F".to_owned()));
    assert_eq!(parse(kind, "91331081MA2ABC1X9G"), Err(BadDocument::CheckDigit(kind)));
    assert_eq!(parse(kind, "91331081MA2ABC1I9F"), Err(BadDocument::Character { kind, position: 16 }));
    assert_eq!(parse(kind, "913310８1MA2ABC1X9F"), Err(BadDocument::Character { kind, position: 7 }));
    assert_eq!(parse(kind, "9133108AMA2ABC1X9F"), Err(BadDocument::Character { kind, position: 8 }));
    assert_eq!(parse(kind, "91331081MA2ABC1X9"), Err(BadDocument::Length { kind, expected: "18位" }));
    assert_eq!(parse(kind, "123310817303305155"), Err(BadDocument::CheckDigit(kind)), "an index number is not a code");
}

/// GB 11714: the code inside a credit code is looked at, and does not decide.
#[test]
fn an_inner_code_that_disagrees_is_a_caution() {
    let kind = Kind::UnifiedSocialCreditCode;
    let caution = |text| Document::parse(kind, text, today()).unwrap().caution();
    assert_eq!(caution("91331081MA2ABC1X9F"), None);
    assert_eq!(caution("92331081MA2XY0006W"), None);
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let other = alphabet.chars().map(|check| format!("91331081MA2ABC1X8{check}"));
    let admitted: Vec<_> = other.filter_map(|text| Document::parse(kind, &text, today()).ok()).collect();
    assert_eq!(admitted.len(), 1);
    assert_eq!(admitted[0].caution(), Some(Caution::InnerCode));
}

/// GB 11714: a check of ten is written X, of eleven 0.
#[test]
fn inner_codes_end_in_x_or_nought() {
    let agrees = |inner: &str| checks::inner_code_agrees(format!("91331081{inner}0").as_bytes());
    assert!(agrees("40000000X") && agrees("000000000"));
    assert!(!agrees("400000000") && !agrees("00000000X"));
}

/// GB 11643-1999
#[test]
fn resident_ids() {
    let kind = Kind::ResidentId;
    all_valid(kind, &["331081190001010012", "33108119010228002X", "331081190402290131"]);
    assert_eq!(parse(kind, "33108119010228002x"), Ok("33108119010228002X".to_owned()));
    assert_eq!(parse(kind, "331081190001010013"), Err(BadDocument::CheckDigit(kind)));
    assert_eq!(parse(kind, "331081190102290020"), Err(BadDocument::BirthDate(kind)), "1901 was no leap year");
    assert_eq!(parse(kind, "331081900101001"), Err(BadDocument::Length { kind, expected: "18位" }));
    assert_eq!(parse(kind, "3310811900010X0012"), Err(BadDocument::Character { kind, position: 14 }));
    let message = parse(kind, "331081190001010013").unwrap_err().to_string();
    assert_eq!(message, "居民身份证号码的校验码不正确");
}

#[test]
fn a_holder_is_born_by_today() {
    let born = |date: NaiveDate| parse(Kind::ResidentId, &resident_id("331081", date, 1));
    assert!(born(today()).is_ok());
    assert_eq!(born(NaiveDate::from_ymd_opt(999, 1, 1).unwrap()), Err(BadDocument::BirthDate(Kind::ResidentId)));
    assert_eq!(born(today().succ_opt().unwrap()), Err(BadDocument::BirthInFuture(Kind::ResidentId)));
}

/// 温岭县 was 332623 until 1994; 331081 is in numbers of people born long before it existed.
#[test]
fn divisions_of_any_time_are_admitted() {
    let born = NaiveDate::from_ymd_opt(1960, 5, 1).unwrap();
    for division in ["332623", "331081"] {
        assert!(parse(Kind::ResidentId, &resident_id(division, born, 7)).is_ok());
    }
}

#[test]
fn residents_from_hong_kong_macao_and_taiwan() {
    let kind = Kind::HkMacaoTaiwanResident;
    all_valid(kind, &["810000190101010015", "82000019020202002X"]);
    assert_eq!(parse(kind, "331081190001010012"), Err(BadDocument::Character { kind, position: 1 }));
    assert_eq!(parse(kind, "840000190101010015"), Err(BadDocument::Character { kind, position: 2 }));
    assert_eq!(parse(kind, "810000190101010016"), Err(BadDocument::CheckDigit(kind)));
    assert_eq!(parse(kind, "810000190113010015"), Err(BadDocument::BirthDate(kind)));
}

#[test]
fn foreign_permanent_residents() {
    let kind = Kind::ForeignPermanentResident;
    all_valid(kind, &["93384019010101001X", "91141019030303003X", "USA330000000001"]);
    assert_eq!(parse(kind, "330840190101010010"), Err(BadDocument::Character { kind, position: 1 }));
    assert_eq!(parse(kind, "933840190101010011"), Err(BadDocument::CheckDigit(kind)));
    assert_eq!(parse(kind, "US1330000000001"), Err(BadDocument::Character { kind, position: 3 }));
    let message = parse(kind, "9338").unwrap_err().to_string();
    assert_eq!(message, "外国人永久居留身份证号码应为18位（旧证15位）");
}

/// GB 11643: three kinds have its form and none of the numbers of another; what is shorter can be of several kinds.
#[test]
fn a_number_of_the_form_of_a_resident_says_what_it_is() {
    let recognised = |text| Document::recognise(text, today()).map(|document| document.kind());
    assert_eq!(recognised("331081190001010012"), Some(Kind::ResidentId));
    assert_eq!(recognised("820000190202020023"), None, "the check digit");
    assert_eq!(recognised("810000190101010015"), Some(Kind::HkMacaoTaiwanResident));
    assert_eq!(recognised("93384019010101001X"), Some(Kind::ForeignPermanentResident));
    for text in ["USA330000000001", "E12345678", "H12345678", "12345678", "91331081MA2ABC1X9F", ""] {
        assert_eq!(recognised(text), None, "{text}");
    }
}

#[test]
fn travel_documents() {
    all_valid(Kind::Passport, &["E12345678", "EA1234567"]);
    all_valid(Kind::HkMacaoTravelPermit, &["H12345678", "M1234567800"]);
    all_valid(Kind::TaiwanTravelPermit, &["12345678", "1234567800"]);
    assert!(parse(Kind::Passport, "E1234-678").is_err());
    assert!(parse(Kind::Passport, "E123").is_err());
    assert!(parse(Kind::Passport, "护照护照护照").is_err());
    assert!(parse(Kind::HkMacaoTravelPermit, "T12345678").is_err());
    assert!(parse(Kind::HkMacaoTravelPermit, "H123456789").is_err());
    assert!(parse(Kind::TaiwanTravelPermit, "123456789").is_err());
}

#[test]
fn phones() {
    let parse = |text| Phone::parse(text).map(|phone| phone.number().expose().clone());
    for text in ["13800000000", "15900000001", "17700000002", "19900000003", "18600000004", "0576-86000001"] {
        assert_eq!(parse(text), Ok(text.to_owned()));
    }
    for text in
        ["12345678901", "1380000000", "138000000000", "10800000000", "1380000 0000", "+86057686000001", "", "电话"]
    {
        assert_eq!(parse(text), Err(BadPhone), "{text}");
    }
    for text in
        ["0576-860000", "0576-860000011", "0576--8600000", "0076-86000001", "0576-16000001", "+86+8613800000000"]
    {
        assert_eq!(parse(text), Err(BadPhone), "{text}");
    }
    assert_eq!(parse(" +8613800000000 "), Ok("13800000000".to_owned()));
    assert_eq!(parse("057686000001"), Ok("0576-86000001".to_owned()));
    assert_eq!(parse("01086000001"), Ok("010-86000001".to_owned()));
}

/// Made apart from the code under test: the check digit by ISO 7064's recursion, not by weights.
fn resident_id(division: &str, birth: NaiveDate, order: u16) -> String {
    let body = format!("{division}{:04}{:02}{:02}{order:03}", birth.year(), birth.month(), birth.day());
    let rest = body.bytes().fold(0, |rest, digit| (rest + u32::from(digit - b'0')) * 2 % 11);
    match (12 - rest) % 11 {
        10 => format!("{body}X"),
        digit => format!("{body}{digit}"),
    }
}

prop_compose! {
    fn any_resident_id()(division in "[1-6][0-9]{5}", days in 0i64..45_000, order in 0u16..1000) -> String {
        resident_id(&division, today() - chrono::Duration::days(days), order)
    }
}

proptest! {
    #[test]
    fn a_well_made_resident_id_is_admitted(number in any_resident_id()) {
        prop_assert_eq!(parse(Kind::ResidentId, &number), Ok(number));
    }

    #[test]
    fn any_change_of_one_digit_is_caught(number in any_resident_id(), place in 0usize..18, by in 1u8..10) {
        let mut bytes = number.into_bytes();
        bytes[place] = if bytes[place] == b'X' { b'0' + by } else { b'0' + (bytes[place] - b'0' + by) % 10 };
        prop_assert!(parse(Kind::ResidentId, &String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn swapping_neighbours_is_caught(number in any_resident_id(), place in 0usize..16) {
        let mut bytes = number.clone().into_bytes();
        bytes.swap(place, place + 1);
        let swapped = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(parse(Kind::ResidentId, &swapped).is_ok(), swapped == number);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,24}") {
        for kind in Kind::VARIANTS {
            let _ = Document::parse(*kind, &text, today());
        }
        let _ = Phone::parse(&text);
    }
}
