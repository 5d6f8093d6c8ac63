//! The life of an item version: draft, published, withdrawn (clause B3-1).
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use catalog::{ItemContent, ItemVersion, WENLING, in_force};
use chrono::NaiveDate;
use kernel::{Refusal, WorkingDays};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

/// A complete promised-time item.
fn content() -> ItemContent {
    static CONTENT: LazyLock<ItemContent> = LazyLock::new(|| {
        let catalog = catalog::read(WENLING, today()).unwrap();
        catalog.items.iter().find(|item| !item.is_on_the_spot()).unwrap().content().clone()
    });
    CONTENT.clone()
}

fn draft_of(content: ItemContent) -> Result<ItemVersion, Refusal> {
    ItemVersion::draft("food-licence".parse().unwrap(), content)
}

fn draft() -> ItemVersion {
    draft_of(content()).unwrap()
}

fn published() -> ItemVersion {
    draft().publish(today()).unwrap()
}

fn wanting() -> ItemVersion {
    let mut content = content();
    content.materials.clear();
    content.guide.steps.clear();
    content.statutory = WorkingDays(0);
    content.promised = WorkingDays(0);
    draft_of(content).unwrap()
}

/// Clause B3-1: every state against every command.
#[test]
fn the_matrix_of_states_and_commands() {
    let states = [
        ("draft, wanting", wanting()),
        ("draft", draft()),
        ("published", published()),
        ("withdrawn", published().withdraw(today()).unwrap()),
    ];
    let mut matrix = String::new();
    for (name, version) in states {
        let commands = [
            ("edit", version.edit(content(), None, None)),
            ("publish", version.publish(today())),
            ("withdraw", version.withdraw(today())),
            ("revise", version.revise()),
        ];
        for (command, outcome) in commands {
            let outcome = match outcome {
                Ok(next) => format!("version {} {}", next.version, next.state),
                Err(refusal) => refusal.to_string(),
            };
            matrix += &format!("{name:<14} | {command:<8} | {outcome}\n");
        }
    }
    insta::assert_snapshot!(matrix, @r"
    draft, wanting | edit     | version 1 draft
    draft, wanting | publish  | item_incomplete: 材料清单为空；办事指南缺少办理步骤；缺少法定期限；承诺件缺少承诺期限
    draft, wanting | withdraw | not_published: 只有已发布的事项版本可以撤下，该版本当前为“草稿”
    draft, wanting | revise   | draft_exists: 该事项已有草稿，请直接编辑
    draft          | edit     | version 1 draft
    draft          | publish  | version 1 published
    draft          | withdraw | not_published: 只有已发布的事项版本可以撤下，该版本当前为“草稿”
    draft          | revise   | draft_exists: 该事项已有草稿，请直接编辑
    published      | edit     | not_a_draft: 只有草稿可以编辑，该版本当前为“已发布”
    published      | publish  | not_a_draft: 只有草稿可以发布，该版本当前为“已发布”
    published      | withdraw | version 1 withdrawn
    published      | revise   | version 2 draft
    withdrawn      | edit     | not_a_draft: 只有草稿可以编辑，该版本当前为“已撤下”
    withdrawn      | publish  | not_a_draft: 只有草稿可以发布，该版本当前为“已撤下”
    withdrawn      | withdraw | not_published: 只有已发布的事项版本可以撤下，该版本当前为“已撤下”
    withdrawn      | revise   | version 2 draft
    ");
}

/// Rule L3, 行政许可法 art. 42(2): what bodies handle together takes forty-five working days by law at most, whatever else an
/// item may say; one that a single body handles is not bound by it.
#[test]
fn what_is_handled_together_has_forty_five_days() {
    let joint = serde_json::json!({ "participants": [{ "department": "fire", "days": 5 }], "silence": "consent" });
    let of = |statutory, joint: Option<&serde_json::Value>| {
        let joint = joint.map(|terms| serde_json::from_value(terms.clone()).unwrap());
        draft_of(ItemContent { statutory: WorkingDays(statutory), joint, ..content() })
    };
    assert!(of(45, Some(&joint)).unwrap().publish(today()).is_ok());
    let refusal = of(46, Some(&joint)).unwrap_err();
    assert_eq!(refusal.code, "item_incoherent");
    assert!(refusal.detail.contains("第四十二条第二款"), "{refusal}");
    assert!(of(46, None).is_ok());
}

/// Clause B3-1: a case keeps the version it began with, so what is public never changes.
#[test]
fn publishing_a_revision_leaves_the_earlier_version_as_it_was() {
    let first = published();
    let mut changed = first.content().clone();
    changed.promised = WorkingDays(1);
    let second = first.revise().unwrap().edit(changed, Some(day("2027-01-01")), None).unwrap();
    let second = second.publish(today()).unwrap();

    assert_eq!(first, published());
    let both = [second.clone(), first.clone()];
    assert_eq!(in_force(&both, day("2026-11-22")), None);
    assert_eq!(in_force(&both, day("2026-12-31")), Some(&first));
    assert_eq!(in_force(&both, day("2027-01-01")), Some(&second));
    let withdrawn = [second.withdraw(today()).unwrap(), first.clone()];
    assert_eq!(in_force(&withdrawn, day("2027-01-01")), Some(&first));
}

/// Clause B3-1
#[test]
fn validity_runs_forwards_and_includes_both_its_days() {
    let edit = |from, until| draft().edit(content(), Some(day(from)), Some(day(until)));
    assert_eq!(edit("2027-01-02", "2027-01-01").unwrap_err().code, "validity_reversed");
    assert_eq!(edit("2025-01-01", "2025-12-31").unwrap().publish(today()).unwrap_err().code, "validity_over");
    let version = edit("2026-12-01", "2026-12-31").unwrap().publish(today()).unwrap();
    let on = |text| version.in_force(day(text));
    assert_eq!(["2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01"].map(on), [false, true, true, false]);
    assert_eq!(version.must_be_on_offer(day("2027-01-01")).unwrap_err().code, "item_not_on_offer");
}

proptest! {
    /// Rule L12: a draft, too, refuses a promise beyond the statutory limit, by whichever door it comes.
    #[test]
    fn no_version_promises_more_than_the_law_gives(statutory in 0u16..=250, promised in 0u16..=250) {
        let mut content = content();
        content.statutory = WorkingDays(statutory);
        content.promised = WorkingDays(promised);
        for outcome in [draft_of(content.clone()), draft().edit(content.clone(), None, None)] {
            prop_assert_eq!(outcome.is_ok(), promised <= statutory);
            if let Err(refusal) = outcome {
                prop_assert_eq!(refusal.code, "item_incoherent");
            }
        }
    }
}
