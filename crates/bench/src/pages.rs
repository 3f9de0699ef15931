//! Weight and time of each page of the demo.

use crate::server::Server;
use crate::spread::Spread;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often each page is asked for.
const TIMES: usize = 40;
const PASSWORD: &str = "open sesame for the demo";

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
            visitor.measure(identifier, &path)?;
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

struct Visitor {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Visitor {
    fn sign_in(server: &Server, identifier: &str) -> Result<Self> {
        let base = format!("http://{}", server.address);
        let agent = ureq::Agent::new_with_defaults();
        let body = serde_json::json!({"identifier": identifier, "password": PASSWORD});
        let mut answer = agent.post(format!("{base}/api/v1/tokens")).send_json(body)?;
        let answer: serde_json::Value = answer.body_mut().read_json()?;
        let token = answer.get("access_token").and_then(|token| token.as_str());
        Ok(Self { agent, base, token: token.context("no token")?.to_owned() })
    }

    fn get(&self, path: &str, encoding: &str) -> Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept-encoding", encoding);
        Ok(request.call()?.body_mut().read_to_vec()?)
    }

    /// Addresses on our own server that a page names.
    fn links(&self, path: &str) -> Result<BTreeSet<String>> {
        let page = String::from_utf8(self.get(path, "identity")?)?;
        let values = ["href=\"", "src=\""].into_iter().flat_map(|name| page.split(name).skip(1));
        let values = values.filter_map(|rest| rest.split('"').next());
        Ok(values.filter(|value| value.starts_with('/')).map(str::to_owned).collect())
    }

    fn measure(&self, who: &str, path: &str) -> Result<()> {
        let mut times = Vec::with_capacity(TIMES);
        let mut weight = 0;
        for _ in 0..TIMES {
            let began = Instant::now();
            weight = self.get(path, "gzip")?.len();
            times.push(began.elapsed());
        }
        let times: Vec<Duration> = times;
        let assets = self.links(path)?;
        for asset in assets.iter().filter(|link| link.starts_with("/assets/")) {
            weight += self.get(asset, "gzip")?.len();
        }
        let kilobytes = weight as f64 / 1000.0;
        println!("{who:8} {path:48} {kilobytes:5.1} kB with assets, {}", Spread::of(times));
        Ok(())
    }
}
