//! What is known of students besides what is known of everybody.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{PersonId, ProgrammeId};
use muster_domain::text::fold;

record! {
    /// A student's studies.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StudentRow {
        /// Who.
        pub person: PersonId,
        /// Their programme.
        pub programme: Option<ProgrammeId>,
        /// The programme's code.
        pub programme_code: Option<String>,
        /// The programme's name.
        pub programme_name: Option<String>,
        /// Year of the programme, from 1.
        pub year: Option<i64>,
        /// Semester of the year, from 1.
        pub semester: Option<i64>,
        /// The number under which they are enrolled, where it is another than the person's.
        pub enrolment_number: Option<String>,
        /// Another address of theirs.
        pub second_email: Option<String>,
        /// Address of a parent or guardian.
        pub guardian_email: Option<String>,
    }
}

impl StudentRow {
    /// A person of whom nothing of the kind is known.
    pub const fn nothing(person: PersonId) -> Self {
        Self {
            person,
            programme: None,
            programme_code: None,
            programme_name: None,
            year: None,
            semester: None,
            enrolment_number: None,
            second_email: None,
            guardian_email: None,
        }
    }
}

statements! {
    GET = "select s.person, s.programme, g.code, g.name, s.year, s.semester, s.enrolment_number,
            s.second_email, s.guardian_email
        from students s left join programmes g on g.id = s.programme where s.person = ?1";
    PUT = "insert into students (person, programme, year, semester, enrolment_number,
            enrolment_number_folded, second_email, guardian_email, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict (person) do update set programme = excluded.programme, year = excluded.year,
            semester = excluded.semester, enrolment_number = excluded.enrolment_number,
            enrolment_number_folded = excluded.enrolment_number_folded,
            second_email = excluded.second_email, guardian_email = excluded.guardian_email,
            version = excluded.version";
}

/// What is known of a student.
pub fn get(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<StudentRow>> {
    tx.opt(&GET, args![person])
}

/// Stores what is known of a student in place of what was known before.
pub fn put(tx: &mut WriteTx<'_>, student: &StudentRow, version: i64) -> Result<()> {
    let number = &student.enrolment_number;
    tx.execute(
        &PUT,
        args![
            student.person,
            student.programme,
            student.year,
            student.semester,
            number,
            number.as_deref().map(fold),
            student.second_email,
            student.guardian_email,
            version
        ],
    )?;
    Ok(())
}
