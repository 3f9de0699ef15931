//! A person's attendance for programs.

use super::tokens;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::{Path, Query};
use muster_app::attendance::{self, History};
use muster_domain::attendance::{Badge, Status, Tally};
use muster_domain::ids::{ClassId, PersonId, TermId};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Which {
    term: Option<TermId>,
    class: Option<ClassId>,
}

/// `GET /api/v1/people/{id}/attendance`: per class the percentage, the counts, and each session.
pub(super) async fn get(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(which): Query<Which>,
) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        attendance::histories(tx, ctx, id, |class| {
            which.term.is_none_or(|term| class.term == term)
                && which.class.is_none_or(|wanted| class.id == wanted)
        })
    });
    let classes = read.await?;
    let mut whole = Tally::default();
    for (_, tally, _) in &classes {
        for status in Status::ALL {
            whole.add(status, tally.of(status));
        }
    }
    let items: Vec<Value> = classes.iter().map(history).collect();
    Ok(Json(json!({"overall": figures(&whole), "classes": items})))
}

fn history((class, tally, sessions): &History) -> Value {
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|(session, mark)| {
            json!({
                "id": session.id, "opened_at": rfc3339(session.opened_at),
                "status": mark.as_ref().map(|mark| mark.status.key()),
                "method": mark.as_ref().map(|mark| mark.method.key()),
                "at": mark.as_ref().map(|mark| rfc3339(mark.at)),
            })
        })
        .collect();
    let mut value = tokens::class(class, None);
    if let Value::Object(fields) = &mut value {
        fields.remove("open_session");
        fields.insert("attendance".to_owned(), figures(tally));
        fields.insert("sessions".to_owned(), sessions.into());
    }
    value
}

/// A tally as every screen shows it; the percentage is null where nothing was taken.
fn figures(tally: &Tally) -> Value {
    let share = attendance::percentage(tally);
    json!({
        "percentage": share.permille().and_then(percent),
        "level": Badge::of(share).key(),
        "present": tally.present, "late": tally.late, "excused": tally.excused,
        "absent": tally.absent,
    })
}

fn percent(permille: i64) -> Option<f64> {
    i32::try_from(permille).ok().map(|permille| f64::from(permille) / 10.0)
}
