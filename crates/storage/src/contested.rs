//! Values that one alone may hold and that two nodes gave away while they were apart: whoever took
//! one later is left out of its uniqueness until they get another.

use crate::{ReadTx, Result, args, record, statements};
use uuid::Uuid;

record! {
    /// A record that has to give a value up.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContestedRow {
        /// What kind of record.
        pub entity: String,
        /// Which.
        pub record: Uuid,
        /// The field, as the journal names it.
        pub field: String,
        /// The value.
        pub value: String,
        /// Who has it, where that is still so.
        pub holder: Option<Uuid>,
    }
}

statements! {
    PEOPLE = "select 'person', p.id, 'number', p.number, h.id
            from people p join people h on h.number_folded = p.number_folded and h.contested = 0
            where p.contested = 1 and p.merged_into is null
        union all select 'person', p.id, 'email', p.email, h.id
            from people p join people h on h.email_folded = p.email_folded and h.contested = 0
                and h.email_folded is not null
            where p.contested = 1 and p.merged_into is null
        union all select 'person', p.id, 'username', p.username_folded, h.id
            from people p join people h on h.username_folded = p.username_folded
                and h.contested = 0 and h.username_folded is not null
            where p.contested = 1 and p.merged_into is null
        order by 2, 3 limit ?1";
    STUDENTS = "select 'person', s.person, 'enrolment_number', s.enrolment_number, h.person
        from students s join people p on p.id = s.person
        join students h on h.enrolment_number_folded = s.enrolment_number_folded
            and h.contested = 0 and h.enrolment_number_folded is not null
        where s.contested = 1 and p.merged_into is null order by s.person limit ?1";
    ENROLMENTS = "select 'enrolment', e.id, 'roll_number', e.roll_number, h.id
        from enrolments e left join enrolments h on h.class = e.class
            and h.roll_folded = e.roll_folded and h.contested = 0 and h.status = 'active'
        where e.contested = 1 and e.status = 'active' order by e.id limit ?1";
    PAYMENTS = "select 'payment', y.id, 'receipt', coalesce(y.receipt, ''), h.id
        from payments y left join payments h on h.receipt_folded = y.receipt_folded
            and h.contested = 0
        where y.contested = 1 order by y.id limit ?1";
}

/// All of them, at most `limit` of a kind.
pub fn list(tx: &mut ReadTx<'_>, limit: i64) -> Result<Vec<ContestedRow>> {
    let mut rows = Vec::new();
    for statement in [&PEOPLE, &STUDENTS, &ENROLMENTS, &PAYMENTS] {
        rows.extend(tx.all::<ContestedRow>(statement, args![limit])?);
    }
    Ok(rows)
}
