//! 推送申请: a platform hands an application in under its own number, corrects it, withdraws it and reads everything of it
//! back, each in one call that may be repeated blindly (clause G1). The number is the key: nothing is remembered under
//! the `Idempotency-Key`, so that a refusal whose cause has gone is not repeated for ever.

mod filing;
mod request;

use actix_web::{get, put, web::Data};
use casework::Command;
use kernel::{Action, CaseId, ExternalNo, StaffCode, access::may};
use persistence::{Connection, Shard, StoreError, Tx, cases, code_maps, pushes::Act};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use self::{
    filing::{Filing, Later, filed_before, shown},
    request::{CorrectionPush, PushedApplicationRequest},
};
pub(super) use self::{
    filing::{attachments, carry_out},
    request::PushedMaterial,
};
use super::{intake::WithdrawalRequest, receipt::Application};
use crate::{
    auth::Caller,
    desk::{Desk, visible},
    edge::{IdempotencyKey, PathId, PushedBody},
    problem::{Answer, Error},
    reply::Reply,
    views::application::PushedApplicationView,
};

/// Nobody corrects one application more often.
const MOST_CORRECTIONS: u32 = 1000;

/// Whose application, and under which number.
#[derive(Clone, Debug)]
struct Push {
    client: StaffCode,
    number: ExternalNo,
}

impl Push {
    /// # Errors
    /// `not_found` for what is no number; `scope_not_allowed` for a system that may not read what it gets back.
    fn of(caller: &Caller, number: &str) -> Answer<Self> {
        may(caller, Action::ReadApplications)?;
        let client = caller.client().cloned().ok_or_else(Error::not_found)?;
        Ok(Self { client, number: number.parse().map_err(|_| Error::not_found())? })
    }

    fn case(&self, connection: &mut Connection, caller: &Caller) -> Answer<Option<CaseId>> {
        let found = cases::by_external_number(connection, caller.centre, &self.client, self.number.as_str());
        Ok(found.map_err(StoreError::from)?)
    }

    /// Retries of one application follow one another.
    fn shard(&self) -> Shard {
        Shard::of(&self.number)
    }
}

/// 外部编号 in the path.
struct NumberInPath;

impl IntoParams for NumberInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(ExternalNo::MAX))
            .pattern(Some("^[A-Za-z0-9][A-Za-z0-9._-]*$"));
        let parameter = ParameterBuilder::new()
            .name("external_no")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("外部编号：对接系统自己的编号，在该系统内唯一"))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "put_application", summary = "推送申请",
    description = "一次调用完成收件：申请人、事项（本系统代码、对方代码、实施编码或基本编码）、送达方式和已上传的材料。\
                   外部编号即幂等键：首次 201，此后无论重试多少次都是 200 和同一办件的最新情况；同一编号内容不同的为 409 \
                   `application_differs`，内容按 JSON 的值比较，不论成员次序和空白，也不论代码对照此后如何变动。\
                   被拒的推送不留痕迹，改正后用原编号再推。\
                   Clauses B1-2, G1, promise P2.",
    params(NumberInPath, IdempotencyKey), request_body = PushedApplicationRequest,
    responses(
        (status = 201, body = PushedApplicationView, description = "收件成功", headers(("ETag" = String), ("Location" = String))),
        (status = 200, body = PushedApplicationView, description = "已经收件，此为最新情况", headers(("ETag" = String))),
    )
)]
#[put("/v1/applications/{external_no}")]
pub async fn put(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    _key: IdempotencyKey,
    body: PushedBody<PushedApplicationRequest>,
) -> Answer<Reply> {
    may(&caller, Action::PushApplication)?;
    let push = Push::of(&caller, &number.0)?;
    let PushedBody { value, digest } = body;
    let (at, by, of) = (desk.clone(), caller.clone(), push.clone());
    // A retry is known by what it says, before today's code maps are asked what that means.
    let looking = desk.store.read(move |connection| {
        let before = filed_before(&at, connection, &by, &of, &digest)?;
        let codes = code_maps::of_holder(connection, by.centre, &of.client).map_err(StoreError::from)?;
        Ok::<_, Error>((before, codes))
    });
    let (before, codes) = looking.await?;
    if let Some(reply) = before {
        return Ok(reply);
    }
    let now = desk.now(caller.centre);
    let (item, form, materials) = value.translated(&codes, &push.number)?;
    let application = Application::checked(form, &caller, &desk, now)?;
    let shard = push.shard();
    let filing = Filing { id: CaseId::fresh(now), push, digest, item, application, materials };
    let by = caller.clone();
    desk.once(caller, shard, None, move |desk, tx, now| filing.file(desk, tx, &by, now)).await
}

#[utoipa::path(
    tag = "对接", operation_id = "read_application", summary = "查看推送的申请",
    description = "收件、受理、补正、特别程序、办理过程、决定、结果、送达、评价，一次读全；状态等带对方代码（有代码对照的）。Clause G1.",
    params(NumberInPath),
    responses((status = 200, body = PushedApplicationView, description = "推送的申请", headers(("ETag" = String))))
)]
#[get("/v1/applications/{external_no}")]
pub async fn read(desk: Data<Desk>, caller: Caller, number: PathId<String>) -> Answer<Reply> {
    let push = Push::of(&caller, &number.0)?;
    let at = desk.clone();
    desk.store
        .read(move |connection| {
            let id = push.case(connection, &caller)?.ok_or_else(Error::not_found)?;
            let loaded = visible(connection, &caller, id)?;
            shown(&at, connection, &caller, &push, &loaded, 200)
        })
        .await
}

#[utoipa::path(
    tag = "对接", operation_id = "put_application_correction", summary = "推送补正材料",
    description = "材料先上传，再在此列明。待补正的，即为提交补正；其他时候补交材料。序号由对接系统自编，同一序号的重试只生效一次，\
                   内容不同的为 409 `application_differs`。Clauses B2-4, G1, rule L7.",
    params(
        NumberInPath, ("number" = u32, Path, description = "补正序号", minimum = 1, maximum = 1000), IdempotencyKey
    ),
    request_body = CorrectionPush,
    responses(
        (status = 201, body = PushedApplicationView, description = "已提交", headers(("ETag" = String))),
        (status = 200, body = PushedApplicationView, description = "此前已提交", headers(("ETag" = String))),
    )
)]
#[put("/v1/applications/{external_no}/corrections/{number}")]
pub async fn correct(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(String, u32)>,
    _key: IdempotencyKey,
    body: PushedBody<CorrectionPush>,
) -> Answer<Reply> {
    may(&caller, Action::PushApplication)?;
    let (number, correction) = path.0;
    if !(1..=MOST_CORRECTIONS).contains(&correction) {
        return Err(Error::not_found());
    }
    let push = Push::of(&caller, &number)?;
    let PushedBody { value, digest } = body;
    let shard = push.shard();
    let later = Later { push, act: Act::Correction, number: correction, digest, action: Action::AttachFile };
    let by = caller.clone();
    let correct = move |desk: &Desk, tx: &mut Tx<'_>, now| {
        later.change(desk, tx, &by, now, |tx, matter| value.commands(tx, &later.push, matter, &by))
    };
    desk.once(caller, shard, None, correct).await
}

#[utoipa::path(
    tag = "对接", operation_id = "put_application_withdrawal", summary = "推送撤回",
    description = "决定作出前撤回；重试只生效一次。Clause G1.",
    params(NumberInPath, IdempotencyKey), request_body = WithdrawalRequest,
    responses(
        (status = 201, body = PushedApplicationView, description = "已撤回", headers(("ETag" = String))),
        (status = 200, body = PushedApplicationView, description = "此前已撤回", headers(("ETag" = String))),
    )
)]
#[put("/v1/applications/{external_no}/withdrawal")]
pub async fn withdraw(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    _key: IdempotencyKey,
    body: PushedBody<WithdrawalRequest>,
) -> Answer<Reply> {
    may(&caller, Action::PushApplication)?;
    let push = Push::of(&caller, &number.0)?;
    let PushedBody { value, digest } = body;
    let shard = push.shard();
    let later = Later { push, act: Act::Withdrawal, number: 0, digest, action: Action::Withdraw };
    let by = caller.clone();
    let withdraw = move |desk: &Desk, tx: &mut Tx<'_>, now| {
        later.change(desk, tx, &by, now, |_, _| Ok(vec![Command::Withdraw { reason: value.reason.clone() }]))
    };
    desk.once(caller, shard, None, withdraw).await
}
