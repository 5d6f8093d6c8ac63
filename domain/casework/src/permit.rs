use approval::Outcome;
use catalog::{DeliveryMethod, ItemKind, ItemVersion};
use kernel::{
    Action, Actor, Refusal, Role,
    access::{Denial, may_on},
};

use crate::{
    case::{Case, Channel},
    stage::Stage,
};

/// Whether this caller may do this to this case now, and if not, why not: `allowed_actions` in every view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    pub action: Action,
    pub verdict: Result<(), Refusal>,
}

impl Case {
    /// Every action on a case with its verdict for this caller.
    pub fn permits(&self, item: &ItemVersion, actor: &Actor) -> Vec<Permit> {
        let verdict = |action| match may_on(actor, action, &self.whereabouts()) {
            Ok(()) => self.guard(action, item, actor),
            Err(denial) => Err(Refusal::new(Denial::code(denial), Denial::reason(denial))),
        };
        Action::ON_A_CASE.iter().map(|&action| Permit { action, verdict: verdict(action) }).collect()
    }

    /// What the state of the case says to an action, before any of its details are looked at. The same guard stands in
    /// front of [`Case::decide`], so that what is announced as allowed is not refused for the case's state.
    pub fn guard(&self, action: Action, item: &ItemVersion, actor: &Actor) -> Result<(), Refusal> {
        if !Stage::of(action).contains(&self.stage) {
            return Err(Refusal::new("wrong_stage", self.stage.forbids()));
        }
        match action {
            Action::Withdraw if actor.role() == Role::Clerk => self.window_may_record_withdrawal(),
            Action::Accept => self.intake.must_be_in_order(item),
            Action::DecideOnTheSpot if item.kind != ItemKind::OnTheSpot => {
                Err(Refusal::new("not_on_the_spot_item", "该事项为承诺件，不能即办"))
            }
            Action::DecideOnTheSpot => self.intake.must_be_in_order(item),
            Action::Reject => self.intake.may_reject(),
            Action::DeclareNotRequired => self.intake.may_declare_not_required(),
            Action::Assign if actor.role() != Role::Approver => self.routing.must_be_unassigned(),
            Action::OfferHandOver | Action::Review => match actor.staff() {
                Some(staff) => self.routing.must_be_held_by(staff),
                None => Err(Refusal::new("staff_only", "此操作须由工作人员办理")),
            },
            Action::AcceptHandOver | Action::DeclineHandOver => match actor.staff() {
                Some(staff) => self.routing.offer_to(staff).map(|_| ()),
                None => Err(Refusal::new("staff_only", "此操作须由工作人员办理")),
            },
            Action::Decide => match actor.staff() {
                Some(staff) => self.approval.may_decide(staff),
                None => Err(Refusal::new("staff_only", "此操作须由工作人员办理")),
            },
            Action::HandOut => self.issuance.must_go_by(DeliveryMethod::PickUp),
            Action::Dispatch => self.issuance.must_go_by(DeliveryMethod::Courier),
            Action::DeliverElectronically => self.issuance.must_go_by(DeliveryMethod::Electronic),
            _ => Ok(()),
        }
    }

    /// The window records a withdrawal only for an applicant who stands there, before acceptance; otherwise nobody but
    /// the applicant ends a case without a reasoned document.
    fn window_may_record_withdrawal(&self) -> Result<(), Refusal> {
        if self.channel == Channel::Counter && self.stage == Stage::UnderCheck {
            return Ok(());
        }
        Err(Refusal::new("applicant_only", "网上申请和受理后的撤回须由申请人提出"))
    }

    /// 准予 or 不予, once decided.
    pub fn outcome(&self) -> Option<Outcome> {
        self.approval.decision.as_ref().map(|decision| decision.ruling.outcome())
    }
}
