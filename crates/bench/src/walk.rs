//! Every page that each role opens in the large demo: found by following links, held against the
//! table of routes, so that no page is forgotten.

use crate::server::Server;
use crate::spread::Spread;
use crate::visitor::{Visitor, choice, links};
use anyhow::Result;
use muster_domain::auth::{Role, reach};
use muster_web::{Access, Route};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

/// Pages that are read in search of others.
const MOST_READ: usize = 400;
/// Pages of one route that are read in search of others.
const MOST_OF_ONE: usize = 4;

/// Who walks, and how long a page of theirs may take.
const WALKERS: [(&str, Role, u64); 9] = [
    ("S000001", Role::Student, 100),
    ("T0001", Role::Teacher, 100),
    ("H0001", Role::Assistant, 100),
    ("V0001", Role::Invigilator, 100),
    ("G0001", Role::Gate, 100),
    ("O0001", Role::Organiser, 200),
    ("F0001", Role::Finance, 200),
    ("R0001", Role::Registrar, 200),
    ("A0001", Role::SuperAdministrator, 200),
];

/// Pages that links do not lead to, but people do.
const TYPED: [(&str, &[&str]); 5] = [
    ("T0001", &["/search?q=ca"]),
    ("O0001", &["/incidents", "/verifier-devices"]),
    ("F0001", &["/accounts?q=ann", "/search?q=smi"]),
    ("R0001", &["/people?q=ann", "/search?q=smi", "/incidents", "/verifier-devices"]),
    ("A0001", &["/incidents", "/verifier-devices"]),
];

/// Pages whose lists are narrowed by a form to a programme, here one of thousands of students.
const NARROWED: [&str; 3] = ["/eligibility", "/analytics", "/accounts"];

/// A page of each kind with how long its first reading took, and every route that was reached,
/// files included.
type Found = (BTreeMap<Kind, (String, Duration)>, BTreeSet<&'static str>);

/// A kind of page: its route, and whether it is a search or a later page of a list.
type Kind = (&'static str, bool);

/// Measures every page on the demo in that folder, which is filled if it is empty, so many times,
/// and prints.
pub fn run(program: &Path, dir: &Path, database: Option<&str>, times: usize) -> Result<()> {
    let server = Server::large_demo(program, dir, database)?;
    println!("filled and served in {:.0} s", server.start.as_secs_f64());
    let table = muster_web::routes();
    let pages = pages(&table);
    let mut slow = 0;
    for (identifier, role, limit) in WALKERS {
        let visitor = Visitor::sign_in(&server, identifier)?;
        open_session(&visitor)?;
        let typed = TYPED.iter().filter(|(who, _)| *who == identifier);
        let typed = typed.flat_map(|(_, paths)| paths.iter().map(|path| (*path).to_owned()));
        let typed = typed.chain(narrowed(&visitor)?).collect();
        let (found, reached) = explore(&visitor, &pages, typed)?;
        let limit = Duration::from_millis(limit);
        println!("\n{identifier}, within {} ms", limit.as_millis());
        // In turn, so that no page is warm from itself alone.
        let mut taken = vec![Vec::with_capacity(times); found.len()];
        for _ in 0..times {
            for ((path, _), taken) in found.values().zip(&mut taken) {
                taken.push(visitor.time(path)?);
            }
        }
        for ((path, first), taken) in found.values().zip(taken) {
            let times = Spread::of(taken);
            slow += usize::from(times.percentile(95) > limit);
            println!("{}", line(path, *first, &times, limit));
        }
        let missed = pages.iter().filter(|route| may(role, route.access));
        let missed = missed.filter(|route| !reached.contains(route.path)).map(|route| route.path);
        println!("not reached: {}", missed.collect::<Vec<_>>().join(" "));
    }
    let (now, most) = server.memory()?;
    println!("\n{slow} pages are too slow; memory {now:.0} MB, at most {most:.0} MB");
    server.stop()
}

/// What is opened by address and answered with a page.
fn pages(table: &[Route]) -> Vec<&Route> {
    let files = ["/api/", "/assets/", "/accent/", "/calendar-feeds/"];
    let pages = table.iter().filter(|route| route.method == "GET");
    pages.filter(|route| !files.iter().any(|start| route.path.starts_with(start))).collect()
}

fn may(role: Role, access: Access) -> bool {
    match access {
        Access::Public => false,
        Access::SignedIn => true,
        Access::Needs(permission) => reach(role, permission).is_some(),
    }
}

/// The demo's teacher has a class right now: its live page and projector are looked at too.
fn open_session(visitor: &Visitor) -> Result<()> {
    let class = visitor.links("/")?.into_iter().find_map(|link| {
        let id = link.strip_prefix("/classes/")?.get(..36)?;
        Some(id.to_owned())
    });
    if let Some(class) = class {
        let path = format!("/api/v1/classes/{class}/sessions");
        visitor.post(&path, &serde_json::json!({"duration_minutes": 60}))?;
    }
    Ok(())
}

/// Pages narrowed to the programme that their forms name first.
fn narrowed(visitor: &Visitor) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in NARROWED {
        let page = visitor.page(path)?;
        let programme = page.and_then(|page| choice(&page, "programme"));
        found.extend(programme.map(|programme| format!("{path}?programme={programme}")));
    }
    Ok(found)
}

/// What links lead to, beginning with the home page.
fn explore(visitor: &Visitor, pages: &[&Route], typed: Vec<String>) -> Result<Found> {
    let mut waiting: VecDeque<String> = ["/".to_owned()].into_iter().chain(typed).collect();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut read: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    while let Some(path) = waiting.pop_front() {
        let Some(kind) = kind(pages, &path) else { continue };
        let often = read.entry(kind).or_default();
        *often += 1;
        if *often > MOST_OF_ONE || seen.len() > MOST_READ * 100 {
            continue;
        }
        let began = Instant::now();
        let Some(page) = visitor.page(&path)? else { continue };
        found.entry(kind).or_insert((path, began.elapsed()));
        for link in links(&page) {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if !link.contains("format=") && seen.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
    }
    Ok((found, read.into_keys().map(|(route, _)| route).collect()))
}

fn kind(pages: &[&Route], link: &str) -> Option<Kind> {
    let (path, query) = link.split_once('?').map_or((link, false), |(path, _)| (path, true));
    let fits = |route: &str| {
        let (mut parts, mut wanted) = (path.split('/'), route.split('/'));
        loop {
            match (parts.next(), wanted.next()) {
                (None, None) => return true,
                (Some(part), Some(wanted)) if wanted == part || wanted.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    // A route without parameters is meant before one that would take anything.
    let fitting = pages.iter().map(|route| route.path).filter(|route| fits(route));
    fitting.min_by_key(|route| route.matches('{').count()).map(|route| (route, query))
}

fn line(path: &str, first: Duration, times: &Spread, limit: Duration) -> String {
    let [first, half, most] =
        [first, times.percentile(50), times.percentile(95)].map(|time| time.as_secs_f64() * 1000.0);
    let mark = if times.percentile(95) > limit { "  TOO SLOW" } else { "" };
    format!("first {first:7.1} ms, p50 {half:7.1} ms, p95 {most:7.1} ms  {path}{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_of_the_route_with_the_fewest_parameters() {
        let table = muster_web::routes();
        let pages = pages(&table);
        assert_eq!(kind(&pages, "/people/new"), Some(("/people/new", false)));
        assert_eq!(kind(&pages, "/people/17?tab=roles"), Some(("/people/{id}", true)));
        assert_eq!(kind(&pages, "/nowhere/at/all"), None);
    }
}
