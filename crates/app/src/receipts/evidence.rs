//! What staff see of offline marks: when each was scanned and when it came, by which device, what is
//! odd about it; and what was refused.

use crate::{Ctx, Result, sessions};
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::attendance::{Method, Refusal};
use muster_domain::ids::{PersonId, SessionId};
use muster_storage::receipts::{self, EvidenceRow};
use muster_storage::sessions::MarkRow;
use muster_storage::{ReadTx, people};
use std::collections::{BTreeSet, HashMap};

/// The result of a receipt that marked its student.
pub(super) const ACCEPTED: &str = "accepted";
/// Of one whose student was marked before.
pub(super) const ALREADY: &str = "already";
/// Of one that waits for the node whose code it is.
pub(super) const KEPT: &str = "kept";
/// Of one that counts for nothing.
pub(super) const REFUSED: &str = "refused";

/// What stands behind the offline marks of a session.
pub(crate) type Evidence = HashMap<PersonId, EvidenceRow>;

/// What was sent for a session, with the names of whose it is: for its staff.
pub fn of_session(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    session: SessionId,
) -> Result<Vec<(EvidenceRow, String)>> {
    sessions::get(tx, ctx, session)?;
    let rows = receipts::of_session(tx, session)?;
    let people_named: BTreeSet<_> = rows.iter().map(|row| row.person).collect();
    let names = people::get_many(tx, &Vec::from_iter(people_named))?.into_iter();
    let names: HashMap<_, _> = names.map(|row| (row.id, row.name)).collect();
    let with_name = |row: EvidenceRow| {
        let name = names.get(&row.person).cloned().unwrap_or_default();
        (row, name)
    };
    Ok(rows.into_iter().map(with_name).collect())
}

/// What stands behind these marks, as far as they were made offline. For staff: the caller has asked.
pub(crate) fn of_marks(
    tx: &mut ReadTx<'_>,
    session: SessionId,
    marks: &[MarkRow],
) -> Result<Evidence> {
    let offline = marks.iter().filter(|mark| mark.method == Method::Offline);
    let offline: HashMap<_, _> = offline.map(|mark| (mark.person, mark.at)).collect();
    if offline.is_empty() {
        return Ok(Evidence::new());
    }
    let behind = |row: &EvidenceRow| {
        let made = offline.get(&row.person);
        row.reason.is_none() && made.is_some_and(|at| Some(*at) == row.shown_at)
    };
    let mut evidence = Evidence::new();
    for row in receipts::of_session(tx, session)?.into_iter().filter(behind) {
        evidence.entry(row.person).or_insert(row);
    }
    Ok(evidence)
}

/// What about a receipt deserves a look.
pub(crate) fn flags(row: &EvidenceRow) -> impl Iterator<Item = Suspicion> {
    row.flags.split(' ').filter_map(Suspicion::from_key)
}

/// Why a receipt was refused, in words for whoever scanned it.
pub fn refused_detail(reason: &str) -> String {
    let known = Refusal::from_key(reason).map(|refusal| refusal.to_string());
    known.unwrap_or_else(|| "Its term is locked. Ask your teacher or the office.".to_owned())
}
