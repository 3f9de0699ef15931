//! What a verifier has to know of a docket that is presented: what has become of it, when it is
//! valid, and to which sittings in which rooms it admits.

use crate::{Error, Result};
use muster_domain::dockets::{Admission, Rooms, standing};
use muster_domain::ids::{DocketId, PersonId};
use muster_domain::verification::{Standing, Window};
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::sittings::PaperRow;
use muster_storage::{ReadTx, assessments, credentials, holds, merges, sittings};

/// One issue of a docket, as a verifier sees it.
#[derive(Clone, Debug)]
pub struct Presentable {
    /// The docket as it is now.
    pub docket: DocketRow,
    /// Its assessment.
    pub assessment: AssessmentRow,
    /// Whom it admits.
    pub holder: PersonId,
    /// What has become of this issue.
    pub standing: Standing,
    /// When it is valid at all.
    pub validity: Window,
    /// The sittings to which it admits, once each, by time. Without any, it admits once, everywhere.
    pub admissions: Vec<Admission>,
}

/// What a verifier has to know of an issue of a docket. Whoever calls this has looked at who asks;
/// the issue is that of the credential which was shown.
pub fn presentable(tx: &mut ReadTx<'_>, id: DocketId, issue: i64) -> Result<Presentable> {
    let docket = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    let shown = credentials::issue(tx, id.0, issue)?.ok_or(Error::NotFound)?;
    let assessment = assessments::get(tx, docket.assessment)?.ok_or(Error::NotFound)?;
    let holder = docket.person;
    let merged = merges::merged_into(tx, holder)?.is_some();
    let held = !holds::standing(tx, &[holder])?.is_empty();
    let papers = sittings::papers(tx, &[holder], assessment.id, assessment.term)?;
    let mut admissions: Vec<_> = papers.into_iter().filter_map(admission).collect();
    admissions.sort_by_key(|admission| admission.window.from);
    Ok(Presentable {
        standing: standing(shown.superseded_at, merged, held),
        validity: Window { from: docket.valid_from, until: docket.valid_until },
        admissions,
        holder,
        assessment,
        docket,
    })
}

fn admission(row: PaperRow) -> Option<Admission> {
    let window = Window { from: row.starts_at?, until: row.ends_at? };
    let rooms = match row.room {
        Some(room) => vec![room],
        None => Rooms::stored(row.rooms.as_deref().unwrap_or_default()).names().to_vec(),
    };
    Some(Admission { sitting: row.sitting?, window, rooms })
}
