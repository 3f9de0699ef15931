//! Locks of terms.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_domain::time::Timestamp;

record! {
    /// Whether a term is locked, and why it was, or was unlocked.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LockRow {
        /// The term.
        pub term: TermId,
        /// Its name.
        pub name: String,
        /// Since when it is locked, if it is.
        pub locked_at: Option<Timestamp>,
        /// Who locked or unlocked it last.
        pub locked_by: Option<PersonId>,
        /// Why.
        pub reason: String,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A term that is locked, with the name of who locked it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LockedRow {
        /// The term.
        pub term: TermId,
        /// Since when.
        pub locked_at: Timestamp,
        /// Who locked it; none if a job did.
        pub by: Option<String>,
        /// Why.
        pub reason: String,
    }
}

statements! {
    LOCKED = "select k.term, k.locked_at, p.name, k.reason
        from terms t join term_locks k on k.term = t.id
        left join people p on p.id = k.locked_by where k.locked_at is not null";
    OF_TERM = "select k.term, t.name, k.locked_at, k.locked_by, k.reason, k.version
        from term_locks k join terms t on t.id = k.term where k.term = ?1";
    OF_CLASS = "select k.term, t.name, k.locked_at, k.locked_by, k.reason, k.version
        from classes c join term_locks k on k.term = c.term join terms t on t.id = k.term
        where c.id = ?1";
    HOLD_OF_CLASS = {
        // SQLite has one writer, so nobody can come between.
        sqlite: "select t.id from classes c join terms t on t.id = c.term where c.id = ?1",
        // Changes go on side by side; locking waits for them.
        postgres: "select t.id from classes c join terms t on t.id = c.term where c.id = ?1
        for share of t",
    };
    HOLD = {
        sqlite: "select id from terms where id = ?1",
        postgres: "select id from terms where id = ?1 for update",
    };
    OPEN_SESSIONS = "select count(*) from classes c join sessions s on s.class = c.id
        where c.term = ?1 and s.closed_at is null";
    PUT = "insert into term_locks (term, locked_at, locked_by, reason, version)
        values (?1, ?2, ?3, ?4, ?5)
        on conflict (term) do update set locked_at = excluded.locked_at,
            locked_by = excluded.locked_by, reason = excluded.reason, version = excluded.version";
}

/// A term's lock, if it ever had one.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Option<LockRow>> {
    tx.opt(&OF_TERM, args![term])
}

/// All locks that hold.
pub fn locked(tx: &mut ReadTx<'_>) -> Result<Vec<LockedRow>> {
    tx.all(&LOCKED, args![])
}

/// The lock of a class's term, if it ever had one.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Option<LockRow>> {
    tx.opt(&OF_CLASS, args![class])
}

/// The lock of a class's term, which nobody locks until this transaction ends.
pub fn hold_of_class(tx: &mut WriteTx<'_>, class: ClassId) -> Result<Option<LockRow>> {
    tx.each(&HOLD_OF_CLASS, args![class], |_| Ok(()))?;
    of_class(tx, class)
}

/// Waits until nobody changes anything in the term, and lets nobody begin.
pub fn hold(tx: &mut WriteTx<'_>, term: TermId) -> Result<()> {
    tx.each(&HOLD, args![term], |_| Ok(()))
}

/// How many sessions are open in a term's classes.
pub fn open_sessions(tx: &mut ReadTx<'_>, term: TermId) -> Result<i64> {
    tx.number(&OPEN_SESSIONS, args![term])
}

/// Stores a term's lock.
pub fn put(tx: &mut WriteTx<'_>, lock: &LockRow) -> Result<()> {
    let LockRow { term, locked_at, locked_by, reason, version, .. } = lock;
    tx.execute(&PUT, args![*term, *locked_at, *locked_by, reason, *version])?;
    Ok(())
}
