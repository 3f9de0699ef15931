//! The columns of each kind of table, and which heading of a file means which.

use serde::{Deserialize, Serialize};

/// What the lines of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Students and staff.
    People,
    /// Courses offered in a term, with sections and teachers.
    Classes,
    /// Who attends which class.
    Enrolments,
    /// When and where classes meet.
    Timetable,
    /// Marks of sessions that were taken elsewhere.
    Marks,
}

impl Kind {
    /// Every kind, in the order in which a school moves in.
    pub const ALL: [Self; 5] =
        [Self::People, Self::Classes, Self::Enrolments, Self::Timetable, Self::Marks];

    /// The name in addresses and in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Classes => "classes",
            Self::Enrolments => "enrolments",
            Self::Timetable => "timetable",
            Self::Marks => "marks",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Classes => "Classes",
            Self::Enrolments => "Enrolments",
            Self::Timetable => "Timetable",
            Self::Marks => "Marks",
        }
    }

    /// What a file of this kind has a line for.
    pub const fn of_what(self) -> &'static str {
        match self {
            Self::People => "A line for each student or member of staff.",
            Self::Classes => "A line for each class, with its course and its teachers.",
            Self::Enrolments => "A line for each student in each class.",
            Self::Timetable => "A line for each meeting, or for each weekly one.",
            Self::Marks => "A line for each student in each session that was taken elsewhere.",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether its lines belong to a term, which the file may name or leave to the import.
    pub const fn is_of_a_term(self) -> bool {
        !matches!(self, Self::People)
    }
}

/// A column that an import knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in exports and in the API.
    pub key: &'static str,
    /// Its name on screens.
    pub label: &'static str,
    /// Whether a file must have it.
    pub needed: bool,
    /// What it holds.
    pub hint: &'static str,
    /// Other headings that mean it, in lower case without blanks and signs.
    also: &'static [&'static str],
}

const fn column(
    key: &'static str,
    label: &'static str,
    needed: bool,
    hint: &'static str,
    also: &'static [&'static str],
) -> Column {
    Column { key, label, needed, hint, also }
}

const NUMBER: Column = column(
    "number",
    "Number",
    true,
    "The institution's number of the person",
    &[
        "id",
        "studentid",
        "studentno",
        "studentnumber",
        "personnumber",
        "univrollno",
        "universityrollno",
        "universitynumber",
        "regno",
        "registrationno",
        "registrationnumber",
        "matriculation",
        "matriculationnumber",
        "matrikelnummer",
        "staffid",
        "employeeid",
        "uid",
    ],
);
const COURSE: Column = column(
    "course",
    "Course",
    true,
    "The course's code",
    &["coursecode", "code", "subjectcode", "subject", "module", "modulecode", "classcode"],
);
const SECTION: Column = column(
    "section",
    "Section",
    false,
    "Needed where a course has several classes in the term",
    &["sec", "group", "division", "batch", "classsection"],
);
const TERM: Column = column(
    "term",
    "Term",
    false,
    "The term's name; without this column, the term chosen for the import",
    &["termname", "semester", "semestername", "session", "academicterm", "period"],
);

const PEOPLE: &[Column] = &[
    NUMBER,
    column(
        "name",
        "Name",
        true,
        "Full name",
        &["fullname", "studentname", "teachername", "personname", "displayname"],
    ),
    column(
        "role",
        "Role",
        false,
        "student, finance, organiser, invigilator, gate or guardian",
        &["type", "persontype", "usertype"],
    ),
    column(
        "username",
        "User name",
        false,
        "For sign-in, besides number and e-mail",
        &["login", "loginname", "user", "account"],
    ),
    column("email", "E-mail", false, "", &["emailaddress", "mail", "email1", "primaryemail"]),
    column("title", "Title", false, "Of staff, for example Dr", &["salutation", "prefix"]),
    column(
        "phone",
        "Phone",
        false,
        "",
        &[
            "phonenumber",
            "mobile",
            "mobilenumber",
            "telephone",
            "contact",
            "contactnumber",
            "phone1",
        ],
    ),
    column(
        "programme",
        "Programme",
        false,
        "Of students: its code or name",
        &[
            "program",
            "programname",
            "programmename",
            "degree",
            "branch",
            "courseofstudy",
            "studies",
        ],
    ),
    column("year", "Year", false, "Of the programme", &["studyyear", "yearofstudy"]),
    column("semester", "Semester", false, "Of the year", &["sem", "currentsemester"]),
    column(
        "enrolment_number",
        "Enrolment number",
        false,
        "Where it is another than the number",
        &["enrollmentnumber", "enrolmentno", "enrollmentno", "admissionno", "admissionnumber"],
    ),
    column(
        "second_email",
        "Second e-mail",
        false,
        "",
        &["email2", "alternateemail", "personalemail", "otheremail"],
    ),
    column(
        "guardian_email",
        "Guardian's e-mail",
        false,
        "",
        &["parentemail", "guardianmail", "parentsemail", "fatheremail", "motheremail"],
    ),
];

const CLASSES: &[Column] = &[
    COURSE,
    column(
        "course_name",
        "Course name",
        false,
        "Needed for a course that is new",
        &["coursename", "coursetitle", "title", "subjectname", "modulename", "name"],
    ),
    column("credits", "Credits", false, "Of the course", &["credit", "creditpoints", "ects"]),
    TERM,
    SECTION,
    column("room", "Room", false, "Where the class usually meets", &["classroom", "venue", "hall"]),
    column(
        "duration_minutes",
        "Minutes",
        false,
        "How long its sessions stay open",
        &["duration", "minutes", "defaultdurationminutes"],
    ),
    column(
        "teachers",
        "Teachers",
        false,
        "Their numbers, separated by blanks or semicolons",
        &[
            "teacher",
            "teachernumber",
            "teachernumbers",
            "lecturer",
            "faculty",
            "instructor",
            "staff",
        ],
    ),
    column(
        "assistants",
        "Assistants",
        false,
        "Their numbers",
        &["assistant", "ta", "tas", "teachingassistant", "teachingassistants"],
    ),
];

const ENROLMENTS: &[Column] = &[
    NUMBER,
    COURSE,
    SECTION,
    TERM,
    column(
        "roll_number",
        "Roll number",
        false,
        "The next free one without it",
        &["roll", "rollno", "classroll", "classrollid", "classrollno", "serial"],
    ),
    column("status", "Status", false, "active, withdrawn or completed", &["state"]),
];

const TIMETABLE: &[Column] = &[
    COURSE,
    SECTION,
    TERM,
    column("date", "Date", false, "Of a single meeting, for example 2026-11-21", &["day", "on"]),
    column(
        "weekday",
        "Weekday",
        false,
        "Of a weekly meeting, for example Monday",
        &["dayofweek", "dow", "weekly"],
    ),
    column(
        "starts_at",
        "Start",
        true,
        "For example 10:00",
        &["start", "starttime", "from", "begin", "begins", "time"],
    ),
    column("ends_at", "End", true, "For example 11:30", &["end", "endtime", "to", "until", "ends"]),
    column(
        "room",
        "Room",
        false,
        "The class's usual one without it",
        &["classroom", "venue", "hall", "location"],
    ),
    column(
        "first",
        "First day",
        false,
        "Of a weekly meeting; the term's without it",
        &["firstday", "startdate", "fromdate", "validfrom"],
    ),
    column(
        "last",
        "Last day",
        false,
        "Of a weekly meeting; the term's without it",
        &["lastday", "enddate", "todate", "validuntil"],
    ),
];

const MARKS: &[Column] = &[
    NUMBER,
    COURSE,
    SECTION,
    TERM,
    column(
        "date",
        "Date",
        true,
        "Of the session, for example 2026-11-21",
        &["day", "sessiondate", "on"],
    ),
    column(
        "starts_at",
        "Start",
        false,
        "Needed where a class met twice on a day",
        &["start", "starttime", "time", "sessiontime", "from"],
    ),
    column(
        "status",
        "Status",
        true,
        "present, late, excused or absent; or P, L, E, A",
        &["attendance", "mark", "state"],
    ),
    column(
        "reason",
        "Reason",
        false,
        "Kept with the mark",
        &["note", "remark", "remarks", "comment", "manualreason"],
    ),
];

/// The columns of a kind of table.
pub const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::People => PEOPLE,
        Kind::Classes => CLASSES,
        Kind::Enrolments => ENROLMENTS,
        Kind::Timetable => TIMETABLE,
        Kind::Marks => MARKS,
    }
}

/// For each column of a file, which one it is, if any: the key of a [`Column`].
pub type Mapping = Vec<Option<&'static str>>;

/// Why a mapping can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A column that is needed.
    #[error("No column is the {}: choose the one that is.", .0.to_lowercase())]
    Missing(&'static str),
    /// Two columns of the file are the same.
    #[error("Two columns are the {}: choose one of them.", .0.to_lowercase())]
    Twice(&'static str),
}

/// What the headings of a file mean, as far as they say: letter case, blanks, signs and order make
/// no difference, and the first of two that mean the same is taken.
pub fn guess(kind: Kind, headings: &[String]) -> Mapping {
    let mut taken: Vec<&str> = Vec::new();
    // A heading that is exactly a column's own name goes before one that only may mean it.
    let own = |plain: &str| {
        let named =
            |column: &&Column| plain == letters(column.key) || plain == letters(column.label);
        columns(kind).iter().find(named)
    };
    let plain: Vec<String> = headings.iter().map(|heading| letters(heading)).collect();
    let mut mapping: Mapping = vec![None; headings.len()];
    for pass in [true, false] {
        for (place, plain) in mapping.iter_mut().zip(&plain).filter(|(place, _)| place.is_none()) {
            let meant = |column: &&Column| column.also.contains(&plain.as_str());
            let found = own(plain).filter(|_| pass);
            let found = found.or_else(|| columns(kind).iter().find(meant).filter(|_| !pass));
            if let Some(column) = found.filter(|column| !taken.contains(&column.key)) {
                taken.push(column.key);
                *place = Some(column.key);
            }
        }
    }
    mapping
}

/// Checks that every needed column is there, and none twice.
pub fn check_mapping(kind: Kind, mapping: &Mapping) -> Result<(), MappingError> {
    for column in columns(kind) {
        match mapping.iter().filter(|key| **key == Some(column.key)).count() {
            0 if column.needed => return Err(MappingError::Missing(column.label)),
            0 | 1 => {}
            _ => return Err(MappingError::Twice(column.label)),
        }
    }
    Ok(())
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn guessed(kind: Kind, headings: &[&str]) -> Mapping {
        let headings: Vec<_> = headings.iter().map(|text| (*text).to_owned()).collect();
        guess(kind, &headings)
    }

    #[rstest]
    #[case(&["number", "name"], &[Some("number"), Some("name")])]
    #[case(&["FULL NAME", "Student-No."], &[Some("name"), Some("number")])]
    #[case(&["e-mail", "Blood group", "Reg. No"], &[Some("email"), None, Some("number")])]
    #[case(&["Student ID", "Number"], &[None, Some("number")])]
    #[case(&["E-Mail", "email"], &[Some("email"), None])]
    fn headings_are_known_in_any_order_and_case(
        #[case] headings: &[&str],
        #[case] expected: &[Option<&'static str>],
    ) {
        assert_eq!(guessed(Kind::People, headings), expected);
    }

    #[test]
    fn every_column_is_guessed_from_its_own_name_and_label() {
        for kind in Kind::ALL {
            let keys: Vec<_> = columns(kind).iter().map(|column| column.key).collect();
            let labels: Vec<_> = columns(kind).iter().map(|column| column.label).collect();
            let expected: Vec<_> = keys.iter().map(|key| Some(*key)).collect();
            assert_eq!(guessed(kind, &keys), expected);
            assert_eq!(guessed(kind, &labels), expected);
        }
    }

    #[test]
    fn no_heading_means_two_columns_of_a_kind() {
        for kind in Kind::ALL {
            let all = columns(kind).iter().flat_map(|column| column.also.iter());
            let mut all: Vec<_> = all.collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", kind.key());
        }
    }

    #[test]
    fn a_needed_column_must_be_there_and_none_twice() {
        let missing = guessed(Kind::People, &["Name"]);
        assert_eq!(check_mapping(Kind::People, &missing), Err(MappingError::Missing("Number")));
        let twice = vec![Some("number"), Some("name"), Some("name")];
        assert_eq!(check_mapping(Kind::People, &twice), Err(MappingError::Twice("Name")));
        assert_eq!(check_mapping(Kind::People, &vec![Some("number"), None, Some("name")]), Ok(()));
    }
}
