//! Reading a batch: bounded whatever the bytes say, and anything that is not written the way
//! [`write`](super::write) does it is refused or comes to another digest.

use super::bytes::In;
use super::fields::Told;
use super::tables::Known;
use super::write::{Before, act, millis};
use super::{MAGIC, MAX_ITEMS, SCHEMA, fields, has};
use crate::chain::{Head, Series};
use crate::entry::{Entry, entry_id};
use crate::sync::{Batch, Item, Run, Sent};
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::time::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// The last number of a series that is read: after it there are others, so that counting on never
/// comes to an end.
const MAX_SEQ: i64 = i64::MAX >> 1;

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Another format, or a later one.
    #[error("this is no batch that this node understands: upgrade this node")]
    Format,
    /// Entries of a later schema.
    #[error("the batch has entries of a newer version: upgrade this node")]
    Schema,
    /// An earlier format or schema than this node's.
    #[error("the other node is older than this one: upgrade the other")]
    Older,
    /// It ends too early.
    #[error("the batch is cut short")]
    Short,
    /// Something follows its end.
    #[error("something follows the end of the batch")]
    Long,
    /// Too much of anything.
    #[error("the batch is too large")]
    Large,
    /// A number out of range, or not in its one form.
    #[error("the batch has a number that can't be")]
    Number,
    /// Text that is none.
    #[error("the batch has text that is not UTF-8")]
    Text,
    /// A place beyond a table.
    #[error("the batch refers to what it has not")]
    Place,
    /// A value of an unknown sort.
    #[error("the batch has a value of an unknown sort")]
    Tag,
    /// A value that is no JSON.
    #[error("the batch has a value that is no JSON")]
    Json,
}

/// The batch that bytes are.
pub fn read(bytes: &[u8]) -> Result<Batch, Malformed> {
    let mut bytes = In(bytes.strip_prefix(MAGIC).ok_or(Malformed::Format)?);
    let tables = Known::read(&mut bytes)?;
    let mut reader = Reader { tables, before: Before::default() };
    let count = bytes.count()?;
    if count > MAX_ITEMS {
        return Err(Malformed::Large);
    }
    let items = (0..count).map(|_| reader.item(&mut bytes)).collect::<Result<_, _>>()?;
    let count = bytes.count()?;
    let ends = (0..count).map(|_| reader.end(&mut bytes)).collect::<Result<_, _>>()?;
    if bytes.0.is_empty() { Ok(Batch { items, ends }) } else { Err(Malformed::Long) }
}

struct Reader<'b> {
    tables: Known<'b>,
    before: Before,
}

impl<'b> Reader<'b> {
    fn item(&mut self, bytes: &mut In<'b>) -> Result<Item, Malformed> {
        let place = bytes.number()?;
        let series = self.tables.series_at(place >> 1)?;
        let before = self.before.seqs.get(&series).copied().unwrap_or_default();
        let seq = sum(&[before, 1, bytes.signed()?])?;
        if !(1..=MAX_SEQ).contains(&seq) {
            return Err(Malformed::Number);
        }
        if place & 1 == 1 {
            self.before.seqs.insert(series, seq);
            let entry = self.entry(bytes)?;
            return Ok(Item::Entry(Arc::new(Sent::new(series, seq, entry))));
        }
        let last = Head { seq: sum(&[seq, bytes.signed()?])?, hash: bytes.array()? };
        if !(seq..=MAX_SEQ).contains(&last.seq) {
            return Err(Malformed::Number);
        }
        self.before.seqs.insert(series, last.seq);
        Ok(Item::Run(Run { series, first: seq, last }))
    }

    fn end(&mut self, bytes: &mut In<'b>) -> Result<(Series, Head), Malformed> {
        let series = self.tables.series_at(bytes.number()?)?;
        Ok((series, Head { seq: bytes.signed()?, hash: bytes.array()? }))
    }

    fn entry(&mut self, bytes: &mut In<'b>) -> Result<Entry, Malformed> {
        let flags = bytes.byte()?;
        if flags & !has::ANY != 0 {
            return Err(Malformed::Tag);
        }
        let has = |flag: u8| flags & flag != 0;
        if !has(has::SAME_ACT) {
            let millis = sum(&[millis(self.before.act), bytes.signed()?])?;
            self.before.act = act(millis, bytes.array()?).ok_or(Malformed::Number)?.0;
        }
        let act = self.before.act.into();
        let id = if has(has::ID) {
            let position = usize::try_from(bytes.number()?).map_err(|_| Malformed::Number)?;
            entry_id(act, position)
        } else {
            EntryId(bytes.id()?)
        };
        let at = millis(act.0).wrapping_mul(1_000).wrapping_add(bytes.signed()?);
        self.before.ahead = self.before.ahead.wrapping_add(bytes.signed()?);
        let clock = at.wrapping_add(self.before.ahead);
        let actor = self.optional(bytes)?.map(PersonId);
        let (via, action) = (self.text(bytes)?, self.text(bytes)?);
        let entity = self.text(bytes)?;
        let topic = self.optional(bytes)?;
        let before = has(has::BEFORE).then(|| self.fields(bytes, at)).transpose()?;
        let after = has(has::AFTER).then(|| self.fields(bytes, at)).transpose()?;
        let replaced = has(has::REPLACED).then(|| self.fields(bytes, at)).transpose()?;
        let reason = has(has::REASON).then(|| self.text(bytes)).transpose()?;
        let entity_id = if has(has::MARK) {
            after.as_ref().and_then(|after| after.mark(topic)).ok_or(Malformed::Place)?
        } else {
            self.tables.id(bytes)?
        };
        let schema = bytes.signed()?;
        if schema > SCHEMA {
            return Err(Malformed::Schema);
        }
        let at = Timestamp(at);
        let [before, after, replaced] =
            [before, after, replaced].map(|told| told.map(|told| told.text));
        Ok(Entry {
            id,
            act,
            at,
            clock,
            actor,
            via,
            action,
            entity,
            entity_id,
            topic,
            before,
            after,
            replaced,
            reason,
            schema,
        })
    }

    fn optional(&self, bytes: &mut In<'b>) -> Result<Option<Uuid>, Malformed> {
        match bytes.number()?.checked_sub(1) {
            None => Ok(None),
            Some(place) => self.tables.id_at(place).map(Some),
        }
    }

    fn text(&self, bytes: &mut In<'b>) -> Result<String, Malformed> {
        self.tables.text(bytes).map(str::to_owned)
    }

    fn fields(&self, bytes: &mut In<'b>, near: i64) -> Result<Told<String>, Malformed> {
        fields::read(bytes, &self.tables, near)
    }
}

fn sum(numbers: &[i64]) -> Result<i64, Malformed> {
    let add = |sum: i64, number: &i64| sum.checked_add(*number);
    numbers.iter().try_fold(0, add).ok_or(Malformed::Number)
}
