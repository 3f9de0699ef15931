//! The tokens of links, tickets and devices: whatever is read is written alike, and nothing that was
//! made up counts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::keys::MasterKey;
use muster_credential::keys::signing::SigningKey;
use muster_credential::online::OnlineToken;
use muster_credential::otp::Otp;
use muster_credential::page::PageToken;
use muster_credential::ticket::Ticket;
use muster_credential::verifier;

fuzz_target!(|text: &str| {
    let master = MasterKey::from_bytes([7; 32]);
    if let Ok(read) = text.parse::<PageToken>() {
        assert_eq!(read.to_string(), text.to_ascii_lowercase());
        assert!(!read.is_genuine(&SigningKey::from_bytes([7; 32]).issuing_secret(), 1));
    }
    // A session's token is also read out of its link and with white space around it.
    if let Ok(read) = text.parse::<OnlineToken>() {
        let written = read.to_string();
        assert!(text.to_ascii_lowercase().contains(&written));
        assert!(written.parse::<OnlineToken>().is_ok_and(|again| again.to_string() == written));
    }
    let _ = Otp::parse(text);
    assert!(Ticket::verify(&master.ticket_key(), text, 0).is_err());
    let key = master.verifier_key();
    let device = uuid::Uuid::nil();
    assert!(!verifier::is_open(&key, device, text, i64::MIN));
    assert_eq!(verifier::holder(&key, text, i64::MIN), None);
    assert_eq!(verifier::holder(&key, &format!("muster-device-{text}"), i64::MIN), None);
});
