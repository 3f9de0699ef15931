//! The headings below which settings stand.

/// A heading of the page of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The institution itself.
    Institution,
    /// How people sign in.
    SigningIn,
    /// How sessions run.
    Sessions,
    /// How the sharing of codes is discouraged.
    Sharing,
    /// How attendance becomes a percentage, and what that means.
    Figures,
    /// Who is told what.
    Telling,
    /// What students owe and pay.
    Finance,
    /// What students reach.
    Results,
    /// Dockets at exams.
    Exams,
}

impl Group {
    /// Every group, in the order of the page.
    pub const ALL: [Self; 9] = [
        Self::Institution,
        Self::SigningIn,
        Self::Sessions,
        Self::Sharing,
        Self::Figures,
        Self::Telling,
        Self::Finance,
        Self::Results,
        Self::Exams,
    ];

    /// The heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Institution => "The institution",
            Self::SigningIn => "Signing in",
            Self::Sessions => "Sessions",
            Self::Sharing => "Passing codes on",
            Self::Figures => "Percentages and badges",
            Self::Telling => "Who is told",
            Self::Finance => "Fees and payments",
            Self::Results => "Results",
            Self::Exams => "Exams",
        }
    }
}
