//! 12345: the hotline that tests speak through, and what the supervision section does with work orders.

use std::{net::SocketAddr, sync::Arc};

use api::{
    settings::{Hidden, Hotline as Configured, Settings},
    simulator::hotline::Hotline,
};
use kernel::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Applicant, Caller, Hall, Impasse, until};

/// 热线代码
pub const HOTLINE: &str = "taizhou-12345";
/// Made up for tests.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A hall with this hotline in its settings, called back where the simulated one listens.
pub fn configured(settings: &mut Settings, hotline: &Hotline) {
    let mut entry = Configured::new(HOTLINE.parse().unwrap());
    entry.callback_url = hotline.callback_url();
    entry.secrets = vec![Hidden(SECRET.to_owned())];
    settings.hotlines = vec![entry];
}

/// A body of a dispatch without its sequence.
pub fn dispatch(at: &str) -> Value {
    json!({
        "kind": "help", "subject": "路灯长期不亮", "facts": "某路段路灯报修一月未修。", "dispatched_at": at,
    })
}

impl Hall {
    /// The simulated hotline, and the hall anew with it in its settings.
    pub async fn with_hotline(&self) -> Hotline {
        let hotline = Hotline::start(SocketAddr::from(([127, 0, 0, 1], 0)), SECRET).await.unwrap();
        self.restarts_for(&hotline).await;
        hotline
    }

    /// Stops the server and starts it again on the same data, with this hotline in its settings.
    pub async fn restarts_for(&self, hotline: &Hotline) {
        self.restarts_with(|settings| configured(settings, hotline)).await;
        self.is_called_by(hotline);
    }

    /// Tells the hotline where the hall is now.
    pub fn is_called_by(&self, hotline: &Hotline) {
        let caller = self.staff(Role::Hotline, HOTLINE);
        let token = caller.token().unwrap().to_owned();
        hotline.calls(&format!("http://{}", self.address()), Arc::new(move || token.clone()));
    }

    /// An order that was dispatched now and has arrived.
    pub async fn dispatched(&self, hotline: &Hotline, number: &str) {
        hotline.dispatches(number, dispatch(&self.now()));
        for answer in hotline.sends().await {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }

    /// The answered impasse of this order, whose applicant is to be asked by the hotline.
    pub async fn answered_from_order(&self, number: &str, applicant: &impl Applicant) -> Impasse {
        let (section, manager) = (self.supervisor(), self.manager());
        section.signs_for(number).await.ok();
        // The contact that is due today is reminded of at once, between any two steps.
        let through = self.while_duties_wait(async || {
            let id = section.escalates_work_order(number, applicant).await.ok().text("/impasse");
            let impasse = Impasse::of(&manager.get(&format!("/v1/impasses/{id}")).await.ok());
            manager.files(&impasse).await.ok();
            manager.triages(&impasse, "general").await;
            manager.reads(&impasse).await.ok();
            manager.answers_impasse(&impasse).await.ok();
            impasse
        });
        through.await
    }

    /// What the supervision section sees of an order.
    pub async fn work_order(&self, number: &str) -> Answer {
        self.supervisor().get(&format!("/v1/hotline/work-orders/{number}")).await.ok()
    }

    /// Waits until the hotline has been told of everything.
    pub async fn everything_is_told(&self, hotline: &Hotline, number: &str) {
        until("every callback is delivered", async || {
            let path = format!("/v1/hotline/work-orders/{number}/callbacks?limit=200");
            let callbacks = self.supervisor().get(&path).await.ok().body;
            let all = callbacks.as_array().unwrap();
            all.iter().all(|it| it["delivered_at"].is_string()).then_some(())
        })
        .await;
        assert_eq!(hotline.disordered(), Vec::<String>::new());
    }
}

impl Caller {
    /// A step on a work order as it is now.
    pub async fn handles(&self, number: &str, rest: &str, body: Option<Value>) -> Answer {
        let path = format!("/v1/hotline/work-orders/{number}");
        let version = self.get(&path).await.ok().header("etag").to_owned();
        let call = self.call(Method::POST, &format!("{path}/{rest}")).if_match(&version);
        match body {
            Some(body) => call.json(&body).await,
            None => call.await,
        }
    }

    /// 转热线 from the window `rule-of-law` or another one of the clerk's, for whoever stands there.
    pub async fn raises_ticket(&self, applicant: &impl Applicant) -> Answer {
        let matter = json!({ "subject": "路灯长期不亮", "text": "某路段路灯报修一月未修。" });
        self.raises_ticket_of(applicant, matter).await
    }

    /// 转热线 with these fields.
    pub async fn raises_ticket_of(&self, applicant: &impl Applicant, fields: Value) -> Answer {
        let mut body = json!({ "hotline": HOTLINE, "applicant": applicant.applicant() });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.post("/v1/hotline/tickets").json(&body).await
    }

    /// 热线答复转办事项
    pub async fn replies_to_ticket(&self, ticket: &str, reply: Value) -> Answer {
        self.post(&format!("/v1/hotline/tickets/{ticket}/reply")).json(&reply).await
    }

    /// 签收
    pub async fn signs_for(&self, number: &str) -> Answer {
        self.handles(number, "acknowledgement", None).await
    }

    /// 退单
    pub async fn returns_work_order(&self, number: &str) -> Answer {
        self.handles(number, "return", Some(json!({ "reason": "属于市政养护单位职责。" }))).await
    }

    /// 转办到部门
    pub async fn assigns_work_order(&self, number: &str, department: &str) -> Answer {
        self.handles(number, "assignment", Some(json!({ "department": department }))).await
    }

    /// 转办到窗口
    pub async fn assigns_work_order_to_window(&self, number: &str, window: &str) -> Answer {
        self.handles(number, "assignment", Some(json!({ "window": window }))).await
    }

    /// 退回转办
    pub async fn returns_assignment(&self, number: &str) -> Answer {
        self.handles(number, "assignment/return", Some(json!({ "reason": "属于另一部门职责。" }))).await
    }

    /// 申请延期
    pub async fn asks_for_time(&self, number: &str) -> Answer {
        self.handles(number, "extension", Some(json!({ "reason": "须等待配件到货。" }))).await
    }

    /// 答复
    pub async fn answers_work_order(&self, number: &str) -> Answer {
        self.handles(number, "answer", Some(json!({ "text": "路灯已修复。" }))).await
    }

    /// 办结
    pub async fn completes_work_order(&self, number: &str) -> Answer {
        self.handles(number, "completion", Some(json!({}))).await
    }

    /// 转为办不成事事项 of this applicant.
    pub async fn escalates_work_order(&self, number: &str, applicant: &impl Applicant) -> Answer {
        let body = json!({
            "category": { "kind": "other", "why": "多个部门均称不属其职责。" },
            "wanted": "尽快修复路灯。", "applicant": applicant.applicant(),
        });
        self.handles(number, "impasse", Some(body)).await
    }
}
