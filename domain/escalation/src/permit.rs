use kernel::{
    Action, Context, ItemCode, Refusal, Role, Whereabouts,
    access::{Denial, may_on, roles_for},
};

use crate::impasse::{Impasse, State};

/// Whether this caller may do this to this impasse now, and if not, why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    pub action: Action,
    pub verdict: Result<(), Refusal>,
}

impl State {
    /// The states in which an action is possible. [`crate::Impasse::decide`] asks the same.
    pub fn of(action: Action) -> &'static [Self] {
        use Action as A;
        use State as S;
        match action {
            A::FileImpasse => &[S::Registered],
            A::ContactApplicant | A::SupplementImpasse | A::UrgeImpasse => {
                &[S::Registered, S::Filed, S::InHandling, S::AwaitingApplicant, S::Carried]
            }
            A::OfferImpasse | A::AcceptImpasse | A::DeclineImpasse => {
                &[S::Registered, S::Filed, S::InHandling, S::AwaitingApplicant, S::Carried]
            }
            A::RaiseLevel
            | A::LowerLevel
            | A::IssueOrder
            | A::AcknowledgeOrder
            | A::ReturnOrder
            | A::RuleOnReturn
            | A::RequestOrderExtension
            | A::RuleOnOrderExtension
            | A::CompleteOrder
            | A::SignOrder
            | A::SendBackOrder
            | A::AnswerApplicant => &[S::InHandling],
            A::RecordSatisfaction => &[S::AwaitingApplicant, S::Carried],
            A::ProposeCarrying | A::RuleOnCarrying => &[S::InHandling, S::AwaitingApplicant],
            // An order done late was late all the same.
            A::RuleOnSupervision => &[S::InHandling, S::AwaitingApplicant, S::Carried, S::ClosedOut],
            A::ReviewCarried => &[S::Carried],
            A::FollowUp => &[S::ClosedOut],
            _ => &[],
        }
    }

    /// Why nothing of the kind is possible now.
    pub(crate) fn forbids(self) -> &'static str {
        match self {
            Self::Registered => "该事项尚未备案，不能进行此操作",
            Self::Filed => "该事项尚未定级，不能进行此操作",
            Self::InHandling => "该事项正在办理，不能进行此操作",
            Self::AwaitingApplicant => "该事项已答复、等待申请人评价，不能进行此操作",
            Self::Carried => "该事项已解释挂账，不能进行此操作",
            Self::ClosedOut => "该事项已销号，不能进行此操作",
        }
    }
}

impl Impasse {
    /// Every action on an impasse that is for this caller's role, with its verdict. `item` is that of the case that failed, for a
    /// mandate that names its items.
    pub fn permits(&self, item: Option<&ItemCode>, ctx: &Context<'_>) -> Vec<Permit> {
        let whereabouts = Whereabouts { item, ..self.whereabouts() };
        let verdict = |action| match may_on(ctx.actor, action, &whereabouts) {
            Ok(()) => self.guard(action, ctx).and_then(|()| self.leaves_something(action, ctx)),
            Err(denial) => Err(Refusal::new(Denial::code(denial), Denial::reason(denial))),
        };
        let role = ctx.actor.role();
        let for_role = Action::ON_AN_IMPASSE.iter().filter(|action| roles_for(**action).contains(&role));
        for_role.map(|&action| Permit { action, verdict: verdict(action) }).collect()
    }

    /// Whether there is anything for this caller to do it to, as far as that is known before a command names it.
    fn leaves_something(&self, action: Action, ctx: &Context<'_>) -> Result<(), Refusal> {
        match action {
            Action::RuleOnReturn => self.may_rule_on_a_return(ctx.actor.role()),
            Action::RuleOnOrderExtension => self.may_rule_on_days(ctx.actor.role()),
            _ => Ok(()),
        }
    }

    /// What the state says to an action, before any of its details are looked at.
    ///
    /// # Errors
    /// The same refusals that [`Impasse::decide`] would give for the state.
    pub fn guard(&self, action: Action, ctx: &Context<'_>) -> Result<(), Refusal> {
        use Action as A;
        if !State::of(action).contains(&self.state) {
            return Err(Refusal::new("wrong_state", self.state.forbids()));
        }
        match action {
            A::OfferImpasse => self.may_offer(ctx),
            A::AcceptImpasse | A::DeclineImpasse => self.must_be_offered_to(ctx),
            A::AnswerApplicant => self.may_answer(),
            A::ProposeCarrying if self.carrying_proposal.is_some() => {
                Err(Refusal::new("already_proposed", "已申请挂账，尚未审批"))
            }
            A::ProposeCarrying if self.open_orders().next().is_some() => {
                Err(Refusal::new("order_open", "尚有未办结的交办单，不能挂账"))
            }
            A::RuleOnCarrying if self.carrying_proposal.is_none() => {
                Err(Refusal::new("nothing_proposed", "没有待审批的挂账申请"))
            }
            _ => Ok(()),
        }
    }

    /// Whoever is responsible hands it on, or the head of the centre for somebody who cannot (left, or without a part in
    /// the loop); what nobody has taken in hand yet, anybody of the hall.
    fn may_offer(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        use kernel::responsibility::Responsible;
        if self.hand_over.is_some() {
            return Err(Refusal::new("handover_pending", "已提出移交，尚未被接受"));
        }
        match (self.responsibility.now(), ctx.actor.staff()) {
            (Some(Responsible::Staff(responsible)), Some(staff))
                if responsible != staff && ctx.actor.role() != Role::Manager =>
            {
                Err(Refusal::new("not_responsible", "首问责任由责任人本人移交"))
            }
            _ => Ok(()),
        }
    }

    fn must_be_offered_to(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        match &self.hand_over {
            None => Err(Refusal::new("no_handover_pending", "没有待接受的移交")),
            Some(offer) if Some(&offer.to) != ctx.actor.staff() => {
                Err(Refusal::new("handover_to_other", "移交的接受人不是您"))
            }
            Some(_) => Ok(()),
        }
    }
}
