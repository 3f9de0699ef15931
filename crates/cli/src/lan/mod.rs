//! A node that phones of the same network find: by a QR of its address, and by a name.

mod addresses;
mod announce;

use crate::node::first;
use crate::outside::random;
use announce::{Announced, Announcer};
use anyhow::{Context, Result, bail};
use clap::Args;
use data_encoding::BASE32_NOPAD;
use muster_documents::qr::{Correction, QrImage, to_text};
use muster_web::{Found, Lan};
use std::io::IsTerminal;
use std::iter;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The file with the node's name, so that it stays the same.
const FILE: &str = "lan-name";
/// How often the network is looked at.
const ROUND: Duration = Duration::from_secs(5);

/// What is asked of the command line.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LanArgs {
    /// Let phones of the same network find this node: links lead to its address there, a QR of it
    /// is shown, and its name is announced by mDNS
    #[arg(long, env = "MUSTER_LAN")]
    pub lan: bool,
    /// Name to announce, before .local; one is made up and kept without it
    #[arg(long, env = "MUSTER_LAN_NAME")]
    pub lan_name: Option<String>,
    /// Address for links and QR, where this machine has several networks
    #[arg(long, env = "MUSTER_LAN_ADDRESS")]
    pub lan_address: Option<Ipv4Addr>,
}

/// A node in its network.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    name: String,
    fixed: Option<Ipv4Addr>,
    /// Where plain HTTP is spoken, and whether browsers stay there.
    plain: (u16, bool),
    https: Option<u16>,
}

impl LanArgs {
    /// The name of this node in its network, if it shall be found there.
    pub fn name(&self, data: &Path) -> Result<Option<String>> {
        if !self.lan {
            return Ok(None);
        }
        if let Some(given) = &self.lan_name {
            let given = given.trim_end_matches('.').trim_end_matches(".local");
            return Ok(Some(checked(given)?));
        }
        let file = data.join(FILE);
        if let Ok(kept) = std::fs::read_to_string(&file) {
            return Ok(Some(checked(kept.trim())?));
        }
        let random = first(random());
        let letters = BASE32_NOPAD.encode(random.get(..3).unwrap_or_default());
        let made = format!("muster-{}", letters.to_ascii_lowercase());
        std::fs::create_dir_all(data)
            .with_context(|| format!("can't make the folder {}", data.display()))?;
        std::fs::write(&file, &made).with_context(|| format!("can't write {}", file.display()))?;
        Ok(Some(made))
    }

    /// The node in its network. `plain` says where plain HTTP is spoken, and whether browsers are
    /// sent on from there.
    pub fn place(&self, name: String, plain: (u16, bool), https: Option<u16>) -> Place {
        Place { name, fixed: self.lan_address, plain, https }
    }
}

fn checked(name: &str) -> Result<String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 63 || !name.chars().all(fine) || name.starts_with('-') {
        bail!("“{name}” is no name for a network: letters, digits and hyphens alone, 63 at most");
    }
    Ok(name.to_ascii_lowercase())
}

/// Every address of this machine in its networks.
pub(crate) fn addresses() -> Vec<IpAddr> {
    addresses::all().into_iter().map(|(_, at)| at).collect()
}

impl Place {
    /// How the node is reached now.
    pub fn found(&self) -> Option<Found> {
        let at = self.fixed.or_else(|| addresses::choose(&addresses::all()))?.to_string();
        let https = |host: &str| self.https.map(|port| url("https", host, port));
        let (port, stays) = self.plain;
        let way = |host: &str| match https(host) {
            Some(https) if !stays => https,
            _ => url("http", host, port),
        };
        let named = way(&format!("{}.local", self.name));
        Some(Found { link: way(&at), https: https(&at), named: Some(named) })
    }

    /// Announces the node and follows it from network to network.
    pub async fn follow(self, lan: Arc<Lan>, mut stopped: watch::Receiver<bool>) {
        let (name, (plain, _), https) = (self.name.clone(), self.plain, self.https);
        let announcer = Announcer::start(&Announced { name, plain, https });
        if let Err(error) = &announcer {
            tracing::warn!(%error, "the name of this node can't be announced; its address works");
        }
        loop {
            let found = self.found();
            if found != lan.found() {
                let link = found.as_ref().map_or("nowhere", |found| found.link.as_str());
                tracing::info!(link, "phones find this node");
                lan.moved(found);
            }
            tokio::select! {
                _ = stopped.changed() => return,
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }
}

fn url(scheme: &str, host: &str, port: u16) -> String {
    let usual = if scheme == "https" { 443 } else { 80 };
    if port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }
}

/// What stands in the terminal: the address, and its QR where somebody looks.
pub(crate) fn words(found: Option<&Found>) -> String {
    let Some(found) = found else {
        return "\nNo network yet: switch on Wi-Fi or a hotspot, then open /join here.".to_owned();
    };
    let mut text = String::from("\nPhones of this network scan this, or type what stands below:\n");
    let image = QrImage::new(&found.link, Correction::Medium);
    if let (true, Ok(image)) = (std::io::stdout().is_terminal(), image) {
        for line in to_text(&image).lines() {
            // Black on white whatever the terminal's own colours are.
            text.extend(["  \u{1b}[30;107m", line, "\u{1b}[0m\n"]);
        }
    }
    for line in iter::once(&found.link).chain(&found.named) {
        text.extend(["  ", line, "\n"]);
    }
    if let Some(https) = found.https.as_ref().filter(|https| **https != found.link) {
        text.extend(["Staff: ", https, " (how to trust it: ", &found.link, "/trust)"]);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_plain_where_phones_need_not_trust_anything() {
        let mut place = Place {
            name: "muster-ab".to_owned(),
            fixed: Some(Ipv4Addr::new(192, 168, 1, 5)),
            plain: (8080, true),
            https: Some(8443),
        };
        let found = place.found().unwrap();
        assert_eq!(found.link, "http://192.168.1.5:8080");
        assert_eq!(found.https.as_deref(), Some("https://192.168.1.5:8443"));
        assert_eq!(found.named.as_deref(), Some("http://muster-ab.local:8080"));
        // Where browsers are sent to HTTPS anyway, links lead there at once.
        (place.plain, place.https) = ((80, false), Some(443));
        assert_eq!(place.found().unwrap().link, "https://192.168.1.5");
    }

    #[test]
    fn a_made_up_name_is_kept_and_a_wrong_one_is_told() {
        let data = tempfile::tempdir().unwrap();
        let args = LanArgs { lan: true, ..LanArgs::default() };
        let name = args.name(data.path()).unwrap().unwrap();
        assert!(name.starts_with("muster-") && name.len() == 12, "{name}");
        assert_eq!(args.name(data.path()).unwrap(), Some(name));
        let given = |name: &str| LanArgs { lan_name: Some(name.to_owned()), ..args.clone() };
        assert_eq!(given("Hall-3.local").name(data.path()).unwrap().unwrap(), "hall-3");
        assert!(given("hall 3").name(data.path()).is_err());
    }
}
