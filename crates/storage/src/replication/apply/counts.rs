//! What is added up from records: tallies of attendance, room taken at events, words for searching.
//! Of marks that came the difference is added, as when they are made here; where records turned out
//! to be one, or moved between classes, all is counted anew.

use super::Id;
use super::drafts::{Draft, Drafts};
use crate::passes;
use crate::people::{self, PersonRow};
use crate::redemptions;
use crate::replication::tables::{At, Fields};
use crate::tallies::{Counted, add_counted};
use crate::{ReadTx, Result, WriteTx, args, finding, record, row, statements};
use muster_domain::attendance::{Status, Tally};
use muster_domain::ids::{ClassId, PassId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct CountedRow {
        session: SessionId,
        class: ClassId,
        held_at: Timestamp,
        person: PersonId,
        status: Status,
    }
}

record! {
    struct ClosedRow {
        session: SessionId,
        class: ClassId,
        held_at: Timestamp,
    }
}

record! {
    struct IdRow {
        id: Uuid,
    }
}

statements! {
    COUNTED = {
        sqlite: "select s.id, s.class, coalesce(e.starts_at, s.opened_at), m.person, m.status
        from sessions s join marks m on m.session = s.id
            left join meetings e on e.id = s.meeting
        where s.id = ?1 and s.closed_at is not null",
        postgres: "select s.id, s.class, coalesce(e.starts_at, s.opened_at), m.person, m.status
        from sessions s join marks m on m.session = s.id
            left join meetings e on e.id = s.meeting
        where s.id = any(?1::uuid[]) and s.closed_at is not null",
    };
    CLOSED = {
        sqlite: "select s.id, s.class, coalesce(e.starts_at, s.opened_at)
        from sessions s left join meetings e on e.id = s.meeting
        where s.id = ?1 and s.closed_at is not null",
        postgres: "select s.id, s.class, coalesce(e.starts_at, s.opened_at)
        from sessions s left join meetings e on e.id = s.meeting
        where s.id = any(?1::uuid[]) and s.closed_at is not null",
    };
    CLASSES_OF = "select class from tallies where person = ?1";
    DROP_SESSIONS = "delete from session_tallies where class = ?1
        or session in (select id from sessions where class = ?1)";
    COUNT_SESSIONS = "insert into session_tallies (session, class, opened_at, present, late, excused,
            absent)
        select s.id, s.class, coalesce(e.starts_at, s.opened_at),
            sum(case when m.status = 'present' then 1 else 0 end),
            sum(case when m.status = 'late' then 1 else 0 end),
            sum(case when m.status = 'excused' then 1 else 0 end),
            sum(case when m.status = 'absent' then 1 else 0 end)
        from sessions s join marks m on m.session = s.id
            left join meetings e on e.id = s.meeting
        where s.class = ?1 and s.closed_at is not null
        group by s.id, s.class, coalesce(e.starts_at, s.opened_at)";
    DROP_STUDENTS = "delete from tallies where class = ?1";
    COUNT_STUDENTS = "insert into tallies (class, person, present, late, excused, absent)
        select s.class, m.person,
            sum(case when m.status = 'present' then 1 else 0 end),
            sum(case when m.status = 'late' then 1 else 0 end),
            sum(case when m.status = 'excused' then 1 else 0 end),
            sum(case when m.status = 'absent' then 1 else 0 end)
        from sessions s join marks m on m.session = s.id
        where s.class = ?1 and s.closed_at is not null
        group by s.class, m.person";
    DROP_TERM = "delete from term_tallies where term = ?1";
    COUNT_TERM = "insert into term_tallies (term, person, present, late, excused, absent)
        select c.term, t.person, sum(t.present), sum(t.late), sum(t.excused), sum(t.absent)
        from classes c join tallies t on t.class = c.id
        where c.term = ?1 group by c.term, t.person";
    TERMS_OF = "select term from classes where id = ?1";
    COUNT_TAKEN = "update events set taken = coalesce((select sum(p.admits) from passes p
            where p.event = events.id and p.state = 'valid'), 0)
        where id = ?1";
    COUNT_SOLD = "update pass_types set sold = (select count(*) from passes p
            where p.pass_type = pass_types.id and p.state = 'valid')
        where id = ?1";
}

/// What was counted before anything was written.
#[derive(Debug, Default)]
pub(super) struct Counting {
    rows: Vec<CountedRow>,
    sessions: BTreeSet<Uuid>,
    /// Classes and terms that are counted anew.
    classes: BTreeSet<Uuid>,
    terms: BTreeSet<Uuid>,
}

/// Notes what stands of all that will change.
pub(super) fn before(
    tx: &mut ReadTx<'_>,
    drafts: &Drafts,
    led: &[(Id, (At, Fields))],
) -> Result<Counting> {
    let mut counting = Counting::default();
    for ((entity, id), (_, fields)) in led {
        match *entity {
            "session" => counting.classes.extend(uuid(fields, "class")),
            "class" => {
                counting.classes.insert(*id);
                counting.terms.extend(uuid(fields, "term"));
            }
            "term" => {
                counting.terms.insert(*id);
            }
            "person" => {
                let rows: Vec<IdRow> = tx.all(&CLASSES_OF, args![*id])?;
                counting.classes.extend(rows.into_iter().map(|row| row.id));
            }
            _ => {}
        }
    }
    for draft in drafts.all.iter().filter(|draft| !draft.kept) {
        let Some(before) = &draft.before else { continue };
        let moved = |field: &str| before.get(field) != draft.fields.get(field);
        let both = |field: &str| [uuid(before, field), uuid(&draft.fields, field)];
        match draft.id.0 {
            "session" if moved("class") || moved("meeting") || moved("opened_at") => {
                counting.classes.extend(both("class").into_iter().flatten());
            }
            // Sessions are counted when their meetings are.
            "meeting" if moved("class") || moved("starts_at") => {
                counting.classes.extend(both("class").into_iter().flatten());
            }
            "class" if moved("term") => counting.terms.extend(both("term").into_iter().flatten()),
            _ => {}
        }
    }
    let sessions = of_kind(drafts, "session").filter(|draft| !draft.kept);
    counting.sessions = sessions.map(|draft| draft.id.1).collect();
    counting.rows = counted(tx, &counting.sessions)?;
    Ok(counting)
}

pub(super) fn of_kind<'d>(
    drafts: &'d Drafts,
    entity: &'static str,
) -> impl Iterator<Item = &'d Draft> {
    drafts.all.iter().filter(move |draft| draft.id.0 == entity)
}

pub(super) fn uuid(fields: &Fields, field: &str) -> Option<Uuid> {
    Uuid::try_parse(fields.get(field)?.as_str()?).ok()
}

fn counted(tx: &mut ReadTx<'_>, sessions: &BTreeSet<Uuid>) -> Result<Vec<CountedRow>> {
    tx.all_many(&COUNTED, sessions.iter().map(|session| row![*session]))
}

/// Adds up what changed.
pub(super) fn after(tx: &mut WriteTx<'_>, drafts: &Drafts, counting: Counting) -> Result<()> {
    attendance(tx, drafts, counting)?;
    entries(tx, drafts)?;
    words(tx, drafts)
}

fn attendance(tx: &mut WriteTx<'_>, drafts: &Drafts, counting: Counting) -> Result<()> {
    let Counting { rows, sessions, classes, mut terms } = counting;
    let mut changes: Vec<(Counted, PersonId, Tally)> = Vec::new();
    let mut change = |row: &CountedRow, by: i64| {
        let CountedRow { session, class, held_at, person, status } = *row;
        let mut tally = Tally::default();
        tally.add(status, by);
        changes.push((Counted { id: session, class, held_at }, person, tally));
    };
    let now = counted(tx, &sessions)?;
    let [old, new] = [&rows, &now].map(|rows| {
        rows.iter().map(|row| ((row.session, row.person), row)).collect::<BTreeMap<_, _>>()
    });
    for (seat, row) in old.iter().filter(|(seat, row)| new.get(*seat) != Some(*row)) {
        change(row, -1);
        if let Some(row) = new.get(seat) {
            change(row, 1);
        }
    }
    new.iter().filter(|(seat, _)| !old.contains_key(*seat)).for_each(|(_, row)| change(row, 1));
    let marks = of_kind(drafts, "mark").filter(|draft| !draft.kept);
    let marks = marks.filter(|draft| draft.at.topic.is_some_and(|of| !sessions.contains(&of)));
    let marks: Vec<&Draft> =
        marks.filter(|draft| !drafts.waiting.contains_key(&draft.id)).collect();
    let of: BTreeSet<Uuid> = marks.iter().filter_map(|draft| draft.at.topic).collect();
    let closed: Vec<ClosedRow> = tx.all_many(&CLOSED, of.iter().map(|session| row![*session]))?;
    let closed: BTreeMap<Uuid, ClosedRow> =
        closed.into_iter().map(|row| (row.session.0, row)).collect();
    for draft in marks {
        let Some(ClosedRow { session, class, held_at }) =
            draft.at.topic.and_then(|session| closed.get(&session))
        else {
            continue;
        };
        let row = |fields: &Fields| {
            let status = Status::from_key(fields.get("status")?.as_str()?)?;
            let person = PersonId(uuid(fields, "person")?);
            let (session, class, held_at) = (*session, *class, *held_at);
            Some(CountedRow { session, class, held_at, person, status })
        };
        if let Some(row) = draft.before.as_ref().and_then(row) {
            change(&row, -1);
        }
        if let Some(row) = Some(&draft.fields).filter(|_| !draft.gone).and_then(row) {
            change(&row, 1);
        }
    }
    let anew = |class: ClassId| classes.contains(&class.0);
    add_counted(tx, changes.into_iter().filter(|(session, ..)| !anew(session.class)))?;
    count_anew(tx, &classes, &mut terms)
}

/// Counts all of these classes, and of these terms and theirs.
pub(in crate::replication) fn count_anew(
    tx: &mut WriteTx<'_>,
    classes: &BTreeSet<Uuid>,
    terms: &mut BTreeSet<Uuid>,
) -> Result<()> {
    for class in classes {
        tx.execute(&DROP_SESSIONS, args![*class])?;
        tx.execute(&COUNT_SESSIONS, args![*class])?;
        tx.execute(&DROP_STUDENTS, args![*class])?;
        tx.execute(&COUNT_STUDENTS, args![*class])?;
        let of: Vec<IdRow> = tx.all(&TERMS_OF, args![*class])?;
        terms.extend(of.into_iter().map(|row| row.id));
    }
    for term in terms.iter() {
        tx.execute(&DROP_TERM, args![*term])?;
        tx.execute(&COUNT_TERM, args![*term])?;
    }
    Ok(())
}

/// Room taken at events, passes sold, people who entered.
fn entries(tx: &mut WriteTx<'_>, drafts: &Drafts) -> Result<()> {
    let passes = || of_kind(drafts, "pass").filter(|draft| !draft.kept);
    let both = |field: &'static str| {
        let each = passes().flat_map(move |draft| {
            [Some(&draft.fields), draft.before.as_ref()].into_iter().flatten()
        });
        each.filter_map(move |fields| uuid(fields, field)).collect::<BTreeSet<Uuid>>()
    };
    for event in both("event") {
        tx.execute(&COUNT_TAKEN, args![event])?;
    }
    for kind in both("pass_type") {
        tx.execute(&COUNT_SOLD, args![kind])?;
    }
    let scanned = of_kind(drafts, "redemption").filter(|draft| !draft.kept);
    let scanned = scanned.filter_map(|draft| uuid(&draft.fields, "record"));
    let touched: BTreeSet<Uuid> = passes().map(|draft| draft.id.1).chain(scanned).collect();
    for id in touched {
        let Some(pass) = passes::get(tx, PassId(id))? else { continue };
        let rows = redemptions::of_record(tx, id)?;
        let entered = redemptions::entered(pass.event.0, pass.admits, rows);
        redemptions::set_entered(tx, &[(pass.id, entered)])?;
        let holders = passes::holders(tx, pass.id)?;
        passes::put_words(tx, &pass, &holders)?;
    }
    Ok(())
}

/// Words by which people are found.
fn words(tx: &mut WriteTx<'_>, drafts: &Drafts) -> Result<()> {
    let people: Vec<&Draft> =
        of_kind(drafts, "person").filter(|draft| !draft.kept && !draft.gone).collect();
    for draft in people.iter().filter(|draft| draft.changes.known) {
        finding::leave(tx, PersonId(draft.id.1))?;
    }
    let stands = people.iter().filter(|draft| !draft.fields.contains_key("merged_into"));
    let ids: Vec<PersonId> = stands.map(|draft| PersonId(draft.id.1)).collect();
    let rows = people::get_many(tx, &ids)?;
    finding::enter_many(tx, &rows.iter().collect::<Vec<&PersonRow>>())
}
