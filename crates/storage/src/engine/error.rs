//! What can go wrong in a database, the same for both.

/// The result of a storage function.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the database or of its use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A unique index already holds that key; its name where the database tells it.
    #[error("already there ({0})")]
    Conflict(String),
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// The database can't be reached, or went away in the middle.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Serialisation failure, deadlock or lock time-out: worth another try.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database was made by a newer Muster.
    #[error(
        "this database was made by a newer version of Muster (schema {found}; this program knows {known})"
    )]
    NewerSchema {
        /// Schema found.
        found: i32,
        /// Newest schema known.
        known: i32,
    },
    /// The closure panicked; its changes are undone.
    #[error("an internal error interrupted this change; nothing was stored")]
    Panicked,
    /// The text holds a NUL character, which PostgreSQL can't store.
    #[error("text with a NUL character can't be stored")]
    Nul,
    /// Something that the hub alone writes, on one of its edges.
    #[error("this is changed on the hub alone")]
    AtHub,
    /// Something that came for a node which still tells what it held before it replicated.
    #[error("this node still tells what it held before it had others")]
    Restating,
    /// Anything else: a mistake in SQL, a broken file.
    #[error("{0}")]
    Database(String),
}

impl Error {
    /// Too many closures wait already.
    pub(super) fn crowded() -> Self {
        Self::Busy("too much is waiting".to_owned())
    }

    /// Whether the same closure may succeed when it is run again at once.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unavailable(_))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        match error.sqlite_error() {
            Some(inner) => match inner.code {
                Code::ConstraintViolation if is_unique(inner.extended_code) => Self::Conflict(text),
                Code::DiskFull => Self::Full,
                Code::DatabaseBusy | Code::DatabaseLocked => Self::Busy(text),
                Code::CannotOpen | Code::SystemIoFailure | Code::ReadOnly => {
                    Self::Unavailable(text)
                }
                _ => Self::Database(text),
            },
            None => Self::Database(text),
        }
    }
}

fn is_unique(extended_code: i32) -> bool {
    [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY]
        .contains(&extended_code)
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        use postgres::error::SqlState;
        let Some(db) = error.as_db_error() else {
            let text = std::error::Error::source(&error)
                .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
            let gone =
                error.is_closed() || text.contains("communicating") || text.contains("connect");
            return if gone { Self::Unavailable(text) } else { Self::Database(text) };
        };
        let text = db.message().to_owned();
        match db.code() {
            code if *code == SqlState::UNIQUE_VIOLATION => {
                Self::Conflict(db.constraint().unwrap_or_default().to_owned())
            }
            code if *code == SqlState::T_R_SERIALIZATION_FAILURE
                || *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::LOCK_NOT_AVAILABLE =>
            {
                Self::Busy(text)
            }
            code if *code == SqlState::DISK_FULL => Self::Full,
            code if code.code().starts_with("57P") || code.code().starts_with("08") => {
                Self::Unavailable(text)
            }
            _ => Self::Database(text),
        }
    }
}
