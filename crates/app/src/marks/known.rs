//! What the database knows of the people in a flood: their places, marks, failures and devices.

use super::Presented;
use super::flood::{Attempting, Whose};
use crate::settings::{self, Settings};
use crate::{Ctx, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::location::Location;
use muster_domain::attendance::sharing::{Holder, Strictness};
use muster_domain::attendance::{Mode, Refusal};
use muster_domain::auth::throttle::{Failures, Limit};
use muster_domain::ids::{ClassId, DeviceId, MarkId, PersonId, SessionId};
use muster_domain::text::fold;
use muster_domain::time::{Span, Timestamp};
use muster_storage::devices::{self, BindingRow};
use muster_storage::locations::{self, DistanceRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, auth, enrolment, sessions};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An attempt with the session that it names.
pub(super) type Asked<'a> = (&'a Attempting, Option<&'a SessionRow>);

/// A subject whose failures are counted, and how many it may have.
pub(super) type Limited = (String, Limit);

/// What is known of those who want to be marked.
pub(super) struct Known {
    pub standings: HashMap<(ClassId, PersonId), EnrolmentStatus>,
    pub marks: HashMap<MarkId, MarkRow>,
    settings: Settings,
    /// Students by class and folded roll number.
    rolls: HashMap<(ClassId, String), PersonId>,
    failures: HashMap<String, Failures>,
    failed: BTreeSet<String>,
    /// How many attend the classes for whose addresses that matters.
    enrolled: HashMap<ClassId, i64>,
    bindings: HashMap<DeviceId, PersonId>,
    bound: BTreeMap<DeviceId, BindingRow>,
    /// Where classes have their rooms, where the settings want to know.
    rooms: HashMap<ClassId, Location>,
    distances: BTreeMap<(SessionId, PersonId), i64>,
}

impl Known {
    pub fn gather(tx: &mut WriteTx<'_>, asked: &[Asked<'_>]) -> Result<Self> {
        let mut known = Self {
            settings: settings::load(tx)?,
            standings: HashMap::new(),
            marks: HashMap::new(),
            rolls: HashMap::new(),
            failures: HashMap::new(),
            failed: BTreeSet::new(),
            enrolled: HashMap::new(),
            bindings: HashMap::new(),
            bound: BTreeMap::new(),
            rooms: HashMap::new(),
            distances: BTreeMap::new(),
        };
        known.find_rolls(tx, asked)?;
        known.find_failures(tx, asked)?;
        known.find_devices(tx, asked)?;
        known.find_rooms(tx, asked)?;
        let sought = asked.iter().filter_map(|(attempting, session)| {
            let session = (*session)?;
            let person = known.whose(attempting, Some(session))?.person?;
            Some((session.id, session.class, person))
        });
        let sought: BTreeSet<(SessionId, ClassId, PersonId)> = sought.collect();
        let places: Vec<_> = sought.iter().map(|(_, class, person)| (*class, *person)).collect();
        let standings = enrolment::standings(tx, &places)?;
        known.standings =
            standings.iter().map(|row| ((row.class, row.person), row.status)).collect();
        let marks: Vec<_> = sought.iter().map(|(session, _, person)| (*session, *person)).collect();
        let marks = sessions::mark_many(tx, &marks)?;
        known.marks = marks.into_iter().map(|row| (row.id, row)).collect();
        Ok(known)
    }

    fn find_rolls(&mut self, tx: &mut WriteTx<'_>, asked: &[Asked<'_>]) -> Result<()> {
        let rolls = asked.iter().filter_map(|(attempting, session)| {
            Some(((*session)?.class, fold(self.roll(attempting)?)))
        });
        let rolls: BTreeSet<_> = rolls.collect();
        if rolls.is_empty() {
            return Ok(());
        }
        let rows = enrolment::by_rolls(tx, &Vec::from_iter(rolls))?;
        // Who may not sign in any more is not marked by a number alone either.
        let rows = rows.into_iter().filter(|row| row.active);
        self.rolls = rows.map(|row| ((row.class, row.roll), row.person)).collect();
        Ok(())
    }

    /// The roll number that stands for a person, where the institution lets it.
    fn roll<'p>(&self, attempting: &'p Attempting) -> Option<&'p str> {
        match &attempting.presented {
            Presented::Otp { roll_number: Some(roll), .. }
                if attempting.ctx.actor.is_none() && self.settings.online_roll_numbers =>
            {
                Some(roll.trim())
            }
            _ => None,
        }
    }

    /// Whose mark it is to be; none if nobody signed in, and nothing else says who it is.
    pub fn whose(&self, attempting: &Attempting, session: Option<&SessionRow>) -> Option<Whose> {
        if let Ok(person) = attempting.ctx.person() {
            return Some(Whose { person: Some(person), by_roll: false });
        }
        let roll = fold(self.roll(attempting)?);
        let person = session.and_then(|session| self.rolls.get(&(session.class, roll)).copied());
        Some(Whose { person, by_roll: true })
    }

    fn find_failures(&mut self, tx: &mut WriteTx<'_>, asked: &[Asked<'_>]) -> Result<()> {
        let mut subjects = BTreeSet::new();
        for (attempting, session) in asked {
            if let Some(whose) = self.whose(attempting, *session) {
                let limits = self.limits(&attempting.ctx, whose, *session);
                subjects.extend(limits.into_iter().map(|(subject, _)| subject));
            }
        }
        self.failures = auth::failures_many(tx, &Vec::from_iter(subjects))?;
        for (attempting, session) in asked {
            let Some(session) = session else { continue };
            let failures = self.failures.get(&address_subject(&attempting.ctx, session));
            let many = failures.is_some_and(|failures| failures.count >= Limit::address(0).free);
            if many && !self.enrolled.contains_key(&session.class) {
                self.enrolled.insert(session.class, enrolment::enrolled(tx, session.class)?);
            }
        }
        Ok(())
    }

    /// What is counted: the person's wrong codes, and those for the session from the address,
    /// which the whole class may share.
    pub fn limits(&self, ctx: &Ctx, whose: Whose, session: Option<&SessionRow>) -> Vec<Limited> {
        let person = whose.person.map(|person| {
            // Whoever only knows a roll number must not lock its owner out from elsewhere.
            let from = if whose.by_roll { format!(":{}", ctx.address) } else { String::new() };
            (format!("code:person:{person}{from}"), Limit::PERSON)
        });
        let address = session.map(|session| {
            let enrolled = self.enrolled.get(&session.class).copied().unwrap_or_default();
            (address_subject(ctx, session), Limit::address(enrolled))
        });
        person.into_iter().chain(address).collect()
    }

    /// How long all of these still have to wait.
    pub fn wait(&self, limits: &[Limited], now: Timestamp) -> Option<Span> {
        let waits = limits.iter().filter_map(|(subject, limit)| {
            limit.wait(self.failures.get(subject).copied().unwrap_or_default(), now)
        });
        waits.max()
    }

    /// Counts a failure.
    pub fn fail(&mut self, limits: Vec<Limited>, now: Timestamp) {
        for (subject, limit) in limits {
            let failures = self.failures.entry(subject.clone()).or_default();
            *failures = limit.after_failure(*failures, now);
            self.failed.insert(subject);
        }
    }

    fn find_devices(&mut self, tx: &mut WriteTx<'_>, asked: &[Asked<'_>]) -> Result<()> {
        let devices = asked.iter().filter_map(|(attempting, _)| self.device(&attempting.ctx));
        let devices: BTreeSet<DeviceId> = devices.collect();
        if devices.is_empty() {
            return Ok(());
        }
        let rows = devices::bindings(tx, &Vec::from_iter(devices))?;
        self.bindings = rows.into_iter().map(|row| (row.device, row.person)).collect();
        Ok(())
    }

    fn find_rooms(&mut self, tx: &mut WriteTx<'_>, asked: &[Asked<'_>]) -> Result<()> {
        if self.settings.sharing.distance.strictness == Strictness::Off {
            return Ok(());
        }
        let classes = asked.iter().filter_map(|(_, session)| Some((*session)?.class));
        let classes: BTreeSet<ClassId> = classes.collect();
        let rows = locations::of_classes(tx, &Vec::from_iter(classes))?;
        let rooms = rows.into_iter().filter_map(|row| Some((row.class, row.location()?)));
        self.rooms = rooms.collect();
        Ok(())
    }

    /// Notes how far from the room a student is, where the class wants to know, unless the mark is
    /// refused for it. Where they are is forgotten here.
    pub fn measure(
        &mut self,
        session: &SessionRow,
        person: PersonId,
        location: Option<Location>,
    ) -> std::result::Result<(), Refusal> {
        let rule = self.settings.sharing.distance;
        let room = self.rooms.get(&session.class).copied();
        let Some(room) = room.filter(|room| rule.asks(session.mode, Some(*room))) else {
            return Ok(());
        };
        let metres = location.map(|location| location.metres_to(room));
        if let Some(refusal) = rule.refusal(metres) {
            return Err(refusal);
        }
        if let Some(metres) = metres {
            self.distances.insert((session.id, person), metres);
        }
        Ok(())
    }

    /// The device, if it is known and anybody looks.
    fn device(&self, ctx: &Ctx) -> Option<DeviceId> {
        let watched = self.settings.sharing.device != Strictness::Off;
        ctx.known_device().filter(|_| watched)
    }

    /// Binds the device to the student who uses it first, unless the mark is refused.
    pub fn bind(
        &mut self,
        ctx: &Ctx,
        person: PersonId,
        mode: Mode,
    ) -> std::result::Result<(), Refusal> {
        let device = self.device(ctx);
        let owner = device.and_then(|device| self.bindings.get(&device).copied());
        let holder = match owner {
            Some(owner) if owner != person => Holder::Other,
            None if device.is_none() => Holder::Unknown,
            _ => Holder::Free,
        };
        if let Some(refusal) = self.settings.sharing.refusal(holder, mode, &ctx.address) {
            return Err(refusal);
        }
        if let (Some(device), None) = (device, owner) {
            self.bindings.insert(device, person);
            self.bound.insert(device, BindingRow { device, person, bound_at: ctx.now() });
        }
        Ok(())
    }

    /// Writes the devices that were bound, the distances and the failures that were counted.
    pub fn store(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        if !self.distances.is_empty() {
            let rows = self.distances.iter();
            let row = |(&(session, person), &metres): (&(SessionId, PersonId), &i64)| DistanceRow {
                session,
                person,
                metres,
            };
            locations::put_distances(tx, &rows.map(row).collect::<Vec<_>>())?;
        }
        if !self.bound.is_empty() {
            devices::insert(tx, &self.bound.values().copied().collect::<Vec<_>>())?;
        }
        for subject in &self.failed {
            let failures = self.failures.get(subject).copied().unwrap_or_default();
            auth::put_failures(tx, subject, failures)?;
        }
        Ok(())
    }
}

/// Under which wrong codes for a session from an address are counted.
fn address_subject(ctx: &Ctx, session: &SessionRow) -> String {
    format!("code:session:{}:{}", session.id, ctx.address)
}
