//! Giving a person's records to another person: each is named by its id and moves if it is still
//! the first one's at the version that is named.

use crate::{ReadTx, Result, Statement, WriteTx, args, record, statements};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::{
    AssessmentId, BulkId, ClassId, EnrolmentId, EventId, PersonId, SessionId,
};
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sessions::MarkRow;

/// Records that move whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// Roles, those that ended too.
    Role,
    /// Places in classes.
    Enrolment,
    /// Results.
    Result,
    /// Requests to change a mark.
    Correction,
    /// Leave.
    Leave,
    /// Payments.
    Payment,
    /// Words of finance officers on clearances.
    Clearance,
    /// Holds on dockets.
    Hold,
    /// Notices.
    Notice,
    /// Phones.
    Device,
    /// Keys by which phones sign what they scan without a network.
    DeviceKey,
    /// What those signed.
    Receipt,
    /// Reminders that they were sent.
    Reminder,
    /// The calendar's address.
    Feed,
    /// The wish to be named on leaderboards.
    Membership,
}

impl Moving {
    /// Every kind that is found by its person alone, and so moved without a look at it.
    pub const PLAIN: [Self; 11] = [
        Self::Leave,
        Self::Payment,
        Self::Clearance,
        Self::Hold,
        Self::Notice,
        Self::Device,
        Self::DeviceKey,
        Self::Receipt,
        Self::Reminder,
        Self::Feed,
        Self::Membership,
    ];

    /// Whether a person has one at most.
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Feed | Self::Membership)
    }

    /// Whether such records have no version and are found again by when they were made.
    pub const fn is_dated(self) -> bool {
        let dated = matches!(self, Self::Notice | Self::Device | Self::Receipt | Self::Reminder);
        self.is_single() || dated
    }

    /// The name in the list of what moved.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Enrolment => "enrolment",
            Self::Result => "result",
            Self::Correction => "correction",
            Self::Leave => "leave",
            Self::Payment => "payment",
            Self::Clearance => "clearance",
            Self::Hold => "hold",
            Self::Notice => "notice",
            Self::Device => "device",
            Self::DeviceKey => "device_key",
            Self::Receipt => "receipt",
            Self::Reminder => "reminder",
            Self::Feed => "feed",
            Self::Membership => "leaderboard",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        let all = [Self::Role, Self::Enrolment, Self::Result, Self::Correction];
        all.into_iter().chain(Self::PLAIN).find(|kind| kind.key() == key)
    }

    fn list(self) -> &'static Statement {
        match self {
            Self::Role => &ROLE_IDS,
            Self::Enrolment => &ENROLMENT_IDS,
            Self::Result => &RESULT_IDS,
            Self::Correction => &CORRECTION_IDS,
            Self::Leave => &LEAVE_IDS,
            Self::Payment => &PAYMENT_IDS,
            Self::Clearance => &CLEARANCE_IDS,
            Self::Hold => &HOLD_IDS,
            Self::Notice => &NOTICE_IDS,
            Self::Device => &DEVICE_IDS,
            Self::DeviceKey => &DEVICE_KEY_IDS,
            Self::Receipt => &RECEIPT_IDS,
            Self::Reminder => &REMINDER_IDS,
            Self::Feed => &FEED_IDS,
            Self::Membership => &MEMBERSHIP_IDS,
        }
    }

    fn give(self) -> &'static Statement {
        match self {
            Self::Role => &GIVE_ROLE,
            Self::Enrolment => &GIVE_ENROLMENT,
            Self::Result => &GIVE_RESULT,
            Self::Correction => &GIVE_CORRECTION,
            Self::Leave => &GIVE_LEAVE,
            Self::Payment => &GIVE_PAYMENT,
            Self::Clearance => &GIVE_CLEARANCE,
            Self::Hold => &GIVE_HOLD,
            Self::Notice => &GIVE_NOTICE,
            Self::Device => &GIVE_DEVICE,
            Self::DeviceKey => &GIVE_DEVICE_KEY,
            Self::Receipt => &GIVE_RECEIPT,
            Self::Reminder => &GIVE_REMINDER,
            Self::Feed => &GIVE_FEED,
            Self::Membership => &GIVE_MEMBERSHIP,
        }
    }
}

record! {
    /// A record of a person with its version; of what has none, the time at which it was made.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OwnRow {
        /// Which.
        pub id: Uuid,
        /// Its version.
        pub version: i64,
    }
}

record! {
    /// A role with its state.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RoleRow {
        /// The grant.
        pub id: Uuid,
        /// The role's name.
        pub role: String,
        /// For which class.
        pub class: Option<ClassId>,
        /// For which event.
        pub event: Option<EventId>,
        /// For which assessment.
        pub assessment: Option<AssessmentId>,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
        /// Its version.
        pub version: i64,
    }
}

impl RoleRow {
    /// Whether both are the same role at the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.class, row.event, row.assessment);
        self.role == other.role && key(self) == key(other)
    }
}

record! {
    /// A place in a class, with when it was given.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PlaceRow {
        /// Id.
        pub id: EnrolmentId,
        /// Class.
        pub class: ClassId,
        /// Student.
        pub person: PersonId,
        /// Roll number.
        pub roll_number: String,
        /// Whether they attend now.
        pub status: EnrolmentStatus,
        /// Since when.
        pub enrolled_at: Timestamp,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A mark of a person that was set with a whole session at once.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BulkItemRow {
        /// With which others.
        pub bulk: BulkId,
        /// In which session.
        pub session: Uuid,
        /// The version that the mark got.
        pub mark_version: i64,
    }
}

record! {
    struct SessionOfMarkRow {
        session: SessionId,
    }
}

statements! {
    ROLES = "select id, role, class, event, assessment, ended_at, version from role_grants
        where person = ?1 order by id";
    ROLE_IDS = "select id, version from role_grants where person = ?1 order by id";
    END_ROLE = "update role_grants set ended_at = ?2, version = ?3
        where id = ?1 and version = ?4";
    GIVE_ROLE = "update role_grants set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    PLACES = "select id, class, person, roll_number, status, enrolled_at, version
        from enrolments where person = ?1 order by class, id";
    ENROLMENT_IDS = "select id, version from enrolments where person = ?1 order by id";
    DROP_PLACE = "delete from enrolments where id = ?1";
    GIVE_ENROLMENT = "update enrolments set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    RESULT_IDS = "select id, version from results where person = ?1 order by id";
    GIVE_RESULT = "update results set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    MARKS = "select m.id, m.session, m.person, m.status, m.method, m.marked_by, m.at, m.step,
            m.device, m.address, m.reason, m.version
        from enrolments e join sessions s on s.class = e.class
        join marks m on m.session = s.id and m.person = e.person
        where e.person = ?1 order by m.session";
    MARKED_APART = "select distinct m.session
        from enrolments e join sessions s on s.class = e.class
        join marks m on m.session = s.id and m.person = ?1
        where e.person in (?1, ?2) order by m.session";
    BULK_ITEMS = "select i.bulk, b.session, i.mark_version
        from enrolments e join sessions s on s.class = e.class
        join bulk_marks b on b.session = s.id
        join bulk_mark_items i on i.bulk = b.id and i.person = e.person
        where e.person = ?1 order by i.bulk";
    GIVE_BULK_ITEM = "update bulk_mark_items set person = ?3, mark_version = ?4
        where bulk = ?1 and person = ?2
        and not exists (select 1 from bulk_mark_items o where o.bulk = ?1 and o.person = ?3)";
    SET_BULK_VERSION = "update bulk_mark_items set mark_version = ?3 where bulk = ?1 and person = ?2";
    CORRECTION_IDS = "select id, version from corrections where person = ?1 order by id";
    GIVE_CORRECTION = "update corrections set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    CORRECTIONS_IN = "select count(*) from corrections where person = ?1 and class = ?2";
    LEAVE_IDS = "select id, version from leaves where person = ?1 order by id";
    GIVE_LEAVE = "update leaves set person = ?3, version = ?4,
            asked_by = case when asked_by = ?2 then ?3 else asked_by end
        where id = ?1 and person = ?2 and version = ?5";
    PAYMENT_IDS = "select id, version from payments where person = ?1 order by id";
    GIVE_PAYMENT = "update payments set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    CLEARANCE_IDS = "select id, version from clearances where person = ?1 order by id";
    GIVE_CLEARANCE = "update clearances set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    HOLD_IDS = "select id, version from holds where person = ?1 order by id";
    GIVE_HOLD = "update holds set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    NOTICE_IDS = "select id, created_at from notices where person = ?1 order by id";
    GIVE_NOTICE = "update notices set person = ?3, version = ?4
        where id = ?1 and person = ?2 and created_at = ?5";
    DEVICE_IDS = "select device, bound_at from device_bindings where person = ?1 order by device";
    GIVE_DEVICE = "update device_bindings set person = ?3
        where device = ?1 and person = ?2 and bound_at = ?4";
    DEVICE_KEY_IDS = "select id, version from device_keys where person = ?1 order by id";
    GIVE_DEVICE_KEY = "update device_keys set person = ?3, version = ?4
        where id = ?1 and person = ?2 and version = ?5";
    RECEIPT_IDS = "select id, received_at from offline_receipts where person = ?1 order by id";
    GIVE_RECEIPT = "update offline_receipts set person = ?3
        where id = ?1 and person = ?2 and received_at = ?4";
    REMINDER_IDS = "select id, sent_at from reminders where person = ?1 order by id";
    GIVE_REMINDER = "update reminders set person = ?3
        where id = ?1 and person = ?2 and sent_at = ?4";
    MEMBERSHIP_IDS = "select person, joined_at from leaderboard_members where person = ?1";
    GIVE_MEMBERSHIP = "update leaderboard_members set person = ?2
        where person = ?1 and joined_at = ?3";
    FEED_IDS = "select person, created_at from calendar_feeds where person = ?1";
    GIVE_FEED = "update calendar_feeds set person = ?2 where person = ?1 and created_at = ?3";
}

/// A person's records of a kind.
pub fn own(tx: &mut ReadTx<'_>, kind: Moving, person: PersonId) -> Result<Vec<OwnRow>> {
    tx.all(kind.list(), args![person])
}

/// Gives a record of one person to another; false if it is not theirs, or was changed since.
pub fn give(
    tx: &mut WriteTx<'_>,
    kind: Moving,
    record: OwnRow,
    [from, to]: [PersonId; 2],
    version: i64,
) -> Result<bool> {
    let OwnRow { id, version: seen } = record;
    let done = match kind {
        Moving::Device | Moving::Receipt | Moving::Reminder => {
            tx.execute(kind.give(), args![id, from, to, seen])?
        }
        Moving::Feed | Moving::Membership => tx.execute(kind.give(), args![from, to, seen])?,
        _ => tx.execute(kind.give(), args![id, from, to, version, seen])?,
    };
    Ok(done == 1)
}

/// A person's roles, those that ended too.
pub fn roles(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<RoleRow>> {
    tx.all(&ROLES, args![person])
}

/// Ends a role, or lets it hold again; false if it was changed since `seen`.
pub fn end_role(
    tx: &mut WriteTx<'_>,
    grant: Uuid,
    ended_at: Option<Timestamp>,
    version: i64,
    seen: i64,
) -> Result<bool> {
    Ok(tx.execute(&END_ROLE, args![grant, ended_at, version, seen])? == 1)
}

/// A person's places in classes.
pub fn places(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<PlaceRow>> {
    tx.all(&PLACES, args![person])
}

/// Drops a place that yields to another of the same person in the same class.
pub fn drop_place(tx: &mut WriteTx<'_>, id: EnrolmentId) -> Result<()> {
    tx.execute(&DROP_PLACE, args![id])?;
    Ok(())
}

/// A person's marks in all classes, by session.
pub fn marks(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<MarkRow>> {
    tx.all(&MARKS, args![person])
}

/// In which sessions of their classes, and of those of another one, somebody has a mark.
pub fn marked_apart(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    other: PersonId,
) -> Result<Vec<SessionId>> {
    let rows: Vec<SessionOfMarkRow> = tx.all(&MARKED_APART, args![person, other])?;
    Ok(rows.into_iter().map(|row| row.session).collect())
}

/// A person's marks that were set with whole sessions.
pub fn bulk_items(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<BulkItemRow>> {
    tx.all(&BULK_ITEMS, args![person])
}

/// Gives what stood before a mark that was set with a whole session to another person, together
/// with the mark; false if the other has one of their own.
pub fn give_bulk_item(
    tx: &mut WriteTx<'_>,
    bulk: BulkId,
    [from, to]: [PersonId; 2],
    mark_version: i64,
) -> Result<bool> {
    Ok(tx.execute(&GIVE_BULK_ITEM, args![bulk, from, to, mark_version])? == 1)
}

/// Ties what stood before a mark to the version that the mark got.
pub fn set_bulk_version(
    tx: &mut WriteTx<'_>,
    bulk: BulkId,
    person: PersonId,
    mark_version: i64,
) -> Result<()> {
    tx.execute(&SET_BULK_VERSION, args![bulk, person, mark_version])?;
    Ok(())
}

/// How many corrections a person asked for in a class.
pub fn corrections_in(tx: &mut ReadTx<'_>, person: PersonId, class: ClassId) -> Result<i64> {
    tx.number(&CORRECTIONS_IN, args![person, class])
}
