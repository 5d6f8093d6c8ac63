//! 部门协调会议: who comes, what is resolved, and that it binds (clause D4-3, rule L15).

use escalation::{
    Level, Outcome,
    meeting::{
        self, Assignment, Attendance, Call, CalledFor, Command, Dropped, Event, Holding, Meeting, Presence, Recorded,
        Resolution, Resolved, State,
    },
};
use kernel::{
    Centre, DocumentKind, Refusal, WorkingDays,
    access::Sight,
    id::{ImpasseId, MeetingId},
};

use crate::hall::{Desk, FIRE, LAND, Numbers, Person, acts, at, department, morning, scene, text};

fn one() -> ImpasseId {
    scene::registered().impasse.id
}

fn other() -> ImpasseId {
    "01900000-0000-7000-8000-000000000301".parse().unwrap()
}

fn id() -> MeetingId {
    acts::meeting(1)
}

fn call() -> Call {
    Call {
        id: id(),
        centre: Centre::WENLING,
        at: at("2026-03-04T14:00:00"),
        place: text("中心三楼会议室"),
        agenda: vec![other(), one(), one()],
        invited: vec![department(LAND), department(FIRE)],
        called_for: vec![],
    }
}

fn at_desk<T>(now: &str, decide: impl FnOnce(&kernel::Context<'_>) -> T) -> T {
    let desk = Desk { now: at(now), ..scene::registered() };
    let actor = Person::Reform.actor();
    decide(&desk.context(&actor))
}

fn noted(version: u64, event: Event) -> Recorded {
    Recorded { version, at: morning(), by: Person::Reform.actor().signature(), event }
}

fn called() -> Meeting {
    let difficult = scene::graded(Level::Difficult).impasse;
    let event = at_desk("2026-03-02T09:00:00", |ctx| meeting::call(call(), &[&difficult], ctx)).unwrap();
    Meeting::fold(Centre::WENLING, &[noted(1, event)]).unwrap()
}

fn tell(meeting: &Meeting, command: Command, now: &str) -> Result<Event, Refusal> {
    at_desk(now, |ctx| meeting.decide(command, &mut Numbers::default(), ctx))
}

fn present(code: &str) -> Attendance {
    Attendance {
        department: department(code),
        presence: Presence::Present { staff: "land-head".parse().unwrap(), title: text("分管副局长") },
    }
}

fn absent(code: &str) -> Attendance {
    Attendance { department: department(code), presence: Presence::Absent { reason: text("另有会议") } }
}

fn assign(impasse: ImpasseId) -> Resolution {
    Resolution { impasse, resolved: Resolved::Assign(assignment(LAND)) }
}

fn assignment(to: &str) -> Assignment {
    Assignment {
        department: department(to),
        with: vec![department(FIRE)],
        matter: text("明确备案路径"),
        days: WorkingDays(5),
    }
}

fn holding() -> Holding {
    Holding {
        text: text("会议议定如下"),
        attendance: vec![present(LAND), absent(FIRE)],
        dropped: vec![Dropped { impasse: other(), reason: text("资料不全") }],
        resolutions: vec![assign(one())],
    }
}

fn hold(holding: Holding) -> Command {
    Command::Hold(holding)
}

/// Clause D4-3: the whole matrix of state and command.
#[test]
fn what_each_state_says_to_each_command() {
    let after = |command: Command| {
        let mut meeting = called();
        let event = tell(&meeting, command, "2026-03-04T15:00:00").unwrap();
        meeting.apply(&noted(2, event));
        meeting
    };
    let reschedule =
        || Command::Reschedule {
            at: at("2026-03-05T09:00:00"), place: text("市政府二楼"), reason: text("场地冲突")
        };
    let cancel = || Command::Cancel { reason: text("问题已解决") };
    for (name, meeting, expected) in [
        ("called", called(), ["meeting_rescheduled", "meeting_cancelled", "meeting_held"]),
        ("rescheduled", after(reschedule()), ["meeting_rescheduled", "meeting_cancelled", "too_early"]),
        ("held", after(hold(holding())), ["meeting_over"; 3]),
        ("cancelled", after(cancel()), ["meeting_over"; 3]),
    ] {
        let answers = [reschedule(), cancel(), hold(holding())].map(|command| {
            match tell(&meeting, command, "2026-03-04T16:00:00") {
                Ok(event) => kernel::Fact::kind(&event),
                Err(refusal) => refusal.code,
            }
        });
        assert_eq!(answers, expected, "{name}");
    }
}

/// Clause D4-3: what a meeting is called about and who comes.
#[test]
fn a_meeting_has_an_agenda_of_what_is_difficult_and_somebody_to_come() {
    let told = |call: Call, desk: Desk| {
        at_desk("2026-03-02T09:00:00", |ctx| meeting::call(call, &[&desk.impasse], ctx)).map_err(|refusal| refusal.code)
    };
    let difficult = || scene::graded(Level::Difficult);
    assert!(told(call(), scene::graded(Level::Exceptional)).is_ok());
    let called = called();
    assert_eq!(called.agenda, [one(), other()], "each once");
    assert_eq!(told(call(), scene::graded(Level::General)), Err("level_too_low"));
    assert_eq!(told(call(), scene::filed()), Err("wrong_state"));
    assert_eq!(told(Call { agenda: vec![], ..call() }, difficult()), Err("agenda_empty"));
    assert_eq!(told(Call { invited: vec![], ..call() }, difficult()), Err("nobody_invited"));
    assert_eq!(told(Call { at: at("2026-03-01T23:59:59"), ..call() }, difficult()), Err("meeting_in_the_past"));
}

/// Clauses D4-3, D12-1: of those that came, each counts for the items that it was called for; for an item of which nothing
/// was said, everybody does, as in every meeting of long ago.
#[test]
fn departments_come_for_their_items() {
    let for_item = |impasse: ImpasseId, code: &str| CalledFor { impasse, departments: vec![department(code)] };
    let tried = |called_for: Vec<CalledFor>| {
        let difficult = scene::graded(Level::Difficult).impasse;
        let call = Call { called_for, ..call() };
        at_desk("2026-03-02T09:00:00", |ctx| meeting::call(call, &[&difficult], ctx)).map_err(|refusal| refusal.code)
    };
    let nowhere = "01900000-0000-7000-8000-000000000399".parse().unwrap();
    assert_eq!(tried(vec![for_item(nowhere, LAND)]), Err("not_on_agenda"));
    assert_eq!(tried(vec![for_item(one(), "police")]), Err("not_invited"));
    let twice = vec![for_item(one(), LAND), for_item(one(), LAND)];
    let mut meeting = Meeting::fold(Centre::WENLING, &[noted(1, tried(twice).unwrap())]).unwrap();
    assert_eq!(meeting.called_for, [for_item(one(), LAND)], "each once");
    assert!(meeting.present_for(one()).is_empty(), "nobody has come yet");
    let both = Holding {
        attendance: vec![present(LAND), present(FIRE)],
        dropped: vec![],
        resolutions: vec![assign(one()), assign(other())],
        ..holding()
    };
    let held = tell(&meeting, hold(both), "2026-03-04T15:00:00").unwrap();
    meeting.apply(&noted(2, held));
    assert_eq!(meeting.present_for(one()), [department(LAND)]);
    assert_eq!(meeting.present_for(other()), [department(LAND), department(FIRE)]);
    let mut stored = serde_json::to_value(&meeting).unwrap();
    stored.as_object_mut().unwrap().remove("called_for").unwrap();
    let old: Meeting = serde_json::from_value(stored).unwrap();
    assert_eq!(old.present_for(one()), [department(LAND), department(FIRE)]);
}

/// Clause D4-3: minutes count everybody and settle everything, or there are none.
#[test]
fn what_a_holding_must_say() {
    let told = |change: fn(&mut Holding)| {
        let mut told = holding();
        change(&mut told);
        tell(&called(), hold(told), "2026-03-04T15:00:00").map(|_| "").map_err(|refusal| refusal.code)
    };
    assert_eq!(told(|_| ()), Ok(""));
    assert_eq!(told(|it| drop(it.attendance.pop())), Err("attendance_incomplete"));
    assert_eq!(told(|it| it.attendance.push(absent(FIRE))), Err("attendance_incomplete"));
    assert_eq!(told(|it| it.attendance.push(absent("police"))), Err("attendance_incomplete"));
    assert_eq!(told(|it| it.dropped.clear()), Err("resolution_missing"));
    assert_eq!(told(|it| it.resolutions.clear()), Err("resolution_missing"));
    assert_eq!(told(|it| it.resolutions.push(assign(other()))), Err("dropped_and_resolved"));
    assert_eq!(
        told(|it| it.resolutions.push(assign("01900000-0000-7000-8000-000000000399".parse().unwrap()))),
        Err("not_on_agenda")
    );
    assert_eq!(
        told(|it| {
            it.resolutions.clear();
            it.dropped.push(Dropped { impasse: one(), reason: text("资料不全") });
        }),
        Err("nothing_discussed")
    );
    for (granted, instead, expected) in [
        (true, false, Err("ruling_incomplete")),
        (true, true, Ok("")),
        (false, true, Err("ruling_incomplete")),
        (false, false, Ok("")),
    ] {
        let instead = instead.then(|| assignment(FIRE));
        let resolved = Resolved::RuleOnReturn { order: 1, granted, reason: text("依三定方案"), instead };
        let told = Holding { resolutions: vec![Resolution { impasse: one(), resolved }], ..holding() };
        let told = tell(&called(), hold(told), "2026-03-04T15:00:00").map(|_| "").map_err(|refusal| refusal.code);
        assert_eq!(told, expected, "{granted}");
    }
}

/// Clause D4-3: minutes have a number and a digest that changes with every word.
#[test]
fn minutes_are_numbered_and_sealed() {
    let minutes = |holding: Holding| {
        let mut numbers = Numbers::default();
        let event = at_desk("2026-03-04T15:00:00", |ctx| called().decide(hold(holding), &mut numbers, ctx)).unwrap();
        assert_eq!(numbers.issued.len(), 1);
        assert_eq!(numbers.issued[0].0, DocumentKind::MeetingMinutes);
        let Event::MeetingHeld(minutes) = event else { panic!("held") };
        assert_eq!(minutes.digest, kernel::Registry::seal(&numbers, &minutes.to_seal(id())));
        minutes.digest
    };
    let said = minutes(holding());
    assert_eq!(said, minutes(holding()));
    assert_ne!(said, minutes(Holding { text: text("会议议定如下。"), ..holding() }));
    assert_ne!(said, minutes(Holding { attendance: vec![absent(LAND), absent(FIRE)], ..holding() }));
    let mut numbers = Numbers::default();
    let refused = Holding { resolutions: vec![], ..holding() };
    at_desk("2026-03-04T15:00:00", |ctx| called().decide(hold(refused), &mut numbers, ctx)).unwrap_err();
    assert!(numbers.issued.is_empty(), "a refusal uses no number up");
}

/// Rule L15, clause D4-3: what a meeting assigns cannot be given back.
#[test]
fn an_assignment_binds() {
    let mut desk = scene::discussed();
    for command in assign(one()).commands(id()) {
        desk.tell(Person::Reform, command).unwrap();
    }
    assert!(desk.order(1).binding);
    assert_eq!(desk.refused(Person::LandApprover, acts::give_back(1)), "order_binding");
}

/// Rule L15, clause D4-3: a dispute is ruled on once and for all, either way.
#[test]
fn a_ruling_names_who_is_responsible() {
    let disputed = || {
        scene::ordered()
            .after(Person::LandApprover, acts::give_back(1))
            .after(Person::Manager, acts::raise(Level::Difficult))
            .after(Person::Reform, acts::discuss(1))
    };
    let ruled = |granted: bool, instead: Option<&str>| {
        let instead = instead.map(assignment);
        let resolved = Resolved::RuleOnReturn { order: 1, granted, reason: text("依三定方案"), instead };
        let mut desk = disputed();
        for command in (Resolution { impasse: one(), resolved }).commands(id()) {
            desk.tell(Person::Reform, command).unwrap();
        }
        desk
    };
    let upheld = ruled(true, Some(FIRE));
    assert_eq!(upheld.order(1).state, escalation::OrderState::Returned);
    assert_eq!((upheld.order(2).department.as_str(), upheld.order(2).binding), (FIRE, true));
    let rejected = ruled(false, None);
    assert_eq!(rejected.refused(Person::LandApprover, acts::give_back(1)), "order_binding");
}

/// Clause D4-3: advice is for the minutes; a raised level is the impasse's.
#[test]
fn advice_changes_nothing_and_a_raise_does() {
    let advice = Resolved::AdviseAnswer { outcome: Outcome::Explained, advice: text("依法不能办理") };
    assert!((Resolution { impasse: one(), resolved: advice }).commands(id()).is_empty());
    let raised = Resolved::RaiseLevel { to: Level::Exceptional, reason: text("需市政府协调") };
    let mut desk = scene::discussed();
    for command in (Resolution { impasse: one(), resolved: raised }).commands(id()) {
        desk.tell(Person::Reform, command).unwrap();
    }
    assert_eq!(desk.impasse.level, Some(Level::Exceptional));
}

/// Clause D4-3: departments that are invited or given something to do know of a meeting, and no others.
#[test]
fn who_knows_of_a_meeting() {
    let sees = |meeting: &Meeting, code: &str| meeting.is_in(&Sight::Departments(vec![department(code)]));
    let mut meeting = called();
    assert!(sees(&meeting, LAND) && sees(&meeting, FIRE) && !sees(&meeting, "police"));
    assert!(meeting.is_in(&Sight::Centre) && !meeting.is_in(&Sight::Nothing));
    let to_police = Resolution { impasse: one(), resolved: Resolved::Assign(assignment("police")) };
    let told = Holding { resolutions: vec![to_police], ..holding() };
    meeting.apply(&noted(2, tell(&meeting, hold(told), "2026-03-04T15:00:00").unwrap()));
    assert_eq!((meeting.state, meeting.discussed()), (State::Held, vec![one()]));
    assert!(sees(&meeting, "police"));
}
