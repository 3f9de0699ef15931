//! Hashing passwords with Argon2id. Slow by design: never inside a transaction.

use crate::{Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password, in characters (OWASP ASVS 2.1.1).
pub const SHORTEST: usize = 12;
/// Longest password, in bytes: hashing must not be a way to keep the server busy.
const LONGEST: usize = 512;

/// Refuses what is too short, too long, or among the first that anyone would guess.
pub fn check(password: &str) -> Result<()> {
    let obvious = ["password", "muster", "123456", "qwerty", "letmein"];
    let folded = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        let detail = format!("Use at least {SHORTEST} characters: a few words in a row are fine.");
        return Err(Error::field("password", detail));
    }
    if password.len() > LONGEST {
        return Err(Error::field("password", "This is too long: at most 512 characters."));
    }
    if obvious.iter().any(|word| folded.matches(word).count() * word.len() * 2 > folded.len()) {
        return Err(Error::field("password", "This is easy to guess: choose other words."));
    }
    Ok(())
}

/// Hashes a password with a salt of 16 fresh random bytes, as a PHC string.
pub fn hash(password: &str, random: [u8; 32]) -> Result<String> {
    let salt = random.first_chunk::<16>().unwrap_or(&[0; 16]);
    argon2()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(|error| muster_storage::Error::Database(error.to_string()).into())
}

/// Whether the password belongs to the hash. Without a hash (unknown name) it takes as long.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8\
        $1v0fYh3w5y1Qx3m0c3b6v1O3p3y7r0n0N9m6X8l2Q4E";
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    let right = argon2().verify_password(password.as_bytes(), &parsed).is_ok();
    right && hash.is_some()
}

/// Argon2id with 19 MiB, 2 passes, 1 lane (OWASP's first choice for servers).
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_passes() {
        let stored = hash("correct horse battery", [7; 32]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", Some(&stored)));
        assert!(!verify("correct horse batterY", Some(&stored)));
        assert!(!verify("correct horse battery", None));
    }

    #[test]
    fn short_and_obvious_passwords_are_refused() {
        assert!(check("short").is_err());
        assert!(check("password1234").is_err());
        assert!(check("correct horse battery").is_ok());
    }
}
