//! 事件流: what happened to whatever a caller may see, in one order that it can resume from as long as it is kept (promise
//! P3). What is kept follows from when it happened: the record itself is never cut, and no place is ever moved.

mod sighted;

use std::{
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use kernel::{
    Actor, Centre, Instant,
    access::{Action, may},
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    feed::{self, Line},
    hall,
};
use strum::VariantNames as _;

use self::sighted::{Known, know_cases, sighted};

use crate::{
    auth::{Authenticator, Caller},
    desk::Desk,
    problem::{Answer, Error, Kind},
    reply::Reply,
    views::feed::{FeedEventView, FeedView},
};

/// How many events are looked at for one answer, and at least how many of them at a time.
const LOOKED_AT: usize = 500;
const AT_A_TIME: usize = 50;
/// How many events get their places in one transaction.
const NUMBERED: i64 = 1000;
/// How often somebody who waits looks again.
const LOOK: Duration = Duration::from_millis(200);

/// How long somebody who waits may go on without being asked again who they are.
const STILL: Duration = Duration::from_secs(2);

/// How much longer than it says the feed keeps what happened, so that whoever begins at its oldest place is not overtaken.
const GRACE: chrono::Duration = chrono::Duration::hours(1);

/// 不再有权查看, as the feed names it.
pub const GONE: &str = "gone";

/// What somebody asks of the feed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// From the oldest that is kept where none is named.
    pub after: Option<u64>,
    pub most: usize,
    /// 事件类型; all where empty.
    pub types: Vec<String>,
    pub patience: Duration,
    /// 保留期: what happened before is not told any more; none for what is kept for ever.
    pub kept_since: Option<Instant>,
}

/// From where the feed is kept.
///
/// # Errors
/// Those of the store.
pub fn oldest(connection: &mut Connection, centre: Centre, kept_since: Option<Instant>) -> Result<u64, StoreError> {
    Ok(kept_since.map(|since| feed::oldest(connection, centre, since)).transpose()?.unwrap_or(0))
}

/// 事件类型, as a CloudEvent names it.
pub fn type_of(subject: &str, kind: &str) -> String {
    let short = kind.strip_prefix(subject).and_then(|rest| rest.strip_prefix('_')).unwrap_or(kind);
    format!("cn.gov.yichuang.{subject}.{short}.v1")
}

/// Every type there is.
pub fn types() -> Vec<String> {
    let of = |subject, kinds: &[&str]| kinds.iter().map(|kind| type_of(subject, kind)).collect::<Vec<_>>();
    [
        of("case", casework::Event::VARIANTS),
        of("impasse", escalation::Event::VARIANTS),
        of("triage", escalation::triage::Event::VARIANTS),
        of("submission", escalation::submission::Event::VARIANTS),
        of("consultation", reception::Event::VARIANTS),
        of("work_order", escalation::hotline::Event::VARIANTS),
        of("hotline", &crate::hotline::KINDS),
        of("precedent", &escalation::precedent::Event::KINDS),
        of("package_application", &crate::packages::KINDS),
        of("webhook", &crate::webhooks::KINDS),
        of("case", &[GONE]),
        of("precedent", &[GONE]),
        of("work_order", &[GONE]),
        of("consultation", &[GONE]),
    ]
    .concat()
}

impl Desk {
    /// Since when events are kept.
    pub fn feed_kept_since(&self, centre: Centre) -> Option<Instant> {
        let days = self.settings.feed.keep_days;
        (days > 0).then(|| self.now(centre).plus(-chrono::Duration::days(days.into())))
    }

    /// The events after a place that the caller may see. Where there are none it waits for one, as long as it is asked to, and
    /// as long as the caller may.
    ///
    /// # Errors
    /// `invalid_cursor` for a place that was never given; `cursor_too_old` for one that too much time has passed since;
    /// `invalid_token` for a token that was revoked meanwhile.
    pub async fn read_feed(
        self: &Arc<Self>,
        auth: &Authenticator,
        mut caller: Caller,
        mut wanted: Wanted,
    ) -> Answer<Reply> {
        let until = Moment::now() + wanted.patience;
        let mut last_asked = None;
        loop {
            let (asked, who) = (wanted.clone(), caller.clone());
            let page = self.store.read(move |connection| page(connection, &who, &asked)).await?;
            let is_done = !page.is_empty || Moment::now() >= until;
            if last_asked.is_some_and(|at: Moment| is_done || at.elapsed() >= STILL) {
                let still = auth.still(&caller).await?;
                may(&still, Action::ReadEvents)?;
                last_asked = Some(Moment::now());
                if still.actor != caller.actor {
                    // What was found was for somebody who may see something else by now.
                    caller = still;
                    continue;
                }
            }
            if is_done {
                return Ok(page.reply);
            }
            wanted.after = Some(page.place);
            if !page.more {
                last_asked.get_or_insert_with(Moment::now);
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Gives committed events their places, as long as the program runs.
    pub async fn keep_numbering(self: Arc<Self>) {
        loop {
            if let Err(error) = self.number_events().await {
                tracing::warn!(%error, "committed events wait for their places in the feed; they will get them");
            }
            tokio::time::sleep(LOOK / 2).await;
        }
    }

    async fn number_events(&self) -> Result<(), StoreError> {
        for centre in self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await? {
            while self.waits(centre).await? {
                let number = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(feed::number(tx.write(), centre, NUMBERED)?);
                if self.store.write(Shard::of(&(centre, "feed")), number).await? == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn waits(&self, centre: Centre) -> Result<bool, StoreError> {
        self.store.read(move |connection| Ok::<_, StoreError>(feed::waiting(connection, centre)? > 0)).await
    }
}

/// What one look gives, ready to be sent: many may wait to be.
struct Page {
    reply: Reply,
    is_empty: bool,
    place: u64,
    more: bool,
}

/// One look: lines in order, until there are enough for one answer or enough were looked at.
fn page(connection: &mut Connection, caller: &Caller, wanted: &Wanted) -> Answer<Page> {
    let seen = look(connection, caller, wanted)?;
    if seen.is_at_end && wanted.after > Some(feed::last(connection, caller.centre).map_err(StoreError::from)?) {
        return Err(Error::of(Kind::InvalidCursor, "事件流中没有这一位置。"));
    }
    let Seen { events, place, more, .. } = seen;
    let is_empty = events.is_empty();
    let reply = Reply::json(200, &FeedView { data: events, next: place.to_string(), more })?;
    Ok(Page { reply, is_empty, place, more })
}

/// What was seen of the feed.
#[derive(Debug)]
pub(crate) struct Seen {
    pub events: Vec<FeedEventView>,
    /// Up to where everything was looked at.
    pub place: u64,
    /// Whether it is worth looking again at once.
    pub more: bool,
    /// There was nothing after the place at all.
    pub is_at_end: bool,
}

/// The events after a place that somebody may see, and what left their sight: those of the types that are wanted.
///
/// # Errors
/// `cursor_too_old`
pub(crate) fn look(connection: &mut Connection, caller: &Actor, wanted: &Wanted) -> Answer<Seen> {
    let centre = caller.centre;
    let after = match wanted.after {
        Some(after) => after,
        None => oldest(connection, centre, wanted.kept_since)?,
    };
    let mut known = Known::new();
    let mut seen = Seen { events: Vec::new(), place: after, more: true, is_at_end: false };
    let mut unseen = LOOKED_AT;
    while seen.more && seen.events.len() < wanted.most && unseen > 0 {
        // One more than is wanted says whether there are more.
        let limit = (wanted.most - seen.events.len() + 1).max(AT_A_TIME).min(unseen);
        let lines = feed::after(connection, centre, seen.place, limit as i64).map_err(StoreError::from)?;
        if seen.place == after {
            must_be_kept(connection, centre, &lines, wanted.kept_since)?;
            seen.is_at_end = lines.is_empty();
        }
        (seen.more, unseen) = (lines.len() == limit, unseen - limit);
        know_cases(connection, caller, &lines, &mut known)?;
        for line in lines {
            if seen.events.len() == wanted.most {
                seen.more = true;
                break;
            }
            seen.place = line.seq;
            let subject = match known.get(&line.stream) {
                Some(subject) => subject,
                None => known.entry(line.stream.clone()).or_insert(sighted(connection, caller, &line)?),
            };
            let event = subject.as_ref().and_then(|subject| subject.event(&line, centre));
            let is_wanted = |event: &FeedEventView| wanted.types.is_empty() || wanted.types.contains(&event.r#type);
            seen.events.extend(event.filter(is_wanted));
        }
    }
    Ok(seen)
}

fn must_be_kept(connection: &mut Connection, centre: Centre, lines: &[Line], since: Option<Instant>) -> Answer<()> {
    match (lines.first(), since) {
        (Some(first), Some(since)) if first.at < since.plus(-GRACE) => {
            Err(Error::CursorTooOld { oldest: oldest(connection, centre, Some(since))? })
        }
        _ => Ok(()),
    }
}
