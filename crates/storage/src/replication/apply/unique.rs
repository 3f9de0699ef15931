//! Who keeps what one alone may have: whoever took it first, by version. The others are contested
//! and out of the unique index, so that no row is refused.

use super::drafts::{Drafts, stand};
use super::refers::made;
use super::{Id, Pass};
use crate::engine::{Cell, Cells};
use crate::{ReadTx, Result, Statement, ToValue, Value, WriteTx, args, row};
use muster_domain::ids::EntryId;
use muster_journal::Version;
use muster_journal::unique::{Holder, contested};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use uuid::Uuid;

/// A table with values that one row alone may have.
struct Held {
    entity: &'static str,
    table: &'static str,
    /// The column with the record's id.
    id: &'static str,
    /// What is true of rows that may hold anything.
    stands: &'static str,
    values: &'static [Unique],
}

/// Columns with their types that are unique together while something is true, and the fields of
/// which the latest change tells since when a record holds them.
struct Unique {
    columns: &'static [(&'static str, &'static str)],
    while_: &'static str,
    fields: &'static [&'static str],
}

const fn unique(
    columns: &'static [(&'static str, &'static str)],
    while_: &'static str,
    fields: &'static [&'static str],
) -> Unique {
    Unique { columns, while_, fields }
}

const fn held(entity: &'static str, table: &'static str, values: &'static [Unique]) -> Held {
    Held { entity, table, id: "id", stands: "1 = 1", values }
}

const ALWAYS: &str = "1 = 1";

/// As the unique indexes have it.
static HELD: [Held; 13] = [
    held(
        "assessment",
        "assessments",
        &[
            unique(&[("term", "uuid"), ("code_folded", "text")], ALWAYS, &["term", "code"]),
            unique(&[("term", "uuid")], "t.active = 1", &["term", "active"]),
        ],
    ),
    held(
        "class",
        "classes",
        &[unique(
            &[("course", "uuid"), ("term", "uuid"), ("section_folded", "text")],
            ALWAYS,
            &["course", "term", "section"],
        )],
    ),
    held(
        "correction",
        "corrections",
        &[unique(
            &[("session", "uuid"), ("person", "uuid")],
            "t.state = 'asked'",
            &["session", "person"],
        )],
    ),
    held("course", "courses", &[unique(&[("code_folded", "text")], ALWAYS, &["code"])]),
    held(
        "enrolment",
        "enrolments",
        &[
            unique(&[("class", "uuid"), ("person", "uuid")], ALWAYS, &["class", "person"]),
            unique(
                &[("class", "uuid"), ("roll_folded", "text")],
                "t.status = 'active'",
                &["class", "roll_number"],
            ),
        ],
    ),
    held("faculty", "faculties", &[unique(&[("name_folded", "text")], ALWAYS, &["name"])]),
    held(
        "payment",
        "payments",
        &[unique(&[("receipt_folded", "text")], "t.receipt_folded is not null", &["receipt"])],
    ),
    Held {
        stands: "t.merged_into is null",
        ..held(
            "person",
            "people",
            &[
                unique(&[("number_folded", "text")], ALWAYS, &["number"]),
                unique(
                    &[("username_folded", "text")],
                    "t.username_folded is not null",
                    &["username"],
                ),
                unique(&[("email_folded", "text")], "t.email_folded is not null", &["email"]),
            ],
        )
    },
    Held {
        id: "person",
        stands: "not exists (select 1 from people p
            where p.id = t.person and p.merged_into is not null)",
        ..held(
            "person",
            "students",
            &[unique(
                &[("enrolment_number_folded", "text")],
                "t.enrolment_number_folded is not null",
                &["enrolment_number"],
            )],
        )
    },
    held("programme", "programmes", &[unique(&[("code_folded", "text")], ALWAYS, &["code"])]),
    held(
        "role",
        "role_grants",
        &[
            unique(
                &[("person", "uuid"), ("role", "text")],
                "t.ended_at is null and t.class is null and t.event is null and t.assessment is null",
                &["person", "role"],
            ),
            unique(
                &[("person", "uuid"), ("role", "text"), ("class", "uuid")],
                "t.ended_at is null and t.class is not null",
                &["person", "role", "class"],
            ),
            unique(
                &[("person", "uuid"), ("role", "text"), ("event", "uuid")],
                "t.ended_at is null and t.event is not null",
                &["person", "role", "event"],
            ),
            unique(
                &[("person", "uuid"), ("role", "text"), ("assessment", "uuid")],
                "t.ended_at is null and t.assessment is not null",
                &["person", "role", "assessment"],
            ),
        ],
    ),
    held(
        "session",
        "sessions",
        &[unique(&[("class", "uuid")], "t.closed_at is null", &["class", "opened_at"])],
    ),
    held("term", "terms", &[unique(&[("name_folded", "text")], ALWAYS, &["name"])]),
];

/// The statements of one table.
struct Texts {
    held: &'static Held,
    waiting: Statement,
    yield_: Statement,
    keep: Statement,
    /// For each unique value: what these rows hold; who hold these values.
    values: Vec<(Statement, Statement)>,
}

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| HELD.iter().map(Texts::of).collect());

impl Texts {
    fn of(held: &'static Held) -> Self {
        let Held { table, id, stands, .. } = held;
        let waiting = format!("select t.{id} from {table} t where t.contested = 1 and {stands}");
        let set = |to: u8, stands: &str| {
            let text =
                format!("update {table} as t set contested = {to} where t.contested <> {to}");
            made(
                "CONTEST",
                format!("{text} and t.{id} = ?1 and {stands}"),
                format!("{text} and t.{id} = any(?1::uuid[]) and {stands}"),
            )
        };
        Self {
            held,
            waiting: made("CONTESTED", waiting.clone(), waiting),
            yield_: set(1, ALWAYS),
            keep: set(0, stands),
            values: held.values.iter().map(|value| value.texts(held)).collect(),
        }
    }
}

impl Unique {
    fn texts(&self, held: &Held) -> (Statement, Statement) {
        let Held { table, id, stands, .. } = held;
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| format!("t.{name}")).collect();
        let select = format!("select t.{id}, {} from {table} t", columns.join(", "));
        let holds = format!("{} and {stands}", self.while_);
        let own = made(
            "HELD",
            format!("{select} where t.{id} = ?1 and {holds}"),
            format!("{select} where t.{id} = any(?1::uuid[]) and {holds}"),
        );
        let met: Vec<_> =
            columns.iter().zip(1..).map(|(name, at)| format!("{name} = ?{at}")).collect();
        let arrays =
            self.columns.iter().zip(1..).map(|((_, holds), at)| format!("?{at}::{holds}[]"));
        let arrays: Vec<_> = arrays.collect();
        let names: Vec<_> = (1..=columns.len()).map(|at| format!("k{at}")).collect();
        let on = columns.iter().zip(&names).map(|(column, name)| format!("{column} = a.{name}"));
        let on: Vec<_> = on.collect();
        let holders = made(
            "HELD_BY",
            format!("{select} where {} and t.contested = 0 and {holds}", met.join(" and ")),
            format!(
                "select t.* from unnest({}) as a ({}) cross join lateral (
                    {select} where {} and t.contested = 0 and {holds} offset 0
                ) t",
                arrays.join(", "),
                names.join(", "),
                on.join(" and ")
            ),
        );
        (own, holders)
    }
}

/// All of them, for the registry.
pub(super) fn statements() -> Vec<&'static Statement> {
    let each = |texts: &'static Texts| {
        let values = texts.values.iter().flat_map(|(own, holders)| [own, holders]);
        [&texts.waiting, &texts.yield_, &texts.keep].into_iter().chain(values)
    };
    TEXTS.iter().flat_map(each).collect()
}

/// Whether one alone may have something that a kind of record holds.
pub(super) fn concerns(entity: &str) -> bool {
    HELD.iter().any(|held| held.entity == entity)
}

/// Decides who keeps what these records hold; rows that were written are contested until then.
pub(super) fn settle(
    tx: &mut WriteTx<'_>,
    pass: &mut Pass<'_>,
    drafts: &Drafts,
    touched: &BTreeSet<&'static str>,
) -> Result<()> {
    let mine = TEXTS.iter().filter(|texts| touched.contains(texts.held.entity));
    for texts in mine {
        let here = drafts.all.iter().filter(|draft| draft.id.0 == texts.held.entity && !draft.gone);
        let mut asked: BTreeSet<Uuid> = here.map(|draft| draft.id.1).collect();
        tx.each(&texts.waiting, args![], |row| {
            asked.insert(row.columns().next()?);
            Ok(())
        })?;
        let lost = lost(tx, pass, texts, drafts, &asked)?;
        tx.execute_many(&texts.yield_, lost.iter().map(|id| row![*id]))?;
        let keep = asked.iter().filter(|id| !lost.contains(*id));
        tx.execute_many(&texts.keep, keep.map(|id| row![*id]))?;
    }
    Ok(())
}

/// The fields that have to be unique, and who holds which values of them.
type Rivals = (&'static [&'static str], Vec<(Vec<u8>, Uuid)>);

/// Those that have to give something up.
fn lost(
    tx: &mut WriteTx<'_>,
    pass: &mut Pass<'_>,
    texts: &'static Texts,
    drafts: &Drafts,
    asked: &BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>> {
    let mut rivals: Vec<Rivals> = Vec::new();
    for (unique, (own, holders)) in texts.held.values.iter().zip(&texts.values) {
        let held: Vec<Cells> = tx.all_many(own, asked.iter().map(|id| row![*id]))?;
        let keys: Vec<Vec<Value<'_>>> = held
            .iter()
            .map(|cells| cells.0.iter().skip(1).map(ToValue::to_value).collect())
            .collect();
        let others: Vec<Cells> = tx.all_many(holders, keys)?;
        let mut by_key: BTreeMap<Vec<u8>, BTreeSet<Uuid>> = BTreeMap::new();
        for cells in held.iter().chain(&others) {
            if let Some((id, key)) = split(cells) {
                by_key.entry(key).or_default().insert(id);
            }
        }
        let several = by_key.into_iter().filter(|(_, records)| records.len() > 1);
        let several =
            several.flat_map(|(key, records)| records.into_iter().map(move |id| (key.clone(), id)));
        rivals.push((unique.fields, several.collect()));
    }
    let all: BTreeSet<Id> = rivals
        .iter()
        .flat_map(|(_, held)| held.iter().map(|(_, id)| (texts.held.entity, *id)))
        .collect();
    if all.is_empty() {
        return Ok(BTreeSet::new());
    }
    let unknown: BTreeSet<Id> =
        all.iter().filter(|id| !drafts.all.iter().any(|draft| draft.id == **id)).copied().collect();
    let known = stand(tx, pass, &unknown, &unknown)?;
    let since = |id: Uuid, fields: &[&str]| {
        let mut all = drafts.all.iter().chain(&known);
        let draft = all.find(|draft| draft.id == (texts.held.entity, id));
        let versions = draft.map(|draft| &draft.standing.versions);
        let since = fields.iter().filter_map(|field| versions?.get(*field).copied()).max();
        // What no entry tells was there before all.
        since.unwrap_or(Version { clock: i64::MIN, entry: EntryId(Uuid::nil()) })
    };
    let mut lost = BTreeSet::new();
    for (fields, held) in rivals {
        let holders = held.into_iter().map(|(key, record)| Holder {
            key,
            record,
            since: since(record, fields),
        });
        lost.extend(contested(holders).into_iter().map(|lost| lost.record));
    }
    Ok(lost)
}

/// A row's record, and its key as bytes.
fn split(cells: &Cells) -> Option<(Uuid, Vec<u8>)> {
    let (first, rest) = cells.0.split_first()?;
    let id = uuid(first)?;
    let mut key = Vec::new();
    for cell in rest {
        match cell {
            Cell::Null => return None,
            Cell::Int(number) => key.extend(number.to_be_bytes()),
            Cell::Text(text) => key.extend(text.as_bytes()),
            Cell::Bytes(bytes) => key.extend(bytes),
            Cell::Uuid(id) => key.extend(id.as_bytes()),
        }
        key.push(0);
    }
    Some((id, key))
}

fn uuid(cell: &Cell) -> Option<Uuid> {
    match cell {
        Cell::Uuid(id) => Some(*id),
        Cell::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
        Cell::Null | Cell::Int(_) | Cell::Text(_) => None,
    }
}

/// The records of a kind that lost something to others.
pub(in crate::replication) fn contested_of(
    tx: &mut ReadTx<'_>,
    entity: &str,
) -> Result<BTreeSet<Uuid>> {
    let mut found = BTreeSet::new();
    for texts in TEXTS.iter().filter(|texts| texts.held.entity == entity) {
        tx.each(&texts.waiting, args![], |row| {
            found.insert(row.columns().next()?);
            Ok(())
        })?;
    }
    Ok(found)
}
