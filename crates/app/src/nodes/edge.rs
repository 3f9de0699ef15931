//! What an edge does: join its hub, ask it under a number that was never used, take up what it
//! answers, and keep how it went.

use super::beside::kept_place;
use super::{EVERY, LOT, NodeError, RUNS, manage};
use crate::sign_in::digest;
use crate::{Ctx, Error, Result, receipts, setup, signing_keys};
use data_encoding::HEXLOWER;
use muster_credential::keys::public::PublicKey;
use muster_journal::sync::{Batch, Heads, Hello, Seal};
use muster_journal::wire::{self, Message, heads_from_bytes, heads_to_bytes};
use muster_journal::{Change, Series};
use muster_storage::peers::OwnRow;
use muster_storage::replication::{self, Author, Offer, Place};
use muster_storage::{ReadTx, WriteTx, auth, operations, peers};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Where a hub takes what edges ask.
pub const EXCHANGES: &str = "/api/v1/sync/exchanges";
/// Where it opens runs.
pub const OPENINGS: &str = "/api/v1/sync/openings";
/// Where it enrols edges.
pub const ENROLMENTS: &str = "/api/v1/sync/enrolments";
/// Where it gives sign-ins.
pub const SECRETS: &str = "/api/v1/sync/secrets";
/// Where it gives files and takes them.
pub const FILES: &str = "/api/v1/sync/files";
/// Where it lets somebody in whom an edge hands over.
pub const HANDOVERS: &str = "/api/v1/sync/handovers";
/// The most minutes between two exchanges: a week.
const LONGEST: i64 = 7 * 24 * 60;

/// Who lets a node join a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Whoever has the node's shell, or manages its settings.
    Manager,
    /// Whoever has the link of its first run.
    FirstRun(String),
}

/// A hub that took this node in.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Where it is.
    pub url: String,
    /// Its node.
    pub hub: Uuid,
    /// What it is called.
    pub name: String,
    /// Its public key, from now on the only one that is believed.
    pub key: PublicKey,
    /// As what it knows this node.
    pub peer: Uuid,
}

/// A question to the hub.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Where the hub is.
    pub url: String,
    /// Its node.
    pub hub: Uuid,
    /// Its public key.
    pub key: PublicKey,
    /// As what it knows this node.
    pub peer: Uuid,
    /// The question's number.
    pub count: i64,
    /// What is asked.
    pub message: Message,
    /// How far the hub is once it has taken up all of it.
    pub then: Heads,
    /// The batch as it was pressed ahead.
    pub pressed: Option<Vec<u8>>,
}

/// What follows a question, made while the hub works on that.
#[derive(Clone, Debug)]
pub struct Ahead {
    then: Heads,
    offer: Offer,
    /// The batch as bytes; pressed, once they are.
    bytes: Vec<u8>,
}

impl Ahead {
    /// Whether there is nothing to go with it.
    pub const fn is_empty(&self) -> bool {
        self.offer.batch.items.is_empty()
    }

    /// With the bytes of its batch as they go; none if they can't be pressed.
    #[must_use]
    pub fn pressed(self, press: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Option<Self> {
        Some(Self { bytes: press(&self.bytes)?, ..self })
    }
}

/// What is known from the answer before.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// How far the hub is.
    pub hello: Option<Hello>,
    /// Series whose rungs it wants.
    pub forked: BTreeSet<Series>,
    /// Series whose rungs this node wants.
    pub divided: BTreeSet<Series>,
    /// What stands behind runs of which it asks.
    pub known: Batch,
    /// What was made ahead: it holds if the hub came as far as was thought.
    pub ahead: Option<Arc<Ahead>>,
}

/// Whether this node may join a hub now; its node's id.
pub fn may_join(tx: &mut ReadTx<'_>, ctx: &Ctx, leave: &Leave) -> Result<Uuid> {
    match leave {
        Leave::Manager => manage(ctx)?,
        Leave::FirstRun(code) if setup::is_valid(tx, ctx, code)? && setup::is_needed(tx)? => {}
        Leave::FirstRun(_) => return Err(Error::WrongCode),
    }
    match peers::own(tx)? {
        Some(own) if own.role == "hub" => Err(NodeError::IsHub.into()),
        _ => Ok(replication::own(tx)?.node),
    }
}

/// Makes this node an edge of the hub that took it in.
pub fn join(tx: &mut WriteTx<'_>, ctx: &Ctx, leave: &Leave, joined: &Joined) -> Result<()> {
    may_join(tx, ctx, leave)?;
    if let Leave::FirstRun(code) = leave {
        let code = auth::code(tx, "setup", &digest(code), ctx.now())?.ok_or(Error::WrongCode)?;
        if !auth::use_code(tx, code.id, ctx.now())? {
            return Err(Error::WrongCode);
        }
    }
    let hub_key = Some(joined.key.as_bytes().to_vec());
    if peers::own(tx)?.is_some_and(|own| own.hub_key != hub_key) {
        replication::forget_seals(tx)?;
    }
    let row = OwnRow {
        url: Some(joined.url.clone()),
        hub: Some(joined.hub),
        hub_name: Some(joined.name.clone()),
        hub_key,
        peer: Some(joined.peer),
        every: EVERY,
        ..OwnRow::default()
    };
    peers::become_edge(tx, &row, ctx.now())?;
    replication::begin(tx)?;
    let after = json!({"url": joined.url, "hub": joined.hub});
    Ok(tx.journal(Change::new("node.join", "node", joined.peer).created(&after))?)
}

/// Passes for whoever may have the hub asked, where this node has one.
pub fn need_hub(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<()> {
    manage(ctx)?;
    edge(tx).map(drop)
}

/// Says how many minutes are between two exchanges; 0 for by hand alone.
pub fn set_every(tx: &mut WriteTx<'_>, ctx: &Ctx, minutes: i64) -> Result<()> {
    manage(ctx)?;
    let own = edge(tx)?;
    if !(0..=LONGEST).contains(&minutes) {
        let detail = "Write minutes from 0 to 10080, which is a week; 0 is by hand alone.";
        return Err(Error::field("every_minutes", detail));
    }
    peers::set_every(tx, minutes)?;
    let (old, new) = (json!({"every": own.every}), json!({"every": minutes}));
    let peer = own.peer.unwrap_or_default();
    Ok(tx.journal(Change::new("node.pace", "node", peer).changed(&old, &new, 0))?)
}

/// The next question: how far this node is, and what the hub lacks.
pub fn ask(tx: &mut WriteTx<'_>, ctx: &Ctx, (past, program): (&Past, &str)) -> Result<Asking> {
    let own = edge(tx)?;
    let hello = replication::hello(tx, &past.forked.union(&past.divided).copied().collect())?;
    let theirs = match &past.hello {
        Some(hello) => hello.clone(),
        None => Hello { heads: kept_heads(&own), ..Hello::default() },
    };
    let holds = |ahead: &&Arc<Ahead>| {
        let alone = past.known.items.is_empty() && !ahead.offer.batch.items.is_empty();
        alone && theirs.rungs.is_empty() && ahead.then == theirs.heads
    };
    let (offer, pressed) = match past.ahead.as_ref().filter(holds) {
        Some(ahead) => (ahead.offer.clone(), Some(ahead.bytes.clone())),
        None => (replication::offer(tx, &theirs, LOT)?, None),
    };
    let then = after(&theirs.heads, &offer.batch);
    let mut about = json!({
        "version": program,
        "size": operations::database_bytes(tx)?,
        "sight": own.sight.as_deref().map(|digest| HEXLOWER.encode(digest)),
        "secrets": kept_place(tx)?,
        "now": ctx.now(),
    });
    let node = replication::own(tx)?.node;
    if let (Some(keys), Some(about)) =
        (signing_keys::to_tell(tx, ctx, node)?, about.as_object_mut())
    {
        about.insert("keys".to_owned(), keys.into());
    }
    let (forked, mut batch) = (offer.forked, past.known.clone());
    batch.items.extend(offer.batch.items);
    batch.ends.extend(offer.batch.ends);
    let seals = replication::seals(tx, &batch, node)?;
    let message = Message { hello, forked, about: about.to_string(), seals, batch };
    Ok(Asking { then, pressed, ..question(tx, ctx, &own, message)? })
}

impl Past {
    /// What will be known once a question is answered as is thought.
    #[must_use]
    pub fn foreseen(ahead: &Arc<Ahead>) -> Self {
        let hello = Hello { heads: ahead.then.clone(), ..Hello::default() };
        Self { hello: Some(hello), ahead: Some(ahead.clone()), ..Self::default() }
    }
}

/// Whoever took a batch up is that far.
fn after(heads: &Heads, batch: &Batch) -> Heads {
    let mut heads = heads.clone();
    batch.ends.iter().for_each(|(series, head)| heads.set(*series, *head));
    heads
}

/// What a hub lacks that is that far.
pub fn ahead(tx: &mut ReadTx<'_>, then: &Heads) -> Result<Ahead> {
    let hello = Hello { heads: then.clone(), ..Hello::default() };
    let offer = replication::offer(tx, &hello, LOT)?;
    let bytes = wire::write(&offer.batch);
    Ok(Ahead { then: then.clone(), offer, bytes })
}

/// A question about something else than entries.
pub fn ask_plainly(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<Asking> {
    let own = edge(tx)?;
    question(tx, ctx, &own, Message::default())
}

/// A question for what stands behind runs; none if there are no more.
pub fn ask_to_open(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    after: Option<Place>,
) -> Result<Option<Asking>> {
    let own = edge(tx)?;
    let batch = replication::runs(tx, after, RUNS)?;
    if batch.items.is_empty() {
        return Ok(None);
    }
    let message = Message { batch, about: "{}".to_owned(), ..Message::default() };
    question(tx, ctx, &own, message).map(Some)
}

/// Where the hub is.
pub fn hub_address(tx: &mut ReadTx<'_>) -> Result<String> {
    Ok(edge(tx)?.url.unwrap_or_default())
}

fn edge(tx: &mut ReadTx<'_>) -> Result<OwnRow> {
    Ok(peers::own(tx)?.filter(|own| own.role == "edge").ok_or(NodeError::NoHub)?)
}

fn kept_heads(own: &OwnRow) -> Heads {
    own.heads.as_deref().and_then(|bytes| heads_from_bytes(bytes).ok()).unwrap_or_default()
}

fn question(tx: &mut WriteTx<'_>, ctx: &Ctx, own: &OwnRow, message: Message) -> Result<Asking> {
    let key = own.hub_key.clone().and_then(|bytes| bytes.try_into().ok());
    let key = key.and_then(PublicKey::from_bytes);
    let (Some(url), Some(hub), Some(key), Some(peer)) = (&own.url, own.hub, key, own.peer) else {
        return Err(NodeError::NoHub.into());
    };
    let count = own.asked.saturating_add(1);
    peers::ask(tx, count, ctx.now())?;
    let (url, then, pressed) = (url.clone(), Heads::default(), None);
    Ok(Asking { url, hub, key, peer, count, message, then, pressed })
}

/// Goes on from the number that the hub heard last: this node came back from a backup, or there is
/// another one with its key.
pub fn count_from(tx: &mut WriteTx<'_>, ctx: &Ctx, count: i64) -> Result<()> {
    peers::ask(tx, count, ctx.now())?;
    Ok(())
}

/// Takes up a part of an answer, and keeps the hub's word for it; how many entries are new.
pub fn took(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (chunk, seals): (&Batch, &[Seal]),
) -> Result<replication::Taken> {
    let taken = replication::take_from(tx, chunk, Author::Hub)?;
    replication::keep_seals(tx, seals)?;
    receipts::judge_arrived(tx, ctx, chunk)?;
    Ok(taken)
}

/// Whether each has what the other had when this was asked and answered.
pub fn is_level(tx: &mut ReadTx<'_>, asked: &Heads, answered: &Heads) -> Result<bool> {
    Ok(asked.beyond(answered) == 0 && answered.beyond(&replication::heads(tx)?) == 0)
}

/// An answer's batch in parts that are taken up in a transaction each.
pub fn parts(tx: &mut ReadTx<'_>, batch: &Batch) -> Result<Vec<Batch>> {
    let most = replication::portion(tx);
    Ok(replication::parts(tx, batch, most)?)
}

/// Series of which the hub holds something else than this node, as its answer says.
pub fn forks(tx: &mut ReadTx<'_>, answer: &Message) -> Result<BTreeSet<Series>> {
    Ok(replication::forks(tx, &told_by(answer))?)
}

/// What a message says of how far its sender is.
pub(super) fn told_by(message: &Message) -> Offer {
    let (heads, forked) = (message.hello.heads.clone(), message.forked.clone());
    Offer { heads, forked, ..Offer::default() }
}

/// Puts what was told of runs in their place, and keeps the hub's word for it.
pub fn opened(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (told, seals): (&Batch, &[Seal]),
) -> Result<(Option<Place>, usize)> {
    let opened = replication::open(tx, told)?;
    replication::keep_seals(tx, seals)?;
    receipts::judge_arrived(tx, ctx, told)?;
    Ok(opened)
}

/// Keeps how far the hub is, and what it says of this node. Answers its sight, where the runs here
/// were not opened for that.
pub fn follow(tx: &mut WriteTx<'_>, ctx: &Ctx, answer: &Message) -> Result<Option<Vec<u8>>> {
    let own = edge(tx)?;
    let about: Value = serde_json::from_str(&answer.about).unwrap_or_default();
    let ahead =
        about.get("now").and_then(Value::as_i64).map(|hubs| ctx.now().0.saturating_sub(hubs));
    let scope = json!({"classes": about.get("classes"), "ahead": ahead}).to_string();
    peers::follow(tx, &heads_to_bytes(&answer.hello.heads), Some(&scope))?;
    let sight = about.get("sight").and_then(Value::as_str);
    let sight = sight.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
    Ok(sight.filter(|sight| own.sight.as_ref() != Some(sight)))
}

/// Keeps that all runs were opened for a sight.
pub fn has_opened(tx: &mut WriteTx<'_>, sight: &[u8]) -> Result<()> {
    Ok(peers::set_sight(tx, sight)?)
}

/// Keeps that everything was exchanged, and what the hub remarked.
pub fn done(tx: &mut WriteTx<'_>, ctx: &Ctx, remark: Option<&str>) -> Result<()> {
    Ok(peers::done(tx, ctx.now(), remark)?)
}

/// Keeps why an exchange came to nothing.
pub fn fail(tx: &mut WriteTx<'_>, why: &str) -> Result<()> {
    Ok(peers::fail(tx, why)?)
}
