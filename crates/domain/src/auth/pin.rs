//! PINs: which are too easy to guess.

/// Why a PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not 6 to 12 digits.
    #[error("Use 6 to 12 digits.")]
    Shape,
    /// One of the first that anybody would try.
    #[error("This is easy to guess: choose digits that neither repeat nor count up or down.")]
    Easy,
}

/// Checks a new PIN.
pub fn check(pin: &str) -> Result<(), PinError> {
    let digits: Vec<i16> =
        pin.bytes().filter(u8::is_ascii_digit).map(|digit| i16::from(digit - b'0')).collect();
    if !(6..=12).contains(&digits.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PinError::Shape);
    }
    if is_stairs(&digits) || is_repeated(pin) || few_digits(pin) {
        Err(PinError::Easy)
    } else {
        Ok(())
    }
}

/// Each digit as far from the one before: 123456, 987654, 246802.
fn is_stairs(digits: &[i16]) -> bool {
    let step = |pair: &[i16]| match pair {
        [a, b] => (b - a).rem_euclid(10),
        _ => 0,
    };
    let mut steps = digits.windows(2).map(step);
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// A shorter part, again and again: 121212, 123123.
fn is_repeated(pin: &str) -> bool {
    (1..=pin.len() / 2).any(|part| {
        pin.len().is_multiple_of(part)
            && pin
                .get(..part)
                .is_some_and(|part| pin.matches(part).count() * part.len() == pin.len())
    })
}

fn few_digits(pin: &str) -> bool {
    let mut seen: Vec<char> = pin.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::short("12947", Err(PinError::Shape))]
    #[case::long("1294712947129", Err(PinError::Shape))]
    #[case::letters("12a947", Err(PinError::Shape))]
    #[case::other_digits("١٢٩٤٧٣", Err(PinError::Shape))]
    #[case::up("123456", Err(PinError::Easy))]
    #[case::around("890123", Err(PinError::Easy))]
    #[case::down("987654", Err(PinError::Easy))]
    #[case::same("777777", Err(PinError::Easy))]
    #[case::pairs("474747", Err(PinError::Easy))]
    #[case::triples("192192", Err(PinError::Easy))]
    #[case::two_digits("447444", Err(PinError::Easy))]
    #[case::fine("402917", Ok(()))]
    #[case::longest("402917385561", Ok(()))]
    fn easy_pins_are_refused(#[case] pin: &str, #[case] expected: Result<(), PinError>) {
        assert_eq!(check(pin), expected);
    }
}
