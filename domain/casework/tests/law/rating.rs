//! 好差评 (clause B5-8; 国办发〔2019〕51号, GB/T 39734-2020): given by the applicant's side of what took place, once and once more,
//! never changed, and never made up.

use approval::Outcome;
use casework::{Case, Command, MOST_TAGS, Rating, RatingForm, RatingLevel, ServiceStage, Stage};
use catalog::DeliveryMethod;
use issuance::Replacement;
use kernel::{Action, Role, access::may_on};
use strum::VariantArray;

use ServiceStage::{Delivery, Handling, Intake};

use crate::hall::{
    Desk, Person,
    acts::{accepted, decided, issued, lacking, note, notify, rate, received, replace, withdraw},
    collector, lenient, text,
};

fn form() -> RatingForm {
    let Command::Rate { form, .. } = rate(Intake, RatingLevel::VeryDissatisfied) else { unreachable!() };
    form
}

fn by_name(form: RatingForm) -> Command {
    Command::Rate { form, anonymous: Vec::new() }
}

/// 追评
fn additional(stage: ServiceStage) -> Command {
    by_name(RatingForm { stage, additional: true, level: RatingLevel::Satisfied, ..form() })
}

fn first(stage: ServiceStage) -> Command {
    by_name(RatingForm { stage, ..form() })
}

/// 匿名评价 of a case that has these already.
fn anonymously(desk: &Desk, form: RatingForm, earlier: &[Rating]) -> Result<Rating, &'static str> {
    let actor = Person::Applicant.at(desk.item);
    desk.case.rate_anonymously(form, earlier, &desk.context(&actor)).map_err(|refusal| refusal.code)
}

fn closed() -> Desk {
    issued(DeliveryMethod::PickUp)
        .after(Person::Clerk, Command::HandOut { collector: collector() })
        .after(Person::Clerk, Command::Close)
}

/// The first result was handed out, the corrected one was not yet.
fn corrected() -> Desk {
    let closed = closed();
    let correction = replace(Replacement::Correction, closed.now);
    closed.after(Person::Approver, correction)
}

/// Clause B5-8: of what has taken place, and of nothing else; also after the end.
#[test]
fn only_what_took_place_is_rated() {
    let by = Person::Applicant;
    let open = received(lenient(), DeliveryMethod::PickUp);
    let told = lacking(lenient(), &[0]).after(Person::Clerk, notify(lenient(), &[0], 5));
    let stages = [
        (open.clone(), &[][..]),
        (open.after(by, withdraw()), &[][..]),
        (told.after(by, withdraw()), &[Intake][..]),
        (accepted(lenient()), &[Intake][..]),
        (decided(lenient(), Outcome::Refuse), &[Intake, Handling][..]),
        (issued(DeliveryMethod::PickUp), &[Intake, Handling][..]),
        (closed(), &[Intake, Handling, Delivery][..]),
        (corrected(), &[Intake, Handling, Delivery][..]),
    ];
    for (desk, rated) in stages {
        for stage in ServiceStage::VARIANTS {
            let what = format!("{stage} of a case {}", desk.case.stage);
            match rated.contains(stage) {
                true => assert_eq!(desk.clone().after(by, first(*stage)).case.ratings.len(), 1, "{what}"),
                false => assert_eq!(desk.refused(by, first(*stage)), "nothing_to_rate", "{what}"),
            }
        }
    }
}

/// Clause B5-8, 一事一评: once for each stage and, saying so, once more; what was said first stays as it was.
#[test]
fn a_stage_is_rated_once_and_once_more() {
    let by = Person::Applicant;
    let desk = closed();
    assert_eq!(desk.refused(by, additional(Handling)), "not_rated_yet");
    let once = desk.after(by, first(Handling));
    assert_eq!(once.refused(by, first(Handling)), "already_rated", "a retry is no 追评");
    let twice = once.clone().after(by, additional(Handling));
    assert_eq!(twice.refused(by, additional(Handling)), "already_rated_again");
    assert_eq!(twice.refused(by, first(Handling)), "already_rated_again");
    let said: Vec<_> = twice.case.ratings.iter().map(|it| (it.sequence, it.level)).collect();
    assert_eq!(said, [(1, RatingLevel::VeryDissatisfied), (2, RatingLevel::Satisfied)]);
    assert_eq!(twice.case.ratings[0], once.case.ratings[0]);
    assert_eq!((twice.case.stage, &twice.case.clocks), (Stage::Closed, &once.case.clocks), "nothing else follows");
    let all = [Intake, Delivery]
        .into_iter()
        .fold(twice, |desk, stage| desk.after(by, first(stage)).after(by, additional(stage)));
    assert_eq!(all.case.may_rate(&[]).unwrap_err().code, "all_rated");
}

/// Clause B5-8: for the applicant's side alone; nobody rates what they handle themselves.
#[test]
fn nobody_rates_what_they_handle() {
    let desk = closed();
    for person in Person::ALL {
        let may = may_on(&person.at(desk.item), Action::Rate, &desk.case.whereabouts()).is_ok();
        assert_eq!(may, person == Person::Applicant, "{person:?}");
    }
}

/// Clause B5-8: voluntary. Whatever time passes, who has said nothing is taken to have said nothing.
#[test]
fn time_rates_nothing() {
    let mut desk = closed();
    desk.now = desk.now.plus(chrono::Duration::days(400));
    desk.fall_due();
    assert!(desk.after(Person::Clerk, note()).case.ratings.is_empty());
}

/// Clause B5-8, 评价人信息保护: of an anonymous one whoever is rated is told on no case; everybody else is.
#[test]
fn whoever_is_rated_is_not_told_of_which_case_an_anonymous_rating_is() {
    let mut desk = closed();
    let anonymous = [anonymously(&desk, RatingForm { stage: Handling, ..form() }, &[]).unwrap()];
    desk.now = desk.now.plus(chrono::Duration::hours(1));
    let desk = desk.after(Person::Applicant, first(Intake));
    let shown = |role| desk.case.ratings_for(role, &anonymous).iter().map(|it| it.stage).collect::<Vec<_>>();
    for role in [Role::Clerk, Role::Reviewer, Role::Approver, Role::DepartmentHead] {
        assert_eq!(shown(role), [Intake], "{role}");
    }
    for role in [Role::Applicant, Role::Adapter, Role::Manager, Role::Supervisor, Role::ReformOfficer, Role::AuditAdmin]
    {
        assert_eq!(shown(role), [Handling, Intake], "{role}: in the order in which they were given");
    }
}

/// Clause B5-8, 一事一评: anonymous ratings count with the others, though the case does not hold them; and of what was rated
/// anonymously nothing more is said by name, which would tell who was anonymous.
#[test]
fn anonymous_ratings_count_too() {
    let (by, desk) = (Person::Applicant, closed());
    let of = |stage, additional| RatingForm { stage, additional, ..form() };
    let once = vec![anonymously(&desk, of(Intake, false), &[]).unwrap()];
    assert_eq!((once[0].sequence, once[0].anonymous, desk.case.ratings.len()), (1, true, 0));
    assert_eq!(anonymously(&desk, of(Intake, false), &once), Err("already_rated"));
    let named = |form: RatingForm| Command::Rate { form, anonymous: once.clone() };
    assert_eq!(desk.refused(by, named(of(Intake, false))), "already_rated");
    assert_eq!(desk.refused(by, named(of(Intake, true))), "rated_anonymously");
    assert_eq!(desk.clone().after(by, named(of(Handling, false))).case.ratings[0].sequence, 1);

    let mut anonymous = once.clone();
    anonymous.push(anonymously(&desk, of(Intake, true), &once).unwrap());
    assert_eq!(anonymous[1].sequence, 2);
    assert_eq!(anonymously(&desk, of(Intake, true), &anonymous), Err("already_rated_again"));
    let desk = desk.after(by, first(Handling)).after(by, first(Delivery));
    for stage in [Handling, Delivery] {
        assert_eq!(desk.case.may_rate(&anonymous), Ok(()));
        anonymous.push(anonymously(&desk, of(stage, true), &anonymous).unwrap());
    }
    assert_eq!(desk.case.may_rate(&anonymous).unwrap_err().code, "all_rated");
    assert_eq!(anonymously(&desk, of(Intake, true), &anonymous), Err("all_rated"));
    assert_eq!(desk.case.may_rate(&[]), Ok(()), "by itself the case does not know");
    let early = received(lenient(), DeliveryMethod::PickUp);
    assert_eq!(anonymously(&early, of(Intake, false), &[]), Err("nothing_to_rate"));
}

/// Clause B5-8: bounded.
#[test]
fn tags_are_few() {
    let tagged = |number| by_name(RatingForm { tags: vec![text("服务态度"); number], ..form() });
    assert_eq!(closed().refused(Person::Applicant, tagged(MOST_TAGS + 1)), "too_many_tags");
    assert_eq!(closed().after(Person::Applicant, tagged(MOST_TAGS)).case.ratings[0].tags.len(), MOST_TAGS);
}

/// GB/T 39046 A.8: five levels, two of them bad.
#[test]
fn there_are_five_levels() {
    let codes: Vec<u8> = RatingLevel::VARIANTS.iter().map(|level| level.code()).collect();
    assert_eq!(codes, [1, 2, 3, 4, 5]);
    for level in RatingLevel::VARIANTS {
        assert_eq!((RatingLevel::from_code(level.code()), level.is_bad()), (Some(*level), level.code() > 3));
    }
    assert_eq!((RatingLevel::from_code(0), RatingLevel::from_code(6)), (None, None));
}

/// What was stored before there were ratings reads back, and with them a record adds up to its case.
#[test]
fn a_rated_case_is_what_its_record_adds_up_to() {
    let desk = closed().after(Person::Applicant, first(Delivery)).after(Person::Applicant, additional(Delivery));
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));
    let stored = serde_json::to_value(closed().case).unwrap();
    assert!(stored.get("ratings").is_none());
    assert!(serde_json::from_value::<Case>(stored).unwrap().ratings.is_empty());
}
