//! 政务服务平台: its adapter pushes an application under its own number, follows it in the feed, and is told of it by webhooks.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    super::client::Trouble,
    Case, Happened,
    consumer::Consumer,
    pushing::{self, Pushed},
    receiver::Receiver,
    server::Server,
    staff::Staff,
    system::System,
    tell,
};

/// Within so many looks, an hour of the sandbox apart, whatever was put off is due again.
const HOURS: usize = 60;
/// How many looks it takes at the most until everything was told: by the machine's clock longer than a server that was killed
/// keeps what it was sending to itself.
const LOOKS: usize = 180;
/// The server looks into its outbox by the machine's clock.
const LOOK: Duration = Duration::from_millis(400);

#[derive(Debug)]
pub struct Platform<'a> {
    pub system: System,
    receiver: &'a Receiver,
    consumer: Consumer,
}

impl<'a> Platform<'a> {
    /// 登记推送订阅, at a receiver that fails from now on.
    pub async fn with_endpoint(system: System, receiver: &'a Receiver) -> Result<Self, Trouble> {
        let endpoint = json!({ "name": "演练接收端", "url": receiver.url() });
        let registered: Value = system.post("/v1/webhook-endpoints", &endpoint).await?;
        receiver.expects(registered["secret"].as_str().unwrap_or_default());
        receiver.fails(true);
        tell(&system.who(), "登记推送订阅", "接收端此后一律以500答复");
        Ok(Self { system, receiver, consumer: Consumer::default() })
    }

    pub async fn pushes(&self, server: &mut Server, times: usize) -> Result<Pushed, Trouble> {
        let number = format!("INTEGRATION-{}", uuid::Uuid::now_v7().simple());
        let pushed = pushing::blindly(&self.system, server, &number, times).await?;
        let Pushed { sent, answered, .. } = pushed;
        let what = format!("盲目重试{sent}次，其间服务被强行终止并重启；{answered}次得到答复，其余无人应答");
        tell(&self.system.who(), "推送申请", &what);
        Ok(pushed)
    }

    /// Reads the feed and is stopped.
    pub async fn reads_some(&mut self) -> Result<(), Trouble> {
        self.consumer.reads_some(&self.system, 2).await?;
        tell(&self.system.who(), "读取事件流", &format!("读到第{}条即中断", self.consumer.read()));
        Ok(())
    }

    /// Reads on from where it was stopped.
    pub async fn reads_on(&mut self) -> Result<(), Trouble> {
        self.consumer.reads_on(&self.system).await?;
        tell(&self.system.who(), "续读事件流", &format!("从中断处续读，共{}条", self.consumer.read()));
        Ok(())
    }

    /// What it has handed in.
    pub async fn cases(&self) -> Result<Vec<Case>, Trouble> {
        self.system.all("/v1/cases").await
    }

    /// The receiver fails for a day, and is there again.
    pub async fn is_deaf_for_a_day(&self, staff: &Staff) -> Result<(), Trouble> {
        for _ in 0..24 {
            staff.lets_pass(chrono::Duration::hours(1)).await?;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        tell(&self.system.who(), "接收端故障一天", &format!("其间推送失败{}次", self.receiver.refused()));
        self.receiver.fails(false);
        Ok(())
    }

    /// Waits until the receiver was told of everything. What happened, and how much of it it was not told.
    pub async fn hears(&self, staff: &Staff) -> Result<(BTreeSet<Happened>, usize), Trouble> {
        let happened = self.happened().await?;
        for look in 0..LOOKS {
            if happened.is_subset(&self.receiver.told()) {
                break;
            }
            if look < HOURS {
                staff.lets_pass(chrono::Duration::hours(1)).await?;
            }
            tokio::time::sleep(LOOK).await;
        }
        let told = self.receiver.told();
        let what = format!("应收{}条，验签收到{}条", happened.len(), told.len());
        tell(&self.system.who(), "接收端恢复", &what);
        let lost = happened.difference(&told).count();
        Ok((happened, lost))
    }

    /// How much of what happened it has not read in the feed, and how much twice.
    pub fn missed(&self, happened: &BTreeSet<Happened>) -> (usize, usize) {
        (happened.difference(&self.consumer.seen()).count(), self.consumer.twice())
    }

    /// What happened to its cases, by their own account: each event made one version.
    async fn happened(&self) -> Result<BTreeSet<Happened>, Trouble> {
        let of = |case: Case| (1..=case.version).map(move |version| (case.id.clone(), version));
        Ok(self.cases().await?.into_iter().flat_map(of).collect())
    }
}
