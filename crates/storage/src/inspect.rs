//! Everything that a database holds, for tests that something is as it was. Behind the feature
//! `testing`, which only `testkit` asks for.

use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Columns that move on with every change.
const CLOCKS: [&str; 2] = ["version", "mark_version"];

/// Rows as text, by table.
pub type Rows = BTreeMap<&'static str, Vec<String>>;

/// The rows of these tables, without the readings of logical clocks.
pub fn rows(url: &str, tables: &[&'static str]) -> Result<Rows> {
    match url.strip_prefix("sqlite:") {
        Some(path) => sqlite(path, tables),
        None => postgres(url, tables),
    }
}

/// The columns of a SQLite database that refer to a table: `enrolments.person`.
pub fn references(url: &str, table: &str) -> Result<BTreeSet<String>> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let connection = rusqlite::Connection::open(path)?;
    let mut statement = connection.prepare(
        "select m.name || '.' || f.\"from\" from sqlite_master m
        join pragma_foreign_key_list(m.name) f where m.type = 'table' and f.\"table\" = ?1",
    )?;
    let rows = statement.query_map([table], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lets a SQLite node that replicates take itself for a `hub` or an `edge`, as somebody can who has
/// the disk in hand.
pub fn disguise(url: &str, role: &str) -> Result<()> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    rusqlite::Connection::open(path)?.execute("update replicates set role = ?1", [role])?;
    Ok(())
}

/// How many transactions of a PostgreSQL database wait for rows that another one holds.
pub fn waiting(url: &str) -> Result<i64> {
    let failed = |error: postgres::Error| Error::Database(error.to_string());
    let mut client = postgres::Client::connect(url, postgres::NoTls).map_err(failed)?;
    let sql = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
        and wait_event in ('transactionid', 'tuple')";
    Ok(client.query_one(sql, &[]).map_err(failed)?.get(0))
}

fn sqlite(path: &str, tables: &[&'static str]) -> Result<Rows> {
    let connection = rusqlite::Connection::open(path)?;
    let mut all = Rows::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("select * from {table}"))?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            let kept = names.iter().filter(|name| !CLOCKS.contains(&name.as_str()));
            let fields = kept.map(|name| {
                let value = row.get_ref(name.as_str())?;
                Ok(format!("{name}={value:?}"))
            });
            Ok(fields.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
        };
        let rows = statement.query_map([], row)?;
        let mut rows: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        rows.sort();
        all.insert(table, rows);
    }
    Ok(all)
}

fn postgres(url: &str, tables: &[&'static str]) -> Result<Rows> {
    let failed = |error: postgres::Error| Error::Database(error.to_string());
    let mut client = postgres::Client::connect(url, postgres::NoTls).map_err(failed)?;
    let clocks = CLOCKS.map(|name| format!("- '{name}'")).concat();
    let mut all = Rows::new();
    for table in tables {
        let sql = format!("select (to_jsonb(t) {clocks})::text from {table} t order by 1");
        let rows = client.query(&sql, &[]).map_err(failed)?;
        all.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    Ok(all)
}
