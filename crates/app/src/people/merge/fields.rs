//! The fields of two records, and whose value of each stays.

use super::super::PersonInput;
use muster_domain::merging::{Side, preferred};
use muster_storage::people::PersonRow;
use muster_storage::students::StudentRow;
use std::collections::BTreeMap;

/// The name under which a photo is chosen.
pub const PHOTO: &str = "photo";

/// Every field that is chosen, with its words.
pub const FIELDS: [(&str, &str); 12] = [
    ("number", "Number"),
    ("name", "Full name"),
    ("username", "User name"),
    ("email", "E-mail address"),
    ("title", "Title"),
    ("phone", "Phone"),
    ("programme", "Programme"),
    ("year", "Year"),
    ("semester", "Semester"),
    ("enrolment_number", "Enrolment number"),
    ("second_email", "Second e-mail address"),
    ("guardian_email", "Guardian’s e-mail address"),
];

/// Whose value of which field stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(BTreeMap<String, Side>);

impl Choices {
    /// Reads choices; whatever names no field or no side is left out.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let known = |name: &str| name == PHOTO || FIELDS.iter().any(|(key, _)| *key == name);
        let read = |(name, side): (&str, &str)| {
            Side::from_key(side).filter(|_| known(name)).map(|side| (name.to_owned(), side))
        };
        Self(pairs.into_iter().filter_map(read).collect())
    }

    /// Whose value stays, if it was chosen.
    pub fn of(&self, field: &str) -> Option<Side> {
        self.0.get(field).copied()
    }

    pub(super) fn of_photo(&self) -> Option<Side> {
        self.of(PHOTO)
    }
}

/// A field of both records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPair {
    /// Its name.
    pub key: &'static str,
    /// Its words.
    pub label: &'static str,
    /// The kept record's value.
    pub kept: String,
    /// The merged record's value.
    pub merged: String,
    /// Whose stays unless somebody chooses.
    pub preferred: Side,
}

/// Both records.
pub(super) struct Both {
    pub kept: PersonRow,
    pub kept_studies: StudentRow,
    pub merged: PersonRow,
    pub merged_studies: StudentRow,
}

impl Both {
    /// The fields of which one of them has a value.
    pub fn pairs(&self, photos: [bool; 2]) -> Vec<FieldPair> {
        let (mut ours, mut theirs) = self.inputs();
        let of = |(key, label): (&'static str, &'static str)| FieldPair {
            key,
            label,
            preferred: preferred(field(&mut ours, key), field(&mut theirs, key)),
            kept: field(&mut ours, key).clone(),
            merged: field(&mut theirs, key).clone(),
        };
        let mut pairs: Vec<FieldPair> = FIELDS.into_iter().map(of).collect();
        let [kept, merged] = photos.map(|there| if there { "Photo" } else { "" }.to_owned());
        let preferred = preferred(&kept, &merged);
        pairs.push(FieldPair { key: PHOTO, label: "Photo", kept, merged, preferred });
        pairs.retain(|pair| !pair.kept.is_empty() || !pair.merged.is_empty());
        pairs
    }

    /// The record that stays, as chosen.
    pub fn chosen(&self, choices: &Choices) -> PersonInput {
        let (mut ours, mut theirs) = self.inputs();
        for (key, _) in FIELDS {
            let other = std::mem::take(field(&mut theirs, key));
            let own = field(&mut ours, key);
            if choices.of(key).unwrap_or_else(|| preferred(own, &other)) == Side::Merged {
                *own = other;
            }
        }
        ours
    }

    fn inputs(&self) -> (PersonInput, PersonInput) {
        let kept = PersonInput::of(&self.kept, &self.kept_studies);
        (kept, PersonInput::of(&self.merged, &self.merged_studies))
    }
}

pub(super) fn field<'a>(input: &'a mut PersonInput, key: &str) -> &'a mut String {
    match key {
        "number" => &mut input.number,
        "username" => &mut input.username,
        "email" => &mut input.email,
        "title" => &mut input.title,
        "phone" => &mut input.phone,
        "programme" => &mut input.programme,
        "year" => &mut input.year,
        "semester" => &mut input.semester,
        "enrolment_number" => &mut input.enrolment_number,
        "second_email" => &mut input.second_email,
        "guardian_email" => &mut input.guardian_email,
        _ => &mut input.name,
    }
}
