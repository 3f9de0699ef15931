//! Of how many records of a kind a permission is held.

/// Of which records of a kind somebody may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent<I> {
    /// Of all, those to come too.
    All,
    /// Of these; of none where it is empty.
    These(Vec<I>),
}

impl<I: Copy + PartialEq> Extent<I> {
    /// Of those that are named; of all as soon as one stands for all.
    pub(super) fn collected(named: impl Iterator<Item = Option<I>>) -> Self {
        let mut these = Vec::new();
        for one in named {
            match one {
                None => return Self::All,
                Some(id) if !these.contains(&id) => these.push(id),
                Some(_) => {}
            }
        }
        Self::These(these)
    }

    /// Whether a record is among them.
    pub fn contains(&self, id: I) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&id),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::These(these) if these.is_empty())
    }

    /// Whether all of them are among others.
    pub fn is_within(&self, others: &Self) -> bool {
        match (self, others) {
            (_, Self::All) => true,
            (Self::All, Self::These(_)) => false,
            (Self::These(own), others) => own.iter().all(|id| others.contains(*id)),
        }
    }
}
