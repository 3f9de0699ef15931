//! Migrations: forwards only, under a lock, refused on a schema newer than this program.

use super::{Error, Result};
use refinery::{Migrate, Runner};
use std::fs::{self, File};
#[cfg(feature = "testing")]
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres {
    refinery::embed_migrations!("migrations/postgres");
}

/// Brings a SQLite database up to date. The caller holds the [`Lock`].
pub(crate) fn sqlite(connection: &mut rusqlite::Connection) -> Result<()> {
    run(sqlite::migrations::runner(), connection)
}

/// Held by the one process that may be opening a SQLite file: two that make it at the same time
/// would find it locked by each other.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for whoever opens the file now.
    pub fn beside(database: &Path) -> Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".opening");
        let path = PathBuf::from(path);
        let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
        match locked {
            Ok(file) => Ok(Self { path, _file: file }),
            Err(error) => Err(Error::Unavailable(format!("{}: {error}", path.display()))),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever waited at it, or makes it anew, finds a database that is up to date.
        let _ = fs::remove_file(&self.path);
    }
}

/// Brings a PostgreSQL database up to date; other processes wait.
pub(crate) fn postgres(client: &mut ::postgres::Client) -> Result<()> {
    client.batch_execute(
        "set statement_timeout = 0; set lock_timeout = 0;
         set idle_in_transaction_session_timeout = 0; select pg_advisory_lock(7235418)",
    )?;
    let done = run(postgres::migrations::runner(), client);
    client.batch_execute("select pg_advisory_unlock(7235418)")?;
    done
}

/// A number that changes with any of SQLite's migrations.
#[cfg(feature = "testing")]
pub(crate) fn sqlite_digest() -> u64 {
    digest(&sqlite::migrations::runner())
}

/// A number that changes with any of PostgreSQL's migrations.
#[cfg(feature = "testing")]
pub(crate) fn postgres_digest() -> u64 {
    digest(&postgres::migrations::runner())
}

#[cfg(feature = "testing")]
fn digest(runner: &Runner) -> u64 {
    let mut digest = DefaultHasher::new();
    for migration in runner.get_migrations() {
        migration.checksum().hash(&mut digest);
    }
    digest.finish()
}

/// Runs what is missing, all of it in one transaction.
fn run<C: Migrate>(runner: Runner, connection: &mut C) -> Result<()> {
    if up_to_date(&runner, connection)? {
        return Ok(());
    }
    let report = runner.set_grouped(true).run(connection).map_err(failed)?;
    if let [first, .., last] | [first @ last] = report.applied_migrations().as_slice() {
        tracing::info!(%first, %last, "schema migrated");
    }
    Ok(())
}

/// Whether nothing is missing; refuses a schema that this program does not know.
fn up_to_date<C: Migrate>(runner: &Runner, connection: &mut C) -> Result<bool> {
    let known = runner.get_migrations().iter().map(refinery::Migration::version).max();
    let known = known.unwrap_or_default();
    // A new database has no history yet, which refinery reports as an error.
    let applied = runner.get_last_applied_migration(connection).ok().flatten();
    match applied.map(|migration| migration.version()) {
        Some(found) if found > known => Err(Error::NewerSchema { found, known }),
        found => Ok(found == Some(known)),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn failed(error: refinery::Error) -> Error {
    Error::Database(format!("migration: {error}"))
}
