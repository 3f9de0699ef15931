//! Ports for programs that have to be told theirs.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that systems hand out by themselves: nobody gets one of these by chance before the
/// program that it is for listens there.
const FIRST: u16 = 20_000;
/// How many processes have ports of their own, counted by their number.
const PROCESSES: u16 = 250;
/// How many ports each has.
const EACH: u16 = 40;

/// Ports of this machine that nobody uses now, and that no test beside this one is given.
///
/// # Panics
/// If more are wanted than one process has.
pub fn free_ports<const N: usize>() -> [u16; N] {
    [(); N].map(|()| {
        loop {
            let port = next();
            if TcpListener::bind(("127.0.0.1", port)).is_ok() {
                return port;
            }
        }
    })
}

fn next() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed);
    assert!(given < EACH, "a process has {EACH} ports");
    let place = u16::try_from(std::process::id() % u32::from(PROCESSES)).unwrap_or(0);
    FIRST + place * EACH + given
}
