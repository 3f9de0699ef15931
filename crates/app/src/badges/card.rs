//! What stands on a badge, and its credential while it counts.

use super::{SCOPE, counts};
use crate::credentials::{self, Drawn, Said};
use crate::people::merge;
use crate::{Ctx, Error, Result};
use muster_credential::payload::Kind;
use muster_domain::auth::{Permission, Target};
use muster_domain::badges::Holder;
use muster_domain::ids::{BadgeId, PersonId};
use muster_domain::verification::Window;
use muster_storage::badges::{self, BadgeRow};
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, people, photos, students};

/// A person as their card shows them, with or without one.
#[derive(Clone, Debug)]
pub struct Card {
    /// Whose.
    pub person: PersonRow,
    /// What they are here; none if they get no badge.
    pub holder: Option<Holder>,
    /// A student's programme, or the title of somebody who works here; may be empty.
    pub detail: String,
    /// Whether there is a photo of them.
    pub has_photo: bool,
    /// The badge that was issued, if one was.
    pub badge: Option<BadgeRow>,
    /// Its credential, while it counts, on the node that issued it.
    pub drawn: Option<Drawn>,
    /// Whether it counts, but another node issued it, which alone can show its code.
    pub elsewhere: bool,
}

/// A badge for paper.
#[derive(Clone, Debug)]
pub struct Printed {
    /// What stands on it.
    pub card: Card,
    /// Until when it counts.
    pub badge: BadgeRow,
    /// Its credential.
    pub drawn: Drawn,
    /// The photo.
    pub photo: Option<Vec<u8>>,
}

/// A person's card: their own, or anybody's for those who issue them.
pub fn card(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Card> {
    ctx.need(Permission::ViewBadges, Target::Person(person))?;
    merge::need_unmerged(tx, person)?;
    read(tx, ctx, person)
}

/// A person's card for paper, if they have a badge that counts.
pub fn printed(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Printed> {
    let card = card(tx, ctx, person)?;
    with_photo(tx, card)?.ok_or(Error::NotFound)
}

/// A card, for whoever may see it: the caller has asked.
pub(super) fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<Card> {
    let person = people::get(tx, id)?.ok_or(Error::NotFound)?;
    let roles = people::grants(tx, id)?.into_iter().map(|grant| grant.role);
    let holder = Holder::of(roles).filter(|_| person.active);
    let detail = match holder {
        Some(Holder::Student) => {
            let studies = students::get(tx, id)?.and_then(|row| row.programme_name);
            studies.or_else(|| person.programme.clone())
        }
        Some(Holder::Staff) | None => person.title.clone(),
    };
    let badge = badges::get(tx, BadgeId::of(id))?;
    let valid = badge.as_ref().filter(|row| person.active && counts(row, ctx.now()));
    let drawn = match valid {
        Some(row) => draw(tx, ctx, row)?,
        None => None,
    };
    let elsewhere = valid.is_some() && drawn.is_none();
    let (has_photo, detail) = (photos::state(tx, id)?.is_some(), detail.unwrap_or_default());
    Ok(Card { person, holder, detail, has_photo, badge, drawn, elsewhere })
}

pub(super) fn with_photo(tx: &mut ReadTx<'_>, card: Card) -> Result<Option<Printed>> {
    let (Some(badge), Some(drawn)) = (card.badge.clone(), card.drawn.clone()) else {
        return Ok(None);
    };
    let photo = photos::photo(tx, card.person.id)?.map(|photo| photo.content);
    Ok(Some(Printed { card, badge, drawn, photo }))
}

fn draw(tx: &mut ReadTx<'_>, ctx: &Ctx, row: &BadgeRow) -> Result<Option<Drawn>> {
    let said = Said {
        kind: Kind::Badge,
        scope: SCOPE,
        holder: row.person.0,
        validity: Window { from: row.valid_from, until: row.valid_until },
    };
    credentials::draw(tx, ctx, row.id.0, said)
}
