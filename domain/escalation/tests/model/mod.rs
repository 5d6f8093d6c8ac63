//! The closed loop once more, as simple as it can be told, to hold the real one against. It knows dates by counting days.

mod ask;
pub(crate) mod editions;
mod forward;
pub(crate) mod invariants;
pub(crate) mod turns;
mod verdict;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use escalation::{CarryingGround, Event, Level, Recorded, State, Step, Whose};
use kernel::Calendar;

pub(crate) use ask::{Ask, By, Way, ask};

use crate::hall::Person;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrderState {
    Issued,
    Acknowledged,
    /// Asked to be taken back.
    Asked,
    Returned,
    Completed,
    Signed,
}

#[derive(Clone, Debug)]
struct Order {
    fire: bool,
    state: OrderState,
    binding: bool,
    /// Passed on by the supervision section.
    passed_on: bool,
    /// Assigned by the reform office.
    of_reform: bool,
    /// By a meeting or the government.
    ruled: bool,
    /// Asked once to be taken back.
    asked: bool,
    round: usize,
    issued: NaiveDate,
    days: u16,
    extended: bool,
    more: Option<u16>,
    responsible: Option<Person>,
    completed_by: Option<Person>,
    /// Of the ladder, what time has proposed and nobody ruled on; never against the reform office.
    steps: Vec<(Step, bool)>,
}

#[derive(Clone, Debug)]
struct Round {
    level: Level,
    /// What it was talked over in, and what the government decided of it.
    meetings: Vec<u8>,
    decided: Vec<u32>,
    answered_by: Option<Person>,
    explained: bool,
    /// Not of what the hotline had redone, either.
    satisfied: Option<bool>,
}

/// The state of an impasse, as far as it decides what may come next.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) state: State,
    pub(crate) level: Option<Level>,
    /// None while it is the window's.
    pub(crate) holder: Option<Person>,
    /// To whom, and on which day.
    pub(crate) offered: Option<(Person, NaiveDate)>,
    brought_by: Person,
    rounds: Vec<Round>,
    orders: Vec<Order>,
    meetings: BTreeSet<u8>,
    submissions: Vec<(u32, bool)>,
    /// Of the handling's ladder, what time has proposed and nobody ruled on, and whether it is against the reform office.
    steps: Vec<(Step, bool)>,
    contacts: Vec<(NaiveDate, bool)>,
    answered_on: NaiveDate,
    proposed: Option<CarryingGround>,
}

impl Order {
    /// It is not given back.
    fn stays(&mut self, binds: bool) {
        self.binding |= binds;
        self.state = if self.responsible.is_some() { OrderState::Acknowledged } else { OrderState::Issued };
    }

    /// Whether a meeting may still rule on whose it is.
    fn is_disputable(&self) -> bool {
        let held = matches!(self.state, OrderState::Issued | OrderState::Acknowledged | OrderState::Asked);
        held && !self.binding
    }
}

/// The last of so many working days after `start`, counted one by one.
fn due(calendar: &Calendar, start: NaiveDate, days: u16) -> NaiveDate {
    let mut day = start;
    for _ in 0..days {
        day = day + Days::new(1);
        while !calendar.is_working(day) {
            day = day + Days::new(1);
        }
    }
    day
}

impl Model {
    pub(crate) fn new(by: Person, today: NaiveDate) -> Self {
        Self {
            state: State::Registered,
            level: None,
            holder: (!matches!(by, Person::Adapter | Person::Hotline)).then_some(by),
            offered: None,
            brought_by: by,
            rounds: Vec::new(),
            orders: Vec::new(),
            meetings: BTreeSet::new(),
            submissions: Vec::new(),
            steps: Vec::new(),
            contacts: Vec::new(),
            answered_on: today,
            proposed: None,
        }
    }

    pub(crate) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// Clause D7-1: what nobody accepts in time goes back.
    pub(crate) fn time_passes(&mut self, today: NaiveDate, calendar: &Calendar) {
        self.offered = self.offered.filter(|(_, on)| today <= due(calendar, *on, 1));
    }

    /// Clause D10-1: what time proposed; when it does is for the invariants.
    pub(crate) fn hears(&mut self, happened: &[Recorded]) {
        for recorded in happened {
            if let Event::SupervisionProposed { order, step, turn, .. } = recorded.event
                && let Some(steps) = self.steps(order)
            {
                steps.push((step, turn.is_some_and(|turn| turn.whose == Whose::ReformOffice)));
            }
        }
    }

    /// What waits for a ruling, of an order or of the handling.
    fn steps(&mut self, order: Option<u32>) -> Option<&mut Vec<(Step, bool)>> {
        match order {
            Some(number) => self.order(number).map(|order| &mut order.steps),
            None => Some(&mut self.steps),
        }
    }

    fn order(&mut self, number: u32) -> Option<&mut Order> {
        self.orders.get_mut(number as usize - 1)
    }

    /// The last meeting of this round.
    fn met(&self) -> Option<u8> {
        self.rounds.last()?.meetings.last().copied()
    }

    fn open_orders(&self) -> usize {
        let open = |order: &&Order| !matches!(order.state, OrderState::Signed | OrderState::Returned);
        self.orders.iter().filter(open).count()
    }

    /// By a meeting or the government, as the level wants it, in this round.
    fn is_spoken_of(&self) -> bool {
        let round = self.rounds.last();
        match self.level {
            Some(Level::Difficult) => round.is_some_and(|round| !round.meetings.is_empty()),
            Some(Level::Exceptional) => round.is_some_and(|round| !round.decided.is_empty()),
            _ => true,
        }
    }

    fn answered(&self) -> bool {
        self.rounds.iter().any(|round| round.answered_by.is_some())
    }

    fn begin_round(&mut self, today: NaiveDate) {
        if !self.rounds.is_empty() {
            self.contacts.retain(|(day, _)| *day >= today);
        }
        let Some(level) = self.level else { return };
        let (meetings, decided) = (Vec::new(), Vec::new());
        self.rounds.push(Round { level, meetings, decided, answered_by: None, explained: false, satisfied: None });
        (self.state, self.proposed) = (State::InHandling, None);
    }
}
