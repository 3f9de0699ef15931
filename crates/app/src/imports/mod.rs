//! Imports of tables: a file is uploaded, its columns are understood, every line is checked before
//! anything is written, and then all of them are written or none.
//!
//! Long work goes in steps of a few hundred lines, each a transaction of its own, between which
//! marking flows. A step stores how far it came, so that an interrupted import goes on; one that
//! meets a line that can't be written any more takes back what the steps before it did.

mod catalogue;
mod claims;
mod classes;
mod content;
mod details;
mod enrolments;
mod export;
mod fees;
mod line;
mod marks;
mod oneroster;
mod part;
mod passes;
mod payments;
mod person;
mod plan;
mod promised;
mod repeats;
mod results;
mod rosters;
mod secret;
mod sittings;
mod terms;
mod timetable;
mod undo;
mod weekly;
mod work;

use crate::{Ctx, Error, Result, credentials, people};
use muster_domain::auth::{Actor, Permission, Target};
use muster_domain::ids::{EventId, ImportId, TermId};
use muster_domain::imports::{Kind, Mapping, State, Step, check_mapping, columns, guess};
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::academics::TermRow;
use muster_storage::imports::{ImportRow, ProblemRow};
use muster_storage::{ReadTx, WriteTx, academics, events, imports};
use serde_json::json;

pub use content::Content;
pub use export::{Exported, export};
pub use plan::Sample;
pub use secret::{Hashes, to_hash};
pub use work::{Job, fail, prepare, step, take_back_one};

/// Bytes of a file in one row of the database.
pub const PART: usize = 256 << 10;
/// Longest time a file may take to arrive.
const ARRIVAL: Span = Span::hours(1);
/// How long an import waits for somebody to confirm it.
const PATIENCE: Span = Span::days(7);
/// Most imports that are given up in one transaction: their files are large.
const AT_ONCE: i64 = 5;

/// A file as it arrived.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What its lines are about.
    pub kind: Kind,
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub size: usize,
    /// The term of lines that name none.
    pub term: Option<TermId>,
    /// The event of passes whose lines need not name one.
    pub event: Option<EventId>,
    /// Its headings.
    pub headings: Vec<String>,
    /// A cell below each heading.
    pub examples: Vec<String>,
    /// How many lines it has.
    pub lines: usize,
}

impl Upload {
    /// A file that was read.
    pub fn of(
        kind: Kind,
        file: String,
        size: usize,
        (term, event): (Option<TermId>, Option<EventId>),
        content: &Content,
    ) -> Self {
        let (headings, examples) = content.headings();
        Self { kind, file, size, term, event, headings, examples, lines: content.len() }
    }
}

/// Passes if the person may import tables of that kind. Marks may be imported by who takes
/// attendance, and results by who enters them, each line for a class of theirs; passes to one event
/// alone by its organisers.
pub fn need(ctx: &Ctx, kind: Kind, event: Option<EventId>) -> Result<()> {
    let actor = ctx.actor.as_ref().ok_or(Error::NotSignedIn)?;
    let may = match kind {
        Kind::People => actor.may(Permission::ManagePeople, Target::Institution),
        Kind::OneRoster => {
            actor.may(Permission::ManagePeople, Target::Institution)
                && actor.may(Permission::ManageAcademics, Target::Institution)
        }
        Kind::Terms | Kind::Classes | Kind::Enrolments | Kind::Timetable => {
            actor.may(Permission::ManageAcademics, Target::Institution)
        }
        Kind::Sittings => actor.may(Permission::ManageSittings, Target::Institution),
        Kind::Passes => {
            let target = event.map_or(Target::Institution, Target::Event);
            actor.may(Permission::ManageEvents, target)
        }
        Kind::Marks => actor.may_somewhere(Permission::TakeAttendance),
        Kind::Results => actor.may_somewhere(Permission::EnterResults),
        Kind::Fees | Kind::Payments => actor.may(Permission::ManageFinance, Target::Institution),
    };
    if may { Ok(()) } else { Err(Error::Forbidden) }
}

/// Passes if the person may import tables of that kind into something at least: for its headings.
pub fn need_template(ctx: &Ctx, kind: Kind) -> Result<()> {
    match kind {
        Kind::Passes => ctx.events(Permission::ManageEvents).map(drop),
        kind => need(ctx, kind, None),
    }
}

/// The kinds of tables that the person may import.
pub fn kinds(ctx: &Ctx) -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|kind| need(ctx, *kind, None).is_ok()).collect()
}

/// Begins an import: its file follows in parts.
pub fn begin(tx: &mut WriteTx<'_>, ctx: &Ctx, upload: &Upload) -> Result<ImportId> {
    need(ctx, upload.kind, upload.event)?;
    if let Some(event) = upload.event {
        if upload.kind != Kind::Passes {
            return Err(Error::field("event", "Only passes are imported into one event."));
        }
        let event = events::get(tx, event)?.ok_or(Error::NotFound)?;
        if event.archived_at.is_some() || event.ends_at <= ctx.now() {
            let detail = "This event is over or archived: no more passes are issued.";
            return Err(Error::field("event", detail));
        }
    }
    if upload.kind == Kind::Passes {
        credentials::keys(ctx)?;
    }
    if let Some(term) = upload.term {
        academics::term(tx, term)?.ok_or_else(|| Error::field("term", "Choose a term."))?;
    }
    let mapping = guess(upload.kind, &upload.headings);
    let name = muster_domain::text::clean(&upload.file, 200);
    let mut import = ImportRow {
        id: ctx.fresh(),
        kind: upload.kind,
        file: name.unwrap_or_else(|_| "a table".to_owned()),
        size: i64::try_from(upload.size).unwrap_or(i64::MAX),
        term: upload.term,
        event: upload.event,
        headings: json!(upload.headings).to_string(),
        examples: json!(upload.examples).to_string(),
        mapping: json!(mapping).to_string(),
        state: State::Receiving,
        done: 0,
        total: i64::try_from(upload.lines).unwrap_or(i64::MAX),
        created: 0,
        updated: 0,
        unchanged: 0,
        skipped: 0,
        wrong: 0,
        kept: 0,
        passwords_hashed: 0,
        passwords_taken: 0,
        passwords_left: 0,
        unknown_programmes: "[]".to_owned(),
        sample: "[]".to_owned(),
        failure: None,
        created_by: ctx.person()?,
        asked_by: ctx.person()?,
        created_at: ctx.now(),
        changed_at: ctx.now(),
    };
    import.examples = secret::concealed(&import);
    imports::insert(tx, &import)?;
    Ok(import.id)
}

/// Stores the part of a file at `place`, which counts from 0.
pub fn receive(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: ImportId,
    place: usize,
    part: &[u8],
) -> Result<()> {
    let import = get(tx, ctx, id)?;
    if import.state != State::Receiving || ctx.now() - import.created_at > ARRIVAL {
        return Err(Error::Import(ImportError::Late));
    }
    Ok(imports::put_part(tx, id, i64::try_from(place).unwrap_or(i64::MAX), part)?)
}

/// The file is complete, or its columns mean something else: its lines are checked anew.
pub fn check(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: ImportId,
    mapping: Option<Mapping>,
    term: Option<TermId>,
) -> Result<()> {
    let before = get(tx, ctx, id)?;
    let mapping = mapping.unwrap_or_else(|| mapping_of(&before));
    if mapping.len() != headings_of(&before).len() {
        return Err(Error::field("mapping", "Say for each column of the file what it is."));
    }
    if let Some(term) = term {
        academics::term(tx, term)?.ok_or_else(|| Error::field("term", "Choose a term."))?;
    }
    let mut after = ImportRow {
        term,
        mapping: json!(mapping).to_string(),
        created: 0,
        updated: 0,
        unchanged: 0,
        skipped: 0,
        wrong: 0,
        passwords_hashed: 0,
        passwords_taken: 0,
        passwords_left: 0,
        unknown_programmes: "[]".to_owned(),
        sample: "[]".to_owned(),
        failure: None,
        ..moved(ctx, &before, Step::Check)?
    };
    after.examples = secret::concealed(&after);
    imports::delete_problems(tx, id)?;
    stored(tx, &before, &after)
}

/// Whether a mapping could be used: for the form.
pub fn check_columns(kind: Kind, event: Option<EventId>, mapping: &Mapping) -> Result<()> {
    // Where the event is fixed, no line has to name it.
    let given: &[&str] = if event.is_some() { &["event"] } else { &[] };
    let checked = check_mapping(kind, mapping, given);
    checked.map_err(|error| Error::field("mapping", error.to_string()))
}

/// Confirms an import whose every line is right.
pub fn confirm(tx: &mut WriteTx<'_>, ctx: &Ctx, id: ImportId) -> Result<()> {
    let before = get(tx, ctx, id)?;
    let after = moved(ctx, &before, Step::Confirm)?;
    if before.wrong > 0 {
        return Err(Error::Import(ImportError::Wrong { lines: before.wrong }));
    }
    check_columns(before.kind, before.event, &mapping_of(&before))?;
    let after = ImportRow {
        created: 0,
        updated: 0,
        unchanged: 0,
        skipped: 0,
        passwords_hashed: 0,
        passwords_taken: 0,
        passwords_left: 0,
        unknown_programmes: "[]".to_owned(),
        ..after
    };
    stored(tx, &before, &after)?;
    let change = Change::new("import.confirm", "import", id);
    let what = json!({"kind": before.kind.key(), "file": before.file, "lines": before.total});
    Ok(tx.journal(change.created(&what))?)
}

/// Takes back what an import did.
pub fn reverse(tx: &mut WriteTx<'_>, ctx: &Ctx, id: ImportId) -> Result<()> {
    let before = get(tx, ctx, id)?;
    if before.state != State::Imported {
        return Err(Error::Import(ImportError::State));
    }
    let after = moved(ctx, &before, Step::Reverse)?;
    stored(tx, &before, &after)?;
    let change = Change::new("import.reverse", "import", id);
    Ok(tx.journal(change.created(&json!({"kind": before.kind.key(), "file": before.file})))?)
}

/// Gives up an import that was not confirmed; its file goes.
pub fn discard(tx: &mut WriteTx<'_>, ctx: &Ctx, id: ImportId) -> Result<()> {
    let before = get(tx, ctx, id)?;
    let after = moved(ctx, &before, Step::Discard)?;
    imports::delete_parts(tx, id)?;
    imports::delete_problems(tx, id)?;
    stored(tx, &before, &after)
}

/// Gives up some imports that nobody went on with for a week; false if there are no more.
pub fn let_go(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool> {
    let left = imports::left(tx, ctx.now() - PATIENCE, AT_ONCE)?;
    for before in &left {
        let state = before.state.after(Step::Discard).ok_or(Error::Import(ImportError::State))?;
        imports::delete_parts(tx, before.id)?;
        imports::delete_problems(tx, before.id)?;
        let failure = Some("Nobody confirmed this import within a week.".to_owned());
        let changed_at = ctx.now();
        stored(tx, before, &ImportRow { state, done: 0, failure, changed_at, ..before.clone() })?;
    }
    Ok(!left.is_empty())
}

/// An import of a kind that the person may import; who imports marks or results sees their own alone.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ImportId) -> Result<ImportRow> {
    let import = imports::get(tx, id)?.ok_or(Error::NotFound)?;
    if is_visible(ctx, &import) { Ok(import) } else { Err(Error::NotFound) }
}

/// Imports that began before a time, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    before: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<ImportRow>> {
    let person = ctx.person()?;
    let before = before.unwrap_or(Timestamp(i64::MAX));
    let mut found = if is_registrar(ctx) {
        imports::latest(tx, before, limit)?
    } else {
        imports::latest_of_person(tx, person, before, limit)?
    };
    found.retain(|import| is_visible(ctx, import));
    Ok(found)
}

fn is_visible(ctx: &Ctx, import: &ImportRow) -> bool {
    let own = ctx.person().is_ok_and(|person| person == import.created_by);
    need(ctx, import.kind, import.event).is_ok() && (own || is_registrar(ctx))
}

fn is_registrar(ctx: &Ctx) -> bool {
    ctx.need(Permission::ManageAcademics, Target::Institution).is_ok()
}

/// The terms to which lines may belong: their names are no secret.
pub fn terms(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<TermRow>> {
    ctx.person()?;
    Ok(academics::terms(tx)?)
}

/// What is wrong with an import's lines, from the problem at `from` on.
pub fn problems(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: ImportId,
    from: i64,
    limit: i64,
) -> Result<Vec<ProblemRow>> {
    get(tx, ctx, id)?;
    Ok(imports::problems(tx, id, from, limit)?)
}

/// The import that waits longest for a worker.
pub fn working(tx: &mut ReadTx<'_>) -> Result<Option<ImportRow>> {
    Ok(imports::working(tx)?)
}

/// An import's file.
pub fn content(tx: &mut ReadTx<'_>, id: ImportId) -> Result<Vec<u8>> {
    Ok(imports::content(tx, id)?)
}

/// Who asked for what an import is doing, with what they may do now; none if they are gone.
pub fn asker(tx: &mut ReadTx<'_>, import: &ImportRow) -> Result<Option<Actor>> {
    people::acting(tx, import.asked_by)
}

/// The headings of an import's file.
pub fn headings_of(import: &ImportRow) -> Vec<String> {
    serde_json::from_str(&import.headings).unwrap_or_default()
}

/// A cell below each of them.
pub fn examples_of(import: &ImportRow) -> Vec<String> {
    serde_json::from_str(&import.examples).unwrap_or_default()
}

/// A few of the changes that it makes.
pub fn samples_of(import: &ImportRow) -> Vec<Sample> {
    serde_json::from_str(&import.sample).unwrap_or_default()
}

/// Some of the programmes that it names and the institution does not have.
pub fn unknown_programmes_of(import: &ImportRow) -> Vec<String> {
    serde_json::from_str(&import.unknown_programmes).unwrap_or_default()
}

/// What its columns mean.
pub fn mapping_of(import: &ImportRow) -> Mapping {
    let keys: Vec<Option<String>> = serde_json::from_str(&import.mapping).unwrap_or_default();
    mapping(import.kind, &keys)
}

/// A mapping by the names of columns; a name that is none counts as none.
pub fn mapping(kind: Kind, keys: &[Option<String>]) -> Mapping {
    let known = |key: &String| columns(kind).iter().find(|column| column.key == key);
    keys.iter().map(|key| key.as_ref().and_then(known).map(|column| column.key)).collect()
}

/// Why an import can't go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It stands elsewhere by now.
    #[error("This import has moved on in the meantime: look at it again.")]
    State,
    /// Lines are wrong.
    #[error("{lines} lines need to be put right first: nothing is imported until all are.")]
    Wrong {
        /// How many.
        lines: i64,
    },
    /// The file did not arrive in time.
    #[error("The file took too long to arrive: upload it again.")]
    Late,
}

/// The import after a step, at its beginning.
fn moved(ctx: &Ctx, before: &ImportRow, step: Step) -> Result<ImportRow> {
    let state = before.state.after(step).ok_or(Error::Import(ImportError::State))?;
    let asked_by = ctx.person()?;
    Ok(ImportRow { state, done: 0, asked_by, changed_at: ctx.now(), ..before.clone() })
}

fn stored(tx: &mut WriteTx<'_>, before: &ImportRow, after: &ImportRow) -> Result<()> {
    let done = imports::update(tx, before, after)?;
    if done { Ok(()) } else { Err(Error::Import(ImportError::State)) }
}
