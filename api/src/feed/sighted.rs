//! Of what an event is, and whether its reader may know: by the predicate of every other read, as things are now. Where
//! their sight ended by something on the record, they are told that and no more, so that a copy of theirs can be cleared.

use std::collections::{BTreeSet, HashMap};

use casework::Case;
use escalation::{
    hotline::{Event as WorkOrderEvent, WorkOrder},
    precedent::{Event as PrecedentEvent, State},
};
use kernel::{
    Actor, Centre, Fact, Recorded,
    access::{Action, Sight, may},
};
use persistence::{
    Connection, StoreError, cases, consultations, feed::Line, impasses, precedents, record, submissions, webhooks,
    work_orders,
};
use reception::Consultation;

use crate::{
    packages,
    problem::Answer,
    views::{
        feed::{FeedEventView, Subject},
        impasse::shows_workings,
    },
};

/// No record has more entries.
const MOST_ENTRIES: i64 = 10_000;

/// A stream as its reader has it.
pub(super) struct Sighted {
    subject: Subject,
    shown: Shown,
    /// The versions with which it left their sight.
    left: Vec<u64>,
}

/// Which of its events are shown.
enum Shown {
    All,
    Nothing,
    /// What everybody may know, of a precedent that is public.
    Publications,
    /// What comes of an impasse, and not how those who handle it are pressed.
    Outcomes,
}

impl Sighted {
    fn of(subject: Subject, is_seen: bool) -> Self {
        Self { subject, shown: if is_seen { Shown::All } else { Shown::Nothing }, left: Vec::new() }
    }

    /// What a line of it is to its reader.
    pub(super) fn event(&self, line: &Line, centre: Centre) -> Option<FeedEventView> {
        let is_shown = match self.shown {
            Shown::All => true,
            Shown::Nothing => false,
            Shown::Publications => line.kind == PrecedentEvent::PUBLISHED,
            Shown::Outcomes => !escalation::Event::INTERNAL.contains(&line.kind.as_str()),
        };
        match is_shown {
            true => Some(FeedEventView::of(line, &self.subject, centre)),
            false => self.left.contains(&line.version).then(|| FeedEventView::gone(line, &self.subject, centre)),
        }
    }
}

/// Streams as their reader has them; nothing for what the feed does not tell of.
pub(super) type Known = HashMap<String, Option<Sighted>>;

/// Makes the cases among lines known, all at once: most lines are of cases.
pub(super) fn know_cases(connection: &mut Connection, caller: &Actor, lines: &[Line], known: &mut Known) -> Answer<()> {
    let (centre, sight) = (caller.centre, caller.sight());
    let unknown: BTreeSet<&str> =
        lines.iter().map(|line| line.stream.as_str()).filter(|stream| !known.contains_key(*stream)).collect();
    for case in cases::several(connection, centre, &unknown).map_err(StoreError::from)? {
        let case = case.map_err(StoreError::from)?;
        let stream = case.id.to_string();
        let is_seen = sight.covers(&case.whereabouts());
        // Nothing that happens to a case takes it from a window, an applicant, a system or the centre.
        let can_leave = !is_seen && matches!(sight, Sight::Departments(_));
        let left = if can_leave { case_left(connection, centre, &sight, &stream)? } else { Vec::new() };
        let subject = Subject::case(case.id, case.number.to_string());
        known.insert(stream, Some(Sighted { left, ..Sighted::of(subject, is_seen) }));
    }
    Ok(())
}

/// Of what a line is that is not of a case; none where that is nothing that the feed tells of.
pub(super) fn sighted(connection: &mut Connection, caller: &Actor, line: &Line) -> Answer<Option<Sighted>> {
    let (centre, sight) = (caller.centre, caller.sight());
    if let Ok(id) = line.stream.parse()
        && let Some(loaded) = impasses::load(connection, centre, id).map_err(StoreError::from)?
    {
        let impasse = loaded.impasse;
        let number = impasse.filing.as_ref().map(|filing| filing.number.to_string());
        let shown = match (sight.covers(&impasse.whereabouts()), shows_workings(caller)) {
            (false, _) => Shown::Nothing,
            (true, false) => Shown::Outcomes,
            (true, true) => Shown::All,
        };
        return Ok(Some(Sighted { subject: Subject::impasse(id, number), shown, left: Vec::new() }));
    }
    if let Ok(id) = line.stream.parse()
        && let Some(owner) = webhooks::owner(connection, centre, id).map_err(StoreError::from)?
    {
        return Ok(Some(Sighted::of(Subject::webhook(id), sight.covers_client(&owner))));
    }
    if let Ok(id) = line.stream.parse()
        && let Some(loaded) = precedents::load(connection, centre, id).map_err(StoreError::from)?
    {
        let it = loaded.precedent;
        let makes_them = may(caller, Action::ReadDraftPrecedents).is_ok();
        let was_public = it.state == State::Withdrawn && it.edition > 0;
        let shown = match (makes_them, it.state.is_public()) {
            (true, _) => Shown::All,
            (false, true) => Shown::Publications,
            (false, false) => Shown::Nothing,
        };
        // Nothing happens to it after its withdrawal.
        let left = if was_public { vec![it.version] } else { Vec::new() };
        let number = it.number.as_ref().map(ToString::to_string);
        return Ok(Some(Sighted { subject: Subject::precedent(id, number), shown, left }));
    }
    if let Ok(id) = line.stream.parse()
        && let Some(loaded) = work_orders::load(connection, centre, id).map_err(StoreError::from)?
    {
        let order = loaded.order;
        let is_seen = sight.covers(&order.whereabouts());
        // Nothing that happens to an order takes it from its hotline or the centre.
        let can_leave = !is_seen && matches!(sight, Sight::Windows(_) | Sight::Departments(_));
        let left = if can_leave { order_left(connection, &sight, &order)? } else { Vec::new() };
        return Ok(Some(Sighted { left, ..Sighted::of(Subject::work_order(&order), is_seen) }));
    }
    if let Ok(id) = line.stream.parse()
        && let Some(loaded) = consultations::load(connection, centre, id).map_err(StoreError::from)?
    {
        let may_know = may(caller, Action::ReadConsultations).is_ok();
        let is_seen = may_know && sight.covers(&loaded.consultation.whereabouts());
        // Nothing that happens to one takes it from where it was asked, from whoever asked or from the centre.
        let can_leave = !is_seen && matches!(sight, Sight::Windows(_));
        let left = if can_leave { consultation_left(connection, centre, &sight, &line.stream)? } else { Vec::new() };
        return Ok(Some(Sighted { left, ..Sighted::of(Subject::consultation(id), is_seen) }));
    }
    if let Ok(id) = line.stream.parse()
        && let Some(is_seen) = packages::is_in_sight(connection, centre, &sight, id)?
    {
        return Ok(Some(Sighted::of(Subject::package_application(id), is_seen)));
    }
    if let Some((hotline, list)) = crate::hotline::of_alarms(&line.stream) {
        let may_know = may(caller, Action::ReadWorkOrderExchange).is_ok() && sight.covers_client(&hotline);
        return Ok(Some(Sighted::of(Subject::hotline(&hotline, list), may_know)));
    }
    assembly(connection, caller, &line.stream)
}

/// The versions of a case with which it left the sight of departments: it was handed over, or their part in it ended.
fn case_left(connection: &mut Connection, centre: Centre, sight: &Sight, stream: &str) -> Answer<Vec<u64>> {
    left(connection, centre, stream, Case::begin, Case::apply, |case: &Case| sight.covers(&case.whereabouts()))
}

/// The versions of a consultation with which it left the sight of windows: they declined it, or it was directed elsewhere.
fn consultation_left(connection: &mut Connection, centre: Centre, sight: &Sight, stream: &str) -> Answer<Vec<u64>> {
    let is_seen = |it: &Consultation| sight.covers(&it.whereabouts());
    left(connection, centre, stream, Consultation::begin, Consultation::apply, is_seen)
}

/// The versions of a work order with which it left the sight of windows or departments: returned, or given to another.
fn order_left(connection: &mut Connection, sight: &Sight, order: &WorkOrder) -> Answer<Vec<u64>> {
    let WorkOrder { id, centre, hotline, external_no, .. } = order;
    let begin = |first: &Recorded<WorkOrderEvent>| {
        WorkOrder::fold(*id, *centre, hotline, external_no, std::slice::from_ref(first))
    };
    let is_seen = |order: &WorkOrder| sight.covers(&order.whereabouts());
    left(connection, *centre, &id.to_string(), begin, WorkOrder::apply, is_seen)
}

/// The versions of a stream with which what it adds up to was seen no more.
fn left<E: Fact, T>(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    begin: impl FnOnce(&Recorded<E>) -> Option<T>,
    apply: impl Fn(&mut T, &Recorded<E>),
    is_seen: impl Fn(&T) -> bool,
) -> Answer<Vec<u64>> {
    let record = record::timeline::<E>(connection, centre, stream, 0, MOST_ENTRIES).map_err(StoreError::from)?;
    let mut entries = record.iter().map(|entry| &entry.recorded);
    let Some(mut it) = entries.next().and_then(begin) else { return Ok(Vec::new()) };
    let (mut was_seen, mut left) = (is_seen(&it), Vec::new());
    for recorded in entries {
        apply(&mut it, recorded);
        let sees = is_seen(&it);
        if was_seen && !sees {
            left.push(recorded.version);
        }
        was_seen = sees;
    }
    Ok(left)
}

/// 分类梳理 and 每月提交, for whoever may read them: alarms of what was not held or not sent are told here.
fn assembly(connection: &mut Connection, caller: &Actor, stream: &str) -> Answer<Option<Sighted>> {
    if let Some(Ok(week)) = stream.strip_prefix("triage:").map(str::parse) {
        let is_seen = may(caller, Action::ReadTriage).is_ok();
        return Ok(Some(Sighted::of(Subject::session(week), is_seen)));
    }
    if let Some(Ok(month)) = stream.strip_prefix("submission:").map(str::parse)
        && may(caller, Action::ReadSubmissions).is_ok()
    {
        let loaded = submissions::load(connection, caller.centre, month).map_err(StoreError::from)?;
        let number = loaded.and_then(|loaded| loaded.submission.submitted).map(|sent| sent.number.to_string());
        return Ok(Some(Sighted::of(Subject::submission(month, number), true)));
    }
    Ok(None)
}
