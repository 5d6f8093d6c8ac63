//! 案例检索 (clause D6-2): what a text is found by.

use escalation::precedent::search::{BadQuestion, Question, Wanted, Weight, index, likeness};
use proptest::prelude::*;

fn terms(text: &str) -> Vec<String> {
    index("", &[text]).into_keys().collect()
}

/// Whether every term of the question is one of the text, as the store looks them up.
fn proposes(question: &Question, title: &str, text: &str) -> bool {
    let known = index(title, &[text]);
    question.terms().iter().all(|wanted| match wanted {
        Wanted::Term(term) => known.contains_key(term),
        Wanted::Between(from, until) => known.range(from.clone()..until.clone()).next().is_some(),
    })
}

#[test]
fn chinese_is_found_by_neighbours_and_the_rest_by_words() {
    assert_eq!(terms("企业登记"), ["业登", "企业", "登记", "记"]);
    assert_eq!(terms("12345 热线, Ｗｅｂ"), ["12345", "web", "热线", "线"]);
    assert_eq!(terms("第3号"), ["3", "号", "第"]);
    assert_eq!(terms("，。 -"), Vec::<String>::new());
}

#[test]
fn title_and_text_are_weighed_apart() {
    let known = index("企业登记", &["企业和企业"]);
    assert_eq!(known["企业"], Weight { in_title: 1, hits: 3 });
    assert_eq!(known["登记"], Weight { in_title: 1, hits: 1 });
    assert_eq!(known["和企"], Weight { in_title: 0, hits: 1 });
}

#[test]
fn several_words_must_all_occur() {
    let question = Question::parse("企业　登记").unwrap();
    assert!(question.is_answered_by(&["企业的登记"]));
    assert!(question.is_answered_by(&["企业", "登记"]));
    assert!(!question.is_answered_by(&["企业"]));
}

#[test]
fn neighbours_that_meet_by_accident_are_no_answer() {
    let question = Question::parse("企业登记").unwrap();
    let text = "企业、业登、登记";
    assert!(proposes(&question, "", text), "all terms are there");
    assert!(!question.is_answered_by(&[text]));
}

#[test]
fn one_character_finds_whatever_it_is_in() {
    let question = Question::parse("税").unwrap();
    for text in ["税务", "缴税", "税"] {
        assert!(proposes(&question, "", text) && question.is_answered_by(&[text]), "{text}");
    }
    assert!(!proposes(&question, "", "水务"));
}

#[test]
fn questions_are_bounded() {
    assert_eq!(Question::parse(" ，。"), Err(BadQuestion::Empty));
    assert_eq!(Question::parse(&"税".repeat(101)), Err(BadQuestion::TooLong));
    assert_eq!(Question::parse("一 二 三 四 五 六 七 八 九"), Err(BadQuestion::TooManyWords));
    assert_eq!(Question::parse("税 税 税 税 税 税 税 税 税"), Question::parse("税"), "each once");
}

#[test]
fn likeness_leaves_out_what_everybody_says() {
    let like = likeness("窗口办理企业登记");
    assert!(
        like.contains(&"企业".to_owned()) && !like.contains(&"窗口".to_owned()) && !like.contains(&"办理".to_owned())
    );
    assert!(likeness(&"一二三四五六七八九十".repeat(400)).len() <= 200);
}

proptest! {
    /// Terms only ever propose too much: a text in which every word occurs is always proposed.
    #[test]
    fn whatever_answers_is_proposed(
        before in "[企业登记税务a-cA-C0-2，。 ]{0,12}",
        word in "[企业登记税务]{1,6}",
        after in "[企业登记税务，。 ]{0,12}",
    ) {
        let text = format!("{before}{word}{after}");
        let question = Question::parse(&word).unwrap();
        prop_assert!(question.is_answered_by(&[&text]));
        prop_assert!(proposes(&question, "", &text), "{} in {}", word, text);
        prop_assert!(proposes(&question, &text, ""), "{} in {}", word, text);
    }
}
