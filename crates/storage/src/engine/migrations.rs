//! Migrations: forwards only, under a lock, refused on a schema newer than this program.

use super::{Error, Result};
use refinery::{Migrate, Runner};

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres {
    refinery::embed_migrations!("migrations/postgres");
}

/// Brings a SQLite database up to date.
pub(super) fn sqlite(connection: &mut rusqlite::Connection) -> Result<()> {
    run(&sqlite::migrations::runner(), connection)
}

/// Brings a PostgreSQL database up to date; other processes wait.
pub(super) fn postgres(client: &mut ::postgres::Client) -> Result<()> {
    client.batch_execute("select pg_advisory_lock(7235418)")?;
    let done = run(&postgres::migrations::runner(), client);
    client.batch_execute("select pg_advisory_unlock(7235418)")?;
    done
}

fn run<C: Migrate>(runner: &Runner, connection: &mut C) -> Result<()> {
    let known = runner.get_migrations().iter().map(refinery::Migration::version).max();
    let known = known.unwrap_or_default();
    // A new database has no history yet, which refinery reports as an error.
    let applied = runner.get_last_applied_migration(connection).ok().flatten();
    if let Some(found) = applied.map(|migration| migration.version()).filter(|v| *v > known) {
        return Err(Error::NewerSchema { found, known });
    }
    // Two processes opening one SQLite file: the second finds the work done.
    runner.run(connection).map(|_| ()).map_err(failed)
}

#[allow(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn failed(error: refinery::Error) -> Error {
    Error::Database(format!("migration: {error}"))
}
