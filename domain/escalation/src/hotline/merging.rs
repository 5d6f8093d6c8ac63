use kernel::{Context, Refusal};

use super::{
    event::Event,
    external_no::ExternalNo,
    message::{Message, MessageKind},
    state::State,
    terms::HotlineTerms,
    work_order::WorkOrder,
};

/// 并单链: from an order to the one that it is followed under in the end, both included. An order that is not merged is
/// followed under itself.
///
/// # Errors
/// Those of `find`.
pub fn chain<E>(
    first: WorkOrder,
    mut find: impl FnMut(&ExternalNo) -> Result<Option<WorkOrder>, E>,
) -> Result<Vec<WorkOrder>, E> {
    let mut chain = vec![first];
    while let Some(into) = chain.last().and_then(WorkOrder::followed_under) {
        // What is in it already would lead round and round.
        if chain.iter().any(|order| order.external_no == *into) {
            break;
        }
        let Some(next) = find(into)? else { break };
        chain.push(next);
    }
    Ok(chain)
}

impl WorkOrder {
    fn followed_under(&self) -> Option<&ExternalNo> {
        self.merged_into.as_ref().filter(|_| self.state == State::Merged)
    }

    /// 并单. `chain` is that of the order it is to go into, and empty where that one has not been dispatched yet: then this
    /// one stays in handling until it is, so that nothing waits under a number that may never come.
    ///
    /// # Errors
    /// A [`Refusal`] whose code says which rule; `merge_cycle` where it would be followed under itself.
    pub fn merge(&self, into: ExternalNo, chain: &[Self]) -> Result<Event, Refusal> {
        let refused = |code, detail: &'static str| Err(Refusal::new(code, detail));
        if into == self.external_no {
            return refused("merged_into_itself", "不能并入自身");
        }
        match self.state {
            State::Merged => return refused("merged_already", "工单已并入其他工单"),
            State::NotOurs => return refused("not_ours", "工单已不由本中心办理"),
            _ => {}
        }
        if self.impasse.is_some() {
            return refused("impasse_drives", "已转为办不成事事项的工单不能并入其他工单");
        }
        if chain.iter().any(|order| order.external_no == self.external_no) {
            return refused("merge_cycle", "并入的工单已并入本工单，不能成环");
        }
        match chain.last() {
            None => Ok(Event::MergeAwaited { into }),
            Some(last) if matches!(last.state, State::NotOurs | State::Merged) => {
                refused("merge_target_not_ours", "并入的工单已不由本中心办理")
            }
            Some(_) => Ok(Event::Merged { into }),
        }
    }

    /// What a message to `merged` comes to for this order, under which it is followed. One that finds this order still in
    /// handling presses for it, and so does 重办 where an impasse waits for its own applicant's word (clause D5-2).
    ///
    /// # Errors
    /// Those of the message, as if it had been for this order.
    pub fn hear_for(
        &self,
        merged: &Self,
        message: Message,
        terms: &HotlineTerms,
        ctx: &Context<'_>,
    ) -> Result<(Message, Vec<Event>), Refusal> {
        let relayed = Event::Relayed { from: merged.external_no.clone(), message: message.kind() };
        let message = match message {
            Message::Redo { reason } if self.is_in_handling() || self.has_open_impasse() => {
                Message::Urge { reason: Some(reason) }
            }
            Message::Satisfaction(said) if self.is_in_handling() && !merged.answers.is_empty() && !said.satisfied => {
                Message::Urge { reason: said.note }
            }
            other => other,
        };
        let events = self.receive(message.clone(), terms, ctx)?;
        Ok((message, std::iter::once(relayed).chain(events).collect()))
    }

    fn is_in_handling(&self) -> bool {
        self.limit().is_some_and(|limit| limit.is_running())
    }

    /// It is completed with its impasse.
    fn has_open_impasse(&self) -> bool {
        self.impasse.is_some() && self.state != State::Completed
    }
}

impl MessageKind {
    /// Whether it is for whoever handles the matter now, and so for the order that a merged one is followed under.
    pub fn goes_with_the_matter(self) -> bool {
        matches!(self, Self::Urge | Self::Supplement | Self::Satisfaction | Self::Redo | Self::Escalate)
    }
}
