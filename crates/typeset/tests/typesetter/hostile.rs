//! Templates that are wrong, by accident or on purpose.

use super::{PLAIN, fault, set, typesetter};
use muster_documents::typesetting::frame::Place;
use muster_documents::typesetting::{Limits, TypesettingError};
use std::time::Duration;

/// A sheet of this code.
fn sheet(code: &str) -> String {
    format!("#let sheet(item, files, common) = {{ {code} }}")
}

/// Runs longer than anybody waits, by loops that are each short enough for Typst.
const ENDLESS: &str = "for a in range(9000) { for b in range(9000) { for c in range(9000) {} } }";
const HUGE: &str = "let a = \"x\" * 8000000000; a";

#[test]
fn a_fault_shows_its_line_and_column() {
    let fault = fault("#let sheet(item, files, common) = {\n  [Sheet]\n  item.nmae\n}");
    assert_eq!(fault.place.map(|place| place.line), Some(3), "{fault}");
    assert!(fault.message.contains("nmae"), "{fault}");
}

#[test]
fn a_slip_of_the_pen_shows_its_place() {
    let fault = fault("#let sheet(item, files, common) = [\n  #text(size: 10pt]\n]");
    assert_eq!(fault.place, Some(Place { line: 2, column: 8 }), "{fault}");
}

#[test]
fn a_fault_in_what_templates_share_shows_the_line_that_called_it() {
    let fault =
        fault("#import \"house.typ\": qr\n#let sheet(item, files, common) = qr(files, 3cm)");
    assert_eq!(fault.place.map(|place| place.line), Some(2), "{fault}");
}

#[test]
fn a_template_without_a_sheet_is_told_so() {
    let fault = fault("#let page = [Nothing]");
    assert!(fault.message.contains("defines the function sheet(item, files, common)"), "{fault}");
}

#[test]
fn nothing_outside_is_read() {
    for (code, complaint) in [
        ("read(\"/etc/passwd\")", "file not found"),
        ("read(\"../../../etc/passwd\")", ""),
        ("image(\"/proc/self/mem\")", "file not found"),
        ("import \"@preview/cetz:0.3.0\"", "failed to load package (a template has none)"),
        ("import \"@local/cetz:0.3.0\"", "failed to load package (a template has none)"),
        ("plugin(bytes((0, 97, 115, 109)))", "unknown variable: plugin"),
        ("std.plugin(bytes((0, 97, 115, 109)))", "does not contain"),
        ("eval(\"plugin(bytes(()))\")", "unknown variable: plugin"),
        ("datetime.today().display()", "unable to get the current date"),
    ] {
        let fault = fault(&sheet(code));
        assert!(fault.message.contains(complaint), "{code}: {fault}");
        assert_eq!(fault.place.map(|place| place.line), Some(1), "{code}: {fault}");
    }
}

#[test]
fn an_endless_template_is_stopped_by_its_processor_time() {
    let limits = Limits { processor: Duration::from_secs(1), ..Limits::default() };
    assert_eq!(set(&typesetter(limits), &sheet(ENDLESS)), Err(TypesettingError::TooLong));
}

#[test]
fn an_endless_template_is_stopped_by_the_clock_on_the_wall() {
    let limits = Limits { wall: Duration::from_millis(300), ..Limits::default() };
    assert_eq!(set(&typesetter(limits), &sheet(ENDLESS)), Err(TypesettingError::TooLong));
}

#[test]
fn a_template_that_wants_too_much_memory_is_stopped() {
    let limits = Limits { memory: 400 << 20, ..Limits::default() };
    for code in [HUGE, "let a = (1,) * 500000000; a.len()"] {
        assert_eq!(set(&typesetter(limits), &sheet(code)), Err(TypesettingError::TooLarge));
    }
}

#[test]
fn a_document_over_its_size_is_not_taken() {
    let limits = Limits { document: 1_000, ..Limits::default() };
    assert_eq!(set(&typesetter(limits), PLAIN), Err(TypesettingError::TooLarge));
}

#[test]
fn a_bad_template_leaves_the_next_one_alone() {
    let limits = Limits { processor: Duration::from_secs(1), ..Limits::default() };
    let typesetter = typesetter(limits);
    let good = || assert_eq!(set(&typesetter, PLAIN).unwrap().pages, 1);
    good();
    for code in ["item.nmae", ENDLESS, HUGE, "panic(\"no\")", "sheet(item, files, common)"] {
        assert!(set(&typesetter, &sheet(code)).is_err(), "{code}");
        good();
    }
}
