//! Our own documents, by the templates with which they come.

use super::typesetter;
use muster_documents::paper::{
    BadgeSheet, Docket, Institution, Paper, Pass, Receipt, Register, RoomList, Sitting, Slip,
};
use muster_documents::qr::{Correction, QrImage};
use muster_documents::typesetting::{Item, Limits, Sheets};
use std::time::Duration;

fn sheets<'a, I: Item>(
    paper: Paper,
    common: &'a Institution,
    items: &'a [I],
) -> Sheets<'a, Institution, I> {
    Sheets { name: paper.name(), template: paper.template(), title: paper.name(), common, items }
}

/// An unoptimised program on a busy machine needs longer.
fn patient() -> Limits {
    let long = Duration::from_mins(4);
    Limits { processor: long, wall: long, ..Limits::default() }
}

fn pages<I: Item>(paper: Paper, items: &[I]) -> usize {
    let common = Institution::sample();
    typesetter(patient()).pdf(&sheets(paper, &common, items), |_| true).unwrap().pages
}

/// What the QR codes on a picture say.
fn read(png: &[u8]) -> Vec<String> {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.into_raw();
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    picture.detect_grids().iter().map(|grid| grid.decode().unwrap().1).collect()
}

#[test]
fn a_docket_is_a_page_with_its_photo_or_without() {
    let dockets = [0, 1, 2].map(|number| Docket::sample(number).unwrap());
    assert_eq!(dockets.each_ref().map(|docket| docket.photo.is_some()), [true, false, false]);
    assert_eq!(pages(Paper::Docket, &dockets), 3);
}

#[test]
fn a_docket_of_many_sittings_goes_on_to_the_next_page() {
    let mut docket = Docket::sample(1).unwrap();
    docket.sittings = docket.sittings.iter().cycle().take(20).cloned().collect();
    assert_eq!(pages(Paper::Docket, &[docket]), 2);
}

#[test]
fn each_page_of_a_docket_names_its_own_student_at_its_foot() {
    let mut long = Docket::sample(1).unwrap();
    long.sittings = long.sittings.iter().cycle().take(20).cloned().collect();
    let dockets = [Docket::sample(0).unwrap(), long, Docket::sample(2).unwrap()];
    let (common, typesetter) = (Institution::sample(), typesetter(patient()));
    let pictures = |dockets: &[Docket]| {
        typesetter.pictures(&sheets(Paper::Docket, &common, dockets), 60).unwrap()
    };
    let alone: Vec<_> = dockets.chunks(1).flat_map(&pictures).collect();
    let together = pictures(&dockets);
    assert_eq!(together.len(), 4);
    assert_eq!(together, alone);
}

#[test]
fn a_docket_without_sittings_is_a_page_too() {
    let mut docket = Docket::sample(1).unwrap();
    docket.sittings.clear();
    assert_eq!(pages(Paper::Docket, &[docket]), 1);
}

#[test]
fn what_a_docket_says_is_text_and_no_template() {
    let mut docket = Docket::sample(1).unwrap();
    docket.student.name = "#panic(\"no\") *A* $x$ \\ @here // ]".to_owned();
    docket.sittings.push(Sitting {
        code: "#read(\"/etc/passwd\")".to_owned(),
        module: "] #panic()".to_owned(),
        date: String::new(),
        time: String::new(),
        venue: "x".repeat(200),
    });
    assert!(pages(Paper::Docket, &[docket]) >= 1);
}

#[test]
fn names_of_any_script_and_what_no_font_has_keep_a_docket_on_its_page() {
    let names = [
        "ليلى الحسن",
        "Li 李 (李小龍)",
        "김서연",
        "क्षितिज",
        "நித்யா",
        "ሰላም",
        "\u{f8ff} \u{10fffd} 🙂",
        "\u{202e}",
    ];
    let docket = Docket::sample(1).unwrap();
    let dockets = names.map(|name| {
        let mut docket = docket.clone();
        docket.student.name = name.to_owned();
        docket
    });
    assert_eq!(pages(Paper::Docket, &dockets), names.len());
}

#[test]
fn a_receipt_is_a_page() {
    assert_eq!(pages(Paper::Receipt, &[Receipt::sample()]), 1);
}

#[test]
fn a_pass_is_a_page_however_long_its_names() {
    let mut pass = Pass::sample(1).unwrap();
    pass.event = "The Vice-Chancellor’s Annual Dinner and Award Ceremony".to_owned();
    assert_eq!(pages(Paper::Pass, &[Pass::sample(0).unwrap(), pass]), 2);
}

#[test]
fn a_register_takes_pages_for_its_students_and_for_its_sessions() {
    assert_eq!(pages(Paper::Register, &[Register::sample(4, 18)]), 1);
    assert_eq!(pages(Paper::Register, &[Register::sample(4, 19)]), 2);
    assert!(pages(Paper::Register, &[Register::sample(40, 2)]) > 1);
    assert_eq!(pages(Paper::Register, &[Register::sample(4, 0)]), 1);
}

#[test]
fn a_room_list_goes_on_while_there_are_students_and_says_that_there_are_none() {
    let mut strange = RoomList::sample(3);
    strange.seats[0].name = "#panic() $x$ ] @here".to_owned();
    strange.seats.iter_mut().for_each(|seat| seat.roll = String::new());
    assert_eq!(pages(Paper::RoomList, &[RoomList::sample(20), RoomList::sample(0), strange]), 3);
    assert!(pages(Paper::RoomList, &[RoomList::sample(60)]) > 1);
}

#[test]
fn a_results_slip_is_a_page_also_without_any_figure() {
    let mut bare = Slip::sample(0);
    bare.average = String::new();
    bare.courses.iter_mut().for_each(|course| course.parts.clear());
    bare.student.name = "#panic() $x$ ] @here".to_owned();
    assert_eq!(pages(Paper::Slip, &[Slip::sample(0), Slip::sample(1), bare]), 3);
}

#[test]
fn the_qr_on_a_docket_reads_back_from_its_picture() {
    let text = format!("https://muster.example.edu/v#{}", "0123456789".repeat(34));
    let mut docket = Docket::sample(0).unwrap();
    docket.code = QrImage::new(&text, Correction::Medium).unwrap();
    let common = Institution::sample();
    let dockets = [docket];
    let sheets = sheets(Paper::Docket, &common, &dockets);
    let pictures = typesetter(patient()).pictures(&sheets, 150).unwrap();
    assert_eq!(pictures.iter().map(|picture| read(picture)).collect::<Vec<_>>(), [[text]]);
}

#[test]
fn the_qr_on_a_pass_reads_back_from_a_picture_for_a_phone() {
    let text = format!("https://muster.example.edu/v#{}", "9876543210".repeat(34));
    let mut pass = Pass::sample(0).unwrap();
    pass.code = QrImage::new(&text, Correction::Medium).unwrap();
    let (common, passes) = (Institution::sample(), [pass]);
    let sheets = sheets(Paper::Pass, &common, &passes);
    let pictures = typesetter(patient()).pictures(&sheets, 110).unwrap();
    assert_eq!(pictures.iter().map(|picture| read(picture)).collect::<Vec<_>>(), [[text]]);
}

#[test]
fn the_qr_on_a_badge_reads_back_from_its_card_and_from_its_sheet() {
    let text = format!("https://muster.example.edu/v#{}", "1357924680".repeat(34));
    let mut alone = BadgeSheet::sample(1).unwrap();
    for card in &mut alone.cards {
        card.code = QrImage::new(&text, Correction::Medium).unwrap();
    }
    let sheet = BadgeSheet { alone: false, ..alone.clone() };
    let (common, badges) = (Institution::sample(), [alone, sheet]);
    let sheets = sheets(Paper::Badge, &common, &badges);
    let pictures = typesetter(patient()).pictures(&sheets, 200).unwrap();
    let read: Vec<_> = pictures.iter().map(|picture| read(picture)).collect();
    assert_eq!(read, [[text.clone()], [text]]);
}

#[test]
fn ten_badges_are_a_sheet_however_long_their_names() {
    let mut sheet = BadgeSheet::sample(10).unwrap();
    for card in &mut sheet.cards {
        card.name = "Bartholomew Ssemakula-Wandera Kiggundu of Bunyoro".to_owned();
        card.detail =
            "Bachelor of Science in Computer Science and Information Technology".to_owned();
    }
    assert_eq!(pages(Paper::Badge, &[sheet, BadgeSheet::sample(1).unwrap()]), 2);
}

#[test]
fn every_document_has_a_sample_on_the_command_line() {
    for paper in Paper::ALL {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_muster-typeset"))
            .args(["--sample", paper.name(), "--picture"])
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(run.stdout.starts_with(b"\x89PNG"));
    }
}
