//! Migrations: forwards only, under a lock, refused on a schema newer than this program.

use super::{Error, Result};
use refinery::{Migrate, Runner};
use std::fs::{self, File};
use std::path::Path;

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres {
    refinery::embed_migrations!("migrations/postgres");
}

/// Brings a SQLite database up to date; other processes wait at a file beside it. A command that
/// finds nothing to do does not wait.
pub(super) fn sqlite(connection: &mut rusqlite::Connection, path: &Path) -> Result<()> {
    let runner = sqlite::migrations::runner();
    if up_to_date(&runner, connection)? {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".migrating");
    let failed = |error: std::io::Error| {
        Error::Unavailable(format!("{}: {error}", Path::new(&name).display()))
    };
    let lock = File::create(&name).map_err(failed)?;
    lock.lock().map_err(failed)?;
    run(runner, connection)?;
    // Whoever waited at it, or makes it anew, finds nothing to do.
    let _ = fs::remove_file(&name);
    Ok(())
}

/// Brings a PostgreSQL database up to date; other processes wait.
pub(super) fn postgres(client: &mut ::postgres::Client) -> Result<()> {
    client.batch_execute(
        "set statement_timeout = 0; set lock_timeout = 0;
         set idle_in_transaction_session_timeout = 0; select pg_advisory_lock(7235418)",
    )?;
    let done = run(postgres::migrations::runner(), client);
    client.batch_execute("select pg_advisory_unlock(7235418)")?;
    done
}

/// Runs what is missing, all of it in one transaction.
fn run<C: Migrate>(runner: Runner, connection: &mut C) -> Result<()> {
    if up_to_date(&runner, connection)? {
        return Ok(());
    }
    let report = runner.set_grouped(true).run(connection).map_err(failed)?;
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "schema migrated");
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
