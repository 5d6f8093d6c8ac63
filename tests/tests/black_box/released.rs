//! 契约习惯: programs that were written for the last release go on working. `docs/contract/released.json` is the contract
//! as it was released last; `RELEASE=1` puts today's in its place.

use std::{collections::BTreeMap, path::PathBuf};

use tests::{compatibility::breaks, contract::DOCUMENT, *};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contract")).join(name)
}

/// The rows of the table in `accepted.md`, each a change and why it was accepted.
fn accepted(page: &str) -> BTreeMap<String, String> {
    let row = |line: &str| {
        let (change, reason) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((change.to_owned(), reason.trim_matches(['|', ' ']).to_owned()))
    };
    page.lines().filter_map(row).collect()
}

/// What breaks callers is named here until `docs/contract/accepted.md` says why it must be; what it lists must be so.
#[test]
fn nothing_that_was_released_is_broken_without_a_reason() {
    let page = std::fs::read_to_string(file("accepted.md")).unwrap();
    if std::env::var_os("RELEASE").is_some() {
        std::fs::write(file("released.json"), serde_json::to_string_pretty(&*DOCUMENT).unwrap() + "\n").unwrap();
        let kept: Vec<_> = page.lines().filter(|line| !line.starts_with("| `")).collect();
        std::fs::write(file("accepted.md"), kept.join("\n") + "\n").unwrap();
    }
    let released: Value = serde_json::from_slice(&std::fs::read(file("released.json")).unwrap()).unwrap();
    let accepted = accepted(&std::fs::read_to_string(file("accepted.md")).unwrap());
    let broken = breaks(&released, &DOCUMENT);
    let named: Vec<_> = broken.iter().filter(|change| !accepted.contains_key(*change)).cloned().collect();
    assert!(
        named.is_empty(),
        "breaks callers; avoid it, or say why in docs/contract/accepted.md:\n{}",
        named.join("\n")
    );
    for (change, reason) in &accepted {
        assert!(broken.contains(change), "docs/contract/accepted.md lists what is not so: {change}");
        assert!(reason.chars().count() > 10, "docs/contract/accepted.md gives no reason for: {change}");
    }
}
