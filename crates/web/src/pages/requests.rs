//! What corrections and leave have in common: both are asked for, wait, and are decided.

use super::look::Tab;
use muster_domain::requests::RequestState;

/// Requests on one page.
const PAGE: usize = 50;
/// One more than that: whether there are more.
pub(super) const ASKED: i64 = 51;
/// Most of one's own.
pub(super) const OWN: i64 = 200;

/// A state with its tabs; `query` is what else is wanted, behind an ampersand.
pub(super) struct Listing {
    pub state: RequestState,
    path: &'static str,
    query: String,
}

impl Listing {
    /// Of requests in the state of that name, or of those that wait.
    pub fn new(path: &'static str, state: &str, query: String) -> Self {
        let state = RequestState::from_key(state).unwrap_or(RequestState::Asked);
        Self { state, path, query }
    }

    /// Where those in a state are, to be continued.
    fn of(&self, state: RequestState) -> String {
        format!("{}?state={}{}", self.path, state.key(), self.query)
    }

    /// Where this is.
    pub fn address(&self) -> String {
        self.of(self.state)
    }

    /// A tab for each state.
    pub fn tabs(&self) -> Vec<Tab> {
        let tab = |of: RequestState| Tab {
            href: self.of(of),
            label: of.label().to_owned(),
            count: String::new(),
            current: of == self.state,
        };
        RequestState::ALL.map(tab).to_vec()
    }

    /// Cuts what was read down to one page; where the next one begins, if there is one.
    pub fn cut<T, I: std::fmt::Display>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> I) -> String {
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let last = rows.last().filter(|_| more);
        last.map(|last| format!("{}&after={}", self.address(), id(last))).unwrap_or_default()
    }
}
