//! How a person is told: always in their inbox, and by e-mail of what they choose.

use crate::{Ctx, Result};
use muster_domain::notices::NoticeKind;
use muster_journal::Change;
use muster_storage::{ReadTx, WriteTx, channels};
use serde_json::json;

/// A kind of notice that the person may get, and whether they want a letter of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The kind.
    pub kind: NoticeKind,
    /// Whether a letter is sent too.
    pub email: bool,
}

/// The kinds of notices that the person may get.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Channel>> {
    let wished = channels::of_person(tx, ctx.person()?)?;
    let channel = |kind| Channel { kind, email: wished.contains(&kind) };
    Ok(possible(ctx).map(channel).collect())
}

fn possible(ctx: &Ctx) -> impl Iterator<Item = NoticeKind> {
    // What everybody is told concerns their sign-in: a letter of it comes unasked.
    let may = |kind: &NoticeKind| match (kind.permission(), &ctx.actor) {
        (Some(permission), Some(actor)) => actor.may_somewhere(permission),
        _ => false,
    };
    NoticeKind::ALL.into_iter().filter(may)
}

/// Chooses of which notices the person wants a letter. Kinds that they can't get are left out.
pub fn choose(tx: &mut WriteTx<'_>, ctx: &Ctx, wanted: &[NoticeKind]) -> Result<()> {
    let person = ctx.person()?;
    let before = channels::of_person(tx, person)?;
    let after: Vec<_> = possible(ctx).filter(|kind| wanted.contains(kind)).collect();
    let same = before.len() == after.len() && before.iter().all(|kind| after.contains(kind));
    if same {
        return Ok(());
    }
    channels::put(tx, person, &after)?;
    let fields = |kinds: &[NoticeKind]| json!({"email": kinds.iter().map(|kind| kind.key()).collect::<Vec<_>>()});
    let change = Change::new("notice_channels.choose", "person", person).on(person);
    Ok(tx.journal(change.changed(&fields(&before), &fields(&after), 0))?)
}
