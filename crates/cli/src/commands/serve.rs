//! `muster serve`

use crate::lan::{self, LanArgs};
use crate::mail::Mail;
use crate::node::{Encryption, Node, Outside, Place, secret};
use crate::outside::say;
use crate::provider::ProviderArgs;
use crate::tls::{Keeper, Plain, TlsArgs};
use anyhow::{Context, Result};
use clap::Args;
use muster_app::setup;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on
    #[arg(long, default_value = "0.0.0.0:8080", env = "MUSTER_LISTEN")]
    listen: SocketAddr,
    /// Where links in codes lead, e.g. https://muster.example.edu
    #[arg(long, env = "MUSTER_BASE_URL")]
    base_url: Option<String>,
    /// Address of a proxy that speaks HTTPS for this server and sets X-Forwarded-For and
    /// X-Forwarded-Proto; may be repeated
    #[arg(long, env = "MUSTER_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
    /// Name by which browsers reach this server, besides that of the base URL and this machine's
    /// own; may be repeated
    #[arg(long, env = "MUSTER_HOST", value_delimiter = ',')]
    host: Vec<String>,
    /// Token with which Prometheus may read /metrics from another machine
    #[arg(long, env = "MUSTER_METRICS_TOKEN", hide_env_values = true)]
    metrics_token: Option<String>,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    lan: LanArgs,
    #[command(flatten)]
    mail: Mail,
    #[command(flatten)]
    provider: ProviderArgs,
}

impl Serve {
    pub fn run(self) -> Result<ExitCode> {
        let base_url = self.base_url.as_deref();
        let post = self.mail.post(base_url)?;
        let provider = self.provider.provider(base_url)?;
        let name = self.lan.name(&self.place.data)?;
        let names: Vec<_> = name.iter().map(|name| format!("{name}.local")).collect();
        let names: Vec<_> = names.into_iter().chain(self.host).chain(own_names()).collect();
        let reached = names.iter().cloned().chain(self.lan.lan_address.map(|at| at.to_string()));
        let plan = self.tls.plan(&self.place.data, base_url, reached.collect())?;
        let node = self.place.open()?;
        let listener = bind(self.listen)?;
        let local = listener.local_addr()?.port();
        let tls = plan.map(|plan| {
            let (listener, kept) = (bind(plan.listen)?, plan.plain);
            let keeper = Keeper::begin(plan, node.clock.clone())?;
            Ok::<_, anyhow::Error>(Encryption { listener, plain: kept, keeper })
        });
        let tls = tls.transpose()?;
        let https = tls.as_ref().map(|tls| tls.listener.local_addr()).transpose()?;
        let https = https.map(|address| address.port());
        let stays = tls.as_ref().is_none_or(|tls| tls.plain == Plain::Serve);
        let lan = name.map(|name| self.lan.place(name, (local, stays), https));
        let base = base_url.map_or_else(|| here(local, stays, https), str::to_owned);
        let base = base.trim_end_matches('/').to_owned();
        let mut words = format!("Muster serves on {base}");
        if let Some(link) = offer_set_up(&node, &base)? {
            words.push_str(FIRST_RUN);
            words.push_str(&link);
        }
        if let Some(place) = &lan {
            words.push_str(&lan::words(place.found().as_ref()));
        }
        let outside = Outside {
            base_url: self.base_url,
            proxies: self.trusted_proxy,
            post,
            provider,
            hosts: names.into_iter().chain(self.tls.domains().iter().cloned()).collect(),
            metrics_token: self.metrics_token,
            tls,
            lan,
            data: self.place.data,
        };
        node.serve(listener, outside, || {
            // A server whose reader went away serves all the same.
            if let Err(error) = say(words) {
                tracing::warn!("{error:#}");
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

const FIRST_RUN: &str =
    "\n\nFirst run: open this link within a day to set up your institution:\n  ";

fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("can't listen on {address}"))
}

/// Where this very machine finds the server.
fn here(plain: u16, stays: bool, https: Option<u16>) -> String {
    match https {
        Some(https) if !stays => format!("https://localhost:{https}"),
        _ => format!("http://localhost:{plain}"),
    }
}

/// This machine's name, by itself and as the local network knows it.
fn own_names() -> Vec<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy().into_owned();
    let local = format!("{name}.local");
    [name, local].into_iter().filter(|name| !name.starts_with('.')).collect()
}

/// A one-time link, if nobody can administer this node yet.
fn offer_set_up(node: &Node, base: &str) -> Result<Option<String>> {
    if !node.store.read(setup::is_needed).wait()? {
        return Ok(None);
    }
    let (code, ctx) = (secret(), Arc::new(node.ctx("cli")));
    let (offered, shared) = (code.clone(), ctx.clone());
    node.store.write(&ctx.act, move |tx| setup::offer(tx, &shared, &offered)).wait()?;
    Ok(Some(format!("{base}/setup/{code}")))
}
