//! 登记、联系、备案: from the first word to the centre's register (clause D3-1).

use kernel::{Context, DocumentKind, Refusal, Registry, StaffCode, Text, ledger::LimitKind};

use super::{Decided, limit, one, staff_of};
use crate::{
    command::Registration,
    event::{Event, Registered},
    impasse::{Contact, Filing, HandOver, Impasse},
    terms::Terms,
};

/// 反映登记. The limits run from the day in law on which it came.
///
/// # Errors
/// `category_incomplete` for what the category must say and does not.
pub fn register(registration: Registration, terms: &Terms, ctx: &Context<'_>) -> Result<Event, Refusal> {
    registration.category.must_be_complete(ctx.now.year())?;
    let from_then = |kind, budget| ctx.practice.limit_from_receipt(kind, budget, ctx.now, ctx.calendar);
    Ok(Event::ImpasseRegistered(Box::new(Registered {
        id: registration.id,
        centre: registration.centre,
        category: registration.category,
        channel: registration.channel,
        window: registration.window,
        fallback: registration.fallback,
        department: registration.department,
        referred_by: registration.referred_by,
        refused_by: registration.refused_by,
        applicant: registration.applicant,
        speaker: registration.speaker,
        assurance: registration.assurance,
        vouched: registration.client.is_none() && registration.vouched_by.is_some(),
        client: registration.client.or(registration.vouched_by),
        external_number: registration.external_number,
        failed_case: registration.failed_case,
        negative_reply: registration.negative_reply,
        consultation: registration.consultation,
        first_asked: registration.first_asked,
        subject: registration.subject,
        facts: registration.facts,
        wanted: registration.wanted,
        first_contact: (!registration.in_person).then(|| from_then(LimitKind::FirstContact, terms.first_contact)),
        filing: from_then(LimitKind::Filing, terms.filing),
    })))
}

impl Impasse {
    pub(super) fn contact(reached: bool, note: Text<500>, ctx: &Context<'_>) -> Decided {
        one(Event::ApplicantContacted(Contact { reached, note, by: ctx.actor.signature(), at: ctx.now }))
    }

    pub(super) fn file(verified: Text<1000>, terms: &Terms, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        let by = staff_of(ctx)?.clone();
        let number = registry.number(DocumentKind::ImpasseFiling)?;
        one(Event::ImpasseFiled {
            filing: Filing { number, verified, by, at: ctx.now },
            triage: limit(LimitKind::Triage, terms.triage, ctx),
        })
    }

    /// 移交首问责任: whoever was asked first stays responsible until it is accepted (clause D7-1).
    pub(super) fn offer(&self, to: StaffCode, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        if staff_of(ctx)? == &to {
            return Err(Refusal::new("handover_to_self", "不能移交给本人"));
        }
        let limit = ctx.practice.answer_limit(LimitKind::HandOver, ctx.today());
        let until = limit.over_at(ctx.calendar, ctx.today());
        one(Event::ResponsibilityOffered(HandOver { to, reason, until, limit: Some(limit) }))
    }

    pub(super) fn accept_offer(&self, ctx: &Context<'_>) -> Decided {
        one(Event::ResponsibilityAccepted { by: staff_of(ctx)?.clone() })
    }

    pub(super) fn decline_offer(&self, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        one(Event::ResponsibilityDeclined { by: staff_of(ctx)?.clone(), reason })
    }
}
