//! The institution's settings: names with JSON values.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;

record! {
    /// One setting that was changed from its default.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SettingRow {
        /// Name.
        pub name: String,
        /// JSON value.
        pub value: String,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    LIST = "select name, value, version from settings order by name";
    PUT = "insert into settings (name, value, changed_by, changed_at, version)
        values (?1, ?2, ?3, ?4, ?5)
        on conflict (name) do update set value = excluded.value, changed_by = excluded.changed_by,
            changed_at = excluded.changed_at, version = excluded.version";
}

/// Every setting that was changed from its default.
pub fn list(tx: &mut ReadTx<'_>) -> Result<Vec<SettingRow>> {
    tx.all(&LIST, args![])
}

/// Sets one.
pub fn put(
    tx: &mut WriteTx<'_>,
    name: &str,
    value: &str,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    let version = tx.version();
    tx.execute(&PUT, args![name, value, by, at, version])?;
    Ok(())
}
