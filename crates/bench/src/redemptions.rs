//! Passes presented at a gate, each once, beside an empty handler of the same server in the same run.

use crate::beside::{Beside, Plan};
use crate::fill::{self, STAFF};
use crate::load::Requests;
use crate::outside::{now, random};
use crate::server::Server;
use anyhow::{Context, Result, bail};
use muster_app::events::{self, EventInput, PassTypeInput};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::{Ctx, points};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::{self, KeyRing};
use muster_credential::keys::signing::SigningKey;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{EventId, PassId, PassTypeId, PointId};
use muster_domain::passes::Payment;
use muster_domain::time::Span;
use muster_domain::verification::Entries;
use muster_storage::{ReadTx, Store, StoreConfig, WriteTx, redemptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// More redemptions a second than any machine that this has run on.
const FASTEST: f64 = 9_000.0;
/// Verifiers, each signed in.
const VERIFIERS: usize = 64;
/// Passes issued in one transaction.
const CHUNK: usize = 250;

/// What is presented where.
#[derive(Clone, Copy)]
struct Stage {
    event: EventId,
    kind: PassTypeId,
    gate: PointId,
}

/// Who fills, and with which keys.
struct Office {
    store: Store,
    key: Arc<MasterKey>,
    signing: Arc<KeyRing<SigningKey>>,
}

/// Fills a database, serves it, measures, and looks whether every redemption is there.
pub fn run(runtime: &Runtime, program: &Path, database: Option<&str>, plan: &Plan) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = database.map_or_else(
        || format!("sqlite:{}", dir.path().join("muster.db").display()),
        str::to_owned,
    );
    let seconds = plan.time.as_secs_f64() * (plan.rounds as f64 + 0.5);
    let stored = StoreConfig::new(&url, Uuid::from_u128(1), now());
    let (stage, texts) = {
        let ring: KeyRing<MasterKey> = file::load_or_create(&dir.path().join("keys"), random()?)?;
        let office = Office {
            store: Store::open(&stored)?,
            key: Arc::new(MasterKey::clone(ring.active())),
            signing: Arc::new(file::load_or_create(&dir.path().join("signing-keys"), random()?)?),
        };
        fill::verifiers(&office.store, VERIFIERS)?;
        office.fill((seconds * FASTEST) as usize)?
    };
    println!("database          {}", if database.is_some() { "PostgreSQL" } else { "SQLite" });
    println!("passes            {}", texts.len());
    let server = Server::serve(program, dir.path(), database)?;
    let run = Beside {
        runtime,
        server: &server,
        plan,
        name: "redemption",
        requests: requests(stage.gate, texts),
        cursor: Arc::default(),
    };
    let best = run.rounds()?;
    run.half(best)?;
    let acknowledged = run.cursor.load(Ordering::Relaxed);
    server.stop()?;
    let counts = Store::open(&stored)?.read(move |tx| redemptions::counts(tx, stage.event.0));
    let counts = counts.wait()?.into_iter().filter(|row| row.point == Some(stage.gate));
    let counted = usize::try_from(counts.map(|row| row.entries).sum::<i64>())?;
    if counted != acknowledged {
        bail!("{acknowledged} redemptions were acknowledged and {counted} are there");
    }
    println!("afterwards        all {counted} acknowledged redemptions are there");
    Ok(())
}

/// Each pass is shown once, the verifiers taking turns.
fn requests(gate: PointId, texts: Vec<String>) -> Requests {
    Arc::new(move |position| {
        let text = texts.get(position)?;
        let token = fill::token(position % VERIFIERS);
        let body = format!(r#"{{"credential":"{text}","point":"{gate}","nonce":"{position}"}}"#);
        let length = body.len();
        let request = format!(
            "POST /api/v1/redemptions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \
             {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Some(request.into_bytes())
    })
}

impl Office {
    fn ctx(&self) -> Result<Ctx> {
        let mut ctx = Ctx::new("cli", now(), random()?, self.key.clone());
        ctx.signing = Some(self.signing.clone());
        let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
        let person = fill::student(STAFF);
        Ok(ctx.signed_in(Some(Actor { person, login: None, grants, class: None })))
    }

    /// An event that admits now, and the texts of so many passes to it.
    fn fill(&self, count: usize) -> Result<(Stage, Vec<String>)> {
        let ctx = Arc::new(self.ctx()?);
        let act = ctx.act.clone();
        let stage = self.store.write(&act, move |tx| set_up(tx, &ctx)).wait()?;
        let mut texts = Vec::with_capacity(count);
        for from in (0..count).step_by(CHUNK) {
            let ctx = Arc::new(self.ctx()?);
            let (act, issuing) = (ctx.act.clone(), ctx.clone());
            let range = from..count.min(from + CHUNK);
            let issue = move |tx: &mut WriteTx<'_>| -> muster_app::Result<Vec<PassId>> {
                range.clone().map(|place| issue(tx, &issuing, stage, place)).collect()
            };
            let ids = self.store.write(&act, issue).wait()?;
            let read = move |tx: &mut ReadTx<'_>| -> muster_app::Result<Vec<_>> {
                ids.iter().map(|id| Ok(passes::get(tx, &ctx, *id)?.drawn)).collect()
            };
            for drawn in self.store.read(read).wait()? {
                let drawn = drawn.context("a pass without a credential")?;
                texts.push(drawn.credential.link("localhost", false));
            }
        }
        Ok((stage, texts))
    }
}

fn set_up(tx: &mut WriteTx<'_>, ctx: &Ctx) -> muster_app::Result<Stage> {
    let input = EventInput {
        name: "Convocation".to_owned(),
        venue: "Great Hall".to_owned(),
        doors_at: Some(ctx.now() - Span::hours(1)),
        starts_at: ctx.now(),
        ends_at: ctx.now() + Span::hours(6),
        capacity: None,
        currency: "INR".to_owned(),
        entries: Entries::Single,
        windows: Vec::new(),
        home: None,
    };
    let event = events::create(tx, ctx, &input)?;
    let input = PassTypeInput {
        name: "Single".to_owned(),
        price: String::new(),
        admits: 1,
        quota: None,
        on_sale: true,
    };
    let kind = events::add_type(tx, ctx, event, &input)?;
    Ok(Stage { event, kind, gate: points::create(tx, ctx, event, "Main entrance")? })
}

fn issue(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    stage: Stage,
    place: usize,
) -> muster_app::Result<PassId> {
    let holder = HolderInput { name: format!("Guest {place}"), phone: format!("98450 {place:05}") };
    let input = IssueInput {
        pass_type: stage.kind,
        holders: vec![holder],
        payment: Payment::Free,
        reference: String::new(),
        email: String::new(),
    };
    passes::issue(tx, ctx, stage.event, &input)
}
