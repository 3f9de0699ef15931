//! Where and when a docket admits, and what has become of it: what a verifier has to know.

use crate::ids::SittingId;
use crate::time::Timestamp;
use crate::verification::{Standing, Window};

/// A sitting to which a docket admits, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Which.
    pub sitting: SittingId,
    /// When.
    pub window: Window,
    /// In which of its rooms: the one that the student was assigned, or each.
    pub rooms: Vec<String>,
}

/// What has become of one issue of a docket. Another issue in its place counts for more than a
/// hold: no lifting would make it admit again. A record that leads to another one admits nobody.
pub fn standing(superseded_at: Option<Timestamp>, merged: bool, held: bool) -> Standing {
    match superseded_at {
        Some(at) => Standing::Superseded { at },
        None if merged => Standing::Revoked,
        None if held => Standing::OnHold,
        None => Standing::Current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_issue_without_a_hold_counts() {
        let at = Timestamp(7);
        assert_eq!(standing(None, false, false), Standing::Current);
        assert_eq!(standing(None, false, true), Standing::OnHold);
        assert_eq!(standing(None, true, true), Standing::Revoked);
        assert_eq!(standing(Some(at), true, true), Standing::Superseded { at });
    }
}
