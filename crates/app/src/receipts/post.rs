//! Reading what a device sends, and judging the signatures: before the transaction, since that is
//! arithmetic and no business of the database.

use crate::{Ctx, Result};
use muster_credential::receipt::Signed;
use muster_credential::verifier::DeviceKey;
use muster_domain::ids::{DeviceKeyId, ReceiptId};
use muster_storage::ReadTx;
use muster_storage::receipts::{self as stored, DeviceKeyRow, ReceiptRow};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A receipt whose signature was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    /// Where it stood in what was sent.
    pub position: usize,
    /// The receipt.
    pub signed: Signed,
    /// Whether the key that it names, if it is known here, has signed it.
    pub proven: bool,
}

/// Receipts that can be read, with the keys that they name.
#[derive(Clone, Debug)]
pub struct Post {
    receipts: Vec<(usize, Signed)>,
    keys: HashMap<DeviceKeyId, DeviceKeyRow>,
}

/// Reads a receipt that was sent under an id; none if it is damaged, or another's.
pub fn read(id: &str, text: &str) -> Option<Signed> {
    let signed = Signed::parse(text).ok()?;
    (Uuid::parse_str(id).ok()? == signed.receipt.id).then_some(signed)
}

impl Post {
    /// Finds the keys that these receipts name, each with its place in what was sent.
    pub fn gather(tx: &mut ReadTx<'_>, ctx: &Ctx, receipts: Vec<(usize, Signed)>) -> Result<Self> {
        ctx.person()?;
        let named: BTreeSet<_> =
            receipts.iter().map(|(_, signed)| DeviceKeyId(signed.receipt.key)).collect();
        let rows: Vec<DeviceKeyRow> = stored::keys(tx, &Vec::from_iter(named))?;
        Ok(Self { receipts, keys: rows.into_iter().map(|row| (row.id, row)).collect() })
    }

    /// Looks at every signature. The order is that in which they are taken: a device's own.
    pub fn check(self) -> Vec<Checked> {
        let keys: HashMap<_, _> = self
            .keys
            .iter()
            .filter_map(|(id, row)| Some((*id, DeviceKey::from_bytes(&row.public_key)?)))
            .collect();
        let check = |(position, signed): (usize, Signed)| {
            let key = keys.get(&DeviceKeyId(signed.receipt.key));
            Checked { position, signed, proven: key.is_some_and(|key| signed.is_by(key)) }
        };
        let mut checked: Vec<_> = self.receipts.into_iter().map(check).collect();
        let order = |one: &Checked| (one.signed.receipt.key, one.signed.receipt.sequence);
        checked.sort_by_key(|one| (order(one), one.position));
        checked
    }
}

impl Checked {
    /// Its id.
    pub fn id(&self) -> ReceiptId {
        ReceiptId(self.signed.receipt.id)
    }

    /// The key that it names.
    pub(super) fn key(&self) -> DeviceKeyId {
        DeviceKeyId(self.signed.receipt.key)
    }

    /// Whether it is the very one that was stored.
    pub(super) fn is(&self, row: &ReceiptRow) -> bool {
        row.bytes == self.signed.to_bytes()
    }
}
