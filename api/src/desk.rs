//! 服务台: what every handler works with, and the way of one read and of one write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use casework::{Case, Command, Participation, package::Application};
use catalog::ItemVersion;
use kernel::{
    Actor, Calendar, CaseId, Centre, Context, Instant, ItemCode, Practice, Refusal,
    access::{Action, may, may_on},
};
use moka::sync::Cache;
use persistence::{
    Connection, Shard, Store, StoreError, Tx, bars,
    cases::{self, Clockwork, Loaded, Saved},
    clients, days, hall, idempotency, items,
    participants::{self, Participant},
};

use crate::{
    auth::{Caller, Keys, Secret},
    behind::Watch,
    blob::Files,
    clock::Clock,
    edge::{IfMatch, Peer, RateLimiter, Stamp},
    health::Pulse,
    leaving::Leavings,
    outbox::Outbox,
    packages::{self, Beside},
    papers::Papers,
    problem::{Answer, Error},
    quotas::Quotas,
    reply::Reply,
    setbacks::Setbacks,
    settings::Settings,
    views::case::Lens,
};

/// How long another process may go on with a calendar that was just replaced.
pub(crate) const CALENDAR_AGE: Duration = Duration::from_secs(5);

/// How often somebody may try a case's pick-up code.
const PICK_UPS_A_MINUTE: u32 = 5;

/// How long an answer is remembered for its idempotency key: longer than anybody retries.
const ANSWERS_KEPT: chrono::Duration = chrono::Duration::days(30);

/// One for all workers, as application data. Nothing in it is needed for correctness, so any number of processes can
/// share a database.
#[derive(Debug)]
pub struct Desk {
    pub settings: Settings,
    pub store: Store,
    pub files: Files,
    pub keys: Keys,
    pub clock: Clock,
    /// 地方口径
    pub practice: Practice,
    /// 办不成事的办理口径
    pub terms: escalation::Terms,
    /// Duties are done by one task at a time.
    pub duty: tokio::sync::Mutex<()>,
    /// How this process is told from others on the same database.
    pub process: String,
    /// 发件箱
    pub outbox: Outbox,
    /// How far behind each consumer is.
    pub watch: Watch,
    /// What fell due and could not be carried out.
    pub setbacks: Setbacks,
    /// Postings that have ended and are not settled yet.
    pub leavings: Leavings,
    /// 每日额度
    pub quotas: Quotas,
    /// Whether the database was there when it was last asked.
    pub pulse: Pulse,
    /// The public progress query (clause B5-5) is limited by address and by case number.
    pub progress_by_peer: RateLimiter<Peer>,
    pub progress_by_number: RateLimiter<String>,
    /// So are attempts at a pick-up code, by case: it is short, and all that comes from the applicant's side.
    pub pick_up_by_case: RateLimiter<CaseId>,
    calendars: Cache<Centre, Arc<Calendar>>,
    /// Versions that cases began with: what they say never changes.
    versions: Cache<(Centre, ItemCode, u32), Arc<ItemVersion>>,
    leaving: AtomicBool,
}

/// A write to one case, by somebody, with what they had seen of it.
#[derive(Clone, Debug)]
pub struct Change {
    pub caller: Caller,
    pub case: CaseId,
    pub seen: IfMatch,
    pub stamp: Option<Stamp>,
    /// What it is, for the policy.
    pub action: Action,
}

/// What a handler is given to make a command of.
#[derive(Debug)]
pub struct Matter<'a, 'b> {
    pub tx: &'a mut Tx<'b>,
    pub case: &'a Case,
    pub item: &'a ItemVersion,
    pub ctx: &'a Context<'a>,
}

impl Matter<'_, '_> {
    /// What the state of the case says, for a handler that has more to check than the command.
    pub fn guard(&self, action: Action) -> Answer<()> {
        Ok(self.case.guard(action, self.item, self.ctx)?)
    }
}

/// A case after a change, and what its answer is made of.
struct Changed {
    caller: Caller,
    after: Loaded,
    beside: Beside,
    item: Arc<ItemVersion>,
    calendar: Arc<Calendar>,
    now: Instant,
}

impl Changed {
    fn reply(self, desk: &Desk) -> Answer<Reply> {
        let ctx = desk.context(&self.caller, &self.calendar, self.now);
        Reply::case(200, &self.beside.show(&self.after, &Lens { ctx, item: &self.item }))
    }
}

impl Desk {
    pub fn new(settings: Settings, store: Store, files: Files, keys: Keys, clock: Clock, outbox: Outbox) -> Self {
        Self {
            practice: settings.limits.practice(),
            terms: settings.escalation.terms(),
            duty: tokio::sync::Mutex::new(()),
            process: uuid::Uuid::now_v7().to_string(),
            outbox,
            watch: Watch::default(),
            setbacks: Setbacks::default(),
            leavings: Leavings::default(),
            quotas: Quotas::default(),
            pulse: Pulse::default(),
            progress_by_peer: RateLimiter::per_minute("progress", settings.progress.per_minute),
            progress_by_number: RateLimiter::per_minute("progress-number", settings.progress.per_minute_and_number),
            pick_up_by_case: RateLimiter::per_minute("pick-up", PICK_UPS_A_MINUTE),
            settings,
            store,
            files,
            keys,
            clock,
            calendars: Cache::builder().max_capacity(256).time_to_live(CALENDAR_AGE).build(),
            versions: Cache::builder().max_capacity(10_000).build(),
            leaving: AtomicBool::new(false),
        }
    }

    /// What time it is in a centre. The domain reads no clock.
    pub fn now(&self, centre: Centre) -> Instant {
        self.clock.now(centre)
    }

    /// The centre that is meant where none is named.
    pub fn centre(&self) -> Centre {
        self.settings.centre
    }

    pub fn secret(&self) -> &Secret {
        self.keys.secret()
    }

    /// From now on the server is not ready: it is about to stop.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Forgets callers that have been quiet.
    pub fn tidy(&self) {
        self.progress_by_peer.forget_the_quiet();
        self.progress_by_number.forget_the_quiet();
        self.pick_up_by_case.forget_the_quiet();
    }

    /// Forgets the answers whose keys nobody will repeat any more, a few at a time so that no write waits long, the
    /// assertions that are too old to be used again, and what was used of quotas long ago.
    pub async fn forget_old_answers(&self) -> Answer<()> {
        for centre in self.store.read(|connection| Ok::<_, StoreError>(idempotency::centres(connection)?)).await? {
            let before = self.now(centre).plus(-ANSWERS_KEPT);
            let forget =
                move |tx: &mut Tx<'_>| Ok::<_, StoreError>(idempotency::forget(tx.write(), centre, before, 500)?);
            while self.store.write(Shard::of(&centre), forget).await? > 0 {}
        }
        let machine_now = self.clock.machine_now();
        for centre in self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await? {
            let forget = move |tx: &mut Tx<'_>| {
                Ok::<_, StoreError>(clients::forget_assertions(tx.write(), centre, machine_now)?)
            };
            self.store.write(Shard::of(&centre), forget).await?;
            self.forget_old_usage(centre).await?;
        }
        Ok(())
    }

    /// The working calendar of a centre: as imported, or the first edition.
    pub fn calendar(&self, connection: &mut Connection, centre: Centre) -> Result<Arc<Calendar>, StoreError> {
        if let Some(calendar) = self.calendars.get(&centre) {
            return Ok(calendar);
        }
        let calendar = Arc::new(days::load(connection, centre)?.unwrap_or_else(Calendar::first_edition));
        self.calendars.insert(centre, Arc::clone(&calendar));
        Ok(calendar)
    }

    /// Makes the next reader in this process fetch the calendar anew.
    pub fn forget_calendar(&self, centre: Centre) {
        self.calendars.invalidate(&centre);
    }

    /// The version of the item that a case began with.
    pub fn version_of(&self, connection: &mut Connection, case: &Case) -> Result<Arc<ItemVersion>, Error> {
        let key = (case.centre, case.item.code.clone(), case.item.version);
        if let Some(version) = self.versions.get(&key) {
            return Ok(version);
        }
        let version = items::version(connection, case.centre, &case.item.code, case.item.version)
            .map_err(StoreError::from)?
            .map(Arc::new)
            .ok_or_else(|| Error::internal("a case without its item version"))?;
        self.versions.insert(key, Arc::clone(&version));
        Ok(version)
    }

    /// A case as this caller sees it, with whatever else `look` reads of it on the same connection.
    pub async fn look<T: Send + 'static>(
        self: &Arc<Self>,
        caller: Caller,
        id: CaseId,
        action: Action,
        look: impl FnOnce(&Self, &mut Connection, &Loaded, &Lens<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let desk = Arc::clone(self);
        self.store
            .read_by_key(move |connection| {
                let loaded = visible(connection, &caller, id)?;
                may_on(&caller, action, &loaded.case.whereabouts())?;
                let calendar = desk.calendar(connection, caller.centre)?;
                let item = desk.version_of(connection, &loaded.case)?;
                let lens = desk.lens(&caller, &item, &calendar);
                look(&desk, connection, &loaded, &lens)
            })
            .await
    }

    pub fn lens<'a>(&'a self, caller: &'a Caller, item: &'a Arc<ItemVersion>, calendar: &'a Calendar) -> Lens<'a> {
        Lens { ctx: self.context(caller, calendar, self.now(caller.centre)), item }
    }

    /// A write in the name of somebody, once: a second request under the same key gets the first one's answer, a refusal
    /// included. `act` may run more than once and does nothing outside its transaction.
    pub async fn once(
        self: &Arc<Self>,
        caller: Caller,
        shard: Shard,
        stamp: Option<Stamp>,
        act: impl Fn(&Self, &mut Tx<'_>, Instant) -> Answer<Reply> + Send + 'static,
    ) -> Answer<Reply> {
        let (desk, now, centre) = (Arc::clone(self), self.now(caller.centre), caller.centre);
        let Some(stamp) = stamp else { return self.store.write(shard, move |tx| act(&desk, tx, now)).await };
        let of_refusal = stamp.clone();
        let outcome = self.store.write(shard, move |tx| {
            if let Some(reply) = Reply::recall(tx, centre, &stamp)? {
                return Ok(reply);
            }
            let reply = act(&desk, tx, now)?;
            reply.remember(tx, centre, &stamp, now)?;
            Ok(reply)
        });
        match outcome.await {
            Err(Error::Refused(refusal)) => self.remember_refusal(refusal, shard, centre, of_refusal, now).await,
            other => other,
        }
    }

    /// In a transaction of its own, because all that was written before the refusal is rolled back.
    async fn remember_refusal(
        &self,
        refusal: Refusal,
        shard: Shard,
        centre: Centre,
        stamp: Stamp,
        now: Instant,
    ) -> Answer<Reply> {
        let reply = Reply::refused(refusal)?;
        let remembered = self.store.write(shard, move |tx| {
            if let Some(earlier) = Reply::recall(tx, centre, &stamp)? {
                return Ok(earlier);
            }
            reply.remember(tx, centre, &stamp, now)?;
            Ok(reply.clone())
        });
        remembered.await
    }

    /// One command to one case: load, decide, compare-and-set with the events, answer with the case. Where the answer is
    /// not remembered, no other write waits until it is written.
    pub async fn change(
        self: &Arc<Self>,
        change: Change,
        command: impl Fn(&mut Matter<'_, '_>) -> Answer<Command> + Send + 'static,
    ) -> Answer<Reply> {
        let Change { caller, case: id, seen, stamp, action } = change;
        may(&caller, action)?;
        let (of, shard) = (caller.clone(), Shard::of_case(caller.centre, id));
        let carry_out = move |desk: &Self, tx: &mut Tx<'_>, now: Instant| -> Answer<Changed> {
            let before = seen_by(&caller, tx.case(caller.centre, id)?)?;
            may_on(&caller, action, &before.case.whereabouts())?;
            seen.check(before.case.version)?;
            let before = desk.after_what_fell_due(tx, before, now)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let item = desk.version_of(tx.read(), &before.case)?;
            let ctx = desk.context(&caller, &calendar, now);
            let command = command(&mut Matter { tx, case: &before.case, item: &item, ctx: &ctx })?;
            if command.action() != action {
                return Err(Error::internal("a handler that lets in for another action than it takes"));
            }
            let events = Papers::with(tx, &ctx, |papers| before.case.decide(command, &item, papers, &ctx))?;
            let after = desk.write_down(tx, before, events, &ctx)?;
            let beside = Beside::of(desk, tx.read(), &after.case, caller.role())?;
            Ok(Changed { caller: caller.clone(), after, beside, item, calendar, now })
        };
        if stamp.is_some() {
            return self.once(of, shard, stamp, move |desk, tx, now| carry_out(desk, tx, now)?.reply(desk)).await;
        }
        let (desk, now) = (Arc::clone(self), self.now(of.centre));
        self.store.write(shard, move |tx| carry_out(&desk, tx, now)).await?.reply(self)
    }

    /// Puts events on the record and the case after them in its row, with everything that follows from it, in other cases
    /// of its package too: one transaction's worth. Without events only what lists are found by is brought up to date.
    pub fn write_down(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        events: Vec<casework::Event>,
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        let (case, recorded) = after(&before.case, events, ctx);
        // Of a package the row of the whole is taken first, so that of two members that end at once, in two processes,
        // the second sees the first, and none waits for a case of the other.
        let application = match Application::may_move(&before.case, &case) {
            true => packages::take(tx, &case)?,
            false => None,
        };
        let written = self.put(tx, before, case, &recorded, ctx)?;
        let Some(application) = application else { return Ok(written) };
        packages::go_on(self, tx, application, ctx)?;
        // What was taken up again may itself be held back.
        let member = cases::load(tx.read(), written.case.centre, written.case.id).map_err(StoreError::from)?;
        member.ok_or_else(|| Error::internal("a case that was just written"))
    }

    /// The same for one of several cases of a package: what follows for the others is for the caller to see to.
    pub fn write_alone(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        events: Vec<casework::Event>,
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        let (case, recorded) = after(&before.case, events, ctx);
        self.put(tx, before, case, &recorded, ctx)
    }

    fn put(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        case: Case,
        recorded: &[casework::Recorded],
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        let wake_at = case.wakes_at(ctx.calendar, ctx.practice, ctx.now);
        let saved = cases::save(tx.write(), &before, &case, recorded, clockwork(wake_at, ctx));
        // The case stays as it is when it is rated anonymously, so a rating by name learns of that by its key.
        match tx.first(saved)? {
            Saved::Stale => Err(tx.contended().into()),
            Saved::Done(head) => {
                let calendar_stays = recorded.iter().any(|recorded| recorded.event.is_its_own());
                follow(tx, &before.case, &case, calendar_stays, ctx)?;
                Ok(Loaded { case, head, wake_at, ..before })
            }
        }
    }

    pub fn context<'a>(&'a self, actor: &'a Actor, calendar: &'a Calendar, now: Instant) -> Context<'a> {
        Context { now, actor, calendar, practice: &self.practice }
    }
}

/// What the dates in a row are made of, and when it wakes by itself.
pub fn clockwork<'a>(wake_at: Option<Instant>, ctx: &Context<'a>) -> Clockwork<'a> {
    Clockwork { calendar: ctx.calendar, thresholds: &ctx.practice.thresholds, today: ctx.today(), wake_at }
}

/// A case after events, with the events as they go on the record.
fn after(before: &Case, events: Vec<casework::Event>, ctx: &Context<'_>) -> (Case, Vec<casework::Recorded>) {
    let recorded = recorded(before.version, events, ctx);
    let mut case = before.clone();
    recorded.iter().for_each(|event| case.apply(event));
    (case, recorded)
}

/// What stands beside the case's own row: which departments have a part in it, and who may not commit again.
fn follow(
    tx: &mut Tx<'_>,
    before: &Case,
    case: &Case,
    calendar_stays: bool,
    ctx: &Context<'_>,
) -> Result<(), StoreError> {
    let parts = case.participations();
    // A due date in a row is an index: it moves with the calendar, too, though the limit behind it stays the same.
    if parts != before.participations() || (!calendar_stays && !parts.is_empty()) {
        let row = |it: Participation| Participant {
            due_on: it.limit.map(|limit| limit.due(ctx.calendar, ctx.today()).date),
            department: it.department,
            part: it.part,
            open: it.open,
        };
        participants::set(tx.write(), case.centre, case.id, &parts.into_iter().map(row).collect::<Vec<_>>())?;
    }
    if case.broke_commitment() && !before.broke_commitment() {
        bars::add(tx.write(), case.centre, case.applicant, case.id, ctx.today())?;
    }
    Ok(())
}

/// The case, if the caller may know of it at all.
pub fn visible(connection: &mut Connection, caller: &Caller, id: CaseId) -> Answer<Loaded> {
    seen_by(caller, cases::load(connection, caller.centre, id).map_err(StoreError::from)?)
}

fn seen_by(caller: &Caller, loaded: Option<Loaded>) -> Answer<Loaded> {
    loaded.filter(|loaded| caller.sight().covers(&loaded.case.whereabouts())).ok_or_else(Error::not_found)
}

/// Events as they go on the record after `version`, all of one moment and one hand.
pub fn recorded<E>(version: u64, events: Vec<E>, ctx: &Context<'_>) -> Vec<kernel::Recorded<E>> {
    let by = ctx.actor.signature();
    (version + 1..)
        .zip(events)
        .map(|(version, event)| kernel::Recorded { version, at: ctx.now, by: by.clone(), event })
        .collect()
}
