use escalation::{
    Cause, Command as ImpasseCommand, Event, FollowUpWay, Impasse, Satisfaction as Word, Source, State as ImpasseState,
    hotline::{Command, Message, Milestone, Satisfaction, WorkOrder},
};
use kernel::{
    Context, Recorded, Refusal, Text,
    identity::{Document, DocumentKind},
};
use persistence::{
    Connection, StoreError, Tx, impasses,
    parties::{self, PartyKind},
    work_orders::{self, Loaded, callers, deliveries},
};

use crate::{
    codes,
    desk::Desk,
    papers::Papers,
    problem::{Answer, Error},
};

/// What a message of the hotline comes to for the impasse that its order was registered as.
#[derive(Debug)]
pub(super) struct Effect {
    impasse: impasses::Loaded,
    command: ImpasseCommand,
}

impl Effect {
    /// Whether the word of somebody verified is still wanted: for an enterprise, or the applicant's own.
    pub(super) fn awaits_speaker(&self) -> bool {
        matches!(self.command, ImpasseCommand::AwaitSpeaker)
    }
}

/// Whose word a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// Whoever the order is of, and so the impasse.
    Applicant,
    /// Whoever an order is of that was merged into it.
    AnotherCaller,
}

/// Lets the work order that an impasse came as move with it, and the hotline hear of it: to be called in the transaction
/// of every write to an impasse, after it (clause G3). Nothing for an impasse that came another way.
pub(crate) fn follow(
    desk: &Desk,
    tx: &mut Tx<'_>,
    impasse: &Impasse,
    events: &[Recorded<Event>],
    ctx: &Context<'_>,
) -> Answer<()> {
    let milestones: Vec<Milestone> = events.iter().filter_map(|recorded| milestone(&recorded.event)).collect();
    if milestones.is_empty() {
        return Ok(());
    }
    let order = work_orders::of_impasse(tx.read(), impasse.centre, impasse.id).map_err(StoreError::from)?;
    let Some(mut order) = order else { return Ok(()) };
    for milestone in milestones {
        let terms = desk.hotline_terms(&order.order.hotline);
        let events = order.order.decide(Command::Follow(milestone), &terms, ctx)?;
        if !events.is_empty() {
            order = desk.write_work_order(tx, order, events, ctx)?;
        }
    }
    Ok(())
}

fn milestone(event: &Event) -> Option<Milestone> {
    match event {
        Event::ImpasseFiled { .. } => Some(Milestone::Filed),
        Event::OrderIssued(_) => Some(Milestone::OrderIssued),
        Event::Answered { .. } => Some(Milestone::Answered),
        Event::RoundBegun { cause, .. } if *cause != Cause::First => Some(Milestone::SentBack),
        Event::CarryingApproved { .. } => Some(Milestone::Carried),
        Event::ClosedOut => Some(Milestone::ClosedOut),
        _ => None,
    }
}

impl Desk {
    /// What a message means for the impasse behind an order; None where there is none, or it says nothing to it. Nothing is
    /// written.
    ///
    /// # Errors
    /// The refusals of the impasse, before anything has happened to either.
    pub(super) fn heard_by_impasse(
        &self,
        tx: &mut Tx<'_>,
        order: &WorkOrder,
        (speaker, message): (Speaker, &Message),
        ctx: &Context<'_>,
    ) -> Answer<Option<Effect>> {
        let Some(id) = order.impasse else { return Ok(None) };
        let impasse = impasses::load(tx.read(), order.centre, id).map_err(StoreError::from)?;
        let impasse = impasse.ok_or_else(|| Error::internal("a work order without its impasse"))?;
        let another_called = self.another_called(tx.read(), order, (&impasse, message), ctx)?;
        let Some(command) = command(&impasse, (speaker, another_called), message, ctx)? else { return Ok(None) };
        Papers::with(tx, ctx, |papers| impasse.impasse.decide(command.clone(), &self.terms, papers, ctx))?;
        Ok(Some(Effect { impasse, command }))
    }

    /// Of a word that names nobody: whether whoever called, as the dispatch says, has another document than the applicant.
    /// Names are not compared.
    fn another_called(
        &self,
        connection: &mut Connection,
        order: &WorkOrder,
        (loaded, message): (&impasses::Loaded, &Message),
        ctx: &Context<'_>,
    ) -> Answer<bool> {
        let is_unnamed = matches!(message, Message::Satisfaction(said) if said.satisfied && said.spoken.is_none());
        if !is_unnamed || loaded.applicant_kind != PartyKind::Person {
            return Ok(false);
        }
        let (centre, hotline, number) = (order.centre, &order.hotline, &order.external_no);
        let done = deliveries::position(connection, (centre, hotline, number)).map_err(StoreError::from)?.line.done;
        let caller = callers::newest(connection, centre, hotline, number, done).map_err(StoreError::from)?;
        let Some((kind, number)) = caller.and_then(|caller| caller.document_kind.zip(caller.document_number)) else {
            return Ok(false);
        };
        let kind: DocumentKind = kind.parse().map_err(Error::internal)?;
        let document = Document::parse(kind, number.expose(), ctx.today()).map_err(Error::internal)?;
        let party = parties::find(connection, centre, loaded.impasse.applicant).map_err(StoreError::from)?;
        let party = party.ok_or_else(|| Error::internal("an impasse without its applicant"))?;
        Ok(party.document_digest != codes::document_digest(self.secret(), &document))
    }

    /// The order once its impasse has heard a message, and the order has followed it.
    pub(super) fn let_impasse_hear(
        &self,
        tx: &mut Tx<'_>,
        order: Loaded,
        Effect { impasse, command }: Effect,
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        // A refusal here would come after the order was written; it was asked for before.
        crate::impasses::act(self, tx, impasse, command, ctx).map_err(|error| match error {
            Error::Refused(refusal) => Error::internal(refusal),
            other => other,
        })?;
        let order = work_orders::load(tx.read(), order.order.centre, order.order.id).map_err(StoreError::from)?;
        order.ok_or_else(|| Error::internal("a work order is gone"))
    }
}

/// A closed impasse is only ever opened again; what else is said of it stays with the order. Another caller's satisfaction
/// does so as well, and their dissatisfaction presses: the word on a round is its applicant's alone, and of an enterprise
/// that of its speaker (clause D5-2).
fn command(
    loaded: &impasses::Loaded,
    (speaker, another_called): (Speaker, bool),
    message: &Message,
    ctx: &Context<'_>,
) -> Answer<Option<ImpasseCommand>> {
    let impasse = &loaded.impasse;
    let is_closed = impasse.state == ImpasseState::ClosedOut;
    let is_anothers = speaker == Speaker::AnotherCaller;
    let command = match message {
        Message::Urge { reason } if !is_closed => {
            ImpasseCommand::Urge { text: text(reason.as_ref().map_or("12345热线催办", Text::as_str))? }
        }
        Message::Supplement { text } if !is_closed => ImpasseCommand::Supplement { text: text.clone() },
        // What cannot be raised now is put on its record, for whoever takes it up again.
        Message::Escalate { reason } if !is_closed => match impasse.level.and_then(escalation::Level::above) {
            Some(to) if impasse.state == ImpasseState::InHandling => {
                ImpasseCommand::Raise { to, reason: reason.clone() }
            }
            _ => ImpasseCommand::Supplement { text: raised(reason)? },
        },
        Message::Satisfaction(said) if said.satisfied && (is_closed || is_anothers) => return Ok(None),
        Message::Satisfaction(said) if is_closed => {
            reopening(said.note.as_ref().map_or("12345热线回访：申请人不满意", Text::as_str))?
        }
        Message::Satisfaction(said) if is_anothers => ImpasseCommand::Urge {
            text: text(said.note.as_ref().map_or("12345热线回访：并入工单的来电人不满意", Text::as_str))?,
        },
        Message::Satisfaction(said) if !said.satisfied && names_another(loaded, said) => ImpasseCommand::Urge {
            text: text(said.note.as_ref().map_or("12345热线回访：申请人以外的人不满意", Text::as_str))?,
        },
        // As at the counter: an enterprise is satisfied by the word of somebody who is named and verified, a person by their own.
        Message::Satisfaction(said) if said.satisfied && wants_speaker(loaded, said, another_called) => {
            ImpasseCommand::AwaitSpeaker
        }
        Message::Satisfaction(said) => ImpasseCommand::RecordSatisfaction(word(said, loaded.applicant_kind, ctx)?),
        Message::Redo { reason } if is_closed => reopening(reason.as_str())?,
        Message::Redo { reason } if is_anothers => ImpasseCommand::Urge { text: text(reason.as_str())? },
        // The hotline's own demand: nobody asked the applicant anything.
        Message::Redo { reason } => ImpasseCommand::Redo { reason: reason.clone() },
        _ => return Ok(None),
    };
    Ok(Some(command))
}

fn reopening(findings: &str) -> Answer<ImpasseCommand> {
    Ok(ImpasseCommand::FollowUp { way: FollowUpWay::Complaint, good: false, findings: text(findings)? })
}

fn wants_speaker(loaded: &impasses::Loaded, said: &Satisfaction, another_called: bool) -> bool {
    match loaded.applicant_kind {
        PartyKind::Enterprise => said.spoken.is_none(),
        PartyKind::Person => another_called || names_another(loaded, said),
    }
}

/// Whether the hotline itself names somebody else than the person whose word it is to be.
fn names_another(loaded: &impasses::Loaded, said: &Satisfaction) -> bool {
    let named = said.spoken.as_ref().map(|spoken| spoken.by.party);
    loaded.applicant_kind == PartyKind::Person && named.is_some_and(|party| party != loaded.impasse.applicant)
}

/// A person speaks for themself: nobody stands beside their word.
fn word(said: &Satisfaction, of: PartyKind, ctx: &Context<'_>) -> Answer<Word> {
    let spoken = said.spoken.as_ref().filter(|_| of == PartyKind::Enterprise);
    Ok(Word {
        responded: said.responded,
        solved: said.solved,
        satisfied: said.satisfied,
        comment: said.note.as_ref().map(|note| text(note.as_str())).transpose()?,
        source: Source::HotlineCall {
            speaker: spoken.map(|spoken| spoken.by.clone()),
            verified: spoken.map(|spoken| spoken.verified),
        },
        by: ctx.actor.signature(),
        at: ctx.now,
    })
}

/// 热线要求提级, as it stands on the record of the impasse.
pub(crate) fn raised(reason: &Text<500>) -> Answer<Text<1000>> {
    text(&format!("12345热线要求提级：{reason}"))
}

fn text<const MAX: usize>(said: &str) -> Answer<Text<MAX>> {
    Ok(Text::new(said).map_err(|fault| Refusal::new("bad_text", fault.to_string()))?)
}

#[cfg(test)]
mod tests;
