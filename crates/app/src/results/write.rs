//! Writing results: whoever enters them, by hand or from a file, comes through here.

use super::{Sheet, telling};
use crate::{Ctx, Error, Result, finance};
use muster_journal::Change;
use muster_storage::WriteTx;
use muster_storage::academics::ClassRow;
use muster_storage::results::{self, ResultRow, SheetRow};
use serde_json::{Value, json};

/// A result that is made, changed or taken away.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    /// What stood there.
    pub before: Option<ResultRow>,
    /// What is to stand there; its version is given when it is stored.
    pub after: Option<ResultRow>,
    /// Whether students see the results of that assessment.
    pub published: bool,
}

/// Passes if what changes is not published, or there is a reason.
pub(crate) fn need_reason(published: bool, reason: Option<&str>) -> Result<()> {
    if published && reason.is_none() {
        let detail = "These results are published: say why they change. The student is told.";
        return Err(Error::field("reason", detail));
    }
    Ok(())
}

/// Stores results of a class, with a word to the students whose published ones change, and returns
/// them in the order in which they came.
pub(crate) fn put(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: &ClassRow,
    puts: &[Put],
    reason: Option<&str>,
) -> Result<Vec<Option<ResultRow>>> {
    let (mut made, mut changes, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for Put { before, after, published } in puts {
        need_reason(*published, reason)?;
        let seen = before.as_ref().map_or(0, |row| row.version);
        // A result that went along with a merge keeps the id that it was made with.
        let own = before.as_ref().map(|row| row.id);
        let after = after.clone().map(|row| {
            let id = own.unwrap_or(row.id);
            ResultRow { id, version: tx.version_over(seen), ..row }
        });
        let change = match (before, &after) {
            (None, None) => {
                stored.push(None);
                continue;
            }
            (None, Some(row)) => {
                made.push(row.clone());
                Change::new("result.enter", "result", row.id).created(&fields(row))
            }
            (Some(was), Some(row)) => {
                if !results::update(tx, row, seen)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("result.change", "result", row.id);
                change.changed(&fields(was), &fields(row), seen)
            }
            (Some(was), None) => {
                if !results::remove(tx, was.id, seen)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("result.remove", "result", was.id);
                change.changed(&fields(was), &Value::Null, seen)
            }
        };
        changes.push(change.on(class.id).because(reason));
        stored.push(after);
    }
    results::insert_many(tx, &made)?;
    tx.journal_many(changes)?;
    for (Put { before, published, .. }, after) in puts.iter().zip(&stored) {
        if let Some(row) = after.as_ref().or(before.as_ref()).filter(|_| *published) {
            telling::tell_change(tx, ctx, class, row, after.is_none())?;
        }
    }
    Ok(stored)
}

/// Stores all sheets of a class that are not stored yet: from its first result on, what the settings
/// say later changes nothing there.
pub(crate) fn store_sheets(
    tx: &mut WriteTx<'_>,
    class: &ClassRow,
    sheets: &mut [Sheet],
) -> Result<()> {
    for sheet in sheets.iter_mut().filter(|sheet| sheet.row.version == 0) {
        finance::stored_assessment(tx, sheet.row.assessment)?;
        let row = SheetRow { version: tx.version(), ..sheet.row.clone() };
        results::insert_sheet(tx, &row)?;
        let change = Change::new("result_sheet.create", "result_sheet", row.id).on(class.id);
        tx.journal(change.created(&sheet_fields(&row)))?;
        sheet.row = row;
    }
    Ok(())
}

/// Stores a sheet in place of the one that was read.
pub(super) fn put_sheet(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &SheetRow,
    after: SheetRow,
    reason: Option<&str>,
) -> Result<SheetRow> {
    let after = SheetRow { version: tx.version_over(before.version), ..after };
    if !results::update_sheet(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "result_sheet", after.id).on(after.class).because(reason);
    tx.journal(change.changed(&sheet_fields(before), &sheet_fields(&after), before.version))?;
    Ok(after)
}

/// What the journal keeps of a result.
fn fields(row: &ResultRow) -> Value {
    json!({
        "class": row.class, "assessment": row.assessment, "person": row.person,
        "state": row.state.key(), "points": row.points, "remark": row.remark,
    })
}

fn sheet_fields(row: &SheetRow) -> Value {
    json!({
        "class": row.class, "assessment": row.assessment, "maximum": row.maximum,
        "weight": row.weight, "published_at": row.published_at.map(|at| at.0),
    })
}
