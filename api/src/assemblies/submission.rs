//! 每月提交市政府 (clause D4-4): drafted from what is exceptional, frozen as a packet, sent with every item in one go.

use std::collections::BTreeSet;

use escalation::{
    Basis, Command as OnImpasse, GovernmentDecision, Impasse, Level, State,
    meeting::Assignment,
    submission::{self, Command, Entry, Event, Month, Submission, Withdrawn, entry, packet},
};
use kernel::{Centre, Context, Refusal, id::ImpasseId};
use persistence::{
    Connection, StoreError, Tx,
    cases::Saved,
    chain::Digest,
    impasses,
    submissions::{self, Loaded},
};

use super::act_on;
use crate::{
    desk::{Desk, recorded},
    papers::Papers,
    problem::{Answer, Error},
};

/// The submission of a month.
///
/// # Errors
/// `not_found`.
pub fn found(connection: &mut Connection, centre: Centre, month: Month) -> Answer<Loaded> {
    submissions::load(connection, centre, month).map_err(StoreError::from)?.ok_or_else(Error::not_found)
}

/// 提交范围: what is for the government in a month as things are, oldest first. What lies in a packet that was frozen and
/// not yet sent is on its way already.
fn gather(
    connection: &mut Connection,
    centre: Centre,
    month: Month,
    again: &[ImpasseId],
) -> Answer<Vec<(Entry, Impasse)>> {
    let frozen = submissions::frozen(connection, centre).map_err(StoreError::from)?;
    let on_their_way: BTreeSet<ImpasseId> =
        frozen.iter().flat_map(|it| it.submission.entries()).map(|entry| entry.impasse).collect();
    let handled = impasses::in_state(connection, centre, State::InHandling, Some(Level::Exceptional));
    let handled = handled.map_err(StoreError::from)?.into_iter().map(|loaded| loaded.impasse);
    Ok(handled
        .filter(|impasse| !on_their_way.contains(&impasse.id))
        .filter_map(|impasse| Some((entry(&impasse, month, again)?, impasse)))
        .collect())
}

fn entries(gathered: Vec<(Entry, Impasse)>) -> Vec<Entry> {
    gathered.into_iter().map(|(entry, _)| entry).collect()
}

/// 拟稿 of this month.
///
/// # Errors
/// `submission_exists`.
pub fn draft(tx: &mut Tx<'_>, again: &[ImpasseId], ctx: &Context<'_>) -> Answer<Loaded> {
    let (centre, month) = (ctx.actor.centre, Month::of(ctx.today()));
    if submissions::load(tx.read(), centre, month).map_err(StoreError::from)?.is_some() {
        return Err(Refusal::new("submission_exists", format!("{month}的提交已经拟稿")).into());
    }
    let entries = entries(gather(tx.read(), centre, month, again)?);
    let recorded = recorded(0, vec![submission::draft(entries, ctx)], ctx);
    let submission = Submission::fold(centre, &recorded).ok_or_else(|| Error::internal("no draft begins"))?;
    let inserted = submissions::insert(tx.write(), &submission, &recorded);
    let head = tx.first(inserted)?;
    Ok(Loaded { submission, head })
}

/// 更新拟稿.
///
/// # Errors
/// The refusals of the submission.
pub fn refresh(tx: &mut Tx<'_>, before: Loaded, again: &[ImpasseId], ctx: &Context<'_>) -> Answer<Loaded> {
    let entries = entries(gather(tx.read(), ctx.actor.centre, before.submission.month, again)?);
    change_submission(tx, before, Command::Refresh { entries }, ctx)
}

/// 定稿: the packet is stored beside, for good, before the submission names it by its digest.
///
/// # Errors
/// The refusals of the submission, `draft_stale` among them.
pub fn freeze(tx: &mut Tx<'_>, before: Loaded, ctx: &Context<'_>) -> Answer<Loaded> {
    let (centre, month) = (ctx.actor.centre, before.submission.month);
    let gathered = gather(tx.read(), centre, month, &before.submission.again())?;
    let (entries, impasses): (Vec<Entry>, Vec<Impasse>) = gathered.into_iter().unzip();
    let packet = packet(centre, month, &entries, &impasses.iter().collect::<Vec<_>>(), ctx.now);
    let digest = Digest::of(packet.as_bytes());
    let command = Command::Freeze { entries, digest: digest.to_string() };
    let events = Papers::with(tx, ctx, |papers| before.submission.decide(command, papers, ctx))?;
    let kept = submissions::keep_packet(tx.write(), centre, month, digest, ctx.now, &packet);
    tx.first(kept)?;
    write(tx, before, events, ctx)
}

/// 提交: each item that is not withdrawn goes to the government under the same number.
///
/// # Errors
/// The refusals of the submission and of each impasse.
pub fn submit(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: Loaded,
    withdrawn: Vec<Withdrawn>,
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let month = before.submission.month.first_day();
    let command = Command::Submit { withdrawn };
    let events = Papers::with(tx, ctx, |papers| before.submission.decide(command, papers, ctx))?;
    let mut after = before.submission.clone();
    recorded(after.version, events.clone(), ctx).iter().for_each(|event| after.apply(event));
    let number = after.submitted.as_ref().map(|it| it.number.clone());
    let number = number.ok_or_else(|| Error::internal("a submission without its number"))?;
    for item in after.sent() {
        act_on(desk, tx, item.entry.impasse, OnImpasse::Submit { month, number: number.clone() }, ctx)?;
    }
    write(tx, before, events, ctx)
}

/// 研究意见 on one item, with the order that it comes to, if it does.
///
/// # Errors
/// The refusals of the submission and of the impasse.
pub fn decide(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: Loaded,
    (impasse, decision): (ImpasseId, GovernmentDecision),
    order: Option<Assignment>,
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let month = before.submission.month.first_day();
    let command = Command::Decide { impasse, decision: decision.clone() };
    let events = Papers::with(tx, ctx, |papers| before.submission.decide(command, papers, ctx))?;
    act_on(desk, tx, impasse, OnImpasse::RecordDecision { month, decision }, ctx)?;
    if let Some(order) = order {
        act_on(desk, tx, impasse, order.order(Basis::Government(month)), ctx)?;
    }
    write(tx, before, events, ctx)
}

/// 错过本月: what became exceptional after the month's list was frozen: as it stands now, and as the next month took it.
///
/// # Errors
/// Those of the store.
pub fn missed(connection: &mut Connection, submission: &Submission) -> Answer<Vec<Entry>> {
    let (centre, next) = (submission.centre, submission.month.next());
    let later = submissions::load(connection, centre, next).map_err(StoreError::from)?;
    let mut all = later.map(|later| later.submission.entries()).unwrap_or_default();
    let now = entries(gather(connection, centre, next, &[])?);
    let unknown = |entry: &Entry| all.iter().all(|known| known.impasse != entry.impasse);
    let now: Vec<Entry> = now.into_iter().filter(unknown).collect();
    all.extend(now);
    all.retain(|entry| submission.was_missed_by(entry));
    all.sort_unstable_by_key(|entry| entry.impasse);
    Ok(all)
}

/// One command that concerns the submission alone.
///
/// # Errors
/// The refusals of the submission.
fn change_submission(tx: &mut Tx<'_>, before: Loaded, command: Command, ctx: &Context<'_>) -> Answer<Loaded> {
    let events = Papers::with(tx, ctx, |papers| before.submission.decide(command, papers, ctx))?;
    write(tx, before, events, ctx)
}

fn write(tx: &mut Tx<'_>, before: Loaded, events: Vec<Event>, ctx: &Context<'_>) -> Answer<Loaded> {
    let recorded = recorded(before.submission.version, events, ctx);
    let mut submission = before.submission.clone();
    recorded.iter().for_each(|event| submission.apply(event));
    match submissions::save(tx.write(), &before, &submission, &recorded).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => Ok(Loaded { submission, head }),
    }
}
