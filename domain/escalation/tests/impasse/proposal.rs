//! 事项建议 (clauses C2-2, D11-1): what may come of it, and that it is settled once.

use std::collections::BTreeSet;

use catalog::{Catalog, ItemKind, ItemVersion, VersionState, WENLING};
use escalation::proposal::{Outcome, Proposal, Proposed, Recorded, Sketch, State, Target, propose};
use kernel::{
    Actor, Centre, DocumentKind, DocumentNumber, Instant, Refusal, Registry, Role, Text, access::Who, id::ImpasseId,
};

struct Numbers;

impl Registry for Numbers {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        Ok(DocumentNumber::new(Centre::WENLING, kind, 2026, 1))
    }

    fn seal(&self, _: &str) -> String {
        String::new()
    }
}

fn now() -> Instant {
    Instant::parse("2026-11-25T01:00:00Z").unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn published() -> ItemVersion {
    let catalog: Catalog = catalog::read(WENLING, now().day()).unwrap_or_else(|report| panic!("{report}"));
    catalog.items.into_iter().find(|item| item.state == VersionState::Published).unwrap()
}

fn proposed(target: Target) -> Proposed {
    let impasse: ImpasseId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
    Proposed {
        id: "01900000-0000-7000-8000-000000000002".parse().unwrap(),
        centre: Centre::WENLING,
        target,
        impasses: BTreeSet::from([impasse]),
        precedent: None,
        reasons: text("多次办不成。"),
        sketch: Sketch {
            name: text("跨部门登记"),
            department: "commerce".parse().unwrap(),
            kind: ItemKind::PromisedTime,
            text: text("一次受理，内部流转。"),
        },
    }
}

fn open(target: Target) -> (Proposal, Vec<Recorded>) {
    let who = Who::Official { code: "manager".parse().unwrap(), role: Role::Manager };
    let by = Actor { centre: Centre::WENLING, who }.signature();
    let event = propose(proposed(target), &mut Numbers).unwrap();
    let record = vec![Recorded { version: 1, at: now(), by, event }];
    (Proposal::fold(&record).unwrap(), record)
}

#[test]
fn a_proposal_comes_from_somewhere_and_names_nobody() {
    let without = Proposed { impasses: BTreeSet::new(), ..proposed(Target::Add) };
    assert_eq!(propose(without, &mut Numbers).unwrap_err().code, "proposal_without_source");
    let telling = Proposed { reasons: text("请联系13800000000。"), ..proposed(Target::Add) };
    assert_eq!(propose(telling, &mut Numbers).unwrap_err().code, "personal_data_in_text");
}

#[test]
fn only_a_published_and_later_version_of_the_item_comes_of_it() {
    let (version, since) = (published(), Some(now().day()));
    let mut draft = version.clone();
    draft.state = VersionState::Draft;
    let (added, _) = open(Target::Add);
    assert_eq!(added.adopt(&draft, since).unwrap_err().code, "not_published");
    assert!(added.adopt(&version, since).is_ok(), "on the very day");
    assert_eq!(added.adopt(&version, now().day().pred_opt()).unwrap_err().code, "not_a_new_version", "there before");
    let (other, _) = open(Target::Change { item: "another-item".parse().unwrap(), after: 0 });
    assert_eq!(other.adopt(&version, since).unwrap_err().code, "another_item");
    let (change, _) = open(Target::Change { item: version.item.clone(), after: version.version });
    assert_eq!(change.adopt(&version, since).unwrap_err().code, "not_a_new_version");
    let mut later = version.clone();
    later.version += 1;
    assert!(change.adopt(&later, version.valid_from).is_ok(), "of an item that was there");
}

#[test]
fn it_is_settled_once_and_the_record_adds_up_to_it() {
    let (version, since) = (published(), Some(now().day()));
    let settlements = [
        open(Target::Add).0.adopt(&version, since).unwrap(),
        open(Target::Add).0.decline(text("已有事项可以办理。")).unwrap(),
    ];
    for event in settlements {
        let (mut proposal, mut record) = open(Target::Add);
        assert_eq!((proposal.state(), proposal.item()), (State::Open, None));
        record.push(Recorded { version: 2, event, ..record[0].clone() });
        proposal.apply(&record[1]);
        assert_eq!(Proposal::fold(&record), Some(proposal.clone()));
        assert_eq!(proposal.adopt(&version, since).unwrap_err().code, "proposal_settled");
        assert_eq!(proposal.decline(text("不采纳。")).unwrap_err().code, "proposal_settled");
        match &proposal.outcome {
            Some(Outcome::Adopted { item, item_version, .. }) => {
                assert_eq!((item, *item_version), (&version.item, version.version));
                assert_eq!(proposal.item(), Some(&version.item));
            }
            outcome => assert!(matches!(outcome, Some(Outcome::Declined { .. }))),
        }
    }
}
