//! Merging two records of one person, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::people::merge::{self, Choices, FieldPair, MergeCounts, MergeInput, MergePreview};
use muster_app::{Ctx, Error};
use muster_domain::ids::{MergeId, PersonId};
use muster_storage::ReadTx;
use muster_storage::merges::MergeRow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Two records of one person that became one.
#[derive(Serialize, ToSchema)]
pub(super) struct Merge {
    id: Uuid,
    /// The record that stayed.
    kept: Uuid,
    /// The record that leads to it.
    merged: Uuid,
    /// The merged record's name.
    name: String,
    /// The merged record's number: it finds the kept one.
    number: String,
    reason: String,
    merged_by: Option<Uuid>,
    merged_at: Instant,
    /// When it was undone; null if it stands.
    undone_at: Option<Instant>,
}

impl From<MergeRow> for Merge {
    fn from(row: MergeRow) -> Self {
        Self {
            id: row.id.0,
            kept: row.kept.0,
            merged: row.merged.0,
            name: row.name,
            number: row.number,
            reason: row.reason,
            merged_by: row.merged_by.map(Into::into),
            merged_at: Instant(row.merged_at),
            undone_at: row.undone_at.map(Instant),
        }
    }
}

/// What a merge would do.
#[derive(Serialize, ToSchema)]
#[schema(as = MergePreview)]
pub(super) struct Preview {
    /// The record that would stay.
    kept: Uuid,
    /// The record that would lead to it.
    merged: Uuid,
    /// Every field of which one of them has a value.
    fields: Vec<MergeField>,
    moves: MergeMoves,
}

/// A field of both records.
#[derive(Serialize, ToSchema)]
pub(super) struct MergeField {
    /// By this name it is chosen.
    field: &'static str,
    kept: String,
    merged: String,
    /// Whose value stays unless one is chosen: `kept` or `merged`.
    preferred: &'static str,
}

/// How much would move to the record that stays.
#[derive(Serialize, ToSchema)]
pub(super) struct MergeMoves {
    classes: usize,
    /// Of these, classes in which both are.
    shared_classes: usize,
    marks: usize,
    /// Of these, marks in sessions in which both are marked.
    shared_marks: usize,
    roles: usize,
    corrections: usize,
    leaves: usize,
    notices: usize,
    devices: usize,
}

impl From<FieldPair> for MergeField {
    fn from(pair: FieldPair) -> Self {
        let FieldPair { key, kept, merged, preferred, .. } = pair;
        Self { field: key, kept, merged, preferred: preferred.key() }
    }
}

impl From<MergeCounts> for MergeMoves {
    fn from(counts: MergeCounts) -> Self {
        let MergeCounts {
            classes,
            shared_classes,
            marks,
            shared_marks,
            roles,
            corrections,
            leaves,
            notices,
            devices,
        } = counts;
        Self {
            classes,
            shared_classes,
            marks,
            shared_marks,
            roles,
            corrections,
            leaves,
            notices,
            devices,
        }
    }
}

/// What merging another record into a person's would do. Nothing changes.
#[utoipa::path(get, path = "/api/v1/people/{id}/merge-previews/{other}",
    operation_id = "preview_merge", responses((status = 200, body = Preview)))]
pub(super) async fn preview(
    caller: Caller,
    Path((id, other)): Path<(PersonId, PersonId)>,
) -> ApiResult<Json<Preview>> {
    let preview = caller.read(move |tx, ctx| merge::preview(tx, ctx, id, other)).await?;
    let MergePreview { kept, merged, fields, counts } = preview;
    Ok(Json(Preview {
        kept: kept.id.0,
        merged: merged.id.0,
        fields: fields.into_iter().map(Into::into).collect(),
        moves: counts.into(),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMerge {
    /// The other record, which leads to this one from then on.
    #[schema(value_type = Uuid)]
    merged: PersonId,
    reason: String,
    /// Whose value of a field stays: `kept` or `merged`, by the field's name or `photo`. Of fields
    /// not named it is the kept record's, if it has one.
    #[serde(default)]
    choices: BTreeMap<String, String>,
}

/// What was merged into a person's record, the latest first.
#[utoipa::path(get, path = "/api/v1/people/{id}/merges", operation_id = "list_merges",
    responses((status = 200, body = Items<Merge>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<Json<Items<Merge>>> {
    Ok(Json(Items::all(caller.read(move |tx, ctx| merge::merges_of(tx, ctx, id)).await?)))
}

/// Merges another record of the same person into this one.
///
/// Every record moves, and the other one's number leads here. Asking for the other record is
/// answered with 410 and the id of this one.
#[utoipa::path(post, path = "/api/v1/people/{id}/merges", operation_id = "merge_people",
    request_body = NewMerge, responses((status = 201, body = Merge)))]
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(body): Json<NewMerge>,
) -> ApiResult<(StatusCode, Json<Merge>)> {
    let choices = body.choices.iter().map(|(field, side)| (field.as_str(), side.as_str()));
    let choices = Choices::read(choices);
    let NewMerge { merged, reason, .. } = body;
    let input = MergeInput { kept: id, merged, choices, reason, seen: None };
    let done = caller.write(move |tx, ctx| {
        let made = merge::merge(tx, ctx, &input)?;
        one(tx, ctx, id, made)
    });
    Ok((StatusCode::CREATED, Json(done.await?.into())))
}

/// Undoes a merge: every record goes back.
///
/// If anything that moved was changed since, the answer says what, and nothing changes.
#[utoipa::path(post, path = "/api/v1/people/{id}/merges/{merge}/reversal",
    operation_id = "undo_merge", responses((status = 200, body = Merge)))]
pub(super) async fn undo(
    caller: Caller,
    Path((id, merge)): Path<(PersonId, MergeId)>,
) -> ApiResult<Json<Merge>> {
    let done = caller.write(move |tx, ctx| {
        merge::undo(tx, ctx, id, merge)?;
        one(tx, ctx, id, merge)
    });
    Ok(Json(done.await?.into()))
}

fn one(tx: &mut ReadTx<'_>, ctx: &Ctx, kept: PersonId, id: MergeId) -> Result<MergeRow, Error> {
    let all = merge::merges_of(tx, ctx, kept)?;
    all.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)
}
