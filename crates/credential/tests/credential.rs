//! What must hold for every credential, and for every text that anybody may show.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_credential::cti::Cti;
use muster_credential::digits;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::{KeySet, PublicKey};
use muster_credential::keys::signing::SigningKey;
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::{Credential, Refusal, verify};
use proptest::prelude::*;
use proptest::sample::select;

fn claims() -> impl Strategy<Value = Claims> {
    let kinds = select(vec![Kind::Docket, Kind::Pass, Kind::Badge]);
    let ids = (any::<[u8; 8]>(), any::<[u8; 8]>(), any::<[u8; 16]>());
    let times = prop_oneof![0..300_u64, 1_700_000_000..1_900_000_000_u64, 0..1_u64 << 52];
    (kinds, ids, times, 1..1_u64 << 50).prop_map(|(kind, (scope, holder, cti), from, seconds)| {
        Claims {
            kind,
            scope: ShortId(scope),
            holder: ShortId(holder),
            validity: Validity::new(from, from + seconds).unwrap(),
            cti: Cti::from_bytes(cti),
        }
    })
}

fn set(key: &SigningKey) -> KeySet {
    KeySet::from(&KeyRing::from(key.clone()))
}

fn one() -> (SigningKey, Claims) {
    let claims = Claims {
        kind: Kind::Pass,
        scope: ShortId([1; 8]),
        holder: ShortId([2; 8]),
        validity: Validity::new(1_732_060_800, 1_735_689_600).unwrap(),
        cti: Cti::from_bytes([3; 16]),
    };
    (SigningKey::from_bytes([7; 32]), claims)
}

proptest! {
    #[test]
    fn what_is_signed_is_what_is_read(
        secret in any::<[u8; 32]>(),
        claims in claims(),
        host in "[a-z0-9.-]{1,40}",
        https in any::<bool>(),
    ) {
        let key = SigningKey::from_bytes(secret);
        let credential = Credential::sign(&key, claims);
        for text in [credential.link(&host, https), credential.bare()] {
            prop_assert_eq!(verify(&text, &set(&key)), Ok(claims));
        }
        prop_assert_eq!(Credential::from_bytes(&credential.to_bytes()), Ok(credential));
    }

    #[test]
    fn other_keys_know_nothing_of_it(
        secret in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
        claims in claims(),
    ) {
        prop_assume!(secret != other);
        let (key, other) = (SigningKey::from_bytes(secret), SigningKey::from_bytes(other));
        let text = Credential::sign(&key, claims).bare();
        prop_assert_eq!(verify(&text, &set(&other)), Err(Refusal::UnknownKey(key.id())));
        let mut impostor = KeySet::default();
        impostor.add(key.id(), *other.public());
        prop_assert_eq!(verify(&text, &impostor), Err(Refusal::Forged));
        impostor.add(key.id(), *key.public());
        prop_assert_eq!(verify(&text, &impostor), Ok(claims));
    }

    #[test]
    fn a_changed_digit_is_noticed(at in 0_usize..350, by in 1_u8..10) {
        let (key, claims) = one();
        let mut digits = digits::encode(&Credential::sign(&key, claims).to_bytes()).into_bytes();
        let at = at % digits.len();
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        let text = format!("MUSTER:{}", String::from_utf8(digits).unwrap());
        prop_assert!(verify(&text, &set(&key)).is_err());
    }

    #[test]
    fn whatever_reads_has_one_spelling(
        at in 0_usize..145,
        bytes in prop::collection::vec(any::<u8>(), 0..4),
        cut in 0_usize..4,
    ) {
        let (key, claims) = one();
        let mut changed = Credential::sign(&key, claims).to_bytes();
        let end = (at + cut).min(changed.len());
        changed.splice(at..end, bytes);
        if let Ok(read) = Credential::from_bytes(&changed) {
            prop_assert_eq!(read.to_bytes(), changed);
        }
    }

    #[test]
    fn digits_and_bytes_are_one_to_one(bytes in prop::collection::vec(any::<u8>(), 1..64)) {
        prop_assert_eq!(digits::decode(&digits::encode(&bytes)), Ok(bytes));
    }

    #[test]
    fn digits_that_read_are_written_alike(text in "[0-9]{1,60}") {
        if let Ok(bytes) = digits::decode(&text) {
            prop_assert_eq!(digits::encode(&bytes), text);
        }
    }

    #[test]
    fn no_text_makes_it_stumble(text in any::<String>(), digits in "[0-9]{0,400}") {
        let keys = set(&one().0);
        for text in [&text, &format!("MUSTER:{text}"), &format!("https://a/v#{text}")] {
            prop_assert!(verify(text, &keys).is_err());
        }
        let text = format!("MUSTER:{digits}");
        prop_assert!(verify(&text, &keys).is_err());
        let _ = text.parse::<KeyRing<SigningKey>>();
        let _ = text.parse::<ReadableCode>();
    }

    #[test]
    fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Credential::from_bytes(&bytes).is_err());
        if let Ok(claims) = Claims::from_cbor(&bytes) {
            prop_assert_eq!(claims.to_cbor(), bytes);
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (key, claims) = one();
    let bytes = Credential::sign(&key, claims).to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let verdict = Credential::from_bytes(&flipped).map(|read| read.verify(&set(&key)));
        assert!(!matches!(verdict, Ok(Ok(_))), "bit {bit}");
    }
}

#[test]
fn every_end_that_is_cut_off_is_noticed() {
    let (key, claims) = one();
    let bytes = Credential::sign(&key, claims).to_bytes();
    for length in 0..bytes.len() {
        assert!(Credential::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn keys_under_which_anybody_can_sign_are_refused() {
    let neutral: [u8; 32] = std::array::from_fn(|at| u8::from(at == 0));
    assert_eq!(PublicKey::from_bytes(neutral), None);
    assert_eq!(PublicKey::from_bytes([0xff; 32]), None);
    let own = *SigningKey::from_bytes([7; 32]).public();
    assert_eq!(PublicKey::from_bytes(*own.as_bytes()), Some(own));
}

#[test]
fn debug_shows_nothing_that_opens_a_door() {
    let (key, claims) = one();
    let credential = Credential::sign(&key, claims);
    let shown = format!("{credential:?}");
    assert!(shown.contains(&key.id().to_string()), "{shown}");
    assert!(shown.contains("Cti(…)"), "{shown}");
}
