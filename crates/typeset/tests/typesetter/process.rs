//! Processes come and go; long documents are made of parts.

use super::{Line, PLAIN, set, typesetter};
use lopdf::{Document, Object, ObjectId};
use muster_documents::typesetting::{Limits, Pdf, Sheets, TypesettingError};
use std::time::Duration;

/// Each page is as wide as its item says, which shows their order.
const WIDTHS: &str = "#let sheet(item, files, common) = {
  set page(width: (200 + item.number) * 1pt, height: 100pt, margin: 10pt)
  [Sheet #item.number]
}";

fn many(
    template: &str,
    count: usize,
    progress: impl FnMut(usize) -> bool,
) -> Result<Pdf, TypesettingError> {
    let items: Vec<_> = (0..count).map(|number| Line { number }).collect();
    let common = Line { number: 0 };
    let sheets = Sheets { name: "notice", template, title: "Many", common: &common, items: &items };
    typesetter(Limits::default()).pdf(&sheets, progress)
}

/// Each sheet has a link to itself.
const LINKS: &str = "#let sheet(item, files, common) = {
  let own = label(\"sheet \" + str(item.number))
  link(own)[Sheet #item.number]
  [#metadata(none) #own]
}";

fn width(document: &Document, page: ObjectId) -> f32 {
    let place = document.get_dictionary(page).unwrap().get(b"MediaBox").unwrap();
    place.as_array().unwrap().get(2).map(Object::as_float).unwrap().unwrap()
}

#[test]
fn a_thousand_sheets_are_one_document_in_their_order() {
    let mut heard = Vec::new();
    let pdf = many(WIDTHS, 1_000, |done| {
        heard.push(done);
        true
    });
    let pdf = pdf.unwrap();
    assert_eq!(pdf.pages, 1_000);
    assert_eq!(heard, (0..10).map(|chunk| chunk * 100).collect::<Vec<_>>());
    let document = Document::load_mem(&pdf.bytes).unwrap();
    let widths: Vec<_> =
        document.get_pages().values().map(|page| width(&document, *page)).collect();
    let expected: Vec<_> = (0..1_000_u16).map(|number| 200.0 + f32::from(number)).collect();
    assert_eq!(widths, expected);
    let info = document.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let title = document.get_dictionary(info).unwrap().get(b"Title").unwrap();
    assert_eq!(lopdf::decode_text_string(title).unwrap(), "Many");
}

/// The page to which the link on this one leads.
fn led(document: &Document, page: ObjectId) -> ObjectId {
    let links = document.get_page_annotations(page).unwrap();
    let place = links[0].get_deref(b"Dest", document).unwrap().as_array().unwrap();
    place[0].as_reference().unwrap()
}

fn fonts(pdf: &Pdf) -> usize {
    let document = Document::load_mem(&pdf.bytes).unwrap();
    let dictionaries = document.objects.values().filter_map(|object| object.as_dict().ok());
    dictionaries.filter(|entry| entry.get(b"Subtype").is_ok_and(|kind| is(kind, b"Type0"))).count()
}

fn is(object: &Object, name: &[u8]) -> bool {
    object.as_name().is_ok_and(|own| own == name)
}

#[test]
fn sheets_that_are_laid_out_a_few_at_a_time_share_their_fonts() {
    let [one, hundred] = [1, 100].map(|count| many(WIDTHS, count, |_| true).unwrap());
    assert_eq!((one.pages, hundred.pages), (1, 100));
    assert!(fonts(&one) > 0);
    assert_eq!(fonts(&one), fonts(&hundred));
}

#[test]
fn a_sheet_looks_among_many_as_it_does_alone() {
    let items: Vec<_> = (0..60).map(|number| Line { number }).collect();
    let common = Line { number: 0 };
    let typesetter = typesetter(Limits::default());
    let pictures = |items: &[Line]| {
        let sheets =
            Sheets { name: "notice", template: WIDTHS, title: "Many", common: &common, items };
        typesetter.pictures(&sheets, 72).unwrap()
    };
    let alone: Vec<_> = items.chunks(1).flat_map(&pictures).collect();
    assert_eq!(pictures(&items), alone);
}

#[test]
fn a_link_leads_to_the_sheet_that_it_names() {
    let pdf = many(LINKS, 60, |_| true).unwrap();
    let document = Document::load_mem(&pdf.bytes).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    let led: Vec<_> = pages.iter().map(|page| led(&document, *page)).collect();
    assert_eq!(led, pages);
}

#[test]
fn a_link_leads_to_a_sheet_that_is_far_away() {
    let far = LINKS.replace("link(own)", "link(label(\"sheet \" + str(59 - item.number)))");
    let pdf = many(&far, 60, |_| true).unwrap();
    let document = Document::load_mem(&pdf.bytes).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    let led: Vec<_> = pages.iter().map(|page| led(&document, *page)).collect();
    assert!(led.iter().eq(pages.iter().rev()), "{led:?}");
}

#[test]
fn pages_that_are_numbered_go_on_counting() {
    let counted = "#let sheet(item, files, common) = {
      set page(numbering: \"1\")
      [Sheet]
      context assert.eq(counter(page).get().first(), item.number + 1)
    }";
    assert_eq!(many(counted, 60, |_| true).unwrap().pages, 60);
}

#[test]
fn a_long_document_is_called_off_between_its_parts() {
    let pdf = many(PLAIN, 300, |done| done < 200);
    assert_eq!(pdf, Err(TypesettingError::CalledOff));
}

#[test]
fn no_sheets_are_no_document() {
    assert_eq!(many(PLAIN, 0, |_| true), Err(TypesettingError::Empty));
}

#[test]
fn the_same_sheets_are_the_same_bytes() {
    let [one, two] = [(), ()].map(|()| many(PLAIN, 3, |_| true).unwrap());
    assert_eq!(one, two);
    assert!(one.bytes.starts_with(b"%PDF-1."));
}

#[test]
fn a_process_that_ended_for_want_of_work_is_replaced() {
    let typesetter = typesetter(Limits { idle: Duration::ZERO, ..Limits::default() });
    for _ in 0..20 {
        match set(&typesetter, PLAIN) {
            Ok(pdf) => assert_eq!(pdf.pages, 1),
            // It was so short of patience that it ended before it was first asked.
            Err(error) => assert_eq!(error, TypesettingError::Ended),
        }
    }
}
