//! 分类梳理、部门协调会议、提交市政府: what meets over many impasses writes to all of them in one transaction. Impasses are
//! always taken in the order of their ids, so that no two of these writes wait for one another.

mod meeting;
mod submission;

use std::{collections::BTreeMap, sync::Arc};

use escalation::{
    Command as OnImpasse, Week,
    triage::{self, Command, Event, Session},
};
use kernel::{Actor, Centre, Context, Instant, Refusal, access::Who, id::ImpasseId};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::Saved,
    impasses,
    triage::{self as sessions, Loaded, Named},
};

pub use meeting::{call, change_meeting, hold, visible_meeting};
pub use submission::{decide, draft, found, freeze, missed, note_missed_months, refresh, submission_shard, submit};

use crate::{
    desk::{Desk, recorded},
    impasses as desk_of_impasses,
    problem::{Answer, Error},
};

/// Sessions of a centre are written one after the other.
pub fn triage_shard(centre: Centre) -> Shard {
    Shard::of(&(centre, "triage"))
}

impl Desk {
    /// 漏开警示: notes each week that ended with something awaiting triage and no session held over it, or with a session
    /// that nobody concluded, once, and late rather than never (clause D4-1).
    pub(crate) async fn watch_the_weeks(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let desk = Arc::clone(self);
        let looked =
            self.store.read(move |connection| weeks_missed(&desk, connection, centre, desk.now(centre))).await?;
        if looked.is_empty() || !self.holds(centre, "triage").await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        self.store.write(triage_shard(centre), move |tx| note_missed_weeks(&desk, tx, centre, desk.now(centre))).await
    }
}

fn weeks_missed(
    desk: &Desk,
    connection: &mut Connection,
    centre: Centre,
    now: Instant,
) -> Answer<Vec<(Week, Vec<ImpasseId>)>> {
    let registered = sessions::awaiting(connection, centre).map_err(StoreError::from)?;
    let opened = sessions::opened(connection, centre).map_err(StoreError::from)?;
    let calendar = desk.calendar(connection, centre)?;
    let mut over = triage::weeks_over(&registered, &opened, &calendar, now);
    if let Some((first, _)) = over.first() {
        let settled = sessions::settled_since(connection, centre, *first).map_err(StoreError::from)?;
        over.retain(|(week, _)| !settled.contains(week));
    }
    Ok(over)
}

/// Before anything is taken off the agenda, whatever week was missed is noted with what waited then.
fn note_missed_weeks(desk: &Desk, tx: &mut Tx<'_>, centre: Centre, now: Instant) -> Answer<()> {
    let actor = Actor { centre, who: Who::System };
    for (week, agenda) in weeks_missed(desk, tx.read(), centre, now)? {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&actor, &calendar, now);
        match sessions::load(tx.read(), centre, week).map_err(StoreError::from)? {
            Some(open) => {
                let event = open.session.decide(Command::Miss { agenda: agenda.clone() }, &agenda, &ctx)?;
                write_session(tx, open, event, &ctx)?;
            }
            None => {
                begin_session(tx, Event::TriageMissed { week, agenda }, &ctx)?;
            }
        }
    }
    Ok(())
}

/// 开始本周分类梳理.
///
/// # Errors
/// `week_over`; `session_exists` where the week has one.
pub fn open_session(desk: &Desk, tx: &mut Tx<'_>, ctx: &Context<'_>) -> Answer<Loaded> {
    let centre = ctx.actor.centre;
    note_missed_weeks(desk, tx, centre, ctx.now)?;
    let event = triage::open(ctx)?;
    let week = Week::of(ctx.today());
    if sessions::load(tx.read(), centre, week).map_err(StoreError::from)?.is_some() {
        return Err(Refusal::new("session_exists", format!("{week}的分类梳理已经开始")).into());
    }
    begin_session(tx, event, ctx)
}

/// The session of a week.
///
/// # Errors
/// `not_found`.
pub fn session_of(connection: &mut Connection, centre: Centre, week: Week) -> Answer<Loaded> {
    sessions::load(connection, centre, week).map_err(StoreError::from)?.ok_or_else(Error::not_found)
}

/// 议程 of a session: what awaits triage and was registered before its week was over. What comes while it is open joins it.
///
/// # Errors
/// Those of the store.
pub fn agenda(desk: &Desk, connection: &mut Connection, session: &Session) -> Answer<Vec<ImpasseId>> {
    let calendar = desk.calendar(connection, session.centre)?;
    let registered = sessions::awaiting(connection, session.centre).map_err(StoreError::from)?;
    let end = triage::closes(session.week, &calendar);
    Ok(end.map(|end| triage::awaiting(&registered, end)).unwrap_or_default())
}

/// One command in a session: the impasse is graded or left over together with it.
///
/// # Errors
/// The refusals of the session and of the impasse.
pub fn act_in_session(
    desk: &Desk,
    tx: &mut Tx<'_>,
    week: Week,
    command: &Command,
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let centre = ctx.actor.centre;
    note_missed_weeks(desk, tx, centre, ctx.now)?;
    let before = session_of(tx.read(), centre, week)?;
    let agenda = agenda(desk, tx.read(), &before.session)?;
    let event = before.session.decide(command.clone(), &agenda, ctx)?;
    if let Event::TriageSettled { impasse, outcome, reason } = event.clone() {
        let command = match outcome {
            triage::Outcome::Graded(level) => OnImpasse::Grade { level, reason, week },
            triage::Outcome::LeftOver => OnImpasse::LeaveOver { week, reason },
        };
        act_on(desk, tx, impasse, command, ctx)?;
    }
    write_session(tx, before, event, ctx)
}

/// One command to one impasse of a meeting, a session or a submission; a refusal says which impasse it is of.
fn act_on(desk: &Desk, tx: &mut Tx<'_>, id: ImpasseId, command: OnImpasse, ctx: &Context<'_>) -> Answer<()> {
    let loaded = impasses::load(tx.read(), ctx.actor.centre, id).map_err(StoreError::from)?;
    let loaded = loaded.ok_or_else(Error::not_found)?;
    let number = loaded.impasse.filing.as_ref().map_or_else(|| id.to_string(), |filing| filing.number.to_string());
    match desk_of_impasses::act(desk, tx, loaded, command, ctx) {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => Err(Refusal::new(refusal.code, format!("{number}：{}", refusal.detail)).into()),
        Err(other) => Err(other),
    }
}

fn begin_session(tx: &mut Tx<'_>, event: Event, ctx: &Context<'_>) -> Answer<Loaded> {
    let recorded = recorded(0, vec![event], ctx);
    let session = Session::fold(ctx.actor.centre, &recorded);
    let session = session.ok_or_else(|| Error::internal("an event begins no session"))?;
    let inserted = sessions::insert(tx.write(), &session, &recorded);
    let head = tx.first(inserted)?;
    Ok(Loaded { session, head })
}

fn write_session(tx: &mut Tx<'_>, before: Loaded, event: Event, ctx: &Context<'_>) -> Answer<Loaded> {
    let recorded = recorded(before.session.version, vec![event], ctx);
    let mut session = before.session.clone();
    recorded.iter().for_each(|event| session.apply(event));
    match sessions::save(tx.write(), &before, &session, &recorded).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => Ok(Loaded { session, head }),
    }
}

/// What people call these impasses.
///
/// # Errors
/// Those of the store.
pub fn names(
    connection: &mut Connection,
    centre: Centre,
    ids: impl IntoIterator<Item = ImpasseId>,
) -> Answer<BTreeMap<ImpasseId, Named>> {
    Ok(sessions::named(connection, centre, ids).map_err(StoreError::from)?)
}
