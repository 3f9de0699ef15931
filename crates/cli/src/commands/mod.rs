//! The commands, a file each.

pub(crate) mod admin;
pub(crate) mod demo;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod serve;
pub(crate) mod stick;
pub(crate) mod student;
pub(crate) mod sync;
pub(crate) mod tls;
