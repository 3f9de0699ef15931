//! How nodes prove themselves to each other: each signs what it asks and answers by a key of its own,
//! which follows from its master key. A question counts: its number is higher than that of every one
//! before, so that nothing depends on clocks and a question that was recorded is worth nothing.

use crate::keys::public::PublicKey;
use crate::keys::{MasterKey, SealingKey};
use crate::mac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ENROLMENT: &[u8] = b"muster node enrolment 2";
const QUESTION: &[u8] = b"muster node question 1";
const CHANNEL: &[u8] = b"muster node channel 1";
const SEAL: &[u8] = b"muster node seal 1";
const ANSWER: &[u8] = b"muster node answer 1";

/// The key of a node. Never shown by `Debug`.
pub struct NodeKey(Ed25519KeyPair);

/// What a node asks of its hub.
#[derive(Clone, Copy, Debug)]
pub struct Question<'b> {
    /// As what the hub knows the node.
    pub peer: Uuid,
    /// The hub that is meant.
    pub hub: Uuid,
    /// Its number, higher than that of each before.
    pub count: i64,
    /// The path that is asked.
    pub path: &'b str,
    /// What is sent.
    pub body: &'b [u8],
}

/// What a hub answers.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'b> {
    /// To whom.
    pub peer: Uuid,
    /// To which of its questions.
    pub count: i64,
    /// The status of HTTP.
    pub status: u16,
    /// What is sent.
    pub body: &'b [u8],
}

impl MasterKey {
    /// The key by which the node of this master key proves itself to other nodes.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "32 bytes are a seed")]
    pub fn node_key(&self) -> NodeKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.node_seed()).expect("32 bytes");
        NodeKey(pair)
    }
}

impl NodeKey {
    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::of_pair(self.0.public_key().as_ref())
    }

    /// Signs what shows that it knows the code by which it asks to be enrolled.
    pub fn enrol(&self, asked: &[u8; 32]) -> [u8; 64] {
        self.sign(&enrolment(asked))
    }

    /// Signs a question.
    pub fn ask(&self, question: &Question<'_>) -> [u8; 64] {
        self.sign(&question.message(&Sha256::digest(question.body).into()))
    }

    /// Signs an answer.
    pub fn answer(&self, answer: &Answer<'_>) -> [u8; 64] {
        self.sign(&answer.message())
    }

    /// Signs where series stand that it tells, by their digest.
    pub fn seal(&self, digest: &[u8; 32]) -> [u8; 64] {
        self.sign(&[SEAL, digest.as_slice()].concat())
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        let signature = self.0.sign(message);
        bytes.iter_mut().zip(signature.as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

/// The key that seals one answer, from what both sides agreed upon for one question.
pub fn channel_key(shared: &[u8; 32]) -> SealingKey {
    SealingKey(mac::derive(shared, &[CHANNEL]))
}

/// Whether whoever holds this key asked to be enrolled by that.
pub fn has_enrolled(key: &PublicKey, asked: &[u8; 32], signature: &[u8; 64]) -> bool {
    key.has_signed(&enrolment(asked), signature)
}

/// Whether whoever holds this key told that.
pub fn has_sealed(key: &PublicKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    key.has_signed(&[SEAL, digest.as_slice()].concat(), signature)
}

fn enrolment(asked: &[u8; 32]) -> Vec<u8> {
    [ENROLMENT, asked.as_slice()].concat()
}

impl Question<'_> {
    /// Whether whoever holds this key asked it.
    pub fn is_by(&self, key: &PublicKey, signature: &[u8; 64]) -> bool {
        self.is_over(&Sha256::digest(self.body).into(), key, signature)
    }

    /// The same by the SHA-256 of what was sent, whatever `body` is: for what is not kept.
    pub fn is_over(&self, digest: &[u8; 32], key: &PublicKey, signature: &[u8; 64]) -> bool {
        key.has_signed(&self.message(digest), signature)
    }

    fn message(&self, digest: &[u8; 32]) -> Vec<u8> {
        let fixed =
            [self.peer.as_bytes().as_slice(), self.hub.as_bytes(), &self.count.to_be_bytes()];
        [QUESTION, &fixed.concat(), digest, self.path.as_bytes()].concat()
    }
}

impl Answer<'_> {
    /// Whether whoever holds this key gave it.
    pub fn is_by(&self, key: &PublicKey, signature: &[u8; 64]) -> bool {
        key.has_signed(&self.message(), signature)
    }

    fn message(&self) -> Vec<u8> {
        let digest = Sha256::digest(self.body);
        let numbers = [self.count.to_be_bytes().as_slice(), &self.status.to_be_bytes()].concat();
        [ANSWER, self.peer.as_bytes(), &numbers, &digest].concat()
    }
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("NodeKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Uuid = Uuid::from_u128(1);
    const HUB: Uuid = Uuid::from_u128(2);

    fn key(byte: u8) -> NodeKey {
        MasterKey::from_bytes([byte; 32]).node_key()
    }

    fn question() -> Question<'static> {
        Question { peer: PEER, hub: HUB, count: 7, path: "/sync", body: b"what is new" }
    }

    #[test]
    fn a_question_is_by_its_key_and_about_all_that_it_says() {
        let signed = key(1).ask(&question());
        assert!(question().is_by(&key(1).public(), &signed));
        assert!(!question().is_by(&key(2).public(), &signed));
        for other in [
            Question { peer: HUB, ..question() },
            Question { hub: PEER, ..question() },
            Question { count: 8, ..question() },
            Question { path: "/sync/", ..question() },
            Question { body: b"what is old", ..question() },
        ] {
            assert!(!other.is_by(&key(1).public(), &signed), "{other:?}");
        }
    }

    #[test]
    fn an_answer_is_by_its_key_and_to_one_question() {
        let answer = Answer { peer: PEER, count: 7, status: 200, body: b"nothing" };
        let signed = key(2).answer(&answer);
        assert!(answer.is_by(&key(2).public(), &signed));
        assert!(!answer.is_by(&key(1).public(), &signed));
        for other in [
            Answer { peer: HUB, ..answer },
            Answer { count: 8, ..answer },
            Answer { status: 401, ..answer },
            Answer { body: b"", ..answer },
        ] {
            assert!(!other.is_by(&key(2).public(), &signed), "{other:?}");
        }
    }

    #[test]
    fn whoever_asks_to_be_enrolled_holds_the_key() {
        let signed = key(1).enrol(&[1; 32]);
        assert!(has_enrolled(&key(1).public(), &[1; 32], &signed));
        assert!(!has_enrolled(&key(2).public(), &[1; 32], &signed));
        assert!(!has_enrolled(&key(1).public(), &[2; 32], &signed));
    }

    #[test]
    fn a_seal_is_by_its_key_and_no_other_word_of_it() {
        let signed = key(1).seal(&[1; 32]);
        assert!(has_sealed(&key(1).public(), &[1; 32], &signed));
        assert!(!has_sealed(&key(2).public(), &[1; 32], &signed));
        assert!(!has_sealed(&key(1).public(), &[2; 32], &signed));
        assert!(!has_enrolled(&key(1).public(), &[1; 32], &signed));
    }

    #[test]
    fn the_key_is_not_to_be_seen() {
        assert_eq!(format!("{:?}", key(1)), "NodeKey(…)");
    }
}
