//! A made-up institution for trying Muster out: 40 classes, 2,000 students with drawn portraits,
//! a timetable, and two terms of history. The same seed and time make the same institution.
//!
//! History is written in bulk, with one journal entry a chunk: nobody made these marks one by
//! one. What is done afterwards is journalled like everything else.

mod announcements;
mod names;
mod portrait;
mod programmes;
mod records;
mod requests;
mod rng;

use muster_domain::auth::Role;
use muster_domain::ids::{ActId, NAMESPACE};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::auth::PasswordRow;
use muster_storage::programmes as programme_records;
use muster_storage::{
    Act, Result, Store, WriteTx, academics, auth, curriculum, enrolment, holidays, patterns,
    people, photos, sessions, students,
};
use records::Institution;
use std::sync::Arc;
use uuid::Uuid;

/// The password of everybody in the demo.
pub const PASSWORD: &str = "open sesame for the demo";

/// Rows written in one transaction.
const CHUNK: usize = 2_000;

/// Somebody who can sign in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Role, in words.
    pub role: &'static str,
    /// Number.
    pub identifier: &'static str,
}

/// One sign-in per role.
pub const SIGN_INS: [SignIn; 6] = [
    SignIn { role: "super administrator", identifier: "A0001" },
    SignIn { role: "registrar", identifier: "R0001" },
    SignIn { role: "finance", identifier: "F0001" },
    SignIn { role: "teacher", identifier: "T0001" },
    SignIn { role: "assistant", identifier: "H0001" },
    SignIn { role: "student", identifier: "S000001" },
];

/// Whether the store holds people already.
pub fn is_filled(store: &Store) -> Result<bool> {
    Ok(store.read(people::count).wait()? > 0)
}

/// Fills an empty store; `password_hash` is that of [`PASSWORD`].
pub fn fill(store: &Store, seed: u64, now: Timestamp, password_hash: &str) -> Result<()> {
    let made = Institution::make(seed, now);
    let (corrections, notices) = requests::corrections(&made, now);
    let leaves = requests::leaves(&made, now);
    let announcements = announcements::announcements(&made, now);
    let writer = Writer { store, seed, now };
    let hash = password_hash.to_owned();
    writer.chunks("people", made.people, move |tx, (person, photo)| {
        people::insert(tx, person, now)?;
        photos::put_photo(tx, person.id, photo, 0)?;
        let password = PasswordRow { hash: hash.clone(), must_change: false };
        auth::put_password(tx, person.id, &password, now)
    })?;
    writer.chunks("faculties", made.faculties, programme_records::insert_faculty)?;
    writer.chunks("programmes", made.programmes, programme_records::insert_programme)?;
    writer.chunks("students", made.students, |tx, student| {
        students::put(tx, student, records::VERSION)
    })?;
    writer.chunks("terms", made.terms, academics::insert_term)?;
    writer.chunks("courses", made.courses, academics::insert_course)?;
    writer.chunks("curriculum", made.curriculum, |tx, line| {
        curriculum::insert(tx, line, records::VERSION)
    })?;
    writer.chunks("classes", made.classes, academics::insert_class)?;
    writer.chunks("roles", made.grants, move |tx, grant| {
        people::insert_grant(tx, grant, None, now)
    })?;
    writer.chunks("enrolments", made.places, move |tx, place| enrolment::insert(tx, place, now))?;
    writer.chunks("meetings", made.meetings, enrolment::insert_meeting)?;
    writer.chunks("patterns", made.patterns, patterns::insert)?;
    writer.chunks("weekly meetings", made.weekly, |tx, (id, class, wanted)| {
        patterns::insert_generated(tx, *id, *class, wanted)
    })?;
    writer.chunks("holidays", made.holidays, holidays::insert)?;
    writer.chunks("sessions", made.sessions, |tx, session| {
        let short = session.id.0.as_bytes().last_chunk::<6>().copied().unwrap_or_default();
        sessions::insert(tx, session, &short)
    })?;
    writer.chunks("marks", made.marks, sessions::insert_mark)?;
    writer.chunks("corrections", corrections, |tx, correction| {
        muster_storage::corrections::insert(tx, correction)?;
        muster_storage::corrections::update(tx, correction, correction.version).map(drop)
    })?;
    writer.chunks("leaves", leaves, muster_storage::leaves::insert)?;
    writer.chunks("notices", notices, |tx, notice| {
        muster_storage::notices::insert(tx, notice).map(drop)
    })?;
    writer.chunks("announcements", announcements, muster_storage::announcements::insert)?;
    writer.chunks("tallies", made.tallies, |tx, (session, tallies)| {
        sessions::add_tallies(tx, session, tallies)
    })?;
    writer.chunks(
        "settings",
        vec![("institution", "Northfield College")],
        move |tx, (name, value)| {
            muster_storage::settings::put(
                tx,
                name,
                &serde_json::json!(value).to_string(),
                None,
                now,
            )
        },
    )
}

struct Writer<'a> {
    store: &'a Store,
    seed: u64,
    now: Timestamp,
}

impl Writer<'_> {
    fn chunks<T, F>(&self, what: &'static str, rows: Vec<T>, put: F) -> Result<()>
    where
        T: Send + Sync + 'static,
        F: Fn(&mut WriteTx<'_>, &T) -> Result<()> + Send + Sync + 'static,
    {
        let (rows, put) = (Arc::new(rows), Arc::new(put));
        for from in (0..rows.len()).step_by(CHUNK) {
            let (rows, put) = (rows.clone(), put.clone());
            let name = format!("demo {} {what} {from}", self.seed);
            let id = Uuid::new_v5(&NAMESPACE, name.as_bytes());
            let act = Act { id: ActId(id), at: self.now, actor: None, via: "cli" };
            let write = self.store.write(&act, move |tx| {
                let chunk = rows.iter().skip(from).take(CHUNK);
                let count = chunk.clone().count();
                for row in chunk {
                    put(tx, row)?;
                }
                let after = serde_json::json!({"what": what, "count": count});
                tx.journal(Change::new("demo.fill", "demo", id).created(&after))
            });
            write.wait()?;
        }
        Ok(())
    }
}

/// The roles of the demo's people by the first letter of their number.
fn role_of(letter: char) -> Role {
    match letter {
        'A' => Role::SuperAdministrator,
        'R' => Role::Registrar,
        'F' => Role::Finance,
        'T' => Role::Teacher,
        'H' => Role::Assistant,
        _ => Role::Student,
    }
}
