//! Sheets by a template.

use crate::Finished;
use crate::world::{Closed, TEMPLATE};
use muster_documents::typesetting::frame::{Fault, Form, Place};
use typst::diag::{SourceDiagnostic, SourceResult};
use typst::utils::Scalar;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use typst_render::RenderOptions;

/// Rounds for which what was set stays known: the next 100 sheets share much with these.
const KEPT: usize = 5;
/// Typst's points to the inch.
const POINTS: f64 = 72.0;

/// What to set.
pub struct Job {
    pub template: String,
    pub data: serde_json::Value,
    pub files: Vec<(String, Vec<u8>)>,
    pub form: Form,
}

/// The document, or what is wrong with the template.
pub fn set(job: Job) -> Result<Finished, Vec<Fault>> {
    let world = Closed::new(job.template, job.data.to_string().into_bytes(), job.files);
    let made = typst::compile::<PagedDocument>(&world)
        .output
        .and_then(|document| finished(&document, job.form));
    // After a fault nothing is worth keeping: the next job has another template.
    comemo::evict(if made.is_ok() { KEPT } else { 0 });
    made.map_err(|errors| errors.iter().map(|error| placed(&world, error)).collect())
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
