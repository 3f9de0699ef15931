//! The states of an import.

use serde::{Deserialize, Serialize};

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The file is on its way.
    Receiving,
    /// Its lines are being checked.
    Checking,
    /// Every line was checked; nothing is written yet.
    Previewed,
    /// Its lines are being written.
    Importing,
    /// All of them are.
    Imported,
    /// What was written is being taken back: on request, or because a line could not be written.
    Reversing,
    /// It was taken back on request.
    Reversed,
    /// A line could not be written, so everything was taken back.
    Failed,
    /// Given up before anything was written.
    Discarded,
}

/// What is asked of an import, or what a worker reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The file is complete, or its columns mean something else now.
    Check,
    /// Every line was checked.
    Checked,
    /// Write it.
    Confirm,
    /// Every line was written.
    Written,
    /// A line could not be written, or the import is to be taken back.
    Reverse,
    /// Everything was taken back on request.
    TakenBack,
    /// Everything was taken back because a line could not be written.
    Undone,
    /// Give it up.
    Discard,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Receiving,
        Self::Checking,
        Self::Previewed,
        Self::Importing,
        Self::Imported,
        Self::Reversing,
        Self::Reversed,
        Self::Failed,
        Self::Discarded,
    ];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Checking => "checking",
            Self::Previewed => "previewed",
            Self::Importing => "importing",
            Self::Imported => "imported",
            Self::Reversing => "reversing",
            Self::Reversed => "reversed",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Receiving => "Uploading",
            Self::Checking => "Checking",
            Self::Previewed => "To be confirmed",
            Self::Importing => "Importing",
            Self::Imported => "Imported",
            Self::Reversing => "Being undone",
            Self::Reversed => "Undone",
            Self::Failed => "Failed, nothing imported",
            Self::Discarded => "Discarded",
        }
    }

    /// The state of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Whether a worker has something to do.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Checking | Self::Importing | Self::Reversing)
    }

    /// Whether nothing is written yet.
    pub const fn is_a_preview(self) -> bool {
        matches!(self, Self::Receiving | Self::Checking | Self::Previewed)
    }

    /// The state after a step; none if the step can't be taken from here.
    pub const fn after(self, step: Step) -> Option<Self> {
        Some(match (self, step) {
            (Self::Receiving | Self::Checking | Self::Previewed, Step::Check) => Self::Checking,
            (Self::Checking, Step::Checked) => Self::Previewed,
            (Self::Previewed, Step::Confirm) => Self::Importing,
            (Self::Importing, Step::Written) => Self::Imported,
            (Self::Importing | Self::Imported, Step::Reverse) => Self::Reversing,
            (Self::Reversing, Step::TakenBack) => Self::Reversed,
            (Self::Reversing, Step::Undone) => Self::Failed,
            (Self::Receiving | Self::Checking | Self::Previewed, Step::Discard) => Self::Discarded,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_written_only_after_its_preview_and_once() {
        let from = State::ALL.into_iter().filter(|state| state.after(Step::Confirm).is_some());
        assert_eq!(from.collect::<Vec<_>>(), [State::Previewed]);
    }

    #[test]
    fn what_was_written_is_not_discarded_but_reversed() {
        for written in [State::Importing, State::Imported] {
            assert_eq!(written.after(Step::Discard), None);
            assert_eq!(written.after(Step::Reverse), Some(State::Reversing));
        }
    }

    #[test]
    fn nothing_happens_to_an_import_that_has_ended() {
        let steps = [
            Step::Check,
            Step::Checked,
            Step::Confirm,
            Step::Written,
            Step::Reverse,
            Step::TakenBack,
            Step::Undone,
            Step::Discard,
        ];
        for ended in [State::Reversed, State::Failed, State::Discarded] {
            assert!(steps.into_iter().all(|step| ended.after(step).is_none()));
        }
    }
}
