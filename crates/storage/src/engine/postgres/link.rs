//! A worker's connection: made when it is needed, made again when it was lost, and able to find
//! out whether an act was recorded whose COMMIT nobody answered.

use super::client::Connector;
use super::session::Prepared;
use crate::engine::{Act, Error, Result};
use postgres::Client;
use std::time::{Duration, Instant};

/// Tries of one closure, and how long they go on: enough to outlast a restart.
const TRIES: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(15);
/// Looks at whether a lost connection's process has ended, 10 ms apart.
const LOOKS: u32 = 500;

/// A client that is connected when it is needed.
pub(super) struct Link {
    connector: Connector,
    client: Option<(Client, Prepared, Backend)>,
}

/// The server's process behind a connection. Its start tells it from a later one of that number.
#[derive(Clone)]
pub(super) struct Backend {
    pid: i32,
    started: String,
}

impl Link {
    pub fn new(connector: Connector) -> Self {
        Self { connector, client: None }
    }

    pub fn client(&mut self) -> Result<(&mut Client, &mut Prepared, &Backend)> {
        if self.client.as_ref().is_some_and(|(client, ..)| client.is_closed()) {
            self.client = None;
        }
        let (client, prepared, backend) = match &mut self.client {
            Some(connected) => connected,
            empty => {
                let mut client = self.connector.connect()?;
                let backend = Backend::of(&mut client)?;
                empty.insert((client, Prepared::new(), backend))
            }
        };
        Ok((client, prepared, backend))
    }

    /// Whether an act is in the journal, asked once the process that was to commit it has ended:
    /// until then it might still do so.
    pub fn recorded(&mut self, lost: &Backend, act: &Act) -> Result<bool> {
        let (client, ..) = self.client()?;
        let end = "select pg_terminate_backend(pid) from pg_stat_activity
            where pid = $1 and backend_start::text = $2";
        let mut looks = 0;
        while client.query_opt(end, &[&lost.pid, &lost.started])?.is_some() {
            looks += 1;
            if looks > LOOKS {
                return Err(Error::Unavailable("a lost connection does not end".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let act = act.id.to_string();
        let find = "select 1 from journal where act = $1::text::uuid limit 1";
        Ok(client.query_opt(find, &[&act])?.is_some())
    }
}

impl Backend {
    fn of(client: &mut Client) -> Result<Self> {
        let own = "select pid, backend_start::text from pg_stat_activity
            where pid = pg_backend_pid()";
        let row = client.query_one(own, &[])?;
        Ok(Self { pid: row.try_get(0)?, started: row.try_get(1)? })
    }
}

/// The tries of one closure.
pub(super) struct Tries {
    began: Instant,
    failed: u32,
}

impl Tries {
    pub fn begin() -> Self {
        Self { began: Instant::now(), failed: 0 }
    }

    /// Waits a little longer after each failure, 100 ms to 1.6 s; false if another try is
    /// hopeless.
    pub fn again_after(&mut self, error: &Error) -> bool {
        self.failed += 1;
        let again = error.is_transient() && self.failed <= TRIES && self.began.elapsed() < PATIENCE;
        if again {
            std::thread::sleep(Duration::from_millis(50 << self.failed.min(5)));
        }
        again
    }
}
