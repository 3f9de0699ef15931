//! Terms for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::pages::TermForm;
use crate::problem::ApiResult;
use crate::shapes::{Day, Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Ctx, Error, academics};
use muster_domain::ids::TermId;
use muster_storage::ReadTx;
use muster_storage::academics::TermRow;
use muster_storage::locks::LockedRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A dated academic period.
#[derive(Serialize, ToSchema)]
pub(super) struct Term {
    id: Uuid,
    name: String,
    starts_on: Day,
    ends_on: Day,
    archived_at: Option<Instant>,
    /// The lock, while it holds: attendance of the term changes no more.
    lock: Option<TermLock>,
    version: i64,
}

/// Since when a term is locked, by whom, and why.
#[derive(Serialize, ToSchema)]
pub(super) struct TermLock {
    locked_at: Instant,
    /// Name of who locked it.
    locked_by: Option<String>,
    reason: String,
}

impl Tagged for Term {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<(TermRow, Option<LockedRow>)> for Term {
    fn from((row, lock): (TermRow, Option<LockedRow>)) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            starts_on: Day(row.starts_on),
            ends_on: Day(row.ends_on),
            archived_at: row.archived_at.map(Instant),
            lock: lock.map(|lock| TermLock {
                locked_at: Instant(lock.locked_at),
                locked_by: lock.by,
                reason: lock.reason,
            }),
            version: row.version,
        }
    }
}

/// A term with its lock.
fn whole(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: TermId,
) -> Result<(TermRow, Option<LockedRow>), Error> {
    let mut locks = academics::locked_terms(tx, ctx)?;
    locks.retain(|lock| lock.term == id);
    Ok((academics::term(tx, ctx, id)?, locks.pop()))
}

/// The terms.
#[utoipa::path(get, path = "/api/v1/terms", operation_id = "list_terms",
    params(Part), responses((status = 200, body = Items<Term>)))]
pub(super) async fn list(caller: Caller, Query(part): Query<Part>) -> ApiResult<Json<Items<Term>>> {
    let read =
        caller.read(|tx, ctx| Ok((academics::terms(tx, ctx)?, academics::locked_terms(tx, ctx)?)));
    let (terms, locks) = read.await?;
    let locked = |term: TermRow| {
        let lock = locks.iter().find(|lock| lock.term == term.id).cloned();
        (term, lock)
    };
    let rows: Vec<_> = terms.into_iter().map(locked).collect();
    Ok(Json(Items::part(rows, part, |(term, _)| term.id.0)?))
}

/// One term.
#[utoipa::path(get, path = "/api/v1/terms/{id}", operation_id = "get_term",
    params(IfNoneMatch), responses((status = 200, body = Term)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<TermId>,
) -> ApiResult<Record<Term>> {
    Ok(known.or(caller.read(move |tx, ctx| whole(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewTerm)]
pub(super) struct TermBody {
    name: String,
    #[schema(format = Date)]
    starts_on: String,
    #[schema(format = Date)]
    ends_on: String,
}

/// Adds a term.
#[utoipa::path(post, path = "/api/v1/terms", operation_id = "create_term",
    request_body = TermBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(TermBody { name, starts_on, ends_on }): Json<TermBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let input = TermForm { name, starts_on, ends_on, ..TermForm::default() }.input()?;
    let id = caller.write(move |tx, ctx| academics::create_term(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct TermChange {
    name: Option<String>,
    #[schema(format = Date)]
    starts_on: Option<String>,
    #[schema(format = Date)]
    ends_on: Option<String>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// Changes a term.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/terms/{id}", operation_id = "change_term",
    params(IfMatch), request_body = TermChange, responses((status = 200, body = Term)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<TermId>,
    Json(body): Json<TermChange>,
) -> ApiResult<Record<Term>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::term(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut form = TermForm::of(&before);
        for (field, text) in [
            (&mut form.name, &body.name),
            (&mut form.starts_on, &body.starts_on),
            (&mut form.ends_on, &body.ends_on),
        ] {
            if let Some(text) = text {
                field.clone_from(text);
            }
        }
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_term(tx, ctx, id, seen, &form.input()?, archived)?;
        whole(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives a term.
#[utoipa::path(post, path = "/api/v1/terms/{id}/archival", operation_id = "archive_term",
    responses((status = 200, body = Term)))]
pub(super) async fn archive(caller: Caller, path: Path<TermId>) -> ApiResult<Record<Term>> {
    let archived = TermChange { archived: Some(true), ..TermChange::default() };
    change(caller, IfMatch::default(), path, Json(archived)).await
}

#[derive(Deserialize, ToSchema)]
pub(super) struct LockReason {
    reason: String,
}

/// Locks a term: its sessions, marks and corrections change no more.
#[utoipa::path(post, path = "/api/v1/terms/{id}/lock", operation_id = "lock_term",
    request_body = LockReason, responses((status = 204)))]
pub(super) async fn lock(
    caller: Caller,
    Path(id): Path<TermId>,
    Json(LockReason { reason }): Json<LockReason>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::lock_term(tx, ctx, id, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unlocks a term.
#[utoipa::path(post, path = "/api/v1/terms/{id}/unlocking", operation_id = "unlock_term",
    request_body = LockReason, responses((status = 204)))]
pub(super) async fn unlock(
    caller: Caller,
    Path(id): Path<TermId>,
    Json(LockReason { reason }): Json<LockReason>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::unlock_term(tx, ctx, id, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}
