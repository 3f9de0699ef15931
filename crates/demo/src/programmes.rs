//! Faculties, programmes with their curricula, and which of them a student is in.

use crate::records::VERSION;
use crate::rng::Rng;
use muster_domain::ids::CurriculumId;
use muster_storage::academics::CourseRow;
use muster_storage::curriculum::CurriculumRow;
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

/// Two courses in each semester of each programme; the later semesters have others than the first.
pub(crate) fn curricula(programmes: &[ProgrammeRow], courses: &[CourseRow]) -> Vec<CurriculumRow> {
    let semesters = (1..=YEARS).flat_map(|year| (1..=SEMESTERS).map(move |half| (year, half)));
    let semesters: Vec<_> = semesters.collect();
    let mut lines = Vec::new();
    for (offset, programme) in programmes.iter().enumerate() {
        let mut courses = courses.iter().cycle().skip(offset * 3);
        for (year, semester) in &semesters {
            lines.extend(courses.by_ref().take(2).map(|course| CurriculumRow {
                id: CurriculumId::of(programme.id, course.id, *year, *semester),
                programme: programme.id,
                course: course.id,
                course_code: course.code.clone(),
                course_name: course.name.clone(),
                credits: course.credits,
                year: *year,
                semester: *semester,
            }));
        }
    }
    lines
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
