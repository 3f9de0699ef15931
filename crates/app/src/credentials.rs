//! Credentials: issued for a record, drawn again for whoever may see it, and found by what
//! somebody shows. What they consist of follows from the record and the keys outside the database.

use crate::{Ctx, Error, Result};
use muster_credential::cti::Cti;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::{SigningKey, SigningKeyId};
use muster_credential::page::PageToken;
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::Credential;
use muster_domain::verification::Window;
use muster_storage::credentials::{self, CredentialRow};
use muster_storage::{ReadTx, WriteTx};
use std::collections::HashMap;
use uuid::Uuid;

/// What a credential of ours says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// What it is.
    pub kind: Kind,
    /// What it admits to.
    pub scope: Uuid,
    /// Whom it admits.
    pub holder: Uuid,
    /// When.
    pub validity: Window,
}

/// A credential that was drawn. Whoever sees it can enter: it is shown, never kept.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The signed one, for the QR.
    pub credential: Credential,
    /// For typing.
    pub code: ReadableCode,
    /// For the link to its page.
    pub page: PageToken,
}

/// The keys that sign credentials.
pub(crate) fn keys(ctx: &Ctx) -> Result<&KeyRing<SigningKey>> {
    ctx.signing.as_deref().ok_or(Error::SigningKey)
}

/// Issues credentials, each for an issue of a record; those issued before for the same records no
/// longer count.
pub(crate) fn issue(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    kind: &'static str,
    records: &[(Uuid, i64)],
) -> Result<()> {
    let key = keys(ctx)?.active();
    let (secret, lookup) = (key.issuing_secret(), key.lookup_key());
    let row = |(record, issue): &(Uuid, i64)| {
        let code = ReadableCode::derive(&secret, *record, number(*issue));
        CredentialRow {
            digest: Cti::derive(&secret, *record, number(*issue)).digest().to_vec(),
            code: code.stored(&lookup).to_vec(),
            kind: kind.to_owned(),
            record: *record,
            issue: *issue,
            signing_key: key.id().0.to_vec(),
            issued_at: ctx.now(),
            superseded_at: None,
        }
    };
    let renewed: Vec<_> = records.iter().filter(|(_, issue)| *issue > 1).map(|one| one.0).collect();
    credentials::supersede_many(tx, &renewed, ctx.now())?;
    Ok(credentials::insert_many(tx, &records.iter().map(row).collect::<Vec<_>>())?)
}

/// The credential of a record as it was last issued; none without the key that signed it, which stays on
/// the node where that was.
pub(crate) fn draw(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    record: Uuid,
    said: Said,
) -> Result<Option<Drawn>> {
    let row = credentials::current(tx, record)?.ok_or(Error::NotFound)?;
    draw_row(ctx, &row, said)
}

/// The credentials of several records as they were last issued, by record; without those that another node
/// issued.
pub(crate) fn draw_many(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    said: &HashMap<Uuid, Said>,
) -> Result<HashMap<Uuid, Drawn>> {
    let records: Vec<_> = said.keys().copied().collect();
    let mut drawn = HashMap::with_capacity(records.len());
    for row in credentials::current_many(tx, &records)? {
        if let Some(said) = said.get(&row.record) {
            drawn.extend(draw_row(ctx, &row, *said)?.map(|drawn| (row.record, drawn)));
        }
    }
    Ok(drawn)
}

fn draw_row(ctx: &Ctx, row: &CredentialRow, said: Said) -> Result<Option<Drawn>> {
    let Some(key) = key_of(ctx, row)? else { return Ok(None) };
    let (issue, record) = (number(row.issue), row.record);
    let secret = key.issuing_secret();
    let second = |at: i64| u64::try_from(at.div_euclid(1_000_000)).unwrap_or_default();
    let (from, until) = (second(said.validity.from.0), second(said.validity.until.0));
    let validity = Validity::new(from, until).ok_or(Error::NotFound)?;
    let claims = Claims {
        kind: said.kind,
        scope: ShortId::of(said.scope),
        holder: ShortId::of(said.holder),
        validity,
        cti: Cti::derive(&secret, record, issue),
    };
    Ok(Some(Drawn {
        credential: Credential::sign(key, claims),
        code: ReadableCode::derive(&secret, record, issue),
        page: PageToken::new(&secret, record, issue),
    }))
}

/// The record that a page's link names, if it is the link of its latest issue.
pub(crate) fn opened_by(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &PageToken) -> Result<Uuid> {
    let row = credentials::current(tx, token.record)?.ok_or(Error::NotFound)?;
    let key = key_of(ctx, &row)?.ok_or(Error::NotFound)?;
    let genuine = token.is_genuine(&key.issuing_secret(), number(row.issue));
    if genuine { Ok(token.record) } else { Err(Error::NotFound) }
}

/// The credentials with a readable code, whichever key they were issued under.
pub(crate) fn by_code(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    code: ReadableCode,
) -> Result<Vec<CredentialRow>> {
    let mut found = Vec::new();
    for key in keys(ctx)?.iter() {
        found.extend(credentials::by_code(tx, &code.stored(&key.lookup_key()))?);
    }
    Ok(found)
}

/// The key of this node that signed a credential, if one did.
fn key_of<'c>(ctx: &'c Ctx, row: &CredentialRow) -> Result<Option<&'c SigningKey>> {
    let id = row.signing_key.as_slice().try_into().map_err(|_| Error::SigningKey)?;
    Ok(keys(ctx)?.get(SigningKeyId(id)))
}

fn number(issue: i64) -> u32 {
    u32::try_from(issue).unwrap_or_default()
}
