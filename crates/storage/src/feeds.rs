//! Addresses of calendar feeds, by the digest of their token.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;

record! {
    /// Somebody's calendar feed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FeedRow {
        /// Whose meetings it lists.
        pub person: PersonId,
        /// When its address was made.
        pub created_at: Timestamp,
    }
}

statements! {
    OF_PERSON = "select person, created_at from calendar_feeds where person = ?1";
    // The address of a merged record shows the calendar of the one that stayed.
    BY_TOKEN = "select k.id, f.created_at
        from calendar_feeds f join people p on p.id = f.person
        join people k on k.id = coalesce(p.merged_into, p.id)
        where f.token_digest = ?1 and k.active = 1";
    PUT = "insert into calendar_feeds (person, token_digest, created_at) values (?1, ?2, ?3)
        on conflict (person) do update set
            token_digest = excluded.token_digest, created_at = excluded.created_at";
    DELETE = "delete from calendar_feeds where person = ?1";
}

/// A person's feed.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<FeedRow>> {
    tx.opt(&OF_PERSON, args![person])
}

/// The feed whose token has that digest, if its person is active.
pub fn by_token(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<FeedRow>> {
    tx.opt(&BY_TOKEN, args![digest])
}

/// Gives a person a feed, in the place of the one before.
pub fn put(tx: &mut WriteTx<'_>, feed: &FeedRow, digest: &[u8]) -> Result<()> {
    tx.execute(&PUT, args![feed.person, digest, feed.created_at])?;
    Ok(())
}

/// Removes a person's feed; whether there was one.
pub fn delete(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&DELETE, args![person])? == 1)
}
