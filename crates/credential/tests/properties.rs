//! What must hold for every key, session and step, and for every text that anybody may send.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use muster_credential::Verdict;
use muster_credential::class_code::{self, ClassCode, normalise_typed};
use muster_credential::keys::MasterKey;
use muster_credential::otp::{self, Otp};
use muster_credential::ticket::{Ticket, TicketError};
use proptest::prelude::*;
use uuid::Uuid;

fn sessions() -> impl Strategy<Value = Uuid> {
    any::<[u8; 16]>().prop_map(Uuid::from_bytes)
}

fn tickets() -> impl Strategy<Value = Ticket> {
    (sessions(), any::<u64>(), any::<i64>(), any::<[u8; 16]>())
        .prop_map(|(session, step, judged_at, device)| Ticket { session, step, judged_at, device })
}

proptest! {
    #[test]
    fn a_code_survives_the_way_through_the_phone(
        master in any::<[u8; 32]>(),
        session in sessions(),
        step in any::<u64>(),
        host in "[a-z0-9.-]{1,35}",
        https in any::<bool>(),
        lower in any::<bool>(),
    ) {
        let key = MasterKey::from_bytes(master).session_key(session);
        let code = ClassCode::new(&key, session, step);
        let link = code.link(&host, https);
        prop_assert_eq!(&link, &link.to_ascii_uppercase());
        let read: ClassCode = if lower { link.to_lowercase() } else { link }.parse().unwrap();
        prop_assert_eq!(read, code);
        prop_assert_eq!(class_code::judge(&key, session, &read, step), Verdict::Valid { step });
    }

    #[test]
    fn a_typed_code_survives_the_way_through_the_fingers(
        master in any::<[u8; 32]>(),
        session in sessions(),
        step in any::<u64>(),
    ) {
        let key = MasterKey::from_bytes(master).session_key(session);
        let shown = ClassCode::new(&key, session, step).typed_code().to_string();
        let typed = normalise_typed(&shown.to_lowercase().replace('0', "o")).unwrap();
        prop_assert_eq!(typed.to_string(), shown);
        let verdict = class_code::judge_typed(&key, session, &typed, step);
        prop_assert_eq!(verdict, Verdict::Valid { step });
    }

    #[test]
    fn any_flipped_bit_spoils_a_code(
        master in any::<[u8; 32]>(),
        session in sessions(),
        step in any::<u64>(),
        bit in 0_usize..19 * 8,
    ) {
        let key = MasterKey::from_bytes(master).session_key(session);
        let code = ClassCode::new(&key, session, step);
        let mut bytes = BASE32_NOPAD.decode(code.to_base32().as_bytes()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = BASE32_NOPAD.encode(&bytes).parse::<ClassCode>();
        let verdict = flipped.map(|code| class_code::judge(&key, session, &code, step));
        let passed = matches!(verdict, Ok(Verdict::Valid { .. } | Verdict::Expired));
        prop_assert!(!passed, "{:?}", verdict);
    }

    #[test]
    fn a_code_is_worth_nothing_in_another_session(
        master in any::<[u8; 32]>(),
        session in sessions(),
        other in sessions(),
        step in any::<u64>(),
    ) {
        prop_assume!(session != other);
        let master = MasterKey::from_bytes(master);
        let code = ClassCode::new(&master.session_key(session), session, step);
        let verdict = class_code::judge(&master.session_key(other), other, &code, step);
        prop_assert!(matches!(verdict, Verdict::Foreign | Verdict::Invalid));
    }

    #[test]
    fn a_ticket_reads_back(master in any::<[u8; 32]>(), ticket in tickets()) {
        let key = MasterKey::from_bytes(master).ticket_key();
        let text = ticket.encode(&key);
        prop_assert_eq!(Ticket::verify(&key, &text, ticket.judged_at), Ok(ticket));
    }

    #[test]
    fn any_flipped_bit_spoils_a_ticket(
        master in any::<[u8; 32]>(),
        ticket in tickets(),
        bit in 0_usize..81 * 8,
    ) {
        let key = MasterKey::from_bytes(master).ticket_key();
        let mut bytes = BASE64URL_NOPAD.decode(ticket.encode(&key).as_bytes()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = BASE64URL_NOPAD.encode(&bytes);
        let refusal = if bit < 8 { TicketError::Malformed } else { TicketError::Forged };
        prop_assert_eq!(Ticket::verify(&key, &flipped, ticket.judged_at), Err(refusal));
    }

    #[test]
    fn no_text_makes_it_stumble(text in any::<String>(), now in any::<i64>(), step in any::<u64>()) {
        let (master, session) = (MasterKey::from_bytes([7; 32]), Uuid::from_bytes([3; 16]));
        let key = master.session_key(session);
        for text in [text.clone(), format!("/C/{text}"), format!("https://{text}")] {
            prop_assert!(text.parse::<ClassCode>().is_err());
        }
        prop_assert!(MasterKey::parse_line(&text).is_err());
        prop_assert!(Ticket::verify(&master.ticket_key(), &text, now).is_err());
        if let Ok(code) = normalise_typed(&text) {
            class_code::judge_typed(&key, session, &code, step);
        }
        if let Ok(otp) = Otp::parse(&text) {
            otp::judge(&key, session, otp, step);
        }
    }

    #[test]
    fn no_alphabet_soup_makes_it_stumble(text in "[A-Za-z2-7]{31}", step in any::<u64>()) {
        let session = Uuid::from_bytes([3; 16]);
        let key = MasterKey::from_bytes([7; 32]).session_key(session);
        if let Ok(code) = text.parse::<ClassCode>() {
            prop_assert_eq!(code.to_base32(), text.to_ascii_uppercase());
            class_code::judge(&key, session, &code, step);
        }
    }
}
