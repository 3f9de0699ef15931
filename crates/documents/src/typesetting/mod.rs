//! The client of the typesetter: templates and plain structs in, PDF out. A template that an
//! institution edits is hostile until proven otherwise, so each runs in a process of its own,
//! which has limits and is ended when it passes them.

pub mod frame;
mod worker;

use crossbeam_channel::{Receiver, Sender, bounded};
use frame::{Fault, Form, Request};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use worker::{Letter, Made, Worker};

/// The program, which lies beside `muster`.
pub const PROGRAM: &str = "muster-typeset";
/// Sheets that are set at once: more would take more memory than a server likes to give.
const CHUNK: usize = 100;

/// What a document may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Processor time of 100 sheets, in whole seconds.
    pub processor: Duration,
    /// Time on the wall of 100 sheets.
    pub wall: Duration,
    /// Bytes of memory that a process may address.
    pub memory: u64,
    /// Bytes of the document.
    pub document: u64,
    /// Who may wait for a free typesetter, and how long, before it is too many.
    pub queue: (usize, Duration),
    /// How long a typesetter is kept without work.
    pub idle: Duration,
}

impl Default for Limits {
    /// Ten times and more what the largest of our own documents take.
    fn default() -> Self {
        Self {
            processor: Duration::from_secs(20),
            wall: Duration::from_secs(40),
            memory: 1 << 30,
            document: 128 << 20,
            queue: (32, Duration::from_secs(30)),
            idle: Duration::from_mins(5),
        }
    }
}

/// A finished document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypesettingError {
    /// The template is wrong, or reads what it wasn't given.
    #[error("The template “{name}” has a fault: {}", .faults.first().map(ToString::to_string).unwrap_or_default())]
    Template {
        /// Which template.
        name: String,
        /// Each fault, one at least.
        faults: Vec<Fault>,
    },
    /// It took longer than it may.
    #[error("The document took longer to set than it may.")]
    TooLong,
    /// It needs more memory, or is a longer file, than it may.
    #[error("The document is larger than it may be.")]
    TooLarge,
    /// The typesetter ended without a word.
    #[error("The typesetter ended without an answer.")]
    Ended,
    /// The program isn't there, or can't be started.
    #[error("The typesetter could not be started. The program {} must lie there: {problem}", .program.display())]
    Missing {
        /// Where it was sought.
        program: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// All typesetters are at work, and stayed so.
    #[error("Too many documents are being made at the moment. Try again in a minute.")]
    Busy,
    /// Whoever asked changed their mind.
    #[error("The document was called off.")]
    CalledOff,
    /// There was no sheet to set.
    #[error("There is nothing to print.")]
    Empty,
}

/// What stands on one sheet, or on a few that belong together.
pub trait Item: Serialize {
    /// Pictures beside the text, each by the name under which the template finds it in `files`.
    fn files(&self) -> Vec<(&'static str, Vec<u8>)>;
}

/// What is to be set: each item begins on a page of its own.
#[derive(Clone, Copy, Debug)]
pub struct Sheets<'a, C, I> {
    /// The template's name, for complaints about it.
    pub name: &'a str,
    /// Typst source that defines `sheet(item, files, common)`.
    pub template: &'a str,
    /// The title that a reader's window shows.
    pub title: &'a str,
    /// What all sheets share.
    pub common: &'a C,
    /// What each sheet shows.
    pub items: &'a [I],
}

#[derive(Serialize)]
struct Data<'a, C, I> {
    title: &'a str,
    common: &'a C,
    /// Where the template finds the shared files.
    files: BTreeMap<&'static str, String>,
    sheets: Vec<SheetData<'a, I>>,
}

#[derive(Serialize)]
struct SheetData<'a, I> {
    item: &'a I,
    files: BTreeMap<&'static str, String>,
}

/// What a typesetter is asked for these sheets, which are 100 at most, with the files beside them.
pub fn request<C: Item, I: Item>(
    sheets: &Sheets<'_, C, I>,
    form: Form,
    processor: Duration,
) -> (Request, Vec<Vec<u8>>) {
    let mut sent = Sent::default();
    let files = sent.add("all", sheets.common.files());
    let items = (1..)
        .zip(sheets.items)
        .map(|(place, item)| SheetData { item, files: sent.add(&place.to_string(), item.files()) });
    let items = items.collect();
    let data = Data { title: sheets.title, common: sheets.common, files, sheets: items };
    let request = Request::Render {
        template: sheets.template.to_owned(),
        // Plain structs with string keys are always JSON.
        data: serde_json::to_value(data).unwrap_or_default(),
        files: sent.names,
        form,
        seconds: processor.as_secs(),
    };
    (request, sent.files)
}

/// A few typesetters, started when first needed and kept while there is work.
#[derive(Debug)]
pub struct Typesetter {
    program: PathBuf,
    limits: Limits,
    waiting: AtomicUsize,
    /// One for each that may run: a worker, or the right to start one.
    free: Receiver<Option<Worker>>,
    back: Sender<Option<Worker>>,
}

impl Typesetter {
    /// So many typesetters at most, of this program.
    pub fn new(program: PathBuf, most: usize, limits: Limits) -> Self {
        let (back, free) = bounded(most.max(1));
        for _ in 0..most.max(1) {
            // There is room for each.
            let _ = back.try_send(None);
        }
        Self { program, limits, waiting: AtomicUsize::new(0), free, back }
    }

    /// Of the program that lies beside this one.
    pub fn beside(own: &Path, most: usize, limits: Limits) -> Self {
        let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
        Self::new(own.with_file_name(name), most, limits)
    }

    /// Whether the program is there.
    pub fn present(&self) -> Result<(), TypesettingError> {
        std::fs::metadata(&self.program).map(|_| ()).map_err(|error| self.missing(&error))
    }

    /// Sets sheets as a PDF. `progress` hears how many are done, and says whether to go on.
    pub fn pdf<C: Item, I: Item>(
        &self,
        sheets: &Sheets<'_, C, I>,
        mut progress: impl FnMut(usize) -> bool,
    ) -> Result<Pdf, TypesettingError> {
        let mut parts = Vec::new();
        for (chunk, done) in sheets.items.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
            if !progress(done) {
                return Err(TypesettingError::CalledOff);
            }
            parts.push(whole(self.render(sheets, chunk, Form::Pdf)?)?);
        }
        match <[Pdf; 1]>::try_from(parts) {
            Ok([whole]) => Ok(whole),
            Err(parts) if parts.is_empty() => Err(TypesettingError::Empty),
            Err(parts) => {
                let seconds = self.limits.processor.as_secs();
                let files = parts.into_iter().map(|part| part.bytes).collect();
                whole(self.ask(sheets.name, &Arc::new((Request::Join { seconds }, files)))?)
            }
        }
    }

    /// Sets the first 100 sheets as PNG, a picture for each page.
    pub fn pictures<C: Item, I: Item>(
        &self,
        sheets: &Sheets<'_, C, I>,
        density: u16,
    ) -> Result<Vec<Vec<u8>>, TypesettingError> {
        let chunk = sheets.items.chunks(CHUNK).next().ok_or(TypesettingError::Empty)?;
        self.render(sheets, chunk, Form::Pictures { density }).map(|made| made.files)
    }

    /// The processor time that a request may name.
    pub(crate) fn processor(&self) -> Duration {
        self.limits.processor
    }

    /// Has a request answered that was put together elsewhere.
    pub(crate) fn make(
        &self,
        name: &str,
        request: Request,
        files: Vec<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, TypesettingError> {
        self.ask(name, &Arc::new((request, files))).map(|made| made.files)
    }

    fn render<C: Item, I: Item>(
        &self,
        sheets: &Sheets<'_, C, I>,
        chunk: &[I],
        form: Form,
    ) -> Result<Made, TypesettingError> {
        let chunk = Sheets { items: chunk, ..*sheets };
        self.ask(sheets.name, &Arc::new(request(&chunk, form, self.limits.processor)))
    }

    /// Asks a worker, and a fresh one if a kept one was worn.
    fn ask(&self, name: &str, letter: &Letter) -> Result<Made, TypesettingError> {
        let kept = self.wait()?;
        let (answer, worker) = match kept {
            Some(worker) => match self.ask_one(worker, name, letter) {
                (Err(TypesettingError::Ended | TypesettingError::TooLarge), None) => {
                    self.ask_fresh(name, letter)
                }
                answer => answer,
            },
            None => self.ask_fresh(name, letter),
        };
        // As many come back as were taken.
        let _ = self.back.try_send(worker);
        answer
    }

    fn ask_fresh(&self, name: &str, letter: &Letter) -> Answered {
        match Worker::start(&self.program, &self.limits) {
            Ok(worker) => self.ask_one(worker, name, letter),
            Err(error) => (Err(self.missing(&error)), None),
        }
    }

    /// The answer, and the worker if it can go on.
    fn ask_one(&self, mut worker: Worker, name: &str, letter: &Letter) -> Answered {
        let answer = worker.ask(name, letter, self.limits.wall);
        let stays = matches!(answer, Ok(_) | Err(TypesettingError::Template { .. }));
        (answer, (stays && worker.fit()).then_some(worker))
    }

    /// A free worker, or the right to start one.
    fn wait(&self) -> Result<Option<Worker>, TypesettingError> {
        if let Ok(kept) = self.free.try_recv() {
            return Ok(kept);
        }
        let (most, patience) = self.limits.queue;
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let kept = (before < most).then(|| self.free.recv_timeout(patience).ok()).flatten();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        kept.ok_or(TypesettingError::Busy)
    }

    fn missing(&self, error: &std::io::Error) -> TypesettingError {
        TypesettingError::Missing { program: self.program.clone(), problem: error.to_string() }
    }
}

type Answered = (Result<Made, TypesettingError>, Option<Worker>);

/// Files on their way, by names that come again with each job: a typesetter keeps every name for
/// as long as it lives.
#[derive(Default)]
struct Sent {
    names: Vec<String>,
    files: Vec<Vec<u8>>,
}

impl Sent {
    fn add(
        &mut self,
        owner: &str,
        files: Vec<(&'static str, Vec<u8>)>,
    ) -> BTreeMap<&'static str, String> {
        let mut paths = BTreeMap::new();
        for (name, file) in files {
            let path = format!("{owner}-{name}");
            self.names.push(path.clone());
            self.files.push(file);
            paths.insert(name, path);
        }
        paths
    }
}

/// The one file of a document.
fn whole(made: Made) -> Result<Pdf, TypesettingError> {
    let bytes = made.files.into_iter().next().ok_or(TypesettingError::Ended)?;
    Ok(Pdf { bytes, pages: made.pages })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for () {
        fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
            Vec::new()
        }
    }

    fn nowhere(queue: (usize, Duration)) -> Typesetter {
        let own = Path::new("/nowhere/muster");
        Typesetter::beside(own, 2, Limits { queue, ..Limits::default() })
    }

    fn set(typesetter: &Typesetter) -> TypesettingError {
        let sheets = Sheets { name: "notice", template: "", title: "", common: &(), items: &[()] };
        typesetter.pdf(&sheets, |_| true).unwrap_err()
    }

    #[test]
    fn a_missing_program_is_named_with_its_place() {
        let typesetter = nowhere((1, Duration::ZERO));
        let problem = typesetter.present().unwrap_err();
        assert!(problem.to_string().contains("/nowhere/muster-typeset"), "{problem}");
        // As often as it is asked: the right to start one comes back each time.
        for _ in 0..3 {
            assert_eq!(set(&typesetter), problem);
        }
    }

    #[test]
    fn who_waits_too_long_or_in_vain_is_sent_away() {
        for queue in [(0, Duration::from_mins(1)), (1, Duration::from_millis(1))] {
            let typesetter = nowhere(queue);
            let taken = [typesetter.wait().unwrap(), typesetter.wait().unwrap()];
            assert_eq!(set(&typesetter), TypesettingError::Busy);
            typesetter.back.send(None).unwrap();
            assert_ne!(set(&typesetter), TypesettingError::Busy);
            assert_eq!(taken.len(), 2);
        }
    }

    #[test]
    fn files_come_by_names_that_the_next_job_has_again() {
        #[derive(Serialize)]
        struct Pictured;
        impl Item for Pictured {
            fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
                vec![("photo", vec![1]), ("code", vec![2])]
            }
        }
        let items = [Pictured, Pictured];
        let sheets = Sheets { name: "", template: "", title: "", common: &Pictured, items: &items };
        let (request, files) = request(&sheets, Form::Pdf, Duration::from_secs(1));
        let Request::Render { data, files: names, .. } = request else { panic!("{request:?}") };
        let expected = ["all-photo", "all-code", "1-photo", "1-code", "2-photo", "2-code"];
        assert_eq!((names.as_slice(), files.len()), (expected.map(str::to_owned).as_slice(), 6));
        assert_eq!(data["sheets"][1]["files"]["code"], "2-code");
    }
}
