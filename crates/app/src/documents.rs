//! Documents on paper: what each is set with, and what the institution changes of that: templates of
//! its own, and its logo. That a template sets a sample is tried before it comes here.

use crate::settings::{self, Settings};
use crate::sign_in::hex;
use crate::{Ctx, Error, Result};
use muster_documents::paper::{Institution, Paper};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::NAMESPACE;
use muster_journal::Change;
use muster_storage::documents::{self, LogoRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Longest template, in bytes.
pub const LONGEST: usize = 64 << 10;

/// What a document is set with.
#[derive(Clone, Debug)]
pub struct Stationery {
    /// The template.
    pub template: String,
    /// What stands at the head.
    pub institution: Institution,
}

/// A template as it is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Of which document.
    pub paper: Paper,
    /// Its text.
    pub source: String,
    /// Whether it is the institution's own.
    pub own: bool,
    /// Logical clock of the last change; 0 of the one that comes with the program.
    pub version: i64,
}

/// Whether the person who acts may change templates and logo: asked before an upload is read or a
/// sample is set, which costs more than the change itself.
pub fn need_change(ctx: &Ctx) -> Result<()> {
    ctx.need(Permission::ManageSettings, Target::Institution)
}

/// What a document is set with. Whether somebody may have the document, the caller has asked.
pub fn stationery(tx: &mut ReadTx<'_>, paper: Paper) -> Result<Stationery> {
    let Template { source, .. } = read(tx, paper)?;
    let Settings { institution, institution_address, .. } = settings::load(tx)?;
    let logo = documents::logo(tx)?.map(|logo| logo.content);
    let address = institution_address.lines().collect::<Vec<_>>().join(" · ");
    Ok(Stationery {
        template: source,
        institution: Institution { name: institution, address, logo },
    })
}

fn read(tx: &mut ReadTx<'_>, paper: Paper) -> Result<Template> {
    let row = documents::template(tx, paper.name())?;
    Ok(row.map_or_else(
        || Template { paper, source: paper.template().to_owned(), own: false, version: 0 },
        |row| Template { paper, source: row.source, own: true, version: row.version },
    ))
}

/// The template of a document, to be edited.
pub fn template(tx: &mut ReadTx<'_>, ctx: &Ctx, paper: Paper) -> Result<Template> {
    need_change(ctx)?;
    read(tx, paper)
}

/// The templates of all documents.
pub fn templates(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Template>> {
    need_change(ctx)?;
    Paper::ALL.into_iter().map(|paper| read(tx, paper)).collect()
}

/// A template as it is kept: lines end as on this system, whatever a browser sends.
pub fn cleaned(source: &str) -> Result<String> {
    let source = source.replace("\r\n", "\n");
    if source.trim().is_empty() {
        return Err(Error::field("source", "A template can’t be empty."));
    }
    if source.len() > LONGEST {
        return Err(Error::field("source", "This template is too long: at most 64 KiB."));
    }
    Ok(source)
}

/// Stores a template in place of the one that was read, which had this version. It has set a sample.
pub fn set_template(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    paper: Paper,
    source: &str,
    seen: i64,
) -> Result<()> {
    let before = template(tx, ctx, paper)?;
    if before.version != seen {
        return Err(Error::Stale);
    }
    let source = cleaned(source)?;
    if source == paper.template() {
        return reset_template(tx, ctx, paper);
    }
    if source == before.source {
        return Ok(());
    }
    documents::put_template(tx, paper.name(), &source, before.version)?;
    let change = Change::new("document.change", "document", id(paper.name()));
    let (old, new) = (kept(paper, Some(&before.source)), kept(paper, Some(&source)));
    Ok(tx.journal(change.changed(&old, &new, before.version))?)
}

/// Goes back to the template that comes with the program.
pub fn reset_template(tx: &mut WriteTx<'_>, ctx: &Ctx, paper: Paper) -> Result<()> {
    let before = template(tx, ctx, paper)?;
    if !documents::drop_template(tx, paper.name())? {
        return Ok(());
    }
    let change = Change::new("document.reset", "document", id(paper.name()));
    let (old, new) = (kept(paper, Some(&before.source)), kept(paper, None));
    Ok(tx.journal(change.changed(&old, &new, before.version))?)
}

/// The logo, for those who change it.
pub fn logo(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<LogoRow> {
    need_change(ctx)?;
    documents::logo(tx)?.ok_or(Error::NotFound)
}

/// The logo as pages show it, to everybody who signed in.
pub fn shown_logo(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<LogoRow> {
    ctx.person()?;
    documents::logo(tx)?.ok_or(Error::NotFound)
}

/// Stores a logo (PNG, drawn anew); returns its digest. The journal keeps digests alone.
pub fn set_logo(tx: &mut WriteTx<'_>, ctx: &Ctx, png: &[u8]) -> Result<String> {
    need_change(ctx)?;
    let digest = hex(&Sha256::digest(png));
    let before = documents::logo(tx)?;
    let replaced = before.as_ref().map_or(0, |before| before.version);
    let old = before.map(|before| hex(&before.digest));
    if old.as_ref() != Some(&digest) {
        documents::put_logo(tx, &Sha256::digest(png), png, replaced)?;
        let (old, new) = (json!({ "logo": old }), json!({ "logo": digest }));
        let change = Change::new("document.set_logo", "document", id("logo"));
        tx.journal(change.changed(&old, &new, replaced))?;
    }
    Ok(digest)
}

/// Removes the logo.
pub fn remove_logo(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let before = logo(tx, ctx)?;
    documents::drop_logo(tx)?;
    let (old, new) = (json!({ "logo": hex(&before.digest) }), json!({ "logo": Value::Null }));
    let change = Change::new("document.remove_logo", "document", id("logo"));
    Ok(tx.journal(change.changed(&old, &new, before.version))?)
}

fn kept(paper: Paper, source: Option<&str>) -> Value {
    json!({ paper.name(): source })
}

/// Under which changes stand in the journal.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("document/{name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_alike_whatever_a_browser_sends() {
        assert_eq!(cleaned("a\r\nb\n").unwrap(), "a\nb\n");
    }

    #[test]
    fn nothing_and_too_much_are_no_template() {
        for source in [" \n".to_owned(), "x".repeat(LONGEST + 1)] {
            assert!(matches!(cleaned(&source), Err(Error::Invalid(_))));
        }
    }
}
