//! What the database knows of all that is presented in one lot, asked for all of it at once and held
//! until the lot is decided. What a presentation changes is noted here, so that the next one of the
//! same lot sees it.

use super::shown::{Reading, Shown};
use super::{One, nonce_of, offline};
use crate::{Ctx, Error, Result, badges, credentials, points};
use muster_credential::payload::{Claims, Kind, ShortId};
use muster_domain::auth::throttle::{Failures, Limit};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{BadgeId, DocketId, EventId, PassId, PassTypeId, PersonId, PointId};
use muster_domain::time::Span;
use muster_storage::credentials::{self as stored, CredentialRow};
use muster_storage::dockets::DocketRow;
use muster_storage::events::EventRow;
use muster_storage::passes::PassRow;
use muster_storage::points::PointRow;
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{ReadTx, WriteTx, auth, dockets, events, passes, people};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Codes that a verifier types right and that are nobody's: of a mistyped one 31 in 32 are noticed
/// before they are looked up, so that whoever has many of these is guessing.
const TYPED: Limit = Limit { free: 30, first_wait: Span::seconds(10), ..Limit::PERSON };

/// What is known of a lot.
#[derive(Default)]
pub(super) struct Found {
    /// The points, each with what one enters there as permissions name it.
    points: HashMap<PointId, (PointRow, Target)>,
    credentials: HashMap<Vec<u8>, CredentialRow>,
    /// The credentials with the codes that were typed, by the place in the lot.
    typed: HashMap<usize, Vec<CredentialRow>>,
    passes: HashMap<PassId, PassRow>,
    dockets: HashMap<DocketId, DocketRow>,
    recorded: HashMap<(PointId, String), RedemptionRow>,
    histories: HashMap<Uuid, Vec<RedemptionRow>>,
    names: HashMap<PersonId, String>,
    events: HashMap<EventId, Option<EventRow>>,
    admitting: HashMap<PassTypeId, Vec<PointId>>,
    failures: BTreeMap<String, Failures>,
}

impl Found {
    /// Asks for what is known of a lot, and holds its passes and dockets: until this transaction
    /// ends nobody else decides about them.
    pub fn gather(tx: &mut WriteTx<'_>, lot: &[One<'_>]) -> Result<Self> {
        let mut found = Self::default();
        found.find_points(tx, lot)?;
        // Nothing is held, nor looked for, for whoever may not verify there.
        let allowed = lot.iter().enumerate().filter_map(|(place, one)| {
            let reading = one.reading.as_ref().ok()?;
            found.point(one.ctx, one.input.point).ok()?;
            Some((place, one, reading))
        });
        let allowed: Vec<_> = allowed.collect();
        found.find_credentials(tx, &allowed)?;
        found.hold(tx, &allowed)?;
        found.read_again(tx)?;
        let nonces = allowed.iter().filter_map(|(_, one, _)| {
            let nonce = nonce_of(one.input).ok()?;
            let apart = one.input.decided.is_some().then(|| offline::apart(&nonce));
            let point = one.input.point;
            Some([Some(nonce), apart].into_iter().flatten().map(move |nonce| (point, nonce)))
        });
        let nonces: BTreeSet<(PointId, String)> = nonces.flatten().collect();
        for row in redemptions::by_nonces(tx, &Vec::from_iter(nonces))? {
            found.recorded.insert((row.point, row.nonce.clone()), row);
        }
        let held = found.passes.keys().map(|id| id.0);
        let held: Vec<Uuid> = held.chain(found.dockets.keys().map(|id| id.0)).collect();
        for row in redemptions::of_records(tx, &held)? {
            if let Some(record) = row.record {
                found.histories.entry(record).or_default().push(row);
            }
        }
        let people = allowed.iter().filter_map(|(_, one, _)| one.ctx.person().ok());
        let people: BTreeSet<PersonId> = people.collect();
        let people = people::get_many(tx, &Vec::from_iter(people))?;
        found.names = people.into_iter().map(|row| (row.id, row.name)).collect();
        Ok(found)
    }

    fn find_points(&mut self, tx: &mut ReadTx<'_>, lot: &[One<'_>]) -> Result<()> {
        let ids: BTreeSet<PointId> = lot.iter().map(|one| one.input.point).collect();
        for id in ids {
            if let Some(row) = muster_storage::points::get(tx, id)? {
                let place = points::place(tx, &row)?;
                self.points.insert(id, (row, place));
            }
        }
        Ok(())
    }

    fn find_credentials(
        &mut self,
        tx: &mut ReadTx<'_>,
        allowed: &[(usize, &One<'_>, &Reading)],
    ) -> Result<()> {
        let mut digests = BTreeSet::new();
        for (place, one, reading) in allowed {
            match reading {
                Reading::Signed(claims) => {
                    digests.insert(claims.cti.digest());
                }
                Reading::Typed(code) => {
                    self.typed.insert(*place, credentials::by_code(tx, one.ctx, *code)?);
                }
                _ => {}
            }
        }
        let rows = stored::by_digests(tx, &Vec::from_iter(digests))?;
        self.credentials = rows.into_iter().map(|row| (row.digest.clone(), row)).collect();
        Ok(())
    }

    /// Passes before dockets, each in the order of their ids: two lots then never wait for each
    /// other in a circle.
    fn hold(
        &mut self,
        tx: &mut WriteTx<'_>,
        allowed: &[(usize, &One<'_>, &Reading)],
    ) -> Result<()> {
        let (mut wanted_passes, mut wanted_dockets) = (BTreeSet::new(), BTreeSet::new());
        let typed = self.typed.values().flatten();
        for issue in self.credentials.values().chain(typed).filter_map(Shown::issue_of) {
            match issue {
                Shown::Pass(id, _) => _ = wanted_passes.insert(id),
                Shown::Docket(id, _) => _ = wanted_dockets.insert(id),
                Shown::Badge | Shown::Forged(_) | Shown::Unknown(_) => {}
            }
        }
        for (_, _, reading) in allowed {
            match reading {
                Reading::Pass(id) => _ = wanted_passes.insert(*id),
                Reading::Docket(id) => _ = wanted_dockets.insert(*id),
                _ => {}
            }
        }
        let held = passes::lock_many(tx, &Vec::from_iter(wanted_passes))?;
        self.passes = held.into_iter().map(|row| (row.id, row)).collect();
        for id in wanted_dockets {
            if let Some(row) = dockets::lock(tx, id)? {
                self.dockets.insert(id, row);
            }
        }
        Ok(())
    }

    /// Reads the credentials again now that their records are held: one of them may have been
    /// superseded while its record was waited for.
    fn read_again(&mut self, tx: &mut ReadTx<'_>) -> Result<()> {
        let known = self.credentials.values().chain(self.typed.values().flatten());
        let digests: BTreeSet<_> = known.map(|row| row.digest.clone()).collect();
        let rows = stored::by_digests(tx, &Vec::from_iter(digests))?.into_iter();
        let now: HashMap<_, _> = rows.map(|row| (row.digest.clone(), row)).collect();
        for row in self.credentials.values_mut().chain(self.typed.values_mut().flatten()) {
            if let Some(read) = now.get(&row.digest) {
                row.clone_from(read);
            }
        }
        Ok(())
    }

    /// The point with what has to be allowed there, for whoever may verify there.
    pub fn point(&self, ctx: &Ctx, id: PointId) -> Result<(&PointRow, Target)> {
        let (point, place) = self.points.get(&id).ok_or(Error::NotFound)?;
        points::may_verify(ctx, point, *place)?;
        Ok((point, *place))
    }

    /// What was recorded at a point under that name, by this lot too.
    pub fn recorded(&self, point: PointId, nonce: &str) -> Option<&RedemptionRow> {
        self.recorded.get(&(point, nonce.to_owned()))
    }

    /// The pass, which is held.
    pub fn pass(&self, id: PassId) -> Option<&PassRow> {
        self.passes.get(&id)
    }

    /// The docket, which is held.
    pub fn docket(&self, id: DocketId) -> Option<&DocketRow> {
        self.dockets.get(&id)
    }

    /// What happened with a record before, by this lot too, in the order in which it was scanned.
    pub fn history(&self, record: Uuid) -> &[RedemptionRow] {
        self.histories.get(&record).map(Vec::as_slice).unwrap_or_default()
    }

    /// The name of a verifier.
    pub fn name(&self, person: PersonId) -> String {
        self.names.get(&person).cloned().unwrap_or_default()
    }

    /// An event.
    pub fn event(&mut self, tx: &mut ReadTx<'_>, id: EventId) -> Result<Option<EventRow>> {
        if let Some(known) = self.events.get(&id) {
            return Ok(known.clone());
        }
        let row = events::get(tx, id)?;
        self.events.insert(id, row.clone());
        Ok(row)
    }

    /// Where passes of a type admit; everywhere if nothing is named.
    pub fn admitting(&mut self, tx: &mut ReadTx<'_>, kind: PassTypeId) -> Result<Vec<PointId>> {
        if let Some(known) = self.admitting.get(&kind) {
            return Ok(known.clone());
        }
        let points = muster_storage::points::of_type(tx, kind)?;
        self.admitting.insert(kind, points.clone());
        Ok(points)
    }

    /// What was shown.
    pub fn shown(
        &mut self,
        tx: &mut ReadTx<'_>,
        place: usize,
        (ctx, reading): (&Ctx, &Reading),
    ) -> Result<Shown> {
        match reading {
            Reading::Forged(why) => Ok(Shown::Forged(why)),
            Reading::Unknown(why) => Ok(Shown::Unknown(why.clone())),
            Reading::Elsewhere(_) => {
                Ok(Shown::Unknown("signed by no key that is known".to_owned()))
            }
            Reading::Signed(claims) => self.signed(tx, claims),
            Reading::Typed(_) => self.typed(tx, place, ctx),
            Reading::Pass(id) => {
                let missing = || Error::field("pass", "There is no such pass: find it anew.");
                // Whoever stands at the gates of one event looks up nobody of another.
                let seen = |pass: &&PassRow| {
                    ctx.need(Permission::ViewEvents, Target::Event(pass.event)).is_ok()
                };
                let pass = self.pass(*id).filter(seen);
                pass.map(|_| Shown::Pass(*id, None)).ok_or_else(missing)
            }
            Reading::Docket(id) => {
                let missing = || Error::field("docket", "There is no such docket: find it anew.");
                let seen = |docket: &&DocketRow| {
                    let exam = Target::Assessment(docket.assessment);
                    ctx.need(Permission::ViewSittings, exam).is_ok()
                };
                let docket = self.docket(*id).filter(seen);
                docket.map(|row| Shown::Docket(*id, row.issue)).ok_or_else(missing)
            }
        }
    }

    /// A credential that one of our keys has signed: of a record that says the same.
    fn signed(&self, tx: &mut ReadTx<'_>, claims: &Claims) -> Result<Shown> {
        let row = self.credentials.get(claims.cti.digest().as_slice());
        let Some((row, shown)) = row.and_then(|row| Some((row, Shown::issue_of(row)?))) else {
            return Ok(Shown::nobody());
        };
        let said = match shown {
            Shown::Pass(id, _) => self.pass(id).map(|pass| (Kind::Pass, pass.event.0, pass.id.0)),
            Shown::Docket(id, _) => {
                self.docket(id).map(|row| (Kind::Docket, row.assessment.0, row.person.0))
            }
            Shown::Badge => {
                let badge = muster_storage::badges::get(tx, BadgeId(row.record))?;
                badge.map(|badge| (Kind::Badge, badges::SCOPE, badge.person.0))
            }
            Shown::Forged(_) | Shown::Unknown(_) => None,
        };
        let same = said.is_some_and(|(kind, scope, holder)| {
            claims.kind == kind
                && claims.scope == ShortId::of(scope)
                && claims.holder == ShortId::of(holder)
        });
        Ok(if same { shown } else { Shown::nobody() })
    }

    /// A code that was typed. Those that are nobody's are counted.
    fn typed(&mut self, tx: &mut ReadTx<'_>, place: usize, ctx: &Ctx) -> Result<Shown> {
        let subject = format!("redeem:{}", ctx.person()?);
        let failures = match self.failures.get(&subject) {
            Some(failures) => *failures,
            None => auth::failures(tx, &subject)?,
        };
        if let Some(wait) = TYPED.wait(failures, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
        let found = self.typed.get(&place).map(Vec::as_slice).unwrap_or_default();
        if found.len() > 1 {
            return Ok(Shown::Unknown("two credentials have this code: scan the QR".to_owned()));
        }
        if let Some(shown) = found.first().and_then(Shown::issue_of) {
            return Ok(shown);
        }
        self.failures.insert(subject, TYPED.after_failure(failures, ctx.now()));
        Ok(Shown::Unknown("nobody has this code".to_owned()))
    }

    /// Notes a record that is going to be written.
    pub fn put(&mut self, row: &RedemptionRow) {
        self.recorded.insert((row.point, row.nonce.clone()), row.clone());
        if let Some(record) = row.record {
            let history = self.histories.entry(record).or_default();
            history.push(row.clone());
            history.sort_by_key(|row| (row.scanned_at, row.id));
        }
    }

    /// Notes how many people entered with a pass by now.
    pub fn set_entered(&mut self, id: PassId, people: i64) {
        if let Some(pass) = self.passes.get_mut(&id) {
            pass.admitted = people;
        }
    }

    /// Writes the codes that were nobody's.
    pub fn store(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let mut failures = self.failures.iter();
        Ok(failures.try_for_each(|(subject, count)| auth::put_failures(tx, subject, *count))?)
    }
}
