//! What Muster signs and shows: the credential of a docket, pass or badge, verified offline by
//! public keys alone; the rotating class code, the one-time password of an online class, and the
//! ticket that keeps a judged code alive; the signed pack of a verifier without network, and how its
//! device proves itself; how nodes do; the receipt of a student's scan without network; and what staff
//! prove themselves with besides a password.
//!
//! Bytes in, bytes out: the time and fresh random bytes are parameters, and nothing here depends
//! on the rest of Muster. `README.md` describes every format byte by byte; `vectors/` holds good
//! and bad cases that any other implementation must agree with.

mod bytes;
pub mod cbor;
pub mod class_code;
pub mod cti;
pub mod digits;
pub mod enrolment;
pub mod keys;
mod mac;
pub mod node;
pub mod online;
pub mod otp;
pub mod pack;
pub mod page;
pub mod passkey;
pub mod payload;
pub mod readable;
pub mod receipt;
pub mod seal;
pub mod signature;
pub mod step;
pub mod ticket;
pub mod totp;
mod verdict;
pub mod verifier;

pub use verdict::Verdict;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
