//! Who acts, when, from where, and the randomness and keys that an action needs.

use crate::{Error, Result};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::auth::{Actor, Extent, Permission, Target};
use muster_domain::ids::{ActId, AssessmentId, DeviceId, EventId, PersonId, VerifierDeviceId};
use muster_domain::time::Timestamp;
use muster_storage::Act;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The circumstances of an action. Nothing else tells an action the time or gives it randomness.
#[derive(Debug)]
pub struct Ctx {
    /// Who acts, if anybody is signed in.
    pub actor: Option<Actor>,
    /// The act, with its time.
    pub act: Act,
    /// The client's address, as far as trusted proxies tell it.
    pub address: String,
    /// The browser or phone.
    pub device: Option<DeviceId>,
    /// Whether the device got its id by this very request, so that it may be any.
    pub device_is_new: bool,
    /// The verifier's phone, where one acts for the person: it may verify at doors and nothing else.
    pub verifier: Option<VerifierDeviceId>,
    /// Whether letters are sent from here.
    pub mails: bool,
    /// The node's key for codes.
    pub key: Arc<MasterKey>,
    /// The keys that sign credentials, where they are at hand.
    pub signing: Option<Arc<KeyRing<SigningKey>>>,
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl Ctx {
    /// Circumstances at `now`; `seed` must be fresh random bytes.
    pub fn new(via: &'static str, now: Timestamp, seed: [u8; 32], key: Arc<MasterKey>) -> Self {
        let act = Act { id: ActId(id_at(now, &seed)), at: now, actor: None, via };
        Self {
            actor: None,
            act,
            address: String::new(),
            device: None,
            device_is_new: false,
            verifier: None,
            mails: false,
            key,
            signing: None,
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// The same, but with the act's id of a time before: a run that repeats another.
    #[must_use]
    pub fn begun(mut self, at: Timestamp) -> Self {
        self.act.id = ActId(id_at(at, &self.seed));
        self
    }

    /// The same, for a signed-in person.
    #[must_use]
    pub fn signed_in(mut self, actor: Option<Actor>) -> Self {
        self.act.actor = actor.as_ref().map(|actor| actor.person);
        self.actor = actor;
        self
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.act.at
    }

    /// A fresh id: version 7, so that new rows come last.
    pub fn fresh<I: From<Uuid>>(&self) -> I {
        id_at(self.now(), &self.random()).into()
    }

    /// 32 fresh random bytes, drawn from the seed.
    pub fn random(&self) -> [u8; 32] {
        let draw = self.drawn.fetch_add(1, Ordering::Relaxed);
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(draw.to_be_bytes());
        hash.finalize().into()
    }

    /// The person who acts.
    pub fn person(&self) -> Result<PersonId> {
        self.actor.as_ref().map(|actor| actor.person).ok_or(Error::NotSignedIn)
    }

    /// The browser or phone, if it named itself; a verifier's phone by the id of its enrolment.
    pub fn known_device(&self) -> Option<DeviceId> {
        let enrolled = self.verifier.map(|id| DeviceId(id.0));
        enrolled.or_else(|| self.device.filter(|_| !self.device_is_new))
    }

    /// Passes if the person who acts may do that.
    pub fn need(&self, permission: Permission, target: Target) -> Result<()> {
        let actor = self.actor.as_ref().ok_or(Error::NotSignedIn)?;
        if self.verifier.is_some() && !permission.is_verifying() {
            return Err(Error::Forbidden);
        }
        if actor.may(permission, target) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// The events for which the person who acts may do that; refused if there is none.
    pub fn events(&self, permission: Permission) -> Result<Extent<EventId>> {
        self.extent(permission, Actor::events)
    }

    /// The assessments for which the person who acts may do that; refused if there is none.
    pub fn assessments(&self, permission: Permission) -> Result<Extent<AssessmentId>> {
        self.extent(permission, Actor::assessments)
    }

    fn extent<I: Copy + PartialEq>(
        &self,
        permission: Permission,
        of: fn(&Actor, Permission) -> Extent<I>,
    ) -> Result<Extent<I>> {
        let actor = self.actor.as_ref().ok_or(Error::NotSignedIn)?;
        let closed = self.verifier.is_some() && !permission.is_verifying();
        let extent = of(actor, permission);
        if closed || extent.is_empty() { Err(Error::Forbidden) } else { Ok(extent) }
    }
}

pub(crate) fn id_at(now: Timestamp, random: &[u8; 32]) -> Uuid {
    let millis = u64::try_from(now.0 / 1000).unwrap_or_default();
    let mut bytes = [0; 10];
    bytes.copy_from_slice(random.first_chunk::<10>().unwrap_or(&[0; 10]));
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
