//! What an entry of the journal changed, member by member, in words.

use crate::times;
use muster_app::settings::Settings;
use muster_domain::time::{Date, Timestamp};
use serde_json::Value;

/// Letters from which on a text is unfolded to be read.
const LONG: usize = 400;

/// A member that an act changed.
pub struct Change {
    /// Its name in words.
    pub field: String,
    /// What it was; empty for nothing.
    pub before: String,
    /// What it is; empty for nothing.
    pub after: String,
}

impl Change {
    /// Whether it is too much to be read in passing.
    pub fn is_long(&self) -> bool {
        self.before.len().max(self.after.len()) >= LONG
    }

    /// All of it in a line: `room: 101 → 102`.
    pub fn sentence(&self) -> String {
        let Self { field, before, after } = self;
        if before.is_empty() {
            format!("{field}: {after}")
        } else {
            format!("{field}: {before} → {after}")
        }
    }
}

/// The members that differ, in the order in which they were written.
pub fn changes(settings: &Settings, before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    let parse = |text: Option<&str>| match text.map(serde_json::from_str) {
        Some(Ok(Value::Object(members))) => members,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (parse(before), parse(after));
    // An empty member is as good as none.
    let value = |members: &serde_json::Map<String, Value>, key: &str| {
        members.get(key).filter(|value| !value.is_null()).cloned()
    };
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let fields = after.keys().chain(gone).filter(|key| value(&before, key) != value(&after, key));
    fields
        .map(|field| Change {
            field: field.replace('_', " "),
            before: words(settings, field, before.get(field)),
            after: words(settings, field, after.get(field)),
        })
        .collect()
}

fn words(settings: &Settings, field: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(value) => match value.as_i64() {
            Some(at) if field.ends_with("_at") => times::moment(settings, Timestamp(at)),
            Some(day) if field.ends_with("_on") => times::date_words(Date(day)),
            _ => value.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_that_differ_are_shown() {
        let before = Some(r#"{"name":"A","room":"101","gone":true}"#);
        let after = Some(r#"{"name":"A","room":"102","starts_at":0,"until":null}"#);
        let shown = changes(&Settings::default(), before, after);
        let shown: Vec<_> =
            shown.iter().map(|c| (c.field.as_str(), c.before.as_str(), c.after.as_str())).collect();
        let expected =
            [("room", "101", "102"), ("starts at", "", "1 Jan 1970, 00:00"), ("gone", "yes", "")];
        assert_eq!(shown, expected);
    }
}
