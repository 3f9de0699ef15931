//! The institution in figures: sums over the sessions of a term's classes, never over marks.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::{Mode, Tally};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_domain::time::Timestamp;

record! {
    /// A class with what its sessions came to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ClassSumRow {
        /// Class.
        pub class: ClassId,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// Section.
        pub section: String,
        /// How it weighs statuses, if in a way of its own.
        pub weights: Option<Weights>,
        /// Closed sessions.
        pub sessions: i64,
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

record! {
    /// What the sessions of a mode in a quarter of an hour came to, in classes that weigh alike.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct QuarterRow {
        /// How these classes weigh statuses, if in a way of their own.
        pub weights: Option<Weights>,
        /// Where their students were.
        pub mode: Mode,
        /// Quarters of an hour since 1970-01-01T00:00:00Z.
        pub quarter: i64,
        /// Closed sessions.
        pub sessions: i64,
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

record! {
    /// A student with what they came to in a term's classes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AbsenteeRow {
        /// Student.
        pub person: PersonId,
        /// Name.
        pub name: String,
        /// Number.
        pub number: String,
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

impl ClassSumRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

impl QuarterRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

impl AbsenteeRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

statements! {
    // PostgreSQL adds up a class's sessions before it looks at names: sorting by those takes longer.
    CLASS_SUMS = {
        sqlite: "select c.id, k.code, k.name, c.section, c.weights, count(s.session),
            cast(coalesce(sum(s.present), 0) as bigint), cast(coalesce(sum(s.late), 0) as bigint),
            cast(coalesce(sum(s.excused), 0) as bigint), cast(coalesce(sum(s.absent), 0) as bigint)
        from classes c join courses k on k.id = c.course
            left join session_tallies s on s.class = c.id
                and s.opened_at >= ?2 and s.opened_at < ?3
        where c.term = ?1
        group by c.id, k.code, k.code_folded, k.name, c.section, c.section_folded, c.weights
        order by k.code_folded, c.section_folded, c.id",
        postgres: "select c.id, k.code, k.name, c.section, c.weights, coalesce(s.sessions, 0),
            coalesce(s.present, 0), coalesce(s.late, 0), coalesce(s.excused, 0),
            coalesce(s.absent, 0)
        from classes c join courses k on k.id = c.course
            left join (select class, count(*) as sessions, cast(sum(present) as bigint) as present,
                    cast(sum(late) as bigint) as late, cast(sum(excused) as bigint) as excused,
                    cast(sum(absent) as bigint) as absent
                from session_tallies
                where opened_at >= ?2 and opened_at < ?3
                and class in (select id from classes where term = ?1)
                group by class) s on s.class = c.id
        where c.term = ?1
        order by k.code_folded, c.section_folded, c.id",
    };
    // By time first: whatever sorts them then seldom compares texts. Few sessions are online.
    QUARTERS = "select c.weights,
            case when s.session in (select id from sessions where mode = 'online')
                then 'online' else 'in_class' end,
            s.opened_at / 900000000, count(*),
            cast(sum(s.present) as bigint), cast(sum(s.late) as bigint),
            cast(sum(s.excused) as bigint), cast(sum(s.absent) as bigint)
        from classes c join session_tallies s on s.class = c.id
        where c.term = ?1 and s.opened_at >= ?2 and s.opened_at < ?3
        group by 3, 1, 2";
    // Nobody is a student of a class alone, so the index by role finds them; those who are gone are
    // few beside those who are here.
    STUDENTS = "select (select count(*) from role_grants g
            where g.role = 'student' and g.ended_at is null)
        - (select count(*) from people p cross join role_grants g
            where p.active = 0 and g.person = p.id and g.role = 'student' and g.ended_at is null)";
    ABSENTEES = "select p.id, p.name, p.number, a.present, a.late, a.excused, a.absent
        from (select person, present, late, excused, absent
            from term_tallies
            where term = ?1 and absent > 0
            order by absent desc, person limit ?2) a
        join people p on p.id = a.person
        order by a.absent desc, p.name_folded, p.id";
}

/// The classes of a term, with what their sessions opened from `from` to before `until` came to.
pub fn classes(
    tx: &mut ReadTx<'_>,
    term: TermId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<ClassSumRow>> {
    tx.all(&CLASS_SUMS, args![term, from, until])
}

/// What the sessions of a term opened from `from` to before `until` came to, by mode and in quarters
/// of an hour: no zone begins its days elsewhere.
pub fn quarters(
    tx: &mut ReadTx<'_>,
    term: TermId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<QuarterRow>> {
    tx.all(&QUARTERS, args![term, from, until])
}

/// How many people are students now.
pub fn students(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&STUDENTS, args![])
}

/// The students most often absent in a term's classes.
pub fn absentees(tx: &mut ReadTx<'_>, term: TermId, most: i64) -> Result<Vec<AbsenteeRow>> {
    tx.all(&ABSENTEES, args![term, most])
}
