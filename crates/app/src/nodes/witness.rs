//! What other nodes know of a journal. Whoever has a database in hand may cut its end off, or write all of
//! its chain anew: not so what others hold of it, and what a hub signed.

use super::manage;
use crate::{Ctx, Result};
use muster_credential::keys::public::PublicKey;
use muster_credential::node::has_sealed;
use muster_journal::Series;
use muster_journal::sync::sealed;
use muster_journal::wire::heads_from_bytes;
use muster_storage::replication::SealPlace;
use muster_storage::{ReadTx, peers, replication};

/// Seals read at once.
const SEALS: i64 = 500;

/// What others say of what is here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// How many seals of the hub fit what is here.
    pub seals: usize,
    /// Of which series and up to which number something is otherwise than the hub told it.
    pub altered: Option<(Series, i64)>,
    /// Edges that hold entries of this node, up to that number, that are not here or otherwise.
    pub lacking: Vec<(String, i64)>,
}

impl Witnessed {
    /// Whether nobody says anything else than what is here.
    pub const fn holds(&self) -> bool {
        self.altered.is_none() && self.lacking.is_empty()
    }
}

/// Compares what is here with what others hold of it.
pub fn witnessed(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Witnessed> {
    manage(ctx)?;
    let mut witnessed = Witnessed { lacking: held_elsewhere(tx)?, ..Witnessed::default() };
    let key = peers::own(tx)?.and_then(|own| own.hub_key?.try_into().ok());
    let Some(key) = key.and_then(PublicKey::from_bytes) else { return Ok(witnessed) };
    let mut after: Option<SealPlace> = None;
    loop {
        let lot = replication::seals_after(tx, after.as_ref(), SEALS)?;
        let Some((last, _)) = lot.last() else { return Ok(witnessed) };
        after = Some(last.clone());
        for (_, seal) in lot {
            // What did not arrive yet can't be compared.
            let Some(links) = replication::links_of(tx, &seal)? else { continue };
            if !has_sealed(&key, &sealed(seal.series, &links), &seal.signature) {
                let last = seal.numbers.last().copied().unwrap_or_default();
                witnessed.altered = Some((seal.series, last));
                return Ok(witnessed);
            }
            witnessed.seals += 1;
        }
    }
}

/// Edges that said when they last asked that they hold something else of this node's own.
fn held_elsewhere(tx: &mut ReadTx<'_>) -> Result<Vec<(String, i64)>> {
    let own = replication::own(tx)?.node;
    let mut lacking = Vec::new();
    for peer in peers::list(tx)?.into_iter().filter(|peer| peer.revoked_at.is_none()) {
        let heads = peer.heads.as_deref().and_then(|bytes| heads_from_bytes(bytes).ok());
        let heads = heads.unwrap_or_default();
        for (series, head) in heads.iter().filter(|(series, _)| series.node == own) {
            if replication::link(tx, series, head.seq)? != Some(head.hash) {
                lacking.push((peer.name.clone(), head.seq));
            }
        }
    }
    Ok(lacking)
}
