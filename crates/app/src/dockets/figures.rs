//! Figures of an assessment's dockets: how many students are eligible, have one, showed it, and were
//! refused, by reason.

use super::EVERYTHING;
use super::eligibility::Judge;
use crate::{Ctx, Result, finance};
use muster_domain::auth::Permission;
use muster_domain::dockets::{Eligibility, Obstacle};
use muster_domain::ids::AssessmentId;
use muster_domain::verification::VerdictKind;
use muster_storage::assessments::AssessmentRow;
use muster_storage::{ReadTx, dockets, room_lists};
use std::collections::BTreeSet;

/// Figures of an assessment's dockets.
#[derive(Clone, Debug)]
pub struct DocketFigures {
    /// Which.
    pub assessment: AssessmentRow,
    /// Students who attend classes of the term.
    pub students: usize,
    /// Those of them for whom nothing is in the way of a docket.
    pub eligible: usize,
    /// Those of them who are held.
    pub held: usize,
    /// Those of them whom Finance does not clear.
    pub not_cleared: usize,
    /// Dockets that were issued.
    pub issued: i64,
    /// Dockets that admitted their student.
    pub verified: i64,
    /// Students who were refused at a room, by what they were told.
    pub refused: Vec<(VerdictKind, i64)>,
}

/// The figures of an assessment's dockets.
pub fn figures(tx: &mut ReadTx<'_>, ctx: &Ctx, id: AssessmentId) -> Result<DocketFigures> {
    ctx.need(Permission::ViewDockets, EVERYTHING)?;
    let assessment = finance::find_assessment(tx, id)?;
    let people = room_lists::students(tx, assessment.term)?;
    let judge = Judge::of(tx, ctx, assessment.term, &people)?;
    let (mut eligible, mut held, mut not_cleared) = (0, 0, 0);
    for person in &people {
        let own = judge.all(*person).find(|(row, _)| row.id == id).map(|(_, judged)| judged);
        let keys: BTreeSet<_> =
            own.iter().flat_map(Eligibility::obstacles).map(Obstacle::key).collect();
        eligible += usize::from(own.is_some() && keys.is_empty());
        held += usize::from(keys.contains("held"));
        not_cleared += usize::from(keys.contains("not_cleared"));
    }
    let refused = room_lists::refused(tx, id)?.into_iter();
    Ok(DocketFigures {
        students: people.len(),
        eligible,
        held,
        not_cleared,
        issued: dockets::count(tx, id)?,
        verified: room_lists::verified(tx, id)?,
        refused: refused.map(|row| (row.verdict, row.students)).collect(),
        assessment,
    })
}
