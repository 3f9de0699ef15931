//! Words of ours that a field may hold: another one would be refused when its row is read.

use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::{Method, Mode, Status};
use muster_domain::auth::Role;
use muster_domain::finance::{Method as PaymentMethod, PaymentState};
use muster_domain::notices::NoticeKind;
use muster_domain::passes::{PassState, Payment};
use muster_domain::reminders::Reason;
use muster_domain::requests::RequestState;
use muster_domain::results::ScoreState;
use muster_domain::timetable::Weekday;
use muster_domain::verification::{Direction, IncidentKind, PointKind, VerdictKind};
use serde_json::Value;

use crate::replication::tables::Fields;

/// Whether a word is one of ours.
type Known = fn(&str) -> bool;

/// The fields that hold one, by kind.
const WORDS: [(&str, &str, Known); 24] = [
    ("class", "weights", |word| Weights::from_key(word).is_some()),
    ("correction", "given", |word| Status::from_key(word).is_some()),
    ("correction", "state", |word| RequestState::from_key(word).is_some()),
    ("correction", "wanted", |word| Status::from_key(word).is_some()),
    ("correction", "was", |word| Status::from_key(word).is_some()),
    ("enrolment", "status", |word| EnrolmentStatus::from_key(word).is_some()),
    ("incident", "kind", |word| IncidentKind::from_key(word).is_some()),
    ("leave", "state", |word| RequestState::from_key(word).is_some()),
    ("mark", "method", |word| Method::from_key(word).is_some()),
    ("mark", "status", |word| Status::from_key(word).is_some()),
    ("pass", "payment", |word| Payment::from_key(word).is_some()),
    ("pass", "state", |word| PassState::from_key(word).is_some()),
    ("pattern", "weekday", |word| Weekday::from_key(word).is_some()),
    ("payment", "method", |word| PaymentMethod::from_key(word).is_some()),
    ("payment", "state", |word| PaymentState::from_key(word).is_some()),
    ("point", "kind", |word| PointKind::from_key(word).is_some()),
    ("redemption", "direction", |word| Direction::from_key(word).is_some()),
    ("redemption", "offline_verdict", |word| VerdictKind::from_key(word).is_some()),
    ("redemption", "verdict", |word| VerdictKind::from_key(word).is_some()),
    ("reminder", "notice_kind", |word| NoticeKind::from_key(word).is_some()),
    ("reminder", "reason", |word| Reason::from_key(word).is_some()),
    ("result", "state", |word| ScoreState::from_key(word).is_some()),
    ("role", "role", |word| Role::from_key(word).is_some()),
    ("session", "mode", |word| Mode::from_key(word).is_some()),
];

/// A field of a record whose word nobody knows.
pub(super) fn unknown(entity: &str, fields: &Fields) -> Option<&'static str> {
    let own = WORDS.iter().filter(|(kind, ..)| *kind == entity);
    let mut wrong = own.filter(|(_, field, known)| {
        let word = fields.get(*field).and_then(Value::as_str);
        word.is_some_and(|word| !known(word))
    });
    wrong.next().map(|(_, field, _)| *field)
}
