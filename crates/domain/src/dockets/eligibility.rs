//! Whether a student may have the docket of an assessment, and every reason why not.

use crate::finance::Clearance;

/// What decides about a student and an assessment.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The reasons of the holds on the student.
    pub holds: &'a [String],
    /// Whether dockets are issued for the assessment now.
    pub active: bool,
    /// What finance says.
    pub clearance: Clearance,
}

/// Something in the way of a docket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A hold, with its reason.
    Held(String),
    /// No dockets are issued for the assessment now.
    NotActive,
    /// Not cleared by finance.
    NotCleared(Clearance),
}

/// Whether a student may have a docket: nothing is in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Eligibility(Vec<Obstacle>);

impl Eligibility {
    /// Decides; all that is in the way is found, not the first of it alone.
    pub fn of(facts: Facts<'_>) -> Self {
        let mut obstacles: Vec<_> = facts.holds.iter().cloned().map(Obstacle::Held).collect();
        if !facts.active {
            obstacles.push(Obstacle::NotActive);
        }
        if !facts.clearance.cleared {
            obstacles.push(Obstacle::NotCleared(facts.clearance));
        }
        Self(obstacles)
    }

    /// Whether a docket may be issued.
    pub fn is_eligible(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in the way.
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.0
    }

    /// The same in sentences: `code` names the assessment, `office` is where to go about money.
    pub fn reasons(&self, code: &str, office: &str) -> Vec<String> {
        self.0.iter().map(|obstacle| obstacle.words(code, office)).collect()
    }
}

impl Obstacle {
    /// The name in the API and in figures.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Held(_) => "held",
            Self::NotActive => "not_active",
            Self::NotCleared(_) => "not_cleared",
        }
    }

    fn words(&self, code: &str, office: &str) -> String {
        match self {
            Self::Held(reason) => format!("On hold: {}.", reason.trim_end_matches('.')),
            Self::NotActive => format!("No dockets are issued for {code} now."),
            Self::NotCleared(clearance) => clearance.reason(office).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finance::{Account, Share};
    use crate::time::Date;

    fn judged(paid: i64, active: bool, holds: &[&str]) -> Eligibility {
        let account = Account { fee: Some(100), paid };
        let clearance = account.clearance(Share(7_500), None, Date(20_000));
        let holds: Vec<_> = holds.iter().map(|&reason| reason.to_owned()).collect();
        Eligibility::of(Facts { holds: &holds, active, clearance })
    }

    #[test]
    fn whoever_is_cleared_for_the_active_assessment_without_a_hold_is_eligible() {
        assert!(judged(75, true, &[]).is_eligible());
        for other in [judged(74, true, &[]), judged(75, false, &[]), judged(75, true, &["Books"])] {
            assert!(!other.is_eligible(), "{other:?}");
        }
    }

    #[test]
    fn every_reason_is_told_in_words_of_its_own() {
        let all = judged(55, false, &["Library books are due", "Disciplinary case 7."]);
        let reasons = [
            "On hold: Library books are due.",
            "On hold: Disciplinary case 7.",
            "No dockets are issued for CA2 now.",
            "Not cleared by Finance: 55 % paid, 75 % needed. Visit the Retentions Office.",
        ];
        assert_eq!(all.reasons("CA2", "Retentions Office"), reasons);
        let keys: Vec<_> = all.obstacles().iter().map(Obstacle::key).collect();
        assert_eq!(keys, ["held", "held", "not_active", "not_cleared"]);
    }
}
