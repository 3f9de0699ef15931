//! What the demo prints on: its logo.

use crate::events::act;
use muster_app::{Ctx, Result, documents};
use muster_storage::Store;

/// A shield with a book and a rising sun, drawn for this.
const LOGO: &[u8] = include_bytes!("../logo.png");

/// Stores the logo.
pub fn keep_stationery(store: &Store, ctx: impl Fn() -> Ctx) -> Result<()> {
    let office = store.read(|tx| muster_storage::people::by_identifier(tx, "A0001")).wait()?;
    let Some(office) = office.map(|row| row.id) else { return Ok(()) };
    act(store, ctx(), office, |tx, ctx| documents::set_logo(tx, ctx, LOGO).map(drop))
}
