//! The tables of a batch: what repeats, once.

use super::bytes::{In, Out};
use super::{MAX_TEXT, Malformed};
use crate::chain::Series;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;
use uuid::Uuid;

/// Things in the order in which they first came.
pub(super) struct Table<T> {
    all: Vec<T>,
    at: HashMap<T, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { all: Vec::new(), at: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    /// Where it stands.
    pub fn place(&mut self, thing: T) -> usize {
        if let Some(at) = self.at.get(&thing) {
            return *at;
        }
        self.all.push(thing.clone());
        self.at.insert(thing, self.all.len() - 1);
        self.all.len() - 1
    }
}

/// The tables being filled.
#[derive(Default)]
pub(super) struct Tables {
    pub series: Table<Series>,
    pub ids: Table<Uuid>,
    pub texts: Table<String>,
    /// Names of fields that stand together, as places of texts.
    pub shapes: Table<Vec<usize>>,
}

impl Tables {
    pub fn write(&self, out: &mut Out) {
        out.count(self.series.all.len());
        for series in &self.series.all {
            out.id(series.node);
            out.signed(series.incarnation);
        }
        out.count(self.ids.all.len());
        self.ids.all.iter().for_each(|id| out.id(*id));
        out.count(self.texts.all.len());
        self.texts.all.iter().for_each(|text| out.text(text));
        out.count(self.shapes.all.len());
        for shape in &self.shapes.all {
            out.count(shape.len());
            for text in shape {
                out.count(*text);
            }
        }
    }
}

/// The tables as read.
pub(super) struct Known<'b> {
    series: Vec<Series>,
    ids: Vec<Uuid>,
    texts: Vec<&'b str>,
    shapes: Vec<Vec<&'b str>>,
    /// Bytes of text that may still be handed out: what stands once is repeated as often as items
    /// say.
    left: Cell<usize>,
}

impl<'b> Known<'b> {
    pub fn read(bytes: &mut In<'b>) -> Result<Self, Malformed> {
        let series =
            list(bytes, |bytes| Ok(Series { node: bytes.id()?, incarnation: bytes.signed()? }))?;
        let ids = list(bytes, In::id)?;
        let texts = list(bytes, In::text)?;
        let left = Cell::new(MAX_TEXT);
        let mut tables = Self { series, ids, texts, shapes: Vec::new(), left };
        tables.shapes = list(bytes, |bytes| list(bytes, |bytes| tables.text(bytes)))?;
        Ok(tables)
    }

    pub fn series_at(&self, place: u64) -> Result<Series, Malformed> {
        at(&self.series, place).copied()
    }

    pub fn id_at(&self, place: u64) -> Result<Uuid, Malformed> {
        at(&self.ids, place).copied()
    }

    pub fn id(&self, bytes: &mut In<'_>) -> Result<Uuid, Malformed> {
        self.id_at(bytes.number()?)
    }

    pub fn text(&self, bytes: &mut In<'_>) -> Result<&'b str, Malformed> {
        let text = at(&self.texts, bytes.number()?).copied()?;
        self.spend(text.len())?;
        Ok(text)
    }

    pub fn shape(&self, place: u64) -> Result<&[&'b str], Malformed> {
        let names = at(&self.shapes, place)?;
        self.spend(names.iter().map(|name| name.len()).sum())?;
        Ok(names)
    }

    fn spend(&self, bytes: usize) -> Result<(), Malformed> {
        self.left.set(self.left.get().checked_sub(bytes).ok_or(Malformed::Large)?);
        Ok(())
    }
}

fn list<'b, T>(
    bytes: &mut In<'b>,
    mut one: impl FnMut(&mut In<'b>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = bytes.count()?;
    (0..count).map(|_| one(bytes)).collect()
}

fn at<T>(table: &[T], place: u64) -> Result<&T, Malformed> {
    let place = usize::try_from(place).map_err(|_| Malformed::Number)?;
    table.get(place).ok_or(Malformed::Place)
}
