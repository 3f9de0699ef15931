//! The journal for programs.

use crate::caller::Caller;
use crate::pages::journal::{Asked, find};
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Query;
use muster_storage::journal::JournalRow;
use serde_json::{Value, json};

/// `GET /api/v1/journal`
pub(super) async fn browse(caller: Caller, Query(asked): Query<Asked>) -> ApiResult<Json<Value>> {
    let (rows, next) = find(&caller, &asked).await?;
    let items: Vec<Value> = rows.iter().map(entry).collect();
    let next = Some(next).filter(|next| !next.is_empty());
    Ok(Json(json!({"items": items, "next": next})))
}

fn entry(row: &JournalRow) -> Value {
    let parsed = |text: &Option<String>| -> Option<Value> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok())
    };
    json!({
        "id": row.id, "seq": row.seq, "at": rfc3339(row.at), "clock": row.clock,
        "actor": row.actor, "actor_name": row.actor_name, "via": row.via, "action": row.action,
        "entity": row.entity, "entity_id": row.entity_id, "topic": row.topic,
        "before": parsed(&row.before), "after": parsed(&row.after), "reason": row.reason,
    })
}
