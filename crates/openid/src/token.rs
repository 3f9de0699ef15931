//! What the provider signed (RFC 7515, RFC 7519), checked as `OpenID` Connect Core, section
//! 3.1.3.7, wants it.

use crate::keys::{Algorithm, Keys};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// How far apart the provider's clock and ours may be, in seconds.
const LEEWAY: i64 = 60;

/// For whom and for which sign-in a token must be.
pub(crate) struct Asked<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: i64,
}

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("it is no token")]
    Shape,
    #[error("it is not signed in a way that is taken")]
    Algorithm,
    #[error("it is signed by a key that the provider does not name")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it has expired, or is of another time")]
    Time,
    #[error("it is for another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
}

/// The claims of a token that holds.
pub(crate) fn verify(token: &str, keys: &Keys, asked: &Asked<'_>) -> Result<Value, TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Shape)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::Shape)?;
    let header = json(header)?;
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let name = text(&header, "alg").unwrap_or_default();
    // What must be understood and is not (RFC 7515, section 4.1.11) makes a token useless.
    if Algorithm::named(&name).is_none() || header.get("crit").is_some() {
        return Err(TokenError::Algorithm);
    }
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| TokenError::Shape)?;
    let id = text(&header, "kid");
    match keys.verify(id.as_deref(), &name, signed.as_bytes(), &signature) {
        Some(true) => {}
        // Without an id there is no telling whether the key is new or the signature wrong.
        None => return Err(TokenError::UnknownKey),
        Some(false) if id.is_none() => return Err(TokenError::UnknownKey),
        Some(false) => return Err(TokenError::Signature),
    }
    let claims = json(claims)?;
    check(&claims, asked)?;
    Ok(claims)
}

fn json(part: &str) -> Result<Value, TokenError> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Shape)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| TokenError::Shape)?;
    if value.is_object() { Ok(value) } else { Err(TokenError::Shape) }
}

fn check(claims: &Value, asked: &Asked<'_>) -> Result<(), TokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("iss") != asked.issuer {
        return Err(TokenError::Issuer);
    }
    if !is_for(claims, asked.client_id) {
        return Err(TokenError::Audience);
    }
    let time = |name: &str| claims.get(name).and_then(seconds);
    let expired = time("exp").is_none_or(|exp| exp.saturating_add(LEEWAY) <= asked.now);
    let early = |name: &str| time(name).is_some_and(|at| at > asked.now.saturating_add(LEEWAY));
    if expired || time("iat").is_none() || early("iat") || early("nbf") {
        return Err(TokenError::Time);
    }
    if !bool::from(text("nonce").as_bytes().ct_eq(asked.nonce.as_bytes())) {
        return Err(TokenError::Nonce);
    }
    if text("sub").is_empty() { Err(TokenError::Subject) } else { Ok(()) }
}

/// Seconds since 1970, which may have a fraction (RFC 7519, section 2).
#[allow(clippy::cast_possible_truncation, reason = "it saturates, and fractions don't matter")]
fn seconds(time: &Value) -> Option<i64> {
    time.as_i64().or_else(|| time.as_f64().map(|seconds| seconds as i64))
}

/// Whether we are among those for whom it is; of several, it must be us who asked for it.
fn is_for(claims: &Value, client_id: &str) -> bool {
    let (named, alone) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, true),
        Some(Value::Array(all)) => (all.iter().any(|one| one == client_id), all.len() == 1),
        _ => (false, false),
    };
    match claims.get("azp") {
        Some(party) => named && party == client_id,
        None => named && alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_000_000;

    fn judge(change: impl FnOnce(&mut Value)) -> Result<(), TokenError> {
        let mut claims = json!({
            "iss": "https://id.example", "aud": "muster", "sub": "1", "nonce": "n",
            "iat": NOW, "exp": NOW + 300,
        });
        change(&mut claims);
        let issuer = "https://id.example";
        check(&claims, &Asked { issuer, client_id: "muster", nonce: "n", now: NOW })
    }

    #[test]
    fn claims_that_are_for_this_sign_in_hold() {
        assert_eq!(judge(|_| {}), Ok(()));
        assert_eq!(judge(|claims| claims["aud"] = json!(["muster"])), Ok(()));
        let several = |claims: &mut Value| {
            claims["aud"] = json!(["other", "muster"]);
            claims["azp"] = json!("muster");
        };
        assert_eq!(judge(several), Ok(()));
        assert_eq!(judge(|claims| claims["exp"] = json!(NOW - LEEWAY + 1)), Ok(()));
    }

    #[test]
    fn claims_for_others_do_not() {
        let cases = [
            ("iss", json!("https://id.example/"), TokenError::Issuer),
            ("aud", json!(["muster", "other"]), TokenError::Audience),
            ("aud", json!("other"), TokenError::Audience),
            ("aud", json!([]), TokenError::Audience),
            ("aud", Value::Null, TokenError::Audience),
            ("azp", json!("other"), TokenError::Audience),
            ("exp", json!(NOW - LEEWAY), TokenError::Time),
            ("exp", Value::Null, TokenError::Time),
            ("iat", json!(NOW + LEEWAY + 1), TokenError::Time),
            ("iat", Value::Null, TokenError::Time),
            ("nbf", json!(NOW + LEEWAY + 1), TokenError::Time),
            ("nonce", json!("m"), TokenError::Nonce),
            ("nonce", Value::Null, TokenError::Nonce),
            ("sub", json!(""), TokenError::Subject),
        ];
        for (name, value, expected) in cases {
            let what = format!("{name} {value}");
            assert_eq!(judge(|claims| claims[name] = value), Err(expected), "{what}");
        }
    }
}
