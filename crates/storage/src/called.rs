//! What people call a record that is known by its id alone, whatever kind it is. Marks are found by
//! their session and student.

use crate::{ReadTx, Result, record, row, statements};
use muster_domain::time::{Date, Timestamp};
use std::collections::HashMap;
use uuid::Uuid;

record! {
    /// What a record is called.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CalledRow {
        /// Its id.
        pub id: Uuid,
        /// What kind it is, as the journal names it.
        pub kind: String,
        /// Its name: of a class its course, section and term, of what belongs to a person theirs.
        pub name: String,
        /// The person's number, the course's name, to what it belongs.
        pub detail: Option<String>,
        /// When it takes place.
        pub at: Option<Timestamp>,
        /// On which day it begins.
        pub on: Option<Date>,
        /// The record on whose page it stands, if not on its own.
        pub within: Option<Uuid>,
    }
}

macro_rules! called {
    ($is:literal) => {
        concat!(
            "select p.id, 'person', p.name, p.number, cast(null as bigint), cast(null as bigint), p.id
            from people p where p.id ", $is, "
        union all select c.id, 'course', c.code || ' ' || c.name, null, null, null, c.id
            from courses c where c.id ", $is, "
        union all select c.id, 'class', k.code || ' ' || c.section || ', ' || t.name, k.name, null,
                null, c.id
            from classes c join courses k on k.id = c.course join terms t on t.id = c.term
            where c.id ", $is, "
        union all select t.id, 'term', t.name, null, null, null, t.id from terms t where t.id ", $is, "
        union all select g.id, 'programme', g.code || ' ' || g.name, null, null, null, g.id
            from programmes g where g.id ", $is, "
        union all select f.id, 'faculty', f.name, null, null, null, f.id
            from faculties f where f.id ", $is, "
        union all select u.id, 'curriculum', k.code || ' ' || k.name, g.code, null, null, g.id
            from curriculum u join courses k on k.id = u.course
            join programmes g on g.id = u.programme where u.id ", $is, "
        union all select e.id, 'enrolment', p.name, p.number || ', ' || k.code || ' ' || c.section,
                null, null, c.id
            from enrolments e join people p on p.id = e.person join classes c on c.id = e.class
            join courses k on k.id = c.course where e.id ", $is, "
        union all select m.id, 'meeting', k.code || ' ' || c.section, k.name, m.starts_at, null, m.id
            from meetings m join classes c on c.id = m.class join courses k on k.id = c.course
            where m.id ", $is, "
        union all select w.id, 'pattern', k.code || ' ' || c.section, k.name, null, w.first_on, w.id
            from patterns w join classes c on c.id = w.class join courses k on k.id = c.course
            where w.id ", $is, "
        union all select s.id, 'session', k.code || ' ' || c.section, k.name, s.opened_at, null, s.id
            from sessions s join classes c on c.id = s.class join courses k on k.id = c.course
            where s.id ", $is, "
        union all select r.id, 'correction', p.name, p.number || ', ' || k.code || ' ' || c.section,
                s.opened_at, null, r.id
            from corrections r join people p on p.id = r.person join sessions s on s.id = r.session
            join classes c on c.id = r.class join courses k on k.id = c.course
            where r.id ", $is, "
        union all select l.id, 'leave', p.name, p.number, null, l.starts_on, l.id
            from leaves l join people p on p.id = l.person where l.id ", $is, "
        union all select h.id, 'holiday', h.name, null, null, h.first_on, h.id
            from holidays h where h.id ", $is, "
        union all select n.id, 'announcement', n.title, null, null, n.first_on, n.id
            from announcements n where n.id ", $is, "
        union all select a.id, 'assessment', a.name, t.name, null, null, a.id
            from assessments a join terms t on t.id = a.term where a.id ", $is, "
        union all select f.id, 'fee', g.code, t.name, null, null, t.id
            from fees f join programmes g on g.id = f.programme join terms t on t.id = f.term
            where f.id ", $is, "
        union all select y.id, 'payment', p.name, coalesce(y.receipt, p.number), null, y.paid_on, y.id
            from payments y join people p on p.id = y.person where y.id ", $is, "
        union all select v.id, 'event', v.name, v.venue, v.starts_at, null, v.id
            from events v where v.id ", $is, "
        union all select q.id, 'pass_type', q.name, v.name, null, null, v.id
            from pass_types q join events v on v.id = q.event where q.id ", $is, "
        union all select q.id, 'pass', q.holder, v.name, null, null, q.id
            from passes q join events v on v.id = q.event where q.id ", $is, "
        union all select o.id, 'point', o.name, null, null, null, o.id
            from points o where o.id ", $is, "
        union all select i.id, 'sitting', k.code || ' ' || c.section, a.name, i.starts_at, null, i.id
            from sittings i join classes c on c.id = i.class join courses k on k.id = c.course
            join assessments a on a.id = i.assessment where i.id ", $is, "
        union all select h.id, 'hold', p.name, p.number, null, null, p.id
            from holds h join people p on p.id = h.person where h.id ", $is, "
        union all select d.id, 'docket', p.name, a.name, null, null, d.id
            from dockets d join people p on p.id = d.person
            join assessments a on a.id = d.assessment where d.id ", $is, "
        union all select b.id, 'badge', p.name, p.number, null, null, p.id
            from badges b join people p on p.id = b.person where b.id ", $is, "
        union all select r.id, 'result', p.name, a.name || ', ' || k.code || ' ' || c.section, null,
                null, c.id
            from results r join people p on p.id = r.person
            join assessments a on a.id = r.assessment join classes c on c.id = r.class
            join courses k on k.id = c.course where r.id ", $is, "
        union all select r.id, 'result_sheet', a.name, k.code || ' ' || c.section, null, null, c.id
            from result_sheets r join assessments a on a.id = r.assessment
            join classes c on c.id = r.class join courses k on k.id = c.course
            where r.id ", $is, "
        union all select d.id, 'verifier_device', d.name, p.name, null, null, d.id
            from verifier_devices d join people p on p.id = d.person where d.id ", $is, "
        union all select d.id, 'device_key', d.name, p.name, null, null, p.id
            from device_keys d join people p on p.id = d.person where d.id ", $is
        )
    };
}

statements! {
    CALLED = {
        sqlite: (called!("= ?1")),
        postgres: (called!("= any(?1::uuid[])")),
    };
}

/// What these records are called; those that are not there are left out.
pub fn called(tx: &mut ReadTx<'_>, ids: &[Uuid]) -> Result<HashMap<Uuid, CalledRow>> {
    let rows: Vec<CalledRow> = tx.all_many(&CALLED, ids.iter().map(|id| row![*id]))?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
