//! Writes the institution: first who and what there is, then class by class what happened.

use crate::classes::{Classes, Taught};
use crate::finance::Finance;
use crate::records::{Institution, VERSION};
use crate::requests::Requests;
use crate::rng::Rng;
use crate::size::Size;
use crate::writer::Writer;
use muster_domain::time::Timestamp;
use muster_storage::auth::PasswordRow;
use muster_storage::{
    Result, Store, WriteTx, academics, announcements, assessments, auth, corrections, curriculum,
    enrolment, fees, holidays, leaderboard, leaves, notices, patterns, payments, people, photos,
    programmes, sessions, settings, students, tallies,
};
use std::sync::Arc;

/// Classes between two reports of progress.
const REPORTED: usize = 100;

/// What to fill a store with.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// How big.
    pub size: Size,
    /// The same seed makes the same institution.
    pub seed: u64,
    /// When its history ends.
    pub now: Timestamp,
    /// Of everybody's password.
    pub password_hash: &'a str,
}

/// How far filling has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// People written.
    pub people: usize,
    /// Classes written.
    pub classes: usize,
    /// Classes that there will be.
    pub all_classes: usize,
    /// Marks written.
    pub marks: usize,
}

/// Fills an empty store, and tells now and then how far it has come.
pub fn fill(store: &Store, wish: Wish<'_>, mut tell: impl FnMut(Progress)) -> Result<()> {
    let Wish { size, seed, now, password_hash } = wish;
    let mut rng = Rng::new(seed);
    let made = Institution::make(&mut rng, now, size.plan());
    let mut writer = Writer::new(store, seed, now);
    write_people(&mut writer, &made, now, password_hash)?;
    write_academics(&mut writer, &made)?;
    write_finance(&mut writer, Finance::of(&made, seed, now))?;
    let all_classes = size.plan().terms.iter().map(|term| term.classes).sum();
    let mut progress = Progress { people: made.people.len(), all_classes, ..Progress::default() };
    tell(progress);
    let mut requests = Requests::of(&made, now);
    Classes::new(&made, size, now).each(&mut rng, |taught| {
        requests.look_at(&taught);
        let marks = taught.sessions.iter().map(|held| held.marks.len()).sum();
        let taught = Arc::new(taught);
        writer.write("class", progress.classes, marks, move |tx| put_class(tx, &taught, now))?;
        progress.classes += 1;
        progress.marks += marks;
        if progress.classes.is_multiple_of(REPORTED) {
            tell(progress);
        }
        Ok(())
    })?;
    writer.finish()?;
    write_requests(&mut writer, &requests)
}

fn write_people(
    writer: &mut Writer<'_>,
    made: &Institution,
    now: Timestamp,
    password_hash: &str,
) -> Result<()> {
    let password = PasswordRow { hash: password_hash.to_owned(), must_change: false };
    writer.chunks("people", made.people.clone(), move |tx, rows| {
        let people: Vec<_> = rows.iter().map(|(person, _)| person).collect();
        people::insert_many(tx, &people, now)?;
        rows.iter().try_for_each(|(person, photo)| {
            photos::put_photo(tx, person.id, photo, 0)?;
            auth::put_password(tx, person.id, &password, now)
        })
    })?;
    writer.chunks("roles", made.grants.clone(), move |tx, rows| {
        people::insert_grants(tx, &rows.iter().collect::<Vec<_>>(), None, now)
    })?;
    writer.each("faculties", &made.faculties, programmes::insert_faculty)?;
    writer.each("programmes", &made.programmes, programmes::insert_programme)?;
    writer.chunks("students", made.students.clone(), |tx, rows| {
        let rows: Vec<_> = rows.iter().map(|row| (row, VERSION)).collect();
        students::put_many(tx, &rows)
    })?;
    // Every third student wishes to be named on leaderboards.
    let named: Vec<_> = made.students.iter().skip(1).step_by(3).map(|row| row.person).collect();
    writer.each("leaderboard members", &named, move |tx, person| {
        leaderboard::join(tx, *person, now).map(drop)
    })
}

fn write_academics(writer: &mut Writer<'_>, made: &Institution) -> Result<()> {
    let terms: Vec<_> = made.terms.iter().map(|(term, _)| term.clone()).collect();
    writer.each("terms", &terms, academics::insert_term)?;
    writer.each("courses", &made.courses, academics::insert_course)?;
    writer
        .each("curriculum", &made.curriculum, |tx, line| curriculum::insert(tx, line, VERSION))?;
    writer.each("holidays", &made.holidays, holidays::insert)?;
    let at = writer.now;
    let settings = [
        ("institution", "Northfield College"),
        ("institution_address", "12 College Road, Northfield"),
    ];
    writer.each("settings", &settings, move |tx, (name, value)| {
        settings::put(tx, name, &serde_json::json!(value).to_string(), None, at)
    })
}

fn write_finance(writer: &mut Writer<'_>, finance: Finance) -> Result<()> {
    writer.each("assessments", &finance.assessments, assessments::insert)?;
    writer.chunks("fees", finance.fees, fees::put_many)?;
    writer.chunks("payments", finance.payments, |tx, rows| {
        payments::insert_many(tx, &rows.iter().collect::<Vec<_>>())
    })
}

/// A class, its students and all that happened in it.
fn put_class(tx: &mut WriteTx<'_>, taught: &Taught, now: Timestamp) -> Result<()> {
    academics::insert_class(tx, &taught.class)?;
    people::insert_grants(tx, &taught.grants.iter().collect::<Vec<_>>(), None, now)?;
    enrolment::insert_many(tx, &taught.places.iter().collect::<Vec<_>>(), now)?;
    enrolment::insert_meetings(tx, &taught.meetings.iter().collect::<Vec<_>>())?;
    patterns::insert(tx, &taught.pattern)?;
    for (id, class, wanted) in &taught.weekly {
        patterns::insert_generated(tx, *id, *class, wanted)?;
    }
    for held in &taught.sessions {
        let short = held.session.id.0.as_bytes().last_chunk::<6>().copied().unwrap_or_default();
        sessions::insert(tx, &held.session, &short)?;
        sessions::insert_marks(tx, &held.marks.iter().collect::<Vec<_>>())?;
    }
    let changes = taught.sessions.iter().map(|held| (&held.session, held.tallies.as_slice()));
    tallies::add_tallies_of(tx, &changes.collect::<Vec<_>>())
}

fn write_requests(writer: &mut Writer<'_>, requests: &Requests<'_>) -> Result<()> {
    let (asked, told) = requests.corrections();
    writer.each("corrections", &asked, |tx, correction| {
        corrections::insert(tx, correction)?;
        corrections::update(tx, correction, correction.version).map(drop)
    })?;
    writer.each("leaves", &requests.leaves(), leaves::insert)?;
    writer.each("notices", &told, |tx, notice| notices::insert(tx, notice).map(drop))?;
    writer.each("announcements", &requests.announcements(), announcements::insert)
}
