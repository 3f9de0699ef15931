//! A certificate with its key, as TLS shows it, and what the certificate says.

use crate::moment::date;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate, those above it, and its key.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What TLS needs of them.
    pub key: Arc<CertifiedKey>,
    /// What the certificate says.
    pub facts: Facts,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// For which names and addresses it stands.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// From when on it holds.
    pub not_before: i64,
    /// Until when.
    pub not_after: i64,
    /// SHA-256 of it, as browsers show it.
    pub fingerprint: String,
}

/// What is wrong with a certificate or a key.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The file can't be read.
    #[error("can't read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no PEM.
    #[error(
        "{} is not PEM: text with a line “-----BEGIN {what}-----” is wanted. If it is DER, convert \
         it with `openssl`.", path.display()
    )]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was sought in it.
        what: &'static str,
    },
    /// The key is encrypted.
    #[error(
        "the key in {} is locked by a password: `openssl pkey -in {0} -out …` takes it off",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A certificate does not parse.
    #[error("{} holds a certificate that is damaged", .0.display())]
    Damaged(PathBuf),
    /// The key is of no kind that TLS knows.
    #[error("the key in {} is of a kind that TLS can't use: {reason}", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// They don't belong together.
    #[error(
        "the key in {} is not that of the first certificate in {}: the server's own one stands \
         first, those of its authorities follow", key.display(), certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// It holds no more.
    #[error("the certificate in {} expired on {}", path.display(), date(*at))]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: i64,
    },
    /// It does not hold yet.
    #[error(
        "the certificate in {} holds from {} on: is this machine's clock right?",
        path.display(), date(*at)
    )]
    Early {
        /// The file.
        path: PathBuf,
        /// From when on.
        at: i64,
    },
}

impl Pair {
    /// Reads both files, which may be one.
    pub fn load(certificate: &Path, key: &Path, now: i64) -> Result<Self, PairError> {
        let chain = chain(certificate)?;
        let first = chain.first().ok_or_else(|| no_pem(certificate, "CERTIFICATE"))?;
        let facts = Facts::of(first).ok_or_else(|| PairError::Damaged(certificate.to_owned()))?;
        let secret = secret(key)?;
        let whole = CertifiedKey::from_der(chain, secret, &default_provider());
        let whole = whole.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                PairError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() }
            }
            error => PairError::Kind { path: key.to_owned(), reason: error.to_string() },
        })?;
        let path = certificate.to_owned();
        if facts.not_after <= now {
            return Err(PairError::Expired { path, at: facts.not_after });
        }
        if facts.not_before > now {
            return Err(PairError::Early { path, at: facts.not_before });
        }
        Ok(Self { key: Arc::new(whole), facts })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, PairError> {
    std::fs::read(path).map_err(|source| PairError::Read { path: path.to_owned(), source })
}

fn no_pem(path: &Path, what: &'static str) -> PairError {
    PairError::Pem { path: path.to_owned(), what }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, PairError> {
    let text = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|_| no_pem(path, "CERTIFICATE"))?;
    if chain.is_empty() { Err(no_pem(path, "CERTIFICATE")) } else { Ok(chain) }
}

fn secret(path: &Path) -> Result<PrivateKeyDer<'static>, PairError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let locked = String::from_utf8_lossy(&text).contains("ENCRYPTED");
        if locked {
            PairError::Locked { path: path.to_owned() }
        } else {
            no_pem(path, "PRIVATE KEY")
        }
    })
}

impl Facts {
    /// What the certificate says; nothing if it is none.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map(|names| &names.value.general_names);
        Some(Self {
            names: names.into_iter().flatten().filter_map(name).collect(),
            issuer: parsed.issuer().to_string(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            fingerprint: fingerprint(certificate),
        })
    }

    /// Of the first certificate in a PEM file, if there is one.
    pub fn of_file(path: &Path) -> Option<Self> {
        Self::of(CertificateDer::from_pem_file(path).ok()?.as_ref())
    }

    /// When it is time for the next one: two thirds of its life are over.
    pub const fn renewal(&self) -> i64 {
        self.not_before + (self.not_after - self.not_before) / 3 * 2
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

/// An address of 4 or 16 bytes.
pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// SHA-256 in pairs of capitals with colons between, as browsers and systems show it.
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let pairs = digest.as_ref().iter().map(|byte| format!("{byte:02X}"));
    pairs.collect::<Vec<_>>().join(":")
}
