//! 签字: what the two signatures of an order cover, and that a later change shows (clause D13-1).

use escalation::{Order, SignedForm};
use serde_json::json;

use crate::hall::{
    FIRE, LAND, Person, acts,
    scene::{acknowledged, signed},
};

/// Clause D13-1: what was signed covers every field of annex 2 that stands there, so that a later change of any shows.
#[test]
fn a_signature_covers_every_field() {
    let desk = signed();
    let (order, impasse) = (desk.order(1).clone(), desk.impasse.id);
    let seal = |text: &str| kernel::Registry::seal(&desk.numbers, text);
    let both = |order: &Order| {
        let signatures = [&order.completion.as_ref().unwrap().signed, order.leader.as_ref().unwrap()];
        signatures.map(|it| order.is_as_signed(impasse, it, seal))
    };
    assert_eq!(both(&order), [true, true]);
    let stored = serde_json::to_value(&order).unwrap();
    for (field, value) in [
        ("/number", json!("331081交〔2026〕000099号")),
        ("/sequence", json!(2)),
        ("/round", json!(2)),
        ("/basis", json!("supervision")),
        ("/department", json!(FIRE)),
        ("/with", json!([FIRE])),
        ("/matter", json!("另一事项")),
        ("/issued_by/code", json!("somebody")),
        ("/issued_at", json!("2026-03-01T00:00:00Z")),
        ("/limit/budget", json!(6)),
        ("/limit/start", json!("2026-03-03")),
        ("/binding", json!(true)),
        ("/responsible", json!("land-deputy")),
        ("/completion/text", json!("尚未开通")),
    ] {
        let mut changed = stored.clone();
        if field == "/with" {
            changed["with"] = value;
        } else {
            *changed.pointer_mut(field).unwrap() = value;
        }
        let changed: Order = serde_json::from_value(changed).unwrap();
        assert_ne!(changed, order, "{field}");
        assert_eq!(both(&changed), [false, false], "{field}");
    }
    let elsewhere = "01900000-0000-7000-8000-000000000099".parse().unwrap();
    assert!(!order.is_as_signed(elsewhere, order.leader.as_ref().unwrap(), seal), "of another impasse");
}

/// Clause D13-1: what is granted between the two signatures stands in the second alone, and neither is broken by it.
#[test]
fn an_extension_between_the_signatures_breaks_none() {
    let desk = acknowledged()
        .after(Person::LandReviewer, acts::ask_days(1, 3))
        .after(Person::LandReviewer, acts::complete(1))
        .later("2026-03-02T10:00:00")
        .after(Person::Manager, acts::rule_on_days(1, true))
        .later("2026-03-02T11:00:00")
        .after(Person::LandHead, acts::sign(1));
    let order = desk.order(1);
    let (first, second) = (&order.completion.as_ref().unwrap().signed, order.leader.as_ref().unwrap());
    let seal = |text: &str| kernel::Registry::seal(&desk.numbers, text);
    assert_ne!(first.digest, second.digest);
    assert!([first, second].into_iter().all(|it| order.is_as_signed(desk.impasse.id, it, seal)));
    let mut added = order.clone();
    added.limit.extensions.push(added.limit.extensions[0].clone());
    assert!([first, second].into_iter().all(|it| !added.is_as_signed(desk.impasse.id, it, seal)));
}

/// Clause D13-1: what was signed before forms had names is verified as it was signed then.
#[test]
fn an_old_signature_is_verified_in_its_own_form() {
    let desk = signed();
    let seal = |text: &str| kernel::Registry::seal(&desk.numbers, text);
    let mut stored = serde_json::to_value(desk.order(1)).unwrap();
    let leader = stored["leader"].as_object_mut().unwrap();
    assert_eq!(leader.remove("form"), Some(json!("order-2")));
    let number = &desk.order(1).number;
    let lines = format!("{number}\n{LAND}\n明确备案路径并答复申请人\n已在系统开通备案入口");
    leader.insert("digest".to_owned(), json!(seal(&lines)));
    let old: Order = serde_json::from_value(stored.clone()).unwrap();
    let signature = old.leader.as_ref().unwrap();
    assert_eq!(signature.form, SignedForm::Lines);
    assert!(old.is_as_signed(desk.impasse.id, signature, seal));
    stored["matter"] = json!("另一事项");
    let changed: Order = serde_json::from_value(stored).unwrap();
    assert!(!changed.is_as_signed(desk.impasse.id, signature, seal));
}
