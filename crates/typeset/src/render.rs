//! Sheets by a template.

use crate::Finished;
use crate::world::{Closed, TEMPLATE};
use muster_documents::typesetting::frame::{Fault, Form, Place};
use serde_json::Value;
use typst::diag::{SourceDiagnostic, SourceResult};
use typst::foundations::NativeElement;
use typst::introspection::Introspector;
use typst::model::{Document, DocumentInfo, HeadingElem};
use typst::utils::Scalar;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use typst_render::RenderOptions;

/// Sheets that are laid out at once. Until it is told to forget, Typst keeps what it worked out, a
/// megabyte and more for a sheet: fewer take less memory, more waste less on beginning.
const AT_ONCE: usize = 25;
/// Rounds for which what was set stays known: the next sheets share much with these.
const KEPT: usize = 2;
/// Typst's points to the inch.
const POINTS: f64 = 72.0;

/// What to set.
pub struct Job {
    pub template: String,
    pub data: Value,
    pub files: Vec<(String, Vec<u8>)>,
    pub form: Form,
}

/// The document, or what is wrong with the template.
pub fn set(job: Job) -> Result<Finished, Vec<Fault>> {
    let Job { template, data, files, form } = job;
    let mut world = Closed::new(template, files);
    let made = laid_out(&mut world, &data).and_then(|document| finished(&document, form));
    if made.is_err() {
        // Nothing is worth keeping: the next job has another template.
        comemo::evict(0);
    }
    made.map_err(|errors| errors.iter().map(|error| placed(&world, error)).collect())
}

/// All sheets, a few at a time where they can do without each other.
fn laid_out(world: &mut Closed, data: &Value) -> SourceResult<PagedDocument> {
    let sheets = data.get("sheets").and_then(Value::as_array);
    let sheets = sheets.map(Vec::as_slice).unwrap_or_default();
    if sheets.len() <= AT_ONCE {
        return compiled(world, data);
    }
    let (mut pages, mut info) = (Vec::new(), DocumentInfo::default());
    for part in sheets.chunks(AT_ONCE) {
        // What one part lacks, such as a place to which it points, may stand in another.
        let Some(document) = compiled(world, &only(part, data)).ok().filter(|made| !tied(made))
        else {
            return compiled(world, data);
        };
        pages.extend_from_slice(document.pages());
        info = document.info().clone();
    }
    Ok(PagedDocument::new(pages.into_iter().collect(), info))
}

fn compiled(world: &mut Closed, data: &Value) -> SourceResult<PagedDocument> {
    world.show(data.to_string().into_bytes());
    let made = typst::compile::<PagedDocument>(world).output;
    comemo::evict(KEPT);
    made
}

/// The data with these sheets for all.
fn only(part: &[Value], data: &Value) -> Value {
    let others = data.as_object().into_iter().flatten().filter(|(name, _)| *name != "sheets");
    let others = others.map(|(name, value)| (name.clone(), value.clone()));
    others.chain([("sheets".to_owned(), part.into())]).collect()
}

/// Whether pages point at each other, have an outline or are counted. Typst tells places in parts that
/// were laid out alone not from each other.
fn tied(document: &PagedDocument) -> bool {
    let seen = document.introspector();
    !seen.frame_link_targets().is_empty()
        || seen.query_first(&HeadingElem::ELEM.select()).is_some()
        || document.pages().iter().any(|page| page.numbering.is_some())
}

fn finished(document: &PagedDocument, form: Form) -> SourceResult<Finished> {
    let pages = document.pages().len();
    let files = match form {
        Form::Pdf => {
            // Structure for screen readers costs memory that 100 sheets would feel.
            let options = PdfOptions { tagged: pages <= 2, ..PdfOptions::default() };
            vec![typst_pdf::pdf(document, &options)?]
        }
        Form::Pictures { density } => {
            let pixel_per_pt = Scalar::new(f64::from(density) / POINTS);
            let options = RenderOptions { pixel_per_pt, ..RenderOptions::default() };
            let draw = |page| typst_render::render(page, &options).encode_png();
            // Writing to memory never fails.
            document.pages().iter().map(|page| draw(page).unwrap_or_default()).collect()
        }
    };
    Ok(Finished { files, pages })
}

/// A fault that has no place in the template.
pub fn fault(message: String) -> Fault {
    Fault { place: None, message, hints: Vec::new() }
}

/// A fault with the place in the template from which it came, be it through other functions.
fn placed(world: &Closed, error: &SourceDiagnostic) -> Fault {
    let own = error.trace.iter().map(|point| point.span.into());
    let place = std::iter::once(error.span).chain(own).find_map(|span| {
        let id = span.id().filter(|id| id.vpath().get_without_slash() == TEMPLATE)?;
        let start = world.range(span)?.start;
        let (line, column) = world.source(id).ok()?.lines().byte_to_line_column(start)?;
        Some(Place { line: line + 1, column: column + 1 })
    });
    Fault {
        place,
        message: error.message.to_string(),
        // Those about Typst's own command line help nobody here.
        hints: error
            .hints
            .iter()
            .map(|hint| hint.v.to_string())
            .filter(|hint| !hint.contains("--"))
            .collect(),
    }
}
