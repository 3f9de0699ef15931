//! Places on the earth, and how far a student's is from the room. Only that distance is ever
//! stored of a student.

use super::mark::Refusal;
use super::session::Mode;
use super::sharing::Strictness;

/// A place: millionths of a degree, about 11 centimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    latitude: i32,
    longitude: i32,
}

/// What is wrong with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// No number, or none between the poles.
    #[error("Enter a number from -90 to 90, for example 12.971599.")]
    Latitude,
    /// No number, or none around the earth.
    #[error("Enter a number from -180 to 180, for example 77.594566.")]
    Longitude,
}

/// Millionths in a degree.
const DEGREE: i32 = 1_000_000;
/// The earth's mean radius in metres.
const RADIUS: f64 = 6_371_008.8;

impl Location {
    /// Reads degrees as people and browsers write them.
    pub fn parse(latitude: &str, longitude: &str) -> Result<Self, LocationError> {
        Ok(Self {
            latitude: millionths(latitude, 90).ok_or(LocationError::Latitude)?,
            longitude: millionths(longitude, 180).ok_or(LocationError::Longitude)?,
        })
    }

    /// The place of stored millionths of a degree; none beyond the poles or the day line.
    pub fn of_millionths(latitude: i64, longitude: i64) -> Option<Self> {
        let within = |number: i64, most: i32| {
            let number = i32::try_from(number).ok()?;
            (-most * DEGREE..=most * DEGREE).contains(&number).then_some(number)
        };
        Some(Self { latitude: within(latitude, 90)?, longitude: within(longitude, 180)? })
    }

    /// Latitude and longitude in millionths of a degree.
    pub fn millionths(self) -> (i64, i64) {
        (self.latitude.into(), self.longitude.into())
    }

    /// Latitude and longitude in degrees.
    pub fn degrees(self) -> (String, String) {
        (degrees(self.latitude), degrees(self.longitude))
    }

    /// Whole metres to another place, along the ground.
    pub fn metres_to(self, other: Self) -> i64 {
        let radians = |number: i32| (f64::from(number) / f64::from(DEGREE)).to_radians();
        let (here, there) = (radians(self.latitude), radians(other.latitude));
        let north = (there - here) / 2.0;
        let east = (radians(other.longitude) - radians(self.longitude)) / 2.0;
        let half = north.sin().powi(2) + here.cos() * there.cos() * east.sin().powi(2);
        let metres = 2.0 * RADIUS * half.sqrt().min(1.0).asin();
        #[allow(clippy::cast_possible_truncation, reason = "nothing is farther than 20,016 km")]
        let metres = metres.round() as i64;
        metres
    }
}

/// Reads a decimal number of degrees, at most that many, as millionths: what is finer is cut off.
fn millionths(text: &str, most: i32) -> Option<i32> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || !figures(whole) || !figures(part) {
        return None;
    }
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    let number = whole.parse::<i32>().ok()? * DEGREE + part.parse::<i32>().ok()?;
    (number <= most * DEGREE).then_some(if negative { -number } else { number })
}

fn degrees(number: i32) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    let degree = DEGREE.unsigned_abs();
    format!("{sign}{}.{:06}", number / degree, number % degree)
}

/// How far from the room a mark in class may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DistanceRule {
    /// What happens to one that is farther, or of which nobody knows.
    pub strictness: Strictness,
    /// So many metres are near enough.
    pub metres: i64,
}

impl Default for DistanceRule {
    fn default() -> Self {
        Self { strictness: Strictness::Off, metres: 150 }
    }
}

/// Where a mark was made, seen from the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// Nobody asks, or near enough.
    Near,
    /// Farther than the rule allows.
    Far,
    /// The browser gave no place.
    Unknown,
}

impl DistanceRule {
    /// Whether a class whose room has a place wants to know the distance.
    pub fn asks(&self, mode: Mode, room: Option<Location>) -> bool {
        self.strictness != Strictness::Off && mode == Mode::InClass && room.is_some()
    }

    /// What a distance means, in a class that wants to know it.
    pub fn judge(&self, metres: Option<i64>) -> Nearness {
        match metres {
            None => Nearness::Unknown,
            Some(metres) if metres > self.metres => Nearness::Far,
            Some(_) => Nearness::Near,
        }
    }

    /// Why a mark at that distance is refused, in a class that wants to know it.
    pub fn refusal(&self, metres: Option<i64>) -> Option<Refusal> {
        match self.judge(metres) {
            _ if self.strictness != Strictness::Refuse => None,
            Nearness::Near => None,
            Nearness::Far => Some(Refusal::TooFar),
            Nearness::Unknown => Some(Refusal::LocationMissing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn location(latitude: &str, longitude: &str) -> Location {
        Location::parse(latitude, longitude).unwrap()
    }

    #[rstest]
    #[case("12.971599", 12_971_599)]
    #[case(" -0.5 ", -500_000)]
    #[case("−33,86", -33_860_000)]
    #[case("90", 90_000_000)]
    #[case("7.", 7_000_000)]
    #[case("12.9715987654", 12_971_598)]
    fn degrees_are_read_as_people_write_them(#[case] text: &str, #[case] expected: i64) {
        assert_eq!(location(text, "0").millionths().0, expected);
    }

    #[rstest]
    #[case("")]
    #[case("north")]
    #[case("90.000001")]
    #[case("1e2")]
    #[case("--1")]
    #[case("+1")]
    #[case("1234")]
    #[case(".5")]
    #[case("NaN")]
    fn what_is_no_latitude_is_refused(#[case] text: &str) {
        assert_eq!(Location::parse(text, "0"), Err(LocationError::Latitude));
    }

    #[test]
    fn only_stored_numbers_of_the_earth_are_a_place() {
        assert_eq!(Location::of_millionths(90_000_001, 0), None);
        assert_eq!(Location::of_millionths(0, i64::MAX), None);
        let stored = Location::of_millionths(-12_971_599, 77_594_566).unwrap();
        assert_eq!(stored.degrees(), ("-12.971599".to_owned(), "77.594566".to_owned()));
        assert_eq!(Location::parse("-12.971599", "77.594566"), Ok(stored));
    }

    /// Distances as geodesists give them for a sphere, within half a percent.
    #[rstest]
    #[case::none(("12.9716", "77.5946"), ("12.9716", "77.5946"), 0)]
    #[case::a_thousandth_of_a_degree_north(("0", "0"), ("0.001", "0"), 111)]
    #[case::east_in_the_north(("60", "10"), ("60", "10.001"), 56)]
    #[case::across_the_day_line(("0", "179.9995"), ("0", "-179.9995"), 111)]
    #[case::paris_to_london(("48.8566", "2.3522"), ("51.5074", "-0.1278"), 343_557)]
    #[case::to_the_other_side(("0", "0"), ("0", "180"), 20_015_115)]
    #[case::over_the_pole(("90", "0"), ("90", "120"), 0)]
    fn metres_along_the_ground(
        #[case] one: (&str, &str),
        #[case] other: (&str, &str),
        #[case] expected: i64,
    ) {
        let metres = location(one.0, one.1).metres_to(location(other.0, other.1));
        let off = (metres - expected).abs();
        assert!(off * 200 <= expected + 200, "{metres} for {expected}");
    }

    proptest! {
        #[test]
        fn it_is_as_far_back_and_never_farther_than_half_around(
            a in -90_000_000_i64..=90_000_000, b in -180_000_000_i64..=180_000_000,
            c in -90_000_000_i64..=90_000_000, d in -180_000_000_i64..=180_000_000,
        ) {
            let (one, other) = (Location::of_millionths(a, b).unwrap(), Location::of_millionths(c, d).unwrap());
            prop_assert_eq!(one.metres_to(other), other.metres_to(one));
            prop_assert!((0..=20_015_116).contains(&one.metres_to(other)));
        }
    }

    #[rstest]
    #[case(None, Nearness::Unknown)]
    #[case(Some(0), Nearness::Near)]
    #[case(Some(150), Nearness::Near)]
    #[case(Some(151), Nearness::Far)]
    fn a_distance_is_near_or_far_or_unknown(#[case] metres: Option<i64>, #[case] is: Nearness) {
        assert_eq!(DistanceRule::default().judge(metres), is);
    }

    #[rstest]
    #[case::flagged(Strictness::Flag, None, None)]
    #[case::near(Strictness::Refuse, Some(150), None)]
    #[case::far(Strictness::Refuse, Some(151), Some(Refusal::TooFar))]
    #[case::unknown(Strictness::Refuse, None, Some(Refusal::LocationMissing))]
    fn only_the_strict_rule_refuses(
        #[case] strictness: Strictness,
        #[case] metres: Option<i64>,
        #[case] expected: Option<Refusal>,
    ) {
        let rule = DistanceRule { strictness, ..DistanceRule::default() };
        assert_eq!(rule.refusal(metres), expected);
    }

    #[test]
    fn nobody_asks_by_default_nor_online_nor_without_a_room() {
        let room = Some(location("0", "0"));
        let on = DistanceRule { strictness: Strictness::Flag, ..DistanceRule::default() };
        assert!(on.asks(Mode::InClass, room));
        assert!(!DistanceRule::default().asks(Mode::InClass, room));
        assert!(!on.asks(Mode::Online, room));
        assert!(!on.asks(Mode::InClass, None));
    }
}
