//! What the answers of the interface are made of, with their schemas.

use crate::times::{iso_date, rfc3339};
use muster_app::Error;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::attendance::{Badge, Extent, Method, Mode, Status};
use muster_domain::auth::Role;
use muster_domain::dockets::Attendance;
use muster_domain::finance::{Currency, Method as PaymentMethod, Money, PaymentState};
use muster_domain::notices::NoticeKind;
use muster_domain::passes::{EntryKind, PassState, Payment};
use muster_domain::requests::RequestState;
use muster_domain::time::{Date, Timestamp};
use muster_domain::verification::{Direction, IncidentKind, PointKind, VerdictKind};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

/// A list, or a page of one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Items<T: ToSchema> {
    items: Vec<T>,
    /// Send it as `cursor` for what follows; null at the end.
    next: Option<Uuid>,
}

impl<T: ToSchema> Items<T> {
    /// A whole list.
    pub fn all(rows: impl IntoIterator<Item = impl Into<T>>) -> Self {
        Self::page(rows, None)
    }

    /// A page, and where the next one begins.
    pub fn page(rows: impl IntoIterator<Item = impl Into<T>>, next: Option<Uuid>) -> Self {
        Self { items: rows.into_iter().map(Into::into).collect(), next }
    }

    /// The part that is wanted of a list that was read whole.
    pub fn part<R: Into<T>>(
        mut rows: Vec<R>,
        part: Part,
        id: impl Fn(&R) -> Uuid,
    ) -> Result<Self, Error> {
        if let Some(cursor) = part.cursor {
            let last = rows.iter().position(|row| id(row) == cursor);
            let last = last.ok_or_else(|| Error::field("cursor", NO_CURSOR))?;
            rows.drain(..=last);
        }
        Ok(Self::cut(rows, part.limit.map_or(i64::MAX, |limit| limit.max(1)), id))
    }

    /// The first `limit` of rows that were read one further, to see whether more follow.
    pub fn cut<R: Into<T>>(mut rows: Vec<R>, limit: i64, id: impl Fn(&R) -> Uuid) -> Self {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| more).map(id);
        Self::page(rows, next)
    }
}

const NO_CURSOR: &str = "Nothing in this list has this id any more: read it from the beginning.";

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// `next` of the page before.
    cursor: Option<Uuid>,
    /// At most so many, from 1; without it all that follow.
    limit: Option<i64>,
}

/// A record that was made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    id: Uuid,
}

impl Made {
    pub fn new(id: impl Into<Uuid>) -> Self {
        Self { id: id.into() }
    }
}

/// An instant, shown in RFC 3339 and UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&rfc3339(self.0))
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::DateTime, "RFC 3339, UTC.")
    }
}

impl ToSchema for Instant {}

/// An amount of money in the currency's smallest unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Amount {
    /// For example paise, cents.
    minor: i64,
    /// ISO 4217, for example INR.
    #[schema(min_length = 3, max_length = 3)]
    currency: String,
}

impl Amount {
    /// As answers have it.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency: currency.code().to_owned() }
    }

    /// As the rules read it.
    pub fn money(&self) -> Result<Money, Error> {
        let currency = Currency::parse(&self.currency);
        let currency = currency.map_err(|error| Error::field("amount", error.to_string()))?;
        Ok(Money::new(self.minor, currency))
    }
}

/// A day of the calendar, shown as `2026-11-21`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day(pub Date);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&iso_date(self.0))
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::Date, "A day, for example 2026-11-21.")
    }
}

impl ToSchema for Day {}

fn text(format: KnownFormat, description: &str) -> RefOr<Schema> {
    let format = Some(SchemaFormat::KnownFormat(format));
    let text = ObjectBuilder::new().schema_type(Type::String).format(format);
    text.description(Some(description)).build().into()
}

fn one_of(keys: &[&str], description: &str) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.enum_values(Some(keys.iter().copied())).description(Some(description)).build()
}

/// Values of the domain by their keys, with all of these in the schema.
macro_rules! keys {
    ($($doc:literal $name:ident($inner:ident) as $shown:literal: $all:expr;)+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(pub $inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.0.key())
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(&$all.map($inner::key), $doc).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                $shown.into()
            }
        }
    )+};
}

keys! {
    "What a mark says." StatusKey(Status) as "Status": Status::ALL;
    "Whose marks are set at once." ExtentKey(Extent) as "Extent": Extent::ALL;
    "How often a pass admits." EntryKey(EntryKind) as "EntryKind": EntryKind::ALL;
    "What has become of a pass." PassStateKey(PassState) as "PassState": PassState::ALL;
    "How a pass was paid for." PaymentKey(Payment) as "PassPayment": Payment::ALL;
    "What a verifier is told." VerdictKey(VerdictKind) as "Verdict": VerdictKind::ALL;
    "What is odd about a scan." IncidentKindKey(IncidentKind) as "IncidentKind": IncidentKind::ALL;
    "Which way somebody goes." DirectionKey(Direction) as "Direction": Direction::ALL;
    "Whether a student came to an exam." AttendanceKey(Attendance) as "ExamAttendance": Attendance::ALL;
    "What a check-in point is." PointKindKey(PointKind) as "PointKind": PointKind::ALL;
    "Why a mark deserves a look." FlagKey(Suspicion) as "Flag": Suspicion::ALL;
    "How a mark came about." MethodKey(Method) as "Method": Method::ALL;
    "What a notice is about." NoticeKindKey(NoticeKind) as "NoticeKind": NoticeKind::ALL;
    "How money came." PaymentMethodKey(PaymentMethod) as "PaymentMethod": PaymentMethod::ALL;
    "How far a payment has come." PaymentStateKey(PaymentState) as "PaymentState":
        PaymentState::ALL;
    "How far a request has come." RequestStateKey(RequestState) as "RequestState":
        RequestState::ALL;
    "Where the students of a session are." ModeKey(Mode) as "Mode": [Mode::InClass, Mode::Online];
    "What somebody is to the institution or to a class." RoleKey(Role) as "Role": Role::ALL;
    "Whether a student belongs to a class now." EnrolmentKey(EnrolmentStatus) as "EnrolmentStatus":
        [EnrolmentStatus::Active, EnrolmentStatus::Withdrawn, EnrolmentStatus::Completed];
    "What a percentage means." BadgeKey(Badge) as "Badge":
        [Badge::None, Badge::Safe, Badge::Warning, Badge::Critical];
}
