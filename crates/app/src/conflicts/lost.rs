//! A value that was lost, read as the action that writes it back needs it.

use super::told::Told;
use crate::{Error, Result};
use muster_domain::time::{Date, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The field of a record, and what was lost of it.
pub(super) struct Lost<'t> {
    /// What kind of record.
    pub entity: &'t str,
    /// Which.
    pub record: Uuid,
    /// The field.
    pub field: &'t str,
    value: &'t Value,
    fields: &'t BTreeMap<String, Value>,
    topic: Option<Uuid>,
}

impl<'t> Lost<'t> {
    /// That of a conflict.
    pub fn of(told: &'t Told) -> Self {
        Self {
            entity: &told.row.entity,
            record: told.row.record,
            field: &told.row.field,
            value: &told.lost.value,
            fields: &told.fields,
            topic: told.topic,
        }
    }

    /// As somebody would type it; empty for nothing.
    pub fn text(&self) -> String {
        text(self.value)
    }

    /// A member of a value that is a whole.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }

    /// A number, or nothing.
    pub fn number(&self) -> Option<i64> {
        self.value.as_i64()
    }

    /// A number that has to be one.
    pub fn whole(&self) -> Result<i64> {
        self.number().ok_or(Error::RestoreByHand)
    }

    /// A time.
    pub fn at(&self) -> Result<Timestamp> {
        self.whole().map(Timestamp)
    }

    /// A day.
    pub fn on(&self) -> Result<Date> {
        self.whole().map(Date)
    }

    /// Yes or no, however it is written.
    pub fn flag(&self) -> bool {
        match self.value {
            Value::Bool(yes) => *yes,
            Value::Null => false,
            value => value.as_i64() != Some(0),
        }
    }

    /// The record that the value names.
    pub fn id<I: From<Uuid>>(&self) -> Option<I> {
        self.value.as_str().and_then(|text| Uuid::try_parse(text).ok()).map(I::from)
    }

    /// A record that another field names.
    pub fn named<I: From<Uuid>>(&self, field: &str) -> Result<I> {
        let found = self.fields.get(field).and_then(Value::as_str);
        let found = found.and_then(|text| Uuid::try_parse(text).ok());
        found.map(I::from).ok_or(Error::RestoreByHand)
    }

    /// What the record belongs to: of a mark its session.
    pub fn topic<I: From<Uuid>>(&self) -> Result<I> {
        self.topic.map(I::from).ok_or(Error::RestoreByHand)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
