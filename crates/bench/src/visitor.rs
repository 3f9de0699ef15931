//! Somebody of the demo who is signed in and reads pages.

use crate::server::Server;
use crate::spread::Spread;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const PASSWORD: &str = "open sesame for the demo";

/// A signed-in reader.
pub struct Visitor {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Visitor {
    /// Signs in with a number.
    pub fn sign_in(server: &Server, identifier: &str) -> Result<Self> {
        let base = format!("http://{}", server.address);
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let body = serde_json::json!({"identifier": identifier, "password": PASSWORD});
        let mut answer = agent.post(format!("{base}/api/v1/tokens")).send_json(body)?;
        let answer: serde_json::Value = answer.body_mut().read_json()?;
        let token = answer.get("access_token").and_then(|token| token.as_str());
        Ok(Self { agent, base, token: token.context("no token")?.to_owned() })
    }

    /// The page, or the link to where it leads; nothing if it is a file or can't be read.
    pub fn page(&self, path: &str) -> Result<Option<String>> {
        let mut answer = self.ask(path, "identity")?;
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if answer.status().is_redirection() {
            let to = answer.headers().get("location").and_then(|to| to.to_str().ok());
            return Ok(to.map(|to| format!("<a href=\"{to}\">")));
        }
        if !answer.status().is_success() || !kind.is_some_and(|kind| kind.starts_with("text/html"))
        {
            return Ok(None);
        }
        Ok(Some(String::from_utf8(everything(&mut answer)?)?))
    }

    /// Addresses on our own server that a page names.
    pub fn links(&self, path: &str) -> Result<BTreeSet<String>> {
        Ok(self.page(path)?.map(|page| links(&page)).unwrap_or_default())
    }

    /// How long the page takes this time.
    pub fn time(&self, path: &str) -> Result<Duration> {
        let began = Instant::now();
        let mut answer = self.ask(path, "gzip")?;
        if answer.status().is_client_error() || answer.status().is_server_error() {
            bail!("{path} is answered {}", answer.status());
        }
        everything(&mut answer)?;
        Ok(began.elapsed())
    }

    /// How long the page takes, so many times.
    pub fn times(&self, path: &str, times: usize) -> Result<Spread> {
        let taken: Result<_> = (0..times).map(|_| self.time(path)).collect();
        Ok(Spread::of(taken?))
    }

    /// Bytes of the page and its assets, compressed.
    pub fn weight(&self, path: &str) -> Result<usize> {
        let mut weight = everything(&mut self.ask(path, "gzip")?)?.len();
        for asset in self.links(path)?.iter().filter(|link| link.starts_with("/assets/")) {
            weight += everything(&mut self.ask(asset, "gzip")?)?.len();
        }
        Ok(weight)
    }

    /// Sends JSON and gives the answer, if it is a good one.
    pub fn post(&self, path: &str, body: &serde_json::Value) -> Result<Option<serde_json::Value>> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let mut answer = request.send_json(body)?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(Some(answer.body_mut().read_json()?))
    }

    fn ask(&self, path: &str, encoding: &str) -> Result<ureq::http::Response<ureq::Body>> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        Ok(request.header("accept-encoding", encoding).call()?)
    }
}

fn everything(answer: &mut ureq::http::Response<ureq::Body>) -> Result<Vec<u8>> {
    Ok(answer.body_mut().with_config().limit(64 << 20).read_to_vec()?)
}

/// The first thing that a page lets one choose in a list of that name.
pub fn choice(page: &str, name: &str) -> Option<String> {
    let list = page.split(&format!("name=\"{name}\"")).nth(1)?.split("</select>").next()?;
    let mut values =
        list.split("<option value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

/// Addresses on our own server.
pub fn links(page: &str) -> BTreeSet<String> {
    let values = ["href=\"", "src=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    let values = values.filter_map(|rest| rest.split('"').next());
    let own = values.filter(|value| value.starts_with('/'));
    own.map(|value| value.replace("&#38;", "&").replace("&amp;", "&")).collect()
}
