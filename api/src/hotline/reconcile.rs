use std::collections::BTreeMap;

use escalation::hotline::{ExternalNo, WorkOrder};
use kernel::{Centre, Instant, StaffCode};
use persistence::{
    Connection, StoreError, outbox,
    work_orders::{self, code_maps, deliveries},
};

use crate::{
    outbox::hotline_target,
    problem::Answer,
    views::work_order::{DifferenceKind, DifferenceView},
};

/// How many orders of a period, held messages and undelivered callbacks are looked at.
const MOST: i64 = 10_000;

/// The orders dispatched from one moment until before another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub from: Instant,
    pub until: Instant,
}

/// What the other side has of one order.
#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    /// Their code.
    pub state: String,
    /// The last number that they gave a message of theirs.
    pub sequence: u64,
}

/// 对账结果
#[derive(Debug)]
pub(crate) struct Differences {
    pub ours: usize,
    pub found: Vec<DifferenceView>,
}

/// Compares both sides for a period and lists what differs; changes nothing.
pub(crate) fn reconcile(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    period: Period,
    theirs: &BTreeMap<ExternalNo, Theirs>,
) -> Answer<Differences> {
    let codes = code_maps::get(connection, centre, hotline).map_err(StoreError::from)?.map;
    let between = (period.from, period.until);
    let ours = work_orders::dispatched_between(connection, centre, hotline, between, MOST).map_err(StoreError::from)?;
    let count = ours.len();
    let mut ours: BTreeMap<ExternalNo, WorkOrder> =
        ours.into_iter().map(|order| (order.external_no.clone(), order)).collect();
    let mut found = Vec::new();
    for number in ours.keys().filter(|number| !theirs.contains_key(*number)) {
        found.push(DifferenceView::new(number, DifferenceKind::MissingThere));
    }
    for (number, their) in theirs {
        let our = match ours.remove(number) {
            Some(our) => Some(our),
            None => {
                work_orders::find(connection, centre, hotline, number).map_err(StoreError::from)?.map(|it| it.order)
            }
        };
        let Some(our) = our else {
            found.push(DifferenceView::new(number, DifferenceKind::MissingHere));
            continue;
        };
        let state = codes.state(our.state);
        if state != their.state {
            let difference = DifferenceView::new(number, DifferenceKind::StateDiffers);
            found.push(difference.between(state.to_owned(), their.state.clone()));
        }
        let line = deliveries::position(connection, (centre, hotline, number)).map_err(StoreError::from)?.line;
        if line.done != their.sequence {
            let difference = DifferenceView::new(number, DifferenceKind::SequenceDiffers);
            found.push(difference.between(line.done.to_string(), their.sequence.to_string()));
        }
    }
    for (number, sequence) in deliveries::held(connection, centre, hotline, MOST).map_err(StoreError::from)? {
        found.push(DifferenceView::new(&number, DifferenceKind::MessageHeld).numbered(sequence));
    }
    let target = hotline_target(hotline);
    for letter in outbox::undelivered(connection, centre, &target, MOST).map_err(StoreError::from)? {
        if let Ok(number) = letter.ordering_key.parse::<ExternalNo>() {
            let difference = DifferenceView::new(&number, DifferenceKind::CallbackUndelivered);
            found.push(difference.numbered(letter.sequence));
        }
    }
    found.sort_by(|a, b| (&a.external_no, a.kind, a.sequence).cmp(&(&b.external_no, b.kind, b.sequence)));
    Ok(Differences { ours: count, found })
}
