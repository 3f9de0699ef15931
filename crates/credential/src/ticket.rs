//! The ticket: a scan is judged at once, and the ticket keeps that judgement for five minutes,
//! so that signing in on the way costs nobody their mark.

use crate::bytes::take;
use crate::keys::TicketKey;
use crate::mac;
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const LABEL: &[u8] = b"muster ticket 1";
const VERSION: u8 = 1;
/// Version, session, step, time of judgement, device.
const BODY: usize = 1 + 16 + 8 + 8 + 16;
const TAG: usize = 32;
/// How long a ticket can be spent after the code was judged, in microseconds: five minutes.
pub const LIFETIME: i64 = 300 * 1_000_000;

/// A code that was judged valid, on its way to become a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The session whose code it was.
    pub session: Uuid,
    /// The step in which the code stood on the screen.
    pub step: u64,
    /// When it was judged, in microseconds: the time of the mark.
    pub judged_at: i64,
    /// The device that presented it; whoever spends the ticket compares.
    pub device: [u8; 16],
}

/// Why a ticket can't be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// No ticket at all.
    #[error("this is no ticket")]
    Malformed,
    /// Not made by this key.
    #[error("this ticket was not issued here")]
    Forged,
    /// Older than [`LIFETIME`], or, after a clock was set back, as far ahead.
    #[error("this ticket has expired")]
    Expired,
}

impl Ticket {
    /// The signed ticket: 108 characters of base64url.
    pub fn encode(&self, key: &TicketKey) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend(self.session.as_bytes());
        bytes.extend(self.step.to_be_bytes());
        bytes.extend(self.judged_at.to_be_bytes());
        bytes.extend(self.device);
        let tag = mac::hmac(&key.0, &[LABEL, &bytes]);
        bytes.extend(tag);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a ticket that this key signed and that can still be spent at `now`.
    pub fn verify(key: &TicketKey, text: &str, now: i64) -> Result<Self, TicketError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TicketError::Malformed)?;
        let (body, tag) = bytes.split_at_checked(BODY).ok_or(TicketError::Malformed)?;
        let (VERSION, ticket) = Self::read(body).ok_or(TicketError::Malformed)? else {
            return Err(TicketError::Malformed);
        };
        if tag.len() != TAG {
            return Err(TicketError::Malformed);
        }
        if !bool::from(mac::hmac(&key.0, &[LABEL, body]).as_slice().ct_eq(tag)) {
            return Err(TicketError::Forged);
        }
        if now.abs_diff(ticket.judged_at) > LIFETIME.unsigned_abs() {
            return Err(TicketError::Expired);
        }
        Ok(ticket)
    }

    fn read(mut body: &[u8]) -> Option<(u8, Self)> {
        let [version] = take(&mut body)?;
        let ticket = Self {
            session: Uuid::from_bytes(take(&mut body)?),
            step: u64::from_be_bytes(take(&mut body)?),
            judged_at: i64::from_be_bytes(take(&mut body)?),
            device: take(&mut body)?,
        };
        Some((version, ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    fn ticket() -> Ticket {
        Ticket {
            session: Uuid::from_bytes([3; 16]),
            step: 12,
            judged_at: 1_000_000_000,
            device: [4; 16],
        }
    }

    #[test]
    fn a_ticket_lives_for_five_minutes() {
        let key = MasterKey::from_bytes([7; 32]).ticket_key();
        let (ticket, text) = (ticket(), ticket().encode(&key));
        assert_eq!(text.len(), 108);
        assert_eq!(Ticket::verify(&key, &text, ticket.judged_at), Ok(ticket));
        assert_eq!(Ticket::verify(&key, &text, ticket.judged_at + LIFETIME), Ok(ticket));
        let late = ticket.judged_at + LIFETIME + 1;
        assert_eq!(Ticket::verify(&key, &text, late), Err(TicketError::Expired));
    }

    #[test]
    fn a_clock_set_back_does_not_stretch_a_ticket() {
        let key = MasterKey::from_bytes([7; 32]).ticket_key();
        let (ticket, text) = (ticket(), ticket().encode(&key));
        assert_eq!(Ticket::verify(&key, &text, ticket.judged_at - LIFETIME), Ok(ticket));
        let early = ticket.judged_at - LIFETIME - 1;
        assert_eq!(Ticket::verify(&key, &text, early), Err(TicketError::Expired));
    }

    #[test]
    fn a_ticket_of_another_key_is_forged() {
        let (key, other) = (MasterKey::from_bytes([7; 32]), MasterKey::from_bytes([8; 32]));
        let text = ticket().encode(&other.ticket_key());
        let judged = Ticket::verify(&key.ticket_key(), &text, ticket().judged_at);
        assert_eq!(judged, Err(TicketError::Forged));
    }
}
