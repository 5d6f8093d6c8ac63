//! 12345热线: a peer that dispatches a work order, is called back with every step of it, asks the caller, and compares its list
//! with ours. It answers late, refuses each callback once, and says everything twice and backwards.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kernel::Instant;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{client::Trouble, table::caller},
    staff::Staff,
    system::System,
    tell,
};
use crate::{
    settings::Hotline as Configured,
    simulator::hotline::{Behaviour, Hotline},
};

const LATE: Duration = Duration::from_millis(150);
/// How many looks it takes at the most until everything was told, a minute of the sandbox apart.
const LOOKS: usize = 150;
/// The server looks into its outbox by the machine's clock.
const LOOK: Duration = Duration::from_millis(200);
/// What the supervision section does with an order, and how it is called back for it.
const STEPS: [&str; 4] = ["acknowledged", "assigned", "answered", "completed"];

/// The peer, before anybody has registered it.
#[derive(Debug)]
pub struct Listening {
    configured: Configured,
    hotline: Hotline,
}

impl Listening {
    /// # Errors
    /// In one sentence, when it cannot listen.
    pub async fn start() -> Result<Self, String> {
        let configured = Configured::of_the_sandbox();
        let secret = configured.secrets.first().map(|secret| secret.0.as_str()).unwrap_or_default();
        let hotline = Hotline::start(SocketAddr::from(([127, 0, 0, 1], 0)), secret).await;
        let hotline = hotline.map_err(|error| format!("无法接收热线回调（{error}）"))?;
        let behaviour = Behaviour { late: LATE, fail: 1, twice: true, disorder: true, ..Behaviour::default() };
        hotline.behave(|it| *it = behaviour);
        Ok(Self { configured, hotline })
    }

    pub fn code(&self) -> &str {
        self.configured.code.as_str()
    }

    /// What the configuration of the server says of it.
    pub fn settings(&self) -> String {
        let (code, url) = (self.code(), self.hotline.callback_url());
        let secrets: Vec<String> = self.configured.secrets.iter().map(|secret| format!("{:?}", secret.0)).collect();
        format!("[[hotlines]]\ncode = {code:?}\ncallback_url = {url:?}\nsecrets = [{}]\n", secrets.join(", "))
    }

    pub fn registered(self, system: System) -> Peer {
        Peer { hotline: self.hotline, system, number: format!("12345-{}", uuid::Uuid::now_v7().simple()) }
    }
}

#[derive(Debug)]
pub struct Peer {
    hotline: Hotline,
    system: System,
    number: String,
}

#[derive(Debug, Deserialize)]
struct Callback {
    delivered_at: Option<Instant>,
}

#[derive(Debug, Deserialize)]
struct Reconciled {
    compared: usize,
    differences: Vec<Value>,
}

impl Peer {
    /// 派单, with an urging and a supplement: three messages, the last one first, each of them twice.
    pub async fn dispatches(&self, staff: &Staff) -> Result<(), Trouble> {
        let dispatch = json!({
            "kind": "help", "subject": "路灯长期不亮", "facts": "某路段路灯报修一月未修。",
            "dispatched_at": staff.now().await?,
        });
        self.hotline.dispatches(&self.number, dispatch);
        self.hotline.says(&self.number, json!({ "kind": "supplement", "text": "来电人补充：夜间无法通行。" }));
        self.hotline.says(&self.number, json!({ "kind": "urge", "reason": "来电人催办。" }));
        self.sends().await?;
        tell(&self.system.who(), "派单", "三条消息倒序各发两遍，按序生效");
        Ok(())
    }

    /// 签收、转办、答复、办结, by the supervision section; the hotline hears of each step, and asks the caller.
    pub async fn is_served(&self, staff: &Staff) -> Result<(), Trouble> {
        let order = format!("/v1/hotline/work-orders/{}", self.number);
        let act = async |what: &str, body: Option<Value>| staff.act(&staff.supervisor, &order, what, body).await;
        act("/acknowledgement", None).await?;
        act("/assignment", Some(json!({ "department": "housing-construction" }))).await?;
        act("/answer", Some(json!({ "text": "路灯已修复。" }))).await?;
        act("/completion", Some(json!({}))).await?;
        tell(&caller(Some(&staff.supervisor)), "办理工单", "签收、转办、答复、办结");
        self.hears_everything(staff).await?;
        let said = json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true });
        self.hotline.says(&self.number, said);
        self.sends().await?;
        tell(&self.system.who(), "回访", "是否响应、是否解决、是否满意：均为是");
        Ok(())
    }

    /// Lets time go by until every callback was accepted, and checks what it was told.
    async fn hears_everything(&self, staff: &Staff) -> Result<(), Trouble> {
        let path = format!("/v1/hotline/work-orders/{}/callbacks?limit=200", self.number);
        for _ in 0..LOOKS {
            let written: Vec<Callback> = staff.get(&staff.supervisor, &path).await?;
            if written.iter().all(|it| it.delivered_at.is_some()) {
                return self.was_told_well(written.len());
            }
            staff.lets_pass(chrono::Duration::minutes(1)).await?;
            tokio::time::sleep(LOOK).await;
        }
        Err(Trouble::Amiss("还有回调没有送达热线".to_owned()))
    }

    fn was_told_well(&self, written: usize) -> Result<(), Trouble> {
        let received = self.hotline.received_of(&self.number);
        let steps = received.iter().map(|it| it.kind.as_str()).filter(|kind| STEPS.contains(kind));
        let is_well = steps.eq(STEPS) && self.hotline.disordered().is_empty() && self.hotline.unsigned() == 0;
        if received.len() != written || !is_well {
            return Err(Trouble::Amiss(format!("热线应收到{written}次回调，按序验签收到{}次", received.len())));
        }
        let attempts = self.hotline.attempts();
        tell(&self.system.who(), "接收回调", &format!("{written}次回调先以500答复，共{attempts}次尝试，按序验签收到"));
        Ok(())
    }

    /// 对账
    pub async fn reconciles(&self, staff: &Staff) -> Result<(), Trouble> {
        let now = staff.now().await?;
        let orders = self.hotline.list().into_iter();
        let orders: Vec<Value> = orders
            .map(|it| json!({ "external_no": it.external_no, "state": it.state, "sequence": it.sequence }))
            .collect();
        let listed = json!({ "from": now.plus(chrono::Duration::days(-60)), "until": now, "orders": orders });
        let Reconciled { compared, differences } = self.system.post("/v1/hotline/reconciliations", &listed).await?;
        tell(&self.system.who(), "对账", &format!("比对{compared}单，差异{}处", differences.len()));
        if compared == 1 && differences.is_empty() {
            return Ok(());
        }
        Err(Trouble::Amiss("热线与本中心的工单不一致".to_owned()))
    }

    /// Sends what waits, with a token of its own.
    async fn sends(&self) -> Result<(), Trouble> {
        let token = self.system.token().await?;
        self.hotline.calls(self.system.client().base(), Arc::new(move || token.clone()));
        let answered = self.hotline.sends().await;
        if let Some(refused) = answered.iter().find(|it| it.status >= 300) {
            let code = refused.body["code"].as_str().unwrap_or_default();
            return Err(Trouble::Amiss(format!("热线消息 {}#{}：{code}", refused.external_no, refused.sequence)));
        }
        match self.hotline.waiting() {
            0 => Ok(()),
            waiting => Err(Trouble::Amiss(format!("热线还有{waiting}条消息没有送到"))),
        }
    }

    /// From now on nobody listens.
    pub async fn stops(&self) {
        self.hotline.goes_down().await;
    }
}
