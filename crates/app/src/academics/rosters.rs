//! The roster of a term: its students with their classes and roll numbers.

use super::EVERYTHING;
use crate::imports::Exported;
use crate::{Ctx, Error, Result};
use muster_domain::auth::Permission;
use muster_domain::ids::TermId;
use muster_domain::imports::{Kind, columns};
use muster_storage::rosters::{self, RosterRow, Search};
use muster_storage::{ReadTx, academics};

/// Students read at once for a table.
const PAGE: i64 = 1_000;

/// The students who have a place in a class of the term, by name.
pub fn roster(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: TermId,
    search: &Search,
) -> Result<Vec<RosterRow>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    academics::term(tx, term)?.ok_or(Error::NotFound)?;
    if let Some(class) = search.class {
        let class = academics::class(tx, class)?.filter(|class| class.term == term);
        class.ok_or_else(|| Error::field("class", "Choose a class of this term."))?;
    }
    Ok(rosters::of_term(tx, term, search)?)
}

/// Those students' places in the columns in which enrolments are imported; of a class alone, where
/// the search names one.
pub fn export_roster(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: TermId,
    search: &Search,
) -> Result<Exported> {
    let name = academics::term(tx, term)?.ok_or(Error::NotFound)?.name;
    let headings = columns(Kind::Enrolments).iter().map(|column| column.key).collect();
    let mut search = Search { after: None, limit: PAGE, ..search.clone() };
    let mut lines = Vec::new();
    loop {
        let page = roster(tx, ctx, term, &search)?;
        search.after = page.last().map(|student| student.person);
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        for RosterRow { number, places, .. } in page {
            let meant =
                places.into_iter().filter(|place| search.class.is_none_or(|id| id == place.class));
            lines.extend(meant.map(|place| {
                vec![
                    number.clone(),
                    place.course_code,
                    place.section,
                    name.clone(),
                    place.roll_number,
                    place.status.key().to_owned(),
                ]
            }));
        }
        if !full {
            return Ok(Exported { headings, lines });
        }
    }
}
