//! The journal for programs: its entries, and how far each series is.

use crate::caller::Caller;
use crate::pages::journal::{Asked, find};
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::Query;
use data_encoding::HEXLOWER;
use muster_app::journal;
use muster_journal::{Head, Series};
use muster_storage::journal::JournalRow;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the journal, the latest entry first.
#[derive(Serialize, ToSchema)]
pub(super) struct JournalPage {
    items: Vec<Entry>,
    /// Send it as `cursor` for what follows; null at the end.
    next: Option<String>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Entry {
    id: Uuid,
    /// Its number, if this node wrote it; null for a moment after the change.
    seq: Option<i64>,
    at: Instant,
    /// Logical time.
    clock: i64,
    actor: Option<Uuid>,
    actor_name: Option<String>,
    via: String,
    action: String,
    entity: String,
    entity_id: Uuid,
    topic: Option<Uuid>,
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    reason: Option<String>,
}

/// Who changed what, from what to what, and why.
#[utoipa::path(get, path = "/api/v1/journal", operation_id = "browse_journal", params(Asked),
    responses((status = 200, body = JournalPage)))]
pub(super) async fn browse(
    caller: Caller,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<JournalPage>> {
    let (rows, next) = find(&caller, &asked).await?;
    let items = rows.into_iter().map(entry).collect();
    Ok(Json(JournalPage { items, next: Some(next).filter(|next| !next.is_empty()) }))
}

/// How far a series of entries is known here.
#[derive(Serialize, ToSchema)]
pub(super) struct JournalHead {
    /// The node that wrote it.
    node: Uuid,
    /// Which of its lives: a node that came back from a backup, or was copied, begins another. As text,
    /// since it is larger than the numbers of scripts.
    incarnation: String,
    /// The number of the last entry.
    seq: i64,
    /// Its link in the chain: SHA-256 in hexadecimal digits.
    hash: String,
    /// Whether this node writes it now.
    own: bool,
}

/// How far each series of entries is known here: two nodes with the same heads hold the same.
#[utoipa::path(get, path = "/api/v1/journal/heads", operation_id = "list_journal_heads",
    responses((status = 200, body = Items<JournalHead>)))]
pub(super) async fn heads(caller: Caller) -> ApiResult<Json<Items<JournalHead>>> {
    let (own, heads) = caller.read(journal::heads).await?;
    let shown = heads.iter().map(|(series, Head { seq, hash })| {
        let Series { node, incarnation } = series;
        let (incarnation, hash) = (incarnation.to_string(), HEXLOWER.encode(&hash));
        JournalHead { node, incarnation, seq, hash, own: series == own }
    });
    Ok(Json(Items::all(shown)))
}

fn entry(row: JournalRow) -> Entry {
    let parsed = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    Entry {
        id: row.id.0,
        seq: row.seq,
        at: Instant(row.at),
        clock: row.clock,
        actor: row.actor.map(Into::into),
        actor_name: row.actor_name,
        via: row.via,
        action: row.action,
        entity: row.entity,
        entity_id: row.entity_id,
        topic: row.topic,
        before: parsed(row.before),
        after: parsed(row.after),
        reason: row.reason,
    }
}
