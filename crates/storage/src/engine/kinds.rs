//! What goes into statements and comes out of them as itself: ids, and words with a name of their own.

/// Calls a macro with every kind of id.
macro_rules! every_id {
    ($then:ident) => {
        $then!(
            PersonId,
            GrantId,
            LoginId,
            OneTimeCodeId,
            PasskeyId,
            PointId,
            EventId,
            PassTypeId,
            PassId,
            RedemptionId,
            VerifierDeviceId,
            DeviceKeyId,
            ReceiptId,
            IncidentId,
            TermId,
            CourseId,
            FacultyId,
            ProgrammeId,
            CurriculumId,
            ClassId,
            EnrolmentId,
            PatternId,
            HolidayId,
            MeetingId,
            SessionId,
            MarkId,
            BulkId,
            NoticeId,
            AnnouncementId,
            UntoldId,
            CorrectionId,
            LeaveId,
            LetterId,
            DeviceId,
            ActId,
            EntryId,
            ImportId,
            MergeId,
            AssessmentId,
            SittingId,
            HoldId,
            DocketId,
            BatchId,
            BadgeId,
            FeeId,
            PaymentId,
            ClearanceId,
            ResultId,
            SheetId,
            BlobId
        );
    };
}

/// Calls a macro with everything that is stored by the name of one of its cases.
macro_rules! every_word {
    ($then:ident) => {
        $then!(
            BatchKind,
            Direction,
            EnrolmentStatus,
            Extent,
            IncidentKind,
            Kind,
            Method,
            Mode,
            NoticeKind,
            Outcome,
            PassState,
            Payment,
            PaymentMethod,
            PaymentState,
            PointKind,
            Reason,
            RequestState,
            Role,
            ScoreState,
            State,
            Status,
            VerdictKind,
            Weekday
        );
    };
}

pub(super) use {every_id, every_word};
