//! Merging two records of one person: finding the other one, looking at both, doing and undoing it.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::people::people_crumbs;
use super::person::{back, is_refusal, shown};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{Wanted, listed, need_room, sheet};
use crate::times::{self, query_value};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::people;
use muster_app::people::merge::{
    self, Choices, Duplicate, FieldPair, MergeCounts, MergeInput, MergePreview,
};
use muster_documents::xlsx::{Kind, Sheet};
use muster_domain::ids::{MergeId, PersonId};
use muster_domain::merging::{Likeness, Side};
use muster_storage::finding::Search;
use muster_storage::merges::MergeRow;
use muster_storage::people::PersonRow;
use serde::Deserialize;
use std::collections::BTreeMap;

/// People shown of a search.
const MOST: i64 = 30;

#[derive(Template)]
#[template(path = "merge_find.html")]
struct FindPage {
    shell: Shell,
    kept: PersonRow,
    q: String,
    likely: Vec<Candidate>,
    found: Vec<PersonRow>,
}

struct Candidate {
    person: PersonRow,
    why: String,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// `GET /people/{id}/merge`
pub(super) async fn find(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(Asked { q }): Query<Asked>,
) -> Result<Response, PageError> {
    let text = q.clone();
    let read = caller.read(move |tx, ctx| {
        let (kept, _) = people::get(tx, ctx, id)?;
        let likely = merge::lookalikes(tx, ctx, id)?;
        let search = Search { text: &text, role: None, after: None, limit: MOST };
        let found =
            if text.trim().is_empty() { Vec::new() } else { people::search(tx, ctx, &search)? };
        Ok((kept, likely, found))
    });
    let (kept, likely, found) = match read.await {
        Ok(read) => read,
        Err(muster_app::Error::Merged { kept }) => return Ok(back(kept)),
        Err(error) => return Err(caller.error(error)),
    };
    let mut shell = caller.shell("Merge with another record");
    shell.crumbs = people_crumbs(&kept, "Merge");
    let candidate = |row: Duplicate| {
        let person = if row.one.id == id { row.other } else { row.one };
        Candidate { person, why: reasons(&row.why) }
    };
    Ok(render(&FindPage {
        shell,
        q,
        likely: likely.into_iter().map(candidate).collect(),
        found: found.into_iter().filter(|row| row.id != id).collect(),
        kept,
    }))
}

fn reasons(why: &[Likeness]) -> String {
    why.iter().map(|why| why.label()).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "merge.html")]
struct Page {
    shell: Shell,
    kept: PersonRow,
    merged: PersonRow,
    fields: Vec<Field>,
    moves: Vec<(&'static str, String)>,
    reason: String,
    errors: Errors,
}

/// A field with its two values, as radio buttons.
struct Field {
    key: &'static str,
    label: &'static str,
    same: String,
    choices: Vec<Choice>,
}

/// `GET /people/{id}/merge/{other}`
pub(super) async fn show(
    caller: Caller,
    Path((id, other)): Path<(PersonId, PersonId)>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| merge::preview(tx, ctx, id, other)).await;
    match read {
        Ok(preview) => Ok(render(&page(&caller, preview, &Choices::default(), String::new()))),
        Err(muster_app::Error::Merged { kept }) => Ok(back(kept)),
        Err(error) if is_refusal(&error) => Err(caller.error(error)),
        Err(error) => shown(&caller, id, Err(error)).await,
    }
}

fn page(caller: &Caller, preview: MergePreview, chosen: &Choices, reason: String) -> Page {
    let MergePreview { kept, merged, fields, counts } = preview;
    let mut shell = caller.shell(format!("Merge {} and {}", kept.number, merged.number));
    shell.crumbs = people_crumbs(&kept, "Merge");
    let fields = fields.into_iter().map(|pair| field(pair, chosen)).collect();
    let moves = moves(&counts);
    Page { shell, kept, merged, fields, moves, reason, errors: Errors::default() }
}

fn field(pair: FieldPair, chosen: &Choices) -> Field {
    let FieldPair { key, label, kept, merged, preferred } = pair;
    if kept == merged && key != merge::PHOTO {
        return Field { key, label, same: kept, choices: Vec::new() };
    }
    let side = chosen.of(key).unwrap_or(preferred);
    let words = |own: &str, of: &str| match own {
        "" => format!("Nothing ({of})"),
        own => format!("{own} ({of})"),
    };
    let pairs = [
        (Side::Kept.key(), words(&kept, "of the record that stays")),
        (Side::Merged.key(), words(&merged, "of the other")),
    ];
    Field { key, label, same: String::new(), choices: Choice::list(pairs, side.key()) }
}

fn moves(counts: &MergeCounts) -> Vec<(&'static str, String)> {
    let shared = |all: usize, shared: usize, both: &str| match shared {
        0 => all.to_string(),
        shared => format!("{all}, {shared} of them {both}"),
    };
    let rows = [
        (
            "Classes",
            counts.classes,
            shared(
                counts.classes,
                counts.shared_classes,
                "in which both are: the place that is attended stays",
            ),
        ),
        (
            "Marks",
            counts.marks,
            shared(
                counts.marks,
                counts.shared_marks,
                "in sessions in which both are marked: the mark with the better source stands",
            ),
        ),
        ("Roles", counts.roles, counts.roles.to_string()),
        ("Corrections", counts.corrections, counts.corrections.to_string()),
        ("Leave", counts.leaves, counts.leaves.to_string()),
        ("Notices", counts.notices, counts.notices.to_string()),
        ("Phones", counts.devices, counts.devices.to_string()),
    ];
    rows.into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(label, _, text)| (label, text))
        .collect()
}

/// `POST /people/{id}/merge/{other}`: a choice of each field, the versions that were looked at, and
/// the reason.
pub(super) async fn submit(
    caller: Caller,
    Path((id, other)): Path<(PersonId, PersonId)>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let version = |name: &str| text(name).parse::<i64>().unwrap_or_default();
    let choices = Choices::read(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let input = MergeInput {
        kept: id,
        merged: other,
        choices: choices.clone(),
        reason: text("reason").to_owned(),
        seen: Some([version("kept_version"), version("merged_version")]),
    };
    let Err(error) = caller.write(move |tx, ctx| merge::merge(tx, ctx, &input)).await else {
        return Ok(back(id));
    };
    if is_refusal(&error) {
        return Err(caller.error(error));
    }
    let preview = caller.read(move |tx, ctx| merge::preview(tx, ctx, id, other)).await;
    let Ok(preview) = preview else { return shown(&caller, id, Err(error)).await };
    let mut page = page(&caller, preview, &choices, text("reason").to_owned());
    page.errors = Errors::from_error(&error, "");
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /people/{id}/merges/{merge}/undo`
pub(super) async fn undo(
    caller: Caller,
    Path((id, merge)): Path<(PersonId, MergeId)>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| merge::undo(tx, ctx, id, merge)).await;
    match done {
        Ok(merged) => Ok(back(merged)),
        Err(error) => shown(&caller, id, Err(error)).await,
    }
}

/// A merge on the page of the record that stayed.
pub(super) struct MergedItem {
    pub id: MergeId,
    pub name: String,
    pub number: String,
    pub reason: String,
    pub when: String,
    pub by: String,
    pub undone: String,
}

impl MergedItem {
    pub fn new(caller: &Caller, row: MergeRow) -> Self {
        let moment = |at| times::moment(&caller.known.settings, at);
        Self {
            id: row.id,
            name: row.name,
            number: row.number,
            reason: row.reason,
            when: moment(row.merged_at),
            by: row.actor_name.unwrap_or_default(),
            undone: row.undone_at.map(moment).unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "duplicates.html")]
struct DuplicatesPage {
    shell: Shell,
    pairs: Vec<Pair>,
    first: String,
    next: String,
}

struct Pair {
    one: PersonRow,
    other: PersonRow,
    why: String,
}

#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    after: String,
}

/// `GET /people/duplicates`
pub(super) async fn duplicates(
    caller: Caller,
    Query(Start { after }): Query<Start>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let rows = all_duplicates(&caller).await.map_err(|error| caller.error(error))?;
        return listed(&caller, format, duplicates_table(rows)).await;
    }
    let start = after.clone();
    let read = caller.read(move |tx, ctx| merge::duplicates(tx, ctx, &start)).await;
    let (rows, next) = read.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("Likely duplicates");
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (String::new(), "Likely duplicates".to_owned()),
    ]);
    let pair = |row: Duplicate| Pair { why: reasons(&row.why), one: row.one, other: row.other };
    Ok(render(&DuplicatesPage {
        shell,
        pairs: rows.into_iter().map(pair).collect(),
        first: if after.is_empty() { String::new() } else { "/people/duplicates".to_owned() },
        next: next
            .map(|name| format!("/people/duplicates?after={}", query_value(&name)))
            .unwrap_or_default(),
    }))
}

/// Every pair, read name by name, so that nobody waits for the whole.
async fn all_duplicates(caller: &Caller) -> Result<Vec<Duplicate>, muster_app::Error> {
    let (mut rows, mut after) = (Vec::new(), Some(String::new()));
    while let Some(start) = after {
        let read = caller.read(move |tx, ctx| merge::duplicates(tx, ctx, &start));
        let (more, next) = read.await?;
        rows.extend(more);
        need_room(rows.len())?;
        after = next;
    }
    Ok(rows)
}

fn duplicates_table(rows: Vec<Duplicate>) -> Sheet {
    let columns = [
        ("Number", 16, Kind::Text),
        ("Name", 30, Kind::Text),
        ("Other number", 16, Kind::Text),
        ("Other name", 30, Kind::Text),
        ("In common", 40, Kind::Text),
    ];
    let row = |Duplicate { one, other, why }: Duplicate| {
        [one.number, one.name, other.number, other.name, reasons(&why)].map(text)
    };
    sheet("Likely duplicates", columns, rows.into_iter().map(row))
}

/// Where a record that was merged leads.
pub(super) fn leading(kept: PersonId, rest: &str) -> Response {
    Redirect::to(&format!("/people/{kept}{rest}")).into_response()
}
