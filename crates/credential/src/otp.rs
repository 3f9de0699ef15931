//! The one-time password of an online class: six digits, new every 30 seconds
//! ([`StepLength::OTP`](crate::step::StepLength::OTP)), seen by the teacher alone.

use crate::Verdict;
use crate::keys::SessionKey;
use crate::mac;
use std::fmt;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const LABEL: &[u8] = b"muster otp 1";
const DIGITS: usize = 6;
/// One that stood this many steps ago is still told from a wrong one.
const PAST: u64 = 10;

/// Six digits.
#[derive(Clone, Copy, Debug)]
pub struct Otp(u32);

/// Why a text is no one-time password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtpError {
    /// Too short or too long.
    #[error("the code has {DIGITS} digits, this one {0}")]
    Length(usize),
    /// Something besides digits, spaces and hyphens.
    #[error("the code has digits only, no {0:?}")]
    Character(char),
}

impl Otp {
    /// The password of `step`.
    pub fn new(key: &SessionKey, session: Uuid, step: u64) -> Self {
        let code = mac::hmac(&key.0, &[LABEL, session.as_bytes(), &step.to_be_bytes()]);
        let number = u64::from_be_bytes(mac::first(&code)) % 1_000_000;
        Self(number as u32)
    }

    /// Reads what somebody typed; spaces and hyphens anywhere aside.
    pub fn parse(text: &str) -> Result<Self, OtpError> {
        let (mut number, mut count) = (0_u32, 0);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = c.to_digit(10).ok_or(OtpError::Character(c))?;
            number = number.wrapping_mul(10).wrapping_add(digit);
            count += 1;
        }
        if count == DIGITS { Ok(Self(number)) } else { Err(OtpError::Length(count)) }
    }
}

/// Judges a password while `current_step` runs. Never [`Verdict::Future`]: with six digits that
/// would tell a guesser what to send half a minute later.
pub fn judge(key: &SessionKey, session: Uuid, otp: Otp, current_step: u64) -> Verdict {
    (current_step.saturating_sub(PAST)..=current_step)
        .rev()
        .find(|step| Otp::new(key, session, *step) == otp)
        .map_or(Verdict::Invalid, |step| Verdict::on_step(step, current_step))
}

/// Takes the same time wherever the two differ.
impl PartialEq for Otp {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Otp {}

impl fmt::Display for Otp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&format!("{:0DIGITS$}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    #[test]
    fn the_current_and_the_previous_password_count() {
        let session = Uuid::from_bytes([3; 16]);
        let key = MasterKey::from_bytes([7; 32]).session_key(session);
        let otp = Otp::new(&key, session, 20);
        assert_eq!(judge(&key, session, otp, 20), Verdict::Valid { step: 20 });
        assert_eq!(judge(&key, session, otp, 21), Verdict::Valid { step: 20 });
        assert_eq!(judge(&key, session, otp, 22), Verdict::Expired);
        assert_eq!(judge(&key, session, otp, 19), Verdict::Invalid);
        assert_eq!(judge(&key, session, otp, 31), Verdict::Invalid);
    }

    #[test]
    fn leading_zeros_stay() {
        assert_eq!(Otp(42).to_string(), "000042");
        assert_eq!(Otp::parse("000 042"), Ok(Otp(42)));
    }

    #[test]
    fn what_is_no_password_says_why() {
        assert_eq!(Otp::parse("12345"), Err(OtpError::Length(5)));
        assert_eq!(Otp::parse(&"9".repeat(100)), Err(OtpError::Length(100)));
        assert_eq!(Otp::parse("12E456"), Err(OtpError::Character('E')));
    }
}
