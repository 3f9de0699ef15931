//! Telling students of their results. A publication only notes that there is something to tell; a
//! job tells it afterwards, some students in a transaction, so that a whole term is published at once.

use crate::notices::{Notice, notify};
use crate::{Ctx, Result, finance};
use muster_domain::ids::PersonId;
use muster_domain::notices::NoticeKind;
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::results::{self, ResultRow, SheetRow, UntoldRow};
use muster_storage::{ReadTx, WriteTx, academics};
use uuid::Uuid;

/// Students that are told in one transaction.
const AT_ONCE: i64 = 200;

/// Notes that a sheet was published.
pub(super) fn note(tx: &mut WriteTx<'_>, sheet: &SheetRow, at: Timestamp) -> Result<()> {
    let after = PersonId(Uuid::nil());
    let row = UntoldRow { id: sheet.id, sheet: sheet.id, published_at: at, after };
    Ok(results::insert_untold(tx, &[row])?)
}

/// Whether something waits to be told.
pub fn is_any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(results::first_untold(tx)?.is_some())
}

/// Tells some students what waits; false when nothing waits, or another process tells it.
pub fn step(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool> {
    let Some(row) = results::first_untold(tx)? else { return Ok(false) };
    // What was withdrawn meanwhile is not told.
    let sheet = results::sheet(tx, row.sheet)?;
    let Some(sheet) = sheet.filter(|sheet| sheet.published_at == Some(row.published_at)) else {
        return Ok(results::done_untold(tx, &row)?);
    };
    let people = results::people_of_sheet(tx, &sheet, row.after, AT_ONCE)?;
    let went_on = match people.last() {
        Some(last) => results::advance_untold(tx, &row, *last)?,
        None => results::done_untold(tx, &row)?,
    };
    let Some(class) = academics::class(tx, sheet.class)?.filter(|_| went_on) else {
        return Ok(went_on);
    };
    let assessment = finance::find_assessment(tx, sheet.assessment)?;
    let course = &class.course_name;
    let notice = Notice {
        kind: NoticeKind::ResultPublished,
        occasion: format!("results/{}/{}", sheet.id, row.published_at.0),
        title: format!("{} result: {course}", assessment.code),
        body: format!("Your result in {} of {course} is published.", assessment.name),
        link: Some(link(&class)),
    };
    for person in people {
        notify(tx, ctx, person, &notice)?;
    }
    Ok(true)
}

/// Tells a student that a published result of theirs changed or was taken away.
pub(super) fn tell_change(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: &ClassRow,
    row: &ResultRow,
    gone: bool,
) -> Result<()> {
    let assessment = finance::find_assessment(tx, row.assessment)?;
    let course = &class.course_name;
    let done = if gone { "was taken away" } else { "is new or changed" };
    let notice = Notice {
        kind: NoticeKind::ResultPublished,
        occasion: format!("result/{}/{}", row.id, ctx.act.id.0),
        title: format!("{} result changed: {course}", assessment.code),
        body: format!("Your result in {} of {course} {done}.", assessment.name),
        link: Some(link(class)),
    };
    notify(tx, ctx, row.person, &notice).map(drop)
}

fn link(class: &ClassRow) -> String {
    format!("/results?term={}", class.term)
}
