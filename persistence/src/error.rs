//! What can go wrong between a caller and the database, in as few kinds as a caller can act upon.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::url::DatabaseUrl;

/// Why a read or a write was not answered with what its closure returned.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue is full. Nothing was done; try again in a moment.
    #[error("系统繁忙，请稍后重试")]
    Overloaded,
    /// The store is shutting down. Nothing was done.
    #[error("服务正在停止，请稍后重试")]
    Closed,
    /// Others held the same rows through every retry. Nothing was done.
    #[error("同一数据正被其他操作修改，请稍后重试")]
    Contended,
    /// The database cannot be reached, or went away before the commit. Nothing was done.
    #[error("数据库暂时不可用")]
    Unavailable(String),
    /// The disk is full. Nothing was done.
    #[error("存储空间不足")]
    Full,
    /// The connection broke while the commit was on its way: the write is either there or not. Whoever sent an
    /// idempotency key learns which by sending the same call again.
    #[error("提交结果未知，请以相同的幂等键重试")]
    OutcomeUnknown,
    /// The closure panicked. Nothing was done.
    #[error("系统内部错误")]
    Panicked,
    /// A unique or primary key is already taken.
    #[error("记录已存在")]
    Duplicate,
    /// A stored value is not what this program writes.
    #[error("已存数据无法识别：{0}")]
    Corrupt(String),
    /// Anything else the database or Diesel reports: a fault of this program or of the installation.
    #[error("数据库错误")]
    Database(#[source] DieselError),
}

impl StoreError {
    /// The cause as the database tells it, for an operator; may be in any language.
    pub(crate) fn detail(self) -> String {
        match self {
            Self::Unavailable(cause) => cause,
            other => other.to_string(),
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match Trouble::of(&error) {
            Some(Trouble::Contention) => Self::Contended,
            Some(Trouble::Lost) => Self::Unavailable(error.to_string()),
            Some(Trouble::Full) => Self::Full,
            Some(Trouble::Constraint) if is_unique(&error) => Self::Duplicate,
            Some(Trouble::Constraint | Trouble::Other) | None => Self::Database(error),
        }
    }
}

fn is_unique(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// What an error of the database means for the transaction it happened in; the graver, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Trouble {
    /// A constraint said no: the fault of one job.
    Constraint = 1,
    /// Deadlock, serialization failure, lock timeout: worth another try.
    Contention,
    /// The connection is gone, or leads to a server that has become read-only.
    Lost,
    /// No space left.
    Full,
    /// Neither the transaction nor the connection can be relied upon.
    Other,
}

impl Trouble {
    /// `None` where the database itself was not at fault, as with a row not found.
    pub(crate) fn of(error: &DieselError) -> Option<Self> {
        match error {
            DieselError::DatabaseError(kind, information) => Some(Self::of_kind(kind, information.message())),
            DieselError::RollbackErrorOnCommit { commit_error, .. } => {
                Some(Self::of(commit_error).unwrap_or(Self::Other))
            }
            DieselError::BrokenTransactionManager
            | DieselError::AlreadyInTransaction
            | DieselError::NotInTransaction => Some(Self::Other),
            _ => None,
        }
    }

    fn of_kind(kind: &DatabaseErrorKind, message: &str) -> Self {
        use DatabaseErrorKind as Kind;
        match kind {
            Kind::UniqueViolation
            | Kind::ForeignKeyViolation
            | Kind::NotNullViolation
            | Kind::CheckViolation
            | Kind::RestrictViolation
            | Kind::ExclusionViolation => Self::Constraint,
            Kind::SerializationFailure => Self::Contention,
            Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction => Self::Lost,
            _ => Self::of_message(message),
        }
    }

    /// Diesel hides SQLSTATE and SQLite's code, so the message decides: in English, or in Chinese from a PostgreSQL whose
    /// `lc_messages` is so.
    fn of_message(message: &str) -> Self {
        const CONTENTION: [&str; 5] =
            ["deadlock detected", "due to lock timeout", "could not obtain lock", "is locked", "死锁"];
        const FULL: [&str; 3] = ["disk is full", "No space left on device", "设备上没有空间"];
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&CONTENTION) || (message.contains('锁') && message.contains("超时")) {
            Self::Contention
        } else if says(&FULL) {
            Self::Full
        } else {
            Self::Other
        }
    }
}

/// Why the store does not open. Each reads as one sentence and never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("无法连接数据库 {url}：{cause}")]
    Unreachable { url: DatabaseUrl, cause: String },
    #[error("数据库 {0} 已被另一个进程使用")]
    AlreadyOpen(DatabaseUrl),
    #[error("数据库文件所在的目录不存在或无法访问：{path}（{cause}）")]
    File { path: String, cause: std::io::Error },
    #[error("数据库结构（版本 {0}）比本程序新，请使用更新版本的程序")]
    NewerSchema(String),
    #[error("数据库结构尚未升级（缺少版本 {0}），请先执行 migrate")]
    OlderSchema(String),
    #[error("数据库迁移失败：{0}")]
    Migration(String),
    #[error("数据库文件已损坏，请从备份恢复：{0}")]
    Damaged(String),
    #[error("数据库设置 {setting}={value} 会丢失已确认的数据，拒绝启动")]
    Unsafe { setting: String, value: String },
    #[error("需要 PostgreSQL 13 或更新版本，而服务器是：{0}")]
    TooOld(String),
    #[error("数据库错误：{0}")]
    Database(#[from] DieselError),
    #[error("无法启动数据库线程：{0}")]
    Thread(std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> DieselError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn messages_without_a_kind_are_told_apart() {
        for (message, trouble) in [
            ("deadlock detected", Trouble::Contention),
            ("canceling statement due to lock timeout", Trouble::Contention),
            ("database is locked", Trouble::Contention),
            ("检测到死锁", Trouble::Contention),
            ("由于锁超时，取消语句", Trouble::Contention),
            ("database or disk is full", Trouble::Full),
            ("could not extend file \"base/5/1\": No space left on device", Trouble::Full),
            ("disk I/O error", Trouble::Other),
            ("canceling statement due to statement timeout", Trouble::Other),
        ] {
            assert_eq!(Trouble::of(&error(message)), Some(trouble), "{message}");
        }
        assert_eq!(Trouble::of(&DieselError::NotFound), None);
    }
}
