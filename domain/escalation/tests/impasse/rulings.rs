//! 裁定退回 and 审批延期: by whoever assigned the order, and offered to nobody else (rule L15).

use escalation::{Basis, Level, OrderState};
use kernel::Action;

use crate::hall::{
    Desk, LAND, Person,
    acts::{self, month},
    scene::{acknowledged, bound, by_hotline, government_decided, graded, ordered, with_fire},
};

/// Rule L15: whoever assigned rules on the return; what the supervision section passed on is not the centre's to rule on.
#[test]
fn the_issuer_rules_on_a_return() {
    let asked = || {
        by_hotline()
            .after(Person::Manager, acts::file())
            .after(Person::Manager, acts::grade(Level::General))
            .after(Person::Supervisor, acts::order_by(Basis::Supervision, LAND))
            .after(Person::LandApprover, acts::give_back(1))
    };
    for by in [Person::Manager, Person::Reform] {
        assert_eq!(asked().refused(by, acts::rule_on_return(1, false)), "not_the_issuer");
    }
    assert!(asked().after(Person::Supervisor, acts::rule_on_return(1, false)).order(1).binding);
}

/// Rule L15: the same of what the reform office and the centre assigned; and whoever may not is not offered it either, nor
/// anybody while nothing was asked.
#[test]
fn the_ruling_is_offered_to_the_issuer_alone() {
    let passed_on = by_hotline()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::General))
        .after(Person::Supervisor, acts::order_by(Basis::Supervision, LAND));
    let of_reform = graded(Level::General).after(Person::Reform, acts::order(LAND));
    let offered = |desk: &Desk, by: Person| offered(desk, by, Action::RuleOnReturn);
    assert_eq!(offered(&graded(Level::General), Person::Manager), Err("no_such_order"));
    for (desk, rule) in [
        (passed_on, vec![Person::Supervisor]),
        (of_reform, vec![Person::Reform]),
        (ordered(), vec![Person::Manager, Person::Supervisor]),
    ] {
        for by in [Person::Manager, Person::Supervisor, Person::Reform] {
            assert_eq!(offered(&desk, by), Err("wrong_order_state"), "{by:?}: nothing was asked");
        }
        let asked = desk.after(Person::LandApprover, acts::give_back(1));
        for by in [Person::Manager, Person::Supervisor, Person::Reform] {
            let told = asked.clone().tell(by, acts::rule_on_return(1, true));
            let expected = if rule.contains(&by) { Ok(()) } else { Err("not_the_issuer") };
            assert_eq!(offered(&asked, by), expected, "{by:?}");
            assert_eq!(told.map(|_| ()).map_err(|refusal| refusal.code), expected, "{by:?}");
        }
    }
}

/// What `allowed_actions` says of it.
fn offered(desk: &Desk, by: Person, action: Action) -> Result<(), &'static str> {
    let actor = by.actor();
    let permits = desk.impasse.permits(None, &desk.context(&actor));
    permits.into_iter().find(|it| it.action == action).unwrap().verdict.map_err(|it| it.code)
}

/// Rule L15: the limit that a meeting or the government set is lengthened by the reform office alone, and offered to nobody
/// else; the centre's own, by whoever watches over it.
#[test]
fn what_was_ruled_is_lengthened_by_the_reform_office_alone() {
    let watch = [Person::Manager, Person::Supervisor, Person::Reform];
    let signed_for = |desk: Desk| desk.after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer));
    let of_government = government_decided().after(Person::Reform, acts::order_by(Basis::Government(month(3)), LAND));
    for (desk, ruled) in [(acknowledged(), false), (signed_for(bound()), true), (signed_for(of_government), true)] {
        for by in watch {
            assert_eq!(offered(&desk, by, Action::RuleOnOrderExtension), Ok(()), "{by:?}: nothing was asked");
        }
        let asked = desk.after(Person::LandReviewer, acts::ask_days(1, 3));
        for by in watch {
            let expected = if ruled && by != Person::Reform { Err("not_the_issuer") } else { Ok(()) };
            assert_eq!(offered(&asked, by, Action::RuleOnOrderExtension), expected, "{by:?}");
            for granted in [true, false] {
                let told = asked.clone().tell(by, acts::rule_on_days(1, granted));
                assert_eq!(told.map(|_| ()).map_err(|refusal| refusal.code), expected, "{by:?}");
            }
        }
    }
}

/// Rule L15: what a meeting gives to another department unasked uses up nobody's return.
#[test]
fn what_a_meeting_gives_to_another_is_no_return() {
    let moved = with_fire(ordered())
        .after(Person::Manager, acts::raise(Level::Difficult))
        .after(Person::Reform, acts::discuss(1))
        .after(Person::Reform, acts::rule_in_meeting(1, 1, true));
    assert_eq!(moved.order(1).state, OrderState::Returned);
    let asked = moved.after(Person::FireApprover, acts::give_back(2));
    assert_eq!(asked.order(2).state, OrderState::ReturnRequested);
}
