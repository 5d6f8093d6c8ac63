//! 事件流: what happened to whatever a caller may see, in one order that it can resume from for ever (promise P3).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use kernel::{
    Actor, Centre,
    access::{Action, may},
};
use persistence::{
    Connection, Shard, StoreError, Tx, cases, feed, feed::Line, hall, impasses, submissions, webhooks, work_orders,
};
use strum::VariantNames as _;

use crate::{
    auth::Caller,
    desk::Desk,
    problem::{Answer, Error, Kind},
    views::feed::{FeedEventView, FeedView, Subject},
};

/// How many events are looked at for one answer.
const LOOKED_AT: i64 = 500;
/// How many events get their places in one transaction.
const NUMBERED: i64 = 1000;
/// How often somebody who waits looks again.
const LOOK: Duration = Duration::from_millis(200);

/// What somebody asks of the feed.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub after: u64,
    pub most: usize,
    /// 事件类型; all where empty.
    pub types: Vec<String>,
    pub patience: Duration,
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
        of("work_order", escalation::hotline::Event::VARIANTS),
        of("hotline", &crate::hotline::KINDS),
        of("webhook", &crate::webhooks::KINDS),
    ]
    .concat()
}

impl Desk {
    /// The events after a place that the caller may see. Where there are none it waits for one, as long as it is asked to.
    ///
    /// # Errors
    /// `invalid_cursor` for a place that was never given.
    pub async fn read_feed(self: &Arc<Self>, caller: Caller, mut wanted: Wanted) -> Answer<FeedView> {
        let until = Moment::now() + wanted.patience;
        loop {
            let (asked, who) = (wanted.clone(), caller.clone());
            let page = self.store.read(move |connection| page(connection, &who, &asked)).await?;
            if !page.data.is_empty() || Moment::now() >= until {
                return Ok(page);
            }
            wanted.after = page.place;
            if !page.more {
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

/// One look: lines in order, until there are enough for one answer or enough were looked at.
fn page(connection: &mut Connection, caller: &Caller, wanted: &Wanted) -> Answer<FeedView> {
    let seen = look(connection, caller, wanted)?;
    if seen.is_at_end && wanted.after > feed::last(connection, caller.centre).map_err(StoreError::from)? {
        return Err(Error::of(Kind::InvalidCursor, "事件流中没有这一位置。"));
    }
    let Seen { events, place, more, .. } = seen;
    Ok(FeedView { data: events, next: place.to_string(), more, place })
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

/// The events after a place that somebody may see: those of the types that are wanted.
pub(crate) fn look(connection: &mut Connection, caller: &Actor, wanted: &Wanted) -> Answer<Seen> {
    let centre = caller.centre;
    let lines = feed::after(connection, centre, wanted.after, LOOKED_AT).map_err(StoreError::from)?;
    let looked_at = lines.len();
    let (mut count, mut known) = (0, HashMap::new());
    let mut seen = Seen { events: Vec::new(), place: wanted.after, more: false, is_at_end: lines.is_empty() };
    for line in lines {
        if seen.events.len() == wanted.most {
            break;
        }
        (count, seen.place) = (count + 1, line.seq);
        let subject = match known.get(&line.stream) {
            Some(subject) => subject,
            None => known.entry(line.stream.clone()).or_insert(visible(connection, caller, &line)?),
        };
        let event = subject.as_ref().map(|subject| FeedEventView::of(&line, subject, centre));
        let is_wanted = |event: &FeedEventView| wanted.types.is_empty() || wanted.types.contains(&event.r#type);
        seen.events.extend(event.filter(is_wanted));
    }
    seen.more = count < looked_at || i64::try_from(looked_at).is_ok_and(|looked_at| looked_at == LOOKED_AT);
    Ok(seen)
}

/// Of what a line is, if the caller may know of it: the predicate of every other read.
fn visible(connection: &mut Connection, caller: &Actor, line: &Line) -> Answer<Option<Subject>> {
    let (centre, sight) = (caller.centre, caller.sight());
    if let Ok(id) = line.stream.parse() {
        let found = cases::load(connection, centre, id).map_err(StoreError::from)?;
        if let Some(loaded) = found {
            let case = loaded.case;
            return Ok(sight.covers(&case.whereabouts()).then(|| Subject::case(id, case.number.to_string())));
        }
    }
    if let Ok(id) = line.stream.parse() {
        let found = impasses::load(connection, centre, id).map_err(StoreError::from)?;
        if let Some(loaded) = found {
            let impasse = loaded.impasse;
            let number = || impasse.filing.as_ref().map(|filing| filing.number.to_string());
            return Ok(sight.covers(&impasse.whereabouts()).then(|| Subject::impasse(id, number())));
        }
    }
    if let Ok(id) = line.stream.parse() {
        let found = webhooks::find(connection, centre, id).map_err(StoreError::from)?;
        return Ok(found.filter(|endpoint| sight.covers_client(&endpoint.client)).map(|_| Subject::webhook(id)));
    }
    if let Ok(id) = line.stream.parse() {
        let found = work_orders::load(connection, centre, id).map_err(StoreError::from)?;
        if let Some(loaded) = found {
            return Ok(sight.covers(&loaded.order.whereabouts()).then(|| Subject::work_order(&loaded.order)));
        }
    }
    if let Some(hotline) = crate::hotline::of_callbacks(&line.stream) {
        let may_know = may(caller, Action::ReadWorkOrderExchange).is_ok() && sight.covers_client(&hotline);
        return Ok(may_know.then(|| Subject::hotline(&hotline)));
    }
    assembly(connection, caller, &line.stream)
}

/// 分类梳理 and 每月提交, for whoever may read them: alarms of what was not held or not sent are told here.
fn assembly(connection: &mut Connection, caller: &Actor, stream: &str) -> Answer<Option<Subject>> {
    if let Some(Ok(week)) = stream.strip_prefix("triage:").map(str::parse) {
        return Ok(may(caller, Action::ReadTriage).is_ok().then(|| Subject::session(week)));
    }
    if let Some(Ok(month)) = stream.strip_prefix("submission:").map(str::parse)
        && may(caller, Action::ReadSubmissions).is_ok()
    {
        let loaded = submissions::load(connection, caller.centre, month).map_err(StoreError::from)?;
        let sent = loaded.and_then(|loaded| loaded.submission.submitted);
        return Ok(Some(Subject::submission(month, sent.map(|sent| sent.number.to_string()))));
    }
    Ok(None)
}
