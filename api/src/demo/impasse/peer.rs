//! 12345热线: a real peer of the server, which answers late and with 500s, and says everything twice and backwards.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kernel::Role;
use reqwest::Url;
use serde_json::{Value, json};

use super::{
    super::{
        Player,
        client::{Client, Trouble},
    },
    stage::Stage,
    wire::Callback,
};
use crate::{
    settings::{Hotline as Configured, Settings},
    simulator::hotline::Hotline,
};

/// How late it answers, and how many attempts at each callback it refuses first.
const LATE: Duration = Duration::from_millis(150);
const REFUSED_FIRST: u32 = 1;
/// How often it is looked whether it was told everything, a minute of the sandbox apart.
const LOOKS: usize = 150;

#[derive(Debug)]
pub struct Peer {
    pub hotline: Hotline,
    pub player: Player,
}

impl Peer {
    /// Listens where the server calls the first hotline of the configuration back, or that of the sandbox.
    pub async fn start(settings: &Settings, client: &Arc<Client>) -> Result<Self, String> {
        let configured = settings.hotlines.first().cloned().unwrap_or_else(Configured::of_the_sandbox);
        let url = &configured.callback_url;
        let secret = configured.secrets.first().map(|secret| secret.0.clone()).unwrap_or_default();
        let listen = address(url).ok_or_else(|| {
            format!("热线的回调地址 {url:?} 不能在本机模拟，应为 http://127.0.0.1:端口/callbacks（not ours）")
        })?;
        let hotline = Hotline::start(listen, &secret).await.map_err(|error| format!("{listen} {error}"))?;
        hotline.behave(|it| {
            it.late = LATE;
            it.fail = REFUSED_FIRST;
            it.twice = true;
            it.disorder = true;
        });
        let player = Player::new(Role::Hotline, configured.code.to_string());
        let (signer, caller) = (Arc::clone(client), player.clone());
        hotline.calls(client.base(), Arc::new(move || signer.token(&caller).unwrap_or_default()));
        Ok(Self { hotline, player })
    }

    /// 派单, with an urging and a supplement: three messages, the last one first, each of them twice.
    pub async fn dispatches(&self, on: &Stage<'_>, number: &str, subject: &str, facts: &str) -> Result<(), Trouble> {
        let dispatch = json!({ "kind": "help", "subject": subject, "facts": facts, "dispatched_at": on.now().await? });
        self.hotline.dispatches(number, dispatch);
        self.hotline.says(number, json!({ "kind": "supplement", "text": "来电人补充：已多次往返。" }));
        self.hotline.says(number, json!({ "kind": "urge", "reason": "来电人催办。" }));
        let held = self.sends().await?;
        self.tell(on, number, "派单", &self.player, &format!("三条消息倒序各发两遍，{held}条暂存后按序生效"));
        Ok(())
    }

    /// 回访三问: all three of them yes.
    pub async fn is_satisfied(&self, number: &str) -> Result<(), Trouble> {
        let said = json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true });
        self.hotline.says(number, said);
        self.sends().await.map(|_| ())
    }

    /// Sends what waits. How many messages the server kept until their turn.
    async fn sends(&self) -> Result<usize, Trouble> {
        let answered = self.hotline.sends().await;
        if let Some(refused) = answered.iter().find(|it| it.status >= 300) {
            let code = refused.body["code"].as_str().unwrap_or_default();
            return Err(Trouble::Amiss(format!("热线消息 {}#{}：{code}", refused.external_no, refused.sequence)));
        }
        if self.hotline.waiting() > 0 {
            return Err(Trouble::Amiss(format!("热线还有{}条消息没有送到", self.hotline.waiting())));
        }
        Ok(answered.iter().filter(|it| it.status == 202).count())
    }

    /// Lets time go by until the hotline has accepted every callback of its orders.
    pub async fn hears_everything(&self, on: &Stage<'_>) -> Result<(), Trouble> {
        for _ in 0..LOOKS {
            let mut waiting = 0;
            for order in self.hotline.list() {
                waiting += self.callbacks(on, &order.external_no).await?.iter().filter(|it| !it.is_delivered()).count();
            }
            if waiting == 0 {
                return Ok(());
            }
            on.a_minute_passes().await?;
            // The server looks into its outbox by the machine's clock.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(Trouble::Amiss("还有回调没有送达热线".to_owned()))
    }

    pub async fn callbacks(&self, on: &Stage<'_>, number: &str) -> Result<Vec<Callback>, Trouble> {
        on.get(&on.supervisor, &format!("/v1/hotline/work-orders/{number}/callbacks?limit=200")).await
    }

    /// What it has, for a reconciliation.
    pub fn list(&self) -> Vec<Value> {
        let listed = self.hotline.list().into_iter();
        listed.map(|it| json!({ "external_no": it.external_no, "state": it.state, "sequence": it.sequence })).collect()
    }

    pub fn tell(&self, on: &Stage<'_>, number: &str, step: &str, by: &Player, what: &str) {
        on.tell((number, "12345热线", ""), step, by, what);
    }
}

/// Where to listen to be found at such an address.
fn address(url: &str) -> Option<SocketAddr> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http" && url.path() == "/callbacks")?;
    let ip = url.host_str()?.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok()?;
    ip.is_loopback().then_some(SocketAddr::new(ip, url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_listens_on_this_machine_only() {
        assert_eq!(address("http://127.0.0.1:9345/callbacks"), Some(SocketAddr::from(([127, 0, 0, 1], 9345))));
        for elsewhere in ["", "https://127.0.0.1/callbacks", "http://10.0.0.1/callbacks", "http://127.0.0.1:1/other"] {
            assert_eq!(address(elsewhere), None, "{elsewhere}");
        }
        assert!(address(&Configured::of_the_sandbox().callback_url).is_some());
    }
}
