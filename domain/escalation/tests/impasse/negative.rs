//! 否定答复 (clauses D1-2, D7-1).

use escalation::negative::{Event, Giving, NegativeReply, Recorded, give};
use kernel::{Centre, DocumentKind, PartyId, id::ImpasseId};

use crate::hall::{Numbers, Person, applicant, department, morning, text};

fn giving() -> Giving {
    Giving {
        id: "01900000-0000-7000-8000-0000000000a1".parse().unwrap(),
        centre: Centre::WENLING,
        window: "policy".parse().unwrap(),
        department: department("taxation"),
        fallback: "fallback".parse().unwrap(),
        item: None,
        asked: text(&"露营基地备案".repeat(20)),
        applicant: applicant(),
        case: None,
        reason: text("不属于本窗口受理范围"),
        legal_basis: text("三定规定"),
    }
}

fn recorded(version: u64, event: Event) -> Recorded {
    Recorded { version, at: morning(), by: Person::Clerk.actor().signature(), event }
}

fn impasse() -> ImpasseId {
    "01900000-0000-7000-8000-0000000000b1".parse().unwrap()
}

/// Clause D7-1: a window's "no" has a number, a reason, a basis, and somebody who said it.
#[test]
fn a_no_is_numbered_and_signed() {
    let mut numbers = Numbers::default();
    let reply = NegativeReply::fold(&[recorded(1, give(giving(), &mut numbers).unwrap())]).unwrap();
    assert_eq!(numbers.issued, [(DocumentKind::NegativeReply, reply.given.number.clone())]);
    assert_eq!(reply.by.code, "clerk");
    assert_eq!((reply.version, reply.impasse), (1, None));
    assert_eq!(reply.given.remedies, kernel::remedies(), "and says where else to go (行政许可法 art. 38(2))");
    assert_eq!(reply.subject().unwrap().as_str().chars().count(), 100, "as far as there is room");
}

/// Clauses D1-2, D7-1: it is turned once, and in the name of nobody else.
#[test]
fn it_is_turned_once_for_the_same_applicant() {
    let given = recorded(1, give(giving(), &mut Numbers::default()).unwrap());
    let reply = NegativeReply::fold(std::slice::from_ref(&given)).unwrap();
    let other: PartyId = "01900000-0000-7000-8000-000000000009".parse().unwrap();
    assert_eq!(reply.turn(impasse(), other).unwrap_err().code, "not_the_applicant");
    let turned = recorded(2, reply.turn(impasse(), applicant()).unwrap());
    let reply = NegativeReply::fold(&[given, turned]).unwrap();
    assert_eq!((reply.version, reply.impasse), (2, Some(impasse())));
    assert_eq!(reply.turn(impasse(), applicant()).unwrap_err().code, "already_an_impasse");
}
