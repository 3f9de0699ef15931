//! The provider's public keys (RFC 7517, RFC 7518), and signatures by them.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// A signature that is taken: by a key of the provider's. `none` is not among them, nor is any by
/// the secret that we share with the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    /// By its name (RFC 7518, section 3.1; RFC 8037, section 3.1).
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }

    fn rsa(self) -> Option<&'static RsaParameters> {
        Some(match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Self::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Self::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            Self::Es256 | Self::Es384 | Self::EdDsa => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key that signs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

/// The keys of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys(Vec<Key>);

impl Keys {
    /// Reads a set; keys of a kind that is not taken, or not for signatures, are left out.
    pub fn read(set: &Value) -> Option<Self> {
        Some(Self(set.get("keys")?.as_array()?.iter().filter_map(Key::read).collect()))
    }

    /// Whether one of the keys made the signature; none if no key is of that id and kind.
    pub fn verify(
        &self,
        id: Option<&str>,
        name: &str,
        signed: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let algorithm = Algorithm::named(name)?;
        let mut fitting = self
            .0
            .iter()
            .filter(|key| id.is_none() || key.id.as_deref() == id)
            .filter(|key| key.algorithm.as_deref().is_none_or(|only| only == name))
            .filter(|key| key.material.fits(algorithm))
            .peekable();
        fitting.peek()?;
        Some(fitting.any(|key| key.material.verify(algorithm, signed, signature)))
    }
}

impl Key {
    fn read(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok();
        if text("use").is_some_and(|for_what| for_what != "sig") {
            return None;
        }
        // A point of a curve, uncompressed (SEC 1, section 2.3.3).
        let point = |long: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x.len() == long && y.len() == long).then(|| [&[4], x.as_slice(), &y].concat())
        };
        let material = match (text("kty")?, text("crv").unwrap_or_default()) {
            ("RSA", _) => Material::Rsa { n: bytes("n")?, e: bytes("e")? },
            ("EC", "P-256") => Material::P256(point(32)?),
            ("EC", "P-384") => Material::P384(point(48)?),
            ("OKP", "Ed25519") => Material::Ed25519(bytes("x")?),
            _ => return None,
        };
        let (id, algorithm) = (text("kid").map(str::to_owned), text("alg").map(str::to_owned));
        Some(Self { id, algorithm, material })
    }
}

impl Material {
    const fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => {
                !matches!(algorithm, Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa)
            }
            Self::P256(_) => matches!(algorithm, Algorithm::Es256),
            Self::P384(_) => matches!(algorithm, Algorithm::Es384),
            Self::Ed25519(_) => matches!(algorithm, Algorithm::EdDsa),
        }
    }

    fn verify(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let by = |parameters: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(parameters, key).verify(signed, signature).is_ok()
        };
        match self {
            Self::Rsa { n, e } => algorithm.rsa().is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }),
            Self::P256(key) => by(&signature::ECDSA_P256_SHA256_FIXED, key),
            Self::P384(key) => by(&signature::ECDSA_P384_SHA384_FIXED, key),
            Self::Ed25519(key) => by(&signature::ED25519, key),
        }
    }
}
