//! Pages: one folder per area, the askama template beside the handler that fills it.

pub mod form;
pub mod look;
pub mod shell;
