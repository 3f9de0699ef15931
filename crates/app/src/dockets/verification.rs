//! What a verifier has to know of a docket that is presented: what has become of it, when it is
//! valid, and to which sittings in which rooms it admits.

use super::sheet::{self, Paper};
use crate::{Ctx, Error, Result, finance};
use muster_domain::dockets::{Admission, Became, Entitlement};
use muster_domain::ids::{DocketId, PersonId};
use muster_domain::time::Timestamp;
use muster_domain::verification::{Standing, Window};
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::people::PersonRow;
use muster_storage::students::StudentRow;
use muster_storage::{
    ReadTx, assessments, credentials, holds, merges, people, photos, sittings, students,
};

/// What is noted where a docket stopped because a payment was taken back.
pub const NOT_CLEARED: &str = "no longer cleared by Finance";

/// One issue of a docket, as a verifier sees it.
#[derive(Clone, Debug)]
pub struct Presentable {
    /// The docket as it is now.
    pub docket: DocketRow,
    /// Whom it admits.
    pub holder: PersonId,
    /// What the decision takes: standing, validity, sittings with their rooms.
    pub entitlement: Entitlement,
    /// Whether it stands on hold for money alone.
    pub not_cleared: bool,
    /// Whether it stopped between the scan and now.
    pub ended_since: bool,
}

/// What a verifier has to know of an issue of a docket that was scanned at a moment. What happened
/// after that moment does not count, money aside, which is judged as it is now: a payment that was
/// taken back holds the docket, and paying again or a word of Finance lets it go on. Whoever calls
/// this has looked at who asks; the issue is that of the credential which was shown.
pub fn presentable(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (id, issue): (DocketId, i64),
    at: Timestamp,
) -> Result<Presentable> {
    let docket = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    let shown = credentials::issue(tx, id.0, issue)?.ok_or(Error::NotFound)?;
    let assessment = assessments::get(tx, docket.assessment)?.ok_or(Error::NotFound)?;
    let holder = docket.person;
    let person = people::get(tx, holder)?.ok_or(Error::NotFound)?;
    let mut stops = holds::of_person(tx, holder)?;
    stops.retain(|hold| hold.lifted_at.is_none());
    let clearances = finance::clearances(tx, ctx, assessment.term, &[holder])?;
    let own = clearances.of(holder).find(|(row, _)| row.id == assessment.id);
    let became = Became {
        superseded_at: shown.superseded_at.filter(|since| *since <= at),
        gone: !person.active || merges::merged_into(tx, holder)?.is_some(),
        held: stops.iter().any(|hold| hold.placed_at <= at),
        cleared: own.is_none_or(|(_, clearance)| clearance.cleared),
    };
    let standing = became.standing();
    let later = shown.superseded_at.is_some() || !stops.is_empty();
    // An issue of before was valid from its own day on, whatever the one that counts now says.
    let is_current = shown.issue == docket.issue;
    let from = if is_current { docket.valid_from } else { shown.issued_at };
    let papers = sittings::papers(tx, &[holder], assessment.id, assessment.term)?;
    let mut admissions: Vec<_> =
        sheet::papers(papers).into_iter().filter_map(|paper| admission(&paper)).collect();
    admissions.sort_by_key(|admission| admission.window.from);
    Ok(Presentable {
        not_cleared: standing == Standing::OnHold && !became.held,
        ended_since: standing == Standing::Current && later,
        entitlement: Entitlement {
            assessment: assessment.id,
            standing,
            validity: Window { from, until: docket.valid_until },
            admissions,
        },
        holder,
        docket,
    })
}

/// To what a paper admits, if it is scheduled.
pub(super) fn admission(paper: &Paper) -> Option<Admission> {
    let sitting = paper.sitting.as_ref()?;
    let window = Window { from: sitting.starts_at, until: sitting.ends_at };
    Some(Admission { sitting: sitting.id, window, rooms: sitting.rooms.clone() })
}

/// Whose docket it is, for the verifier's screen.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The docket.
    pub docket: DocketRow,
    /// For which assessment.
    pub assessment: AssessmentRow,
    /// Whose.
    pub person: PersonRow,
    /// What they study.
    pub programme: String,
    /// Whether there is a photo of them.
    pub has_photo: bool,
    /// What they sit, by time.
    pub papers: Vec<Paper>,
}

/// Whose docket it is; the caller may see it.
pub(crate) fn bearer(tx: &mut ReadTx<'_>, id: DocketId) -> Result<Option<Bearer>> {
    let Some(docket) = dockets::get(tx, id)? else { return Ok(None) };
    let assessment = assessments::get(tx, docket.assessment)?.ok_or(Error::NotFound)?;
    let person = people::get(tx, docket.person)?.ok_or(Error::NotFound)?;
    let studies = students::get(tx, person.id)?.unwrap_or_else(|| StudentRow::nothing(person.id));
    let papers = sittings::papers(tx, &[person.id], assessment.id, assessment.term)?;
    Ok(Some(Bearer {
        programme: studies.programme_name.or(person.programme.clone()).unwrap_or_default(),
        has_photo: photos::state(tx, person.id)?.is_some(),
        papers: sheet::papers(papers),
        docket,
        assessment,
        person,
    }))
}
