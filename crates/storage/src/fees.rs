//! What students of each programme, year and semester owe in a term.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::ids::{FeeId, ProgrammeId, TermId};
use serde::{Deserialize, Serialize};

record! {
    /// A fee, in the smallest unit of the institution's currency.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FeeRow {
        /// Id.
        pub id: FeeId,
        /// In which term.
        pub term: TermId,
        /// Of which programme.
        pub programme: ProgrammeId,
        /// Year of the programme.
        pub year: i64,
        /// Semester of the year.
        pub semester: i64,
        /// How much.
        pub amount: i64,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    OF_TERM = "select f.id, f.term, f.programme, f.year, f.semester, f.amount, f.version
        from fees f join programmes g on g.id = f.programme
        where f.term = ?1 order by g.code_folded, g.id, f.year, f.semester";
    GET = "select id, term, programme, year, semester, amount, version from fees where id = ?1";
    PUT = {
        sqlite: "insert into fees (id, term, programme, year, semester, amount, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        on conflict (id) do update set amount = excluded.amount, version = excluded.version",
        postgres: "insert into fees (id, term, programme, year, semester, amount, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::bigint[], ?5::bigint[],
            ?6::bigint[], ?7::bigint[])
        on conflict (id) do update set amount = excluded.amount, version = excluded.version",
    };
    REMOVE = "delete from fees where id = ?1 and version = ?2";
    ANY = "select count(*) from (select 1 from fees limit 1) a";
}

/// The fees of a term, by programme, year and semester.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<FeeRow>> {
    tx.all(&OF_TERM, args![term])
}

/// The fee of that id.
pub fn get(tx: &mut ReadTx<'_>, id: FeeId) -> Result<Option<FeeRow>> {
    tx.opt(&GET, args![id])
}

/// Whether there is any.
pub fn any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(tx.number(&ANY, args![])? > 0)
}

/// Stores fees in place of what stood there.
pub fn put_many(tx: &mut WriteTx<'_>, fees: &[FeeRow]) -> Result<()> {
    let rows = fees.iter().map(|fee| {
        [
            fee.id.to_value(),
            fee.term.to_value(),
            fee.programme.to_value(),
            fee.year.to_value(),
            fee.semester.to_value(),
            fee.amount.to_value(),
            fee.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Removes a fee whose stored version is still `seen`.
pub fn remove(tx: &mut WriteTx<'_>, id: FeeId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE, args![id, seen])? == 1)
}
