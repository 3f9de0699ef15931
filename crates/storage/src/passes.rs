//! Passes with their holders, and finding them.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::finding::Findable;
use muster_domain::ids::{EventId, PassId, PassTypeId, PersonId};
use muster_domain::passes::{PassState, Payment, Phone, Sold};
use muster_domain::time::Timestamp;
use std::collections::BTreeSet;

record! {
    /// A pass with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PassRow {
        /// Id.
        pub id: PassId,
        /// To which event.
        pub event: EventId,
        /// Of which type.
        pub pass_type: PassTypeId,
        /// Its name.
        pub type_name: String,
        /// What has become of it.
        pub state: PassState,
        /// How often its credential was issued.
        pub issue: i64,
        /// How many people it admits.
        pub admits: i64,
        /// What was paid, in the smallest unit of the event's currency.
        pub paid: i64,
        /// How.
        pub payment: Payment,
        /// The payment's reference.
        pub reference: Option<String>,
        /// Where letters about it go.
        pub email: Option<String>,
        /// The first holder's name.
        pub holder: String,
        /// Who issued it.
        pub issued_by: PersonId,
        /// Their name.
        pub issued_by_name: String,
        /// When.
        pub issued_at: Timestamp,
        /// When it was withdrawn.
        pub ended_at: Option<Timestamp>,
        /// Why.
        pub reason: Option<String>,
        /// How many people entered with it.
        pub admitted: i64,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// Somebody on a pass.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HolderRow {
        /// The pass.
        pub pass: PassId,
        /// Which of its holders, counted from 0.
        pub place: i64,
        /// Name.
        pub name: String,
        /// Phone, in its international form.
        pub phone: String,
    }
}

record! {
    /// Passes of an event that are alike.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CountRow {
        /// Of which type.
        pub pass_type: PassTypeId,
        /// How they were paid for.
        pub payment: Payment,
        /// What has become of them.
        pub state: PassState,
        /// How many.
        pub passes: i64,
        /// People on them.
        pub people: i64,
        /// What was paid.
        pub paid: i64,
        /// People who entered with them.
        pub admitted: i64,
    }
}

record! {
    struct SoldRow {
        pass: PassId,
        pass_type: PassTypeId,
        admits: i64,
    }
}

record! {
    struct IdRow {
        id: PassId,
    }
}

/// Which passes of an event are looked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Words, each of which begins one of the pass's; two at most count.
    pub words: Vec<String>,
    /// Of this type.
    pub pass_type: Option<PassTypeId>,
    /// Paid for in this way.
    pub payment: Option<Payment>,
    /// Of this state.
    pub state: Option<PassState>,
    /// Whether somebody entered with it.
    pub scanned: Option<bool>,
}

statements! {
    GET = {
        sqlite: "select p.id, p.event, p.pass_type, t.name, p.state, p.issue, p.admits, p.paid, p.payment,
            p.reference, p.email, p.holder, p.issued_by, i.name, p.issued_at, p.ended_at, p.reason,
            p.admitted, p.version
        from passes p join pass_types t on t.id = p.pass_type join people i on i.id = p.issued_by
        where p.id = ?1",
        postgres: "select p.id, p.event, p.pass_type, t.name, p.state, p.issue, p.admits, p.paid, p.payment,
            p.reference, p.email, p.holder, p.issued_by, i.name, p.issued_at, p.ended_at, p.reason,
            p.admitted, p.version
        from passes p join pass_types t on t.id = p.pass_type join people i on i.id = p.issued_by
        where p.id = any(?1::uuid[])",
    };
    // Whoever changes a pass or lets somebody in with it holds its row: SQLite has one writer.
    LOCK = {
        sqlite: "select id from passes where id = ?1",
        postgres: "select id from passes where id = any(?1::uuid[]) order by id for update",
    };
    LIST = "select p.id, p.event, p.pass_type, t.name, p.state, p.issue, p.admits, p.paid, p.payment,
            p.reference, p.email, p.holder, p.issued_by, i.name, p.issued_at, p.ended_at, p.reason,
            p.admitted, p.version
        from passes p join pass_types t on t.id = p.pass_type join people i on i.id = p.issued_by
        where p.event = ?1 and p.id < ?2
        and (p.pass_type = ?3 or ?3 is null)
        and (p.payment = ?4 or ?4 is null)
        and (p.state = ?5 or ?5 is null)
        and (?6 = 0 or (?6 = 1 and p.admitted > 0) or (?6 = 2 and p.admitted = 0))
        and (?7 = '' or exists (select 1 from pass_words w
            where w.pass = p.id and w.word >= ?7 and w.word < ?8))
        and (?9 = '' or exists (select 1 from pass_words w
            where w.pass = p.id and w.word >= ?9 and w.word < ?10))
        order by p.id desc limit ?11";
    COUNTS = "select pass_type, payment, state, count(*), cast(sum(admits) as bigint),
            cast(sum(paid) as bigint), cast(sum(admitted) as bigint)
        from passes where event = ?1
        group by pass_type, payment, state order by pass_type, payment, state";
    SOLD = "select id, pass_type, admits from passes where event = ?1 and state = ?2
        order by issued_at, id";
    ENTERED = "select cast(sum(admitted) as bigint) from passes where event = ?1";
    LEFT = "select cast(sum(admits - admitted) as bigint) from passes
        where event = ?1 and state = ?2";
    ANY = "select count(*) from events e
        where e.id = ?1 and exists (select 1 from passes p where p.event = e.id)";
    PUT = "insert into passes (id, event, pass_type, state, issue, admits, paid, payment, reference,
            email, holder, issued_by, issued_at, admitted, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, ?14)";
    UPDATE = "update passes set state = ?2, issue = ?3, email = ?4, holder = ?5, ended_at = ?6,
            reason = ?7, version = ?8
        where id = ?1 and version = ?9";
    HOLDERS = "select pass, place, name, phone from pass_holders where pass = ?1 order by place";
    HOLDERS_OF_EVENT = "select h.pass, h.place, h.name, h.phone
        from passes p join pass_holders h on h.pass = p.id where p.event = ?1";
    HOLDERS_OF = {
        sqlite: "select pass, place, name, phone from pass_holders where pass = ?1",
        postgres: "select pass, place, name, phone from pass_holders where pass = any(?1::uuid[])",
    };
    HOLDING = "select pass from pass_holders
        where event = ?1 and name_folded = ?2 and phone = ?3 and valid = 1";
    PUT_HOLDER = "insert into pass_holders (pass, place, event, name, name_folded, phone, valid)
        values (?1, ?2, ?3, ?4, ?5, ?6, 1)
        on conflict (event, name_folded, phone) where valid = 1 do nothing";
    END_HOLDERS = "update pass_holders set valid = 0 where pass = ?1";
    DROP_HOLDERS = "delete from pass_holders where pass = ?1";
    PUT_WORD = "insert into pass_words (pass, word) values (?1, ?2)";
    DROP_WORDS = "delete from pass_words where pass = ?1";
}

/// The pass of that id.
pub fn get(tx: &mut ReadTx<'_>, id: PassId) -> Result<Option<PassRow>> {
    Ok(get_many(tx, &[id])?.pop())
}

/// The passes of these ids, as far as there are any.
pub fn get_many(tx: &mut ReadTx<'_>, ids: &[PassId]) -> Result<Vec<PassRow>> {
    tx.all_many(&GET, ids.iter().map(|id| row![*id]))
}

/// The pass of that id; until this transaction ends nobody else changes it or enters with it.
pub fn lock(tx: &mut WriteTx<'_>, id: PassId) -> Result<Option<PassRow>> {
    Ok(lock_many(tx, &[id])?.pop())
}

/// The same of many passes, which are held in the order of their ids.
pub fn lock_many(tx: &mut WriteTx<'_>, ids: &[PassId]) -> Result<Vec<PassRow>> {
    let _: Vec<IdRow> = tx.all_many(&LOCK, ids.iter().map(|id| row![*id]))?;
    get_many(tx, ids)
}

/// Passes of an event before that one, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    event: EventId,
    wanted: &Wanted,
    (before, limit): (PassId, i64),
) -> Result<Vec<PassRow>> {
    let Wanted { words, pass_type, payment, state, scanned } = wanted;
    let scanned: i64 = match scanned {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    };
    let word = |at: usize| words.get(at).cloned().unwrap_or_default();
    let [one, two] = [word(0), word(1)];
    let [one_end, two_end] = [&one, &two].map(|word| format!("{word}{}", char::MAX));
    tx.all(
        &LIST,
        args![
            event, before, *pass_type, *payment, *state, scanned, one, one_end, two, two_end, limit
        ],
    )
}

/// How many passes of each sort an event has.
pub fn counts(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<CountRow>> {
    tx.all(&COUNTS, args![event])
}

/// The valid passes of an event in the order in which they were issued, wherever that was.
pub fn sold(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<Sold>> {
    let rows: Vec<SoldRow> = tx.all(&SOLD, args![event, PassState::Valid])?;
    let sold = |SoldRow { pass, pass_type, admits }: SoldRow| Sold { pass, pass_type, admits };
    Ok(rows.into_iter().map(sold).collect())
}

/// How many people entered an event with their passes.
pub fn entered(tx: &mut ReadTx<'_>, event: EventId) -> Result<i64> {
    tx.number(&ENTERED, args![event])
}

/// How many people of its valid passes have not entered an event yet.
pub fn left_to_come(tx: &mut ReadTx<'_>, event: EventId) -> Result<i64> {
    tx.number(&LEFT, args![event, PassState::Valid])
}

/// Whether an event has passes.
pub fn any(tx: &mut ReadTx<'_>, event: EventId) -> Result<bool> {
    Ok(tx.number(&ANY, args![event])? > 0)
}

/// Adds a pass, without its holders.
pub fn insert(tx: &mut WriteTx<'_>, row: &PassRow) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            row.id,
            row.event,
            row.pass_type,
            row.state,
            row.issue,
            row.admits,
            row.paid,
            row.payment,
            row.reference,
            row.email,
            row.holder,
            row.issued_by,
            row.issued_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Changes a pass whose stored version is still `seen`; false if it is another by now.
pub fn update(tx: &mut WriteTx<'_>, row: &PassRow, seen: i64) -> Result<bool> {
    let PassRow { id, state, issue, email, holder, ended_at, reason, version, .. } = row;
    let args = args![*id, *state, *issue, email, holder, *ended_at, reason, *version, seen];
    Ok(tx.execute(&UPDATE, args)? == 1)
}

/// Who is on a pass.
pub fn holders(tx: &mut ReadTx<'_>, pass: PassId) -> Result<Vec<HolderRow>> {
    tx.all(&HOLDERS, args![pass])
}

/// Who is on the passes of an event.
pub fn holders_of_event(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<HolderRow>> {
    tx.all(&HOLDERS_OF_EVENT, args![event])
}

/// Who is on these passes.
pub fn holders_of(tx: &mut ReadTx<'_>, passes: &[PassId]) -> Result<Vec<HolderRow>> {
    tx.all_many(&HOLDERS_OF, passes.iter().map(|pass| row![*pass]))
}

/// The valid pass of whoever has that name and phone.
pub fn holding(
    tx: &mut ReadTx<'_>,
    event: EventId,
    name_folded: &str,
    phone: &str,
) -> Result<Option<PassId>> {
    let row: Option<IdRow> = tx.opt(&HOLDING, args![event, name_folded, phone])?;
    Ok(row.map(|row| row.id))
}

/// Puts somebody on a pass; false if they hold a valid one of the event already.
pub fn insert_holder(
    tx: &mut WriteTx<'_>,
    event: EventId,
    holder: &HolderRow,
    name_folded: &str,
) -> Result<bool> {
    let HolderRow { pass, place, name, phone } = holder;
    let done = tx.execute(&PUT_HOLDER, args![*pass, *place, event, name, name_folded, phone])?;
    Ok(done == 1)
}

/// Lets the holders of a pass hold another one: theirs is no longer valid.
pub fn end_holders(tx: &mut WriteTx<'_>, pass: PassId) -> Result<()> {
    tx.execute(&END_HOLDERS, args![pass])?;
    Ok(())
}

/// Takes everybody off a pass.
pub fn drop_holders(tx: &mut WriteTx<'_>, pass: PassId) -> Result<()> {
    tx.execute(&DROP_HOLDERS, args![pass])?;
    Ok(())
}

/// The words by which a pass is found, in place of those before.
pub fn put_words(tx: &mut WriteTx<'_>, row: &PassRow, holders: &[HolderRow]) -> Result<()> {
    let mut words = BTreeSet::new();
    for holder in holders {
        let findable = Findable {
            name: &holder.name,
            number: holder.phone.trim_start_matches('+'),
            username: Some(Phone::national(&holder.phone)),
            email: row.email.as_deref(),
        };
        words.extend(findable.words());
    }
    let reference = row.reference.as_deref().unwrap_or_default();
    words.extend(Findable { number: reference, ..Findable::default() }.words());
    tx.execute(&DROP_WORDS, args![row.id])?;
    words.iter().try_for_each(|word| tx.execute(&PUT_WORD, args![row.id, word]).map(drop))
}
