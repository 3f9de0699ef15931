//! Who wishes to be named on leaderboards.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A student of a class who wishes to be named.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MemberRow {
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
    }
}

statements! {
    MEMBERS = "select e.person, p.name from enrolments e
        join leaderboard_members l on l.person = e.person join people p on p.id = e.person
        where e.class = ?1 and e.status = 'active' and p.active = 1
        order by p.name_folded, p.id";
    IS_MEMBER = "select count(*) from leaderboard_members where person = ?1";
    JOIN = "insert into leaderboard_members (person, joined_at) values (?1, ?2) on conflict do nothing";
    LEAVE = "delete from leaderboard_members where person = ?1";
}

/// Students of a class who wish to be named, by name.
pub fn members(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<MemberRow>> {
    tx.all(&MEMBERS, args![class])
}

/// Whether a student wishes to be named.
pub fn is_member(tx: &mut ReadTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.number(&IS_MEMBER, args![person])? > 0)
}

/// Notes that a student wishes to be named; false if they did before.
pub fn join(tx: &mut WriteTx<'_>, person: PersonId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&JOIN, args![person, at])? == 1)
}

/// Notes that a student wishes to be named no more; false if they did not before.
pub fn leave(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&LEAVE, args![person])? == 1)
}
