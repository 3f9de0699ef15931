//! The public keys that sign credentials, of all nodes: the hub writes them.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// A public key that signs credentials.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SigningKeyRow {
        /// Id, which follows from the node and the key.
        pub id: Uuid,
        /// The node whose key it is.
        pub node: Uuid,
        /// The key: 32 bytes of Ed25519.
        pub public_key: Vec<u8>,
        /// When the hub heard of it.
        pub told_at: Timestamp,
        /// Since when its node has it no more: what it signed counts no longer.
        pub withdrawn_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    // A node has few.
    EVERY_KEY = "select id, node, public_key, told_at, withdrawn_at, version
        from signing_keys order by told_at, id";
    PUT = "insert into signing_keys (id, node, public_key, told_at, withdrawn_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)
        on conflict (id) do update set withdrawn_at = excluded.withdrawn_at,
            version = excluded.version";
}

/// All of them, withdrawn ones too, the first told first.
pub fn all(tx: &mut ReadTx<'_>) -> Result<Vec<SigningKeyRow>> {
    tx.all(&EVERY_KEY, args![])
}

/// Adds a key, or says since when it is withdrawn.
pub fn put(tx: &mut WriteTx<'_>, row: &SigningKeyRow) -> Result<()> {
    let SigningKeyRow { id, node, public_key, told_at, withdrawn_at, version } = row;
    tx.execute(&PUT, args![*id, *node, public_key, *told_at, *withdrawn_at, *version])?;
    Ok(())
}
