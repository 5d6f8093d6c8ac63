use std::collections::{BTreeMap, BTreeSet};

use escalation::hotline::{CodeMap, ExternalNo, WorkOrder};
use kernel::{Centre, Instant, Refusal, StaffCode};
use persistence::{
    Connection, StoreError, outbox,
    work_orders::{self, code_maps, deliveries},
};

use crate::{
    outbox::hotline_target,
    problem::Answer,
    views::work_order::{DifferenceKind, DifferenceView},
};

/// How many orders of a period are fetched at a time.
const BATCH: i64 = 500;
/// 一次对账的上限: no more orders of a side are compared at once.
pub(crate) const MOST: usize = 2000;

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
    /// 比对单数: orders that either side has.
    pub compared: usize,
    pub found: Vec<DifferenceView>,
}

/// Compares both sides for a period and lists what differs; changes nothing. Ours are looked at page by page.
///
/// # Errors
/// `period_too_long` where we have more than [`MOST`]: nothing is compared in part.
pub(crate) fn reconcile(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    period: Period,
    theirs: &BTreeMap<ExternalNo, Theirs>,
) -> Answer<Differences> {
    let mut comparison = Comparison {
        centre,
        hotline,
        codes: code_maps::get(connection, centre, hotline).map_err(StoreError::from)?.map,
        found: Vec::new(),
    };
    let (mut ours, mut after) = (BTreeSet::new(), None);
    loop {
        let between = (period.from, period.until);
        let page = work_orders::dispatched_between(connection, centre, hotline, between, after, BATCH);
        let page = page.map_err(StoreError::from)?;
        let Some(last) = page.last() else { break };
        after = Some((last.dispatched_at, last.id));
        for our in page {
            match theirs.get(&our.external_no) {
                Some(their) => comparison.compare(connection, &our, their)?,
                None => comparison.find(&our.external_no, DifferenceKind::MissingThere),
            }
            comparison.look_for_what_waits(connection, &our.external_no)?;
            ours.insert(our.external_no);
        }
        if ours.len() > MOST {
            let detail = format!("该时段我方工单超过{MOST}单，请缩短时段，分次对账");
            return Err(Refusal::new("period_too_long", detail).into());
        }
    }
    for (number, their) in theirs.iter().filter(|(number, _)| !ours.contains(*number)) {
        let our = work_orders::find(connection, centre, hotline, number).map_err(StoreError::from)?;
        match our {
            Some(our) => comparison.compare(connection, &our.order, their)?,
            None => comparison.find(number, DifferenceKind::MissingHere),
        }
        comparison.look_for_what_waits(connection, number)?;
    }
    let mut found = comparison.found;
    found.sort_by(|a, b| (&a.external_no, a.kind, a.sequence).cmp(&(&b.external_no, b.kind, b.sequence)));
    let compared = theirs.keys().filter(|number| !ours.contains(*number)).count() + ours.len();
    Ok(Differences { ours: ours.len(), compared, found })
}

struct Comparison<'a> {
    centre: Centre,
    hotline: &'a StaffCode,
    codes: CodeMap,
    found: Vec<DifferenceView>,
}

impl Comparison<'_> {
    fn find(&mut self, number: &ExternalNo, kind: DifferenceKind) {
        self.found.push(DifferenceView::new(number, kind));
    }

    fn compare(&mut self, connection: &mut Connection, our: &WorkOrder, their: &Theirs) -> Answer<()> {
        let number = &our.external_no;
        let state = self.codes.state(our.state);
        if state != their.state {
            let difference = DifferenceView::new(number, DifferenceKind::StateDiffers);
            self.found.push(difference.between(state.to_owned(), their.state.clone()));
        }
        let key = (self.centre, self.hotline, number);
        let done = deliveries::position(connection, key).map_err(StoreError::from)?.line.done;
        if done != their.sequence {
            let difference = DifferenceView::new(number, DifferenceKind::SequenceDiffers);
            self.found.push(difference.between(done.to_string(), their.sequence.to_string()));
        }
        Ok(())
    }

    /// The first message that is held, and the first callback that is not delivered: what comes after either waits for it.
    fn look_for_what_waits(&mut self, connection: &mut Connection, number: &ExternalNo) -> Answer<()> {
        let key = (self.centre, self.hotline, number);
        if let Some(sequence) = deliveries::first_held(connection, key).map_err(StoreError::from)? {
            self.found.push(DifferenceView::new(number, DifferenceKind::MessageHeld).numbered(sequence));
        }
        let target = hotline_target(self.hotline);
        let undelivered = outbox::first_undelivered(connection, self.centre, &target, number.as_str());
        if let Some(sequence) = undelivered.map_err(StoreError::from)? {
            self.found.push(DifferenceView::new(number, DifferenceKind::CallbackUndelivered).numbered(sequence));
        }
        Ok(())
    }
}
