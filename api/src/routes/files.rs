//! 材料附件: uploaded as they are, stored before the record names them, removed if it never does.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    post,
    web::{Data, Payload},
};
use casework::Command;
use intake::AttachedFile;
use kernel::{
    Action, CaseId, FileId,
    access::{may, may_on},
};

use utoipa::ToSchema;

use super::on_case::{CaseChanged, OnCase};
use crate::{
    auth::{Caller, SignedDigest},
    blob::{FileKey, MediaType},
    desk::{Desk, visible},
    edge::PathId,
    problem::{Answer, Error, Kind},
    reply::{Reply, is_unnamed},
};

impl Desk {
    /// Removes what was stored for a write before it ran, where nothing names it, and tells of it where nobody knows.
    ///
    /// # Errors
    /// A fault of the store.
    pub(super) async fn forget_unnamed(
        &self,
        key: &FileKey,
        outcome: &Answer<Reply>,
        names_it: fn(&Reply) -> bool,
    ) -> Answer<()> {
        if is_unnamed(outcome, names_it) {
            self.files.forget(key).await?;
        } else if outcome.is_err() {
            tell_of(key);
        }
        Ok(())
    }
}

/// Tells the operator of a file that is kept because the record may name it: where it does not, its key alone leads
/// there.
pub(super) fn tell_of(key: &FileKey) {
    tracing::warn!(file = %key, "a file is kept, because it is unknown whether the record names it");
}

/// 文件内容
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands for the bytes of a file in the contract")]
pub struct FileBytes(Vec<u8>);

#[utoipa::path(
    tag = "材料", operation_id = "attach_file", summary = "上传材料",
    description = "请求体即文件本身，Content-Type 为其类型；按内容识别类型，不符即拒。Clauses B2-2, B2-7.",
    params(OnCase, ("material" = String, Path, description = "材料代码", max_length = 40)),
    request_body(content(
        (FileBytes = "application/pdf"), (FileBytes = "image/jpeg"), (FileBytes = "image/png"), (FileBytes = "application/ofd"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    )),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/materials/{material}/files")]
pub async fn attach(
    desk: Data<Desk>,
    on: OnCase,
    path: PathId<(String, String)>,
    request: HttpRequest,
    payload: Payload,
) -> Answer<Reply> {
    let material: kernel::MaterialCode = path.0.1.parse().map_err(|_| Error::not_found())?;
    let declared = request.headers().get(CONTENT_TYPE).and_then(|of| of.to_str().ok()).unwrap_or_default();
    let declared: MediaType =
        declared.parse().map_err(|_| Error::of(Kind::UnsupportedMediaType, MediaType::ALLOWED))?;
    must_be_welcome(&desk, &on).await?;
    let id = FileId::fresh(desk.now(on.caller.centre));
    let key = FileKey::new(on.caller.centre, id);
    let stored = desk.files.put(key.clone(), declared, payload).await?;
    if let Err(error) = SignedDigest::check(&request, &stored.sha256) {
        desk.files.forget(&key).await?;
        return Err(error);
    }
    let digest: String = stored.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let media_type = stored.media.to_string();
    let fingerprint = stored.sha256;
    let attached = desk
        .change(on.change(Action::AttachFile, Some(fingerprint)), move |matter| {
            let (digest, media_type, at) = (digest.clone(), media_type.clone(), matter.ctx.now);
            let bytes = stored.size;
            let file = AttachedFile { id, digest, media_type, bytes, at, from_case: None, at_window: false };
            Ok(Command::AttachFile { material: material.clone(), file })
        })
        .await;
    desk.forget_unnamed(&key, &attached, Reply::is_first).await?;
    attached
}

/// Whatever would refuse the file once it is here, asked before it is taken in.
async fn must_be_welcome(desk: &Data<Desk>, on: &OnCase) -> Answer<()> {
    let (caller, id) = (on.caller.clone(), on.case);
    may(&caller, Action::AttachFile)?;
    desk.store
        .read(move |connection| {
            let loaded = visible(connection, &caller, id)?;
            Ok(may_on(&caller, Action::AttachFile, &loaded.case.whereabouts())?)
        })
        .await
}

#[utoipa::path(
    tag = "材料", operation_id = "read_file", summary = "下载材料",
    params(
        ("case" = String, Path, format = Uuid, description = "办件标识"),
        ("file" = String, Path, format = Uuid, description = "附件标识")
    ),
    responses((status = 200, description = "文件本身", content_type = "application/octet-stream", body = FileBytes))
)]
#[get("/v1/cases/{case}/files/{file}")]
pub async fn read(desk: Data<Desk>, caller: Caller, path: PathId<(CaseId, FileId)>) -> Answer<HttpResponse> {
    let (case, id) = path.0;
    let centre = caller.centre;
    let file = desk
        .look(caller, case, Action::ReadFile, move |_, _, loaded, _| {
            let files = loaded.case.intake.materials.values().flat_map(|handed| &handed.files);
            files.into_iter().find(|file| file.id == id).cloned().ok_or_else(Error::not_found)
        })
        .await?;
    let bytes = desk.files.get(&FileKey::new(centre, id)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        .insert_header((CONTENT_LENGTH, file.bytes))
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .streaming(bytes))
}
