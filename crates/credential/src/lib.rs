//! What a teacher's screen shows and a student's phone sends back: the rotating class code, the
//! one-time password of an online class, and the ticket that keeps a judged code alive; and what
//! staff prove themselves with besides a password.
//!
//! Bytes in, bytes out: the time and fresh random bytes are parameters, and nothing here depends
//! on the rest of Muster. `README.md` describes every format byte by byte; `vectors/` holds good
//! and bad cases that any other implementation must agree with.

mod bytes;
pub mod class_code;
pub mod keys;
mod mac;
pub mod online;
pub mod otp;
pub mod passkey;
pub mod seal;
pub mod step;
pub mod ticket;
pub mod totp;
mod verdict;

pub use verdict::Verdict;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
