//! 检索: a text as the terms it is found by, and a question as the terms that must all be there.
//!
//! One set of queries serves both databases, and neither is asked for an extension, so the index is a table of terms made
//! here: every two neighbouring characters of a Chinese run (most Chinese words have two, and none is marked off by
//! spaces), and every word of letters or digits whole, in small letters. A run's last character is a term of its own, so
//! that every character begins some term and a question of one character is a range of terms. Terms only propose: two
//! characters may meet by accident, so [`Question::is_answered_by`] looks at the text itself.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{DepartmentCode, ItemCode};

use crate::category::CategoryKind;

/// A question is at most this long, in characters.
pub const LONGEST_QUESTION: usize = 100;
/// And has at most so many words.
pub const MOST_WORDS: usize = 8;
/// Longer words of letters and digits are cut, in the index and in a question alike.
const LONGEST_TERM: usize = 32;
/// As much of a text as [`likeness`] reads, in terms.
const MOST_LIKENESS: usize = 200;
/// What nearly every precedent says tells nothing of what it is about.
const EVERYWHERE: [&str; 28] = [
    "办理", "申请", "窗口", "部门", "事项", "服务", "中心", "政务", "材料", "情况", "相关", "有关", "问题", "要求",
    "需要", "提供", "进行", "单位", "人员", "规定", "可以", "无法", "不能", "没有", "已经", "目前", "反映", "解决",
];

/// 权重: how often a term occurs in a precedent, in its title and in all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    pub in_title: u32,
    pub hits: u32,
}

/// All terms of a precedent with their weight.
pub fn index(title: &str, texts: &[&str]) -> BTreeMap<String, Weight> {
    let mut terms: BTreeMap<String, Weight> = BTreeMap::new();
    for term in terms_of(title) {
        let weight = terms.entry(term).or_default();
        weight.in_title += 1;
        weight.hits += 1;
    }
    for term in texts.iter().flat_map(|text| terms_of(text)) {
        terms.entry(term).or_default().hits += 1;
    }
    terms
}

/// The terms by which a category is found; no word contains a colon.
pub fn category_term(category: CategoryKind) -> String {
    format!("category:{category}")
}

pub fn department_term(department: &DepartmentCode) -> String {
    format!("department:{department}")
}

pub fn item_term(item: &ItemCode) -> String {
    format!("item:{item}")
}

/// 相近: the terms by which a text's nearest neighbours are found, the first of it first.
pub fn likeness(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    terms_of(text)
        .into_iter()
        .filter(|term| term.chars().count() > 1 && !EVERYWHERE.contains(&term.as_str()))
        .filter(|term| seen.insert(term.clone()))
        .take(MOST_LIKENESS)
        .collect()
}

/// 检索词: words that must all occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    words: Vec<String>,
}

/// Why a text is no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    #[error("检索词应含有文字或数字")]
    Empty,
    #[error("检索词不能超过{LONGEST_QUESTION}个字符")]
    TooLong,
    #[error("检索词不能超过{MOST_WORDS}个")]
    TooManyWords,
}

impl Question {
    /// # Errors
    /// One that says nothing, or too much.
    pub fn parse(text: &str) -> Result<Self, BadQuestion> {
        if text.chars().count() > LONGEST_QUESTION {
            return Err(BadQuestion::TooLong);
        }
        let mut words: Vec<String> = Vec::new();
        for word in folded(text).split(|c| kind(c) == Kind::Other).filter(|word| !word.is_empty()) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        match words.len() {
            0 => Err(BadQuestion::Empty),
            1..=MOST_WORDS => Ok(Self { words }),
            _ => Err(BadQuestion::TooManyWords),
        }
    }

    /// The terms that a precedent must have, each once.
    pub fn terms(&self) -> Vec<Wanted> {
        let mut wanted = BTreeSet::new();
        for run in self.words.iter().flat_map(|word| runs(word)) {
            match run.as_slice() {
                [only] if kind(*only) == Kind::Han => {
                    let next = char::from_u32(u32::from(*only) + 1).unwrap_or(char::MAX);
                    wanted.insert(Wanted::Between(only.to_string(), next.to_string()));
                }
                _ => wanted.extend(run_terms(&run, false).map(Wanted::Term)),
            }
        }
        wanted.into_iter().collect()
    }

    /// Whether every word really occurs in one of the texts.
    pub fn is_answered_by(&self, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| folded(text)).collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }
}

/// What to look up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    Term(String),
    /// Any term from the first on and before the second, in the order of code points.
    Between(String, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Han,
    Word,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{3005}'
        | '\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Kind::Han,
        _ if c.is_alphanumeric() => Kind::Word,
        _ => Kind::Other,
    }
}

/// Full-width forms as ASCII, small letters.
fn folded(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

/// Maximal runs of one kind, without what is between them.
fn runs(text: &str) -> Vec<Vec<char>> {
    let mut runs: Vec<Vec<char>> = Vec::new();
    let mut last = Kind::Other;
    for c in text.chars() {
        let now = kind(c);
        if now != Kind::Other {
            match runs.last_mut().filter(|_| now == last) {
                Some(run) => run.push(c),
                None => runs.push(vec![c]),
            }
        }
        last = now;
    }
    runs
}

/// The terms of one run; `ends` says whether its last character is one.
fn run_terms(run: &[char], ends: bool) -> impl Iterator<Item = String> {
    let is_han = run.first().is_some_and(|c| kind(*c) == Kind::Han);
    let pairs = run.windows(2).filter(move |_| is_han).map(|pair| pair.iter().collect());
    let last = run.last().filter(|_| is_han && ends).map(char::to_string);
    let whole = (!is_han).then(|| run.iter().take(LONGEST_TERM).collect());
    pairs.chain(last).chain(whole)
}

fn terms_of(text: &str) -> Vec<String> {
    runs(&folded(text)).iter().flat_map(|run| run_terms(run, true).collect::<Vec<_>>()).collect()
}
