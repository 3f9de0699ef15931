//! PINs with which teachers sign in beside the code of a class.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::{Date, Timestamp};

record! {
    /// Somebody's PIN.
    #[derive(Clone, PartialEq, Eq)]
    pub struct PinRow {
        /// Whose.
        pub person: PersonId,
        /// Argon2id, as a PHC string.
        pub hash: String,
    }
}

record! {
    struct ClassRow {
        class: ClassId,
    }
}

statements! {
    SET_AT = "select set_at from pins where person = ?1";
    PUT = "insert into pins (person, hash, set_at) values (?1, ?2, ?3)
        on conflict (person) do update set hash = excluded.hash, set_at = excluded.set_at";
    DROP = "delete from pins where person = ?1";
    OF_STAFF = "select distinct p.person, p.hash from role_grants g
        join pins p on p.person = g.person join people w on w.id = g.person
        where g.class = ?1 and g.role in ('teacher', 'assistant') and g.ended_at is null
        and w.active = 1 order by p.person";
    CLASSES = "select c.id from courses k join classes c on c.course = k.id
        join terms t on t.id = c.term
        where k.contested = 0 and k.code_folded = ?1 and (?2 = '' or c.section_folded = ?2)
        and c.archived_at is null and t.starts_on <= ?3 + 1 and t.ends_on >= ?3 - 1
        order by c.id";
    END_LOGINS = "update logins set ended_at = ?2
        where person = ?1 and class is not null and ended_at is null";
}

/// When a person set their PIN, if they have one.
pub fn set_at(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<Timestamp>> {
    let mut at = None;
    tx.each(&SET_AT, args![person], |row| {
        at = Some(row.columns().next()?);
        Ok(())
    })?;
    Ok(at)
}

/// Sets a person's PIN in the place of the one before.
pub fn put(tx: &mut WriteTx<'_>, pin: &PinRow, at: Timestamp) -> Result<()> {
    tx.execute(&PUT, args![pin.person, pin.hash, at])?;
    Ok(())
}

/// Removes a person's PIN; false if there is none.
pub fn remove(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&DROP, args![person])? == 1)
}

/// The PINs of those who teach or help in a class now.
pub fn of_staff(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<PinRow>> {
    tx.all(&OF_STAFF, args![class])
}

/// The classes of a course's code, folded, in terms that run on that day; of one section, folded,
/// if that is not empty.
pub fn classes(
    tx: &mut ReadTx<'_>,
    course: &str,
    section: &str,
    day: Date,
) -> Result<Vec<ClassId>> {
    let rows: Vec<ClassRow> = tx.all(&CLASSES, args![course, section, day])?;
    Ok(rows.into_iter().map(|row| row.class).collect())
}

/// Ends a person's logins by PIN.
pub fn end_logins(tx: &mut WriteTx<'_>, person: PersonId, at: Timestamp) -> Result<u64> {
    tx.execute(&END_LOGINS, args![person, at])
}
