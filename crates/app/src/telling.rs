//! What students, and their guardians, are told after a session: that they were absent, and that
//! their attendance fell.
//!
//! Closing a session, or changing a mark in a closed one, only notes that there is something to
//! tell. A job tells it afterwards, some students in a transaction, so that closing a class of
//! thousands holds nobody up.

use crate::guardians::{Guardians, News};
use crate::notices::{Notice, notify};
use crate::settings::{self, Settings};
use crate::zone::Zone;
use crate::{Ctx, Error, Result};
use muster_domain::attendance::low::{Step, step as next};
use muster_domain::attendance::{Status, Tally};
use muster_domain::ids::{PersonId, SessionId, UntoldId};
use muster_domain::notices::NoticeKind;
use muster_storage::academics::ClassRow;
use muster_storage::sessions::SessionRow;
use muster_storage::untold::{self, UntoldRow};
use muster_storage::{ReadTx, WriteTx, academics, peers, sessions};
use uuid::Uuid;

/// Students that are told in one transaction.
const AT_ONCE: i64 = 200;

/// Notes that there is something to tell of a closed session: of one student, or of everybody. What
/// happens on an edge is told by its hub, which hears of it, and by nobody else.
pub(crate) fn note(
    tx: &mut WriteTx<'_>,
    session: SessionId,
    person: Option<PersonId>,
) -> Result<()> {
    if peers::is_edge(tx)? {
        return Ok(());
    }
    let (id, after) = (UntoldId::of(session, person, tx.version()), PersonId(Uuid::nil()));
    Ok(untold::insert(tx, &UntoldRow { id, session, person, after })?)
}

/// Whether something waits to be told.
pub fn is_any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(untold::first(tx)?.is_some())
}

/// Tells some students what waits; false when nothing waits, or another process tells it.
pub fn step(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool> {
    let Some(row) = untold::first(tx)? else { return Ok(false) };
    // One that was opened again is told when it closes.
    let session = sessions::get(tx, row.session)?.filter(|session| session.closed_at.is_some());
    let Some(session) = session else { return Ok(untold::done(tx, &row)?) };
    let marked = match row.person {
        Some(person) => {
            let mark = sessions::mark(tx, session.id, person)?;
            mark.map(|mark| (person, mark.status)).into_iter().collect()
        }
        None => untold::marked(tx, session.id, row.after, AT_ONCE)?,
    };
    let last = marked.last().map(|(person, _)| *person);
    let went_on = match (row.person, last) {
        (None, Some(last)) => untold::advance(tx, &row, last)?,
        _ => untold::done(tx, &row)?,
    };
    if !went_on {
        return Ok(false);
    }
    let people: Vec<PersonId> = marked.iter().map(|(person, _)| *person).collect();
    Telling::new(tx, ctx, session, &people)?.tell(tx, ctx, &marked)?;
    Ok(true)
}

/// A closed session whose students are told.
struct Telling {
    session: SessionRow,
    class: ClassRow,
    settings: Settings,
    guardians: Guardians,
}

impl Telling {
    fn new(
        tx: &mut ReadTx<'_>,
        ctx: &Ctx,
        session: SessionRow,
        people: &[PersonId],
    ) -> Result<Self> {
        let class = academics::class(tx, session.class)?.ok_or(Error::NotFound)?;
        let settings = settings::load(tx)?;
        let guardians = Guardians::of(tx, ctx, &settings, people)?;
        Ok(Self { session, class, settings, guardians })
    }

    fn tell(&self, tx: &mut WriteTx<'_>, ctx: &Ctx, marked: &[(PersonId, Status)]) -> Result<()> {
        let people: Vec<PersonId> = marked.iter().map(|(person, _)| *person).collect();
        let tallies = untold::tallies(tx, self.class.id, &people)?;
        let told = untold::told_low(tx, self.class.id, &people)?;
        for (person, status) in marked {
            if *status == Status::Absent {
                self.send(tx, ctx, *person, (&self.absence(), &self.absence_of_child()))?;
            }
            let tally = tallies.get(person).copied().unwrap_or_default();
            self.judge(tx, ctx, *person, told.contains(person), &tally)?;
        }
        Ok(())
    }

    /// Tells a student whose attendance fell, and notes one whose attendance rose.
    fn judge(
        &self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        person: PersonId,
        told: bool,
        tally: &Tally,
    ) -> Result<()> {
        let scale = self.settings.scale(self.class.weights);
        match next(told, tally, &scale, self.settings.low_after_sessions) {
            Step::Stay => Ok(()),
            Step::Rise => Ok(untold::drop_low(tx, self.class.id, person)?),
            Step::Tell => {
                untold::put_low(tx, self.class.id, person, ctx.now())?;
                self.send(tx, ctx, person, (&self.low(ctx, tally), &self.low_of_child(tally)))
            }
        }
    }

    /// Tells a student, and their guardian at the same occasion and no other.
    fn send(
        &self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        person: PersonId,
        (notice, news): (&Notice, &News),
    ) -> Result<()> {
        let is_new = notify(tx, ctx, person, notice)?;
        if is_new { self.guardians.tell(tx, ctx, person, news) } else { Ok(()) }
    }

    fn absence(&self) -> Notice {
        let zone = Zone::of(&self.settings);
        let when = zone.words(self.session.held_at);
        Notice {
            kind: NoticeKind::Absence,
            occasion: format!("session/{}/absent", self.session.id),
            title: format!("Absent: {}", self.class.course_name),
            body: format!(
                "You were marked absent on {when}. If that is wrong, ask for a correction."
            ),
            link: Some(self.link()),
        }
    }

    fn absence_of_child(&self) -> News {
        let (course, code) = (&self.class.course_name, &self.class.course_code);
        let when = Zone::of(&self.settings).words(self.session.held_at);
        News {
            kind: NoticeKind::Absence,
            title: format!("absent from {course}"),
            words: format!("was marked absent from {course} ({code}) on {when}."),
        }
    }

    fn low(&self, ctx: &Ctx, tally: &Tally) -> Notice {
        let scale = self.settings.scale(self.class.weights);
        let share = scale.percentage(tally);
        let back = match scale.sessions_to_safe(share) {
            Some(1) => " The next session brings you back.".to_owned(),
            Some(count) => format!(" {count} sessions in a row bring you back."),
            None => String::new(),
        };
        let safe = scale.thresholds.safe;
        Notice {
            kind: NoticeKind::LowAttendance,
            occasion: format!("class/{}/low/{}", self.class.id, ctx.now().0),
            title: format!("Attendance below {safe} %: {}", self.class.course_name),
            body: format!("You attended {share} of the sessions.{back}"),
            link: Some(self.link()),
        }
    }

    fn low_of_child(&self, tally: &Tally) -> News {
        let (course, code) = (&self.class.course_name, &self.class.course_code);
        let scale = self.settings.scale(self.class.weights);
        let (share, safe) = (scale.percentage(tally), scale.thresholds.safe);
        let back = match scale.sessions_to_safe(share) {
            Some(1) => " Coming to the next session mends that.".to_owned(),
            Some(count) => format!(" Coming to {count} sessions in a row mends that."),
            None => String::new(),
        };
        let words = format!(
            "attended {share} of the sessions of {course} ({code}) so far, less than the {safe} % \
             that are safe.{back}"
        );
        let title = format!("attendance below {safe} % in {course}");
        News { kind: NoticeKind::LowAttendance, title, words }
    }

    fn link(&self) -> String {
        format!("/classes/{}/attendance", self.class.id)
    }
}
