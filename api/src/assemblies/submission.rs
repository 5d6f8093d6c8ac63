//! 每月提交市政府 (clause D4-4): drafted from what is exceptional, frozen as a packet, sent with every item in one go.

use std::{collections::BTreeMap, sync::Arc};

use escalation::{
    Basis, Command as OnImpasse, GovernmentDecision, Impasse, Level, State,
    meeting::Assignment,
    submission::{self, Command, Entry, Event, Month, Submission, Withdrawn, entry, packet},
};
use kernel::{Actor, Centre, Context, Instant, Refusal, access::Who, id::ImpasseId};
use persistence::{
    Connection, Shard, StoreError, Tx,
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

/// Submissions of a centre are written one after the other.
pub fn submission_shard(centre: Centre) -> Shard {
    Shard::of(&(centre, "submission"))
}

impl Desk {
    /// 漏报警示: notes each month that ended with something for the government and nothing sent, once, and late rather than
    /// never (clause D4-4).
    pub(crate) async fn watch_the_months(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let desk = Arc::clone(self);
        let looked = self.store.read(move |connection| months_missed(connection, centre, desk.now(centre))).await?;
        if looked.is_empty() || !self.holds(centre, "submission").await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        self.store
            .write(submission_shard(centre), move |tx| note_missed_months(&desk, tx, centre, desk.now(centre)))
            .await
    }
}

fn months_missed(connection: &mut Connection, centre: Centre, now: Instant) -> Answer<Vec<(Month, Vec<Entry>)>> {
    let mut over: BTreeMap<Month, Vec<Entry>> =
        submission::months_over(&exceptional(connection, centre)?, now).into_iter().collect();
    for Loaded { submission, .. } in submissions::frozen(connection, centre).map_err(StoreError::from)? {
        if submission.month < Month::of(now.day()) {
            over.insert(submission.month, submission.entries());
        }
    }
    if let Some(first) = over.keys().next().copied() {
        let known = submissions::since(connection, centre, first).map_err(StoreError::from)?;
        let done = known.into_iter().filter(|it| it.submission.needs_no_alarm());
        done.for_each(|it| drop(over.remove(&it.submission.month)));
    }
    Ok(over.into_iter().collect())
}

/// Before anything is drafted or sent, whatever month was missed is noted with what waited then.
///
/// # Errors
/// Those of the store.
pub fn note_missed_months(desk: &Desk, tx: &mut Tx<'_>, centre: Centre, now: Instant) -> Answer<()> {
    let actor = Actor { centre, who: Who::System };
    for (month, entries) in months_missed(tx.read(), centre, now)? {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&actor, &calendar, now);
        match submissions::load(tx.read(), centre, month).map_err(StoreError::from)? {
            Some(before) => drop(change_submission(tx, before, Command::Miss { entries }, &ctx)?),
            None => drop(begin(tx, Event::SubmissionMissed { month, entries }, &ctx)?),
        }
    }
    Ok(())
}

fn exceptional(connection: &mut Connection, centre: Centre) -> Answer<Vec<Impasse>> {
    let handled = impasses::in_state(connection, centre, State::InHandling, Some(Level::Exceptional));
    Ok(handled.map_err(StoreError::from)?.into_iter().map(|loaded| loaded.impasse).collect())
}

/// 提交范围: what is for the government in a month as things are, oldest first. What lies in the packet of an earlier month
/// that was frozen and never sent is carried over from that one, `again` where it was so there.
fn gather(
    connection: &mut Connection,
    centre: Centre,
    month: Month,
    again: &[ImpasseId],
) -> Answer<Vec<(Entry, Impasse)>> {
    let frozen = submissions::frozen(connection, centre).map_err(StoreError::from)?;
    let unsent: Vec<Submission> =
        frozen.into_iter().map(|it| it.submission).filter(|submission| submission.month < month).collect();
    let listed = |impasse: Impasse| {
        let stuck_in = unsent.iter().rfind(|submission| submission.is_stuck_with(&impasse));
        let stuck_again = stuck_in.is_some_and(|submission| submission.again().contains(&impasse.id));
        let this = [impasse.id];
        let mut entry = entry(&impasse, month, if stuck_again { &this } else { again })?;
        entry.carried_over = stuck_in.map(|submission| submission.month).or(entry.carried_over);
        Some((entry, impasse))
    };
    Ok(exceptional(connection, centre)?.into_iter().filter_map(listed).collect())
}

fn entries(gathered: Vec<(Entry, Impasse)>) -> Vec<Entry> {
    gathered.into_iter().map(|(entry, _)| entry).collect()
}

/// 拟稿 of this month.
///
/// # Errors
/// `submission_exists`.
pub fn draft(desk: &Desk, tx: &mut Tx<'_>, again: &[ImpasseId], ctx: &Context<'_>) -> Answer<Loaded> {
    let (centre, month) = (ctx.actor.centre, Month::of(ctx.today()));
    note_missed_months(desk, tx, centre, ctx.now)?;
    if submissions::load(tx.read(), centre, month).map_err(StoreError::from)?.is_some() {
        return Err(Refusal::new("submission_exists", format!("{month}的提交已经拟稿")).into());
    }
    let entries = entries(gather(tx.read(), centre, month, again)?);
    begin(tx, submission::draft(entries, ctx), ctx)
}

fn begin(tx: &mut Tx<'_>, event: Event, ctx: &Context<'_>) -> Answer<Loaded> {
    let recorded = recorded(0, vec![event], ctx);
    let submission = Submission::fold(ctx.actor.centre, &recorded);
    let submission = submission.ok_or_else(|| Error::internal("an event begins no submission"))?;
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

/// 错过本月: what became exceptional after the month's list was frozen: as it stands now, and as the next month took it or
/// missed it in its turn.
///
/// # Errors
/// Those of the store.
pub fn missed(connection: &mut Connection, submission: &Submission) -> Answer<Vec<Entry>> {
    let (centre, next) = (submission.centre, submission.month.next());
    let later = submissions::load(connection, centre, next).map_err(StoreError::from)?;
    let mut all = Vec::new();
    if let Some(Loaded { submission: later, .. }) = later {
        all.extend(later.entries());
        all.extend(later.missed.map(|missed| missed.entries).unwrap_or_default());
    }
    all.extend(entries(gather(connection, centre, next, &[])?));
    all.retain(|entry| submission.was_missed_by(entry));
    // Stable: of one that is named twice, what the next month says of it.
    all.sort_by_key(|entry| entry.impasse);
    all.dedup_by_key(|entry| entry.impasse);
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
