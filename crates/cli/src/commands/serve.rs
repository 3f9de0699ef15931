//! `muster serve`

use crate::mail::Mail;
use crate::node::{Node, Outside, Place, secret};
use crate::outside::say;
use crate::provider::ProviderArgs;
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
    mail: Mail,
    #[command(flatten)]
    provider: ProviderArgs,
}

impl Serve {
    pub fn run(self) -> Result<ExitCode> {
        let post = self.mail.post(self.base_url.as_deref())?;
        let provider = self.provider.provider(self.base_url.as_deref())?;
        let node = self.place.open()?;
        let listener = TcpListener::bind(self.listen)
            .with_context(|| format!("can't listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let base =
            self.base_url.clone().unwrap_or_else(|| format!("http://localhost:{}", address.port()));
        let base = base.trim_end_matches('/').to_owned();
        let link = offer_set_up(&node, &base)?;
        let outside = Outside {
            base_url: self.base_url,
            proxies: self.trusted_proxy,
            post,
            provider,
            hosts: self.host.into_iter().chain(own_names()).collect(),
            metrics_token: self.metrics_token,
        };
        node.serve(listener, outside, || {
            let first_run = link.map(|link| {
                format!(
                    "\nFirst run: open this link within a day to set up your institution:\n  {link}"
                )
            });
            let said =
                say(format_args!("Muster serves on {base}{}", first_run.unwrap_or_default()));
            // A server whose reader went away serves all the same.
            if let Err(error) = said {
                tracing::warn!("{error:#}");
            }
        })?;
        Ok(ExitCode::SUCCESS)
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
