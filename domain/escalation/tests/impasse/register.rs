//! 记录表 (clause D12-1) and 统计.

use std::sync::LazyLock;

use escalation::{
    Basis, Channel, Command, Impasse, Level, Outcome, Registration, bulletin,
    figures::{Figure, Period},
    precedent::Solved,
    register::{HEADER, facts, process, result},
};
use kernel::Calendar;
use strum::VariantArray;

use crate::hall::{
    Desk, FIRE, LAND, Person, acts, day, department, morning, registration,
    scene::{answered, carried, closed_out, filed, graded, ordered, registered, returned, signed},
};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);

fn line(desk: &Desk) -> (String, String) {
    (process(&desk.record, &|code| format!("«{code}»")), result(&desk.impasse))
}

/// Clause D12-1
#[test]
fn the_columns_are_those_of_the_annex() {
    assert_eq!(HEADER.join("、"), "序号、时间、涉及部门、基本情况、受理过程、处理结果");
}

/// Clause D12-1: what it is about, and every step with its date.
#[test]
fn the_process_is_what_the_record_says() {
    let desk = signed().after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(true));
    assert_eq!(
        facts(&desk.impasse),
        "屋顶光伏无处备案。申请人跑了三个窗口，均称不属于本窗口职责。诉求：明确由哪个部门备案"
    );
    let (process, result) = line(&desk);
    let steps: Vec<&str> = process.split('；').collect();
    assert_eq!(steps[0], "2026-03-02登记（兜底窗口）");
    assert_eq!(steps[1], "2026-03-02备案登记（331081备〔2026〕000001号）");
    assert!(steps[2].starts_with("2026-03-02定级（") && steps[2].ends_with("，2026-W10）"), "{}", steps[2]);
    assert_eq!(steps[3], "2026-03-02开始办理");
    assert!(process.contains("交办（331081交〔2026〕000002号，«natural-resources»）"), "{process}");
    assert!(process.contains("主管领导签字（第1张交办单）"), "{process}");
    assert!(steps.last().unwrap().ends_with("销号"), "{process}");
    assert_eq!(steps.len(), desk.record.len(), "each event is a step");
    assert!(result.ends_with("申请人反馈：已解决、满意；2026-03-02销号"), "{result}");
}

/// Clauses D5-2, D12-1: what is open is never called closed, and what is carried has words of its own.
#[test]
fn only_what_is_closed_out_is_called_so() {
    let open = [
        (registered(), "已登记，待备案"),
        (filed(), "已备案，待分类"),
        (ordered(), "未销号，第1轮办理中"),
        (answered(Outcome::Solved), "未销号，已办成："),
        (
            answered(Outcome::Solved).after(Person::Applicant, acts::word(false)),
            "未销号，申请人1次表示不满意，第2轮办理中",
        ),
        (carried(), "未销号，解释挂账（依法不能办理，已书面解释）："),
    ];
    for (desk, begins) in open {
        let (_, result) = line(&desk);
        assert!(result.starts_with(begins), "{result}");
        assert!(!result.replace("未销号", "").contains("销号"), "{result}");
    }
    let reopened = closed_out().after(Person::Reform, acts::follow_up(false));
    assert!(line(&reopened).0.contains("回访（发现问题，恢复办理）"));
    assert_eq!(line(&reopened).1, "未销号，第2轮办理中");
}

/// Reminders are the program's, and no step of anybody.
#[test]
fn a_reminder_is_no_step() {
    let late = graded(escalation::Level::General).on("2026-04-01T10:00:00");
    assert!(late.kinds().contains(&"reminded"));
    assert!(!line(&late).0.contains("提醒"));
}

fn count(impasse: &Impasse, from: &str, to: &str, figure: Figure) -> usize {
    let period = Period { from: day(from), to: day(to) };
    figure.of(impasse, period, &CALENDAR, day(to))
}

/// The impasse as it was when this day was over; None where it was not there yet.
fn at_the_end_of(desk: &Desk, last: &str) -> Option<Impasse> {
    let end = kernel::Instant::midnight(day(last).succ_opt().unwrap());
    let record: Vec<_> = desk.record.iter().filter(|recorded| recorded.at < end).cloned().collect();
    Impasse::fold(&record)
}

/// Satisfied on the 3rd, found bad on the 10th, satisfied again on the 17th, all of March.
fn twice_closed() -> Desk {
    answered(Outcome::Solved)
        .on("2026-03-03T10:00:00")
        .after(Person::Applicant, acts::word(true))
        .on("2026-03-10T10:00:00")
        .after(Person::Reform, acts::follow_up(false))
        .on("2026-03-17T10:00:00")
        .after(Person::Clerk, acts::answer(Outcome::Solved))
        .after(Person::Applicant, acts::word(true))
}

/// Clauses D5-1, D5-2: in every period what came in is what went out and what is left, with what is carried apart.
#[test]
fn what_comes_in_goes_out_or_is_left() {
    let lives = [registered(), filed(), signed(), returned(), carried(), closed_out(), twice_closed()];
    let days: Vec<String> = (1..=20).map(|day| format!("2026-03-{day:02}")).collect();
    for desk in &lives {
        for from in &days {
            for to in days.iter().filter(|to| *to >= from) {
                let Some(then) = at_the_end_of(desk, to) else { continue };
                let sum = |figures: &[Figure]| -> usize { figures.iter().map(|it| count(&then, from, to, *it)).sum() };
                let came = sum(&[Figure::CarriedOver, Figure::Received, Figure::Reopened]);
                let went = sum(&[Figure::ClosedOut, Figure::Carried, Figure::OpenAtEnd]);
                assert_eq!(came, went, "{from} to {to}: {:?}", desk.kinds());
                assert!(came <= 1, "counted once");
            }
        }
    }
}

/// Clause D8-1: what was closed out for good before is no part of a period; what was reopened comes in again.
#[test]
fn a_reopened_one_comes_in_again() {
    let desk = twice_closed();
    let of = |from: &str, to: &str| {
        let then = at_the_end_of(&desk, to).unwrap();
        let counts = |figure: &&Figure| count(&then, from, to, **figure) > 0;
        let balance = &Figure::VARIANTS[..6];
        balance.iter().filter(counts).copied().collect::<Vec<_>>()
    };
    assert_eq!(of("2026-03-02", "2026-03-02"), [Figure::Received, Figure::OpenAtEnd]);
    assert_eq!(of("2026-03-03", "2026-03-04"), [Figure::CarriedOver, Figure::ClosedOut]);
    assert_eq!(of("2026-03-04", "2026-03-09"), []);
    assert_eq!(of("2026-03-09", "2026-03-11"), [Figure::Reopened, Figure::OpenAtEnd]);
    assert_eq!(of("2026-03-09", "2026-03-20"), [Figure::Reopened, Figure::ClosedOut]);
    assert_eq!(of("2026-03-01", "2026-03-20"), [Figure::Received, Figure::ClosedOut]);
}

/// Clauses D10-1, D13-1: rounds and orders are counted in the period in which they happened.
#[test]
fn rounds_and_orders_are_counted_when_they_happen() {
    let again = answered(Outcome::Solved).on("2026-03-04T10:00:00").after(Person::Applicant, acts::word(false));
    let then = &again.impasse;
    assert_eq!(count(then, "2026-03-02", "2026-03-04", Figure::Rounds), 2);
    assert_eq!(count(then, "2026-03-03", "2026-03-04", Figure::Rounds), 1);
    assert_eq!(count(then, "2026-03-04", "2026-03-04", Figure::DissatisfiedRounds), 1);
    let late = ordered().on("2026-06-01T10:00:00").impasse;
    assert_eq!(count(&late, "2026-03-02", "2026-03-02", Figure::OrdersIssued), 1);
    assert_eq!(count(&late, "2026-03-03", "2026-06-01", Figure::OrdersIssued), 0);
    assert_eq!(count(&late, "2026-03-03", "2026-06-01", Figure::OrdersOverdue), 1);
    assert_eq!(count(&late, "2026-03-03", "2026-06-01", Figure::Overdue), 1);
    assert_eq!(count(&returned().impasse, "2026-03-02", "2026-03-02", Figure::OrdersReturned), 1);
    assert_eq!(count(&returned().impasse, "2026-03-02", "2026-03-02", Figure::OrdersOverdue), 0);
}

/// Clauses D6-2, D9-1: praised, and named in the precedent, are those that handled it; not those that said no, passed it on or
/// only met over it.
#[test]
fn whoever_handled_it_solved_it() {
    let brought = Registration {
        referred_by: Some(department("commerce")),
        refused_by: vec![department("taxation")],
        ..registration(Channel::FallbackWindow)
    };
    let met = Command::Discuss { meeting: acts::meeting(1), departments: vec![department(FIRE)] };
    let desk = Desk::register(brought, Person::Clerk, morning())
        .unwrap()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::Difficult))
        .after(Person::Reform, met)
        .after(Person::Reform, acts::order_by(Basis::Meeting(acts::meeting(1)), LAND))
        .after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer))
        .after(Person::LandReviewer, acts::complete(1))
        .after(Person::LandHead, acts::sign(1))
        .after(Person::Clerk, acts::answer(Outcome::Solved))
        .after(Person::Applicant, acts::word(true));
    assert_eq!(desk.impasse.departments(), ["commerce", FIRE, LAND, "taxation"].map(department));
    let march = Period { from: day("2026-03-01"), to: day("2026-03-31") };
    let praised = bulletin::praised(&desk.impasse, march, &CALENDAR).unwrap();
    assert_eq!(praised.departments, [department(LAND)]);
    let solved = Solved::of(&desk.impasse).unwrap();
    assert_eq!(solved.departments.into_iter().collect::<Vec<_>>(), [department(LAND)]);
}
