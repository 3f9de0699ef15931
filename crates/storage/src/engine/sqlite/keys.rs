//! Which unique index refused a row: by its name, as PostgreSQL says it.

use crate::engine::Error;
use rusqlite::Connection;

/// An error whose conflict, if it is one, names the index; `TABLE_pkey` for a primary key.
pub(super) fn named(connection: &Connection, error: rusqlite::Error) -> Error {
    let text = match &error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        _ => String::new(),
    };
    match Error::from(error) {
        Error::Conflict(_) => Error::Conflict(index(connection, &text)),
        other => other,
    }
}

/// The index behind `UNIQUE constraint failed: people.number, people.term`.
fn index(connection: &Connection, text: &str) -> String {
    let columns = text.rsplit("failed: ").next().unwrap_or(text);
    let table = columns.split('.').next().unwrap_or_default();
    let found = connection.query_row(
        "select list.name from pragma_index_list(?1) as list
            where list.\"unique\" = 1 and list.origin = 'c' and ?2 = (
                select group_concat(?1 || '.' || name, ', ')
                from (select name from pragma_index_info(list.name) order by seqno))",
        [table, columns],
        |row| row.get(0),
    );
    found.unwrap_or_else(|_| format!("{table}_pkey"))
}
