//! The node's own certificate authority. Whoever trusts its root trusts it for this node's names and
//! for addresses of private networks alone: the root says so itself, as a critical constraint that
//! every browser checks. So a stolen root key opens no other site to its thief.

use crate::moment;
use crate::pair::{Facts, address};
use crate::private;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use x509_parser::extensions::{GeneralName, GeneralSubtree as Subtree, ParsedExtension};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The root's certificate, in the folder.
pub const ROOT: &str = "root.pem";
/// Its key.
pub const ROOT_KEY: &str = "root-key.pem";

const DAY: i64 = 24 * 3600;
/// How long the root holds.
const ROOT_DAYS: i64 = 3650;
/// How long what it signs holds: browsers take no more than 398 days.
const LEAF_DAYS: i64 = 396;

/// Networks that nobody reaches from outside, this machine's own among them.
const PRIVATE: [(IpAddr, u8); 8] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// Under what a node is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Its names.
    pub dns: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

impl Names {
    /// In words.
    pub fn all(&self) -> Vec<String> {
        self.dns.iter().cloned().chain(self.addresses.iter().map(ToString::to_string)).collect()
    }
}

/// Why there is no authority, or no certificate by it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else may read the root's key.
    #[error(
        "the root's key {} is open to other users (mode {mode:03o}): run `chmod 600 {0}`, and make \
         a new root with `muster tls renew --root` if anybody may have read it", path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// What the files hold is no root.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The root holds no more.
    #[error("the root expired: make a new one with `muster tls renew --root`, and trust that")]
    Expired,
    /// Making keys or certificates failed.
    #[error("a certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
}

/// A root with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub root: Root,
}

/// A root's certificate, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// As text.
    pub pem: String,
    /// As bytes.
    pub der: Vec<u8>,
    /// What it says.
    pub facts: Facts,
    /// Names for which it may sign.
    pub permitted: Vec<String>,
    networks: Vec<(IpAddr, IpAddr)>,
}

impl Authority {
    /// The authority of this folder; made where there is none yet, for these names and private
    /// networks.
    pub fn load_or_create(folder: &Path, names: &Names, now: i64) -> Result<Self, AuthorityError> {
        if !folder.join(ROOT).exists() {
            Self::create(folder, names, now)?;
        }
        let own = Self::load(folder)?;
        if own.root.facts.not_after <= now { Err(AuthorityError::Expired) } else { Ok(own) }
    }

    /// Makes a new root, in the place of one that may be there.
    pub fn create(folder: &Path, names: &Names, now: i64) -> Result<(), AuthorityError> {
        private::folder(folder).map_err(failed(folder))?;
        let key = KeyPair::generate()?;
        let root = root_params(names, now).self_signed(&key)?;
        let at = folder.join(ROOT_KEY);
        private::write(&at, &key.serialize_pem()).map_err(failed(&at))?;
        let at = folder.join(ROOT);
        private::write(&at, &root.pem()).map_err(failed(&at))
    }

    /// The authority of this folder.
    pub fn load(folder: &Path) -> Result<Self, AuthorityError> {
        let root = Root::load(folder)?;
        let at = folder.join(ROOT_KEY);
        if let Some(mode) = private::exposed(&at).map_err(failed(&at))? {
            return Err(AuthorityError::Exposed { path: at, mode });
        }
        let key = std::fs::read_to_string(&at).map_err(failed(&at))?;
        let key = KeyPair::from_pem(&key);
        let key =
            key.map_err(|error| AuthorityError::Damaged { path: at, reason: error.to_string() })?;
        Ok(Self { issuer: Issuer::from_ca_cert_pem(&root.pem, key)?, root })
    }

    /// A certificate for those of the names for which the root may sign, with its key, as text.
    pub fn sign(&self, names: &Names, now: i64) -> Result<String, AuthorityError> {
        let names = self.root.allowed(names);
        let mut params = params("Muster", now, now + LEAF_DAYS * DAY);
        for name in &names.dns {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.subject_alt_names.extend(names.addresses.into_iter().map(SanType::IpAddress));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", signed.pem(), key.serialize_pem()))
    }
}

/// A certificate of that name for a while; a day earlier, since clocks of phones are not always right.
fn params(name: &str, from: i64, until: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let day = |at: i64| {
        let date = moment::day(at);
        let small = |number: i8| u8::try_from(number).unwrap_or(1);
        date_time_ymd(i32::from(date.year()), small(date.month()), small(date.day()))
    };
    (params.not_before, params.not_after) = (day(from - DAY), day(until));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn root_params(names: &Names, now: i64) -> CertificateParams {
    let own = names.dns.first().map_or("node", String::as_str);
    let mut params = params(&format!("Muster, only for {own}"), now, now + ROOT_DAYS * DAY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut permitted: Vec<_> = names.dns.iter().cloned().map(GeneralSubtree::DnsName).collect();
    let networks = PRIVATE.into_iter().map(|(at, prefix)| CidrSubnet::from_addr_prefix(at, prefix));
    permitted.extend(networks.map(GeneralSubtree::IpAddress));
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    params
}

impl Root {
    /// The root of this folder, for which its key is not needed.
    pub fn load(folder: &Path) -> Result<Self, AuthorityError> {
        let at = folder.join(ROOT);
        let pem = std::fs::read_to_string(&at).map_err(failed(&at))?;
        Self::read(&pem).ok_or_else(|| AuthorityError::Damaged {
            path: at,
            reason: "it holds no root of ours".to_owned(),
        })
    }

    fn read(pem: &str) -> Option<Self> {
        let (_, parsed) = parse_x509_pem(pem.as_bytes()).ok()?;
        let der = parsed.contents;
        let facts = Facts::of(&der)?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let constraints =
            certificate.extensions().iter().find_map(|one| match one.parsed_extension() {
                ParsedExtension::NameConstraints(constraints) => Some(constraints),
                _ => None,
            });
        let subtrees = constraints?.permitted_subtrees.as_deref()?;
        let permitted = subtrees.iter().filter_map(dns).collect();
        let networks = subtrees.iter().filter_map(network).collect();
        Some(Self { pem: pem.to_owned(), facts, permitted, networks, der: der.clone() })
    }

    /// Whether it signed the first certificate in this PEM file, as far as the identifiers of keys
    /// in both tell (RFC 5280, 4.2.1.1 and 4.2.1.2): roots that follow each other bear one name.
    pub fn signed(&self, path: &Path) -> bool {
        let Ok(leaf) = CertificateDer::from_pem_file(path) else { return false };
        let own = extension(&self.der, |extension| match extension {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0.to_vec()),
            _ => None,
        });
        let signer = extension(&leaf, |extension| match extension {
            ParsedExtension::AuthorityKeyIdentifier(signer) => {
                signer.key_identifier.as_ref().map(|key| key.0.to_vec())
            }
            _ => None,
        });
        own.is_some() && own == signer
    }

    /// Those for which it may sign.
    pub fn allowed(&self, names: &Names) -> Names {
        let known =
            |name: &&String| self.permitted.iter().any(|own| own.eq_ignore_ascii_case(name));
        let inside = |at: &&IpAddr| self.networks.iter().any(|network| contains(*network, **at));
        Names {
            dns: names.dns.iter().filter(known).cloned().collect(),
            addresses: names.addresses.iter().filter(inside).copied().collect(),
        }
    }
}

/// What the first extension says of which something can be made.
fn extension<T>(certificate: &[u8], made: impl Fn(&ParsedExtension<'_>) -> Option<T>) -> Option<T> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    certificate.extensions().iter().find_map(|one| made(one.parsed_extension()))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> AuthorityError {
    let path = path.to_owned();
    move |source| AuthorityError::Io { path: path.clone(), source }
}

fn dns(subtree: &Subtree<'_>) -> Option<String> {
    match &subtree.base {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    }
}

/// A network with its mask: the bytes of both follow each other.
fn network(subtree: &Subtree<'_>) -> Option<(IpAddr, IpAddr)> {
    let GeneralName::IPAddress(bytes) = &subtree.base else { return None };
    let (base, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    Some((address(base)?, address(mask)?))
}

fn contains((base, mask): (IpAddr, IpAddr), at: IpAddr) -> bool {
    match (base, mask, at) {
        (IpAddr::V4(base), IpAddr::V4(mask), IpAddr::V4(at)) => at & mask == base & mask,
        (IpAddr::V6(base), IpAddr::V6(mask), IpAddr::V6(at)) => at & mask == base & mask,
        _ => false,
    }
}
