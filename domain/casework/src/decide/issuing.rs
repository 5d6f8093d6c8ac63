//! 出件: result documents and their way to the applicant (clauses B1-3, B2-5, B2-6).

use approval::Outcome;
use catalog::{DeliveryMethod, ItemVersion};
use chrono::NaiveDate;
use intake::AcceptanceBasis;
use issuance::{Replacement, ResultDocument, Tracked, TrackingState};
use kernel::{Context, DocumentKind, DocumentNumber, Refusal, Registry, Text};

use super::{Decided, fixed, intake::accepted, one};
use crate::{
    case::Case,
    command::{Collector, OnTheSpot, ResultDetails},
    event::Event,
};

impl Case {
    pub(super) fn on_the_spot(
        &self,
        sitting: OnTheSpot,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        if sitting.handed_to.is_some() {
            self.issuance.must_go_by(DeliveryMethod::PickUp)?;
        }
        // Before anything takes a number.
        let result = granted(sitting.result, item, ctx.today())?;
        let mut events = vec![
            accepted(None, AcceptanceBasis::InOrder, item, ctx),
            self.decision(Outcome::Grant, sitting.reasons, None, registry, ctx)?,
            self.issued(registry.number(DocumentKind::Result)?, result, registry),
        ];
        if let Some(collector) = &sitting.handed_to {
            events.extend([handed_out(collector, ctx)?, Event::Closed]);
        }
        Ok(events)
    }

    /// A grant is issued as a document of its own; of a refusal, the decision itself is what reaches the applicant.
    pub(super) fn issue(
        &self,
        details: Option<ResultDetails>,
        item: &ItemVersion,
        registry: &mut dyn Registry,
    ) -> Decided {
        let (Some(decision), Some(delivery)) = (&self.approval.decision, &self.clocks.delivery) else {
            return Err(Refusal::new("not_decided", "尚未作出决定"));
        };
        match (decision.ruling.outcome(), details) {
            (Outcome::Grant, Some(details)) => {
                let granted = granted(details, item, delivery.start)?;
                let number = registry.number(DocumentKind::Result)?;
                one(self.issued(number, granted, registry))
            }
            (Outcome::Refuse, None) => {
                let title = fixed(DocumentKind::RefusalDecision.title())?;
                let refused = ResultDetails { title, valid_from: delivery.start, valid_until: None };
                one(self.issued(decision.document.clone(), refused, registry))
            }
            (Outcome::Grant, None) => Err(Refusal::new("result_missing", "准予的，须填写结果文书")),
            (Outcome::Refuse, Some(_)) => {
                Err(Refusal::new("result_superfluous", "不予许可的，送达不予许可决定书，不填写结果文书"))
            }
        }
    }

    fn issued(&self, number: DocumentNumber, details: ResultDetails, registry: &dyn Registry) -> Event {
        Event::Issued(self.made_out(number, details, registry))
    }

    fn made_out(&self, number: DocumentNumber, details: ResultDetails, registry: &dyn Registry) -> ResultDocument {
        let ResultDetails { title, valid_from, valid_until } = details;
        let until = valid_until.map_or_else(|| "长期".to_owned(), |day| day.to_string());
        let item = format!("{} {}", self.item.code, self.item.version);
        let text = format!("{number}\n{title}\n{}\n{item}\n{valid_from} {until}\n", self.number);
        let digest = registry.seal(&text);
        ResultDocument { number, title, valid_from, valid_until, digest }
    }

    pub(super) fn track(&self, state: Tracked, ctx: &Context<'_>) -> Decided {
        self.issuance.may_track(&state, ctx.now)?;
        let signed = (state.state == TrackingState::Signed).then_some(state.at);
        let mut events = vec![Event::Tracked(state)];
        if let Some(at) = signed {
            events.push(Event::Delivered { how: DeliveryMethod::Courier, at, receipt: fixed("快递签收")? });
        }
        Ok(events)
    }

    /// 更正 or 补发: a new document takes the place of the old one, which stays on record. Where that one was delivered, the new
    /// one is to be delivered too.
    pub(super) fn replace_result(
        &self,
        how: Replacement,
        reason: Text<500>,
        result: ResultDetails,
        item: &ItemVersion,
        registry: &mut dyn Registry,
    ) -> Decided {
        let decided = self.clocks.delivery.as_ref().ok_or_else(|| Refusal::new("not_decided", "尚未作出决定"))?;
        let result = granted(result, item, decided.start)?;
        let number = registry.number(DocumentKind::Result)?;
        let document = self.made_out(number, result, registry);
        one(Event::ResultReplaced { document, how, reason, deliver_anew: self.issuance.was_delivered() })
    }
}

pub(super) fn handed_out(collector: &Collector, ctx: &Context<'_>) -> Result<Event, Refusal> {
    let mandate = collector.mandate.as_ref().map(|number| format!("，委托书{number}")).unwrap_or_default();
    Ok(Event::Delivered {
        how: DeliveryMethod::PickUp,
        at: ctx.now,
        receipt: fixed(&format!("窗口领取：{}{mandate}，已核验身份", collector.relation))?,
    })
}

/// What is granted, with the validity that the item allows.
fn granted(details: ResultDetails, item: &ItemVersion, decided_on: NaiveDate) -> Result<ResultDetails, Refusal> {
    let valid_until = ResultDocument::validity(item, decided_on, details.valid_from, details.valid_until)?;
    Ok(ResultDetails { valid_until, ..details })
}
