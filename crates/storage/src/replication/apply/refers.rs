//! Which columns name which kinds of records, as the tables tell it.

use super::{Id, entity_of};
use crate::replication::tables::{self, Column, Key, Source, Table};
use crate::{ReadTx, Result, Statement, args, record, row, statements};
use muster_domain::ids::MarkId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;
use uuid::Uuid;

/// What the rows of a kind name. What is known by a name is not led anywhere.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The fields that name records, each with their kind.
    pub fields: Vec<(&'static str, &'static str)>,
    /// The same in lists: field, the name in each line, kind.
    pub lines: Vec<(&'static str, &'static str, &'static str)>,
    /// Those of the fields without whose records a row can't be. A mark is counted for its student.
    pub bound: Vec<(&'static str, &'static str)>,
    /// The same in lists.
    pub bound_lines: Vec<(&'static str, &'static str, &'static str)>,
}

static NAMES: LazyLock<HashMap<&'static str, Names>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Names> = HashMap::new();
    for table in tables::ALL {
        let of_kind = names.entry(table.entity).or_default();
        if !matches!(table.key, Key::Named(_)) {
            of_kind.add(table);
        }
    }
    names
});

/// What the rows of a kind name.
pub(super) fn names(entity: &str) -> &'static Names {
    static NOTHING: LazyLock<Names> = LazyLock::new(Names::default);
    NAMES.get(entity).unwrap_or(&NOTHING)
}

impl Names {
    fn add(&mut self, table: &'static Table) {
        for column in table.columns.iter().chain(sides(table)) {
            let (Some(field), Some(kind)) = (field(column), column.refers) else { continue };
            self.fields.push((field, kind));
            if column.bound || (table.entity == "mark" && column.name == "person") {
                self.bound.push((field, kind));
            }
        }
        for list in table.lists {
            for column in list.columns {
                let (Some(name), Some(kind)) = (column.field(), column.refers) else { continue };
                self.lines.push((list.field, name, kind));
                if column.bound {
                    self.bound_lines.push((list.field, name, kind));
                }
            }
        }
    }
}

/// By what a record that is named is found: its id, or the first half of a digest.
pub(super) fn key(kind: &str, named: &str) -> Option<Uuid> {
    let text = if kind == ATTACHMENT { named.get(..32)? } else { named };
    Uuid::try_parse(text).ok()
}

/// What is fetched by its digest.
pub(super) const ATTACHMENT: &str = "attachment";

fn sides(table: &'static Table) -> impl Iterator<Item = &'static Column> {
    table.sides.iter().flat_map(|side| side.columns)
}

/// The field that tells a column; of a mark its session, too.
fn field(column: &Column) -> Option<&'static str> {
    match column.source {
        Source::Topic => Some("session"),
        _ => column.field(),
    }
}

/// A column that names records of a kind.
struct Referrer {
    kind: &'static str,
    entity: &'static str,
    bound: bool,
    of_mark: bool,
    find: Statement,
}

static REFERRERS: LazyLock<Vec<Referrer>> = LazyLock::new(|| {
    let tables = tables::ALL.into_iter().filter(|table| !matches!(table.key, Key::Named(_)));
    tables.flat_map(referrers).collect()
});

static PRESENT: LazyLock<BTreeMap<&'static str, Statement>> = LazyLock::new(|| {
    let with_id = tables::ALL.into_iter().filter(|table| table.key == Key::Id);
    let all = with_id.map(|table| {
        let name = table.name;
        let sqlite = format!("select id from {name} where id = ?1");
        let postgres = format!("select id from {name} where id = any(?1::uuid[])");
        (table.entity, made("PRESENT", sqlite, postgres))
    });
    all.collect()
});

/// All of them, for the registry.
pub(super) fn made_statements() -> Vec<&'static Statement> {
    let made = REFERRERS.iter().map(|referrer| &referrer.find).chain(PRESENT.values());
    made.chain(ALL.iter().copied()).collect()
}

/// Made once and used as long as the program runs.
pub(super) fn made(name: &'static str, sqlite: String, postgres: String) -> Statement {
    Statement { name, sqlite: sqlite.leak(), postgres: postgres.leak() }
}

fn referrers(table: &'static Table) -> Vec<Referrer> {
    let main = table.columns.iter().map(|column| (table.name, "id", column));
    let sides = table
        .sides
        .iter()
        .flat_map(|side| side.columns.iter().map(|column| (side.name, side.of, column)));
    let lists = table
        .lists
        .iter()
        .flat_map(|list| list.columns.iter().map(|column| (list.name, list.of, column)));
    let of_mark = table.key == Key::Mark;
    let all = main.chain(sides).chain(lists).filter_map(|(name, id, column)| {
        let (kind, column, bound) = (column.refers?, column.name, column.bound);
        let id = if of_mark { "session, person" } else { id };
        let find = format!("select {id} from {name} where {column} = ?1");
        let find = made("REFERRERS", find.clone(), find);
        Some(Referrer { kind, entity: table.entity, bound, of_mark, find })
    });
    all.filter(|referrer| entity_of(referrer.kind).is_some()).collect()
}

record! {
    struct DigestRow {
        digest: Vec<u8>,
    }
}

statements! {
    ATTACHED = {
        sqlite: "select digest from attachments where digest >= ?1 and digest <= ?2",
        postgres: "select t.digest from unnest(?1::bytea[], ?2::bytea[]) as a (low, high)
        join attachments t on t.digest >= a.low and t.digest <= a.high",
    };
}

record! {
    struct IdRow {
        id: Uuid,
    }
}

record! {
    struct SeatRow {
        session: Uuid,
        person: Uuid,
    }
}

/// The records whose rows name this one, and the sessions of those that are marks. With `bound`
/// those that can't be without it.
pub(super) fn referrers_of(
    tx: &mut ReadTx<'_>,
    (entity, id): Id,
    bound: bool,
    mut note: impl FnMut(Uuid, Uuid),
) -> Result<BTreeSet<Id>> {
    let mut found = BTreeSet::new();
    let mine = REFERRERS.iter().filter(|one| one.kind == entity && (one.bound || !bound));
    for referrer in mine {
        if referrer.of_mark {
            let seats: Vec<SeatRow> = tx.all(&referrer.find, args![id])?;
            for SeatRow { session, person } in seats {
                let mark = MarkId::of(session.into(), person.into()).0;
                note(mark, session);
                found.insert((referrer.entity, mark));
            }
        } else {
            let rows: Vec<IdRow> = tx.all(&referrer.find, args![id])?;
            found.extend(rows.into_iter().map(|row| (referrer.entity, row.id)));
        }
    }
    Ok(found)
}

/// Which of these records of a kind have rows.
pub(super) fn present(
    tx: &mut ReadTx<'_>,
    entity: &str,
    ids: &BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>> {
    if entity == ATTACHMENT {
        return attached(tx, ids);
    }
    let Some(find) = PRESENT.get(entity) else { return Ok(BTreeSet::new()) };
    let rows: Vec<IdRow> = tx.all_many(find, ids.iter().map(|id| row![*id]))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Which of these beginnings of digests are those of attachments.
fn attached(tx: &mut ReadTx<'_>, ids: &BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
    let bounds: Vec<(Vec<u8>, Vec<u8>)> = ids
        .iter()
        .map(|id| (id.as_bytes().to_vec(), [id.as_bytes().as_slice(), &[u8::MAX; 16]].concat()))
        .collect();
    let asked = bounds.iter().map(|(low, high)| row![low.as_slice(), high.as_slice()]);
    let rows: Vec<DigestRow> = tx.all_many(&ATTACHED, asked)?;
    Ok(rows.iter().filter_map(|row| Uuid::from_slice(row.digest.get(..16)?).ok()).collect())
}

/// The kinds, each after those that its rows need, as the tables are listed.
pub(super) static ORDER: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut order: Vec<&'static str> = tables::ALL.iter().map(|table| table.entity).collect();
    order.dedup();
    order
});
