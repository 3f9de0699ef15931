//! Payments. None is ever deleted but by the undoing of the import that brought it.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::finance::{Method, PaymentState, Receipt};
use muster_domain::ids::{PaymentId, PersonId, TermId};
use muster_domain::time::{Date, Timestamp};

record! {
    /// A payment with the names around it; its amount in the smallest unit of the currency.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PaymentRow {
        /// Id.
        pub id: PaymentId,
        /// Whose.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// For which term.
        pub term: TermId,
        /// The term's name.
        pub term_name: String,
        /// How much.
        pub amount: i64,
        /// What for, in words.
        pub kind: String,
        /// How it was made.
        pub method: Method,
        /// Number of the receipt.
        pub receipt: Option<String>,
        /// On which day.
        pub paid_on: Date,
        /// What else is to be known.
        pub note: Option<String>,
        /// How far it has come.
        pub state: PaymentState,
        /// Whether another node took the same receipt.
        pub contested: bool,
        /// Who recorded it.
        pub recorded_by: Option<PersonId>,
        /// Their name.
        pub recorder: Option<String>,
        /// When.
        pub recorded_at: Timestamp,
        /// Who took it back.
        pub reversed_by: Option<PersonId>,
        /// Their name.
        pub reverser: Option<String>,
        /// When.
        pub reversed_at: Option<Timestamp>,
        /// Why.
        pub reversal_reason: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// Which payment has a receipt.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReceiptRow {
        /// The payment.
        pub id: PaymentId,
        /// The receipt's number, folded.
        pub folded: String,
    }
}

/// Which payments are looked for, the latest first.
#[derive(Clone, Debug)]
pub struct Search {
    /// For this term alone.
    pub term: Option<TermId>,
    /// Made in this way alone.
    pub method: Option<Method>,
    /// Of this state alone.
    pub state: Option<PaymentState>,
    /// From this day on.
    pub from: Date,
    /// To this day.
    pub until: Date,
    /// Only those before the one of that day and id.
    pub before: (Date, PaymentId),
    /// At most so many.
    pub limit: i64,
}

macro_rules! payments {
    ($which:literal) => {
        concat!(
            "select y.id, y.person, p.name, p.number, y.term, t.name, y.amount, y.kind, y.method,
            y.receipt, y.paid_on, y.note, y.state, y.contested, y.recorded_by, r.name,
            y.recorded_at, y.reversed_by, v.name, y.reversed_at, y.reversal_reason, y.version
        from payments y join people p on p.id = y.person join terms t on t.id = y.term
        left join people r on r.id = y.recorded_by left join people v on v.id = y.reversed_by
        ",
            $which
        )
    };
}

statements! {
    GET = (payments!("where y.id = ?1"));
    OF_PERSON = (payments!("where y.person = ?1 order by y.paid_on desc, y.id desc"));
    OF_RECEIPT = (payments!("where y.contested = 0 and y.receipt_folded = ?1"));
    LIST = (payments!("where (y.paid_on, y.id) < (?1, ?2) and y.paid_on >= ?3
        and (?4 = '' or y.method = ?4) and (?5 = '' or y.state = ?5) and (?6 = 0 or y.term = ?7)
        order by y.paid_on desc, y.id desc limit ?8"));
    BY_RECEIPTS = {
        sqlite: "select id, receipt_folded from payments
        where contested = 0 and receipt_folded = ?1",
        postgres: "select id, receipt_folded from payments
        where contested = 0 and receipt_folded = any(?1::text[])",
    };
    PUT = {
        sqlite: "insert into payments (id, person, term, amount, kind, method, receipt,
            receipt_folded, paid_on, note, state, recorded_by, recorded_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        postgres: "insert into payments (id, person, term, amount, kind, method, receipt,
            receipt_folded, paid_on, note, state, recorded_by, recorded_at, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::bigint[], ?5::text[],
            ?6::text[], ?7::text[], ?8::text[], ?9::bigint[], ?10::text[], ?11::text[],
            ?12::uuid[], ?13::bigint[], ?14::bigint[])",
    };
    UPDATE = "update payments set state = ?2, reversed_by = ?3, reversed_at = ?4,
            reversal_reason = ?5, version = ?6
        where id = ?1 and version = ?7";
    REMOVE = "delete from payments where id = ?1 and version = ?2";
    ANY = "select count(*) from (select 1 from payments limit 1) a";
}

/// The payment of that id.
pub fn get(tx: &mut ReadTx<'_>, id: PaymentId) -> Result<Option<PaymentRow>> {
    tx.opt(&GET, args![id])
}

/// A person's payments, the latest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<PaymentRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// The payment with that receipt, in any letter case and with any blanks.
pub fn of_receipt(tx: &mut ReadTx<'_>, number: &str) -> Result<Option<PaymentRow>> {
    tx.opt(&OF_RECEIPT, args![Receipt::folded(number)])
}

/// Payments, the latest first.
pub fn list(tx: &mut ReadTx<'_>, search: &Search) -> Result<Vec<PaymentRow>> {
    // Behind everything of the last day that is wanted.
    let first = (Date(search.until.0.saturating_add(1)), PaymentId(uuid::Uuid::nil()));
    let before = search.before.min(first);
    let method = search.method.map_or("", Method::key);
    let state = search.state.map_or("", PaymentState::key);
    let (narrow, term) = (i64::from(search.term.is_some()), search.term);
    tx.all(&LIST, args![before.0, before.1, search.from, method, state, narrow, term, search.limit])
}

/// Which of those receipts, folded, are there.
pub fn by_receipts(tx: &mut ReadTx<'_>, folded: &[String]) -> Result<Vec<ReceiptRow>> {
    tx.all_many(&BY_RECEIPTS, folded.iter().map(|number| row![number]))
}

/// Whether there is any.
pub fn any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(tx.number(&ANY, args![])? > 0)
}

/// Adds payments.
pub fn insert_many(tx: &mut WriteTx<'_>, payments: &[&PaymentRow]) -> Result<()> {
    let folded: Vec<Option<String>> =
        payments.iter().map(|row| row.receipt.as_deref().map(Receipt::folded)).collect();
    let rows = payments.iter().zip(&folded).map(|(row, folded)| {
        [
            row.id.to_value(),
            row.person.to_value(),
            row.term.to_value(),
            row.amount.to_value(),
            row.kind.to_value(),
            row.method.to_value(),
            row.receipt.to_value(),
            folded.to_value(),
            row.paid_on.to_value(),
            row.note.to_value(),
            row.state.to_value(),
            row.recorded_by.to_value(),
            row.recorded_at.to_value(),
            row.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Stores what changes of a payment if its stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &PaymentRow, seen: i64) -> Result<bool> {
    let done = tx.execute(
        &UPDATE,
        args![
            row.id,
            row.state,
            row.reversed_by,
            row.reversed_at,
            row.reversal_reason,
            row.version,
            seen
        ],
    )?;
    Ok(done == 1)
}

/// Removes a payment that an import brought and nobody touched since.
pub fn remove(tx: &mut WriteTx<'_>, id: PaymentId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE, args![id, seen])? == 1)
}
