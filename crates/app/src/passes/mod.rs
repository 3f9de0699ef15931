//! Passes: issued to holders, shown to them and to staff, withdrawn, refunded, handed on.

mod issue;
mod letters;
mod life;

pub use issue::{HolderInput, IssueInput, issue};
pub(crate) use issue::{Ready, prepare, put};
pub(crate) use letters::write_letter;
pub use letters::{send, shown_by_link};
pub(crate) use life::take_back;
pub use life::{TransferInput, refund, transfer, void};

use crate::credentials::{self, Drawn, Said};
use crate::{Ctx, Error, Result};
use muster_credential::page::PageToken;
use muster_credential::payload::Kind;
use muster_credential::readable::ReadableCode;
use muster_domain::auth::{Permission, Target};
use muster_domain::finding;
use muster_domain::ids::{EventId, PassId, PassTypeId};
use muster_domain::passes::{PassState, Payment};
use muster_domain::verification::Window;
use muster_storage::ReadTx;
use muster_storage::events::{self, EventRow};
use muster_storage::passes::{self, HolderRow, PassRow, Wanted};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Passes read at once where some of them are looked for.
const PAGE: i64 = 500;

/// The kind of a pass's credentials.
pub(crate) const KIND: &str = "pass";

/// A pass with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The pass.
    pub row: PassRow,
    /// What it admits to.
    pub event: EventRow,
    /// Who is on it.
    pub holders: Vec<HolderRow>,
    /// Its credential, while it is valid, on the node that issued it.
    pub drawn: Option<Drawn>,
}

/// Which passes of an event are looked for.
#[derive(Clone, Debug, Default)]
pub struct PassSearch {
    /// The beginning of a name or phone, the payment's reference, or the readable code.
    pub text: String,
    /// Of this type.
    pub pass_type: Option<PassTypeId>,
    /// Paid for in this way.
    pub payment: Option<Payment>,
    /// Of this state.
    pub state: Option<PassState>,
    /// Whether somebody entered with it.
    pub scanned: Option<bool>,
    /// Those alone that there is no place for.
    pub oversold: bool,
}

/// When an event's passes are valid.
pub(crate) const fn validity(event: &EventRow) -> Window {
    Window { from: event.doors_at, until: event.ends_at }
}

/// A pass, with its credential for whoever may issue passes.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PassId) -> Result<Pass> {
    row(tx, ctx, id)?;
    read(tx, ctx, id)
}

/// A pass without its credential.
pub(crate) fn row(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PassId) -> Result<PassRow> {
    let row = passes::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewEvents, Target::Event(row.event))?;
    Ok(row)
}

/// A pass, for whoever may see it: the caller has asked.
fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PassId) -> Result<Pass> {
    let row = passes::get(tx, id)?.ok_or(Error::NotFound)?;
    let event = events::get(tx, row.event)?.ok_or(Error::NotFound)?;
    let holders = passes::holders(tx, id)?;
    let said =
        Said { kind: Kind::Pass, scope: event.id.0, holder: id.0, validity: validity(&event) };
    let valid = row.state == PassState::Valid;
    let drawn = if valid { credentials::draw(tx, ctx, id.0, said)? } else { None };
    Ok(Pass { row, event, holders, drawn })
}

/// The pass whose page a link opens; no sign-in is asked for.
fn opened_by(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &str) -> Result<Pass> {
    let token: PageToken = token.parse().map_err(|_| Error::NotFound)?;
    let record = credentials::opened_by(tx, ctx, &token)?;
    read(tx, ctx, PassId(record))
}

/// Passes of an event, the latest first, from the one after `after` on.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    event: EventId,
    search: &PassSearch,
    (after, limit): (Option<PassId>, i64),
) -> Result<Vec<PassRow>> {
    crate::events::get(tx, ctx, event)?;
    if let Ok(code) = search.text.parse::<ReadableCode>() {
        let found = credentials::by_code(tx, ctx, code)?;
        let id = found.iter().find(|row| row.kind == KIND && row.superseded_at.is_none());
        let row = id.map(|row| passes::get(tx, PassId(row.record))).transpose()?.flatten();
        if let Some(row) = row.filter(|row| row.event == event) {
            return Ok(if after.is_none() { vec![row] } else { Vec::new() });
        }
    }
    let PassSearch { pass_type, payment, state, scanned, .. } = *search;
    let wanted = Wanted { words: asked(&search.text), pass_type, payment, state, scanned };
    if wanted.words.is_empty() && !search.text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let before = after.unwrap_or(PassId(Uuid::max()));
    if !search.oversold {
        return Ok(passes::list(tx, event, &wanted, (before, limit))?);
    }
    let oversold = oversold(tx, ctx, event)?;
    among(tx, (event, &wanted, &oversold), (before, limit))
}

/// Those of certain passes that are looked for.
fn among(
    tx: &mut ReadTx<'_>,
    (event, wanted, these): (EventId, &Wanted, &BTreeSet<PassId>),
    (mut before, limit): (PassId, i64),
) -> Result<Vec<PassRow>> {
    let (most, mut found) = (usize::try_from(limit).unwrap_or_default(), Vec::new());
    while found.len() < most && these.first().is_some_and(|first| *first < before) {
        let rows = passes::list(tx, event, wanted, (before, PAGE))?;
        let Some(last) = rows.last() else { break };
        before = last.id;
        found.extend(rows.into_iter().filter(|row| these.contains(&row.id)));
    }
    found.truncate(most);
    Ok(found)
}

/// The valid passes of an event that there is no place for: nodes that were apart sold the same ones.
pub fn oversold(tx: &mut ReadTx<'_>, ctx: &Ctx, event: EventId) -> Result<BTreeSet<PassId>> {
    let event = crate::events::get(tx, ctx, event)?;
    crate::events::oversold(tx, &event)
}

/// The words of a search. A phone may be typed with blanks: then its digits are one word.
fn asked(text: &str) -> Vec<String> {
    let between = |letter: char| letter.is_whitespace() || "+-()./".contains(letter);
    let is_phone = text.chars().all(|letter| letter.is_ascii_digit() || between(letter));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if is_phone && digits.len() >= 5 {
        return vec![digits.trim_start_matches('0').to_owned()];
    }
    finding::asked(text)
}

/// Valid passes of an event with their credentials, to be sent to their holders: the latest first,
/// from the one after `after` on.
pub fn to_send(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    event: EventId,
    after: (Option<PassId>, i64),
) -> Result<Vec<Pass>> {
    ctx.need(Permission::IssuePasses, Target::Event(event))?;
    let valid = PassSearch { state: Some(PassState::Valid), ..PassSearch::default() };
    let rows = list(tx, ctx, event, &valid, after)?;
    rows.into_iter().map(|row| read(tx, ctx, row.id)).collect()
}

/// Who is on the passes of an event, for a file of all of them.
pub fn holders_of_event(tx: &mut ReadTx<'_>, ctx: &Ctx, event: EventId) -> Result<Vec<HolderRow>> {
    crate::events::get(tx, ctx, event)?;
    Ok(passes::holders_of_event(tx, event)?)
}
