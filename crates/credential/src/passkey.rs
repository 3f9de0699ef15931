//! Passkeys (`WebAuthn`) without attestation: what an authenticator says when it makes a key, and
//! the proof that it holds it. Keys are P-256, Ed25519 or RSA, as every platform makes them.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const MADE: u8 = 64;
/// Algorithm identifiers of the keys that are taken, in DER.
const P256: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const ED: &[u8] = b"\x06\x03\x2b\x65\x70";
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// The same keys as a browser asks an authenticator for them (COSE), the most wanted first.
pub const ALGORITHMS: [i32; 3] = [-7, -8, -257];

/// Whom a key is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its host, without scheme and port.
    pub id: String,
    /// Its scheme, host and port.
    pub origin: String,
}

impl Party {
    /// The party at an address; none where browsers make no keys: they want HTTPS or localhost,
    /// and a name, no number.
    pub fn at(base: &str) -> Option<Self> {
        let (scheme, rest) = base.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
        let id = host.split(':').next()?.to_owned();
        let local = id == "localhost" || id.ends_with(".localhost");
        let named = id.bytes().any(|byte| byte.is_ascii_alphabetic());
        let fine = named && (scheme == "https" || scheme == "http" && local);
        // Browsers leave the scheme's own port out of the origin.
        let host =
            host.strip_suffix(if scheme == "https" { ":443" } else { ":80" }).unwrap_or(&host);
        fine.then(|| Self { origin: format!("{scheme}://{host}"), id })
    }
}

/// What came back when a key was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Id of the key, as the browser told it.
    pub credential: Vec<u8>,
    /// What the browser collected, as JSON.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// The key as `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
}

/// What came back when a key was used.
#[derive(Clone, Debug)]
pub struct Used {
    /// Id of the key.
    pub credential: Vec<u8>,
    /// What the browser collected, as JSON.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// Over both.
    pub signature: Vec<u8>,
}

/// What a proof says besides that it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How often the key was used, if the authenticator counts.
    pub counter: u32,
    /// Whether the authenticator knew its owner by PIN, finger or face.
    pub verified: bool,
}

/// Why a key or a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// What the browser collected is no such thing.
    #[error("the browser's answer is not one that was asked for")]
    ClientData,
    /// Made for another question.
    #[error("the answer belongs to another question")]
    Challenge,
    /// Made on another site.
    #[error("the answer was made for another site")]
    Party,
    /// Nobody touched the authenticator.
    #[error("nobody was at the authenticator")]
    Absent,
    /// A key of a kind that is not taken.
    #[error("this kind of key is not taken")]
    Key,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
}

/// Judges a new key; the counter with which it begins.
pub fn judge_made(party: &Party, challenge: &[u8], made: &Made) -> Result<Proof, PasskeyError> {
    check_client(party, "webauthn.create", challenge, &made.client_data)?;
    let (proof, rest) = check_authenticator(party, &made.authenticator_data)?;
    let flags = made.authenticator_data.get(32).copied().unwrap_or_default();
    // Sixteen bytes name the model; then the length of the id, and the id.
    let told = rest.get(16..18).zip(rest.get(18..));
    let told = told.and_then(|(length, rest)| {
        let length: [u8; 2] = length.try_into().ok()?;
        rest.get(..usize::from(u16::from_be_bytes(length)))
    });
    if flags & MADE == 0 || told != Some(made.credential.as_slice()) {
        return Err(PasskeyError::Key);
    }
    key(&made.public_key)?;
    Ok(proof)
}

/// Judges the proof that somebody holds the key.
pub fn judge_used(
    party: &Party,
    challenge: &[u8],
    public_key: &[u8],
    used: &Used,
) -> Result<Proof, PasskeyError> {
    check_client(party, "webauthn.get", challenge, &used.client_data)?;
    let (proof, _) = check_authenticator(party, &used.authenticator_data)?;
    let signed = [used.authenticator_data.as_slice(), &Sha256::digest(&used.client_data)].concat();
    let key = key(public_key)?;
    key.verify(&signed, &used.signature).map_err(|_| PasskeyError::Signature)?;
    Ok(proof)
}

fn check_client(
    party: &Party,
    kind: &str,
    challenge: &[u8],
    client_data: &[u8],
) -> Result<(), PasskeyError> {
    let told: Value = serde_json::from_slice(client_data).map_err(|_| PasskeyError::ClientData)?;
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    if text("type") != Some(kind) {
        return Err(PasskeyError::ClientData);
    }
    let wanted = BASE64URL_NOPAD.encode(challenge);
    let same =
        text("challenge").is_some_and(|told| told.as_bytes().ct_eq(wanted.as_bytes()).into());
    if !same {
        return Err(PasskeyError::Challenge);
    }
    let framed = told.get("crossOrigin").and_then(Value::as_bool).unwrap_or_default();
    if text("origin") != Some(&party.origin) || framed {
        return Err(PasskeyError::Party);
    }
    Ok(())
}

/// What the authenticator says of itself, and what follows.
fn check_authenticator<'d>(
    party: &Party,
    data: &'d [u8],
) -> Result<(Proof, &'d [u8]), PasskeyError> {
    let (site, rest) = data.split_first_chunk::<32>().ok_or(PasskeyError::ClientData)?;
    let (flags, rest) = rest.split_first().ok_or(PasskeyError::ClientData)?;
    let (counter, rest) = rest.split_first_chunk::<4>().ok_or(PasskeyError::ClientData)?;
    if site.as_slice() != Sha256::digest(&party.id).as_slice() {
        return Err(PasskeyError::Party);
    }
    if flags & PRESENT == 0 {
        return Err(PasskeyError::Absent);
    }
    let counter = u32::from_be_bytes(*counter);
    Ok((Proof { counter, verified: flags & VERIFIED != 0 }, rest))
}

/// The key in a `SubjectPublicKeyInfo`.
fn key(der: &[u8]) -> Result<UnparsedPublicKey<&[u8]>, PasskeyError> {
    let parts = || {
        let (whole, nothing) = element(0x30, der)?;
        let (algorithm, rest) = element(0x30, whole)?;
        let (bits, no_more) = element(0x03, rest)?;
        let (0, key) = bits.split_first().map(|(unused, key)| (*unused, key))? else { return None };
        (nothing.is_empty() && no_more.is_empty()).then_some((algorithm, key))
    };
    let (algorithm, key) = parts().ok_or(PasskeyError::Key)?;
    let kind: &'static dyn VerificationAlgorithm = match algorithm {
        algorithm if algorithm == P256 && key.len() == 65 => &ECDSA_P256_SHA256_ASN1,
        algorithm if algorithm == ED && key.len() == 32 => &ED25519,
        algorithm if algorithm == RSA && key.len() > 256 => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err(PasskeyError::Key),
    };
    Ok(UnparsedPublicKey::new(kind, key))
}

/// The content of the element of that tag with which the bytes begin, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (short, rest) = rest.split_first().filter(|_| *first == tag)?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(*short), rest),
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
