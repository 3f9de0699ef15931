//! The HTTP adapter of Muster: pages, the interface for programs, live feeds and assets.

pub mod accent;
pub mod assets;
pub mod pages;
