//! Students who might be enrolled: found by search, or by what they study.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{ClassId, PersonId, ProgrammeId};
use muster_domain::text::fold;

record! {
    /// A student with what they study.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CandidateRow {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: String,
        /// Number.
        pub number: String,
        /// The programme's code.
        pub programme: Option<String>,
        /// Year of the programme.
        pub year: Option<i64>,
        /// Semester of the year.
        pub semester: Option<i64>,
    }
}

/// Which students to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Part of a name, or the beginning of a number.
    pub text: String,
    /// Only of this programme.
    pub programme: Option<ProgrammeId>,
    /// Only of this year.
    pub year: Option<i64>,
    /// Only of this semester.
    pub semester: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

statements! {
    CANDIDATES = "select p.id, p.name, p.number, g.code, s.year, s.semester
        from people p
        left join students s on s.person = p.id
        left join programmes g on g.id = s.programme
        where (p.name_folded like ?2 escape '\\' or p.number_folded like ?3 escape '\\')
        and (?4 = 0 or s.year = ?4) and (?5 = 0 or s.semester = ?5) and p.active = 1
        and exists (select 1 from role_grants r
            where r.person = p.id and r.role = 'student' and r.ended_at is null)
        and not exists (select 1 from enrolments e where e.class = ?1 and e.person = p.id
            and e.contested = 0 and e.status = 'active')
        order by p.name_folded, p.id limit ?6";
    CANDIDATES_OF_PROGRAMME = "select p.id, p.name, p.number, g.code, s.year, s.semester
        from students s
        join people p on p.id = s.person
        join programmes g on g.id = s.programme
        where s.programme = ?7
        and (p.name_folded like ?2 escape '\\' or p.number_folded like ?3 escape '\\')
        and (?4 = 0 or s.year = ?4) and (?5 = 0 or s.semester = ?5) and p.active = 1
        and exists (select 1 from role_grants r
            where r.person = p.id and r.role = 'student' and r.ended_at is null)
        and not exists (select 1 from enrolments e where e.class = ?1 and e.person = p.id
            and e.contested = 0 and e.status = 'active')
        order by p.name_folded, p.id limit ?6";
    STUDYING = "select p.id, p.name, p.number, g.code, s.year, s.semester
        from students s
        join people p on p.id = s.person
        join programmes g on g.id = s.programme
        where s.programme = ?1 and s.year = ?2 and (s.semester = ?3 or s.semester is null)
        and p.active = 1
        and exists (select 1 from role_grants r
            where r.person = p.id and r.role = 'student' and r.ended_at is null)
        order by p.name_folded, p.id";
}

/// Active students who do not attend a class now, by name.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId, search: &Search) -> Result<Vec<CandidateRow>> {
    let text =
        fold(search.text.trim()).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let (within, beginning) = (format!("%{text}%"), format!("{text}%"));
    let (year, semester) = (search.year.unwrap_or(0), search.semester.unwrap_or(0));
    match search.programme {
        Some(programme) => tx.all(
            &CANDIDATES_OF_PROGRAMME,
            args![class, within, beginning, year, semester, search.limit, programme],
        ),
        None => tx.all(&CANDIDATES, args![class, within, beginning, year, semester, search.limit]),
    }
}

/// The active students of a programme who are in that year, and in that semester as far as it is
/// known, by name.
pub fn studying(
    tx: &mut ReadTx<'_>,
    programme: ProgrammeId,
    year: i64,
    semester: i64,
) -> Result<Vec<CandidateRow>> {
    tx.all(&STUDYING, args![programme, year, semester])
}
