//! What a caller says about a change; the rest of the entry comes from its act.

use serde::Serialize;
use serde_json::{Map, Value};
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
    /// The version that was overwritten.
    pub replaced: Option<i64>,
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
            replaced: None,
            reason: None,
        }
    }

    /// A record that was not there before.
    #[must_use]
    pub fn created(self, after: &impl Serialize) -> Self {
        Self { after: object(after).map(Value::Object), ..self }
    }

    /// A record that was there: only the fields that differ are kept.
    #[must_use]
    pub fn changed(self, before: &impl Serialize, after: &impl Serialize, replaced: i64) -> Self {
        let (mut before, mut after) =
            (object(before).unwrap_or_default(), object(after).unwrap_or_default());
        before.retain(|field, value| after.get(field) != Some(value));
        after.retain(|field, _| before.contains_key(field));
        let (before, after) = (Some(Value::Object(before)), Some(Value::Object(after)));
        Self { before, after, replaced: Some(replaced), ..self }
    }

    /// What listeners may follow.
    #[must_use]
    pub fn on(self, topic: impl Into<Uuid>) -> Self {
        Self { topic: Some(topic.into()), ..self }
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
        assert_eq!(change.replaced, Some(7));
    }
}
