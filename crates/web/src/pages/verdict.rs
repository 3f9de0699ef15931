//! A scan on screens: its verdict, large, and as a line of a list.

use super::sittings::span;
use crate::caller::Caller;
use crate::verdicts;
use muster_app::dockets::{Bearer, Paper};
use muster_app::redemptions::{Redeemed, may_override, may_undo};
use muster_app::settings::Settings;
use muster_domain::ids::{PointId, RedemptionId};
use muster_domain::time::Timestamp;
use muster_storage::points::PointRow;
use muster_storage::redemptions::RedemptionRow;

/// How letting somebody through is called after the refused scan.
const ALL_THE_SAME: &str = "-all-the-same";

/// What was decided, large.
pub(super) struct Told {
    pub id: RedemptionId,
    pub point: PointId,
    /// What was shown, as a form sends it: `pass` or `docket`, and its id; empty if it is nobody's.
    pub kind_of_record: &'static str,
    pub record: String,
    /// Where the photo of its student is.
    pub photo: String,
    pub word: &'static str,
    pub icon: &'static str,
    pub tone: &'static str,
    pub admitted: bool,
    pub sentence: String,
    pub names: Vec<String>,
    pub kind: String,
    pub counts: String,
    pub direction: &'static str,
    pub marks: Vec<String>,
    pub may_undo: bool,
    pub may_override: bool,
    /// What letting them through all the same is called, should it be sent twice.
    pub nonce: String,
}

impl Told {
    pub fn of(caller: &Caller, redeemed: Redeemed) -> Self {
        let settings = &caller.known.settings;
        let sentence = verdicts::sentence(settings, &redeemed);
        let Redeemed { row, pass, docket, point, place, .. } = redeemed;
        let overrides = may_override(&caller.ctx, settings, place);
        let photo = docket.as_ref().filter(|docket| docket.has_photo);
        let photo = photo.map(|_| format!("/api/v1/redemptions/{}/photo", row.id));
        let kind_of_record = if docket.is_some() { "docket" } else { "pass" };
        let (kind, counts, names) = match (pass, docket) {
            (_, Some(docket)) => (
                [docket.person.number.clone(), docket.programme.clone()]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(" · "),
                exam(caller, &docket, &point),
                vec![docket.person.name],
            ),
            (Some((pass, _, holders)), None) => (
                pass.type_name,
                match pass.admits {
                    1 => String::new(),
                    admits => format!("{} of {admits} entered", pass.admitted),
                },
                holders.into_iter().map(|holder| holder.name).collect(),
            ),
            (None, None) => (String::new(), String::new(), Vec::new()),
        };
        let undone = row.undone_at.is_some();
        Self {
            id: row.id,
            point: row.point,
            kind_of_record,
            record: row.record.map(|id| id.to_string()).unwrap_or_default(),
            photo: photo.unwrap_or_default(),
            word: if undone { "Taken back" } else { verdicts::word(&row) },
            icon: if undone { "undo" } else { verdicts::icon(&row) },
            tone: if undone { "" } else { verdicts::tone(&row) },
            admitted: row.admitted && !undone,
            sentence: if undone {
                "Nobody counts as let through by this.".into()
            } else {
                sentence
            },
            names,
            kind,
            counts,
            direction: row.direction.key(),
            marks: verdicts::marks(settings, &row),
            may_undo: may_undo(&caller.ctx, &row, place),
            may_override: overrides && !row.admitted && row.record.is_some(),
            nonce: format!("{}{ALL_THE_SAME}", row.id),
        }
    }

    /// The refused scan that a nonce was made of; empty if it is another's.
    pub fn refused(nonce: &str) -> String {
        nonce.strip_suffix(ALL_THE_SAME).unwrap_or_default().to_owned()
    }
}

/// What of a docket is sat at a point: the exam with its room and time, or the assessment.
fn exam(caller: &Caller, docket: &Bearer, point: &PointRow) -> String {
    let sitting = |paper: &Paper| {
        let own = paper.sitting.as_ref().filter(|sitting| sitting.id.0 == point.scope)?;
        let (rooms, times) = (own.rooms.join(" or "), span(caller, (own.starts_at, own.ends_at)));
        Some(format!("{}, {rooms}, {times}", paper.code))
    };
    let own = docket.papers.iter().find_map(sitting);
    own.unwrap_or_else(|| format!("{} docket", docket.assessment.code))
}

/// A scan in a list.
pub(super) struct Line {
    /// Where its verdict is shown, and may be taken back.
    pub told: String,
    pub at: String,
    pub word: &'static str,
    pub icon: &'static str,
    pub tone: &'static str,
    pub undone: bool,
    pub holder: String,
    /// The page of the pass.
    pub href: String,
    pub kind: String,
    pub way: &'static str,
    pub people: i64,
    pub point: String,
    pub person: String,
    pub notes: Vec<String>,
}

impl Line {
    pub fn of(settings: &Settings, row: &RedemptionRow, now: Timestamp) -> Self {
        let mut notes = verdicts::marks(settings, row);
        notes.extend(row.remark.clone());
        Self {
            told: format!("/verify/{}?scan={}", row.point, row.id),
            at: verdicts::scanned(settings, row.scanned_at, now),
            word: verdicts::word(row),
            icon: verdicts::icon(row),
            tone: verdicts::tone(row),
            undone: row.undone_at.is_some(),
            holder: row.holder.clone().unwrap_or_else(|| "Nobody known".to_owned()),
            href: row
                .record
                .filter(|_| row.kind.as_deref() == Some("pass"))
                .map(|id| format!("/passes/{id}"))
                .unwrap_or_default(),
            kind: row.type_name.clone().unwrap_or_default(),
            way: row.direction.label(),
            people: row.people,
            point: row.point_name.clone(),
            person: row.person_name.clone(),
            notes,
        }
    }
}
