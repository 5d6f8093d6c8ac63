//! 时钟: the one clock of the program. It is the machine's, except in a sandbox, whose clock can be moved forward so that
//! whoever integrates can see limits run out.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
};

use kernel::Instant;

/// What marks a data folder as a sandbox, and holds how far its clock is ahead, in microseconds.
const MARK: &str = "sandbox";

/// Why a data folder does not go with `--sandbox`, or not without it.
#[derive(Debug, thiserror::Error)]
pub enum BadSandbox {
    #[error("数据目录 {0} 不是演练目录，不能以 --sandbox 启动（not created as a sandbox）")]
    NotASandbox(String),
    #[error("数据目录 {0} 是演练目录，须以 --sandbox 启动（a sandbox needs --sandbox）")]
    OnlyASandbox(String),
    #[error("无法读写演练时钟 {0}（{1}）")]
    Unusable(String, io::Error),
}

#[derive(Debug)]
pub struct Clock {
    ahead: AtomicI64,
    /// Where a sandbox keeps how far it is ahead; none of a real clock.
    kept: Option<PathBuf>,
}

impl Clock {
    /// The clock of a data folder, which is a sandbox from its creation or never.
    ///
    /// # Errors
    /// When the folder is of the other kind, or the mark cannot be read or written.
    pub fn of(data: &Path, sandbox: bool) -> Result<Self, BadSandbox> {
        let mark = data.join(MARK);
        let name = || data.display().to_string();
        let unusable = |error| BadSandbox::Unusable(mark.display().to_string(), error);
        let kept = match fs::read_to_string(&mark) {
            Ok(kept) => Some(kept),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(error)),
        };
        match (sandbox, kept) {
            (false, None) => Ok(Self { ahead: AtomicI64::new(0), kept: None }),
            (false, Some(_)) => Err(BadSandbox::OnlyASandbox(name())),
            (true, Some(kept)) => {
                let ahead = kept.trim().parse().map_err(|error| unusable(io::Error::other(error)))?;
                Ok(Self { ahead: AtomicI64::new(ahead), kept: Some(mark) })
            }
            (true, None) if !is_new(data).map_err(unusable)? => Err(BadSandbox::NotASandbox(name())),
            (true, None) => {
                fs::create_dir_all(data).and_then(|()| fs::write(&mark, "0")).map_err(unusable)?;
                Ok(Self { ahead: AtomicI64::new(0), kept: Some(mark) })
            }
        }
    }

    pub fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now()).plus(chrono::Duration::microseconds(self.ahead.load(Ordering::Relaxed)))
    }

    /// The machine's own time, for what must not depend on how far a sandbox is ahead.
    pub fn machine_now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }

    pub fn is_movable(&self) -> bool {
        self.kept.is_some()
    }

    /// Moves a sandbox's clock forward to `to`; it never goes back. False where it cannot be moved so.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn move_to(&self, to: Instant) -> io::Result<bool> {
        let Some(kept) = &self.kept else { return Ok(false) };
        let further = (to.utc() - self.now().utc()).num_microseconds().unwrap_or(i64::MAX);
        if further < 0 {
            return Ok(false);
        }
        let ahead = self.ahead.load(Ordering::Relaxed).saturating_add(further);
        fs::write(kept, ahead.to_string())?;
        self.ahead.store(ahead, Ordering::Relaxed);
        Ok(true)
    }
}

fn is_new(data: &Path) -> io::Result<bool> {
    match fs::read_dir(data) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_a_sandbox_from_its_creation_or_never() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = folder.path().join("sandbox");
        let clock = Clock::of(&sandbox, true).unwrap();
        let to = clock.now().plus(chrono::Duration::days(30));
        assert!(clock.move_to(to).unwrap());
        assert!(clock.now() >= to);
        assert!(!clock.move_to(to.plus(-chrono::Duration::days(1))).unwrap(), "time does not go back");
        assert!(Clock::of(&sandbox, true).unwrap().now() >= to, "and is kept");
        assert!(matches!(Clock::of(&sandbox, false), Err(BadSandbox::OnlyASandbox(_))));

        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("yichuang.sqlite3"), "").unwrap();
        assert!(matches!(Clock::of(&real, true), Err(BadSandbox::NotASandbox(_))));
        let clock = Clock::of(&real, false).unwrap();
        assert!(!clock.move_to(clock.now().plus(chrono::Duration::days(1))).unwrap(), "a real clock is not moved");
    }
}
