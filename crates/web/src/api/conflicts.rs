//! Conflicts for programs: what was overwritten while nodes were apart, and settling it.

use crate::caller::Caller;
use crate::pages::{ConflictFilter, held_conflicts};
use crate::problem::ApiResult;
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::conflicts::{self, Held, Outcome, Told, Write};
use muster_domain::auth::Permission as P;
use muster_presentation::conflict::{Shown, Side};
use muster_storage::conflicts::RedirectRow;
use muster_storage::contested::ContestedRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

/// Most conflicts in one answer.
const MOST: i64 = 200;

/// The part of the document that is about conflicts.
#[derive(OpenApi)]
#[openapi(paths(list, restore, keep, contested, duplicates))]
pub(super) struct Annotated;

/// The routes of conflicts.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/v1/conflicts", Needs(P::SettleConflicts), list)
        .get("/api/v1/conflicts/contested", Needs(P::SettleConflicts), contested)
        .get("/api/v1/conflicts/duplicates", Needs(P::SettleConflicts), duplicates)
        .post("/api/v1/conflicts/{name}/restoration", Needs(P::SettleConflicts), restore)
        .post("/api/v1/conflicts/{name}/keeping", Needs(P::SettleConflicts), keep)
}

/// A change that lost against one that did not know of it.
#[derive(Serialize, ToSchema)]
pub(super) struct OverwrittenChange {
    /// By what it is settled.
    name: String,
    /// What kind of record, as the journal names it.
    entity: String,
    record: Uuid,
    /// What people call the record.
    record_name: String,
    /// The field, as the journal names it.
    field: String,
    /// The field, as forms call it.
    field_name: String,
    /// What was overwritten.
    lost: FieldChange,
    /// What stands.
    stands: FieldChange,
    /// The record's version; whoever settles the conflict sends it.
    version: String,
    /// Whether it can be written back from here.
    restorable: bool,
    listed_at: Instant,
    settled_at: Option<Instant>,
    settled_by: Option<Uuid>,
    /// `restored`, `kept`, or `elsewhere` where another node or a later change settled it.
    outcome: Option<String>,
    reason: Option<String>,
}

/// Somebody's write of a field.
#[derive(Serialize, ToSchema)]
pub(super) struct FieldChange {
    /// As the journal has it.
    #[schema(value_type = Object)]
    value: Value,
    /// As forms show it.
    words: String,
    by: Option<Uuid>,
    by_name: String,
    at: Option<Instant>,
    node: Option<Uuid>,
}

impl FieldChange {
    fn of(write: &Write, side: Side) -> Self {
        Self {
            value: write.value.clone(),
            words: side.value,
            by: write.by.map(Uuid::from),
            by_name: side.by,
            at: write.at.map(Instant),
            node: write.node,
        }
    }
}

impl OverwrittenChange {
    fn of(caller: &Caller, held: &Held, told: &Told) -> Self {
        let shown = Shown::of(&caller.known.settings, held, told);
        let row = told.row.clone();
        Self {
            name: shown.name,
            entity: row.entity,
            record: row.record,
            record_name: shown.subject.name,
            field: row.field,
            field_name: shown.field,
            lost: FieldChange::of(&told.lost, shown.lost),
            stands: FieldChange::of(&told.stands, shown.stands),
            version: shown.version,
            restorable: shown.restorable,
            listed_at: Instant(row.listed_at),
            settled_at: row.settled_at.map(Instant),
            settled_by: row.settled_by.map(Uuid::from),
            outcome: row.outcome,
            reason: row.reason,
        }
    }
}

/// A page of conflicts.
#[derive(Serialize, ToSchema)]
pub(super) struct OverwrittenChanges {
    items: Vec<OverwrittenChange>,
    /// Send it as `cursor` for what follows; null at the end.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this kind of record alone.
    #[serde(default)]
    kind: String,
    /// `open` if nothing else is said, `settled`, or `all`.
    #[serde(default)]
    state: String,
    /// `next` of the page before.
    #[serde(default)]
    cursor: String,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// What was overwritten, the latest first.
#[utoipa::path(get, path = "/api/v1/conflicts", operation_id = "list_conflicts", params(Asked),
    responses((status = 200, body = OverwrittenChanges)))]
async fn list(caller: Caller, Query(asked): Query<Asked>) -> ApiResult<Json<OverwrittenChanges>> {
    let wanted = ConflictFilter::wanted(&asked.kind, &asked.state);
    let after = match asked.cursor.as_str() {
        "" => None,
        name => Some(conflicts::key(name).ok_or(Error::NotFound)?),
    };
    let limit = asked.limit.unwrap_or(50).clamp(1, MOST);
    let read =
        caller.read(move |tx, ctx| held_conflicts(tx, ctx, &wanted, (after.as_ref(), limit + 1)));
    let mut held = read.await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = held.items.len() > most;
    held.items.truncate(most);
    let next = held.items.last().filter(|_| more).map(|told| conflicts::name(&told.row));
    let items = held.items.iter().map(|told| OverwrittenChange::of(&caller, &held, told));
    Ok(Json(OverwrittenChanges { items: items.collect(), next }))
}

/// How a conflict is settled.
#[derive(Deserialize, ToSchema)]
pub(super) struct ConflictSettlement {
    reason: String,
    /// The record's version that was looked at.
    version: String,
}

/// Which conflict, and how it is settled.
type Settling = (Path<String>, Json<ConflictSettlement>);

/// Writes back what was overwritten, as a change of today.
#[utoipa::path(post, path = "/api/v1/conflicts/{name}/restoration",
    operation_id = "restore_conflict", request_body = ConflictSettlement,
    responses((status = 204)))]
async fn restore(caller: Caller, settling: Settling) -> ApiResult<StatusCode> {
    settle(&caller, settling, Outcome::Restored).await
}

/// Keeps what stands.
#[utoipa::path(post, path = "/api/v1/conflicts/{name}/keeping",
    operation_id = "keep_conflict", request_body = ConflictSettlement,
    responses((status = 204)))]
async fn keep(caller: Caller, settling: Settling) -> ApiResult<StatusCode> {
    settle(&caller, settling, Outcome::Kept).await
}

async fn settle(
    caller: &Caller,
    (Path(name), Json(body)): Settling,
    outcome: Outcome,
) -> ApiResult<StatusCode> {
    let key = conflicts::key(&name).ok_or(Error::NotFound)?;
    let ConflictSettlement { reason, version } = body;
    let write =
        caller.write(move |tx, ctx| conflicts::settle(tx, ctx, &key, outcome, (&version, &reason)));
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A value that two nodes gave away: whoever took it later has to get another.
#[derive(Serialize, ToSchema)]
pub(super) struct ContestedValue {
    /// What kind of record, as the journal names it.
    entity: String,
    record: Uuid,
    field: String,
    value: String,
    /// Who keeps it.
    holder: Option<Uuid>,
}

impl From<ContestedRow> for ContestedValue {
    fn from(row: ContestedRow) -> Self {
        let ContestedRow { entity, record, field, value, holder } = row;
        Self { entity, record, field, value, holder }
    }
}

/// Values that two records hold, a hundred of a kind at most.
#[utoipa::path(get, path = "/api/v1/conflicts/contested", operation_id = "list_contested_values",
    responses((status = 200, body = Items<ContestedValue>)))]
async fn contested(caller: Caller) -> ApiResult<Json<Items<ContestedValue>>> {
    let (rows, _) = caller.read(conflicts::contested).await?;
    Ok(Json(Items::all(rows)))
}

/// A record that was made twice and became one.
#[derive(Serialize, ToSchema)]
pub(super) struct DuplicateRecord {
    /// What kind of record, as the journal names it.
    entity: String,
    /// The one that is gone.
    record: Uuid,
    /// The one that stands for both.
    stands: Uuid,
}

impl From<RedirectRow> for DuplicateRecord {
    fn from(row: RedirectRow) -> Self {
        let RedirectRow { entity, record, stands } = row;
        Self { entity, record, stands }
    }
}

/// Records that were made twice and became one, a hundred at most.
#[utoipa::path(get, path = "/api/v1/conflicts/duplicates", operation_id = "list_merged_duplicates",
    responses((status = 200, body = Items<DuplicateRecord>)))]
async fn duplicates(caller: Caller) -> ApiResult<Json<Items<DuplicateRecord>>> {
    let (rows, _) = caller.read(conflicts::led).await?;
    Ok(Json(Items::all(rows)))
}
