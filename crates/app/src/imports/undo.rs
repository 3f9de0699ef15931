//! What lines did, and taking it back: what an import made is removed and what it changed is as it
//! was, unless somebody changed it since or it has got records of its own; such is kept.

use super::details::take_location_back;
use super::marks;
use crate::academics::{
    class_fields, course_fields, follow, meeting_fields, need_unlocked, put_pattern, regenerate,
    take_back as take_pattern_back, term_fields,
};
use crate::finance::fee_fields;
use crate::passes;
use crate::people::need_power_over;
use crate::results::Put;
use crate::sittings::put as put_sitting;
use crate::{Ctx, Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, ImportId, LoginId, PassId, PersonId, SheetId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::enrolment::{EnrolmentRow, MeetingRow};
use muster_storage::fees::FeeRow;
use muster_storage::imports::ActRow;
use muster_storage::patterns::PatternRow;
use muster_storage::people::PersonRow;
use muster_storage::results::ResultRow;
use muster_storage::sessions::MarkRow;
use muster_storage::sittings::SittingRow;
use muster_storage::students::StudentRow;
use muster_storage::{
    ReadTx, WriteTx, academics, auth, enrolment, fees, imports, patterns, payments, people,
    results, sessions, sittings, students,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a line did to a record.
#[derive(Clone, Debug)]
pub(super) struct Done {
    entity: &'static str,
    id: Uuid,
    before: Option<String>,
    version: i64,
}

impl Done {
    /// A record made, or changed from `before`; `version` is the one that it has now.
    pub fn new(
        entity: &'static str,
        id: impl Into<Uuid>,
        before: Option<&impl Serialize>,
        version: i64,
    ) -> Self {
        let before = before.map(|before| json!(before).to_string());
        Self { entity, id: id.into(), before, version }
    }

    /// A mark made or changed.
    pub fn of_mark(mark: &MarkRow, before: Option<&MarkRow>) -> Self {
        let kept = json!({"session": mark.session, "person": mark.person, "before": before});
        Self {
            entity: "mark",
            id: mark.id.0,
            before: Some(kept.to_string()),
            version: mark.version,
        }
    }

    /// As stored, at its place among the import's acts.
    pub fn row(self, seq: i64) -> ActRow {
        let Self { entity, id, before, version } = self;
        ActRow { seq, entity: entity.to_owned(), entity_id: id, before, version }
    }
}

/// Whoever takes acts back.
pub(super) struct Undoing<'a> {
    pub ctx: &'a Ctx,
    pub import: ImportId,
    /// Whether they asked for it, and so need the right to each record; an import that could not
    /// be finished goes back in any case.
    pub asked: bool,
}

impl Undoing<'_> {
    fn may_change(&self, tx: &mut ReadTx<'_>, person: PersonId) -> bool {
        let may = need_power_over(tx, self.ctx, person);
        !self.asked || may.is_ok() && self.ctx.need(Permission::ManagePeople, EVERYTHING).is_ok()
    }

    fn may_finance(&self) -> bool {
        !self.asked || self.ctx.need(Permission::ManageFinance, EVERYTHING).is_ok()
    }

    fn may_schedule(&self) -> bool {
        !self.asked || self.ctx.need(Permission::ManageSittings, EVERYTHING).is_ok()
    }

    fn may_enter(&self, class: ClassId) -> bool {
        !self.asked || self.ctx.need(Permission::EnterResults, Target::Class(class)).is_ok()
    }

    fn may_withdraw(&self, tx: &mut ReadTx<'_>, pass: PassId) -> Result<bool> {
        let Some(pass) = muster_storage::passes::get(tx, pass)? else { return Ok(false) };
        let target = Target::Event(pass.event);
        Ok(!self.asked || self.ctx.need(Permission::ManageEvents, target).is_ok())
    }

    fn may_mark(&self, class: ClassId) -> bool {
        !self.asked || self.ctx.need(Permission::TakeAttendance, Target::Class(class)).is_ok()
    }
}

const EVERYTHING: Target = Target::Institution;

/// Whether taking an act back brings the meetings of a term in line.
pub(super) fn moves_meetings(act: &ActRow) -> bool {
    match act.entity.as_str() {
        "term" | "class" => act.before.is_some(),
        entity => entity == "pattern",
    }
}

/// Takes one act back; false where the record is kept.
pub(super) fn take_back(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    match act.entity.as_str() {
        "term" => term(tx, by, act),
        "person" => person(tx, by, act),
        "role" => role(tx, act),
        "password" => password(tx, by, act),
        "course" => course(tx, act),
        "class" => class(tx, by, act),
        "location" => {
            let before = before(act)?;
            take_location_back(tx, act.entity_id.into(), before.as_ref(), act.version)
        }
        "enrolment" => place(tx, by, act),
        "meeting" => meeting(tx, act),
        "pattern" => pattern(tx, by, act),
        "session" => session(tx, act),
        "mark" => mark(tx, by, act),
        "fee" => fee(tx, by, act),
        "payment" => payment(tx, by, act),
        "sitting" => sitting(tx, by, act),
        "result" => result(tx, by, act),
        "pass" => {
            let pass = act.entity_id.into();
            Ok(by.may_withdraw(tx, pass)? && passes::take_back(tx, by.ctx, pass, act.version)?)
        }
        _ => Ok(false),
    }
}

/// The record before, if the act changed one.
fn before<T: DeserializeOwned>(act: &ActRow) -> Result<Option<T>> {
    let broken = |_| Error::from(muster_storage::Error::Database("an act is broken".to_owned()));
    act.before.as_deref().map(|text| serde_json::from_str(text).map_err(broken)).transpose()
}

fn removed(tx: &mut WriteTx<'_>, done: bool, act: &ActRow, action: &'static str) -> Result<bool> {
    if done {
        // The kind of record is that of the action: "person.remove".
        let entity = action.split('.').next().unwrap_or(action);
        tx.journal(Change { over: act.version, ..Change::new(action, entity, act.entity_id) })?;
    }
    Ok(done)
}

fn restored(
    tx: &mut WriteTx<'_>,
    done: bool,
    change: Change,
    (now, then): (&Value, &Value),
    act: &ActRow,
) -> Result<bool> {
    if done {
        tx.journal(change.changed(now, then, act.version))?;
    }
    Ok(done)
}

fn person(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    if !by.may_change(tx, id) {
        return Ok(false);
    }
    let Some((before, studies)) = before::<(PersonRow, StudentRow)>(act)? else {
        let done = people::is_removable(tx, id, act.version)?;
        if done {
            students::remove(tx, id)?;
            people::remove(tx, id)?;
        }
        return removed(tx, done, act, "person.remove");
    };
    let Some(now) = people::get(tx, id)?.filter(|now| now.version == act.version) else {
        return Ok(false);
    };
    let row = PersonRow { version: tx.version_over(act.version), ..before };
    let known = students::get(tx, id)?.unwrap_or_else(|| StudentRow::nothing(id));
    let done = people::update(tx, &row, act.version)?;
    if done && known != studies {
        students::put(tx, &studies, row.version)?;
    }
    let change = Change::new("person.change", "person", id);
    let fields = (crate::people::fields(&now, &known), crate::people::fields(&row, &studies));
    restored(tx, done, change, (&fields.0, &fields.1), act)
}

/// A password that somebody has replaced since stays theirs.
fn password(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let person = act.entity_id.into();
    if !by.may_change(tx, person) {
        return Ok(false);
    }
    let done = auth::remove_password(tx, person, Timestamp(act.version))?;
    if done {
        auth::end_other_logins(tx, person, LoginId(Uuid::nil()), by.ctx.now())?;
        tx.journal(Change::new("password.remove", "person", person))?;
    }
    Ok(done)
}

fn term(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let Some(before) = before::<TermRow>(act)? else {
        let done = academics::remove_term(tx, id, act.version)?;
        return removed(tx, done, act, "term.remove");
    };
    let Some(now) = academics::term(tx, id)?.filter(|now| now.version == act.version) else {
        return Ok(false);
    };
    let row = TermRow { version: tx.version_over(act.version), ..before };
    let done = academics::update_term(tx, &row, act.version)?;
    if done && (now.starts_on, now.ends_on) != (row.starts_on, row.ends_on) {
        let classes = academics::classes_of_term(tx, row.id)?;
        follow(tx, by.ctx, &classes, "The days of the term changed")?;
    }
    let change = Change::new("term.change", "term", id);
    restored(tx, done, change, (&term_fields(&now), &term_fields(&row)), act)
}

fn fee(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let now = fees::get(tx, id)?.filter(|now| now.version == act.version);
    let Some(now) = now.filter(|_| by.may_finance()) else { return Ok(false) };
    let Some(before) = before::<FeeRow>(act)? else {
        let done = fees::remove(tx, id, act.version)?;
        return removed(tx, done, act, "fee.remove");
    };
    let row = FeeRow { version: tx.version_over(act.version), ..before };
    fees::put_many(tx, std::slice::from_ref(&row))?;
    let change = Change::new("fee.set", "fee", id).on(row.term);
    restored(tx, true, change, (&fee_fields(&now), &fee_fields(&row)), act)
}

/// A payment that nobody completed or reversed since goes: it was never made here.
fn payment(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let done = by.may_finance() && payments::remove(tx, act.entity_id.into(), act.version)?;
    removed(tx, done, act, "payment.remove")
}

fn sitting(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let now = sittings::get(tx, act.entity_id.into())?.filter(|now| now.version == act.version);
    let Some(now) = now.filter(|_| by.may_schedule()) else { return Ok(false) };
    let Some(before) = before::<SittingRow>(act)? else {
        let done = sittings::remove(tx, now.id, now.version)?;
        return removed(tx, done, act, "sitting.remove");
    };
    let row = SittingRow { version: tx.version_over(act.version), ..before };
    put_sitting(tx, &now, &row)?;
    Ok(true)
}

/// A result that students see goes back with the import as the reason, and they are told.
fn result(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let now = results::get(tx, act.entity_id.into())?.filter(|now| now.version == act.version);
    let Some(now) = now.filter(|now| by.may_enter(now.class)) else { return Ok(false) };
    let Some(class) = academics::class(tx, now.class)? else { return Ok(false) };
    let sheet = results::sheet(tx, SheetId::of(now.class, now.assessment))?;
    let published = sheet.is_some_and(|sheet| sheet.published_at.is_some());
    let put = Put { before: Some(now), after: before::<ResultRow>(act)?, published };
    crate::results::put(tx, by.ctx, &class, &[put], Some("The import was taken back"))?;
    Ok(true)
}

fn role(tx: &mut WriteTx<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    if act.before.is_some() {
        let done = people::resume_grant(tx, id)?;
        let grant = people::grant(tx, id)?;
        if let Some(grant) = grant.filter(|_| done) {
            let is = json!({"role": grant.role.key(), "class": grant.class});
            tx.journal(Change::new("role.grant", "role", id).on(grant.person).created(&is))?;
        }
        return Ok(done);
    }
    let Some(grant) = people::grant(tx, id)? else { return Ok(false) };
    let done = people::remove_grant(tx, id)?;
    if done {
        let was = json!({"role": grant.role.key(), "class": grant.class});
        tx.journal(Change::new("role.end", "role", id).on(grant.person).created(&was))?;
    }
    Ok(done)
}

fn course(tx: &mut WriteTx<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let Some(before) = before::<CourseRow>(act)? else {
        let done = academics::remove_course(tx, id, act.version)?;
        return removed(tx, done, act, "course.remove");
    };
    let Some(now) = academics::course(tx, id)?.filter(|now| now.version == act.version) else {
        return Ok(false);
    };
    let row = CourseRow { version: tx.version_over(act.version), ..before };
    let done = academics::update_course(tx, &row, act.version)?;
    let change = Change::new("course.change", "course", id);
    restored(tx, done, change, (&course_fields(&now), &course_fields(&row)), act)
}

fn class(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let Some(before) = before::<ClassRow>(act)? else {
        let done = academics::remove_class(tx, id, act.version)?;
        return removed(tx, done, act, "class.remove");
    };
    let Some(now) = academics::class(tx, id)?.filter(|now| now.version == act.version) else {
        return Ok(false);
    };
    // A class that came out of the archive and takes attendance right now stays out.
    let goes = before.archived_at.is_some() && now.archived_at.is_none();
    if goes && sessions::open_of(tx, id)?.is_some() {
        return Ok(false);
    }
    let row = ClassRow { version: tx.version_over(act.version), ..before };
    let done = academics::update_class(tx, &row, act.version)?;
    if done {
        regenerate(tx, by.ctx, row.id)?;
    }
    let change = Change::new("class.change", "class", id);
    restored(tx, done, change, (&class_fields(&now), &class_fields(&row)), act)
}

fn place(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let Some(before) = before::<EnrolmentRow>(act)? else {
        let done = enrolment::remove(tx, id, act.version)?;
        return removed(tx, done, act, "enrolment.remove");
    };
    let row = EnrolmentRow { version: tx.version_over(act.version), ..before };
    let now = enrolment::place(tx, row.class, row.person)?;
    let Some(now) = now.filter(|now| now.version == act.version) else { return Ok(false) };
    let [roll, left] = [&row, &now].map(|row| fold(&row.roll_number));
    // Two may have exchanged their numbers.
    for holder in enrolment::by_rolls(tx, &[(row.class, roll.clone())])? {
        let other = enrolment::place(tx, row.class, holder.person)?;
        if let Some(other) =
            other.filter(|other| other.id != row.id && row.status == EnrolmentStatus::Active)
            && imports::acted_on(tx, by.import, other.id.0)?
        {
            enrolment::park(tx, row.class, &roll)?;
        }
    }
    let done = enrolment::update(tx, &row, act.version)?;
    if left != roll {
        enrolment::unpark(tx, row.class, &left)?;
    }
    let change = Change::new("enrolment.change", "enrolment", id).on(row.class);
    let fields =
        |row: &EnrolmentRow| json!({"roll_number": row.roll_number, "status": row.status.key()});
    restored(tx, done, change, (&fields(&now), &fields(&row)), act)
}

/// A meeting that a line changed.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptMeeting {
    #[serde(flatten)]
    pub row: MeetingRow,
    /// Whether its pattern left it alone before.
    #[serde(default)]
    pub by_hand: Option<bool>,
}

fn meeting(tx: &mut WriteTx<'_>, act: &ActRow) -> Result<bool> {
    let id = act.entity_id.into();
    let Some(KeptMeeting { row: before, by_hand }) = before(act)? else {
        let done = enrolment::remove_meeting(tx, id, act.version)?;
        return removed(tx, done, act, "meeting.remove");
    };
    let Some(now) = enrolment::meeting(tx, id)?.filter(|now| now.version == act.version) else {
        return Ok(false);
    };
    let row = MeetingRow { version: tx.version_over(act.version), ..before };
    let done = enrolment::update_meeting(tx, &row, act.version)?;
    if done && by_hand == Some(false) {
        patterns::follow(tx, id)?;
    }
    let change = Change::new("meeting.change", "meeting", id).on(row.class);
    restored(tx, done, change, (&meeting_fields(&now), &meeting_fields(&row)), act)
}

fn pattern(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let now = patterns::get(tx, act.entity_id.into())?;
    let Some(now) = now.filter(|now| now.version == act.version) else { return Ok(false) };
    let Some(before) = before::<PatternRow>(act)? else {
        return take_pattern_back(tx, by.ctx, &now);
    };
    put_pattern(tx, &before, Some(&now))?;
    regenerate(tx, by.ctx, now.class)?;
    Ok(true)
}

fn session(tx: &mut WriteTx<'_>, act: &ActRow) -> Result<bool> {
    let done = sessions::remove(tx, act.entity_id.into(), act.version)?;
    removed(tx, done, act, "session.remove")
}

#[derive(Deserialize)]
struct KeptMark {
    session: Uuid,
    person: PersonId,
    before: Option<MarkRow>,
}

fn mark(tx: &mut WriteTx<'_>, by: &Undoing<'_>, act: &ActRow) -> Result<bool> {
    let Some(kept) = before::<KeptMark>(act)? else { return Ok(false) };
    let Some(session) = sessions::lock_for_mark(tx, kept.session.into())? else { return Ok(false) };
    if !by.may_mark(session.class) {
        return Ok(false);
    }
    need_unlocked(tx, session.class)?;
    let now = sessions::mark(tx, session.id, kept.person)?;
    let Some(now) = now.filter(|now| now.version == act.version) else { return Ok(false) };
    let version = tx.version_over(act.version);
    let then = kept.before.map(|mark| MarkRow { version, ..mark });
    match &then {
        None if !sessions::delete_mark(tx, &now)? => return Ok(false),
        Some(mark) if !sessions::replace_mark(tx, mark, act.version)? => return Ok(false),
        None | Some(_) => {}
    }
    if session.closed_at.is_some() {
        let by = marks::difference(Some(&now), then.as_ref());
        sessions::add_tally(tx, &session, now.person, by)?;
    }
    let change = Change::new("mark.change", "mark", act.entity_id).on(session.id);
    let fields = |mark: Option<&MarkRow>| mark.map_or(Value::Null, crate::marks::fields);
    tx.journal(change.changed(&fields(Some(&now)), &fields(then.as_ref()), act.version))?;
    Ok(true)
}
