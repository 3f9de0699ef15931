//! What is announced in the demo: to everybody, to a programme, and to a class of its teacher.

use crate::records::{Institution, VERSION};
use crate::rng::Rng;
use muster_domain::ids::{ClassId, PersonId, ProgrammeId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::announcements::AnnouncementRow;

const LIBRARY: &str = "From Monday the reading room is open **until 23:00** on weekdays.\n\n\
    - Borrowing and returning: 8:00 to 20:00\n- Group rooms: book them at the desk\n";
const CAREERS: &str = "Companies present themselves in the main hall, *Thursday from 14:00*. Bring \
    two copies of your CV.";
const QUIZ: &str = "The quiz covers chapters 4 to 6. Notes on one page are allowed; \
    [the old quizzes](https://campus.example/quizzes) show what to expect.";

/// Announcements that show today; the teacher's is for that class.
pub(crate) fn announcements(
    made: &Institution,
    class: Option<ClassId>,
    now: Timestamp,
) -> Vec<AnnouncementRow> {
    let mut rng = Rng::new(11);
    let today = now.0.div_euclid(Span::days(1).0);
    let number = |wanted: &str| {
        let mut people = made.people.iter().map(|(person, _)| person);
        people.find(|person| person.number == wanted).map(|person| person.id)
    };
    let (Some(office), Some(teacher)) = (number("R0001"), number("T0001")) else {
        return Vec::new();
    };
    let student = number("S000001");
    let studies = made.students.iter().find(|row| Some(row.person) == student);
    let programme = studies.and_then(|row| row.programme);
    let mut row = |author: PersonId,
                   (programme, class): (Option<ProgrammeId>, Option<ClassId>),
                   (title, text): (&str, &str),
                   hours: i64,
                   pinned: bool| AnnouncementRow {
        id: rng.uuid().into(),
        programme,
        programme_name: None,
        class,
        course_name: None,
        course_code: None,
        section: None,
        title: title.to_owned(),
        text: text.to_owned(),
        first_on: Date(today - 2),
        last_on: Date(today + 12),
        pinned,
        author,
        author_name: String::new(),
        created_at: now - Span::hours(hours),
        ended_at: None,
        version: VERSION,
    };
    vec![
        row(office, (None, None), ("Longer hours of the library", LIBRARY), 30, true),
        row(office, (programme, None), ("Careers day", CAREERS), 22, false),
        row(teacher, (None, class), ("Quiz next week", QUIZ), 5, false),
    ]
}
