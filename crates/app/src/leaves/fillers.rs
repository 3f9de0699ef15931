//! What leave does to the marks of sessions: who is on leave is excused, unless they have a mark.

use crate::academics::need_unlocked;
use crate::zone::Zone;
use crate::{Ctx, Error, Result, marks, settings};
use muster_domain::attendance::leave::{Days, filler};
use muster_domain::attendance::{Method, Status};
use muster_domain::ids::PersonId;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, leaves, sessions};
use std::collections::HashSet;

/// Beside a mark that follows from leave.
pub(crate) const REASON: &str = "On leave";

/// Those of a session's class who are on leave on its day.
pub(crate) fn on_leave(tx: &mut ReadTx<'_>, session: &SessionRow) -> Result<HashSet<PersonId>> {
    let day = Zone::of(&settings::load(tx)?).date(session.held_at);
    Ok(leaves::on_leave(tx, session.class, day)?)
}

/// Makes the fillers of a person's closed sessions in those days say what leave makes of them now.
/// Real marks stay, and so does what belongs to a locked term.
pub(super) fn refill(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, days: Days) -> Result<()> {
    let zone = Zone::of(&settings::load(tx)?);
    for held in leaves::held(tx, person, zone.range(days.first, days.last))? {
        // Open ones are held too: whoever closes them afterwards sees the leave.
        let Some(session) = sessions::lock_for_mark(tx, held.session)? else { continue };
        let mark = sessions::mark(tx, session.id, person)?;
        let Some(mark) = mark.filter(|mark| mark.method == Method::Filler) else { continue };
        let status = filler(on_leave(tx, &session)?.contains(&person));
        if mark.status == status || session.closed_at.is_none() {
            continue;
        }
        match need_unlocked(tx, session.class) {
            Err(Error::TermLocked { .. }) => continue,
            unlocked => unlocked?,
        }
        let reason = (status == Status::Excused).then(|| REASON.to_owned());
        let new = MarkRow { status, reason, at: ctx.now(), ..mark.clone() };
        let (_, change) = marks::put(tx, &session, Some(&mark), new)?;
        tx.journal(change)?;
    }
    Ok(())
}
