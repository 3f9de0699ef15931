//! Assessments of terms.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{AssessmentId, TermId};
use muster_domain::text::fold;

record! {
    /// An assessment of a term.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AssessmentRow {
        /// Id.
        pub id: AssessmentId,
        /// Its term.
        pub term: TermId,
        /// Short name.
        pub code: String,
        /// Name.
        pub name: String,
        /// The share of the fee that it needs, in hundredths of a percent.
        pub required_share: i64,
        /// Its place in lists.
        pub position: i64,
        /// Whether dockets are issued for it now.
        pub active: bool,
        /// Logical clock of the last change; 0 while it is not stored.
        pub version: i64,
    }
}

statements! {
    OF_TERM = "select id, term, code, name, required_share, position, active, version
        from assessments where term = ?1 order by position, code_folded, id";
    GET = "select id, term, code, name, required_share, position, active, version
        from assessments where id = ?1";
    PUT = "insert into assessments (id, term, code, code_folded, name, required_share, position,
            active, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    UPDATE = "update assessments set code = ?2, code_folded = ?3, name = ?4, required_share = ?5,
            position = ?6, active = ?7, version = ?8
        where id = ?1 and version = ?9";
}

/// The assessments of a term that are stored, in their order.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<AssessmentRow>> {
    tx.all(&OF_TERM, args![term])
}

/// The assessment of that id.
pub fn get(tx: &mut ReadTx<'_>, id: AssessmentId) -> Result<Option<AssessmentRow>> {
    tx.opt(&GET, args![id])
}

/// Adds an assessment.
pub fn insert(tx: &mut WriteTx<'_>, row: &AssessmentRow) -> Result<()> {
    let AssessmentRow { id, term, code, name, required_share, position, active, version } = row;
    let folded = fold(code);
    tx.execute(
        &PUT,
        args![*id, *term, code, folded, name, *required_share, *position, *active, *version],
    )?;
    Ok(())
}

/// Changes an assessment whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &AssessmentRow, seen: i64) -> Result<bool> {
    let AssessmentRow { id, code, name, required_share, position, active, version, .. } = row;
    let folded = fold(code);
    let done = tx.execute(
        &UPDATE,
        args![*id, code, folded, name, *required_share, *position, *active, *version, seen],
    )?;
    Ok(done == 1)
}
