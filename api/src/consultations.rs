//! 咨询: the way of one write, for whoever handles one and for what time does to it.

use kernel::Context;
use persistence::{
    StoreError, Tx,
    cases::Saved,
    consultations::{self, Loaded},
};
use reception::Event;

use crate::{desk::recorded, problem::Answer};

/// Puts an event on the record and the consultation after it in its row.
///
/// # Errors
/// Those of the store; where another process was faster, all of it is to be done again.
pub(crate) fn write_down(tx: &mut Tx<'_>, before: Loaded, event: Event, ctx: &Context<'_>) -> Answer<Loaded> {
    let events = recorded(before.consultation.version, vec![event], ctx);
    let mut consultation = before.consultation.clone();
    events.iter().for_each(|event| consultation.apply(event));
    match consultations::save(tx.write(), &before, &consultation, &events).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => Ok(Loaded { consultation, head, ..before }),
    }
}
