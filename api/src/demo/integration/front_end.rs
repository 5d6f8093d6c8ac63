//! 第三方前端: it has verified who is in front of it, vouches for that person, and files and reads what that person may, with the
//! token that it gets for it.

use std::time::Duration;

use catalog::MaterialForm;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{
        client::{Answer, Request, Trouble},
        scan::Scan,
        wire::{Page, Progress, Receipt},
    },
    Case,
    staff::Staff,
    system::System,
    tell,
};

/// How many looks it takes at the most until a decision is there, a minute of the sandbox apart.
const LOOKS: usize = 30;
/// How often it is asked whether a token is still good, and how many times at the most.
const ASK: Duration = Duration::from_millis(250);
const ASKED: usize = 60;

#[derive(Debug)]
pub struct FrontEnd {
    pub system: System,
}

/// An applicant who came, and what they handed in.
#[derive(Debug)]
pub struct Visit {
    voucher: String,
    token: String,
    case: String,
}

#[derive(Debug, Deserialize)]
struct Voucher {
    id: String,
    access_token: String,
}

impl FrontEnd {
    /// 担保、收件、交材料, as an applicant whose applications are refused (`docs/sandbox.md`).
    pub async fn serves(&self) -> Result<Visit, Trouble> {
        let real_name = json!({
            "applicant": {
                "name": "演练申请人", "document_kind": "resident_id", "document_number": "990000199001040048",
                "phone": "15400000001",
            },
            "identity_assurance": "real_name",
        });
        let Voucher { id: voucher, access_token: token } = self.system.post("/v1/vouchers", &real_name).await?;
        tell(&self.system.who(), "代申请人办理", "担保一名实名申请人，取得以其身份办理的令牌");
        let application =
            json!({ "item": "law-legal-aid", "channel": "mobile", "delivery": { "method": "electronic" } });
        let filed: Answer<Case> = self.send(Request::post("/v1/cases").bearing(&token).json(&application)).await?;
        let (case, etag) = (filed.value, filed.etag.unwrap_or_default());
        let scan = Scan::of(MaterialForm::Original, "front end");
        let path = format!("/v1/cases/{}/materials/application/files", case.id);
        let attached = Request::post(path).bearing(&token).seen(&etag).file(scan.media_type, scan.bytes);
        self.send::<Value>(attached).await?;
        tell(&self.system.who(), "申请人收件", &format!("{}，附材料一份", case.number));
        Ok(Visit { voucher, token, case: case.id })
    }

    /// The applicant sees what is theirs and nothing else, by number and query code as well.
    pub async fn shows(&self, visit: &Visit, of_others: &[Case]) -> Result<(), Trouble> {
        let Visit { token, case, .. } = visit;
        let list: Page<Case> = self.get(token, "/v1/cases").await?;
        if list.data.iter().map(|it| &it.id).ne([case]) {
            return Err(Trouble::Amiss(format!("申请人的列表应只有一件，而有{}件", list.data.len())));
        }
        for other in of_others {
            match self.get::<Value>(token, &format!("/v1/cases/{}", other.id)).await {
                Err(hidden) if hidden.is(StatusCode::NOT_FOUND) => {}
                Err(trouble) => return Err(trouble),
                Ok(_) => return Err(Trouble::Amiss("申请人看到了他人的办件".to_owned())),
            }
        }
        let receipt: Receipt = self.get(token, &format!("/v1/cases/{case}/receipt")).await?;
        let number = list.data.into_iter().map(|it| it.number).next().unwrap_or_default();
        let question = json!({ "number": number, "query_code": receipt.query_code });
        let progress: Answer<Progress> = self.send(Request::post("/v1/progress").json(&question)).await?;
        let what = format!("只见本人1件，他人{}件不可见；凭码查询：{}", of_others.len(), progress.value.stage.label());
        tell(&self.system.who(), "申请人查询", &what);
        Ok(())
    }

    /// 决定: what the department has decided, as the applicant reads it.
    pub async fn reads_the_decision(&self, visit: &Visit, staff: &Staff) -> Result<(), Trouble> {
        for _ in 0..LOOKS {
            let case: Value = self.get(&visit.token, &format!("/v1/cases/{}", visit.case)).await?;
            if case["ended_at"].is_string() {
                let stage = case["stage_label"].as_str().unwrap_or_default();
                let outcome = case["decision"]["outcome"].as_str().unwrap_or_default();
                tell(&self.system.who(), "申请人查看结果", &format!("{stage}，决定 {outcome}"));
                return match outcome {
                    "refuse" => Ok(()),
                    other => Err(Trouble::Amiss(format!("演练申请人应得到不予决定，而是 {other:?}"))),
                };
            }
            staff.lets_pass(chrono::Duration::minutes(1)).await?;
        }
        Err(Trouble::Amiss("申请人的办件迟迟没有办结".to_owned()))
    }

    /// 终止代办: the token is no longer good, within seconds.
    pub async fn gives_back(&self, visit: &Visit) -> Result<(), Trouble> {
        self.system.send::<Value>(Request::delete(format!("/v1/vouchers/{}", visit.voucher))).await?;
        for _ in 0..ASKED {
            match self.get::<Value>(&visit.token, "/v1/cases").await {
                Err(gone) if gone.is_distrust() => {
                    tell(&self.system.who(), "终止代办凭据", "以申请人身份办理的令牌随即失效");
                    return Ok(());
                }
                Err(trouble) => return Err(trouble),
                Ok(_) => tokio::time::sleep(ASK).await,
            }
        }
        Err(Trouble::Amiss("代办凭据已终止，令牌仍然有效".to_owned()))
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, token: &str, path: &str) -> Result<T, Trouble> {
        Ok(self.send(Request::get(path).bearing(token)).await?.value)
    }

    /// Not with its own token, but with that of the request.
    async fn send<T: serde::de::DeserializeOwned>(&self, request: Request<'_>) -> Result<Answer<T>, Trouble> {
        self.system.client().send(request).await
    }
}
