//! How an edge and its hub come to know each other's keys by a one-time code that neither tells: each
//! proves over its own key that it knows the code. Whoever is in between learns nothing to try codes
//! by, as these have 100 bits, and is believed by neither.

use crate::keys::public::PublicKey;
use crate::mac;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

const CODE: &[u8] = b"muster node code 1";
const ASKED: &[u8] = b"muster node enrolment 2";
const TOLD: &[u8] = b"muster node enrolled 1";

/// What follows from a one-time code: the hub keeps it until it is used. Never shown by `Debug`.
pub struct EnrolmentKey([u8; 32]);

/// What a hub tells the edge that it has enrolled.
#[derive(Clone, Copy, Debug)]
pub struct Told<'t> {
    /// As what it knows the edge.
    pub peer: Uuid,
    /// The hub's node.
    pub hub: Uuid,
    /// What the hub is called.
    pub name: &'t str,
    /// By which the hub signs from then on.
    pub key: &'t PublicKey,
}

impl EnrolmentKey {
    /// Of a code as people type it: in letters of either case, with dashes and spaces or without, O
    /// for 0, I or L for 1.
    pub fn of(code: &str) -> Self {
        let letters = code.chars().filter(char::is_ascii_alphanumeric);
        let plain: String = letters
            .map(|letter| match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        Self(mac::derive(&<[u8; 32]>::from(Sha256::digest(plain)), &[CODE]))
    }

    /// As it was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// By what an edge shows that it knows the code, and that this is its key.
    pub fn ask(&self, node: Uuid, key: &PublicKey) -> [u8; 32] {
        mac::hmac(&self.0, &[ASKED, node.as_bytes(), key.as_bytes()])
    }

    /// Whether an edge of that key showed that it knows the code.
    pub fn has_asked(&self, node: Uuid, key: &PublicKey, asked: &[u8; 32]) -> bool {
        self.ask(node, key).ct_eq(asked).into()
    }

    /// By what the hub answers that it knows the code, too, and that this is its key.
    pub fn tell(&self, asked: &[u8; 32], told: &Told<'_>) -> [u8; 32] {
        let Told { peer, hub, name, key } = told;
        let fixed = [asked.as_slice(), peer.as_bytes(), hub.as_bytes(), key.as_bytes()].concat();
        mac::hmac(&self.0, &[TOLD, &fixed, name.as_bytes()])
    }

    /// Whether whoever answered that knows the code.
    pub fn has_told(&self, asked: &[u8; 32], told: &Told<'_>, proof: &[u8; 32]) -> bool {
        self.tell(asked, told).ct_eq(proof).into()
    }
}

impl std::fmt::Debug for EnrolmentKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("EnrolmentKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    const EDGE: Uuid = Uuid::from_u128(1);
    const HUB: Uuid = Uuid::from_u128(2);
    const PEER: Uuid = Uuid::from_u128(3);

    fn public(byte: u8) -> PublicKey {
        MasterKey::from_bytes([byte; 32]).node_key().public()
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = EnrolmentKey::of("0A1BC-DEF1H");
        for typed in ["oaibc-deflh", " 0A1BC DEF1H ", "0a1bcdef1h"] {
            assert_eq!(EnrolmentKey::of(typed).as_bytes(), code.as_bytes(), "{typed}");
        }
        assert_ne!(EnrolmentKey::of("0A1BC-DEF1J").as_bytes(), code.as_bytes());
    }

    #[test]
    fn an_edge_proves_the_code_for_its_own_key() {
        let code = EnrolmentKey::of("CODE");
        let asked = code.ask(EDGE, &public(1));
        assert!(code.has_asked(EDGE, &public(1), &asked));
        assert!(!code.has_asked(HUB, &public(1), &asked));
        assert!(!code.has_asked(EDGE, &public(2), &asked));
        assert!(!EnrolmentKey::of("EDOC").has_asked(EDGE, &public(1), &asked));
    }

    #[test]
    fn a_hub_proves_the_code_for_its_own_key_and_this_question() {
        let code = EnrolmentKey::of("CODE");
        let (own, other) = (public(1), public(2));
        let asked = code.ask(EDGE, &public(3));
        let told = Told { peer: PEER, hub: HUB, name: "Campus", key: &own };
        let proof = code.tell(&asked, &told);
        assert!(code.has_told(&asked, &told, &proof));
        assert!(!code.has_told(&code.ask(HUB, &own), &told, &proof));
        assert!(!EnrolmentKey::of("EDOC").has_told(&asked, &told, &proof));
        for changed in [
            Told { peer: EDGE, ..told },
            Told { hub: EDGE, ..told },
            Told { name: "Somewhere", ..told },
            Told { key: &other, ..told },
        ] {
            assert!(!code.has_told(&asked, &changed, &proof), "{changed:?}");
        }
    }

    #[test]
    fn the_key_is_not_to_be_seen() {
        assert_eq!(format!("{:?}", EnrolmentKey::of("CODE")), "EnrolmentKey(…)");
    }
}
