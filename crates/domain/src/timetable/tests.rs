//! Patterns over any weeks, and plans over any history.

use super::*;
use crate::time::Span;
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

fn weekly(weekday: Weekday, first: i64, last: i64) -> Weekly {
    let (first_on, last_on) = (Date(first), Date(last));
    Weekly { weekday, starts_minute: 540, ends_minute: 630, first_on, last_on }
}

fn occurrence(week: i64) -> Occurrence {
    (PatternId(Uuid::from_u128(1)), Date(week * 7 + 4))
}

fn wanted(week: i64, hour: i64) -> Wanted {
    let starts_at = Timestamp(0) + Span::days(week * 7) + Span::hours(hour);
    let ends_at = starts_at + Span::hours(1);
    Wanted { occurrence: occurrence(week), starts_at, ends_at, room: None }
}

fn standing(week: i64, hour: i64, kept: bool) -> Standing {
    let Wanted { occurrence, starts_at, ends_at, room } = wanted(week, hour);
    let id = MeetingId(Uuid::from_u128(u128::try_from(week).unwrap_or_default() + 100));
    Standing { id, occurrence, starts_at, ends_at, room, kept }
}

/// What stands once a plan was carried out.
fn carried_out(plan: &Plan, before: &[Standing]) -> Vec<Standing> {
    let mut after: Vec<Standing> =
        before.iter().filter(|meeting| !plan.remove.contains(&meeting.id)).cloned().collect();
    for (id, wanted) in &plan.change {
        for meeting in after.iter_mut().filter(|meeting| meeting.id == *id) {
            let Wanted { starts_at, ends_at, room, .. } = wanted.clone();
            (meeting.starts_at, meeting.ends_at, meeting.room) = (starts_at, ends_at, room);
        }
    }
    after.extend(plan.add.iter().zip(1000..).map(|(wanted, id)| {
        let Wanted { occurrence, starts_at, ends_at, room } = wanted.clone();
        let id = MeetingId(Uuid::from_u128(id));
        Standing { id, occurrence, starts_at, ends_at, room, kept: false }
    }));
    after
}

proptest! {
    #[test]
    fn a_pattern_meets_once_in_each_whole_week_and_on_its_weekday(
        day in 0_usize..7, first in 18_000_i64..22_000, length in 0_i64..400,
    ) {
        let pattern = weekly(Weekday::ALL[day], first, first + length);
        let days: Vec<_> = pattern.days().collect();
        prop_assert!(days.iter().all(|date| Weekday::of(*date) == pattern.weekday));
        prop_assert!(days.iter().all(|date| (first..=first + length).contains(&date.0)));
        prop_assert!(days.windows(2).all(|pair| pair[1].0 - pair[0].0 == 7));
        let weeks = (length + 1) / 7;
        let count = i64::try_from(days.len()).unwrap();
        prop_assert!(count == weeks || count == weeks + 1);
        let last = Date(first + length);
        prop_assert_eq!(Weekday::of(last) == pattern.weekday, days.last() == Some(&last));
    }

    #[test]
    fn after_a_plan_nothing_is_left_to_do_and_what_is_kept_or_past_is_untouched(
        now_week in 0_i64..12,
        asked in prop::collection::btree_map(0_i64..12, 1_i64..160, 0..12),
        found in prop::collection::btree_map(0_i64..12, (1_i64..160, any::<bool>()), 0..12),
    ) {
        let now = Timestamp(0) + Span::days(now_week * 7);
        let asked: Vec<_> = asked.into_iter().map(|(week, hour)| wanted(week, hour)).collect();
        let found: Vec<_> =
            found.into_iter().map(|(week, (hour, kept))| standing(week, hour, kept)).collect();
        let first = plan(now, asked.clone(), &found);
        let after = carried_out(&first, &found);
        prop_assert_eq!(plan(now, asked, &after), Plan::default());
        for meeting in found.iter().filter(|meeting| meeting.kept || meeting.starts_at <= now) {
            prop_assert!(after.contains(meeting));
        }
        prop_assert!(first.add.iter().all(|meeting| meeting.starts_at > now));
        let occurrences: BTreeSet<_> = after.iter().map(|meeting| meeting.occurrence).collect();
        prop_assert_eq!(occurrences.len(), after.len(), "one meeting a week");
    }
}

#[test]
fn the_last_day_counts() {
    // 18 December 2026 was a Friday.
    let friday = Date(20_805);
    assert_eq!(Weekday::of(friday), Weekday::Friday);
    let pattern = weekly(Weekday::Friday, friday.0 - 14, friday.0);
    assert_eq!(pattern.days().last(), Some(friday));
    assert_eq!(pattern.days().count(), 3);
}

#[rstest]
#[case(540, 630, true)]
#[case(540, 540, false)]
#[case(630, 540, false)]
#[case(1320, 60, true)]
#[case(1320, 1440, false)]
#[case(-1, 60, false)]
fn a_meeting_may_end_after_midnight_but_not_before_it_starts(
    #[case] starts_minute: i64,
    #[case] ends_minute: i64,
    #[case] fits: bool,
) {
    let pattern = Weekly { starts_minute, ends_minute, ..weekly(Weekday::Monday, 0, 7) };
    assert_eq!(pattern.check_times().is_ok(), fits);
}

#[test]
fn a_pattern_needs_one_such_day_at_least() {
    let monday = Date(20_514).monday();
    let pattern = weekly(Weekday::Sunday, monday.0, monday.0 + 5);
    assert_eq!(pattern.check_days(), Err(WeeklyError::Never(Weekday::Sunday)));
    assert_eq!(weekly(Weekday::Sunday, 20, 19).check_days(), Err(WeeklyError::Days));
    assert_eq!(weekly(Weekday::Sunday, monday.0, monday.0 + 6).check_days(), Ok(()));
}

#[test]
fn a_week_that_was_moved_by_hand_gets_no_second_meeting() {
    let moved = Standing { starts_at: Timestamp(0) + Span::days(40), ..standing(2, 9, true) };
    let plan = plan(Timestamp(0), vec![wanted(2, 30), wanted(3, 30)], &[moved]);
    assert_eq!((plan.add.len(), plan.change.len(), plan.remove.len()), (1, 0, 0));
}

#[test]
fn a_pattern_that_moves_to_a_day_of_this_week_that_is_over_leaves_this_weeks_meeting() {
    let thursday = Timestamp(0) + Span::days(7) + Span::hours(72);
    let plan = plan(thursday, vec![wanted(1, 9), wanted(2, 9)], &[standing(1, 100, false)]);
    assert_eq!((plan.add.len(), plan.change.len(), plan.remove.len()), (1, 0, 0));
}

/// Mondays of weeks 10 and 20 begin the terms, of 10 weeks and of 8.
#[rstest]
#[case::through_the_whole_term((74, 143), Some((144, 199)))]
#[case::the_first_two_weeks((74, 87), Some((144, 157)))]
#[case::cut_at_the_end((116, 143), Some((186, 199)))]
#[case::only_in_weeks_that_the_other_term_does_not_have((133, 143), None)]
fn a_pattern_goes_to_another_term_by_weeks(
    #[case] (first, last): (i64, i64),
    #[case] expected: Option<(i64, i64)>,
) {
    let [one, other] = [Date(74)..=Date(143), Date(144)..=Date(199)];
    assert_eq!([one.start().weekday(), other.start().weekday()], [0, 0]);
    let moved = weekly(Weekday::Monday, first, last).in_term(&one, &other);
    let expected = expected.map(|(first, last)| weekly(Weekday::Monday, first, last));
    assert_eq!(moved, expected);
}

#[test]
fn a_term_that_begins_in_the_middle_of_a_week_takes_no_pattern_from_before_it() {
    let (one, other) = (Date(74)..=Date(143), Date(146)..=Date(199));
    let moved = weekly(Weekday::Monday, 74, 87).in_term(&one, &other).unwrap();
    assert_eq!((moved.first_on, moved.days().next()), (Date(146), Some(Date(151))));
}
