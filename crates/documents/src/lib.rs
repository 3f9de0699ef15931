//! Plain structs in, documents out: QR images, photos, CSV and XLSX. Knows no database, no page and no
//! Plain structs in, documents out: QR images, calendars, CSV and XLSX. Knows no database, no page and no
//! clock; what a document says is decided by its caller.

pub mod calendar;
pub mod csv;
pub mod photo;
pub mod qr;
pub mod xlsx;
