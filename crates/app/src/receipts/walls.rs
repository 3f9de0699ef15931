//! Sessions by the codes that were on their walls. Of a session that two nodes opened apart there were
//! two walls: the codes of the one that gave way go by its own id, and by when that was opened.

use crate::homes::Homes;
use crate::sessions::step_length;
use crate::{Ctx, Result};
use muster_credential::class_code::{ShortSessionId, authenticate};
use muster_credential::receipt::Receipt;
use muster_credential::step::{StepLength, step_at, step_begins};
use muster_domain::attendance::offline::SeenCode;
use muster_domain::ids::SessionId;
use muster_domain::time::Timestamp;
use muster_storage::replication::{self, Former};
use muster_storage::sessions::SessionRow;
use muster_storage::{WriteTx, sessions};
use std::collections::{BTreeSet, HashMap};

/// A session with the codes that were shown of it.
pub(super) struct Wall {
    /// As it stands.
    pub session: SessionRow,
    /// Whether another node takes care of it.
    pub elsewhere: bool,
    id: SessionId,
    opened_at: Timestamp,
    length: StepLength,
}

/// By what codes call them.
pub(super) type Walls = HashMap<[u8; 6], Vec<Wall>>;

/// The sessions of codes, locked for marks.
pub(super) fn walls(tx: &mut WriteTx<'_>, short: &BTreeSet<[u8; 6]>) -> Result<Walls> {
    let homes = Homes::of(tx)?;
    let formers = if homes.has_any() { replication::former_sessions(tx)? } else { Vec::new() };
    let meant = |former: &Former| short.contains(&ShortSessionId::of(former.id.0).0);
    let formers: Vec<Former> = formers.into_iter().filter(meant).collect();
    let found = sessions::by_short_ids(tx, &short.iter().copied().collect::<Vec<_>>())?;
    let ids = found.iter().map(|row| row.id).chain(formers.iter().map(|former| former.stands));
    let ids: BTreeSet<SessionId> = ids.collect();
    let mut all = Walls::new();
    for session in sessions::lock_many_for_mark(tx, &Vec::from_iter(ids))? {
        let mut shown = vec![(session.id, session.opened_at, step_length(&session))];
        for former in formers.iter().filter(|former| former.stands == session.id) {
            let begun = replication::opening(tx, former.id)?;
            let Some((opened_at, step_seconds)) = begun else { continue };
            let step_seconds = step_seconds.unwrap_or(session.step_seconds);
            let length = step_length(&SessionRow { step_seconds, ..session.clone() });
            shown.push((former.id, opened_at, length));
        }
        for (id, opened_at, length) in shown {
            let elsewhere = homes.is_elsewhere(tx, id)?;
            let wall = Wall { session: session.clone(), elsewhere, id, opened_at, length };
            all.entry(ShortSessionId::of(id.0).0).or_default().push(wall);
        }
    }
    Ok(all)
}

impl Wall {
    /// The code of a receipt, if it is genuine; so has to be the one that came next, where it says so.
    pub fn seen(&self, ctx: &Ctx, receipt: &Receipt) -> Option<SeenCode> {
        let (id, opened_at) = (self.id.0, self.opened_at.0);
        let key = ctx.key.session_key(id);
        let near = step_at(opened_at, ctx.now().min(self.session.ends_at).0, self.length);
        let step = authenticate(&key, id, &receipt.code, near)?;
        let following = step.checked_add(1)?;
        if let Some(next) = &receipt.next
            && authenticate(&key, id, next, following) != Some(following)
        {
            return None;
        }
        Some(SeenCode {
            step: i64::try_from(step).ok()?,
            from: Timestamp(step_begins(opened_at, step, self.length)),
            until: Timestamp(step_begins(opened_at, step.checked_add(2)?, self.length)),
        })
    }
}
