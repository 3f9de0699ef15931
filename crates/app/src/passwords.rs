//! Hashing passwords with Argon2id, and checking them, also against hashes of other systems. Slow by
//! design: never inside a transaction.

use crate::{Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password, in characters (OWASP ASVS 2.1.1).
pub const SHORTEST: usize = 12;
/// Longest password, in bytes: hashing must not be a way to keep the server busy.
const LONGEST: usize = 512;
/// How the hashes begin that are made here.
const OURS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// Highest cost of a bcrypt hash from elsewhere: checking one takes about a second.
const BCRYPT_COST: std::ops::RangeInclusive<u32> = 4..=14;
/// Most memory of an Argon2id hash from elsewhere, in KiB.
const MEMORY: u32 = 1 << 16;
/// Most passes over it.
const PASSES: u32 = 10;
/// Most lanes.
const LANES: u32 = 8;

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

/// Refuses what no table may bring in as a password: those of other systems were chosen by their
/// rules.
pub fn check_brought(password: &str) -> Result<()> {
    if password.len() > LONGEST {
        return Err(Error::field("password", "This is too long: at most 512 bytes."));
    }
    Ok(())
}

/// Refuses a hash that could not be checked, or only at a great expense. The hash is not told again.
pub fn check_hash(hash: &str) -> Result<()> {
    if hash.starts_with("$2") { check_bcrypt(hash) } else { check_argon2id(hash) }
}

fn check_bcrypt(hash: &str) -> Result<()> {
    let refused = |detail: &str| Err(Error::field("password_hash", detail));
    let known = ["$2a$", "$2b$", "$2y$"].into_iter().find_map(|kind| hash.strip_prefix(kind));
    let Some((cost, rest)) = known.and_then(|rest| rest.split_once('$')) else {
        return refused("This kind of bcrypt is not known here: give $2a$, $2b$ or $2y$.");
    };
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    if cost.len() != 2 || rest.len() != 53 || !rest.bytes().all(is_letter) {
        return refused("This bcrypt hash is not complete.");
    }
    match cost.parse::<u32>() {
        Ok(cost) if BCRYPT_COST.contains(&cost) => Ok(()),
        _ => refused("The cost of this bcrypt hash must be from 4 to 14."),
    }
}

fn check_argon2id(hash: &str) -> Result<()> {
    let refused = |detail: &str| Err(Error::field("password_hash", detail));
    let parsed = PasswordHash::new(hash).ok().filter(|parsed| {
        parsed.algorithm.as_str() == "argon2id"
            && parsed.version == Some(Version::V0x13.into())
            && parsed.salt.is_some()
            && parsed.hash.is_some()
    });
    let Some(params) = parsed.and_then(|parsed| Params::try_from(&parsed).ok()) else {
        return refused("This is neither a bcrypt hash nor one of Argon2id as a PHC string.");
    };
    if params.m_cost() > MEMORY || params.t_cost() > PASSES || params.p_cost() > LANES {
        return refused("This Argon2id hash asks for more than 64 MiB, 10 passes or 8 lanes.");
    }
    Ok(())
}

/// Whether a password that was just right should be hashed anew: its hash is of another system.
pub fn is_of_elsewhere(hash: &str) -> bool {
    !hash.starts_with(OURS)
}

/// Whether the password belongs to the hash. Without a hash (unknown name) it takes as long.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8\
        $1v0fYh3w5y1Qx3m0c3b6v1O3p3y7r0n0N9m6X8l2Q4E";
    if let Some(hash) = hash.filter(|hash| hash.starts_with("$2")) {
        return bcrypt::verify(password, hash).unwrap_or(false);
    }
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
        assert!(stored.starts_with(OURS) && !is_of_elsewhere(&stored));
        assert!(verify("correct horse battery", Some(&stored)));
        assert!(!verify("correct horse batterY", Some(&stored)));
        assert!(!verify("correct horse battery", None));
    }

    #[test]
    fn hashes_of_other_systems_are_checked_by_their_own_rules() {
        for kind in ["2a", "2b", "2y"] {
            let made = bcrypt::hash_with_salt("old and short", 4, [3; 16]).unwrap().to_string();
            let made = made.replacen("2b", kind, 1);
            assert!(check_hash(&made).is_ok() && is_of_elsewhere(&made), "{made}");
            assert!(verify("old and short", Some(&made)));
            assert!(!verify("old and shorT", Some(&made)));
        }
        let params = Params::new(64, 1, 2, None).unwrap();
        let other = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let other = other.hash_password_with_salt(b"old and short", &[7; 16]).unwrap().to_string();
        assert!(check_hash(&other).is_ok() && is_of_elsewhere(&other));
        assert!(verify("old and short", Some(&other)) && !verify("another", Some(&other)));
    }

    #[test]
    fn a_hash_that_is_unknown_or_costs_too_much_is_refused() {
        let tail = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./"
            .chars()
            .take(53)
            .collect::<String>();
        let salted = "c2FsdHNhbHRzYWx0c2FsdA$0fYh3w5y1Qx3m0c3b6v1O3p3y7r0n0N9m6X8l2Q4E10";
        for hash in [
            format!("$2y$15${tail}"),
            format!("$2y$03${tail}"),
            format!("$2x$10${tail}"),
            format!("$2y$10${}", tail.replace('a', "ä")),
            format!("$2y$10${tail}x"),
            format!("$argon2id$v=19$m=65537,t=2,p=1${salted}"),
            format!("$argon2id$v=19$m=19456,t=11,p=1${salted}"),
            format!("$argon2id$v=19$m=19456,t=2,p=9${salted}"),
            format!("$argon2i$v=19$m=19456,t=2,p=1${salted}"),
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA".to_owned(),
            "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
            "plain".to_owned(),
        ] {
            assert!(check_hash(&hash).is_err(), "{hash}");
        }
        assert!(check_hash(&format!("$2y$14${tail}")).is_ok());
    }

    #[test]
    fn short_and_obvious_passwords_are_refused() {
        assert!(check("short").is_err());
        assert!(check("password1234").is_err());
        assert!(check("correct horse battery").is_ok());
    }
}
