//! academics
