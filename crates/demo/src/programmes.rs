//! Faculties, programmes, and which of them a student is in.

use crate::records::VERSION;
use crate::rng::Rng;
use muster_storage::people::PersonRow;
use muster_storage::programmes::{FacultyRow, ProgrammeRow};
use muster_storage::students::StudentRow;

const FACULTIES: [&str; 2] = ["Faculty of Science", "Faculty of Social Sciences"];

/// Code, name, award and faculty.
const PROGRAMMES: [(&str, &str, &str, usize); 5] = [
    ("BSC-CS", "Computer Science", "Bachelor of Science", 0),
    ("BSC-MA", "Mathematics", "Bachelor of Science", 0),
    ("BSC-PH", "Physics", "Bachelor of Science", 0),
    ("BSC-BI", "Biology", "Bachelor of Science", 0),
    ("BA-EC", "Economics", "Bachelor of Arts", 1),
];

/// Years of every programme, and semesters of each.
const YEARS: i64 = 3;
const SEMESTERS: i64 = 2;

/// The faculties and their programmes.
pub(crate) fn programmes(rng: &mut Rng) -> (Vec<FacultyRow>, Vec<ProgrammeRow>) {
    let faculties = FACULTIES.map(|name| FacultyRow {
        id: rng.uuid().into(),
        name: name.to_owned(),
        archived_at: None,
        version: VERSION,
    });
    let programmes = PROGRAMMES.map(|(code, name, award, faculty)| {
        let faculty = faculties.get(faculty);
        ProgrammeRow {
            id: rng.uuid().into(),
            faculty: faculty.map(|faculty| faculty.id),
            faculty_name: faculty.map(|faculty| faculty.name.clone()),
            code: code.to_owned(),
            name: name.to_owned(),
            award: Some(award.to_owned()),
            total_years: YEARS,
            semesters_per_year: SEMESTERS,
            archived_at: None,
            version: VERSION,
        }
    });
    (faculties.into(), programmes.into())
}

/// What a student studies, and since when.
pub(crate) fn studies(
    rng: &mut Rng,
    person: &PersonRow,
    programmes: &[ProgrammeRow],
) -> StudentRow {
    let programme = usize::try_from(rng.below(PROGRAMMES.len() as u64)).unwrap_or_default();
    let programme = programmes.get(programme);
    let year = 1 + i64::try_from(rng.below(3)).unwrap_or_default();
    StudentRow {
        programme: programme.map(|programme| programme.id),
        year: Some(year),
        semester: Some(1),
        enrolment_number: Some(format!("EN-{}-{}", 2027 - year, person.number)),
        guardian_email: (rng.below(3) == 0)
            .then(|| format!("parent.of.{}@family.example", person.number.to_lowercase())),
        ..StudentRow::nothing(person.id)
    }
}
