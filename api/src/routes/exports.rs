//! 数据交换: batches in the shape of the national upload tables, how far each is, its files, and handing one over again
//! (clause B5-7).

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG},
    post,
    web::{Data, Json},
};
use chrono::NaiveDate;
use exchange::{Format, Table};
use kernel::{Action, Refusal, StaffCode, Text, access::may};
use persistence::{
    Connection, Shard, StoreError, Tx,
    exports::{self, Export, Sending, Stored},
};
use serde::{Deserialize, Serialize};
use strum::VariantArray as _;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::files::FileBytes;
use crate::{
    auth::Caller,
    blob::FileKey,
    desk::Desk,
    edge::{Body, IdempotencyKey, PathId, Query},
    exports::{Order, note, order as put_in_order},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    range::{Wanted, wanted},
    reply::Reply,
    schema,
    views::{
        Page,
        export::{Disclosed, ExportView},
    },
};

/// 发起数据交换
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// 接收方代码；对接系统的代码与它相同的，可以自行下载
    #[schema(schema_with = schema::code::<64>)]
    receiver: StaffCode,
    /// 办理日期起，含当日
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 办理日期止，含当日
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    to: NaiveDate,
    /// 缺省为全部五张表
    #[schema(schema_with = tables)]
    #[serde(default = "all_tables", deserialize_with = "crate::bounds::few::<_, _, _, 1, 5>")]
    tables: BTreeSet<Table>,
    #[schema(schema_with = schema::variants::<Format>)]
    #[serde(default)]
    format: Format,
    /// 个人信息脱敏或完整，缺省为脱敏
    #[schema(schema_with = schema::variants::<Disclosed>)]
    #[serde(default)]
    personal: Disclosed,
}

fn all_tables() -> BTreeSet<Table> {
    Table::VARIANTS.iter().copied().collect()
}

fn tables() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    let items = schema::variants::<Table>();
    utoipa::openapi::schema::ArrayBuilder::new().items(items).min_items(Some(1)).max_items(Some(5)).into()
}

#[utoipa::path(
    tag = "数据交换", operation_id = "order_export", summary = "发起数据交换",
    description = "在后台导出期间内有办理动作的办件的现状：接收方没有的行为 I，变化的为 U，不再有的为 D，未变的不再发送。Clause B5-7.",
    params(IdempotencyKey), request_body = ExportRequest,
    responses((status = 202, body = ExportView, description = "已排入，进度见 Location"))
)]
#[post("/v1/exports")]
pub async fn order(desk: Data<Desk>, caller: Caller, key: IdempotencyKey, body: Body<ExportRequest>) -> Answer<Reply> {
    may(&caller, Action::OrderExport)?;
    let Body { value, digest } = body;
    let ExportRequest { receiver, from, to, tables, format, personal } = value;
    if to < from {
        return Err(Error::field("/to", "不能早于起始日期"));
    }
    let unmasked = personal == Disclosed::Full;
    let wanted = Order { receiver, from, to, tables: tables.into_iter().collect(), format, unmasked };
    desk.once(caller.clone(), Shard::of("exports"), key.stamp(Some(digest)), move |_, tx, now| {
        let export = put_in_order(tx, caller.centre, &wanted, &caller.signature(), now)?;
        let at = format!("/v1/exports/{}", export.id);
        Ok(Reply::json(202, &ExportView::of(export, Vec::new()))?.at(at))
    })
    .await
}

/// 批次筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// 接收方
    #[param(schema_with = schema::code::<64>)]
    receiver: Option<StaffCode>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "数据交换", operation_id = "list_exports", summary = "交换批次台账",
    description = "最新的在前；对接系统只见自己为接收方的批次。", params(ExportQuery),
    responses((status = 200, body = Page<ExportView>, description = "一页批次"))
)]
#[get("/v1/exports")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<ExportQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadExports)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/exports", caller.scope(), &query, limit)?;
    let before: Option<Uuid> = paging.place(cursor.as_deref())?;
    let receiver = match (caller.client(), query.receiver) {
        (Some(own), Some(asked)) if *own != asked => return paging.page(Vec::<Export>::new(), |it| it.id, |_| ()),
        (own, asked) => own.cloned().or(asked),
    };
    desk.store
        .read(move |connection| {
            let rows = exports::list(connection, caller.centre, receiver.as_ref(), before, paging.rows());
            let mut shown = Vec::new();
            for export in rows.map_err(StoreError::from)? {
                let sendings = exports::sendings(connection, caller.centre, export.id).map_err(StoreError::from)?;
                shown.push((export.id, ExportView::of(export, sendings)));
            }
            paging.page(shown, |(id, _)| *id, |(_, view)| view)
        })
        .await
}

/// The batch, if the caller may know of it.
fn visible(connection: &mut Connection, caller: &Caller, id: Uuid) -> Answer<Export> {
    let found = exports::get(connection, caller.centre, id).map_err(StoreError::from)?;
    let found = found.filter(|export| caller.client().is_none_or(|client| *client == export.receiver));
    found.ok_or_else(Error::not_found)
}

fn shown(connection: &mut Connection, caller: &Caller, id: Uuid) -> Answer<ExportView> {
    let export = visible(connection, caller, id)?;
    let sendings = exports::sendings(connection, caller.centre, id).map_err(StoreError::from)?;
    Ok(ExportView::of(export, sendings))
}

#[utoipa::path(
    tag = "数据交换", operation_id = "read_export", summary = "交换批次",
    params(("export" = Uuid, Path, description = "批次标识")),
    responses((status = 200, body = ExportView, description = "进度、行数和文件"))
)]
#[get("/v1/exports/{export}")]
pub async fn read(desk: Data<Desk>, caller: Caller, id: PathId<Uuid>) -> Answer<Json<ExportView>> {
    may(&caller, Action::ReadExports)?;
    desk.store.read(move |connection| shown(connection, &caller, id.0)).await.map(Json)
}

fn unfinished() -> Refusal {
    Refusal::new("export_unfinished", "该批次尚未完成")
}

#[utoipa::path(
    tag = "数据交换", operation_id = "read_export_file", summary = "下载交换文件",
    description = "可用 Range 和 If-Range 断点续传（RFC 9110），ETag 为文件的 SHA-256。",
    params(
        ("export" = Uuid, Path, description = "批次标识"),
        ("name" = String, Path, description = "文件名", max_length = 64),
    ),
    responses(
        (status = 200, description = "整个文件", content(
            (FileBytes = "application/x-ndjson"), (FileBytes = "text/csv")
        )),
        (status = 206, description = "所请求的字节", content(
            (FileBytes = "application/x-ndjson"), (FileBytes = "text/csv")
        )),
        (status = 304, description = "未变化"),
    )
)]
#[get("/v1/exports/{export}/files/{name}")]
pub async fn read_file(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(Uuid, String)>,
    request: HttpRequest,
) -> Answer<HttpResponse> {
    may(&caller, Action::ReadExportFiles)?;
    let ((id, name), centre) = (path.0, caller.centre);
    let by = caller.signature();
    let export = desk.store.read(move |connection| visible(connection, &caller, id)).await?;
    let Stored { bytes, sha256 } = stored(&export, &name)?;
    let tag = format!("\"{sha256}\"");
    let wanted = wanted(request.headers(), &tag, bytes)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag)).insert_header((ACCEPT_RANGES, "bytes"));
    if wanted == Wanted::Nothing {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    if export.unmasked {
        let (noted, now) = (export.clone(), desk.now(centre));
        let handed_out = move |tx: &mut Tx<'_>| note(tx, centre, "export_file_read", &noted, &by, now);
        desk.store.write(Shard::of("exports"), handed_out).await?;
    }
    let content_type = match export.format {
        Format::Ndjson => "application/x-ndjson",
        Format::Csv => "text/csv; charset=utf-8",
    };
    let attachment = format!("attachment; filename=\"{}-{name}\"", export.batch());
    response.insert_header((CONTENT_TYPE, content_type)).insert_header((CONTENT_DISPOSITION, attachment));
    let key = FileKey::of_export(centre, id, &name);
    match wanted {
        Wanted::Part(range) => {
            let of = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
            response.status(actix_web::http::StatusCode::PARTIAL_CONTENT).insert_header((CONTENT_RANGE, of));
            response.insert_header((CONTENT_LENGTH, range.end - range.start));
            Ok(response.streaming(desk.files.get_range(&key, range).await?))
        }
        _ => Ok(response.insert_header((CONTENT_LENGTH, bytes)).streaming(desk.files.get(&key).await?)),
    }
}

/// The file of that name, once it is written.
fn stored(export: &Export, name: &str) -> Answer<Stored> {
    let file = export.files.iter().find(|file| export.name(file.table) == name).ok_or_else(Error::not_found)?;
    Ok(file.stored.clone().ok_or_else(unfinished)?)
}

/// 重发
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendRequest {
    #[schema(schema_with = schema::text::<200>)]
    reason: Text<200>,
}

#[utoipa::path(
    tag = "数据交换", operation_id = "resend_export", summary = "重发批次",
    description = "原批次的文件，逐字节相同；在台账上标明重发。",
    params(("export" = Uuid, Path, description = "批次标识"), IdempotencyKey), request_body = ResendRequest,
    responses((status = 200, body = ExportView, description = "批次"))
)]
#[post("/v1/exports/{export}/resend")]
pub async fn resend(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<Uuid>,
    key: IdempotencyKey,
    body: Body<ResendRequest>,
) -> Answer<Reply> {
    may(&caller, Action::OrderExport)?;
    let (Body { value: ResendRequest { reason }, digest }, id) = (body, id.0);
    let known = caller.clone();
    let export = desk.store.read(move |connection| visible(connection, &known, id)).await?;
    must_be_there(&desk, caller.centre, &export).await?;
    desk.once(caller.clone(), Shard::of("exports"), key.stamp(Some(digest)), move |_, tx, now| {
        let by = caller.signature();
        let sending = Sending { reason: reason.clone(), by: by.clone(), at: now };
        exports::resend(tx, caller.centre, id, &sending)?;
        note(tx, caller.centre, "export_resent", &export, &by, now)?;
        Reply::json(200, &shown(tx.read(), &caller, id)?)
    })
    .await
}

/// Whatever was recorded is still what lies in the file store, as far as its size tells.
async fn must_be_there(desk: &Desk, centre: kernel::Centre, export: &Export) -> Answer<()> {
    for file in &export.files {
        let bytes = file.stored.as_ref().ok_or_else(unfinished)?.bytes;
        let key = FileKey::of_export(centre, export.id, &export.name(file.table));
        if desk.files.size(&key).await? != Some(bytes) {
            return Err(Refusal::new("export_files_lost", "该批次的文件已不在文件存储中，请重新导出").into());
        }
    }
    Ok(())
}
