//! Tables of 100,000 lines while students mark themselves: how long each takes, and how long the
//! students wait meanwhile.

use crate::fill::{self, Size};
use crate::load::{Outcome, Requests, steady};
use crate::outside::{now, random};
use crate::server::Server;
use anyhow::{Context, Result, bail};
use muster_credential::keys::{MasterKey, file};
use muster_domain::time::Span;
use muster_storage::{Store, StoreConfig};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use uuid::Uuid;

const STUDENTS: usize = 4_000;
/// Sections made by the first import, each for every student of the others.
const SECTIONS: usize = 25;
/// Classes with an open session, in which students mark themselves.
const CLASSES: usize = 20;
/// Marks a second beside the imports.
const RATE: f64 = 200.0;
/// The marks of one look at how long students wait.
const LOOK: Duration = Duration::from_secs(1);
/// How often to ask how far an import is.
const PAUSE: Duration = Duration::from_millis(200);
const BOUNDARY: &str = "muster-bench-boundary";

/// Measures and prints.
pub fn run(runtime: &Runtime, program: &Path, database: Option<&str>) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = database.map_or_else(
        || format!("sqlite:{}", dir.path().join("muster.db").display()),
        str::to_owned,
    );
    let size = Size { students: STUDENTS, classes: CLASSES, hall: 1 };
    let ring = file::load_or_create(&dir.path().join("keys"), random()?)?;
    let key = Arc::new(MasterKey::clone(ring.active()));
    let opened_at = {
        let store = Store::open(&StoreConfig::new(&url, Uuid::from_u128(1), now()))?;
        fill::fill(&store, size)?
    };
    let server = Server::serve(program, dir.path(), database)?;
    let requests: Requests = Arc::new(move |position| {
        let (class, student) = (position / STUDENTS, position % STUDENTS);
        (class < CLASSES).then(|| fill::mark(&key, student, class, opened_at))
    });
    let day = jiff::Timestamp::from_microsecond((opened_at - Span::days(2)).0)?;
    let day = day.strftime("%Y-%m-%d").to_string();
    let cursor = Arc::default();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let base = format!("http://{}", server.address);
        let done = &done;
        let imports = scope.spawn(move || {
            let all = tables(&day).iter().try_for_each(|(kind, table)| import(&base, kind, table));
            done.store(true, Ordering::Relaxed);
            all
        });
        while !done.load(Ordering::Relaxed) {
            let load = steady(server.address, 16, RATE, LOOK, &cursor, &requests);
            let Outcome { times, .. } = runtime.block_on(load)?.expect(201)?;
            println!("          marks beside it: {times}");
        }
        imports.join().ok().context("the imports ended unexpectedly")?
    })?;
    let (memory, most) = server.memory()?;
    println!("memory    {memory:.0} MB, at most {most:.0} MB");
    server.stop()
}

/// Kinds with their files: people nobody knows, then classes, who is in them, and a day's marks.
fn tables(day: &str) -> [(&'static str, String); 4] {
    let mut people = "number,name,email\n".to_owned();
    for n in 0..100_000 {
        let _ = writeln!(people, "N{n:06},Given{} Family{n},n{n}@example.org", n % 977);
    }
    let mut classes = "course,section,term\n".to_owned();
    let mut enrolments = "course,section,term,number,roll_number\n".to_owned();
    let mut marks = "course,section,term,number,date,status\n".to_owned();
    for section in 0..SECTIONS {
        let _ = writeln!(classes, "MA101,N{section},Term");
        for student in 0..STUDENTS {
            let roll = student + 1;
            let _ = writeln!(enrolments, "MA101,N{section},Term,S{student:06},{roll}");
            let status = if student % 7 == 0 { "absent" } else { "present" };
            let _ = writeln!(marks, "MA101,N{section},Term,S{student:06},{day},{status}");
        }
    }
    [("people", people), ("classes", classes), ("enrolments", enrolments), ("marks", marks)]
}

/// Uploads a table, confirms it, and prints how long checking and writing took.
fn import(base: &str, kind: &str, table: &str) -> Result<()> {
    let began = Instant::now();
    let part = |name: &str, value: &str| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let body = format!(
        "{}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"{kind}.csv\"\r\nContent-Type: text/csv\r\n\r\n{table}\r\n--{BOUNDARY}--\r\n",
        part("kind", kind)
    );
    let token = format!("Bearer {}", fill::token(fill::STAFF));
    let form = format!("multipart/form-data; boundary={BOUNDARY}");
    let sent = ureq::post(format!("{base}/api/v1/imports")).header("authorization", &token);
    let answer = sent.header("content-type", form).send(body.as_bytes())?;
    let checked = settled(base, &token, answer)?;
    let checking = began.elapsed();
    let id = checked.get("id").and_then(|id| id.as_str()).context("an import without an id")?;
    if checked.get("wrong").and_then(serde_json::Value::as_i64) != Some(0) {
        bail!("lines of {kind} are wrong: {checked}");
    }
    let confirm = ureq::post(format!("{base}/api/v1/imports/{id}/confirmation"));
    let answer = confirm.header("authorization", &token).send_empty()?;
    let written = settled(base, &token, answer)?;
    if written.get("state").and_then(|state| state.as_str()) != Some("imported") {
        bail!("{kind} were not imported: {written}");
    }
    let (lines, all) = (table.lines().count() - 1, began.elapsed());
    let writing = all.saturating_sub(checking);
    println!(
        "{kind:<10}{lines} lines in {:.1} s: checked in {:.1} s, written in {:.1} s",
        all.as_secs_f64(),
        checking.as_secs_f64(),
        writing.as_secs_f64()
    );
    Ok(())
}

/// The import once no worker has anything to do with it.
fn settled(
    base: &str,
    token: &str,
    mut answer: ureq::http::Response<ureq::Body>,
) -> Result<serde_json::Value> {
    loop {
        let import: serde_json::Value = answer.body_mut().read_json()?;
        let state = import.get("state").and_then(|state| state.as_str()).unwrap_or_default();
        if !state.ends_with("ing") {
            return Ok(import);
        }
        let id = import.get("id").and_then(|id| id.as_str()).context("an import without an id")?;
        std::thread::sleep(PAUSE);
        let ask = ureq::get(format!("{base}/api/v1/imports/{id}"));
        answer = ask.header("authorization", token).call()?;
    }
}
