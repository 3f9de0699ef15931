//! Certificates of a node, and where they come from. Knows no database and no clock: moments are
//! handed in, in seconds since 1970.
//!
//! - `pair`: a certificate and its key, read from files with words for what is wrong with them
//! - `authority`: the node's own certificate authority, for a LAN without internet
//! - `acme`: certificates from an authority that speaks ACME (RFC 8555); `diary`: how that went
//! - `shown`: what is shown to whoever connects, changed while serving
//! - `watch`: how all that stands, for whoever looks after the server
//! - `private`: files that are nobody else's

pub mod acme;
pub mod authority;
pub mod diary;
mod moment;
pub mod pair;
pub mod private;
pub mod shown;
pub mod watch;

pub use authority::{Authority, Names};
pub use moment::date;
pub use pair::{Facts, Pair, PairError};
pub use shown::{Answers, Shown};
