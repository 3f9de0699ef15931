//! The real program, asked by the server's own client.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod documents;
mod hostile;
mod process;

use muster_documents::typesetting::frame::Fault;
use muster_documents::typesetting::{Item, Limits, Pdf, Sheets, Typesetter, TypesettingError};
use serde::Serialize;

/// An item without files.
#[derive(Serialize)]
struct Line {
    number: usize,
}

impl Item for Line {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
}

/// The smallest template.
const PLAIN: &str = "#let sheet(item, files, common) = [Sheet #item.number]";

/// One process at most, which is asked again and again.
fn typesetter(limits: Limits) -> Typesetter {
    Typesetter::new(env!("CARGO_BIN_EXE_muster-typeset").into(), 1, limits)
}

/// One sheet by this template.
fn set(typesetter: &Typesetter, template: &str) -> Result<Pdf, TypesettingError> {
    let items = [Line { number: 1 }];
    let common = Line { number: 0 };
    let sheets =
        Sheets { name: "notice", template, title: "A notice", common: &common, items: &items };
    typesetter.pdf(&sheets, |_| true)
}

/// What is wrong with this template.
fn fault(template: &str) -> Fault {
    match set(&typesetter(Limits::default()), template) {
        Err(TypesettingError::Template { name, mut faults }) if name == "notice" => {
            faults.remove(0)
        }
        other => panic!("{other:?}"),
    }
}
