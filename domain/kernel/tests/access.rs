//! Who may do what, where: the whole table, and the one predicate behind handlers and lists alike.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;

use kernel::{
    Action, Actor, Centre, DepartmentCode, ItemCode, PartyId, Posting, Role, StaffCode, Text, Whereabouts, WindowCode,
    access::{Agent, Denial, Mandate, Power, Reach, Scopes, Signature, Through, Who, may, may_for, may_on, roles_for},
};
use proptest::{collection::vec, prelude::*, sample::select};
use strum::VariantArray;

/// Rule of three separate administrators (三员分立), clauses A2-3, A3-1, B2-4, B3-1, B3-2, B3-3, B3-4, B5-1, G1, G2.
#[test]
fn every_action_is_for_the_roles_that_carry_it() {
    let width = Action::VARIANTS.iter().map(|action| action.to_string().len()).max().unwrap();
    let head: Vec<_> = Role::VARIANTS.iter().map(ToString::to_string).collect();
    let line = |action: &Action| {
        let cells = Role::VARIANTS.iter().zip(&head).map(|(role, name)| {
            let mark = if roles_for(*action).contains(role) { "yes" } else { "·" };
            format!("{mark:<0$}", name.len())
        });
        format!("{:<width$}  {}", action.to_string(), cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    let lines: Vec<_> = Action::VARIANTS.iter().map(line).collect();
    let table = format!("{:<width$}  {}\n{}", "", head.join("  "), lines.join("\n"));
    insta::assert_snapshot!("action_by_role", table);
}

/// No role is listed twice, and nothing is for nobody.
#[test]
fn every_action_has_somebody() {
    for action in Action::VARIANTS {
        let roles = roles_for(*action);
        assert!(!roles.is_empty(), "{action}");
        assert_eq!(roles.iter().collect::<HashSet<_>>().len(), roles.len(), "{action}");
    }
}

/// Clause A2-3: a clerk acts where they are posted, at the first window where they name none; nobody else acts at one.
#[test]
fn a_clerk_acts_where_they_are_posted() {
    let posting = |window: Option<&str>| Posting {
        role: Role::Clerk,
        department: "justice".parse().unwrap(),
        window: window.map(|window| window.parse().unwrap()),
    };
    let postings = vec![posting(None), posting(Some("policy")), posting(Some("project"))];
    let clerk = Who::Staff { code: "clerk".parse().unwrap(), role: Role::Clerk, postings };
    let at = |who: &Who, window: Option<&str>| {
        let actor = Actor { centre: Centre::WENLING, who: who.clone() };
        let place = actor.posted_at(window.map(|it| it.parse().unwrap()).as_ref());
        place.map(|(window, department)| (window.to_string(), department.to_string())).map_err(|refusal| refusal.code)
    };
    let place = |window: &str| Ok((window.to_owned(), "justice".to_owned()));
    assert_eq!(at(&clerk, None), place("policy"));
    assert_eq!(at(&clerk, Some("project")), place("project"));
    assert_eq!(at(&clerk, Some("finance")), Err("not_posted_here"));
    assert_eq!(at(&Who::System, None), Err("staff_only"));
}

/// Clause B5-1: time acts by itself, and nobody acts in its name through the API.
#[test]
fn time_carries_no_action() {
    assert!(Action::VARIANTS.iter().all(|action| !roles_for(*action).contains(&Role::System)));
}

/// 三员分立 (GB/T 22239): no administrator moves a case or reads personal data, and no two share a power.
#[test]
fn administrators_are_separate() {
    let powers = |role| -> HashSet<Action> {
        Action::VARIANTS.iter().copied().filter(|action| roles_for(*action).contains(&role)).collect()
    };
    let three = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    let touches_cases = |action: &Action| {
        let personal = [Action::ReadPersonal, Action::ReadApplicant].contains(action);
        Action::ON_A_CASE.contains(action) || Action::ON_AN_IMPASSE.contains(action) || personal
    };
    for (at, role) in three.into_iter().enumerate() {
        assert!(!powers(role).iter().any(touches_cases), "{role}");
        for other in &three[at + 1..] {
            let writes_shared: Vec<_> = powers(role)
                .intersection(&powers(*other))
                .filter(|it| !it.to_string().starts_with("read_"))
                .copied()
                .collect();
            assert!(writes_shared.is_empty(), "{role} and {other}: {writes_shared:?}");
        }
    }
}

/// What a system does about an impasse, where the name does not say so.
const IMPASSE_ACTS: [&str; 1] = ["record_satisfaction"];

/// Clauses G1, G2: a system does what its token says, and nothing where it says nothing.
#[test]
fn a_system_without_scopes_may_nothing() {
    let client = code("zjzwfw");
    for action in Action::VARIANTS.iter().filter(|action| roles_for(**action).contains(&Role::Adapter)) {
        let name = action.to_string();
        let (reads, of_impasses) =
            (name.starts_with("read_"), name.contains("impasse") || IMPASSE_ACTS.contains(&&*name));
        for n in 0..64_u8 {
            let [cases_read, cases_write, impasses_read, impasses_write, events, vouch] =
                [1, 2, 4, 8, 16, 32].map(|bit| n & bit != 0);
            let cases = Reach { read: cases_read, write: cases_write };
            let impasses = Reach { read: impasses_read, write: impasses_write };
            let actor = adapter(&client, Scopes { cases, impasses, events, vouch });
            let reach = if of_impasses { impasses } else { cases };
            let allowed = match action {
                Action::Vouch | Action::ReadVouchers | Action::EndVoucher => vouch,
                Action::ReadEvents => events,
                _ if reads => reach.read,
                _ => reach.write,
            };
            assert_eq!(may(&actor, *action), if allowed { Ok(()) } else { Err(Denial::OutOfScope) }, "{action}");
        }
    }
    let beyond = adapter(&client, Scopes::ALL);
    assert_eq!(may(&beyond, Action::Accept), Err(Denial::NotForRole), "no scope makes a clerk of a system");
}

/// Clause G2: what a system did not hand in is not there for it, and without the right to read nothing is.
#[test]
fn a_system_sees_what_it_handed_in() {
    let (ours, theirs) = (code("zjzwfw"), code("another"));
    let place = Place {
        centre: Centre::WENLING,
        window: "w1".parse().unwrap(),
        fallback: None,
        besides: Vec::new(),
        department: "d1".parse().unwrap(),
        participants: Vec::new(),
        at_work: false,
        party: party(0),
        client: Some(ours.clone()),
        vouched: false,
    };
    let on = |client: &StaffCode, scopes, action| may_on(&adapter(client, scopes), action, &place.whereabouts());
    let all = Scopes::ALL;
    let reading = Scopes { cases: Reach { read: true, write: false }, ..Scopes::default() };
    let others = Scopes { cases: Reach::default(), ..Scopes::ALL };
    assert_eq!(on(&ours, all, Action::ReadCase), Ok(()));
    assert_eq!(on(&theirs, all, Action::ReadCase), Err(Denial::Hidden));
    assert_eq!(on(&ours, reading, Action::Withdraw), Err(Denial::OutOfScope));
    assert_eq!(on(&ours, others, Action::ReadCase), Err(Denial::OutOfScope));
    assert_eq!(on(&ours, reading, Action::UrgeImpasse), Err(Denial::OutOfScope));
    assert_eq!(on(&ours, Scopes::default(), Action::ReadCase), Err(Denial::Hidden));
}

/// Clause B1-3: what an applicant handed in, the system that vouched for them reads, and does nothing to it by itself.
#[test]
fn a_system_acts_on_what_its_applicant_handed_in_only_in_their_name() {
    let ours = code("front-end");
    let place = Place {
        centre: Centre::WENLING,
        window: "w1".parse().unwrap(),
        fallback: None,
        besides: Vec::new(),
        department: "d1".parse().unwrap(),
        participants: Vec::new(),
        at_work: false,
        party: party(0),
        client: Some(ours.clone()),
        vouched: true,
    };
    let (system, applicant) =
        (adapter(&ours, Scopes::ALL), Actor { centre: Centre::WENLING, who: Who::Applicant { party: party(0) } });
    for action in Action::VARIANTS.iter().filter(|action| roles_for(**action).contains(&Role::Adapter)) {
        let expected = if action.is_reading() { Ok(()) } else { Err(Denial::VoucherRequired) };
        assert_eq!(may_on(&system, *action, &place.whereabouts()), expected, "{action}");
    }
    assert_eq!(may_on(&applicant, Action::Withdraw, &place.whereabouts()), Ok(()));
}

fn code(text: &str) -> StaffCode {
    text.parse().unwrap()
}

fn item(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn party(n: usize) -> PartyId {
    format!("01900000-0000-7000-8000-{n:012}").parse().unwrap()
}

/// Clause B1-3: an agent does what the mandate says, sees what the applicant sees, and nothing once it has ended.
#[test]
fn an_agent_does_what_the_mandate_says() {
    let through = Through {
        client: code("front-end"),
        voucher: "01900000-0000-7000-8000-000000000007".parse().unwrap(),
        agent: Some(Agent { party: Some(party(1)), mandate: Text::new("WT-1").unwrap() }),
    };
    let acting = |powers: Option<&[Power]>, until: Option<&str>| Actor {
        centre: Centre::WENLING,
        who: Who::Vouched {
            party: party(0),
            through: Box::new(through.clone()),
            mandate: Mandate {
                powers: powers.map(|powers| powers.iter().copied().collect()),
                items: None,
                until: until.map(|day| day.parse().unwrap()),
            },
        },
    };
    let of_applicants = Action::VARIANTS.iter().filter(|action| roles_for(**action).contains(&Role::Applicant));
    let whole = acting(None, None);
    for action in of_applicants {
        assert_eq!(may(&whole, *action), Ok(()), "{action}");
        let covered =
            Power::VARIANTS.iter().filter(|power| may(&acting(Some(&[**power]), None), *action).is_ok()).count();
        let is_for_all = action.is_reading() && *action != Action::ReadPickUpCode;
        assert_eq!(covered, if is_for_all { Power::VARIANTS.len() } else { 1 }, "{action}");
    }
    let filing = acting(Some(&[Power::Applications]), Some("2026-03-02"));
    assert_eq!(may(&filing, Action::Receive), Ok(()));
    assert_eq!(may(&filing, Action::Withdraw), Err(Denial::BeyondMandate));
    assert_eq!(may(&whole, Action::Accept), Err(Denial::NotForRole), "no mandate makes a clerk of an agent");
    let on = |day: &str| filing.must_have_mandate(day.parse().unwrap());
    assert_eq!((on("2026-03-02"), on("2026-03-03")), (Ok(()), Err(Denial::MandateEnded)));
    let signature = whole.signature();
    assert_eq!((signature.role, signature.code), (Role::Applicant, party(0).to_string()));
    assert_eq!(signature.through.as_deref(), Some(&through));
}

/// Clause B1-3: an agent who was given some items does nothing about another one, and sees what the applicant sees.
#[test]
fn a_mandate_for_some_items_is_for_no_other() {
    let (given, other) = (item("drainage-permit"), item("construction-permit"));
    let window: WindowCode = "project".parse().unwrap();
    let department: DepartmentCode = "development-reform".parse().unwrap();
    let acting = |items: Option<&[&ItemCode]>| Actor {
        centre: Centre::WENLING,
        who: Who::Vouched {
            party: party(0),
            through: Box::new(Through {
                client: code("front-end"),
                voucher: "01900000-0000-7000-8000-000000000007".parse().unwrap(),
                agent: None,
            }),
            mandate: Mandate {
                items: items.map(|items| items.iter().map(|item| (*item).clone()).collect()),
                ..Mandate::default()
            },
        },
    };
    let on = |item| Whereabouts {
        centre: Centre::WENLING,
        item,
        window: Some(&window),
        fallback: None,
        besides: Vec::new(),
        department: Some(&department),
        participants: Vec::new(),
        at_work: Vec::new(),
        applicant: Some(party(0)),
        client: None,
        vouched: false,
    };
    let (limited, whole) = (acting(Some(&[&given])), acting(None));
    for action in Action::VARIANTS.iter().filter(|action| roles_for(**action).contains(&Role::Applicant)) {
        assert_eq!(may_on(&limited, *action, &on(Some(&given))), Ok(()), "{action}");
        assert_eq!(may_on(&whole, *action, &on(Some(&other))), Ok(()), "{action}");
        assert_eq!(may_on(&limited, *action, &on(None)), Ok(()), "{action}: about no item");
        let only_shows = Power::needed_for(*action).is_none();
        let expected = if only_shows { Ok(()) } else { Err(Denial::ItemBeyondMandate) };
        assert_eq!(may_on(&limited, *action, &on(Some(&other))), expected, "{action}");
    }
    assert_eq!(may_for(&limited, Action::Receive, Some(&other)), Err(Denial::ItemBeyondMandate));
    let in_person = Actor { centre: Centre::WENLING, who: Who::Applicant { party: party(0) } };
    assert_eq!(may_for(&in_person, Action::Receive, Some(&other)), Ok(()));
}

/// The record of before anybody was recorded with whoever acted is read as it was written.
#[test]
fn a_signature_of_before_is_read() {
    let old: Signature = serde_json::from_str(r#"{ "role": "clerk", "code": "clerk-one" }"#).unwrap();
    assert_eq!(old.through, None);
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"role":"clerk","code":"clerk-one"}"#);
}

fn adapter(client: &StaffCode, scopes: Scopes) -> Actor {
    Actor { centre: Centre::WENLING, who: Who::Adapter { client: client.clone(), scopes } }
}

/// Where a case stands, owned.
#[derive(Clone, Debug)]
struct Place {
    centre: Centre,
    window: WindowCode,
    fallback: Option<WindowCode>,
    besides: Vec<WindowCode>,
    department: DepartmentCode,
    participants: Vec<DepartmentCode>,
    /// Whether they have yet to do their part.
    at_work: bool,
    party: PartyId,
    client: Option<StaffCode>,
    vouched: bool,
}

impl Place {
    fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.centre,
            item: None,
            window: Some(&self.window),
            fallback: self.fallback.as_ref(),
            besides: self.besides.iter().collect(),
            department: Some(&self.department),
            participants: self.participants.iter().collect(),
            at_work: self.participants.iter().filter(|_| self.at_work).collect(),
            applicant: Some(self.party),
            client: self.client.as_ref(),
            vouched: self.vouched,
        }
    }

    /// In words: clerks see their windows, what is held at them or offered to them, and at the fallback window what it has
    /// besides; the back office its departments and what they have a part in; manager, auditor, supervision section, reform
    /// office and the government's head the centre; applicants their own; systems and hotlines what they handed in; the
    /// other administrators nothing, and time nothing either.
    fn is_seen_by(&self, who: &Who) -> bool {
        match who {
            Who::Staff { role: Role::Clerk, postings, .. } => {
                let here = |window: &WindowCode| {
                    *window == self.window || Some(window) == self.fallback.as_ref() || self.besides.contains(window)
                };
                postings.iter().any(|posting| posting.window.as_ref().is_some_and(here))
            }
            Who::Staff { postings, .. } => postings.iter().any(|posting| self.concerns(&posting.department)),
            Who::Official { role, .. } => !matches!(role, Role::SystemAdmin | Role::SecurityAdmin),
            Who::Applicant { party } | Who::Vouched { party, .. } => *party == self.party,
            Who::Adapter { client, scopes } => scopes.cases.read && self.client.as_ref() == Some(client),
            Who::Hotline { hotline } => self.client.as_ref() == Some(hotline),
            Who::System => false,
        }
    }

    fn concerns(&self, department: &DepartmentCode) -> bool {
        *department == self.department || self.participants.contains(department)
    }
}

fn centres() -> impl Strategy<Value = Centre> {
    prop_oneof![3 => Just(Centre::WENLING), 1 => Just("331082".parse().unwrap())]
}

fn windows() -> impl Strategy<Value = WindowCode> {
    select(vec!["w1", "w2", "w3"]).prop_map(|code| code.parse().unwrap())
}

fn departments() -> impl Strategy<Value = DepartmentCode> {
    select(vec!["d1", "d2", "d3"]).prop_map(|code| code.parse().unwrap())
}

fn clients() -> impl Strategy<Value = StaffCode> {
    select(vec!["c1", "c2"]).prop_map(code)
}

fn places() -> impl Strategy<Value = Place> {
    let who_asks = (0..2_usize, proptest::option::of(clients()), any::<bool>(), any::<bool>());
    let places = (windows(), proptest::option::of(windows()), vec(windows(), 0..2));
    (centres(), places, departments(), vec(departments(), 0..2), who_asks).prop_map(
        |(centre, (window, fallback, besides), department, participants, (n, client, vouched, at_work))| Place {
            centre,
            window,
            fallback,
            besides,
            department,
            participants,
            at_work,
            party: party(n),
            client,
            vouched,
        },
    )
}

fn callers() -> impl Strategy<Value = Who> {
    let posted = (
        select(vec![Role::Clerk, Role::Reviewer, Role::Approver, Role::DepartmentHead]),
        vec((windows(), departments()), 0..3),
    );
    prop_oneof![
        3 => posted.prop_map(|(role, places)| Who::Staff {
            code: code("s1"),
            role,
            postings: places
                .into_iter()
                .map(|(window, department)| Posting {
                    role,
                    department,
                    window: (role == Role::Clerk).then_some(window),
                })
                .collect(),
        }),
        1 => select(vec![
            Role::Manager, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin, Role::GovernmentHead, Role::Supervisor,
            Role::ReformOfficer,
        ])
            .prop_map(|role| Who::Official { code: code("o1"), role }),
        1 => (0..2_usize).prop_map(|n| Who::Applicant { party: party(n) }),
        1 => (clients(), any::<bool>(), any::<bool>())
            .prop_map(|(client, read, write)| {
                let reach = Reach { read, write };
                Who::Adapter { client, scopes: Scopes { cases: reach, impasses: reach, events: read, vouch: write } }
            }),
        1 => clients().prop_map(|hotline| Who::Hotline { hotline }),
        1 => Just(Who::System),
    ]
}

proptest! {
    /// Clause B3-3: what can be read is what is listed, nobody does anything to what they cannot see,
    /// nobody sees another centre, not even an auditor, and a department that has a part in a case does its part only.
    #[test]
    fn reading_a_case_is_seeing_it_with_a_role_that_reads(centre in centres(), who in callers(), place in places()) {
        let actor = Actor { centre, who };
        let in_sight = place.is_seen_by(&actor.who);
        let seen = in_sight && centre == place.centre;
        let (handled_by, asked, at_work) = (place.department.clone(), place.participants.clone(), place.at_work);
        let place = place.whereabouts();
        prop_assert_eq!(actor.sight().covers(&place), in_sight);
        let reads = roles_for(Action::ReadCase).contains(&actor.role());
        prop_assert_eq!(may_on(&actor, Action::ReadCase, &place).is_ok(), seen && reads);
        let reads = reads || roles_for(Action::ReadImpasse).contains(&actor.role());
        for action in Action::VARIANTS {
            let verdict = may_on(&actor, *action, &place);
            prop_assert_eq!(verdict == Err(Denial::Hidden), !seen);
            if verdict.is_ok() {
                prop_assert!(reads, "{action} without seeing what it is done to");
                prop_assert!(roles_for(*action).contains(&actor.role()));
                if let (Action::ReadPersonal, Who::Staff { role: Role::Reviewer | Role::Approver, postings, .. }) = (*action, &actor.who) {
                    let may = |posting: &Posting| posting.department == handled_by || (at_work && asked.contains(&posting.department));
                    prop_assert!(postings.iter().any(may), "unmasked for who has nothing to do with it");
                }
                if let Who::Staff { role: Role::Reviewer | Role::Approver | Role::DepartmentHead, postings, .. } = &actor.who
                    && (Action::ON_A_CASE.contains(action) || Action::ON_AN_IMPASSE.contains(action))
                {
                    let of_an_impasse = Action::ON_AN_IMPASSE.contains(action);
                    let acting = if of_an_impasse || action.is_for_participants() { &asked[..] } else { std::slice::from_ref(&handled_by) };
                    prop_assert!(postings.iter().any(|posting| acting.contains(&posting.department)), "{action}");
                }
            }
        }
    }
}
