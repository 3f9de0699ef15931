//! Bringing the meetings of many classes in line after one change: a holiday, a term's days, the
//! institution's time zone. A few follow at once; where it is many, a job takes some at a time, so
//! that marking flows in between.

use super::patterns::regenerate_because;
use crate::{Ctx, Result};
use muster_domain::ids::ClassId;
use muster_domain::time::Date;
use muster_domain::timetable::Closed;
use muster_storage::stale::{self, StaleRow};
use muster_storage::{ReadTx, WriteTx, patterns};

/// Most classes that follow in one transaction.
const AT_ONCE: usize = 10;

/// Brings classes in line with a change, at once or soon.
pub(crate) fn follow(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    classes: &[ClassId],
    reason: &str,
) -> Result<()> {
    if classes.len() <= AT_ONCE {
        let mut each = classes.iter();
        return each.try_for_each(|class| regenerate_because(tx, ctx, *class, Some(reason)));
    }
    let row = |class: &ClassId| StaleRow {
        class: *class,
        asked_by: ctx.act.actor,
        asked_at: ctx.now(),
        reason: reason.to_owned(),
    };
    Ok(stale::insert(tx, &classes.iter().map(row).collect::<Vec<_>>())?)
}

/// Brings every class in line that meets today or later.
pub(crate) fn follow_everywhere(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    today: Date,
    reason: &str,
) -> Result<()> {
    // It is another day already elsewhere.
    let days = Closed { first_on: Date(today.0 - 2), last_on: Date(i64::MAX) };
    let classes = patterns::classes_during(tx, days)?;
    follow(tx, ctx, &classes, reason)
}

/// The class that waits longest to follow a change, if one does.
pub fn following(tx: &mut ReadTx<'_>) -> Result<Option<StaleRow>> {
    Ok(stale::first(tx, 1)?.pop())
}

/// Brings some classes in line that wait for it because of the actor's change; false if none does.
pub fn follow_some(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool> {
    let rows = stale::first(tx, i64::try_from(AT_ONCE).unwrap_or(i64::MAX))?;
    let mut some = false;
    for row in rows.into_iter().take_while(|row| row.asked_by == ctx.act.actor) {
        some = true;
        // Another process may have been faster.
        if stale::done(tx, row.class)? {
            regenerate_because(tx, ctx, row.class, Some(&row.reason))?;
        }
    }
    Ok(some)
}
