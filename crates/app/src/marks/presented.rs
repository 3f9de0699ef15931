//! What students present, and what it turns out to be.

use super::Presented;
use crate::homes::Homes;
use crate::sessions::step_length;
use crate::{Ctx, Error, Result};
use muster_credential::Verdict;
use muster_credential::class_code::{self, ClassCode, ShortSessionId, TypedCode, normalise_typed};
use muster_credential::online::OnlineToken;
use muster_credential::otp::{self, Otp};
use muster_credential::step::{StepLength, step_at};
use muster_credential::ticket::{Ticket, TicketError};
use muster_domain::attendance::{CodeVerdict, Method, Mode, Refusal};
use muster_domain::ids::SessionId;
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::sessions::SessionRow;
use muster_storage::{ReadTx, academics, replication, sessions};
use std::collections::{BTreeSet, HashMap};

/// What was presented, well-formed but not judged yet.
pub(super) enum Claim {
    Code(ClassCode),
    Typed(SessionId, TypedCode),
    Ticket(Ticket),
    Otp(OnlineToken, Otp),
}

/// A code with what it turned out to be.
pub(super) struct Judged {
    pub verdict: CodeVerdict,
    pub method: Method,
    pub at: Timestamp,
}

impl Claim {
    pub fn of(ctx: &Ctx, presented: &Presented) -> std::result::Result<Self, Refusal> {
        match presented {
            Presented::Link(text) => text.parse().map(Self::Code).map_err(|_| Refusal::CodeInvalid),
            Presented::Typed(session, text) => normalise_typed(text)
                .map(|code| Self::Typed(*session, code))
                .map_err(|_| Refusal::CodeInvalid),
            Presented::Ticket(text) => ticket(ctx, text).map(Self::Ticket),
            Presented::Otp { token, otp, .. } => {
                let token = token.parse().map_err(|_| Refusal::CodeInvalid)?;
                let otp = Otp::parse(otp).map_err(|_| Refusal::CodeInvalid)?;
                Ok(Self::Otp(token, otp))
            }
        }
    }

    /// Whether it may be a QR that another node shows: of one of its sessions, or of one that nobody here
    /// has heard of yet.
    pub fn is_elsewhere(&self, tx: &mut ReadTx<'_>, session: Option<&SessionRow>) -> Result<bool> {
        let Self::Code(_) = self else { return Ok(false) };
        let homes = Homes::of(tx)?;
        match session {
            Some(session) => homes.is_elsewhere(tx, session.id),
            None => homes.has_others(tx),
        }
    }

    /// Judges it against its session at the time of the act.
    pub fn judge(&self, ctx: &Ctx, session: &SessionRow) -> Judged {
        let id = session.id.0;
        let step = step_at(session.opened_at.0, ctx.now().0, step_length(session));
        match self {
            Self::Code(code) => {
                let verdict = class_code::judge(&ctx.key.session_key(id), id, code, step);
                Judged { verdict: of(verdict), method: Method::Qr, at: ctx.now() }
            }
            Self::Typed(_, code) => {
                let verdict = class_code::judge_typed(&ctx.key.session_key(id), id, code, step);
                Judged { verdict: of(verdict), method: Method::Code, at: ctx.now() }
            }
            Self::Otp(token, otp) => {
                let key = ctx.key.session_key(id);
                let step = step_at(session.opened_at.0, ctx.now().0, StepLength::OTP);
                let genuine = token.is_genuine(&key, id);
                let verdict = if genuine {
                    of(otp::judge(&key, id, *otp, step))
                } else {
                    CodeVerdict::Invalid
                };
                Judged { verdict, method: Method::Otp, at: ctx.now() }
            }
            Self::Ticket(ticket) => {
                let step = i64::try_from(ticket.step).unwrap_or(i64::MAX);
                let verdict = CodeVerdict::Valid { step };
                Judged { verdict, method: Method::Qr, at: Timestamp(ticket.judged_at) }
            }
        }
    }
}

pub(super) fn ticket(ctx: &Ctx, text: &str) -> std::result::Result<Ticket, Refusal> {
    let ticket = Ticket::verify(&ctx.key.ticket_key(), text, ctx.now().0).map_err(|error| {
        if error == TicketError::Expired { Refusal::CodeExpired } else { Refusal::CodeInvalid }
    })?;
    // A ticket is good in the browser that scanned the code, not in a friend's.
    let same = ctx.device.is_some_and(|device| device.0.into_bytes() == ticket.device);
    if same { Ok(ticket) } else { Err(Refusal::CodeInvalid) }
}

const fn of(verdict: Verdict) -> CodeVerdict {
    match verdict {
        Verdict::Valid { step } => CodeVerdict::Valid { step: step.cast_signed() },
        Verdict::Expired => CodeVerdict::Expired,
        Verdict::Future | Verdict::Foreign | Verdict::Invalid => CodeVerdict::Invalid,
    }
}

/// The sessions that claims name.
#[derive(Default)]
pub(super) struct Named {
    by_short: HashMap<[u8; 6], SessionId>,
    rows: HashMap<SessionId, SessionRow>,
    /// Of sessions that became one with another: their own ids, with when they were opened, and the
    /// seconds of their steps.
    former: HashMap<[u8; 6], (SessionId, Timestamp, Option<i64>)>,
}

impl Named {
    /// Finds the ids behind the codes' short ids.
    pub fn find<'c>(
        tx: &mut ReadTx<'_>,
        claims: impl IntoIterator<Item = &'c Claim>,
    ) -> Result<Self> {
        let short = claims.into_iter().filter_map(|claim| match claim {
            Claim::Code(ClassCode { session: ShortSessionId(short), .. }) => Some(*short),
            Claim::Otp(token, _) => Some(token.session.0),
            Claim::Typed(..) | Claim::Ticket(_) => None,
        });
        let short: BTreeSet<[u8; 6]> = short.collect();
        let mut named = Self::default();
        for row in sessions::by_short_ids(tx, &short.iter().copied().collect::<Vec<_>>())? {
            named.by_short.insert(ShortSessionId::of(row.id.0).0, row.id);
            named.rows.insert(row.id, row);
        }
        let unknown = short.into_iter().filter(|short| !named.by_short.contains_key(short));
        let unknown: BTreeSet<[u8; 6]> = unknown.collect();
        named.find_former(tx, &unknown)?;
        Ok(named)
    }

    /// Finds those that became one with another: a wall may show their codes for some minutes yet.
    fn find_former(&mut self, tx: &mut ReadTx<'_>, short: &BTreeSet<[u8; 6]>) -> Result<()> {
        if short.is_empty() || !Homes::of(tx)?.has_any() {
            return Ok(());
        }
        for former in replication::former_sessions(tx)? {
            let name = ShortSessionId::of(former.id.0).0;
            if !short.contains(&name) {
                continue;
            }
            let (row, begun) =
                (sessions::get(tx, former.stands)?, replication::opening(tx, former.id)?);
            if let (Some(row), Some((opened_at, step_seconds))) = (row, begun) {
                self.by_short.insert(name, row.id);
                self.rows.insert(row.id, row);
                self.former.insert(name, (former.id, opened_at, step_seconds));
            }
        }
        Ok(())
    }

    /// The session that a claim names, as it was when its codes were made.
    pub fn shown(&self, claim: &Claim) -> Option<SessionRow> {
        let row = self.session(claim)?.clone();
        let Claim::Code(ClassCode { session: ShortSessionId(short), .. }) = claim else {
            return Some(row);
        };
        let Some((id, opened_at, step_seconds)) = self.former.get(short).copied() else {
            return Some(row);
        };
        let step_seconds = step_seconds.unwrap_or(row.step_seconds);
        Some(SessionRow { id, opened_at, step_seconds, ..row })
    }

    /// The id of the session that a claim names, if there is such a session.
    pub fn id(&self, claim: &Claim) -> Option<SessionId> {
        match claim {
            Claim::Code(code) => self.by_short.get(&code.session.0).copied(),
            Claim::Otp(token, _) => self.by_short.get(&token.session.0).copied(),
            Claim::Typed(session, _) => Some(*session),
            Claim::Ticket(ticket) => Some(SessionId(ticket.session)),
        }
    }

    /// Takes rows that were read meanwhile under a lock.
    pub fn put(&mut self, rows: Vec<SessionRow>) {
        self.rows = rows.into_iter().map(|row| (row.id, row)).collect();
    }

    /// The session that a claim names.
    pub fn session(&self, claim: &Claim) -> Option<&SessionRow> {
        self.rows.get(&self.id(claim)?)
    }
}

/// The online session that a link's token names, with its class: for whoever has the link.
pub fn online(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &str) -> Result<(SessionRow, ClassRow)> {
    let token: OnlineToken = token.parse().map_err(|_| Error::NotFound)?;
    let named = sessions::by_short_ids(tx, &[token.session.0])?;
    let session = named.into_iter().find(|row| {
        let key = ctx.key.session_key(row.id.0);
        row.mode == Mode::Online && token.is_genuine(&key, row.id.0)
    });
    let session = session.ok_or(Error::NotFound)?;
    let class = academics::class(tx, session.class)?.ok_or(Error::NotFound)?;
    Ok((session, class))
}

/// Judges the QR's link as soon as the phone opens it, and gives a ticket that the mark spends:
/// signing in on the way costs nothing. A refusal if the code is not valid now.
pub fn ticket_for(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    link: &str,
) -> Result<std::result::Result<String, Refusal>> {
    let claim = match Claim::of(ctx, &Presented::Link(link.to_owned())) {
        Ok(claim) => claim,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let named = Named::find(tx, [&claim])?;
    let Some(session) = named.session(&claim) else { return Ok(Err(Refusal::CodeInvalid)) };
    let shown = named.shown(&claim).unwrap_or_else(|| session.clone());
    match claim.judge(ctx, &shown).verdict {
        CodeVerdict::Expired => Ok(Err(Refusal::CodeExpired)),
        CodeVerdict::Invalid => Ok(Err(Refusal::CodeInvalid)),
        CodeVerdict::Valid { step } => {
            let device = ctx.device.ok_or(Error::NotSignedIn)?;
            let ticket = Ticket {
                session: session.id.0,
                step: step.cast_unsigned(),
                judged_at: ctx.now().0,
                device: device.0.into_bytes(),
            };
            Ok(Ok(ticket.encode(&ctx.key.ticket_key())))
        }
    }
}
