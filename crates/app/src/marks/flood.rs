//! Students mark themselves, many in one transaction: a lecture hall does so within seconds, and
//! what each of them needs from the database is then asked once for all of them.

use super::presented::{Claim, Named};
use super::{Marked, Outcome, Presented, fields, put};
use crate::{Ctx, Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::{Attempt, Decision, Refusal, Status, decide};
use muster_domain::auth::throttle::{Failures, Limit};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MarkId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, auth, enrolment, sessions};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Somebody who wants to be marked.
#[derive(Clone, Debug)]
pub struct Attempting {
    /// Who, when, from where.
    pub ctx: Arc<Ctx>,
    /// With what.
    pub presented: Presented,
}

/// Marks the people who present something, each for themself, and answers each in order. The
/// outer result is the transaction's, so that a refused attempt is counted and kept.
pub fn mark_many(tx: &mut WriteTx<'_>, attempts: &[Attempting]) -> Result<Vec<Outcome>> {
    let mut flood = Flood::gather(tx, attempts)?;
    let mut outcomes = Vec::with_capacity(attempts.len());
    for position in 0..attempts.len() {
        outcomes.push(flood.serve(tx, position)?);
    }
    flood.store(tx)?;
    Ok(outcomes)
}

/// The attempts, with what the database knows of them.
struct Flood<'a> {
    attempts: &'a [Attempting],
    claims: Vec<std::result::Result<Claim, Refusal>>,
    named: Named,
    standings: HashMap<(ClassId, PersonId), EnrolmentStatus>,
    marks: HashMap<MarkId, MarkRow>,
    failures: HashMap<String, Failures>,
    guessed: BTreeSet<String>,
    /// New marks by id, in whose order they are written: two floods then never wait for each
    /// other in a circle.
    new: BTreeMap<MarkId, (usize, MarkRow)>,
}

impl<'a> Flood<'a> {
    fn gather(tx: &mut WriteTx<'_>, attempts: &'a [Attempting]) -> Result<Self> {
        let claims: Vec<_> =
            attempts.iter().map(|one| Claim::of(&one.ctx, &one.presented)).collect();
        let people = attempts.iter().map(|one| one.ctx.person().ok());
        let subjects: Vec<String> = people.clone().flatten().map(subject).collect();
        let failures = auth::failures_many(tx, &subjects)?;
        let mut named = Named::find(tx, claims.iter().flatten())?;
        let ids: BTreeSet<SessionId> =
            claims.iter().flatten().filter_map(|claim| named.id(claim)).collect();
        named.put(sessions::lock_many_for_mark(tx, &Vec::from_iter(ids))?);
        let sought = claims.iter().zip(people).filter_map(|(claim, person)| {
            let session = named.session(claim.as_ref().ok()?)?;
            Some((session.id, session.class, person?))
        });
        let sought: BTreeSet<(SessionId, ClassId, PersonId)> = sought.collect();
        let places: Vec<_> = sought.iter().map(|(_, class, person)| (*class, *person)).collect();
        let standings = enrolment::standings(tx, &places)?;
        let marks: Vec<_> = sought.iter().map(|(session, _, person)| (*session, *person)).collect();
        let marks = sessions::mark_many(tx, &marks)?;
        Ok(Self {
            attempts,
            claims,
            named,
            standings: standings.iter().map(|row| ((row.class, row.person), row.status)).collect(),
            marks: marks.into_iter().map(|row| (row.id, row)).collect(),
            failures,
            guessed: BTreeSet::new(),
            new: BTreeMap::new(),
        })
    }

    /// Serves one of them: within the limits on attempts.
    fn serve(&mut self, tx: &mut WriteTx<'_>, position: usize) -> Result<Outcome> {
        let Some(Attempting { ctx, .. }) = self.attempts.get(position) else {
            return Ok(Err(Error::NotFound));
        };
        let person = match ctx.person() {
            Ok(person) => person,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = ctx.need(Permission::MarkSelf, Target::Person(person)) {
            return Ok(Err(error));
        }
        let subject = subject(person);
        let failures = self.failures.get(&subject).copied().unwrap_or_default();
        if let Some(wait) = Limit::PERSON.wait(failures, ctx.now()) {
            return Ok(Err(Error::TooManyAttempts { wait }));
        }
        let outcome = self.mark(tx, position, ctx, person)?;
        if let Err(Error::Refused(refusal)) = &outcome
            && refusal.is_guess()
        {
            let failures = Limit::PERSON.after_failure(failures, ctx.now());
            self.failures.insert(subject.clone(), failures);
            self.guessed.insert(subject);
        }
        Ok(outcome)
    }

    fn mark(
        &mut self,
        tx: &mut WriteTx<'_>,
        position: usize,
        ctx: &Ctx,
        person: PersonId,
    ) -> Result<Outcome> {
        let claim = match self.claims.get(position) {
            Some(Ok(claim)) => claim,
            Some(Err(refusal)) => return Ok(Err((*refusal).into())),
            None => return Ok(Err(Error::NotFound)),
        };
        let Some(session) = self.named.session(claim) else {
            return Ok(Err(Refusal::CodeInvalid.into()));
        };
        let judged = claim.judge(ctx, session);
        let id = MarkId::of(session.id, person);
        let existing = self.marks.get(&id).cloned();
        let standing = self.standings.get(&(session.class, person));
        let decision = decide(&Attempt {
            session: session.times(),
            method_allowed: session.takes(judged.method),
            enrolled: standing == Some(&EnrolmentStatus::Active),
            existing: existing.as_ref().map(MarkRow::existing),
            code: judged.verdict,
            method: judged.method,
            at: judged.at,
            by_ticket: matches!(claim, Claim::Ticket(_)),
        });
        let (status, step) = match decision {
            Err(refusal) => return Ok(Err(refusal.into())),
            Ok(Decision::Already(mark)) => {
                return Ok(Ok(marked(session, mark.status, mark.at, true)));
            }
            Ok(Decision::Mark { status, step }) => (status, step),
        };
        let mut mark = MarkRow {
            id,
            session: session.id,
            person,
            status,
            method: judged.method,
            marked_by: None,
            at: judged.at,
            step: Some(step),
            device: ctx.device,
            address: Some(ctx.address.clone()),
            reason: None,
            version: 0,
        };
        let answer = marked(session, status, judged.at, false);
        if existing.is_some() || session.closed_at.is_some() {
            // The term of a closed session may have been locked meanwhile.
            let stored = put(tx, session, existing.as_ref(), mark);
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
        self.marks.insert(id, mark);
        Ok(Ok(answer))
    }

    /// Writes the new marks with their entries, and the failures that were counted.
    fn store(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let marks: Vec<&MarkRow> = self.new.values().map(|(_, mark)| mark).collect();
        sessions::insert_marks(tx, &marks)?;
        let changes = self.new.values().filter_map(|(position, mark)| {
            let act = &self.attempts.get(*position)?.ctx.act;
            let change = Change::new("mark.make", "mark", mark.id).on(mark.session);
            Some((act, change.created(&fields(mark))))
        });
        tx.journal_acts(changes)?;
        for subject in &self.guessed {
            let failures = self.failures.get(subject).copied().unwrap_or_default();
            auth::put_failures(tx, subject, failures)?;
        }
        Ok(())
    }
}

fn marked(session: &SessionRow, status: Status, at: Timestamp, already: bool) -> Marked {
    Marked { session: session.id, class: session.class, status, at, already }
}

/// Under which a person's wrong codes are counted.
fn subject(person: PersonId) -> String {
    format!("code:person:{person}")
}
