//! What judging a code says.

/// The verdict on a code that was presented for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The code of the current or the previous step.
    Valid {
        /// The step in which the code stood on the screen.
        step: u64,
    },
    /// A genuine code of this session whose time is over.
    Expired,
    /// A genuine code of this session whose time has not come.
    Future,
    /// A code that names another session.
    Foreign,
    /// No code of this session.
    Invalid,
}

impl Verdict {
    /// The verdict on a genuine code of `step` while `current_step` runs: the current and the
    /// previous step count, so that a code scanned just before it turns is not lost on the way.
    pub(crate) const fn on_step(step: u64, current_step: u64) -> Self {
        if step > current_step {
            Self::Future
        } else if current_step - step <= 1 {
            Self::Valid { step }
        } else {
            Self::Expired
        }
    }
}
