//! What a hub does with an edge's question: know who asks, take up what they bring as far as they may
//! write it, and answer what they lack as far as they may see it.

use super::beside::{has_more, lacking};
use super::edge::told_by;
use super::runs::runs_as_text;
use super::scope::{Scope, named};
use super::{LOT, NodeError, RUNS};
use crate::people::merge;
use crate::{Ctx, Result, events, receipts, redemptions, settings, signing_keys};
use data_encoding::HEXLOWER;
use muster_credential::keys::public::PublicKey;
use muster_credential::node::{Question, has_sealed};
use muster_journal::sync::{self, Batch, Hello, Marks, Seal};
use muster_journal::wire::{Message, heads_to_bytes};
use muster_journal::{Digest, Head, Series};
use muster_storage::peers::PeerRow;
use muster_storage::replication::{self, Author, Proven, Refused, Sight, Taken, Why};
use muster_storage::{ReadTx, WriteTx, peers};
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest text that an edge says of itself.
const LONGEST_ABOUT: usize = 2_000;

/// Who is said to ask.
#[derive(Clone, Debug)]
pub struct Known {
    key: Option<PublicKey>,
    hub: Uuid,
    /// Whether they were revoked: nothing that they send is kept.
    pub revoked: bool,
}

/// What is known of whoever is said to ask.
pub fn known(tx: &mut ReadTx<'_>, peer: Uuid) -> Result<Known> {
    let row = peers::get(tx, peer)?.ok_or(NodeError::Unknown)?;
    let (revoked, hub) = (row.revoked_at.is_some(), replication::own(tx)?.node);
    let bytes: Option<[u8; 32]> = row.public_key.try_into().ok();
    Ok(Known { key: bytes.and_then(PublicKey::from_bytes), hub, revoked })
}

impl Known {
    /// Passes if they asked that. `hub` of the question is filled in here.
    pub fn check(&self, question: Question<'_>, signature: &[u8; 64]) -> Result<()> {
        let question = Question { hub: self.hub, ..question };
        let asked = self.key.is_some_and(|key| question.is_by(&key, signature));
        if asked { Ok(()) } else { Err(NodeError::Unknown.into()) }
    }

    /// The same by the SHA-256 of what was sent.
    pub fn check_digest(
        &self,
        question: Question<'_>,
        digest: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<()> {
        let question = Question { hub: self.hub, ..question };
        let asked = self.key.is_some_and(|key| question.is_over(digest, &key, signature));
        if asked { Ok(()) } else { Err(NodeError::Unknown.into()) }
    }
}

/// Lets a question in that was signed: once, and by nobody who was revoked.
pub fn admit(tx: &mut WriteTx<'_>, ctx: &Ctx, peer: Uuid, count: i64) -> Result<()> {
    standing(tx, peer)?;
    let fresh = peers::hear(tx, peer, count, ctx.now())?;
    if fresh { Ok(()) } else { Err(NodeError::Repeated.into()) }
}

pub(super) fn standing(tx: &mut ReadTx<'_>, peer: Uuid) -> Result<PeerRow> {
    let row = peers::get(tx, peer)?.ok_or(NodeError::Unknown)?;
    if row.revoked_at.is_some() { Err(NodeError::Revoked.into()) } else { Ok(row) }
}

/// The number of the last question that was let in, so that an edge that came back from a backup can
/// go on from there.
pub fn last_asked(tx: &mut ReadTx<'_>, peer: Uuid) -> Result<i64> {
    Ok(peers::get(tx, peer)?.map_or(0, |row| row.asked))
}

/// Takes up a part of what an edge brings. What only the hub writes is refused, and listed.
pub fn receive(tx: &mut WriteTx<'_>, ctx: &Ctx, peer: Uuid, chunk: &Proven) -> Result<Taken> {
    let row = standing(tx, peer)?;
    let author = match Scope::of(row.classes.as_deref()) {
        Scope::All => Author::Edge(row.node),
        Scope::Classes(_) => Author::Part(row.node),
    };
    let taken = replication::take_proven(tx, chunk, author)?;
    receipts::judge_arrived(tx, ctx, chunk.batch())?;
    redemptions::weigh_arrived(tx, ctx, &taken.records)?;
    events::tell_arrived(tx, ctx, chunk.batch())?;
    merge::follow_arrived(tx, ctx, (chunk.batch(), &taken.records))?;
    if let Some(last) = taken.refused.last() {
        let count = i64::try_from(taken.refused.len()).unwrap_or(i64::MAX);
        peers::blame(tx, peer, ctx.now(), (&refusal(count, last), count))?;
    }
    Ok(taken)
}

fn refusal(count: i64, last: &Refused) -> String {
    let Refused { action, entity, why } = last;
    let what = if count == 1 {
        format!("A change was refused (“{action}”)")
    } else {
        format!("{count} changes were refused, the last one “{action}”")
    };
    match why {
        Why::Staff => format!("{what}: only the hub changes what staff sign in by."),
        Why::Scope => format!("{what}: it is about a class that the edge may not see."),
        Why::Kind => format!("{what}: only the hub changes a {}.", entity.replace('_', " ")),
    }
}

/// Lists what was wrong with an edge's question.
pub fn blame(tx: &mut WriteTx<'_>, ctx: &Ctx, peer: Uuid, why: &str) -> Result<()> {
    Ok(peers::blame(tx, peer, ctx.now(), (why, 0))?)
}

/// Keeps how far an edge is, what it says of itself, and what it and this hub sign credentials with.
pub fn told(tx: &mut WriteTx<'_>, ctx: &Ctx, peer: Uuid, message: &Message) -> Result<()> {
    let heads = heads_to_bytes(&message.hello.heads);
    let about = if message.about.len() > LONGEST_ABOUT { "{}" } else { &message.about };
    let said: Value = serde_json::from_str(about).unwrap_or_default();
    let nodes = (replication::own(tx)?.node, standing(tx, peer)?.node);
    signing_keys::hear(tx, ctx, nodes, &said)?;
    Ok(peers::tell(tx, peer, ctx.now(), (&heads, about))?)
}

/// What an edge lacks, as far as it may see it.
pub fn answer(tx: &mut ReadTx<'_>, ctx: &Ctx, (peer, asked): (Uuid, &Message)) -> Result<Message> {
    let (sight, about) = seen_by(tx, (peer, &asked.about))?;
    let wanted = but_for_own_forks(tx, asked)?;
    let offer = replication::offer_within(tx, (&wanted, sight.as_ref()), LOT)?;
    let forks = replication::forks(tx, &told_by(asked))?;
    let hello = replication::hello(tx, &forks)?;
    let seals = sealed(ctx, [offer.marks]);
    Ok(Message { hello, forked: offer.forked, about, seals, batch: offer.batch })
}

/// How far an edge is, but for this hub's own series of which it holds something else: it tells that first,
/// since it gives it up for what the hub tells.
fn but_for_own_forks(tx: &mut ReadTx<'_>, asked: &Message) -> Result<Hello> {
    let (mut hello, own) = (asked.hello.clone(), replication::own(tx)?.node);
    if asked.forked.iter().any(|series| series.node == own) {
        let heads = replication::heads(tx)?;
        for series in asked.forked.iter().filter(|series| series.node == own) {
            hello.heads.set(*series, heads.of(*series));
            hello.rungs.remove(series);
        }
    }
    Ok(hello)
}

/// What stands behind runs that an edge holds, as far as it may see it now.
pub fn disclose(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (peer, asked): (Uuid, &Message),
) -> Result<Message> {
    let (sight, about) = seen_by(tx, (peer, &asked.about))?;
    let (batch, marks) = replication::disclose(tx, (&asked.batch, sight.as_ref()), LOT)?;
    Ok(Message { about, seals: sealed(ctx, marks), batch, ..Message::default() })
}

/// This hub's word for what it tells: a hub that came from a backup will not know it any more.
fn sealed(ctx: &Ctx, told: impl IntoIterator<Item = Marks>) -> Vec<Seal> {
    let key = ctx.key.node_key();
    let links = told.into_iter().flat_map(Marks::links);
    let seal = |(series, links): (Series, Vec<Head>)| {
        let signature = key.seal(&sync::sealed(series, &links));
        let numbers = links.iter().map(|link| link.seq).collect();
        Seal { series, numbers, signature }
    };
    links.map(seal).collect()
}

/// What of an edge's question is believed: what it wrote itself, and of others what this hub told it.
pub fn proven(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (peer, batch, seals): (Uuid, Batch, &[Seal]),
) -> Result<Vec<Proven>> {
    let (sender, key) = (standing(tx, peer)?.node, ctx.key.node_key().public());
    let signed = |digest: &Digest, signature: &[u8; 64]| has_sealed(&key, digest, signature);
    let most = replication::portion(tx);
    Ok(replication::prove(tx, (batch, seals, sender), most, signed)?)
}

/// What an edge may see; none for everything.
pub(super) fn sight_of(tx: &mut ReadTx<'_>, row: &PeerRow) -> Result<Option<Sight>> {
    match Scope::of(row.classes.as_deref()) {
        Scope::All => Ok(None),
        Scope::Classes(classes) => Ok(Some(replication::sight(tx, &classes)?)),
    }
}

/// What an edge that says so of itself may see, and what it is told of that.
fn seen_by(tx: &mut ReadTx<'_>, (peer, said): (Uuid, &str)) -> Result<(Option<Sight>, String)> {
    let row = standing(tx, peer)?;
    let said: Value = serde_json::from_str(said).unwrap_or_default();
    let place = said.get("secrets").and_then(|place| serde_json::from_value(place.clone()).ok());
    let (scope, sight) = (Scope::of(row.classes.as_deref()), sight_of(tx, &row)?);
    let digest = sight.as_ref().map_or([0; 32], Sight::digest);
    let classes = match &scope {
        Scope::All => Value::Null,
        Scope::Classes(_) => json!(named(tx, &scope)?),
    };
    let about = json!({
        "name": settings::load(tx)?.institution,
        "classes": classes,
        "sight": HEXLOWER.encode(&digest),
        "refused": row.refused,
        "secrets": has_more(tx, place.flatten())?,
        "files": lacking(tx, (&row, sight.as_ref()))?,
        "runs": runs_as_text(&replication::hearsay(tx, RUNS)?),
        "now": row.seen_at,
        "remark": row.error.filter(|_| row.refused > 0),
    });
    Ok((sight, about.to_string()))
}
