//! Nodes that replicate: what this one is, the edges that a hub knows, and the one-time codes that
//! enrol them.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// What a node that replicates is.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OwnRow {
        /// `hub` or `edge`.
        pub role: String,
        /// Of an edge: where its hub is.
        pub url: Option<String>,
        /// The hub's node.
        pub hub: Option<Uuid>,
        /// What it is called.
        pub hub_name: Option<String>,
        /// Its public key.
        pub hub_key: Option<Vec<u8>>,
        /// As what it knows this node.
        pub peer: Option<Uuid>,
        /// Minutes between two exchanges; 0 for by hand alone.
        pub every: i64,
        /// The number of the last question.
        pub asked: i64,
        /// What this node may see, as JSON.
        pub scope: Option<String>,
        /// The sight that the runs here were opened for.
        pub sight: Option<Vec<u8>>,
        /// Up to where sign-ins were taken, as JSON.
        pub secrets: Option<String>,
        /// How far the hub was.
        pub heads: Option<Vec<u8>>,
        /// When it was last tried to reach.
        pub tried_at: Option<Timestamp>,
        /// When that last succeeded.
        pub success_at: Option<Timestamp>,
        /// Tries since then that came to nothing.
        pub failures: i64,
        /// Why the last one did.
        pub error: Option<String>,
    }
}

record! {
    /// An edge, as its hub knows it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PeerRow {
        /// Id.
        pub id: Uuid,
        /// Whose series it writes.
        pub node: Uuid,
        /// What it is called.
        pub name: String,
        /// Its public key.
        pub public_key: Vec<u8>,
        /// Ids of the classes that it may see, as JSON; none for the whole institution.
        pub classes: Option<String>,
        /// When it was enrolled.
        pub enrolled_at: Timestamp,
        /// Who made its code; none for whoever has the hub's shell.
        pub enrolled_by: Option<PersonId>,
        /// The number of its last question.
        pub asked: i64,
        /// When it was last heard of.
        pub seen_at: Option<Timestamp>,
        /// When an exchange with it last succeeded.
        pub success_at: Option<Timestamp>,
        /// What was wrong last.
        pub error: Option<String>,
        /// When.
        pub error_at: Option<Timestamp>,
        /// How many of its entries were refused.
        pub refused: i64,
        /// How far it was.
        pub heads: Option<Vec<u8>>,
        /// What it says of itself, as JSON.
        pub about: Option<String>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
        /// By whom.
        pub revoked_by: Option<PersonId>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A code that enrols an edge.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PeerCodeRow {
        /// The key that follows from it.
        pub digest: Vec<u8>,
        /// What the edge will be called.
        pub name: String,
        /// Ids of the classes that it will see, as JSON; none for the whole institution.
        pub classes: Option<String>,
        /// Who made the code; none for whoever has the hub's shell.
        pub made_by: Option<PersonId>,
        /// Until when it is taken.
        pub expires_at: Timestamp,
    }
}

record! {
    struct RoleRow {
        role: String,
    }
}

statements! {
    OWN = "select role, url, hub, hub_name, hub_key, peer, every, asked, scope, sight,
            secrets, heads, tried_at, success_at, failures, error
        from replicates where id = 1";
    ROLE = "select role from replicates where id = 1";
    BEGIN = "insert into replicates (id, role, began_at, every, asked, failures)
        values (1, ?1, ?2, ?3, 0, 0) on conflict (id) do nothing";
    JOIN = "insert into replicates (id, role, began_at, url, hub, hub_name, hub_key, peer, every,
            asked, scope, failures)
        values (1, 'edge', ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, 0)
        on conflict (id) do update set url = excluded.url, hub = excluded.hub,
            hub_name = excluded.hub_name, hub_key = excluded.hub_key, peer = excluded.peer,
            asked = 0, scope = excluded.scope, sight = null,
            secrets = null, heads = null, failures = 0,
            error = null";
    EVERY = "update replicates set every = ?1 where id = 1";
    ASK = "update replicates set asked = ?1, tried_at = ?2 where id = 1 and asked < ?1";
    FOLLOW = "update replicates set heads = ?1, scope = ?2 where id = 1";
    // Whoever comes into sight brings a sign-in that may be old.
    SIGHT = "update replicates set sight = ?1, secrets = null where id = 1";
    SECRETS = "update replicates set secrets = ?1 where id = 1";
    DONE = "update replicates set success_at = ?1, failures = 0, error = ?2 where id = 1";
    FAIL = "update replicates set failures = failures + 1, error = ?1 where id = 1";
    OF_NODE = "select id, node, name, public_key, classes, enrolled_at, enrolled_by, asked, seen_at,
            success_at, error, error_at, refused, heads, about, revoked_at, revoked_by, version
        from peers where node = ?1 and revoked_at is null";
    GET = "select id, node, name, public_key, classes, enrolled_at, enrolled_by, asked, seen_at,
            success_at, error, error_at, refused, heads, about, revoked_at, revoked_by, version
        from peers where id = ?1";
    LIST = "select id, node, name, public_key, classes, enrolled_at, enrolled_by, asked, seen_at,
            success_at, error, error_at, refused, heads, about, revoked_at, revoked_by, version
        from peers order by enrolled_at, id";
    PUT = "insert into peers (id, node, name, public_key, classes, enrolled_at, enrolled_by, asked,
            refused, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?8)";
    HEAR = "update peers set asked = ?2, seen_at = ?3
        where id = ?1 and asked < ?2 and revoked_at is null";
    TELL = "update peers set success_at = ?2, heads = ?3, about = ?4 where id = ?1";
    BLAME = "update peers set error = ?2, error_at = ?3, refused = refused + ?4 where id = ?1";
    RESCOPE = "update peers set classes = ?2, version = ?3 where id = ?1";
    REVOKE = "update peers set revoked_at = ?2, revoked_by = ?3, version = ?4
        where id = ?1 and revoked_at is null";
    PUT_CODE = "insert into peer_codes (digest, name, classes, made_by, expires_at)
        values (?1, ?2, ?3, ?4, ?5)";
    CODES = "select digest, name, classes, made_by, expires_at from peer_codes
        where expires_at > ?1";
    USE_CODE = "delete from peer_codes where digest = ?1";
    DROP_CODES = "delete from peer_codes where expires_at <= ?1";
}

/// What this node is, if it replicates.
pub fn own(tx: &mut ReadTx<'_>) -> Result<Option<OwnRow>> {
    tx.opt(&OWN, args![])
}

/// Whether this node is an edge.
pub fn is_edge(tx: &mut ReadTx<'_>) -> Result<bool> {
    let row: Option<RoleRow> = tx.opt(&ROLE, args![])?;
    Ok(row.is_some_and(|row| row.role == "edge"))
}

/// Makes this node a hub, unless it replicates already.
pub fn become_hub(tx: &mut WriteTx<'_>, at: Timestamp) -> Result<()> {
    tx.execute(&BEGIN, args!["hub", at, 0_i64])?;
    Ok(())
}

/// Makes this node an edge of a hub, or of another one.
pub fn become_edge(tx: &mut WriteTx<'_>, row: &OwnRow, at: Timestamp) -> Result<()> {
    let OwnRow { url, hub, hub_name, hub_key, peer, every, scope, .. } = row;
    tx.execute(&JOIN, args![at, *url, *hub, *hub_name, *hub_key, *peer, *every, *scope])?;
    Ok(())
}

/// Says how many minutes are between two exchanges.
pub fn set_every(tx: &mut WriteTx<'_>, minutes: i64) -> Result<()> {
    tx.execute(&EVERY, args![minutes])?;
    Ok(())
}

/// Notes that the hub is asked under this number; false if a later one was asked already.
pub fn ask(tx: &mut WriteTx<'_>, number: i64, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&ASK, args![number, at])? == 1)
}

/// Keeps how far the hub was and what it lets this node see.
pub fn follow(tx: &mut WriteTx<'_>, heads: &[u8], scope: Option<&str>) -> Result<()> {
    tx.execute(&FOLLOW, args![*heads, scope])?;
    Ok(())
}

/// Keeps the sight that the runs here were opened for.
pub fn set_sight(tx: &mut WriteTx<'_>, sight: &[u8]) -> Result<()> {
    tx.execute(&SIGHT, args![*sight])?;
    Ok(())
}

/// Keeps up to where sign-ins were taken.
pub fn set_secrets(tx: &mut WriteTx<'_>, place: &str) -> Result<()> {
    tx.execute(&SECRETS, args![*place])?;
    Ok(())
}

/// Notes that everything was exchanged, with a remark if not all is well.
pub fn done(tx: &mut WriteTx<'_>, at: Timestamp, remark: Option<&str>) -> Result<()> {
    tx.execute(&DONE, args![at, remark])?;
    Ok(())
}

/// Notes why an exchange came to nothing.
pub fn fail(tx: &mut WriteTx<'_>, why: &str) -> Result<()> {
    tx.execute(&FAIL, args![*why])?;
    Ok(())
}

/// The edge of that id.
pub fn get(tx: &mut ReadTx<'_>, id: Uuid) -> Result<Option<PeerRow>> {
    tx.opt(&GET, args![id])
}

/// The edges that write that node's series and were not revoked.
pub fn of_node(tx: &mut ReadTx<'_>, node: Uuid) -> Result<Vec<PeerRow>> {
    tx.all(&OF_NODE, args![node])
}

/// All edges, the first enrolled first.
pub fn list(tx: &mut ReadTx<'_>) -> Result<Vec<PeerRow>> {
    tx.all(&LIST, args![])
}

/// Adds an edge.
pub fn insert(tx: &mut WriteTx<'_>, row: &PeerRow) -> Result<()> {
    let PeerRow { id, node, name, public_key, classes, enrolled_at, enrolled_by, version, .. } =
        row;
    let args = args![*id, *node, name, public_key, *classes, *enrolled_at, *enrolled_by, *version];
    tx.execute(&PUT, args)?;
    Ok(())
}

/// Notes that an edge asked under this number; false if it asked that before, or was revoked.
pub fn hear(tx: &mut WriteTx<'_>, id: Uuid, number: i64, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&HEAR, args![id, number, at])? == 1)
}

/// Keeps how far an edge was and what it said of itself.
pub fn tell(
    tx: &mut WriteTx<'_>,
    id: Uuid,
    at: Timestamp,
    (heads, about): (&[u8], &str),
) -> Result<()> {
    tx.execute(&TELL, args![id, at, *heads, *about])?;
    Ok(())
}

/// Notes what was wrong with an edge's question, and how many entries were refused for it.
pub fn blame(
    tx: &mut WriteTx<'_>,
    id: Uuid,
    at: Timestamp,
    (why, refused): (&str, i64),
) -> Result<()> {
    tx.execute(&BLAME, args![id, *why, at, refused])?;
    Ok(())
}

/// Says what an edge may see from now on.
pub fn rescope(tx: &mut WriteTx<'_>, id: Uuid, classes: Option<&str>, version: i64) -> Result<()> {
    tx.execute(&RESCOPE, args![id, classes, version])?;
    Ok(())
}

/// Revokes an edge; false if it was before.
pub fn revoke(
    tx: &mut WriteTx<'_>,
    id: Uuid,
    (at, by, version): (Timestamp, Option<PersonId>, i64),
) -> Result<bool> {
    Ok(tx.execute(&REVOKE, args![id, at, by, version])? == 1)
}

/// Adds a code, and forgets those that are over.
pub fn insert_code(tx: &mut WriteTx<'_>, row: &PeerCodeRow, now: Timestamp) -> Result<()> {
    tx.execute(&DROP_CODES, args![now])?;
    let PeerCodeRow { digest, name, classes, made_by, expires_at } = row;
    tx.execute(&PUT_CODE, args![digest, name, *classes, *made_by, *expires_at])?;
    Ok(())
}

/// The codes that can be used now: few, as each is made by hand.
pub fn codes(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<PeerCodeRow>> {
    tx.all(&CODES, args![now])
}

/// Uses a code up; false if somebody else just did.
pub fn use_code(tx: &mut WriteTx<'_>, digest: &[u8]) -> Result<bool> {
    Ok(tx.execute(&USE_CODE, args![digest])? == 1)
}
