//! `muster sync`

use crate::node::{Node, Place};
use crate::outside::{remark, say};
use crate::sync::{authority_file, syncer};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use muster_app::nodes::{
    self, Hub, Leave, Peer, Role, Scope, ScopeInput, Standing, clock_words, restated_words,
};
use muster_app::{Ctx, Error};
use muster_domain::time::Timestamp;
use muster_storage::replication::PendingRow;
use muster_storage::{ReadTx, WriteTx};
use muster_sync::{Failure, Link};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Subcommand)]
pub(crate) enum Sync {
    /// Say how this node stands: its role, its hub or its edges, what waits, and the last problem
    Status {
        #[command(flatten)]
        place: Place,
        /// Print one JSON line
        #[arg(long)]
        json: bool,
    },
    /// Exchange with the hub now, until neither side lacks anything
    Now {
        #[command(flatten)]
        place: Place,
        /// Print one JSON line
        #[arg(long)]
        json: bool,
    },
    /// Make this node an edge of a hub, by a code that the hub made
    Enrol {
        #[command(flatten)]
        place: Place,
        /// Address of the hub, or the whole text of its QR
        #[arg(long)]
        hub: String,
        /// The code; not needed with the text of a QR
        #[arg(long, default_value = "")]
        code: String,
        /// What the hub shall call this node; else as was said when the code was made
        #[arg(long, default_value = "")]
        name: String,
        /// File with the certificates to believe, where the hub has an authority of its own
        #[arg(long)]
        ca: Option<PathBuf>,
    },
    /// Make a code that enrols an edge of this hub, once, within an hour
    Code {
        #[command(flatten)]
        place: Place,
        /// What the edge is called
        #[arg(long)]
        name: String,
        /// Id of a class that it sees with its people; may be repeated; the whole institution without it
        #[arg(long)]
        class: Vec<String>,
        /// Print one JSON line
        #[arg(long)]
        json: bool,
    },
    /// List the edges of this hub
    Peers {
        #[command(flatten)]
        place: Place,
        /// Print one JSON line for each
        #[arg(long)]
        json: bool,
    },
    /// Revoke an edge: it can neither read nor write here any more
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its name, or its id where several have that name
        edge: String,
    },
}

impl Sync {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Status { place, json } => status(&place, json),
            Self::Now { place, json } => now(&place, json),
            Self::Enrol { place, hub, code, name, ca } => enrol(&place, (&hub, &code, &name), ca),
            Self::Code { place, name, class, json } => code(&place, name, class, json),
            Self::Peers { place, json } => peers(&place, json),
            Self::Revoke { place, edge } => revoke(&place, &edge),
        }
    }
}

pub(super) fn read<T: Send + 'static>(
    node: &Node,
    action: impl Fn(&mut ReadTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
) -> Result<T> {
    let ctx = node.ctx("cli");
    node.store.read(move |tx| action(tx, &ctx)).wait().map_err(explain)
}

fn write<T: Send + 'static>(
    node: &Node,
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
) -> Result<T> {
    let ctx = Arc::new(node.ctx("cli"));
    let shared = ctx.clone();
    node.store.write(&ctx.act, move |tx| action(tx, &shared)).wait().map_err(explain)
}

/// What is wrong with the first field, where fields are.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => match fields.into_iter().next() {
            Some(field) => anyhow::Error::msg(field.detail),
            None => anyhow::Error::msg("Some values need another look."),
        },
        error => error.into(),
    }
}

fn status(place: &Place, json: bool) -> Result<ExitCode> {
    let standing = read(&place.open_existing()?, nodes::standing)?;
    let failed = standing.hub.as_ref().is_some_and(|hub| hub.failures > 0);
    let Standing { role, node, size, hub, peers, waiting, waits, restated } = standing;
    if json {
        let peers: Vec<_> = peers.iter().map(told).collect();
        let line = json!({
            "role": role.key(), "node": node, "size": size, "hub": hub.as_ref().map(hub_told), "peers": peers,
            "waiting": waiting,
            "restated": restated.map(|restated| restated.records),
        });
        say(line)?;
        return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    match (role, hub) {
        (Role::Edge, Some(hub)) => {
            say(format_args!("This node is an edge of {} at {}.", hub.name, hub.url))?;
            say(format_args!(
                "It sees: {}.",
                hub.classes.map_or_else(whole, |all| all.join(", "))
            ))?;
            let tried =
                if failed { format!(" Last try: {}.", when(hub.tried_at)) } else { String::new() };
            say(format_args!("Last exchange: {}.{tried}", when(hub.success_at)))?;
            say(format_args!("Waits here: {}. Waits at the hub: {}.", hub.pending, hub.lacks))?;
            if let Some(off) = hub.ahead.and_then(clock_words) {
                say(format_args!("The clock of this node is {off} of the hub’s: set it."))?;
            }
            if let Some(error) = hub.error {
                say(format_args!("{}: {error}", if failed { "Problem" } else { "Remark" }))?;
            }
        }
        (Role::Hub, _) => {
            say(format_args!("This node is a hub of {} edges.", peers.len()))?;
            peers.iter().try_for_each(|peer| say(line(peer)))?;
        }
        _ => say("This node stands alone.")?,
    }
    say(format_args!("Size of the database: {size} bytes."))?;
    if let Some(restated) = restated {
        let far = restated_words(restated);
        say(format_args!(
            "It still tells what it held before: {far}. Until then it takes nothing up."
        ))?;
    }
    if waiting > 0 {
        say(format_args!("Records that came and are not in place yet: {waiting}."))?;
        for PendingRow { entity, record, why, .. } in &waits {
            say(format_args!("  {entity} {record}: {why}"))?;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn whole() -> String {
    "the whole institution".to_owned()
}

fn when(at: Option<Timestamp>) -> String {
    let at = at.and_then(|at| jiff::Timestamp::from_microsecond(at.0).ok());
    at.map_or_else(|| "none yet".to_owned(), |at| format!("{at:.0}"))
}

fn line(peer: &Peer) -> String {
    let Peer { row, scope, classes, lacks, pending, program, size, ahead } = peer;
    let sees = if *scope == Scope::All { whole() } else { classes.join(", ") };
    let state = if row.revoked_at.is_some() { "revoked" } else { "enrolled" };
    let problem = row.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
    let refused = match row.refused {
        0 => String::new(),
        count => format!("; refused {count}"),
    };
    let program = program.as_ref().map(|program| format!("; Muster {program}")).unwrap_or_default();
    let size = size.map(|size| format!("; {size} bytes")).unwrap_or_default();
    let clock = ahead.and_then(clock_words).map(|off| format!("; clock {off}")).unwrap_or_default();
    format!(
        "{}: {state}, sees {sees}; last exchange {}; waits here {lacks}, there \
         {pending}{refused}{program}{size}{clock}.{problem}",
        row.name,
        when(row.success_at),
    )
}

fn told(peer: &Peer) -> Value {
    let Peer { row, scope, classes, lacks, pending, program, size, ahead } = peer;
    json!({
        "id": row.id, "node": row.node, "name": row.name,
        "classes": (*scope != Scope::All).then_some(classes),
        "success_at": row.success_at.map(|at| when(Some(at))),
        "lacks": lacks, "pending": pending, "refused": row.refused, "error": row.error,
        "program": program, "size": size, "clock_ahead_seconds": ahead, "revoked": row.revoked_at.is_some(),
    })
}

fn hub_told(hub: &Hub) -> Value {
    json!({
        "url": hub.url, "name": hub.name, "classes": hub.classes, "every_minutes": hub.every,
        "success_at": hub.success_at.map(|at| when(Some(at))), "failures": hub.failures,
        "error": hub.error, "clock_ahead_seconds": hub.ahead, "pending": hub.pending, "lacks": hub.lacks,
    })
}

fn now(place: &Place, json: bool) -> Result<ExitCode> {
    let node = place.open_existing()?;
    let done = syncer(&node, &place.data, "cli").run();
    if json {
        let error = done.as_ref().err().map(Failure::to_string);
        let exchanged = done.as_ref().copied().unwrap_or_default();
        say(json!({
            "came": exchanged.came, "went": exchanged.went, "questions": exchanged.questions,
            "bytes_out": exchanged.bytes_out, "bytes_in": exchanged.bytes_in, "error": error,
        }))?;
    } else if let Ok(exchanged) = &done {
        say(format_args!("Exchanged: {} came, {} went.", exchanged.came, exchanged.went))?;
    }
    match done {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            remark(format_args!("muster: {failure}"));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn enrol(
    place: &Place,
    (hub, code, name): (&str, &str, &str),
    ca: Option<PathBuf>,
) -> Result<ExitCode> {
    let link = Link::read(hub, code)?;
    let node = place.open()?;
    if let Some(file) = ca {
        let kept = authority_file(&place.data);
        std::fs::copy(&file, &kept)
            .with_context(|| format!("can't copy {} to {}", file.display(), kept.display()))?;
    }
    let ctx = Arc::new(node.ctx("cli"));
    let syncer = syncer(&node, &place.data, "cli");
    syncer.join((&link, name), (&ctx, &Leave::Manager)).map_err(explain)??;
    say(format_args!("This node is an edge of {} now.", link.url))?;
    say("“muster sync now” exchanges at once; “muster serve” does so by itself.")?;
    Ok(ExitCode::SUCCESS)
}

fn code(place: &Place, name: String, class: Vec<String>, json: bool) -> Result<ExitCode> {
    let node = place.open_existing()?;
    let scope = ScopeInput { all: class.is_empty(), classes: class };
    let offer = write(&node, move |tx, ctx| nodes::offer(tx, ctx, &name, &scope))?;
    let until = when(Some(offer.expires_at));
    if json {
        say(json!({"code": offer.code, "expires_at": until}))?;
    } else {
        say(format_args!("Code: {}", offer.code))?;
        say(format_args!("It works once, until {until}. On the edge:"))?;
        say(format_args!("  muster sync enrol --hub ADDRESS --code {}", offer.code))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn peers(place: &Place, json: bool) -> Result<ExitCode> {
    let peers = read(&place.open_existing()?, nodes::list)?;
    for peer in &peers {
        if json { say(told(peer))? } else { say(line(peer))? }
    }
    if peers.is_empty() && !json {
        say("No edge is enrolled here.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn revoke(place: &Place, edge: &str) -> Result<ExitCode> {
    let node = place.open_existing()?;
    let peers = read(&node, nodes::list)?;
    let found: Vec<_> = peers
        .iter()
        .filter(|peer| {
            let named = peer.row.name == edge && peer.row.revoked_at.is_none();
            named || edge.parse() == Ok::<Uuid, uuid::Error>(peer.row.id)
        })
        .collect();
    let [peer] = found.as_slice() else {
        if found.is_empty() {
            bail!("no edge has the name or id “{edge}”: “muster sync peers” lists them");
        }
        bail!(
            "several edges are called “{edge}”: name one by its id, from “muster sync peers --json”"
        );
    };
    let id = peer.row.id;
    let revoked = write(&node, move |tx, ctx| nodes::revoke(tx, ctx, id))?;
    say(format_args!("{} is revoked: it can neither read nor write here.", revoked.row.name))?;
    Ok(ExitCode::SUCCESS)
}
