//! Which heading of a file means which column.

use super::{Column, Kind, columns};

/// For each column of a file, which one it is, if any: the key of a [`Column`].
pub type Mapping = Vec<Option<&'static str>>;

/// Why a mapping can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A column that is needed.
    #[error("No column is the {}: choose the one that is.", .0.to_lowercase())]
    Missing(&'static str),
    /// Two columns of the file are the same.
    #[error("Two columns are the {}: choose one of them.", .0.to_lowercase())]
    Twice(&'static str),
}

/// What the headings of a file mean, as far as they say: letter case, blanks, signs and order make
/// no difference, and the first of two that mean the same is taken.
pub fn guess(kind: Kind, headings: &[String]) -> Mapping {
    let mut taken: Vec<&str> = Vec::new();
    // A heading that is exactly a column's own name goes before one that only may mean it.
    let own = |plain: &str| {
        let named =
            |column: &&Column| plain == letters(column.key) || plain == letters(column.label);
        columns(kind).iter().find(named)
    };
    let plain: Vec<String> = headings.iter().map(|heading| letters(heading)).collect();
    let mut mapping: Mapping = vec![None; headings.len()];
    for pass in [true, false] {
        for (place, plain) in mapping.iter_mut().zip(&plain).filter(|(place, _)| place.is_none()) {
            let meant = |column: &&Column| column.also.contains(&plain.as_str());
            let found = own(plain).filter(|_| pass);
            let found = found.or_else(|| columns(kind).iter().find(meant).filter(|_| !pass));
            if let Some(column) = found.filter(|column| !taken.contains(&column.key)) {
                taken.push(column.key);
                *place = Some(column.key);
            }
        }
    }
    mapping
}

/// Checks that every needed column is there, except for those that are `given` for all lines, and none
/// twice.
pub fn check_mapping(kind: Kind, mapping: &Mapping, given: &[&str]) -> Result<(), MappingError> {
    for column in columns(kind) {
        match mapping.iter().filter(|key| **key == Some(column.key)).count() {
            0 if column.needed && !given.contains(&column.key) => {
                return Err(MappingError::Missing(column.label));
            }
            0 | 1 => {}
            _ => return Err(MappingError::Twice(column.label)),
        }
    }
    Ok(())
}

pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn guessed(kind: Kind, headings: &[&str]) -> Mapping {
        let headings: Vec<_> = headings.iter().map(|text| (*text).to_owned()).collect();
        guess(kind, &headings)
    }

    #[rstest]
    #[case(&["number", "name"], &[Some("number"), Some("name")])]
    #[case(&["FULL NAME", "Student-No."], &[Some("name"), Some("number")])]
    #[case(&["e-mail", "Blood group", "Reg. No"], &[Some("email"), None, Some("number")])]
    #[case(&["Student ID", "Number"], &[None, Some("number")])]
    #[case(&["E-Mail", "email"], &[Some("email"), None])]
    fn headings_are_known_in_any_order_and_case(
        #[case] headings: &[&str],
        #[case] expected: &[Option<&'static str>],
    ) {
        assert_eq!(guessed(Kind::People, headings), expected);
    }

    #[test]
    fn every_column_is_guessed_from_its_own_name_and_label() {
        for kind in Kind::ALL {
            let keys: Vec<_> = columns(kind).iter().map(|column| column.key).collect();
            let labels: Vec<_> = columns(kind).iter().map(|column| column.label).collect();
            let expected: Vec<_> = keys.iter().map(|key| Some(*key)).collect();
            assert_eq!(guessed(kind, &keys), expected);
            assert_eq!(guessed(kind, &labels), expected);
        }
    }

    #[rstest]
    #[case("Password", true)]
    #[case("Initial PWD", true)]
    #[case("bcrypt-hash", true)]
    #[case("Client secret", true)]
    #[case("Name", false)]
    #[case("Phone", false)]
    fn what_sounds_like_a_secret_is_known_by_its_heading(
        #[case] heading: &str,
        #[case] secret: bool,
    ) {
        assert_eq!(crate::imports::sounds_secret(heading), secret);
    }

    #[test]
    fn no_heading_means_two_columns_of_a_kind() {
        for kind in Kind::ALL {
            let all = columns(kind).iter().flat_map(|column| column.also.iter());
            let mut all: Vec<_> = all.collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", kind.key());
        }
    }

    #[test]
    fn a_needed_column_must_be_there_and_none_twice() {
        let missing = guessed(Kind::People, &["Name"]);
        assert_eq!(
            check_mapping(Kind::People, &missing, &[]),
            Err(MappingError::Missing("Number"))
        );
        let twice = vec![Some("number"), Some("name"), Some("name")];
        assert_eq!(check_mapping(Kind::People, &twice, &[]), Err(MappingError::Twice("Name")));
        let whole = vec![Some("number"), None, Some("name")];
        assert_eq!(check_mapping(Kind::People, &whole, &[]), Ok(()));
        let unnamed = vec![Some("number"), None];
        assert_eq!(check_mapping(Kind::People, &unnamed, &["name"]), Ok(()));
    }
}
