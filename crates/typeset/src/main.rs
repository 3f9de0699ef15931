//! The typesetter: templates and data in over standard input, PDF out over standard output. It
//! reads no file, no network and no clock, and ends when it passes the limits that it sets itself.
//!
//! `muster` starts it with the bytes of memory that it may address. By hand it sets a sample.

mod fonts;
mod join;
mod limits;
mod render;
mod world;

use muster_documents::paper::{Institution, Paper, Trial};
use muster_documents::typesetting::frame::{Answer, Fault, Form, Request, receive, send};
use std::io::{BufReader, BufWriter, Error, Read, Result, Write, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

/// Bytes of a request: what 100 sheets show, or the parts of a long document.
const LONGEST: u64 = 256 << 20;
/// What a deeply nested template may need.
const STACK: usize = 64 << 20;
/// How finely a sample is drawn as a picture.
const DENSITY: u16 = 110;

/// How long a sample may take by hand.
const LONG: Duration = Duration::from_mins(2);

const NO_FILES: [Vec<u8>; 0] = [];

const HELP: &str = "\
muster starts this program by itself, to make PDF files. By hand it sets a sample:

  muster-typeset --sample docket > docket.pdf
  muster-typeset --sample docket --picture > docket.png
  muster-typeset --sample docket --template < own.typ > docket.pdf

The documents are docket, receipt, pass, badge, register, slip and room-list.
";

/// Finished files, or what is wrong with the template.
type Made = std::result::Result<Finished, Vec<Fault>>;

/// What came out.
struct Finished {
    /// The PDF, or a picture of each page.
    files: Vec<Vec<u8>>,
    pages: usize,
}

/// What this run is for.
enum Run {
    /// Answering the server, with so many bytes of memory.
    Serve(u64),
    /// One sample, by its own template or by that on standard input.
    Sample { paper: Paper, form: Form, own: bool },
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(run) = asked(&words) else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || match run {
        Run::Serve(memory) => limits::settle(memory).and_then(|()| serve()),
        Run::Sample { paper, form, own } => sample(paper, form, own),
    });
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) | Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        // The panic has said what it was.
        Ok(Err(_)) => ExitCode::FAILURE,
    }
}

fn asked(words: &[&str]) -> Option<Run> {
    let (name, form, own) = match *words {
        ["--memory", bytes] => return bytes.parse().ok().map(Run::Serve),
        ["--sample", name] => (name, Form::Pdf, false),
        ["--sample", name, "--picture"] => (name, Form::Pictures { density: DENSITY }, false),
        ["--sample", name, "--template"] => (name, Form::Pdf, true),
        _ => return None,
    };
    Some(Run::Sample { paper: Paper::named(name)?, form, own })
}

/// Answers until the server closes the pipe.
fn serve() -> Result<()> {
    let (mut from, mut to) = (BufReader::new(stdin()), BufWriter::new(stdout()));
    while let Some((request, files)) = receive(&mut from, LONGEST)? {
        match answer(request, files)? {
            Ok(Finished { files, pages }) => send(&mut to, &Answer::Made { pages }, &files)?,
            Err(faults) => send(&mut to, &Answer::Wrong { faults }, &NO_FILES)?,
        }
    }
    Ok(())
}

fn answer(request: Request, files: Vec<Vec<u8>>) -> Result<Made> {
    match request {
        Request::Render { template, data, files: names, form, seconds } => {
            limits::processor(seconds)?;
            let files = names.into_iter().zip(files).collect();
            Ok(render::set(render::Job { template, data, files, form }))
        }
        Request::Join { seconds } => {
            limits::processor(seconds)?;
            Ok(join::join(&files).map_err(|error| vec![render::fault(error.to_string())]))
        }
    }
}

/// Writes a sample of a document, or its first page as a picture.
fn sample(paper: Paper, form: Form, own: bool) -> Result<()> {
    let mut template = paper.template().to_owned();
    if own {
        template.clear();
        stdin().read_to_string(&mut template)?;
    }
    let trial = Trial { template: &template, common: &Institution::sample(), form };
    let (request, files) = paper.sample(trial, LONG).map_err(Error::other)?;
    match answer(request, files)? {
        Ok(made) => stdout().write_all(&made.files.into_iter().next().unwrap_or_default()),
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            Err(Error::other(faults.join("\n")))
        }
    }
}
