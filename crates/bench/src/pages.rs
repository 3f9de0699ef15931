//! Weight and time of each page of the demo.

use crate::server::Server;
use crate::visitor::Visitor;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// How often each page is asked for.
const TIMES: usize = 40;

/// Pages by who looks at them.
const PAGES: [(&str, &[&str]); 3] = [
    ("S000001", &["/", "/mark", "/logins"]),
    ("T0001", &["/", "/classes", "/logins"]),
    ("R0001", &["/", "/people", "/classes", "/terms", "/courses", "/overview"]),
];

/// Measures and prints.
pub fn run(program: &Path, database: Option<&str>) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let filling = Server::demo(program, dir.path(), database)?;
    println!("demo filled and served in {:.1} s", filling.start.as_secs_f64());
    filling.stop()?;
    let server = Server::demo(program, dir.path(), database)?;
    println!("start with the demo there: {:.0} ms", server.start.as_secs_f64() * 1000.0);
    for (identifier, paths) in PAGES {
        let visitor = Visitor::sign_in(&server, identifier)?;
        let mut paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let links = visitor.links("/")?;
        paths.extend(first(&links, "/classes/"));
        for path in paths {
            let times = visitor.times(&path, TIMES)?;
            let kilobytes = visitor.weight(&path)? as f64 / 1000.0;
            println!("{identifier:8} {path:48} {kilobytes:5.1} kB with assets, {times}");
        }
    }
    let (now, most) = server.memory()?;
    println!("memory with the demo there: {now:.0} MB, at most {most:.0} MB");
    server.stop()
}

/// The first link to a record of that kind.
fn first(links: &BTreeSet<String>, kind: &str) -> Option<String> {
    links.iter().find(|link| link.strip_prefix(kind).is_some_and(|id| id.len() == 36)).cloned()
}
