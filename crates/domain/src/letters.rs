//! Letters by e-mail: how often one is tried, and when again.

use crate::time::Span;

/// How long a letter is kept after it was sent or given up.
pub const KEPT: Span = Span::days(30);
/// How long whoever takes a letter may need to send it; then somebody else may.
pub const LEASE: Span = Span::minutes(5);

/// How long to wait after that many tries that failed; none when it is given up, after some two
/// days.
pub const fn pause(tries: i64) -> Option<Span> {
    match tries {
        0 | 1 => Some(Span::minutes(1)),
        2 => Some(Span::minutes(5)),
        3 => Some(Span::minutes(20)),
        4 => Some(Span::hours(1)),
        5 => Some(Span::hours(4)),
        6 => Some(Span::hours(12)),
        7 => Some(Span::hours(24)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<Span> = (1..).map_while(pause).collect();
        assert!(pauses.windows(2).all(|pair| pair.first() < pair.last()));
        let all = pauses.iter().fold(Span(0), |sum, pause| Span(sum.0 + pause.0));
        assert!(Span::days(1) < all && all < Span::days(3));
    }
}
