//! Durable marks beside an empty handler of the same server in the same run.

use crate::beside::{Beside, Plan};
use crate::fill::{self, Size};
use crate::load::Requests;
use crate::outside::{now, random};
use crate::server::Server;
use crate::{crowd, disk};
use anyhow::{Context, Result, bail};
use muster_credential::keys::{MasterKey, file};
use muster_domain::time::Timestamp;
use muster_storage::{Store, StoreConfig, sessions};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// More marks a second than any machine that this has run on.
const FASTEST: usize = 25_000;
const STUDENTS: usize = 4_000;
const HALL: usize = 300;

/// Fills a database, serves it, measures, and looks whether every mark is there.
pub fn run(runtime: &Runtime, program: &Path, database: Option<&str>, plan: &Plan) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = database.map_or_else(
        || format!("sqlite:{}", dir.path().join("muster.db").display()),
        str::to_owned,
    );
    let seconds = plan.time.as_secs_f64() * (plan.rounds + 1) as f64;
    let classes = (seconds * FASTEST as f64) as usize / STUDENTS + 1;
    let size = Size { students: STUDENTS, classes, hall: HALL };
    let ring = file::load_or_create(&dir.path().join("keys"), random()?)?;
    let key = Arc::new(MasterKey::clone(ring.active()));
    let opened_at = {
        let store = Store::open(&StoreConfig::new(&url, Uuid::from_u128(1), now()))?;
        fill::fill(&store, size)?
    };
    println!("database          {}", if database.is_some() { "PostgreSQL" } else { "SQLite" });
    println!("disk              {} for a synced write of 256 KiB", disk::sync(dir.path())?);
    let server = Server::serve(program, dir.path(), database)?;
    println!("start             {:.0} ms", server.start.as_secs_f64() * 1000.0);
    let run = Beside {
        runtime,
        server: &server,
        plan,
        name: "mark",
        requests: marks(key.clone(), size, opened_at),
        cursor: Arc::default(),
    };
    let best = run.rounds()?;
    run.half(best)?;
    let hall = crowd::Hall { address: server.address, class: classes, students: HALL };
    runtime.block_on(crowd::run(&hall, &key, opened_at))?;
    let (now, most) = server.memory()?;
    println!("memory            {now:.0} MB, at most {most:.0} MB");
    let acknowledged = run.cursor.load(Ordering::Relaxed) + HALL;
    server.stop()?;
    audit(program, dir.path(), database, &url, acknowledged, size)
}

fn marks(key: Arc<MasterKey>, size: Size, opened_at: Timestamp) -> Requests {
    Arc::new(move |position| {
        let (class, student) = (position / size.students, position % size.students);
        (class < size.classes).then(|| fill::mark(&key, student, class, opened_at))
    })
}

/// Every mark that was acknowledged is there, and the journal verifies.
fn audit(
    program: &Path,
    dir: &Path,
    database: Option<&str>,
    url: &str,
    acknowledged: usize,
    size: Size,
) -> Result<()> {
    let store = Store::open(&StoreConfig::new(url, Uuid::from_u128(1), now()))?;
    let stored = store.read(move |tx| {
        (0..=size.classes).try_fold(0, |sum, class| {
            Ok::<_, muster_storage::Error>(sum + sessions::marks(tx, fill::session(class))?.len())
        })
    });
    let stored = stored.wait()?;
    drop(store);
    if stored != acknowledged {
        bail!("{acknowledged} marks were acknowledged and {stored} are there");
    }
    let mut verify = Command::new(program);
    verify.args(["journal", "verify", "--data"]).arg(dir);
    if let Some(database) = database {
        verify.args(["--database", database]);
    }
    let output = verify.output().context("can't verify the journal")?;
    if !output.status.success() {
        bail!("the journal does not verify: {}", String::from_utf8_lossy(&output.stdout));
    }
    println!("afterwards        all {stored} acknowledged marks are there, the journal verifies");
    Ok(())
}
