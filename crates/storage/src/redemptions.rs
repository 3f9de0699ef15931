//! Presentations of credentials at points: what was decided, about what, and by whom.

use crate::{ReadTx, Result, ToValue, Value, WriteTx, args, record, row, statements};
use muster_domain::ids::{DeviceId, PassId, PersonId, PointId, RedemptionId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, Redemption, VerdictKind, presence};
use std::num::NonZeroU32;
use uuid::Uuid;

record! {
    /// A presentation with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RedemptionRow {
        /// Id.
        pub id: RedemptionId,
        /// Where.
        pub point: PointId,
        /// Its name.
        pub point_name: String,
        /// What one enters there: an event, a sitting, an assessment.
        pub scope: Uuid,
        /// What the verifier's device calls it, so that sending twice records once.
        pub nonce: String,
        /// What was shown: `pass` or `docket`; none where it is nobody's.
        pub kind: Option<String>,
        /// Its record.
        pub record: Option<Uuid>,
        /// Whose it is.
        pub holder: Option<String>,
        /// Of which pass type, or the docket of which assessment.
        pub type_name: Option<String>,
        /// Which way.
        pub direction: Direction,
        /// How many people.
        pub people: i64,
        /// What the verifier was told.
        pub verdict: VerdictKind,
        /// Whether they went through.
        pub admitted: bool,
        /// What the verdict was before somebody overrode it.
        pub overridden: Option<VerdictKind>,
        /// How many more people may enter.
        pub remaining: Option<i64>,
        /// The admission before, where that is why.
        pub previous: Option<RedemptionId>,
        /// With a verdict about a time: which.
        pub moment: Option<Timestamp>,
        /// Why, in words of whoever overrode, or of the reader of codes.
        pub remark: Option<String>,
        /// When it was scanned.
        pub scanned_at: Timestamp,
        /// When it was recorded.
        pub received_at: Timestamp,
        /// How far the device's clock was ahead, where that had to be corrected, in microseconds.
        pub clock_off: Option<i64>,
        /// Whether the credential was withdrawn or replaced between scan and record.
        pub ended_since: bool,
        /// Who scanned.
        pub person: PersonId,
        /// Their name.
        pub person_name: String,
        /// With which browser or phone.
        pub device: Option<DeviceId>,
        /// From where.
        pub address: String,
        /// When it was taken back.
        pub undone_at: Option<Timestamp>,
        /// By whom.
        pub undone_by: Option<PersonId>,
        /// Why.
        pub undone_reason: Option<String>,
    }
}

record! {
    /// What happened at a point.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PointCounts {
        /// Which; none for all points of a place together.
        pub point: Option<PointId>,
        /// People who were let in, each time counted.
        pub entries: i64,
        /// People who left.
        pub exits: i64,
        /// Presentations that were refused.
        pub refused: i64,
    }
}

record! {
    /// How many people entered in a while.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct WhileRow {
        /// Which while since 1970, each as long as [`WHILE`].
        pub number: i64,
        /// People.
        pub people: i64,
    }
}

/// The shortest while that admissions are counted in: every time zone’s hours consist of such.
pub const WHILE: Span = Span::minutes(15);

/// How a presentation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// People went through.
    Admitted,
    /// Nobody did.
    Refused,
    /// It was taken back.
    Undone,
}

/// Which presentations are looked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// At this point.
    pub point: Option<PointId>,
    /// With this verdict.
    pub verdict: Option<VerdictKind>,
    /// Which way.
    pub direction: Option<Direction>,
    /// How they ended.
    pub ended: Option<Ended>,
    /// With this browser or phone.
    pub device: Option<DeviceId>,
    /// The beginning of a word of the pass.
    pub word: String,
}

macro_rules! redemptions {
    ($which:literal) => {
        redemptions!("redemptions r", $which)
    };
    ($from:literal, $which:literal) => {
        concat!(
            "select r.id, r.point, o.name, r.scope, r.nonce, r.kind, r.record,
            coalesce(p.holder, h.name), coalesce(t.name, q.code || ' docket'),
            r.direction, r.people, r.verdict, r.admitted, r.overridden, r.remaining, r.previous,
            r.moment, r.remark, r.scanned_at, r.received_at, r.clock_off, r.ended_since, r.person,
            w.name, r.device, r.address, r.undone_at, r.undone_by, r.undone_reason
        from ",
            $from,
            " join points o on o.id = r.point join people w on w.id = r.person
        left join passes p on p.id = r.record left join pass_types t on t.id = p.pass_type
        left join dockets d on d.id = r.record left join people h on h.id = d.person
        left join assessments q on q.id = d.assessment
        ",
            $which
        )
    };
}

statements! {
    GET = (redemptions!("where r.id = ?1"));
    // Of a young table PostgreSQL knows nothing, and would join by the point alone: it would read all
    // that was ever scanned there, for each name. An offset has each of them looked up for itself.
    BY_NONCE = {
        sqlite: (redemptions!("where r.point = ?1 and r.nonce = ?2")),
        postgres: (redemptions!(
            "unnest(?1::uuid[], ?2::text[]) as asked (point, nonce)
            cross join lateral (select * from redemptions one
                where one.point = asked.point and one.nonce = asked.nonce offset 0) r",
            ""
        )),
    };
    OF_RECORD = {
        sqlite: (redemptions!("where r.record = ?1 order by r.scanned_at, r.id")),
        postgres: (redemptions!("where r.record = any(?1::uuid[]) order by r.scanned_at, r.id")),
    };
    LIST = (redemptions!("where r.scope = ?1 and (r.scanned_at, r.id) < (?2, ?3)
        and (r.point = ?4 or ?4 is null)
        and (r.verdict = ?5 or ?5 is null)
        and (r.direction = ?6 or ?6 is null)
        and (r.device = ?7 or ?7 is null)
        and (?8 = 0 or (?8 = 1 and r.admitted = 1 and r.undone_at is null)
            or (?8 = 2 and r.admitted = 0) or (?8 = 3 and r.undone_at is not null))
        and (?9 = '' or exists (select 1 from pass_words s
            where s.pass = r.record and s.word >= ?9 and s.word < ?10)
            or exists (select 1 from person_words s
            where s.person = d.person and s.word >= ?9 and s.word < ?10))
        order by r.scanned_at desc, r.id desc limit ?11"));
    PUT = {
        sqlite: "insert into redemptions (id, point, scope, nonce, kind, record, direction, people,
            verdict, admitted, overridden, remaining, previous, moment, remark, scanned_at,
            received_at, clock_off, ended_since, person, device, address)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22)
        on conflict (point, nonce) do nothing",
        postgres: "insert into redemptions (id, point, scope, nonce, kind, record, direction, people,
            verdict, admitted, overridden, remaining, previous, moment, remark, scanned_at,
            received_at, clock_off, ended_since, person, device, address)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::text[], ?5::text[],
            ?6::uuid[], ?7::text[], ?8::bigint[], ?9::text[], ?10::bigint[], ?11::text[],
            ?12::bigint[], ?13::uuid[], ?14::bigint[], ?15::text[], ?16::bigint[],
            ?17::bigint[], ?18::bigint[], ?19::bigint[], ?20::uuid[], ?21::uuid[], ?22::text[])
        on conflict (point, nonce) do nothing",
    };
    UNDO = "update redemptions set undone_at = ?2, undone_by = ?3, undone_reason = ?4
        where id = ?1 and undone_at is null";
    SET_ENTERED = {
        sqlite: "update passes set admitted = ?2 where id = ?1 and admitted <> ?2",
        postgres: "update passes p set admitted = counted.people
        from unnest(?1::uuid[], ?2::bigint[]) as counted (pass, people)
        where p.id = counted.pass and p.admitted <> counted.people",
    };
    COUNTS = "select point,
            cast(sum(case when admitted = 1 and undone_at is null and direction = 'entry'
                then people else 0 end) as bigint),
            cast(sum(case when admitted = 1 and undone_at is null and direction = 'exit'
                then people else 0 end) as bigint),
            cast(sum(case when admitted = 0 then 1 else 0 end) as bigint)
        from redemptions where scope = ?1 group by point order by point";
    ANY = "select count(*) from redemptions where scope = ?1";
    WHILES = "select scanned_at / 900000000, cast(sum(people) as bigint) from redemptions
        where scope = ?1 and direction = 'entry' and admitted = 1 and undone_at is null
        group by scanned_at / 900000000 order by scanned_at / 900000000";
}

/// The presentation of that id.
pub fn get(tx: &mut ReadTx<'_>, id: RedemptionId) -> Result<Option<RedemptionRow>> {
    tx.opt(&GET, args![id])
}

/// What a device sent to a point under that name.
pub fn by_nonce(tx: &mut ReadTx<'_>, point: PointId, nonce: &str) -> Result<Option<RedemptionRow>> {
    Ok(by_nonces(tx, &[(point, nonce)])?.pop())
}

/// What devices sent to points under those names.
pub fn by_nonces(
    tx: &mut ReadTx<'_>,
    asked: &[(PointId, impl AsRef<str>)],
) -> Result<Vec<RedemptionRow>> {
    tx.all_many(&BY_NONCE, asked.iter().map(|(point, nonce)| row![*point, nonce.as_ref()]))
}

/// The presentations of a record's credentials anywhere, in the order in which they were scanned.
pub fn of_record(tx: &mut ReadTx<'_>, record: Uuid) -> Result<Vec<RedemptionRow>> {
    of_records(tx, &[record])
}

/// The same of many records; those of each stand in the order in which they were scanned.
pub fn of_records(tx: &mut ReadTx<'_>, records: &[Uuid]) -> Result<Vec<RedemptionRow>> {
    tx.all_many(&OF_RECORD, records.iter().map(|record| row![*record]))
}

/// The presentations at the points of a place that were scanned before that one, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    scope: Uuid,
    wanted: &Wanted,
    ((before, id), limit): ((Timestamp, RedemptionId), i64),
) -> Result<Vec<RedemptionRow>> {
    let Wanted { point, verdict, direction, ended, device, word } = wanted;
    let ended: i64 = match ended {
        None => 0,
        Some(Ended::Admitted) => 1,
        Some(Ended::Refused) => 2,
        Some(Ended::Undone) => 3,
    };
    let end = format!("{word}{}", char::MAX);
    tx.all(
        &LIST,
        args![scope, before, id, *point, *verdict, *direction, *device, ended, word, end, limit],
    )
}

/// Records presentations. If a device's other request was faster with one of them, the closure runs
/// again.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[&RedemptionRow]) -> Result<()> {
    tx.insert_many_or_retry(&PUT, rows.iter().map(|row| row.columns()))
}

impl RedemptionRow {
    fn columns(&self) -> [Value<'_>; 22] {
        [
            self.id.to_value(),
            self.point.to_value(),
            self.scope.to_value(),
            self.nonce.to_value(),
            self.kind.to_value(),
            self.record.to_value(),
            self.direction.to_value(),
            self.people.to_value(),
            self.verdict.to_value(),
            self.admitted.to_value(),
            self.overridden.to_value(),
            self.remaining.to_value(),
            self.previous.to_value(),
            self.moment.to_value(),
            self.remark.to_value(),
            self.scanned_at.to_value(),
            self.received_at.to_value(),
            self.clock_off.to_value(),
            self.ended_since.to_value(),
            self.person.to_value(),
            self.device.to_value(),
            self.address.to_value(),
        ]
    }
}

/// Takes a presentation back; false if it was before.
pub fn undo(
    tx: &mut WriteTx<'_>,
    id: RedemptionId,
    (at, by, reason): (Timestamp, PersonId, &str),
) -> Result<bool> {
    Ok(tx.execute(&UNDO, args![id, at, by, reason])? == 1)
}

/// Notes how many people entered with passes.
pub fn set_entered(tx: &mut WriteTx<'_>, counted: &[(PassId, i64)]) -> Result<()> {
    tx.execute_many(&SET_ENTERED, counted.iter().map(|(pass, people)| row![*pass, *people]))?;
    Ok(())
}

/// What happened at each point of a place.
pub fn counts(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Vec<PointCounts>> {
    tx.all(&COUNTS, args![scope])
}

/// Whether anything was ever presented at the points of a place.
pub fn any(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<bool> {
    Ok(tx.number(&ANY, args![scope])? > 0)
}

/// How many people entered a place in each while in which somebody did.
pub fn whiles(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Vec<WhileRow>> {
    tx.all(&WHILES, args![scope])
}

/// How many of a record's people entered a place by all that happened with it there.
pub fn entered(scope: Uuid, admits: i64, rows: Vec<RedemptionRow>) -> i64 {
    let history: Vec<Redemption> = standing(rows, scope).iter().filter_map(heard).collect();
    i64::from(presence(&history).entered).min(admits)
}

/// What counts of the presentations of a record: those at this place that were not taken back.
pub fn standing(mut rows: Vec<RedemptionRow>, scope: Uuid) -> Vec<RedemptionRow> {
    rows.retain(|row| row.scope == scope && row.undone_at.is_none());
    rows
}

/// What a presentation tells the rule; those who were refused entered nothing.
pub fn heard(row: &RedemptionRow) -> Option<Redemption> {
    Some(Redemption {
        at: row.scanned_at,
        direction: row.direction,
        count: NonZeroU32::new(u32::try_from(row.people).ok()?)?,
        admitted: row.admitted,
    })
}
