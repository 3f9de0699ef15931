//! What a teacher typed into the grid of results, and which of it differs from what stood there.

use muster_app::results::Entry;
use muster_domain::ids::{AssessmentId, PersonId};
use std::collections::HashMap;

/// What was typed, by the names of fields.
pub type Typed = HashMap<String, String>;

/// The fields that differ from what stood in them.
pub fn changed(typed: &Typed) -> Vec<Entry> {
    let value = |name: &str| typed.get(name).map(|text| text.trim());
    let mut entries = Vec::new();
    for (name, text) in typed {
        let Some((assessment, person)) = place(name, "s-") else { continue };
        let of = |kind: &str| name.replacen("s-", kind, 1);
        let remark = value(&of("m-")).map(str::to_owned);
        let same = value(&of("w-")) == Some(text.trim());
        if same && (remark.is_none() || value(&of("n-")) == remark.as_deref()) {
            continue;
        }
        let seen = value(&of("v-")).and_then(|version| version.parse().ok());
        entries.push(Entry { assessment, person, score: text.clone(), remark, seen });
    }
    entries.sort_by_key(|entry| (entry.assessment, entry.person));
    entries
}

/// The place of a field by its name: `s-ASSESSMENT-PERSON`.
fn place(name: &str, kind: &str) -> Option<(AssessmentId, PersonId)> {
    let rest = name.strip_prefix(kind)?;
    let (assessment, person) = rest.split_at_checked(36)?;
    Some((assessment.parse().ok()?, person.strip_prefix('-')?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_fields_that_differ_are_entered() {
        let [one, two] = [1, 2].map(|n| format!("{}-{}", Uuid::from_u128(9), Uuid::from_u128(n)));
        let fields = [
            ("assessment".to_owned(), "all"),
            (format!("s-{one}"), " 14 "),
            (format!("w-{one}"), "14"),
            (format!("s-{two}"), "AB"),
            (format!("w-{two}"), "15"),
            (format!("v-{two}"), "7"),
        ];
        let typed = fields.map(|(name, value)| (name, value.to_owned())).into_iter().collect();
        let entries = changed(&typed);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].person, PersonId(Uuid::from_u128(2)));
        assert_eq!((entries[0].score.as_str(), entries[0].seen), ("AB", Some(7)));
    }

    #[test]
    fn a_name_that_is_no_place_is_none() {
        for name in ["s-", "s-x-y", "reason", "s-é"] {
            assert_eq!(place(name, "s-"), None, "{name}");
        }
    }
}
