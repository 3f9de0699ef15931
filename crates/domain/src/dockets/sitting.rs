//! Sittings: their rooms, who sits in which of them, and which ones nobody can sit both.

use crate::academics::Label;
use crate::ids::{ClassId, PersonId, SittingId};
use crate::text::fold;
use crate::time::Timestamp;
use std::collections::HashMap;

/// Most rooms of a sitting.
pub const MOST_ROOMS: usize = 40;

/// The rooms of a sitting, in the order in which they were named; each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rooms(Vec<String>);

/// Why a text names no rooms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomsError {
    /// Nothing was typed.
    #[error("Name the room, or several with semicolons.")]
    None,
    /// More than a sitting can have.
    #[error("Name at most {MOST_ROOMS} rooms.")]
    TooMany,
    /// One of them is no name of a room.
    #[error("“{0}” is too long for the name of a room: 40 characters at most.")]
    Name(String),
    /// One of them is named twice.
    #[error("“{0}” is named twice.")]
    Twice(String),
}

impl Rooms {
    /// Rooms as people write them: separated by semicolons or lines.
    pub fn parse(text: &str) -> Result<Self, RoomsError> {
        let mut rooms: Vec<String> = Vec::new();
        for name in text.split([';', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
            let label = Label::try_from(name.to_owned());
            let label = String::from(label.map_err(|_| RoomsError::Name(name.to_owned()))?);
            if rooms.iter().any(|other| fold(other) == fold(&label)) {
                return Err(RoomsError::Twice(label));
            }
            rooms.push(label);
        }
        match rooms.len() {
            0 => Err(RoomsError::None),
            1..=MOST_ROOMS => Ok(Self(rooms)),
            _ => Err(RoomsError::TooMany),
        }
    }

    /// Rooms as they are stored: none where nothing can be read.
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// Each of them.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The room of that name, as it is written here.
    pub fn find(&self, name: &str) -> Option<&str> {
        let folded = fold(name.trim());
        self.0.iter().find(|room| fold(room) == folded).map(String::as_str)
    }
}

/// As people write them.
impl std::fmt::Display for Rooms {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.join("; "))
    }
}

/// Shares people out over rooms in their order: as many to each, one more to the first ones where
/// that does not come out even. For each person, which room.
pub fn share(people: usize, rooms: usize) -> Vec<usize> {
    let (each, over) = (people.checked_div(rooms), people.checked_rem(rooms));
    let (Some(each), Some(over)) = (each, over) else { return Vec::new() };
    let filled = |room: usize| std::iter::repeat_n(room, each + usize::from(room < over));
    (0..rooms).flat_map(filled).collect()
}

/// Whether nobody can sit both: they overlap, an end at the other's start aside.
pub fn shares_time(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

/// A sitting as far as it matters for who can't sit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sat {
    /// Which.
    pub id: SittingId,
    /// Of which class.
    pub class: ClassId,
    /// From when until when.
    pub times: (Timestamp, Timestamp),
}

/// How many students of each of these sittings sit another of them at the same time, of those for
/// whom there is one. `students` are those of the sittings' classes.
pub fn clashes(
    sittings: &[Sat],
    students: impl IntoIterator<Item = (ClassId, PersonId)>,
) -> HashMap<SittingId, i64> {
    let mut of_class: HashMap<ClassId, Vec<&Sat>> = HashMap::new();
    for sat in sittings {
        of_class.entry(sat.class).or_default().push(sat);
    }
    let mut of_person: HashMap<PersonId, Vec<&Sat>> = HashMap::new();
    for (class, person) in students {
        let sat = of_class.get(&class).map_or(&[][..], Vec::as_slice);
        of_person.entry(person).or_default().extend(sat);
    }
    let mut counts = HashMap::new();
    for sat in of_person.values() {
        for one in sat {
            let clash = |other: &Sat| other.id != one.id && shares_time(one.times, other.times);
            if sat.iter().copied().any(clash) {
                *counts.entry(one.id).or_default() += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rooms_are_read_once_each_and_written_as_they_are_read() {
        let rooms = Rooms::parse(" Hall A ; B 12\nAnnex;").unwrap_or_default();
        assert_eq!(rooms.names(), ["Hall A", "B 12", "Annex"]);
        assert_eq!(Rooms::parse(&rooms.to_string()), Ok(rooms.clone()));
        assert_eq!(rooms.find("hall a "), Some("Hall A"));
        assert_eq!(rooms.find("Hall"), None);
        assert_eq!(Rooms::parse(" ; "), Err(RoomsError::None));
        assert_eq!(Rooms::parse("A;a"), Err(RoomsError::Twice("a".to_owned())));
        let long = "x".repeat(41);
        assert_eq!(Rooms::parse(&long), Err(RoomsError::Name(long)));
        let many: Vec<_> = (0..=MOST_ROOMS).map(|room| room.to_string()).collect();
        assert_eq!(Rooms::parse(&many.join(";")), Err(RoomsError::TooMany));
    }

    #[test]
    fn one_exam_after_the_other_is_no_clash() {
        let at = |from, until| (Timestamp(from), Timestamp(until));
        assert!(!shares_time(at(0, 10), at(10, 20)));
        assert!(shares_time(at(0, 11), at(10, 20)));
        assert!(shares_time(at(12, 13), at(10, 20)));
    }

    proptest! {
        #[test]
        fn everybody_gets_a_room_and_no_room_two_more_than_another(
            people in 0_usize..500, rooms in 1_usize..30,
        ) {
            let shared = share(people, rooms);
            prop_assert_eq!(shared.len(), people);
            prop_assert!(shared.is_sorted());
            let count = |room| shared.iter().filter(|other| **other == room).count();
            let counts: Vec<_> = (0..rooms).map(count).collect();
            let (least, most) = (counts.iter().min(), counts.iter().max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
        }
    }

    #[test]
    fn a_clash_counts_the_students_of_both_sittings_and_no_others() {
        let [a, b, later] = [1, 2, 3].map(|n| ClassId(uuid::Uuid::from_u128(n)));
        let person = |n| PersonId(uuid::Uuid::from_u128(n));
        let sat = |n, class, from, until| Sat {
            id: SittingId(uuid::Uuid::from_u128(n)),
            class,
            times: (Timestamp(from), Timestamp(until)),
        };
        let sittings = [sat(1, a, 0, 10), sat(2, b, 9, 20), sat(3, later, 20, 30)];
        let students =
            [(a, person(1)), (a, person(2)), (b, person(2)), (b, person(3)), (later, person(2))];
        let found = clashes(&sittings, students);
        assert_eq!(found, HashMap::from([(sittings[0].id, 1), (sittings[1].id, 1)]));
        assert_eq!(
            clashes(&sittings[1..], students),
            HashMap::new(),
            "one ends as the other begins"
        );
        // A class that sits twice at once clashes with itself.
        let twice = [sat(4, a, 0, 10), sat(5, a, 5, 15)];
        assert_eq!(clashes(&twice, students), HashMap::from([(twice[0].id, 2), (twice[1].id, 2)]));
    }
}
