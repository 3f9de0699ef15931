//! Students mark themselves, many in one transaction: a lecture hall does so within seconds, and
//! what each of them needs from the database is then asked once for all of them.

use super::known::Known;
use super::presented::{Claim, Judged, Named};
use super::{Answered, Marked, Outcome, Presented, fields, put};
use crate::{Ctx, Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::location::Location;
use muster_domain::attendance::{Attempt, CodeVerdict, Decision, Refusal, Status, decide};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{MarkId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, sessions};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Somebody who wants to be marked.
#[derive(Clone, Debug)]
pub struct Attempting {
    /// Who, when, from where.
    pub ctx: Arc<Ctx>,
    /// With what.
    pub presented: Presented,
    /// Where, if the browser told.
    pub location: Option<Location>,
}

/// Marks the people who present something, each for themself, and answers each in order. The
/// outer result is the transaction's, so that a refused attempt is counted and kept.
pub fn mark_many(tx: &mut WriteTx<'_>, attempts: &[Attempting]) -> Result<Vec<Answered>> {
    let mut flood = Flood::gather(tx, attempts)?;
    let mut answers = Vec::with_capacity(attempts.len());
    for position in 0..attempts.len() {
        let outcome = flood.serve(tx, position)?;
        let session = flood.session(position).map(|session| session.id);
        answers.push(Answered { session, outcome });
    }
    flood.store(tx)?;
    Ok(answers)
}

/// Whose mark it is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose {
    /// None if nobody in the class has the roll number.
    pub person: Option<PersonId>,
    /// Whether nobody signed in, so that the roll number alone says who it is.
    pub by_roll: bool,
}

/// The attempts, with what the database knows of them.
struct Flood<'a> {
    attempts: &'a [Attempting],
    claims: Vec<std::result::Result<Claim, Refusal>>,
    named: Named,
    known: Known,
    /// New marks by id, in whose order they are written: two floods then never wait for each
    /// other in a circle.
    new: BTreeMap<MarkId, (usize, MarkRow)>,
}

impl<'a> Flood<'a> {
    fn gather(tx: &mut WriteTx<'_>, attempts: &'a [Attempting]) -> Result<Self> {
        let claims: Vec<_> =
            attempts.iter().map(|one| Claim::of(&one.ctx, &one.presented)).collect();
        let mut named = Named::find(tx, claims.iter().flatten())?;
        let ids = claims.iter().flatten().filter_map(|claim| named.id(claim));
        let ids: BTreeSet<SessionId> = ids.collect();
        named.put(sessions::lock_many_for_mark(tx, &Vec::from_iter(ids))?);
        let asked: Vec<_> = attempts
            .iter()
            .zip(&claims)
            .map(|(one, claim)| (one, claim.as_ref().ok().and_then(|claim| named.session(claim))))
            .collect();
        let known = Known::gather(tx, &asked)?;
        Ok(Self { attempts, claims, named, known, new: BTreeMap::new() })
    }

    /// Serves one of them: within the limits on attempts.
    fn serve(&mut self, tx: &mut WriteTx<'_>, position: usize) -> Result<Outcome> {
        let Some(attempting) = self.attempts.get(position) else {
            return Ok(Err(Error::NotFound));
        };
        let ctx = &attempting.ctx;
        let session = self.session(position);
        let Some(whose) = self.known.whose(attempting, session) else {
            return Ok(Err(Error::NotSignedIn));
        };
        if let (Some(person), false) = (whose.person, whose.by_roll)
            && let Err(error) = ctx.need(Permission::MarkSelf, Target::Person(person))
        {
            return Ok(Err(error));
        }
        let limits = self.known.limits(ctx, whose, session);
        if let Some(wait) = self.known.wait(&limits, ctx.now()) {
            return Ok(Err(Error::TooManyAttempts { wait }));
        }
        let outcome = self.mark(tx, position, ctx, whose)?;
        if let Err(Error::Refused(refusal)) = &outcome
            && (refusal.is_guess() || whose.person.is_none())
        {
            self.known.fail(limits, ctx.now());
        }
        Ok(outcome)
    }

    fn session(&self, position: usize) -> Option<&SessionRow> {
        self.named.session(self.claims.get(position)?.as_ref().ok()?)
    }

    fn mark(
        &mut self,
        tx: &mut WriteTx<'_>,
        position: usize,
        ctx: &Ctx,
        whose: Whose,
    ) -> Result<Outcome> {
        let claim = match self.claims.get(position) {
            Some(Ok(claim)) => claim,
            Some(Err(refusal)) => return Ok(Err((*refusal).into())),
            None => return Ok(Err(Error::NotFound)),
        };
        let session = self.named.session(claim).cloned();
        let judged = self.named.shown(claim).map(|shown| claim.judge(ctx, &shown));
        let unknown = judged.as_ref().is_none_or(|judged| judged.verdict == CodeVerdict::Invalid);
        if unknown && claim.is_elsewhere(tx, session.as_ref())? {
            return Ok(Err(Refusal::CodeElsewhere.into()));
        }
        let (Some(session), Some(judged)) = (session, judged) else {
            return Ok(Err(Refusal::CodeInvalid.into()));
        };
        let by_ticket = matches!(claim, Claim::Ticket(_));
        if let Some(refusal) = refused_before(ctx, whose, &session, &judged) {
            return Ok(Err(refusal.into()));
        }
        let Some(person) = whose.person else { return Ok(Err(Refusal::NotEnrolled.into())) };
        let id = MarkId::of(session.id, person);
        let existing = self.known.marks.get(&id).cloned();
        let standing = self.known.standings.get(&(session.class, person));
        let decision = decide(&Attempt {
            session: session.times(),
            method_allowed: session.takes(judged.method),
            enrolled: standing == Some(&EnrolmentStatus::Active),
            existing: existing.as_ref().map(MarkRow::existing),
            code: judged.verdict,
            method: judged.method,
            at: judged.at,
            by_ticket,
        });
        let (status, step) = match decision {
            Err(refusal) => return Ok(Err(refusal.into())),
            Ok(Decision::Already(mark)) => {
                return Ok(Ok(marked(&session, mark.status, mark.at, true)));
            }
            Ok(Decision::Mark { status, step }) => (status, step),
        };
        let location = self.attempts.get(position).and_then(|attempting| attempting.location);
        if let Err(refusal) = self.known.measure(&session, person, location) {
            return Ok(Err(refusal.into()));
        }
        if let Err(refusal) = self.known.bind(ctx, person, session.mode) {
            return Ok(Err(refusal.into()));
        }
        let mut mark = MarkRow {
            id,
            session: session.id,
            person,
            status,
            method: judged.method,
            marked_by: None,
            at: judged.at,
            step: Some(step),
            device: ctx.known_device(),
            address: Some(ctx.address.clone()),
            reason: None,
            version: 0,
        };
        let answer = marked(&session, status, judged.at, false);
        if existing.is_some() || session.closed_at.is_some() {
            // The term of a closed session may have been locked meanwhile.
            let stored = put(tx, &session, existing.as_ref(), mark);
            let (stored, change) = match stored {
                Err(error @ Error::TermLocked { .. }) => return Ok(Err(error)),
                stored => stored?,
            };
            tx.journal_acts([(&ctx.act, change)])?;
            mark = stored;
        } else {
            mark.version = tx.version();
            self.new.insert(id, (position, mark.clone()));
        }
        self.known.marks.insert(id, mark);
        Ok(Ok(answer))
    }

    /// Writes the new marks with their entries, the devices that were bound, and the failures
    /// that were counted.
    fn store(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let marks: Vec<&MarkRow> = self.new.values().map(|(_, mark)| mark).collect();
        sessions::insert_marks(tx, &marks)?;
        let changes = self.new.values().filter_map(|(position, mark)| {
            let act = &self.attempts.get(*position)?.ctx.act;
            let change = Change::new("mark.make", "mark", mark.id).on(mark.session);
            Some((act, change.created(&fields(mark))))
        });
        tx.journal_acts(changes)?;
        self.known.store(tx)
    }
}

/// Why whoever only knows a roll number gets no further: without the right password they learn
/// nothing about anybody, not even who is enrolled or marked.
fn refused_before(
    ctx: &Ctx,
    whose: Whose,
    session: &SessionRow,
    judged: &Judged,
) -> Option<Refusal> {
    if !whose.by_roll {
        return None;
    }
    if !session.times().takes_marks(ctx.now()) {
        return Some(Refusal::SessionClosed);
    }
    match judged.verdict {
        CodeVerdict::Valid { .. } => None,
        CodeVerdict::Expired => Some(Refusal::CodeExpired),
        CodeVerdict::Invalid => Some(Refusal::CodeInvalid),
    }
}

fn marked(session: &SessionRow, status: Status, at: Timestamp, already: bool) -> Marked {
    Marked { session: session.id, class: session.class, status, at, already }
}
