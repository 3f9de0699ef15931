//! The calendar feed: a private address from which a calendar program reads the own meetings.

use crate::sign_in::digest;
use crate::timetable::{self, Slot};
use crate::{Ctx, Error, Result};
use data_encoding::BASE32_NOPAD;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::feeds::FeedRow;
use muster_storage::{ReadTx, WriteTx, feeds};

/// How far back and ahead the feed lists meetings.
const AROUND: (Span, Span) = (Span::days(120), Span::days(400));

/// The own feed, if there is one.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<FeedRow>> {
    Ok(feeds::of_person(tx, ctx.person()?)?)
}

/// Makes a feed and returns its token, which is not kept and so can't be shown again. The address
/// before it, if any, stops working.
pub fn offer(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<String> {
    let person = ctx.person()?;
    let token = BASE32_NOPAD.encode(&ctx.random()).to_lowercase();
    let feed = FeedRow { person, created_at: ctx.now() };
    feeds::put(tx, &feed, &digest(&token))?;
    tx.journal(Change::new("calendar_feed.create", "calendar_feed", person).on(person))?;
    Ok(token)
}

/// Ends the own feed: its address stops working.
pub fn end(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let person = ctx.person()?;
    if feeds::delete(tx, person)? {
        tx.journal(Change::new("calendar_feed.end", "calendar_feed", person).on(person))?;
    }
    Ok(())
}

/// What a feed lists.
#[derive(Clone, Debug)]
pub struct Feed {
    /// When its address was made.
    pub created_at: Timestamp,
    /// The meetings, the earliest first.
    pub slots: Vec<Slot>,
}

/// The feed of whoever made that token; the token is all the authority that it takes.
pub fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &str) -> Result<Feed> {
    let feed = feeds::by_token(tx, &digest(token))?.ok_or(Error::NotFound)?;
    let now = ctx.now();
    let range = (now - AROUND.0, now + AROUND.1);
    let mut slots = timetable::slots_of(tx, feed.person, now, range)?;
    slots.retain(|slot| slot.meeting.is_some());
    Ok(Feed { created_at: feed.created_at, slots })
}
