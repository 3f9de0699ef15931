//! The statements of the tables: made once from their columns, the same text for all rows.

use super::{ALL, Column, Key, List, Side, Source, Start, Table, Type};
use crate::Statement;
use std::sync::LazyLock;

/// The statements of one table in the database.
#[derive(Debug)]
pub(super) struct Texts {
    /// Columns that a put writes, after those of the key.
    pub written: Vec<&'static Column>,
    /// Columns that a read gives, after those of the key.
    pub told: Vec<&'static Column>,
    /// Rows by their first key, as the key's columns and then those that are told.
    pub read: Statement,
    /// Stores a row in place of the one before.
    pub put: Statement,
    /// Removes the rows of a key.
    pub drop: Statement,
    /// Ids after one, in order.
    pub walk: Option<Statement>,
}

/// The statements of a kind of record.
#[derive(Debug)]
pub(super) struct Sheets {
    pub table: &'static Table,
    pub main: Texts,
    pub sides: Vec<Texts>,
    pub lists: Vec<Texts>,
}

static SHEETS: LazyLock<Vec<Sheets>> = LazyLock::new(|| ALL.into_iter().map(Sheets::of).collect());

/// The statements of a table.
pub(super) fn sheets(table: &'static Table) -> Option<&'static Sheets> {
    SHEETS.iter().find(|sheets| sheets.table.name == table.name)
}

/// All of them, for the registry.
pub fn statements() -> Vec<&'static Statement> {
    let texts = SHEETS
        .iter()
        .flat_map(|sheets| [&sheets.main].into_iter().chain(&sheets.sides).chain(&sheets.lists));
    let each = texts.flat_map(|texts| {
        [Some(&texts.read), Some(&texts.put), Some(&texts.drop), texts.walk.as_ref()]
    });
    each.flatten().collect()
}

impl Sheets {
    fn of(table: &'static Table) -> Self {
        let keys = table.key.columns();
        let side = |side: &Side| match table.key {
            Key::Mark => Texts::of(side.name, &keys, side.columns, false),
            _ => Texts::of(side.name, &[side.of], side.columns, false),
        };
        let list = |list: &List| Texts::of(list.name, &[list.of], list.columns, true);
        let walk = match table.key {
            Key::Id => Some(walk(table.name)),
            Key::Mark => Some(walk("sessions")),
            Key::Named(_) | Key::Single(_) => None,
        };
        Self {
            table,
            main: Texts { walk, ..Texts::of(table.name, &keys, table.columns, false) },
            sides: table.sides.iter().map(side).collect(),
            lists: table.lists.iter().map(list).collect(),
        }
    }
}

impl Key {
    /// The columns by which a row is found.
    pub(super) fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Id | Self::Single(_) => vec!["id"],
            Self::Mark => vec!["session", "person"],
            Self::Named(_) => vec!["name"],
        }
    }
}

fn statement(sqlite: String, postgres: String, name: &'static str) -> Statement {
    // Made once and used as long as the program runs.
    Statement { name, sqlite: sqlite.leak(), postgres: postgres.leak() }
}

fn alike(text: String, name: &'static str) -> Statement {
    statement(text.clone(), text, name)
}

fn walk(name: &str) -> Statement {
    alike(format!("select id from {name} where id > ?1 order by id limit ?2"), "WALK_TABLE")
}

impl Texts {
    fn of(name: &str, keys: &[&'static str], columns: &'static [Column], lines: bool) -> Self {
        let kept = |column: &&Column| {
            let own = matches!(column.source, Source::Own(Start::Default) | Source::Elsewhere);
            !own && !keys.contains(&column.name)
        };
        let written: Vec<_> = columns.iter().filter(kept).collect();
        let told = |column: &&Column| matches!(column.source, Source::Field(_) | Source::Place);
        let told: Vec<_> = columns.iter().filter(told).collect();
        Self {
            read: read(name, keys, &told),
            put: put(name, keys, &written, lines),
            drop: removal(name, keys),
            walk: None,
            written,
            told,
        }
    }
}

fn read(name: &str, keys: &[&'static str], told: &[&Column]) -> Statement {
    let names = keys.iter().copied().chain(told.iter().map(|column| column.name));
    let read = format!("select {} from {name}", names.collect::<Vec<_>>().join(", "));
    match keys {
        // There are few of those.
        ["name"] => alike(read, "EVERY_OF_TABLE"),
        ["id"] if name == "logo" => alike(read, "EVERY_OF_TABLE"),
        _ => {
            let first = keys.first().copied().unwrap_or("id");
            statement(
                format!("{read} where {first} = ?1"),
                format!("{read} where {first} = any(?1::uuid[])"),
                "READ_TABLE",
            )
        }
    }
}

fn removal(name: &str, keys: &[&'static str]) -> Statement {
    let holds = key_type(name, keys);
    let met: Vec<_> = keys.iter().zip(1..).map(|(key, at)| format!("{key} = ?{at}")).collect();
    let alike: Vec<_> = keys.iter().map(|key| format!("t.{key} = d.{key}")).collect();
    let arrays: Vec<_> = (1..=keys.len()).map(|at| format!("?{at}::{holds}[]")).collect();
    statement(
        format!("delete from {name} where {}", met.join(" and ")),
        format!(
            "delete from {name} t using unnest({}) as d ({}) where {}",
            arrays.join(", "),
            keys.join(", "),
            alike.join(" and ")
        ),
        "DROP_FROM_TABLE",
    )
}

/// What PostgreSQL calls the type of a table's key.
fn key_type(name: &str, keys: &[&'static str]) -> &'static str {
    match keys {
        ["name"] => "text",
        ["id"] if name == "logo" => "bigint",
        _ => "uuid",
    }
}

fn put(name: &str, keys: &[&'static str], written: &[&Column], lines: bool) -> Statement {
    let names: Vec<&str> = keys.iter().copied().chain(written.iter().map(|one| one.name)).collect();
    let numbers: Vec<_> = (1..=names.len()).map(|at| format!("?{at}")).collect();
    let key = key_type(name, keys);
    let types = keys.iter().map(|_| key).chain(written.iter().map(|one| one.holds.postgres()));
    let arrays: Vec<_> =
        types.zip(&numbers).map(|(holds, number)| format!("{number}::{holds}[]")).collect();
    let kept = written.iter().filter(|one| !matches!(one.source, Source::Own(_)));
    let set: Vec<_> = kept.map(|one| format!("{0} = excluded.{0}", one.name)).collect();
    // Lines are removed before they are written anew.
    let met = if lines || set.is_empty() {
        "on conflict do nothing".to_owned()
    } else {
        format!("on conflict ({}) do update set {}", keys.join(", "), set.join(", "))
    };
    let into = format!("insert into {name} ({})", names.join(", "));
    statement(
        format!("{into} values ({}) {met}", numbers.join(", ")),
        format!("{into} select * from unnest({}) {met}", arrays.join(", ")),
        "PUT_INTO_TABLE",
    )
}

impl Type {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Id => "uuid",
            Self::Int | Self::Bool => "bigint",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }
}
