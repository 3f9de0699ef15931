//! The HTTP adapter of Muster: pages, the interface for programs, live feeds and assets.
//!
//! A handler parses, calls functions of `muster_app` in a transaction, and shows the answer.
//! Nothing is decided here.

mod accent;
mod api;
pub mod assets;
mod caller;
mod cookies;
mod copying;
mod error;
mod export;
mod files;
mod floods;
mod hosts;
mod importing;
mod issuing;
mod lan;
mod led;
mod leftover;
mod live;
mod metrics;
mod origin;
pub mod pages;
mod printing;
mod problem;
mod repeated;
mod routes;
mod secured;
mod server;
mod serving;
mod shapes;
mod tables;
mod together;
mod turns;
mod unread;
mod upload;

use muster_presentation::{times, verdicts};

pub use lan::{Found, Lan};
pub use routes::{Access, Route};
pub use secured::Secured;
pub use server::{App, Clock, Entropy, router, routes};
pub use serving::{Door, Limits, Way, serve, serve_at};
pub use together::Together;
