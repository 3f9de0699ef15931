//! What another node of the demo wrote while it was apart: a course that both changed, so that there
//! is something to settle.

use crate::events::act;
use muster_app::academics::{self, CourseInput};
use muster_app::{Ctx, Error, Result};
use muster_domain::ids::{ActId, CourseId, NAMESPACE, PersonId};
use muster_journal::sync::{Batch, Item, Sent};
use muster_journal::{Entry, GENESIS, Series, Version, entry_id, link};
use muster_storage::{ReadTx, Store, WriteTx, conflicts, people, replication};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// The course as the office has it, before and after.
const CODE: &str = "AR101";
const BEFORE: (&str, i64) = ("Drawing", 2);
const HERE: (&str, i64) = ("Drawing and Sketching", 4);
/// As a teacher in a classroom without network wrote it meanwhile.
const THERE: (&str, i64) = ("Technical Drawing", 3);

/// Changes a course here and there, and hears of both. `ctx` gives the circumstances of one act.
pub fn meet_again(store: &Store, ctx: impl Fn() -> Ctx) -> Result<()> {
    let known = |number: &'static str| {
        store
            .read(move |tx| people::by_identifier(tx, number))
            .wait()
            .map(|row| row.map(|row| row.id))
    };
    let (Some(office), Some(teacher)) = (known("R0001")?, known("T0001")?) else { return Ok(()) };
    let made =
        act(store, ctx(), office, |tx, ctx| academics::create_course(tx, ctx, &input(BEFORE)))?;
    let first = store.read(move |tx| first_version(tx, made)).wait()?;
    for told in [(BEFORE.0, HERE.1), HERE] {
        act(store, ctx(), office, move |tx, ctx| {
            let seen = academics::course(tx, ctx, made)?.version;
            academics::change_course(tx, ctx, made, seen, &input(told), false)
        })?;
    }
    act(store, ctx(), office, move |tx, ctx| hear(tx, &entry(ctx, teacher, made, first)))
}

fn input((name, credits): (&str, i64)) -> CourseInput {
    CourseInput { code: CODE.to_owned(), name: name.to_owned(), credits: Some(credits) }
}

/// The version of the change that made the course.
fn first_version(tx: &mut ReadTx<'_>, course: CourseId) -> Result<Version> {
    let entries = conflicts::entries(tx, ("course", course.0), &[])?;
    entries.first().map(|(_, entry)| Version::of(entry)).ok_or(Error::NotFound)
}

/// What the teacher wrote, knowing of the course as it was made.
fn entry(ctx: &Ctx, teacher: PersonId, course: CourseId, first: Version) -> Entry {
    let act = ActId(Uuid::new_v5(&NAMESPACE, b"demo: a course changed elsewhere"));
    let replaced = json!({"name": first.to_string(), "credits": first.to_string()});
    let fields = |(name, credits): (&str, i64)| json!({"name": name, "credits": credits});
    Entry {
        id: entry_id(act, 0),
        act,
        at: ctx.now(),
        // Before what was changed here.
        clock: first.clock + 1,
        actor: Some(teacher),
        via: "web".to_owned(),
        action: "course.change".to_owned(),
        entity: "course".to_owned(),
        entity_id: course.0,
        topic: None,
        before: Some(fields(BEFORE).to_string()),
        after: Some(fields(THERE).to_string()),
        replaced: Some(replaced.to_string()),
        reason: None,
        schema: Entry::SCHEMA,
    }
}

/// Takes it up as from another node.
fn hear(tx: &mut WriteTx<'_>, entry: &Entry) -> Result<()> {
    let series = Series { node: Uuid::new_v5(&NAMESPACE, b"demo: another node"), incarnation: 1 };
    let head = link(series, GENESIS, &entry.digest());
    let sent = Sent::new(series, head.seq, entry.clone());
    let batch = Batch { items: vec![Item::Entry(Arc::new(sent))], ends: vec![(series, head)] };
    replication::take(tx, &batch)?;
    Ok(())
}
