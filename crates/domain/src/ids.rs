//! Identifiers: one type per entity over a UUID, so that a class can't be passed for a session.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($d:tt $($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+

        /// Calls a macro with the name of every kind of id.
        #[macro_export]
        macro_rules! every_id {
            ($d then:ident) => {
                $d then!($($name),+);
            };
        }
    };
}

// The dollar is for the macro that this one makes.
id! { $
    /// A person known to the institution.
    PersonId,
    /// A role granted to a person.
    GrantId,
    /// A signed-in browser or API client.
    LoginId,
    /// A one-time code: first set-up, or a password reset.
    OneTimeCodeId,
    /// A public key of somebody's authenticator.
    PasskeyId,
    /// Where credentials are presented: a room, a gate, a classroom door.
    PointId,
    /// Something to enter.
    EventId,
    /// A kind of admission to an event.
    PassTypeId,
    /// A pass to an event.
    PassId,
    /// A recorded presentation of a credential.
    RedemptionId,
    /// A verifier's phone with a key of its own.
    VerifierDeviceId,
    /// The key by which a student's device signs what it scans without a network.
    DeviceKeyId,
    /// What such a device signed.
    ReceiptId,
    /// Something odd about a recorded presentation.
    IncidentId,
    /// A dated academic period.
    TermId,
    /// A unit taught.
    CourseId,
    /// A part of the institution that offers programmes.
    FacultyId,
    /// A course of study.
    ProgrammeId,
    /// A line of a curriculum: a course that a programme requires in a year and semester.
    CurriculumId,
    /// A course offered in a term.
    ClassId,
    /// A student's place in a class.
    EnrolmentId,
    /// A weekly pattern from which meetings are made.
    PatternId,
    /// Days on which no class meets.
    HolidayId,
    /// A scheduled occurrence of a class.
    MeetingId,
    /// A mark set for a whole session at once.
    BulkId,
    /// The taking of attendance for a class.
    SessionId,
    /// One student's status in one session.
    MarkId,
    /// A request to change a mark.
    CorrectionId,
    /// A student's leave.
    LeaveId,
    /// Something told to one person.
    NoticeId,
    /// Something that waits to be told.
    UntoldId,
    /// Something told to many at once.
    AnnouncementId,
    /// A browser or phone, recognised by its cookie.
    DeviceId,
    /// One act: everything that one request or job changed together.
    ActId,
    /// One entry of the journal.
    EntryId,
    /// A letter by e-mail.
    LetterId,
    /// A table being imported.
    ImportId,
    /// Two records of one person that became one.
    MergeId,
    /// An exam kind within a term.
    AssessmentId,
    /// One exam of a class within an assessment.
    SittingId,
    /// A block on a person's dockets.
    HoldId,
    /// What admits a student to the sittings of an assessment.
    DocketId,
    /// Dockets or badges that are issued to many at once.
    BatchId,
    /// A person's own card.
    BadgeId,
    /// What students of a programme owe in a term.
    FeeId,
    /// Money that a student paid.
    PaymentId,
    /// What a student reached in an assessment of a class.
    ResultId,
    /// The results of a class in an assessment, as a whole.
    SheetId,
    /// The word of a finance officer on a student's clearance.
    ClearanceId,
    /// A stored photo or attachment.
    BlobId,
}

/// Namespace of every name-based (version 5) id of Muster.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6d75_7374_6572_5d00_8000_0000_0000_0001);

impl MarkId {
    /// The id of a person's mark in a session: the same on every node, so that the same mark
    /// made twice is one.
    pub fn of(session: SessionId, person: PersonId) -> Self {
        let mut name = [0u8; 32];
        name[..16].copy_from_slice(session.0.as_bytes());
        name[16..].copy_from_slice(person.0.as_bytes());
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl SheetId {
    /// The id of the results of a class in an assessment: the same on every node.
    pub fn of(class: ClassId, assessment: AssessmentId) -> Self {
        let name = [class.0.as_bytes().as_slice(), assessment.0.as_bytes(), b"sheet"].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl ResultId {
    /// The id of a student's result in an assessment of a class: the same on every node.
    pub fn of(class: ClassId, assessment: AssessmentId, person: PersonId) -> Self {
        let ids = [class.0, assessment.0, person.0];
        let name: Vec<u8> = ids.iter().flat_map(Uuid::as_bytes).copied().collect();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl PointId {
    /// The id of a room of a sitting, by its folded name: the same on every node.
    pub fn of_room(sitting: SittingId, folded: &str) -> Self {
        let name = [sitting.0.as_bytes().as_slice(), folded.as_bytes()].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl DocketId {
    /// The id of a person's docket for an assessment: the same on every node, and however often it
    /// is issued anew.
    pub fn of(person: PersonId, assessment: AssessmentId) -> Self {
        let name = [person.0.as_bytes().as_slice(), assessment.0.as_bytes()].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl BadgeId {
    /// The id of a person's badge: the same on every node, and however often it is issued anew.
    pub fn of(person: PersonId) -> Self {
        let name = [b"badge".as_slice(), person.0.as_bytes()].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl NoticeId {
    /// The id of what a person is told about `occasion`: the same however often it is told.
    pub fn of(person: PersonId, occasion: &str) -> Self {
        let name = [person.0.as_bytes().as_slice(), occasion.as_bytes()].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl UntoldId {
    /// The id of what a change of that version left to be told.
    pub fn of(session: SessionId, person: Option<PersonId>, version: i64) -> Self {
        let person = person.map_or(Uuid::nil(), Uuid::from);
        let name = [session.0.as_bytes().as_slice(), person.as_bytes(), &version.to_be_bytes()];
        Self(Uuid::new_v5(&NAMESPACE, &name.concat()))
    }
}

impl FeeId {
    /// The id of what a year and semester of a programme costs in a term: the same on every node.
    pub fn of(term: TermId, programme: ProgrammeId, year: i64, semester: i64) -> Self {
        let mut name = Vec::with_capacity(48);
        name.extend_from_slice(term.0.as_bytes());
        name.extend_from_slice(programme.0.as_bytes());
        name.extend_from_slice(&year.to_be_bytes());
        name.extend_from_slice(&semester.to_be_bytes());
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl CurriculumId {
    /// The id of a curriculum's line: the same on every node, so that the same line added twice
    /// is one.
    pub fn of(programme: ProgrammeId, course: CourseId, year: i64, semester: i64) -> Self {
        let mut name = Vec::with_capacity(48);
        name.extend_from_slice(programme.0.as_bytes());
        name.extend_from_slice(course.0.as_bytes());
        name.extend_from_slice(&year.to_be_bytes());
        name.extend_from_slice(&semester.to_be_bytes());
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_id_depends_on_both_session_and_person() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mark = MarkId::of(SessionId(a), PersonId(b));
        assert_eq!(mark, MarkId::of(SessionId(a), PersonId(b)));
        assert_ne!(mark, MarkId::of(SessionId(b), PersonId(a)));
    }
}
