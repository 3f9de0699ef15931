//! Announcements: made by the office to anybody, by teachers to their classes; shown to those whom
//! they concern, from their first day through their last.

use crate::zone::Zone;
use crate::{Ctx, Error, Form, Result, settings};
use muster_domain::announcements::{Audience, LONGEST_TEXT, LONGEST_TITLE, MOST_DAYS};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AnnouncementId, ClassId, ProgrammeId};
use muster_domain::text;
use muster_domain::time::{Date, Timestamp};
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::announcements::{self, AnnouncementRow, Before};
use muster_storage::programmes::ProgrammeRow;
use muster_storage::{ReadTx, WriteTx, academics, programmes};
use serde_json::{Value, json};
use uuid::Uuid;

/// An announcement as typed.
#[derive(Clone, Debug)]
pub struct AnnouncementInput {
    /// To whom.
    pub audience: Audience,
    /// What it is about, in a few words.
    pub title: String,
    /// The rest, in Markdown.
    pub text: String,
    /// The first day on which it shows.
    pub first_on: Date,
    /// The last.
    pub last_on: Date,
    /// Whether it stands above others.
    pub pinned: bool,
}

impl AnnouncementInput {
    /// Title and text, cleaned.
    fn check(&self, tx: &mut ReadTx<'_>) -> Result<(String, String)> {
        let mut form = Form::default();
        let title = form.take("title", text::clean(&self.title, LONGEST_TITLE));
        let text = form.take("text", text::clean_lines(&self.text, LONGEST_TEXT));
        match self.last_on.0 - self.first_on.0 {
            ..0 => form.wrong("last_on", "The last day must not come before the first."),
            MOST_DAYS.. => form.wrong("last_on", "An announcement shows for a year at most."),
            _ => {}
        }
        let known = match self.audience {
            Audience::Institution => true,
            Audience::Programme(programme) => programmes::programme(tx, programme)?.is_some(),
            Audience::Class(class) => academics::class(tx, class)?.is_some(),
        };
        if !known {
            form.wrong("audience", "Choose to whom this is announced.");
        }
        form.check()?;
        Ok((title.unwrap_or_default(), text.unwrap_or_default()))
    }

    const fn places(&self) -> (Option<ProgrammeId>, Option<ClassId>) {
        match self.audience {
            Audience::Institution => (None, None),
            Audience::Programme(programme) => (Some(programme), None),
            Audience::Class(class) => (None, Some(class)),
        }
    }
}

/// Today, in the institution's time zone.
fn today(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Date> {
    Ok(Zone::of(&settings::load(tx)?).date(ctx.now()))
}

/// Makes an announcement.
pub fn make(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &AnnouncementInput) -> Result<AnnouncementId> {
    ctx.need(Permission::Announce, input.audience.target())?;
    let (title, text) = input.check(tx)?;
    if input.last_on < today(tx, ctx)? {
        return Err(Error::field("last_on", "This day is over: nobody would see it."));
    }
    let (programme, class) = input.places();
    let row = AnnouncementRow {
        id: ctx.fresh(),
        programme,
        programme_name: None,
        class,
        course_name: None,
        course_code: None,
        section: None,
        title,
        text,
        first_on: input.first_on,
        last_on: input.last_on,
        pinned: input.pinned,
        author: ctx.person()?,
        author_name: String::new(),
        created_at: ctx.now(),
        ended_at: None,
        version: tx.version(),
    };
    announcements::insert(tx, &row)?;
    tx.journal(Change::new("announcement.make", "announcement", row.id).created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes an announcement that was read at version `seen`. Whoever changes it must be allowed
/// to announce to those who saw it and to those who will.
pub fn change(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: AnnouncementId,
    seen: i64,
    input: &AnnouncementInput,
) -> Result<()> {
    let before = own(tx, ctx, id)?;
    ctx.need(Permission::Announce, input.audience.target())?;
    let (title, text) = input.check(tx)?;
    let (programme, class) = input.places();
    let after = AnnouncementRow {
        programme,
        class,
        title,
        text,
        first_on: input.first_on,
        last_on: input.last_on,
        pinned: input.pinned,
        version: tx.version_over(seen),
        ..before.clone()
    };
    store(tx, "announcement.change", &before, &after, seen)
}

/// Ends an announcement: it shows no more. Ended before, it stays as it is.
pub fn end(tx: &mut WriteTx<'_>, ctx: &Ctx, id: AnnouncementId) -> Result<()> {
    let before = own(tx, ctx, id)?;
    if before.ended_at.is_some() {
        return Ok(());
    }
    let (ended_at, version) = (Some(ctx.now()), tx.version_over(before.version));
    let after = AnnouncementRow { ended_at, version, ..before.clone() };
    store(tx, "announcement.end", &before, &after, before.version)
}

/// An announcement that the person may change.
fn own(tx: &mut ReadTx<'_>, ctx: &Ctx, id: AnnouncementId) -> Result<AnnouncementRow> {
    let row = announcements::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::Announce, row.audience().target())?;
    Ok(row)
}

fn store(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &AnnouncementRow,
    after: &AnnouncementRow,
    seen: i64,
) -> Result<()> {
    if !announcements::update(tx, after, seen)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "announcement", before.id);
    Ok(tx.journal(change.changed(&fields(before), &fields(after), seen))?)
}

fn fields(row: &AnnouncementRow) -> Value {
    json!({
        "audience": row.audience().key(), "programme": row.programme, "class": row.class,
        "title": row.title, "text": row.text, "first_on": row.first_on, "last_on": row.last_on,
        "pinned": row.pinned, "ended": row.ended_at.is_some(),
    })
}

/// An announcement: for whoever may change it, and from its first day for those whom it concerns.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: AnnouncementId) -> Result<AnnouncementRow> {
    let (person, today) = (ctx.person()?, today(tx, ctx)?);
    let row = announcements::get(tx, id)?.ok_or(Error::NotFound)?;
    let may = ctx.need(Permission::Announce, row.audience().target()).is_ok();
    if may || announcements::concerns(tx, person, id, today)? {
        return Ok(row);
    }
    Err(Error::NotFound)
}

/// What shows to the person today: what is pinned first, then the latest.
pub fn shown(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<AnnouncementRow>> {
    let (person, today) = (ctx.person()?, today(tx, ctx)?);
    Ok(announcements::shown(tx, person, today)?)
}

/// Announcements, the latest first, from the one after `after` on: all of them for the office,
/// for anybody else what concerned them, and for teachers also what is planned or ended in their
/// classes.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: Option<AnnouncementId>,
    limit: i64,
) -> Result<Vec<AnnouncementRow>> {
    let (person, today) = (ctx.person()?, today(tx, ctx)?);
    let before = match after {
        Some(id) => Before { at: get(tx, ctx, id)?.created_at, id, limit },
        None => Before { at: Timestamp(i64::MAX), id: AnnouncementId(Uuid::max()), limit },
    };
    if ctx.need(Permission::Announce, Target::Institution).is_ok() {
        return Ok(announcements::every(tx, before)?);
    }
    Ok(announcements::concerning(tx, person, today, before)?)
}

/// To whom the person may announce: programmes, for the office; classes that they teach and whose
/// term is not over.
pub fn audiences(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Vec<ProgrammeRow>, Vec<ClassRow>)> {
    let today = today(tx, ctx)?;
    let all = ctx.need(Permission::Announce, Target::Institution).is_ok();
    let programmes = if all { programmes::programmes(tx)? } else { Vec::new() };
    let mut classes = academics::staffed_classes(tx, ctx.person()?)?;
    classes.retain(|class| {
        let may = ctx.need(Permission::Announce, Target::Class(class.id)).is_ok();
        may && class.archived_at.is_none()
    });
    let over: Vec<_> =
        academics::terms(tx)?.into_iter().filter(|term| term.ends_on < today).collect();
    classes.retain(|class| over.iter().all(|term| term.id != class.term));
    Ok((programmes.into_iter().filter(|row| row.archived_at.is_none()).collect(), classes))
}
