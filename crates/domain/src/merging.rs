//! Merging two records of one person: which value, which mark and which place stays, and who is
//! likely to be there twice.

use crate::academics::EnrolmentStatus;
use crate::attendance::{ExistingMark, Status};
use crate::finding::{near, plain};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The record that stays.
    Kept,
    /// The record that leads to the other from then on.
    Merged,
}

impl Side {
    /// The name in forms and in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Merged => "merged",
        }
    }

    /// The side of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Kept, Self::Merged].into_iter().find(|side| side.key() == key)
    }

    /// Its one of the two.
    pub fn of<T>(self, kept: T, merged: T) -> T {
        match self {
            Self::Kept => kept,
            Self::Merged => merged,
        }
    }
}

/// Whose value of a field stays unless somebody chooses: the kept record's, if it has one.
pub fn preferred(kept: &str, merged: &str) -> Side {
    if kept.trim().is_empty() && !merged.trim().is_empty() { Side::Merged } else { Side::Kept }
}

/// Whose mark stands where both were marked in one session. The source decides, as when marks are
/// made: a person's word beats a code's, and anything beats a filler. Of two words the later one
/// stands, of two codes the earlier one, of two fillers the one with leave.
pub fn standing(kept: ExistingMark, merged: ExistingMark) -> Side {
    let (ours, theirs) = (kept.method.rank(), merged.method.rank());
    let merged_wins = match ours {
        _ if ours != theirs => theirs > ours,
        2 => merged.at > kept.at,
        1 => merged.at < kept.at,
        _ => merged.status == Status::Excused && kept.status != Status::Excused,
    };
    if merged_wins { Side::Merged } else { Side::Kept }
}

/// Whose place stays where both are in one class: one that is attended beats one that was.
pub fn place(kept: EnrolmentStatus, merged: EnrolmentStatus) -> Side {
    let rank = |status| match status {
        EnrolmentStatus::Active => 2,
        EnrolmentStatus::Completed => 1,
        EnrolmentStatus::Withdrawn => 0,
    };
    if rank(merged) > rank(kept) { Side::Merged } else { Side::Kept }
}

/// What of a person's record can be the same in another one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits<'a> {
    /// Full name.
    pub name: &'a str,
    /// The institution's number.
    pub number: &'a str,
    /// The number under which they are enrolled.
    pub enrolment_number: &'a str,
    /// Addresses.
    pub emails: [&'a str; 2],
    /// Phone.
    pub phone: &'a str,
    /// Address of a parent or guardian.
    pub guardian_email: &'a str,
}

/// Why two records may be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// One's number is the other's enrolment number.
    Number,
    /// An address in common.
    Email,
    /// The same name, in any order of its words.
    Name,
    /// Names a slip apart.
    NearName,
    /// The same phone.
    Phone,
    /// The same parent or guardian.
    Guardian,
}

impl Likeness {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Email => "email",
            Self::Name => "name",
            Self::NearName => "near_name",
            Self::Phone => "phone",
            Self::Guardian => "guardian",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Number => "same number",
            Self::Email => "same e-mail address",
            Self::Name => "same name",
            Self::NearName => "nearly the same name",
            Self::Phone => "same phone",
            Self::Guardian => "same guardian",
        }
    }
}

/// What two records have in common.
pub fn likenesses(one: &Traits<'_>, other: &Traits<'_>) -> Vec<Likeness> {
    let same = |a: &str, b: &str| !a.trim().is_empty() && plain(a.trim()) == plain(b.trim());
    let numbers = |who: &Traits<'_>| [who.number, who.enrolment_number].map(str::to_owned);
    let number = numbers(one).iter().any(|a| numbers(other).iter().any(|b| same(a, b)));
    let email = one.emails.iter().any(|a| other.emails.iter().any(|b| same(a, b)));
    let (a, b) = (words(one.name), words(other.name));
    let name = !a.is_empty() && a == b;
    let near_name = !name && is_slip(&a, &b);
    let digits = |phone: &str| phone.chars().filter(char::is_ascii_digit).collect::<String>();
    let phone = digits(one.phone).len() >= 6 && digits(one.phone) == digits(other.phone);
    let guardian = same(one.guardian_email, other.guardian_email);
    [
        (number, Likeness::Number),
        (email, Likeness::Email),
        (name, Likeness::Name),
        (near_name, Likeness::NearName),
        (phone, Likeness::Phone),
        (guardian, Likeness::Guardian),
    ]
    .into_iter()
    .filter_map(|(alike, why)| alike.then_some(why))
    .collect()
}

/// Whether that is enough to ask somebody to look. Siblings share a guardian and a phone, and a
/// common name is shared by many (`common`), so each of these needs another beside it.
pub fn is_likely(why: &[Likeness], common: bool) -> bool {
    use Likeness::{Email, Guardian, Name, NearName, Number, Phone};
    let has = |one| why.contains(&one);
    let beside = has(Phone) || has(Guardian);
    has(Number) || has(Email) || (has(Name) && (!common || beside)) || (has(NearName) && beside)
}

/// A name's words, sorted.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = plain(name).split_whitespace().map(str::to_owned).collect();
    words.sort();
    words
}

/// Whether the names differ in one word, and there by a slip.
fn is_slip(one: &[String], other: &[String]) -> bool {
    let only = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|word| !others.contains(word)).cloned().collect()
    };
    match (only(one, other).as_slice(), only(other, one).as_slice()) {
        ([a], [b]) if one.len() == other.len() => near(a).contains(b) || near(b).contains(a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::Method;
    use crate::time::Timestamp;
    use proptest::prelude::*;
    use rstest::rstest;

    fn mark(status: Status, method: Method, at: i64) -> ExistingMark {
        ExistingMark { status, method, at: Timestamp(at) }
    }

    #[rstest]
    #[case::both("N1", "N2", Side::Kept)]
    #[case::one("", "N2", Side::Merged)]
    #[case::none("", " ", Side::Kept)]
    fn the_kept_value_stays_unless_it_is_missing(
        #[case] kept: &str,
        #[case] merged: &str,
        #[case] side: Side,
    ) {
        assert_eq!(preferred(kept, merged), side);
    }

    #[rstest]
    #[case::word_over_code(
        mark(Status::Present, Method::Qr, 1),
        mark(Status::Absent, Method::Manual, 2),
        Side::Merged
    )]
    #[case::code_under_word(
        mark(Status::Excused, Method::Bulk, 1),
        mark(Status::Present, Method::Otp, 2),
        Side::Kept
    )]
    #[case::code_over_filler(
        mark(Status::Absent, Method::Filler, 9),
        mark(Status::Late, Method::Code, 1),
        Side::Merged
    )]
    #[case::later_word(
        mark(Status::Absent, Method::Manual, 1),
        mark(Status::Late, Method::Import, 2),
        Side::Merged
    )]
    #[case::earlier_code(
        mark(Status::Late, Method::Qr, 2),
        mark(Status::Present, Method::Code, 1),
        Side::Merged
    )]
    #[case::leave(
        mark(Status::Absent, Method::Filler, 1),
        mark(Status::Excused, Method::Filler, 1),
        Side::Merged
    )]
    #[case::alike(
        mark(Status::Absent, Method::Filler, 1),
        mark(Status::Absent, Method::Filler, 1),
        Side::Kept
    )]
    fn of_two_marks_the_better_source_stands(
        #[case] kept: ExistingMark,
        #[case] merged: ExistingMark,
        #[case] side: Side,
    ) {
        assert_eq!(standing(kept, merged), side);
    }

    #[rstest]
    #[case(EnrolmentStatus::Active, EnrolmentStatus::Active, Side::Kept)]
    #[case(EnrolmentStatus::Withdrawn, EnrolmentStatus::Active, Side::Merged)]
    #[case(EnrolmentStatus::Withdrawn, EnrolmentStatus::Completed, Side::Merged)]
    #[case(EnrolmentStatus::Active, EnrolmentStatus::Completed, Side::Kept)]
    fn a_place_that_is_attended_stays(
        #[case] kept: EnrolmentStatus,
        #[case] merged: EnrolmentStatus,
        #[case] side: Side,
    ) {
        assert_eq!(place(kept, merged), side);
    }

    fn who<'a>(name: &'a str, number: &'a str) -> Traits<'a> {
        Traits { name, number, ..Traits::default() }
    }

    #[rstest]
    #[case::order("Asha Rao", "RAO Asha", vec![Likeness::Name])]
    #[case::accents("José Álvarez", "Jose Alvarez", vec![Likeness::Name])]
    #[case::slip("Asha Mukherjee", "Asha Mukerjee", vec![Likeness::NearName])]
    #[case::other("Asha Rao", "Asha Iyer", vec![])]
    fn names_are_alike(#[case] one: &str, #[case] other: &str, #[case] why: Vec<Likeness>) {
        assert_eq!(likenesses(&who(one, "1"), &who(other, "2")), why);
    }

    #[test]
    fn a_number_that_is_the_others_enrolment_number_is_enough() {
        let other = Traits { enrolment_number: "en-7", ..who("A. Rao", "2") };
        let why = likenesses(&who("Asha Rao", "EN-7"), &other);
        assert!(why == [Likeness::Number] && is_likely(&why, true));
    }

    #[test]
    fn siblings_and_namesakes_are_not_taken_for_one_person() {
        assert!(!is_likely(&[Likeness::Phone, Likeness::Guardian], false));
        assert!(!is_likely(&[Likeness::Name], true));
        assert!(is_likely(&[Likeness::Name], false));
        assert!(is_likely(&[Likeness::Name, Likeness::Phone], true));
    }

    fn any_mark() -> impl Strategy<Value = ExistingMark> {
        let status = prop::sample::select(Status::ALL.to_vec());
        let method = prop::sample::select(Method::ALL.to_vec());
        (status, method, 0..4i64).prop_map(|(status, method, at)| mark(status, method, at))
    }

    proptest! {
        /// Whoever is called kept: the better mark stands.
        #[test]
        fn which_record_is_kept_does_not_change_the_mark(a in any_mark(), b in any_mark()) {
            let (one, other) = (standing(a, b).of(a, b), standing(b, a).of(b, a));
            prop_assert_eq!(one.method.rank(), other.method.rank());
            if (a.method.rank(), a.at) != (b.method.rank(), b.at) && a.method.rank() > 0 {
                prop_assert_eq!(one, other);
            }
        }

        #[test]
        fn likeness_is_mutual(a in "[ab]{1,5} [ab]{1,5}", b in "[ab]{1,5} [ab]{1,5}") {
            prop_assert_eq!(likenesses(&who(&a, "1"), &who(&b, "2")), likenesses(&who(&b, "2"), &who(&a, "1")));
        }
    }
}
