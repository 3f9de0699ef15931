//! How it stands with the server's certificate: where it comes from, for which names, until when, and
//! what went wrong last. What is wrong is told above the open sessions, too.

use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::render;
use crate::times;
use askama::Template;
use axum::response::Response;
use muster_domain::auth::{Permission, Target};
use muster_domain::time::Timestamp;
use muster_tls::diary::Diary;
use muster_tls::watch::{Origin, Report};

#[derive(Template)]
#[template(path = "certificate.html")]
struct Page {
    shell: Shell,
    /// Nothing where the server speaks no HTTPS itself.
    certificate: Option<Certificate>,
}

/// The certificate as the page shows it.
struct Certificate {
    source: &'static str,
    renewal: &'static str,
    /// What went wrong last.
    error: String,
    /// How often the authority was asked in vain, when, and when it is asked again.
    vain: String,
    held: Option<Held>,
}

/// What is shown to browsers.
struct Held {
    names: String,
    issuer: String,
    until: String,
    over: bool,
    renewed: String,
    fingerprint: String,
}

/// `GET /settings/certificate`
pub(super) async fn show(caller: Caller) -> Response {
    let mut shell = caller.shell("Certificate");
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        (String::new(), "Certificate".to_owned()),
    ]);
    let certificate = report(&caller).await.map(|report| certificate(&caller, report));
    render(&Page { shell, certificate })
}

/// Whether something is wrong with it that this caller can look at.
pub(super) async fn is_wrong(caller: &Caller) -> bool {
    let may = caller.ctx.need(Permission::ManageSettings, Target::Institution).is_ok();
    may && report(caller).await.is_some_and(|report| report.is_wrong(now(caller)))
}

async fn report(caller: &Caller) -> Option<Report> {
    let watch = caller.app.secured.certificate.clone()?;
    // It reads a file.
    tokio::task::spawn_blocking(move || watch.report()).await.ok()
}

fn now(caller: &Caller) -> i64 {
    caller.ctx.now().0.div_euclid(1_000_000)
}

fn vain(diary: &Diary, moment: impl Fn(i64) -> String) -> String {
    let times = match diary.failures {
        0 => return String::new(),
        1 => "once".to_owned(),
        more => format!("{more} times in a row"),
    };
    let tried = diary.tried.map(|at| format!(", last {}", moment(at))).unwrap_or_default();
    let next = diary.next.map(|at| format!(" It is asked again {}.", moment(at)));
    format!("The authority was asked in vain {times}{tried}.{}", next.unwrap_or_default())
}

fn certificate(caller: &Caller, report: Report) -> Certificate {
    let seconds = |at: i64| Timestamp(at.saturating_mul(1_000_000));
    let moment = |at: i64| times::moment(&caller.known.settings, seconds(at));
    let (source, renewal) = match report.origin {
        Origin::Files => (
            "From files that somebody put there",
            "Whoever made it has to make the next one; it is read again as soon as the file changes.",
        ),
        Origin::Own => ("From this server’s own authority", "The next one is signed by itself."),
        Origin::Acme => (
            "From an authority by ACME, such as Let’s Encrypt",
            "The next one is asked for by itself.",
        ),
    };
    let held = report.facts.map(|facts| Held {
        names: facts.names.join(", "),
        until: moment(facts.not_after),
        over: facts.not_after <= now(caller),
        renewed: moment(facts.renewal()),
        issuer: facts.issuer,
        fingerprint: facts.fingerprint,
    });
    Certificate {
        source,
        renewal,
        error: report.error.unwrap_or_default(),
        vain: vain(&report.diary, moment),
        held,
    }
}
