//! 办不成事: the way of one read and of one write of an impasse, as [`crate::desk`] is for a case.

use std::sync::Arc;

use escalation::{Command, Event, Impasse, Registration};
use kernel::{
    Actor, CaseId, Centre, Context, Instant, ItemCode, Refusal, Whereabouts,
    access::{Action, Who, may, may_for, may_on},
    id::ImpasseId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::{self, Saved},
    impasses::{self, Loaded},
    parties::PartyKind,
};

use crate::{
    auth::Caller,
    desk::{Desk, clockwork, recorded},
    edge::{IfMatch, Stamp},
    follow_ups, hotline,
    leaving::taken_up_without,
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    views::impasse::ImpasseView,
};

/// A write to one impasse, by somebody, with what they had seen of it.
#[derive(Clone, Debug)]
pub struct ImpasseChange {
    pub caller: Caller,
    pub impasse: ImpasseId,
    pub seen: IfMatch,
    pub stamp: Option<Stamp>,
    /// What it is, for the policy.
    pub action: Action,
}

/// What a handler is given to make a command of.
#[derive(Debug)]
pub struct ImpasseMatter<'a, 'b> {
    pub tx: &'a mut Tx<'b>,
    pub impasse: &'a Impasse,
    pub ctx: &'a Context<'a>,
}

impl Desk {
    /// An impasse as this caller sees it, with whatever else `look` reads on the same connection.
    ///
    /// # Errors
    /// `not_found` where the caller may not know of it.
    pub async fn look_at_impasse<T: Send + 'static>(
        self: &Arc<Self>,
        caller: Caller,
        id: ImpasseId,
        action: Action,
        look: impl FnOnce(&Self, &mut Connection, &Loaded, &Context<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let desk = Arc::clone(self);
        self.store
            .read(move |connection| {
                let loaded = visible(connection, &caller, id)?;
                may_on(&caller, action, &loaded.impasse.whereabouts())?;
                let calendar = desk.calendar(connection, caller.centre)?;
                let ctx = desk.context(&caller, &calendar, desk.now(caller.centre));
                look(&desk, connection, &loaded, &ctx)
            })
            .await
    }

    /// One command to one impasse: load, decide, compare-and-set with the events, answer with it.
    ///
    /// # Errors
    /// Those of the policy, of the precondition, and the refusals of the rules.
    pub async fn change_impasse(
        self: &Arc<Self>,
        change: ImpasseChange,
        command: impl Fn(&mut ImpasseMatter<'_, '_>) -> Answer<Command> + Send + 'static,
    ) -> Answer<Reply> {
        let ImpasseChange { caller, impasse: id, seen, stamp, action } = change;
        may(&caller, action)?;
        self.once(caller.clone(), Shard::of(&id), stamp, move |desk, tx, now| {
            let before = visible(tx.read(), &caller, id)?;
            let item = item_of(tx.read(), &caller, before.impasse.failed_case)?;
            may_on(&caller, action, &Whereabouts { item: item.as_ref(), ..before.impasse.whereabouts() })?;
            seen.check(before.impasse.version)?;
            let before = after_what_fell_due(desk, tx, before, now)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let ctx = desk.context(&caller, &calendar, now);
            let command = command(&mut ImpasseMatter { tx, impasse: &before.impasse, ctx: &ctx })?;
            if command.action() != Some(action) {
                return Err(Error::internal("a handler that lets in for another action than it takes"));
            }
            let after = decide(desk, tx, before, command, &ctx)?;
            ImpasseView::of(&after, item.as_ref(), &ctx).reply(200)
        })
        .await
    }

    /// Lets everything happen to one impasse that has fallen due by now.
    pub(crate) async fn let_impasse_fall_due(self: &Arc<Self>, centre: Centre, id: ImpasseId) -> Answer<()> {
        let desk = Arc::clone(self);
        let fall = move |tx: &mut Tx<'_>| match impasses::load(tx.read(), centre, id).map_err(StoreError::from)? {
            Some(loaded) => after_what_fell_due(&desk, tx, loaded, desk.now(centre)).map(drop),
            None => Ok(()),
        };
        self.store.write(Shard::of(&id), fall).await
    }
}

/// The impasse, if the caller may know of it at all.
///
/// # Errors
/// `not_found`.
pub fn visible(connection: &mut Connection, caller: &Caller, id: ImpasseId) -> Answer<Loaded> {
    let loaded = impasses::load(connection, caller.centre, id).map_err(StoreError::from)?;
    loaded.filter(|loaded| caller.sight().covers(&loaded.impasse.whereabouts())).ok_or_else(Error::not_found)
}

/// 委托事项: an impasse is about the item of the case that failed, where there is one (clause B1-3). None also for a caller
/// whose mandate names no items.
///
/// # Errors
/// Those of the store.
pub fn item_of(connection: &mut Connection, actor: &Actor, failed_case: Option<CaseId>) -> Answer<Option<ItemCode>> {
    let limited = matches!(&actor.who, Who::Vouched { mandate, .. } if mandate.items.is_some());
    let Some(failed) = failed_case.filter(|_| limited) else { return Ok(None) };
    let loaded = cases::load(connection, actor.centre, failed).map_err(StoreError::from)?;
    Ok(loaded.map(|loaded| loaded.case.item.code))
}

/// Registers an impasse within a running transaction. `who` is its applicant as the centre knows them.
///
/// # Errors
/// The refusals of [`escalation::register`], and `external_number_used`.
pub fn register(
    desk: &Desk,
    tx: &mut Tx<'_>,
    registration: Registration,
    who: (PartyKind, kernel::Personal<String>),
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let item = item_of(tx.read(), ctx.actor, registration.failed_case)?;
    may_for(ctx.actor, Action::RegisterImpasse, item.as_ref())?;
    if let (Some(client), Some(number)) = (&registration.client, &registration.external_number) {
        let known = impasses::by_external_number(tx.read(), registration.centre, client, number);
        if let Some(id) = known.map_err(StoreError::from)? {
            return Err(Refusal::new("external_number_used", format!("该外部编号已登记：{id}")).into());
        }
    }
    let recorded = recorded(0, vec![escalation::register(registration, &desk.terms, ctx)?], ctx);
    let impasse = Impasse::fold(&recorded).ok_or_else(|| Error::internal("a registration begins no impasse"))?;
    let wake_at = impasse.wakes_at(ctx.calendar, ctx.practice, ctx.now);
    let inserted = impasses::insert(tx.write(), &impasse, &recorded, clockwork(wake_at, ctx));
    let head = tx.first(inserted)?;
    let (applicant_kind, applicant_name) = who;
    Ok(Loaded { impasse, head, applicant_kind, applicant_name, wake_at })
}

/// Carries one command out within a running transaction, once everything has happened that has fallen due. Whether the
/// actor may has been settled.
///
/// # Errors
/// The refusals of the rules.
pub fn act(desk: &Desk, tx: &mut Tx<'_>, before: Loaded, command: Command, ctx: &Context<'_>) -> Answer<Loaded> {
    let before = after_what_fell_due(desk, tx, before, ctx.now)?;
    decide(desk, tx, before, command, ctx)
}

fn decide(desk: &Desk, tx: &mut Tx<'_>, before: Loaded, command: Command, ctx: &Context<'_>) -> Answer<Loaded> {
    let mut events = Papers::with(tx, ctx, |papers| before.impasse.decide(command, &desk.terms, papers, ctx))?;
    events.extend(taken_up_without(tx, &before.impasse, &events, ctx)?);
    write_down(desk, tx, before, events, ctx)
}

/// An impasse once everything has happened to it that has fallen due by `now`.
fn after_what_fell_due(desk: &Desk, tx: &mut Tx<'_>, before: Loaded, now: Instant) -> Answer<Loaded> {
    if before.wake_at.is_none_or(|at| at > now) {
        return Ok(before);
    }
    let centre = before.impasse.centre;
    let actor = Actor { centre, who: Who::System };
    let calendar = desk.calendar(tx.read(), centre)?;
    let ctx = desk.context(&actor, &calendar, now);
    let events = Papers::with(tx, &ctx, |papers| before.impasse.fall_due(papers, &ctx))?;
    write_down(desk, tx, before, events, &ctx)
}

/// Puts events on the record and the impasse after them in its row, with everything that follows from it.
pub(crate) fn write_down(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: Loaded,
    events: Vec<Event>,
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let recorded = recorded(before.impasse.version, events, ctx);
    let mut impasse = before.impasse.clone();
    recorded.iter().for_each(|event| impasse.apply(event));
    let wake_at = impasse.wakes_at(ctx.calendar, ctx.practice, ctx.now);
    let saved = impasses::save(tx.write(), &before, &impasse, &recorded, clockwork(wake_at, ctx));
    match saved.map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => {
            hotline::follow(desk, tx, &impasse, &recorded, ctx)?;
            follow_ups::ticked(tx, impasse.id, &recorded, ctx)?;
            Ok(Loaded { impasse, head, wake_at, ..before })
        }
    }
}
