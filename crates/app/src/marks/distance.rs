//! Whether a student's browser is asked where it is.

use super::presented::ticket;
use crate::{Ctx, Result, settings};
use muster_domain::ids::SessionId;
use muster_storage::{ReadTx, locations, sessions};

/// Whether the session of that ticket, or one of these, wants to know how far from its room its
/// students are.
pub fn asks_distance(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    ticket_text: Option<&str>,
    others: &[SessionId],
) -> Result<bool> {
    let rule = settings::load(tx)?.sharing.distance;
    let scanned = ticket_text.and_then(|text| ticket(ctx, text).ok());
    let asked = scanned.map(|ticket| SessionId(ticket.session)).into_iter();
    for id in asked.chain(others.iter().copied()) {
        let Some(session) = sessions::get(tx, id)? else { continue };
        let room = locations::of_class(tx, session.class)?.and_then(|row| row.location());
        if rule.asks(session.mode, room) {
            return Ok(true);
        }
    }
    Ok(false)
}
