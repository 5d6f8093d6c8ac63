//! Another edition of the calendar in the middle of lives, as the program recomputes what it moves.

use persistence::cases;

use crate::{
    ALL_OF_THEM, Company, Life,
    model::{editions, invariants},
    step::Step,
    support::{all, centre::CENTRE},
};

impl Company<'_> {
    /// Rule L1: those whose limits may still move are found and read anew, in the store as without one; to the others
    /// nothing happens. Then whatever falls due by it does, once.
    pub(crate) async fn publish(&mut self, nth: u8) {
        let what = format!("edition {nth} at {}", self.now);
        let found = self.hall.read(move |c| cases::open_after(c, CENTRE, None, ALL_OF_THEM)).await;
        let is_found = |life: &&Life| found.contains(&life.id());
        let step = |life: &Life| Step { edition: Some(editions::edition(nth)), ..life.step(None) };
        let steps = self.lives.iter().filter(is_found).map(|life| step(life).taken(self.hall.store.clone()));
        let mut stored = all(steps.collect::<Vec<_>>()).await.into_iter();
        for life in &mut self.lives {
            let before = life.desk.case.clone();
            let events = editions::publish(&mut life.desk, nth, &what);
            invariants::of_a_step(&before, &life.desk, &events, &what);
            if found.contains(&life.id()) {
                assert_eq!(stored.next().unwrap().as_ref(), Ok(&events), "{what}");
                life.wakes_at = life.desk.wakes_at();
            } else {
                assert!(events.is_empty(), "{what}: {events:?} of a case that nobody reads anew");
            }
            let wakes_at = life.desk.wakes_at();
            assert_eq!(
                life.wakes_at, wakes_at,
                "{what}: {:?} would wake at another time than is stored",
                life.desk.case
            );
        }
        self.fall_due(self.now, true).await;
    }
}
