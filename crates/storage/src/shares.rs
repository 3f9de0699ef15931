//! What each student came to in a term's classes, from tallies: for those who count who is at risk.

use crate::narrowed::Narrow;
use crate::{FromRow, ReadTx, Result, Row, args, record, statements};
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Weights;
use muster_domain::ids::{PersonId, TermId};

record! {
    /// What a student came to in a class, or in classes that weigh alike.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ShareRow {
        /// Student.
        pub person: PersonId,
        /// How the classes weigh statuses, if in a way of their own.
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

impl ShareRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

record! {
    /// What some students came to in a term, all of it weighed in the usual way.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AlikeRow {
        /// Marks *present* of each.
        pub present: i64,
        /// Marks *late*.
        pub late: i64,
        /// Marks *excused*.
        pub excused: i64,
        /// Marks *absent*.
        pub absent: i64,
        /// How many students.
        pub students: i64,
    }
}

impl AlikeRow {
    /// The counts of each.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

record! {
    struct GoneRow {
        person: PersonId,
    }
}

statements! {
    // Those all of whose classes weigh statuses in the usual way, and who are not gone. PostgreSQL
    // brings those who came to the same together: as many rows take longer to hand over.
    ALIKE = {
        sqlite: "select present, late, excused, absent, 1
        from term_tallies where term = ?1
        and person not in (select t.person from classes c join tallies t on t.class = c.id
            where c.term = ?1 and c.weights is not null)
        and person not in (select id from people where active = 0)",
        postgres: "select present, late, excused, absent, count(*)
        from term_tallies where term = ?1
        and person not in (select t.person from classes c join tallies t on t.class = c.id
            where c.term = ?1 and c.weights is not null)
        and person not in (select id from people where active = 0)
        group by present, late, excused, absent",
    };
    // What classes with weights of their own came to is taken from a term's sums and weighed again.
    OF_TERM = "select person, cast(null as text), present, late, excused, absent
        from term_tallies where term = ?1
        and person in (select t.person from classes c join tallies t on t.class = c.id
            where c.term = ?1 and c.weights is not null)
        union all
        select t.person, cast(null as text), -t.present, -t.late, -t.excused, -t.absent
        from classes c join tallies t on t.class = c.id
        where c.term = ?1 and c.weights is not null
        union all
        select t.person, c.weights, t.present, t.late, t.excused, t.absent
        from classes c join tallies t on t.class = c.id
        where c.term = ?1 and c.weights is not null";
    OF_CLASS = "select t.person, c.weights, t.present, t.late, t.excused, t.absent
        from classes c join tallies t on t.class = c.id
            join enrolments e on e.class = t.class and e.person = t.person
        where c.id = ?1 and e.status = 'active' and e.contested = 0";
    OF_PROGRAMME = "select t.person, c.weights, t.present, t.late, t.excused, t.absent
        from classes c join tallies t on t.class = c.id
        where c.term = ?1 and c.course in (select course from curriculum where programme = ?2)";
    // The few who are gone are read first, whatever else is known of the tables.
    GONE = "select p.id from people p cross join term_tallies t
        where p.active = 0 and t.term = ?1 and t.person = p.id";
}

/// Hands over what students came to in a whole term who have no class with weights of its own, and
/// are not gone; several rows may say the same.
pub fn alike(tx: &mut ReadTx<'_>, term: TermId, mut take: impl FnMut(AlikeRow)) -> Result<()> {
    tx.each(&ALIKE, args![term], |row| {
        take(AlikeRow::from_row(row)?);
        Ok(())
    })
}

/// Hands over what each student came to in the classes that are counted, of a whole term what
/// [`alike`] leaves out; several rows of a student and of the same weights belong together.
pub fn each(
    tx: &mut ReadTx<'_>,
    term: TermId,
    narrow: Narrow,
    mut take: impl FnMut(ShareRow),
) -> Result<()> {
    let read = |row: &Row<'_>| {
        take(ShareRow::from_row(row)?);
        Ok(())
    };
    match narrow {
        Narrow::Not => tx.each(&OF_TERM, args![term], read),
        Narrow::Class(class) => tx.each(&OF_CLASS, args![class], read),
        Narrow::Programme(programme) => tx.each(&OF_PROGRAMME, args![term, programme], read),
    }
}

/// Those whom a term has tallies of, and who are gone.
pub fn gone(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<PersonId>> {
    let rows: Vec<GoneRow> = tx.all(&GONE, args![term])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}
