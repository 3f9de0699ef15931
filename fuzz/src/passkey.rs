//! Passkeys, and the keys of phones: whatever was made up is judged without stumbling, and a key that
//! reads is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::passkey::{Made, Party, Used, judge_made, judge_used};
use muster_credential::verifier::DeviceKey;

const CLIENT: &str =
    r#"{"type":"webauthn.KIND","challenge":"AQID","origin":"https://here.example"}"#;

fuzz_target!(|parts: (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, bool)| {
    let (credential, client_data, authenticator_data, public_key, ours) = parts;
    let party = Party::at("https://here.example").expect("an address");
    // What the browser collected is known to whoever attacks; what follows is not.
    let client = |kind: &str| match ours {
        true => CLIENT.replace("KIND", kind).into_bytes(),
        false => client_data.clone(),
    };
    let made = Made {
        credential: credential.clone(),
        client_data: client("create"),
        authenticator_data: authenticator_data.clone(),
        public_key: public_key.clone(),
    };
    if judge_made(&party, &[1, 2, 3], &made).is_ok() {
        assert!(made.authenticator_data.len() >= 55 + made.credential.len());
    }
    let used = Used {
        signature: credential.clone(),
        credential,
        client_data: client("get"),
        authenticator_data,
    };
    let _ = judge_used(&party, &[1, 2, 3], &public_key, &used);
    if let Some(key) = DeviceKey::from_bytes(&public_key) {
        assert_eq!(key.to_bytes(), public_key);
    }
    if let Ok(key) = serde_json::from_slice(&public_key) {
        let read = DeviceKey::from_jwk(&key);
        assert_eq!(read.and_then(|key| DeviceKey::from_bytes(&key.to_bytes())), read);
    }
});
