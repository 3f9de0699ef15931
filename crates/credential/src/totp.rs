//! The codes of an authenticator app (RFC 6238): six digits, new every 30 seconds, SHA-1, which is
//! what every app computes. The step that a code belongs to is told, so that it counts once.

use data_encoding::BASE32_NOPAD;
use std::fmt::{self, Write};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// Bytes of a seed.
pub const SEED: usize = 20;

/// What the app and the server share. Never shown by `Debug`.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; SEED]>);

impl Seed {
    /// A seed of these bytes, which must come from a cryptographic random generator.
    pub fn new(bytes: [u8; SEED]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The seed that was stored.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    /// Its bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8; SEED] {
        &self.0
    }

    /// The seed as somebody types it into an app: base32 in groups of four.
    pub fn to_text(&self) -> Zeroizing<String> {
        let letters = BASE32_NOPAD.encode(&*self.0);
        let groups: Vec<&str> =
            (0..letters.len()).step_by(4).filter_map(|at| letters.get(at..at + 4)).collect();
        Zeroizing::new(groups.join(" "))
    }

    /// What the QR says to an app: who asks for codes, and whose they are.
    pub fn to_link(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (escape(issuer), escape(account));
        let secret = BASE32_NOPAD.encode(&*self.0);
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}"))
    }

    /// The step to which a code belongs, if that is the running one or a neighbour of it.
    pub fn step_of(&self, code: &str, unix_seconds: i64) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let step = self.totp().check(&digits, u64::try_from(unix_seconds).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The code that an app shows at that moment.
    pub fn code_at(&self, unix_seconds: i64) -> String {
        self.totp().generate(u64::try_from(unix_seconds).unwrap_or_default()).to_string()
    }

    fn totp(&self) -> Totp {
        #[expect(clippy::expect_used, reason = "20 bytes are what the standard recommends")]
        Builder::new().with_secret(self.0.to_vec()).build().expect("a seed of the right length")
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seed(…)")
    }
}

/// Percent-encodes what has a meaning of its own in an address; a colon would end the issuer.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                out.push(char::from(byte));
            }
            // Writing to a String can't fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::new(*b"12345678901234567890")
    }

    #[test]
    fn codes_agree_with_the_standards_examples() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(seed().code_at(time), code);
            assert_eq!(seed().step_of(code, time), Some(time / 30));
        }
    }

    #[test]
    fn a_code_counts_one_step_early_and_one_late() {
        let code = seed().code_at(3_000);
        let steps = [2_939, 2_970, 3_000, 3_059, 3_060].map(|at| seed().step_of(&code, at));
        assert_eq!(steps, [None, Some(100), Some(100), Some(100), None]);
    }

    #[test]
    fn spaces_are_ignored_and_anything_else_is_no_code() {
        assert_eq!(seed().step_of(" 287 082 ", 59), Some(1));
        for wrong in ["", "28708", "2870820", "28708x", "２８７０８２", "287082 x"] {
            assert_eq!(seed().step_of(wrong, 59), None, "{wrong:?}");
        }
        assert_eq!(seed().step_of("287082", -1), None);
    }

    #[test]
    fn an_app_reads_the_link_and_a_person_the_text() {
        let link = seed().to_link("Test: Uni & Co", "a b@x.example");
        assert_eq!(
            *link,
            "otpauth://totp/Test%3A%20Uni%20%26%20Co:a%20b@x.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Test%3A%20Uni%20%26%20Co"
        );
        assert_eq!(*seed().to_text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(format!("{:?}", seed()), "Seed(…)");
    }
}
