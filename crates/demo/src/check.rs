//! Whether figures agree with the marks of which they are made.

use muster_domain::attendance::{Status, Tally};
use muster_storage::{Error, ReadTx, Result, Store, academics, sessions, tallies};

/// Compares the tallies of a class with its marks: the students', the sessions', and what the
/// marks add up to. Says which class is wrong.
fn class(tx: &mut ReadTx<'_>, class: muster_domain::ids::ClassId) -> Result<()> {
    let mut counted = Tally::default();
    for session in sessions::of_class(tx, class)?.iter().filter(|one| one.closed_at.is_some()) {
        add(&mut counted, sessions::counts(tx, session.id)?);
    }
    let (mut by_student, mut by_session) = (Tally::default(), Tally::default());
    for (_, tally) in tallies::tallies_of_class(tx, class)? {
        add(&mut by_student, tally);
    }
    for row in tallies::sessions_of_class(tx, class)? {
        add(&mut by_session, row.tally());
    }
    if (by_student, by_session) == (counted, counted) {
        return Ok(());
    }
    let found = format!("{by_student:?} by student, {by_session:?} by session");
    Err(Error::Database(format!("class {class} has marks {counted:?}, but tallies {found}")))
}

/// Compares the tallies of `most` classes, spread over all of them, with their marks; how many
/// were compared.
pub fn check(store: &Store, most: usize) -> Result<usize> {
    let read = store.read(move |tx| {
        let classes = academics::classes(tx)?;
        let step = classes.len().div_ceil(most.max(1)).max(1);
        let some: Vec<_> = classes.iter().step_by(step).map(|row| row.id).collect();
        some.iter().try_for_each(|id| class(tx, *id))?;
        Ok(some.len())
    });
    read.wait()
}

fn add(sum: &mut Tally, tally: Tally) {
    for status in Status::ALL {
        sum.add(status, tally.of(status));
    }
}
