//! Transactions: read and write ones are different types.

use super::{Column, Error, FromRow, Result, Row, Statement, Value, postgres, sqlite};
use crate::replication::Telling;
use muster_domain::ids::{ActId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::record::Names;
use muster_journal::{Chained, Change, Clock};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// The act to which a write belongs: what the journal says about who and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Id; its entries' ids derive from it, so that a repeated run finds its first one.
    pub id: ActId,
    /// Wall time.
    pub at: Timestamp,
    /// Who acts; none for jobs and the system.
    pub actor: Option<PersonId>,
    /// `web`, `api`, `cli`, `job`.
    pub via: &'static str,
}

/// So many rows are worth another way to the database and back.
const WORTH_COPYING: usize = 32;

/// The beginning of that year, and how long a year is, in microseconds.
const YEAR_2200: i64 = 7_258_118_400_000_000;
const A_YEAR: i64 = 365 * 24 * 3_600_000_000;

/// A connection inside a transaction.
pub(super) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(postgres::Session<'a>),
}

/// A transaction that reads.
pub struct ReadTx<'a> {
    connection: Connection<'a>,
    failure: Option<Error>,
}

/// A transaction that reads and writes.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
    act: &'a Act,
    /// The act that runs in place of the transaction's own.
    within: Option<Act>,
    clock: &'a Clock,
    reading: Option<i64>,
    /// How many entries each act has made.
    positions: HashMap<ActId, usize>,
    /// What the next change of a record names beside what its caller replaces.
    naming: Option<Naming>,
    pub(crate) entries: Vec<Chained>,
    /// What the act did, to be told wholly at its end; none on a node that stands alone.
    pub(crate) telling: Option<Telling>,
    /// Whether this node replicates, as all transactions of this process know it.
    pub(crate) replicates: &'a AtomicBool,
    /// Whether numbers were given, or another life was begun, besides what is to be numbered.
    pub(crate) renumbered: bool,
}

/// What all transactions of a process share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    /// The logical clock.
    pub clock: &'a Clock,
    /// Whether this node replicates.
    pub replicates: &'a AtomicBool,
}

/// What a change of a record names by exact versions, and why it is made: for somebody who knows it,
/// while the action that makes the change does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// What kind of record.
    pub entity: &'static str,
    /// Which.
    pub record: Uuid,
    /// What it names.
    pub names: Names,
    /// Why, where the action has no reason of its own.
    pub reason: String,
}

/// What a closure has made for the journal.
#[derive(Default)]
pub(super) struct Made {
    /// Entries to be numbered.
    pub entries: Vec<Chained>,
    /// Whether the chain stands elsewhere than before, be it in another life.
    pub renumbered: bool,
}

impl<'a> ReadTx<'a> {
    pub(super) fn new(connection: Connection<'a>) -> Self {
        Self { connection, failure: None }
    }

    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    pub(super) fn into_connection(self) -> Connection<'a> {
        self.connection
    }

    /// Whether everybody else who writes waits until this transaction ends, if it writes.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }

    /// The only row, if there is one.
    pub fn opt<T: FromRow>(
        &mut self,
        statement: &'static Statement,
        args: &[Value<'_>],
    ) -> Result<Option<T>> {
        let mut found = None;
        self.each(statement, args, |row| {
            if found.is_none() {
                found = Some(T::from_row(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Every row.
    pub fn all<T: FromRow>(
        &mut self,
        statement: &'static Statement,
        args: &[Value<'_>],
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(statement, args, |row| {
            found.push(T::from_row(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The first column of the only row, as with `count(*)`; 0 if there is none.
    pub fn number(&mut self, statement: &'static Statement, args: &[Value<'_>]) -> Result<i64> {
        let mut number = None;
        self.each(statement, args, |row| {
            number = <Option<i64>>::column(row, 0)?;
            Ok(())
        })?;
        Ok(number.unwrap_or_default())
    }

    /// Calls `take` with each row.
    pub fn each(
        &mut self,
        statement: &'static Statement,
        args: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.guarded(statement, &[args], |connection| match connection {
            Connection::Sqlite(connection) => sqlite::each(connection, statement, args, &mut take),
            Connection::Postgres(session) => session.each(statement, args, &mut take),
        })
    }

    /// The rows for each row of arguments. On SQLite the statement runs once for each of them; on
    /// PostgreSQL it runs once, its parameters the columns as arrays, to be read by `unnest`.
    pub fn all_many<'v, T: FromRow>(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<Vec<T>> {
        let table = table(rows);
        if table.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut take = |row: &Row<'_>| {
            found.push(T::from_row(row)?);
            Ok(())
        };
        self.guarded(statement, &table, |connection| match connection {
            Connection::Sqlite(connection) => table
                .iter()
                .try_for_each(|args| sqlite::each(connection, statement, args, &mut take)),
            Connection::Postgres(session) => session.each_many(statement, &table, &mut take),
        })?;
        Ok(found)
    }

    pub(super) fn prepare(&mut self, statement: &'static Statement) -> Result<()> {
        self.guarded::<_, [Value<'_>; 0]>(statement, &[], |connection| match connection {
            Connection::Sqlite(connection) => Ok(connection.prepare(statement.sqlite).map(drop)?),
            Connection::Postgres(session) => session.prepare(statement).map(drop),
        })
    }

    fn execute(&mut self, statement: &'static Statement, args: &[Value<'_>]) -> Result<u64> {
        self.guarded(statement, &[args], |connection| match connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, statement, args),
            Connection::Postgres(session) => session.execute(statement, args),
        })
    }

    /// Runs `work` unless an earlier statement failed (PostgreSQL would refuse it; so does SQLite
    /// here), and keeps the first failure for the engine.
    fn guarded<'v, T, R: AsRef<[Value<'v>]>>(
        &mut self,
        statement: &'static Statement,
        rows: &[R],
        work: impl FnOnce(&mut Connection<'a>) -> Result<T>,
    ) -> Result<T> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let checked = rows.iter().try_for_each(|args| Value::check(args.as_ref()));
        let done = checked.and_then(|()| work(&mut self.connection));
        done.map_err(|error| {
            let error = match error {
                Error::Database(text) => Error::Database(format!("{}: {text}", statement.name)),
                error => error,
            };
            self.failure = Some(error.clone());
            error
        })
    }
}

impl<'a> WriteTx<'a> {
    pub(super) fn new(connection: Connection<'a>, act: &'a Act, shared: Shared<'a>) -> Self {
        let Shared { clock, replicates } = shared;
        let telling = replicates.load(Ordering::Acquire).then(Telling::default);
        Self {
            read: ReadTx::new(connection),
            act,
            within: None,
            clock,
            reading: None,
            positions: HashMap::new(),
            naming: None,
            entries: Vec::new(),
            telling,
            replicates,
            renumbered: false,
        }
    }

    /// The act to which a change belongs now.
    pub(crate) fn act(&self) -> &Act {
        self.within.as_ref().unwrap_or(self.act)
    }

    /// Runs a part that belongs to an act of its own, as when the requests of many are served in
    /// one transaction.
    pub fn within<T>(&mut self, act: &Act, part: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.within.replace(act.clone());
        let done = part(self);
        self.within = outer;
        done
    }

    /// Has the next change of that record name what is said here, too; true afterwards if there was
    /// one.
    pub fn naming<T>(&mut self, naming: Naming, part: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        self.naming = Some(naming);
        let done = part(self);
        let named = self.naming.take().is_none();
        (done, named)
    }

    /// The change with what it has to name beside what its caller said.
    pub(crate) fn named(&mut self, change: Change) -> Change {
        let here = |naming: &mut Naming| {
            naming.entity == change.entity && naming.record == change.entity_id
        };
        match self.naming.take_if(here) {
            Some(Naming { names, reason, .. }) => {
                let reason = change.reason.clone().or(Some(reason));
                Change { reason, ..change.naming(names) }
            }
            None => change,
        }
    }

    /// Which of its act's entries the next one is, counted from 0.
    pub(crate) fn position(&mut self, act: ActId) -> usize {
        let next = self.positions.entry(act).or_default();
        let position = *next;
        *next += 1;
        position
    }

    /// Changes rows; how many.
    pub fn execute(&mut self, statement: &'static Statement, args: &[Value<'_>]) -> Result<u64> {
        self.read.execute(statement, args)
    }

    /// Changes rows for each row of arguments, as [`all_many`](ReadTx::all_many) reads them; how
    /// many.
    pub fn execute_many<'v>(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<u64> {
        self.execute_table(statement, &table(rows))
    }

    fn execute_table(
        &mut self,
        statement: &'static Statement,
        table: &[Vec<Value<'_>>],
    ) -> Result<u64> {
        if table.is_empty() {
            return Ok(0);
        }
        self.read.guarded(statement, table, |connection| match connection {
            Connection::Sqlite(connection) => sqlite::execute_many(connection, statement, table),
            Connection::Postgres(session) => session.execute_many(statement, table),
        })
    }

    /// Adds rows that can't meet any that are there, by an insert that names its columns and takes
    /// them from `unnest` as they are; how many. PostgreSQL copies them in, which costs it half.
    pub(crate) fn append_many<'v>(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<u64> {
        self.append_while(statement, rows, || {})
    }

    /// The same, and does something that needs no transaction while PostgreSQL is at work.
    pub(crate) fn append_while<'v>(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
        meanwhile: impl FnOnce(),
    ) -> Result<u64> {
        let table = table(rows);
        if table.len() < WORTH_COPYING {
            meanwhile();
            return self.execute_table(statement, &table);
        }
        self.read.guarded(statement, &table, |connection| match connection {
            Connection::Sqlite(connection) => {
                meanwhile();
                sqlite::execute_many(connection, statement, &table)
            }
            Connection::Postgres(session) => session.copy_many(statement, &table, meanwhile),
        })
    }

    /// Executes an insert that says `on conflict do nothing`. If somebody else's row came first,
    /// the closure fails as busy and so runs again: it then sees that row and decides anew.
    pub fn insert_or_retry(
        &mut self,
        statement: &'static Statement,
        args: &[Value<'_>],
    ) -> Result<()> {
        let done = self.execute(statement, args)?;
        self.all_or_retry(statement, done, 1)
    }

    /// As [`insert_or_retry`](Self::insert_or_retry), for many rows.
    pub fn insert_many_or_retry<'v>(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<()> {
        let table = table(rows);
        let done = self.execute_table(statement, &table)?;
        self.all_or_retry(statement, done, table.len() as u64)
    }

    fn all_or_retry(
        &mut self,
        statement: &'static Statement,
        done: u64,
        wanted: u64,
    ) -> Result<()> {
        if done == wanted {
            return Ok(());
        }
        let lost = Error::Busy(format!("{}: somebody else was faster", statement.name));
        self.read.failure = Some(lost.clone());
        Err(lost)
    }

    /// The logical clock's reading for this act's changes.
    pub fn version(&mut self) -> i64 {
        self.version_over(0)
    }

    /// As [`version`](Self::version), but later than `replaced`, the version being overwritten.
    pub fn version_over(&mut self, replaced: i64) -> i64 {
        match self.reading {
            Some(reading) if reading > replaced => reading,
            _ => *self.reading.insert(self.clock.issue(self.act.at, replaced)),
        }
    }

    /// A reading of its own for an entry that has to be later than `replaced`.
    pub(crate) fn later_than(&self, replaced: i64) -> i64 {
        self.clock.issue(self.act.at, replaced)
    }

    /// How far the logical clock may be ahead of this node's by what an edge writes: so far that it
    /// shuts nobody out whose clock is wrong, and too little to come to the end of all readings.
    pub(crate) fn latest_of_edges(&self) -> i64 {
        self.clock.last().max(self.act.at.0).max(YEAR_2200).saturating_add(A_YEAR)
    }

    /// Accepts a reading of another node, so that this one's next is later.
    pub(crate) fn observe(&self, reading: i64) {
        self.clock.observe(reading);
    }

    pub(super) fn into_parts(self) -> (Connection<'a>, Made) {
        (self.read.into_connection(), Made { entries: self.entries, renumbered: self.renumbered })
    }
}

impl<'a> Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

fn table<'v>(rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>) -> Vec<Vec<Value<'v>>> {
    rows.into_iter().map(|row| row.as_ref().to_vec()).collect()
}
