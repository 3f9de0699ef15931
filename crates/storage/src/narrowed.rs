//! Figures of a class, or of the classes of a programme's curriculum.

use crate::analytics::{AbsenteeRow, QuarterRow};
use crate::{ReadTx, Result, args, record, row, statements};
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Weights;
use muster_domain::ids::{ClassId, PersonId, ProgrammeId, TermId};
use muster_domain::time::Timestamp;

/// Which of a term's classes are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Narrow {
    /// All.
    #[default]
    Not,
    /// This one.
    Class(ClassId),
    /// Those of courses that this programme requires.
    Programme(ProgrammeId),
}

record! {
    /// What a student came to in a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OwnTallyRow {
        /// Student.
        pub person: PersonId,
        /// Class.
        pub class: ClassId,
        /// How it weighs statuses, if in a way of its own.
        pub weights: Option<Weights>,
        /// Marks *present*.
        pub present: i64,
        /// Marks *late*.
        pub late: i64,
        /// Marks *excused*.
        pub excused: i64,
        /// Marks *absent*.
        pub absent: i64,
    }
}

impl OwnTallyRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

record! {
    struct ClassRow {
        class: ClassId,
    }
}

statements! {
    QUARTERS_OF_CLASS = "select c.weights, n.mode, s.opened_at / 900000000, count(*),
            cast(sum(s.present) as bigint), cast(sum(s.late) as bigint),
            cast(sum(s.excused) as bigint), cast(sum(s.absent) as bigint)
        from classes c join session_tallies s on s.class = c.id join sessions n on n.id = s.session
        where c.id = ?1 and s.opened_at >= ?2 and s.opened_at < ?3
        group by c.weights, n.mode, s.opened_at / 900000000";
    QUARTERS_OF_PROGRAMME = "select c.weights,
            case when s.session in (select id from sessions where mode = 'online')
                then 'online' else 'in_class' end,
            s.opened_at / 900000000, count(*),
            cast(sum(s.present) as bigint), cast(sum(s.late) as bigint),
            cast(sum(s.excused) as bigint), cast(sum(s.absent) as bigint)
        from classes c join session_tallies s on s.class = c.id
        where c.term = ?1 and s.opened_at >= ?2 and s.opened_at < ?3
        and c.course in (select course from curriculum where programme = ?4)
        group by 3, 1, 2";
    CLASSES_OF_PROGRAMME = "select c.id from classes c
        where c.term = ?1 and c.course in (select course from curriculum where programme = ?2)
        order by c.id";
    STUDENTS_OF_CLASS = "select count(*) from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.status = 'active' and p.active = 1";
    STUDENTS_OF_PROGRAMME = "select count(*) from students s join people p on p.id = s.person
        where s.programme = ?1 and p.active = 1";
    OF_PEOPLE = {
        sqlite: "select t.person, t.class, c.weights, t.present, t.late, t.excused, t.absent
        from tallies t join classes c on c.id = t.class
        where t.person = ?1 and c.term = ?2",
        postgres: "select t.person, t.class, c.weights, t.present, t.late, t.excused, t.absent
        from unnest(?1::uuid[], ?2::uuid[]) as asked (person, term)
        join tallies t on t.person = asked.person
        join classes c on c.id = t.class and c.term = asked.term",
    };
    ABSENTEES_OF_CLASS = "select p.id, p.name, p.number, t.present, t.late, t.excused, t.absent
        from tallies t join people p on p.id = t.person
        where t.class = ?1 and t.absent > 0
        order by t.absent desc, p.name_folded, p.id limit ?2";
    ABSENTEES_OF_PROGRAMME = "select p.id, p.name, p.number, cast(sum(t.present) as bigint),
            cast(sum(t.late) as bigint), cast(sum(t.excused) as bigint),
            cast(sum(t.absent) as bigint)
        from students s join tallies t on t.person = s.person
            join classes c on c.id = t.class join people p on p.id = s.person
        where s.programme = ?2 and c.term = ?1
        group by p.id, p.name, p.name_folded, p.number
        having sum(t.absent) > 0
        order by sum(t.absent) desc, p.name_folded, p.id limit ?3";
}

/// What sessions opened from `from` to before `until` came to, by mode and in quarters of an hour.
pub fn quarters(
    tx: &mut ReadTx<'_>,
    term: TermId,
    narrow: Narrow,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<QuarterRow>> {
    match narrow {
        Narrow::Not => crate::analytics::quarters(tx, term, (from, until)),
        Narrow::Class(class) => tx.all(&QUARTERS_OF_CLASS, args![class, from, until]),
        Narrow::Programme(programme) => {
            tx.all(&QUARTERS_OF_PROGRAMME, args![term, from, until, programme])
        }
    }
}

/// The classes of a term whose courses a programme requires.
pub fn classes_of_programme(
    tx: &mut ReadTx<'_>,
    term: TermId,
    programme: ProgrammeId,
) -> Result<Vec<ClassId>> {
    let rows: Vec<ClassRow> = tx.all(&CLASSES_OF_PROGRAMME, args![term, programme])?;
    Ok(rows.into_iter().map(|row| row.class).collect())
}

/// How many students attend a class now.
pub fn students_of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<i64> {
    tx.number(&STUDENTS_OF_CLASS, args![class])
}

/// What people came to in each of a term's classes.
pub fn of_people(
    tx: &mut ReadTx<'_>,
    term: TermId,
    people: &[PersonId],
) -> Result<Vec<OwnTallyRow>> {
    tx.all_many(&OF_PEOPLE, people.iter().map(|person| row![*person, term]))
}

/// How many students a programme has.
pub fn students_of_programme(tx: &mut ReadTx<'_>, programme: ProgrammeId) -> Result<i64> {
    tx.number(&STUDENTS_OF_PROGRAMME, args![programme])
}

/// The students most often absent in a term's classes: of a class alone, or those of a programme.
pub fn absentees(
    tx: &mut ReadTx<'_>,
    term: TermId,
    narrow: Narrow,
    most: i64,
) -> Result<Vec<AbsenteeRow>> {
    match narrow {
        Narrow::Not => crate::analytics::absentees(tx, term, most),
        Narrow::Class(class) => tx.all(&ABSENTEES_OF_CLASS, args![class, most]),
        Narrow::Programme(programme) => {
            tx.all(&ABSENTEES_OF_PROGRAMME, args![term, programme, most])
        }
    }
}
