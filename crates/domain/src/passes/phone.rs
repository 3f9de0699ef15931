//! Phone numbers: as people of a country write them, kept in their international form (E.164).
//!
//! What is checked is the country's calling code, its trunk prefix and how many digits follow:
//! the shape that a typing mistake breaks. Which blocks of numbers are in use changes by the month.

use std::fmt;

/// Country, its name, calling code, trunk prefix, and the fewest and most digits after both.
type Plan = (&'static str, &'static str, &'static str, &'static str, usize, usize);

/// Numbering plans (ITU-T E.164), by country. Where two share a calling code the first is found.
const PLANS: [Plan; 68] = [
    ("AE", "United Arab Emirates", "971", "0", 8, 9),
    ("AR", "Argentina", "54", "0", 10, 11),
    ("AT", "Austria", "43", "0", 7, 13),
    ("AU", "Australia", "61", "0", 9, 9),
    ("BD", "Bangladesh", "880", "0", 8, 10),
    ("BE", "Belgium", "32", "0", 8, 9),
    ("BR", "Brazil", "55", "0", 10, 11),
    ("CH", "Switzerland", "41", "0", 9, 9),
    ("CL", "Chile", "56", "", 9, 9),
    ("CM", "Cameroon", "237", "", 9, 9),
    ("CN", "China", "86", "0", 10, 12),
    ("CO", "Colombia", "57", "", 10, 10),
    ("CZ", "Czechia", "420", "", 9, 9),
    ("DE", "Germany", "49", "0", 6, 13),
    ("DK", "Denmark", "45", "", 8, 8),
    ("DZ", "Algeria", "213", "0", 8, 9),
    ("EG", "Egypt", "20", "0", 8, 10),
    ("ES", "Spain", "34", "", 9, 9),
    ("ET", "Ethiopia", "251", "0", 9, 9),
    ("FI", "Finland", "358", "0", 5, 12),
    ("FR", "France", "33", "0", 9, 9),
    ("GB", "United Kingdom", "44", "0", 9, 10),
    ("GH", "Ghana", "233", "0", 9, 9),
    ("GR", "Greece", "30", "", 10, 10),
    ("HK", "Hong Kong", "852", "", 8, 8),
    ("HU", "Hungary", "36", "06", 8, 9),
    ("ID", "Indonesia", "62", "0", 8, 12),
    ("IE", "Ireland", "353", "0", 7, 9),
    ("IL", "Israel", "972", "0", 8, 9),
    ("IN", "India", "91", "0", 10, 10),
    ("IT", "Italy", "39", "", 6, 11),
    ("JO", "Jordan", "962", "0", 8, 9),
    ("JP", "Japan", "81", "0", 9, 10),
    ("KE", "Kenya", "254", "0", 9, 9),
    ("KR", "South Korea", "82", "0", 8, 11),
    ("KW", "Kuwait", "965", "", 8, 8),
    ("LK", "Sri Lanka", "94", "0", 9, 9),
    ("MA", "Morocco", "212", "0", 9, 9),
    ("MW", "Malawi", "265", "0", 7, 9),
    ("MX", "Mexico", "52", "", 10, 10),
    ("MY", "Malaysia", "60", "0", 8, 10),
    ("NG", "Nigeria", "234", "0", 8, 10),
    ("NL", "Netherlands", "31", "0", 9, 9),
    ("NO", "Norway", "47", "", 8, 8),
    ("NP", "Nepal", "977", "0", 8, 10),
    ("NZ", "New Zealand", "64", "0", 8, 10),
    ("OM", "Oman", "968", "", 8, 8),
    ("PE", "Peru", "51", "0", 8, 9),
    ("PH", "Philippines", "63", "0", 8, 10),
    ("PK", "Pakistan", "92", "0", 9, 10),
    ("PL", "Poland", "48", "", 9, 9),
    ("PT", "Portugal", "351", "", 9, 9),
    ("QA", "Qatar", "974", "", 8, 8),
    ("RO", "Romania", "40", "0", 9, 9),
    ("RW", "Rwanda", "250", "0", 9, 9),
    ("SA", "Saudi Arabia", "966", "0", 8, 9),
    ("SE", "Sweden", "46", "0", 7, 10),
    ("SG", "Singapore", "65", "", 8, 8),
    ("TH", "Thailand", "66", "0", 8, 9),
    ("TN", "Tunisia", "216", "", 8, 8),
    ("TR", "Türkiye", "90", "0", 10, 10),
    ("TZ", "Tanzania", "255", "0", 9, 9),
    ("UG", "Uganda", "256", "0", 9, 9),
    ("US", "United States and Canada", "1", "1", 10, 10),
    ("VN", "Vietnam", "84", "0", 9, 10),
    ("ZA", "South Africa", "27", "0", 9, 9),
    ("ZM", "Zambia", "260", "0", 9, 9),
    ("ZW", "Zimbabwe", "263", "0", 8, 9),
];

/// A country whose way of writing numbers is known here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Country(&'static Plan);

/// A number in its international form: `+919845012345`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// Why a text is no phone number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was typed.
    #[error("Enter a phone number.")]
    Empty,
    /// A letter or a sign that no number has.
    #[error("A phone number has digits only, for example {0}.")]
    Character(String),
    /// Too short or too long for its country.
    #[error("This number has {found} digits behind the code of {country}: {wanted} are right.")]
    Length {
        /// Where it would be.
        country: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: String,
    },
    /// An international number that can't be one.
    #[error("This international number has {0} digits: 8 to 15 are right.")]
    International(usize),
}

impl Country {
    /// India.
    pub const INDIA: Self = Self(&PLANS[29]);

    /// Every country.
    pub fn all() -> impl Iterator<Item = Self> {
        PLANS.iter().map(Self)
    }

    /// The country of those two letters (ISO 3166), in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::all().find(|country| country.code().eq_ignore_ascii_case(text))
    }

    /// Its two letters.
    pub const fn code(self) -> &'static str {
        self.0.0
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0.1
    }

    /// What stands between `+` and its numbers.
    pub const fn calling_code(self) -> &'static str {
        self.0.2
    }

    fn holds(self, national: &str) -> bool {
        (self.0.4..=self.0.5).contains(&national.len())
    }

    fn without_trunk(self, digits: &str) -> &str {
        let trunk = self.0.3;
        let mut rest = digits;
        while !trunk.is_empty()
            && let Some(bare) = rest.strip_prefix(trunk).filter(|bare| self.holds(bare))
        {
            rest = bare;
        }
        rest
    }

    fn number(self, national: &str) -> Result<Phone, PhoneError> {
        if self.holds(national) {
            return Ok(Phone(format!("+{}{national}", self.calling_code())));
        }
        let (least, most) = (self.0.4, self.0.5);
        let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(PhoneError::Length { country: self.name(), found: national.len(), wanted })
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl Phone {
    /// A number as typed; one without a calling code is taken for one of `home`.
    pub fn parse(text: &str, home: Country) -> Result<Self, PhoneError> {
        let text = text.trim();
        let digits = digits(text).ok_or_else(|| {
            let zeros: String = "5".repeat(home.0.4);
            PhoneError::Character(format!("+{} {zeros}", home.calling_code()))
        })?;
        if digits.is_empty() {
            return Err(PhoneError::Empty);
        }
        if text.starts_with(['+', '＋']) {
            return international(&digits);
        }
        if let Some(abroad) = digits.strip_prefix("00") {
            return international(abroad);
        }
        let national = home.without_trunk(&digits);
        // 919845012345 for +91 98450 12345.
        let coded = digits.strip_prefix(home.calling_code()).filter(|rest| home.holds(rest));
        match coded {
            Some(rest) if !home.holds(national) => home.number(rest),
            _ => home.number(national),
        }
    }

    /// With its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits behind the calling code, as people of the country say it.
    pub fn national(text: &str) -> &str {
        let digits = text.trim_start_matches('+');
        country_of(digits).map_or(digits, |(_, national)| national)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

fn international(digits: &str) -> Result<Phone, PhoneError> {
    if let Some((country, national)) = country_of(digits) {
        return country.number(country.without_trunk(national));
    }
    if (8..=15).contains(&digits.len()) && !digits.starts_with('0') {
        return Ok(Phone(format!("+{digits}")));
    }
    Err(PhoneError::International(digits.len()))
}

/// No calling code begins another one.
fn country_of(digits: &str) -> Option<(Country, &str)> {
    Country::all().find_map(|country| Some((country, digits.strip_prefix(country.calling_code())?)))
}

/// The digits of a text, in whichever script; none if there is something else than what people
/// put between digits.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for letter in text.chars() {
        let zero = match letter {
            '0'..='9' => Some('0'),
            '٠'..='٩' => Some('٠'),
            '۰'..='۹' => Some('۰'),
            '०'..='९' => Some('०'),
            '০'..='৯' => Some('০'),
            '０'..='９' => Some('０'),
            _ => None,
        };
        if let Some(zero) = zero {
            let digit = u32::from(letter) - u32::from(zero);
            digits.extend(char::from_digit(digit, 10));
        } else if !(letter.is_whitespace() || "+＋-‐‑–.()/".contains(letter)) {
            return None;
        }
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::collections::BTreeSet;

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap_or(Country::INDIA)
    }

    #[rstest]
    #[case("IN", "98450 12345", "+919845012345")]
    #[case("IN", "098450-12345", "+919845012345")]
    #[case("IN", "+91 (98450) 12345", "+919845012345")]
    #[case("IN", "0091 98450 12345", "+919845012345")]
    #[case("IN", "919845012345", "+919845012345")]
    #[case("IN", "9198450123", "+919198450123")]
    #[case("IN", "९८४५० १२३४५", "+919845012345")]
    #[case("KE", "0712 345678", "+254712345678")]
    #[case("GB", "+44 (0)20 7946 0958", "+442079460958")]
    #[case("US", "1 (212) 555-0123", "+12125550123")]
    #[case("IN", "+49 30 123456", "+4930123456")]
    #[case("IN", "+995 32 2123456", "+995322123456")]
    fn a_number_is_read_as_people_write_it(
        #[case] home: &str,
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(Phone::parse(text, country(home)).map(|phone| phone.0).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case("", PhoneError::Empty)]
    #[case("98450 O1234", PhoneError::Character("+91 5555555555".to_owned()))]
    #[case("98450 1234", PhoneError::Length { country: "India", found: 9, wanted: "10".into() })]
    #[case("+44 123", PhoneError::Length { country: "United Kingdom", found: 3, wanted: "9 to 10".into() })]
    #[case("+995 1", PhoneError::International(4))]
    fn what_is_no_number_says_why(#[case] text: &str, #[case] expected: PhoneError) {
        assert_eq!(Phone::parse(text, Country::INDIA), Err(expected));
    }

    #[test]
    fn no_calling_code_begins_another_and_india_is_where_it_is_said_to_be() {
        let codes: Vec<_> = Country::all().map(Country::calling_code).collect();
        for (at, one) in codes.iter().enumerate() {
            let rest = codes.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(rest.into_iter().all(|(_, other)| !other.starts_with(one)), "{one}");
        }
        let names: BTreeSet<_> = Country::all().map(Country::code).collect();
        assert_eq!(names.len(), PLANS.len());
        assert_eq!(Country::parse("in"), Some(Country::INDIA));
    }

    proptest! {
        #[test]
        fn what_was_read_reads_back_and_no_text_makes_it_fail(text in "[+0-9 ()-]{0,20}|\\PC{0,20}") {
            if let Ok(phone) = Phone::parse(&text, Country::INDIA) {
                prop_assert_eq!(Phone::parse(phone.as_str(), Country::INDIA), Ok(phone.clone()));
                prop_assert!(phone.as_str().ends_with(Phone::national(phone.as_str())));
            }
        }
    }
}
