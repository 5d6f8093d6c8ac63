//! 脱敏 (clause D6-2): what is found in texts as people write them, and that no number gets through.

use chrono::NaiveDate;
use escalation::redaction::{self, FindingKind, Known, Spot};
use kernel::{
    Personal,
    identity::{Document, DocumentKind, Phone},
};
use proptest::prelude::*;

fn found(text: &str, known: &Known) -> Vec<(FindingKind, String)> {
    let spots = redaction::find(&[text], known).remove(0);
    spots.iter().map(|spot| (spot.kind, cut(text, spot))).collect()
}

fn cut(text: &str, spot: &Spot) -> String {
    text.chars().skip(spot.start).take(spot.length).collect()
}

fn only(text: &str, kind: FindingKind) -> Vec<String> {
    let found = found(text, &Known::default());
    found.into_iter().filter(|(of, _)| *of == kind).map(|(_, what)| what).collect()
}

fn person(name: &str) -> Known {
    Known { persons: vec![Personal::new(name.to_owned())], ..Known::default() }
}

#[test]
fn numbers_of_documents_are_found_however_they_are_written() {
    for (text, number) in [
        ("身份证331081190001010012，已核对", "331081190001010012"),
        ("号码33108119010228002x。", "33108119010228002x"),
        ("３３１０８１１９０００１０１００１２", "３３１０８１１９０００１０１００１２"),
        ("3310 8119 0001 0100 12", "3310 8119 0001 0100 12"),
        ("331081-19000101-0012", "331081-19000101-0012"),
        ("331081\u{200b}190001010012", "331081\u{200b}190001010012"),
        ("居住证810000190101010015", "810000190101010015"),
        ("93384019010101001X号", "93384019010101001X"),
        ("旧证USA330801234567", "USA330801234567"),
        ("护照号码：E12345678", "E12345678"),
        ("护照123456789", "123456789"),
        ("回乡证H1234567801", "H1234567801"),
        ("台胞证号12345678", "12345678"),
        ("代码91331081MA2ABC1X9F有误", "91331081MA2ABC1X9F"),
        // Wrong check digits, and the old fifteen digits.
        ("331081190001010013", "331081190001010013"),
        ("91331081MA2ABC1X9G", "91331081MA2ABC1X9G"),
        ("330623560101001", "330623560101001"),
        ("00331081190001010012345", "00331081190001010012345"),
    ] {
        assert_eq!(only(text, FindingKind::IdentityNumber), [number], "{text}");
    }
}

#[test]
fn telephones_are_found_however_they_are_written() {
    for (text, number) in [
        ("请打13800000000联系", "13800000000"),
        ("138 0000 0000", "138 0000 0000"),
        ("138-0000-0000", "138-0000-0000"),
        ("+8613800000000", "+8613800000000"),
        ("+86 138 0000 0000", "+86 138 0000 0000"),
        ("１３８００００００００", "１３８００００００００"),
        ("一三八零零零零零零零零", "一三八零零零零零零零零"),
        ("0576-86000000", "0576-86000000"),
        ("（0576）86000000", "0576）86000000"),
        ("057686000000", "057686000000"),
        ("010-86000000", "010-86000000"),
        ("电话：86000000", "86000000"),
        ("手机号码为13800000000", "13800000000"),
        ("5138000000007", "5138000000007"),
    ] {
        assert_eq!(only(text, FindingKind::Phone), [number], "{text}");
    }
}

#[test]
fn what_only_may_be_a_number_is_left_to_a_person() {
    assert_eq!(only("账号6222020000000000，另", FindingKind::Number), ["6222020000000000"]);
    for text in [
        "2026年11月23日",
        "20261123",
        "金额1200000元",
        "第331081备〔2026〕000123号",
        "拨打12345热线",
        "2026-11-23 12:30",
    ] {
        assert_eq!(found(text, &Known::default()), [], "{text}");
    }
}

#[test]
fn names_are_found_by_what_stands_beside_them() {
    for (text, name) in [
        ("王先生来窗口", "王"),
        ("张三女士反映", "张三"),
        ("欧阳锋先生", "欧阳锋"),
        ("联系人：李四，", "李四"),
        ("联系人李四的材料", "李四"),
        ("申请人姓名：赵六七。", "赵六七"),
        ("经办人为钱多多", "钱多多"),
        ("法定代表人孙悟空同意", "孙悟空"),
        ("我叫周八", "周八"),
        ("陈科长答复", "陈"),
    ] {
        assert_eq!(only(text, FindingKind::Name), [name], "{text}");
    }
    for text in ["申请人要求", "申请人向窗口提出", "张某某先生", "申请人于2026年", "女士优先", "负责人和经办人"]
    {
        assert_eq!(only(text, FindingKind::Name), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_name_given_away_once_is_found_in_every_text() {
    let texts = ["联系人：李四", "李四说，李 四又说"];
    let spots = redaction::find(&texts, &Known::default());
    assert_eq!(spots[1].iter().map(|spot| cut(texts[1], spot)).collect::<Vec<_>>(), ["李四", "李 四"]);
}

#[test]
fn the_applicants_name_is_found_wherever_it_is() {
    let beside = "瞿试壹贰（331081195001011012，电话13800000000）";
    let found_beside = found(beside, &person("瞿试壹贰"));
    assert_eq!(found_beside[0], (FindingKind::Name, "瞿试壹贰".to_owned()), "digits of a name are no part of a number");
    assert_eq!(found_beside[1], (FindingKind::IdentityNumber, "331081195001011012".to_owned()));
    let text = "瞿试壹与瞿 试\u{200b}壹，及阿卜杜拉·买买提";
    assert_eq!(found(text, &person("瞿试壹")).len(), 2);
    assert_eq!(found(text, &person("阿卜杜拉买买提")), [(FindingKind::Name, "阿卜杜拉·买买提".to_owned())]);
    assert_eq!(found("John SMITH came", &person("John Smith")), [(FindingKind::Name, "John SMITH".to_owned())]);
}

#[test]
fn an_organisation_stays_unless_it_is_asked_for() {
    let text = "温岭市试验泵业有限公司申请";
    assert_eq!(found(text, &Known::default()), []);
    let asked = Known {
        organisations: vec![Personal::new("温岭市试验泵业有限公司".to_owned())], ..Known::default()
    };
    assert_eq!(found(text, &asked), [(FindingKind::Organisation, "温岭市试验泵业有限公司".to_owned())]);
}

#[test]
fn addresses_are_found_whole() {
    for (text, address) in [
        ("住在温岭市太平街道万昌中路123号2单元301室，", "温岭市太平街道万昌中路123号2单元301室"),
        ("地址：城东街道九龙大道100弄5幢，", "城东街道九龙大道100弄5幢"),
        ("位于箬横镇东浦村12号", "箬横镇东浦村12号"),
        ("泽国镇五里泾村3组", "泽国镇五里泾村3组"),
        ("新河镇虚构小区三号楼", "新河镇虚构小区三号楼"),
    ] {
        assert_eq!(only(text, FindingKind::Address), [address], "{text}");
    }
    for text in ["到中心路大厅3号窗口办理", "浙政发〔2026〕12号文件", "第3号公告", "共5户"] {
        assert_eq!(only(text, FindingKind::Address), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_was_found_is_replaced_in_its_place() {
    let text = "张三女士（13800000000）住东浦村12号。";
    let spots = redaction::find(&[text], &Known::default()).remove(0);
    assert_eq!(redaction::redact(text, &spots), "〔姓名〕女士（〔电话〕）住〔地址〕。");
}

/// Anything a kernel check takes for a number of a document that has a check digit or letters of its own, or for a
/// telephone, anywhere in the text.
fn valid_number_in(text: &str) -> Option<String> {
    const KINDS: [DocumentKind; 4] = [
        DocumentKind::UnifiedSocialCreditCode,
        DocumentKind::ResidentId,
        DocumentKind::HkMacaoTaiwanResident,
        DocumentKind::ForeignPermanentResident,
    ];
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let chars: Vec<char> = text.chars().collect();
    let windows = (9..=18).flat_map(|length| chars.windows(length)).map(|window| window.iter().collect::<String>());
    windows.filter(|window| window.trim() == window && !window.starts_with("+86")).find(|window| {
        KINDS.iter().any(|kind| Document::parse(*kind, window, today).is_ok())
            || Document::parse(DocumentKind::HkMacaoTravelPermit, window, today).is_ok()
            || Phone::parse(window).is_ok()
    })
}

fn resident_id() -> impl Strategy<Value = String> {
    let prefix = prop_oneof!["[1-6][0-9]{5}", Just("810000".to_owned()), Just("820000".to_owned()), "9[0-9]{5}"];
    (prefix, 0i64..36_000, 0u32..1000).prop_map(|(prefix, days, nth)| {
        let born = NaiveDate::from_ymd_opt(1905, 1, 1).unwrap() + chrono::Duration::days(days);
        let body = format!("{prefix}{}{nth:03}", born.format("%Y%m%d"));
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
    })
}

fn credit_code() -> impl Strategy<Value = String> {
    "[159][1239][0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}".prop_map(|body| {
        const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        let mut weight = 1;
        let mut sum = 0;
        for character in body.chars() {
            sum += ALPHABET.find(character).unwrap() * weight;
            weight = weight * 3 % 31;
        }
        format!("{body}{}", ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap())
    })
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        resident_id(),
        resident_id().prop_map(|number| number.to_lowercase()),
        credit_code(),
        "1[3-9][0-9]{9}",
        "0[3-9][0-9]{2}-?[2-8][0-9]{6,7}",
        "(010|02[0-9])-?[2-8][0-9]{6,7}",
        "[HM][0-9]{8}([0-9]{2})?",
        "[A-Z]{3}[0-9]{12}",
    ]
}

fn around() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[0-9]{0,6}",
        "[A-Za-z0-9]{0,8}",
        "[0-9 -]{0,10}",
        "[身份证电话：。，（）号村路一二三0-9]{0,8}",
        "\\PC{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Clause D6-2: whatever surrounds it, and whatever else a person lets stay.
    #[test]
    fn no_number_survives(parts in prop::collection::vec((around(), number(), around()), 1..4), drop_the_rest: bool) {
        let text: String = parts.iter().map(|(before, number, after)| format!("{before}{number}{after}")).collect();
        let spots = redaction::find(&[text.as_str()], &Known::default()).remove(0);
        let taken = spots.iter().filter(|spot| drop_the_rest || !spot.kind.may_stay());
        let published = redaction::redact(&text, taken);
        prop_assert_eq!(valid_number_in(&published), None, "{} became {}", text, published);
        prop_assert!(!redaction::gives_away_a_number(&published), "{} became {}", text, published);
        for (_, number, _) in &parts {
            prop_assert!(!published.contains(number.as_str()), "{} became {}", text, published);
        }
    }

    /// Places are of the original text: in order, apart, inside of it; and what is replaced is all that changes.
    #[test]
    fn places_are_places_of_the_text(text in "\\PC{0,60}", number in number()) {
        let text = format!("{text}{number}{text}");
        let spots = redaction::find(&[text.as_str()], &person("张三")).remove(0);
        let length = text.chars().count();
        let mut at = 0;
        let mut rebuilt = String::new();
        for spot in &spots {
            prop_assert!(spot.length > 0 && spot.start >= at && spot.end() <= length);
            rebuilt.extend(text.chars().skip(at).take(spot.start - at));
            rebuilt.push_str(spot.kind.replacement());
            at = spot.end();
        }
        rebuilt.extend(text.chars().skip(at));
        prop_assert_eq!(redaction::redact(&text, &spots), rebuilt);
    }

    /// A name that is known is in no published text, unless somebody ruled that it stays.
    #[test]
    fn a_known_name_is_found_everywhere(before in "\\PC{0,8}", after in "\\PC{0,8}", name in "[王李张瞿][试一壹明芳国]{1,2}") {
        let text = format!("{before}{name}{after}{name}");
        let spots = redaction::find(&[text.as_str()], &person(&name)).remove(0);
        prop_assert!(!redaction::redact(&text, &spots).contains(&name), "{}", text);
    }
}
