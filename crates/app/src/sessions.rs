//! Opening, extending, closing and reopening sessions; their codes.

use crate::academics::{class_in_use, need_unlocked};
use crate::attendance::{Counts, counts};
use crate::leaves::fillers;
use crate::nodes::need_online_here;
use crate::{Ctx, Error, Form, Result, homes, settings, telling};
use muster_credential::class_code::{ClassCode, ShortSessionId};
use muster_credential::online::OnlineToken;
use muster_credential::otp::Otp;
use muster_credential::step::{StepLength, step_at, step_begins};
use muster_domain::attendance::leave::filler;
use muster_domain::attendance::session::Opening;
use muster_domain::attendance::{Method, Mode, Session, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MarkId, MeetingId, PersonId, SessionId};
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::enrolment::MeetingRow;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, academics, enrolment, sessions};
use serde_json::{Value, json};

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct OpenInput {
    /// Class.
    pub class: ClassId,
    /// Its meeting, if it is one of the timetable's.
    pub meeting: Option<MeetingId>,
    /// How long, if not as usual.
    pub duration_minutes: Option<i64>,
    /// In class or online.
    pub mode: Mode,
    /// Ways to be marked in class, the code in both its forms and badges if none are said; by hand is always
    /// one.
    pub methods: Option<Vec<Method>>,
    /// What it is about.
    pub topic: String,
}

/// How long before it begins a meeting's session may be opened.
pub const EARLY: Span = Span::hours(1);

/// The meeting of a class that runs, or begins within [`EARLY`], and of which no session was taken.
pub fn meeting_now(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Option<MeetingRow>> {
    ctx.need(Permission::TakeAttendance, Target::Class(class))?;
    if academics::class(tx, class)?.is_none_or(|row| row.archived_at.is_some()) {
        return Ok(None);
    }
    for meeting in enrolment::meetings(tx, class, ctx.now(), ctx.now() + EARLY)? {
        if meeting.cancelled_at.is_none() && sessions::of_meeting(tx, meeting.id)?.is_none() {
            return Ok(Some(meeting));
        }
    }
    Ok(None)
}

/// Closes the class's open session and opens another in its place.
pub fn open_instead(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    input: &OpenInput,
    instead: SessionId,
) -> Result<SessionId> {
    if sessions::open_of(tx, input.class)?.is_some_and(|open| open.id == instead) {
        close(tx, ctx, instead)?;
    }
    open(tx, ctx, input)
}

/// Opens a session. If the class has one open already, or the meeting had one, the error names it.
pub fn open(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &OpenInput) -> Result<SessionId> {
    ctx.need(Permission::TakeAttendance, Target::Class(input.class))?;
    let class = class_in_use(tx, input.class)?;
    need_unlocked(tx, input.class)?;
    if input.mode == Mode::Online {
        need_online_here(tx)?;
    }
    let settings = settings::load(tx)?;
    let meeting = match input.meeting {
        Some(id) => Some(meeting_of(tx, ctx, id, input.class)?),
        None => None,
    };
    let mut form = Form::default();
    let topic = form.take("topic", text::clean_optional(&input.topic, 200)).flatten();
    form.check()?;
    let times = Session::open(Opening {
        at: ctx.now(),
        duration: settings.duration(input.duration_minutes.or(class.duration_minutes)),
        meeting,
        late_after: settings.late_after(class.late_after_minutes),
    })?;
    let row = SessionRow {
        id: ctx.fresh(),
        class: input.class,
        meeting: input.meeting,
        mode: input.mode,
        methods: methods(input.methods.as_deref(), input.mode),
        topic,
        late_from: times.late_from,
        opened_by: ctx.person()?,
        opened_at: times.opened_at,
        ends_at: times.ends_at,
        closed_at: None,
        step_seconds: settings.step_seconds,
        version: tx.version(),
        held_at: meeting.map_or(times.opened_at, |(starts_at, _)| starts_at),
    };
    if let Some(open) = sessions::open_of(tx, input.class)? {
        return Err(Error::SessionOpen { session: open.id });
    }
    if let Some(meeting) = input.meeting
        && let Some(taken) = sessions::of_meeting(tx, meeting)?
    {
        return Err(Error::MeetingTaken { session: taken.id });
    }
    sessions::insert(tx, &row, &ShortSessionId::of(row.id.0).0)?;
    let change = Change::new("session.open", "session", row.id).on(row.id);
    tx.journal(change.created(&fields(&row)))?;
    Ok(row.id)
}

fn meeting_of(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: MeetingId,
    class: ClassId,
) -> Result<(Timestamp, Timestamp)> {
    let meeting = enrolment::meeting(tx, id)?
        .filter(|meeting| meeting.class == class && meeting.cancelled_at.is_none())
        .ok_or_else(|| {
            Error::field("meeting", "This meeting is not one of the class, or cancelled.")
        })?;
    if meeting.starts_at - EARLY > ctx.now() {
        let why = "This meeting begins later: its session can be opened an hour before. Until \
                   then, open one without a meeting.";
        return Err(Error::field("meeting", why));
    }
    Ok((meeting.starts_at, meeting.ends_at))
}

/// By hand always works, and online the one-time password does; a badge is scanned in the room.
fn methods(chosen: Option<&[Method]>, mode: Mode) -> String {
    let usual: &[Method] = match mode {
        Mode::InClass => &[Method::Qr, Method::Code, Method::Badge],
        Mode::Online => &[],
    };
    let chosen = chosen.unwrap_or(usual);
    let taken = |method: &Method| match method {
        Method::Manual => true,
        Method::Otp => mode == Mode::Online,
        method => chosen.contains(method),
    };
    let all = [Method::Qr, Method::Code, Method::Otp, Method::Badge, Method::Manual];
    let keys = all.into_iter().filter(taken);
    keys.map(Method::key).collect::<Vec<_>>().join(" ")
}

fn fields(row: &SessionRow) -> Value {
    json!({
        "class": row.class, "meeting": row.meeting, "mode": row.mode.key(), "methods": row.methods,
        "topic": row.topic, "opened_at": row.opened_at, "ends_at": row.ends_at,
        "late_from": row.late_from, "closed_at": row.closed_at,
    })
}

/// A session of a class at which the person may look.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: SessionId) -> Result<SessionRow> {
    let row = sessions::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewClass, Target::Class(row.class))?;
    Ok(row)
}

/// A class's sessions, the latest first, after that one: for its staff, each with its counts.
pub fn of_class(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    after: Option<SessionId>,
    limit: i64,
) -> Result<Vec<(SessionRow, Counts)>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let before = match after {
        Some(id) => {
            let known = sessions::get(tx, id)?.filter(|row| row.class == class);
            (known.ok_or(Error::NotFound)?.opened_at, id)
        }
        None => (Timestamp(i64::MAX), SessionId(uuid::Uuid::max())),
    };
    let rows = sessions::part_of_class(tx, class, before, limit)?;
    rows.into_iter()
        .map(|row| {
            let counts = counts(tx, &row)?;
            Ok((row, counts))
        })
        .collect()
}

/// Moves the end.
pub fn extend(tx: &mut WriteTx<'_>, ctx: &Ctx, id: SessionId, minutes: i64) -> Result<SessionRow> {
    let before = lock(tx, ctx, id, Permission::TakeAttendance)?;
    let times = before.times().extend(minutes_of(minutes)?, ctx.now())?;
    store(tx, ctx, &before, times, "session.extend", None)
}

/// Closes it: every enrolled student without a mark is absent.
pub fn close(tx: &mut WriteTx<'_>, ctx: &Ctx, id: SessionId) -> Result<SessionRow> {
    let before = lock(tx, ctx, id, Permission::TakeAttendance)?;
    close_locked(tx, ctx, &before)
}

/// Closes sessions whose time is over: the job that needs nobody to look. Those of other nodes are
/// left to these, which may have moved their end. Returns how many.
pub fn close_due(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<usize> {
    let mut closed = 0;
    for session in homes::due(tx, ctx.now())? {
        let locked = sessions::lock(tx, session.id)?;
        // Another process may have closed or extended it in between.
        if let Some(row) = locked.filter(|row| row.closed_at.is_none() && row.ends_at <= ctx.now())
        {
            close_locked(tx, ctx, &row)?;
            closed += 1;
        }
    }
    Ok(closed)
}

/// Whether the time is over of a session that is closed here.
pub fn is_any_due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<bool> {
    Ok(!homes::due(tx, now)?.is_empty())
}

fn close_locked(tx: &mut WriteTx<'_>, ctx: &Ctx, before: &SessionRow) -> Result<SessionRow> {
    let times = before.times().close(ctx.now())?;
    fill(tx, ctx, before)?;
    let marks = sessions::marks(tx, before.id)?;
    sessions::add_tallies(tx, before, &each(&marks, 1))?;
    telling::note(tx, before.id, None)?;
    store(tx, ctx, before, times, "session.close", None)
}

/// What these marks add to tallies, or take away.
fn each(marks: &[MarkRow], by: i64) -> Vec<(PersonId, Tally)> {
    let change = |mark: &MarkRow| {
        let mut tally = Tally::default();
        tally.add(mark.status, by);
        (mark.person, tally)
    };
    marks.iter().map(change).collect()
}

/// Writes *absent* for every enrolled student without a mark, *excused* for those on leave.
fn fill(tx: &mut WriteTx<'_>, ctx: &Ctx, session: &SessionRow) -> Result<()> {
    let marked: std::collections::HashSet<_> =
        sessions::marks(tx, session.id)?.into_iter().map(|mark| mark.person).collect();
    let version = tx.version();
    let on_leave = fillers::on_leave(tx, session)?;
    let roster = enrolment::roster(tx, session.class)?.into_iter();
    let missing = roster.filter(|place| place.attends() && !marked.contains(&place.person));
    let missing = missing.map(|place| {
        let excused = on_leave.contains(&place.person);
        MarkRow {
            id: MarkId::of(session.id, place.person),
            session: session.id,
            person: place.person,
            status: filler(excused),
            method: Method::Filler,
            marked_by: None,
            at: ctx.now(),
            step: None,
            device: None,
            address: None,
            reason: excused.then(|| fillers::REASON.to_owned()),
            version,
        }
    });
    let missing: Vec<_> = missing.collect();
    sessions::insert_marks(tx, &missing.iter().collect::<Vec<_>>())?;
    Ok(tx.journal_many(missing.iter().map(|mark| {
        let status = mark.status.key();
        let after = json!({"person": mark.person, "status": status, "method": "filler"});
        Change::new("mark.fill", "mark", mark.id).on(session.id).created(&after)
    }))?)
}

/// Opens a closed session again for `minutes`; the fillers go.
pub fn reopen(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: SessionId,
    minutes: i64,
    reason: &str,
) -> Result<SessionRow> {
    let before = lock(tx, ctx, id, Permission::ReopenSession)?;
    class_in_use(tx, before.class)?;
    let times = before.times().reopen(minutes_of(minutes)?, ctx.now())?;
    let reason = text::clean(reason, 500)
        .map_err(|_| Error::field("reason", "Say why you open it again."))?;
    if let Some(open) = sessions::open_of(tx, before.class)? {
        return Err(Error::SessionOpen { session: open.id });
    }
    let marks = sessions::marks(tx, id)?;
    sessions::add_tallies(tx, &before, &each(&marks, -1))?;
    let fillers = marks.iter().filter(|mark| mark.method == Method::Filler);
    let fillers: Vec<_> = fillers.collect();
    let removed = sessions::delete_marks(tx, &fillers)?;
    if u64::try_from(fillers.len()).ok() != Some(removed) {
        return Err(Error::Stale);
    }
    tx.journal_many(fillers.iter().map(|mark| Change::new("mark.unfill", "mark", mark.id).on(id)))?;
    store(tx, ctx, &before, times, "session.reopen", Some(&reason))
}

fn minutes_of(minutes: i64) -> Result<Span> {
    let fits = (1..=1440).contains(&minutes);
    if fits {
        Ok(Span::minutes(minutes))
    } else {
        Err(Error::field("minutes", "Choose a time between 1 minute and 24 hours."))
    }
}

fn lock(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: SessionId,
    permission: Permission,
) -> Result<SessionRow> {
    let row = sessions::lock(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(permission, Target::Class(row.class))?;
    need_unlocked(tx, row.class)?;
    Ok(row)
}

fn store(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    before: &SessionRow,
    times: Session,
    action: &'static str,
    reason: Option<&str>,
) -> Result<SessionRow> {
    let version = tx.version_over(before.version);
    let Session { ends_at, closed_at, .. } = times;
    let after = SessionRow { ends_at, closed_at, version, ..before.clone() };
    let closed_by = closed_at.and(ctx.act.actor);
    if !sessions::update(tx, &after, closed_by, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "session", before.id).on(before.id).because(reason);
    tx.journal(change.changed(&fields(before), &fields(&after), before.version))?;
    Ok(after)
}

/// A code of a session and when it is on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCode {
    /// The step.
    pub step: u64,
    /// The code.
    pub code: ClassCode,
    /// From when.
    pub shown_from: Timestamp,
    /// Until when.
    pub shown_until: Timestamp,
}

/// The codes of the next `steps` steps, the current one first. They prove that somebody saw the
/// screen, so only staff of the class get them, and only while the session is open.
pub fn codes(ctx: &Ctx, session: &SessionRow, steps: u64) -> Result<Vec<ShownCode>> {
    ctx.need(Permission::TakeAttendance, Target::Class(session.class))?;
    if !session.times().takes_marks(ctx.now()) {
        return Err(Error::Session(muster_domain::attendance::SessionError::Closed));
    }
    let length = step_length(session);
    let first = step_at(session.opened_at.0, ctx.now().0, length);
    let key = ctx.key.session_key(session.id.0);
    let shown = |step| ShownCode {
        step,
        code: ClassCode::new(&key, session.id.0, step),
        shown_from: Timestamp(step_begins(session.opened_at.0, step, length)),
        shown_until: Timestamp(step_begins(session.opened_at.0, step + 1, length)),
    };
    Ok((first..first + steps).map(shown).collect())
}

/// What the teacher of an online session shares, and what they tell.
#[derive(Clone, Debug)]
pub struct ShownOtp {
    /// The token of the link.
    pub token: OnlineToken,
    /// The password of the moment.
    pub otp: Otp,
    /// Its step.
    pub step: u64,
    /// Until when it is the one to tell.
    pub until: Timestamp,
}

/// The link and the password of an online session while it is open; none in class. Whoever has
/// both is marked, so that only staff of the class get them.
pub fn otp(ctx: &Ctx, session: &SessionRow) -> Result<Option<ShownOtp>> {
    ctx.need(Permission::TakeAttendance, Target::Class(session.class))?;
    if session.mode != Mode::Online || !session.times().takes_marks(ctx.now()) {
        return Ok(None);
    }
    let (key, id) = (ctx.key.session_key(session.id.0), session.id.0);
    let step = step_at(session.opened_at.0, ctx.now().0, StepLength::OTP);
    Ok(Some(ShownOtp {
        token: OnlineToken::new(&key, id),
        otp: Otp::new(&key, id, step),
        step,
        until: Timestamp(step_begins(session.opened_at.0, step + 1, StepLength::OTP)),
    }))
}

pub(crate) fn step_length(session: &SessionRow) -> StepLength {
    u8::try_from(session.step_seconds)
        .ok()
        .and_then(StepLength::from_seconds)
        .unwrap_or(StepLength::CLASS_CODE)
}
