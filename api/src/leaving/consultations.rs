//! 岗位终止 over consultations: what a clerk answered for is the window's again.

use std::sync::Arc;

use kernel::{Actor, Centre, Role, StaffCode, access::Who, id::ConsultationId};
use persistence::{
    Connection, Shard, StoreError, Tx, consultations,
    hall::{self, StoredPosting},
};

use super::BATCH;
use crate::{consultations::write_down, desk::Desk, problem::Answer};

impl Desk {
    /// Looks at each consultation that whoever left answers for.
    ///
    /// # Errors
    /// As `each_goes_back`.
    pub(super) async fn consultations_go_back(self: &Arc<Self>, centre: Centre, posting: &StoredPosting) -> Answer<()> {
        // Nobody but clerks answers for one.
        if posting.record.role != Role::Clerk {
            return Ok(());
        }
        let staff = posting.record.staff.clone();
        let theirs = move |connection: &mut Connection, after| {
            Ok(consultations::answered_by(connection, centre, &staff, after, BATCH)?)
        };
        let go = |id| self.consultation_goes_back(centre, id, posting.record.staff.clone());
        self.each_goes_back(centre, posting.id, theirs, go).await
    }

    /// 职责随岗位终止回到窗口.
    async fn consultation_goes_back(
        self: &Arc<Self>,
        centre: Centre,
        id: ConsultationId,
        staff: StaffCode,
    ) -> Answer<()> {
        let desk = Arc::clone(self);
        let go = move |tx: &mut Tx<'_>| -> Answer<()> {
            let loaded = consultations::load(tx.read(), centre, id).map_err(StoreError::from)?;
            let Some(before) = loaded else { return Ok(()) };
            let now = desk.now(centre);
            let running = hall::running(tx.read(), centre, &staff, now.day()).map_err(StoreError::from)?;
            let Some(event) = before.consultation.after_leaving(&staff, &running) else { return Ok(()) };
            let actor = Actor { centre, who: Who::System };
            let calendar = desk.calendar(tx.read(), centre)?;
            write_down(tx, before, event, &desk.context(&actor, &calendar, now)).map(drop)
        };
        self.store.write(Shard::of(&id), go).await
    }
}
