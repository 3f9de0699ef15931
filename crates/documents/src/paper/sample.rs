//! Samples of each document: for a preview of a template, and for tests.

use super::{
    Amount, Badge, BadgeSheet, Course, Day, Docket, Institution, Paper, Pass, Receipt, Register,
    RoomList, Row, Seat, Sitting, Slip, Student,
};
use crate::qr::{Correction, QrError, QrImage};
use crate::typesetting::frame::{Form, Request};
use crate::typesetting::{Item, Sheets, Typesetter, TypesettingError, request};
use image::{GrayImage, ImageFormat, Luma};
use serde_json::Value;
use std::io::Cursor;
use std::time::Duration;

const MODULES: [(&str, &str); 12] = [
    ("BCS1101", "Introduction to Computer Science"),
    ("BCS1102", "Programming Methodology"),
    ("BCS1103", "Discrete Mathematics"),
    ("BCS1104", "Computer Organisation and Architecture"),
    ("BCS1105", "Communication Skills"),
    ("BCS1106", "Linear Algebra"),
    ("BCS1107", "Systems Analysis, Requirements Engineering and Design of Information Systems"),
    ("BCS1108", "Database Management Systems"),
    ("BCS1109", "Probability and Statistics"),
    ("BCS1110", "Data Communications and Networks"),
    ("BCS1111", "Entrepreneurship"),
    ("BCS1112", "Ethics and Law"),
];
const NAMES: [&str; 6] = [
    "Amara Nakato",
    "Bartholomew Ssemakula-Wandera Kiggundu",
    "Chiara Okello",
    "Đặng Thị Ánh",
    "Emmanuel Øverland",
    "Fatoumata Tchamba",
];
const VENUES: [&str; 4] = ["Main Hall", "Room 204", "Science Block, Lab 3", "Great Hall"];
const DAYS: [&str; 5] = ["Mon", "Tue", "Wed", "Thu", "Fri"];

/// How a sample is made.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The template.
    pub template: &'a str,
    /// Whose document it is.
    pub common: &'a Institution,
    /// What comes out.
    pub form: Form,
}

impl Paper {
    /// What a typesetter is asked for a sample of it, to be made within this processor time.
    pub fn sample(
        self,
        trial: Trial<'_>,
        processor: Duration,
    ) -> Result<(Request, Vec<Vec<u8>>), QrError> {
        Ok(match self {
            Self::Docket => self.ask(trial, processor, &[Docket::sample(0)?, Docket::sample(1)?]),
            Self::Receipt => self.ask(trial, processor, &[Receipt::sample()]),
            Self::Pass => self.ask(trial, processor, &[Pass::sample(0)?, Pass::sample(1)?]),
            Self::Badge => {
                let (ten, one) = (BadgeSheet::sample(10)?, BadgeSheet::sample(1)?);
                self.ask(trial, processor, &[ten, one])
            }
            Self::Register => self.ask(trial, processor, &[Register::sample(30, 20)]),
            Self::Slip => self.ask(trial, processor, &[Slip::sample(0), Slip::sample(1)]),
            Self::RoomList => self.ask(trial, processor, &[RoomList::sample(30)]),
        })
    }

    /// A sample of it, or why this template makes none: a PDF, or a picture of each page.
    pub fn try_out(
        self,
        typesetter: &Typesetter,
        trial: Trial<'_>,
    ) -> Result<Vec<Vec<u8>>, TypesettingError> {
        // What samples say is short enough for their QR.
        let asked = self.sample(trial, typesetter.processor());
        let (request, files) = asked.map_err(|_| TypesettingError::Empty)?;
        typesetter.make(self.name(), request, files)
    }

    /// The names under which a template finds what stands on it, such as `item.student.name`.
    pub fn names(self) -> Vec<String> {
        let sample = match self {
            Self::Docket => Docket::sample(0).map(|item| of(&item, &Institution::sample())),
            Self::Receipt => Ok(of(&Receipt::sample(), &Institution::sample())),
            Self::Pass => Pass::sample(0).map(|item| of(&item, &Institution::sample())),
            Self::Badge => BadgeSheet::sample(1).map(|item| of(&item, &Institution::sample())),
            Self::Register => Ok(of(&Register::sample(1, 1), &Institution::sample())),
            Self::Slip => Ok(of(&Slip::sample(0), &Institution::sample())),
            Self::RoomList => Ok(of(&RoomList::sample(1), &Institution::sample())),
        };
        sample.unwrap_or_default()
    }

    fn ask<I: Item>(
        self,
        Trial { template, common, form }: Trial<'_>,
        processor: Duration,
        items: &[I],
    ) -> (Request, Vec<Vec<u8>>) {
        let name = self.name();
        let title = format!("Sample of a {name}");
        let sheets = Sheets { name, template, title: &title, common, items };
        request(&sheets, form, processor)
    }
}

/// The names of what an item says and shows, and of what all share.
fn of(item: &impl Item, common: &Institution) -> Vec<String> {
    let mut names = Vec::new();
    collect(&mut names, "item", &serde_json::to_value(item).unwrap_or_default());
    names.extend(item.files().into_iter().map(|(file, _)| format!("files.{file}")));
    collect(&mut names, "common", &serde_json::to_value(common).unwrap_or_default());
    names.extend(common.files().into_iter().map(|(file, _)| format!("common.files.{file}")));
    names
}

/// The names below a value; those of a list are its first element's.
fn collect(names: &mut Vec<String>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                collect(names, &format!("{name}.{member}"), value);
            }
        }
        Value::Array(values) => match values.first() {
            Some(first) => collect(names, &format!("{name}.at(0)"), first),
            None => names.push(name.to_owned()),
        },
        _ => names.push(name.to_owned()),
    }
}

impl Institution {
    /// A college with a logo.
    pub fn sample() -> Self {
        let logo = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path d="M20 1l17 6v13c0 10-7 16-17 19C10 36 3 30 3 20V7z" fill="#222"/><path d="M12 28V13l8 9 8-9v15" fill="none" stroke="#fff" stroke-width="3.4"/></svg>"##;
        Self {
            name: "Northfield College".to_owned(),
            address: "12 College Road, Northfield · registry@northfield.example".to_owned(),
            logo: Some(logo.as_bytes().to_vec()),
        }
    }
}

impl Docket {
    /// One of many: every third has a photo, every second a long list.
    pub fn sample(number: usize) -> Result<Self, QrError> {
        let sittings = (0..).zip(MODULES).take(if number % 2 == 1 { 12 } else { 6 });
        let sittings = sittings.map(|(at, (code, module)): (usize, _)| Sitting {
            code: code.to_owned(),
            module: module.to_owned(),
            date: format!("{} {} Oct 2026", pick(&DAYS, at), 5 + at),
            time: if at % 2 == 0 { "09:00–11:00" } else { "14:00–16:30" }.to_owned(),
            venue: pick(&VENUES, at).to_owned(),
        });
        Ok(Self {
            assessment: "CA1".to_owned(),
            term: "Semester 1, 2026/2027".to_owned(),
            number: format!("7KQM-{number:04}"),
            issued: "21 September 2026".to_owned(),
            student: student(number),
            faculty: "Faculty of Science and Technology".to_owned(),
            programme: "Bachelor of Science in Computer Science".to_owned(),
            sittings: sittings.collect(),
            notes: vec![
                "Bring this docket and your identity card to each sitting.".to_owned(),
                "It admits once to each sitting, in the room that stands beside it, from an hour before.".to_owned(),
            ],
            photo: (number.is_multiple_of(3)).then(portrait),
            code: credential(number)?,
        })
    }
}

impl Receipt {
    /// A payment of part of the fee.
    pub fn sample() -> Self {
        let amount = |label: &str, amount: &str| Amount {
            label: label.to_owned(),
            amount: amount.to_owned(),
        };
        Self {
            state: String::new(),
            number: "R-2026-004417".to_owned(),
            date: "14 September 2026".to_owned(),
            student: student(1),
            programme: "Bachelor of Science in Computer Science".to_owned(),
            purpose: "Tuition, Semester 1, 2026/2027".to_owned(),
            method: "Bank transfer".to_owned(),
            note: "Bank reference NB 77120 4418".to_owned(),
            currency: "UGX".to_owned(),
            amount: "1,450,000".to_owned(),
            account: vec![
                amount("Fee of the term", "2,600,000"),
                amount("Paid, this payment included", "1,950,000"),
                amount("Still to pay", "650,000"),
            ],
            received_by: "Grace Achieng".to_owned(),
        }
    }
}

impl Pass {
    /// One of many: for one person, or for two.
    pub fn sample(number: usize) -> Result<Self, QrError> {
        let couple = number % 2 == 1;
        let holders: Vec<_> = (number..).take(1 + usize::from(couple)).map(name).collect();
        Ok(Self {
            event: "Freshers’ Ball 2026".to_owned(),
            venue: "Great Hall, Northfield College".to_owned(),
            date: "Saturday 10 October 2026".to_owned(),
            time: "19:00–23:30".to_owned(),
            kind: if couple { "Couple" } else { "Single" }.to_owned(),
            admits: if couple { 2 } else { 1 },
            price: if couple { "UGX 90,000" } else { "UGX 50,000" }.to_owned(),
            holders,
            readable: format!("M4TX-9{number:03}"),
            note: "Show this code at the gate, on paper or on a screen.".to_owned(),
            code: credential(number)?,
        })
    }
}

impl BadgeSheet {
    /// So many cards on a sheet; one stands alone.
    pub fn sample(cards: usize) -> Result<Self, QrError> {
        let card = |at: usize| {
            let staff = at % 4 == 3;
            Ok(Badge {
                name: name(at),
                number: student(at).number,
                kind: if staff { "Staff" } else { "Student" }.to_owned(),
                detail: if staff { "Lecturer" } else { "Computer Science" }.to_owned(),
                until: "21 September 2030".to_owned(),
                readable: format!("B7KQM-4{at:03}"),
                photo: (!at.is_multiple_of(3) || cards == 1).then(portrait),
                code: credential(at)?,
            })
        };
        let made: Result<Vec<_>, _> = (0..cards).map(card).collect();
        Ok(Self { cards: made?, alone: cards == 1 })
    }
}

impl Register {
    /// So many students in so many sessions.
    pub fn sample(students: usize, sessions: usize) -> Self {
        let row = |at: usize| Row {
            roll: (at + 1).to_string(),
            number: student(at).number,
            name: name(at),
            marks: (0..sessions).map(|session| letter(at, session).to_owned()).collect(),
            rate: format!("{} %", 100 - at * 7 % 40),
        };
        let day = |at: usize| Day {
            weekday: if at.is_multiple_of(2) { "Mon" } else { "Thu" }.to_owned(),
            date: format!("{}/{}", 1 + at * 7 / 2 % 28, 9 + at / 8),
        };
        Self {
            code: "BCS1102 A".to_owned(),
            class: "Programming Methodology".to_owned(),
            teachers: "Dr Miriam Atwood, Peter Lindqvist".to_owned(),
            term: "Semester 1, 2026/2027".to_owned(),
            meets: "Mondays 09:00 and Thursdays 11:00, Room 204".to_owned(),
            days: (0..sessions).map(day).collect(),
            rows: (0..students).map(row).collect(),
            legend: ["P present", "L late", "E excused", "A absent"].map(str::to_owned).to_vec(),
            printed: "21 November 2026".to_owned(),
        }
    }
}

impl RoomList {
    /// Of so many students, some of whom came.
    pub fn sample(students: usize) -> Self {
        let seat = |at: usize| {
            let (state, time, notes) = match at % 7 {
                2 => ("Refused", "08:51", "On hold"),
                5 => ("Not yet come", "", "No docket"),
                6 => ("Not yet come", "", ""),
                _ => ("Admitted", "08:47", ""),
            };
            Seat {
                roll: (at + 1).to_string(),
                number: student(at).number,
                name: name(at),
                state: state.to_owned(),
                at: time.to_owned(),
                notes: notes.to_owned(),
            }
        };
        Self {
            assessment: "CA1".to_owned(),
            exam: "BCS1102 A, Programming Methodology".to_owned(),
            when: "Monday 23 November 2026, 09:00–11:00".to_owned(),
            room: "Great Hall".to_owned(),
            summary: ["18 admitted", "4 refused", "8 not yet come"].map(str::to_owned).to_vec(),
            seats: (0..students).map(seat).collect(),
            printed: "23 November 2026, 09:05".to_owned(),
        }
    }
}

impl Slip {
    /// One of many: every second has a long list, of which one course waits for a result.
    pub fn sample(number: usize) -> Self {
        let courses = (0..).zip(MODULES).take(if number % 2 == 1 { 12 } else { 6 });
        let open = number % 2 == 1;
        let courses = courses.map(|(at, (code, name)): (usize, _)| {
            let waits = open && at == 3;
            let words = |text: &str| if waits { String::new() } else { text.to_owned() };
            Course {
                code: code.to_owned(),
                name: name.to_owned(),
                credits: (2 + at % 3).to_string(),
                parts: vec![
                    format!("CA1 {}/20", 12 + at % 8),
                    format!("CA2 {}.5/20", 11 + at % 7),
                    if at == 2 { "EXAM Absent".to_owned() } else { "EXAM 71/100".to_owned() },
                ],
                total: words("73.1 %"),
                grade: words("A"),
                point: words("8"),
            }
        });
        Self {
            term: "Semester 1, 2026/2027".to_owned(),
            issued: "21 November 2026".to_owned(),
            student: student(number),
            faculty: "Faculty of Science and Technology".to_owned(),
            programme: "Bachelor of Science in Computer Science".to_owned(),
            courses: courses.collect(),
            average: "8.04".to_owned(),
            credits: "18".to_owned(),
            notes: if open {
                vec!["Not all results are published yet.".to_owned()]
            } else {
                vec![]
            },
            scale: ["O 90 %", "A+ 80 %", "A 70 %", "F 0 %"].map(str::to_owned).to_vec(),
        }
    }
}

fn letter(student: usize, session: usize) -> &'static str {
    match (student * 31 + session * 17) % 23 {
        0 | 1 => "A",
        2 => "E",
        3..=5 => "L",
        _ => "P",
    }
}

fn student(number: usize) -> Student {
    Student { name: name(number), number: format!("2026/{:05}", 1_000 + number) }
}

fn name(number: usize) -> String {
    pick(&NAMES, number).to_owned()
}

fn pick(list: &[&'static str], at: usize) -> &'static str {
    list.iter().cycle().nth(at % list.len().max(1)).copied().unwrap_or_default()
}

/// A text as long as a credential's; nothing that verifies.
fn credential(number: usize) -> Result<QrImage, QrError> {
    let digits: String = (0..354).map(|at| char::from(b'0' + digit(number, at))).collect();
    QrImage::new(&format!("https://muster.example.edu/v#{digits}"), Correction::Medium)
}

fn digit(number: usize, at: usize) -> u8 {
    u8::try_from((at * 7 + at / 9 * (number + 3)) % 10).unwrap_or_default()
}

/// Head and shoulders, in grey.
fn portrait() -> Vec<u8> {
    const SIDE: u32 = 128;
    let inside = |x: i64, y: i64, (cx, cy): (i64, i64), (rx, ry): (i64, i64)| {
        (x - cx).pow(2) * ry.pow(2) + (y - cy).pow(2) * rx.pow(2) <= rx.pow(2) * ry.pow(2)
    };
    let picture = GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        let person = inside(x, y, (64, 50), (23, 28)) || inside(x, y, (64, 128), (50, 42));
        Luma([if person { 120 } else { 225 }])
    });
    let mut file = Cursor::new(Vec::new());
    // Writing to memory in a format that is switched on never fails.
    let _ = picture.write_to(&mut file, ImageFormat::Png);
    file.into_inner()
}
