//! The columns of each kind of table.

use super::Kind;
use super::exams::{RESULTS, SITTINGS};
use super::passes::PASSES;

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
    pub(super) also: &'static [&'static str],
}

pub(super) const fn column(
    key: &'static str,
    label: &'static str,
    needed: bool,
    hint: &'static str,
    also: &'static [&'static str],
) -> Column {
    Column { key, label, needed, hint, also }
}

pub(super) const NUMBER: Column = column(
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
pub(super) const COURSE: Column = column(
    "course",
    "Course",
    true,
    "The course's code",
    &["coursecode", "code", "subjectcode", "subject", "module", "modulecode", "classcode"],
);
pub(super) const SECTION: Column = column(
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

/// Beside marks, a session is what was taken, and a period a lesson.
pub(super) const TERM_OF_MARKS: Column = column(
    "term",
    "Term",
    false,
    "The term's name; without this column, the term chosen for the import",
    &["termname", "semester", "semestername", "academicterm"],
);

const TERMS: &[Column] = &[
    column("name", "Name", true, "For example Autumn 2026", &["term", "termname", "title"]),
    column(
        "starts_on",
        "First day",
        true,
        "For example 2026-09-01",
        &["start", "starts", "startdate", "from", "begin", "begins"],
    ),
    column("ends_on", "Last day", true, "", &["end", "ends", "enddate", "to", "until"]),
];

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
        "student, finance, organiser, invigilator, gate or guardian; several with semicolons",
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
    column("status", "Status", false, "active or inactive", &["state", "active", "enabled"]),
    column(
        "password",
        "Password",
        false,
        "Of people who have none yet: hashed on the way in, and kept nowhere else",
        &["pass", "passwd", "pwd", "initialpassword", "plainpassword", "plaintextpassword"],
    ),
    column(
        "password_hash",
        "Password hash",
        false,
        "In place of a password: bcrypt, or Argon2id as a PHC string",
        &["hash", "hashedpassword", "pwdhash", "passhash", "bcrypt", "argon2", "passworddigest"],
    ),
];

/// Headings of columns that hold secrets, or parts of such headings.
const SECRETS: [&str; 6] = ["pass", "pwd", "secret", "hash", "bcrypt", "argon"];

impl Column {
    /// Whether its cells are shown, kept and exported nowhere.
    pub fn is_secret(&self) -> bool {
        matches!(self.key, "password" | "password_hash")
    }
}

/// Whether the cells below a heading are better not shown, whatever the column turns out to be.
pub fn sounds_secret(heading: &str) -> bool {
    let plain = super::mapping::letters(heading);
    SECRETS.iter().any(|word| plain.contains(word))
}

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
        "late_after_minutes",
        "Late after",
        false,
        "After how many minutes a mark is late; as the settings say without it",
        &["lateafter", "lateminutes", "graceminutes", "grace"],
    ),
    column(
        "weights",
        "Weights",
        false,
        "What present, late, excused and absent count in percent, for example 100 50 - 0",
        &["weight"],
    ),
    column("latitude", "Latitude", false, "Of the room, for example 12.971599", &["lat"]),
    column("longitude", "Longitude", false, "", &["lon", "lng", "long"]),
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
    column(
        "former_staff",
        "Former staff",
        false,
        "Numbers of teachers and assistants who leave the class",
        &["formerteachers", "removedteachers"],
    ),
    column("status", "Status", false, "active or archived", &["state"]),
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
    column("status", "Status", false, "Of a single meeting: planned or cancelled", &["state"]),
];

const MARKS: &[Column] = &[
    NUMBER,
    COURSE,
    SECTION,
    TERM_OF_MARKS,
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

const AMOUNT: Column = column(
    "amount",
    "Amount",
    true,
    "For example 12500.00",
    &["fee", "fees", "sum", "value", "paid", "amountpaid", "totalfee", "total"],
);
const CURRENCY: Column = column(
    "currency",
    "Currency",
    false,
    "The institution's own, where there is such a column",
    &["currencycode"],
);

const FEES: &[Column] = &[
    column(
        "programme",
        "Programme",
        true,
        "Its code or name",
        &["program", "programname", "programmename", "degree", "branch", "courseofstudy"],
    ),
    column("year", "Year", true, "Of the programme", &["studyyear", "yearofstudy"]),
    column("semester", "Semester", true, "Of the year", &["sem"]),
    column(
        "term",
        "Term",
        false,
        "The term's name; without this column, the term chosen for the import",
        &["termname", "session", "academicterm", "period"],
    ),
    AMOUNT,
    CURRENCY,
];

const PAYMENTS: &[Column] = &[
    NUMBER,
    TERM,
    AMOUNT,
    CURRENCY,
    column(
        "date",
        "Date",
        true,
        "On which it was paid, for example 2026-11-21",
        &["day", "paidon", "paymentdate", "datepaid", "on"],
    ),
    column("type", "Type", false, "What for; Fees without it", &["paymenttype", "kind", "purpose"]),
    column(
        "method",
        "Method",
        false,
        "cash, card, bank_transfer, cheque, online or other",
        &["paymentmethod", "mode", "paymentmode", "via"],
    ),
    column(
        "receipt",
        "Receipt",
        false,
        "Its number; each counts once",
        &[
            "receiptnumber",
            "receiptno",
            "reference",
            "transaction",
            "transactionid",
            "txn",
            "txnid",
        ],
    ),
    column("status", "Status", false, "completed or pending", &["state", "paymentstatus"]),
    column("note", "Note", false, "", &["remark", "remarks", "comment"]),
];

/// The columns of a kind of table.
pub const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Terms => TERMS,
        Kind::People => PEOPLE,
        Kind::Classes => CLASSES,
        Kind::Enrolments => ENROLMENTS,
        Kind::Timetable => TIMETABLE,
        Kind::Marks => MARKS,
        Kind::Fees => FEES,
        Kind::Payments => PAYMENTS,
        Kind::Sittings => SITTINGS,
        Kind::Results => RESULTS,
        Kind::Passes => PASSES,
        Kind::OneRoster => &[],
    }
}
