//! A folder that a command fills: new, for its owner's eyes only, and on the disk when it is finished.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

#[derive(Debug, thiserror::Error)]
#[error("无法写入 {}（{cause}）", path.display())]
pub(crate) struct Unwritten {
    path: PathBuf,
    cause: io::Error,
}

#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// A file on its way onto the disk.
#[derive(Debug)]
pub(crate) struct Written {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Folder {
    /// # Errors
    /// Where there is something in it already, or it cannot be made.
    pub(crate) fn new(path: &Path) -> Result<Self, Unwritten> {
        let failed = |cause| Unwritten { path: path.to_owned(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        if path.read_dir().map_err(failed)?.next().is_some() {
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "目录不是空的（not empty）")));
        }
        Ok(Self(path.to_owned()))
    }

    /// A new file, in a folder below where its name says so.
    ///
    /// # Errors
    /// Where it is there already, or cannot be made.
    pub(crate) fn file(&self, name: &str) -> Result<Written, Unwritten> {
        let path = self.0.join(name);
        let failed = |cause| Unwritten { path: path.clone(), cause };
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        Ok(Written { file: BufWriter::new(file), path, hash: Sha256::new(), bytes: 0 })
    }
}

impl Written {
    /// # Errors
    /// Those of the disk.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|cause| Unwritten { path: self.path.clone(), cause })
    }

    /// How many bytes it has, and their SHA-256 in lower-case hexadecimal.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn finish(self) -> Result<(u64, String), Unwritten> {
        let Self { path, mut file, hash, bytes } = self;
        let synced = file.flush().and_then(|()| file.get_ref().sync_all());
        synced.map_err(|cause| Unwritten { path, cause })?;
        Ok((bytes, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}
