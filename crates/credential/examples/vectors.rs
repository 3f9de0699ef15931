//! Prints `vectors/class_code.json`. The same output every time: the cases are written here, the
//! bytes follow from one master key.
//!
//! `cargo run -p muster-credential --example vectors > crates/credential/vectors/class_code.json`

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use muster_credential::Verdict;
use muster_credential::class_code::{self, ClassCode, ParseError, TypedCodeError, normalise_typed};
use muster_credential::keys::{MasterKey, SessionKey};
use muster_credential::otp::{self, Otp};
use muster_credential::ticket::{LIFETIME, Ticket, TicketError};
use serde_json::{Value, json};
use std::error::Error;
use uuid::Uuid;

const HOST: &str = "muster.example.edu";
const LESSON: &str = "01932f6e-3c80-7a1b-9c4d-5e6f708192a3";
const OTHER: &str = "01932f6e-4b20-7c3d-8e4f-a1b2c3d4e5f6";
const JUDGED_AT: i64 = 1_732_158_000_123_456;

struct Bench {
    master: MasterKey,
    lesson: Uuid,
    other: Uuid,
    key: SessionKey,
}

fn main() -> Result<(), Box<dyn Error>> {
    let master = MasterKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap_or(0)));
    let lesson = LESSON.parse()?;
    let key = master.session_key(lesson);
    let bench = Bench { master, lesson, other: OTHER.parse()?, key };
    let vectors = json!({
        "master": HEXLOWER.encode(&std::array::from_fn::<u8, 32, _>(|at| u8::try_from(at).unwrap_or(0))),
        "key_line": *bench.master.to_line(),
        "host": HOST,
        "codes": bench.codes(),
        "parse": bench.parse()?,
        "judge": bench.judge(),
        "typed": bench.typed(),
        "otp": bench.otp(),
        "tickets": bench.tickets()?,
    });
    println!("{}", serde_json::to_string_pretty(&vectors)?);
    Ok(())
}

impl Bench {
    fn codes(&self) -> Vec<Value> {
        [0, 1, 6, 89, 65_535, 65_536, 1_000_000_007]
            .iter()
            .flat_map(|step| [(self.lesson, *step), (self.other, *step)])
            .map(|(session, step)| {
                let key = self.master.session_key(session);
                let code = ClassCode::new(&key, session, step);
                json!({
                    "session": session.to_string(),
                    "step": step,
                    "tag": HEXLOWER.encode(&code.tag),
                    "base32": code.to_base32(),
                    "link": code.link(HOST, true),
                    "typed": code.typed_code().to_string(),
                    "otp": Otp::new(&key, session, step).to_string(),
                })
            })
            .collect()
    }

    fn parse(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let code = ClassCode::new(&self.key, self.lesson, 6);
        let bare = code.to_base32();
        let cut = |count| bare.chars().take(count).collect::<String>();
        let with_version = |version| -> Result<String, Box<dyn Error>> {
            let mut bytes = BASE32_NOPAD.decode(bare.as_bytes())?;
            bytes.splice(..1, [version]);
            Ok(BASE32_NOPAD.encode(&bytes))
        };
        Ok([
            ("link", code.link(HOST, true)),
            ("plain link", code.link("192.168.1.5:8080", false)),
            ("lower case link", code.link(HOST, true).to_lowercase()),
            ("path", format!("/C/{bare}")),
            ("lower case path", format!("/c/{}", bare.to_lowercase())),
            ("bare", bare.clone()),
            ("white space around", format!("\t {bare}\r\n")),
            ("empty", String::new()),
            ("one short", cut(30)),
            ("one long", format!("{bare}A")),
            ("padded", format!("{bare}=")),
            ("white space inside", format!("{} {}", cut(15), cut(15))),
            ("digit outside base32", format!("{}1", cut(30))),
            ("letter outside ASCII", format!("{}É", cut(30))),
            ("letter that folds to ASCII", format!("{}ſ", cut(30))),
            ("last character not canonical", format!("{}B", cut(30))),
            ("version 0", with_version(0)?),
            ("version 2", with_version(2)?),
            ("other path", format!("https://{HOST}/v/{bare}")),
            ("deeper path", format!("https://{HOST}/C/{bare}/x")),
            ("query", format!("https://{HOST}/C/{bare}?x=1")),
            ("fragment", format!("https://{HOST}/C/{bare}#x")),
            ("other scheme", format!("ftp://{HOST}/C/{bare}")),
            ("no host", format!("https:///C/{bare}")),
            ("host only", format!("https://{HOST}")),
        ]
        .into_iter()
        .map(|(name, text)| match text.parse::<ClassCode>() {
            Ok(code) => json!({
                "name": name,
                "text": text,
                "session": HEXLOWER.encode(&code.session.0),
                "step": code.step,
                "tag": HEXLOWER.encode(&code.tag),
            }),
            Err(error) => json!({ "name": name, "text": text, "error": parse_error(error) }),
        })
        .collect())
    }

    fn judge(&self) -> Vec<Value> {
        let code = ClassCode::new(&self.key, self.lesson, 70_000);
        let mut forged = code;
        forged.tag = forged.tag.map(|byte| byte ^ 1);
        let restamped = ClassCode { step: code.step + 1, ..code };
        let foreign = ClassCode::new(&self.master.session_key(self.other), self.other, 70_000);
        let disguised = ClassCode { session: code.session, ..foreign };
        [
            ("current step", code, 70_000),
            ("previous step", code, 70_001),
            ("two steps ago", code, 70_002),
            ("long ago", code, 100_000),
            ("next step", code, 69_999),
            ("more than half a round ago", code, 70_000 + 32_769),
            ("a whole round ago", code, 70_000 + 65_536),
            ("other tag", forged, 70_000),
            ("other step, same tag", restamped, 70_001),
            ("other session", foreign, 70_000),
            ("other session's tag", disguised, 70_000),
        ]
        .into_iter()
        .map(|(name, code, current)| {
            let verdict = class_code::judge(&self.key, self.lesson, &code, current);
            case(name, &code.to_base32(), current, verdict)
        })
        .collect()
    }

    fn typed(&self) -> Vec<Value> {
        let typed = ClassCode::new(&self.key, self.lesson, 149).typed_code().to_string();
        let (left, right) = typed.split_at(4);
        let old = ClassCode::new(&self.key, self.lesson, 1).typed_code().to_string();
        [
            ("as shown", typed.clone(), 149),
            ("previous step", typed.clone(), 150),
            ("two steps ago", typed.clone(), 151),
            ("thirty steps ago", typed.clone(), 179),
            ("thirty-one steps ago", typed.clone(), 180),
            ("next step", typed.clone(), 148),
            ("thirteen steps ahead", typed.clone(), 136),
            ("first steps", old, 0),
            ("lower case in two groups", format!(" {}-{} ", left.to_lowercase(), right), 149),
            ("O for 0, I and L for 1", typed.replace('0', "O").replace('1', "l"), 149),
            ("guess", "00000000".to_owned(), 149),
            ("too short", left.to_owned(), 149),
            ("too long", format!("{typed}0"), 149),
            ("no such letter", format!("{left}U{}", right.get(1..).unwrap_or_default()), 149),
        ]
        .into_iter()
        .map(|(name, text, current)| match normalise_typed(&text) {
            Ok(code) => {
                let verdict = class_code::judge_typed(&self.key, self.lesson, &code, current);
                case(name, &text, current, verdict)
            }
            Err(TypedCodeError::Length(_)) => {
                json!({ "name": name, "text": text, "error": "length" })
            }
            Err(TypedCodeError::Character(_)) => {
                json!({ "name": name, "text": text, "error": "character" })
            }
        })
        .collect()
    }

    fn otp(&self) -> Vec<Value> {
        let otp = Otp::new(&self.key, self.lesson, 20);
        [("current step", 20), ("previous step", 21), ("two steps ago", 22), ("next step", 19)]
            .into_iter()
            .map(|(name, current)| {
                let verdict = otp::judge(&self.key, self.lesson, otp, current);
                case(name, &otp.to_string(), current, verdict)
            })
            .collect()
    }

    fn tickets(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let device = *b"a device's bytes";
        let ticket = Ticket { session: self.lesson, step: 50, judged_at: JUDGED_AT, device };
        let key = self.master.ticket_key();
        let text = ticket.encode(&key);
        let altered = |at: usize, change: fn(u8) -> u8| -> Result<String, Box<dyn Error>> {
            let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes())?;
            if let Some(byte) = bytes.get_mut(at) {
                *byte = change(*byte);
            }
            Ok(BASE64URL_NOPAD.encode(&bytes))
        };
        let foreign = ticket.encode(&MasterKey::from_bytes([7; 32]).ticket_key());
        Ok([
            ("at once", text.clone(), JUDGED_AT),
            ("after five minutes", text.clone(), JUDGED_AT + LIFETIME),
            ("a microsecond later", text.clone(), JUDGED_AT + LIFETIME + 1),
            ("clock set back five minutes", text.clone(), JUDGED_AT - LIFETIME),
            ("clock set back further", text.clone(), JUDGED_AT - LIFETIME - 1),
            ("other step", altered(24, |byte| byte ^ 1)?, JUDGED_AT),
            ("other device", altered(48, |byte| byte ^ 1)?, JUDGED_AT),
            ("other tag", altered(80, |byte| byte ^ 1)?, JUDGED_AT),
            ("other version", altered(0, |_| 2)?, JUDGED_AT),
            ("other key", foreign, JUDGED_AT),
            ("padded", format!("{text}="), JUDGED_AT),
            ("cut", text.get(..104).unwrap_or_default().to_owned(), JUDGED_AT),
            ("empty", String::new(), JUDGED_AT),
        ]
        .into_iter()
        .map(|(name, text, now)| match Ticket::verify(&key, &text, now) {
            Ok(ticket) => json!({
                "name": name, "text": text, "now": now,
                "session": ticket.session.to_string(),
                "step": ticket.step,
                "judged_at": ticket.judged_at,
                "device": HEXLOWER.encode(&ticket.device),
            }),
            Err(error) => {
                json!({ "name": name, "text": text, "now": now, "error": ticket_error(error) })
            }
        })
        .collect())
    }
}

fn case(name: &str, text: &str, current_step: u64, verdict: Verdict) -> Value {
    let mut case =
        json!({ "name": name, "text": text, "session": LESSON, "current_step": current_step });
    let (verdict, step) = match verdict {
        Verdict::Valid { step } => ("valid", Some(step)),
        Verdict::Expired => ("expired", None),
        Verdict::Future => ("future", None),
        Verdict::Foreign => ("foreign", None),
        Verdict::Invalid => ("invalid", None),
    };
    if let Some(fields) = case.as_object_mut() {
        fields.insert("verdict".to_owned(), json!(verdict));
        fields.extend(step.map(|step| ("step".to_owned(), json!(step))));
    }
    case
}

fn parse_error(error: ParseError) -> &'static str {
    match error {
        ParseError::NotACode => "not-a-code",
        ParseError::Length(_) => "length",
        ParseError::Character => "character",
        ParseError::NotCanonical => "not-canonical",
        ParseError::Version(_) => "version",
    }
}

fn ticket_error(error: TicketError) -> &'static str {
    match error {
        TicketError::Malformed => "malformed",
        TicketError::Forged => "forged",
        TicketError::Expired => "expired",
    }
}
