//! What this node keeps beside records and does not replicate: it follows a record that leads to
//! another one, and goes with one that was removed.

use super::Id;
use super::refers::made;
use crate::{ReadTx, Result, Statement, WriteTx, args};
use std::sync::LazyLock;
use uuid::Uuid;

/// Rows that name a record.
struct Beside {
    kind: &'static str,
    table: &'static str,
    column: &'static str,
    follows: Follows,
    /// Whether the record can't be removed while there are any.
    holds: bool,
}

/// What becomes of them when their record leads to another one.
#[derive(Clone, Copy)]
enum Follows {
    /// They are given to it.
    All,
    /// They are given to it unless it has such a row, with the same in these columns.
    Unless(&'static [&'static str]),
    /// They vanish: they are worked out anew.
    Never,
}

use Follows::{All, Never, Unless};

const fn beside(
    kind: &'static str,
    table: &'static str,
    column: &'static str,
    follows: Follows,
) -> Beside {
    Beside { kind, table, column, follows, holds: false }
}

impl Beside {
    const fn holding(self) -> Self {
        Self { holds: true, ..self }
    }
}

static BESIDE: [Beside; 38] = [
    beside("assessment", "issue_batches", "assessment", All).holding(),
    beside("class", "issue_batches", "class", All).holding(),
    beside("class", "logins", "class", All),
    beside("class", "low_attendance", "class", Unless(&["person"])),
    beside("class", "session_tallies", "class", Never),
    beside("class", "stale_timetables", "class", Unless(&[])),
    beside("class", "tallies", "class", Never),
    beside("event", "imports", "event", All).holding(),
    beside("pass", "pass_words", "pass", Never),
    beside("person", "bulk_mark_items", "person", Unless(&["bulk"])),
    beside("person", "bulk_marks", "marked_by", All).holding(),
    beside("person", "calendar_feeds", "person", Unless(&[])),
    beside("person", "device_bindings", "person", All),
    beside("person", "issue_batch_people", "person", All).holding(),
    beside("person", "logins", "person", All),
    beside("person", "low_attendance", "person", Unless(&["class"])),
    beside("person", "merges", "kept", All).holding(),
    beside("person", "merges", "merged", All).holding(),
    beside("person", "notices", "person", All).holding(),
    beside("person", "one_time_codes", "person", All),
    beside("person", "passkeys", "person", All),
    beside("person", "passwords", "person", Unless(&[])),
    beside("person", "person_words", "person", Never),
    beside("person", "photos", "person", Unless(&[])),
    beside("person", "pins", "person", Unless(&[])),
    beside("person", "recovery_codes", "person", Unless(&["code_digest"])),
    beside("person", "tallies", "person", Never),
    beside("person", "term_tallies", "person", Never),
    beside("person", "totp", "person", Unless(&[])),
    beside("person", "untold", "person", All),
    beside("person", "verifier_codes", "person", All),
    beside("point", "verifier_devices", "pack_point", All).holding(),
    beside("programme", "issue_batches", "programme", All).holding(),
    beside("session", "bulk_marks", "session", All).holding(),
    beside("session", "session_tallies", "session", Never),
    beside("session", "untold", "session", All),
    beside("term", "imports", "term", All).holding(),
    beside("term", "term_tallies", "term", Never),
];

/// Frees a value that the record which stands is about to take: where a table has no `contested`,
/// something in its place that nobody else has.
const PARKS: [(&str, &str, &str); 20] = [
    ("assessment", "assessments", "contested = 1"),
    ("class", "classes", "contested = 1"),
    ("correction", "corrections", "contested = 1"),
    ("course", "courses", "contested = 1"),
    ("device_key", "device_keys", "public_key = ?2"),
    ("enrolment", "enrolments", "contested = 1"),
    ("faculty", "faculties", "contested = 1"),
    ("incident", "incidents", "kind = ?3"),
    ("meeting", "meetings", "pattern = null, week = null"),
    ("pass_type", "pass_types", "name_folded = ?3"),
    ("payment", "payments", "contested = 1"),
    ("person", "people", "contested = 1"),
    ("person", "students", "contested = 1"),
    ("point", "points", "name_folded = ?3"),
    ("programme", "programmes", "contested = 1"),
    ("redemption", "redemptions", "nonce = ?3"),
    ("role", "role_grants", "contested = 1"),
    ("session", "sessions", "contested = 1"),
    ("sitting", "sittings", "starts_at = -starts_at"),
    ("term", "terms", "contested = 1"),
];

struct Texts {
    beside: &'static Beside,
    give: Option<Statement>,
    drop: Statement,
    count: Statement,
}

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| BESIDE.iter().map(Texts::of).collect());

static PARKING: LazyLock<Vec<(&'static str, Statement)>> = LazyLock::new(|| {
    let park = |(kind, table, set): &(&'static str, &str, &str)| {
        let id = if *table == "students" { "person" } else { "id" };
        // All three are named, so that one call serves every table.
        let text = format!(
            "update {table} set {set} where {id} = ?1 and ?2 <> ?4 and cast(?3 as text) <> ''"
        );
        let postgres = text.replace("?2 <> ?4", "cast(?2 as bytea) <> cast(?4 as bytea)");
        (*kind, made("PARK", text, postgres))
    };
    PARKS.iter().map(park).collect()
});

impl Texts {
    fn of(beside: &'static Beside) -> Self {
        let Beside { table, column, follows, .. } = beside;
        let give = format!("update {table} set {column} = ?2 where {column} = ?1");
        let give = match follows {
            All => Some(give),
            Never => None,
            Unless(same) => {
                let same = same.iter().map(|name| format!(" and o.{name} = {table}.{name}"));
                let same = same.collect::<Vec<_>>().concat();
                Some(format!(
                    "{give} and not exists (select 1 from {table} o where o.{column} = ?2{same})"
                ))
            }
        };
        let drop = format!("delete from {table} where {column} = ?1");
        let count = format!("select count(*) from {table} where {column} = ?1");
        Self {
            beside,
            give: give.map(|text| made("GIVE_BESIDE", text.clone(), text)),
            drop: made("DROP_BESIDE", drop.clone(), drop),
            count: made("COUNT_BESIDE", count.clone(), count),
        }
    }
}

/// All of them, for the registry.
pub(super) fn statements() -> Vec<&'static Statement> {
    let texts = TEXTS.iter();
    let texts = texts.flat_map(|texts| texts.give.iter().chain([&texts.drop, &texts.count]));
    texts.chain(PARKING.iter().map(|(_, park)| park)).collect()
}

/// Lets the row of a record that leads to another one give up what that one is to hold.
pub(super) fn park(tx: &mut WriteTx<'_>, (entity, id): Id) -> Result<()> {
    for (_, park) in PARKING.iter().filter(|(kind, _)| *kind == entity) {
        let (bytes, text) = (id.as_bytes().as_slice(), id.to_string());
        tx.execute(park, args![id, bytes, text, [0_u8; 1]])?;
    }
    Ok(())
}

/// Gives what is beside a record to the one to which it leads.
pub(super) fn follow(tx: &mut WriteTx<'_>, (entity, from): Id, to: Uuid) -> Result<()> {
    for texts in TEXTS.iter().filter(|texts| texts.beside.kind == entity) {
        if let Some(give) = &texts.give {
            tx.execute(give, args![from, to])?;
        }
        tx.execute(&texts.drop, args![from])?;
    }
    Ok(())
}

/// Whether something beside a record keeps it from being removed.
pub(super) fn holds(tx: &mut ReadTx<'_>, (entity, id): Id) -> Result<bool> {
    for texts in TEXTS.iter().filter(|texts| texts.beside.kind == entity && texts.beside.holds) {
        if tx.number(&texts.count, args![id])? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Drops what is beside a record that was removed.
pub(super) fn drop_beside(tx: &mut WriteTx<'_>, (entity, id): Id) -> Result<()> {
    for texts in TEXTS.iter().filter(|texts| texts.beside.kind == entity && !texts.beside.holds) {
        tx.execute(&texts.drop, args![id])?;
    }
    Ok(())
}
