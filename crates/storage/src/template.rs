//! Databases for tests: each is a copy of one whose tables are made already, which takes a fifth of
//! the time that the migrations take. Behind the feature `testing`.

use crate::engine::{migrate_postgres, migrate_sqlite, postgres_digest, sqlite_digest};
use crate::{Error, Result};
use postgres::error::SqlState;
use postgres::{Client, NoTls};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How often to look whether a session that was ended is gone.
const ENDING: Duration = Duration::from_millis(2);

/// Makes a SQLite file with tables and no rows, not even of a node: copies become nodes of their own.
///
/// # Errors
/// Any that making a file has.
pub fn blank(path: &Path) -> Result<()> {
    migrate_sqlite(&mut rusqlite::Connection::open(path)?)
}

/// Copies such a file from the folder of templates, where it is made if it is not there yet.
///
/// # Errors
/// Any that making or copying a file has.
pub fn copy_blank(templates: &Path, path: &Path) -> Result<()> {
    let template = templates.join(format!("{:016x}.db", sqlite_digest()));
    if !template.is_file() {
        fs::create_dir_all(templates).map_err(unavailable)?;
        // Made under another name first, by each who finds none: what is there is whole.
        let begun = templates.join(format!("{}.begun", std::process::id()));
        blank(&begun)?;
        fs::rename(&begun, &template).map_err(unavailable)?;
    }
    fs::copy(&template, path).map(drop).map_err(unavailable)
}

/// Makes a database with tables and no rows.
///
/// # Errors
/// [`Error::Database`] if the server refuses.
pub fn create(server: &str, name: &str) -> Result<()> {
    let mut client = connect(server)?;
    let template = format!("template_{:016x}", postgres_digest());
    if copy(&mut client, &template, name)? {
        return Ok(());
    }
    // One process makes the template; the others wait for it.
    client.batch_execute("select pg_advisory_lock(7235419)")?;
    if !copy(&mut client, &template, name)? {
        make(&mut client, server, &template)?;
        copy(&mut client, &template, name)?;
    }
    client.batch_execute("select pg_advisory_unlock(7235419)")?;
    Ok(())
}

/// Removes a database that [`create`] made.
///
/// # Errors
/// [`Error::Database`] if the server refuses.
pub fn remove(server: &str, name: &str) -> Result<()> {
    let mut client = connect(server)?;
    // The server itself would look again after a tenth of a second.
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    while !client.query(end, &[&name])?.is_empty() {
        std::thread::sleep(ENDING);
    }
    let sql = format!("drop database if exists {name} with (force)");
    Ok(client.batch_execute(&sql)?)
}

/// The URL of another database on a server.
#[must_use]
pub fn url_of(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    format!("{root}/{name}?{options}")
}

/// Whether there was a template to copy.
fn copy(client: &mut Client, template: &str, name: &str) -> Result<bool> {
    let sql = format!("create database {name} template {template}");
    match client.batch_execute(&sql) {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_DATABASE) => Ok(false),
        // A test of that process number was killed once.
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => {
            client.batch_execute(&format!("drop database {name} with (force)"))?;
            Ok(client.batch_execute(&sql).map(|()| true)?)
        }
        done => Ok(done.map(|()| true)?),
    }
}

/// Makes the template under another name first: what is there under its own is whole.
fn make(client: &mut Client, server: &str, template: &str) -> Result<()> {
    let begun = format!("{template}_begun");
    client.batch_execute(&format!("drop database if exists {begun} with (force)"))?;
    client.batch_execute(&format!("create database {begun}"))?;
    migrate_postgres(&mut connect(&url_of(server, &begun))?)?;
    client.batch_execute(&format!("alter database {begun} rename to {template}"))?;
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn unavailable(error: std::io::Error) -> Error {
    Error::Unavailable(error.to_string())
}

fn connect(url: &str) -> Result<Client> {
    Client::connect(url, NoTls).map_err(|error| Error::Unavailable(error.to_string()))
}
