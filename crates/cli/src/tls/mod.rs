//! HTTPS without a proxy: what the operator wants of it.

mod keeper;

pub(crate) use keeper::{ACME, Keeper, OWN};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use muster_tls::Names;
use muster_tls::acme::{LETS_ENCRYPT, Proof, Wish};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The folder of keys and certificates, in the node's own.
const FOLDER: &str = "tls";

/// Where certificates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Plain HTTP alone: for a proxy that speaks HTTPS, or for trying out
    Off,
    /// From the files of --tls-cert and --tls-key
    Files,
    /// From an authority of the node's own, which devices are told to trust: for a network without
    /// internet
    Own,
    /// From an authority that speaks ACME, such as Let's Encrypt
    Acme,
}

/// What plain HTTP is for, beside HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// Serves too: students sign in and mark themselves, staff don't
    Serve,
    /// Sends browsers to HTTPS
    Redirect,
}

/// How a name is proved to an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Challenge {
    /// The authority reads a file at port 80 of the name, which must lead to --listen
    #[value(name = "http-01")]
    Http,
    /// The authority looks at port 443 of the name, which must lead to --tls-listen
    #[value(name = "tls-alpn-01")]
    Tls,
}

/// Certificate files, for those who have some.
#[derive(Args, Clone, Debug)]
pub(crate) struct FileArgs {
    /// File with the certificate and those above it (PEM); read again when it changes
    #[arg(long, env = "MUSTER_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// File with its key (PEM)
    #[arg(long, env = "MUSTER_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// What is asked of the command line.
#[derive(Args, Clone, Debug)]
pub(crate) struct TlsArgs {
    /// Where certificates for HTTPS come from; files, if --tls-cert is given
    #[arg(long, value_enum, env = "MUSTER_TLS")]
    tls: Option<Mode>,
    #[command(flatten)]
    files: FileArgs,
    /// Address and port for HTTPS
    #[arg(long, default_value = "0.0.0.0:8443", env = "MUSTER_TLS_LISTEN")]
    tls_listen: SocketAddr,
    /// What --listen does beside HTTPS: redirect, but with an authority of the node's own serve
    #[arg(long, value_enum, env = "MUSTER_PLAIN")]
    plain: Option<Plain>,
    /// Directory of the ACME authority
    #[arg(long, default_value = LETS_ENCRYPT, env = "MUSTER_ACME_DIRECTORY")]
    acme_directory: String,
    /// Name for the certificate; that of --base-url without it; may be repeated
    #[arg(long, env = "MUSTER_ACME_DOMAIN", value_delimiter = ',')]
    acme_domain: Vec<String>,
    /// E-mail address to which the authority writes when something is wrong
    #[arg(long, env = "MUSTER_ACME_CONTACT")]
    acme_contact: Option<String>,
    /// File with the root (PEM) of a private authority's own server
    #[arg(long, env = "MUSTER_ACME_ROOT")]
    acme_root: Option<PathBuf>,
    /// How the authority sees that a name is ours
    #[arg(long, value_enum, default_value_t = Challenge::Http, env = "MUSTER_ACME_CHALLENGE")]
    acme_challenge: Challenge,
}

/// What the operator wants.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where certificates come from.
    pub source: Source,
    /// The folder of keys and certificates.
    pub folder: PathBuf,
    /// Where HTTPS is spoken.
    pub listen: SocketAddr,
    /// What plain HTTP is for.
    pub plain: Plain,
}

/// Where certificates come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// From files of somebody else.
    Files {
        /// The certificate.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// From the node's own authority, for these names and whatever addresses it has.
    Own(Names),
    /// From an ACME authority.
    Acme(Wish),
}

/// The folder of keys and certificates of the node in `data`.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

impl TlsArgs {
    /// What is wanted, if anything. `names` are those to which the server answers.
    pub fn plan(
        &self,
        data: &Path,
        base_url: Option<&str>,
        names: Vec<String>,
    ) -> Result<Option<Plan>> {
        let given = self.files.tls_cert.clone().zip(self.files.tls_key.clone());
        let mode = self.tls.unwrap_or(if given.is_some() { Mode::Files } else { Mode::Off });
        let base = base_url.and_then(host);
        let source = match mode {
            Mode::Off => return Ok(None),
            Mode::Files => {
                let (certificate, key) =
                    given.context("--tls files needs --tls-cert and --tls-key")?;
                Source::Files { certificate, key }
            }
            Mode::Own => Source::Own(own_names(base, names)),
            Mode::Acme => Source::Acme(self.wish(base)?),
        };
        let usual = if mode == Mode::Own { Plain::Serve } else { Plain::Redirect };
        let plain = self.plain.unwrap_or(usual);
        Ok(Some(Plan { source, folder: folder(data), listen: self.tls_listen, plain }))
    }

    /// Names to which the server answers, because a certificate is asked for them.
    pub fn domains(&self) -> &[String] {
        &self.acme_domain
    }

    fn wish(&self, base: Option<String>) -> Result<Wish> {
        let mut domains = self.acme_domain.clone();
        if domains.is_empty() {
            domains.extend(base);
        }
        if domains.is_empty() {
            bail!("--tls acme needs a name: --acme-domain, or --base-url");
        }
        if let Some(wrong) = domains.iter().find(|name| name.parse::<IpAddr>().is_ok()) {
            bail!("{wrong} is an address: authorities give certificates for names");
        }
        let proof = match self.acme_challenge {
            Challenge::Http => Proof::Http,
            Challenge::Tls => Proof::Tls,
        };
        Ok(Wish {
            directory: self.acme_directory.clone(),
            domains,
            contact: self.acme_contact.clone(),
            root: self.acme_root.clone(),
            proof,
        })
    }
}

/// The host of an address.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => host,
    };
    Some(host.trim_matches(['[', ']']).to_ascii_lowercase()).filter(|host| !host.is_empty())
}

/// Names and addresses by themselves; the first name is what the root is called after.
fn own_names(base: Option<String>, names: Vec<String>) -> Names {
    let mut own = Names::default();
    for name in names.into_iter().chain(base).chain(["localhost".to_owned()]) {
        let name = name.to_ascii_lowercase();
        match name.parse() {
            Ok(address) => own.addresses.push(address),
            Err(_) if !own.dns.contains(&name) && name.is_ascii() => own.dns.push(name),
            Err(_) => {}
        }
    }
    own.addresses.push(Ipv4Addr::LOCALHOST.into());
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_found() {
        for (url, expected) in [
            ("https://Muster.example.edu", Some("muster.example.edu")),
            ("https://muster.example.edu:8443/", Some("muster.example.edu")),
            ("http://192.168.1.5:8080/x", Some("192.168.1.5")),
            ("https://[fd00::1]:8443", Some("fd00::1")),
            ("muster.example.edu", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_root_is_called_after_the_first_name_and_no_name_stands_twice() {
        let names = ["muster-ab.local", "laptop", "LAPTOP", "10.0.0.7"].map(str::to_owned);
        let own = own_names(Some("localhost".to_owned()), names.to_vec());
        assert_eq!(own.dns, ["muster-ab.local", "laptop", "localhost"]);
        assert_eq!(own.all()[3..], ["10.0.0.7", "127.0.0.1"]);
    }
}
