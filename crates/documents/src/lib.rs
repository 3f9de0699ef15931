//! Plain structs in, documents out: QR images, photos, calendars, HTML of Markdown, CSV, XLSX and,
//! by the typesetter, PDF; and tables back in.
//! Knows no database, no page and no clock; what a document says is decided by its caller.

pub mod archive;
pub mod calendar;
pub mod csv;
pub mod logo;
pub mod markdown;
pub mod oneroster;
pub mod paper;
pub mod photo;
pub mod qr;
pub mod table;
pub mod typesetting;
pub mod xlsx;
