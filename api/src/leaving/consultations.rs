//! 岗位终止 over consultations: what a clerk answered for is the window's again.

use std::sync::Arc;

use kernel::{Actor, Centre, Role, StaffCode, access::Who, id::ConsultationId};
use persistence::{
    Connection, Shard, StoreError, Tx, consultations,
    hall::{self, StoredPosting},
};

use super::BATCH;
use crate::{
    consultations::write_down,
    desk::Desk,
    problem::{Answer, Kind},
};

impl Desk {
    /// Looks at each consultation that whoever left answers for. One that is damaged is told and left: looking again would not
    /// mend it.
    ///
    /// # Errors
    /// That of the first other one, after all of them; at once where the store itself is out of reach.
    pub(super) async fn consultations_go_back(self: &Arc<Self>, centre: Centre, posting: &StoredPosting) -> Answer<()> {
        // Nobody but clerks answers for one.
        let mut more = posting.record.role == Role::Clerk;
        let (mut after, mut failed) = (None, None);
        while more {
            let (staff, from) = (posting.record.staff.clone(), after);
            let theirs = move |connection: &mut Connection| {
                Ok::<_, StoreError>(consultations::answered_by(connection, centre, &staff, from, BATCH)?)
            };
            let theirs = self.store.read(theirs).await?;
            more = theirs.last().is_some();
            after = theirs.last().copied();
            for id in theirs {
                let gone_back = self.consultation_goes_back(centre, id, posting.record.staff.clone()).await;
                let Err(error) = gone_back else { continue };
                if matches!(error.kind(), Kind::Unavailable | Kind::StorageFull) {
                    return Err(error);
                }
                tracing::error!(%centre, posting = %posting.id, consultation = %id, %error, "a consultation could not be looked at");
                if error.kind() != Kind::Internal {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(()), Err)
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
