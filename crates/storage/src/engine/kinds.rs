//! What goes into statements and comes out of them by a name of its own. Ids, which do so as they are,
//! are listed where they are made: `every_id` of the domain.

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

pub(super) use every_word;
