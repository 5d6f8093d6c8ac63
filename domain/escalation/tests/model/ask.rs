//! A command in small: what the model needs to judge it.

use escalation::{Basis, CarryingGround, Command, Level, OrderTerms, Outcome, Source, Step};
use kernel::{WorkingDays, identity::Assurance};
use proptest::{prelude::*, sample::select};
use strum::VariantArray;

use crate::hall::{
    FIRE, LAND, Person,
    acts::{self, meeting, month},
    department,
};

/// Who assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Centre,
    Supervision,
    Meeting(u8),
    Government(u32),
}

/// From where the word is said to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Applicant,
    Window,
    Platform,
    Hotline,
}

#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// Whether they were reached.
    Contact(bool),
    File,
    Supplement,
    Urge,
    Offer(Person),
    Accept,
    Decline,
    Grade(Level),
    LeaveOver,
    Raise(Level),
    Lower(Level),
    Discuss(u8),
    Submit(u32),
    Decided(u32),
    /// To the fire department or the land department, for so many days, said to bind or not.
    Order {
        by: By,
        fire: bool,
        days: u16,
        binding: bool,
    },
    Acknowledge(u32, Person),
    Return(u32),
    RuleOnReturn(u32, bool),
    /// In which meeting, of which order, and whether it goes to another department.
    RuleInMeeting(u8, u32, bool),
    MoreDays(u32, u16),
    RuleOnDays(u32, bool),
    Supervise(Option<u32>, Step, bool),
    Complete(u32),
    Sign(u32),
    SendBack(u32),
    /// Whether it explains why not, and whether it names a basis.
    Answer {
        explains: bool,
        basis: bool,
    },
    Word(Way, bool),
    /// 热线要求重办
    Redo,
    Carry(CarryingGround),
    RuleOnCarrying(bool, u16),
    Review(Option<u16>),
    FollowUp(bool),
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    let level = || select(Level::VARIANTS.to_vec());
    let person = || select(Person::all().collect::<Vec<_>>());
    let meeting = || 1_u8..3;
    let month = || 3_u32..5;
    let order = || 1_u32..4;
    let by = prop_oneof![
        2 => Just(By::Centre),
        1 => Just(By::Supervision),
        2 => meeting().prop_map(By::Meeting),
        2 => month().prop_map(By::Government),
    ];
    let way = select(vec![Way::Applicant, Way::Window, Way::Platform, Way::Hotline]);
    let coming_in = prop_oneof![
        any::<bool>().prop_map(Ask::Contact),
        Just(Ask::File),
        Just(Ask::Supplement),
        Just(Ask::Urge),
        person().prop_map(Ask::Offer),
        Just(Ask::Accept),
        Just(Ask::Decline),
        level().prop_map(Ask::Grade),
        Just(Ask::LeaveOver),
        level().prop_map(Ask::Raise),
        level().prop_map(Ask::Lower),
        meeting().prop_map(Ask::Discuss),
        month().prop_map(Ask::Submit),
        month().prop_map(Ask::Decided),
    ];
    let orders = prop_oneof![
        (by, any::<bool>(), 0_u16..63, any::<bool>()).prop_map(|(by, fire, days, binding)| Ask::Order {
            by,
            fire,
            days,
            binding
        }),
        (order(), person()).prop_map(|(order, person)| Ask::Acknowledge(order, person)),
        order().prop_map(Ask::Return),
        (order(), any::<bool>()).prop_map(|(order, granted)| Ask::RuleOnReturn(order, granted)),
        (meeting(), order(), any::<bool>())
            .prop_map(|(in_it, order, granted)| Ask::RuleInMeeting(in_it, order, granted)),
        (order(), 0_u16..13).prop_map(|(order, days)| Ask::MoreDays(order, days)),
        (order(), any::<bool>()).prop_map(|(order, granted)| Ask::RuleOnDays(order, granted)),
        (proptest::option::of(order()), select(Step::VARIANTS.to_vec()), any::<bool>())
            .prop_map(|(order, step, taken)| Ask::Supervise(order, step, taken)),
        order().prop_map(Ask::Complete),
        order().prop_map(Ask::Sign),
        order().prop_map(Ask::SendBack),
    ];
    let closing = prop_oneof![
        (any::<bool>(), any::<bool>()).prop_map(|(explains, basis)| Ask::Answer { explains, basis }),
        (way, any::<bool>()).prop_map(|(way, satisfied)| Ask::Word(way, satisfied)),
        Just(Ask::Redo),
        select(CarryingGround::VARIANTS.to_vec()).prop_map(Ask::Carry),
        (any::<bool>(), 0_u16..63).prop_map(|(granted, days)| Ask::RuleOnCarrying(granted, days)),
        proptest::option::of(0_u16..63).prop_map(Ask::Review),
        any::<bool>().prop_map(Ask::FollowUp),
    ];
    prop_oneof![coming_in, orders, closing]
}

impl Ask {
    pub(crate) fn command(&self) -> Command {
        match *self {
            Self::Contact(reached) => acts::contact(reached),
            Self::File => acts::file(),
            Self::Supplement => acts::supplement(),
            Self::Urge => acts::urge(),
            Self::Offer(to) => acts::offer(to),
            Self::Accept => Command::AcceptOffer,
            Self::Decline => acts::decline(),
            Self::Grade(level) => acts::grade(level),
            Self::LeaveOver => acts::leave_over(),
            Self::Raise(to) => acts::raise(to),
            Self::Lower(to) => acts::lower(to),
            Self::Discuss(number) => acts::discuss(number),
            Self::Submit(number) => acts::submit(number),
            Self::Decided(number) => acts::decided(number),
            Self::Order { by, fire, days, binding } => {
                let basis = match by {
                    By::Centre => Basis::Centre,
                    By::Supervision => Basis::Supervision,
                    By::Meeting(number) => Basis::Meeting(meeting(number)),
                    By::Government(number) => Basis::Government(month(number)),
                };
                Command::IssueOrder(OrderTerms {
                    basis,
                    department: department(if fire { FIRE } else { LAND }),
                    with: Vec::new(),
                    matter: crate::hall::text("明确备案路径"),
                    days: WorkingDays(days),
                    binding,
                })
            }
            Self::Acknowledge(order, responsible) => acts::acknowledge(order, responsible),
            Self::Return(order) => acts::give_back(order),
            Self::RuleOnReturn(order, granted) => acts::rule_on_return(order, granted),
            Self::RuleInMeeting(number, order, granted) => acts::rule_in_meeting(number, order, granted),
            Self::MoreDays(order, days) => acts::ask_days(order, days),
            Self::RuleOnDays(order, granted) => acts::rule_on_days(order, granted),
            Self::Supervise(order, step, taken) => acts::supervise(order, step, taken),
            Self::Complete(order) => acts::complete(order),
            Self::Sign(order) => acts::sign(order),
            Self::SendBack(order) => acts::send_back(order),
            Self::Answer { explains, basis } => {
                let outcome = if explains { Outcome::Explained } else { Outcome::Solved };
                let Command::Answer { text, .. } = acts::answer(outcome) else { unreachable!() };
                let legal_basis = basis.then(|| crate::hall::text("《行政许可法》第十二条"));
                Command::Answer { outcome, text, legal_basis }
            }
            Self::Word(way, satisfied) => acts::word_from(way.source(), satisfied),
            Self::Redo => acts::redo(),
            Self::Carry(ground) => acts::carry(ground),
            Self::RuleOnCarrying(granted, days) => {
                let (reason, days) = (crate::hall::text("理由充分"), Some(WorkingDays(days)));
                Command::RuleOnCarrying { granted, reason, days }
            }
            Self::Review(keep) => acts::review(keep),
            Self::FollowUp(good) => acts::follow_up(good),
        }
    }
}

impl Way {
    fn source(self) -> Source {
        match self {
            Self::Applicant => Source::Applicant { assurance: Assurance::RealName, speaker: None },
            Self::Window => Source::AtTheWindow { speaker: None },
            Self::Platform => Source::Platform { assurance: Assurance::RealName, speaker: None },
            Self::Hotline => Source::HotlineCall { speaker: None, verified: None },
        }
    }
}
