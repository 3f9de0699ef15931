//! What the disk bears: no durable answer is faster than its sync.

use crate::spread::Spread;
use anyhow::Result;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

const TIMES: u64 = 200;
/// About what a lot of marks writes.
static BLOCK: [u8; 256 << 10] = [7; 256 << 10];

/// How long a write takes that is synced, as in a write-ahead log.
pub fn sync(dir: &Path) -> Result<Spread> {
    let file = File::create(dir.join("disk"))?;
    let mut times = Vec::new();
    for position in 0..TIMES {
        let began = Instant::now();
        file.write_all_at(&BLOCK, position % 64 * BLOCK.len() as u64)?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    Ok(Spread::of(times))
}
