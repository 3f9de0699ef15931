//! What live pages and programs are told of a session, with the schemas.

use crate::pages::look;
use crate::shapes::{FlagKey, Instant, MethodKey, StatusKey};
use muster_app::attendance::Counts;
use muster_app::marks::Details;
use muster_domain::attendance::Status;
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::time::Span;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::receipts::EvidenceRow;
use muster_storage::sessions::{MarkRow, SessionRow};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A session's state and times.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionTimes {
    id: Uuid,
    /// `open` or `closed`.
    state: &'static str,
    opened_at: Instant,
    /// When it closes, or closed.
    ends_at: Instant,
}

impl From<&SessionRow> for SessionTimes {
    fn from(row: &SessionRow) -> Self {
        Self {
            id: row.id.0,
            state: if row.closed_at.is_some() { "closed" } else { "open" },
            opened_at: Instant(row.opened_at),
            ends_at: Instant(row.closed_at.unwrap_or(row.ends_at)),
        }
    }
}

/// The students of a session by status.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct StatusCounts {
    enrolled: i64,
    unmarked: i64,
    present: i64,
    late: i64,
    excused: i64,
    absent: i64,
}

impl From<&Counts> for StatusCounts {
    fn from(counts: &Counts) -> Self {
        let of = |status| counts.tally.of(status);
        Self {
            enrolled: counts.enrolled,
            unmarked: counts.unmarked(),
            present: of(Status::Present),
            late: of(Status::Late),
            excused: of(Status::Excused),
            absent: of(Status::Absent),
        }
    }
}

/// A student with their mark, if there is one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StudentMark {
    person: Uuid,
    name: String,
    /// The institution's number of the student.
    number: String,
    roll: String,
    status: Option<StatusKey>,
    method: Option<MethodKey>,
    /// The method for people, with the name of who marked, if it was not the student.
    method_word: String,
    /// Who marked, if it was not the student.
    marked_by: Option<Uuid>,
    at: Option<Instant>,
    /// Why, where staff said so.
    reason: Option<String>,
    /// From which address the student marked themself.
    address: Option<String>,
    /// How far from the room, where that was asked and told.
    metres: Option<i64>,
    /// Of a mark that was made without a network: what stands behind it.
    offline: Option<OfflineEvidence>,
    /// Whether the student is on leave and has no mark yet.
    on_leave: bool,
    /// Why the mark deserves a look.
    flags: Vec<FlagKey>,
    /// The flags for people.
    flag_words: Vec<&'static str>,
    /// What the flags mean, a sentence each.
    flag_sentences: Vec<&'static str>,
}

/// What is known of something that was scanned without a network.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OfflineEvidence {
    /// When its code was on the screen; null if that is no code of the session.
    shown_at: Option<Instant>,
    /// When it was scanned, by the device's clock.
    scanned_at: Instant,
    /// By how many seconds that clock was ahead when it was sent, if the device told.
    clock_ahead_seconds: Option<i64>,
    /// When it arrived.
    received_at: Instant,
    /// What the device is called.
    device: String,
    /// Since when its key is known.
    registered_at: Instant,
    /// Its number among those that the device signed.
    sequence: i64,
    /// Whether the device saw two codes, one after the other.
    two_codes: bool,
}

impl From<&EvidenceRow> for OfflineEvidence {
    fn from(row: &EvidenceRow) -> Self {
        Self {
            shown_at: row.shown_at.map(Instant),
            scanned_at: Instant(row.scanned_at),
            clock_ahead_seconds: row.ahead.map(|ahead| Span(ahead).as_seconds()),
            received_at: Instant(row.received_at),
            device: row.device.clone(),
            registered_at: Instant(row.registered_at),
            sequence: row.sequence,
            two_codes: row.two_codes,
        }
    }
}

impl StudentMark {
    /// Whose it is.
    pub fn whose(&self) -> Uuid {
        self.person
    }

    pub fn new(place: &EnrolmentRow, mark: Option<&MarkRow>, details: &Details) -> Self {
        let flags = details.suspicions.get(&place.person).into_iter().flatten().copied();
        Self {
            person: place.person.0,
            name: place.name.clone(),
            number: place.number.clone(),
            roll: place.roll_number.clone(),
            status: mark.map(|mark| StatusKey(mark.status)),
            method: mark.map(|mark| MethodKey(mark.method)),
            method_word: mark
                .map(|mark| look::how(mark.method, details.marked_by(mark)))
                .unwrap_or_default(),
            marked_by: mark.and_then(|mark| mark.marked_by).map(Into::into),
            at: mark.map(|mark| Instant(mark.at)),
            reason: mark.and_then(|mark| mark.reason.clone()),
            address: mark.and_then(|mark| mark.address.clone()),
            metres: mark.and_then(|_| details.distances.get(&place.person).copied()),
            offline: mark.and_then(|_| details.offline.get(&place.person)).map(Into::into),
            on_leave: mark.is_none() && details.on_leave.contains(&place.person),
            flags: flags.clone().map(FlagKey).collect(),
            flag_words: flags.clone().map(Suspicion::label).collect(),
            flag_sentences: flags.map(Suspicion::explanation).collect(),
        }
    }
}
