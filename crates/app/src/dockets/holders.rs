//! What packs have to know of many dockets at once: whose they are, and what each entitles to now.

use super::sheet::{self, Paper};
use super::verification::admission;
use crate::{Ctx, Result, finance};
use muster_domain::dockets::{Admission, Became};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_storage::assessments::AssessmentRow;
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, holds, people, sittings, students};
use std::collections::{HashMap, HashSet};

/// A student with dockets, as an assessment has to know them.
pub(crate) struct Holder {
    /// Who.
    pub person: PersonRow,
    /// What they study; empty if nothing is known.
    pub programme: String,
    /// What they sit, by time.
    pub papers: Vec<Paper>,
    held: bool,
    cleared: bool,
}

impl Holder {
    /// What happened since an issue of their docket.
    pub const fn became(&self, superseded_at: Option<Timestamp>) -> Became {
        let (gone, held, cleared) = (!self.person.active, self.held, self.cleared);
        Became { superseded_at, gone, held, cleared }
    }

    /// Whether money alone holds their docket.
    pub const fn is_held_by_money(&self) -> bool {
        self.person.active && !self.held && !self.cleared
    }

    /// The sittings to which their docket admits.
    pub fn admissions(&self) -> Vec<Admission> {
        self.papers.iter().filter_map(admission).collect()
    }
}

/// Those of these people of whom there are records: by as few statements for thousands as for one.
/// Whoever calls this has looked at who asks.
pub(crate) fn holders(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    assessment: &AssessmentRow,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, Holder>> {
    let studies = students::get_many(tx, ids)?.into_iter();
    let mut programmes: HashMap<_, _> =
        studies.filter_map(|row| Some((row.person, row.programme_name?))).collect();
    let held: HashSet<_> = holds::standing(tx, ids)?.into_iter().map(|row| row.person).collect();
    let clearances = finance::clearances(tx, ctx, assessment.term, ids)?;
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for row in sittings::papers(tx, ids, assessment.id, assessment.term)? {
        rows.entry(row.person).or_default().push(row);
    }
    let holder = |mut person: PersonRow| {
        let id = person.id;
        let mut own = clearances.of(id).filter(|(row, _)| row.id == assessment.id);
        let typed = person.programme.take();
        let holder = Holder {
            programme: programmes.remove(&id).or(typed).unwrap_or_default(),
            papers: sheet::papers(rows.remove(&id).unwrap_or_default()),
            held: held.contains(&id),
            cleared: own.next().is_none_or(|(_, clearance)| clearance.cleared),
            person,
        };
        (id, holder)
    };
    Ok(people::get_many(tx, ids)?.into_iter().map(holder).collect())
}
