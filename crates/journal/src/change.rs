//! What a caller says about a change; the rest of the entry comes from its act.

use crate::record::Names;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One change to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was done: `session.open`.
    pub action: &'static str,
    /// To what kind of record: `session`.
    pub entity: &'static str,
    /// To which.
    pub entity_id: Uuid,
    /// What listeners may follow: a mark's session.
    pub topic: Option<Uuid>,
    /// Fields before, those that changed.
    pub before: Option<Value>,
    /// Fields after, those that changed.
    pub after: Option<Value>,
    /// The versions that were overwritten, by field: how a merge tells a conflict from a sequel.
    pub replaced: BTreeMap<String, i64>,
    /// The latest version of the record before; the entry's own is later.
    pub over: i64,
    /// What it names by exact versions, other nodes' among them; of a field that is in `replaced`, too,
    /// this counts.
    pub names: Names,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

impl Change {
    /// A change that says no more than that it happened.
    pub fn new(action: &'static str, entity: &'static str, entity_id: impl Into<Uuid>) -> Self {
        let entity_id = entity_id.into();
        Self {
            action,
            entity,
            entity_id,
            topic: None,
            before: None,
            after: None,
            replaced: BTreeMap::new(),
            over: 0,
            names: Names::default(),
            reason: None,
        }
    }

    /// A record that was not there before.
    #[must_use]
    pub fn created(self, after: &impl Serialize) -> Self {
        Self { after: object(after).map(Value::Object), ..self }
    }

    /// A record that was there: only the fields that differ are kept. All of them had the
    /// record's version `replaced`.
    #[must_use]
    pub fn changed(self, before: &impl Serialize, after: &impl Serialize, replaced: i64) -> Self {
        let change = self.changed_over(before, after, |_| replaced);
        Self { over: replaced, ..change }
    }

    /// As [`changed`](Self::changed), for a record whose fields have versions of their own.
    #[must_use]
    pub fn changed_over(
        self,
        before: &impl Serialize,
        after: &impl Serialize,
        version: impl Fn(&str) -> i64,
    ) -> Self {
        let (mut before, mut after) =
            (object(before).unwrap_or_default(), object(after).unwrap_or_default());
        before.retain(|field, old| {
            let same = after.get(field) == Some(old);
            if same {
                after.remove(field);
            }
            !same
        });
        let fields = before.keys().chain(after.keys());
        let replaced: BTreeMap<_, _> =
            fields.map(|field| (field.clone(), version(field))).collect();
        let over = replaced.values().copied().max().unwrap_or_default();
        let (before, after) = (Some(Value::Object(before)), Some(Value::Object(after)));
        Self { before, after, replaced, over, ..self }
    }

    /// What listeners may follow.
    #[must_use]
    pub fn on(self, topic: impl Into<Uuid>) -> Self {
        Self { topic: Some(topic.into()), ..self }
    }

    /// What it names by exact versions.
    #[must_use]
    pub fn naming(mut self, names: Names) -> Self {
        self.names.join(names);
        self
    }

    /// Why.
    #[must_use]
    pub fn because(self, reason: Option<&str>) -> Self {
        Self { reason: reason.map(str::to_owned), ..self }
    }
}

fn object(record: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_fields_that_differ_are_kept() {
        let change = Change::new("person.change", "person", Uuid::nil()).changed(
            &json!({"name": "Ada", "phone": "1", "email": null}),
            &json!({"name": "Ada", "phone": "2", "email": "a@b.example"}),
            7,
        );
        assert_eq!(change.before, Some(json!({"phone": "1", "email": null})));
        assert_eq!(change.after, Some(json!({"phone": "2", "email": "a@b.example"})));
        assert_eq!(change.replaced, [("email".to_owned(), 7), ("phone".to_owned(), 7)].into());
        assert_eq!(change.over, 7);
    }

    #[test]
    fn a_field_that_was_not_there_before_is_kept() {
        let change = Change::new("setting.change", "setting", Uuid::nil());
        let change = change.changed(&Value::Null, &json!({"value": 5}), 0);
        assert_eq!((change.before, change.after), (Some(json!({})), Some(json!({"value": 5}))));
    }

    #[test]
    fn each_field_names_the_version_that_it_replaced() {
        let change = Change::new("person.change", "person", Uuid::nil()).changed_over(
            &json!({"name": "Ada", "phone": "1", "email": "a"}),
            &json!({"name": "Eve", "phone": "2", "email": "a"}),
            |field| if field == "name" { 9 } else { 4 },
        );
        assert_eq!(change.replaced, [("name".to_owned(), 9), ("phone".to_owned(), 4)].into());
        assert_eq!(change.over, 9);
    }

    #[test]
    fn fields_stand_in_the_order_of_their_names() {
        let change = Change::new("person.create", "person", Uuid::nil());
        let after = change.created(&json!({"z": 1, "a": {"y": 2, "b": 3}})).after;
        assert_eq!(
            after.map(|after| after.to_string()),
            Some(r#"{"a":{"b":3,"y":2},"z":1}"#.into())
        );
    }
}
