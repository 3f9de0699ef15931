//! Bodies on their way: compressed, and bounded on both sides.

use std::io::Read;

/// Largest body on the wire.
pub const MOST_SENT: usize = 16 << 20;
/// Largest body once it is unpacked: what entries may hold together, and their numbers.
const MOST_UNPACKED: usize = 48 << 20;
/// How hard to press: a little more halves nothing, and costs an edge's small processor much.
const LEVEL: i32 = 3;

/// The media type of messages between nodes.
pub const TYPE: &str = "application/vnd.muster.sync+zstd";
/// Header that names who asks.
pub const NODE: &str = "muster-node";
/// Header with the number of the question; in an answer, of the last one that was let in.
pub const COUNT: &str = "muster-count";
/// Header with the signature of question or answer, in base64url.
pub const SIGNATURE: &str = "muster-signature";

/// Compresses a message.
pub fn pack(message: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::compress(message, LEVEL)
}

/// Unpacks a message; none if it is damaged or larger than a message may be.
pub fn unpack(body: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let reader = zstd::stream::read::Decoder::new(body).ok()?;
    let limit = u64::try_from(MOST_UNPACKED + 1).ok()?;
    reader.take(limit).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() <= MOST_UNPACKED).then_some(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_unpacked_as_it_was_packed() {
        let message: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
        let body = pack(&message).unwrap();
        assert!(body.len() < message.len());
        assert_eq!(unpack(&body), Some(message));
    }

    #[test]
    fn what_is_no_message_or_cut_is_not_unpacked() {
        let body = pack(b"a message that is long enough to be cut somewhere").unwrap();
        assert_eq!(unpack(&body[..body.len() - 1]), None);
        assert_eq!(unpack(b"nothing of that sort"), None);
    }

    #[test]
    fn a_small_body_does_not_unpack_to_gigabytes() {
        let bomb = pack(&vec![0; MOST_UNPACKED + 1]).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(unpack(&bomb), None);
    }
}
