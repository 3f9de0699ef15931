//! Reminders: a class's staff write to students who were absent today, or who are at risk.

use crate::notices::{Notice, notify};
use crate::zone::Zone;
use crate::{Ctx, Error, Form, Result, figures, settings};
use muster_domain::attendance::{Badge, Percentage};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, NoticeId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::reminders::Reason;
use muster_domain::text;
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::reminders::{self, ReminderRow};
use muster_storage::{ReadTx, WriteTx, academics};
use serde_json::json;
use std::collections::HashSet;

/// Longest text.
const LONGEST: usize = 1000;

/// A student who may be reminded.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// Roll number.
    pub roll_number: String,
    /// Name.
    pub name: String,
    /// The share attended.
    pub share: Percentage,
    /// What it means.
    pub badge: Badge,
    /// Whether they were reminded today for this reason.
    pub reminded: bool,
}

/// Those whom a reason concerns.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// The class.
    pub class: ClassRow,
    /// Its students whom the reason concerns, by roll number.
    pub students: Vec<Candidate>,
}

fn today(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Zone, Date)> {
    let zone = Zone::of(&settings::load(tx)?);
    let day = zone.date(ctx.now());
    Ok((zone, day))
}

/// The students of a class who may be reminded for a reason.
pub fn candidates(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    reason: Reason,
) -> Result<Candidates> {
    ctx.need(Permission::Remind, Target::Class(class))?;
    let (zone, day) = today(tx, ctx)?;
    let sent = reminders::on_day(tx, class, day)?;
    let reminded: HashSet<_> =
        sent.iter().filter(|row| row.reason == reason).map(|row| row.person).collect();
    let absent: HashSet<_> = match reason {
        Reason::AbsentToday => {
            reminders::absent(tx, class, zone.range(day, day))?.into_iter().collect()
        }
        Reason::AtRisk | Reason::Other => HashSet::new(),
    };
    let figures = figures::of_class(tx, ctx, class)?;
    let students = figures.students.into_iter().filter(|one| match reason {
        Reason::AbsentToday => absent.contains(&one.place.person),
        Reason::AtRisk => one.at_risk,
        Reason::Other => true,
    });
    let students = students.map(|one| Candidate {
        person: one.place.person,
        reminded: reminded.contains(&one.place.person),
        roll_number: one.place.roll_number,
        name: one.place.name,
        share: one.share,
        badge: one.badge,
    });
    Ok(Candidates { students: students.collect(), class: figures.class })
}

/// A reminder as typed.
#[derive(Clone, Debug)]
pub struct ReminderInput {
    /// Why.
    pub reason: Reason,
    /// To whom.
    pub people: Vec<PersonId>,
    /// What it says.
    pub text: String,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Who was reminded now.
    pub sent: Vec<PersonId>,
    /// Who had been reminded today for the same reason, and was not again.
    pub already: Vec<PersonId>,
}

/// Reminds students of a class, each once a day for a reason.
pub fn send(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    input: &ReminderInput,
) -> Result<Sent> {
    ctx.need(Permission::Remind, Target::Class(class))?;
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let text = form.take("text", text::clean_lines(&input.text, LONGEST)).unwrap_or_default();
    if input.people.is_empty() {
        form.wrong("people", "Choose at least one student.");
    }
    let possible = candidates(tx, ctx, class, input.reason)?.students;
    let possible: HashSet<_> = possible.into_iter().map(|one| one.person).collect();
    if !input.people.iter().all(|person| possible.contains(person)) {
        form.wrong("people", "Somebody is not concerned any more: look at the list again.");
    }
    form.check()?;
    let (_, day) = today(tx, ctx)?;
    let mut done = Sent::default();
    let chosen: HashSet<_> = input.people.iter().copied().collect();
    let mut chosen: Vec<_> = chosen.into_iter().collect();
    chosen.sort_unstable();
    for person in chosen {
        let notice = Notice {
            kind: NoticeKind::Reminder,
            occasion: format!("class/{class}/reminder/{}/{}", input.reason.key(), day.0),
            title: format!("Reminder: {}", row.course_name),
            body: text.clone(),
            link: Some(format!("/classes/{class}/attendance")),
        };
        if !notify(tx, ctx, person, &notice)? {
            done.already.push(person);
            continue;
        }
        let row = ReminderRow {
            id: NoticeId::of(person, &notice.occasion),
            class,
            person,
            reason: input.reason,
            sent_on: day,
            sent_by: ctx.person()?,
            sender: String::new(),
            sent_at: ctx.now(),
            text: String::new(),
        };
        reminders::insert(tx, &row)?;
        let fields =
            json!({"class": class, "person": person, "reason": row.reason.key(), "text": text});
        tx.journal(Change::new("reminder.send", "reminder", row.id).on(person).created(&fields))?;
        done.sent.push(person);
    }
    Ok(done)
}

/// What a student of a class was sent, the latest first, for the class's staff.
pub fn of_student(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    person: PersonId,
) -> Result<Vec<ReminderRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    Ok(reminders::of_person(tx, person, class)?)
}
