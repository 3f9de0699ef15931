//! What live pages are told, in the shape that the scripts read.

use super::shapes::{SessionTimes, StatusCounts, StudentMark};
use super::{doors, incidents};
use muster_app::attendance::{OpenSession, counts, open_session};
use muster_app::marks::details;
use muster_domain::ids::{PersonId, SessionId};
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, enrolment, journal, sessions};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A session.
    Session(SessionId),
    /// What people enter at check-in points: an event.
    Place(Uuid),
    /// What was odd about scans at the points of a place.
    Incidents(Uuid),
}

/// News of one session, or of the points of one place.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Place of the newest entry behind it.
    pub seq: i64,
    /// Of what.
    pub about: About,
    /// For its own pages: event names with their data.
    pub events: Vec<(&'static str, String)>,
    /// For the overview of sessions.
    pub item: Option<String>,
}

/// Reads what was written after `seq`: the last number read, and a message per session and place.
pub(super) fn changed(
    tx: &mut ReadTx<'_>,
    seq: i64,
    limit: i64,
) -> muster_app::Result<(i64, Vec<Message>)> {
    let entries = journal::since(tx, seq, limit)?;
    let last = entries.iter().filter_map(|entry| entry.seq).max().unwrap_or(seq);
    let mut touched: BTreeMap<Uuid, (BTreeSet<Uuid>, bool)> = BTreeMap::new();
    let mut presented: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    let mut odd: BTreeSet<Uuid> = BTreeSet::new();
    for entry in &entries {
        let Some(topic) = entry.topic else { continue };
        match entry.entity.as_str() {
            "session" | "bulk" => touched.entry(topic).or_default().1 = true,
            "mark" => {
                touched.entry(topic).or_default().0.insert(entry.entity_id);
            }
            "redemption" => {
                presented.entry(topic).or_default().insert(entry.entity_id);
            }
            "incident" => {
                odd.insert(topic);
            }
            _ => {}
        }
    }
    let mut messages = Vec::with_capacity(touched.len() + presented.len());
    for (place, scans) in presented {
        messages.push(doors::message(tx, last, place, &scans)?);
    }
    messages.extend(odd.into_iter().map(|place| incidents::message(last, place)));
    for (session, (marks, whole)) in touched {
        if let Some(session) = sessions::get(tx, SessionId(session))? {
            messages.push(message(tx, last, session, &marks, whole)?);
        }
    }
    Ok((last, messages))
}

fn message(
    tx: &mut ReadTx<'_>,
    seq: i64,
    session: SessionRow,
    touched: &BTreeSet<Uuid>,
    whole: bool,
) -> muster_app::Result<Message> {
    let counts = counts(tx, &session)?;
    let id = session.id;
    let mut events = Vec::new();
    if whole {
        // Opening, closing, reopening and marking everybody move many marks at once.
        events.push(("snapshot", snapshot(tx, &session)?.to_string()));
    } else {
        let marks = sessions::marks(tx, id)?;
        let details = details(tx, &session, &marks)?;
        let new = |row: &&MarkRow| touched.contains(&row.id.0);
        // A second student on a phone makes the first one's mark odd, too.
        let phones: BTreeSet<_> = marks.iter().filter(new).filter_map(|row| row.device).collect();
        let shares = |row: &MarkRow| {
            row.device.is_some_and(|device| phones.contains(&device))
                && details.suspicions.contains_key(&row.person)
        };
        let roster: BTreeMap<PersonId, EnrolmentRow> =
            enrolment::roster(tx, session.class)?.into_iter().map(|p| (p.person, p)).collect();
        for row in marks.iter().filter(|row| new(row) || shares(row)) {
            if let Some(place) = roster.get(&row.person) {
                let data = json!({
                    "mark": StudentMark::new(place, Some(row), &details),
                    "counts": StatusCounts::from(&counts),
                });
                events.push(("mark", data.to_string()));
            }
        }
    }
    let item = item(&open_session(tx, session)?).to_string();
    Ok(Message { seq, about: About::Session(id), events, item: Some(item) })
}

/// Everything that a session's page shows.
pub(super) fn snapshot(tx: &mut ReadTx<'_>, session: &SessionRow) -> muster_app::Result<Value> {
    let counts = counts(tx, session)?;
    let marks = sessions::marks(tx, session.id)?;
    let details = details(tx, session, &marks)?;
    let marks: BTreeMap<PersonId, MarkRow> =
        marks.into_iter().map(|row| (row.person, row)).collect();
    let roster = enrolment::roster(tx, session.class)?;
    let shown = |place: &EnrolmentRow| StudentMark::new(place, marks.get(&place.person), &details);
    let marks: Vec<_> = roster.iter().map(shown).collect();
    Ok(json!({
        "session": SessionTimes::from(session), "counts": StatusCounts::from(&counts),
        "marks": marks,
    }))
}

/// A session in the overview.
pub(crate) fn item(open: &OpenSession) -> Value {
    let class = &open.class;
    let mut item = json!(SessionTimes::from(&open.session));
    if let Value::Object(fields) = &mut item {
        fields.insert("class_name".into(), json!(class.course_name));
        fields.insert("course_code".into(), json!(class.course_code));
        fields.insert("section".into(), json!(class.section));
        fields.insert("teacher".into(), json!(open.teacher));
        fields.insert("room".into(), json!(class.room));
        fields.insert("counts".into(), json!(StatusCounts::from(&open.counts)));
        fields.insert("url".into(), json!(format!("/sessions/{}", open.session.id)));
    }
    item
}
