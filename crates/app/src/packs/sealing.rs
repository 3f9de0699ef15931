//! What of a pack names people, sealed: by each credential for whoever is shown it, and as a list of
//! names for the phone that the pack is for.

use super::{Content, Holder, json};
use crate::{Ctx, Result, credentials};
use muster_credential::cti::Cti;
use muster_credential::keys::signing::{IssuingSecret, SigningKey, SigningKeyId};
use muster_credential::pack::{Sealed, names_place};
use muster_domain::ids::{PointId, VerifierDeviceId};
use muster_domain::verification::Standing;
use serde::Serialize;
use serde_json::{Value, json as value};
use std::collections::HashMap;
use uuid::Uuid;

/// A credential, as it stands in a pack.
#[derive(Serialize)]
pub(super) struct Known {
    k: String,
    id: Uuid,
    g: usize,
    admits: i64,
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    sealed: String,
}

/// What a credential opens.
#[derive(Serialize)]
struct Opened<'a> {
    names: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    programme: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo_type: Option<&'a str>,
}

impl<'a> From<&'a Holder> for Opened<'a> {
    fn from(holder: &'a Holder) -> Self {
        Self {
            names: &holder.names,
            number: holder.number.as_deref(),
            programme: holder.programme.as_deref(),
            photo: holder.photo.as_ref().map(|(_, picture)| base64(picture)),
            photo_type: holder.photo.as_ref().map(|(kind, _)| kind.as_str()),
        }
    }
}

/// Every issue, with whose it is sealed for whoever is shown the one that counts.
pub(super) fn sealed(ctx: &Ctx, content: &Content) -> Result<Vec<Known>> {
    let keys = credentials::keys(ctx)?;
    let mut secrets: HashMap<&[u8], Option<IssuingSecret>> = HashMap::new();
    let mut records = Vec::with_capacity(content.issues.len());
    for issue in &content.issues {
        let secret = secrets.entry(&issue.signing_key).or_insert_with(|| {
            let id = SigningKeyId(issue.signing_key.as_slice().try_into().ok()?);
            keys.get(id).map(SigningKey::issuing_secret)
        });
        let superseded = matches!(issue.standing, Standing::Superseded { .. });
        let holder = content.holders.get(&issue.record).filter(|_| !superseded);
        let sealed = match (secret, holder) {
            (Some(secret), Some(holder)) => {
                let number = u32::try_from(issue.number).unwrap_or_default();
                let cti = Cti::derive(secret, issue.record, number);
                let opened = json(&Opened::from(holder))?;
                base64(&Sealed::under(&cti).seal(nonce(ctx), &issue.digest, &opened))
            }
            // Without its key nobody's credential is genuine, so nobody is shown one.
            _ => String::new(),
        };
        records.push(Known {
            k: base64(&issue.digest),
            id: issue.record,
            g: issue.group,
            admits: issue.admits,
            standing: issue.standing,
            why: issue.why,
            sealed,
        });
    }
    Ok(records)
}

/// The list of names, for finding somebody who has nothing to show: for this phone alone.
pub(super) fn names(
    ctx: &Ctx,
    device: VerifierDeviceId,
    point: PointId,
    holders: &HashMap<Uuid, Holder>,
) -> Result<String> {
    let mut listed: Vec<_> = holders.iter().filter(|(_, holder)| holder.listed).collect();
    listed.sort_unstable_by_key(|(record, _)| **record);
    let line = |(record, holder): (&Uuid, &Holder)| match &holder.number {
        Some(number) => value!([record, holder.names, number]),
        None => value!([record, holder.names]),
    };
    let list: Vec<Value> = listed.into_iter().map(line).collect();
    let key = Sealed::for_device(&ctx.key.names_key(device.0));
    Ok(base64(&key.seal(nonce(ctx), &names_place(point.0), &json(&list)?)))
}

fn nonce(ctx: &Ctx) -> [u8; 12] {
    *ctx.random().first_chunk().unwrap_or(&[0; 12])
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}
