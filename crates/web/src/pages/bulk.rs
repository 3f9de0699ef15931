//! Everybody's marks at once, from the session's page, and taking that back.

use super::session::{Typed, back};
use super::shell::{Flash, FlashKind};
use crate::caller::Caller;
use crate::times;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::marks::bulk::{self, Reversed};
use muster_domain::attendance::{Extent, Status};
use muster_domain::ids::{BulkId, SessionId};
use muster_storage::bulk::BulkRow;
use serde::Deserialize;

/// What was set at once, as the page shows it.
pub(super) struct Item {
    pub id: String,
    pub text: String,
    pub reason: String,
    pub reversed: bool,
}

impl Item {
    pub fn new(caller: &Caller, row: &BulkRow) -> Self {
        let at = times::clock(&caller.known.settings, row.at);
        let (status, who) = (row.status.label().to_lowercase(), &row.name);
        Self {
            id: row.id.to_string(),
            text: format!("{} marked {status} by {who} at {at}", row.changed),
            reason: row.reason.clone(),
            reversed: row.reversed_at.is_some(),
        }
    }
}

#[derive(Clone, Deserialize)]
pub(super) struct BulkForm {
    status: String,
    extent: String,
    #[serde(default, rename = "bulk_reason")]
    reason: String,
}

/// `POST /sessions/{id}/bulk-marks`
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<SessionId>,
    Form(form): Form<BulkForm>,
) -> Response {
    let (status, extent) = (Status::from_key(&form.status), Extent::from_key(&form.extent));
    let (Some(status), Some(extent)) = (status, extent) else {
        let wrong = Error::field("status", "Choose a status, and whose marks are set.");
        return back(&caller, id, Err(wrong), Typed::default()).await;
    };
    let reason = form.reason.clone();
    let done = caller
        .write(move |tx, ctx| bulk::mark_all(tx, ctx, id, status, extent, &form.reason))
        .await;
    let typed = Typed { status: form.status, extent: form.extent, reason };
    back(&caller, id, done.map(|_| ()), typed).await
}

/// `POST /sessions/{id}/bulk-marks/{bulk}/reversal`
pub(super) async fn reverse(
    caller: Caller,
    Path((id, bulk)): Path<(SessionId, BulkId)>,
) -> Response {
    let done = caller.write(move |tx, ctx| bulk::reverse(tx, ctx, id, bulk)).await;
    match done {
        Ok(Reversed { restored, kept }) => {
            let (restored, kept) = (restored.len(), kept.len());
            let to = format!("/sessions/{id}?restored={restored}&kept={kept}");
            Redirect::to(&to).into_response()
        }
        Err(error) => back(&caller, id, Err(error), Typed::default()).await,
    }
}

/// What taking back came to, for the session's page to say.
#[derive(Deserialize)]
pub(super) struct Undone {
    restored: Option<usize>,
    #[serde(default)]
    kept: usize,
}

impl Undone {
    pub fn flash(&self) -> Option<Flash> {
        let kept = match self.kept {
            0 => String::new(),
            1 => " One was changed since and stays.".to_owned(),
            n => format!(" {n} were changed since and stay."),
        };
        let text = match self.restored? {
            1 => format!("One mark is as it was before.{kept}"),
            n => format!("{n} marks are as they were before.{kept}"),
        };
        Some(Flash { kind: FlashKind::Ok, text, undo: None })
    }
}
