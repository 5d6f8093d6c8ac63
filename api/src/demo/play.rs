//! One case from 收件 to 办结, step by step, each by whoever takes it in the hall.

use approval::Outcome;
use casework::{Channel, Stage};
use catalog::{DeliveryMethod, ItemKind, MaterialForm};
use intake::{CopyCheck, Presented, ScopeFinding};
use issuance::TrackingState;
use kernel::{Instant, Role};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Player,
    client::{Answer, Client, Request, Trouble},
    hall::Hall,
    people::{Acquaintances, Applicant},
    scan::Scan,
    script::{Filed, HandOver, Part, system_of},
    table::{Row, Table, channel as in_words},
    wire::{Case, Material, PickUpCode, Progress, Receipt},
};
use crate::console::say;

/// A case that is being played.
#[derive(Debug)]
pub struct Play<'a> {
    client: &'a Client,
    table: &'a Table,
    part: Part<'a>,
    hall: &'a Hall,
    /// The step that is being taken, for the line that says how it went.
    step: String,
    player: Option<Player>,
    at: Option<Instant>,
    case: Option<(Case, String)>,
}

type Done = Result<(), Trouble>;

impl<'a> Play<'a> {
    pub fn new(client: &'a Client, hall: &'a Hall, table: &'a Table, part: Part<'a>) -> Self {
        Self { client, table, part, hall, step: String::new(), player: None, at: None, case: None }
    }

    /// Takes the case to its end, printing each step. What went wrong comes back as the line to print.
    pub async fn perform(mut self, acquaintances: &mut Acquaintances) -> Result<(), String> {
        let outcome = self.whole(acquaintances).await;
        outcome.map_err(|trouble| self.table.failed(self.row(), &trouble))
    }

    async fn whole(&mut self, acquaintances: &mut Acquaintances) -> Done {
        let item = &self.part.item.content;
        let clerk = self.hall.clerk_at(&item.window)?;
        let (filer, applicant) = self.receive(&clerk, acquaintances).await?;
        let query_code = self.look::<Receipt>("收件凭证", &filer, "/receipt").await?.query_code;
        self.hand_in(&filer).await?;
        self.check(&clerk, &filer).await?;
        match item.kind {
            ItemKind::OnTheSpot => self.decide_on_the_spot(&clerk, &filer, &applicant).await?,
            ItemKind::PromisedTime => {
                self.change("受理", &clerk, "/acceptance", None).await?;
                self.choose_another_delivery(&filer, &applicant).await?;
                self.decide().await?;
                let issued = match self.part.variant.outcome {
                    Outcome::Grant => json!({ "result": self.result() }),
                    Outcome::Refuse => json!({}),
                };
                self.change("出件", &clerk, "/result", Some(issued)).await?;
            }
        }
        if self.case()?.stage != Stage::Closed {
            self.deliver(&clerk, &applicant).await?;
            self.change("办结", &clerk, "/closure", None).await?;
        }
        self.confirm(&filer, &query_code).await
    }

    /// Whoever files, and for whom.
    async fn receive(
        &mut self,
        clerk: &Player,
        acquaintances: &mut Acquaintances,
    ) -> Result<(Player, Applicant), Trouble> {
        let audience = self.part.item.content.audience;
        let known = acquaintances.for_whom(audience);
        let (filer, channel, applicant) = match (self.part.variant.filed, known) {
            (Filed::AtTheCounter, _) => (clerk.clone(), Channel::Counter, Applicant::made_up(audience)),
            (Filed::Through(channel), _) => (system_of(channel), channel, Applicant::made_up(audience)),
            (Filed::InPerson, Some((id, known))) => (Player::new(Role::Applicant, id), Channel::Mobile, known.clone()),
            (Filed::InPerson, None) => (system_of(Channel::Mobile), Channel::Mobile, Applicant::made_up(audience)),
        };
        let mut application = json!({
            "item": self.part.item.item,
            "channel": channel,
            "contact": applicant.as_contact(),
            "delivery": choice(self.part.offered(self.part.variant.delivery), &applicant),
        });
        if filer.role != Role::Applicant {
            application["applicant"] = applicant.as_applicant();
        }
        if filer.role == Role::Adapter {
            application["external_number"] = json!(format!("DEMO-{}", Uuid::now_v7().simple()));
        }
        self.begin(&format!("收件（{}）", in_words(channel)), Some(&filer));
        let request = Request::post("/v1/cases").by(&filer).json(&application);
        let answer = self.client.send(request).await?;
        self.go_on_with(answer)?;
        self.report();
        acquaintances.remember(&self.case()?.applicant.id, &applicant);
        Ok((filer, applicant))
    }

    /// Scans at the counter, files online; what is accepted on paper only is brought along.
    async fn hand_in(&mut self, filer: &Player) -> Done {
        let mut files = 0;
        for material in self.materials() {
            if is_online(filer) && !material.electronic_accepted {
                continue;
            }
            self.begin(&format!("上传 {}", material.name), Some(filer));
            let scan = Scan::of(material.form, &format!("{} {}", self.case()?.number, material.code));
            let path = format!("/materials/{}/files", material.code);
            self.write(filer, |at| Request::post(format!("{at}{path}")).file(scan.media_type, scan.bytes)).await?;
            files += 1;
        }
        if files > 0 {
            self.step = format!("上传材料{files}份");
            self.report();
        }
        Ok(())
    }

    async fn check(&mut self, clerk: &Player, filer: &Player) -> Done {
        let within = json!({ "finding": ScopeFinding::Within });
        self.change("核验受理范围", clerk, "/scope-check", Some(within)).await?;
        let materials = self.materials();
        for material in &materials {
            self.begin(&format!("核验 {}", material.name), Some(clerk));
            let finding = finding(material, is_online(filer));
            let path = format!("/materials/{}/check", material.code);
            self.write(clerk, |at| Request::put(format!("{at}{path}")).json(&finding)).await?;
        }
        self.step = format!("核验材料{}份", materials.len());
        self.report();
        Ok(())
    }

    async fn decide_on_the_spot(&mut self, clerk: &Player, filer: &Player, applicant: &Applicant) -> Done {
        let waits = !is_online(filer) && self.case()?.delivery.method == DeliveryMethod::PickUp;
        let mut sitting = json!({ "reasons": "材料齐全，符合法定形式，当场办结。", "result": self.result() });
        if waits {
            sitting["handed_to"] = applicant.proof();
        }
        let step = if waits { "即办并当场领取" } else { "即办" };
        self.change(step, clerk, "/on-the-spot", Some(sitting)).await
    }

    async fn choose_another_delivery(&mut self, filer: &Player, applicant: &Applicant) -> Done {
        let wanted = self.part.variant.delivery_after_all.map(|wanted| self.part.offered(wanted));
        let Some(method) = wanted.filter(|method| self.case().is_ok_and(|case| case.delivery.method != *method)) else {
            return Ok(());
        };
        self.begin(&format!("改为{}", method.label()), Some(filer));
        let choice = choice(method, applicant);
        self.write(filer, |at| Request::put(format!("{at}/delivery")).json(&choice)).await?;
        self.report();
        Ok(())
    }

    async fn decide(&mut self) -> Done {
        let department = &self.part.item.content.department;
        let (reviewers, approver) = (self.hall.reviewers_of(department)?, self.hall.approver_of(department)?);
        let mut holder = &reviewers[0];
        if self.part.variant.assigned_by == Role::Approver {
            self.change("分派", &approver, "/assignment", Some(json!({ "to": holder.code }))).await?;
        } else {
            self.change("领取待办", holder, "/assignment", Some(json!({}))).await?;
        }
        if let (Some(other), true) = (reviewers.get(1), self.part.variant.hand_over != HandOver::None) {
            self.hand_over(holder, other).await?;
            holder = other;
        }
        let outcome = self.part.variant.outcome;
        let (opinion, mut decision) = match outcome {
            Outcome::Grant => {
                ("申请材料真实有效，符合规定条件，建议准予。", json!({ "reasons": "经审查，符合规定条件。" }))
            }
            Outcome::Refuse => (
                "经现场核实，不符合规定条件，建议不予。",
                json!({ "reasons": "经审查，不符合规定条件。", "legal_basis": "《中华人民共和国行政许可法》第三十八条第二款" }),
            ),
        };
        decision["outcome"] = json!(outcome);
        let review = json!({ "recommends": outcome, "opinion": opinion });
        self.change("审核", holder, "/review", Some(review)).await?;
        let step = if outcome == Outcome::Grant { "准予决定" } else { "不予决定" };
        self.change(step, &approver, "/decision", Some(decision)).await
    }

    async fn hand_over(&mut self, from: &Player, to: &Player) -> Done {
        let offer = |reason| Some(json!({ "to": to.code, "reason": reason }));
        self.change("提出移交", from, "/hand-over", offer("承办人外出踏勘")).await?;
        if self.part.variant.hand_over == HandOver::DeclinedFirst {
            let declined = json!({ "reason": "请补充移交说明" });
            self.change("退回移交", to, "/hand-over/refusal", Some(declined)).await?;
            self.change("提出移交", from, "/hand-over", offer("承办人外出踏勘，材料已核完")).await?;
        }
        self.change("接受移交", to, "/hand-over/acceptance", None).await
    }

    async fn deliver(&mut self, clerk: &Player, applicant: &Applicant) -> Done {
        match self.case()?.delivery.method {
            DeliveryMethod::PickUp => {
                let holder = Player::new(Role::Applicant, &self.case()?.applicant.id);
                let code = self.look::<PickUpCode>("查看领取码", &holder, "/pick-up-code").await?.code;
                let collected = json!({ "code": code, "identity": applicant.proof() });
                self.change("窗口领取", clerk, "/pick-up", Some(collected)).await
            }
            DeliveryMethod::Courier => self.send(clerk).await,
            DeliveryMethod::Electronic => {
                let receipt = json!({ "receipt": "已推送至申请人的浙里办账户（演示）" });
                self.change("电子送达", clerk, "/electronic-delivery", Some(receipt)).await
            }
        }
    }

    /// Each of the server's workers renews its `Date` now and then, so that a later answer may say an earlier second.
    fn passed(&mut self, at: Instant) {
        self.at = self.at.max(Some(at));
    }

    /// The window sends the parcel, and enters what the carrier reports of it.
    async fn send(&mut self, clerk: &Player) -> Done {
        for states in self.part.variant.parcels {
            let waybill = format!("DEMO{:010}", rand::random_range(0..10_000_000_000_u64));
            let parcel = json!({ "carrier": "中国邮政速递物流", "waybill": waybill });
            self.change("寄出", clerk, "/dispatch", Some(parcel)).await?;
            for state in *states {
                let tracked = json!({ "state": state, "at": self.at });
                self.change(&format!("物流 {}", label(*state)), clerk, "/tracking", Some(tracked)).await?;
            }
        }
        Ok(())
    }

    /// Delivered is what the case says to its own people and to the public alike.
    async fn confirm(&mut self, filer: &Player, query_code: &str) -> Done {
        self.begin("查看办件", Some(filer));
        let request = Request::get(format!("/v1/cases/{}", self.case()?.id)).by(filer);
        let answer = self.client.send(request).await?;
        self.go_on_with(answer)?;
        self.must_say_closed(self.case()?.stage)?;
        self.begin("公开查询", None);
        let question = json!({ "number": self.case()?.number, "query_code": query_code });
        let answer = self.client.send::<Progress>(Request::post("/v1/progress").json(&question)).await?;
        self.passed(answer.at);
        self.must_say_closed(answer.value.stage)
    }

    fn must_say_closed(&mut self, stage: Stage) -> Done {
        if stage != Stage::Closed {
            return Err(Trouble::Amiss(format!("状态为「{}」，应为「{}」", stage.label(), Stage::Closed.label())));
        }
        self.step = format!("{}：{}", self.step, stage.label());
        self.report();
        Ok(())
    }

    /// One action on the case, as a step of its own.
    async fn change(&mut self, step: &str, player: &Player, path: &str, body: Option<Value>) -> Done {
        self.begin(step, Some(player));
        self.write(player, |at| {
            let request = Request::post(format!("{at}{path}"));
            match &body {
                Some(body) => request.json(body),
                None => request,
            }
        })
        .await?;
        self.report();
        Ok(())
    }

    /// A write to the case as it was last seen.
    async fn write<'r>(&mut self, player: &'r Player, request: impl FnOnce(&str) -> Request<'r>) -> Done {
        let (case, etag) = self.case.as_ref().ok_or_else(no_case)?;
        let request = request(&format!("/v1/cases/{}", case.id)).by(player);
        let etag = etag.clone();
        let answer = self.client.send(request.seen(&etag)).await?;
        self.go_on_with(answer)
    }

    /// A look at the case or something about it, as a step of its own.
    async fn look<T: DeserializeOwned>(&mut self, step: &str, player: &Player, path: &str) -> Result<T, Trouble> {
        self.begin(step, Some(player));
        let request = Request::get(format!("/v1/cases/{}{path}", self.case()?.id)).by(player);
        let answer = self.client.send(request).await?;
        self.passed(answer.at);
        self.report();
        Ok(answer.value)
    }

    fn go_on_with(&mut self, answer: Answer<Case>) -> Done {
        let etag = answer.etag.ok_or_else(|| Trouble::NotUnderstood("没有 ETag".to_owned()))?;
        self.passed(answer.at);
        self.case = Some((answer.value, etag));
        Ok(())
    }

    fn case(&self) -> Result<&Case, Trouble> {
        self.case.as_ref().map(|(case, _)| case).ok_or_else(no_case)
    }

    /// Those that are handed in.
    fn materials(&self) -> Vec<&'a Material> {
        let Part { item, variant } = self.part;
        item.content.materials.iter().filter(|material| material.required || variant.hands_in_optional).collect()
    }

    /// The result, valid from today for as long as the guide says.
    fn result(&self) -> Value {
        json!({ "title": self.part.item.content.result_name, "valid_from": self.at.map(Instant::day) })
    }

    fn begin(&mut self, step: &str, player: Option<&Player>) {
        self.step = step.to_owned();
        self.player = player.cloned();
    }

    fn report(&self) {
        let due = self.case.as_ref().and_then(|(case, _)| case.due());
        say(self.table.done(self.row(), due));
    }

    fn row(&self) -> Row<'_> {
        Row {
            number: self.case.as_ref().map_or("—", |(case, _)| &case.number),
            item: &self.part.item.content.name,
            step: &self.step,
            player: self.player.as_ref(),
            at: self.at,
        }
    }
}

fn no_case() -> Trouble {
    Trouble::Amiss("尚未收件".to_owned())
}

fn is_online(filer: &Player) -> bool {
    filer.role != Role::Clerk
}

/// `delivery` of an application.
pub fn choice(method: DeliveryMethod, applicant: &Applicant) -> Value {
    match method {
        DeliveryMethod::Courier => json!({ "method": method, "recipient": applicant.as_recipient() }),
        _ => json!({ "method": method }),
    }
}

/// Everything in order: files as they are where they will do, copies compared with the original (clause B2-3).
pub fn finding(material: &Material, is_online: bool) -> Value {
    let presented = match material.form {
        _ if is_online && material.electronic_accepted => Presented::Electronic,
        MaterialForm::Original | MaterialForm::Either => Presented::Original,
        MaterialForm::Copy | MaterialForm::OriginalAndCopy => Presented::Copy,
    };
    let copy_check = (presented == Presented::Copy).then_some(CopyCheck::Matches);
    json!({ "present": true, "complete": true, "legal_form": true, "presented": presented, "copy_check": copy_check })
}

fn label(state: TrackingState) -> &'static str {
    match state {
        TrackingState::Collected => "已揽收",
        TrackingState::InTransit => "运输中",
        TrackingState::OutForDelivery => "派送中",
        TrackingState::Signed => "已签收",
        TrackingState::Returned => "已退回",
        TrackingState::Lost => "已丢失",
    }
}
