//! Cases of whole messages: well formed or not, genuine or forged.

use super::bytes::{
    EXPIRES, NOT_BEFORE, Parts, SCOPE, bare, bstr, claims, cti, good, head, header, join, kid,
    message, purpose, put_together, sign, signed_bytes, tail, text,
};

/// Name, text, key set, what it must give.
pub type Case = (&'static str, String, &'static str, &'static str);

/// R is the neutral point and S = h·a: the sum is right, but such an R proves nothing. Made with
/// the private key.
const NEUTRAL_R: &str = "0100000000000000000000000000000000000000000000000000000000000000\
    8a6a61376d59bf308b9153f2b5879ca52f0ae82313c7fb1a57898f1b1dd16c09";
/// R has a part of order 8 and S = r + h·a: right with a cofactor alone. Made with the private key.
const MIXED_R: &str = "313b5eaf1d2d784bdf782b7382fe74f84e1bc1969df8026694be8ea156deca71\
    1452d028f3e0d9aa893c472021e587934f114754551ad17e5ec2e0006ef4980f";
/// The order of the group, lowest byte first.
const ORDER: [u8; 32] = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10";

pub fn all() -> Vec<Case> {
    [good_ones(), envelopes(), headers(), payloads(), numbers(), forgeries(), keys()].concat()
}

fn with(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::new();
    change(&mut parts);
    bare(&claims(&parts))
}

fn valid(not_before: u64, expires: u64) -> String {
    with(|parts| {
        parts.not_before = join(&[head(0, 5), head(0, not_before)]);
        parts.expires = join(&[head(0, 4), head(0, expires)]);
    })
}

fn good_ones() -> Vec<Case> {
    let older = {
        let (header, payload) = (header(&kid(32)), Parts::new().payload());
        put_together(&header, &payload, &sign(32, &signed_bytes(&header, &payload)))
    };
    let zeros = with(|parts| {
        parts.holder = join(&[head(0, 2), text("AAAAAAAAAAA")]);
        parts.cti = join(&[head(0, 7), bstr(&[0; 16])]);
        parts.purpose = purpose(2, &[0; 8]);
    });
    vec![
        ("docket", bare(&good()), "ours", "ok"),
        ("pass", with(|parts| parts.purpose = purpose(2, &tail(SCOPE))), "ours", "ok"),
        ("badge", with(|parts| parts.purpose = purpose(3, &tail(SCOPE))), "ours", "ok"),
        ("ids of zeros", zeros, "ours", "ok"),
        ("signed with an older key", bare(&older), "ours", "ok"),
        ("valid for the first second", valid(0, 1), "ours", "ok"),
        ("numbers of one byte", valid(23, 24), "ours", "ok"),
        ("numbers of two bytes", valid(255, 256), "ours", "ok"),
        ("numbers of three bytes", valid(65_535, 65_536), "ours", "ok"),
        ("beyond 2106", valid(0xffff_ffff, 0x1_0000_0000), "ours", "ok"),
        ("the largest number", valid(NOT_BEFORE, (1 << 53) - 1), "ours", "ok"),
        ("two keys of one name, the second is it", bare(&good()), "namesakes", "ok"),
    ]
}

fn envelopes() -> Vec<Case> {
    let good = good();
    let protected = header(&kid(0));
    let payload = Parts::new().payload();
    let signature = &good[good.len() - 64..];
    let built = |parts: &[Vec<u8>]| bare(&join(parts));
    let body = [bstr(&protected), head(5, 0), bstr(&payload), bstr(signature)].concat();
    let short = [&good[..good.len() - 66], &bstr(&signature[..63])].concat();
    let long = [&good[..good.len() - 66], &bstr(&[signature, &[0]].concat())].concat();
    let detached =
        [head(6, 18), head(4, 4), bstr(&protected), head(5, 0), vec![0xf6], bstr(signature)];
    let unprotected = [
        head(6, 18),
        head(4, 4),
        bstr(&protected),
        join(&[head(5, 1), head(0, 4), bstr(&kid(0))]),
        bstr(&payload),
        bstr(signature),
    ];
    vec![
        ("cut by seven bytes", bare(&good[..good.len() - 7]), "ours", "cbor-truncated"),
        ("one byte", bare(&good[..1]), "ours", "cbor-truncated"),
        ("a byte too many", bare(&[good.as_slice(), &[0]].concat()), "ours", "cbor-trailing"),
        ("no tag", bare(&good[1..]), "ours", "envelope"),
        (
            "tag of several signers",
            built(&[head(6, 98), head(4, 4), body.clone()]),
            "ours",
            "envelope",
        ),
        ("tag of a MAC", built(&[head(6, 17), head(4, 4), body.clone()]), "ours", "envelope"),
        (
            "tag in two bytes",
            built(&[vec![0xd8, 18], head(4, 4), body.clone()]),
            "ours",
            "cbor-not-shortest",
        ),
        ("tagged twice", built(&[head(6, 61), good.clone()]), "ours", "envelope"),
        ("three parts", built(&[head(6, 18), head(4, 3), body.clone()]), "ours", "envelope"),
        (
            "five parts",
            built(&[head(6, 18), head(4, 5), body.clone(), vec![0xf6]]),
            "ours",
            "envelope",
        ),
        (
            "parts without a count",
            built(&[head(6, 18), vec![0x9f], body, vec![0xff]]),
            "ours",
            "cbor-indefinite",
        ),
        ("claims elsewhere", built(&detached), "ours", "cbor-type"),
        ("an unprotected header", built(&unprotected), "ours", "header"),
        ("signature of 63 bytes", bare(&short), "ours", "envelope"),
        ("signature of 65 bytes", bare(&long), "ours", "envelope"),
    ]
}

fn headers() -> Vec<Case> {
    let payload = Parts::new().payload();
    let by = |parts: &[Vec<u8>]| bare(&message(&join(parts), &payload));
    let (one, four) = (head(0, 1), head(0, 4));
    let id = bstr(&kid(0));
    let critical = join(&[head(0, 2), head(4, 1), head(0, 99)]);
    let alg =
        |number: u64| by(&[head(5, 2), one.clone(), head(1, number), four.clone(), id.clone()]);
    let eddsa = head(1, 18);
    vec![
        ("algorithm EdDSA of before", alg(7), "ours", "algorithm"),
        ("algorithm ES256", alg(6), "ours", "algorithm"),
        (
            "algorithm as text",
            by(&[head(5, 2), one.clone(), text("Ed25519"), four.clone(), id.clone()]),
            "ours",
            "algorithm",
        ),
        ("no algorithm", by(&[head(5, 1), four.clone(), id.clone()]), "ours", "header"),
        ("no key id", by(&[head(5, 1), one.clone(), eddsa.clone()]), "ours", "header"),
        (
            "key id first",
            by(&[head(5, 2), four.clone(), id.clone(), one.clone(), eddsa.clone()]),
            "ours",
            "header",
        ),
        (
            "a critical header",
            by(&[head(5, 3), one.clone(), eddsa.clone(), critical, four.clone(), id.clone()]),
            "ours",
            "header",
        ),
        (
            "the key id twice",
            by(&[
                head(5, 3),
                one.clone(),
                eddsa.clone(),
                four.clone(),
                id.clone(),
                four.clone(),
                id.clone(),
            ]),
            "ours",
            "header",
        ),
        (
            "key id of seven bytes",
            by(&[head(5, 2), one.clone(), eddsa.clone(), four.clone(), bstr(&[1; 7])]),
            "ours",
            "header",
        ),
        (
            "key id as text",
            by(&[head(5, 2), one.clone(), eddsa.clone(), four.clone(), text("12345678")]),
            "ours",
            "cbor-type",
        ),
        (
            "something after the headers",
            by(&[head(5, 2), one, eddsa, four, id, vec![0]]),
            "ours",
            "cbor-trailing",
        ),
        ("no headers", by(&[]), "ours", "cbor-truncated"),
    ]
}

fn payloads() -> Vec<Case> {
    let holder = |item: Vec<u8>| with(|parts| parts.holder = join(&[head(0, 2), item]));
    let whole = |bytes: &[u8]| bare(&message(&header(&kid(0)), bytes));
    let good = Parts::new();
    let swapped = with(|parts| std::mem::swap(&mut parts.expires, &mut parts.not_before));
    let twice = with(|parts| parts.not_before = parts.expires.clone());
    let fewer = with(|parts| {
        parts.map = head(5, 4);
        parts.holder = Vec::new();
    });
    let more = with(|parts| {
        parts.map = head(5, 6);
        parts.holder = join(&[head(0, 1), text("us"), parts.holder.clone()]);
    });
    let indefinite = with(|parts| {
        parts.map = vec![0xbf];
        parts.purpose.push(0xff);
    });
    let purposes = |parts: &[Vec<u8>]| {
        let purpose = join(parts);
        with(|parts| parts.purpose = purpose)
    };
    let scope = bstr(&tail(SCOPE));
    vec![
        ("no claims", whole(b""), "ours", "cbor-truncated"),
        ("a claim is missing", fewer, "ours", "claims"),
        ("an issuer is named", more, "ours", "claims"),
        ("claims out of order", swapped, "ours", "claims"),
        ("a claim twice", twice, "ours", "claims"),
        ("claims without a count", indefinite, "ours", "cbor-indefinite"),
        (
            "something after the claims",
            whole(&[good.payload(), vec![0]].concat()),
            "ours",
            "cbor-trailing",
        ),
        ("holder of ten characters", holder(text("nE1eb3CBkq")), "ours", "id"),
        ("holder with bits too many", holder(text("nE1eb3CBkqN")), "ours", "id"),
        ("holder padded", holder(text("nE1eb3CBkqM=")), "ours", "id"),
        ("holder of another alphabet", holder(text("nE1eb3CBkq+")), "ours", "id"),
        ("holder as bytes", holder(bstr(b"nE1eb3CBkqM")), "ours", "cbor-type"),
        (
            "id of 15 bytes",
            with(|parts| parts.cti = join(&[head(0, 7), bstr(&cti(0)[..15])])),
            "ours",
            "id",
        ),
        ("scope of 16 bytes", with(|parts| parts.purpose = purpose(1, &[7; 16])), "ours", "id"),
        ("kind 0", with(|parts| parts.purpose = purpose(0, &[7; 8])), "ours", "kind"),
        ("kind 4", with(|parts| parts.purpose = purpose(4, &[7; 8])), "ours", "kind"),
        (
            "a later version's claim",
            purposes(&[head(1, 65_537), head(4, 2), head(0, 1), scope.clone()]),
            "ours",
            "claims",
        ),
        (
            "purpose of three parts",
            purposes(&[head(1, 65_536), head(4, 3), head(0, 1), scope.clone(), head(0, 0)]),
            "ours",
            "claims",
        ),
        (
            "kind as text",
            purposes(&[head(1, 65_536), head(4, 2), text("docket"), scope]),
            "ours",
            "cbor-type",
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let expires = |item: Vec<u8>| with(|parts| parts.expires = join(&[head(0, 4), item]));
    let eight = [&[0x1b, 0, 0, 0, 0][..], &head(0, EXPIRES)[1..]].concat();
    let float = [&[0xfb][..], &1_735_689_600.0_f64.to_be_bytes()].concat();
    let tagged = join(&[head(6, 1), head(0, EXPIRES)]);
    vec![
        ("expires as it begins", valid(NOT_BEFORE, NOT_BEFORE), "ours", "validity"),
        ("expires before it begins", valid(NOT_BEFORE, NOT_BEFORE - 1), "ours", "validity"),
        ("expiry in eight bytes", expires(eight), "ours", "cbor-not-shortest"),
        ("expiry as a large float", expires(float), "ours", "cbor-range"),
        ("expiry as half a float", expires(vec![0xf9, 0x7b, 0xff]), "ours", "cbor-type"),
        ("expiry with a tag", expires(tagged), "ours", "cbor-type"),
        ("expiry before 1970", expires(head(1, 5)), "ours", "cbor-type"),
        ("expiry of 2^53", expires(head(0, 1 << 53)), "ours", "cbor-range"),
        ("expiry of 2^64 - 1", expires(head(0, u64::MAX)), "ours", "cbor-range"),
    ]
}

fn forgeries() -> Vec<Case> {
    let good = good();
    let (protected, payload) = (header(&kid(0)), Parts::new().payload());
    let flip = |at: usize, bit: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= bit;
        bare(&bytes)
    };
    let signed = |signature: &[u8]| bare(&put_together(&protected, &payload, signature));
    let from_end = |count: usize| good.len() - count;
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal");
    let mut zero = vec![0; 64];
    let zeros = signed(&zero);
    zero[0] = 1;
    let neutral_zero = signed(&zero);
    let raised: Vec<u8> = {
        let mut carry = 0;
        let s = good[from_end(32)..].iter().zip(ORDER).map(|(byte, order)| {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        });
        good[from_end(64)..from_end(32)].iter().copied().chain(s).collect()
    };
    let context =
        join(&[head(4, 4), text("Signature"), bstr(&protected), bstr(b""), bstr(&payload)]);
    let attached =
        join(&[head(4, 4), text("Signature1"), bstr(&protected), bstr(b"x"), bstr(&payload)]);
    let older = put_together(&header(&kid(32)), &payload, &good[from_end(64)..]);
    vec![
        ("holder changed", flip(23, 1), "ours", "forged"),
        ("expiry changed", flip(36, 0x80), "ours", "forged"),
        ("id changed", flip(from_end(90), 0x80), "ours", "forged"),
        ("kind changed", flip(from_end(76), 3), "ours", "forged"),
        ("scope changed", flip(from_end(67), 1), "ours", "forged"),
        ("first bit of R changed", flip(from_end(64), 1), "ours", "forged"),
        ("sign of R changed", flip(from_end(33), 0x80), "ours", "forged"),
        ("first bit of S changed", flip(from_end(32), 1), "ours", "forged"),
        ("last bit of S changed", flip(from_end(1), 0x80), "ours", "forged"),
        ("S raised by the order", signed(&raised), "ours", "forged"),
        ("a signature of zeros", zeros, "ours", "forged"),
        ("R is neutral, S is zero", neutral_zero, "ours", "forged"),
        ("R is neutral, S fits", signed(&hex(NEUTRAL_R)), "ours", "forged"),
        ("R is mixed, S fits", signed(&hex(MIXED_R)), "ours", "forged"),
        (
            "signed by a stranger in our name",
            signed(&sign(64, &signed_bytes(&protected, &payload))),
            "ours",
            "forged",
        ),
        (
            "signed with the older key in the new one's name",
            signed(&sign(32, &signed_bytes(&protected, &payload))),
            "ours",
            "forged",
        ),
        ("the older key's name put over it", bare(&older), "ours", "forged"),
        ("the claims alone are signed", signed(&sign(0, &payload)), "ours", "forged"),
        ("another context is signed", signed(&sign(0, &context)), "ours", "forged"),
        ("other data is signed with it", signed(&sign(0, &attached)), "ours", "forged"),
    ]
}

fn keys() -> Vec<Case> {
    let payload = Parts::new().payload();
    let header = header(&kid(64));
    let stranger = put_together(&header, &payload, &sign(64, &signed_bytes(&header, &payload)));
    vec![
        ("a stranger's", bare(&stranger), "ours", "unknown-key"),
        ("a key that was withdrawn", bare(&good()), "older alone", "unknown-key"),
        ("no keys at all", bare(&good()), "none", "unknown-key"),
        ("another key of that name alone", bare(&good()), "impostor", "forged"),
        ("a key that is no point", bare(&good()), "no point", "forged"),
    ]
}
