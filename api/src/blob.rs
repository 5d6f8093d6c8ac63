//! 材料文件: uploaded files, streamed into the data folder or an S3-compatible store. A file that has been stored is
//! never changed; its name is ours, its type is what its bytes say.

mod media;

use std::{
    fmt, io,
    ops::Range,
    path::Path,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use kernel::{Centre, FileId};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, WriteMultipart, aws::AmazonS3Builder,
    local::LocalFileSystem, path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, time::timeout};
use uuid::Uuid;

use crate::{
    problem::{Error, Kind},
    settings::{self, S3},
};
pub use media::{MediaType, NotAllowed};

/// Whoever uploads waits meanwhile, so a store that does not answer is given up long before its caller is.
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(10);

/// How much of a file is gathered before it is written, which is what each upload costs in memory.
const PART: usize = 1 << 20;
/// The store takes no less, but for the last.
const S3_PART: usize = 5 << 20;

/// Enough to tell any of the types apart.
const HEAD: usize = 64 * 1024;

/// 文件存储.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    part: usize,
    limits: Limits,
    uploads: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    bytes: u64,
    grace: Duration,
    min_rate: u64,
}

/// 文件键: where a file lies in the store, `centre/id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey(String);

/// 已存文件: what is known of a file once it is stored and synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: FileKey,
    /// Bytes.
    pub size: u64,
    pub sha256: [u8; 32],
    pub media: MediaType,
}

/// Why there can be no file storage, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadStorage {
    #[error("无法使用文件目录 {0}（{1}）")]
    Folder(String, io::Error),
    #[error("文件存储配置有误（{0}）")]
    Configuration(#[from] object_store::Error),
}

impl FileKey {
    pub fn new(centre: Centre, id: FileId) -> Self {
        Self(format!("{centre}/{id}"))
    }

    /// Of a file, or a piece of one, of an export: `centre/exports/export/name`.
    pub fn of_export(centre: Centre, export: Uuid, name: &str) -> Self {
        Self(format!("{centre}/exports/{export}/{name}"))
    }

    /// As it was written down.
    pub fn named(key: &str) -> Self {
        Self(key.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileKey {
    type Err = Error;

    /// Reads a stored key.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('/').and_then(|(centre, id)| Some((centre.parse().ok()?, id.parse().ok()?)));
        parts.map(|(centre, id)| Self::new(centre, id)).ok_or_else(|| Error::internal("not a file key"))
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Files {
    /// The store that the settings name: `<data>/files`, or S3.
    ///
    /// # Errors
    /// When the folder cannot be used or the configuration makes no sense. S3 itself is not asked.
    pub fn open(settings: &settings::Files, data: &Path) -> Result<Self, BadStorage> {
        let store: Arc<dyn ObjectStore> = match &settings.s3 {
            Some(s3) => remote(s3)?,
            None => {
                let folder = data.join("files");
                let failed = |e| BadStorage::Folder(folder.display().to_string(), e);
                std::fs::create_dir_all(&folder).map_err(failed)?;
                Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true))
            }
        };
        let limits = Limits {
            bytes: settings.max_bytes,
            grace: Duration::from_secs(settings.grace_seconds),
            min_rate: settings.min_rate,
        };
        let part = if settings.s3.is_some() { S3_PART } else { PART };
        Ok(Self { store, part, limits, uploads: Arc::new(Semaphore::new(settings.uploads)) })
    }

    /// Stores a file as it comes in. When this returns, it is on the disk.
    ///
    /// # Errors
    /// `file_too_large`, `empty_file`, `file_type_not_allowed`, `file_type_mismatch`, `request_timeout`, `overloaded`;
    /// nothing is left behind then.
    pub async fn put<S, E>(&self, key: FileKey, declared: MediaType, stream: S) -> Result<Stored, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let _permit = self.uploads.try_acquire().map_err(|_| Error::of(Kind::Overloaded, "同时上传的文件过多。"))?;
        let mut incoming =
            Incoming { stream, limits: self.limits, started: Instant::now(), size: 0, hash: Sha256::new() };
        let head = incoming.head().await?;
        if head.is_empty() {
            return Err(Error::of(Kind::EmptyFile, "请选择有内容的文件。"));
        }
        let media = MediaType::sniff(&head).ok_or_else(|| Error::of(Kind::FileTypeNotAllowed, MediaType::ALLOWED))?;
        if media != declared {
            return Err(Error::of(Kind::FileTypeMismatch, format!("文件内容是 {media}，声明为 {declared}。")));
        }
        let mut upload = self.begin(&key).await?;
        upload.write(&head);
        drop(head);
        if let Err(error) = incoming.rest(&mut upload).await {
            let _ = upload.abort().await;
            return Err(error);
        }
        upload.finish().await.map_err(fault)?;
        Ok(Stored { key, size: incoming.size, sha256: incoming.hash.finalize().into(), media })
    }

    /// A file that is written part by part. Whoever waits for capacity before each write has one part in memory.
    async fn begin(&self, key: &FileKey) -> Result<WriteMultipart, Error> {
        let upload = self.store.put_multipart(&path::Path::from(key.as_str())).await.map_err(fault)?;
        Ok(WriteMultipart::new_with_chunk_size(upload, self.part))
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// `not_found`; a fault of the store.
    pub async fn get(&self, key: &FileKey) -> Result<impl Stream<Item = Result<Bytes, Error>> + use<>, Error> {
        let found = self.store.get(&path::Path::from(key.as_str())).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => Error::not_found(),
            error => fault(error),
        })?;
        Ok(found.into_stream().map_err(fault))
    }

    /// Some of the file's bytes.
    ///
    /// # Errors
    /// As [`Files::get`].
    pub async fn get_range(
        &self,
        key: &FileKey,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + use<>, Error> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found =
            self.store.get_opts(&path::Path::from(key.as_str()), options).await.map_err(|error| match error {
                object_store::Error::NotFound { .. } => Error::not_found(),
                error => fault(error),
            })?;
        Ok(found.into_stream().map_err(fault))
    }

    /// How many bytes a file has; None where it is not there.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn size(&self, key: &FileKey) -> Result<Option<u64>, Error> {
        match self.store.head(&path::Path::from(key.as_str())).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Stores what this program made itself. When this returns, it is on the disk.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn write(&self, key: &FileKey, bytes: impl Into<Bytes>) -> Result<(), Error> {
        let payload = PutPayload::from(bytes.into());
        self.store.put(&path::Path::from(key.as_str()), payload).await.map(drop).map_err(fault)
    }

    /// Puts one file together out of others, after `head`: its bytes and their SHA-256. As [`Files::write`].
    ///
    /// # Errors
    /// `not_found` where one of them is gone; a fault of the store.
    pub async fn join(&self, key: &FileKey, head: String, parts: &[FileKey]) -> Result<(u64, [u8; 32]), Error> {
        let (mut size, mut hash) = (head.len() as u64, Sha256::new());
        hash.update(&head);
        if parts.is_empty() {
            self.write(key, head).await?;
            return Ok((size, hash.finalize().into()));
        }
        let mut joined = self.begin(key).await?;
        joined.write(head.as_bytes());
        for part in parts {
            let mut bytes = Box::pin(self.get(part).await?);
            while let Some(chunk) = bytes.try_next().await? {
                (size, _) = (size + chunk.len() as u64, hash.update(&chunk));
                joined.wait_for_capacity(1).await.map_err(fault)?;
                joined.write(&chunk);
            }
        }
        joined.finish().await.map_err(fault)?;
        Ok((size, hash.finalize().into()))
    }

    /// Every file there is, by its key.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn all(&self) -> Result<Vec<FileKey>, Error> {
        let mut keys: Vec<String> =
            self.store.list(None).map_ok(|it| it.location.to_string()).try_collect().await.map_err(fault)?;
        keys.sort_unstable();
        Ok(keys.into_iter().map(FileKey).collect())
    }

    /// Removes a file that no record came to name.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn forget(&self, key: &FileKey) -> Result<(), Error> {
        match self.store.delete(&path::Path::from(key.as_str())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }
}

fn remote(s3: &S3) -> Result<Arc<dyn ObjectStore>, BadStorage> {
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRYING, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_allow_http(s3.allow_http)
        .with_retry(retry);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let (Some(id), Some(secret)) = (&s3.access_key_id, &s3.secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(&secret.0);
    }
    let store = builder.build()?;
    Ok(match s3.prefix.as_str() {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    })
}

fn fault(error: object_store::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::StorageFull) {
            return Error::of(Kind::StorageFull, "文件存储空间不足。");
        }
        cause = error.source();
    }
    if matches!(error, object_store::Error::Generic { store: "S3", .. }) {
        tracing::error!(%error, "the file storage does not answer");
        return Error::of(Kind::Unavailable, "文件存储暂不可用，请稍后重试。");
    }
    Error::internal(error)
}

/// A file on its way in, watched for size and pace.
struct Incoming<S> {
    stream: S,
    limits: Limits,
    started: Instant,
    size: u64,
    hash: Sha256,
}

impl<S, E> Incoming<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    async fn head(&mut self) -> Result<Vec<u8>, Error> {
        let mut head = Vec::new();
        while head.len() < HEAD {
            match self.next().await? {
                Some(chunk) => head.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(head)
    }

    async fn rest(&mut self, upload: &mut WriteMultipart) -> Result<(), Error> {
        while let Some(chunk) = self.next().await? {
            upload.wait_for_capacity(1).await.map_err(fault)?;
            upload.write(&chunk);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Limits { bytes, grace, min_rate } = self.limits;
        let late = || Error::of(Kind::RequestTimeout, "文件传输过慢。");
        let chunk = match timeout(grace, self.stream.next()).await.map_err(|_| late())? {
            None => return Ok(None),
            Some(Err(_)) => return Err(Error::of(Kind::MalformedRequest, "文件传输中断。")),
            Some(Ok(chunk)) => chunk,
        };
        self.size += chunk.len() as u64;
        if self.size > bytes {
            return Err(Error::of(Kind::FileTooLarge, format!("文件最多 {bytes} 字节。")));
        }
        if self.started.elapsed() > grace + Duration::from_secs(self.size / min_rate) {
            return Err(late());
        }
        self.hash.update(&chunk);
        Ok(Some(chunk))
    }
}

#[cfg(test)]
mod tests;
