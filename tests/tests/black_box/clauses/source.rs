//! Reading tests and the clauses they name out of the sources.

use std::{collections::BTreeSet, fs, path::Path};

use super::list::{CLAUSES, RULES};

/// A test and the clauses and rules that its doc comment names.
#[derive(Debug)]
pub struct Shown {
    /// `crate file::function`.
    pub name: String,
    /// Known ones, ranges spelled out.
    pub ids: Vec<&'static str>,
    /// As written.
    pub named: Vec<String>,
}

/// Every documented test of the workspace that names a clause or a rule, in the order of files and lines.
pub fn tests_in(root: &Path) -> Vec<Shown> {
    let mut files = Vec::new();
    for folder in ["tests/tests", "api", "persistence", "domain"] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(root.join(&file)).unwrap();
        let relative = file.strip_prefix(root).unwrap().display().to_string();
        let is_all_tests = relative.contains("/tests/") || relative.ends_with("tests.rs");
        tests_of(&text, &place(&relative), is_all_tests, &mut found);
    }
    found
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `tests/tests/black_box/lifecycle.rs` → `tests lifecycle`, `domain/kernel/src/time.rs` → `kernel time`.
fn place(relative: &str) -> String {
    let path = relative.trim_start_matches("domain/").trim_end_matches(".rs");
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "src" | "black_box")).collect();
    let (of_crate, inside) = parts.split_first().unwrap();
    let inside: Vec<&str> = inside.iter().copied().filter(|part| !matches!(*part, "tests" | "mod" | "main")).collect();
    if inside.is_empty() { (*of_crate).to_owned() } else { format!("{of_crate} {}", inside.join("::")) }
}

fn tests_of(text: &str, place: &str, is_all_tests: bool, found: &mut Vec<Shown>) {
    let (mut doc, mut is_test) = (String::new(), is_all_tests);
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("///") {
            doc.push_str(said);
        } else if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else {
            if let Some(name) = function(line).filter(|_| is_test) {
                let (ids, named) = (mentioned(&doc), named(&doc));
                if !named.is_empty() {
                    found.push(Shown { name: format!("{place}::{name}"), ids, named });
                }
            }
            doc.clear();
            is_test = is_all_tests;
        }
    }
}

fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// The ids in a text that speaks of clauses or rules, as written: a range gives its ends.
pub fn named(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("clause") && !lower.contains("rule") {
        return Vec::new();
    }
    tokens(text).filter(|token| is_id(token)).map(str::to_owned).collect()
}

/// The known ids in a text, ranges spelled out, each once.
pub fn mentioned(text: &str) -> Vec<&'static str> {
    let order: Vec<&'static str> = CLAUSES.iter().chain(RULES).map(|row| row.id).collect();
    let place = |id: &str| order.iter().position(|known| *known == id);
    let mut places = BTreeSet::new();
    if !named(text).is_empty() {
        let (mut before, mut is_range): (Option<usize>, bool) = (None, false);
        for token in tokens(text) {
            match place(token) {
                Some(at) => {
                    let from = before.filter(|from| is_range && *from < at).unwrap_or(at);
                    places.extend(from..=at);
                    (before, is_range) = (Some(at), false);
                }
                None => is_range = token == "to" && before.is_some(),
            }
        }
    }
    places.into_iter().map(|at| order[at]).collect()
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|token| !token.is_empty())
}

/// `B2-4`, `G1`, `L12`.
fn is_id(token: &str) -> bool {
    let Some(first) = token.chars().next() else { return false };
    let rest = &token[first.len_utf8()..];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match first {
        'A'..='D' => rest.split_once('-').is_some_and(|(chapter, number)| digits(chapter) && digits(number)),
        'G' | 'L' => digits(rest),
        _ => false,
    }
}

#[test]
fn ids_are_found_where_clauses_are_spoken_of() {
    assert_eq!(mentioned("Clauses B2-1 to B2-3, rule L1: why"), ["B2-1", "B2-2", "B2-3", "L1"]);
    assert_eq!(mentioned("Rules L2 and L4"), ["L2", "L4"]);
    assert_eq!(mentioned("B2-1 alone speaks of nothing"), [""; 0]);
    assert_eq!(named("Clause B9-9, art. 32(1)(1), GB 11643"), ["B9-9"]);
    assert_eq!(place("tests/tests/black_box/lifecycle.rs"), "tests lifecycle");
    assert_eq!(place("tests/tests/adversity/crash.rs"), "tests adversity::crash");
    assert_eq!(place("domain/kernel/src/ledger/tests.rs"), "kernel ledger");
}
