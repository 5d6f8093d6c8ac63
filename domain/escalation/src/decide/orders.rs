//! 交办: assignment orders, from issue to the leader's signature (clauses D4-3, D13-1, rule L15).

use kernel::{
    Context, DocumentKind, Refusal, Registry, Role, StaffCode, Text, WorkingDays,
    id::MeetingId,
    ledger::{Extension, LimitKind},
};

use super::{Decided, limit, must_be_of, must_be_within, one, staff_of};
use crate::{
    command::OrderTerms,
    event::Event,
    impasse::Impasse,
    level::Level,
    order::{
        Basis, Completion, ExtensionRequest, Order, OrderState, ReturnRequest, Ruling, SentBack, Signed, SignedForm,
    },
    terms::Terms,
};

impl Impasse {
    /// 交办. What a meeting or the government assigns is ruled, and binds.
    pub(super) fn issue(
        &self,
        order: OrderTerms,
        terms: &Terms,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let OrderTerms { basis, department, mut with, matter, days, binding } = order;
        self.must_be_assigned_by(&basis)?;
        if binding && basis == Basis::Centre {
            return Err(Refusal::new("centre_does_not_rule", "指定承办由督查科、部门协调会议或市政府作出"));
        }
        must_be_within(days, terms.longest_order, "交办单完成时限")?;
        with.sort_unstable();
        with.dedup();
        with.retain(|other| *other != department);
        if self.open_orders().any(|open| open.department == department) {
            return Err(Refusal::new("order_open", format!("「{department}」已有未办结的交办单")));
        }
        let binding = binding || basis.rules();
        let number = registry.number(DocumentKind::AssignmentOrder)?;
        let sequence = self.orders.last().map_or(1, |last| last.sequence + 1);
        one(Event::OrderIssued(Box::new(Order {
            number,
            sequence,
            round: self.rounds.len(),
            basis,
            department,
            with,
            matter,
            issued_by: ctx.actor.signature(),
            issued_at: ctx.now,
            limit: limit(LimitKind::Order, days, ctx),
            receipt: limit(LimitKind::OrderReceipt, terms.order_receipt, ctx),
            binding,
            state: OrderState::Issued,
            responsible: None,
            return_request: None,
            extension_request: None,
            completion: None,
            leader: None,
            sent_back: Vec::new(),
            supervision: Vec::new(),
        })))
    }

    /// The level says who assigns: the centre what is general, the meeting what is difficult, the government or the
    /// meeting what is exceptional. The supervision section passes on what the hotline brought, whatever its level.
    fn must_be_assigned_by(&self, basis: &Basis) -> Result<(), Refusal> {
        let refused = |code, detail: &'static str| Err(Refusal::new(code, detail));
        match (basis, self.level) {
            (Basis::Centre, Some(Level::General)) => Ok(()),
            (Basis::Centre, _) => refused("needs_meeting", "疑难复杂问题由部门协调会议或市政府交办"),
            (Basis::Supervision, _) if self.channel == crate::Channel::Hotline => Ok(()),
            (Basis::Supervision, _) => refused("not_from_the_hotline", "督查科只转办12345热线反映的问题"),
            (Basis::Meeting(meeting), _) if self.meetings_of_this_round().contains(meeting) => Ok(()),
            (Basis::Meeting(_), _) => refused("not_discussed", "该事项未列入本轮的此次会议"),
            (Basis::Government(month), _) => {
                let this = Some(self.rounds.len());
                let decided = |it: &crate::impasse::Submitted| it.month == *month && it.decided_in == this;
                match self.government.iter().any(decided) {
                    true => Ok(()),
                    false => refused("government_decision_missing", "市政府在本轮尚未形成研究意见"),
                }
            }
        }
    }

    /// # Errors
    /// `no_such_order`.
    pub(crate) fn named(&self, order: u32) -> Result<&Order, Refusal> {
        self.order(order).ok_or_else(|| Refusal::new("no_such_order", format!("没有第{order}号交办单")))
    }

    /// 签收, and later 变更责任人: an order never hangs on somebody who left.
    pub(super) fn acknowledge(&self, sequence: u32, responsible: StaffCode, ctx: &Context<'_>) -> Decided {
        let order = self.named(sequence)?;
        must_be_of(ctx, &order.department)?;
        order.must_be(&[OrderState::Issued, OrderState::Acknowledged])?;
        if order.responsible.as_ref() == Some(&responsible) {
            return Err(Refusal::new("already_responsible", "该人员已是交办单责任人"));
        }
        one(Event::OrderAcknowledged { order: sequence, responsible })
    }

    /// 申请退回: at once (rule L15: within a day), not what was ruled, and not again and again. The clock runs on.
    pub(super) fn ask_to_return(&self, sequence: u32, reason: Text<500>, terms: &Terms, ctx: &Context<'_>) -> Decided {
        let order = self.named(sequence)?;
        must_be_of(ctx, &order.department)?;
        order.must_be(&[OrderState::Issued, OrderState::Acknowledged])?;
        if order.binding {
            return Err(Refusal::new("order_binding", "指定承办的交办单不得退回"));
        }
        if order.return_request.is_some() {
            return Err(Refusal::new("return_ruled", "已不同意退回，须由会议裁定承办部门"));
        }
        let (today, last) = (ctx.today(), order.receipt.due(ctx.calendar, ctx.today()).date);
        if today > last {
            return Err(Refusal::new("too_late_to_return", "退回须在交办后的签收期限内申请"));
        }
        if self.returns() >= terms.returns as usize {
            return Err(Refusal::new("returns_exhausted", "退回次数已用完，须由会议裁定承办部门"));
        }
        let request = ReturnRequest { reason, by: ctx.actor.signature(), at: ctx.now, ruling: None };
        one(Event::OrderReturnRequested { order: sequence, request })
    }

    /// 裁定退回. A meeting rules on who is responsible whether or not anybody asked: where no more can be returned, or the
    /// centre refused it, nobody else could.
    pub(super) fn rule_on_return(
        &self,
        sequence: u32,
        ruling: Ruling,
        meeting: Option<MeetingId>,
        ctx: &Context<'_>,
    ) -> Decided {
        let order = self.named(sequence)?;
        match meeting {
            Some(meeting) => {
                if !self.meetings_of_this_round().contains(&meeting) {
                    return Err(Refusal::new("not_discussed", "该事项未列入本轮的此次会议"));
                }
                order.must_be(&[OrderState::Issued, OrderState::Acknowledged, OrderState::ReturnRequested])?;
                if order.binding {
                    return Err(Refusal::new("order_binding", "指定承办的交办单不再裁定承办部门"));
                }
            }
            None => {
                order.must_be(&[OrderState::ReturnRequested])?;
                order.must_be_ruled_on_by(ctx.actor.role(), "退回")?;
            }
        }
        let binds = !ruling.granted && (meeting.is_some() || ctx.actor.role() == Role::Supervisor);
        one(Event::OrderReturnRuled { order: sequence, ruling, binds })
    }

    /// 申请延期: before it is due, once, and with reasons.
    pub(super) fn ask_for_days(
        &self,
        sequence: u32,
        days: WorkingDays,
        reason: Text<500>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        let order = self.named(sequence)?;
        must_be_of(ctx, &order.department)?;
        order.must_be(&[OrderState::Acknowledged])?;
        must_be_within(days, terms.longest_extension, "延期")?;
        if order.limit.extensions.len() >= terms.extensions as usize {
            return Err(Refusal::new("extensions_exhausted", "延期次数已用完"));
        }
        if order.days_asked_for().is_some() {
            return Err(Refusal::new("extension_pending", "已申请延期，尚未审批"));
        }
        if order.limit.is_overdue(ctx.calendar, ctx.today()) {
            return Err(Refusal::new("already_overdue", "延期须在到期前申请"));
        }
        let request = ExtensionRequest { days, reason, by: ctx.actor.signature(), at: ctx.now, ruling: None };
        one(Event::OrderExtensionRequested { order: sequence, request })
    }

    /// 审批延期, while it is still open: what was done late is not made timely afterwards. The limit that a meeting or the
    /// government set is lengthened by the reform office alone.
    pub(super) fn rule_on_days(&self, sequence: u32, granted: bool, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        let order = self.named(sequence)?;
        order.must_be(&EXTENDED)?;
        let pending = order.days_asked_for();
        let pending = pending.ok_or_else(|| Refusal::new("no_extension_pending", "没有待审批的延期申请"))?;
        order.must_be_extended_by(ctx.actor.role())?;
        let extension = granted.then(|| Extension {
            days: pending.days,
            approved_on: ctx.today(),
            approved_by: ctx.actor.signature(),
            reason: pending.reason.clone(),
        });
        one(Event::OrderExtensionRuled { order: sequence, ruling: ruling(granted, reason, ctx), extension })
    }

    /// 完成情况, signed by the responsible person and nobody else.
    pub(super) fn complete(
        &self,
        sequence: u32,
        text: Text<2000>,
        seal: Option<Text<4000>>,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let order = self.named(sequence)?;
        must_be_of(ctx, &order.department)?;
        order.must_be(&[OrderState::Acknowledged])?;
        if order.responsible.as_ref() != Some(staff_of(ctx)?) {
            return Err(Refusal::new("not_the_responsible_person", "完成情况由交办单责任人反馈并签字"));
        }
        let signed = signed(registry.seal(&order.to_sign(self.id, &text)), seal, ctx);
        one(Event::OrderCompleted { order: sequence, completion: Completion { text, signed } })
    }

    /// 主管领导签字: another person than the responsible one.
    pub(super) fn sign(
        &self,
        sequence: u32,
        seal: Option<Text<4000>>,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let order = self.named(sequence)?;
        must_be_of(ctx, &order.department)?;
        order.must_be(&[OrderState::Completed])?;
        let wrong = || Refusal::new("wrong_order_state", "交办单尚未反馈完成情况");
        let completion = order.completion.as_ref().ok_or_else(wrong)?;
        if completion.signed.by.code == ctx.actor.signature().code {
            return Err(Refusal::new("same_person", "责任人和主管领导须为不同的人"));
        }
        let digest = registry.seal(&order.to_sign(self.id, &completion.text));
        one(Event::OrderSigned { order: sequence, signed: signed(digest, seal, ctx) })
    }

    /// 退回重办: by the department's own leader before signing, by whoever watches over it after.
    pub(super) fn send_back(&self, sequence: u32, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        let order = self.named(sequence)?;
        match ctx.actor.role() {
            Role::DepartmentHead => {
                must_be_of(ctx, &order.department)?;
                order.must_be(&[OrderState::Completed])?;
            }
            _ => order.must_be(&[OrderState::Completed, OrderState::Signed])?,
        }
        if order.round != self.rounds.len() {
            return Err(Refusal::new("earlier_round", "以前轮次的交办单不再退回，请重新交办"));
        }
        let missing = || Refusal::new("wrong_order_state", "交办单尚未反馈完成情况");
        let completion = order.completion.clone().ok_or_else(missing)?;
        let sent_back = SentBack { completion, reason, by: ctx.actor.signature(), at: ctx.now };
        one(Event::OrderSentBack { order: sequence, sent_back })
    }

    /// Whether a return waits for this role's ruling. Without a meeting there is nothing else to rule on.
    pub(crate) fn may_rule_on_a_return(&self, role: Role) -> Result<(), Refusal> {
        let asked: Vec<_> = self.orders.iter().filter(|order| order.state == OrderState::ReturnRequested).collect();
        match (asked.first(), self.orders.last()) {
            (Some(_), _) if asked.iter().any(|order| order.must_be_ruled_on_by(role, "退回").is_ok()) => Ok(()),
            (Some(first), _) => first.must_be_ruled_on_by(role, "退回"),
            (None, Some(last)) => last.must_be(&[OrderState::ReturnRequested]),
            (None, None) => Err(Refusal::new("no_such_order", "尚未交办")),
        }
    }

    /// Whether, of the extensions that were asked for, one is this role's to rule on; where none was, the ruling itself says so.
    pub(crate) fn may_rule_on_days(&self, role: Role) -> Result<(), Refusal> {
        let is_asked = |order: &&Order| EXTENDED.contains(&order.state) && order.days_asked_for().is_some();
        let asked: Vec<_> = self.orders.iter().filter(is_asked).collect();
        match asked.first() {
            Some(first) if asked.iter().all(|order| order.must_be_extended_by(role).is_err()) => {
                first.must_be_extended_by(role)
            }
            _ => Ok(()),
        }
    }
}

/// While it is open.
const EXTENDED: [OrderState; 3] = [OrderState::Acknowledged, OrderState::ReturnRequested, OrderState::Completed];

impl Order {
    /// 由交办方裁定; what the centre assigned, by the supervision section, too; what a meeting or the government did, by the
    /// reform office.
    fn must_be_ruled_on_by(&self, role: Role, what: &str) -> Result<(), Refusal> {
        let (may, whose, by) = match (&self.basis, self.issued_by.role) {
            (Basis::Supervision, _) => (role == Role::Supervisor, "督查科转办", "督查科"),
            (basis, _) if basis.rules() => (role == Role::ReformOfficer, "会议或者市政府交办", "改革办"),
            (_, Role::ReformOfficer) => (role == Role::ReformOfficer, "改革办交办", "改革办"),
            _ => (role != Role::ReformOfficer, "中心交办", "中心或者督查科"),
        };
        if may {
            Ok(())
        } else {
            Err(Refusal::new("not_the_issuer", format!("{whose}的交办单，由{by}裁定{what}")))
        }
    }

    /// 延期 of what was ruled, as its return; of anything else, whoever watches over it.
    fn must_be_extended_by(&self, role: Role) -> Result<(), Refusal> {
        if self.basis.rules() { self.must_be_ruled_on_by(role, "延期") } else { Ok(()) }
    }

    /// 待审批的延期申请
    fn days_asked_for(&self) -> Option<&ExtensionRequest> {
        self.extension_request.as_ref().filter(|request| request.ruling.is_none())
    }
}

pub(super) fn ruling(granted: bool, reason: Text<500>, ctx: &Context<'_>) -> Ruling {
    Ruling { granted, reason, by: ctx.actor.signature(), at: ctx.now }
}

fn signed(digest: String, seal: Option<Text<4000>>, ctx: &Context<'_>) -> Signed {
    Signed { by: ctx.actor.signature(), at: ctx.now, form: SignedForm::Sheet, digest, seal }
}
