//! Who holds a valid pass of an event: of valid passes of one name and phone, which several nodes
//! issued while apart, the one that was issued first.

use super::drafts::Drafts;
use crate::replication::tables::Fields;
use crate::{Result, WriteTx, row, statements};
use muster_domain::text::fold;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

statements! {
    YIELD = {
        sqlite: "update pass_holders set valid = 0
        where event = ?1 and name_folded = ?2 and phone = ?3 and valid = 1",
        postgres: "update pass_holders t set valid = 0
        from unnest(?1::uuid[], ?2::text[], ?3::text[]) as a (event, name_folded, phone)
        where t.event = a.event and t.name_folded = a.name_folded and t.phone = a.phone
            and t.valid = 1",
    };
    HOLD = {
        sqlite: "update pass_holders set valid = 1
        where (pass, place) in (
            select h.pass, h.place from pass_holders h join passes p on p.id = h.pass
            where h.event = ?1 and h.name_folded = ?2 and h.phone = ?3 and h.valid = 0
                and p.state = 'valid'
            order by p.issued_at, h.pass, h.place limit 1)",
        postgres: "update pass_holders t set valid = 1
        from (
            select distinct on (h.event, h.name_folded, h.phone) h.pass, h.place
            from unnest(?1::uuid[], ?2::text[], ?3::text[]) as a (event, name_folded, phone)
            join pass_holders h on h.event = a.event and h.name_folded = a.name_folded
                and h.phone = a.phone and h.valid = 0
            join passes p on p.id = h.pass and p.state = 'valid'
            order by h.event, h.name_folded, h.phone, p.issued_at, h.pass, h.place
        ) first
        where t.pass = first.pass and t.place = first.place",
    };
}

/// An event, a name and a phone.
type Holder = (Uuid, String, String);

/// Decides whose pass is valid, of all who are or were on these; rows that were written are not
/// until then.
pub(super) fn settle(tx: &mut WriteTx<'_>, drafts: &Drafts) -> Result<()> {
    let mut all: BTreeSet<Holder> = BTreeSet::new();
    for draft in drafts.all.iter().filter(|draft| draft.id.0 == "pass") {
        let Some(event) = event(&draft.fields) else { continue };
        let told = draft.changes.record.ops().filter_map(|op| op.values.get("holders"));
        let rows = [draft.before.as_ref(), Some(&draft.fields)].into_iter().flatten();
        let rows = rows.filter_map(|fields| fields.get("holders"));
        all.extend(told.chain(rows).flat_map(holders).map(|(name, phone)| (event, name, phone)));
    }
    let rows = || all.iter().map(|(event, name, phone)| row![*event, name, phone]);
    tx.execute_many(&YIELD, rows())?;
    tx.execute_many(&HOLD, rows())?;
    Ok(())
}

fn event(fields: &Fields) -> Option<Uuid> {
    Uuid::try_parse(fields.get("event")?.as_str()?).ok()
}

fn holders(lines: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    lines.as_array().into_iter().flatten().filter_map(|line| {
        let text = |field: &str| line.get(field).and_then(Value::as_str);
        Some((fold(text("name")?), text("phone")?.to_owned()))
    })
}
