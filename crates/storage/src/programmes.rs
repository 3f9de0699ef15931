//! Faculties and programmes.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{FacultyId, ProgrammeId};
use muster_domain::programmes::Length;
use muster_domain::text::fold;
use muster_domain::time::Timestamp;

record! {
    /// A faculty.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FacultyRow {
        /// Id.
        pub id: FacultyId,
        /// Name.
        pub name: String,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A programme with the name of its faculty.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ProgrammeRow {
        /// Id.
        pub id: ProgrammeId,
        /// Its faculty.
        pub faculty: Option<FacultyId>,
        /// The faculty's name.
        pub faculty_name: Option<String>,
        /// Code.
        pub code: String,
        /// Name.
        pub name: String,
        /// What its graduates are awarded.
        pub award: Option<String>,
        /// Years.
        pub total_years: i64,
        /// Semesters of each year.
        pub semesters_per_year: i64,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl ProgrammeRow {
    /// How long it is.
    pub fn length(&self) -> Length {
        Length { total_years: self.total_years, semesters_per_year: self.semesters_per_year }
    }
}

statements! {
    FACULTIES = "select id, name, archived_at, version from faculties order by name_folded, id";
    FACULTY = "select id, name, archived_at, version from faculties where id = ?1";
    PUT_FACULTY = "insert into faculties (id, name, name_folded, version) values (?1, ?2, ?3, ?4)";
    UPDATE_FACULTY = "update faculties set name = ?2, name_folded = ?3, archived_at = ?4,
            version = ?5
        where id = ?1 and version = ?6";
    PROGRAMMES = "select g.id, g.faculty, f.name, g.code, g.name, g.award, g.total_years,
            g.semesters_per_year, g.archived_at, g.version
        from programmes g left join faculties f on f.id = g.faculty order by g.code_folded, g.id";
    PROGRAMME = "select g.id, g.faculty, f.name, g.code, g.name, g.award, g.total_years,
            g.semesters_per_year, g.archived_at, g.version
        from programmes g left join faculties f on f.id = g.faculty where g.id = ?1";
    PROGRAMME_NAMED = "select g.id, g.faculty, f.name, g.code, g.name, g.award, g.total_years,
            g.semesters_per_year, g.archived_at, g.version
        from programmes g left join faculties f on f.id = g.faculty
        where (g.contested = 0 and g.code_folded = ?1) or g.name_folded = ?1
        order by case when g.code_folded = ?1 then 0 else 1 end, g.id limit 1";
    PUT_PROGRAMME = "insert into programmes (id, faculty, code, code_folded, name, name_folded,
            award, total_years, semesters_per_year, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    UPDATE_PROGRAMME = "update programmes set faculty = ?2, code = ?3, code_folded = ?4, name = ?5,
            name_folded = ?6, award = ?7, total_years = ?8, semesters_per_year = ?9,
            archived_at = ?10, version = ?11
        where id = ?1 and version = ?12";
}

/// All faculties, by name.
pub fn faculties(tx: &mut ReadTx<'_>) -> Result<Vec<FacultyRow>> {
    tx.all(&FACULTIES, args![])
}

/// The faculty of that id.
pub fn faculty(tx: &mut ReadTx<'_>, id: FacultyId) -> Result<Option<FacultyRow>> {
    tx.opt(&FACULTY, args![id])
}

/// Adds a faculty.
pub fn insert_faculty(tx: &mut WriteTx<'_>, faculty: &FacultyRow) -> Result<()> {
    let FacultyRow { id, name, version, .. } = faculty;
    tx.execute(&PUT_FACULTY, args![*id, name, fold(name), *version])?;
    Ok(())
}

/// Changes a faculty whose stored version is still `seen`.
pub fn update_faculty(tx: &mut WriteTx<'_>, faculty: &FacultyRow, seen: i64) -> Result<bool> {
    let FacultyRow { id, name, archived_at, version } = faculty;
    let changed =
        tx.execute(&UPDATE_FACULTY, args![*id, name, fold(name), *archived_at, *version, seen])?;
    Ok(changed == 1)
}

/// All programmes, by code.
pub fn programmes(tx: &mut ReadTx<'_>) -> Result<Vec<ProgrammeRow>> {
    tx.all(&PROGRAMMES, args![])
}

/// The programme of that id.
pub fn programme(tx: &mut ReadTx<'_>, id: ProgrammeId) -> Result<Option<ProgrammeRow>> {
    tx.opt(&PROGRAMME, args![id])
}

/// The programme whose code that is, or else whose name.
pub fn programme_named(tx: &mut ReadTx<'_>, text: &str) -> Result<Option<ProgrammeRow>> {
    tx.opt(&PROGRAMME_NAMED, args![fold(text.trim())])
}

/// Adds a programme.
pub fn insert_programme(tx: &mut WriteTx<'_>, programme: &ProgrammeRow) -> Result<()> {
    let ProgrammeRow { code, name, .. } = programme;
    tx.execute(
        &PUT_PROGRAMME,
        args![
            programme.id,
            programme.faculty,
            code,
            fold(code),
            name,
            fold(name),
            programme.award,
            programme.total_years,
            programme.semesters_per_year,
            programme.version
        ],
    )?;
    Ok(())
}

/// Changes a programme whose stored version is still `seen`.
pub fn update_programme(tx: &mut WriteTx<'_>, programme: &ProgrammeRow, seen: i64) -> Result<bool> {
    let ProgrammeRow { code, name, .. } = programme;
    let changed = tx.execute(
        &UPDATE_PROGRAMME,
        args![
            programme.id,
            programme.faculty,
            code,
            fold(code),
            name,
            fold(name),
            programme.award,
            programme.total_years,
            programme.semesters_per_year,
            programme.archived_at,
            programme.version,
            seen
        ],
    )?;
    Ok(changed == 1)
}
