//! What two nodes tell each other in confidence, although somebody may read along: each draws a key for
//! one question (X25519), and what follows from both seals the answer. That the keys are those of the
//! two nodes is told by the signatures of question and answer.

use muster_credential::keys::SealingKey;
use muster_credential::node::channel_key;
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;

/// One side's key, for one question.
pub struct Side {
    private: EphemeralPrivateKey,
    public: Vec<u8>,
}

impl Side {
    /// A fresh one; none where the system gives no randomness.
    pub fn draw() -> Option<Self> {
        let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).ok()?;
        let public = private.compute_public_key().ok()?.as_ref().to_vec();
        Some(Self { private, public })
    }

    /// What the other side is told of it.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The key that both sides share.
    pub fn agree(self, theirs: &[u8]) -> Option<SealingKey> {
        let theirs = UnparsedPublicKey::new(&X25519, theirs);
        agree_ephemeral(self.private, &theirs, |shared| shared.first_chunk::<32>().map(channel_key))
            .ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_credential::seal::{open, seal};

    #[test]
    fn what_one_side_seals_the_other_opens_and_nobody_else() {
        let [edge, hub, thief] = [(); 3].map(|()| Side::draw().unwrap());
        let (asked, answered) = (edge.public().to_vec(), hub.public().to_vec());
        let sealed = seal(&hub.agree(&asked).unwrap(), b"here", [1; 24], b"a hash");
        assert!(open(&thief.agree(&answered).unwrap(), b"here", &sealed).is_none());
        let opened = open(&edge.agree(&answered).unwrap(), b"here", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"a hash");
    }

    #[test]
    fn what_is_no_key_agrees_to_nothing() {
        assert!(Side::draw().unwrap().agree(&[0; 32]).is_none());
        assert!(Side::draw().unwrap().agree(b"short").is_none());
    }
}
