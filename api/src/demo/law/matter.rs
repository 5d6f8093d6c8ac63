//! A case in the law's hands, and the steps that every case takes, each by whoever takes it in the hall.

use approval::Outcome;
use casework::Channel;
use catalog::DeliveryMethod;
use chrono::NaiveDate;
use intake::ScopeFinding;
use kernel::{Role, ledger::LimitKind};
use serde_json::{Value, json};

use super::{
    super::{
        Player,
        client::{Answer, Request, Trouble},
        people::Applicant,
        play::{choice, finding},
        scan::Scan,
        wire::{Item, Material},
    },
    rehearsal::Rehearsal,
    wire::{Case, Explained, Explanation},
};

/// A case that a rule is shown on, as last seen.
#[derive(Debug)]
pub struct Matter {
    pub item: Item,
    pub applicant: Applicant,
    pub case: Case,
    etag: String,
    seen_on: NaiveDate,
}

/// What the window finds wrong with a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// 未提交
    Missing,
    /// 不齐全
    Incomplete,
}

type Done = Result<(), Trouble>;

impl Matter {
    /// 收件 at the counter, for somebody who was never here before.
    pub async fn received(on: &Rehearsal<'_>, item: &str) -> Result<Self, Trouble> {
        let applicant = Applicant::made_up(on.hall.item(item)?.content.audience);
        Self::received_from(on, item, &applicant).await
    }

    pub async fn received_from(on: &Rehearsal<'_>, item: &str, applicant: &Applicant) -> Result<Self, Trouble> {
        let item = on.hall.item(item)?.clone();
        let clerk = on.hall.clerk_at(&item.content.window)?;
        let application = json!({
            "item": item.item,
            "channel": Channel::Counter,
            "applicant": applicant.as_applicant(),
            "contact": applicant.as_contact(),
            "delivery": choice(DeliveryMethod::Electronic, applicant),
        });
        let answer = on.client.send(Request::post("/v1/cases").by(&clerk).json(&application)).await?;
        let (case, etag) = tagged(answer)?;
        Ok(Self { item, applicant: applicant.clone(), case, etag, seen_on: on.today() })
    }

    /// Received, checked and accepted, all in one morning.
    pub async fn accepted(on: &Rehearsal<'_>, item: &str) -> Result<Self, Trouble> {
        let mut matter = Self::checked(on, item, &[]).await?;
        matter.accept(on).await?;
        Ok(matter)
    }

    /// Received, and checked by the window with these findings.
    pub async fn checked(on: &Rehearsal<'_>, item: &str, flaws: &[(&str, Flaw)]) -> Result<Self, Trouble> {
        let mut matter = Self::received(on, item).await?;
        matter.hand_in_but(on, flaws).await?;
        matter.find(on, flaws).await?;
        Ok(matter)
    }

    /// Scans every required material but those that are missing.
    pub async fn hand_in_but(&mut self, on: &Rehearsal<'_>, flaws: &[(&str, Flaw)]) -> Done {
        for material in self.required() {
            if flaw_of(&material, flaws) != Some(Flaw::Missing) {
                self.attach(on, &material.code).await?;
            }
        }
        Ok(())
    }

    pub async fn attach(&mut self, on: &Rehearsal<'_>, material: &str) -> Done {
        let clerk = self.clerk(on)?;
        let form = self.material(material)?.form;
        let scan = Scan::of(form, &format!("{} {material}", self.case.number));
        let request = Request::post(self.at(&format!("/materials/{material}/files")));
        self.send(on, request.by(&clerk).file(scan.media_type, scan.bytes)).await
    }

    /// 核验: the scope, and every required material.
    pub async fn find(&mut self, on: &Rehearsal<'_>, flaws: &[(&str, Flaw)]) -> Done {
        let clerk = self.clerk(on)?;
        self.act(on, &clerk, "/scope-check", json!({ "finding": ScopeFinding::Within })).await?;
        for material in self.required() {
            self.find_one(on, &material.code, flaw_of(&material, flaws)).await?;
        }
        Ok(())
    }

    pub async fn find_one(&mut self, on: &Rehearsal<'_>, material: &str, flaw: Option<Flaw>) -> Done {
        let clerk = self.clerk(on)?;
        let found = match flaw {
            None => finding(&self.material(material)?, false),
            Some(Flaw::Missing) => {
                json!({ "present": false, "complete": false, "legal_form": false, "note": "未提交，请补交" })
            }
            Some(Flaw::Incomplete) => {
                let mut found = finding(&self.material(material)?, false);
                found["complete"] = json!(false);
                found["note"] = json!("缺页，请补齐");
                found
            }
        };
        let request = Request::put(self.at(&format!("/materials/{material}/check"))).by(&clerk).json(&found);
        self.send(on, request).await
    }

    pub async fn accept(&mut self, on: &Rehearsal<'_>) -> Done {
        let clerk = self.clerk(on)?;
        self.act(on, &clerk, "/acceptance", None).await
    }

    /// 领取 and 审核 by the first reviewer, 决定 by the approver: granted.
    pub async fn grant(&mut self, on: &Rehearsal<'_>) -> Done {
        self.take(on).await?;
        self.conclude(on).await
    }

    pub async fn take(&mut self, on: &Rehearsal<'_>) -> Done {
        let reviewer = self.reviewer(on)?;
        self.act(on, &reviewer, "/assignment", json!({})).await
    }

    pub async fn conclude(&mut self, on: &Rehearsal<'_>) -> Done {
        let (reviewer, approver) = (self.reviewer(on)?, self.approver(on)?);
        let review = json!({ "recommends": Outcome::Grant, "opinion": "符合规定条件，建议准予。" });
        self.act(on, &reviewer, "/review", review).await?;
        let decision = json!({ "outcome": Outcome::Grant, "reasons": "经审查，符合规定条件。" });
        self.act(on, &approver, "/decision", decision).await
    }

    pub async fn issue(&mut self, on: &Rehearsal<'_>) -> Done {
        let clerk = self.clerk(on)?;
        let result = json!({ "result": { "title": self.item.content.result_name, "valid_from": on.today() } });
        self.act(on, &clerk, "/result", result).await
    }

    pub async fn deliver(&mut self, on: &Rehearsal<'_>) -> Done {
        let clerk = self.clerk(on)?;
        let receipt = json!({ "receipt": "已推送至申请人的浙里办账户（演示）" });
        self.act(on, &clerk, "/electronic-delivery", receipt).await
    }

    /// One act on the case as it was last seen.
    pub async fn act(&mut self, on: &Rehearsal<'_>, by: &Player, path: &str, body: impl Into<Option<Value>>) -> Done {
        let request = Request::post(self.at(path)).by(by);
        let request = match body.into() {
            Some(body) => request.json(&body),
            None => request,
        };
        self.send(on, request).await
    }

    /// Looks again, as the window does.
    pub async fn look(&mut self, on: &Rehearsal<'_>) -> Done {
        let clerk = self.clerk(on)?;
        let answer = on.client.send(Request::get(self.at("")).by(&clerk)).await?;
        (self.case, self.etag) = tagged(answer)?;
        self.seen_on = on.today();
        Ok(())
    }

    /// 逐日说明 of one of its limits.
    pub async fn explained(&self, on: &Rehearsal<'_>, kind: LimitKind) -> Result<Explained, Trouble> {
        let clerk = self.clerk(on)?;
        let all = on.client.send::<Explanation>(Request::get(self.at("/deadline")).by(&clerk)).await?.value;
        let found = all.clocks.into_iter().find(|clock| clock.kind == kind);
        found.ok_or_else(|| Trouble::Amiss(format!("没有{}的说明", kind.label())))
    }

    pub fn at(&self, path: &str) -> String {
        format!("/v1/cases/{}{path}", self.case.id)
    }

    pub fn clerk(&self, on: &Rehearsal<'_>) -> Result<Player, Trouble> {
        on.hall.clerk_at(&self.item.content.window)
    }

    pub fn reviewer(&self, on: &Rehearsal<'_>) -> Result<Player, Trouble> {
        Ok(on.hall.reviewers_of(&self.item.content.department)?.swap_remove(0))
    }

    pub fn approver(&self, on: &Rehearsal<'_>) -> Result<Player, Trouble> {
        on.hall.approver_of(&self.item.content.department)
    }

    /// 行政机关负责人 of the department that handles it.
    pub fn head(&self, on: &Rehearsal<'_>) -> Result<Player, Trouble> {
        on.hall.head_of(&self.item.content.department)
    }

    /// Time alone leaves its traces on a case, reminders for one, so that a new day begins with a look.
    async fn send(&mut self, on: &Rehearsal<'_>, request: Request<'_>) -> Done {
        if self.seen_on != on.today() {
            self.look(on).await?;
        }
        let etag = self.etag.clone();
        (self.case, self.etag) = tagged(on.client.send(request.seen(&etag)).await?)?;
        Ok(())
    }

    fn required(&self) -> Vec<Material> {
        self.item.content.materials.iter().filter(|material| material.required).cloned().collect()
    }

    fn material(&self, code: &str) -> Result<Material, Trouble> {
        let found = self.item.content.materials.iter().find(|material| material.code == code);
        found.cloned().ok_or_else(|| Trouble::Amiss(format!("事项 {} 没有材料 {code}", self.item.item)))
    }
}

/// 本级人民政府负责人
pub fn government_head() -> Player {
    Player::new(Role::GovernmentHead, "government_head")
}

fn flaw_of(material: &Material, flaws: &[(&str, Flaw)]) -> Option<Flaw> {
    flaws.iter().find(|(code, _)| *code == material.code).map(|(_, flaw)| *flaw)
}

fn tagged(answer: Answer<Case>) -> Result<(Case, String), Trouble> {
    let etag = answer.etag.ok_or_else(|| Trouble::NotUnderstood("没有 ETag".to_owned()))?;
    Ok((answer.value, etag))
}
