//! Bugs to plant: each is one that somebody could write, and a history has to fail by it.

/// A bug in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Changes join in the order of their arrival.
    JoinsByArrival,
    /// The heads are on disk before the entries, and a crash comes between.
    AcknowledgesBeforeItKeeps,
    /// A node that was restored or copied goes on in its series, and others take what they can.
    IgnoresForks,
    /// What gives up its number is forgotten.
    ForgetsOrphans,
    /// Entries after a gap are taken up.
    TakesAfterGaps,
    /// The clock goes by the wall alone.
    IgnoresReadings,
    /// Changes do not name what they replace.
    NamesNothing,
    /// A mark that came later stands, whatever made it.
    RanksMarksByClock,
    /// Whoever arrived first keeps a contested value.
    ContestsByArrival,
    /// Of two records with one key the one that was here first stands.
    AliasesByArrival,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 10] = [
        Self::JoinsByArrival,
        Self::AcknowledgesBeforeItKeeps,
        Self::IgnoresForks,
        Self::ForgetsOrphans,
        Self::TakesAfterGaps,
        Self::IgnoresReadings,
        Self::NamesNothing,
        Self::RanksMarksByClock,
        Self::ContestsByArrival,
        Self::AliasesByArrival,
    ];
}
