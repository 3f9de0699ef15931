//! Writing a batch.

use super::bytes::Out;
use super::fields::Told;
use super::tables::Tables;
use super::{MAGIC, has};
use crate::chain::Series;
use crate::entry::{Entry, entry_id};
use crate::sync::{Batch, Item, Run, Sent};
use muster_domain::ids::ActId;
use std::collections::HashMap;
use uuid::Uuid;

/// A batch as bytes; the same one always as the same bytes.
pub fn write(batch: &Batch) -> Vec<u8> {
    let (mut tables, mut body) = (Tables::default(), Out::default());
    let mut before = Before::default();
    body.count(batch.items.len());
    for item in &batch.items {
        match item {
            Item::Entry(sent) => before.entry(&mut body, &mut tables, sent),
            Item::Run(run) => before.run(&mut body, &mut tables, *run),
        }
    }
    body.count(batch.ends.len());
    for (series, head) in &batch.ends {
        body.count(tables.series.place(*series));
        body.signed(head.seq);
        body.0.extend_from_slice(&head.hash);
    }
    let mut out = Out(MAGIC.to_vec());
    tables.write(&mut out);
    out.0.extend_from_slice(&body.0);
    out.0
}

/// What numbers are differences from.
#[derive(Default)]
pub(super) struct Before {
    pub seqs: HashMap<Series, i64>,
    pub act: Uuid,
    /// By how much the logical clock was ahead of the wall's.
    pub ahead: i64,
}

impl Before {
    fn entry(&mut self, out: &mut Out, tables: &mut Tables, sent: &Sent) {
        let entry = &sent.entry;
        let known = entry_id(entry.act, position(entry)) == entry.id;
        let after = entry.after.as_deref().map(Told::of);
        let mark = after.as_ref().and_then(|after| after.mark(entry.topic));
        let mark = mark == Some(entry.entity_id);
        let same_act = entry.act.0 == self.act;
        let flags = [
            (has::BEFORE, entry.before.is_some()),
            (has::AFTER, entry.after.is_some()),
            (has::REPLACED, entry.replaced.is_some()),
            (has::REASON, entry.reason.is_some()),
            (has::MARK, mark),
            (has::ID, known),
            (has::SAME_ACT, same_act),
        ];
        let flags = flags.iter().filter(|(_, has)| *has).fold(0, |all, (flag, _)| all | flag);
        self.place(out, tables, sent.series, sent.seq, 1);
        out.byte(flags);
        if !same_act {
            out.signed(millis(entry.act.0).wrapping_sub(millis(self.act)));
            out.0.extend_from_slice(&entry.act.0.as_bytes()[6..]);
            self.act = entry.act.0;
        }
        if known {
            out.count(position(entry));
        } else {
            out.id(entry.id.0);
        }
        out.signed(entry.at.0.wrapping_sub(millis(self.act).wrapping_mul(1_000)));
        let ahead = entry.clock.wrapping_sub(entry.at.0);
        out.signed(ahead.wrapping_sub(self.ahead));
        self.ahead = ahead;
        optional(out, tables, entry.actor.map(|actor| actor.0));
        for text in [&entry.via, &entry.action, &entry.entity] {
            out.count(tables.texts.place(text.clone()));
        }
        optional(out, tables, entry.topic);
        let [before, replaced] =
            [&entry.before, &entry.replaced].map(|text| text.as_deref().map(Told::of));
        for told in [before, after, replaced].into_iter().flatten() {
            told.write(out, tables, entry.at.0);
        }
        if let Some(reason) = &entry.reason {
            out.count(tables.texts.place(reason.clone()));
        }
        if !mark {
            out.count(tables.ids.place(entry.entity_id));
        }
        out.signed(entry.schema);
    }

    fn run(&mut self, out: &mut Out, tables: &mut Tables, run: Run) {
        self.place(out, tables, run.series, run.first, 0);
        out.signed(run.last.seq.wrapping_sub(run.first));
        out.0.extend_from_slice(&run.last.hash);
        self.seqs.insert(run.series, run.last.seq);
    }

    /// Series and number; the lowest bit tells an entry from a run.
    fn place(&mut self, out: &mut Out, tables: &mut Tables, series: Series, seq: i64, bit: usize) {
        out.count(tables.series.place(series) << 1 | bit);
        let before = self.seqs.insert(series, seq).unwrap_or_default();
        out.signed(seq.wrapping_sub(before).wrapping_sub(1));
    }
}

fn optional(out: &mut Out, tables: &mut Tables, id: Option<Uuid>) {
    match id {
        None => out.count(0),
        Some(id) => out.count(tables.ids.place(id) + 1),
    }
}

/// The time in an act's id.
pub(super) fn millis(act: Uuid) -> i64 {
    i64::try_from(act.as_u128() >> 80).unwrap_or_default()
}

fn position(entry: &Entry) -> usize {
    usize::try_from(entry.id.0.as_u128() & 0xff_ffff).unwrap_or_default()
}

/// The act of a time and what else its id has.
pub(super) fn act(millis: i64, rest: [u8; 10]) -> Option<ActId> {
    let mut bytes = [0; 16];
    bytes.get_mut(..6)?.copy_from_slice(millis.to_be_bytes().get(2..)?);
    bytes.get_mut(6..)?.copy_from_slice(&rest);
    (0..1 << 48).contains(&millis).then_some(ActId(Uuid::from_bytes(bytes)))
}
