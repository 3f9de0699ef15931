//! All that a template can reach: a map of bytes, the fonts of this program, no date, no package.

use crate::fonts;
use std::collections::HashMap;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, PackageError};
use typst::foundations::{Binding, Bytes, Datetime, Duration, Scope};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// The template, as errors name it.
pub const TEMPLATE: &str = "template.typ";
const MAIN: &str = "main.typ";
const HOUSE: &str = "house.typ";
const DATA: &str = "data.json";

/// Begins each sheet on a page of its own, and has the template do the rest.
const MAIN_SOURCE: &str = include_str!("../templates/main.typ");
/// What templates share.
const HOUSE_SOURCE: &str = include_str!("../templates/house.typ");

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(library()));

/// What one job can reach.
pub struct Closed {
    sources: [Source; 3],
    files: HashMap<String, Bytes>,
}

impl Closed {
    /// A template and its files, by their names.
    pub fn new(template: String, files: Vec<(String, Vec<u8>)>) -> Self {
        let sources = [
            Source::new(id(MAIN), MAIN_SOURCE.to_owned()),
            Source::new(id(HOUSE), HOUSE_SOURCE.to_owned()),
            Source::new(id(TEMPLATE), template),
        ];
        let files = files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes)));
        Self { sources, files: files.collect() }
    }

    /// What the sheets say, instead of what they said before.
    pub fn show(&mut self, data: Vec<u8>) {
        self.files.insert(DATA.to_owned(), Bytes::new(data));
    }
}

/// The id of one of the fixed names. Typst keeps each for as long as the process lives.
#[expect(clippy::expect_used, reason = "the names are constants")]
fn id(name: &'static str) -> FileId {
    let path = VirtualPath::new(name).expect("a name without slashes is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The standard library without plug-ins, which are programs.
fn library() -> Library {
    let mut library = Library::default();
    let mut kept = Scope::new();
    for (name, binding) in library.global.scope().iter().filter(|(name, _)| *name != "plugin") {
        kept.bind(name.clone(), binding.clone());
    }
    library.global = library.global.clone().with_scope(kept);
    library.std = Binding::detached(library.global.clone());
    library
}

impl World for Closed {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts::BOOK
    }

    fn main(&self) -> FileId {
        id(MAIN)
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = self.sources.iter().find(|source| source.id() == id);
        source.cloned().ok_or_else(|| missing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let own = ours(id).then(|| id.vpath().get_without_slash());
        own.and_then(|name| self.files.get(name)).cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts::font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Whether it is not in a package.
fn ours(id: FileId) -> bool {
    matches!(id.root(), VirtualRoot::Project)
}

fn missing(id: FileId) -> FileError {
    if !ours(id) {
        return FileError::Package(PackageError::Other(Some("a template has none".into())));
    }
    FileError::NotFound(id.vpath().get_without_slash().into())
}
