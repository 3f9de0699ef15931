//! Cases of texts around the message: links, prefixes, digits; and of readable codes.

use super::bytes::{HOST, bare, good, link};
use super::messages::Case;
use muster_credential::digits;

pub fn all() -> Vec<Case> {
    [good_ones(), not_ours(), wrong_digits()].concat()
}

fn good_ones() -> Vec<Case> {
    let digits = digits::encode(&good());
    vec![
        ("link", link(&good()), "ours", "ok"),
        ("plain link with a port", format!("http://192.168.1.5:8080/v#{digits}"), "ours", "ok"),
        (
            "link with an address of version 6",
            format!("https://[::1]:8080/v#{digits}"),
            "ours",
            "ok",
        ),
        ("upper case link", format!("HTTPS://{}/v#{digits}", HOST.to_uppercase()), "ours", "ok"),
        ("lower case prefix", format!("muster:{digits}"), "ours", "ok"),
        ("white space around", format!("\t {}\r\n", link(&good())), "ours", "ok"),
        ("another host's link", format!("https://other.example/v#{digits}"), "ours", "ok"),
    ]
}

fn not_ours() -> Vec<Case> {
    let digits = digits::encode(&good());
    [
        ("nothing", String::new()),
        ("white space alone", " \n".to_owned()),
        ("digits alone", digits.clone()),
        ("a class code", format!("HTTPS://{HOST}/C/AFPG64EBSKRQABWFD73GNHRA367HHJI")),
        ("a page", format!("https://{HOST}/v")),
        ("another path", format!("https://{HOST}/w#{digits}")),
        ("upper case path", format!("https://{HOST}/V#{digits}")),
        ("a deeper path", format!("https://{HOST}/x/v#{digits}")),
        ("a query", format!("https://{HOST}/v?x=1#{digits}")),
        ("a query before the path", format!("https://{HOST}?x/v#{digits}")),
        ("another fragment before it", format!("https://{HOST}/#/v#{digits}")),
        ("a user's name", format!("https://a@{HOST}/v#{digits}")),
        ("no host", format!("https:///v#{digits}")),
        ("a host with a space", format!("https://a b/v#{digits}")),
        ("a host beyond ASCII", format!("https://müster.example/v#{digits}")),
        ("another scheme", format!("ftp://{HOST}/v#{digits}")),
        ("no scheme", format!("{HOST}/v#{digits}")),
        ("prefix without a colon", format!("MUSTER{digits}")),
        ("another prefix", format!("MASTER:{digits}")),
        ("white space that is not ASCII", format!("\u{a0}{}", bare(&good()))),
        ("a letter that folds to ASCII", format!("MUſTER:{digits}")),
    ]
    .map(|(name, text)| (name, text, "ours", "not-ours"))
    .to_vec()
}

fn wrong_digits() -> Vec<Case> {
    let digits = digits::encode(&good());
    let behind = |digits: &str| format!("MUSTER:{digits}");
    let begin = |head: &str| behind(&format!("{head}{}", &digits[head.len()..]));
    vec![
        ("link without digits", format!("https://{HOST}/v#"), "ours", "digits-empty"),
        ("prefix without digits", behind(""), "ours", "digits-empty"),
        ("a letter", begin("O"), "ours", "digits-character"),
        ("a sign", begin("+"), "ours", "digits-character"),
        ("a space", begin("00 "), "ours", "digits-character"),
        ("digits of another script", behind("٣٣٣"), "ours", "digits-character"),
        ("another fragment after it", format!("{}#1", link(&good())), "ours", "digits-character"),
        ("a digit too few", behind(&digits[..digits.len() - 1]), "ours", "digits-length"),
        ("a digit too many", behind(&format!("{digits}0")), "ours", "digits-length"),
        ("first group too large", begin("72057594037927936"), "ours", "digits-overflow"),
        ("first group as large as can be", begin("99999999999999999"), "ours", "digits-overflow"),
        ("last group too large", behind("00283686952306183256"), "ours", "digits-overflow"),
    ]
}

/// Name, text, what it reads as or why it doesn't.
pub fn readable() -> Vec<(&'static str, &'static str, Result<&'static str, &'static str>)> {
    vec![
        ("as it is printed", "01234-5678V", Ok("01234-5678V")),
        ("without the hyphen", "012345678V", Ok("01234-5678V")),
        ("lower case", "01234-5678v", Ok("01234-5678V")),
        ("letters for digits", "OI234-5678V", Ok("01234-5678V")),
        ("other letters for digits", "ol234 5678v", Ok("01234-5678V")),
        ("white space and hyphens", " 0-1 2\t345--678v\r\n", Ok("01234-5678V")),
        ("zeros", "0000000000", Ok("00000-00000")),
        ("the highest digits", "ZZZZZ-ZZZZY", Ok("ZZZZZ-ZZZZY")),
        ("nothing", "", Err("length")),
        ("nine characters", "01234-5678", Err("length")),
        ("eleven characters", "01234-5678V0", Err("length")),
        ("a character that no code has", "U1234-5678V", Err("character")),
        ("a check symbol that is not issued", "01234-5678*", Err("character")),
        ("beyond ASCII", "٠1234-5678V", Err("character")),
        ("a letter that folds to ASCII", "01234-567ſV", Err("character")),
        ("white space beyond ASCII", "01234\u{a0}5678V", Err("character")),
        ("one character wrong", "01234-5679V", Err("check")),
        ("two characters swapped", "01243-5678V", Err("check")),
        ("last two swapped", "01234-567V8", Err("check")),
        ("check symbol wrong", "01234-5678W", Err("check")),
    ]
}
