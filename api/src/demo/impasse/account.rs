//! 结账: everything that the play claims, read back from the server. Nothing here comes from the play's own memory but the
//! ids that it asks for.

use std::fmt::Display;

use escalation::{Channel, Level, OrderState, State, hotline};
use serde_json::{Value, json};

use super::{
    super::client::{Request, Trouble},
    Claims,
    affair::{Affairs, Key},
    learning::FOLLOWED_UP,
    peer::Peer,
    stage::Stage,
    wire::{
        Asked, Impasse, Meeting, Precedent, Proposal, Reconciliation, Session, Submission, Verification, WorkOrder,
    },
};
use crate::console::say;

type Done = Result<(), Trouble>;

/// Every claim that was found, and whether it is true.
#[derive(Debug, Default)]
pub struct Account {
    wrong: usize,
}

impl Account {
    /// How many claims the server does not bear out.
    pub async fn of(on: &Stage<'_>, peer: &Peer, affairs: &Affairs, claims: &Claims) -> Result<usize, Trouble> {
        let mut account = Self::default();
        account.spread(on, affairs).await?;
        account.assemblies(on, affairs, claims).await?;
        account.orders(on, affairs).await?;
        account.words(on, affairs).await?;
        account.hotline(on, peer).await?;
        account.learnt(on, affairs, claims).await?;
        account.record(on, affairs).await?;
        Ok(account.wrong)
    }

    fn check(&mut self, holds: bool, words: impl Display) {
        self.wrong += usize::from(!holds);
        say(format_args!("{}  {words}", if holds { "属实  " } else { "不属实" }));
    }

    async fn of_key(on: &Stage<'_>, affairs: &Affairs, key: Key) -> Result<Impasse, Trouble> {
        on.get(&on.manager, &format!("/v1/impasses/{}", affairs.id(key)?)).await
    }

    /// All levels and all channels.
    async fn spread(&mut self, on: &Stage<'_>, affairs: &Affairs) -> Done {
        let mut seen: Vec<Impasse> = Vec::new();
        for (_, affair) in affairs.all() {
            seen.push(on.get(&on.manager, &affair.at("")).await?);
        }
        for channel in
            [Channel::FallbackWindow, Channel::Hotline, Channel::Window, Channel::Department, Channel::Online]
        {
            let count = seen.iter().filter(|it| it.channel == channel).count();
            self.check(count > 0, format_args!("渠道“{}”{count}件", channel.label()));
        }
        for level in [Level::General, Level::Difficult, Level::Exceptional] {
            let count = seen.iter().filter(|it| it.level == Some(level)).count();
            self.check(count > 0, format_args!("{}{count}件", level.label()));
        }
        Ok(())
    }

    async fn assemblies(&mut self, on: &Stage<'_>, affairs: &Affairs, claims: &Claims) -> Done {
        let missed = Self::of_key(on, affairs, Key::MissedTheFreeze).await?;
        for (place, week) in claims.weeks.iter().enumerate() {
            let session: Session = on.get(&on.manager, &format!("/v1/triage-sessions/{week}")).await?;
            let left_over = missed.left_over.iter().filter(|left| left.week == *week).count();
            let holds = session.state == "held" && left_over == usize::from(place == 0);
            self.check(holds, format_args!("{week}分类梳理已召开，演练事项顺延{left_over}项"));
        }
        let meeting: Meeting = on.get(&on.reform, &format!("/v1/coordination-meetings/{}", claims.meeting)).await?;
        let number = meeting.number.unwrap_or_default();
        self.check(meeting.state == "held" && !number.is_empty(), format_args!("协调会议已召开，纪要{number}"));

        let [first, second] = [0, 1].map(|place| claims.months.get(place).cloned().unwrap_or_default());
        let of = |month: &str| format!("/v1/government-submissions/{month}");
        let sent: Submission = on.get(&on.reform, &of(&first)).await?;
        let in_time = affairs.id(Key::Government)?;
        let holds = sent.entry(&in_time).is_some() && sent.entry(&missed.id).is_none();
        self.check(holds, format_args!("{first}提交{}，未含定稿后才定级的一项", sent.number.unwrap_or_default()));
        let named: Vec<Value> = on.get(&on.reform, &format!("{}/missed", of(&first))).await?;
        let is_named = named.iter().any(|entry| entry["impasse"] == missed.id);
        self.check(is_named, format_args!("{first}错过的事项列有该项"));
        let sent: Submission = on.get(&on.reform, &of(&second)).await?;
        let from = sent.entry(&missed.id).and_then(|entry| entry.carried_over_from.clone()).unwrap_or_default();
        let words = format!("{second}提交{}，列明该项由{from}结转", sent.number.unwrap_or_default());
        self.check(from == first, words);
        let decided = missed.government.iter().any(|it| it.month == second && it.decision.is_some());
        let number = missed.government.first().map(|it| it.number.clone()).unwrap_or_default();
        self.check(decided, format_args!("{number}已有研究意见并交办"));
        Ok(())
    }

    async fn orders(&mut self, on: &Stage<'_>, affairs: &Affairs) -> Done {
        for (key, by) in [(Key::Returned, "centre"), (Key::Disputed, "meeting")] {
            let orders = Self::of_key(on, affairs, key).await?.orders;
            let returned = orders.iter().find(|order| order.state == OrderState::Returned);
            let ruled = returned.is_some_and(|order| Asked::is_granted(order.return_request.as_ref()));
            let instead = orders.iter().find(|order| order.state == OrderState::Signed && order.basis == by);
            let numbers = [returned, instead].map(|order| order.map_or("", |order| &order.number));
            let words = format!("{}申请退回，裁定同意，改由{}承办，已办结并签字", numbers[0], numbers[1]);
            self.check(ruled && instead.is_some(), words);
        }
        let orders = Self::of_key(on, affairs, Key::Hotline).await?.orders;
        let appointed = orders.iter().find(|order| order.basis == "supervision" && order.binding);
        let words = format!("{}由督查科指定承办", appointed.map_or("", |order| &order.number));
        self.check(appointed.is_some_and(|order| order.state == OrderState::Signed), words);
        let orders = Self::of_key(on, affairs, Key::Extended).await?.orders;
        let extended = orders.iter().find(|order| Asked::is_granted(order.extension_request.as_ref()));
        let words = extended.map_or_else(String::new, |order| format!("{}批准延期至{}", order.number, order.limit.due));
        self.check(extended.is_some(), words);
        for key in super::handling::AT_THE_MEETING {
            let orders = Self::of_key(on, affairs, key).await?.orders;
            let bound = orders.iter().find(|order| order.basis == "meeting" && order.binding);
            let signed = bound.is_some_and(|order| order.state == OrderState::Signed);
            let words = bound.map_or_else(String::new, |order| format!("{}{}", order.number, order.department));
            self.check(signed, format_args!("会议指定承办{words}，已办结并签字"));
        }
        Ok(())
    }

    /// What the applicants said.
    async fn words(&mut self, on: &Stage<'_>, affairs: &Affairs) -> Done {
        let redone = Self::of_key(on, affairs, Key::Dissatisfied).await?;
        let said: Vec<bool> =
            redone.rounds.iter().filter_map(|round| Some(round.satisfaction.as_ref()?.satisfied)).collect();
        self.check(said == [false, true], "不满意的一项重办，第二轮满意");
        for key in [Key::Hotline, Key::HotlineMeeting] {
            let seen = Self::of_key(on, affairs, key).await?;
            let source =
                seen.rounds.last().and_then(|round| round.satisfaction.as_ref()).map(|said| said.source.clone());
            let words = format!("{}由热线回访销号", seen.external_number.unwrap_or_default());
            self.check(source.as_deref() == Some("hotline_call"), words);
        }
        let carried = Self::of_key(on, affairs, Key::NotAllowed).await?;
        let (is_open, carrying) = (carried.state == State::Carried, carried.carrying);
        let reviewed = carrying.as_ref().is_some_and(|it| it.by == on.reform.code && it.reviews == 1);
        let ground = carrying.map(|it| it.ground_label).unwrap_or_default();
        self.check(is_open && reviewed, format_args!("{ground}的一项经改革办批准挂账并复核，仍在册，未销号"));
        Ok(())
    }

    /// Nothing lost, nothing twice, in order, whatever the peer did.
    async fn hotline(&mut self, on: &Stage<'_>, peer: &Peer) -> Done {
        for listed in peer.hotline.list() {
            let number = &listed.external_no;
            let order: WorkOrder = on.get(&on.supervisor, &format!("/v1/hotline/work-orders/{number}")).await?;
            let once = order.urged == 1 && order.supplements.len() == 1;
            let words = format!(
                "工单{}{}，催办{}次、补充{}次",
                order.external_no,
                order.state_label,
                order.urged,
                order.supplements.len()
            );
            self.check(once && order.state == hotline::State::Completed, words);
            let written: Vec<String> = peer.callbacks(on, number).await?.into_iter().map(|it| it.id).collect();
            let heard: Vec<String> = peer.hotline.received_of(number).into_iter().map(|it| it.id).collect();
            self.check(written == heard, format_args!("{number}的{}次回调按序各收到一次", written.len()));
        }
        let accepted = peer.hotline.received().len() + peer.hotline.repetitions() as usize;
        let refused = (peer.hotline.attempts() as usize).saturating_sub(accepted);
        let clean = peer.hotline.disordered().is_empty() && peer.hotline.unsigned() == 0;
        self.check(clean && refused > 0, format_args!("对端以500拒收{refused}次，重试后全部送达"));
        let until = on.now().await?.plus(chrono::Duration::seconds(1));
        let body = json!({
            "hotline": peer.player.code, "from": super::stage::nine_on(on.first_day), "until": until, "orders": peer.list(),
        });
        let compared: Reconciliation = on.post(&on.supervisor, "/v1/hotline/reconciliations", body).await?;
        let words =
            format!("对账：我方{}单，热线{}单，差异{}处", compared.ours, compared.theirs, compared.differences.len());
        self.check(compared.agreed && compared.ours == 2, words);
        Ok(())
    }

    async fn learnt(&mut self, on: &Stage<'_>, affairs: &Affairs, claims: &Claims) -> Done {
        for (id, person) in &claims.learnt.precedents {
            let public: Value = on.client.send(Request::get(format!("/v1/precedents/{id}"))).await?.value;
            let text = public.to_string();
            let who = person.as_applicant();
            let says = |field: &str| who[field].as_str().is_some_and(|said| text.contains(said));
            let precedent: Precedent =
                serde_json::from_value(public).map_err(|error| Trouble::NotUnderstood(error.to_string()))?;
            let holds = !precedent.number.is_empty() && !says("name") && !says("phone");
            self.check(holds, format_args!("案例{}公开，不含申请人姓名和电话", precedent.number));
        }
        let proposal: Proposal = on.get(&on.reform, &format!("/v1/item-proposals/{}", claims.learnt.proposal)).await?;
        let Some(version) = proposal.catalogue else {
            self.check(false, format_args!("建议{}没有形成事项", proposal.number));
            return Ok(());
        };
        let item: Value = on.client.send(Request::get(format!("/v1/items/{}", version.item))).await?.value;
        let holds = item["version"] == version.version && item["state"] == "published";
        let words = format!(
            "建议{}{}，形成事项{}第{}版，已公开",
            proposal.number, proposal.state_label, version.item, version.version
        );
        self.check(holds, words);
        let last = claims.learnt.precedents.last().map(|(id, _)| id.clone()).unwrap_or_default();
        let precedent: Precedent = on.client.send(Request::get(format!("/v1/precedents/{last}"))).await?.value;
        let leads = precedent.catalogue.iter().any(|it| it.item == version.item && it.version == version.version);
        self.check(leads, format_args!("案例{}列明由此形成的事项", precedent.number));
        let mut good = 0;
        for (key, way) in FOLLOWED_UP {
            let seen = Self::of_key(on, affairs, key).await?;
            good += usize::from(seen.follow_ups.iter().any(|found| found.good && found.way == way));
        }
        self.check(good == FOLLOWED_UP.len(), format_args!("回访{good}件有记录，均属实解决"));
        Ok(())
    }

    /// The record of each is whole, link by link.
    async fn record(&mut self, on: &Stage<'_>, affairs: &Affairs) -> Done {
        let mut intact = 0;
        for (_, affair) in affairs.all() {
            let found: Verification = on.get(&on.auditor, &affair.at("/record-verification")).await?;
            intact += usize::from(found.intact);
        }
        let all = affairs.all().count();
        self.check(intact == all && all > 0, format_args!("全程记录逐条校验，{intact}件完整"));
        Ok(())
    }
}
