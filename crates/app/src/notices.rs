//! The inbox: telling people something once, and reading what one was told.

use crate::people::acting;
use crate::{Ctx, Error, Result, mail};
use muster_domain::auth::{Permission, Role, Target, reach};
use muster_domain::ids::{NoticeId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::people::Email;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::finding::{self, Search};
use muster_storage::notices::NoticeRow;
use muster_storage::{ReadTx, WriteTx, channels, notices, people};
use serde_json::json;
use uuid::Uuid;

/// The most holders of a role who are told.
const MOST: i64 = 100;

/// Something to tell a person.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its sort.
    pub kind: NoticeKind,
    /// Names the occasion, for example `correction/ID/decided`: a person is told once about each.
    pub occasion: String,
    /// What happened, in a few words.
    pub title: String,
    /// The rest, in a sentence or two; may be empty.
    pub body: String,
    /// Path of the page that it is about.
    pub link: Option<String>,
}

/// Tells a person something, inside the transaction of what happened; false if they were told
/// before.
pub fn notify(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, notice: &Notice) -> Result<bool> {
    let row = NoticeRow {
        id: NoticeId::of(person, &notice.occasion),
        person,
        kind: notice.kind,
        title: notice.title.clone(),
        body: notice.body.clone(),
        link: notice.link.clone(),
        created_at: ctx.now(),
        read_at: None,
        version: tx.version(),
    };
    let told = notices::insert(tx, &row)?;
    if told {
        let after = json!({"person": person, "kind": row.kind.key(), "title": row.title});
        tx.journal(Change::new("notice.send", "notice", row.id).on(person).created(&after))?;
        if channels::wished(tx, person, notice.kind)? {
            write(tx, ctx, person, notice)?;
        }
    }
    Ok(told)
}

/// Tells everybody who may do something somewhere; of the holders of each role at most a hundred.
pub(crate) fn tell_those_who_may(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (permission, place): (Permission, Target),
    notice: &Notice,
) -> Result<()> {
    let may = |role: &Role| reach(*role, permission).is_some();
    for role in Role::ALL.into_iter().filter(may) {
        let search = Search { text: "", role: Some(role), after: None, limit: MOST };
        for person in finding::search(tx, &search)? {
            let actor = acting(tx, person.id)?;
            if actor.is_some_and(|actor| actor.may(permission, place)) {
                notify(tx, ctx, person.id, notice)?;
            }
        }
    }
    Ok(())
}

/// Queues a letter that says the same, if the person has an address.
fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, notice: &Notice) -> Result<()> {
    let address = people::get(tx, person)?.filter(|row| row.active).and_then(|row| row.email);
    let Some(address) = address.and_then(|address| Email::try_from(address).ok()) else {
        return Ok(());
    };
    let more = notice.link.as_deref().unwrap_or("/inbox");
    let base = mail::BASE;
    let text = format!(
        "{}\n\n{}\n\nMore: {base}{more}\n\n-- \nYou chose to get such letters: {base}/me\n",
        notice.title, notice.body
    );
    mail::insert(tx, ctx, mail::NOTICE, address.as_str(), (&notice.title, &text))?;
    Ok(())
}

/// The person's own notices, the latest first, from the one after `after` on.
pub fn inbox(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<NoticeRow>> {
    let person = ctx.person()?;
    let from = match after {
        Some(id) => {
            let row = own(tx, ctx, id)?;
            (row.created_at, row.id)
        }
        None => (Timestamp(i64::MAX), NoticeId(Uuid::max())),
    };
    Ok(notices::of_person(tx, person, from, limit)?)
}

fn own(tx: &mut ReadTx<'_>, ctx: &Ctx, id: NoticeId) -> Result<NoticeRow> {
    let person = ctx.person()?;
    notices::get(tx, id)?.filter(|row| row.person == person).ok_or(Error::NotFound)
}

/// Notes that the person read one of theirs.
pub fn read(tx: &mut WriteTx<'_>, ctx: &Ctx, id: NoticeId) -> Result<NoticeRow> {
    let row = own(tx, ctx, id)?;
    if notices::read(tx, id, ctx.now())? {
        tx.journal(Change::new("notice.read", "notice", id).on(row.person))?;
    }
    own(tx, ctx, id)
}

/// Notes that the person read all of theirs.
pub fn read_all(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let person = ctx.person()?;
    if notices::read_all(tx, person, ctx.now())? > 0 {
        tx.journal(Change::new("notice.read_all", "person", person))?;
    }
    Ok(())
}
