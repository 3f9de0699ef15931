//! What is known of students besides what is known of everybody.

use crate::people::OwnerRow;
use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::ids::{PersonId, ProgrammeId};
use muster_domain::text::fold;
use muster_domain::time::{Date, Span};
use serde::{Deserialize, Serialize};

record! {
    /// A student's studies.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    GET_MANY = {
        sqlite: "select s.person, s.programme, g.code, g.name, s.year, s.semester,
            s.enrolment_number, s.second_email, s.guardian_email
        from students s left join programmes g on g.id = s.programme where s.person = ?1",
        postgres: "select s.person, s.programme, g.code, g.name, s.year, s.semester,
            s.enrolment_number, s.second_email, s.guardian_email
        from students s left join programmes g on g.id = s.programme
        where s.person = any(?1::uuid[])",
    };
    BY_ENROLMENT_NUMBERS = {
        sqlite: "select person, enrolment_number_folded from students
        where contested = 0 and enrolment_number_folded = ?1",
        postgres: "select person, enrolment_number_folded from students
        where contested = 0 and enrolment_number_folded = any(?1::text[])",
    };
    OF_PROGRAMME = "select person from students
        where programme = ?1 and (?2 = 0 or year = ?2)";
    ACTIVE_OF_PROGRAMME = "select s.person from students s join people p on p.id = s.person
        where s.programme = ?1 and (?2 = 0 or s.year = ?2) and p.active = 1
        order by p.name_folded, p.id";
    REMOVE = "delete from students where person = ?1";
    REMOVE_PERIODS = "delete from study_periods where person = ?1";
    // Where a student stands from that day on, if it is elsewhere than before.
    PUT_PERIOD = {
        sqlite: "insert into study_periods (person, starts_on, programme, year, semester, version)
        select ?1, ?2, ?3, ?4, ?5, ?6
        where not exists (select 1 from students s where s.person = ?1
            and s.programme is not distinct from ?3 and s.year is not distinct from ?4
            and s.semester is not distinct from ?5)
        on conflict (person, starts_on) do update set programme = excluded.programme,
            year = excluded.year, semester = excluded.semester, version = excluded.version",
        postgres: "insert into study_periods (person, starts_on, programme, year, semester, version)
        select w.person, w.starts_on, w.programme, w.year, w.semester, w.version
        from unnest(?1::uuid[], ?2::bigint[], ?3::uuid[], ?4::bigint[], ?5::bigint[], ?6::bigint[])
            as w (person, starts_on, programme, year, semester, version)
        where not exists (select 1 from students s where s.person = w.person
            and s.programme is not distinct from w.programme
            and s.year is not distinct from w.year
            and s.semester is not distinct from w.semester)
        on conflict (person, starts_on) do update set programme = excluded.programme,
            year = excluded.year, semester = excluded.semester, version = excluded.version",
    };
    PUT = {
        sqlite: "insert into students (person, programme, year, semester, enrolment_number,
            enrolment_number_folded, second_email, guardian_email, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict (person) do update set programme = excluded.programme, year = excluded.year,
            semester = excluded.semester, enrolment_number = excluded.enrolment_number,
            enrolment_number_folded = excluded.enrolment_number_folded,
            second_email = excluded.second_email, guardian_email = excluded.guardian_email,
            version = excluded.version",
        postgres: "insert into students (person, programme, year, semester, enrolment_number,
            enrolment_number_folded, second_email, guardian_email, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::text[],
            ?6::text[], ?7::text[], ?8::text[], ?9::bigint[])
        on conflict (person) do update set programme = excluded.programme, year = excluded.year,
            semester = excluded.semester, enrolment_number = excluded.enrolment_number,
            enrolment_number_folded = excluded.enrolment_number_folded,
            second_email = excluded.second_email, guardian_email = excluded.guardian_email,
            version = excluded.version",
    };
}

/// What is known of a student.
pub fn get(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<StudentRow>> {
    tx.opt(&GET, args![person])
}

/// What is known of several students; nothing of those of whom nothing is.
pub fn get_many(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<Vec<StudentRow>> {
    tx.all_many(&GET_MANY, people.iter().map(|person| row![*person]))
}

/// Whose those enrolment numbers are; folded.
pub fn by_enrolment_numbers(tx: &mut ReadTx<'_>, folded: &[String]) -> Result<Vec<OwnerRow>> {
    tx.all_many(&BY_ENROLMENT_NUMBERS, folded.iter().map(|number| row![number]))
}

/// Stores what is known of a student in place of what was known before.
pub fn put(tx: &mut WriteTx<'_>, student: &StudentRow, version: i64) -> Result<()> {
    put_many(tx, &[(student, version)])
}

/// As [`put`], for several students, each with its version. Who stands elsewhere than before does
/// so from today on: what they owe for terms that are over stays.
pub fn put_many(tx: &mut WriteTx<'_>, students: &[(&StudentRow, i64)]) -> Result<()> {
    let today = Date(tx.act().at.0.div_euclid(Span::days(1).0));
    let periods = students.iter().map(|(student, version)| {
        let StudentRow { person, programme, year, semester, .. } = student;
        [
            person.to_value(),
            today.to_value(),
            programme.to_value(),
            year.to_value(),
            semester.to_value(),
            version.to_value(),
        ]
    });
    tx.execute_many(&PUT_PERIOD, periods)?;
    let folded = students.iter().map(|(student, _)| student.enrolment_number.as_deref().map(fold));
    let folded: Vec<_> = folded.collect();
    let rows = students.iter().zip(&folded).map(|((student, version), folded)| {
        [
            student.person.to_value(),
            student.programme.to_value(),
            student.year.to_value(),
            student.semester.to_value(),
            student.enrolment_number.to_value(),
            folded.to_value(),
            student.second_email.to_value(),
            student.guardian_email.to_value(),
            version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Forgets what is known of a student.
pub fn remove(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&REMOVE_PERIODS, args![person])?;
    tx.execute(&REMOVE, args![person])?;
    Ok(())
}

/// The students of a programme, or of one of its years.
pub fn of_programme(
    tx: &mut ReadTx<'_>,
    programme: ProgrammeId,
    year: Option<i64>,
) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    tx.each(&OF_PROGRAMME, args![programme, year.unwrap_or_default()], |row| {
        people.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}

/// Those of them whose records are in use, by name.
pub fn active_of_programme(
    tx: &mut ReadTx<'_>,
    programme: ProgrammeId,
    year: Option<i64>,
) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    tx.each(&ACTIVE_OF_PROGRAMME, args![programme, year.unwrap_or_default()], |row| {
        people.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}
