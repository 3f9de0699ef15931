//! The frame of the demo, made in memory before any of it is written: people, terms and courses.

use crate::names::{COURSES, name};
use crate::portrait::portrait;
use crate::programmes::{curricula, programmes, studies};
use crate::rng::Rng;
use crate::role_of;
use crate::size::{Plan, TermPlan};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::PersonId;
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::academics::{CourseRow, TermRow};
use muster_storage::curriculum::CurriculumRow;
use muster_storage::holidays::HolidayRow;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::photos::PhotoRow;
use muster_storage::programmes::{FacultyRow, ProgrammeRow};
use muster_storage::students::StudentRow;

/// Version of every row: earlier than anything that is done later.
pub(crate) const VERSION: i64 = 1;

/// Everything but classes and what happens in them.
#[derive(Default)]
pub(crate) struct Institution {
    pub faculties: Vec<FacultyRow>,
    pub programmes: Vec<ProgrammeRow>,
    pub people: Vec<(PersonRow, PhotoRow)>,
    pub students: Vec<StudentRow>,
    pub grants: Vec<GrantRow>,
    pub terms: Vec<(TermRow, &'static TermPlan)>,
    pub courses: Vec<CourseRow>,
    pub curriculum: Vec<CurriculumRow>,
    pub holidays: Vec<HolidayRow>,
}

impl Institution {
    pub fn make(rng: &mut Rng, now: Timestamp, plan: &'static Plan) -> Self {
        let mut made = Self::default();
        (made.faculties, made.programmes) = programmes(rng);
        let Plan { teachers, assistants, students, .. } = *plan;
        for (letter, count) in
            [('A', 1), ('R', 2), ('F', 1), ('T', teachers), ('H', assistants), ('S', students)]
        {
            for index in 0..count {
                made.add_person(rng, letter, index);
            }
        }
        made.add_courses(rng, plan.courses);
        made.curriculum = curricula(&made.programmes, &made.courses);
        let monday = today(now).monday().0;
        for term in plan.terms {
            made.add_term(rng, term, monday - term.began, now);
        }
        made
    }

    /// The ids of those whose numbers begin with a letter.
    pub fn lettered(&self, letter: char) -> Vec<PersonId> {
        let people = self.people.iter().map(|(person, _)| person);
        people.filter(|person| person.number.starts_with(letter)).map(|person| person.id).collect()
    }

    fn add_person(&mut self, rng: &mut Rng, letter: char, index: usize) {
        let number = match letter {
            'S' => format!("S{:06}", index + 1),
            letter => format!("{letter}{:04}", index + 1),
        };
        let role = role_of(letter);
        let person = PersonRow {
            id: rng.uuid().into(),
            username: None,
            email: Some(format!("{}@northfield.example", number.to_lowercase())),
            name: name(rng),
            title: (role == Role::Teacher).then(|| "Dr".to_owned()),
            phone: None,
            programme: None,
            active: true,
            number,
            version: VERSION,
        };
        let held = Grant { role, scope: Scope::Institution };
        self.grants.push(GrantRow::new(rng.uuid().into(), person.id, held));
        if role == Role::Student {
            self.students.push(studies(rng, &person, &self.programmes));
        }
        let photo = portrait(rng);
        self.people.push((person, photo));
    }

    /// The subjects, each with so many courses that build on one another.
    fn add_courses(&mut self, rng: &mut Rng, levels: usize) {
        for level in 1..=levels {
            let named = |text: &str, joint: &str| match level {
                1 => text.to_owned(),
                level => format!("{text}{joint}{level}"),
            };
            self.courses.extend(COURSES.iter().map(|(code, name)| CourseRow {
                id: rng.uuid().into(),
                code: named(code, "-"),
                name: named(name, " "),
                credits: Some(4),
                archived_at: None,
                version: VERSION,
            }));
        }
    }

    fn add_term(&mut self, rng: &mut Rng, plan: &'static TermPlan, first: i64, now: Timestamp) {
        let TermPlan { name, weeks, .. } = plan;
        let term = TermRow {
            id: rng.uuid().into(),
            name: format!("{name} {}", 1970 + first / 365),
            starts_on: Date(first),
            ends_on: Date(first + weeks * 7 - 3),
            archived_at: None,
            version: VERSION,
        };
        if is_current(&term, now) {
            self.holidays.push(HolidayRow {
                id: rng.uuid().into(),
                name: "Winter break".to_owned(),
                first_on: Date(term.ends_on.0 + 3),
                last_on: Date(term.ends_on.0 + 16),
                version: VERSION,
            });
        }
        self.terms.push((term, plan));
    }
}

/// Whether a term goes on.
pub(crate) fn is_current(term: &TermRow, now: Timestamp) -> bool {
    term.ends_on.0 + 3 > today(now).0
}

fn today(now: Timestamp) -> Date {
    Date(now.0.div_euclid(Span::days(1).0))
}
