//! 预上传: a system uploads a file before the application that names it (clauses B2-2, G1).

use std::{fmt, str::FromStr};

use actix_web::{
    HttpRequest,
    http::header::CONTENT_TYPE,
    put,
    web::{Data, Payload},
};
use chrono::Duration;
use kernel::{Action, FileId, Instant, Refusal, access::may};
use persistence::{Shard, StoreError, Tx, hall, uploads, uploads::Upload};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

use super::files::{FileBytes, tell_of};
use crate::{
    auth::{Caller, SignedDigest},
    blob::{FileKey, MediaType},
    desk::Desk,
    edge::{IdempotencyKey, PathId},
    problem::{Answer, Error, Kind},
    reply::Reply,
    schema,
};

/// How long an uploaded file waits for the application that names it.
pub const KEPT: Duration = Duration::days(7);

/// How many are removed at a time.
const FORGOTTEN: i64 = 500;

/// 附件摘要: the SHA-256 of a file, 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FileDigest(String);

impl FileDigest {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_of(&self, sha256: &[u8; 32]) -> bool {
        self.0 == sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    }
}

impl FromStr for FileDigest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digest = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_digest { Ok(Self(text.to_owned())) } else { Err("应为文件的SHA-256，64位小写十六进制") }
    }
}

impl<'de> Deserialize<'de> for FileDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Desk {
    /// Removes the files that no application has named in time.
    ///
    /// # Errors
    /// Those of the stores; what was removed until then stays so.
    pub(crate) async fn forget_old_uploads(&self) -> Answer<()> {
        for centre in self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await? {
            let before = self.now(centre).plus(-KEPT);
            let old = move |connection: &mut _| {
                Ok::<_, StoreError>(uploads::older_than(connection, centre, before, FORGOTTEN)?)
            };
            for upload in self.store.read(old).await? {
                let key = FileKey::new(centre, upload.file);
                let take = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(uploads::take(tx.write(), centre, &upload)?);
                // A case may have been faster; then the file is that case's.
                let taken = self.store.write(Shard::of(&centre), take).await;
                if matches!(taken, Err(StoreError::OutcomeUnknown)) {
                    tell_of(&key);
                }
                if taken? {
                    self.files.forget(&key).await?;
                }
            }
        }
        Ok(())
    }
}

/// 预上传的附件
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// SHA-256, hexadecimal: by which an application names it.
    pub digest: String,
    pub media_type: String,
    pub bytes: u64,
    /// 过期时刻: removed then, unless an application has named it.
    #[schema(schema_with = schema::instant)]
    pub expires_at: Instant,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            digest: upload.digest.clone(),
            media_type: upload.media_type.clone(),
            bytes: upload.bytes,
            expires_at: upload.at.plus(KEPT),
        }
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "put_upload", summary = "预上传附件",
    description = "请求体即文件本身，路径为其 SHA-256；此后在推送申请或补正材料时以摘要引用，一次上传用于一次推送，七日内未用即清除。\
                   重复上传无害。Clauses B2-2, G1.",
    params(
        ("digest" = String, Path, description = "文件的 SHA-256，64位小写十六进制", pattern = "^[0-9a-f]{64}$"), IdempotencyKey
    ),
    request_body(content(
        (FileBytes = "application/pdf"), (FileBytes = "image/jpeg"), (FileBytes = "image/png"), (FileBytes = "application/ofd"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    )),
    responses(
        (status = 201, body = UploadView, description = "已保存"),
        (status = 200, body = UploadView, description = "此前已保存"),
    )
)]
#[put("/v1/uploads/{digest}")]
pub async fn put(
    desk: Data<Desk>,
    caller: Caller,
    digest: PathId<String>,
    _key: IdempotencyKey,
    request: HttpRequest,
    payload: Payload,
) -> Answer<Reply> {
    may(&caller, Action::PushApplication)?;
    let digest: FileDigest = digest.0.parse().map_err(|_| Error::not_found())?;
    let client = caller.client().cloned().ok_or_else(Error::not_found)?;
    let declared = request.headers().get(CONTENT_TYPE).and_then(|of| of.to_str().ok()).unwrap_or_default();
    let declared: MediaType =
        declared.parse().map_err(|_| Error::of(Kind::UnsupportedMediaType, MediaType::ALLOWED))?;
    let (centre, file) = (caller.centre, FileId::fresh(desk.now(caller.centre)));
    let key = FileKey::new(centre, file);
    let stored = desk.files.put(key.clone(), declared, payload).await?;
    let is_whole = if digest.is_of(&stored.sha256) {
        SignedDigest::check(&request, &stored.sha256)
    } else {
        Err(Refusal::new("digest_differs", "文件内容与路径中的摘要不一致").into())
    };
    if let Err(error) = is_whole {
        desk.files.forget(&key).await?;
        return Err(error);
    }
    let upload = Upload {
        client,
        digest: digest.to_string(),
        file,
        media_type: stored.media.to_string(),
        bytes: stored.size,
        at: desk.now(centre),
    };
    let kept = desk.once(caller, Shard::of(digest.as_str()), None, move |_, tx, _| {
        let known = uploads::find(tx.read(), centre, &upload.client, &upload.digest).map_err(StoreError::from)?;
        if let Some(known) = known {
            return Reply::json(200, &UploadView::from(&known));
        }
        let inserted = uploads::insert(tx.write(), centre, &upload);
        tx.first(inserted)?;
        Reply::json(201, &UploadView::from(&upload))
    });
    let kept = kept.await;
    desk.forget_unnamed(&key, &kept, Reply::is_creation).await?;
    kept
}
