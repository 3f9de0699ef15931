//! A TCP proxy between two programs, which spoils what passes as a test wishes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long [`Proxy::passed`] waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From who connected to who is connected to.
    There,
    /// Answers.
    Back,
}

/// What happens to a connection. Bytes are counted from its beginning, each way for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It is closed at once.
    Refuse,
    /// After so many bytes it is closed on both sides.
    Cut(Way, u64),
    /// After so many bytes nothing passes that way any more, though it stays open: as when a cable is
    /// pulled and nobody says so.
    Silence(Way, u64),
    /// A bit of that byte is turned.
    Flip(Way, u64),
    /// So many bytes pass at a time, with pauses between.
    Slow(usize, Duration),
}

/// A proxy; with it ends whatever passes through it.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    ended: AtomicBool,
}

#[derive(Default)]
struct State {
    target: Option<SocketAddr>,
    fault: Fault,
    connections: u64,
    there: u64,
    back: u64,
    live: Vec<(TcpStream, TcpStream)>,
}

impl Proxy {
    /// Passes on to an address, at first without fault.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        shared.state().target = Some(target);
        let kept = Arc::clone(&shared);
        let listening = std::thread::spawn(move || listen(&listener, &kept));
        Self { address, shared, listening: Some(listening) }
    }

    /// Passes on to another address from now on, as when a server comes back elsewhere.
    pub fn lead_to(&self, target: SocketAddr) {
        self.shared.state().target = Some(target);
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What happens to connections from now on; those that are open keep what they had.
    pub fn set(&self, fault: Fault) {
        self.shared.state().fault = fault;
    }

    /// Closes whatever is open.
    pub fn cut(&self) {
        for (one, other) in self.shared.state().live.drain(..) {
            close(&one, &other);
        }
    }

    /// How many connections there were.
    pub fn connections(&self) -> u64 {
        self.shared.state().connections
    }

    /// How many bytes went a way, on all connections together.
    pub fn bytes(&self, way: Way) -> u64 {
        let state = self.shared.state();
        match way {
            Way::There => state.there,
            Way::Back => state.back,
        }
    }

    /// Waits until at least so many bytes went a way, on all connections together.
    pub fn passed(&self, way: Way, bytes: u64) {
        let state = self.shared.state();
        let short = |state: &mut State| match way {
            Way::There => state.there < bytes,
            Way::Back => state.back < bytes,
        };
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, short);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        assert!(!waited.timed_out(), "{bytes} bytes did not pass {way:?}");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        self.cut();
        // Wakes whoever waits for the next one.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, way: Way, bytes: usize) {
        let mut state = self.state();
        let counter = match way {
            Way::There => &mut state.there,
            Way::Back => &mut state.back,
        };
        *counter += bytes as u64;
        self.changed.notify_all();
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().map_while(Result::ok) {
        if shared.ended.load(Ordering::Acquire) {
            return;
        }
        let (target, fault) = {
            let mut state = shared.state();
            state.connections += 1;
            (state.target, state.fault)
        };
        let Some(target) = target else { return };
        // Whoever is not there refuses, and the client sees its connection closed.
        let _ = join(&client, target, fault, shared);
    }
}

/// Joins both sides until one of them closes, or the fault does.
fn join(
    client: &TcpStream,
    target: SocketAddr,
    fault: Fault,
    shared: &Arc<Shared>,
) -> std::io::Result<()> {
    if fault == Fault::Refuse {
        return client.shutdown(Shutdown::Both);
    }
    let server = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    // First of all: what has passed something can be cut.
    shared.state().live.push((client.try_clone()?, server.try_clone()?));
    let ends = [(client, &server, Way::There), (&server, client, Way::Back)];
    for (from, to, way) in ends {
        let (from, to, shared) = (from.try_clone()?, to.try_clone()?, Arc::clone(shared));
        std::thread::spawn(move || {
            // An end that is gone ends the other.
            if pump(&from, &to, way, fault, &shared).is_err() {
                close(&from, &to);
            }
        });
    }
    Ok(())
}

fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    way: Way,
    fault: Fault,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut buffer = [0; 8192];
    let mut passed: u64 = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return to.shutdown(Shutdown::Write);
        }
        let bytes = buffer.get_mut(..read).unwrap_or_default();
        let until = |end: u64| bytes_until(end, passed).min(read);
        match fault {
            Fault::Cut(its, end) if its == way && until(end) < read => {
                let _ = to.write_all(bytes.get(..until(end)).unwrap_or_default());
                shared.count(way, until(end));
                close(from, to);
                return Ok(());
            }
            Fault::Silence(its, end) if its == way => {
                to.write_all(bytes.get(..until(end)).unwrap_or_default())?;
            }
            Fault::Slow(piece, pause) => {
                for piece in bytes.chunks(piece.max(1)) {
                    to.write_all(piece)?;
                    std::thread::sleep(pause);
                }
            }
            Fault::Flip(its, at) if its == way => {
                if let Some(byte) = bytes.get_mut(bytes_until(at, passed)).filter(|_| at >= passed)
                {
                    *byte ^= 0x10;
                }
                to.write_all(bytes)?;
            }
            _ => to.write_all(bytes)?,
        }
        passed += read as u64;
        shared.count(way, read);
    }
}

/// How many bytes are left until the one of that number.
fn bytes_until(number: u64, passed: u64) -> usize {
    usize::try_from(number.saturating_sub(passed)).unwrap_or(usize::MAX)
}

fn close(one: &TcpStream, other: &TcpStream) {
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}
