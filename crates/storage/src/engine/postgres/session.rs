//! A transaction of a client with its prepared statements.

use super::copy;
use crate::engine::{Error, Result, Row, Statement, Value};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{Kind, ToSql, Type};
use std::collections::HashMap;

/// Statements that a client has prepared, by the address of their `static`.
pub(super) type Prepared = HashMap<usize, postgres::Statement>;

/// A running transaction.
pub(in crate::engine) struct Session<'a> {
    pub(super) transaction: postgres::Transaction<'a>,
    pub(super) prepared: &'a mut Prepared,
}

impl Session<'_> {
    pub fn each(
        &mut self,
        statement: &'static Statement,
        args: &[Value<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let prepared = self.prepare(statement)?;
        let mut rows = self.transaction.query_raw(&prepared, parameters(args))?;
        while let Some(row) = rows.next()? {
            take(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    pub fn execute(&mut self, statement: &'static Statement, args: &[Value<'_>]) -> Result<u64> {
        let prepared = self.prepare(statement)?;
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters(args).collect();
        Ok(self.transaction.execute(&prepared, &parameters)?)
    }

    pub fn each_many(
        &mut self,
        statement: &'static Statement,
        table: &[Vec<Value<'_>>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let prepared = self.prepare(statement)?;
        let columns = columns(table, prepared.params().len())?;
        let mut rows = self.transaction.query_raw(&prepared, &columns)?;
        while let Some(row) = rows.next()? {
            take(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    pub fn execute_many(
        &mut self,
        statement: &'static Statement,
        table: &[Vec<Value<'_>>],
    ) -> Result<u64> {
        let prepared = self.prepare(statement)?;
        let columns = columns(table, prepared.params().len())?;
        let parameters: Vec<_> = columns.iter().map(|column| column as _).collect();
        Ok(self.transaction.execute(&prepared, &parameters)?)
    }

    /// Adds rows by COPY, to the columns that an insert names and of the types that it takes; does
    /// something else once all of them are on their way.
    pub fn copy_many(
        &mut self,
        statement: &'static Statement,
        table: &[Vec<Value<'_>>],
        meanwhile: impl FnOnce(),
    ) -> Result<u64> {
        let prepared = self.prepare(statement)?;
        let unfit = || Error::Database("only an insert can be copied in".to_owned());
        let into = statement.postgres.strip_prefix("insert into ").and_then(|rest| {
            let (into, _) = rest.split_once(')')?;
            Some(format!("copy {into}) from stdin binary"))
        });
        let element = |array: &Type| match array.kind() {
            Kind::Array(element) => Some(element.clone()),
            _ => None,
        };
        let types: Option<Vec<Type>> = prepared.params().iter().map(element).collect();
        let (into, types) = into.zip(types).ok_or_else(unfit)?;
        let mut writer = self.transaction.copy_in(&*into)?;
        copy::write(&mut writer, &types, table)?;
        meanwhile();
        Ok(writer.finish()?)
    }

    pub fn prepare(&mut self, statement: &'static Statement) -> Result<postgres::Statement> {
        let key = std::ptr::from_ref(statement).addr();
        if let Some(prepared) = self.prepared.get(&key) {
            return Ok(prepared.clone());
        }
        let prepared = self.transaction.prepare(&statement.for_postgres())?;
        self.prepared.insert(key, prepared.clone());
        Ok(prepared)
    }
}

/// The columns of a table, each an array's elements.
fn columns<'v>(table: &[Vec<Value<'v>>], count: usize) -> Result<Vec<Vec<Value<'v>>>> {
    let column = |index| table.iter().map(|row| row.get(index).copied()).collect();
    let columns: Option<_> = (0..count).map(column).collect();
    columns.ok_or_else(|| Error::Database("a row of too few arguments".to_owned()))
}

fn parameters<'v>(args: &'v [Value<'v>]) -> impl ExactSizeIterator<Item = &'v (dyn ToSql + Sync)> {
    args.iter().map(|value| value as &(dyn ToSql + Sync))
}
