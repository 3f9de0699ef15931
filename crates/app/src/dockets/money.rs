//! What a word or payment changes for a student's dockets, told to them: that one can be had or admits
//! again, or that it admits nobody until they pay.

use super::eligibility::Judge;
use crate::notices::{Notice, notify};
use crate::{Ctx, Result, finance};
use muster_domain::dockets::{Eligibility, Obstacle};
use muster_domain::ids::{AssessmentId, DocketId, PersonId, TermId};
use muster_domain::notices::NoticeKind;
use muster_storage::assessments::AssessmentRow;
use muster_storage::{ReadTx, WriteTx, dockets};
use uuid::Uuid;

/// For what Finance cleared a student before something changed.
pub(crate) struct ClearedBefore {
    person: PersonId,
    term: TermId,
    assessments: Vec<AssessmentId>,
}

impl ClearedBefore {
    /// For what they are cleared in a term now.
    pub fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId, term: TermId) -> Result<Self> {
        let clearances = finance::clearances(tx, ctx, term, &[person])?;
        let cleared = clearances.of(person).filter(|(_, clearance)| clearance.cleared);
        let assessments = cleared.map(|(assessment, _)| assessment.id).collect();
        Ok(Self { person, term, assessments })
    }

    /// Tells the student what is otherwise by now; `because` names what changed it.
    pub fn tell(self, tx: &mut WriteTx<'_>, ctx: &Ctx, because: Uuid) -> Result<()> {
        let judge = Judge::of(tx, ctx, self.term, &[self.person])?;
        for (assessment, eligibility) in judge.all(self.person) {
            if self.assessments.contains(&assessment.id) == is_cleared(&eligibility) {
                continue;
            }
            let id = DocketId::of(self.person, assessment.id);
            let has_one = dockets::get(tx, id)?.is_some();
            let reasons = eligibility.reasons(&assessment.code, judge.office());
            if let Some((kind, title, body)) = words(assessment, &eligibility, (has_one, reasons)) {
                let link = if has_one { format!("/dockets/{id}") } else { "/dockets".to_owned() };
                let occasion = format!("docket/{id}/money/{because}");
                let notice = Notice { kind, occasion, title, body, link: Some(link) };
                notify(tx, ctx, self.person, &notice)?;
            }
        }
        Ok(())
    }
}

fn is_cleared(eligibility: &Eligibility) -> bool {
    !eligibility.obstacles().iter().any(|one| matches!(one, Obstacle::NotCleared(_)))
}

/// What a student is told; nothing where it makes no difference to them yet.
fn words(
    assessment: &AssessmentRow,
    eligibility: &Eligibility,
    (has_one, reasons): (bool, Vec<String>),
) -> Option<(NoticeKind, String, String)> {
    let code = &assessment.code;
    let held = eligibility.obstacles().iter().any(|one| matches!(one, Obstacle::Held(_)));
    match (is_cleared(eligibility), has_one) {
        (true, true) if !held => Some((
            NoticeKind::DocketAvailable,
            format!("Your {code} docket admits again"),
            "Finance clears you.".to_owned(),
        )),
        (true, false) if eligibility.is_eligible() => Some((
            NoticeKind::DocketAvailable,
            format!("You can have your {code} docket"),
            "Nothing is in its way any more: issue it when you need it.".to_owned(),
        )),
        (false, true) => Some((
            NoticeKind::DocketHeld,
            format!("Your {code} docket admits nobody for now"),
            reasons.join(" "),
        )),
        _ => None,
    }
}
