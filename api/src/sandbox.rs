//! 演练: an installation is a sandbox from its creation or never, its data folder and its database alike, so that nobody can
//! make one of what people rely on.

mod back_office;
mod centres;
mod grievances;
mod scripts;

use std::{fs, io, path::Path, sync::Arc, time::Duration};

use kernel::{Centre, Instant};
use persistence::{Shard, Store, StoreError, Tx, sandbox};

pub use self::centres::register_clients;
use crate::{
    clock::Clock,
    desk::Desk,
    problem::{Answer, Error},
    settings::{self, Settings},
};

/// The file that marks a data folder as a sandbox's.
const MARK: &str = "sandbox";
/// How often it is asked whether another process has moved a clock.
const LOOK: Duration = Duration::from_millis(250);

/// Why a data folder or a database does not go with `--sandbox`, or not without it.
#[derive(Debug, thiserror::Error)]
pub enum BadSandbox {
    #[error("{0} 不是演练用的，不能以 --sandbox 启动（not created as a sandbox）")]
    NotASandbox(String),
    #[error("{0} 是演练用的，须以 --sandbox 启动（a sandbox needs --sandbox）")]
    OnlyASandbox(String),
    #[error("无法读写演练标记 {0}（{1}）")]
    Unusable(String, io::Error),
    #[error("无法读写演练时钟（{0}）")]
    Store(#[from] StoreError),
}

/// A data folder that goes with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    Real,
    Sandbox,
    /// It was marked just now.
    NewSandbox,
}

/// Checks the mark of the data folder, and sets it on one that is new.
///
/// # Errors
/// When the folder is of the other kind, or the mark cannot be read or written.
pub fn mark(settings: &Settings) -> Result<Folder, BadSandbox> {
    let (data, mark) = (&settings.data, settings.data.join(MARK));
    let name = || format!("数据目录 {}", data.display());
    let unusable = |error| BadSandbox::Unusable(mark.display().to_string(), error);
    match (settings.sandbox, mark.try_exists().map_err(unusable)?) {
        (false, false) => Ok(Folder::Real),
        (false, true) => Err(BadSandbox::OnlyASandbox(name())),
        (true, true) => Ok(Folder::Sandbox),
        (true, false) if !is_new(data).map_err(unusable)? => Err(BadSandbox::NotASandbox(name())),
        (true, false) => {
            fs::create_dir_all(data).and_then(|()| fs::write(&mark, "")).map_err(unusable)?;
            Ok(Folder::NewSandbox)
        }
    }
}

/// Marks the folder that a sandbox was restored into, or else nothing could be started on it any more.
///
/// # Errors
/// When the mark cannot be written.
pub(crate) fn mark_restored(settings: &Settings) -> io::Result<()> {
    fs::write(settings.data.join(MARK), "")
}

/// Takes the mark away again from a folder that was marked for nothing.
pub fn unmark(settings: &Settings) {
    let _ = fs::remove_file(settings.data.join(MARK));
}

/// Whether nothing but settings is in the folder.
fn is_new(data: &Path) -> io::Result<bool> {
    match fs::read_dir(data) {
        Ok(mut entries) => entries.try_fold(true, |new, entry| Ok(new && entry?.file_name() == settings::FILE)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Checks that the database goes with the settings, makes a sandbox of an empty one, and reads its clocks.
///
/// # Errors
/// When the database is of the other kind, or cannot be read or written.
pub async fn claim(store: &Store, settings: &Settings) -> Result<Clock, BadSandbox> {
    let centre = settings.centre;
    let clocks = store.read(|connection| Ok::<_, StoreError>(sandbox::clocks(connection)?)).await?;
    let name = || format!("数据库 {}", store.url());
    match (settings.sandbox, clocks.is_empty()) {
        (false, true) => Ok(Clock::real()),
        (false, false) => Err(BadSandbox::OnlyASandbox(name())),
        (true, false) => Ok(Clock::of_a_sandbox(clocks)),
        (true, true) => {
            let begin = move |tx: &mut Tx<'_>| {
                let empty = sandbox::is_empty(tx.read())? && sandbox::open(tx.write(), centre, 0)?;
                // Another process may have been faster.
                Ok::<_, StoreError>(empty || !sandbox::clocks(tx.read())?.is_empty())
            };
            let is_sandbox = store.write(Shard::of("installation"), begin).await?;
            if is_sandbox { Ok(Clock::of_a_sandbox([(centre, 0)])) } else { Err(BadSandbox::NotASandbox(name())) }
        }
    }
}

impl Desk {
    /// Moves a centre's clock forward to `to`, for every process. False where it would go back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn move_clock(&self, centre: Centre, to: Instant) -> Answer<bool> {
        let ahead = (to.utc() - self.clock.machine_now().utc()).num_microseconds().unwrap_or(i64::MAX);
        if !self.clock.is_movable() || ahead < 0 {
            return Ok(false);
        }
        let put = move |tx: &mut Tx<'_>| {
            Ok::<_, Error>(sandbox::put_ahead(tx.write(), centre, ahead).map_err(StoreError::from)?)
        };
        let moved = self.store.write(Shard::of(&(centre, "clock")), put).await?;
        if moved {
            self.clock.learn([(centre, ahead)]);
        }
        Ok(moved)
    }

    /// Learns for as long as it is polled how far other processes have moved the clocks.
    pub async fn keep_clocks(self: Arc<Self>) {
        let mut tick = tokio::time::interval(LOOK);
        while self.clock.is_movable() {
            tick.tick().await;
            match self.store.read(|connection| Ok::<_, StoreError>(sandbox::clocks(connection)?)).await {
                Ok(clocks) => self.clock.learn(clocks),
                Err(error) => tracing::warn!(%error, "the clocks were not read; they will be"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_a_sandbox_from_its_creation_or_never() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, sandbox| Settings { data: folder.path().join(name), sandbox, ..Settings::default() };
        assert_eq!(mark(&of("sandbox", true)).unwrap(), Folder::NewSandbox);
        assert_eq!(mark(&of("sandbox", true)).unwrap(), Folder::Sandbox);
        assert!(matches!(mark(&of("sandbox", false)), Err(BadSandbox::OnlyASandbox(_))));

        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("yichuang.sqlite3"), "").unwrap();
        assert!(matches!(mark(&of("real", true)), Err(BadSandbox::NotASandbox(_))));
        assert_eq!(mark(&of("real", false)).unwrap(), Folder::Real);

        let configured = folder.path().join("configured");
        fs::create_dir(&configured).unwrap();
        fs::write(configured.join(settings::FILE), "").unwrap();
        assert_eq!(mark(&of("configured", true)).unwrap(), Folder::NewSandbox, "settings are nobody's data");
    }
}
