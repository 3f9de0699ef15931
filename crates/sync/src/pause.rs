//! How long to wait before the hub is asked again.

use std::time::Duration;

/// The first pause after a failure.
const FIRST: Duration = Duration::from_secs(5);
/// The longest: a hub that comes back is found within that, and thousands of asking edges weigh little.
const LONGEST: Duration = Duration::from_mins(5);

/// The pause after so many failures one after the other, drawn between a half and the whole, so that
/// edges that lost their hub together do not come back together. None where nothing is asked by itself.
pub fn after(failures: i64, every_minutes: i64, random: [u8; 32]) -> Option<Duration> {
    let minutes = u64::try_from(every_minutes).ok().filter(|minutes| *minutes > 0)?;
    let usual = Duration::from_mins(minutes);
    if failures <= 0 {
        return Some(usual);
    }
    let doublings = u32::try_from(failures - 1).unwrap_or(u32::MAX).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST).min(usual);
    let [drawn, ..] = random;
    Some(whole / 2 + whole * u32::from(drawn) / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(failures: i64, drawn: u8) -> u64 {
        after(failures, 30, [drawn; 32]).unwrap().as_secs()
    }

    #[test]
    fn pauses_grow_with_failures_up_to_a_limit() {
        let drawn: Vec<_> = (1..=9).map(|failures| seconds(failures, 255)).collect();
        assert_eq!(drawn, [4, 9, 19, 39, 79, 159, 299, 299, 299]);
        assert_eq!(seconds(i64::MAX, 0), 150);
    }

    #[test]
    fn pauses_of_many_edges_differ() {
        assert!(seconds(5, 0) < seconds(5, 100));
        assert_eq!(seconds(5, 0), 40);
    }

    #[test]
    fn without_failures_it_is_the_usual_time_and_by_hand_there_is_none() {
        assert_eq!(after(0, 5, [9; 32]), Some(Duration::from_mins(5)));
        assert_eq!(after(0, 0, [9; 32]), None);
        assert_eq!(after(3, 0, [9; 32]), None);
        assert!(after(9, 1, [255; 32]).unwrap() <= Duration::from_mins(1));
    }
}
