//! 套餐申请 once it is there: how it goes as a whole, what is handed in once, what is taken back.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{
    HttpRequest, get,
    http::header::{CONTENT_TYPE, IF_NONE_MATCH},
    post,
    web::{Data, Payload},
};
use intake::AttachedFile;
use kernel::{
    Action, Context, FileId, Instant, ItemCode, MaterialCode, Text,
    access::{Sight, may},
    id::PackageApplicationId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    packages::{self, applications},
    record,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::must_be_some_items;
use crate::{
    auth::{Caller, SignedDigest},
    blob::{FileKey, MediaType},
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Query, etag},
    packages::{Bundle, Withdrawal},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error, Kind},
    reply::Reply,
    routes::files::FileBytes,
    schema,
    views::{
        Page,
        package_application::{PackageApplicationLine, PackageApplicationView},
    },
};

#[utoipa::path(
    tag = "套餐", operation_id = "list_package_applications", summary = "套餐申请列表",
    description = "只列出其中有办件为调用者可见的，最新收件在前。Clause C1-1.",
    params(PageQuery),
    responses((status = 200, body = Page<PackageApplicationLine>, description = "一页套餐申请"))
)]
#[get("/v1/package-applications")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadCase)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/package-applications", caller.scope(), &(), limit)?;
    let before: Option<PackageApplicationId> = paging.place(cursor.as_deref())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let (centre, rows) = (caller.centre, paging.rows());
            let found = match caller.sight() {
                Sight::Applicant(party) => applications::of_applicant(connection, centre, party, before, rows),
                Sight::Client(client) => applications::of_client(connection, centre, &client, before, rows),
                sight => applications::in_sight(connection, centre, &sight, before, rows),
            };
            let mut bundles = Vec::new();
            for stored in found.map_err(StoreError::from)? {
                bundles.push(Bundle::of(&at, connection, stored.application)?);
            }
            paging.page(bundles, |last| last.application.id, |bundle| PackageApplicationLine::from(&bundle))
        })
        .await
}

#[utoipa::path(
    tag = "套餐", operation_id = "read_package_application", summary = "查看套餐申请",
    description = "整体进度、各事项的办件和结果、统一的时限：已起算的到期日、等待中的预计日期和关键路径。\
                   看得到其中任何一件的，看得到整体。Clause C1-1, rules L10, L12.",
    params(
        ("application" = String, Path, format = Uuid, description = "套餐申请标识"),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = PackageApplicationView, description = "套餐申请", headers(("ETag" = String))),
        (status = 304, description = "没有变化；期限逐日变化，版本形成的次日起总给出全文")
    )
)]
#[get("/v1/package-applications/{application}")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    application: PathId<PackageApplicationId>,
    request: HttpRequest,
) -> Answer<Reply> {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let bundle = Bundle::visible(&at, connection, &caller, application.0)?;
            may(&caller, Action::ReadCase)?;
            let (version, today) = (bundle.version(), at.now(caller.centre).day());
            // The limits move from day to day, the tag does not.
            if known.is_some_and(|known| known == etag(version))
                && record::is_of_day(connection, caller.centre, &bundle.streams(), today).map_err(StoreError::from)?
            {
                return Ok(Reply::not_modified(version));
            }
            shown(&at, connection, &bundle)
        })
        .await
}

/// The application as it is now, with its tag.
fn shown(desk: &Desk, connection: &mut Connection, bundle: &Bundle) -> Answer<Reply> {
    let application = &bundle.application;
    let package = packages::get(connection, application.centre, &application.package).map_err(StoreError::from)?;
    let package = package.ok_or_else(|| Error::internal("an application for no package"))?;
    let calendar = desk.calendar(connection, application.centre)?;
    let today = desk.now(application.centre).day();
    let view = PackageApplicationView::of(bundle, &package, &calendar, &desk.practice, today);
    Ok(Reply::json(200, &view)?.tagged(view.version))
}

/// A write to a package application as it arrives.
#[derive(Clone, Debug)]
struct OnApplication {
    caller: Caller,
    id: PackageApplicationId,
    seen: IfMatch,
    action: Action,
}

impl OnApplication {
    /// Loads it, lets what fell due happen, lets it be changed and shows it as it is then.
    fn change(
        &self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        now: Instant,
        change: impl FnOnce(Bundle, &mut Tx<'_>, &Context<'_>) -> Answer<()>,
    ) -> Answer<Reply> {
        let bundle = Bundle::visible(desk, tx.read(), &self.caller, self.id)?;
        may(&self.caller, self.action)?;
        self.seen.check(bundle.version())?;
        let bundle = bundle.after_what_fell_due(desk, tx, now)?;
        let calendar = desk.calendar(tx.read(), self.caller.centre)?;
        let ctx = desk.context(&self.caller, &calendar, now);
        change(bundle, tx, &ctx)?;
        let bundle = Bundle::visible(desk, tx.read(), &self.caller, self.id)?;
        shown(desk, tx.read(), &bundle)
    }
}

#[utoipa::path(
    tag = "套餐", operation_id = "attach_shared_file", summary = "上传共用材料",
    description = "共用材料只交一次：文件只存一份，列入用到它的每个办件。请求体即文件本身。Clauses B2-2, C1-1.",
    params(
        ("application" = String, Path, format = Uuid, description = "套餐申请标识"),
        ("code" = String, Path, description = "共用材料代码", max_length = 40), IfMatch, IdempotencyKey
    ),
    request_body(content(
        (FileBytes = "application/pdf"), (FileBytes = "image/jpeg"), (FileBytes = "image/png"), (FileBytes = "application/ofd"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    )),
    responses((status = 200, body = PackageApplicationView, description = "套餐申请的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/package-applications/{application}/shared-materials/{code}/files")]
pub async fn attach(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(PackageApplicationId, String)>,
    seen: IfMatch,
    key: IdempotencyKey,
    request: HttpRequest,
    payload: Payload,
) -> Answer<Reply> {
    let (id, code) = path.0;
    let code: MaterialCode = code.parse().map_err(|_| Error::not_found())?;
    let declared = request.headers().get(CONTENT_TYPE).and_then(|of| of.to_str().ok()).unwrap_or_default();
    let declared: MediaType =
        declared.parse().map_err(|_| Error::of(Kind::UnsupportedMediaType, MediaType::ALLOWED))?;
    let (by, on) = (caller.clone(), OnApplication { caller, id, seen, action: Action::AttachFile });
    must_be_welcome(&desk, &on, &code).await?;
    let file = FileId::fresh(desk.now(by.centre));
    let blob = FileKey::new(on.caller.centre, file);
    let stored = desk.files.put(blob.clone(), declared, payload).await?;
    if let Err(error) = SignedDigest::check(&request, &stored.sha256) {
        desk.files.forget(&blob).await?;
        return Err(error);
    }
    let stamp = key.stamp(Some(stored.sha256));
    let file = AttachedFile {
        id: file,
        digest: stored.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        media_type: stored.media.to_string(),
        bytes: stored.size,
        at: desk.now(by.centre),
        from_case: None,
        at_window: false,
    };
    let attach = move |desk: &Desk, tx: &mut Tx<'_>, now| {
        on.change(desk, tx, now, |bundle, tx, ctx| {
            let file = AttachedFile { at: now, ..file.clone() };
            bundle.attach(desk, tx, (&on.caller, &code), &file, ctx)
        })
    };
    let attached = desk.once(by, Shard::of(&id), stamp, attach).await;
    desk.forget_unnamed(&blob, &attached, Reply::is_first).await?;
    attached
}

/// Whatever would refuse the file once it is here, asked before it is taken in.
async fn must_be_welcome(desk: &Data<Desk>, on: &OnApplication, code: &MaterialCode) -> Answer<()> {
    let (at, on, code) = (Arc::clone(desk), on.clone(), code.clone());
    may(&on.caller, on.action)?;
    desk.store
        .read(move |connection| {
            let bundle = Bundle::visible(&at, connection, &on.caller, on.id)?;
            bundle.must_welcome(&on.caller, &code)
        })
        .await
}

/// 部分撤回
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageWithdrawalRequest {
    /// 撤回的事项
    #[schema(schema_with = schema::some_codes::<64>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    items: BTreeSet<ItemCode>,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
    /// 一并撤回以其为前置的事项; refused otherwise where there are any.
    #[serde(default)]
    with_dependents: bool,
}

#[utoipa::path(
    tag = "套餐", operation_id = "withdraw_from_package", summary = "部分撤回",
    description = "撤回套餐申请中的部分事项，其余照常办理；不得留下以其为前置的事项。Clause C1-1.",
    params(("application" = String, Path, format = Uuid, description = "套餐申请标识"), IfMatch, IdempotencyKey),
    request_body = PackageWithdrawalRequest,
    responses((status = 200, body = PackageApplicationView, description = "套餐申请的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/package-applications/{application}/withdrawal")]
pub async fn withdraw(
    desk: Data<Desk>,
    caller: Caller,
    application: PathId<PackageApplicationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<PackageWithdrawalRequest>,
) -> Answer<Reply> {
    may(&caller, Action::Withdraw)?;
    let Body { value: PackageWithdrawalRequest { items, reason, with_dependents }, digest } = body;
    let mut fields = Fields::new();
    must_be_some_items(&mut fields, &items);
    fields.finish()?;
    let withdrawal = Withdrawal { items, reason, with_dependents };
    let (by, id) = (caller.clone(), application.0);
    let on = OnApplication { caller, id, seen, action: Action::Withdraw };
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        on.change(desk, tx, now, |bundle, tx, ctx| bundle.withdraw(desk, tx, &on.caller, &withdrawal, ctx))
    })
    .await
}
