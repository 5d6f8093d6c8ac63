//! 部门协调会议 (clause D4-3): a holding writes the minutes and everything that was resolved, or nothing.

use escalation::{
    Command as OnImpasse, Impasse,
    meeting::{self, Call, Command, Event, Holding, Meeting},
};
use kernel::{Context, Refusal, id::MeetingId};
use persistence::{
    Connection, StoreError, Tx,
    cases::Saved,
    impasses,
    meetings::{self, Loaded},
};

use super::act_on;
use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    papers::Papers,
    problem::{Answer, Error},
};

/// The meeting, if the caller may know of it at all.
///
/// # Errors
/// `not_found`.
pub fn visible_meeting(connection: &mut Connection, caller: &Caller, id: MeetingId) -> Answer<Loaded> {
    let loaded = meetings::load(connection, caller.centre, id).map_err(StoreError::from)?;
    loaded.filter(|loaded| loaded.meeting.is_in(&caller.sight())).ok_or_else(Error::not_found)
}

/// 召集会议.
///
/// # Errors
/// `impasse_unknown`; `waits_for_meeting` where another meeting is called over one of them; and those of
/// [`escalation::meeting::call`].
pub fn call(tx: &mut Tx<'_>, call: Call, ctx: &Context<'_>) -> Answer<Loaded> {
    let mut agenda = Vec::new();
    for id in &call.agenda {
        let loaded = impasses::load(tx.read(), call.centre, *id).map_err(StoreError::from)?;
        let loaded = loaded.ok_or_else(|| Refusal::new("impasse_unknown", format!("没有事项{id}")))?;
        if meetings::waited_for(tx.read(), call.centre, *id).map_err(StoreError::from)?.is_some() {
            return Err(Refusal::new("waits_for_meeting", format!("{}已列入另一次会议", loaded.impasse.subject)).into());
        }
        agenda.push(loaded.impasse);
    }
    let centre = call.centre;
    let event = meeting::call(call, &agenda.iter().collect::<Vec<&Impasse>>(), ctx)?;
    let recorded = recorded(0, vec![event], ctx);
    let meeting = Meeting::fold(centre, &recorded).ok_or_else(|| Error::internal("a call begins no meeting"))?;
    let inserted = meetings::insert(tx.write(), &meeting, &recorded);
    let head = tx.first(inserted)?;
    Ok(Loaded { meeting, head })
}

/// 改期 or 取消.
///
/// # Errors
/// The refusals of the meeting.
pub fn change_meeting(tx: &mut Tx<'_>, before: Loaded, command: Command, ctx: &Context<'_>) -> Answer<Loaded> {
    let event = Papers::with(tx, ctx, |papers| before.meeting.decide(command, papers, ctx))?;
    write(tx, before, event, ctx)
}

/// 召开: each item that was discussed says so, then what was resolved is done, and the minutes are sealed.
///
/// # Errors
/// The refusals of the meeting and of each impasse; whichever comes, nothing was held.
pub fn hold(desk: &Desk, tx: &mut Tx<'_>, before: Loaded, holding: Holding, ctx: &Context<'_>) -> Answer<Loaded> {
    let id = before.meeting.id;
    let resolutions = holding.resolutions.clone();
    let event = Papers::with(tx, ctx, |papers| before.meeting.decide(Command::Hold(holding), papers, ctx))?;
    let mut after = before.meeting.clone();
    recorded(after.version, vec![event.clone()], ctx).iter().for_each(|event| after.apply(event));
    for impasse in after.discussed() {
        let discuss = OnImpasse::Discuss { meeting: id, departments: after.present_for(impasse) };
        act_on(desk, tx, impasse, discuss, ctx)?;
    }
    for resolution in resolutions {
        let impasse = resolution.impasse;
        for command in resolution.commands(id) {
            act_on(desk, tx, impasse, command, ctx)?;
        }
    }
    write(tx, before, event, ctx)
}

fn write(tx: &mut Tx<'_>, before: Loaded, event: Event, ctx: &Context<'_>) -> Answer<Loaded> {
    let recorded = recorded(before.meeting.version, vec![event], ctx);
    let mut meeting = before.meeting.clone();
    recorded.iter().for_each(|event| meeting.apply(event));
    match meetings::save(tx.write(), &before, &meeting, &recorded).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => Ok(Loaded { meeting, head }),
    }
}
