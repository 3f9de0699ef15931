//! What there is to tell students of sessions that were closed on other nodes, and of marks that were
//! changed there: it is noted here as it would be had it happened here. Edges tell nobody, so that
//! everybody is told once.

use super::counts::{of_kind, uuid};
use super::drafts::{Draft, Drafts};
use crate::replication::tables::Fields;
use crate::untold::{self, UntoldRow};
use crate::{Result, WriteTx, peers, record, row, statements};
use muster_domain::ids::{PersonId, SessionId, UntoldId};
use muster_domain::time::{Span, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

record! {
    struct IdRow {
        id: SessionId,
    }
}

statements! {
    CLOSED_SINCE = {
        sqlite: "select id from sessions where id = ?1 and closed_at >= ?2",
        postgres: "select s.id from unnest(?1::uuid[], ?2::bigint[]) as asked (id, since)
            join sessions s on s.id = asked.id and s.closed_at >= asked.since",
    };
}

/// What comes later than this after its session closed is no news any more, for example from a stick
/// that was away for a term.
const FRESH: Span = Span::days(7);

/// Notes what is new of closed sessions.
pub(super) fn note(tx: &mut WriteTx<'_>, drafts: &Drafts) -> Result<()> {
    let since = tx.act().at - FRESH;
    let now = of_kind(drafts, "session").filter(|draft| has_closed(draft, since));
    let now = now.filter(|draft| !drafts.waiting.contains_key(&draft.id));
    let closed: BTreeSet<SessionId> = now.map(|draft| SessionId(draft.id.1)).collect();
    let written = |draft: &&Draft| !drafts.waiting.contains_key(&draft.id) && has_changed(draft);
    let marked = of_kind(drafts, "mark").filter(written).filter_map(seat_of);
    let marked: BTreeSet<(SessionId, PersonId)> =
        marked.filter(|(session, _)| !closed.contains(session)).collect();
    if (closed.is_empty() && marked.is_empty()) || peers::is_edge(tx)? {
        return Ok(());
    }
    for session in closed {
        put(tx, session, None)?;
    }
    let named: BTreeSet<SessionId> = marked.iter().map(|(session, _)| *session).collect();
    let fresh: Vec<IdRow> =
        tx.all_many(&CLOSED_SINCE, named.iter().map(|session| row![*session, since]))?;
    let fresh: BTreeSet<SessionId> = fresh.into_iter().map(|row| row.id).collect();
    for (session, person) in marked.iter().filter(|(session, _)| fresh.contains(session)) {
        put(tx, *session, Some(*person))?;
    }
    Ok(())
}

/// Whether a session is closed now, and was not before.
fn has_closed(draft: &Draft, since: Timestamp) -> bool {
    let at = |fields: &Fields| fields.get("closed_at").and_then(Value::as_i64);
    let was = draft.before.as_ref().and_then(at);
    let fresh = at(&draft.fields).is_some_and(|at| Timestamp(at) >= since);
    !draft.kept && !draft.gone && was.is_none() && fresh
}

/// Whether a mark says something else than before.
fn has_changed(draft: &Draft) -> bool {
    let was = draft.before.as_ref().and_then(|fields| fields.get("status"));
    !draft.kept && !draft.gone && was != draft.fields.get("status")
}

fn seat_of(draft: &Draft) -> Option<(SessionId, PersonId)> {
    Some((SessionId(draft.at.topic?), PersonId(uuid(&draft.fields, "person")?)))
}

fn put(tx: &mut WriteTx<'_>, session: SessionId, person: Option<PersonId>) -> Result<()> {
    let id = UntoldId::of(session, person, tx.version());
    untold::insert(tx, &UntoldRow { id, session, person, after: PersonId(Uuid::nil()) })
}
