//! What nodes say to each other: how far each is, what it has for the other, and a few words about
//! itself. Question and answer have the same form.

use super::bytes::{In, Out};
use super::read::Malformed;
use super::{MAX_ITEMS, SCHEMA, read, write};
use crate::chain::{Head, Series};
use crate::sync::{Batch, Heads, Hello, Seal};
use std::collections::BTreeSet;

/// First bytes of a message: what it is and the format's number.
const MAGIC: &[u8] = b"MusterS\x01";
/// First bytes of heads that stand by themselves.
const HEADS: &[u8] = b"MusterH\x01";

/// What a node says to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// How far it is.
    pub hello: Hello,
    /// Series that the other holds otherwise, whose rungs it wants to know.
    pub forked: BTreeSet<Series>,
    /// Words about itself, as JSON.
    pub about: String,
    /// What proves its batch, or will prove it.
    pub seals: Vec<Seal>,
    /// What the other lacks.
    pub batch: Batch,
}

impl Message {
    /// As bytes; the same message always as the same ones.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = self.write_head();
        if !self.batch.items.is_empty() {
            bytes.extend_from_slice(&write(&self.batch));
        }
        bytes
    }

    /// All but the batch, whose bytes follow unless it is empty.
    pub fn write_head(&self) -> Vec<u8> {
        let mut out = Out(MAGIC.to_vec());
        out.signed(SCHEMA);
        write_heads(&mut out, &self.hello.heads);
        out.count(self.hello.rungs.len());
        for (series, rungs) in &self.hello.rungs {
            write_series(&mut out, *series);
            out.count(rungs.len());
            for rung in rungs {
                write_head(&mut out, *rung);
            }
        }
        out.count(self.forked.len());
        self.forked.iter().for_each(|series| write_series(&mut out, *series));
        out.text(&self.about);
        out.count(self.seals.len());
        self.seals.iter().for_each(|seal| write_seal(&mut out, seal));
        out.0
    }

    /// Reads what another node wrote. One of another format or with entries of another schema is
    /// refused before anything else of it is looked at.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut bytes = opened(bytes)?;
        let heads = read_heads(&mut bytes)?;
        let mut hello = Hello { heads, ..Hello::default() };
        for _ in 0..bytes.count()? {
            let series = read_series(&mut bytes)?;
            let count = bytes.count()?;
            let rungs = (0..count).map(|_| read_head(&mut bytes)).collect::<Result<_, _>>()?;
            hello.rungs.insert(series, rungs);
        }
        let count = bytes.count()?;
        let forked = (0..count).map(|_| read_series(&mut bytes)).collect::<Result<_, _>>()?;
        let about = bytes.text()?.to_owned();
        let count = Some(bytes.count()?).filter(|count| *count <= MAX_ITEMS);
        let count = count.ok_or(Malformed::Large)?;
        let seals = (0..count).map(|_| read_seal(&mut bytes)).collect::<Result<_, _>>()?;
        let batch = if bytes.0.is_empty() { Batch::default() } else { read(bytes.0)? };
        Ok(Self { hello, forked, about, seals, batch })
    }
}

/// What follows the format and the schema, if both are this node's.
fn opened(bytes: &[u8]) -> Result<In<'_>, Malformed> {
    let (name, number) = MAGIC.split_at(MAGIC.len() - 1);
    let rest = bytes.strip_prefix(name).ok_or(Malformed::Format)?;
    let (theirs, rest) = rest.split_at_checked(1).ok_or(Malformed::Short)?;
    if theirs < number {
        return Err(Malformed::Older);
    }
    let mut bytes = In(Some(rest).filter(|_| theirs == number).ok_or(Malformed::Format)?);
    match bytes.signed()? {
        schema if schema > SCHEMA => Err(Malformed::Schema),
        schema if schema < SCHEMA => Err(Malformed::Older),
        _ => Ok(bytes),
    }
}

/// Heads by themselves, as they are kept.
pub fn heads_to_bytes(heads: &Heads) -> Vec<u8> {
    let mut out = Out(HEADS.to_vec());
    write_heads(&mut out, heads);
    out.0
}

/// Reads heads that were kept.
pub fn heads_from_bytes(bytes: &[u8]) -> Result<Heads, Malformed> {
    let mut bytes = In(bytes.strip_prefix(HEADS).ok_or(Malformed::Format)?);
    let heads = read_heads(&mut bytes)?;
    if bytes.0.is_empty() { Ok(heads) } else { Err(Malformed::Long) }
}

fn write_heads(out: &mut Out, heads: &Heads) {
    out.count(heads.iter().count());
    for (series, head) in heads.iter() {
        write_series(out, series);
        write_head(out, head);
    }
}

fn read_heads(bytes: &mut In<'_>) -> Result<Heads, Malformed> {
    let count = bytes.count()?;
    (0..count).map(|_| Ok((read_series(bytes)?, read_head(bytes)?))).collect()
}

fn write_series(out: &mut Out, series: Series) {
    out.id(series.node);
    out.signed(series.incarnation);
}

fn read_series(bytes: &mut In<'_>) -> Result<Series, Malformed> {
    Ok(Series { node: bytes.id()?, incarnation: bytes.signed()? })
}

/// Its numbers as differences.
fn write_seal(out: &mut Out, seal: &Seal) {
    write_series(out, seal.series);
    out.count(seal.numbers.len());
    let mut before = 0;
    for number in &seal.numbers {
        out.signed(number - before);
        before = *number;
    }
    out.0.extend_from_slice(&seal.signature);
}

fn read_seal(bytes: &mut In<'_>) -> Result<Seal, Malformed> {
    let series = read_series(bytes)?;
    let count = Some(bytes.count()?).filter(|count| (1..=MAX_ITEMS).contains(count));
    let (mut numbers, mut before) = (Vec::new(), 0_i64);
    for _ in 0..count.ok_or(Malformed::Large)? {
        let next = before.checked_add(bytes.signed()?).filter(|next| *next > before);
        before = next.ok_or(Malformed::Number)?;
        numbers.push(before);
    }
    Ok(Seal { series, numbers, signature: bytes.array()? })
}

fn write_head(out: &mut Out, head: Head) {
    out.signed(head.seq);
    out.0.extend_from_slice(&head.hash);
}

fn read_head(bytes: &mut In<'_>) -> Result<Head, Malformed> {
    let seq = bytes.signed()?;
    if seq < 1 {
        return Err(Malformed::Number);
    }
    Ok(Head { seq, hash: bytes.array()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn series(node: u128) -> Series {
        Series { node: Uuid::from_u128(node), incarnation: 1 }
    }

    fn message() -> Message {
        let head = |seq| Head { seq, hash: [7; 32] };
        let heads = [(series(1), head(5)), (series(2), head(900))].into_iter().collect();
        let rungs = BTreeMap::from([(series(2), vec![head(900), head(899)])]);
        Message {
            hello: Hello { heads, rungs },
            forked: BTreeSet::from([series(1)]),
            about: r#"{"version":"1"}"#.to_owned(),
            seals: vec![Seal { series: series(2), numbers: vec![3, 9, 900], signature: [5; 64] }],
            batch: Batch::default(),
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        assert_eq!(Message::read(&message().write()), Ok(message()));
        assert_eq!(Message::read(&Message::default().write()), Ok(Message::default()));
        let heads = message().hello.heads;
        assert_eq!(heads_from_bytes(&heads_to_bytes(&heads)), Ok(heads));
    }

    #[test]
    fn a_message_that_ends_anywhere_else_is_none() {
        let bytes = message().write();
        for at in 0..bytes.len() {
            assert!(Message::read(&bytes[..at]).is_err(), "{at} bytes");
        }
        assert!(Message::read(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn a_seal_without_numbers_or_out_of_order_is_none() {
        for numbers in [vec![], vec![0], vec![3, 3], vec![9, 3]] {
            let seal = Seal { series: series(2), numbers, signature: [5; 64] };
            let odd = Message { seals: vec![seal], ..Message::default() };
            assert!(Message::read(&odd.write()).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn another_version_says_which_side_has_to_be_upgraded() {
        let mut bytes = message().write();
        bytes[7] = 2;
        assert_eq!(Message::read(&bytes), Err(Malformed::Format));
        bytes[7] = 0;
        assert_eq!(Message::read(&bytes), Err(Malformed::Older));
        bytes[7] = 1;
        bytes[8] = 2 * u8::try_from(SCHEMA).unwrap() + 2;
        assert_eq!(Message::read(&bytes), Err(Malformed::Schema));
        bytes[8] = 0;
        assert_eq!(Message::read(&bytes), Err(Malformed::Older));
    }

    #[test]
    fn an_idle_message_of_ten_nodes_is_small() {
        let head = Head { seq: 100_000, hash: [7; 32] };
        let heads = (1..=10).map(|node| (series(node), head)).collect();
        let idle = Message { hello: Hello { heads, ..Hello::default() }, ..Message::default() };
        assert!(idle.write().len() < 600);
    }
}
