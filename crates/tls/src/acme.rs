//! Certificates from an authority that speaks ACME (RFC 8555).

use crate::private;
use crate::shown::{Answers, Shown};
use instant_acme::{
    Account, AccountCredentials, AuthorizationHandle, AuthorizationStatus, ChallengeType,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where certificates come from, unless somebody says otherwise.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// The account, in the folder.
const ACCOUNT: &str = "acme-account.json";
/// How long an order may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// How it is shown that a name is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a file on port 80.
    Http,
    /// Inside of TLS, on port 443.
    Tls,
}

/// What an operator wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The authority's directory.
    pub directory: String,
    /// Names for the certificate.
    pub domains: Vec<String>,
    /// To whom the authority writes when something is wrong.
    pub contact: Option<String>,
    /// The root of a private authority's own server.
    pub root: Option<PathBuf>,
    /// How names are proved.
    pub proof: Proof,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The authority can't be reached, or refused.
    #[error("{0}")]
    Authority(String),
    /// It does not believe that a name is ours.
    #[error("{name} could not be proved: {reason}")]
    Proof {
        /// The name.
        name: String,
        /// What the authority said.
        reason: String,
    },
    /// It offers no such proof.
    #[error("the authority takes no {0} for {1}")]
    NoSuchProof(&'static str, String),
    /// The account's file can't be read or written.
    #[error("{}: {source}", path.display())]
    Account {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
    /// Keys or the request could not be made.
    #[error("a request could not be made: {0}")]
    Making(#[from] rcgen::Error),
    /// A proof could not be shown.
    #[error("a proof could not be made: {0}")]
    Showing(#[from] rustls::Error),
    /// It takes too long.
    #[error("the authority did not finish within three minutes")]
    Slow,
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        Self::Authority(words(&error))
    }
}

/// With all causes: the outermost one alone often says nothing.
fn words(error: &instant_acme::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

/// Gets a certificate with its key, as text. The account is in the folder.
pub async fn obtain(
    wish: &Wish,
    folder: &Path,
    answers: &Answers,
    shown: &Shown,
) -> Result<String, AcmeError> {
    let done = tokio::time::timeout(PATIENCE, order(wish, folder, answers, shown)).await;
    answers.clear();
    shown.forget_proofs();
    done.map_err(|_| AcmeError::Slow)?
}

async fn order(
    wish: &Wish,
    folder: &Path,
    answers: &Answers,
    shown: &Shown,
) -> Result<String, AcmeError> {
    let account = account(wish, folder).await?;
    let names: Vec<_> = wish.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let authorization = authorization?;
        if authorization.status != AuthorizationStatus::Valid {
            prove(authorization, wish.proof, answers, shown).await?;
        }
    }
    let patience = RetryPolicy::new().initial_delay(Duration::from_millis(250)).timeout(PATIENCE);
    match order.poll_ready(&patience).await {
        Ok(OrderStatus::Ready) => {}
        Ok(_) | Err(instant_acme::Error::Api(_)) => return Err(refused(&mut order).await),
        Err(error) => return Err(error.into()),
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(wish.domains.clone())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    order.finalize_csr(params.serialize_request(&key)?.der()).await?;
    let chain = order.poll_certificate(&patience).await?;
    Ok(format!("{}\n{}", chain.trim_end(), key.serialize_pem()))
}

/// Shows what the authority looks for, and says so.
async fn prove(
    mut authorization: AuthorizationHandle<'_>,
    proof: Proof,
    answers: &Answers,
    shown: &Shown,
) -> Result<(), AcmeError> {
    let name = authorization.identifier().to_string();
    let (kind, called) = match proof {
        Proof::Http => (ChallengeType::Http01, "http-01"),
        Proof::Tls => (ChallengeType::TlsAlpn01, "tls-alpn-01"),
    };
    let missing = || AcmeError::NoSuchProof(called, name.clone());
    let mut challenge = authorization.challenge(kind).ok_or_else(missing)?;
    let answer = challenge.key_authorization();
    match proof {
        Proof::Http => answers.put(&challenge.token, answer.as_str()),
        Proof::Tls => {
            shown.prove(&name, Arc::new(certificate(&name, answer.digest().as_ref())?));
        }
    }
    // The authority may have looked already by the time it answers.
    let told = challenge.set_ready().await;
    told.map_err(|error| AcmeError::Proof { name, reason: words(&error) })
}

/// The certificate of RFC 8737, which proves a name and is good for nothing else.
fn certificate(name: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let signed = params.self_signed(&key)?;
    let secret = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let secret = default_provider().key_provider.load_private_key(secret.into())?;
    // Not looked at by rustls, which knows no such critical extension.
    Ok(CertifiedKey::new(vec![signed.der().clone()], secret))
}

/// What the authority has to say about an order that it will not fulfil.
async fn refused(order: &mut Order) -> AcmeError {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        // What is known of it is from before the proof.
        if let Err(error) = authorization.refresh().await {
            return error.into();
        }
        let name = authorization.identifier().to_string();
        let mut reasons = authorization.challenges.iter().filter_map(|one| one.error.as_ref());
        if let Some(problem) = reasons.next() {
            return AcmeError::Proof { name, reason: problem.to_string() };
        }
    }
    AcmeError::Proof {
        name: "the order".to_owned(),
        reason: "the authority gives no reason".to_owned(),
    }
}

/// The account of before, or a new one.
async fn account(wish: &Wish, folder: &Path) -> Result<Account, AcmeError> {
    let builder = || match &wish.root {
        Some(root) => Account::builder_with_root(root),
        None => Account::builder(),
    };
    // An account belongs to its authority: another directory means another account.
    let path = folder.join(ACCOUNT);
    let failed = |source| AcmeError::Account { path: path.clone(), source };
    if let Some(kept) = kept(&path).map_err(failed)?
        && kept.directory == wish.directory
    {
        return Ok(builder()?.from_credentials(kept.credentials).await?);
    }
    let contact = wish.contact.as_ref().map(|contact| format!("mailto:{contact}"));
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) = builder()?.create(&wanted, wish.directory.clone(), None).await?;
    let kept = Kept { directory: wish.directory.clone(), credentials };
    let text = serde_json::to_string(&kept).map_err(std::io::Error::from).map_err(failed)?;
    private::folder(folder).map_err(failed)?;
    private::write(&path, &text).map_err(failed)?;
    Ok(account)
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

fn kept(path: &Path) -> std::io::Result<Option<Kept>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
