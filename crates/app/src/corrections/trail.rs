//! What happened to a mark and to a correction of it, step by step.

use super::get;
use crate::{Ctx, Result};
use muster_domain::attendance::{Method, Status};
use muster_domain::ids::{CorrectionId, MarkId};
use muster_domain::requests::RequestState;
use muster_domain::time::Timestamp;
use muster_storage::corrections::CorrectionRow;
use muster_storage::journal::{self, MarkEntry};
use muster_storage::{ReadTx, sessions};
use serde_json::Value;

/// A step on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Who; empty where nobody did, as when a session closes.
    pub who: String,
    /// What happened.
    pub what: String,
    /// In their words.
    pub why: String,
}

/// The steps of a correction and of its mark, the earliest first: for the student and for whoever
/// decides.
pub fn trail(tx: &mut ReadTx<'_>, ctx: &Ctx, id: CorrectionId) -> Result<Vec<Step>> {
    let row = get(tx, ctx, id)?;
    let mark = MarkId::of(row.session, row.person);
    let mut steps: Vec<Step> = journal::of_mark(tx, row.session, mark)?
        .into_iter()
        .filter_map(|entry| of_mark(&row, entry))
        .collect();
    if steps.is_empty()
        && let Some(mark) = sessions::mark(tx, row.session, row.person)?
    {
        // A mark that came otherwise than by an act of this node.
        let method = mark.method.label();
        let what = format!("Marked {} ({method})", mark.status.label().to_lowercase());
        steps.push(Step { at: mark.at, who: String::new(), what, why: String::new() });
    }
    steps.push(Step {
        at: row.asked_at,
        who: row.name.clone(),
        what: format!("Asked for {}", row.wanted.label().to_lowercase()),
        why: row.reason.clone(),
    });
    if let Some(at) = row.decided_at {
        steps.push(Step {
            at,
            who: row.decider.clone().unwrap_or_default(),
            what: decision(&row),
            why: row.comment.unwrap_or_default(),
        });
    }
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

fn decision(row: &CorrectionRow) -> String {
    match (row.state, row.given) {
        (RequestState::Asked, _) => "Asked again".to_owned(),
        (RequestState::Approved, None) => "Approved the correction".to_owned(),
        (RequestState::Approved, Some(given)) => {
            format!("Approved the correction as {}", given.label().to_lowercase())
        }
        (RequestState::Refused, _) => "Refused the correction".to_owned(),
        (RequestState::Withdrawn, _) => "Withdrew the correction".to_owned(),
    }
}

fn of_mark(row: &CorrectionRow, entry: MarkEntry) -> Option<Step> {
    let after: Value = serde_json::from_str(entry.after.as_deref()?).ok()?;
    let text = |field: &str| after.get(field).and_then(Value::as_str);
    let status = Status::from_key(text("status")?)?;
    let method = text("method").and_then(Method::from_key);
    let by = method.map(|method| format!(" ({})", method.label())).unwrap_or_default();
    let what = match entry.action.as_str() {
        "mark.change" => format!("Changed to {}{by}", status.label().to_lowercase()),
        _ => format!("Marked {}{by}", status.label().to_lowercase()),
    };
    // The student's reason stands at their own step.
    let own = entry.reason.as_ref().is_some_and(|reason| reason.ends_with(&row.reason));
    let why = entry.reason.filter(|_| !own).unwrap_or_default();
    Some(Step { at: entry.at, who: entry.actor_name.unwrap_or_default(), what, why })
}
