//! Results of classes in assessments, what they are out of, and whether students see them.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::ids::{AssessmentId, ClassId, PersonId, ResultId, SheetId, TermId};
use muster_domain::results::{Score, ScoreState};
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

record! {
    /// The results of a class in an assessment, as a whole.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SheetRow {
        /// Id.
        pub id: SheetId,
        /// The class.
        pub class: ClassId,
        /// The assessment.
        pub assessment: AssessmentId,
        /// Out of how many whole points.
        pub maximum: i64,
        /// How much of the total it is, in hundredths of a percent.
        pub weight: i64,
        /// Who published it.
        pub published_by: Option<PersonId>,
        /// Since when students see it.
        pub published_at: Option<Timestamp>,
        /// Why it was withdrawn last.
        pub withdrawal: Option<String>,
        /// Logical clock of the last change; 0 while it is not stored.
        pub version: i64,
    }
}

record! {
    /// What a student reached.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ResultRow {
        /// Id.
        pub id: ResultId,
        /// In which class.
        pub class: ClassId,
        /// In which assessment.
        pub assessment: AssessmentId,
        /// Who.
        pub person: PersonId,
        /// Whether there are points.
        pub state: ScoreState,
        /// The points, in hundredths.
        pub points: Option<i64>,
        /// What the teacher says about it.
        pub remark: Option<String>,
        /// Who entered it last.
        pub entered_by: Option<PersonId>,
        /// When.
        pub entered_at: Timestamp,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl ResultRow {
    /// The score.
    pub const fn score(&self) -> Score {
        Score::new(self.state, self.points)
    }
}

record! {
    /// How many of something a class has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CountRow {
        /// The class.
        pub class: ClassId,
        /// How many.
        pub count: i64,
    }
}

record! {
    /// A publication of which students are yet to be told.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct UntoldRow {
        /// Id.
        pub id: SheetId,
        /// What was published.
        pub sheet: SheetId,
        /// When.
        pub published_at: Timestamp,
        /// Up to whom it is told.
        pub after: PersonId,
    }
}

record! {
    struct PersonRow {
        person: PersonId,
    }
}

statements! {
    SHEET = "select id, class, assessment, maximum, weight, published_by, published_at, withdrawal,
            version
        from result_sheets where id = ?1";
    SHEETS_OF_CLASS = "select id, class, assessment, maximum, weight, published_by, published_at,
            withdrawal, version
        from result_sheets where class = ?1 order by assessment";
    SHEETS_OF_ASSESSMENT = "select id, class, assessment, maximum, weight, published_by,
            published_at, withdrawal, version
        from result_sheets where assessment = ?1 order by class";
    PUT_SHEET = "insert into result_sheets (id, class, assessment, maximum, weight, published_by,
            published_at, withdrawal, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    UPDATE_SHEET = "update result_sheets set maximum = ?2, weight = ?3, published_by = ?4,
            published_at = ?5, withdrawal = ?6, version = ?7
        where id = ?1 and version = ?8";
    RESULT = "select id, class, assessment, person, state, points, remark, entered_by, entered_at,
            version
        from results where id = ?1";
    RESULTS_OF_CLASS = "select id, class, assessment, person, state, points, remark, entered_by,
            entered_at, version
        from results where class = ?1 order by assessment, person";
    RESULTS_OF_PERSON = "select id, class, assessment, person, state, points, remark, entered_by,
            entered_at, version
        from results where person = ?1 order by class, assessment";
    PUT_RESULT = {
        sqlite: "insert into results (id, class, assessment, person, state, points, remark,
            entered_by, entered_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        postgres: "insert into results (id, class, assessment, person, state, points, remark,
            entered_by, entered_at, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::uuid[], ?5::text[],
            ?6::bigint[], ?7::text[], ?8::uuid[], ?9::bigint[], ?10::bigint[])",
    };
    UPDATE_RESULT = "update results set state = ?2, points = ?3, remark = ?4, entered_by = ?5,
            entered_at = ?6, version = ?7
        where id = ?1 and version = ?8";
    REMOVE_RESULT = "delete from results where id = ?1 and version = ?2";
    // One that yielded in a merge stays with the record that went, and is nobody's any more.
    RESULT_COUNTS = "select r.class, count(*) from results r where r.assessment = ?1
        and not exists (select 1 from people p where p.id = r.person and p.merged_into is not null)
        group by r.class";
    ENROLLED_OF_TERM = "select e.class, count(*) from classes c
        join enrolments e on e.class = c.id join people p on p.id = e.person
        where c.term = ?1 and e.status = 'active' and p.active = 1 group by e.class";
    PEOPLE_OF_SHEET = "select r.person from results r
        where r.class = ?1 and r.assessment = ?2 and r.person > ?3
        and not exists (select 1 from people p where p.id = r.person and p.merged_into is not null)
        order by r.person limit ?4";
    FIRST_UNTOLD_RESULT = "select id, sheet, published_at, after from untold_results
        order by id limit 1";
    PUT_UNTOLD_RESULT = "insert into untold_results (id, sheet, published_at, after)
        values (?1, ?2, ?3, ?4)
        on conflict (id) do update set published_at = excluded.published_at, after = excluded.after";
    ADVANCE_UNTOLD_RESULT = "update untold_results set after = ?3
        where id = ?1 and after = ?2 and published_at = ?4";
    DONE_UNTOLD_RESULT = "delete from untold_results
        where id = ?1 and after = ?2 and published_at = ?3";
}

/// The sheet of that id, if it is stored.
pub fn sheet(tx: &mut ReadTx<'_>, id: SheetId) -> Result<Option<SheetRow>> {
    tx.opt(&SHEET, args![id])
}

/// The stored sheets of a class.
pub fn sheets_of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<SheetRow>> {
    tx.all(&SHEETS_OF_CLASS, args![class])
}

/// The stored sheets of an assessment.
pub fn sheets_of_assessment(
    tx: &mut ReadTx<'_>,
    assessment: AssessmentId,
) -> Result<Vec<SheetRow>> {
    tx.all(&SHEETS_OF_ASSESSMENT, args![assessment])
}

/// Adds a sheet.
pub fn insert_sheet(tx: &mut WriteTx<'_>, sheet: &SheetRow) -> Result<()> {
    let SheetRow { id, class, assessment, maximum, weight, version, .. } = sheet;
    let SheetRow { published_by, published_at, withdrawal, .. } = sheet;
    tx.execute(
        &PUT_SHEET,
        args![
            *id,
            *class,
            *assessment,
            *maximum,
            *weight,
            *published_by,
            *published_at,
            withdrawal,
            *version
        ],
    )?;
    Ok(())
}

/// Changes a sheet whose stored version is still `seen`.
pub fn update_sheet(tx: &mut WriteTx<'_>, sheet: &SheetRow, seen: i64) -> Result<bool> {
    let SheetRow { id, maximum, weight, published_by, published_at, withdrawal, version, .. } =
        sheet;
    let done = tx.execute(
        &UPDATE_SHEET,
        args![*id, *maximum, *weight, *published_by, *published_at, withdrawal, *version, seen],
    )?;
    Ok(done == 1)
}

/// The result of that id.
pub fn get(tx: &mut ReadTx<'_>, id: ResultId) -> Result<Option<ResultRow>> {
    tx.opt(&RESULT, args![id])
}

/// All results of a class.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<ResultRow>> {
    tx.all(&RESULTS_OF_CLASS, args![class])
}

/// All results of a student.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<ResultRow>> {
    tx.all(&RESULTS_OF_PERSON, args![person])
}

/// Adds results.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[ResultRow]) -> Result<()> {
    let rows = rows.iter().map(|result| {
        [
            result.id.to_value(),
            result.class.to_value(),
            result.assessment.to_value(),
            result.person.to_value(),
            result.state.to_value(),
            result.points.to_value(),
            result.remark.to_value(),
            result.entered_by.to_value(),
            result.entered_at.to_value(),
            result.version.to_value(),
        ]
    });
    tx.execute_many(&PUT_RESULT, rows)?;
    Ok(())
}

/// Changes a result whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, result: &ResultRow, seen: i64) -> Result<bool> {
    let ResultRow { id, state, points, remark, entered_by, entered_at, version, .. } = result;
    let done = tx.execute(
        &UPDATE_RESULT,
        args![*id, *state, *points, remark, *entered_by, *entered_at, *version, seen],
    )?;
    Ok(done == 1)
}

/// Removes a result whose stored version is still `seen`.
pub fn remove(tx: &mut WriteTx<'_>, id: ResultId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE_RESULT, args![id, seen])? == 1)
}

/// How many results each class has in an assessment.
pub fn counts(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Vec<CountRow>> {
    tx.all(&RESULT_COUNTS, args![assessment])
}

/// How many students attend each class of a term.
pub fn enrolled(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<CountRow>> {
    tx.all(&ENROLLED_OF_TERM, args![term])
}

/// Who have a result in a sheet, from the one after `after` on.
pub fn people_of_sheet(
    tx: &mut ReadTx<'_>,
    sheet: &SheetRow,
    after: PersonId,
    limit: i64,
) -> Result<Vec<PersonId>> {
    let rows: Vec<PersonRow> =
        tx.all(&PEOPLE_OF_SHEET, args![sheet.class, sheet.assessment, after, limit])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// A publication that waits to be told.
pub fn first_untold(tx: &mut ReadTx<'_>) -> Result<Option<UntoldRow>> {
    tx.opt(&FIRST_UNTOLD_RESULT, args![])
}

/// Notes publications to be told; a sheet that waits already begins anew.
pub fn insert_untold(tx: &mut WriteTx<'_>, rows: &[UntoldRow]) -> Result<()> {
    for row in rows {
        tx.execute(&PUT_UNTOLD_RESULT, args![row.id, row.sheet, row.published_at, row.after])?;
    }
    Ok(())
}

/// Notes up to whom something is told; false if somebody else went on with it meanwhile.
pub fn advance_untold(tx: &mut WriteTx<'_>, row: &UntoldRow, after: PersonId) -> Result<bool> {
    let args = args![row.id, row.after, after, row.published_at];
    Ok(tx.execute(&ADVANCE_UNTOLD_RESULT, args)? == 1)
}

/// Notes that something is told; false if somebody else went on with it meanwhile.
pub fn done_untold(tx: &mut WriteTx<'_>, row: &UntoldRow) -> Result<bool> {
    Ok(tx.execute(&DONE_UNTOLD_RESULT, args![row.id, row.after, row.published_at])? == 1)
}
