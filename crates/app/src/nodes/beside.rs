//! What goes beside the entries: sign-ins, sealed for one answer, and files by their digests.

use super::hub::{sight_of, standing};
use crate::files::{self, Lacking};
use crate::secrets::{self, Place, Sealed};
use crate::{Ctx, Error, Result};
use muster_credential::keys::SealingKey;
use muster_domain::ids::PersonId;
use muster_storage::peers::PeerRow;
use muster_storage::replication::Sight;
use muster_storage::replication::files::File;
use muster_storage::{ReadTx, WriteTx, peers};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Most files that a hub asks one edge for in an answer.
const FILES: usize = 20;
/// Parts of what is missing that a hub looks through for them.
const PARTS: usize = 4;

/// Which sign-ins an edge asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Of everybody after that person: it begins.
    Holders(Option<Uuid>),
    /// Of those that changed after that place.
    Changed(Place),
}

/// Some sign-ins, and what to ask for next; nothing at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Of each person.
    pub items: Vec<Sealed>,
    /// Up to where this looked.
    pub next: Option<Wanted>,
}

/// Sign-ins of whoever an edge may see.
pub fn give(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (peer, wanted): (Uuid, &Wanted),
    shared: &SealingKey,
) -> Result<Given> {
    let row = standing(tx, peer)?;
    let sight = sight_of(tx, &row)?;
    let (mut people, next) = match wanted {
        Wanted::Holders(after) => {
            let people = secrets::holders(tx, after.map(PersonId))?;
            // After everybody come those who changed meanwhile.
            let last = people.iter().max().map(|person| Wanted::Holders(Some(person.0)));
            (people, last.or(Some(Wanted::Changed(Place::START))))
        }
        Wanted::Changed(after) => {
            let (people, place) = secrets::changed(tx, *after)?;
            (people, Some(Wanted::Changed(place)).filter(|_| place != *after))
        }
    };
    if let Some(sight) = sight {
        people.retain(|person| sight.sees_person(*person));
    }
    Ok(Given { items: secrets::give(tx, ctx, shared, &people)?, next })
}

/// Whether anybody's sign-in changed after that place.
pub(super) fn has_more(tx: &mut ReadTx<'_>, after: Option<Place>) -> Result<bool> {
    let Some(after) = after else { return Ok(true) };
    Ok(secrets::changed(tx, after)?.1 != after)
}

/// Where an edge asks on for sign-ins.
pub fn wanted(tx: &mut ReadTx<'_>) -> Result<Wanted> {
    let place = kept_place(tx)?;
    Ok(place.map_or(Wanted::Holders(None), Wanted::Changed))
}

pub(super) fn kept_place(tx: &mut ReadTx<'_>) -> Result<Option<Place>> {
    let kept = peers::own(tx)?.and_then(|own| own.secrets);
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Takes sign-ins; whether everybody whose they are is here.
pub fn take_secrets(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (shared, items): (&SealingKey, &[Sealed]),
) -> Result<bool> {
    let mut complete = true;
    for item in items {
        match secrets::take(tx, ctx, shared, item) {
            Err(Error::NotFound) => complete = false,
            taken => taken?,
        }
    }
    Ok(complete)
}

/// Keeps up to where sign-ins were taken.
pub fn has_taken(tx: &mut WriteTx<'_>, place: Place) -> Result<()> {
    let text = serde_json::to_string(&place).unwrap_or_default();
    Ok(peers::set_secrets(tx, &text)?)
}

/// Some of the files that a hub lacks, by their digests, of those that an edge may see: whoever can name
/// one is given it. Others in each answer, so that what no edge has holds nothing up.
pub(super) fn lacking(
    tx: &mut ReadTx<'_>,
    (edge, sight): (&PeerRow, Option<&Sight>),
) -> Result<Vec<String>> {
    let place = Sha256::digest(edge.asked.to_be_bytes());
    let (mut lacking, mut all) = (Lacking::from(place.into()), Vec::new());
    for _ in 0..PARTS {
        let part = lacking.part(tx)?;
        let ended = part.is_empty();
        all.extend(match sight {
            Some(sight) => files::within(tx, &part, sight)?,
            None => part,
        });
        if ended || all.len() >= FILES {
            break;
        }
    }
    all.truncate(FILES);
    Ok(all)
}

/// A file, for an edge that may see it.
pub fn file(tx: &mut ReadTx<'_>, peer: Uuid, named: &str) -> Result<File> {
    let row = standing(tx, peer)?;
    if let Some(sight) = sight_of(tx, &row)?
        && files::within(tx, &[named.to_owned()], &sight)?.is_empty()
    {
        return Err(Error::NotFound);
    }
    files::file(tx, named)
}
