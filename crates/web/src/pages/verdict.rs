//! A scan on screens: its verdict, large, and as a line of a list.

use crate::caller::Caller;
use crate::verdicts;
use muster_app::redemptions::{Redeemed, may_undo};
use muster_app::settings::Settings;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{PointId, RedemptionId};
use muster_domain::time::Timestamp;
use muster_storage::redemptions::RedemptionRow;

/// How letting somebody through is called after the refused scan.
const ALL_THE_SAME: &str = "-all-the-same";

/// What was decided, large.
pub(super) struct Told {
    pub id: RedemptionId,
    pub point: PointId,
    /// The pass, where there is one.
    pub pass: String,
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
        let Redeemed { row, pass, .. } = redeemed;
        let (kind, counts, names) = match pass {
            Some((pass, _, holders)) => (
                pass.type_name,
                match pass.admits {
                    1 => String::new(),
                    admits => format!("{} of {admits} entered", pass.admitted),
                },
                holders.into_iter().map(|holder| holder.name).collect(),
            ),
            None => (String::new(), String::new(), Vec::new()),
        };
        let overrides = caller.ctx.need(Permission::OverrideVerdicts, Target::Institution).is_ok();
        let undone = row.undone_at.is_some();
        Self {
            id: row.id,
            point: row.point,
            pass: row.record.map(|id| id.to_string()).unwrap_or_default(),
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
            may_undo: may_undo(&caller.ctx, &row),
            may_override: overrides && !row.admitted && row.record.is_some(),
            nonce: format!("{}{ALL_THE_SAME}", row.id),
        }
    }

    /// The refused scan that a nonce was made of; empty if it is another's.
    pub fn refused(nonce: &str) -> String {
        nonce.strip_suffix(ALL_THE_SAME).unwrap_or_default().to_owned()
    }
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
            href: row.record.map(|id| format!("/passes/{id}")).unwrap_or_default(),
            kind: row.type_name.clone().unwrap_or_default(),
            way: row.direction.label(),
            people: row.people,
            point: row.point_name.clone(),
            person: row.person_name.clone(),
            notes,
        }
    }
}
