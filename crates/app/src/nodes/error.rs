//! Why nodes do not exchange anything, in words for whoever looks at either of them.

use muster_journal::wire::Malformed;

/// Why a node was refused, or why it could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// No such edge, or another key.
    #[error(
        "The hub does not know this node, or what it asked was altered on its way: nothing was \
         taken. If that goes on, ask whoever manages the hub if this node is still enrolled there."
    )]
    Unknown,
    /// An edge that was revoked.
    #[error(
        "This node was revoked at its hub: it sends and receives nothing any more. What it holds \
         stays here. Ask whoever manages the hub if it should be enrolled anew."
    )]
    Revoked,
    /// A question that came before.
    #[error("This question was asked before: nothing was taken.")]
    Repeated,
    /// Nothing that nodes say to each other.
    #[error("What arrived can't be read: nothing was taken.")]
    Malformed,
    /// More than a question may hold.
    #[error("What arrived is larger than it may be: nothing was taken.")]
    TooLarge,
    /// The asking node is older.
    #[error("This node is older than its hub. Upgrade this node: nothing was exchanged.")]
    UpgradeEdge,
    /// The asked node is older.
    #[error("The hub is older than this node. Upgrade the hub: nothing was exchanged.")]
    UpgradeHub,
    /// An edge enrols nobody.
    #[error("This node is an edge itself: make the code on its hub.")]
    IsEdge,
    /// A hub joins nobody.
    #[error("This node is a hub: its edges belong to it. It can't become an edge.")]
    IsHub,
    /// A node without a hub has nobody to ask.
    #[error("This node has no hub. Enrol it first, by a code of its hub.")]
    NoHub,
    /// An edge holds no online classes.
    #[error(
        "Online classes are held on the hub, where students can reach them: open this one there."
    )]
    OnlineAtHub,
    /// An edge hands nobody over who does not teach the class.
    #[error(
        "The hub lets an edge send those alone who teach that class or help there. Sign in at the hub yourself."
    )]
    NotStaff,
    /// A node can't be its own edge.
    #[error("A node can't be enrolled with itself: make a folder of its own for each node.")]
    Itself,
}

impl NodeError {
    /// A stable name for programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unknown => "node-unknown",
            Self::Revoked => "node-revoked",
            Self::Repeated => "question-repeated",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::UpgradeEdge => "upgrade-edge",
            Self::UpgradeHub => "upgrade-hub",
            Self::IsEdge => "is-edge",
            Self::IsHub => "is-hub",
            Self::NoHub => "no-hub",
            Self::OnlineAtHub => "online-at-hub",
            Self::NotStaff => "not-staff",
            Self::Itself => "is-itself",
        }
    }

    /// Why a hub can't read what an edge sent.
    pub const fn of_question(error: Malformed) -> Self {
        match error {
            Malformed::Format | Malformed::Schema => Self::UpgradeHub,
            Malformed::Older => Self::UpgradeEdge,
            _ => Self::Malformed,
        }
    }

    /// Why an edge can't read what its hub answered.
    pub const fn of_answer(error: Malformed) -> Self {
        match error {
            Malformed::Format | Malformed::Schema => Self::UpgradeEdge,
            Malformed::Older => Self::UpgradeHub,
            _ => Self::Malformed,
        }
    }
}
