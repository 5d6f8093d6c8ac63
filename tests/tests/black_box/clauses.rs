//! `docs/clauses.md`: from each clause to the tests that show it and the operations that carry it out, made from the
//! doc comments of the tests and the descriptions in the contract.

mod list;
mod source;

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use tests::contract::operations;

use list::{CLAUSES, RULES, Row};
use source::{Shown, mentioned, tests_in};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

type ById = BTreeMap<&'static str, Vec<String>>;

fn by_tests(shown: &[Shown]) -> ById {
    let mut found = ById::new();
    for test in shown {
        for id in &test.ids {
            found.entry(id).or_default().push(format!("`{}`", test.name));
        }
    }
    found
}

fn by_operations() -> ById {
    let mut found = ById::new();
    for operation in operations() {
        for id in mentioned(operation.spec["description"].as_str().unwrap_or_default()) {
            found.entry(id).or_default().push(format!("`{} {}`", operation.method, operation.path));
        }
    }
    found
}

fn page() -> String {
    let (tests, operations) = (by_tests(&tests_in(Path::new(ROOT))), by_operations());
    let mut page = String::from(
        "# Clauses\n\n\
         From each clause of the notice (温政服〔2023〕19号) and each rule of law to the tests that show it and the\n\
         operations that carry it out. Made from the doc comments of the tests and the descriptions in `openapi.yaml`;\n\
         `UPDATE_DOCS=1 cargo nextest run -p tests clauses` writes it anew, and a test fails while it is stale.\n\
         The black-box tests run on SQLite and on PostgreSQL, but for a few that are about one of the two.\n",
    );
    section(&mut page, "Clauses of the notice", CLAUSES, &tests, &operations);
    section(&mut page, "Rules of law", RULES, &tests, &operations);
    page.push_str("\n## Not there yet\n\nNo test shows these.\n\n");
    for row in CLAUSES.iter().chain(RULES).filter(|row| !tests.contains_key(row.id)) {
        writeln!(page, "- {} {}", row.id, row.label).unwrap();
    }
    page
}

fn section(page: &mut String, title: &str, rows: &[Row], tests: &ById, operations: &ById) {
    write!(page, "\n## {title}\n").unwrap();
    for row in rows {
        let Some(shown) = tests.get(row.id) else { continue };
        write!(page, "\n### {} {}\n\n", row.id, row.label).unwrap();
        if let Some(rest) = row.rest {
            write!(page, "Not there yet: {rest}.\n\n").unwrap();
        }
        for operation in operations.get(row.id).into_iter().flatten() {
            writeln!(page, "- {operation}").unwrap();
        }
        for test in shown {
            writeln!(page, "- {test}").unwrap();
        }
    }
}

/// `UPDATE_DOCS=1` brings it up to date.
#[test]
fn the_page_of_clauses_is_up_to_date() {
    let file = Path::new(ROOT).join("docs/clauses.md");
    let made = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &made).unwrap();
    }
    let stands = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(stands == made, "docs/clauses.md is stale: run the tests with UPDATE_DOCS=1");
}

/// A clause that a test or an operation names by mistake is not silently left out.
#[test]
fn every_clause_that_is_named_is_known() {
    let known = |id: &str| CLAUSES.iter().chain(RULES).any(|row| row.id == id);
    for test in tests_in(Path::new(ROOT)) {
        let unknown: Vec<&String> = test.named.iter().filter(|id| !known(id)).collect();
        assert!(unknown.is_empty(), "{} names {unknown:?}", test.name);
    }
    for operation in operations() {
        let named = source::named(operation.spec["description"].as_str().unwrap_or_default());
        let unknown: Vec<&String> = named.iter().filter(|id| !known(id)).collect();
        assert!(unknown.is_empty(), "{} names {unknown:?}", operation.id);
    }
}

/// An operation that says it carries out a clause is shown to do so.
#[test]
fn every_clause_of_an_operation_is_shown_by_a_test() {
    let tests = by_tests(&tests_in(Path::new(ROOT)));
    for (id, operations) in by_operations() {
        assert!(tests.contains_key(id), "no test shows {id}, which these name: {operations:?}");
    }
}
