//! How fast dockets are set: `cargo bench -p muster-typeset`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement may panic")]

use muster_documents::paper::{Docket, Institution, Paper};
use muster_documents::typesetting::{Limits, Sheets, Typesetter};
use std::path::Path;
use std::time::Instant;

fn main() {
    let program = env!("CARGO_BIN_EXE_muster-typeset");
    let typesetter = Typesetter::new(program.into(), 1, Limits::default());
    let dockets: Vec<_> = (0..1_000).map(|number| Docket::sample(number).unwrap()).collect();
    let common = Institution::sample();
    let (paper, title) = (Paper::Docket, "Dockets");
    let sheets =
        Sheets { name: title, template: paper.template(), title, common: &common, items: &dockets };

    let one = Sheets { items: &dockets[..1], ..sheets };
    let cold = time(|| drop(typesetter.pdf(&one, |_| true).unwrap()));
    println!("one docket, its process just started: {:.0} ms", cold * 1e3);
    for round in 1..=3 {
        let hundred = Sheets { items: &dockets[round * 100..][..100], ..sheets };
        let warm = time(|| drop(typesetter.pdf(&hundred, |_| true).unwrap()));
        println!("100 dockets, warm: {warm:.2} s, {:.0} a second", 100.0 / warm);
    }
    let mut size = 0;
    let all = time(|| size = typesetter.pdf(&sheets, |_| true).unwrap().bytes.len());
    println!("1,000 dockets in one PDF of {} kB: {all:.2} s", size >> 10);
    println!("peak memory of the process: {} MB", peak(program).unwrap_or_default() >> 10);
}

fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The most kilobytes that the process of this program has held so far.
fn peak(program: &str) -> Option<u64> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let ours = |path: &Path| {
        std::fs::read_link(path.join("exe")).is_ok_and(|exe| exe == Path::new(program))
    };
    let own = processes.into_iter().find(|path| ours(path))?;
    let status = std::fs::read_to_string(own.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
