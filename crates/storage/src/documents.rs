//! What the institution changed of its documents on paper: templates, and its logo.

use crate::replication::files;
use crate::{ReadTx, Result, WriteTx, args, record, statements};

record! {
    /// A template in place of the one that comes with the program.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TemplateRow {
        /// Its text.
        pub source: String,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// The institution's logo.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LogoRow {
        /// SHA-256 of the content.
        pub digest: Vec<u8>,
        /// The picture, a PNG.
        pub content: Vec<u8>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    TEMPLATE = "select source, version from document_templates where name = ?1";
    PUT_TEMPLATE = "insert into document_templates (name, source, version) values (?1, ?2, ?3)
        on conflict (name) do update set source = excluded.source, version = excluded.version";
    DROP_TEMPLATE = "delete from document_templates where name = ?1";
    LOGO = "select digest, content, version from logo where id = 1";
    LOGO_VERSION = "select version from logo where id = 1";
    PUT_LOGO = "insert into logo (id, digest, content, version) values (1, ?1, ?2, ?3)
        on conflict (id) do update set digest = excluded.digest, content = excluded.content,
            version = excluded.version";
    DROP_LOGO = "delete from logo where id = 1";
}

/// The institution's own template of a document.
pub fn template(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<TemplateRow>> {
    tx.opt(&TEMPLATE, args![name])
}

/// Stores a template in place of the one before; `replaced` is that one's version, or 0.
pub fn put_template(tx: &mut WriteTx<'_>, name: &str, source: &str, replaced: i64) -> Result<()> {
    let version = tx.version_over(replaced);
    tx.execute(&PUT_TEMPLATE, args![name, source, version])?;
    Ok(())
}

/// Removes a template; false if there is none.
pub fn drop_template(tx: &mut WriteTx<'_>, name: &str) -> Result<bool> {
    Ok(tx.execute(&DROP_TEMPLATE, args![name])? == 1)
}

/// The institution's logo.
pub fn logo(tx: &mut ReadTx<'_>) -> Result<Option<LogoRow>> {
    tx.opt(&LOGO, args![])
}

/// The version of the institution's logo, without the picture; 0 where there is none.
pub fn logo_version(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&LOGO_VERSION, args![])
}

/// Stores a logo in place of the one before; `replaced` is that one's version, or 0.
pub fn put_logo(tx: &mut WriteTx<'_>, digest: &[u8], content: &[u8], replaced: i64) -> Result<()> {
    let version = tx.version_over(replaced);
    tx.execute(&PUT_LOGO, args![digest, content, version])?;
    files::unwant_logo(tx)
}

/// Removes the logo; false if there is none.
pub fn drop_logo(tx: &mut WriteTx<'_>) -> Result<bool> {
    files::unwant_logo(tx)?;
    Ok(tx.execute(&DROP_LOGO, args![])? == 1)
}
