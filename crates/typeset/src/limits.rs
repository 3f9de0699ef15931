//! What the process may use. The system ends it when it wants more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io::Result;

/// Standard input, output and error, which are open already.
const OPEN: u64 = 3;

/// Closes what a template must not reach, whatever it finds: no further file or socket opens,
/// none grows, no memory is dumped, and no more than so many bytes are addressed.
pub fn settle(memory: u64) -> Result<()> {
    set(Resource::Nofile, OPEN)?;
    set(Resource::Fsize, 0)?;
    set(Resource::Core, 0)?;
    set(Resource::As, memory)
}

/// Seconds of processor time that it may take from now on.
pub fn processor(seconds: u64) -> Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let until = u64::try_from(used).unwrap_or_default().saturating_add(seconds).saturating_add(1);
    let maximum = getrlimit(Resource::Cpu).maximum;
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(until), maximum })?)
}

fn set(resource: Resource, most: u64) -> Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}
