//! Exchanging until neither side lacks anything, question by question.

use crate::agent::{Patience, agent};
use crate::body::pack;
use crate::hub::{Failure, ask, body_of, message_of};
use crate::{AgentError, JoinError, Link, joining};
use muster_app::nodes::{
    self, Ahead, Asking, EXCHANGES, Leave, OPENINGS, Past, has_opened, may_join,
};
use muster_app::{Ctx, Error, Result, telling_nodes};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::time::Timestamp;
use muster_journal::Series;
use muster_journal::sync::Heads;
use muster_journal::wire::Message;
use muster_storage::{ReadTx, Store, WriteTx};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// A hub on a slow line still gets its four thousand entries through.
const PATIENCE: Patience =
    Patience { connecting: Duration::from_secs(10), answering: Duration::from_mins(2) };

/// Tells the time.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Gives fresh random bytes.
type Entropy = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Exchanges with the hub of a node, for everybody who asks it to.
pub struct Syncer {
    store: Store,
    key: Arc<MasterKey>,
    /// What signs credentials: the hub is told its public half.
    signing: Option<Arc<KeyRing<SigningKey>>>,
    clock: Clock,
    entropy: Entropy,
    via: &'static str,
    /// Certificates that are believed in place of the system's, if the file is there.
    ca: Option<PathBuf>,
    /// One at a time.
    turn: Mutex<()>,
    stopping: AtomicBool,
}

/// What was exchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Entries that came and are new.
    pub came: usize,
    /// Entries and runs that went.
    pub went: usize,
    /// Questions.
    pub questions: usize,
    /// Bytes of their bodies on the wire.
    pub bytes_out: usize,
    /// Bytes of the answers' bodies.
    pub bytes_in: usize,
}

impl Syncer {
    /// Of a node; `via` is what its journal says.
    pub fn new(
        (store, key): (Store, Arc<MasterKey>),
        (clock, entropy): (Clock, Entropy),
        via: &'static str,
        ca: Option<PathBuf>,
    ) -> Self {
        let (turn, stopping) = (Mutex::default(), AtomicBool::default());
        Self { store, key, signing: None, clock, entropy, via, ca, turn, stopping }
    }

    /// With the keys that sign credentials.
    #[must_use]
    pub fn signing_by(self, keys: Arc<KeyRing<SigningKey>>) -> Self {
        Self { signing: Some(keys), ..self }
    }

    /// Ends the exchange that runs after its next answer.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Exchanges until neither side lacks anything. How it went is kept in the database, too. Blocks.
    pub fn run(&self) -> std::result::Result<Exchanged, Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut exchanged = Exchanged::default();
        let done = self.exchange(&mut exchanged);
        let kept = match &done {
            Ok(remark) => {
                let remark = remark.clone();
                self.write(move |tx, ctx| nodes::done(tx, ctx, remark.as_deref()))
            }
            Err(failure) => {
                let why = failure.to_string();
                self.write(move |tx, _| nodes::fail(tx, &why))
            }
        };
        done?;
        kept?;
        Ok(exchanged)
    }

    /// Joins a hub. The exchange that follows is not waited for. Blocks.
    pub fn join(
        &self,
        (link, name): (&Link, &str),
        (ctx, leave): (&Arc<Ctx>, &Leave),
    ) -> Result<std::result::Result<(), JoinError>> {
        let (shared, asked) = (ctx.clone(), leave.clone());
        let node = self.store.read(move |tx| may_join(tx, &shared, &asked)).wait()?;
        let agent = match agent(self.ca(), PATIENCE) {
            Ok(agent) => agent,
            Err(error) => return Ok(Err(JoinError::Away(error.to_string()))),
        };
        let joined = match joining::join(&agent, &self.key.node_key(), (link, node, name)) {
            Ok(joined) => joined,
            Err(error) => return Ok(Err(error)),
        };
        let (shared, asked) = (ctx.clone(), leave.clone());
        let done =
            self.store.write(&ctx.act, move |tx| nodes::join(tx, &shared, &asked, &joined)).wait();
        done.map(Ok)
    }

    pub(crate) fn ca(&self) -> Option<&std::path::Path> {
        self.ca.as_deref().filter(|file| file.exists())
    }

    /// What the hub remarks, if anything.
    fn exchange(&self, exchanged: &mut Exchanged) -> std::result::Result<Option<String>, Failure> {
        // What comes is joined with what this node told: all of it first.
        while self.read(telling_nodes::waits)? && self.write(telling_nodes::tell_some)? {
            self.go_on()?;
        }
        let agent = agent(self.ca(), PATIENCE).map_err(|error: AgentError| here(&error))?;
        std::thread::scope(|scope| self.converse(scope, &agent, exchanged))
    }

    /// Puts question after question. While the hub works on one the next is made ready; and put, if
    /// the last answers were as was thought and brought nothing, so that the hub need not wait for it.
    fn converse<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        agent: &'s ureq::Agent,
        exchanged: &mut Exchanged,
    ) -> std::result::Result<Option<String>, Failure> {
        let (mut past, mut course) = (Past::default(), Course::default());
        let mut under_way = self.put_off(scope, agent, &past)?;
        let mut foreseen = false;
        loop {
            let ahead = self.go_ahead(&under_way);
            let next = match ahead.as_ref().filter(|_| course.is_calm) {
                Some(ahead) => Some(self.put_off(scope, agent, &Past::foreseen(ahead))?),
                None => None,
            };
            let UnderWay { then, asked, went, answer } = under_way;
            let (answer, traffic) = answer.join().map_err(|_| here(&BROKE_OFF))??;
            exchanged.add(traffic);
            let done = self.take(&answer)?;
            exchanged.add(Exchanged { went, came: done.came, ..Exchanged::default() });
            let about: Value = serde_json::from_str(&answer.about).unwrap_or_default();
            let sight = done.sight.clone();
            past = self.learn(&mut course, (answer, done), (past, &asked, &then, went))?;
            // What was put ahead in vain says nothing of what still moves.
            course.is_over &= !foreseen || course.is_calm;
            foreseen = next.is_some();
            if let Some(next) = next {
                under_way = next;
            } else if course.is_over {
                if let Some(sight) = sight {
                    self.open(agent, sight, exchanged)?;
                }
                self.beside(agent, &about, exchanged)?;
                let remark = about.get("remark").and_then(Value::as_str).map(str::to_owned);
                return Ok(course.is_stuck.then(|| STUCK.to_owned()).or(remark));
            } else {
                past.ahead = ahead;
                under_way = self.put_off(scope, agent, &past)?;
            }
            self.go_on()?;
        }
    }

    /// What is known by an answer, and whether that was the last one.
    fn learn(
        &self,
        course: &mut Course,
        (answer, done): (Message, Done),
        (past, asked, then, went): (Past, &Heads, &Heads, usize),
    ) -> std::result::Result<Past, Failure> {
        let Done { mut divided, mut moved, .. } = done;
        let before = past.hello.map(|hello| hello.heads);
        let told = answer.clone();
        divided.extend(self.read(move |tx| nodes::forks(tx, &told))?);
        moved |= before.as_ref() != Some(&answer.hello.heads);
        let brought = !answer.batch.items.is_empty();
        let idle = went == 0 && !brought;
        // Rungs of forked series go with the next questions: two without any move are enough.
        let mut compared = !answer.forked.is_empty() || !divided.is_empty();
        let about: Value = serde_json::from_str(&answer.about).unwrap_or_default();
        let known = self.read(move |tx| nodes::known_of(tx, &about))?;
        compared |= !known.items.is_empty();
        moved |= known.items != past.known.items;
        course.still = if moved { 0 } else { course.still + 1 };
        let (mine, answered) = (asked.clone(), answer.hello.heads.clone());
        let is_level = self.read(move |tx| nodes::is_level(tx, &mine, &answered))?;
        course.level += usize::from(is_level && !compared);
        course.is_over = if compared {
            course.still >= MOST_STILL
        } else {
            idle || !moved || course.level >= ENOUGH
        };
        course.is_stuck = !idle && !moved || compared;
        course.is_calm = !brought && !compared && answer.hello.heads == *then;
        Ok(Past { hello: Some(answer.hello), forked: answer.forked, divided, known, ahead: None })
    }

    /// Passes unless the node stops.
    fn go_on(&self) -> std::result::Result<(), Failure> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Failure::Here("This node stops: the rest goes later.".to_owned()));
        }
        Ok(())
    }

    /// Puts the next question without waiting for its answer.
    fn put_off<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        agent: &'s ureq::Agent,
        past: &Past,
    ) -> std::result::Result<UnderWay<'s>, Failure> {
        let (known, program) = (past.clone(), env!("CARGO_PKG_VERSION"));
        let asking = self.write(move |tx, ctx| nodes::ask(tx, ctx, (&known, program)))?;
        let (then, asked) = (asking.then.clone(), asking.message.hello.heads.clone());
        let went = asking.message.batch.items.len();
        let answer = scope.spawn(move || {
            let mut traffic = Exchanged::default();
            let answer = self.put((agent, EXCHANGES), asking, &mut traffic)?;
            Ok((answer, traffic))
        });
        Ok(UnderWay { then, asked, went, answer })
    }

    /// Makes ready what goes with the question after one, if all of that is taken up; none if there
    /// is no more.
    fn go_ahead(&self, under_way: &UnderWay<'_>) -> Option<Arc<Ahead>> {
        let then = Some(under_way.then.clone()).filter(|_| under_way.went > 0)?;
        let ahead = self.read(move |tx| nodes::ahead(tx, &then)).ok();
        let ahead = ahead.filter(|ahead| !ahead.is_empty())?;
        ahead.pressed(|batch| pack(batch).ok()).map(Arc::new)
    }

    /// Puts a question; under the next number, if another copy of this node used that one.
    fn put(
        &self,
        (agent, path): (&ureq::Agent, &str),
        asking: Asking,
        exchanged: &mut Exchanged,
    ) -> std::result::Result<Message, Failure> {
        let body = body_of(&asking)?;
        message_of(&self.put_body((agent, path), (asking, &body), exchanged)?)
    }

    /// Puts a question about something else than entries.
    pub(crate) fn put_plain(
        &self,
        (agent, path): (&ureq::Agent, &str),
        body: &[u8],
        exchanged: &mut Exchanged,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let asking = self.write(nodes::ask_plainly)?;
        self.put_body((agent, path), (asking, body), exchanged)
    }

    fn put_body(
        &self,
        (agent, path): (&ureq::Agent, &str),
        (mut asking, body): (Asking, &[u8]),
        exchanged: &mut Exchanged,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let key = self.key.node_key();
        let mut ask_once = |asking: &Asking| {
            exchanged.questions += 1;
            ask(agent, &key, (asking, path, body), |out, into| {
                exchanged.bytes_out += out;
                exchanged.bytes_in += into;
            })
        };
        match ask_once(&asking) {
            Err(Failure::Repeated(last)) => {
                asking.count = last.max(asking.count).saturating_add(1);
                let count = asking.count;
                self.write(move |tx, ctx| nodes::count_from(tx, ctx, count))?;
                ask_once(&asking)
            }
            answered => answered,
        }
    }

    /// Takes up an answer, some entries a transaction, and keeps with the last of them how far the hub is.
    fn take(&self, answer: &Message) -> std::result::Result<Done, Failure> {
        let mut done = Done::default();
        let batch = answer.batch.clone();
        // With the first part: if it ends there, the next answer has other seals for the rest.
        let mut seals = answer.seals.clone();
        let mut parts = self.read(move |tx| nodes::parts(tx, &batch))?.into_iter().peekable();
        while let Some(part) = parts.next() {
            let seals = std::mem::take(&mut seals);
            let last = parts.peek().is_none().then(|| answer.clone());
            let (taken, sight) = self.write(move |tx, ctx| {
                let taken = nodes::took(tx, ctx, (&part, &seals))?;
                let sight = last.as_ref().map(|answer| nodes::follow(tx, ctx, answer));
                Ok((taken, sight.transpose()?.flatten()))
            })?;
            done.came += taken.new;
            done.moved |= taken.moved;
            done.divided.extend(taken.forked);
            done.sight = sight;
        }
        Ok(done)
    }

    /// Opens runs, as more came into this node's sight.
    fn open(
        &self,
        agent: &ureq::Agent,
        sight: Vec<u8>,
        exchanged: &mut Exchanged,
    ) -> std::result::Result<(), Failure> {
        let mut after = None;
        loop {
            let asking = self.write(move |tx, ctx| nodes::ask_to_open(tx, ctx, after))?;
            let Some(asking) = asking else { break };
            let first = asking.message.batch.items.first().map(|run| (run.span().0, run.span().2));
            let answer = self.put((agent, OPENINGS), asking, exchanged)?;
            let (mut place, mut seals) = (None, answer.seals);
            let most = self.read(|tx| Ok(nodes::portion(tx)))?;
            for chunk in answer.batch.chunks(most) {
                let seals = std::mem::take(&mut seals);
                let (reached, new) =
                    self.write(move |tx, ctx| nodes::opened(tx, ctx, (&chunk, &seals)))?;
                place = reached.or(place);
                exchanged.came += new;
            }
            // A run that the hub does not know as it is here is passed over.
            after = place.or(first);
            if self.stopping.load(Ordering::Relaxed) {
                return Err(Failure::Here("This node stops: the rest goes later.".to_owned()));
            }
        }
        self.write(move |tx, _| has_opened(tx, &sight))
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        action: impl Fn(&mut ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Failure> {
        self.store.read(action).wait().map_err(|error: Error| failed(&error))
    }

    /// Fresh random bytes.
    pub(crate) fn draw(&self) -> [u8; 32] {
        (self.entropy)()
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Failure> {
        let mut ctx = Ctx::new(self.via, (self.clock)(), (self.entropy)(), self.key.clone());
        ctx.signing.clone_from(&self.signing);
        let ctx = Arc::new(ctx);
        let act = ctx.act.clone();
        let done = self.store.write(&act, move |tx| action(tx, &ctx)).wait();
        done.map_err(|error: Error| failed(&error))
    }
}

impl Exchanged {
    fn add(&mut self, more: Self) {
        let Self { came, went, questions, bytes_out, bytes_in } = more;
        self.came += came;
        self.went += went;
        self.questions += questions;
        self.bytes_out += bytes_out;
        self.bytes_in += bytes_in;
    }
}

/// A question on its way.
struct UnderWay<'s> {
    /// How far the hub is once it has taken up all of it.
    then: Heads,
    /// How far this node was.
    asked: Heads,
    /// Entries and runs that go.
    went: usize,
    answer: ScopedJoinHandle<'s, std::result::Result<(Message, Exchanged), Failure>>,
}

/// How an exchange goes.
#[derive(Default)]
struct Course {
    /// Answers in a row by which nothing moved.
    still: usize,
    /// Answers after which neither side lacked anything.
    level: usize,
    /// Whether the last answer was as was thought, and brought nothing.
    is_calm: bool,
    /// Whether no more is to be asked.
    is_over: bool,
    /// Whether something is missing all the same.
    is_stuck: bool,
}

/// What came of an answer.
#[derive(Default)]
struct Done {
    /// Entries that are new.
    came: usize,
    /// Series of which something could not be taken.
    divided: BTreeSet<Series>,
    /// Whether anything is otherwise than before.
    moved: bool,
    /// What this node may see, where its runs were not opened for that.
    sight: Option<Vec<u8>>,
}

/// So often both are level before an exchange is over though there is something new each time: the second
/// question tells the hub that this node has what came with the first. Somebody who writes all the time would
/// keep them asking otherwise.
const ENOUGH: usize = 2;
/// Questions about forked series by which nothing moves, before that is told.
const MOST_STILL: usize = 3;
const STUCK: &str = "Nothing moves although something is missing: two nodes wrote the same numbers of \
    a series. Nothing is lost; tell whoever manages the hub.";

const BROKE_OFF: &str = "A question broke off by a mistake of the program.";

const FULL: &str = "The disk of this node is full: nothing more is taken up, and nothing is lost. \
    Make room; the exchange goes on from here.";

fn here(error: &impl std::fmt::Display) -> Failure {
    Failure::Here(error.to_string())
}

/// Why a transaction of this node came to nothing.
fn failed(error: &Error) -> Failure {
    match error {
        Error::Storage(muster_storage::Error::Full) => Failure::Here(FULL.to_owned()),
        error => here(error),
    }
}
