//! What programmes require in which year and semester.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{CourseId, CurriculumId, ProgrammeId};

record! {
    /// A course that a programme requires in a year and semester.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CurriculumRow {
        /// Id.
        pub id: CurriculumId,
        /// Programme.
        pub programme: ProgrammeId,
        /// Course.
        pub course: CourseId,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// The course's credits.
        pub credits: Option<i64>,
        /// Year of the programme, from 1.
        pub year: i64,
        /// Semester of the year, from 1.
        pub semester: i64,
    }
}

statements! {
    LINES = "select q.id, q.programme, q.course, k.code, k.name, k.credits, q.year, q.semester
        from curriculum q join courses k on k.id = q.course
        where q.programme = ?1 order by q.year, q.semester, k.code_folded, q.id";
    PUT = "insert into curriculum (id, programme, course, year, semester, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    REMOVE = "delete from curriculum where id = ?1";
}

/// What a programme requires, by year, semester and code.
pub fn of_programme(tx: &mut ReadTx<'_>, programme: ProgrammeId) -> Result<Vec<CurriculumRow>> {
    tx.all(&LINES, args![programme])
}

/// Adds a line; a conflict if it is there already.
pub fn insert(tx: &mut WriteTx<'_>, line: &CurriculumRow, version: i64) -> Result<()> {
    let CurriculumRow { id, programme, course, year, semester, .. } = line;
    tx.execute(&PUT, args![*id, *programme, *course, *year, *semester, version])?;
    Ok(())
}

/// Removes a line; false if there is none.
pub fn remove(tx: &mut WriteTx<'_>, line: CurriculumId) -> Result<bool> {
    Ok(tx.execute(&REMOVE, args![line])? == 1)
}
