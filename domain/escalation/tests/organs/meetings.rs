//! 部门协调会议: over once it was held or cancelled; everybody counted, every item settled; and what was sealed stays.

use std::collections::BTreeSet;

use escalation::{
    Level, Outcome,
    meeting::{
        self, Assignment, Attendance, Call, Command, Dropped, Event, Holding, Meeting, Presence, Recorded, Resolution,
        Resolved, State,
    },
};
use kernel::{Centre, Instant, Registry as _, WorkingDays};
use proptest::prelude::*;

use crate::{
    POOL, at_desk, code, config,
    hall::{FIRE, LAND, Numbers, Person, acts, department, morning, scene, text},
    impasse, minutes, named,
};

/// How many of the departments below are invited: the last one is not.
const INVITED: usize = 2;
const DEPARTMENTS: [&str; 3] = [LAND, FIRE, "policy"];

#[derive(Clone, Debug)]
enum Ask {
    /// To so many days from now.
    Reschedule(i64),
    Cancel,
    /// Who is counted, what is dropped and what is resolved, and how each resolution is worded.
    Hold {
        counted: Vec<usize>,
        dropped: u8,
        resolved: u8,
        wording: Wording,
    },
    /// With everybody counted, this dropped and all else resolved.
    HoldInOrder {
        dropped: u8,
    },
}

#[derive(Clone, Copy, Debug)]
enum Wording {
    Assign,
    Advise,
    /// 裁定退回, and whether it names another department.
    Rule {
        granted: bool,
        instead: bool,
    },
}

fn ask() -> impl Strategy<Value = Ask> {
    let mask = || 0..1_u8 << POOL;
    let wording = prop_oneof![
        Just(Wording::Assign),
        Just(Wording::Advise),
        any::<(bool, bool)>().prop_map(|(granted, instead)| Wording::Rule { granted, instead }),
    ];
    let counted = proptest::sample::subsequence((0..DEPARTMENTS.len()).collect::<Vec<_>>(), 0..=DEPARTMENTS.len());
    let hold = (counted, mask(), mask(), wording);
    prop_oneof![
        2 => (-2..6_i64).prop_map(Ask::Reschedule),
        1 => Just(Ask::Cancel),
        4 => hold.prop_map(|(counted, dropped, resolved, wording)| Ask::Hold { counted, dropped, resolved, wording }),
        3 => mask().prop_map(|dropped| Ask::HoldInOrder { dropped }),
    ]
}

#[derive(Debug)]
struct Model {
    state: State,
    at: Instant,
    agenda: BTreeSet<u8>,
}

impl Model {
    fn take(&mut self, ask: &Ask, now: Instant) -> bool {
        if self.state != State::Called {
            return false;
        }
        match ask {
            Ask::Reschedule(days) if *days >= 0 => self.at = now.plus(chrono::Duration::days(*days)),
            Ask::Cancel => self.state = State::Cancelled,
            Ask::Hold { counted, dropped, resolved, wording } => {
                let complete = !matches!(wording, Wording::Rule { granted, instead } if granted != instead);
                let everybody = *counted == (0..INVITED).collect::<Vec<_>>();
                return self.hold(now, *dropped, *resolved, everybody && (complete || *resolved == 0));
            }
            Ask::HoldInOrder { dropped } => {
                let resolved = self.rest(*dropped);
                return self.hold(now, *dropped, resolved, true);
            }
            Ask::Reschedule(_) => return false,
        }
        true
    }

    /// What is on the agenda and not dropped.
    fn rest(&self, dropped: u8) -> u8 {
        self.agenda.iter().filter(|nth| dropped >> **nth & 1 == 0).map(|nth| 1_u8 << *nth).sum()
    }

    fn hold(&mut self, now: Instant, dropped: u8, resolved: u8, in_form: bool) -> bool {
        let agenda: u8 = self.rest(0);
        let settled = dropped & resolved == 0 && dropped | resolved == agenda && dropped != agenda;
        let happens = now >= self.at && in_form && settled;
        self.state = if happens { State::Held } else { self.state };
        happens
    }
}

fn resolution(nth: u8, wording: Wording) -> Resolution {
    let assignment = || Assignment {
        department: department(LAND),
        with: Vec::new(),
        matter: text("明确备案路径"),
        days: WorkingDays(5),
    };
    let resolved = match wording {
        Wording::Assign => Resolved::Assign(assignment()),
        Wording::Advise => Resolved::AdviseAnswer { outcome: Outcome::Solved, advice: text("按现行规定答复") },
        Wording::Rule { granted, instead } => {
            Resolved::RuleOnReturn {
                order: 1, granted, reason: text("依三定方案"), instead: instead.then(assignment)
            }
        }
    };
    Resolution { impasse: impasse(nth), resolved }
}

fn holding(counted: &[usize], dropped: u8, resolved: u8, wording: Wording) -> Command {
    let present = |at: &usize| Attendance {
        department: department(DEPARTMENTS[*at]),
        presence: Presence::Present { staff: "land-head".parse().unwrap(), title: text("分管副局长") },
    };
    let drop = |nth| Dropped { impasse: impasse(nth), reason: text("材料不齐") };
    Command::Hold(Holding {
        text: text("会议研究了有关事项"),
        attendance: counted.iter().map(present).collect(),
        dropped: named(dropped).into_iter().map(drop).collect(),
        resolutions: named(resolved).into_iter().map(|nth| resolution(nth, wording)).collect(),
    })
}

fn command(ask: &Ask, model: &Model, now: Instant) -> Command {
    match ask {
        Ask::Reschedule(days) => Command::Reschedule {
            at: now.plus(chrono::Duration::days(*days)),
            place: text("中心二楼"),
            reason: text("时间冲突"),
        },
        Ask::Cancel => Command::Cancel { reason: text("事项已解决") },
        Ask::Hold { counted, dropped, resolved, wording } => holding(counted, *dropped, *resolved, *wording),
        Ask::HoldInOrder { dropped } => {
            let everybody: Vec<usize> = (0..INVITED).collect();
            holding(&everybody, *dropped, model.rest(*dropped), Wording::Assign)
        }
    }
}

fn live(agenda: u8, asks: &[(i64, Ask)]) {
    let (mut now, mut numbers) = (morning(), Numbers::default());
    let signed = Person::Reform.actor().signature();
    let (id, at) = (acts::meeting(1), morning().plus(chrono::Duration::days(2)));
    let mut invited: Vec<_> = DEPARTMENTS[..INVITED].iter().map(|it| department(it)).collect();
    invited.reverse();
    let items = named(agenda).into_iter().map(impasse).collect();
    let call = Call {
        id,
        centre: Centre::WENLING,
        at,
        place: text("中心三楼会议室"),
        agenda: items,
        invited,
        called_for: Vec::new(),
    };
    let difficult = scene::graded(Level::Difficult).impasse;
    let called = at_desk(Person::Reform, now, |ctx| meeting::call(call, &[&difficult], ctx)).unwrap();
    let mut record = vec![Recorded { version: 1, at: now, by: signed.clone(), event: called }];
    let mut meeting = Meeting::fold(Centre::WENLING, &record).unwrap();
    let mut model = Model { state: State::Called, at, agenda: named(agenda).into_iter().collect() };
    for (minutes, ask) in asks {
        now = now.plus(chrono::Duration::minutes(*minutes));
        let (before, what) = (meeting.clone(), format!("{ask:?} at {now} in {model:?}"));
        let command = command(ask, &model, now);
        let told = at_desk(Person::Reform, now, |ctx| meeting.decide(command, &mut numbers, ctx));
        assert_eq!(told.is_ok(), model.take(ask, now), "{what}: {:?}", code(&told));
        if let Ok(event) = told {
            record.push(Recorded { version: meeting.version + 1, at: now, by: signed.clone(), event });
            meeting.apply(record.last().unwrap());
        }
        assert_eq!((meeting.state, meeting.at), (model.state, model.at), "{what}");
        assert!(before.state == State::Called || before == meeting, "{what}: it was over");
        assert_eq!(meeting.cancelled.is_some(), meeting.state == State::Cancelled, "{what}");
        what_is_sealed_stays(&meeting, &numbers, &what);
    }
    assert_eq!(Meeting::fold(Centre::WENLING, &record), Some(meeting.clone()));
    let held = record.iter().filter(|it| matches!(it.event, Event::MeetingHeld(_))).count();
    assert_eq!((held, numbers.issued.len()), (usize::from(meeting.minutes.is_some()), held), "one set of minutes");
}

/// Clause D4-3: the minutes are of a meeting that was held, and their digest is that of what they say.
fn what_is_sealed_stays(meeting: &Meeting, numbers: &Numbers, what: &str) {
    assert_eq!(meeting.minutes.is_some(), meeting.state == State::Held, "{what}");
    let Some(minutes) = &meeting.minutes else { return };
    assert_eq!(minutes.digest, numbers.seal(&minutes.to_seal(meeting.id)), "{what}: another text");
    assert!(minutes.at >= meeting.at, "{what}: held before its time");
    let counted: Vec<_> = minutes.attendance.iter().map(|it| &it.department).collect();
    assert_eq!(counted.len(), meeting.invited.len(), "{what}: {counted:?}");
    let settled = minutes.dropped.iter().map(|it| it.impasse);
    let settled: Vec<_> = settled.chain(minutes.resolutions.iter().map(|it| it.impasse)).collect();
    assert!(meeting.agenda.iter().all(|item| settled.contains(item)), "{what}: an item with nothing said of it");
}

proptest! {
    #![proptest_config(config())]

    /// Clause D4-3, rule L15
    #[test]
    fn every_life_of_a_meeting(
        agenda in 1..1_u8 << POOL,
        asks in proptest::collection::vec((minutes(), ask()), 1..15),
    ) {
        live(agenda, &asks);
    }
}
