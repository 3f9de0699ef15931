//! A file per subject; `server` is the institution they all begin with.

mod access;
mod admin;
mod live;
mod marking;
mod server;
mod sessions;
mod sign_in;
